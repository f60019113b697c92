/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a checkpoint of triage: every member of every row that is part of its state. */
#include "base/require.h"
#include "triage/checkpoint.h"

/* Whoever changes one of these adds its members below. */
_Static_assert(sizeof(struct triage_incident) == 24160, "a member has no field");
_Static_assert(sizeof(struct incident_signal) == 440, "a member has no field");
_Static_assert(sizeof(struct incident_history) == 32, "a member has no field");
_Static_assert(sizeof(struct unit) == 1352, "a member has no field");
_Static_assert(sizeof(struct recent) == 72, "a member has no field");
_Static_assert(sizeof(struct zone) == 208, "a member has no field");
_Static_assert(sizeof(struct arrival) == 672, "a member has no field");
_Static_assert(sizeof(struct network) == 240, "a member has no field");

static const struct sheet_field triage_fields[] = {
    SHEET_FIELD(1, struct checkpoint_triage, node),
    SHEET_FIELD(2, struct checkpoint_triage, time_us),
    SHEET_FIELD(3, struct checkpoint_triage, throttled),
    SHEET_FIELD(4, struct checkpoint_triage, throttled_count),
};
const struct sheet_kind checkpoint_triage_kind = {"triage", triage_fields,
                                                  ARRAY_COUNT(triage_fields)};

static const struct sheet_field incident_fields[] = {
    SHEET_FIELD(1, struct triage_incident, id),
    SHEET_FIELD(2, struct triage_incident, pos),
    SHEET_FIELD(3, struct triage_incident, epoch),
    SHEET_FIELD(4, struct triage_incident, state),
    SHEET_FIELD(5, struct triage_incident, priority),
    SHEET_FIELD(6, struct triage_incident, risk),
    SHEET_FIELD(7, struct triage_incident, kind),
    SHEET_FIELD(8, struct triage_incident, outcome),
    SHEET_FIELD(9, struct triage_incident, rank),
    SHEET_FIELD(10, struct triage_incident, opened_us),
    SHEET_FIELD(11, struct triage_incident, last_signal_us),
    SHEET_FIELD(12, struct triage_incident, closed_us),
    SHEET_FIELD(13, struct triage_incident, signal_count),
    SHEET_FIELD(14, struct triage_incident, press_count),
    SHEET_FIELD(15, struct triage_incident, repeat_count),
    SHEET_FIELD(16, struct triage_incident, badges),
    SHEET_FIELD(17, struct triage_incident, signal_badges),
    SHEET_FIELD(18, struct triage_incident, owner),
    SHEET_FIELD(19, struct triage_incident, claimed_us),
    SHEET_FIELD(20, struct triage_incident, test),
    SHEET_FIELD(21, struct triage_incident, technical),
    SHEET_FIELD(22, struct triage_incident, loss),
    SHEET_FIELD(23, struct triage_incident, flapping),
    SHEET_FIELD(24, struct triage_incident, held),
    SHEET_FIELD(25, struct triage_incident, receipt_silent),
    SHEET_FIELD(26, struct triage_incident, silent),
    SHEET_FIELD(27, struct triage_incident, linked),
    SHEET_FIELD(28, struct triage_incident, presence_due_us),
    SHEET_FIELD(29, struct triage_incident, flap_edges),
    SHEET_FIELD(30, struct triage_incident, flap_from_us),
    SHEET_FIELD(31, struct triage_incident, flap_key),
    SHEET_FIELD(32, struct triage_incident, flap_unit),
    SHEET_FIELD(33, struct triage_incident, flap_zone),
    SHEET_FIELD(34, struct triage_incident, case_id),
    SHEET_FIELD(35, struct triage_incident, property),
    SHEET_FIELD(36, struct triage_incident, unit_status),
    SHEET_FIELD(37, struct triage_incident, marker),
    SHEET_FIELD(38, struct triage_incident, marker_last_known),
    SHEET_FIELD(39, struct triage_incident, marker_last_known_us),
    SHEET_FIELD(40, struct triage_incident, consent),
    SHEET_FIELD(41, struct triage_incident, resolve),
    SHEET_FIELD(42, struct triage_incident, unit_blocked),
    SHEET_FIELD(43, struct triage_incident, attached),
    SHEET_FIELD(44, struct triage_incident, allocation),
    SHEET_FIELD(45, struct triage_incident, card_hash),
    SHEET_FIELD(46, struct triage_incident, paths),
    SHEET_FIELD(47, struct triage_incident, position),
    SHEET_FIELD(48, struct triage_incident, units),
    SHEET_FIELD(49, struct triage_incident, units_count),
    SHEET_FIELD(50, struct triage_incident, signals_kept),
    SHEET_FIELD(51, struct triage_incident, history_kept),
    SHEET_FIELD(52, struct triage_incident, history_text_used),
    SHEET_FIELD(53, struct triage_incident, card_size),
    SHEET_FIELD(54, struct triage_incident, mass),
    SHEET_FIELD(55, struct triage_incident, network),
    SHEET_FIELD(56, struct triage_incident, mass_lost),
    SHEET_FIELD(57, struct triage_incident, mass_late),
    SHEET_FIELD(58, struct triage_incident, mass_back),
    SHEET_FIELD(59, struct triage_incident, card_turn),
};
const struct sheet_kind checkpoint_incident_kind = {"incident", incident_fields,
                                                    ARRAY_COUNT(incident_fields)};

