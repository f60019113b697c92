#!/usr/bin/env python3
"""Every scenario of larwm-bench against a real centre, small; and figures of the same, larger.

    tests/integration/bench_scenarios.py            # a check that each scenario tells the truth
    tests/integration/bench_scenarios.py SCENARIO [--units N] [options of larwm-bench ...]

The check fails when something is missing (a signal without its receipt, a press not shown, a unit
that does not come back, a figure that contradicts the daemon's own counters), never for a time.
"""
import argparse
import json
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
from centre import Centre, Failed, eventually

BENCH = support.BIN / "bench/larwm-bench"


class Bench:
    """A centre that knows a fleet of units, and larwm-bench with their keys."""

    def __init__(self, centre, units):
        self.centre, self.units = centre, units
        self.bundle = centre.dir / "units.pem"
        self.enrol()
        centre.start()
        console = centre.console()
        console.wait(lambda c: c.status and c.status.database_up, 20, "database up")
        console.close()

    def enrol(self):
        marks = subprocess.run([str(BENCH), "enrol", "--pki", str(self.centre.pki), "--generate",
                                str(self.units), "--bundle", str(self.bundle)], check=True,
                               capture_output=True, text=True).stdout.split()
        pairs = ",".join(f"('{name}', '\\x{mark}'::bytea)"
                         for name, mark in zip(marks[::2], marks[1::2]))
        self.centre.sql(f"select larwm.unit_add(n, 'dc09-panel'), "
                        f"larwm.credential_add(n, 'tls_key', m) from (values {pairs}) v(n, m)")

    def arguments(self, scenario, *arguments):
        return [str(BENCH), scenario, "--port", str(self.centre.native_port), "--pki",
                str(self.centre.pki), "--bundle", str(self.bundle), "--generate", str(self.units),
                "--socket", str(self.centre.socket), "--pid", str(self.centre.larwmd.pid), "--pid",
                str(Centre.database.pids()), *map(str, arguments)]

    def heartbeats(self):
        """As many as the daemon has counted."""
        return json.loads(self.centre.ctl("counters", "--json").stdout)["counters"]["heartbeats"]

    def run(self, scenario, *arguments):
        done = subprocess.run(self.arguments(scenario, "--json", *arguments), capture_output=True,
                              text=True, timeout=900)
        if done.returncode != 0:
            raise Failed(f"larwm-bench {scenario}: {done.returncode}\n{done.stdout}{done.stderr}"
                         f"{self.centre.larwmd.tail()}")
        return json.loads(done.stdout)


def expect(truth, what):
    if not truth:
        raise Failed(what)


def whole(result, *rows):
    """What every scenario of presses owes."""
    figures, counters = result["figures"], result["counters"]
    expect(figures["lost"] == 0, "every signal has its receipt")
    expect(figures["shown"] == figures["presses"], "every press was shown")
    expect(counters["receipts"] == figures["receipts"], "the daemon counts the receipts we had")
    for row in rows:
        told = result["rows"][row]
        expect(told["count"] > 0, f"{row} has values")
        expect(told["p50"] <= told["p90"] <= told["p99"] <= told["p99.9"] <= told["max"],
               f"{row}: percentiles rise")
    stages = result["stages"]
    for stage in ("decode", "journal_wait", "journal_sync", "ticket", "receipt", "desk_wait", "triage",
                  "resolve", "outlet"):
        expect(stages[stage]["records"] > 0, f"stage {stage} was timed")
    expect(stages["decode"]["records"] == counters["signals"], "decode counts signals")
    expect(stages["journal_sync"]["records"] == counters["journal_records"],
           "journal_sync counts records")
    expect(stages["triage"]["records"] == counters["desk_records"], "triage counts records")
    for name in ("larwm-bench", "larwmd", "postgres"):
        expect(result["processes"][name]["rss_kib"] > 0, f"memory of {name}")
    expect(result["processes"]["larwmd"]["cpu_us"] > 0, "CPU of larwmd")


def check_steady(bench):
    path = bench.centre.dir / "histogram.csv"
    result = bench.run("steady", "--rate", 100, "--seconds", 2, "--histogram", path)
    whole(result, "press to receipt", "press to console delta")
    counted = {}
    for line in path.read_text().splitlines():
        if line.startswith("# "):
            counted[name := line[2:]] = 0
        else:
            counted[name] += int(line.split(",")[1])
    expect(counted["press to receipt"] == result["rows"]["press to receipt"]["count"],
           "the histogram file holds every value")


def check_one_by_one(bench):
    result = bench.run("press", "--one-by-one", 50)
    whole(result, "press to receipt", "press to console delta")
    expect(result["figures"]["presses"] == 50, "fifty presses")


def check_phases(bench):
    """A signal in the middle of a run divides its rows."""
    process = subprocess.Popen(bench.arguments("press", "--phases", "--rate", 100, "--seconds", 2,
                                               "--json"), text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    expect("pressing" in process.stderr.readline(), "it says when it presses")
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began > 0.7, 10, "some presses")
    process.send_signal(signal.SIGUSR1)
    result = json.loads(process.communicate(timeout=60)[0])
    expect(process.returncode == 0, "nothing is missing")
    counts = [result["rows"][f"phase {n}: press to receipt"]["count"] for n in (1, 2)]
    expect(min(counts) > 0 and sum(counts) == result["figures"]["presses"],
           f"{counts} of {result['figures']['presses']} presses in two phases")


def check_storm(bench):
    result = bench.run("storm", "--rate", 50, "--seconds", 3)
    whole(result, "press to receipt, before", "press to receipt, storm", "press to receipt, after")
    rows = result["rows"]
    expect(rows["press to receipt, storm"]["count"] > 5 * rows["press to receipt, before"]["count"],
           "the storm is ten times the rate")


