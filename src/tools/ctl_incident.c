/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl incident list and show: open incidents live from larwmd, closed ones from PostgreSQL. */
#include "tools/ctl_incident.h"

#include "base/clock.h"
#include "larwm/vocabulary.h"
#include "tools/ctl.h"
#include "tools/ctl_json.h"
#include "tools/ctl_live.h"
#include "tools/ctl_sql.h"
#include "tools/ctl_table.h"
#include "tools/ctl_time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a list shows of an incident. A list carries no name, address or position, so that looking at
 * the queue discloses nothing. */
struct line
{
    uint32_t rank;
    int64_t opened_us;
    json_t *cells;
};

struct lines
{
    struct line *list;
    size_t count;
    size_t capacity;
    bool failed;
};

static const char *const list_columns[] = {
    "reference", "state",  "priority", "kind",    "risk",    "unit",   "case",
    "owner",     "opened", "age",      "presses", "repeats", "police", "badges",
};
#define LIST_COLUMNS (sizeof list_columns / sizeof list_columns[0])

static void
add_text(json_t *cells, const char *text)
{
    json_t *cell = json_string(text);
    (void)json_array_append_new(cells, cell == NULL ? json_string("?") : cell);
}

static json_t *
badges_json(const Larwm__Console__Incident *incident)
{
    json_t *badges = json_array();
    for (size_t i = 0; i < incident->n_badges; i++) {
        (void)json_array_append_new(badges, json_string(badge_text((int)incident->badges[i])));
    }
    return badges;
}

static json_t *
line_cells(const Larwm__Console__Incident *incident)
{
    char text[CTL_TIME_SIZE];
    const Larwm__Card *card = incident->card;
    json_t *cells = json_array();
    add_text(cells, incident->reference);
    add_text(cells, incident_state_text((int)incident->state));
    add_text(cells, priority_text((int)incident->priority));
    add_text(cells, signal_kind_text((int)incident->kind));
    add_text(cells, risk_text((int)incident->risk));
    add_text(cells, card == NULL ? "" : card->unit);
    add_text(cells, card == NULL || card->case_card == NULL ? "" : card->case_card->reference);
    add_text(cells, incident->owner);
    add_text(cells, ctl_time_text(incident->opened_us, text));
    add_text(cells, ctl_age_text(incident->opened_us, clock_wall_us(), text));
    (void)json_array_append_new(cells, json_integer(incident->press_count));
    (void)json_array_append_new(cells, json_integer(incident->repeat_count));
    add_text(cells, incident->escalation == NULL
                        ? ""
                        : escalation_state_text((int)incident->escalation->state));
    (void)json_array_append_new(cells, badges_json(incident));
    return cells;
}

static void
take_line(void *data, const Larwm__Console__Incident *incident)
{
    struct lines *lines = data;
    if (incident->state == LARWM__INCIDENT_STATE__INCIDENT_CLOSED) {
        return; /* kept by larwmd until its police message is answered */
    }
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity == 0 ? 64 : lines->capacity * 2;
        struct line *list = realloc(lines->list, capacity * sizeof *list);
        if (list == NULL) {
            lines->failed = true;
            return;
        }
        lines->list = list;
        lines->capacity = capacity;
    }
    lines->list[lines->count] = (struct line){
        .rank = incident->rank, .opened_us = incident->opened_us, .cells = line_cells(incident)};
    lines->count += 1;
}

static int
compare_lines(const void *left, const void *right)
{
    const struct line *one = left;
    const struct line *two = right;
    if (one->rank != two->rank) {
        return one->rank < two->rank ? -1 : 1;
    }
    return (one->opened_us > two->opened_us) - (one->opened_us < two->opened_us);
}

static void
print_lines(struct ctl *ctl, struct lines *lines)
{
    struct ctl_table table;
    ctl_table_init(&table);
    for (size_t i = 0; i < LIST_COLUMNS; i++) {
        ctl_table_column(&table, list_columns[i]);
    }
    if (lines->count > 0) {
        qsort(lines->list, lines->count, sizeof *lines->list, compare_lines);
    }
    for (size_t i = 0; i < lines->count; i++) {
        ctl_table_row(&table);
        for (size_t column = 0; column < LIST_COLUMNS; column++) {
            ctl_table_cell(&table, json_incref(json_array_get(lines->list[i].cells, column)));
        }
        json_decref(lines->list[i].cells);
    }
    ctl_table_print(&table, ctl_flag(ctl, "json"), ctl->out);
    ctl_table_free(&table);
}

static int
list_open(struct ctl *ctl)
{
    int status;
    struct console_call *call = ctl_live_open(ctl, true, &status);
    if (call == NULL) {
        return status;
    }
    struct lines lines = {0};
    uint64_t limit_ms;
    (void)ctl_number(ctl, "timeout", 1, 3600000, CTL_LIVE_LIMIT_MS, &limit_ms);
    enum error error = console_call_snapshot(call, (unsigned)limit_ms, take_line, NULL, &lines);
    console_call_close(call);
    if (error == ERROR_NONE && lines.failed) {
        error = ERROR_MEMORY;
    }
    if (error == ERROR_NONE) {
        print_lines(ctl, &lines);
        status = CTL_OK;
    } else {
        for (size_t i = 0; i < lines.count; i++) {
            json_decref(lines.list[i].cells);
        }
        status = ctl_fail(ctl, "larwmd did not give its open incidents: %s", error_text(error));
    }
    free(lines.list);
    return status;
}

