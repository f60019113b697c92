"""What is measured: each part runs its variants one after another within a round."""
import re
import subprocess
import time

import centre as support
from centre import Centre, Failed

from . import machine
from .load import Generator, GENERATOR, measured
from .servers import (Bare, BareAnonymous, BareDurable, BareKept, Haproxy, Hitch, Larwmd, Mosquitto,
                      MosquittoDelivering, Nginx, Redis)


def _run(context, server, scenario, *arguments):
    """One run of a server that is up; larwmd's recorder is watched, too."""
    watched = isinstance(server, Larwmd) and scenario == "load"
    before = server.counters() if watched else {}
    result = measured(context, server, scenario, *arguments)
    if watched:
        after = server.counters()
        moved = {name: after[name] - before.get(name, 0) for name in ("signals", "joined_unasked")}
        result["unasked"] = moved["joined_unasked"] / max(1, moved["signals"])
        result["recorder_lag"] = server.answered - server.stored()
        result["recorder_drain_s"] = server.drain(1200)
    return result


class Part:
    """Variants that take turns; each returns a result of its round."""

    name, title = "", ""
    servers = ()

    def variants(self, context):
        chosen = [s for s in self.servers if context.wants(s)]
        return {s.name: (lambda s=s: self.run(context, s)) for s in chosen}

    def run(self, context, kind):
        with context.open(kind) as server:
            return self.measure(context, server)

    def measure(self, context, server):
        raise NotImplementedError


class Receipts(Part):
    name, title = "receipts", "requests, closed loop"
    servers = (Bare, BareDurable, Larwmd, Redis, Mosquitto, MosquittoDelivering)
    ratios = (("larwmd", "bare echo", "rate", 0.75, "at least"),
              ("larwmd", "bare durable", "rate", None, ""),
              ("larwmd", "mosquitto delivering", "rate", 1.3, "at least"),
              ("larwmd", "mosquitto", "rate", None, ""),
              ("larwmd", "redis", "rate", 1.0, "at least"),
              ("larwmd", "bare echo", "cpu_us_each", 1.8, "at most"))

    def measure(self, context, server):
        return _run(context, server, "load", "--links", context.sessions, "--seconds",
                    context.seconds, "--window", context.window, "--threads", context.threads)


class Latency(Part):
    name, title = "latency", "request to answer, open loop"
    servers = (Bare, BareDurable, Larwmd, Redis, Mosquitto)
    ratios = (("larwmd", "bare durable", "p50", 1.5, "at most"),
              ("larwmd", "bare durable", "p99", 1.5, "at most"))

    def measure(self, context, server):
        result = _run(context, server, "load", "--links", context.sessions, "--seconds",
                      min(context.seconds, 10), "--rate", context.rate)
        result["p50"], result["p99"] = (result["histogram"][k] for k in ("p50", "p99"))
        return result


class Handshakes(Part):
    name, title = "handshakes", "handshakes a second of one server core"
    servers = (Bare, Larwmd, Haproxy, Nginx, Hitch, Mosquitto)
    resume = False
    ratios = (("larwmd", "bare echo", "each_core_s", 0.9, "at least"),)

    def measure(self, context, server):
        resume = ["--resume"] if self.resume else []
        result = _run(context, server, "handshakes", "--links", min(64, context.sessions),
                      "--seconds", min(context.seconds, 10), "--in-progress", 16, *resume)
        done = result["answered"]
        if self.resume and result["resumed"] < done * 0.99:
            raise Failed(f"{server.name}: {result['resumed']} of {done} handshakes by ticket")
        if not self.resume and result["resumed"]:
            raise Failed(f"{server.name}: {result['resumed']} handshakes by ticket, none asked")
        result["each_core_s"] = done / result["cpu_s"] if result["cpu_s"] > 0 else 0
        return result


class Resumptions(Handshakes):
    name, title = "resumptions", "resumptions by ticket a second of one server core"
    resume = True
    # mosquitto gives no tickets to clients with certificates
    servers = (Bare, Larwmd, Haproxy, Nginx, Hitch)


