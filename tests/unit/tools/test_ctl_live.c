/* SPDX-License-Identifier: Apache-2.0 */
/* Commands against a whole outlet; a second thread plays desk and journal. */
#include "base/clock.h"
#include "fixture.h"
#include "journal.pb-c.h"
#include "tools/ctl.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ran
{
    int status;
    char *out;
    char *err;
};

static struct ran
run(struct fixture *fixture, int argc, char **argv)
{
    (void)setenv("LARWM_SOCKET", fixture->socket, 1);
    struct ran ran = {0};
    size_t out_size;
    size_t err_size;
    FILE *out = open_memstream(&ran.out, &out_size);
    FILE *err = open_memstream(&ran.err, &err_size);
    ran.status = ctl_run(argc, argv, stdin, out, err);
    (void)fclose(out);
    (void)fclose(err);
    return ran;
}

static void
end(struct ran *ran)
{
    free(ran->out);
    free(ran->err);
}

struct answer
{
    struct fixture *fixture;
    bool ok;
    Larwm__Journal__Action *action; /* what was journaled */
};

static void *
answer_one(void *data)
{
    struct answer *answer = data;
    struct flow_entry *entry = fixture_entry(answer->fixture, true);
    answer->action = larwm__journal__action__unpack(NULL, entry->size, entry->body);
    uint64_t handle = entry->handle;
    uint64_t ref = entry->ref;
    fixture_ticket(answer->fixture, entry, ERROR_NONE);
    fixture_result(answer->fixture, handle, ref, answer->ok);
    return NULL;
}

Test(ctl_live, a_list_shows_every_open_incident_and_no_closed_one)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, 1, 4, true);
    fixture_incident(&fixture, 2, 5, true);
    fixture_incident(&fixture, 2, 5, false);
    fixture_incident(&fixture, 3, 6, true);
    fixture_kind(&fixture, DELTA_READY);
    char *argv[] = {"larwmctl", "incident", "list", "--json"};
    struct ran ran = run(&fixture, 4, argv);
    cr_expect_eq(ran.status, CTL_OK, "%s", ran.err);
    json_t *list = json_loads(ran.out, 0, NULL);
    cr_expect_eq(json_array_size(list), 2);
    json_decref(list);
    end(&ran);
    ran = run(&fixture, 3, argv);
    cr_expect_not_null(strstr(ran.out, "rrrrrr"));
    end(&ran);
    fixture_stop(&fixture);
}

Test(ctl_live, a_claim_is_journaled_in_the_name_given)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct answer answer = {.fixture = &fixture, .ok = true};
    pthread_t desk;
    cr_assert_eq(pthread_create(&desk, NULL, answer_one, &answer), 0);
    char *argv[] = {"larwmctl", "incident", "claim", "1-7", "--user", "carys", "--epoch=3"};
    struct ran ran = run(&fixture, 7, argv);
    (void)pthread_join(desk, NULL);
    cr_expect_eq(ran.status, CTL_OK, "%s", ran.err);
    cr_expect_str_eq(ran.out, "1-7: claimed\n");
    cr_expect_str_eq(answer.action->user, "carys");
    cr_expect_eq(answer.action->kind, LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM);
    cr_expect_eq(answer.action->incident, UINT64_C(1) << 48 | 7);
    cr_expect_eq(answer.action->epoch, 3);
    larwm__journal__action__free_unpacked(answer.action, NULL);
    end(&ran);
    fixture_stop(&fixture);
}

Test(ctl_live, a_refusal_ends_with_one)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct answer answer = {.fixture = &fixture, .ok = false};
    pthread_t desk;
    cr_assert_eq(pthread_create(&desk, NULL, answer_one, &answer), 0);
    char *argv[] = {"larwmctl", "incident", "next"};
    struct ran ran = run(&fixture, 3, argv);
    (void)pthread_join(desk, NULL);
    cr_expect_eq(ran.status, CTL_FAILED);
    cr_expect_not_null(strstr(ran.err, "refused"));
    larwm__journal__action__free_unpacked(answer.action, NULL);
    end(&ran);
    fixture_stop(&fixture);
}

/* REQ E6 TEST: no card without its disclosure in the journal. */
Test(ctl_live, an_incident_is_not_shown_when_the_look_cannot_be_journaled)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, UINT64_C(1) << 48 | 7, 4, true);
    fixture_kind(&fixture, DELTA_READY);
    for (int round = 0; round < 2; round++) {
        struct answer answer = {.fixture = &fixture, .ok = round == 1};
        pthread_t desk;
        cr_assert_eq(pthread_create(&desk, NULL, answer_one, &answer), 0);
        char *argv[] = {"larwmctl", "incident", "show", "1-7"};
        struct ran ran = run(&fixture, 4, argv);
        (void)pthread_join(desk, NULL);
        cr_expect_eq(answer.action->kind, LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW);
        cr_expect_eq(ran.status, round == 1 ? CTL_OK : CTL_FAILED);
        cr_expect_eq(ran.out[0] != '\0', round == 1);
        larwm__journal__action__free_unpacked(answer.action, NULL);
        end(&ran);
    }
    fixture_stop(&fixture);
}

Test(ctl_live, status_answers_when_larwmd_does_and_fails_when_it_does_not)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_STATUS);
    fixture_kind(&fixture, DELTA_READY);
    char *argv[] = {"larwmctl", "status", "--json"};
    struct ran ran = run(&fixture, 3, argv);
    cr_expect_eq(ran.status, CTL_OK, "%s", ran.err);
    json_t *status = json_loads(ran.out, 0, NULL);
    cr_expect_str_eq(json_string_value(json_object_get(status, "node")), "1");
    json_decref(status);
    end(&ran);
    ran = run(&fixture, 2, argv);
    cr_expect_eq(ran.status, CTL_OK);
    end(&ran);
    fixture_stop(&fixture);
    ran = run(&fixture, 2, argv);
    cr_expect_eq(ran.status, CTL_FAILED);
    cr_expect_not_null(strstr(ran.err, "is it running"));
    end(&ran);
}
