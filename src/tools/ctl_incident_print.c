/* SPDX-License-Identifier: Apache-2.0 */
/* The order is the console's: what is unsafe to do stands before everything else. */
#include "tools/ctl_incident.h"

#include "larwm/vocabulary.h"
#include "tools/ctl_time.h"

#include <stdbool.h>

#define LABEL_WIDTH 18

/* `text` without control characters: nothing a unit or a person wrote may steer the terminal. */
static void
plain(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        (void)fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, to);
    }
}

/* Empty text prints nothing. */
static void
field(FILE *to, const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        (void)fprintf(to, "  %-*s", LABEL_WIDTH, label);
        plain(to, text);
        (void)fputc('\n', to);
    }
}

static void
time_field(FILE *to, const char *label, int64_t wall_us)
{
    char text[CTL_TIME_SIZE];
    field(to, label, ctl_time_text(wall_us, text));
}

static void
list_field(FILE *to, const char *label, char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        field(to, i == 0 ? label : "", list[i]);
    }
}

static void
print_head(const Larwm__Console__Incident *incident, int64_t now_us, FILE *to)
{
    char age[CTL_TIME_SIZE];
    (void)fprintf(to, "%s  %s  %s  %s  risk %s  opened %s ago\n", incident->reference,
                  priority_text((int)incident->priority), signal_kind_text((int)incident->kind),
                  incident_state_text((int)incident->state), risk_text((int)incident->risk),
                  ctl_age_text(incident->opened_us, now_us, age));
    field(to, "owner", incident->owner);
    time_field(to, "opened", incident->opened_us);
    (void)fprintf(to, "  %-*s%u signals, %u presses, %u repeats\n", LABEL_WIDTH, "signals",
                  incident->signal_count, incident->press_count, incident->repeat_count);
    for (size_t i = 0; i < incident->n_badges; i++) {
        field(to, i == 0 ? "badges" : "", badge_text((int)incident->badges[i]));
    }
    field(to, "technical", incident->technical);
}

/* REQ A28: which path of the unit is gone, which works, and when each was last heard. */
static void
print_paths(const Larwm__Console__Incident *incident, FILE *to)
{
    for (size_t i = 0; i < incident->n_paths; i++) {
        const Larwm__Console__PathView *path = incident->paths[i];
        char time[CTL_TIME_SIZE];
        const char *label = path->path == LARWM__PATH__PATH_BACKUP ? "back-up path" : "main path";
        bool heard = path->last_seen_us != 0;
        /* nothing speaks against it, and nothing for it: that is not "working" */
        bool known = heard || path->state != LARWM__PATH_STATE__PATH_STATE_WORKING;
        (void)fprintf(to, "  %-*s%s, %s%s", LABEL_WIDTH, label,
                      known ? path_state_text((int)path->state) : "not known",
                      heard ? "last heard " : "not heard since the centre started",
                      heard ? ctl_time_text(path->last_seen_us, time) : "");
        if (path->observed_s != 0) {
            (void)fprintf(to, "; it calls every %u s, %u s are expected", path->observed_s,
                          path->interval_s);
        }
        (void)fputc('\n', to);
    }
}

/* A network's loss: how many, and who stands first (REQ A29). */
static void
print_mass(const Larwm__Console__MassLoss *mass, FILE *to)
{
    if (mass == NULL) {
        return;
    }
    field(to, "network", mass->network);
    (void)fprintf(to, "  %-*s%u lost, %u late, %u back\n", LABEL_WIDTH, "units", mass->lost,
                  mass->late, mass->back);
    for (size_t i = 0; i < mass->n_units; i++) {
        const Larwm__Console__MassUnit *unit = mass->units[i];
        char time[CTL_TIME_SIZE];
        (void)fprintf(to, "  %-*s", LABEL_WIDTH, i == 0 ? "by risk" : "");
        plain(to, unit->unit);
        (void)fprintf(to, "  %s  %s since %s", risk_text((int)unit->risk),
                      signal_kind_text((int)unit->kind), ctl_time_text(unit->down_us, time));
        (void)fputs(unit->incident[0] != '\0' ? "  also " : "", to);
        plain(to, unit->incident);
        (void)fputc('\n', to);
    }
    if (mass->lost + mass->late > mass->n_units) {
        (void)fprintf(to, "  %-*sand %zu more; all of them are in PostgreSQL\n", LABEL_WIDTH, "",
                      mass->lost + mass->late - mass->n_units);
    }
}

