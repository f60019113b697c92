/* SPDX-License-Identifier: Apache-2.0 */
/* What consoles are shown: the newest of every incident, as the outlet would pass it on. */
#include "sim.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

static bool
screen_may_push(const Larwm__Console__Incident *view)
{
    const Larwm__Card *card = view->card;
    return card != NULL && card->case_card != NULL && card->case_card->id != 0 &&
           card->case_card->police_consent != LARWM__CONSENT__CONSENT_NO &&
           card->unit_status == LARWM__UNIT_STATUS__UNIT_IN_SERVICE;
}

/* What is frozen when the message is queued stays as it was (REQ B3). */
static void
screen_check_message(struct sim *sim, struct sim_incident *incident,
                     const Larwm__Console__Escalation *escalation)
{
    uint64_t text = hash_bytes(1, escalation->message, strlen(escalation->message));
    sim_say(sim, "message of %llx, queued %lld: %s", (unsigned long long)incident->id,
            (long long)escalation->queued_us, escalation->message);
    if (incident->queued_us == escalation->queued_us && incident->text != text) {
        sim_broken(sim, "police", "the message of incident %llx changed after it was queued",
                   (unsigned long long)incident->id);
    }
    incident->queued_us = escalation->queued_us;
    incident->text = text;
    if (incident->message_id[0] != '\0' &&
        strcmp(incident->message_id, escalation->message_id) != 0) {
        sim_broken(sim, "police", "incident %llx has a second message %s",
                   (unsigned long long)incident->id, escalation->message_id);
    }
    (void)text_copy(incident->message_id, sizeof incident->message_id, escalation->message_id);
}

static void
screen_note_police(struct sim *sim, struct sim_incident *incident,
                   const Larwm__Console__Incident *view)
{
    const Larwm__Console__Escalation *escalation = view->escalation;
    incident->police = ESCALATION_NONE;
    if (escalation == NULL || (int)escalation->state == (int)ESCALATION_NONE) {
        return;
    }
    incident->police = (uint8_t)escalation->state;
    incident->cancel_wanted = escalation->cancel_wanted;
    incident->update_no = escalation->update_no;
    incident->update_sent = escalation->update_sent;
    screen_check_message(sim, incident, escalation);
}

/* Its signals were seen by somebody who could act. */
static void
screen_note_signals(struct sim *sim, const Larwm__Console__Incident *view)
{
    for (size_t i = 0; i < view->n_signals; i++) {
        uint64_t pos = view->signals[i]->position;
        if (pos > sim->last || sim->rows[pos].type == RECORD_NONE) {
            sim_broken(sim, "screen", "a signal %llu that never was", (unsigned long long)pos);
        } else {
            sim->rows[pos].seen = true;
        }
    }
}

static void
screen_note(struct sim *sim, const struct flow_delta *delta, const Larwm__Console__Incident *view)
{
    struct sim_incident *incident = oracle_incident(sim, delta->key, true);
    incident->shown = delta->open;
    incident->shown_life = sim->life;
    incident->shown_state = (uint8_t)view->state;
    incident->shown_priority = (uint8_t)view->priority;
    incident->shown_epoch = view->epoch;
    incident->alert = (uint8_t)view->alert;
    incident->phone = view->call_police_by_phone;
    incident->may_push = screen_may_push(view);
    incident->at_once = incident->may_push && view->card->marker != NULL &&
                        view->card->marker->status == LARWM__MARKER_STATUS__MARKER_ACTIVE &&
                        view->kind != LARWM__SIGNAL_KIND__SIGNAL_MEDICAL;
    (void)text_copy(incident->shown_owner, sizeof incident->shown_owner, view->owner);
    if (delta->open) {
        screen_note_signals(sim, view);
        screen_note_police(sim, incident, view);
        police_look(sim, incident);
    }
}

static void
screen_take_incident(struct sim *sim, const struct flow_delta *delta)
{
    Larwm__Console__Incident *view =
        larwm__console__incident__unpack(NULL, delta->size, delta->body);
    if (view == NULL || view->id != delta->key) {
        sim_broken(sim, "screen", "an incident that cannot be read");
    } else {
        screen_note(sim, delta, view);
    }
    if (view != NULL) {
        larwm__console__incident__free_unpacked(view, NULL);
    }
}

void
screen_take(struct sim *sim)
{
    struct flow_delta *delta;
    while (ring_pop(&sim->deltas, &delta)) {
        if (delta->kind == DELTA_INCIDENT) {
            sim_mix(sim, &delta->key, sizeof delta->key);
            sim_mix(sim, delta->body, delta->size);
            screen_take_incident(sim, delta);
        }
        pool_return(delta->home, delta);
    }
}
