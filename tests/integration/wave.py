#!/usr/bin/env python3
"""A fleet that returns at once, and strangers that begin handshakes and never end them.

No time is a verdict: presses on sessions that were there before must have their receipts, everybody
who waits must be served in the end, and what never shakes hands must be cut. Times are printed.
"""
import contextlib
import multiprocessing
import os
import pathlib
import resource
import selectors
import socket
import ssl
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import native
import runner
import scripted
from centre import Centre, Failed, eventually
import device_pb2

FLEET = int(os.environ.get("LARWM_WAVE", "1500"))
HALF_OPEN, DRIBBLERS = 500, 200


def expect(true, what):
    if not true:
        raise Failed(what)


def hello_bytes(pki):
    """A whole ClientHello without a ticket, as OpenSSL says it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = native.context(pki).wrap_bio(incoming, outgoing)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def press_until_told(port, pki, told, results):
    """A process of its own: presses on one session until told to stop."""
    connection = native.Connection(port, native.context(pki, "SKY-105"), 5, seconds=60)
    connection.press(1)
    connection.receipt()
    results.send("ready")
    times, sequence = [], 1
    while not told.is_set():
        sequence += 1
        began = time.monotonic()
        connection.press(sequence)
        receipt = connection.receipt()
        if receipt.sequence != sequence or receipt.status != device_pb2.RECEIPT_DURABLE:
            results.send(f"press {sequence} got {receipt}")
            return
        times.append(time.monotonic() - began)
        told.wait(0.005)
    results.send(times)


class Presser:
    """A unit that was connected before; every press must have its receipt."""

    def __init__(self, centre):
        self.told = multiprocessing.Event()
        self.results, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=press_until_told, args=(centre.native_port, centre.pki, self.told, there), daemon=True)
        self.process.start()
        there.close()
        expect(self.results.recv() == "ready", "the unit is connected")

    def finish(self, what):
        self.told.set()
        times = self.results.recv()  # EOFError when the process lost its session
        self.process.join()
        expect(isinstance(times, list) and times, f"{what}: {times}")
        times.sort()
        print(f"    {what}: {len(times)} presses, all answered; p50 {times[len(times) // 2] * 1000:.1f} ms, "
              f"p99 {times[len(times) * 99 // 100] * 1000:.1f} ms, longest {times[-1] * 1000:.1f} ms",
              flush=True)


class Member:
    """One session of the fleet, without blocking."""

    def __init__(self, fleet, index):
        self.fleet, self.index = fleet, index
        self.tls = self.ticket = None
        self.shaken = self.up = False

    def dial(self):
        raw = socket.socket()
        raw.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            raw.connect(("127.0.0.1", self.fleet.port))
        self.tls = self.fleet.context.wrap_socket(raw, do_handshake_on_connect=False,
                                                  session=self.ticket)
        self.shaken = self.up = False
        self.fleet.selector.register(self.tls, selectors.EVENT_WRITE, self)

    def step(self):
        try:
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
                frame = device_pb2.UnitFrame()
                frame.hello.version, frame.hello.boot_id = 1, self.index + 1
                data = frame.SerializeToString()
                self.tls.send(struct.pack(">I", len(data)) + data)
            if not self.tls.recv(4096):
                raise Failed("the centre closed a session of the fleet")
            self.up = True  # Welcome, and the ticket before it
            self.ticket = self.tls.session
            self.fleet.selector.unregister(self.tls)
        except ssl.SSLWantReadError:
            self.fleet.selector.modify(self.tls, selectors.EVENT_READ, self)
        except ssl.SSLWantWriteError:
            self.fleet.selector.modify(self.tls, selectors.EVENT_WRITE, self)
        return self.up


class Fleet:
    """Many sessions of one certificate the registry does not know, so that none replaces another."""

    def __init__(self, centre, count):
        self.port = centre.native_port
        self.context = native.context(centre.pki, "STRANGER")
        self.selector = selectors.DefaultSelector()
        self.members = [Member(self, i) for i in range(count)]

    def come(self, what, tickets):
        """All dial at once; returns when all are served."""
        began = time.monotonic()
        for member in self.members:
            member.ticket = member.ticket if tickets else None
            member.dial()
        missing = len(self.members)
        while missing:
            events = self.selector.select(60)
            expect(events, f"{what}: {missing} sessions are never served")
            missing -= sum(key.data.step() for key, _ in events)
        resumed = sum(m.tls.session_reused for m in self.members)
        print(f"    {what}: {len(self.members)} sessions in {time.monotonic() - began:.1f} s, "
              f"{resumed} by ticket", flush=True)
        return resumed

    def go(self):
        """All at once, without a word: as when a network fails."""
        for member in self.members:
            member.tls.close()


def with_centre(function):
    def run():
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        secret = pathlib.Path(support.tempfile.mkdtemp(prefix="larwm-wave-")) / "tickets"
        secret.write_bytes(os.urandom(32))
        secret.chmod(0o600)
        try:
            with Centre(native_threads=2, log_level="error",
                        intake={"ticket_secret": secret}) as centre:
                centre.certify("SKY-101", "SKY-105", "STRANGER")
                centre.start()
                function(centre)
                expect(centre.larwmd.alive(), "larwmd is alive")
        finally:
            support.shutil.rmtree(secret.parent)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    run.__name__ = function.__name__
    return run


def _half_open(centre):
    presser = Presser(centre)
    hello = hello_bytes(centre.pki)
    doomed = []
    for i in range(HALF_OPEN + DRIBBLERS):
        # from elsewhere: where registered units come from, strangers would pass for expected ones
        raw = socket.create_connection(("127.0.0.1", centre.native_port), timeout=10,
                                       source_address=("127.0.0.77", 0))
        raw.setblocking(False)
        if i < HALF_OPEN and i % 2:
            raw.send(hello)  # whole, and then silence; the others say nothing at all
        doomed.append(raw)
    began, said, met = time.monotonic(), 0, False
    alive = set(doomed)

    def dribble():
        """Another byte of each dribbler; who was cut is seen by its end."""
        nonlocal said
        for raw in doomed[HALF_OPEN:]:
            if raw in alive and said < len(hello) - 1:
                with contextlib.suppress(OSError):
                    raw.send(hello[said:said + 1])
        said += 1
        for raw in list(alive):
            try:
                while raw.recv(4096):
                    pass
            except BlockingIOError:
                continue
            except OSError:
                pass
            alive.discard(raw)
            raw.close()
        return not alive

    for _ in range(5):
        dribble()
    unit = centre.unit("SKY-101")  # it comes while they all hold on
    expect(unit.press(1, seconds=60).status == device_pb2.RECEIPT_DURABLE, "a healthy unit is served")
    print(f"    a new unit among {len(alive)} half-open connections has its receipt after "
          f"{time.monotonic() - began:.1f} s", flush=True)
    eventually(dribble, 60, "half-open connections and dribblers are cut")
    print(f"    all cut after {time.monotonic() - began:.1f} s", flush=True)
    presser.finish("a connected unit meanwhile")


test_half_open_connections_and_dribblers_are_cut_and_units_served = with_centre(_half_open)


def _wave(centre):
    fleet = Fleet(centre, FLEET)
    presser = Presser(centre)
    expect(fleet.come("the fleet comes by full handshake", False) == 0, "no ticket yet")
    presser.finish("a connected unit meanwhile")
    fleet.go()
    presser = Presser(centre)
    expect(fleet.come("it returns by ticket", True) == FLEET, "every session was resumed")
    presser.finish("a connected unit meanwhile")
    fleet.go()
    presser = Presser(centre)
    expect(fleet.come("it returns with the tickets of the resumption", True) == FLEET,
           "every session was resumed again")
    presser.finish("a connected unit meanwhile")
    centre.restart(hard=True)
    expect(fleet.come("larwmd died and started again: the fleet returns", True) == FLEET,
           "tickets of the life before are taken")
    fleet.go()


test_a_fleet_that_returns_at_once_is_served_and_delays_no_connected_unit = with_centre(_wave)

SPREAD_MS, ORDINARY = 3000, 8


def wave_to(there, units, what):
    """Everybody is cut at once. Checks that each comes back no sooner than it said."""
    began = time.monotonic()
    there.cut()
    waits = {unit.boot: unit.event("waiting")["ms"] for unit in units}
    back = dict(there.came.get(timeout=30 * support.PATIENCE) for _ in units)
    for boot, wait_ms in waits.items():
        passed_ms = (back[boot] - began) * 1000
        expect(passed_ms > wait_ms - 2, f"{what}: unit {boot} said {wait_ms} ms, waited {passed_ms:.0f}")
    return waits


def test_units_that_are_cut_return_when_the_centre_asked_and_a_press_waits_for_nothing():
    """With a centre that is not there: what the units do, not what larwmd does."""
    centre = Centre()
    there, units = None, []
    try:
        centre.certify("SKY-101")
        there = scripted.Scripted(centre.pki, SPREAD_MS)
        units = [scripted.Unit(centre.pki, "SKY-101", there.port, boot, "run")
                 for boot in range(1, ORDINARY + 1)]
        presser = scripted.Unit(centre.pki, "SKY-101", there.port, 99, "session", "--stay")
        units.append(presser)
        for unit in units:
            unit.event("welcome")
            there.came.get(timeout=30)
        presser.say("press 7")
        expect(there.signals.get(timeout=30) == (99, 7), "the press is there")

        waits = wave_to(there, units, "cut")
        expect(waits.pop(99) == 0, "who holds a press calls at once")
        expect(there.signals.get(timeout=30) == (99, 7), "the press is sent again")
        expect(max(waits.values()) <= SPREAD_MS, "nobody waits longer than was asked")
        expect(len(set(waits.values())) > ORDINARY // 2, f"they are spread: {sorted(waits.values())}")
        there.receipt(99, 7)
        presser.event("receipt")

        waits = wave_to(there, units, "cut again")
        expect(there.signals.empty(), "what has its receipt is not sent again")
        print(f"    of {SPREAD_MS} ms they waited {sorted(waits.values())}", flush=True)

        there.refuse()
        there.cut()
        for unit in units:
            unit.event("waiting")
        for unit in units:
            expect(unit.event("waiting")["ms"] == 1000, "who cannot connect has its own pause")
        there.listen()
        for unit in units:
            unit.event("welcome")
        expect(presser.end() == 0, "all its presses have receipts")
    finally:
        for unit in units:
            unit.kill()
        if there:
            there.close()
        centre.close()


if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
