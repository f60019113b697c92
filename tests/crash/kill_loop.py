#!/usr/bin/env python3
"""kill -9 of larwmd at random moments under load: nothing acknowledged is lost, nothing shown twice.

    tests/crash/kill_loop.py [--cycles N] [--seed N]

Units and DC-09 panels send numbered presses, one after the other's receipt, and keep their own record
of what was acknowledged; after a kill they come back and send again what was not. After every restart
a console must be shown every acknowledged press; at the end PostgreSQL must hold each press exactly
once and the presses shown must be as many as there were. Only a panel's press whose incident was
closed before its copy came may be there again: in doubt a copy is new (docs/decisions/0009).
REQ A24 TEST
"""
import argparse
import pathlib
import random
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import dc09_panel as dc09
import native
from centre import Centre, Failed, eventually, words

# Each of another case, so that each has incidents of its own.
UNITS = ["SKY-101", "SKY-102", "SKY-103", "SKY-104"]
PANELS = {"PAN-1111": "1111", "PAN-A10002": "A10002"}  # unit: account


class Presser(threading.Thread):
    """One unit: presses without end, over as many connections as it takes."""

    def __init__(self, centre, name, boot):
        super().__init__(daemon=True)
        self.centre, self.name_, self.boot = centre, name, boot
        self.acknowledged = 0    # every sequence up to this one has its receipt
        self.sent = 0            # highest sequence ever sent
        self.stopping = False
        self.again = 0           # presses sent a second time
        self.problems = []
        self.prepare()

    def prepare(self):
        self.tls = native.context(self.centre.pki, self.name_)

    def connect(self):
        return native.Connection(self.centre.native_port, self.tls, self.boot)

    def run(self):
        while not self.stopping:
            try:
                connection = self.connect()
            except OSError:
                support.select_wait(0.002)
                continue
            try:
                self.press_on(connection)
            except OSError:
                pass
            finally:
                connection.close()

    def press_on(self, connection):
        while not self.stopping:
            sequence = self.acknowledged + 1
            self.again += sequence <= self.sent
            self.sent = max(self.sent, sequence)
            support.select_wait(0.001)
            connection.press(sequence)
            receipt = connection.receipt()
            if receipt.sequence != sequence:
                self.problems.append(f"{self.name_}: receipt {receipt.sequence} for {sequence}")
            if receipt.status == native.device_pb2.RECEIPT_DURABLE:
                self.acknowledged = sequence


class PanelPresser(Presser):
    """One DC-09 panel: stamps each press once, sends it again as it was."""

    def prepare(self):
        self.account = PANELS[self.name_]
        self.frame = None  # of the press in hand

    def connect(self):
        return dc09.Panel(self.centre.dc09_port)

    def press_on(self, connection):
        while not self.stopping:
            if self.acknowledged == 9998:  # before its numbers begin again
                self.stopping = True
                return
            sequence = self.acknowledged + 1
            self.again += sequence <= self.sent
            if sequence > self.sent:
                self.frame = dc09.event(self.account, sequence, "1120 01 001", time=dc09.stamp())
            self.sent = max(self.sent, sequence)
            support.select_wait(0.02)
            answer = connection.ask(self.frame)
            if answer == dc09.ack(self.account, sequence):
                self.acknowledged = sequence
            elif not dc09.is_nak(answer):
                self.problems.append(f"{self.name_}: {answer!r} for {sequence}")


def shown_presses(console, name):
    with console.lock:
        return sum(i.press_count for i in console.incidents.values()
                   if i.state != words.INCIDENT_CLOSED and i.signals[0].unit == name)


def check_shown(console, before):
    """Every press acknowledged before the kill is on the console after the restart."""
    for name, count in before.items():
        console.wait(lambda c, n=name, k=count: shown_presses(c, n) >= k, 20,
                     f"{count} acknowledged presses of {name} shown, not {shown_presses(console, name)}")


