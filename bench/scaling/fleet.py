"""A centre with a registered fleet, and larwm-bench against it."""
import contextlib
import itertools
import json
import subprocess
import threading
import time

import centre as support
from centre import Centre, Console, Failed, console_pb2, eventually, words
from comparing import machine
from comparing.servers import HOME, BenchCentre

BENCH = support.BIN / "bench/larwm-bench"
REGISTER_AT_ONCE = 500  # a command line has its limits
SAMPLE_S = 0.1
TRIES = 3  # of a run that others disturbed


class Readings(Console):
    """The daemon's counters, asked for as larwmctl does."""

    def __init__(self, path):
        self.counters = {}
        super().__init__(path, "fleet", words.ROLE_TOOL, on_duty=False, watch=False)

    def _take(self, frame):
        if frame.WhichOneof("body") == "counters":
            found = {c.name: c.value for c in frame.counters.counters}
            self.counters[frame.counters.ref] = (time.monotonic(), found)
        else:
            super()._take(frame)

    def read(self):
        """Time and counters."""
        self.ref += 1
        ref = self.ref
        frame = console_pb2.ClientFrame(ref=ref)
        frame.counters.SetInParent()
        self.send(frame)
        return self.wait(lambda c: c.counters.pop(ref, None), 60, "counters")


