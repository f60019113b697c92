#!/usr/bin/env python3
"""Errors of the journal's disk: at every write and sync of a run, full and back, short, slow.

    tests/crash/disk_faults.py [part of a test's name] ...

LARWM_FAULT_STEP=N tries every N-th call only. Everywhere: no positive receipt hangs on a call that
failed, a file whose write or sync failed is not touched again, a system alarm is on the consoles, and
nothing acknowledged is lost. Reliability rows 3 and 4 TEST
"""
import errno
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import faults as fault
import native
import rig
import runner
from centre import Centre, Failed, eventually, journal_pb2
from promise import promise

STEP = int(os.environ.get("LARWM_FAULT_STEP", "1"))
PRESSES = 6
ALARM_BOUND = 10.0  # seconds; the goal is 1, the figure is printed


def expect(true, what):
    if not true:
        raise Failed(what)


TOTAL = {"faults": 0, "lost": 0, "twice": 0, "alarm_max_ms": 0}  # of all tests


def finish():
    promise("disk-faults", "errors, short writes, a standing and a full disk below the journal",
            TOTAL["faults"], TOTAL["lost"], TOTAL["twice"], alarm_max_ms=TOTAL["alarm_max_ms"])
    support.close_shared()


class Watch(support.Console):
    """A console that notes when it was told of the journal."""

    def __init__(self, path):
        self.told = []  # (time, is the journal said to be in order, kinds of notices)
        super().__init__(path)
        self.wait(lambda c: c.snapshot_done, 20, "a snapshot")

    def _take(self, frame):
        super()._take(frame)
        body = frame.WhichOneof("body")
        if (body == "delta" and frame.delta.HasField("status")) or body == "snapshot":
            kinds = [notice.kind for notice in self.status.notices]
            self.told.append((time.monotonic(), self.status.journal_ok, kinds))

    def alarm(self, since, kinds):
        """Seconds from `since` to the first alarm of these kinds, None when there was none."""
        with self.lock:
            return next((at - since for at, _, have in self.told
                         if at >= since and any(kind in have for kind in kinds)), None)


FAULT = [journal_pb2.SYSTEM_JOURNAL_FAULT]
FULL = [journal_pb2.SYSTEM_DISK_FULL]


class Run:
    """A centre, four units, larwm-faults; stopped."""

    def __init__(self):
        self.centre = Centre()

    def __enter__(self):
        centre = self.centre.__enter__()
        centre.certify(*rig.UNITS)
        self.faults = fault.Faults(centre)
        centre.start()
        centre.larwmd.stop()
        self.ledger = rig.Ledger(centre)
        return self

    def start(self):
        return self.centre.start(env=self.faults.env())

    def settle(self):
        """The journal as a crash now would leave it holds what was acknowledged; so do the consoles."""
        self.ledger.finish()
        self.centre.larwmd.kill()
        self.ledger.compare_journal()
        self.faults.reset()
        self.centre.start()
        console = support.Console(self.centre.socket)
        self.ledger.compare_shown(console)
        self.ledger.close_all(console)
        console.close()
        self.centre.larwmd.stop()

    def verdict(self):
        self.centre.start()
        self.ledger.compare_stored()
        self.centre.larwmd.stop()
        TOTAL["lost"] += self.ledger.lost
        TOTAL["twice"] += self.ledger.twice
        expect(self.ledger.lost == 0, f"{self.ledger.lost} acknowledged presses lost")
        expect(self.ledger.twice == 0, f"{self.ledger.twice} presses shown or stored twice")
        expect(not self.ledger.problems(), "; ".join(self.ledger.problems()))

    def __exit__(self, kind, value, trace):
        self.ledger.stop()
        return self.centre.__exit__(kind, value, trace)


def fail_each(call):
    """EIO once, at the n-th call of a run, for every n."""
    with Run() as run:
        number, tried, retries, times, silent = 1, 0, 0, [], 0
        while True:
            rig.add_small_segment(run.centre)
            run.faults.reset()
            run.faults.rule(call, fault.FAIL, errno.EIO, after=number, count=1)
            run.start()
            watch = Watch(run.centre.socket)
            run.ledger.ask(PRESSES)
            run.ledger.finish()
            fired = run.faults.fired_at(call)
            expect(run.faults.get("broken_used") == 0, f"{call} {number}: a broken file was used again")
            if fired is not None:
                took = alarm_after(watch, max(fired, watch.told[0][0]))
                silent += took is None
                if took is None:
                    print(f"    never shown: {call} {number}\n{run.centre.larwmd.tail()}")
                times += [took] if took is not None else []
                tried += 1
            watch.close()
            retries = sum(unit.retries for unit in run.ledger.units)
            run.settle()
            if fired is None:
                break
            number += STEP
        run.verdict()
        TOTAL["faults"] += tried
        TOTAL["alarm_max_ms"] = max(TOTAL["alarm_max_ms"], round(1000 * max(times, default=0)))
        print(f"    EIO at {tried} calls of {call}: {retries} presses told to retry; system alarm after p50 "
              f"{statistics.median(times) if times else 0:.2f} s, max {max(times, default=0):.2f} s; "
              f"never shown {silent} times")
        expect(tried * STEP > 5, "the fault hardly ever met a call")
        expect(silent == 0, f"{silent} of {tried} errors were never shown to an operator")