static const struct sheet_field signal_fields[] = {
    SHEET_FIELD(1, struct incident_signal, pos),
    SHEET_FIELD(2, struct incident_signal, received_us),
    SHEET_FIELD(3, struct incident_signal, device_time_us),
    SHEET_FIELD(4, struct incident_signal, last_repeat_us),
    SHEET_FIELD(5, struct incident_signal, sequence),
    SHEET_FIELD(6, struct incident_signal, repeats),
    SHEET_FIELD(7, struct incident_signal, kind),
    SHEET_FIELD(8, struct incident_signal, battery_percent),
    SHEET_FIELD(9, struct incident_signal, path),
    SHEET_FIELD(10, struct incident_signal, restore),
    SHEET_FIELD(11, struct incident_signal, unit),
    SHEET_FIELD(12, struct incident_signal, zone),
    SHEET_FIELD(13, struct incident_signal, code),
    SHEET_FIELD(14, struct incident_signal, text),
};
const struct sheet_kind checkpoint_signal_kind = {"signal", signal_fields,
                                                  ARRAY_COUNT(signal_fields)};

static const struct sheet_field history_fields[] = {
    SHEET_FIELD(1, struct incident_history, pos),
    SHEET_FIELD(2, struct incident_history, time_us),
    SHEET_FIELD(3, struct incident_history, kind),
    SHEET_FIELD(4, struct incident_history, alert),
    SHEET_FIELD(5, struct incident_history, outcome),
    SHEET_FIELD(6, struct incident_history, text_at),
    SHEET_FIELD(7, struct incident_history, text_size),
    SHEET_FIELD(8, struct incident_history, user_size),
};
const struct sheet_kind checkpoint_history_kind = {"history", history_fields,
                                                   ARRAY_COUNT(history_fields)};

static const struct sheet_field place_fields[] = {
    SHEET_FIELD(1, struct checkpoint_place, incident),
    SHEET_FIELD(2, struct checkpoint_place, by_place),
    SHEET_FIELD(3, struct checkpoint_place, by_property),
};
const struct sheet_kind checkpoint_place_kind = {"place", place_fields, ARRAY_COUNT(place_fields)};

static const struct sheet_field unit_fields[] = {
    SHEET_FIELD(1, struct unit, key),
    SHEET_FIELD(2, struct unit, identity),
    SHEET_FIELD(3, struct unit, recent_count),
    SHEET_FIELD(4, struct unit, recent_next),
    SHEET_FIELD(5, struct unit, incident),
    SHEET_FIELD(6, struct unit, test_incident),
    SHEET_FIELD(7, struct unit, technical),
    SHEET_FIELD(8, struct unit, loss),
    SHEET_FIELD(9, struct unit, pending_pos),
    SHEET_FIELD(10, struct unit, test_until_us),
    SHEET_FIELD(11, struct unit, paths),
    SHEET_FIELD(12, struct unit, down_us),
    SHEET_FIELD(13, struct unit, network),
    SHEET_FIELD(14, struct unit, chain),
    SHEET_FIELD(15, struct unit, risk),
    SHEET_FIELD(16, struct unit, answer.incident),
    SHEET_FIELD(17, struct unit, answer.case_id),
    SHEET_FIELD(18, struct unit, answer.allocation),
    SHEET_FIELD(19, struct unit, answer.time_us),
};
const struct sheet_kind checkpoint_unit_kind = {"unit", unit_fields, ARRAY_COUNT(unit_fields)};

static const struct sheet_field recent_fields[] = {
    SHEET_FIELD(1, struct recent, boot_id),        SHEET_FIELD(2, struct recent, sequence),
    SHEET_FIELD(3, struct recent, content),        SHEET_FIELD(4, struct recent, pos),
    SHEET_FIELD(5, struct recent, incident),       SHEET_FIELD(6, struct recent, time_us),
    SHEET_FIELD(7, struct recent, device_time_us), SHEET_FIELD(8, struct recent, window_us),
    SHEET_FIELD(9, struct recent, repeats),        SHEET_FIELD(10, struct recent, opens),
};
const struct sheet_kind checkpoint_recent_kind = {"recent", recent_fields,
                                                  ARRAY_COUNT(recent_fields)};

