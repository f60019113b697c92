"""The planted faults: what is changed, and which test must notice it, and how.

Each fault is one small change that breaks one promise. `text` must stand in the file exactly once; the
test's output must match `says`, so that it fails for the right reason and not because, say, a server
did not start.
"""
import dataclasses

DAEMON = ["src/app/larwmd", "src/tools/larwmctl", "src/police/larwm-police", "src/client/larwm-unit",
          "tests/support/larwm-panel", "tests/support/larwm-faults.so"]


@dataclasses.dataclass(frozen=True)
class Test:
    """What is run, from the copy's root; `{build}` is its build directory."""
    command: tuple
    targets: tuple          # what must be built for it
    database: bool = False  # the unit tests' PostgreSQL is in the environment
    limit: int = 300        # seconds after which it counts as hanging: a failure for a wrong reason

    def __str__(self):
        return " ".join(word.replace("{build}/", "") for word in self.command)


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    file: str
    text: str
    planted: str
    test: Test
    says: str
    slow: bool = False      # its test waits long before it gives up: it is begun first


def unit(program, test, database=False):
    """One unit test, by suite and a pattern of its name."""
    target = f"tests/unit/{program}"
    return Test(("{build}/" + target, "--filter", test), (target,), database)


def script(path, *arguments):
    return Test(("/usr/bin/python3", path, *arguments), tuple(DAEMON))


def sim(seeds=60):
    return Test(("/usr/bin/python3", "tests/sim/run", f"--seeds={seeds}"), ("tests/sim/larwm-sim",))


def failed(name):
    """A unit test's own verdict."""
    return rf"\[FAIL\] \w+::{name}"


SYNC = ("    if (error == ERROR_NONE) {\n        error = journal_file_sync(writer->ops, writer->fd);\n"
        "    }\n    if (error != ERROR_NONE) {\n        return give_up(writer, error);\n    }\n"
        "    writer->durable = writer->used;")
NO_SYNC = ("    if (error != ERROR_NONE) {\n        return give_up(writer, error);\n    }\n"
           "    writer->durable = writer->used;")
CHECKSUM = "checksum != crc32c(seed, from + RECORD_CRC_FROM, bytes - RECORD_CRC_FROM)"
NO_CHECKSUM = "(bytes == 0 && checksum != crc32c(seed, from, bytes))"
EPOCH = "    if (rule->epoch && action->epoch != 0 && action->epoch != incident->epoch) {"
EPOCH_CLAIM = "    } else if (action->epoch != 0 && action->epoch != incident->epoch) {"

