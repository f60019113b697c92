#!/usr/bin/env python3
"""A start with many records in the journal: how long until units are let in, and until a console shows
the whole queue.

    tests/crash/retained.py [--records N] [--kills N] [--open N]

The records are real: panels of many accounts send alarms, faults, tests and restores, an operator claims,
notes and closes; everything is applied and stored. No checkpoint is made after the first, so that a start
replays all of it. Then larwmd is killed and started again, several times: nothing
acknowledged may be missing from the queue. The goals of 1 s and 3 s are printed with what was measured;
they are no verdict. Reliability row 1 TEST
"""
import argparse
import collections
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import dc09_panel as dc09
import rig
from centre import Centre, Failed, eventually, words
from promise import promise, spread_ms

GOAL_ACCEPTING, GOAL_QUEUE = 1.0, 3.0  # seconds
WINDOW = 64  # frames of a connection without an answer
CONNECTIONS = 4
# Events and how often: tests of the line, a panic, burglary, tamper, battery, mains, their restores.
EVENTS = {"1602 00 000": 30, "1120 01 001": 20, "1130 01 002": 20, "3130 01 002": 10, "1137 01 003": 5,
          "1302 00 000": 5, "3302 00 000": 3, "1301 00 000": 4, "3301 00 000": 3}


class Panels(threading.Thread):
    """Accounts on one connection, a window of frames under way."""

    def __init__(self, centre, accounts, count, seed):
        super().__init__(daemon=True)
        self.centre, self.accounts, self.count = centre, accounts, count
        self.chance = random.Random(seed)
        self.presses = collections.Counter()  # by account, acknowledged
        self.problem = None

    def run(self):
        try:
            with dc09.Panel(self.centre.dc09_port, seconds=120) as panel:
                self.send_all(panel)
        except OSError as failure:
            self.problem = f"panels: {failure}"

    def send_all(self, panel):
        sequence, waiting = collections.Counter(), collections.deque()
        for number in range(self.count + WINDOW):
            if number < self.count:
                account = self.accounts[number % len(self.accounts)]
                sequence[account] += 1
                event = self.chance.choices(list(EVENTS), list(EVENTS.values()))[0]
                panel.send(dc09.event(account, (sequence[account] - 1) % 9999 + 1, event,
                                      time=dc09.stamp()))
                waiting.append((account, (sequence[account] - 1) % 9999 + 1, event))
            if waiting and (len(waiting) >= WINDOW or number >= self.count):
                account, wanted, event = waiting.popleft()
                answer = panel.answer()
                if answer != dc09.ack(account, wanted):
                    self.problem = f"account {account}: {answer!r} for {wanted}"
                    return
                self.presses[account] += event.startswith("1120")


def handle_some(console, keep):
    """An operator's work on some of the queue: claim, note, close. `keep` stay open."""
    for incident in console.open_incidents():
        if incident.signals[0].unit == "PAN-1111" or len(console.open_incidents()) <= keep:
            continue
        if console.act("CLAIM", incident.id).ok:
            console.act("NOTE", incident.id, text="called back")
            console.act("CLOSE", incident.id, outcome=words.OUTCOME_FALSE)


def fill(centre, options, presses):
    """Records until there are enough. Returns how many the journal has."""
    accounts = [f"B{n:05}" for n in range(options.open)]
    console = support.Console(centre.socket)
    with dc09.Panel(centre.dc09_port) as first:
        first.ask(dc09.event("1111", 1, "1120 01 001", time=dc09.stamp()))
    console.incident(lambda i: i.signals[0].unit == "PAN-1111", what="the one that stays open")
    records = 0
    for turn in range(200):
        left = max(2000, (options.records - records) // 2)
        groups = [Panels(centre, accounts[n::CONNECTIONS], left // CONNECTIONS, turn * 10 + n)
                  for n in range(CONNECTIONS)]
        for group in groups:
            group.start()
        for group in groups:
            group.join(300)
            if group.problem:
                raise Failed(group.problem)
            presses.update(group.presses)
        handle_some(console, options.open // 2)
        records = console.wait(lambda c: c.status, 10).journal_position
        print(f"  {records} records", flush=True)
        if records >= options.records:
            break
    queue = {i.id: i.signal_count for i in console.open_incidents()}
    console.close()
    return queue


def start_again(centre, queue):
    """Kills larwmd; seconds from exec to accepting and to the whole queue on a console."""
    centre.larwmd.kill()
    began = time.monotonic()
    accepting = centre.start(seconds=60)
    console = support.Console(centre.socket, on_duty=False)
    console.wait(lambda c: c.snapshot_done and all(
        i in c.incidents and c.incidents[i].signal_count >= n for i, n in queue.items()), 60,
        "the whole queue")
    full = time.monotonic() - began
    console.close()
    return accepting, full


def verdict(measured, goal):
    return f"goal {goal:g} s {'met' if measured <= goal else 'missed'}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--open", type=int, default=200, help="accounts; half of them stay in the queue")
    options = parser.parse_args()
    presses, times, lost = collections.Counter(), [], 0
    limits = {f"dc09_{of}_{what}": 100000 for of in ("account", "connection", "address")
              for what in ("rate", "burst")}
    try:
        with Centre(intake=limits, checkpoint_records=10_000_000) as centre:
            centre.panel_account("PAN-1111", "1111")
            centre.start()
            began = time.monotonic()
            queue = fill(centre, options, presses)
            made = time.monotonic() - began
            last = int(centre.sql("select max(pos) from larwm.applied_position"))
            eventually(lambda: int(centre.sql("select max(pos) from larwm.applied_position")) >= last, 60)
            for _ in range(options.kills):
                times.append(start_again(centre, queue))
            centre.larwmd.kill()
            kept = rig.journal_last(centre)
            bytes_kept = sum(f.stat().st_size for f in (centre.dir / "journal").glob("journal-*.seg"))
            log = [line.split("app: ")[1] for line in (centre.dir / "larwmd.log").read_text().splitlines()
                   if "replayed" in line]
    except Failed as failure:
        print(f"  problem: {failure}")
        lost = 1
    finally:
        support.close_shared()
    if times:
        accepting, full = [a for a, _ in times], [f for _, f in times]
        print(f"  {kept} records kept in {bytes_kept >> 20} MiB, made in {made:.0f} s; "
              f"{len(queue)} open incidents, {sum(queue.values())} signals in them; {log[-1]}")
        print(f"  exec to accepting: p50 {spread_ms(accepting)[0]} ms, max {spread_ms(accepting)[2]} ms; "
              f"{verdict(max(accepting), GOAL_ACCEPTING)}")
        print(f"  exec to a full queue: p50 {spread_ms(full)[0]} ms, max {spread_ms(full)[2]} ms; "
              f"{verdict(max(full), GOAL_QUEUE)}")
        promise("retained", f"kill -9 of larwmd, {kept} records in its journal", len(times), lost, 0,
                open=len(queue), accepting_p50_ms=spread_ms(accepting)[0],
                accepting_max_ms=spread_ms(accepting)[2], queue_p50_ms=spread_ms(full)[0],
                queue_max_ms=spread_ms(full)[2])
    good = times and not lost
    print(f"retained: {len(times) if good else 0} passed, {0 if good else 1} failed, 0 skipped")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