def alarm_after(watch, fired):
    try:
        eventually(lambda: watch.alarm(fired, FAULT + FULL) is not None, ALARM_BOUND)
    except Failed:
        pass
    return watch.alarm(fired, FAULT + FULL)


def test_an_error_at_any_write_loses_nothing_and_is_shown():
    """REQ A24 TEST"""
    fail_each("pwrite64")


def test_an_error_at_any_sync_loses_nothing_and_is_shown():
    """REQ A24 TEST"""
    fail_each("fdatasync")


def test_no_receipt_while_every_sync_fails_and_work_goes_on_when_the_disk_is_back():
    with Run() as run:
        run.start()
        watch = Watch(run.centre.socket)
        run.ledger.ask(3)
        run.ledger.finish()
        before = run.ledger.acknowledged()
        run.faults.rule("fdatasync", fault.FAIL, errno.EIO)
        run.ledger.ask(5)
        fired = eventually(lambda: run.faults.fired_at("fdatasync"), 10, "a failed sync")
        took = alarm_after(watch, fired)
        eventually(lambda: sum(u.retries for u in run.ledger.units) > 20, 20, "units told to retry")
        expect(run.ledger.acknowledged() == before, "a positive receipt while every sync failed")
        expect(run.faults.get("broken_used") == 0, "a broken file was used again")
        expect(took is not None, "no system alarm")
        run.faults.heal("fdatasync")
        healed = time.monotonic()
        run.ledger.finish()
        back = time.monotonic() - healed
        watch.wait(lambda c: c.status.journal_ok, 20, "the alarm is over")
        TOTAL["faults"] += 1
        print(f"    system alarm after {took:.2f} s; receipts again {back:.2f} s after the disk was back")
        watch.close()
        run.settle()
        run.verdict()


def test_short_writes_are_continued():
    with Run() as run:
        rig.add_small_segment(run.centre)
        run.faults.rule("pwrite64", fault.SHORT)
        run.start()
        run.ledger.ask(20)
        run.ledger.finish()
        expect(run.faults.fired("pwrite64") > 20, "no write was shortened")
        TOTAL["faults"] += 1
        print(f"    {run.faults.fired('pwrite64')} writes shortened")
        run.settle()
        run.verdict()


def test_a_slow_disk_delays_receipts_and_is_shown_when_it_stands_still():
    """REQ A24 TEST"""
    with Run() as run:
        run.start()
        watch = Watch(run.centre.socket)
        run.ledger.ask(3)
        run.ledger.finish()
        run.faults.set("delay_us", 300_000, "fdatasync")
        unit = native.Connection(run.centre.native_port, run.ledger.units[0].tls, 9000, seconds=30)
        for sequence in range(1, 4):
            began = time.monotonic()
            unit.press(sequence)
            receipt = unit.receipt()
            expect(receipt.status == native.DURABLE, f"{receipt}")
            expect(time.monotonic() - began >= 0.29, "a receipt before the disk had answered")
        run.faults.set("delay_us", 6_000_000, "fdatasync")
        began = time.monotonic()
        unit.press(4)
        eventually(lambda: watch.alarm(began, FAULT) is not None, 30, "an alarm of a disk that stands still")
        took = watch.alarm(began, FAULT)
        run.faults.set("delay_us", 0, "fdatasync")
        expect(unit.receipt().status == native.DURABLE, "a receipt in the end")
        expect(time.monotonic() - began >= 5.9, "a receipt before the disk had answered")
        watch.wait(lambda c: c.status.journal_ok, 20, "the alarm is over")
        TOTAL["faults"] += 1
        print(f"    a disk that stood still was shown after {took:.2f} s")
        unit.close()
        watch.close()


