/* SPDX-License-Identifier: Apache-2.0 */
#include "larwm/vocabulary.h"
#include "outlet/peer.h"

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

Test(peer, the_kernel_says_who_is_at_the_other_end)
{
    int pair[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct peer_identity peer;
    cr_assert_eq(peer_identify(pair[0], &peer), ERROR_NONE);
    cr_expect_eq(peer.user, geteuid());
    cr_expect_eq(peer.pid, getpid());
    cr_assert(peer.group_count >= 1);
    cr_expect_eq(peer.groups[0], getegid());
    (void)close(pair[0]);
    (void)close(pair[1]);
}

Test(peer, root_and_the_daemons_own_user_may_name_every_role)
{
    struct peer_identity root = {.user = 0, .group_count = 1};
    struct peer_identity own = {.user = 500, .group_count = 1, .groups = {500}};
    cr_expect_eq(peer_roles(&root, 500, NULL, 0), PEER_EVERY_ROLE);
    cr_expect_eq(peer_roles(&own, 500, NULL, 0), PEER_EVERY_ROLE);
}

Test(peer, a_user_or_group_gets_the_roles_it_is_given_and_nobody_else_gets_any)
{
    const struct outlet_peer allowed[] = {
        {.by_group = false, .id = 600, .roles = 1u << ROLE_POLICE_GATEWAY},
        {.by_group = true, .id = 700, .roles = 1u << ROLE_OPERATOR},
        {.by_group = true, .id = 800},
    };
    struct peer_identity police = {.user = 600, .group_count = 1, .groups = {600}};
    struct peer_identity web = {.user = 601, .group_count = 2, .groups = {601, 700}};
    struct peer_identity all = {.user = 602, .group_count = 1, .groups = {800}};
    struct peer_identity nobody = {.user = 65534, .group_count = 1, .groups = {65534}};
    cr_expect_eq(peer_roles(&police, 500, allowed, 3), 1u << ROLE_POLICE_GATEWAY);
    cr_expect_eq(peer_roles(&web, 500, allowed, 3), 1u << ROLE_OPERATOR);
    cr_expect_eq(peer_roles(&all, 500, allowed, 3), PEER_EVERY_ROLE);
    cr_expect_eq(peer_roles(&nobody, 500, allowed, 3), 0);
}
