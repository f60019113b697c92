#!/usr/bin/env python3
"""Bad input: each has its stated answer, is counted, and ends neither the daemon nor another session."""
import pathlib
import socket
import ssl
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import native
import runner
from centre import Centre, Failed, eventually, words
import device_pb2


def expect(true, what):
    if not true:
        raise Failed(what)


class Bystander:
    """A session that must not notice anything."""

    def __init__(self, centre):
        self.connection = native.Connection(centre.native_port, native.context(centre.pki, "SKY-105"), 5)
        self.sequence = 0

    def is_well(self):
        self.sequence += 1
        self.connection.press(self.sequence)
        receipt = self.connection.receipt()
        return receipt.sequence == self.sequence and receipt.status == device_pb2.RECEIPT_DURABLE


def refused(connection):
    """The centre said Refusal and closed."""
    seen = None
    try:
        while True:
            frame = connection.receive()
            if frame.WhichOneof("body") == "refusal":
                seen = frame.refusal.reason
    except OSError:
        return seen


def with_centre(function):
    def run():
        with Centre() as centre:
            centre.certify("SKY-101", "SKY-105")
            centre.panel_account("PAN-1111", "1111")
            centre.panel_account("PAN-A10001", "A10001", "101112131415161718191a1b1c1d1e1f")
            centre.start()
            # the registry has reached the intake threads
            eventually(lambda: registered(centre), 10, "the registry is in force")
            bystander = Bystander(centre)
            expect(bystander.is_well(), "the bystander works at first")
            function(centre)
            expect(bystander.is_well(), "the bystander noticed")
            expect(centre.larwmd.alive(), "larwmd is alive")
    run.__name__ = function.__name__
    return run


def registered(centre):
    connection = native.Connection(centre.native_port, native.context(centre.pki, "SKY-101"), 9)
    try:
        while True:
            frame = connection.receive()
            if frame.WhichOneof("body") == "welcome":
                return frame.welcome.known
    finally:
        connection.close()


def connect(centre, **options):
    return native.Connection(centre.native_port, native.context(centre.pki, "SKY-101"), 1, **options)


def _malformed(centre):
    connection = connect(centre)
    connection.tls.sendall(struct.pack(">I", 5) + b"\xff\xff\xff\xff\xff")
    expect(refused(connection), "a Refusal with a reason")


test_a_malformed_native_frame_is_refused_in_words = with_centre(_malformed)


def _oversized(centre):
    connection = connect(centre)
    connection.tls.sendall(struct.pack(">I", 1 << 24))
    expect(refused(connection), "a Refusal with a reason")


test_an_oversized_native_frame_is_refused_before_it_is_read = with_centre(_oversized)


def _unknown(centre):
    connection = connect(centre)
    data = b"\x7a\x03abc"  # field 15, which no version has
    connection.tls.sendall(struct.pack(">I", len(data)) + data)
    expect(refused(connection), "a Refusal with a reason")


test_an_unknown_native_message_is_refused = with_centre(_unknown)


def _strangers(centre):
    console = centre.console()
    key, crt = centre.dir / "x.key", centre.dir / "x.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", crt, "-days", "2", "-subj", "/CN=SKY-101"],
                   check=True, capture_output=True)
    console.incident(lambda i: i.card.unit == "SKY-105", what="the bystander's press")
    incidents = len(console.incidents)
    for tls in (native.context(centre.pki, None, key, crt), native.context(centre.pki)):
        try:
            connection = native.Connection(centre.native_port, tls, 1)
            connection.press(1)
            connection.receipt()
            raise Failed("a stranger got a receipt")
        except OSError:
            pass
    # shown after anything that a stranger had left
    expect(centre.unit("SKY-101").press(2).status == device_pb2.RECEIPT_DURABLE, "the unit itself gets a receipt")
    own = console.incident(lambda i: i.card.unit == "SKY-101", what="the unit's own press")
    expect(own.press_count == 1 and len(console.incidents) == incidents + 1, "and no incident (S4.4)")


test_a_certificate_of_a_stranger_and_none_at_all_get_no_session = with_centre(_strangers)


def _plain_noise(centre):
    for port in (centre.native_port, centre.dc09_tls_port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            try:
                while raw.recv(4096):
                    pass
            except OSError:
                pass


test_noise_instead_of_tls_ends_that_connection_only = with_centre(_plain_noise)


def _wrong_key(centre):
    console = centre.console()
    done = centre.panel("--account", "A10001", "--key", "00112233445566778899AABBCCDDEEFF", "--token",
                        "SIA-DCS", "--timeout", "3")
    expect(done.returncode == 4, f"DUH: {done.returncode} {done.stdout}")
    console.incident(lambda i: words.BADGE_UNREADABLE in i.badges, what="shown as UNREADABLE")


test_a_dc09_frame_no_key_opens_gets_duh_and_is_shown = with_centre(_wrong_key)


def _bad_crc(centre):
    frame = b"\n00000027\"ADM-CID\"0001L0#1111[#1111|1120 01 001]\r"
    done = centre.panel("--raw", frame.hex(), "--timeout", "2")
    expect(done.returncode == 5, f"silence: {done.returncode} {done.stdout}")


test_a_dc09_frame_with_a_wrong_checksum_gets_no_answer = with_centre(_bad_crc)


def _unknown_token(centre):
    console = centre.console()
    done = centre.panel("--account", "1111", "--token", "XYZ-ABC", "--timeout", "3")
    expect(done.returncode == 4, f"DUH: {done.returncode} {done.stdout}")
    console.incident(lambda i: words.BADGE_UNREADABLE in i.badges and
                     any(s.code == "DC09 XYZ-ABC" for s in i.signals), what="shown as UNREADABLE")


test_an_unknown_dc09_token_gets_duh_and_is_shown = with_centre(_unknown_token)


def _split_and_joined(centre):
    console = centre.console()
    one = centre.panel("--account", "1111", "--token", "ADM-CID", "--sequence", 11, "--payload",
                       "1120 01 001", "--split", 1)
    two = centre.panel("--account", "1111", "--token", "ADM-CID", "--sequence", 12, "--payload",
                       "1120 01 002", "--count", 5, "--coalesce")
    expect(one.returncode == 0 and two.returncode == 0, f"{one.stdout}{two.stdout}")
    console.incident(lambda i: i.signal_count >= 6, what="six signals, none lost")


test_dc09_frames_one_byte_at_a_time_and_five_in_one_segment = with_centre(_split_and_joined)


def test_a_configuration_error_names_file_line_and_what_was_expected():
    with Centre() as centre:
        path = centre._config()
        text = path.read_text()
        path.write_text(text + "policy:\n  p1_all_consoles_s: 99999\n")
        done = subprocess.run([support.BIN / "src/app/larwmd", "--config", path], capture_output=True,
                              text=True, timeout=20)
        line = text.count("\n") + 2
        expect(done.returncode == 2, f"exit 2, not {done.returncode}")
        expect(f"{path}:{line}:" in done.stderr and "expected a number from 1 to 600" in done.stderr,
               done.stderr)


def _console_noise(centre):
    for data in (b"\xff" * 64, struct.pack(">I", 1 << 30), struct.pack(">I", 3) + b"abc"):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(centre.socket))
            raw.settimeout(10)
            raw.sendall(data)
            try:
                while raw.recv(4096):
                    pass
            except OSError:
                pass
    centre.console()


test_noise_on_the_console_socket_ends_that_client_only = with_centre(_console_noise)

if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
