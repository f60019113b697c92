/* SPDX-License-Identifier: Apache-2.0 */
/* Resolve against a real PostgreSQL. */
#include "centre.h"

#include "base/clock.h"
#include "card.pb-c.h"
#include "resolve/badges.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* REQ B1 B3 TEST */
Test(resolve, a_press_finds_case_place_and_active_marker)
{
    struct centre *centre = centre_open();
    const struct resolve_answer *answer = ask(centre, "SKY-101");
    cr_assert_eq(answer->status, RESOLVE_CHECKED);
    cr_assert_eq(answer->marker, MARKER_ACTIVE);
    cr_assert(answer->has_case);
    cr_assert_eq(answer->risk, RISK_HIGH);
    cr_assert_str_eq(answer->force, "south-wales");
    cr_assert_eq(answer->badges, 0);
    Larwm__Card *card = larwm__card__unpack(NULL, answer->card_size, answer->card);
    cr_assert_str_eq(card->case_card->reference, "SW-2026-0001");
    cr_assert(card->case_card->person_name[0] != '\0');
    cr_assert(card->place->address[0] != '\0');
    cr_assert(card->marker->reference[0] != '\0');
    larwm__card__free_unpacked(card, NULL);
    cr_assert_eq(ask(centre, "SKY-103")->marker, MARKER_LAPSED);
    cr_assert_eq(ask(centre, "SKY-104")->marker, MARKER_NONE);
    cr_assert_eq(ask(centre, "SKY-105")->marker, MARKER_WITHDRAWN);
    centre_close(centre);
}

/* S4 TEST */
Test(resolve, lost_stolen_stored_and_unknown_units_carry_their_label_and_no_case)
{
    struct centre *centre = centre_open();
    const struct resolve_answer *answer = ask(centre, "SKY-114");
    cr_assert(answer->badges & BADGE_BIT(BADGE_LOST));
    cr_assert_not(answer->has_case);
    answer = ask(centre, "SKY-115");
    cr_assert(answer->badges & BADGE_BIT(BADGE_STOLEN));
    cr_assert_not(answer->has_case);
    cr_assert_eq(answer->property, 0);
    answer = ask(centre, "SKY-117");
    cr_assert_eq(answer->badges, BADGE_BIT(BADGE_UNALLOCATED));
    answer = ask(centre, "");
    cr_assert_eq(answer->badges, BADGE_BIT(BADGE_UNREGISTERED));
    cr_assert_eq(answer->status, RESOLVE_CHECKED);
    cr_assert(answer->silent);
    answer = ask(centre, "SKY-999");
    cr_assert_eq(answer->badges, BADGE_BIT(BADGE_UNREGISTERED));
    centre_close(centre);
}

Test(resolve, a_thousand_questions_of_one_turn_are_answered_once_each)
{
    struct centre *centre = centre_open();
    for (unsigned i = 0; i < 1000; i++) {
        char unit[16];
        snprintf(unit, sizeof(unit), "SKY-%u", 101 + i % 20);
        struct resolve_question asked = question(unit);
        asked.key = i;
        cr_assert_eq(resolve_ask(centre->resolve, &asked), ERROR_NONE);
    }
    loop_for(&centre->loop, 600);
    cr_assert_eq(centre->answers, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        cr_assert_eq(centre->answered[i], 1);
    }
    centre_close(centre);
}

static bool
has_case_answer(void *data)
{
    return ((struct centre *)data)->cases > 0;
}

static bool
has_holder_answer(void *data)
{
    return ((struct centre *)data)->holders > 0;
}

/* S4 TEST: attach and reveal. */
Test(resolve, attach_gives_the_full_card_and_reveal_the_last_holder)
{
    struct centre *centre = centre_open();
    struct resolve_question asked = question("SKY-117");
    cr_assert_eq(resolve_ask_case(centre->resolve, "SW-2026-0001", &asked), ERROR_NONE);
    cr_assert(loop_until(&centre->loop, has_case_answer, centre, 2000));
    cr_assert_eq(centre->case_error, ERROR_NONE);
    cr_assert(centre->answer.has_case);
    cr_assert_eq(centre->answer.marker, MARKER_ACTIVE);
    centre->cases = 0;
    cr_assert_eq(resolve_ask_case(centre->resolve, "XX-0000", &asked), ERROR_NONE);
    cr_assert(loop_until(&centre->loop, has_case_answer, centre, 2000));
    cr_assert_eq(centre->case_error, ERROR_NOT_FOUND);
    cr_assert_eq(resolve_ask_holder(centre->resolve, 5, "SKY-115", clock_wall_us()), ERROR_NONE);
    cr_assert(loop_until(&centre->loop, has_holder_answer, centre, 2000));
    cr_assert_eq(centre->holder_error, ERROR_NONE);
    cr_assert(strstr(centre->holder, "-2026-") != NULL);
    centre_close(centre);
}