class Sampler:
    """Reads the counters again and again while a run goes on."""

    def __init__(self, readings):
        self.readings, self.samples = readings, []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        with contextlib.suppress(Failed, OSError):
            while True:
                self.samples.append(self.readings.read())
                if self.over.wait(SAMPLE_S):
                    return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Fleet:
    """Units BENCH-0.. with keys in one bundle; the first `homes` of them have a case and a home."""

    seeds = itertools.count(1)  # a run of its own: no two send the same signal

    def __init__(self, asked, units, homes, ask_again_ms=0, wrap=(), start_s=60):
        """`ask_again_ms` 0: every press asks whose it is, however soon it follows another of its unit."""
        self.asked, self.units, self.homes, self.ask_again_ms = asked, units, homes, ask_again_ms
        self.receipts = self.sent = 0  # of all runs
        self.tries = TRIES if asked.patience else 1
        self.centre = BenchCentre(log_level="error", policy={"ask_again_ms": ask_again_ms})
        try:
            self.bundle = self.centre.dir / "units.pem"
            self._enrol()
            self.centre.start(start_s, wrap)
            console = self.centre.console()
            console.wait(lambda c: c.status and c.status.database_up, 30, "database up")
            console.close()
            self.readings = Readings(self.centre.socket)
            self.centre.closers.append(self.readings.close)
        except BaseException:
            self.close()
            raise

    def _enrol(self):
        marks = subprocess.run(
            [str(BENCH), "enrol", "--pki", str(self.centre.pki), "--generate", str(self.units),
             "--bundle", str(self.bundle)], check=True, capture_output=True, text=True).stdout.split()[1::2]
        for first in range(0, self.units, REGISTER_AT_ONCE):
            some = marks[first:first + REGISTER_AT_ONCE]
            texts = "','".join(some)
            self.centre.sql(
                f"do $$ declare marks text[] := array['{texts}']; name text; begin "
                f"for n in {first}..{first + len(some) - 1} loop name := 'BENCH-' || n; "
                f"perform larwm.unit_add(name, 'dc09-panel'); "
                f"perform larwm.credential_add(name, 'tls_key', decode(marks[n - {first - 1}], 'hex')); "
                f"if n < {self.homes} then {HOME} end if; end loop; end $$")
        self.centre.sql("analyze")

    def slices(self, sizes):
        """Files with the keys of so many units each, one after another."""
        paths = []
        with open(self.bundle) as whole:
            for number, size in enumerate(sizes):
                paths.append(self.centre.dir / f"units-{number}.pem")
                with open(paths[-1], "w") as part:
                    while size > 0:
                        line = whole.readline()
                        part.write(line)
                        size -= line.startswith("-----END CERTIFICATE")
        return paths

    def arguments(self, scenario, units, *arguments, bundle=None, pids=()):
        pids = [self.centre.larwmd.pid, Centre.database.pids(), *pids]
        return [str(BENCH), scenario, "--port", str(self.centre.native_port), "--pki",
                str(self.centre.pki), "--bundle", str(bundle or self.bundle), "--generate", str(units),
                "--socket", str(self.centre.socket), "--sources", "64", "--seed", str(next(self.seeds)),
                *itertools.chain.from_iterable(("--pid", str(pid)) for pid in pids),
                *map(str, arguments)]

    def run(self, *arguments, **others):
        """One whole run of larwm-bench, again when others disturbed it: the last, kept or not."""
        for _ in range(self.tries):
            result = self.run_once(*arguments, **others)
            if result["kept"]:
                break
        return result

    def run_once(self, scenario, units, *arguments, whole=True, **others):
        """`whole`: nothing may be missing in it."""
        if self.asked.patience > 0:
            machine.wait_quiet(self.asked.reject, self.asked.patience)
        done = subprocess.run(
            ["setpriv", "--pdeathsig", "KILL",
             *self.arguments(scenario, units, "--json", *arguments, **others)],
            capture_output=True, text=True, timeout=1800)
        try:
            result = json.loads(done.stdout)
        except ValueError:
            raise Failed(f"larwm-bench {scenario}: {done.returncode}\n{done.stdout}{done.stderr}"
                         f"{self.centre.larwmd.tail()}") from None
        figures, unasked = result["figures"], result["counters"].get("joined_unasked", 0)
        if self.ask_again_ms == 0 and unasked:
            raise Failed(f"{unasked:,} presses joined unasked: the centre does not ask about each")
        self.receipts += int(figures["receipts"])
        self.sent += int(figures["receipts"] + figures["lost"] + figures["retry"])
        result["whole"] = done.returncode == 0
        result["kept"] = result["foreign_share"] <= self.asked.reject
        if whole and not result["whole"]:
            raise Failed(f"larwm-bench {scenario}: {figures['lost']:.0f} of {figures['presses']:.0f} presses "
                         f"without receipt, {figures['shown']:.0f} shown, {figures['not_sent']:.0f} not sent"
                         f"\n{done.stderr}{self.centre.larwmd.tail()}")
        return result

    def backends_s(self):
        """CPU seconds of larwmd's connections in PostgreSQL by their name, and of the log's writers."""
        lines = self.centre.sql(
            "select pid, case when usename = 'larwmd' then application_name else backend_type end "
            "from pg_stat_activity where usename = 'larwmd' and datname = current_database() "
            "or backend_type in ('walwriter', 'checkpointer')").splitlines()
        found = {}
        for pid, name in (line.split("|") for line in lines):
            found[name] = found.get(name, 0) + machine.cpu_s([int(pid)])
        return found

    def drain(self, seconds=600):
        """Until PostgreSQL has every signal that had its receipt and the recorder has nothing left;
        the seconds that took."""
        began = time.monotonic()

        def is_level():
            if not self.centre.larwmd.alive():
                raise Failed("larwmd ended:\n" + self.centre.larwmd.tail())
            counters = self.readings.read()[1]
            # counters begin anew with a daemon, and what it replays counts, too
            level = counters["recorded"] >= counters["journal_records"]
            return level and self.centre.stored() >= self.receipts
        eventually(is_level, seconds,
                   f"the recorder has nothing left and {self.receipts:,} receipts their row")
        took = time.monotonic() - began
        stored = self.centre.stored()
        if not self.receipts <= stored <= self.sent:
            raise Failed(f"{stored:,} signals in PostgreSQL, {self.receipts:,} receipts, {self.sent:,} sent")
        return took

    def close(self):
        self.centre.close()