def check_reconnect(bench):
    for arguments, resumed in ((("--full",), False), ((), True), (("--spread",), True)):
        result = bench.run("reconnect", "--rate", 20, "--seconds", 3, "--pressing", 5, "--flapping",
                           0, *arguments)
        whole(result, "loss to welcome", "press to receipt, return")
        figures = result["figures"]
        expect(figures["bounced"] == bench.units - 5, "all others lost their connection")
        expect(figures["back"] == figures["bounced"], "all came back")
        expect(figures["resumed"] == (figures["back"] if resumed else 0),
               f"{figures['resumed']} by ticket")


def check_noise(bench):
    result = bench.run("noise", "--rate", 20, "--seconds", 4, "--pressing", 5, "--heartbeats", 2000,
                       "--chatter", 200, "--flapping", 5)
    whole(result, "press to console delta, quiet", "press to console delta, noise")
    figures = result["figures"]
    expect(figures["heartbeats"] <= figures["heartbeats_answered"], "every heartbeat is answered")


def check_heartbeats_stay_out(bench):
    """REQ A28 TEST: heartbeats come into neither rings nor journal."""
    result = bench.run("noise", "--rate", 5, "--seconds", 6, "--pressing", 5, "--heartbeats", 20000,
                       "--chatter", 0, "--flapping", 0)
    whole(result)
    counters, figures = result["counters"], result["figures"]
    expect(figures["heartbeats"] > 40000, "a flood of heartbeats")
    expect(figures["heartbeats"] <= counters["heartbeats"] <= figures["heartbeats"] + 2 * bench.units,
           "all of them, and what units send by themselves, are counted")
    # a press is a signal, and the record that says whose it is; when the database was slow, each
    # open incident may be looked up again
    limit = 2 * figures["presses"] + bench.units + 20
    expect(counters["journal_records"] <= limit,
           f"{counters['journal_records']} records for {figures['presses']} presses")
    expect(counters["desk_records"] <= limit, "the desk saw none")
    expect(counters["deltas"] < limit * 4 + 100, "the outlet saw none")
    return result


def check_beat(bench):
    """As many heartbeats a second from few units as from many."""
    for units in (10, bench.units):
        result = bench.run("beat", "--generate", units, "--rate", 20, "--seconds", 2, "--pressing", 5,
                           "--heartbeats", 300, "--heartbeat", 3600)
        whole(result, "press to receipt")
        figures = result["figures"]
        expect(figures["units"] == units, "so many units")
        expect(400 < figures["heartbeats"] <= figures["heartbeats_answered"], "every heartbeat is answered")


def check_fleet(bench):
    """Units that stay say when all are there, and at the end that they still are."""
    process = subprocess.Popen(bench.arguments("fleet", "--heartbeat", 1), text=True,
                               stdout=subprocess.PIPE)
    try:
        lines = [process.stdout.readline(), process.stdout.readline()]
        expect(lines == [f"larwm-bench: {bench.units} units\n", "larwm-bench: all ready\n"], f"{lines}")
        before = bench.heartbeats()
        eventually(lambda: bench.heartbeats() >= before + 2 * bench.units, 30, "all heartbeat")
        process.terminate()
        told = json.loads(process.communicate(timeout=60)[0])
        expect(told["ready"] == told["units"] == bench.units, f"all are there: {told}")
        expect(told["heartbeats_answered"] > 0, "and had answers")
    finally:
        process.kill()
        process.wait()


def check_flap(bench):
    result = bench.run("flap", "--rate", 10, "--seconds", 4, "--pressing", 5, "--flapping", 3)
    whole(result, "press to receipt, flap")
    # five units that pressed have theirs already; a zone: its first changes and then one
    expect(result["figures"]["incidents_opened"] <= 3 * 3 + 5,
           f"{result['figures']['incidents_opened']} incidents of three zones")


def check_idle(bench):
    result = bench.run("idle")
    figures = result["figures"]
    expect(figures["units"] == bench.units, "all connected")
    # of so few units one can only say that it is not absurd: other memory comes and goes meanwhile
    expect(abs(figures["kib_each_connected"]) < 400, f"{figures['kib_each_connected']} KiB a unit")


def check_wheel(_):
    done = subprocess.run([str(BENCH), "wheel", "--generate", "20000", "--seconds", "10", "--json"],
                          check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)["figures"]
    expect(figures["reports"] == 0, "nobody is reported who was heard")
    expect(figures["expiries"] >= 20000 * 3, "every unit's timer passed")


def check():
    passed = failed = 0
    with Centre(log_level="warning") as centre:
        bench = Bench(centre, 40)
        for test in (check_steady, check_one_by_one, check_phases, check_storm, check_reconnect, check_noise,
                     check_heartbeats_stay_out, check_beat, check_fleet, check_flap, check_idle, check_wheel):
            try:
                test(bench)
                passed += 1
            except (Failed, subprocess.SubprocessError, KeyError) as failure:
                print(f"FAILED {test.__name__}: {failure!r} {failure}")
                failed += 1
    print(f"bench scenarios: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


def figures(scenario, units, arguments):
    with Centre(log_level="error") as centre:
        bench = Bench(centre, units)
        code = subprocess.run(bench.arguments(scenario, *arguments), timeout=1800,
                              check=False).returncode
    return code


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?")
    parser.add_argument("--units", type=int, default=1000)
    asked, asked.arguments = parser.parse_known_args()
    try:
        code = figures(asked.scenario, asked.units, asked.arguments) if asked.scenario else check()
    finally:
        support.close_shared()
    sys.exit(code)


if __name__ == "__main__":
    main()
