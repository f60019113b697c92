"""SIA DC-09 from Python: frames as panels make them, answers as they must be, a panel's connection.

Written from the standard, not from the codec it judges (docs/decisions/0005).
"""
import re
import socket
import ssl
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def crc(data):
    """CRC-16/ARC."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def frame(body, binary=False, lower=False):
    """LF, checksum, length, body, CR."""
    body = body.encode("latin-1") if isinstance(body, str) else body
    check, size = crc(body), b"0%03X" % len(body)
    head = check.to_bytes(2, "big") if binary else b"%04X" % check
    return b"\n" + (head + size if binary or not lower else (head + size).lower()) + body + b"\r"


def stamp(seconds=0):
    """A timestamp block: now, or so many seconds from now."""
    return time.strftime("_%H:%M:%S,%m-%d-%Y", time.gmtime(time.time() + seconds))


def head(token, sequence, account, receiver=None, prefix="0"):
    return (f'"{token}"{sequence:04d}' + (f"R{receiver}" if receiver is not None else "")
            + (f"L{prefix}" if prefix is not None else "") + f"#{account}")


def cipher(key):
    return Cipher(algorithms.AES(bytes.fromhex(key)), modes.CBC(bytes(16)))


def seal(key, text):
    """Everything behind the opening bracket, padded in front and encrypted."""
    pad = 16 - (len(text) + 1) % 16
    plain = ("PADPADPADPADPADP"[:pad] + "|" + text).encode("latin-1")
    made = cipher(key).encryptor()
    return (made.update(plain) + made.finalize()).hex().upper()


def event(account, sequence, payload, token="ADM-CID", time=None, key=None, xdata="", receiver=None,
          prefix="0", **form):
    """An event frame; `time` is a timestamp block. With `key` it is encrypted."""
    rest = f"#{account}|{payload}]{xdata}{stamp() if key and time is None else time or ''}"
    if key:
        return frame(head("*" + token, sequence, account, receiver, prefix) + "[" + seal(key, rest), **form)
    return frame(head(token, sequence, account, receiver, prefix) + "[" + rest, **form)


def null(account, sequence=0, xdata="", **form):
    return frame(head("NULL", sequence, account) + "[]" + xdata, **form)


def ack(account, sequence, receiver=None, prefix="0", **form):
    """The only right answer to a clear frame that was taken."""
    return frame(head("ACK", sequence, account, receiver, prefix) + "[]", **form)


def duh(account, sequence, receiver=None, prefix="0", **form):
    return frame(head("DUH", sequence, account, receiver, prefix) + "[]", **form)


def is_nak(answer):
    """A NAK is fixed but for the centre's time."""
    return is_framed(answer) and re.fullmatch(
        rb'"NAK"0000R0L0A0\[\]_\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}', answer[9:-1]) is not None


def is_framed(answer):
    body = answer[9:-1]
    return answer == frame(body)


def is_sealed_ack(answer, account, sequence, key):
    """`*ACK` with the head as sent and, behind the padding, an empty block and a time."""
    start = f'"*ACK"{sequence:04d}L0#{account}['.encode()
    body = answer[9:-1]
    if not is_framed(answer) or not body.startswith(start):
        return False
    opened = cipher(key).decryptor()
    plain = opened.update(bytes.fromhex(body[len(start):].decode())) + opened.finalize()
    return re.fullmatch(rb"[^|\[\]]{0,16}\|?\]_\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}", plain) is not None


class DatagramPanel:
    """A panel that calls by UDP: an answer is one datagram, from the address it called."""

    def __init__(self, port, seconds=20):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(seconds)
        self.centre = ("127.0.0.1", port)

    def send(self, data):
        self.socket.sendto(data, self.centre)

    def answer(self):
        data, address = self.socket.recvfrom(65536)
        if address != self.centre:
            raise ConnectionError(f"an answer from {address}, not from {self.centre}")
        return data

    def ask(self, data):
        self.send(data)
        return self.answer()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Panel:
    """One connection, blocking, with a deadline on every wait."""

    def __init__(self, port, seconds=20, ca=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca:
            context = ssl.create_default_context(cafile=ca)
            context.check_hostname = False
            self.socket = context.wrap_socket(self.socket)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        """Exactly so many bytes."""
        while len(self.buffer) < size:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionResetError(f"the centre closed after {self.buffer!r}")
            self.buffer += data
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def answer(self):
        """One answer with a checksum in hex digits."""
        start = self.read(9)
        return start + self.read(int(start[5:9], 16) + 1)

    def ask(self, data):
        self.send(data)
        return self.answer()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