FAULTS = [
    # receipts
    Fault("receipt before fdatasync, slow disk", "src/journal/writer.c", SYNC, NO_SYNC,
          script("tests/integration/disk.py", "waits_for_the_disk"), r"a receipt after \d+ ms"),
    Fault("receipt before fdatasync, power cut", "src/journal/writer.c", SYNC, NO_SYNC,
          script("tests/crash/power_cut.py", "--cycles=3", "--control=0"), r"[1-9]\d* lost"),
    Fault("ticket before fdatasync", "src/journal/worker.c",
          "    enum error error = commit(journal);\n    if (error != ERROR_NONE) {\n        fail_batch",
          "    deliver_batch(journal);\n    enum error error = commit(journal);\n"
          "    journal->batch_count = 0;\n    if (error != ERROR_NONE) {\n        fail_batch",
          unit("journal/test_journal_worker", "worker/a_ticket*"), failed("a_ticket_comes_only_after")),
    Fault("a failed batch is acknowledged", "src/journal/worker.c",
          "push_ticket(journal, journal->batch[i], error);",
          "push_ticket(journal, journal->batch[i], ERROR_NONE);",
          unit("journal/test_journal_worker", "worker/each_failing_*"), failed("each_failing")),
    Fault("a failed file is used again", "src/journal/writer.c",
          "    journal_writer_close(writer);\n    writer->used = writer->durable;",
          "    writer->used = writer->durable;",
          script("tests/crash/disk_faults.py", "every_sync_fails"), "a broken file was used again"),
    # the journal as it is read again
    Fault("record checksum not looked at", "src/journal/format.c", CHECKSUM, NO_CHECKSUM,
          unit("journal/test_journal_recover", "recover/any_flipped*"), failed("any_flipped")),
    Fault("positions behind damage are used again", "src/journal/recover.c",
          "        out->next_pos += last->bad_bytes / FORMAT_RECORD_HEADER + 1;",
          "        out->next_pos += 0;",
          unit("journal/test_journal_recover", "recover/after_a_cut*"), failed("after_a_cut")),
    Fault("damage is not said", "src/journal/recover.c", "        report->damaged = true;",
          "        report->damaged = false;",
          unit("journal/test_journal_recover", "recover/a_missing*"), failed("a_missing_segment")),
    Fault("a second process gets the journal", "src/journal/journal.c",
          "    if (flock(journal->lock, LOCK_EX | LOCK_NB) < 0) {", "    if (journal->lock < 0) {",
          unit("journal/test_journal_recover", "recover/a_second*"), failed("a_second_process")),
    Fault("a segment still needed is deleted", "src/journal/keeper.c",
          "list[i + 1] <= pos; i++) {", "list[i] <= pos; i++) {",
          unit("journal/test_journal_worker", "worker/a_checkpoint*"), failed("a_checkpoint_deletes")),
    # threads
    Fault("lost wake-up: sleeps without looking again", "src/base/waker.c", "    if (!has_work(data)) {",
          "    if (data != NULL) {", unit("base/test_base_waker", "waker/a_wake_up*"),
          failed("a_wake_up_before.*Timed out"), slow=True),
    Fault("lost wake-up: looks, then says it sleeps", "src/base/waker.c",
          "    atomic_store(&waker->asleep, true);\n    atomic_thread_fence(memory_order_seq_cst);\n"
          "    if (!has_work(data)) {",
          "    bool work = has_work(data);\n    atomic_store(&waker->asleep, true);\n"
          "    atomic_thread_fence(memory_order_seq_cst);\n    if (!work) {",
          unit("base/test_base_waker", "waker/a_push*"), failed("a_push_right_after.*Timed out"), slow=True),
    Fault("timer armed twice", "src/base/wheel.c",
          "    wheel_disarm(wheel, entry);\n    wheel->entries[entry].due = due;",
          "    wheel->entries[entry].due = due;",
          unit("base/test_base_wheel", "wheel/agrees*"), failed("agrees")),
    # one press, one alarm
    Fault("retransmission check off", "src/triage/repeat.c",
          "    bool copy = recent != NULL;", "    bool copy = recent != NULL && recent->pos == 0;",
          script("tests/integration/alarm.py", "resent_signal"), r"failed  +a resent signal"),
    Fault("a press joins an incident that is closed", "src/triage/again.c",
          "    if (incident == NULL || incident->state == INCIDENT_CLOSED ||", "    if (incident == NULL ||",
          unit("triage/test_triage_again", "again/in_doubt_it_is_asked"), failed("in_doubt_it_is_asked")),
    Fault("what waits for an answer is not placed by it", "src/triage/resolved.c",
          "        again_place(triage, arrival, incident, event->pos, out);\n", "",
          unit("triage/test_triage_again", "again/what_comes_before*"), failed("what_comes_before")),
    Fault("retransmission check off, simulator", "src/triage/repeat.c",
          "    bool copy = recent != NULL;", "    bool copy = recent != NULL && recent->pos == 0;",
          sim(), r"shown twice: record"),
    Fault("a closed incident hides a press", "src/triage/repeat.c",
          "    return !recent->opens || repeat_is_seen(triage, recent);",
          "    return !recent->opens || repeat_is_seen(triage, recent) || true;",
          unit("triage/test_triage_resend", "resend/a_copy_after*"), failed("a_copy_after")),
    Fault("a closed incident hides a press, simulator", "src/triage/repeat.c",
          "    return !recent->opens || repeat_is_seen(triage, recent);",
          "    return !recent->opens || repeat_is_seen(triage, recent) || true;",
          sim(), r"hides a press: "),
    Fault("intake hides a press after closing", "src/desk/change.c",
          "            closings_note(desk->options.closings);", "            (void)desk->options.closings;",
          script("tests/integration/dc09.py", "after_the_operator_closed"),
          r"failed  .*after the operator closed"),
    Fault("a silent code is forgotten", "src/intake/protocol_dc09.c",
          "    signal.silent = from->silent;", "    signal.silent = false;",
          script("tests/integration/dc09.py", "duress_and_silent"), r"failed  .*duress and silent"),
    # one owner, one message
    Fault("a claim has no single winner", "src/triage/action.c",
          "    } else if (incident->state == INCIDENT_CLAIMED) {\n"
          "        action_refuse(out, TRIAGE_REFUSED_TAKEN, incident->owner);\n    } else if",
          "    } else if", unit("triage/test_triage_action", "action/a_claim_has*"),
          failed("a_claim_has_one_winner")),
    Fault("epoch check off for claims", "src/triage/action.c", EPOCH_CLAIM, "    } else if (false) {",
          unit("triage/test_triage_action", "action/a_claim_from*"), failed("a_claim_from_an_older")),
    Fault("epoch check off for acts of an owner", "src/triage/action.c", EPOCH, "    if (false) {",
          unit("triage/test_triage_action", "action/an_act_from*"), failed("an_act_from_an_older")),
    Fault("marker status not checked", "src/escalation/policy.c",
          "    if (facts->marker == MARKER_ACTIVE) {\n        return REASON_MARKER_ACTIVE;",
          "    if (facts->marker != MARKER_UNKNOWN) {\n        return REASON_MARKER_ACTIVE;",
          script("tests/scenario/run", "--plain", "S2 (b)"), r"S2 \(b\).*: failed: state: ESCALATION"),
    Fault("a second police message of one incident", "src/escalation/police.c",
          "    if (!police_may(plan, ESCALATION_QUEUED) || (automatic && plan->state != ESCALATION_NONE)) {",
          "    if (!police_may(plan, ESCALATION_QUEUED)) {",
          unit("escalation/test_escalation_police", "police/after_a_rejection_nothing*"),
          failed("after_a_rejection_nothing")),
    # what must be told
    Fault("a limit's record that failed is forgotten", "src/escalation/escalation.c",
          "        wheel_arm(&escalation->wheel, at,\n"
          "                  now_ms + RETRY_MS); /* until its record has been applied */\n", "",
          sim(), r"limit: incident"),
    Fault("a replay counts by the clock", "src/desk/change.c",
          "        struct escalation_event event = {.time_us = turn->record->time_us};",
          "        struct escalation_event event = {.time_us = clock_wall_us()};",
          sim(), r"(replay|limit|police): "),
    Fault("a checkpoint forgets who is on duty", "src/triage/checkpoint_load.c",
          "        triage->users[row.at] = row.user;\n", "",
          sim(), r"replay: "),
    Fault("a checkpoint forgets what a unit sent", "src/triage/checkpoint_load.c",
          "        if (!load_recents(triage, unit, &recents)) {\n            return false;\n        }\n", "",
          unit("desk/test_desk_fold", "fold/a_restored_state*"), failed("a_restored_state")),
    Fault("a damaged checkpoint is believed", "src/journal/checkpoint.c",
          "checkpoint_crc(block, bytes, (size_t)header.size) != header.crc", "header.crc == 0",
          unit("journal/test_journal_checkpoint", "checkpoint/any_flipped*"), failed("any_flipped")),
    Fault("one path back closes a lost unit", "src/triage/loss.c",
          "    if (loss_any_down(unit)) {", "    if (loss_any_down(unit) && incident->id == 0) {",
          unit("triage/test_triage_loss", "loss/the_incident_closes*"), failed("the_incident_closes")),
    Fault("a mass loss swallows a unit with an alarm", "src/triage/mass.c",
          "    return mass_is_grave(priority, unit->risk) || mass_has_alarm(triage, unit) ||",
          "    return mass_is_grave(priority, unit->risk) ||",
          unit("triage/test_triage_mass", "mass/a_grave_loss*"), failed("a_grave_loss")),
    Fault("a mass loss hides those before it", "src/triage/mass.c",
          "        (void)mass_gather(triage, network, unit, pos);", "        network_leave(triage, unit);",
          sim(), "gathered"),
    Fault("a silent path is never called lost", "src/supervision/supervision.c",
          "        wanted = SUPERVISION_LOST;", "        wanted = SUPERVISION_LATE;",
          sim(), r"(path|limit|auditor): "),
    Fault("an alarm waits hidden while the journal fails", "src/desk/show.c",
          "        if (item != NULL && !item->provisional) {", "        if (item == NULL) {",
          unit("desk/test_desk_live", "live/a_durable_press*"), failed("a_durable_press")),
    Fault("a change a console missed is not made good", "src/outlet/hub.c",
          "    } else if (hub->ready) {\n        keep_nothing(hub);\n    }", "    }",
          unit("outlet/test_outlet_hub", "hub/a_change*"), failed("a_change_that_cannot")),
    # PostgreSQL
    Fault("applied position not moved", "src/desk/record.c",
          "    record_advance(desk->record, turn->record->pos);", "    (void)turn->record->pos;",
          script("tests/integration/alarm.py", "press_gets_its_receipt"),
          r"failed  .*press gets its receipt", slow=True),
    Fault("applied position in another transaction", "src/record/batch.c",
          "    batch->statement_count = 0;\n    put_move(batch, link, node);\n",
          "    batch->statement_count = 0;\n    put_move(batch, link, node);\n"
          "    void nothing(void *data, const struct pglink_outcome *outcome)\n"
          "    {\n        (void)data;\n        (void)outcome;\n    }\n"
          "    pglink_end(link, &(struct pglink_handler){.on_end = nothing});\n",
          unit("record/test_record_record", "record/a_position_moved*", database=True),
          failed("a_position_moved")),
    Fault("what became known of a signal is left out with its update", "src/record/condense.c",
          "                entry->changed = true;\n", "",
          unit("record/test_record_record_again", "record_again/the_tables*", database=True),
          failed("the_tables_say")),
    Fault("of several states of an incident the oldest is sent", "src/record/condense.c",
          "            entry->left_out = true;\n            *slot = i + 1;\n",
          "            condense->entries[i].left_out = true;\n",
          unit("record/test_record_record_again", "record_again/the_tables*", database=True),
          failed("the_tables_say")),
    Fault("a row that is there already is never looked for", "src/record/writer.c",
          "        batch->again = true;\n", "        batch->again = false;\n",
          unit("record/test_record_record_again", "record_again/a_row*", database=True),
          failed("a_row_that_is_there")),
]
