/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.Incident of an incident: triage's half, escalation's half and the card, packed in one go
 * from an arena. The only place where personal data is put into a message for the consoles.
 */
#include "desk/internal.h"

#include "base/text.h"
#include "triage/priority.h"

#include <math.h>
#include <string.h>

#define STALE_FIX_US (120 * US_PER_S)
#define EARTH_RADIUS_M 6371000.0

struct desk_view
{
    Larwm__Console__Incident incident;
    Larwm__Console__SignalSummary signals[LIMIT_INCIDENT_SIGNALS];
    Larwm__Console__SignalSummary *signal_pointers[LIMIT_INCIDENT_SIGNALS];
    Larwm__Console__HistoryEntry history[LIMIT_INCIDENT_HISTORY];
    Larwm__Console__HistoryEntry *history_pointers[LIMIT_INCIDENT_HISTORY];
    Larwm__Console__PathView paths[INCIDENT_PATHS];
    Larwm__Console__PathView *path_pointers[INCIDENT_PATHS];
    Larwm__Badge badges[32];
    Larwm__Console__PositionView position_view;
    Larwm__Position position;
    Larwm__Console__Escalation escalation;
    char reference[32];
    char message_id[32];
    char message[LIMIT_POLICE_TEXT];
    char technical[DESK_TECHNICAL];
};

static char *
view_text(const char *text)
{
    return (char *)(uintptr_t)text; /* protobuf-c has no const strings; nothing writes through it */
}

static uint32_t
view_distance_m(double latitude, double longitude, double home_latitude, double home_longitude)
{
    double radian = M_PI / 180.0;
    double dx =
        (longitude - home_longitude) * radian * cos((latitude + home_latitude) / 2 * radian);
    double dy = (latitude - home_latitude) * radian;
    double metres = EARTH_RADIUS_M * sqrt(dx * dx + dy * dy);
    return metres > 4.0e9 || isnan(metres) ? 0 : (uint32_t)metres;
}

static void
view_signals(struct desk_view *view, const struct triage_incident *incident)
{
    for (uint32_t i = 0; i < incident->signals_kept; i++) {
        const struct incident_signal *from = incident_signal(incident, i);
        Larwm__Console__SignalSummary *to = &view->signals[i];
        larwm__console__signal_summary__init(to);
        to->position = from->pos;
        to->kind = (Larwm__SignalKind)from->kind;
        to->restore = from->restore;
        to->unit = view_text(from->unit);
        to->zone = view_text(from->zone);
        to->code = view_text(from->code);
        to->text = view_text(from->text);
        to->received_us = from->received_us;
        to->device_time_us = from->device_time_us;
        to->repeats = from->repeats;
        to->last_repeat_us = from->last_repeat_us;
        to->battery_percent = from->battery_percent;
        to->sequence = from->sequence;
        to->path = (Larwm__Path)from->path;
        view->signal_pointers[i] = to;
    }
    view->incident.n_signals = incident->signals_kept;
    view->incident.signals = view->signal_pointers;
}

static void
view_history(struct desk_view *view, const struct triage_incident *incident)
{
    for (uint32_t i = 0; i < incident->history_kept; i++) {
        const struct incident_history *from = &incident->history[i];
        Larwm__Console__HistoryEntry *to = &view->history[i];
        larwm__console__history_entry__init(to);
        to->position = from->pos;
        to->time_us = from->time_us;
        to->kind = (Larwm__Console__HistoryKind)from->kind;
        to->user = view_text(incident_history_user(incident, from));
        to->text = view_text(incident_history_text(incident, from));
        to->alert = (Larwm__AlertLevel)from->alert;
        to->outcome = (Larwm__Outcome)from->outcome;
        view->history_pointers[i] = to;
    }
    view->incident.n_history = incident->history_kept;
    view->incident.history = view->history_pointers;
}

/* How the paths of a silent unit stand: which is gone, which still works (REQ A28). */
static void
view_paths(struct desk_view *view, const struct triage_incident *incident)
{
    size_t count = 0;
    for (unsigned i = 0; incident->loss && i < INCIDENT_PATHS; i++) { /* none of a network */
        const struct incident_path *from = &incident->paths[i];
        if (from->state == PATH_STATE_NONE) {
            continue;
        }
        Larwm__Console__PathView *to = &view->paths[count];
        larwm__console__path_view__init(to);
        to->path = (Larwm__Path)(PATH_MAIN + i);
        to->state = (Larwm__PathState)from->state;
        to->last_seen_us = from->last_seen_us;
        to->interval_s = from->interval_s;
        to->observed_s = from->observed_s;
        view->path_pointers[count] = to;
        count += 1;
    }
    view->incident.n_paths = count;
    view->incident.paths = view->path_pointers;
}