def close_all(console, done):
    """Handles every incident as an operator would, so that the journal can let go of it. Its presses
    are counted as it stood when it was closed: further ones open a new incident."""
    for incident in console.open_incidents():
        if not console.act("CLAIM", incident.id).ok:
            continue
        if console.act("CLOSE", incident.id, outcome=words.OUTCOME_PERSON_SAFE).ok:
            closed = console.incident(lambda i, n=incident.id: i.id == n
                                      and i.state == words.INCIDENT_CLOSED)
            done[closed.signals[0].unit] += closed.press_count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(f"kill loop: {options.cycles} cycles, seed {options.seed}", flush=True)
    lost = twice = new_again = closings = 0
    names = [*UNITS, *PANELS]
    starts = []
    with Centre() as centre:
        centre.certify(*UNITS)
        for name, account in PANELS.items():
            centre.panel_account(name, account)
        starts.append(centre.start())
        # as any centre that has run for a minute: the last known records are on disk
        eventually(lambda: (centre.dir / "snapshot.larwm").exists(), 40, "a snapshot")
        pressers = [Presser(centre, name, 1000 + n) for n, name in enumerate(UNITS)]
        pressers += [PanelPresser(centre, name, 0) for name in PANELS]
        for presser in pressers:
            presser.start()
        done = dict.fromkeys(names, 0)  # presses in incidents that were closed
        for cycle in range(options.cycles):
            support.select_wait(chance.uniform(0.01, 0.25))
            before = {p.name_: p.acknowledged for p in pressers}
            centre.larwmd.kill()
            starts.append(centre.start())
            if cycle % 10 == 0 or cycle == options.cycles - 1:
                console = support.Console(centre.socket)
                check_shown(console, {n: before[n] - done[n] for n in names})
                close_all(console, done)
                closings += 1
                console.close()
        for presser in pressers:
            presser.stopping = True
        for presser in pressers:
            presser.join(20)
        sent = {p.name_: p.sent for p in pressers}
        acknowledged = {p.name_: p.acknowledged for p in pressers}
        problems = [text for p in pressers for text in p.problems]
        total = sum(acknowledged.values())
        rows = eventually(lambda: centre.sql("select count(*) from larwm.signal where kind = 'panic'"),
                          5, "rows")

        def recorded():
            nonlocal rows
            rows = centre.sql("select count(*) from larwm.signal where kind = 'panic'")
            return int(rows) >= total
        eventually(recorded, 120, "PostgreSQL caught up")
        for name in names:
            have = centre.sql("select count(distinct sequence), count(*), coalesce(max(sequence), 0) from "
                              f"larwm.signal where unit = '{name}' and kind = 'panic'").split("|")
            distinct, count, _ = map(int, have)
            missing = centre.sql(
                f"select count(*) from generate_series(1, {acknowledged[name]}) n where not exists "
                f"(select from larwm.signal s where s.unit = '{name}' and s.sequence = n)")
            lost += int(missing)
            if int(missing):
                first = centre.sql(
                    f"select min(n), max(n) from generate_series(1, {acknowledged[name]}) n where not "
                    f"exists (select from larwm.signal s where s.unit = '{name}' and s.sequence = n)")
                print(f"  {name}: {missing} of {acknowledged[name]} not stored, {first}")
            if name in PANELS:
                new_again += count - distinct
                if count - distinct > closings:
                    problems.append(f"{name}: {count - distinct} presses twice, {closings} closings")
            else:
                twice += count - distinct
            if distinct > sent[name]:
                problems.append(f"{name}: {distinct} presses stored, {sent[name]} sent")
        console = support.Console(centre.socket)
        console.wait(lambda c: c.snapshot_done)
        for name in names:
            stored = int(centre.sql(f"select count(*) from larwm.signal where unit = '{name}' and "
                                      f"kind = 'panic'"))
            try:
                check_shown(console, {name: acknowledged[name] - done[name]})
            except Failed:
                pass
            shown = shown_presses(console, name) + done[name]
            twice += max(0, shown - stored)
            if shown < acknowledged[name]:
                print(f"  {name}: {shown} of {acknowledged[name]} shown")
            lost += max(0, acknowledged[name] - shown)
        console.close()
        broken = centre.sql("select larwm.audit_verify('node-1')")
        if broken:
            problems.append(f"audit chain broken at {broken}")
    starts.sort()
    again = sum(p.again for p in pressers)
    print(f"  {total} presses acknowledged, {again} sent again after a kill, {lost} lost, "
          f"{twice} shown or stored twice, {new_again} copies new after a closing")
    print(f"  exec to accepting: p50 {statistics.median(starts) * 1000:.0f} ms, "
          f"max {starts[-1] * 1000:.0f} ms over {len(starts)} starts")
    for problem in problems:
        print(f"  problem: {problem}")
    support.close_shared()
    good = lost == 0 and twice == 0 and not problems and total > options.cycles
    print(f"kill_loop: {options.cycles if good else 0} passed, {0 if good else 1} failed, 0 skipped")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
