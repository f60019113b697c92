#!/usr/bin/env python3
"""kill -9 at random moments under load: nothing acknowledged is lost, nothing shown or sent twice.

    tests/crash/kill_loop.py [--cycles N] [--seed N] [--round N] [--from-round N] [--only VICTIM]

Killed are larwmd (most often), larwmd again while it starts, PostgreSQL's postmaster, one of its
backends, both larwmd and PostgreSQL, larwm-web and larwm-police (tests/crash/victims.py). Units and
DC-09 panels send numbered presses, one after the other's receipt, and keep their own record of what was
acknowledged; after a kill they come back and send again what was not. After every kill: each press
acknowledged stands in the journal, is shown on a console, comes into PostgreSQL; none is shown or stored
twice; the control room has one message for each incident escalated (tests/crash/books.py).

A campaign is made of rounds of --round cycles, each with a centre of its own, so that memory and disk
stay bounded. It stops at the first loss. --seed and --from-round take it up again at a round.
REQ A24, E5 TEST
"""
import argparse
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import pressers
import rig
import victims
from books import Books
from centre import Centre, Failed, eventually
from cluster import Cluster
from promise import promise, spread_ms

CLOSE_EVERY = 8  # cycles


class Tally:
    """Figures of a campaign, by victim."""

    def __init__(self):
        self.cycles, self.lost, self.twice = {}, {}, {}
        self.accepting, self.full = {}, {}
        self.presses = self.again = self.copies = self.alerts = 0
        self.problems = []
        self.began = time.monotonic()

    def note(self, victim, books, struck):
        for kept, number in ((self.cycles, 1), (self.lost, books.lost), (self.twice, books.twice)):
            kept[victim] = kept.get(victim, 0) + number
        books.lost = books.twice = 0
        self.accepting.setdefault(victim, []).extend(struck.accepting)

    def all(self, kept):
        return sum(kept.values())

    def bad(self):
        return self.all(self.lost) + self.all(self.twice) + len(self.problems)

    def table(self):
        print(f"  {'killed':34} {'cycles':>6} {'lost':>5} {'twice':>5}   exec to accepting, ms "
              f"  to a full queue, ms\n  {'':54}{'p50':>7}{'p99':>7}{'max':>7}  {'p50':>7}{'p99':>7}{'max':>7}")
        for victim, title in victims.TITLES.items():
            if victim not in self.cycles:
                continue
            row = f"  {title:34} {self.cycles[victim]:6} {self.lost[victim]:5} {self.twice[victim]:5}  "
            for times in (self.accepting.get(victim), self.full.get(victim)):
                row += "".join(f"{ms:7}" for ms in spread_ms(times)) + "  " if times else f"{'-':>21}  "
            print(row.rstrip())


