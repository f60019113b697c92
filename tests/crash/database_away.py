#!/usr/bin/env python3
"""PostgreSQL away, three ways, and slow, while units press in an open loop.

    tests/crash/database_away.py [--ways NAME[:SECONDS],...] [--seconds N] [--rate R]

stopped: an immediate shutdown; frozen: SIGSTOP to all its processes; silent: a relay in between that
forwards, answers and closes nothing, and at the end delivers late what it held; slow: every reply of
PostgreSQL 200 ms late, and true markers must come all the same. Each way has a centre of its own. Load
goes on before, while and after.

Every press must get its receipt; consoles must be told that the database is away and go on being
shown every press; an incident that opens meanwhile must say that its marker is not known, with the
last known value, and its true marker afterwards; larwmd's memory must stay within the bound; then
PostgreSQL must hold every press exactly once and the applied position must reach the journal's end.
Times are printed, never a verdict. REQ R0, B3, S2 (7), reliability row 6 TEST
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import native
from centre import Centre, Failed, eventually, words
from relay import Relay

LOAD = [f"AWY-{n:02}" for n in range(1, 33)]
# Their first press comes while PostgreSQL is away. The second's marker is withdrawn meanwhile where
# PostgreSQL itself can be reached.
FRESH = ["SKY-101", "SKY-102", "SKY-107"]
WITHDRAWN = ("SKY-102", "M-NWP-2001")
# docs/limits.md: effects wait in 64 MiB of memory, then in the spool; all else has its pool, touched
# by the load before. As much again is for what moves: pieces on their way to the file and back, a batch
# as arrays and in libpq's buffers, what libc keeps of freed memory.
RSS_GROWTH_MIB_MAX = 64 + 64

REGISTER = """
do $$ declare unit text; who text; begin
  for unit in select unnest(array[{units}]) loop
    perform larwm.unit_add(unit, 'sky-pendant');
    who := larwm.case_add(jsonb_build_object('authority', 'gwynedd', 'risk', 'high',
      'police_consent', 'yes', 'person', jsonb_build_object('name', 'Test Person ' || unit),
      'property', jsonb_build_object('address', unit || ' Test Row', 'town', 'Bangor')));
    perform larwm.marker_add(who, 'M-' || unit);
    perform larwm.allocation_lease(unit, who, 'test');
  end loop;
end $$"""


class Samples(threading.Thread):
    """Memory of larwmd and bytes of journal and spool, each second."""

    def __init__(self, centre):
        super().__init__(daemon=True)
        self.centre, self.pid = centre, centre.larwmd.pid
        self.stopping = threading.Event()
        self.rows = []
        self.start()

    def now(self):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        rss = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS"))
        sizes = {"spool": 0, "journal": 0}
        for file in (self.centre.dir / "journal").iterdir():
            with contextlib.suppress(FileNotFoundError):
                kind = "spool" if file.name.startswith("spool") else "journal"
                sizes[kind] += file.stat().st_blocks * 512
        return rss / 1024, sizes["spool"] / 2 ** 20, sizes["journal"] / 2 ** 20

    def run(self):
        while not self.stopping.is_set():
            with contextlib.suppress(OSError, StopIteration):
                self.rows.append(self.now())
            self.stopping.wait(1)

    def stop(self):
        self.stopping.set()
        self.join()

    def highest(self, column):
        return max(row[column] for row in self.rows)


class Load:
    """larwm-bench pressing; its phases are before, away, after."""

    def __init__(self, centre, rate, seconds, phases=True):
        console = centre.socket if phases else "none"
        command = [support.BIN / "bench/larwm-bench", "press", "--port", centre.native_port, "--pki",
                   centre.pki, "--units", " ".join(LOAD), "--console", console, "--rate", rate,
                   "--seconds", seconds, "--json", *(["--phases"] if phases else [])]
        environment = {k: v for k, v in os.environ.items() if k != "LARWM_JOURNAL_DIR"}
        self.process = subprocess.Popen([str(a) for a in command], stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.PIPE, env=environment)
        centre.closers.append(self.end)
        if phases and "pressing" not in self.process.stderr.readline():
            raise Failed("larwm-bench does not press")
        self.began = time.monotonic()

    def until(self, seconds, what):
        """Lets the load run until so many seconds after its beginning."""
        def over():
            if self.process.poll() is not None:
                raise Failed(f"larwm-bench ended {what}: {self.process.stderr.read()}")
            return time.monotonic() - self.began >= seconds
        eventually(over, seconds + 60, what)

    def next_phase(self):
        self.process.send_signal(signal.SIGUSR1)

    def result(self, seconds):
        out, error = self.process.communicate(timeout=seconds)
        if self.process.returncode not in (0, 1) or not out:
            raise Failed(f"larwm-bench: {self.process.returncode}: {error}")
        return json.loads(out)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def children(pid):
    """All processes below one, by what /proc says."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            if entry.name.isdigit():
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        below = parents.get(left.pop(), [])
        found += below
        left += below
    return found