static void
view_badges(struct desk_view *view, const struct triage_incident *incident)
{
    size_t count = 0;
    for (unsigned bit = 1; bit < 32; bit++) {
        if ((incident->badges & (UINT32_C(1) << bit)) != 0) {
            view->badges[count] = (Larwm__Badge)bit;
            count += 1;
        }
    }
    view->incident.n_badges = count;
    view->incident.badges = view->badges;
}

static void
view_position(struct desk_view *view, const struct triage_incident *incident,
              const Larwm__Card *card)
{
    const struct incident_position *from = &incident->position;
    if (from->source == POSITION_NONE) {
        return;
    }
    larwm__position__init(&view->position);
    view->position.source = (Larwm__PositionSource)from->source;
    view->position.latitude = from->latitude;
    view->position.longitude = from->longitude;
    view->position.accuracy_m = from->accuracy_m;
    view->position.fix_time_us = from->fix_us;
    larwm__console__position_view__init(&view->position_view);
    view->position_view.position = &view->position;
    view->position_view.received_us = from->received_us;
    int64_t fix_us = from->fix_us != 0 ? from->fix_us : from->received_us;
    view->position_view.stale = incident->last_signal_us - fix_us > STALE_FIX_US;
    if (card != NULL && card->place != NULL &&
        (card->place->latitude != 0.0 || card->place->longitude != 0.0)) {
        view->position_view.distance_home_m = view_distance_m(
            from->latitude, from->longitude, card->place->latitude, card->place->longitude);
    }
    view->incident.position = &view->position_view;
}

void
desk_view_message(struct desk *desk, const struct triage_incident *incident, uint8_t reason,
                  int64_t now_us, char to[LIMIT_POLICE_TEXT])
{
    const struct escalation_plan *plan = desk_plan_of(desk, incident->id);
    const Larwm__Card *card = desk_card_of(desk, incident);
    struct escalation_subject subject = {
        .incident = incident->id,
        .kind = incident->kind,
        .reason = reason,
        .badges = incident->badges,
        .no_operator = plan != NULL && plan->no_operator,
        .test = incident->test,
        .opened_us = incident->opened_us,
        .last_signal_us = incident->last_signal_us,
        .press_count = incident->press_count,
        .linked = incident->linked,
        .unverified_since_us = plan == NULL ? 0 : plan->unverified_since_us,
        .zone = incident->signals_kept > 0 ? incident_signal(incident, 0)->zone : NULL,
        .has_fix = incident->position.source != POSITION_NONE,
        .latitude = incident->position.latitude,
        .longitude = incident->position.longitude,
        .accuracy_m = incident->position.accuracy_m,
        .fix_us = incident->position.fix_us,
        .now_us = now_us,
    };
    (void)escalation_message(&subject, card, to);
}

static void
view_escalation(struct desk *desk, struct desk_view *view, const struct triage_incident *incident,
                const struct desk_item *item, const struct escalation_plan *plan)
{
    Larwm__Console__Escalation *to = &view->escalation;
    larwm__console__escalation__init(to);
    escalation_message_id(incident->id, view->message_id);
    to->message_id = view->message_id;
    if (item != NULL && item->has_message) {
        to->message = view_text(item->message);
    } else {
        desk_view_message(desk, incident, REASON_NONE, incident->last_signal_us, view->message);
        to->message = view->message;
    }
    view->incident.escalation = to;
    if (plan == NULL) {
        return;
    }
    to->state = (Larwm__EscalationState)plan->state;
    to->reason = (Larwm__EscalationReason)plan->reason;
    to->unverified_since_us = plan->unverified_since_us;
    to->queued_us = plan->queued_us;
    to->sent_us = plan->sent_us;
    to->answered_us = plan->answered_us;
    to->log_number = view_text(plan->log_number);
    to->rejection = view_text(plan->rejection);
    to->tries = plan->tries;
    to->update_no = plan->update_no;
    to->update_sent = plan->update_sent;
    to->cancel_wanted = plan->cancel_wanted;
    to->queued_by = view_text(plan->queued_by);
    view->incident.alert = (Larwm__AlertLevel)plan->alert;
    view->incident.due_us = plan->due_us;
    view->incident.due_from_us = plan->due_from_us;
    view->incident.due_kind = (Larwm__Journal__TimerKind)plan->due_kind;
    view->incident.call_police_by_phone = plan->call_by_phone;
}

