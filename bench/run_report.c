/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <stdlib.h>

static const char *const kind_names[] = {"presses", "heartbeats", "chatter signals",
                                         "flapping zones' changes"};

static void
run_note_streams(const struct run *run, struct bench_notes *notes)
{
    for (unsigned i = 0; i < run->load.stream_count; i++) {
        const struct load_stream *stream = &run->load.streams[i];
        if (stream->kind == LOAD_HEARTBEAT) {
            bench_note_fact(notes, "%u heartbeats from %u units, %u answered", stream->next,
                            stream->units, stream->answers);
            bench_note_figure(notes, "heartbeats", stream->next);
            bench_note_figure(notes, "heartbeats_answered", stream->answers);
            continue;
        }
        bench_note_fact(notes, "%u %s from %u units: %u not sent, %u told to retry, %u receipts",
                        stream->next, kind_names[stream->kind], stream->units, stream->not_sent,
                        stream->refused, stream->receipts);
    }
}

static void
run_note_return(const struct run *run, struct bench_notes *notes)
{
    if (run->bounced_us == 0) {
        return;
    }
    double all_s = (double)(run->all_back_us - run->bounced_us) / 1e6;
    bench_note_fact(notes,
                    "%u units lost their connection at once: %u back in %.2f s, %u by ticket",
                    run->bounced, run->back, all_s, run->resumed);
    bench_note_figure(notes, "bounced", run->bounced);
    bench_note_figure(notes, "back", run->back);
    bench_note_figure(notes, "resumed", run->resumed);
    bench_note_figure(notes, "all_back_s", all_s);
    bench_note_row(notes, &run->returns, "loss to welcome");
}

static void
run_note_phases(struct run *run, struct bench_notes *notes)
{
    bool one = run->load.phase_count == 1;
    for (unsigned i = 0; i < run->load.phase_count; i++) {
        const struct load_phase *phase = &run->load.phases[i];
        if (run->options->phases && !one) {
            bench_note_row(notes, &phase->receipt, "phase %u: press to receipt", i + 1);
            continue;
        }
        bench_note_row(notes, &phase->receipt, "press to receipt%s%s", one ? "" : ", ",
                       phase->name);
    }
    for (unsigned i = 0; run->load.watched && i < run->load.phase_count; i++) {
        const struct load_phase *phase = &run->load.phases[i];
        if (run->options->phases && !one) {
            bench_note_row(notes, &phase->delta, "phase %u: press to console delta", i + 1);
            continue;
        }
        bench_note_row(notes, &phase->delta, "press to console delta%s%s", one ? "" : ", ",
                       phase->name);
    }
    if (run->options->journal_dir != NULL) {
        bench_note_row(notes, &run->disk, "append + fdatasync");
    }
}

static void
run_note_daemon(const struct run *run, struct bench_notes *notes)
{
    const struct measure *before = &run->before;
    const struct measure *after = &run->after;
    if (before->counters == NULL || after->counters == NULL) {
        return;
    }
    uint64_t records = measure_counter(before, after, "journal_records");
    uint64_t batches = measure_counter(before, after, "journal_batches");
    uint64_t applied = measure_counter(before, after, "desk_records");
    uint64_t recorded = measure_counter(before, after, "recorded");
    bench_note_fact(notes,
                    "journal: %llu records in %llu batches; desk applied %llu; PostgreSQL has "
                    "%llu of them",
                    (unsigned long long)records, (unsigned long long)batches,
                    (unsigned long long)applied, (unsigned long long)recorded);
    bench_note_figure(notes, "journal_records", (double)records);
    bench_note_figure(notes, "journal_batches", (double)batches);
    bench_note_figure(notes, "recorder_lag_records", (double)applied - (double)recorded);
    bench_note_figure(notes, "incidents_opened",
                      (double)measure_counter(before, after, "incidents_opened"));
}

static void
run_note_totals(const struct run *run, struct bench_notes *notes)
{
    const struct load_stream *presses = &run->load.streams[0];
    double seconds = measure_seconds(&run->before, &run->after);
    unsigned receipts = 0;
    for (unsigned i = 0; i < run->load.stream_count; i++) {
        receipts += run->load.streams[i].receipts;
    }
    double foreign = measure_foreign(&run->before, &run->after);
    bench_note_fact(notes, "%u signals without a receipt; foreign CPU %.0f %% of the machine%s",
                    load_lost(&run->load), foreign * 100.0,
                    foreign > 0.15 ? ": this run says little" : "");
    bench_note_figure(notes, "units", bench_fleet_size(run->fleet));
    bench_note_figure(notes, "rate", run->options->one_by_one > 0 ? 0.0 : run->options->rate);
    bench_note_figure(notes, "presses", presses->next);
    bench_note_figure(notes, "not_sent", presses->not_sent);
    bench_note_figure(notes, "retry", presses->refused);
    bench_note_figure(notes, "shown", presses->shown);
    bench_note_figure(notes, "deltas", presses->shown);
    bench_note_figure(notes, "without_receipt", load_lost(&run->load));
    bench_note_figure(notes, "first_sequence", (double)presses->first_sequence);
    bench_note_figure(notes, "lost", load_lost(&run->load));
    bench_note_figure(notes, "receipts", receipts);
    bench_note_figure(notes, "receipts_per_s", receipts / seconds);
}

int
run_report(struct run *run)
{
    struct bench_notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL) {
        return 1;
    }
    const struct load_stream *presses = &run->load.streams[0];
    bench_note_fact(notes, "%u units over mutual TLS from %u loopback addresses",
                    bench_fleet_size(run->fleet), run->options->sources);
    if (run->options->one_by_one > 0) {
        bench_note_fact(notes, "%u presses one at a time", presses->count);
    } else {
        bench_note_fact(notes, "open loop, %.0f presses/s for %u s, from the intended time",
                        run->options->rate, run->options->seconds);
    }
    run_note_streams(run, notes);
    run_note_return(run, notes);
    run_note_phases(run, notes);
    run_note_daemon(run, notes);
    run_note_totals(run, notes);
    uint64_t operations = load_sent_signals(&run->load);
    for (unsigned i = 0; i < run->load.stream_count; i++) {
        operations += run->load.streams[i].kind == LOAD_HEARTBEAT ? run->load.streams[i].next : 0;
    }
    bench_notes_print(run->options, run->plan.scenario, notes, &run->before, &run->after,
                      operations);
    bool shown = !run->load.watched ||
                 presses->shown + presses->refused + presses->not_sent >= presses->count;
    bool good = load_lost(&run->load) == 0 && presses->receipts > 0 && shown &&
                presses->next == presses->count && run->back >= run->bounced;
    measure_free(&run->before);
    measure_free(&run->after);
    free(notes);
    return good ? 0 : 1;
}