static void
print_case(const Larwm__CaseCard *card, FILE *to)
{
    field(to, "safe contact", card->safe_contact);
    (void)fprintf(to, "  %-*scall %s, text %s, speak %s\n", LABEL_WIDTH, "may",
                  card->may_call ? "yes" : "NO", card->may_text ? "yes" : "NO",
                  card->may_speak ? "yes" : "NO");
    list_field(to, "hazards", card->hazards, card->n_hazards);
    field(to, "perpetrator here", residence_text((int)card->perpetrator_resident));
    field(to, "perpetrator", card->perpetrator);
    field(to, "case", card->reference);
    field(to, "person", card->person_name);
    field(to, "alias", card->alias);
    field(to, "born", card->born);
    field(to, "telephone", card->telephone);
    field(to, "language", card->language);
    field(to, "needs", card->needs);
    field(to, "code word", card->code_word);
    field(to, "cover story", card->cover_story);
    list_field(to, "household", card->household, card->n_household);
    field(to, "consent to police", consent_text((int)card->police_consent));
    field(to, "wishes", card->wishes);
    field(to, "safety plan", card->safety_plan);
    field(to, "orders", card->orders);
    time_field(to, "MARAC", card->marac_us);
}

static void
print_marker(const Larwm__Marker *marker, FILE *to)
{
    field(to, "police marker", marker_status_text((int)marker->status));
    if (marker->status == LARWM__MARKER_STATUS__MARKER_UNKNOWN) {
        field(to, "  last known", marker_status_text((int)marker->last_known));
        time_field(to, "  checked", marker->last_known_us);
    }
    field(to, "  reference", marker->reference);
    field(to, "  kind", marker->kind);
    field(to, "  text", marker->text);
    time_field(to, "  from", marker->valid_from_us);
    time_field(to, "  until", marker->valid_to_us);
    field(to, "  withdrawn", marker->withdrawn_reason);
}

static void
print_card(const Larwm__Card *card, FILE *to)
{
    if (card->case_card != NULL) {
        print_case(card->case_card, to);
    }
    field(to, "linked case", card->linked_case);
    if (card->place != NULL) {
        field(to, "address", card->place->address);
        field(to, "town", card->place->town);
        field(to, "postcode", card->place->postcode);
        field(to, "access", card->place->access_notes);
        field(to, "authority", card->place->authority);
    }
    if (card->marker != NULL) {
        print_marker(card->marker, to);
    }
    field(to, "unit", card->unit);
    field(to, "model", card->unit_model);
    field(to, "unit status", unit_status_text((int)card->unit_status));
    field(to, "record", resolve_status_text((int)card->status));
    time_field(to, "record checked", card->checked_us);
}

static void
print_position(const Larwm__Console__PositionView *view, int64_t now_us, FILE *to)
{
    if (view->position == NULL || view->position->source == LARWM__POSITION_SOURCE__POSITION_NONE) {
        return;
    }
    char age[CTL_TIME_SIZE];
    const Larwm__Position *position = view->position;
    (void)fprintf(to, "  %-*s%.5f, %.5f  within %u m  %s  %s old%s\n", LABEL_WIDTH, "position",
                  position->latitude, position->longitude, position->accuracy_m,
                  position_source_text((int)position->source),
                  ctl_age_text(position->fix_time_us, now_us, age), view->stale ? "  STALE" : "");
}

static void
print_escalation(const Larwm__Console__Escalation *escalation, FILE *to)
{
    field(to, "police", escalation_state_text((int)escalation->state));
    field(to, "  message id", escalation->message_id);
    field(to, "  reason",
          escalation->reason == 0 ? "" : escalation_reason_text((int)escalation->reason));
    if (escalation->force != NULL) {
        field(to, "  force", escalation->force->name);
        field(to, "  telephone", escalation->force->telephone);
    }
    time_field(to, "  sent", escalation->sent_us);
    time_field(to, "  answered", escalation->answered_us);
    field(to, "  log number", escalation->log_number);
    field(to, "  rejected", escalation->rejection);
}

static void
print_history(const Larwm__Console__Incident *incident, FILE *to)
{
    (void)fprintf(to, "\n  time line\n");
    for (size_t i = 0; i < incident->n_history; i++) {
        const Larwm__Console__HistoryEntry *entry = incident->history[i];
        const ProtobufCEnumValue *kind = protobuf_c_enum_descriptor_get_value(
            &larwm__console__history_kind__descriptor, (int)entry->kind);
        char time[CTL_TIME_SIZE];
        (void)fprintf(to, "  %s  %-20s", ctl_time_text(entry->time_us, time),
                      kind == NULL ? "?" : kind->name + sizeof "HISTORY_" - 1);
        plain(to, entry->user);
        (void)fputs(entry->user[0] != '\0' && entry->text[0] != '\0' ? ": " : "", to);
        plain(to, entry->text);
        (void)fputc('\n', to);
    }
}

void
ctl_incident_print(const Larwm__Console__Incident *incident, int64_t now_us, FILE *to)
{
    print_head(incident, now_us, to);
    print_paths(incident, to);
    print_mass(incident->mass, to);
    if (incident->card != NULL) {
        print_card(incident->card, to);
    }
    if (incident->position != NULL) {
        print_position(incident->position, now_us, to);
    }
    if (incident->escalation != NULL) {
        print_escalation(incident->escalation, to);
    }
    print_history(incident, to);
}