static const struct sheet_field copy_fields[] = {
    SHEET_FIELD(1, struct checkpoint_copy, pos),
    SHEET_FIELD(2, struct checkpoint_copy, unit_key),
    SHEET_FIELD(3, struct checkpoint_copy, back),
};
const struct sheet_kind checkpoint_copy_kind = {"copy", copy_fields, ARRAY_COUNT(copy_fields)};

static const struct sheet_field zone_fields[] = {
    SHEET_FIELD(1, struct zone, key),         SHEET_FIELD(2, struct zone, unit),
    SHEET_FIELD(3, struct zone, name),        SHEET_FIELD(4, struct zone, edges),
    SHEET_FIELD(5, struct zone, edges_count), SHEET_FIELD(6, struct zone, edges_next),
    SHEET_FIELD(7, struct zone, flapping),    SHEET_FIELD(8, struct zone, incident),
    SHEET_FIELD(9, struct zone, total),       SHEET_FIELD(10, struct zone, from_us),
    SHEET_FIELD(11, struct zone, last_us),    SHEET_FIELD(12, struct zone, reported_us),
};
const struct sheet_kind checkpoint_zone_kind = {"zone", zone_fields, ARRAY_COUNT(zone_fields)};

static const struct sheet_field arrival_fields[] = {
    SHEET_FIELD(1, struct arrival, view.pos),
    SHEET_FIELD(2, struct arrival, view.received_us),
    SHEET_FIELD(3, struct arrival, view.device_time_us),
    SHEET_FIELD(4, struct arrival, view.last_repeat_us),
    SHEET_FIELD(5, struct arrival, view.sequence),
    SHEET_FIELD(6, struct arrival, view.repeats),
    SHEET_FIELD(7, struct arrival, view.kind),
    SHEET_FIELD(8, struct arrival, view.battery_percent),
    SHEET_FIELD(9, struct arrival, view.path),
    SHEET_FIELD(10, struct arrival, view.restore),
    SHEET_FIELD(11, struct arrival, view.unit),
    SHEET_FIELD(12, struct arrival, view.zone),
    SHEET_FIELD(13, struct arrival, view.code),
    SHEET_FIELD(14, struct arrival, view.text),
    SHEET_FIELD(15, struct arrival, position.latitude),
    SHEET_FIELD(16, struct arrival, position.longitude),
    SHEET_FIELD(17, struct arrival, position.accuracy_m),
    SHEET_FIELD(18, struct arrival, position.fix_us),
    SHEET_FIELD(19, struct arrival, position.received_us),
    SHEET_FIELD(20, struct arrival, position.source),
    SHEET_FIELD(21, struct arrival, unit_key),
    SHEET_FIELD(22, struct arrival, zone_key),
    SHEET_FIELD(23, struct arrival, incident),
    SHEET_FIELD(24, struct arrival, time_us),
    SHEET_FIELD(25, struct arrival, signal_badges),
    SHEET_FIELD(26, struct arrival, hint),
    SHEET_FIELD(27, struct arrival, flapping),
    SHEET_FIELD(28, struct arrival, test),
    SHEET_FIELD(29, struct arrival, loss),
    SHEET_FIELD(30, struct arrival, silent),
    SHEET_FIELD(31, struct arrival, cancelled),
    SHEET_FIELD(32, struct arrival, root),
    SHEET_FIELD(33, struct arrival, followers),
    SHEET_FIELD(34, struct arrival, followers_count),
};
const struct sheet_kind checkpoint_arrival_kind = {"arrival", arrival_fields,
                                                   ARRAY_COUNT(arrival_fields)};

static const struct sheet_field network_fields[] = {
    SHEET_FIELD(1, struct checkpoint_network, at),
    SHEET_FIELD(2, struct checkpoint_network, network.key),
    SHEET_FIELD(3, struct checkpoint_network, network.incident),
    SHEET_FIELD(4, struct checkpoint_network, network.shown_us),
    SHEET_FIELD(5, struct checkpoint_network, network.forgotten),
    SHEET_FIELD(6, struct checkpoint_network, network.name),
};
const struct sheet_kind checkpoint_network_kind = {"network", network_fields,
                                                   ARRAY_COUNT(network_fields)};

static const struct sheet_field gathered_fields[] = {
    SHEET_FIELD(1, struct checkpoint_gathered, unit_key),
    SHEET_FIELD(2, struct checkpoint_gathered, network),
    SHEET_FIELD(3, struct checkpoint_gathered, chain),
};
const struct sheet_kind checkpoint_gathered_kind = {"gathered", gathered_fields,
                                                    ARRAY_COUNT(gathered_fields)};

static const struct sheet_field user_fields[] = {
    SHEET_FIELD(1, struct checkpoint_user, at),
    SHEET_FIELD(2, struct checkpoint_user, user.name),
    SHEET_FIELD(3, struct checkpoint_user, user.role),
};
const struct sheet_kind checkpoint_user_kind = {"user", user_fields, ARRAY_COUNT(user_fields)};