static bool
has_change(void *data)
{
    return ((struct centre *)data)->changes > 0;
}

Test(resolve, a_notice_reaches_the_desk_and_refreshes_what_is_last_known)
{
    struct centre *centre = centre_open();
    centre->changes = 0;
    database_value(&centre->database,
                   "UPDATE larwm.marker SET withdrawn_at = now(), withdrawn_reason = 'test'"
                   " WHERE property_id = (SELECT property_id FROM larwm.resolve("
                   "array['SKY-101'], array[null]::timestamptz[], array[now()]))");
    cr_assert(loop_until(&centre->loop, has_change, centre, 3000));
    cr_assert_str_eq(centre->change, "marker");
    loop_for(&centre->loop, 300);
    uint8_t card[LIMIT_CARD];
    struct resolve_answer answer;
    struct resolve_question asked = question("SKY-101");
    resolve_answer_unresolved(centre->resolve, &asked, card, &answer);
    cr_assert_eq(answer.status, RESOLVE_CACHED);
    cr_assert_eq(answer.marker, MARKER_UNKNOWN);
    cr_assert_eq(answer.marker_last_known, MARKER_WITHDRAWN);
    centre_close(centre);
}

Test(resolve, the_directory_has_every_unit_account_force_and_revoked_key)
{
    struct centre *centre = centre_open();
    char fingerprint[32];
    memset(fingerprint, 0x5a, sizeof(fingerprint));
    cr_assert_eq(centre->units,
                 (unsigned)database_number(&centre->database, "SELECT count(*) FROM larwm.unit"));
    cr_assert_eq(centre->forces,
                 (unsigned)database_number(&centre->database, "SELECT count(*) FROM larwm.force"));
    const struct registry_unit *unit = registry_find_unit(centre->registry, "SKY-101");
    cr_assert_not_null(unit);
    uint32_t slot = unit->slot;
    database_value(&centre->database, "SELECT larwm.credential_add('SKY-101', 'tls_key',"
                                      " decode(repeat('5a', 32), 'hex'))");
    database_value(&centre->database,
                   "SELECT larwm.credential_add('PAN-A10001', 'dc09', null, 'A10001',"
                   " decode(repeat('11', 16), 'hex'))");
    loop_for(&centre->loop, 500);
    unit = registry_find_fingerprint(centre->registry, (const uint8_t *)fingerprint);
    cr_assert_not_null(unit);
    cr_assert_str_eq(unit->id, "SKY-101");
    cr_assert_eq(unit->slot, slot);
    const struct registry_account *account = registry_find_account(centre->registry, "a10001");
    cr_assert_not_null(account);
    cr_assert_eq(account->key_size, 16);
    cr_assert_str_eq(account->unit->id, "PAN-A10001");
    /* S3: after a re-key the old key is known as revoked. */
    database_value(&centre->database,
                   "SELECT larwm.unit_rekey('SKY-101', decode(repeat('5b', 32), 'hex'))");
    loop_for(&centre->loop, 500);
    cr_assert_null(registry_find_fingerprint(centre->registry, (const uint8_t *)fingerprint));
    cr_assert(registry_is_revoked(centre->registry, (const uint8_t *)fingerprint));
    centre_close(centre);
}

/* REQ A28 TEST */
Test(resolve, the_directory_has_the_paths_of_panels_and_what_was_learned)
{
    struct centre *centre = centre_open();
    const struct database *database = &centre->database;
    database_value(database, "SELECT larwm.credential_add('PAN-A10003', 'dc09', null, 'A10003')");
    database_value(database, "SELECT larwm.credential_add('PAN-1111', 'dc09', null, '1111')");
    database_value(database, "SELECT larwm.credential_add('PAN-1111', 'dc09', null, '1112')");
    database_value(database, "SELECT larwm.account_set('PAN-1111', '1112', 'backup', '7', 90, 30)");
    database_value(database, "SELECT larwm.learned_many(1, '{77}', '{PAN-1111}', '{main}', '{60}',"
                             " ARRAY[now()])");
    loop_for(&centre->loop, 500);
    database_value(database, "SELECT larwm.path_set('PAN-A10002', 'main', 120)"); /* a notice */
    loop_for(&centre->loop, 500);
    const struct resolve_path *paths = centre_paths(centre, "PAN-A10003");
    cr_assert_eq(paths[0].interval_s, 85);
    cr_assert(paths[1].used);
    cr_assert_eq(paths[1].interval_s, 890);
    cr_assert(registry_find_account(centre->registry, "A10003")->unit->has_backup);
    paths = centre_paths(centre, "PAN-1111");
    cr_assert_eq(paths[0].interval_s, 0);
    cr_assert_eq(paths[0].fallback_s, 300, "its model's, until learned");
    cr_assert_eq(paths[0].learned_s, 60);
    cr_assert_eq(paths[0].learned_pos, 77);
    cr_assert(paths[1].used);
    const struct registry_account *account = registry_find_account(centre->registry, "1112");
    cr_assert_eq(account->path, PATH_BACKUP);
    cr_assert_eq(account->backup_network, '7');
    cr_assert_eq(account->clock_behind_s, 90);
    cr_assert_eq(account->clock_ahead_s, 30);
    account = registry_find_account(centre->registry, "1111");
    cr_assert_eq(account->path, PATH_MAIN);
    cr_assert_eq(account->clock_behind_s, 0);
    paths = centre_paths(centre, "SKY-101");
    cr_assert_eq(paths[0].interval_s, 900, "a native unit: the interval of its model");
    cr_assert_not(paths[1].used);
    centre_close(centre);
}

