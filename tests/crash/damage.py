#!/usr/bin/env python3
"""Damage to a journal: every byte flipped, every place it can be cut at (larwm-damage does it).

    tests/crash/damage.py [--bits N] [--opens-every N]

The records are those of a real run: presses, incidents claimed and closed, a restart. By default one
bit of every byte is flipped (which one changes from byte to byte); --bits 8 flips all eight.
Reliability row 5 TEST
"""
import argparse
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import rig
from centre import Centre
from promise import promise


def real_journal(centre):
    """Some hundred records of every kind a short day has."""
    centre.certify(*rig.UNITS)
    centre.start()
    ledger = rig.Ledger(centre)
    for _ in range(3):
        ledger.ask(8)
        ledger.finish()
        console = support.Console(centre.socket)
        ledger.compare_shown(console)
        ledger.close_all(console)
        console.close()
        centre.restart()
    ledger.stop()
    if centre.larwmd.stop() != 0:
        raise support.Failed("larwmd did not stop well")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", type=int, default=1, help="of each byte, one after the other")
    parser.add_argument("--opens-every", type=int, default=64, help="recover from every N-th damage")
    options = parser.parse_args()
    with Centre() as centre:
        real_journal(centre)
        began = time.monotonic()
        done = subprocess.run([support.BIN / "tests/crash/larwm-damage", centre.dir / "journal",
                               "--bits", str(options.bits), "--opens-every", str(options.opens_every)],
                              stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="")
    support.close_shared()
    print(f"  in {time.monotonic() - began:.0f} s")
    good = done.returncode == 0
    cases = sum(map(int, re.findall(r"^  \S.{31} +(\d+): \d+ cost nothing", done.stdout, re.M)))
    promise("damage", "a journal's bytes flipped and its files cut, each found and nothing else lost", cases,
            0 if good else 1, 0)
    print(f"damage: {4 if good else 0} passed, {0 if good else 1} failed, 0 skipped")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
