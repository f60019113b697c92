#!/usr/bin/env python3
"""Figures of the DC-09 receiver: alarms a second acknowledged after fdatasync, what each costs
larwmd, and what a resend storm costs beside answering alone.

    tests/integration/dc09_figures.py [--seconds S] [--rounds N]

Daemon, PostgreSQL and load generator share the machine. Variants take turns within each round, so
that a machine that changes its mind changes it for all of them. No time is a verdict: the script
fails only when an alarm had no answer, or a storm made an incident or a signal too many.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
from centre import Centre, Failed, eventually

PANELS = 100
FIRST = {"clear": 0xB00000, "aes": 0xA00000}
KEY = "101112131415161718191A1B1C1D1E1F"


def register(centre):
    """A panel and an account for each connection of the load generator."""
    for name, first in FIRST.items():
        key = KEY if name == "aes" else ""
        centre.sql(f"""do $$ begin for n in 0..{PANELS - 1} loop
            perform larwm.unit_add('{name.upper()}-' || n, 'dc09-panel');
            perform larwm.credential_add('{name.upper()}-' || n, 'dc09', null,
                                         upper(to_hex({first} + n)), decode('{key}', 'hex'));
            end loop; end $$""")


def cpu_us(pid):
    """CPU of all threads, nanosecond counts of the scheduler."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def stored(centre, what="count(*)"):
    return int(centre.sql(f"select {what} from larwm.signal"))


class Load:
    def __init__(self, centre):
        self.centre = centre
        self.alarms = self.copies = 0

    def drain(self, seconds=300):
        """Until PostgreSQL has every alarm and every copy; what the next run costs is its own."""
        eventually(lambda: stored(self.centre) >= self.alarms and
                   stored(self.centre, "coalesce(sum(repeats), 0)") >= self.copies, seconds,
                   "PostgreSQL has what the journal has")

    def run(self, *arguments, account="clear", port=None, copies=1):
        first = FIRST[account]
        key = ["--key", KEY] if account == "aes" else []
        done = subprocess.run(
            [str(support.BIN / "bench/larwm-bench"), "dc09", "--json", "--panels", str(PANELS),
             "--copies", str(copies), "--first", f"{first:X}", "--pid", str(self.centre.larwmd.pid),
             "--port", str(port or self.centre.dc09_port), *key, *map(str, arguments)],
            capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            free = shutil.disk_usage(self.centre.dir).free >> 20
            raise Failed(f"larwm-bench {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
                         f"{self.centre.larwmd.tail()}\n{free} MiB free\n"
                         f"{self.centre.ctl('counters', check=False).stdout}")
        result = json.loads(done.stdout)
        self.alarms += int(result["figures"]["alarms"])
        self.copies += (copies - 1) * int(result["figures"]["alarms"])
        return result


def spread(values, digits=0):
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({min(values):,.{digits}f} .. {max(values):,.{digits}f})"


def throughput(centre, load, seconds, rounds):
    variants = {
        "clear, TCP": lambda: load.run("--seconds", seconds),
        "AES-128, TCP": lambda: load.run("--seconds", seconds, account="aes"),
        "clear, TLS": lambda: load.run("--seconds", seconds, "--tls", port=centre.dc09_tls_port),
        "clear, UDP": lambda: load.run("--seconds", seconds, "--udp", "--timeout", 1000,
                                       port=centre.dc09_udp_port),
    }
    results = {name: [] for name in variants}
    for _ in range(rounds):
        for name, run in variants.items():
            load.drain()
            results[name].append(run())
    print(f"  {PANELS} connections, one alarm of each in flight, {rounds} rounds of {seconds} s; "
          "median (range)")
    for name, runs in results.items():
        print(f"  {name:13} {spread([r['figures']['alarms_per_s'] for r in runs])} alarms/s "
              f"acknowledged after fdatasync, "
              f"{spread([r['figures']['cpu_us_per_alarm'] for r in runs], 1)} us of CPU each; p50 "
              f"{statistics.median([r['rows']['frame to its last ACK']['p50'] for r in runs]):,.0f}"
              " us")
        print(f"                {runs[-1]['facts'][4]}")


def storm(centre, load, count, rounds):
    """Each frame three times, against each frame once and two link tests, which are answered and
    nothing else. CPU until PostgreSQL has everything, so that nothing is put off."""
    ratios, costs = [], {"storm": [], "answers": [], "once": []}
    for _ in range(rounds):
        for name, copies, arguments in (("storm", 3, ()), ("answers", 1, ("--nulls", 2)),
                                        ("once", 1, ())):
            before = cpu_us(centre.larwmd.pid)
            load.run("--count", count, *arguments, copies=copies)
            load.drain()
            costs[name].append((cpu_us(centre.larwmd.pid) - before) / count)
            if (stored(centre), stored(centre, "coalesce(sum(repeats), 0)")) != (load.alarms,
                                                                              load.copies):
                raise Failed(f"{name}: {stored(centre)} signals stored of {load.alarms} alarms")
        ratios.append(costs["storm"][-1] / costs["answers"][-1])
    print(f"  resend storm: {count:,} alarms, each frame three times: "
          f"{spread(costs['storm'], 1)} us of CPU an alarm; each frame once and two link tests: "
          f"{spread(costs['answers'], 1)}; once and nothing else: {spread(costs['once'], 1)}")
    print(f"  ratio of the storm to answering alone: {spread(ratios, 2)}; {load.alarms:,} signals "
          f"and {load.copies:,} copies in PostgreSQL, exactly")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("LARWM_DC09_SECONDS", 5)))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--storm", type=int, default=10000, help="alarms of the storm")
    asked = parser.parse_args()
    failed = 0
    with Centre(log_level="error") as centre:
        register(centre)
        centre.start()
        load = Load(centre)
        try:
            storm(centre, load, asked.storm, asked.rounds)
            incidents = len({i.id for i in centre.console().open_incidents()})
            if incidents != PANELS:
                raise Failed(f"{incidents} incidents open of {PANELS} panels")
            throughput(centre, load, asked.seconds, asked.rounds)
        except Failed as failure:
            print(f"FAILED {failure}")
            failed = 1
    support.close_shared()
    print(f"dc09 figures: {1 - failed} passed, {failed} failed, 0 skipped")
    sys.exit(failed)


if __name__ == "__main__":
    main()
