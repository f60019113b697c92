"""The comparison after a kill: the senders' receipts against the journal as it lies on the disk,
PostgreSQL and what a console is shown. Every step looks at what is new only, so that a campaign of any
length costs the same for each cycle."""
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import pressers
from centre import Failed, eventually

PATIENCE = 30  # seconds for a console or PostgreSQL to have everything


class Sql:
    """One psql that stays; comes back by itself when PostgreSQL was away."""

    END = "-- end of answer --"

    def __init__(self, centre):
        self.env = support.Centre.database.env(centre.db)
        self.psql, self.again = None, 0.0

    def ask(self, query):
        """The answer's lines, None when PostgreSQL is not there."""
        if self.psql is None or self.psql.poll() is not None:
            if time.monotonic() < self.again:
                return None
            self.close()
            self.psql = subprocess.Popen(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], env=self.env,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True)
        try:
            self.psql.stdin.write(f"{query};\n\\echo {self.END}\n")
            self.psql.stdin.flush()
        except OSError:
            return self.close()
        lines = []
        for line in self.psql.stdout:
            if line.rstrip("\n") == self.END:
                return lines
            lines.append(line.rstrip("\n"))
        return self.close()

    def close(self):
        self.again = time.monotonic() + 0.1  # PostgreSQL is away: not at once
        if self.psql is not None:
            self.psql.kill()
            self.psql.wait()
            self.psql.stdout.close()
            try:
                self.psql.stdin.close()
            except OSError:
                pass
            self.psql = None


class Line:
    """Which presses were met, numbered from 1: all up to `low` and those in `ahead`."""

    def __init__(self):
        self.low, self.ahead = 0, set()

    def meet(self, press):
        """False: it was met before."""
        if press <= self.low or press in self.ahead:
            return False
        self.ahead.add(press)
        while self.low + 1 in self.ahead:
            self.low += 1
            self.ahead.remove(self.low)
        return True

    def missing(self, upto):
        return [n for n in range(self.low + 1, upto + 1) if n not in self.ahead]


class Books:
    def __init__(self, centre, senders):
        self.centre, self.sql = centre, Sql(centre)
        self.senders = {sender.name_: sender for sender in senders}
        self.journal = {name: Line() for name in self.senders}
        self.stored = {name: Line() for name in self.senders}
        self.done = dict.fromkeys(self.senders, 0)  # presses in incidents that were closed
        self.journal_pos = self.stored_pos = 0  # looked at so far
        self.rows = self.closings = self.copies = 0
        self.lost = self.twice = 0
        self.new_again = dict.fromkeys(self.senders, 0)  # panels' copies that counted as presses

    def acknowledged(self):
        return {name: sender.acknowledged for name, sender in self.senders.items()}

    def missed(self, where, name, missing):
        print(f"  LOST {name}: {len(missing)} acknowledged presses are not {where}, {missing[0]} to "
              f"{missing[-1]}", flush=True)
        self.lost += len(missing)

    def again(self, where, name, count, what):
        print(f"  TWICE {name}: {count} {where}: {what}", flush=True)
        self.twice += count

    # ---- the journal

    def compare_journal(self, acknowledged=None):
        """Every press acknowledged stands in the journal; the daemon is dead, or `acknowledged` is of
        before this look."""
        done = subprocess.run(
            [support.BIN / "src/tools/larwmctl", "journal", "dump", self.centre.dir / "journal", "--json",
             "--from", str(self.journal_pos + 1)], capture_output=True, text=True, timeout=60)
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                self.take_record(json.loads(line))
        for name, count in (acknowledged or self.acknowledged()).items():
            missing = self.journal[name].missing(count)
            if missing:
                self.missed("in the journal", name, missing)

    def take_record(self, record):
        if not record.get("acknowledged", True):
            return
        self.journal_pos = max(self.journal_pos, int(record["pos"]))
        name = record.get("unit")
        if record["type"] == "SIGNAL" and name in self.journal:
            line = self.journal[name]
            line.meet(self.senders[name].number(int(record["sequence"]), line.low + 1))

    # ---- PostgreSQL

    def look_at_rows(self):
        """Takes the rows that are new. False: PostgreSQL is away."""
        rows = self.sql.ask("select pos, unit, sequence from larwm.signal where node = 1 "
                            f"and kind = 'panic' and pos > {self.stored_pos} order by pos")
        for row in rows or []:
            pos, name, sequence = row.split("|")
            self.stored_pos, self.rows = int(pos), self.rows + 1
            line = self.stored.get(name)
            if line and not line.meet(self.senders[name].number(int(sequence), line.low + 1)):
                self.take_second_row(name, sequence)
        return rows is not None

    def take_second_row(self, name, sequence):
        """REQ A24: in doubt a panel's copy is new, but once for each closing at most (decision 0009)."""
        self.new_again[name] += 1
        if name not in pressers.PANELS or self.new_again[name] > self.closings:
            self.again("stored", name, 1, f"sequence {sequence}")

    def compare_stored(self, acknowledged, seconds=PATIENCE):
        """PostgreSQL comes to hold every press acknowledged, each once."""
        def there():
            return self.look_at_rows() and not any(
                self.stored[name].low < count for name, count in acknowledged.items())
        try:
            eventually(there, seconds, most=0.01)
        except Failed:
            for name, count in acknowledged.items():
                missing = self.stored[name].missing(count)
                if missing:
                    self.missed("in PostgreSQL", name, missing)

    # ---- a console

    def compare_shown(self, console, acknowledged, seconds=PATIENCE):
        """A console comes to show every press acknowledged, and none twice. Returns when it did."""
        for name, count in acknowledged.items():
            wanted = count - self.done[name]
            try:
                console.wait(lambda c, n=name, k=wanted: c.snapshot_done and
                             pressers.shown_presses(c, n) >= k, seconds)
            except Failed:
                shown = pressers.shown_presses(console, name)
                self.missed("shown", name, list(range(shown + 1, wanted + 1)))
        full = time.monotonic()
        for name, sender in self.senders.items():
            most = sender.sent + (self.closings if name in pressers.PANELS else 0)
            shown = pressers.shown_at_rest(console, name, most - self.done[name]) + self.done[name]
            if shown > most:
                self.again("shown", name, shown - most, f"{shown} shown, {sender.sent} sent")
        return full

    def close_all(self, console, rest):
        """With all senders at rest, or with new incidents that overlap with those being closed."""
        for sender in self.senders.values():
            sender.holding = rest
        eventually(lambda: all(s.resting == rest for s in self.senders.values()), PATIENCE,
                   "senders at rest", most=0.005)
        self.compare_shown(console, self.acknowledged())
        pressers.close_all(console, self.done)
        self.closings += 1
        for sender in self.senders.values():
            sender.holding = False
