/* SPDX-License-Identifier: Apache-2.0 */
#include "console.pb-c.h"
#include "tools/ctl_json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(ctl_json, a_message_becomes_proto3_json)
{
    Larwm__Position position = LARWM__POSITION__INIT;
    position.latitude = 53.25;
    position.source = LARWM__POSITION_SOURCE__POSITION_GNSS;
    Larwm__Console__PositionView view = LARWM__CONSOLE__POSITION_VIEW__INIT;
    view.position = &position;
    view.stale = true;
    Larwm__Badge badges[] = {LARWM__BADGE__BADGE_LOST, (Larwm__Badge)200};
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    incident.id = UINT64_MAX;
    incident.opened_us = -5;
    incident.reference = "1-7";
    incident.press_count = 3;
    incident.position = &view;
    incident.badges = badges;
    incident.n_badges = 2;
    json_t *json = ctl_json_from(&incident.base);
    json_t *expected = json_pack(
        "{s:s, s:s, s:s, s:i, s:[s,i], s:{s:{s:s, s:f}, s:b}}", "id", "18446744073709551615",
        "reference", "1-7", "openedUs", "-5", "pressCount", 3, "badges", "BADGE_LOST", 200,
        "position", "position", "source", "POSITION_GNSS", "latitude", 53.25, "stale", 1);
    cr_assert_not_null(expected);
    char *text = json_dumps(json, JSON_SORT_KEYS);
    cr_expect(json_equal(json, expected), "%s", text);
    free(text);
    json_decref(json);
    json_decref(expected);
}

Test(ctl_json, of_a_choice_only_the_chosen_one_is_written)
{
    Larwm__Console__Status status = LARWM__CONSOLE__STATUS__INIT;
    status.units_lost = 4;
    Larwm__Console__Delta delta = LARWM__CONSOLE__DELTA__INIT;
    delta.sequence = 9;
    delta.body_case = LARWM__CONSOLE__DELTA__BODY_STATUS;
    delta.status = &status;
    json_t *json = ctl_json_from(&delta.base);
    cr_expect_null(json_object_get(json, "incident"));
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(json, "status"), "unitsLost")),
                 4);
    json_decref(json);
}

Test(ctl_json, text_lists_and_bytes_are_written)
{
    char *hazards[] = {"dog", "back gate"};
    uint8_t secret[] = {0xab, 0x01};
    Larwm__CaseCard card = LARWM__CASE_CARD__INIT;
    card.hazards = hazards;
    card.n_hazards = 2;
    json_t *json = ctl_json_from(&card.base);
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(json, "hazards"), 1)),
                     "back gate");
    json_decref(json);
    Larwm__Console__Credential credential = LARWM__CONSOLE__CREDENTIAL__INIT;
    credential.totp_secret = (ProtobufCBinaryData){.data = secret, .len = sizeof secret};
    json = ctl_json_from(&credential.base);
    cr_expect_str_eq(json_string_value(json_object_get(json, "totpSecret")), "AB01");
    json_decref(json);
}
