#!/usr/bin/env python3
"""The receipt and the disk: faults at exact system calls of the real daemon, injected by strace."""
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import native
import runner
from centre import Centre, Failed, eventually, words


def expect(true, what):
    if not true:
        raise Failed(what)


def under_strace(centre, inject):
    """Starts larwmd with a fault injected into its fdatasync calls."""
    if not shutil.which("strace"):
        raise runner.Skipped("strace is not installed")
    centre.certify("SKY-101")
    # LeakSanitizer cannot run under another tracer
    return centre.start(60, wrap=["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync",
                                  "-e", f"inject=fdatasync:{inject}"],
                        env={"ASAN_OPTIONS": "abort_on_error=1:detect_leaks=0"})


def test_a_receipt_waits_for_the_disk():
    """REQ A24 TEST: every fdatasync takes 700 ms longer; no receipt comes sooner."""
    with Centre() as centre:
        under_strace(centre, "delay_enter=700000")
        connection = native.Connection(centre.native_port, native.context(centre.pki, "SKY-101"), 1,
                                       seconds=30)
        for sequence in range(1, 4):
            began = time.monotonic()
            connection.press(sequence)
            receipt = connection.receipt()
            took = time.monotonic() - began
            expect(receipt.status == native.DURABLE, f"{receipt}")
            expect(took >= 0.69, f"a receipt after {took * 1000:.0f} ms, the disk was not asked before 700")
        connection.close()


def test_no_positive_receipt_after_a_failed_sync_and_a_system_alarm():
    """Reliability row 3 TEST: fdatasync fails; the signal is told to retry, then is taken once."""
    with Centre() as centre:
        under_strace(centre, "error=EIO:when=12..16")
        console = centre.console()
        connection = native.Connection(centre.native_port, native.context(centre.pki, "SKY-101"), 1,
                                       seconds=30)
        told_to_retry = 0
        acknowledged = 0
        deadline = time.monotonic() + 60
        while acknowledged < 60 and time.monotonic() < deadline:
            connection.press(acknowledged + 1)
            receipt = connection.receipt()
            if receipt.status == native.DURABLE:
                acknowledged += 1
            else:
                told_to_retry += 1
        expect(acknowledged == 60, f"{acknowledged} of 60 taken in the end")
        expect(told_to_retry > 0, "the failed syncs were not noticed by any unit")
        console.incident(lambda i: i.press_count == 60, 20, "each press once")
        log = (centre.dir / "larwmd.log").read_text()
        expect("error" in log and "journal" in log, "the fault is in the log")
        connection.close()


if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
