"""Steers larwm-faults.so (faults.c): counts, kills, errors and delays of the journal's system calls.

    faults = Faults(centre)
    centre.start(env=faults.env())
    faults.fail("fdatasync", error=errno.EIO, after=3)
"""
import errno
import mmap
import os
import pathlib
import struct

import centre as support

CALLS = ["openat", "pwrite64", "fdatasync", "fsync", "fallocate", "renameat", "unlinkat"]
PASS, FAIL, SHORT, SKIP = range(4)
RULE = ["calls", "from", "count", "action", "number", "delay_us", "fired", "fired_mono_us"]
HEAD = ["calls", "kill_at", "kill_torn", "killed_in", "broken", "broken_used"]  # both as in faults.h
LIBRARY = support.BIN / "tests/support/larwm-faults.so"


class Faults:
    """Of one centre's journal directory. The counts begin anew at each reset."""

    def __init__(self, centre):
        self.directory = centre.dir / "journal"
        self.path = centre.dir / "faults"
        self.path.write_bytes(bytes(4096))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)
        if not LIBRARY.exists():
            raise support.Failed(f"{LIBRARY} is not built")

    def env(self):
        return {"LD_PRELOAD": str(LIBRARY), "LARWM_FAULTS_FILE": str(self.path),
                "LARWM_FAULTS_DIR": str(self.directory.resolve()),
                # the sanitizer wants to be loaded first; LeakSanitizer runs at ordinary stops only
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def _at(self, call, field):
        if call is None:
            return HEAD.index(field) * 8
        return (len(HEAD) + CALLS.index(call) * len(RULE) + RULE.index(field)) * 8

    def get(self, field, call=None):
        return struct.unpack_from("=Q", self.map, self._at(call, field))[0]

    def set(self, field, value, call=None):
        struct.pack_into("=Q", self.map, self._at(call, field), value)

    def reset(self):
        self.map[:] = bytes(4096)

    def counts(self):
        return {call: self.get("calls", call) for call in CALLS}

    def kill_at(self, number, torn=False):
        """SIGKILL instead of the number-th call from the last reset on."""
        self.set("kill_torn", int(torn))
        self.set("kill_at", number)

    def killed_in(self):
        """The call that was to be killed, None when it has not come yet."""
        call = self.get("killed_in")
        return CALLS[call - 1] if call else None

    def rule(self, call, action, error=errno.EIO, after=1, count=1 << 40):
        """From the after-th next call of the kind on, `count` calls in a row."""
        self.set("from", 0, call)
        for field, value in (("action", action), ("number", error), ("count", count), ("fired", 0),
                             ("fired_mono_us", 0)):
            self.set(field, value, call)
        self.set("from", self.get("calls", call) + after, call)

    def heal(self, call):
        self.set("from", 0, call)
        self.set("delay_us", 0, call)

    def fired(self, call):
        return self.get("fired", call)

    def fired_at(self, call):
        """When the first call was touched, in seconds of time.monotonic(); None when none was."""
        at = self.get("fired_mono_us", call)
        return at / 1e6 if at else None