static int
list_closed(struct ctl *ctl)
{
    uint64_t limit;
    if (!ctl_number(ctl, "limit", 1, 100000, 50, &limit)) {
        return CTL_USAGE;
    }
    char count[24];
    (void)snprintf(count, sizeof count, "%" PRIu64, limit);
    const char *values[] = {count};
    return ctl_sql_list(
        ctl,
        "select reference, upper(priority) as priority, upper(kind) as kind, unit, "
        "case_reference as \"case\", owner, opened_at as opened, closed_at as closed, "
        "upper(outcome) as outcome, press_count as presses, repeat_count as repeats, "
        "upper(police_state) as police, police_log as log, to_json(badges) as badges "
        "from larwm.incident where state = 'closed' "
        "order by closed_at desc nulls last limit $1::int",
        1, values);
}

static int
run_list(struct ctl *ctl)
{
    return ctl_flag(ctl, "closed") ? list_closed(ctl) : list_open(ctl);
}

struct wanted
{
    uint64_t id;
    Larwm__Console__Incident *found; /* our own copy */
};

static void
take_wanted(void *data, const Larwm__Console__Incident *incident)
{
    struct wanted *wanted = data;
    if (incident->id != wanted->id || wanted->found != NULL) {
        return;
    }
    size_t size = larwm__console__incident__get_packed_size(incident);
    uint8_t *bytes = malloc(size);
    if (bytes != NULL) {
        (void)larwm__console__incident__pack(incident, bytes);
        wanted->found = larwm__console__incident__unpack(NULL, size, bytes);
        free(bytes);
    }
}

/* The journaled words of a closed incident; the rest of it is in PostgreSQL's other tables. */
static int
show_closed(struct ctl *ctl, uint64_t id)
{
    char node[8];
    char number[24];
    (void)snprintf(node, sizeof node, "%u", (unsigned)(id >> 48));
    (void)snprintf(number, sizeof number, "%" PRIu64, id & ((UINT64_C(1) << 48) - 1));
    const char *values[] = {node, number};
    PGconn *db = ctl_sql_open(ctl);
    PGresult *head =
        db == NULL
            ? NULL
            : ctl_sql_run(ctl, db,
                          "select json_build_object('incident', to_json(i), 'history', "
                          "(select coalesce(json_agg(h order by h.pos, h.idx), '[]') from "
                          "larwm.incident_history h where h.node = i.node and h.no = i.no)) "
                          "from larwm.incident i where i.node = $1::int and i.no = $2::bigint",
                          2, values);
    int status = CTL_FAILED;
    if (head != NULL && PQntuples(head) == 0) {
        status = ctl_fail(ctl, "there is no incident %s-%s", node, number);
    } else if (head != NULL) {
        json_t *document = json_loads(PQgetvalue(head, 0, 0), 0, NULL);
        ctl_json_print(document, ctl->out);
        json_decref(document);
        status = CTL_OK;
    }
    PQclear(head);
    PQfinish(db);
    return status;
}

/* A card is shown only when the disclosure is in the journal (REQ E6). */
static bool
record_view(struct ctl *ctl, struct console_call *call, uint64_t id)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW;
    action.incident = id;
    action.text = "larwmctl incident show";
    Larwm__Console__ServerFrame *frame = ctl_live_act(ctl, call, &action);
    if (frame == NULL) {
        return false;
    }
    larwm__console__server_frame__free_unpacked(frame, NULL);
    return true;
}

static int
run_show(struct ctl *ctl)
{
    struct wanted wanted = {0};
    if (!ctl_live_incident(ctl, ctl_argument(ctl, 0), &wanted.id)) {
        return CTL_USAGE;
    }
    int status;
    struct console_call *call = ctl_live_open(ctl, true, &status);
    if (call == NULL) {
        return status;
    }
    enum error error = console_call_snapshot(call, CTL_LIVE_LIMIT_MS, take_wanted, NULL, &wanted);
    if (error != ERROR_NONE) {
        status = ctl_fail(ctl, "larwmd did not give its open incidents: %s", error_text(error));
    } else if (wanted.found == NULL) {
        status = show_closed(ctl, wanted.id);
    } else if (record_view(ctl, call, wanted.id)) {
        if (ctl_flag(ctl, "json")) {
            json_t *document = ctl_json_from(&wanted.found->base);
            ctl_json_print(document, ctl->out);
            json_decref(document);
        } else {
            ctl_incident_print(wanted.found, clock_wall_us(), ctl->out);
        }
        status = CTL_OK;
    } else {
        status = CTL_FAILED;
    }
    larwm__console__incident__free_unpacked(wanted.found, NULL);
    console_call_close(call);
    return status;
}

static const struct ctl_option list_options[] = {
    CTL_LIVE_OPTIONS,
    {"closed", NULL, "closed ones, from PostgreSQL, newest first"},
    {"limit", "N", "with --closed: at most so many (default 50)"},
    CTL_OPTION_JSON,
    CTL_OPTION_END,
};

static const struct ctl_option show_options[] = {CTL_LIVE_OPTIONS, CTL_OPTION_JSON, CTL_OPTION_END};

const struct ctl_command ctl_incident_commands[] = {
    {"incident", "list", "", 0, 0, "open incidents in queue order", NULL, list_options, run_list},
    {"incident", "show", "ID", 1, 1, "everything about one incident; the look is journaled",
     "ID is a reference (1-123) or a number. A closed incident comes from PostgreSQL, as JSON.",
     show_options, run_show},
    {0},
};
