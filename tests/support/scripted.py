"""A centre that says what a test wants said: real TLS, real units, nothing behind it."""
import contextlib
import json
import pathlib
import queue
import socket
import ssl
import struct
import subprocess
import threading
import time

import centre as support
import device_pb2


class Scripted:
    """Welcomes every unit with `spread_ms`. A receipt goes out only by receipt()."""

    def __init__(self, pki, spread_ms):
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self.tls.load_cert_chain(pki / "centre.crt", pki / "centre.key")
        self.tls.load_verify_locations(pki / "device-ca.crt")
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.spread_ms, self.port = spread_ms, support.free_port()
        self.came = queue.Queue()     # (boot id, monotonic s) of each welcome
        self.signals = queue.Queue()  # (boot id, sequence)
        self.sessions = {}
        self.listener = None
        self.listen()

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener):
        with contextlib.suppress(OSError):  # closed
            while True:
                raw, _ = listener.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        with contextlib.suppress(OSError):
            tls = self.tls.wrap_socket(raw, server_side=True)
            stream = tls.makefile("rb")
            while True:
                head = stream.read(4)
                if len(head) < 4:
                    return
                frame = device_pb2.UnitFrame.FromString(stream.read(struct.unpack(">I", head)[0]))
                self._take(tls, frame)

    def _take(self, tls, frame):
        body = frame.WhichOneof("body")
        answer = device_pb2.CentreFrame()
        if body == "hello":
            self.sessions[frame.hello.boot_id] = tls
            answer.welcome.heartbeat_interval_s = 60
            answer.welcome.reconnect_spread_ms = self.spread_ms
            self.came.put((frame.hello.boot_id, time.monotonic()))
            self._send(tls, answer)
        elif body == "signal":
            self.signals.put((frame.signal.boot_id, frame.signal.sequence))

    @staticmethod
    def _send(tls, answer):
        data = answer.SerializeToString()
        tls.sendall(struct.pack(">I", len(data)) + data)

    def receipt(self, boot, sequence):
        answer = device_pb2.CentreFrame()
        answer.receipt.boot_id, answer.receipt.sequence = boot, sequence
        answer.receipt.status = device_pb2.RECEIPT_DURABLE
        self._send(self.sessions[boot], answer)

    def cut(self):
        """Every session ends at once, as when a network fails."""
        for tls in self.sessions.values():
            with contextlib.suppress(OSError):
                tls.shutdown(socket.SHUT_RDWR)
            tls.close()
        self.sessions = {}

    def refuse(self):
        """Nobody can connect from now on."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def close(self):
        self.refuse()
        self.cut()


class Unit:
    """larwm-unit as a process; its events are read as they come."""

    def __init__(self, pki, name, port, boot, *words):
        program = pathlib.Path(support.BIN) / "src/client/larwm-unit"
        self.boot, self.events = boot, queue.Queue()
        self.process = subprocess.Popen(
            [program, "--port", str(port), "--cert", pki / f"units/{name}.crt", "--key",
             pki / f"units/{name}.key", "--ca", pki / "ca.crt", "--boot", str(boot), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def event(self, name, seconds=20):
        """The next event of that name; what comes before it is left behind."""
        while True:
            try:
                found = self.events.get(timeout=seconds * support.PATIENCE)
            except queue.Empty:
                raise support.Failed(f"unit {self.boot} never says \"{name}\"") from None
            if found["event"] == name:
                return found

    def end(self, seconds=20):
        """Standard input ends; returns the exit code."""
        self.process.stdin.close()
        return self.process.wait(seconds * support.PATIENCE)

    def kill(self):
        self.process.kill()
        self.process.wait()