class Stopped:
    reachable, address = False, None

    def leave(self):
        pid = Centre.database.pids()
        os.kill(pid, signal.SIGQUIT)  # what pg_ctl stop -m immediate does
        def gone():
            try:
                state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            except FileNotFoundError:
                return True
            return state == "Z"  # nobody waits for it in a container without an init
        eventually(gone, 30, "PostgreSQL is gone")

    def come_back(self):
        Centre.database.start()

    close = come_back


class Frozen:
    reachable, address = False, None

    def __init__(self):
        self.frozen = []

    def leave(self):
        postmaster = Centre.database.pids()
        os.kill(postmaster, signal.SIGSTOP)  # first, or it would make more
        self.frozen = [postmaster, *children(postmaster)]
        for pid in self.frozen:
            os.kill(pid, signal.SIGSTOP)

    def come_back(self):
        for pid in self.frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self.frozen = []

    close = come_back


class Silent:
    reachable = True

    def __init__(self):
        exports = Centre.database.exports
        self.relay = Relay(support.free_port(), f"{exports['PGHOST']}/.s.PGSQL.{exports['PGPORT']}")
        self.address = f"hostaddr=127.0.0.1 port={self.relay.port}"

    def leave(self):
        self.relay.tell("silent")

    def come_back(self):
        self.relay.tell("flow")

    def close(self):
        self.relay.close()


class Slow(Silent):
    ms = 200

    def leave(self):
        self.relay.tell(f"slow {self.ms}")

    def come_back(self):
        self.relay.tell("slow 0")


WAYS = {"stopped": Stopped, "frozen": Frozen, "silent": Silent, "slow": Slow}


def look(centre):
    """What a console that comes now is shown: its snapshot."""
    console = support.Console(centre.socket, "test", words.ROLE_TOOL, on_duty=False)
    try:
        console.wait(lambda c: c.snapshot_done and c.status, 20, "a snapshot")
        return console
    finally:
        console.close()


def is_recorded(centre):
    status = look(centre).status
    return status.recorded_position == status.journal_position


def expect(condition, what, problems):
    if not condition:
        print(f"  PROBLEM: {what}", flush=True)
        problems.append(what)


