"""larwm-web and what a browser is shown through it: log-in, one WebSocket, incidents as JSON."""
import base64
import contextlib
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import time

import centre as support
from centre import Failed, eventually, free_port


def launch_web(centre):
    """Starts larwm-web, on the same port when it ran before, and does not wait."""
    port = getattr(centre, "web_port", None) or free_port()
    config = centre.dir / "web.yaml"
    config.write_text(
        f"listen: {{address: 127.0.0.1, port: {port}}}\ncertificate: {centre.pki}/web.crt\n"
        f"key: {centre.pki}/web.key\nlarwmd_socket: {centre.socket}\n"
        f"page: {support.ROOT}/src/web/page\nsession_key: {centre.dir}/session.key\n")
    centre.processes["larwm-web"] = support.Process(
        "larwm-web", [support.BIN / "src/web/larwm-web", "--config", config], centre.dir / "web.log")
    centre.web_port = port


def start_web(centre):
    """Starts larwm-web; its address once it answers."""
    launch_web(centre)
    url = f"https://127.0.0.1:{centre.web_port}"
    eventually(lambda: subprocess.run(["curl", "-fsS", "--cacert", centre.pki / "ca.crt", url + "/"],
                                      capture_output=True).returncode == 0, 20, "larwm-web answers")
    return url


class Browser:
    """One operator's browser. `look` opens the WebSocket anew and reads until the whole queue came."""

    def __init__(self, centre, user, password):
        self.centre, self.user, self.password = centre, user, password
        self.cookie = None
        self.context = ssl.create_default_context(cafile=centre.pki / "ca.crt")
        self.context.check_hostname = False

    def log_in(self):
        link = http.client.HTTPSConnection("127.0.0.1", self.centre.web_port, timeout=10,
                                           context=self.context)
        try:
            link.request("POST", "/api/login", json.dumps(
                {"user": self.user, "password": self.password}), {"Content-Type": "application/json"})
            answer = link.getresponse()
            answer.read()
            if answer.status != 200:
                raise OSError(f"log-in: {answer.status}")
            self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        finally:
            link.close()

    def look(self):
        """The incidents shown, by id. OSError: larwm-web or larwmd is not there."""
        if self.cookie is None:
            self.log_in()
        with self.context.wrap_socket(socket.create_connection(
                ("127.0.0.1", self.centre.web_port), timeout=10)) as link:
            stream = self.upgrade(link)
            self.send(link, {"hello": {"version": 1, "watch": True, "onDuty": False, "stream": "0",
                                       "after": "0"}})
            incidents = {}
            while True:
                frame = self.receive(stream)
                body = frame.get("snapshot", {})
                for incident in [*body.get("incidents", []), frame.get("delta", {}).get("incident")]:
                    if incident:
                        incidents[incident["id"]] = incident
                if body.get("last"):
                    return incidents

    def look_until(self, condition, seconds=20, what="the browser shows it"):
        """Looks again and again; the first incidents of which the condition is true."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError):
                incidents = self.look()
                if condition(incidents):
                    return incidents
            if time.monotonic() > deadline:
                raise Failed(f"not within {seconds} s: {what}")
            support.select_wait(0.01)

    def upgrade(self, link):
        host = f"127.0.0.1:{self.centre.web_port}"
        key = base64.b64encode(os.urandom(16)).decode()
        link.sendall((f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\n"
                      f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: larwm-console\r\n"
                      f"Cookie: {self.cookie}\r\n\r\n").encode())
        stream = link.makefile("rb")
        status = stream.readline()
        while stream.readline() not in (b"\r\n", b""):
            pass
        if b" 101 " not in status:
            if b" 401 " in status:
                self.cookie = None
            raise OSError(f"no WebSocket: {status!r}")
        return stream

    @staticmethod
    def send(link, frame):
        data = json.dumps(frame).encode()
        mask = os.urandom(4)
        link.sendall(struct.pack(">BBH", 0x81, 0x80 | 126, len(data)) + mask +
                     bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    @staticmethod
    def receive(stream):
        """The next JSON frame, of as many WebSocket frames as it has."""
        text = b""
        while True:
            head = stream.read(2)
            if len(head) < 2:
                raise OSError("the WebSocket was closed")
            size = head[1] & 0x7F
            if size == 126:
                size = struct.unpack(">H", stream.read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", stream.read(8))[0]
            data = stream.read(size)
            if head[0] & 0x0F == 8:
                raise OSError("the WebSocket was closed")
            if head[0] & 0x0F in (0, 1):
                text += data
                if head[0] & 0x80:
                    return json.loads(text)
