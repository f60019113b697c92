"""Runs test functions one after another and prints a line for each.

A test file ends with `runner.main(globals())`. Arguments choose tests by a part of their name.
A test that needs something the machine lacks raises Skipped with the reason; it is counted as
skipped, never as passed. The last line is "NAME: N passed, N failed, N skipped".
"""
import pathlib
import sys
import time
import traceback


class Skipped(Exception):
    """The machine lacks something; the text says what."""


def main(names, finish=None):
    suite = pathlib.Path(sys.argv[0]).stem
    wanted = sys.argv[1:]
    tests = [(name, f) for name, f in names.items() if name.startswith("test_") and callable(f)]
    if wanted:
        tests = [(n, f) for n, f in tests if any(w in n for w in wanted)]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for name, function in tests:
            began = time.monotonic()
            try:
                function()
                verdict, why = "passed", ""
            except Skipped as reason:
                verdict, why = "skipped", f": {reason}"
            except Exception as failure:  # noqa: BLE001: every failure is reported, none ends the run
                verdict, why = "failed", f": {failure}"
                traceback.print_exc()
            counts[verdict] += 1
            title = name.removeprefix("test_").replace("_", " ")
            print(f"  {verdict:7} {title} ({(time.monotonic() - began) * 1000:.0f} ms){why}", flush=True)
    finally:
        if finish:
            finish()
    print(f"{suite}: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped",
          flush=True)
    sys.exit(1 if counts["failed"] or not tests else 0)