def test_a_full_disk_is_shown_refuses_without_loss_and_recovers_without_a_restart():
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        raise runner.Skipped("no right to mount a small tmpfs")
    with Run() as run:
        journal = run.centre.dir / "journal"
        kept = run.centre.dir / "journal.kept"
        journal.rename(kept)
        journal.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", journal], check=True)
        try:
            for file in kept.glob("*.seg"):
                (journal / file.name).write_bytes(file.read_bytes())
            full_disk(run, journal)
        finally:
            run.centre.larwmd.kill()
            subprocess.run(["umount", "--lazy", journal], check=True)


def fill(path):
    """Takes every byte that is free."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while os.write(fd, bytes(4096)):
            pass
    except OSError as full:
        expect(full.errno == errno.ENOSPC, f"{full}")
    finally:
        os.close(fd)


def full_disk(run, journal):
    rig.add_small_segment(run.centre)
    (journal / "spare.seg").unlink(missing_ok=True)
    fill(journal / "ballast")
    began = time.monotonic()
    run.centre.start()
    watch = Watch(run.centre.socket)
    eventually(lambda: watch.alarm(0, FULL) is not None, 20, "a warning before the segment is full")
    warned = time.monotonic() - began
    run.ledger.ask(60)
    eventually(lambda: sum(u.retries for u in run.ledger.units) > 20, 30, "units told to retry")
    taken = sum(run.ledger.acknowledged().values())
    expect(taken > 0, "nothing was taken although the segment had room")
    watch.wait(lambda c: sum(i.press_count for i in c.incidents.values()) >= taken, 20,
               f"{taken} presses taken stay on the screen")
    (journal / "ballast").unlink()
    freed = time.monotonic()
    run.ledger.finish()
    back = time.monotonic() - freed
    watch.wait(lambda c: c.status.journal_ok and not any(
        n.kind in FULL for n in c.status.notices), 20, "the alarm is over")
    expect(run.centre.larwmd.alive(), "larwmd is the same process")
    TOTAL["faults"] += 1
    print(f"    full: warned {warned:.2f} s after exec, {taken} presses taken "
          f"until the segment's end, receipts again {back:.2f} s after there was room")
    watch.close()
    run.settle()
    run.verdict()


def test_a_disk_filled_while_the_database_was_away_empties_by_itself():
    """R0: nobody has to come and make room. The journal keeps everything while PostgreSQL is away, until
    its disk is full; units are told to retry. Once PostgreSQL has it all the centre goes on by itself."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        raise runner.Skipped("no right to mount a small tmpfs")
    with Run() as run:
        journal = run.centre.dir / "journal"
        shutil.rmtree(journal)  # a centre that begins
        journal.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", journal], check=True)
        try:
            filled_while_away(run, journal)
        finally:
            run.centre.larwmd.kill()
            subprocess.run(["umount", "--lazy", journal], check=True)


def filled_while_away(run, journal):
    run.centre.segment_mib = 1
    run.centre.start()
    watch = Watch(run.centre.socket)
    run.ledger.ask(100)
    run.ledger.finish()
    Centre.database.stop()
    away = time.monotonic()
    run.ledger.ask(1 << 20)
    eventually(lambda: sum(u.retries for u in run.ledger.units) > 20, 120, "units told to retry")
    full = time.monotonic()
    eventually(lambda: watch.alarm(away, FULL) is not None, 10, "consoles are told that the disk is full")
    taken = sum(run.ledger.acknowledged().values())
    fill(journal / "ballast")  # to the last byte, and it stays
    Centre.database.start()
    wanted = taken + 4000  # several segments more
    eventually(lambda: sum(run.ledger.acknowledged().values()) >= wanted, 60,
               "receipts again once PostgreSQL has what the journal held")
    back = time.monotonic()
    run.ledger.hold()
    run.ledger.finish()
    console = support.Console(run.centre.socket)
    run.ledger.compare_shown(console, 60)
    console.close()
    watch.close()
    run.ledger.compare_stored(120)
    expect(run.ledger.lost == 0 and run.ledger.twice == 0,
           f"{run.ledger.lost} lost, {run.ledger.twice} twice")
    TOTAL["faults"] += 1
    print(f"    filled by itself: {taken} presses taken in {full - away:.1f} s without PostgreSQL; with it "
          f"{wanted - taken} more after {back - full:.1f} s, nobody having made room")


if __name__ == "__main__":
    if os.geteuid() == 0 and "LARWM_OWN_MOUNTS" not in os.environ:
        os.environ["LARWM_OWN_MOUNTS"] = "1"
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0:
            os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    runner.main(globals(), finish)