class Run:
    def __init__(self, way, seconds, options):
        self.name, self.seconds, self.options = way, seconds, options
        self.outage = way != "slow"
        self.problems, self.figures = [], {}

    def register(self, centre):
        known = centre.sql("select count(*) from larwm.unit where identifier like 'AWY-%'")
        if known == "0":
            centre.sql(REGISTER.format(units=", ".join(f"'{name}'" for name in LOAD)))
        centre.certify(*LOAD, *FRESH)

    def press_fresh(self, centre, way):
        """Incidents that open while PostgreSQL is away."""
        if way.reachable:
            centre.sql(f"select larwm.marker_withdraw('{WITHDRAWN[1]}', 'test')")
        for name in FRESH:
            receipt = centre.unit(name).press(1)
            expect(receipt.status == native.DURABLE, f"{name}: a receipt while away", self.problems)

    def fresh(self, centre):
        shown = look(centre).incidents.values()
        return {name: next((i for i in shown if i.signals[0].unit == name), None) for name in FRESH}

    def check_away(self, centre):
        status = look(centre).status
        expect(not status.database_up, "consoles are told that the database is away", self.problems)
        expect(any("PostgreSQL" in notice.detail for notice in status.notices),
               "a notice says that PostgreSQL does not answer", self.problems)
        for name, incident in self.fresh(centre).items():
            card = incident.card if incident else None
            expect(incident and card.status == words.RESOLVE_CACHED and card.checked_us > 0 and
                   card.marker.status == words.MARKER_UNKNOWN and card.marker.last_known_us > 0 and
                   card.marker.last_known == words.MARKER_ACTIVE,
                   f"{name}: marker UNKNOWN with the last known value and its time", self.problems)

    def check_markers(self, centre, way, what):
        """Every incident has been checked, those that opened meanwhile with their true marker."""
        wanted = {name: words.MARKER_ACTIVE for name in FRESH}
        if way.reachable:
            wanted[WITHDRAWN[0]] = words.MARKER_WITHDRAWN
        def true_markers():
            shown = list(look(centre).incidents.values())
            marker = {i.signals[0].unit: i.card.marker.status for i in shown}
            return (all(i.card.status == words.RESOLVE_CHECKED for i in shown) and
                    all(marker.get(name) == status for name, status in wanted.items()))
        try:
            eventually(true_markers, 60)
        except Failed:
            expect(False, f"every incident has its true marker {what}", self.problems)

    def away(self, centre, way, load):
        options, samples = self.options, Samples(centre)
        load.until(options.before, "before")
        start_rss = samples.now()[0]
        load.next_phase()
        way.leave()
        left = time.monotonic()
        if self.outage:
            eventually(lambda: not look(centre).status.database_up, 30, "consoles are told")
            self.figures["told_s"] = time.monotonic() - left
        self.press_fresh(centre, way)
        if not self.outage:
            self.check_markers(centre, way, "though PostgreSQL is slow")
        load.until(options.before + self.seconds, "while away")
        if self.outage:
            self.check_away(centre)
        held = look(centre).status
        load.next_phase()
        back = time.monotonic()
        way.come_back()
        until = held.journal_position
        eventually(lambda: look(centre).status.recorded_position >= until, 900,
                   "what came meanwhile is in PostgreSQL")
        self.figures |= {"drain_s": time.monotonic() - back, "start_rss": start_rss,
                         "backlog": until - held.recorded_position}
        result = load.result(options.after + 120)
        samples.stop()
        self.figures |= {"rss_growth": samples.highest(0) - start_rss, "spool": samples.highest(1),
                         "journal": samples.highest(2)}
        return result

    def compare(self, centre, result, pressed):
        """Every press once, in PostgreSQL and on the console."""
        figures = result["figures"]
        first, count = int(figures["first_sequence"]), int(figures["presses"])
        for name in ("not_sent", "retry", "without_receipt"):
            expect(figures[name] == 0, f"every press gets its receipt: {name} {figures[name]:g}",
                   self.problems)
        eventually(lambda: is_recorded(centre), 120, "the applied position reaches the journal's end")
        total = pressed + count + len(FRESH)
        rows, distinct = map(int, centre.sql(
            "select count(*), count(distinct sequence) from larwm.signal where kind = 'panic' and "
            f"sequence between {first} and {first + count - 1}").split("|"))
        fresh = int(centre.sql("select count(*) from larwm.signal where unit in "
                               f"({', '.join(repr(name) for name in FRESH)})"))
        joined, links = map(int, centre.sql(
            "select count(distinct l.pos), count(*) from larwm.incident_signal l join larwm.signal s "
            "using (node, pos) where s.kind = 'panic'").split("|"))
        stored = int(centre.sql("select sum(press_count) from larwm.incident"))
        shown = sum(i.press_count for i in look(centre).incidents.values())
        self.figures |= {"lost": count - distinct + max(0, total - shown), "twice": rows - distinct +
                         links - joined + max(0, shown - total)}
        expect(self.figures["lost"] == 0 and self.figures["twice"] == 0,
               f"every press once: {count} receipts, {rows} rows, {distinct} presses, {shown} shown of "
               f"{total}, {links} joined of {joined}", self.problems)
        expect(fresh == len(FRESH), "the fresh units' presses once", self.problems)
        expect(joined == total and stored == total,
               f"incidents hold every press: {joined} joined, {stored} counted of {total}", self.problems)
        expect(centre.sql("select larwm.audit_verify('node-1')") == "", "the audit chain is whole",
               self.problems)
        expect(centre.sql("select count(*) from larwm.record_refused") == "0", "no row was refused",
               self.problems)
        unseen = int(figures["receipts"] - figures["deltas"])
        if unseen:
            print(f"  {unseen} presses were shown in the count of their incident only (it lists 16)")

    def go(self):
        with Centre(log_level="warning") as centre:
            way = WAYS[self.name]()
            try:
                self.measure(centre, way)
            finally:
                way.close()

    def measure(self, centre, way):
        options = self.options
        centre.database_address = way.address
        self.register(centre)
        centre.start()
        eventually(lambda: look(centre).status.database_up, 20, "the database is up")
        # touches every pool there is, so that what grows later is known for what it is
        warm = Load(centre, options.rate * 4, options.warm, phases=False).result(200)
        pressed = int(warm["figures"]["presses"])
        eventually(lambda: is_recorded(centre), 120, "PostgreSQL has caught up")
        eventually(lambda: (centre.dir / "snapshot.larwm").exists(), 40, "a snapshot")
        load = Load(centre, options.rate, options.before + self.seconds + options.after)
        result = self.away(centre, way, load)
        self.check_markers(centre, way, "afterwards")
        expect(look(centre).status.database_up, "consoles are told that it is back", self.problems)
        self.compare(centre, result, pressed)
        expect(self.figures["rss_growth"] <= RSS_GROWTH_MIB_MAX,
               f"memory grew by {self.figures['rss_growth']:.0f} MiB, at most {RSS_GROWTH_MIB_MAX}",
               self.problems)
        self.report(result)

    def report(self, result):
        options, figures, rows = self.options, self.figures, result["rows"]
        for at, phase in enumerate(("before", "away" if self.outage else "slow", "after"), 1):
            for row, short in (("press to receipt", "receipt"), ("press to console delta", "delta")):
                have = rows[f"phase {at}: {row}"]
                figures[f"{short}_p99_{at}"] = have["p99"] / 1000
                print(f"  {phase:6} {row:22} {have['count']:7} p50 {have['p50'] / 1000:7.2f} ms  p99 "
                      f"{have['p99'] / 1000:7.2f} ms  max {have['max'] / 1000:7.1f} ms")
        told = f"told after {figures['told_s']:.1f} s, " if self.outage else ""
        print(f"  {told}"
              f"{figures['backlog']} records behind at the end, drained in {figures['drain_s']:.1f} s")
        print(f"  memory {figures['start_rss']:.0f} MiB before, grew by {figures['rss_growth']:.1f} MiB "
              f"at most; spool {figures['spool']:.0f} MiB, journal {figures['journal']:.0f} MiB")
        name = f"{self.name} {self.seconds} s at {options.rate}/s"
        print(f"promise: database-{'away' if self.outage else 'slow'} | {name} | cycles=1 | "
              f"lost={figures['lost']} | twice={figures['twice']} | "
              f"receipt_p99_ms={figures['receipt_p99_2']:.2f} | "
              f"receipt_p99_before_ms={figures['receipt_p99_1']:.2f} | "
              f"delta_p99_ms={figures['delta_p99_2']:.2f} | rss_growth_mib={figures['rss_growth']:.1f} | "
              f"drain_s={figures['drain_s']:.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ways", default="stopped:60,frozen:60,silent:60,slow",
                        help="in this order, each with its length or that of --seconds")
    parser.add_argument("--seconds", type=int, default=20, help="of an outage")
    parser.add_argument("--rate", type=int, default=1000, help="presses a second")
    parser.add_argument("--before", type=int, default=5)
    parser.add_argument("--after", type=int, default=5)
    parser.add_argument("--warm", type=int, default=5, help="seconds at four times the rate first")
    parser.add_argument("--slow-ms", type=int, default=200, help="how late replies are; 400: later "
                        "than larwmd waits for one")
    options = parser.parse_args()
    Slow.ms = options.slow_ms
    good = bad = 0
    print(f"database away: {options.ways}, else {options.seconds} s, at {options.rate} presses/s of "
          f"{len(LOAD)} units", flush=True)
    try:
        for way in options.ways.split(","):
            began = time.monotonic()
            name, _, seconds = way.partition(":")
            run = Run(name, int(seconds or options.seconds), options)
            try:
                run.go()
            except (Failed, OSError, subprocess.SubprocessError) as failure:
                run.problems.append(str(failure))
                print(f"  PROBLEM: {failure}")
            good, bad = good + (not run.problems), bad + bool(run.problems)
            print(f"  {'failed' if run.problems else 'passed'} {name} "
                  f"({time.monotonic() - began:.0f} s)", flush=True)
    finally:
        support.close_shared()
    print(f"database_away: {good} passed, {bad} failed, 0 skipped")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
