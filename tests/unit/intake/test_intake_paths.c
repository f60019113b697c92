/* SPDX-License-Identifier: Apache-2.0 */
/* Of which path of which unit a DC-09 frame is a sign of life, through real sockets. */
#include "rig.h"

#include "base/clock.h"
#include "intake/dc09_crypt.h"
#include "intake/dc09_encode.h"
#include "intake/dc09_framer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOT_TWO 21   /* PAN-TWO: accounts AAA1 (main), AAA2 (back-up); [J2] is the back-up */
#define SLOT_ONE 22   /* PAN-ONE: account BBB1, one path */
#define SLOT_KEYED 23 /* PAN-KEY: account CCC1 with a key */

static const uint8_t key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static struct rig *rig;
static struct dc09_cipher *cipher;

static void
add_account(struct registry *registry, struct registry_unit *unit, const char *name, uint8_t path,
            size_t key_size)
{
    struct registry_account account = {
        .unit = unit, .path = path, .backup_network = '2', .key_size = (uint8_t)key_size};
    (void)snprintf(account.account, sizeof account.account, "%s", name);
    memcpy(account.key, key, key_size);
    cr_assert(registry_add_account(registry, &account));
}

static void
fill(struct registry *registry, void *data)
{
    struct registry_unit two = {.id = "PAN-TWO", .slot = SLOT_TWO, .has_backup = true};
    struct registry_unit one = {.id = "PAN-ONE", .slot = SLOT_ONE};
    struct registry_unit keyed = {.id = "PAN-KEY", .slot = SLOT_KEYED};
    struct registry_unit *added = registry_add_unit(registry, &two);
    add_account(registry, added, "AAA1", PATH_MAIN, 0);
    add_account(registry, added, "AAA2", PATH_BACKUP, 0);
    add_account(registry, registry_add_unit(registry, &one), "BBB1", PATH_MAIN, 0);
    add_account(registry, registry_add_unit(registry, &keyed), "CCC1", PATH_MAIN, sizeof key);
}

/* Sends one frame and waits for its answer. `data`: what stands between the brackets, further
 * blocks and their brackets included ("#AAA1|Nri1/PA001][J2"). */
static void
tell(const char *token, const char *account, const char *data, bool encrypted, int64_t time_us)
{
    uint8_t frame[DC09_FRAME_MAX];
    uint8_t answer[256];
    char head[32];
    (void)snprintf(head, sizeof head, "L0#%s", account);
    struct dc09_outgoing outgoing = {
        .token = token,
        .sequence = 1,
        .head = {.data = head, .size = strlen(head)},
        .data = {.data = data, .size = strlen(data)},
        .timed = time_us != 0,
        .time_us = time_us,
        .cipher = encrypted ? cipher : NULL,
        .key = key,
        .key_size = sizeof key,
    };
    size_t size = dc09_encode(&outgoing, frame, sizeof frame);
    cr_assert_gt(size, 0);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, frame, size);
    size_t got = 0;
    do {
        cr_assert_eq(rig_receive(fd, answer + got, 1), 1, "no answer to %s", token);
        got += 1;
    } while (answer[got - 1] != '\r' && got < sizeof answer);
    (void)close(fd);
}

static uint64_t
heard(uint32_t slot, enum path path)
{
    return last_seen_ms(rig->seen, slot, path);
}

static void
start(void)
{
    rig = rig_start(NULL);
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    rig_publish(rig, fill, NULL);
    do { /* until the worker has the registry */
        tell("NULL", "BBB1", "", false, 0);
    } while (heard(SLOT_ONE, PATH_MAIN) == 0);
}

static void
stop(void)
{
    dc09_cipher_free(cipher);
    rig_stop(rig);
}

TestSuite(intake_paths, .init = start, .fini = stop, .timeout = 60);

/* REQ A28 TEST */
Test(intake_paths, an_account_tells_its_path)
{
    tell("NULL", "AAA1", "", false, 0);
    cr_assert_neq(heard(SLOT_TWO, PATH_MAIN), 0);
    cr_assert_eq(heard(SLOT_TWO, PATH_BACKUP), 0);
    tell("NULL", "AAA2", "", false, 0);
    cr_assert_neq(heard(SLOT_TWO, PATH_BACKUP), 0);
}

/* REQ A28 TEST */
Test(intake_paths, under_one_account_the_network_path_tells_it_of_alarms_and_link_tests)
{
    tell("SIA-DCS", "AAA1", "#AAA1|Nri1/PA001][J2", false, 0);
    cr_assert_eq((int)rig_signal(rig, 0)->path, PATH_BACKUP);
    cr_assert_neq(heard(SLOT_TWO, PATH_BACKUP), 0);
    cr_assert_eq(heard(SLOT_TWO, PATH_MAIN), 0, "the main path may be cut");
    tell("SIA-DCS", "AAA1", "#AAA1|Nri1/PA001][J1", false, 0);
    cr_assert_eq((int)rig_signal(rig, 1)->path, PATH_MAIN);
    cr_assert_neq(heard(SLOT_TWO, PATH_MAIN), 0);
    tell("SIA-DCS", "AAA1", "#AAA1|Nri1/PA001][J9", false, 0);
    cr_assert_eq((int)rig_signal(rig, 2)->path, PATH_MAIN, "what is not told is main");
}