/* After a start the press that could not be sent before comes at once, and must not be called
 * unverified for want of milliseconds. */
Test(resolve, a_question_that_comes_before_the_connection_is_made_waits_for_it)
{
    struct centre *centre = centre_open();
    centre_stop(centre);
    centre_start(centre);
    const struct resolve_answer *answer = ask(centre, "SKY-101");
    cr_assert_eq(answer->status, RESOLVE_CHECKED);
    cr_assert_eq(answer->marker, MARKER_ACTIVE);
    centre_close(centre);
}

/* REQ S2 TEST (c) */
Test(resolve, without_the_database_a_restart_answers_from_the_snapshot)
{
    struct centre *centre = centre_open();
    char real[512];
    centre_stop(centre);
    snprintf(real, sizeof(real), "%s", centre->database.conninfo);
    snprintf(centre->database.conninfo, sizeof(centre->database.conninfo),
             "host=/nowhere user=larwmd dbname=x");
    centre->units = 0;
    centre_start(centre);
    cr_assert_gt(centre->units, 0, "the snapshot was not published");
    cr_assert(loop_until(&centre->loop, is_down, centre, 3000));
    const struct resolve_answer *answer = ask(centre, "SKY-101");
    cr_assert_eq(answer->status, RESOLVE_CACHED);
    cr_assert_eq(answer->marker, MARKER_UNKNOWN);
    cr_assert_eq(answer->marker_last_known, MARKER_ACTIVE);
    cr_assert_gt(answer->marker_last_known_us, 0);
    cr_assert(answer->has_case);
    /* A device time before the present holder had it: nobody is named (S3). */
    struct resolve_question asked = question("SKY-101");
    asked.device_time_us = asked.received_us - INT64_C(29) * 86400 * 1000000;
    answer = ask_as(centre, &asked);
    if (answer->badges & BADGE_BIT(BADGE_EARLIER_ALLOCATION)) {
        cr_assert_not(answer->has_case);
    }
    centre_close(centre);
}

Test(resolve, a_schema_that_does_not_fit_is_said_and_nothing_is_asked)
{
    struct centre *centre = centre_open();
    centre_stop(centre);
    database_value(&centre->database,
                   "CREATE OR REPLACE FUNCTION larwm.schema_version() RETURNS int"
                   " LANGUAGE sql AS 'SELECT 99'");
    centre_start(centre);
    loop_for(&centre->loop, 500);
    cr_assert_eq(centre->schema, 0);
    cr_assert_eq(centre->up, 1);
    cr_assert_not(resolve_is_up(centre->resolve));
    cr_assert_eq(ask(centre, "SKY-101")->status, RESOLVE_CACHED);
    centre_close(centre);
}

/* As the desk does when it is told to stop: behind the poll of a turn of the loop. */
static void
ask_and_close(uv_check_t *check)
{
    struct centre *centre = check->data;
    struct resolve_question asked = question("SKY-101");
    uv_close((uv_handle_t *)check, NULL);
    cr_assert_eq(resolve_ask(centre->resolve, &asked), ERROR_NONE);
    centre_begin_stop(centre);
}

/* It happened: the daemon died at its stop when an alarm had just come. */
Test(resolve, a_question_asked_just_before_the_end_is_answered_from_what_is_known)
{
    struct centre *centre = centre_open();
    uv_check_t check;
    uv_check_init(&centre->loop, &check);
    check.data = centre;
    centre->answers = 0;
    uv_check_start(&check, ask_and_close);
    cr_assert(loop_until(&centre->loop, is_closed, centre, 5000));
    cr_assert_eq(centre->answers, 1);
    centre_close_stopped(centre);
}
