#!/usr/bin/env python3
"""Figures of an idle system: one press at a time, beside the disk's own fdatasync of the same run.

Prints a table; fails only when a press had no receipt or was not shown. No time is a verdict here.
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
from centre import Centre


def main():
    presses = os.environ.get("LARWM_PRESSES", "1000")
    units = [f"SKY-{n}" for n in range(101, 113)]
    with Centre(log_level="warning") as centre:
        centre.certify(*units)
        centre.start()
        console = centre.console()
        console.wait(lambda c: c.status and c.status.database_up, 20, "database up")
        console.close()
        code = 0
        for arguments in (["--one-by-one", presses], ["--rate", "200", "--seconds", "5"]):
            done = subprocess.run([str(support.BIN / "bench/larwm-bench"), "press", "--port",
                                   str(centre.native_port), "--pki", str(centre.pki), "--units",
                                   " ".join(units), "--console", str(centre.socket), "--disk",
                                   str(centre.dir), *arguments], capture_output=True, text=True,
                                  timeout=300)
            print(done.stdout + done.stderr)
            code = code or done.returncode
    support.close_shared()
    print(f"figures: {0 if code else 1} passed, {1 if code else 0} failed, 0 skipped")
    sys.exit(code)


if __name__ == "__main__":
    main()