Test(intake_paths, a_unit_with_one_path_is_heard_by_it_whatever_network_it_names)
{
    tell("SIA-DCS", "BBB1", "#BBB1|Nri1/PA001][J2", false, 0);
    cr_assert_eq((int)rig_signal(rig, 0)->path, PATH_MAIN);
    cr_assert_eq(heard(SLOT_ONE, PATH_BACKUP), 0);
}

/* REQ A28 TEST: what anybody could have said proves nothing, and is an alarm all the same. */
Test(intake_paths, what_anybody_could_have_said_is_no_sign_of_life)
{
    tell("NULL", "CCC1", "", false, 0);
    cr_assert_eq(heard(SLOT_KEYED, PATH_MAIN), 0, "clear text of a panel that has a key");
    tell("SIA-DCS", "CCC1", "#CCC1|Nri1/PA001", false, 0);
    cr_assert_eq(heard(SLOT_KEYED, PATH_MAIN), 0);
    cr_assert_eq((int)rig_signal(rig, 0)->kind, SIGNAL_PANIC);
    cr_assert_eq((int)rig_signal(rig, 0)->path, PATH_NONE);
    tell("SIA-DCS", "CCC1", "#CCC1|Nri1/PA001", true, clock_wall_us() - 3600 * US_PER_S);
    cr_assert_eq(heard(SLOT_KEYED, PATH_MAIN), 0, "a recording of an hour ago");
    cr_assert_eq((int)rig_signal(rig, 1)->kind, SIGNAL_PANIC);
    tell("NULL", "CCC1", "", true, clock_wall_us());
    cr_assert_neq(heard(SLOT_KEYED, PATH_MAIN), 0);
}

Test(intake_paths, what_no_key_opens_is_no_sign_of_life)
{
    tell("SIA-DCS", "AAA1", "#AAA1|Nri1/PA001", true, clock_wall_us());
    cr_assert_eq((int)rig_signal(rig, 0)->kind, SIGNAL_UNREADABLE);
    cr_assert_eq((int)rig_signal(rig, 0)->path, PATH_NONE);
    cr_assert_eq(heard(SLOT_TWO, PATH_MAIN), 0);
}

static void
forget(uint32_t slot)
{
    atomic_store(&rig->seen->slots[slot], 0);
}

/* REQ A28 TEST: who cuts the line and plays back what he recorded keeps nobody alive. */
Test(intake_paths, a_recording_of_an_encrypted_link_test_is_no_sign_of_life_however_often_it_comes)
{
    int64_t now_us = clock_wall_us();
    tell("NULL", "CCC1", "", true, now_us);
    cr_assert_neq(heard(SLOT_KEYED, PATH_MAIN), 0);
    forget(SLOT_KEYED);
    for (int i = 0; i < 3; i++) {
        tell("NULL", "CCC1", "", true, now_us);
        tell("NULL", "CCC1", "", true, now_us - 30 * US_PER_S);
        tell("NULL", "CCC1", "", true, now_us - 90 * US_PER_S); /* NAK, then ACK, then NAK */
    }
    cr_assert_eq(heard(SLOT_KEYED, PATH_MAIN), 0);
    tell("SIA-DCS", "CCC1", "#CCC1|Nri1/PA001", true, now_us - 30 * US_PER_S);
    cr_assert_eq(heard(SLOT_KEYED, PATH_MAIN), 0);
    cr_assert_eq((int)rig_signal(rig, 0)->kind, SIGNAL_PANIC, "an alarm is raised all the same");
    tell("NULL", "CCC1", "", true, now_us + 5 * US_PER_S);
    cr_assert_neq(heard(SLOT_KEYED, PATH_MAIN), 0);
}

/* A clock that is wrong and cannot be set, but goes: each link test counts when it comes again. */
Test(intake_paths, a_panel_whose_clock_is_slow_stays_alive)
{
    for (int i = 1; i <= 3; i++) {
        int64_t slow_us = clock_wall_us() + (i * 85 - 7200) * US_PER_S;
        forget(SLOT_KEYED);
        tell("NULL", "CCC1", "", true, slow_us);
        cr_assert_eq(heard(SLOT_KEYED, PATH_MAIN), 0, "NAK first");
        tell("NULL", "CCC1", "", true, slow_us);
        cr_assert_neq(heard(SLOT_KEYED, PATH_MAIN), 0);
    }
}
