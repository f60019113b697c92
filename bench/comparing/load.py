"""One measured run: the load generator against a server, and what it cost."""
import contextlib
import json
import subprocess
import threading
import time

import centre as support
from centre import Failed, select_wait

from . import machine

GENERATOR = support.BIN / "bench/peer/larwm-bench-peer"


class Generator:
    """larwm-bench-peer: prints a line when its sessions are up, works when told to."""

    seeds = 0  # a run of its own: no two send the same signal

    def __init__(self, context, scenario, server, *arguments, protocol=None):
        Generator.seeds += 1_000_000
        self.name = server.name
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", str(GENERATOR), scenario, "--protocol",
             protocol or server.protocol, "--port", str(server.port), "--pki",
             str(context.pki), "--bundle", str(context.bundle), "--seed", str(Generator.seeds),
             *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.complaints = []
        threading.Thread(target=lambda: self.complaints.extend(self.process.stderr),
                         daemon=True).start()

    @property
    def pid(self):
        return self.process.pid

    def expect(self, event):
        line = self.process.stdout.readline()
        found = json.loads(line) if line else {}
        if found.get("event") != event:
            self.process.wait(30)
            raise Failed(f"load against {self.name}: {event} expected, {line!r} came "
                         f"{''.join(self.complaints)}")
        return found

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        if self.process.poll() is None:
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and self.process.poll() is None:
            self.process.kill()
        self.close()


class Subscriber:
    """The one mosquitto delivers to, when the server is to deliver."""

    def __init__(self, context, server):
        self.generator = None
        if getattr(server, "delivers", False):
            self.generator = Generator(context, "subscribe", server, "--links", 1,
                                       protocol="mqtt-subscriber")
            self.generator.expect("up")

    def roots(self):
        return [self.generator.pid] if self.generator else []

    def received(self, wanted):
        """How many have arrived, at the latest after 20 s."""
        if self.generator is None:
            return None
        deadline = time.monotonic() + 20
        while True:
            self.generator.say("count")
            count = self.generator.expect("count")["received"]
            if count >= wanted or time.monotonic() > deadline:
                return count
            select_wait(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.generator:
            self.generator.__exit__(*error)


def measured(context, server, scenario, *arguments):
    """Runs `load` or `handshakes` and returns its result with cost and verdict."""
    if context.patience > 0:
        machine.wait_quiet(context.reject, context.patience)
    helpers = server.helpers() if hasattr(server, "helpers") else []
    with Subscriber(context, server) as subscriber, \
            Generator(context, scenario, server, *arguments) as generator:
        generator.expect("up")
        pids = server.pids()
        back = [server.echo.pid] if hasattr(server, "echo") else []
        watch = machine.Watch([*pids, generator.pid, *subscriber.roots(), *helpers, *back])
        before, threads = machine.cpu_s(pids), machine.thread_cpu_s(pids)
        helped = machine.cpu_s(machine.family(helpers))
        generator.say("go")
        result = generator.expect("done")
        result["cpu_s"] = machine.cpu_s(pids) - before
        result["threads_cpu_s"] = {name: used - threads.get(name, 0)
                                   for name, used in machine.thread_cpu_s(pids).items()}
        result["helpers_cpu_s"] = machine.cpu_s(machine.family(helpers)) - helped
        result["resident_kib"] = server.resident_kib()
        result.update(watch.stop())
        result["delivered"] = subscriber.received(result["answered"])
    if scenario == "load" and hasattr(server, "note"):
        server.note(result)
    done = max(result["answered"], 1)
    result["cpu_us_each"] = result["cpu_s"] * 1e6 / done
    result["kept"] = result["foreign"] + result["steal"] <= context.reject
    if result["lost"]:
        raise Failed(f"{server.name}: {result['lost']} connections lost "
                     f"{''.join(generator.complaints)}")
    if scenario == "load" and result["answered"] + result["refused"] != result["sent"]:
        raise Failed(f"{server.name}: {result['sent']:,} sent, {result['answered']:,} answered")
    if result["delivered"] is not None and result["delivered"] < result["answered"]:
        raise Failed(f"{server.name}: {result['delivered']:,} of {result['answered']:,} delivered")
    return result
