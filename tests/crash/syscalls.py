#!/usr/bin/env python3
"""kill -9 of larwmd at every system call it makes on its journal, one after the other.

    tests/crash/syscalls.py [--presses N] [--from N] [--step N] [--torn]

A run is: start, some presses of four units until the smallest segment there is has filled and the
next was begun, a seal, a stop. Run n is killed instead of its n-th call (openat, pwrite64, fdatasync,
fsync, fallocate, renameat, unlinkat on the journal's directory, of whatever thread), for every n until
a run ends without having come so far. With --torn a pwrite64 is half done when the process dies.
After each kill, before anything runs: every press acknowledged stands in the journal. Then the daemon
starts again, the units send again what got no receipt, and a console must be shown every press once.
REQ A24 TEST
"""
import argparse
import collections
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import rig
from centre import Centre, Failed, eventually
from faults import Faults
from promise import promise, spread_ms


def run_until_killed(centre, faults, ledger, number, options):
    """One run with a kill at call `number`. Returns the call's name, None when the run ended first."""
    faults.reset()
    faults.kill_at(number, options.torn)
    try:
        centre.start(env=faults.env())
        ledger.ask(options.presses)
        eventually(lambda: ledger.satisfied() or not centre.larwmd.alive(), 60, "presses or a kill")
        if centre.larwmd.alive():
            centre.larwmd.process.terminate()
        eventually(lambda: not centre.larwmd.alive(), 60, "larwmd ends")
    except Failed:
        if centre.larwmd.alive() or faults.killed_in() is None:
            raise
    code = centre.larwmd.process.wait()
    killed = faults.killed_in()
    if code != (0 if killed is None else -9):
        raise Failed(f"run {number} ended with {code}:\n{centre.larwmd.tail()}")
    return killed


def recover(centre, ledger, starts):
    """After a kill or a stop: nothing acknowledged is gone, nothing is shown twice."""
    ledger.compare_journal()
    starts.append(centre.start())
    ledger.finish()
    console = support.Console(centre.socket)
    try:
        ledger.compare_shown(console)
        ledger.close_all(console)
    finally:
        console.close()
    code = centre.larwmd.stop()
    if code != 0:
        raise Failed(f"larwmd ended with {code}:\n{centre.larwmd.tail()}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--presses", type=int, default=14, help="of each of four units in a run")
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--step", type=int, default=1, help="every N-th call only")
    parser.add_argument("--most", type=int, default=5000, help="calls")
    parser.add_argument("--torn", action="store_true", help="a killed pwrite64 is half done")
    options = parser.parse_args()
    kills, starts = collections.Counter(), []
    rotations = finished = 0
    with Centre() as centre:
        centre.certify(*rig.UNITS)
        faults = Faults(centre)
        centre.start()
        eventually(lambda: (centre.dir / "snapshot.larwm").exists(), 40, "a snapshot")
        centre.larwmd.stop()
        ledger = rig.Ledger(centre)
        for number in range(options.first, options.most, options.step):
            rig.add_small_segment(centre)
            killed = run_until_killed(centre, faults, ledger, number, options)
            rotations += faults.get("calls", "renameat") > 1 or faults.get("calls", "fallocate") > 1
            recover(centre, ledger, starts)
            if ledger.lost or ledger.twice:
                print(f"  at call {number}: {killed}")
            if killed is None:
                finished, calls = number, faults.counts()
                break
            kills[killed] += 1
        centre.start()
        ledger.compare_stored()
        ledger.stop()
        total = sum(ledger.acknowledged().values())
        problems = ledger.problems()
        broken = centre.sql("select larwm.audit_verify('node-1')")
        if broken:
            problems.append(f"audit chain broken at {broken}")
    print(f"  killed at {sum(kills.values())} calls: " +
          ", ".join(f"{call} {count}" for call, count in sorted(kills.items())))
    print(f"  {total} presses acknowledged, {ledger.again()} sent again, {ledger.lost} lost, "
          f"{ledger.twice} shown or stored twice; {rotations} runs began another segment")
    if finished:
        print(f"  the run that ended by itself made {sum(calls.values())} calls: " +
              ", ".join(f"{call} {count}" for call, count in calls.items()))
    print(f"  exec to accepting after a kill: p50 {statistics.median(starts) * 1000:.0f} ms, "
          f"max {max(starts) * 1000:.0f} ms")
    promise("kill-9-syscalls", "larwmd instead of each system call on its journal" +
            (", writes half done" if options.torn else ""), sum(kills.values()), ledger.lost, ledger.twice,
            presses=total, accepting_p50_ms=spread_ms(starts)[0], accepting_max_ms=spread_ms(starts)[2])
    for problem in problems:
        print(f"  problem: {problem}")
    support.close_shared()
    good = not ledger.lost and not ledger.twice and not problems and finished and rotations > 0
    print(f"syscalls: {sum(kills.values()) if good else 0} passed, {0 if good else 1} failed, 0 skipped")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
