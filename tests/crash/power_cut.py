#!/usr/bin/env python3
"""The power of the journal's disk cut under load: nothing acknowledged is lost.

    tests/crash/power_cut.py [--cycles N] [--seed N] [--control N]

The journal lies on ext4 on a loop device on a disk with a volatile write cache: nbdkit keeps every
write in memory until it is told to flush. kill -9 of nbdkit throws away what was not flushed, as a
power cut does. Then the daemon is killed, the file system checked and mounted again, and the units'
record of receipts compared with the journal, before the daemon starts again and a console is looked at.

The control: the same with a daemon whose fdatasync does nothing (larwm-faults). It must lose receipts,
or this rig proves nothing. Reliability row 2 TEST
"""
import argparse
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import faults as fault
import rig
from centre import Centre, Failed, eventually
from promise import promise, spread_ms

NEEDED = ["nbdkit", "nbdfuse", "losetup", "mkfs.ext4", "e2fsck", "mount", "umount", "unshare"]


def lacking():
    """What this machine lacks, or None."""
    for program in NEEDED:
        if not shutil.which(program):
            return f"{program} is not installed"
    for device in ("/dev/loop-control", "/dev/fuse"):
        if not os.access(device, os.R_OK | os.W_OK):
            return f"{device} cannot be used"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        return "no right to mount"
    return None


def do(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout.strip()


class Disk:
    """ext4 on a loop device on a disk whose cache a power cut empties."""

    def __init__(self, mounted, megabytes=256):
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="larwm-disk-", dir=memory))
        self.image, self.socket = self.dir / "disk.raw", self.dir / "nbd"
        self.mounted, self.server, self.fuse, self.device = mounted, None, None, None
        (self.dir / "fuse").mkdir()
        mounted.mkdir(exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        do("mkfs.ext4", "-q", "-F", self.image)

    def power_on(self):
        """Brings the disk up, checks the file system and mounts it."""
        self.socket.unlink(missing_ok=True)
        self.server = subprocess.Popen(
            ["nbdkit", "-f", "-U", str(self.socket), "--filter=cache", "file", str(self.image),
             "cache=writeback"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self.socket.exists, 10, "nbdkit listens", most=0.005)
        disk = self.dir / "fuse" / "disk"
        self.fuse = subprocess.Popen(["nbdfuse", str(disk), "--unix", str(self.socket)],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(disk.exists, 10, "nbdfuse shows the disk", most=0.005)
        self.device = do("losetup", "--find", "--show", "--direct-io=on", disk)
        check = subprocess.run(["e2fsck", "-fy", self.device], capture_output=True, text=True)
        if check.returncode > 2:
            raise Failed(f"e2fsck: {check.stdout}{check.stderr}")
        do("mount", "-t", "ext4", self.device, self.mounted)
        do("losetup", "-d", self.device)  # goes by itself when it is unmounted

    def cut(self):
        self.server.kill()
        self.server.wait()

    def put_away(self):
        """After the cut, once nobody uses the files."""
        if self.device is not None:
            do("umount", self.mounted)
            self.device = None
        if self.fuse is not None:
            self.server.kill()
            self.server.wait()
            subprocess.run(["umount", "--lazy", str(self.dir / "fuse")], capture_output=True)
            self.fuse.kill()
            self.fuse.wait()
            self.fuse = None

    def close(self):
        self.put_away()
        shutil.rmtree(self.dir, ignore_errors=True)


def cycle(centre, disk, ledger, chance, start, figures):
    """A look at a console, a power cut under load, a look at the journal. The disk is on and the daemon
    is not running, before and after."""
    figures.append(start())
    console = support.Console(centre.socket)
    console.wait(lambda c: c.snapshot_done, 20)
    ledger.ask(1)
    ledger.finish()  # presses that were under way when the power went
    ledger.compare_shown(console)
    ledger.close_all(console)
    console.close()
    ledger.ask(1 << 20)
    support.select_wait(chance.uniform(0.02, 0.3))
    disk.cut()
    support.select_wait(chance.choice([0, 0.005, 0.05]))
    centre.larwmd.kill()
    ledger.hold()
    disk.put_away()
    disk.power_on()
    ledger.compare_journal()


def campaign(options, cycles, lying):
    """Power cuts in a row. `lying`: with a disk whose sync does nothing."""
    chance = random.Random(options.seed)
    figures, began, cuts = [], time.monotonic(), 0
    with Centre() as centre:
        centre.certify(*rig.UNITS)
        disk = Disk(centre.dir / "journal")
        ledger = rig.Ledger(centre)
        faults = fault.Faults(centre)

        def start():
            faults.reset()
            if lying:
                faults.rule("fdatasync", fault.SKIP)
            return centre.start(env=faults.env() if lying else None)
        try:
            disk.power_on()
            for _ in range(cycles):
                cycle(centre, disk, ledger, chance, start, figures)
                cuts += 1
                if cuts % 100 == 0:
                    print(f"  {cuts} power cuts in {time.monotonic() - began:.0f} s", flush=True)
                if ledger.lost:
                    break
            if not lying and not ledger.lost:
                figures.append(start())
                ledger.finish()
                ledger.compare_stored()
                centre.larwmd.stop()
        finally:
            ledger.stop()
            centre.larwmd.kill()
            disk.close()
        total = sum(ledger.acknowledged().values())
    print(f"  {'control, fdatasync does nothing' if lying else 'as it is'}: {cuts} power cuts"
          f", {total} presses acknowledged, {ledger.again()} sent again, {ledger.lost} lost, "
          f"{ledger.twice} shown or stored twice; {time.monotonic() - began:.0f} s")
    for problem in ledger.problems():
        print(f"  problem: {problem}")
    ledger.cuts, ledger.presses, ledger.starts = cuts, total, spread_ms(figures)
    return ledger


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=30)
    parser.add_argument("--control", type=int, default=3, help="most cycles of the control; 0: none")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    lack = lacking()
    if lack:
        print(f"  skipped: {lack}\npower_cut: 0 passed, 0 failed, 1 skipped")
        sys.exit(77)
    if "LARWM_POWER_CUT" not in os.environ:  # mounts of its own, gone when the test is
        os.environ["LARWM_POWER_CUT"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # puts the disk away
    print(f"power cut: {options.cycles} cycles, seed {options.seed}", flush=True)
    passed = failed = 0
    try:
        rig.without_fsync()
        ledger = campaign(options, options.cycles, False)
        good = not ledger.lost and not ledger.twice and not ledger.problems()
        passed, failed = (options.cycles, 0) if good else (0, 1)
        promise("power-cut", "the power of the journal's disk", ledger.cuts, ledger.lost, ledger.twice,
                presses=ledger.presses, accepting_p50_ms=ledger.starts[0], seed=options.seed)
        if options.control:
            control = campaign(options, options.control, True)
            print("promise: power-cut | the control, whose fdatasync does nothing and which must lose | "
                  f"cycles={control.cuts} | lost_as_it_must={control.lost} | broken={int(control.lost == 0)}")
            if control.lost == 0:
                print("  the control lost nothing: this rig proves nothing here")
            passed, failed = passed + (control.lost > 0), failed + (control.lost == 0)
    finally:
        support.close_shared()
    print(f"power_cut: {passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
