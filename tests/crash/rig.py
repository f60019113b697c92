"""What the crash suites share: units with a fixed number of presses to make, and the comparison of
their record of receipts with journal, PostgreSQL and what a console is shown."""
import json
import pathlib
import re
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import pressers
from centre import Centre, Failed, eventually

UNITS = pressers.UNITS
BLOCK = 4096
SMALL_SEGMENT = 32 << 10  # the smallest there is; larwmd itself makes none below 1 MiB
TEXT = "four units with something to say fill it sooner " * 5  # of each press


class Unit(pressers.Presser):
    """Presses until `goal` presses have their receipt, then waits for a higher goal."""

    def __init__(self, centre, name, boot, pause=0.0):
        self.goal, self.pause, self.retries = 0, pause, 0
        super().__init__(centre, name, boot)

    def press_on(self, connection):
        while not self.stopping:
            if self.acknowledged >= self.goal:
                support.select_wait(0.001)
                continue
            sequence = self.acknowledged + 1
            self.again += sequence <= self.sent
            self.sent = max(self.sent, sequence)
            if self.pause:
                support.select_wait(self.pause)
            connection.press(sequence, text=TEXT)
            receipt = connection.receipt()
            if receipt.sequence != sequence:
                self.problems.append(f"{self.name_}: receipt {receipt.sequence} for {sequence}")
            elif receipt.status == pressers.native.DURABLE:
                self.acknowledged = sequence
            else:
                self.retries += 1
                support.select_wait(0.01)


class Ledger:
    """The units of a centre and everything that must hold of their presses."""

    def __init__(self, centre, names=UNITS, pause=0.0):
        self.centre = centre
        self.units = [Unit(centre, name, 1000 + n, pause) for n, name in enumerate(names)]
        self.done = {unit.name_: 0 for unit in self.units}  # presses in incidents that were closed
        self.checked = dict(self.done)  # presses that were found in the journal after a crash
        self.ahead = {unit.name_: set() for unit in self.units}
        self.looked = 0  # newest position of the journal looked at
        self.lost = self.twice = 0
        for unit in self.units:
            unit.start()

    def ask(self, presses):
        """`presses` more of each unit."""
        for unit in self.units:
            unit.goal += presses

    def hold(self):
        """No further presses but those under way."""
        for unit in self.units:
            unit.goal = max(unit.acknowledged, unit.sent)

    def satisfied(self):
        return all(unit.acknowledged >= unit.goal for unit in self.units)

    def acknowledged(self):
        return {unit.name_: unit.acknowledged for unit in self.units}

    def again(self):
        return sum(unit.again for unit in self.units)

    def problems(self):
        return [text for unit in self.units for text in unit.problems]

    def finish(self, seconds=60):
        """Every press asked for has its receipt."""
        eventually(self.satisfied, seconds,
                   "every press got its receipt in the end: " +
                   ", ".join(f"{u.name_} {u.acknowledged} of {u.goal}" for u in self.units))

    def compare_journal(self):
        """What was acknowledged since the last time stands in the journal as it lies on the disk.
        Nothing writes it and no unit is connected."""
        held, self.looked = journal_presses(self.centre, self.looked + 1)
        for unit in self.units:
            name, count = unit.name_, unit.acknowledged
            found = held.get(name, set()) | self.ahead[name]
            missing = [n for n in range(self.checked[name] + 1, count + 1) if n not in found]
            self.ahead[name] = {n for n in found if n > count}  # their receipt was under way
            if missing:
                print(f"  LOST {name}: {len(missing)} of {count} acknowledged, {missing[0]} to "
                      f"{missing[-1]}")
                self.lost += len(missing)
            self.checked[name] = count

    def compare_shown(self, console, seconds=20):
        """Every press acknowledged is shown, and none twice. Units are at rest."""
        console.wait(lambda c: c.snapshot_done, seconds)
        for unit in self.units:
            wanted = unit.acknowledged - self.done[unit.name_]
            try:
                console.wait(lambda c, n=unit.name_, k=wanted: pressers.shown_presses(c, n) >= k,
                             seconds)
            except Failed:
                pass
            shown = pressers.shown_at_rest(console, unit.name_, unit.sent - self.done[unit.name_])
            if shown < wanted:
                print(f"  LOST {unit.name_}: {shown} of {wanted} acknowledged presses shown")
                self.lost += wanted - shown
            if shown > unit.sent - self.done[unit.name_]:
                print(f"  TWICE {unit.name_}: {shown} shown, {wanted} pressed")
                self.twice += shown - wanted

    def close_all(self, console):
        pressers.close_all(console, self.done)

    def compare_stored(self, seconds=60):
        """PostgreSQL holds every press exactly once."""
        for unit in self.units:
            def stored(u=unit):
                text = self.centre.sql("select count(distinct sequence), count(*) from larwm.signal "
                                       f"where kind = 'panic' and unit = '{u.name_}'")
                return tuple(map(int, text.split("|")))
            try:
                eventually(lambda s=stored, u=unit: s()[0] >= u.acknowledged, seconds)
            except Failed:
                self.lost += unit.acknowledged - stored()[0]
                print(f"  LOST {unit.name_}: {stored()[0]} of {unit.acknowledged} in PostgreSQL")
            distinct, rows = stored()
            if rows > distinct:
                print(f"  TWICE {unit.name_}: {rows} rows of {distinct} presses in PostgreSQL")
                self.twice += rows - distinct

    def stop(self):
        for unit in self.units:
            unit.stopping = True
        for unit in self.units:
            unit.join(15)


def journal_presses(centre, first):
    """Sequences of the presses of each unit that a reader finds in the journal from a position on, and
    the newest position; changes nothing."""
    held, last = {}, first - 1
    text = centre.ctl("journal", "dump", centre.dir / "journal", "--json", "--from", first,
                      check=False).stdout
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        record = json.loads(line)
        if record.get("acknowledged", True):
            last = max(last, int(record["pos"]))
        if record.get("type") == "SIGNAL" and "unit" in record and record.get("acknowledged", True):
            held.setdefault(record["unit"], set()).add(int(record["sequence"]))
    return held, last


def without_fsync():
    """The run's PostgreSQL without fsync: what a killed process has written stays with the kernel, and
    the disk whose faults are the test is the journal's."""
    if Centre.database is None:
        Centre.database = support.Database()
    Centre.database.sql("alter system set fsync = off")
    Centre.database.sql("select pg_reload_conf()")


def journal_last(centre):
    """The newest position of a journal nobody writes, which must be whole."""
    done = centre.ctl("journal", "verify", centre.dir / "journal", check=False)
    found = re.search(r"positions \d+ to (\d+)", done.stdout)
    if not found or "DAMAGED" in done.stdout:
        raise Failed(f"journal verify:\n{done.stdout}{done.stderr}")
    return int(found[1])


def _crc32c_table():
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table


_TABLE = _crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def add_small_segment(centre, size=SMALL_SEGMENT):
    """An empty segment of the smallest size behind a journal that was closed cleanly, so that a few
    presses fill it and the daemon has to go on to the next (docs/journal-format.md)."""
    last = journal_last(centre)
    header = b"LARWMJNL" + struct.pack("<IIQQqQQQ", 1, 1, last + 1, last, 0, size, last * 7919 + 1, last)
    header = header.ljust(BLOCK - 4, b"\0")
    header += struct.pack("<I", crc32c(header))
    path = centre.dir / "journal" / f"journal-{last + 1:016x}.seg"
    path.write_bytes(header + bytes(size - 2 * BLOCK) + header)
    path.chmod(0o600)
    return path
