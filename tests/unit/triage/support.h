/* SPDX-License-Identifier: Apache-2.0 */
/* A triage with small limits, and short words for feeding it. People and units are invented. */
#ifndef TEST_TRIAGE_SUPPORT_H
#define TEST_TRIAGE_SUPPORT_H

#include "triage/triage.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define START INT64_C(1478916780000000) /* 2016-11-12 02:13:00 UTC */

struct rig
{
    struct triage *triage;
    struct triage_out out;
    uint64_t pos;
    int64_t now;
    uint64_t sequence;
};

/* A card with everything in it; change what the test is about. */
struct test_card
{
    Larwm__Card card;
    Larwm__CaseCard person;
    Larwm__Place place;
    Larwm__Marker marker;
    Larwm__Force force;
    Larwm__Badge badges[4];
};

void test_card_init(struct test_card *card, uint64_t case_id, uint64_t property);
void test_card_badge(struct test_card *card, enum badge badge);
/* No case, no place: a unit nobody holds. */
void test_card_clear_case(struct test_card *card);

struct rig *rig_new(void);
struct rig *rig_new_with(const struct triage_limits *limits, const struct triage_policy *policy);
void rig_free(struct rig *rig);
void rig_wait(struct rig *rig, int64_t us);

/* Each gives the position of its record. The signal is native, its sequence the next one. */
uint64_t rig_signal(struct rig *rig, const char *unit, enum signal_kind kind);
uint64_t
rig_zone(struct rig *rig, const char *unit, enum signal_kind kind, const char *zone, bool restore);
uint64_t rig_send(struct rig *rig, Larwm__Journal__Signal *signal);
void rig_signal_init(struct rig *rig, Larwm__Journal__Signal *signal, const char *unit,
                     enum signal_kind kind);
/* Intake counted copies of the signal at that position. */
void rig_repeats(struct rig *rig, uint64_t signal_pos, uint32_t count, int64_t last_us);
void rig_resolve(struct rig *rig, uint64_t signal_pos, const struct test_card *card);
void rig_recheck(struct rig *rig, uint64_t incident, const struct test_card *card);
/* Signal and answer: gives the incident it opened or joined. */
uint64_t
rig_press(struct rig *rig, const char *unit, enum signal_kind kind, const struct test_card *card);
void rig_supervise(struct rig *rig, const char *unit, enum signal_kind kind);
uint64_t rig_supervision(struct rig *rig, const Larwm__Journal__Supervision *said);
void rig_presence(struct rig *rig, const char *user, enum role role, bool present);
void rig_boot(struct rig *rig);
/* Applies every deadline that is due now. */
void rig_timers(struct rig *rig);

struct triage_result
rig_act(struct rig *rig, const char *user, enum role role, int kind, uint64_t incident);
struct triage_result
rig_claim(struct rig *rig, const char *user, uint64_t incident, uint32_t epoch);
struct triage_result
rig_close(struct rig *rig, const char *user, uint64_t incident, enum outcome outcome);
struct triage_result rig_action(struct rig *rig, Larwm__Journal__Action *action);

const struct triage_incident *rig_find(const struct rig *rig, uint64_t incident);
/* How often a kind of entry stands in the history. */
unsigned rig_history(const struct rig *rig, uint64_t incident, uint32_t kind);
bool rig_changed(const struct rig *rig, enum triage_change_kind kind, uint64_t incident);
uint32_t rig_what(const struct rig *rig, uint64_t incident);

#endif