class Round:
    """One centre and so many cycles."""

    def __init__(self, chance, tally, weights):
        self.chance, self.tally, self.weights = chance, tally, weights

    def run(self, cycles, on_cycle):
        with Centre() as centre:
            centre.certify(*pressers.UNITS)
            for name, account in pressers.PANELS.items():
                centre.panel_account(name, account)
            centre.start()
            senders = [pressers.Presser(centre, name, 1000 + n) for n, name in enumerate(pressers.UNITS)]
            senders += [pressers.PanelPresser(centre, name, 0) for name in pressers.PANELS]
            self.books = Books(centre, senders)
            self.victims = victims.Victims(centre, self.books, self.chance, Cluster())
            try:
                self.victims.prepare()
                # as any centre that has run for a minute: the last known records are on disk
                eventually(lambda: (centre.dir / "snapshot.larwm").exists(), 40, "a snapshot")
                for sender in senders:
                    sender.pause = max(sender.pause, 0.012)
                    sender.start()
                for number in range(cycles):
                    self.cycle(number)
                    if self.tally.bad():
                        return
                    on_cycle()
                self.end(centre, senders)
            finally:
                for sender in senders:
                    sender.stopping = True
                    self.tally.presses += sender.acknowledged
                    self.tally.again += sender.again
                self.tally.copies += sum(self.books.new_again.values())
                self.tally.alerts += self.victims.alerts
                self.books.sql.close()
        Centre.database.sql(f"drop database {centre.db} with (force)")

    def cycle(self, number):
        support.select_wait(self.chance.uniform(0.01, 0.12))
        victim = self.chance.choices(list(self.weights), list(self.weights.values()))[0]
        before = self.books.acknowledged()
        self.check_alive("before")
        self.victims.strike(victim)
        console = support.Console(self.victims.centre.socket, on_duty=False)
        full = self.books.compare_shown(console, before)
        console.close()
        if self.victims.started is not None:
            self.tally.full.setdefault(victim, []).append(full - self.victims.started)
        self.books.compare_stored(before)
        self.check_alive("after")
        self.tally.note(victim, self.books, self.victims)
        if number % CLOSE_EVERY == CLOSE_EVERY - 1:
            self.close_all()

    def check_alive(self, when):
        """Whom nobody killed does not die: what it last said explains the losses beside it."""
        larwmd = self.victims.centre.larwmd
        if not larwmd.alive():
            raise Failed(f"larwmd ended by itself ({larwmd.process.returncode}) {when} a kill:\n{larwmd.tail()}")

    def close_all(self):
        console = support.Console(self.victims.centre.socket)
        console.wait(lambda c: c.snapshot_done, 20)
        self.books.close_all(console, rest=self.chance.random() < 0.6)
        console.close()

    def end(self, centre, senders):
        """With everybody at rest, the whole once more."""
        for sender in senders:
            sender.stopping = True
        for sender in senders:
            sender.join(30)
        books, tally = self.books, self.tally
        books.compare_journal(books.acknowledged())
        books.compare_stored(books.acknowledged())
        console = support.Console(centre.socket)
        books.compare_shown(console, books.acknowledged())
        console.close()
        self.victims.compare_police()
        tally.note("larwmd", books, self.victims)
        tally.cycles["larwmd"] -= 1
        for sender in senders:
            name, rows = sender.name_, books.stored[sender.name_].low
            tally.problems += sender.problems
            if rows > sender.sent:
                tally.problems.append(f"{name}: {rows} presses stored, {sender.sent} sent")
        broken = centre.sql("select larwm.audit_verify('node-1')")
        if broken:
            tally.problems.append(f"audit chain broken at {broken}")


def campaign(options, tally):
    weights = {options.only: 1} if options.only else victims.WEIGHTS
    rounds = range(0, options.cycles, options.round)
    for number, first in enumerate(rounds):
        if number < options.from_round:
            continue

        def on_cycle(number=number):
            done = tally.all(tally.cycles)
            if done % 100 == 0:
                seconds = time.monotonic() - tally.began
                print(f"  {done} cycles in {seconds:.0f} s; go on with --seed {options.seed} "
                      f"--from-round {number}", flush=True)
        chance = random.Random(f"{options.seed} {number}")
        Round(chance, tally, weights).run(min(options.round, options.cycles - first), on_cycle)
        if tally.bad():
            return


def stop(*_):
    """Ctrl-C and SIGTERM: put everything away once, undisturbed."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    sys.exit(130)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--round", type=int, default=1000, help="cycles of one centre")
    parser.add_argument("--from-round", type=int, default=0, help="leave out the rounds before")
    parser.add_argument("--only", choices=victims.TITLES, help="kill nothing else")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"kill loop: {options.cycles} cycles, seed {options.seed}", flush=True)
    tally, stopped = Tally(), False
    try:
        rig.without_fsync()
        campaign(options, tally)
    except Failed as failure:
        tally.problems.append(str(failure))
    except SystemExit:
        stopped = True
        print("  stopped")
    finally:
        support.close_shared()
    cycles = tally.all(tally.cycles)
    tally.table()
    print(f"  {tally.presses} presses acknowledged, {tally.again} sent again after a kill, {tally.copies} "
          f"copies new after a closing; {tally.alerts} Alerts at the control room; "
          f"{time.monotonic() - tally.began:.0f} s")
    for problem in tally.problems:
        print(f"  problem: {problem}")
    accepting = spread_ms([t for times in tally.accepting.values() for t in times])
    full = spread_ms([t for times in tally.full.values() for t in times])
    promise("kill-9", "larwmd, larwmd starting, PostgreSQL, a backend, both, larwm-web, larwm-police",
            cycles, tally.all(tally.lost), tally.all(tally.twice), presses=tally.presses,
            accepting_p50_ms=accepting[0], accepting_p99_ms=accepting[1], accepting_max_ms=accepting[2],
            queue_p50_ms=full[0], queue_p99_ms=full[1], queue_max_ms=full[2], seed=options.seed)
    good = not tally.bad() and tally.presses > cycles > 0
    print(f"kill_loop: {cycles if good else 0} passed, {0 if good else 1} failed, 0 skipped")
    sys.exit(1 if not good else 130 if stopped else 0)


if __name__ == "__main__":
    main()
