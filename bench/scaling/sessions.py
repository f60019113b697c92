"""Sessions: as many as one process may hold; and what one costs as they grow in number."""
import json
import re
import resource
import subprocess
import threading

import centre as support
from centre import Failed, eventually
from comparing import machine

from .fleet import BENCH

FILES_HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
FILES_SHARE = 0.9  # of the limit: the rest is for files, consoles, PostgreSQL, and what comes back
SESSIONS_MAX = 100_000


def allowed():
    """Sessions of the goal: what the hard limit of open files lets one process hold, 100,000 at most."""
    return min(SESSIONS_MAX, int(FILES_HARD * FILES_SHARE))


class Holder:
    """larwm-bench fleet: units that stay connected, in a process of their own."""

    def __init__(self, fleet, units, bundle, heartbeat_s):
        self.units, self.lines = units, []
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL",
             *fleet.arguments("fleet", units, "--heartbeat", heartbeat_s, bundle=bundle)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise Failed("larwm-bench fleet ended: " + "".join(self.lines))
            return any("all ready" in line for line in self.lines)
        eventually(ready, 900, f"{self.units:,} units are connected", most=0.1)

    def end(self):
        """What it says of its units at the end."""
        ended = self.process.poll()
        self.process.terminate()
        self.process.wait(120)
        self.reader.join()
        if ended is not None or self.process.returncode != 0:
            raise Failed(f"larwm-bench fleet ended before it was told to: {''.join(self.lines)}")
        return json.loads(self.lines[-1])

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def files_of(pid):
    limits = (support.pathlib.Path("/proc") / str(pid) / "limits").read_text()
    return int(re.search(r"Max open files\s+(\d+)", limits).group(1))


class Held:
    name = "held"
    title = "sessions held at once, heartbeating, with presses flowing"

    def __init__(self, asked):
        self.asked = asked

    def units(self):
        return self.asked.held, self.pressing()

    def pressing(self):
        return max(1, min(1000, self.asked.held // 10))

    def round(self, fleet):
        asked, pressing = self.asked, self.pressing()
        count, rest = asked.processes, asked.held - pressing
        sizes = [pressing, *(rest // count + (i < rest % count) for i in range(count))]
        bundles = fleet.slices(sizes)
        fleet.centre.restart()
        fleet.readings.close()
        fleet.readings.open()
        larwmd = [fleet.centre.larwmd.pid]
        before, slab = machine.resident_kib(larwmd), machine.slab_kib()
        holders = []
        try:
            for size, bundle in zip(sizes[1:], bundles[1:]):
                holders.append(Holder(fleet, size, bundle, asked.heartbeat_s))
            for holder in holders:
                holder.wait_ready()
            pids = [holder.process.pid for holder in holders]
            held_kib, held_slab = machine.resident_kib(larwmd), machine.slab_kib()
            clients_kib = machine.resident_kib(pids)
            run = fleet.run("steady", pressing, "--rate", asked.held_rate, "--seconds", asked.seconds,
                            "--heartbeat", asked.heartbeat_s, bundle=bundles[0], pids=pids)
            ends = [holder.end() for holder in holders]
        finally:
            for holder in holders:
                holder.close()
        fleet.drain()
        ready = sum(end["ready"] for end in ends)
        if ready != rest:
            raise Failed(f"{ready:,} of {rest:,} sessions were up at the end")
        counters, figures = run["counters"], run["figures"]
        return {"sessions": asked.held, "processes": count + 1, "files_allowed": files_of(larwmd[0]),
                "lost_sessions": sum(end["welcomes"] - end["units"] for end in ends),
                "heartbeats_per_s": counters.get("heartbeats", 0) / run["seconds"],
                "presses": figures["presses"], "receipts": figures["receipts"],
                "receipt_p99": run["rows"]["press to receipt"]["p99"],
                "delta_p99": run["rows"]["press to console delta"]["p99"],
                "server_mib": held_kib / 1024, "server_kib_each": (held_kib - before) / rest,
                "clients_mib": clients_kib / 1024, "clients_kib_each": clients_kib / rest,
                "kernel_mib": (held_slab - slab) / 1024, "kernel_kib_each": (held_slab - slab) / rest,
                "server_cores": run["processes"]["larwmd"]["cpu_us"] / run["seconds"] / 1e6,
                "foreign": run["foreign_share"], "kept": run["kept"]}


class Growth:
    name = "growth"
    title = "what a heartbeat costs as the fleet grows, the same number a second in all"

    def __init__(self, asked):
        self.asked, self.turn = asked, 0

    def units(self):
        return max(self.asked.sizes), self.asked.growth_pressing

    def round(self, fleet):
        """One run of each size, each round beginning with another."""
        asked, found = self.asked, {}
        sizes = asked.sizes[self.turn % len(asked.sizes):] + asked.sizes[:self.turn % len(asked.sizes)]
        self.turn += 1
        for size in sizes:
            found[size] = self.measure(fleet, size)
        first, last = (found[size] for size in (min(sizes), max(sizes)))
        grown = {f"grown_{key}": last[key] / max(1e-9, first[key]) for key in ("intake_us", "receipt_p99")}
        wheels = {units: self.wheel(units) for units in asked.wheels}
        least, most = (wheels[units]["cpu_us_each"] for units in (min(wheels), max(wheels)))
        return {**{f"{key}_{size}": value for size, one in found.items() for key, value in one.items()},
                **grown, **{f"wheel_us_{units}": one["cpu_us_each"] for units, one in wheels.items()},
                **{f"wheel_bytes_{units}": one["bytes_each"] for units, one in wheels.items()},
                "grown_wheel": most / max(1e-9, least),
                "foreign": max(one["foreign"] for one in found.values()),
                "kept": all(one["kept"] for one in found.values())}

    def measure(self, fleet, size):
        asked = self.asked
        run = fleet.run("beat", size, "--pressing", asked.growth_pressing, "--rate", asked.growth_rate,
                        "--heartbeats", asked.heartbeats, "--heartbeat", 3600, "--seconds", asked.seconds)
        fleet.drain()
        beats = run["counters"]["heartbeats"]
        larwmd = run["processes"]["larwmd"]
        intake_us = sum(us for name, us in larwmd["threads"].items() if "intake" in name)
        return {"intake_us": intake_us / beats, "larwmd_us": larwmd["cpu_us"] / beats,
                "receipt_p50": run["rows"]["press to receipt"]["p50"],
                "receipt_p99": run["rows"]["press to receipt"]["p99"],
                "beats_per_s": beats / run["seconds"], "foreign": run["foreign_share"], "kept": run["kept"]}

    @staticmethod
    def wheel(units):
        done = subprocess.run([str(BENCH), "wheel", "--generate", str(units), "--seconds", "10", "--json"],
                              check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["figures"]
