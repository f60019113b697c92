/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl counters: what larwmd has counted since its start, and how long records spent in each
 * stage (base/stages.h). Reads, changes nothing. */
#include "base/stages.h"
#include "tools/ctl.h"
#include "tools/ctl_json.h"
#include "tools/ctl_live.h"
#include "tools/ctl_table.h"

static const double shares[] = {0.5, 0.9, 0.99, 0.999};
static const char *const share_names[] = {"p50", "p90", "p99", "p99.9"};

static uint64_t
records_of(const Larwm__Console__Stage *stage)
{
    uint64_t records = 0;
    for (size_t i = 0; i < stage->n_counts; i++) {
        records += stage->counts[i];
    }
    return records;
}

static json_t *
document_of(const Larwm__Console__Counters *counters)
{
    json_t *values = json_object();
    json_t *stages = json_object();
    for (size_t i = 0; i < counters->n_counters; i++) {
        (void)json_object_set_new(values, counters->counters[i]->name,
                                  json_integer((json_int_t)counters->counters[i]->value));
    }
    for (size_t i = 0; i < counters->n_stages; i++) {
        const Larwm__Console__Stage *from = counters->stages[i];
        json_t *stage = json_pack("{s:I, s:I}", "records", (json_int_t)records_of(from), "sum_us",
                                  (json_int_t)from->sum_us);
        for (unsigned share = 0; share < sizeof shares / sizeof shares[0]; share++) {
            uint64_t us =
                stage_percentile_us(from->counts, (unsigned)from->n_counts, shares[share]);
            (void)json_object_set_new(stage, share_names[share], json_integer((json_int_t)us));
        }
        (void)json_object_set_new(stages, from->name, stage);
    }
    return json_pack("{s:o, s:o}", "counters", values, "stages", stages);
}

static void
print_text(struct ctl *ctl, const Larwm__Console__Counters *counters)
{
    for (size_t i = 0; i < counters->n_counters; i++) {
        ctl_say(ctl, "%-24s %12llu", counters->counters[i]->name,
                (unsigned long long)counters->counters[i]->value);
    }
    ctl_say(ctl, "\n%-14s %12s %9s %9s %9s %9s  microseconds", "stage", "records", "mean", "p50",
            "p99", "p99.9");
    for (size_t i = 0; i < counters->n_stages; i++) {
        const Larwm__Console__Stage *stage = counters->stages[i];
        uint64_t records = records_of(stage);
        unsigned count = (unsigned)stage->n_counts;
        ctl_say(ctl, "%-14s %12llu %9.1f %9llu %9llu %9llu  %s", stage->name,
                (unsigned long long)records,
                records == 0 ? 0.0 : (double)stage->sum_us / (double)records,
                (unsigned long long)stage_percentile_us(stage->counts, count, 0.5),
                (unsigned long long)stage_percentile_us(stage->counts, count, 0.99),
                (unsigned long long)stage_percentile_us(stage->counts, count, 0.999),
                i < STAGE_COUNT ? stage_text((enum stage)i) : "");
    }
}

static int
run_counters(struct ctl *ctl)
{
    int status;
    struct console_call *call = ctl_live_open(ctl, false, &status);
    if (call == NULL) {
        return status;
    }
    Larwm__Console__ServerFrame *frame = NULL;
    enum error error = console_call_counters(call, CTL_LIVE_LIMIT_MS, &frame);
    if (error != ERROR_NONE) {
        status = ctl_fail(ctl, "larwmd does not tell its counters: %s", error_text(error));
    } else if (ctl_flag(ctl, "json")) {
        json_t *document = document_of(frame->counters);
        ctl_json_print(document, ctl->out);
        json_decref(document);
        status = CTL_OK;
    } else {
        print_text(ctl, frame->counters);
        status = CTL_OK;
    }
    if (frame != NULL) {
        larwm__console__server_frame__free_unpacked(frame, NULL);
    }
    console_call_close(call);
    return status;
}

static const struct ctl_option options[] = {CTL_OPTION_TIMEOUT, CTL_OPTION_JSON, CTL_OPTION_END};

const struct ctl_command ctl_counters_commands[] = {
    {"counters", NULL, "", 0, 0, "what larwmd has counted, and where the time goes", NULL, options,
     run_counters},
    {0},
};