class Memory(Part):
    name, title = "memory", "resident memory of an idle session, KiB"
    servers = (Bare, BareKept, BareAnonymous, Larwmd, Haproxy, Nginx, Hitch, Mosquitto)
    ratios = (("larwmd", "bare echo", "gentle_kib", 1.1, "at most"),
              # the bare server keeps what its handshakes took; ours is held to its gentle figure
              ("larwmd", "bare echo", "storm_kib/gentle_kib", 1.1, "at most"),
              ("larwmd", "bare echo", "storm_kib", None, ""),
              ("larwmd", "mosquitto", "gentle_kib", 1.0, "below"),
              ("larwmd", "haproxy", "gentle_kib", 1.0, "below"),
              ("larwmd", "nginx stream", "gentle_kib", 1.0, "below"),
              ("larwmd", "hitch", "gentle_kib", 1.0, "below"),
              ("larwmd", "mosquitto", "storm_kib", 1.0, "below"),
              ("larwmd", "haproxy", "storm_kib", 1.0, "below"),
              ("larwmd", "nginx stream", "storm_kib", 1.0, "below"),
              ("larwmd", "hitch", "storm_kib", 1.0, "below"))

    def run(self, context, kind):
        result = {"kept": True}  # memory does not depend on who else computes
        for case, at_once in (("gentle", 64), ("storm", min(4000, context.idle))):
            with context.open(kind) as server:
                if isinstance(server, Larwmd):
                    server.restart()
                result.update(self.hold(context, server, case, at_once))
        return result

    def hold(self, context, server, case, at_once):
        count = min(context.idle, server.sessions_max())
        self.warm(context, server)
        before, slab = server.resident_kib(), machine.slab_kib()
        with Generator(context, "hold", server, "--links", count, "--in-progress",
                       at_once) as generator:
            generator.expect("up")
            at_first = server.resident_kib()
            settled = self.settle(server, context.settle)
            kernel = machine.slab_kib() - slab
            generator.say("touch")
            touched = generator.expect("touched")
            if touched["links"] != count:
                raise Failed(f"{server.name}: {touched['links']} of {count} sessions are left")
            after = server.resident_kib()
            client = machine.resident_kib([generator.pid])
            generator.end()
            generator.expect("done")
        return {"sessions": count, f"{case}_kib": (settled - before) / count,
                f"{case}_at_first_kib": (at_first - before) / count,
                f"{case}_touched_kib": (after - before) / count,
                f"{case}_kernel_both_ends_kib": kernel / count,
                f"{case}_client_kib": client / count}

    @staticmethod
    def warm(context, server):
        """What the first session of a server costs once is not a session's."""
        with Generator(context, "hold", server, "--links", 8) as generator:
            generator.expect("up")
            generator.end()
            generator.expect("done")

    @staticmethod
    def settle(server, seconds):
        """The least of the seconds in which a server may give memory back; over when it has not
        come down for half of them."""
        deadline = time.monotonic() + seconds
        least, since = server.resident_kib(), time.monotonic()
        while time.monotonic() < deadline and time.monotonic() - since < seconds / 2:
            time.sleep(0.5)
            now = server.resident_kib()
            if now < least:
                least, since = now, time.monotonic()
        return least


class Disk(Part):
    name, title = "disk", "append and fdatasync alone"
    ratios = ()

    def variants(self, context):
        return {f"{batch} a sync": lambda b=batch: self.commit(context, b) for batch in (1, 64, 512)}

    @staticmethod
    def commit(context, batch):
        directory = context.place.fresh("disk")
        watch = machine.Watch([])
        done = subprocess.run([str(GENERATOR), "disk", "--dir", str(directory), "--size", "64",
                               "--batch", str(batch), "--seconds", str(min(context.seconds, 3))],
                              capture_output=True, text=True, check=True, timeout=60)
        result = support.json.loads(done.stdout)
        result.update(watch.stop())
        result["kept"] = result["foreign"] + result["steal"] <= context.reject
        return result


class Database(Part):
    name, title = "database", "rows a second into PostgreSQL, one connection"
    ratios = ()
    INSERT = "insert into compare_row (unit, body) values (:unit, 'press');\n"

    def variants(self, context):
        return {"one row a commit": lambda: self.pgbench(context, 1),
                "256 pipelined a commit": lambda: self.pgbench(context, 256)}

    def pgbench(self, context, rows):
        database = context.database()
        script = context.place.dir / f"insert-{rows}.sql"
        body = self.INSERT if rows == 1 else \
            "\\startpipeline\nbegin;\n" + self.INSERT * rows + "commit;\n\\endpipeline\n"
        script.write_text("\\set unit random(1, 1000000)\n" + body)
        script.chmod(0o644)
        Centre.database.sql("truncate compare_row", database)
        postgres = [Centre.database.pids()]
        watch = machine.Watch(postgres)
        before = machine.cpu_s(machine.family(postgres))
        done = subprocess.run(["pgbench", "-n", "-M", "prepared" if rows == 1 else "extended", "-c",
                               "1", "-T", str(max(1, int(min(context.seconds, 5)))), "-f", script],
                              env=Centre.database.env(database), capture_output=True, text=True,
                              timeout=120)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if not found:
            raise Failed(f"pgbench: {done.stderr}")
        result = {"rate": float(found.group(1)) * rows, **watch.stop()}
        result["kept"] = result["foreign"] + result["steal"] <= context.reject
        result["cpu_s"] = machine.cpu_s(machine.family(postgres)) - before
        return result


ALL = [Disk(), Database(), Latency(), Receipts(), Handshakes(), Resumptions(), Memory()]
