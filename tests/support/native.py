"""The native protocol from Python: a unit that keeps its own record of what was acknowledged."""
import socket
import ssl
import struct

import centre as support  # noqa: F401: puts the generated messages on the path
import device_pb2
import vocabulary_pb2 as words

DURABLE = device_pb2.RECEIPT_DURABLE


def context(pki, name=None, key=None, crt=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_verify_locations(pki / "ca.crt")
    made.check_hostname = False
    if name or crt:
        made.load_cert_chain(crt or pki / f"units/{name}.crt", key or pki / f"units/{name}.key")
    return made


class Connection:
    """One TLS session, blocking, with a deadline on every wait."""

    def __init__(self, port, tls, boot=1, hello=True, seconds=10):
        raw = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls = tls.wrap_socket(raw)
        self.boot, self.buffer = boot, b""
        if hello:
            frame = device_pb2.UnitFrame()
            frame.hello.version, frame.hello.boot_id, frame.hello.model = 1, boot, "test"
            self.send(frame)

    def send(self, frame):
        data = frame.SerializeToString()
        self.tls.sendall(struct.pack(">I", len(data)) + data)

    def press(self, sequence, kind=words.SIGNAL_PANIC, fix=None, **fields):
        """`fix` is (latitude, longitude, accuracy in metres); further fields as in device.Signal."""
        frame = device_pb2.UnitFrame()
        frame.signal.boot_id, frame.signal.sequence, frame.signal.kind = self.boot, sequence, kind
        for name, value in fields.items():
            setattr(frame.signal, name, value)
        if fix:
            position = frame.signal.position
            position.source = words.POSITION_GNSS
            position.latitude, position.longitude, position.accuracy_m = fix
        self.send(frame)

    def receive(self):
        """The next CentreFrame; raises OSError when the centre closed."""
        while len(self.buffer) < 4 or len(self.buffer) < 4 + struct.unpack(">I", self.buffer[:4])[0]:
            data = self.tls.recv(65536)
            if not data:
                raise ConnectionResetError("the centre closed")
            self.buffer += data
        size = struct.unpack(">I", self.buffer[:4])[0]
        frame = device_pb2.CentreFrame.FromString(self.buffer[4:4 + size])
        self.buffer = self.buffer[4 + size:]
        return frame

    def receipt(self):
        while True:
            frame = self.receive()
            if frame.WhichOneof("body") == "receipt":
                return frame.receipt

    def close(self):
        try:
            self.tls.close()
        except OSError:
            pass