static void
view_facts(struct desk_view *view, const struct triage_incident *from)
{
    Larwm__Console__Incident *to = &view->incident;
    desk_reference(from->id, view->reference);
    to->id = from->id;
    to->reference = view->reference;
    to->epoch = from->epoch;
    to->state = (Larwm__IncidentState)from->state;
    to->priority = (Larwm__Priority)from->priority;
    to->risk = (Larwm__Risk)from->risk;
    to->kind = (Larwm__SignalKind)from->kind;
    to->opened_us = from->opened_us;
    to->last_signal_us = from->last_signal_us;
    to->signal_count = from->signal_count;
    to->press_count = from->press_count;
    to->repeat_count = from->repeat_count;
    to->owner = view_text(from->owner);
    to->claimed_us = from->claimed_us;
    to->outcome = (Larwm__Outcome)from->outcome;
    to->receipt_silent = from->receipt_silent;
    to->durable_us = from->last_signal_us;
    to->rank = from->rank;
    to->technical = view_text(desk_view_technical(from, view->technical));
}

const char *
desk_view_technical(const struct triage_incident *incident, char to[DESK_TECHNICAL])
{
    to[0] = '\0';
    if (incident->flapping) {
        (void)snprintf(to, DESK_TECHNICAL, "%s %s: %u", incident->flap_unit, incident->flap_zone,
                       incident->flap_edges);
    } else if (incident->mass) {
        (void)snprintf(to, DESK_TECHNICAL, "%s: lost %u, late %u, back %u", incident->network,
                       incident->mass_lost, incident->mass_late, incident->mass_back);
    }
    return to;
}

size_t
desk_view_pack(struct desk *desk, const struct triage_incident *incident,
               const struct desk_item *item, uint8_t *to, size_t size)
{
    static _Thread_local struct desk_view view; /* 60 KiB: too large for the stack of a thread */
    larwm__console__incident__init(&view.incident);
    view_facts(&view, incident);
    view_signals(&view, incident);
    view_history(&view, incident);
    view_paths(&view, incident);
    view.incident.mass = desk_view_mass(desk, incident);
    view_badges(&view, incident);
    view_escalation(desk, &view, incident, item, desk_plan_of(desk, incident->id));
    view.incident.card = desk_card_of(desk, incident);
    if (view.incident.card != NULL) {
        view.escalation.force = view.incident.card->force;
    }
    view_position(&view, incident, view.incident.card);
    size_t packed = larwm__console__incident__get_packed_size(&view.incident);
    return packed > size ? 0 : larwm__console__incident__pack(&view.incident, to);
}

static void
view_waiting_facts(Larwm__Console__Incident *to, const struct triage_waiting *from)
{
    const struct priority_rule *rule = priority_rule(from->kind);
    enum priority priority = priority_of(from->kind, PRIORITY_NONE, RISK_UNKNOWN);
    to->state = LARWM__INCIDENT_STATE__INCIDENT_OPEN;
    to->priority = (Larwm__Priority)priority;
    to->kind = (Larwm__SignalKind)from->kind;
    to->opened_us = from->time_us;
    to->last_signal_us = from->time_us;
    to->durable_us = from->time_us;
    to->signal_count = 1;
    to->press_count = rule->attack ? 1 : 0;
    to->receipt_silent = true;
    to->rank = priority_rank(priority, RISK_UNKNOWN, false);
    to->alert = LARWM__ALERT_LEVEL__ALERT_ALL_CONSOLES;
    to->call_police_by_phone = priority == PRIORITY_P1; /* nothing is pushed for it yet */
}

size_t
desk_view_pack_waiting(struct desk *desk, const struct triage_waiting *waiting, uint8_t *to,
                       size_t size)
{
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    Larwm__Console__SignalSummary signal = LARWM__CONSOLE__SIGNAL_SUMMARY__INIT;
    Larwm__Console__SignalSummary *signals[1] = {&signal};
    char reference[32];
    incident.id = (uint64_t)desk->options.node << 48 | waiting->pos;
    desk_reference(incident.id, reference);
    incident.reference = reference;
    view_waiting_facts(&incident, waiting);
    signal.position = waiting->pos;
    signal.kind = (Larwm__SignalKind)waiting->kind;
    signal.unit = view_text(waiting->unit);
    signal.received_us = waiting->time_us;
    signal.device_time_us = waiting->device_time_us;
    incident.n_signals = 1;
    incident.signals = signals;
    size_t packed = larwm__console__incident__get_packed_size(&incident);
    return packed > size ? 0 : larwm__console__incident__pack(&incident, to);
}

size_t
desk_view_pack_gone(uint64_t id, uint8_t *to, size_t size)
{
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    char reference[32];
    desk_reference(id, reference);
    incident.id = id;
    incident.reference = reference;
    incident.state = LARWM__INCIDENT_STATE__INCIDENT_CLOSED;
    size_t packed = larwm__console__incident__get_packed_size(&incident);
    return packed > size ? 0 : larwm__console__incident__pack(&incident, to);
}
