"""The first inputs of the targets beside the DC-09 codec; called by seed. Protobuf is written by hand,
so that no generated code is needed."""
import json
import struct

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
TRIPLE = "gateway@larwm.test.invalid,larwm-1-7,2025-11-22T02:00:00+00:00"


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def fixed(field, value):
    return varint(field << 3 | 1) + struct.pack("<Q", value)


def real(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", value)


def part(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def chunks(*messages):
    return b"".join(struct.pack("<H", len(message)) + message for message in messages)


def framed(*messages):
    return b"".join(struct.pack(">I", len(message)) + message for message in messages)


def native(write):
    position = number(1, 1) + real(2, 51.6) + real(3, -3.9) + number(4, 12) + number(5, 1795348800000000)
    signal = fixed(1, 77) + number(2, 1) + number(3, 1) + number(5, 1795348800000000)
    full = signal + part(6, position) + number(7, 80) + part(8, "hall") + part(9, "caf\u00e9")
    hello = part(1, number(1, 1) + fixed(2, 77) + part(3, "m") + part(4, "1") + part(5, "net") + part(6, "89"))
    beat = part(2, number(1, 50) + part(2, position))
    inputs = {
        "hello": hello, "heartbeat": beat, "signal": part(3, signal), "signal-full": part(3, full),
        "restore": part(3, signal + number(4, 1)), "position-impossible": part(3, signal + part(6, real(2, 91))),
        "position-nan": part(3, signal + part(6, number(1, 9) + real(2, float("nan")))),
        "kind-of-the-centre": part(3, fixed(1, 7) + number(2, 1) + number(3, 40)),
        "text-controls": part(3, signal + part(9, b"\x1b[2J\xc2\x9b\xff\n") + part(8, b"z" * 200)),
        "twice": part(3, signal) + part(3, full), "both": beat + part(3, signal), "nothing": b"",
        "unknown-kind": part(9, b""), "cut-short": part(3, full)[:20], "tag-zero": b"\0\0",
        "unknown-2000": part(3, signal) + number(15, 1) * 2000, "signal-2000": part(3, b"") * 2000,
        "position-1900": part(3, signal + part(6, b"") * 1900), "longest": part(3, signal + part(9, b"x" * 4060)),
        "too-long": part(3, signal + part(9, b"x" * 4200)),
    }
    for name, message in inputs.items():
        write("native", name, b"\0" + chunks(message))
    write("native", "conversation", b"\x08" + chunks(hello, part(3, full), beat, part(3, signal)))
    write("native", "journal-fails", b"\x02" + chunks(part(3, full)))
    write("native", "raw", b"\x01" + framed(hello, part(3, signal)))
    write("native", "raw-length-too-large", b"\x01\0\1\0\0")
    write("native", "raw-length-zero", b"\x01\0\0\0\0")
    receipt = part(3, fixed(1, 77) + number(2, 1) + number(3, 1) + number(4, 1) + number(5, 500))
    answers = [part(1, number(1, 5) + number(2, 300) + number(3, 1)), part(2, number(1, 5)), receipt,
               part(4, part(1, "malformed message")), part(9, b""), b""]
    write("native", "answers", b"\x05" + framed(*answers))


def console(write):
    hello = part(2, number(1, 1) + part(2, "carys") + number(3, 1) + part(4, "p") + number(5, 1) + number(6, 1))
    bodies = {
        "next": number(3, 1), "claim": number(3, 2) + number(4, 9) + number(5, 3),
        "note": part(1, "another") + number(2, 4) + number(3, 4) + number(4, 9) + part(6, "note"),
        "close": number(3, 6) + number(4, 9) + number(7, 2) + part(6, "done"),
        "attach": number(3, 8) + number(4, 9) + part(8, "GW-2026-0001"), "reveal": number(3, 9) + number(4, 9),
        "test-window": number(3, 10) + part(8, "U1") + number(9, 5), "note-empty": number(3, 4) + number(4, 9),
        "kind-unknown": number(3, 99) + number(4, 9), "text-not-utf8": number(3, 4) + number(4, 9) + part(6, b"\xff"),
        "text-nul": number(3, 4) + number(4, 9) + part(6, b"a\0b"),
        "text-too-long": number(3, 4) + number(4, 9) + part(6, b"x" * 2001),
        "unknown-field": number(3, 1) + part(99, b"x"), "unknown-fields": number(3, 1) + part(99, b"y" * 4040),
    }
    for name, body in bodies.items():
        write("console", "action-" + name, b"\x64" + chunks(number(1, 5) + part(3, body)))
    police = {"accepted": number(1, 9) + part(2, "larwm-1-7") + number(3, 2) + part(4, "log 12"),
              "unknown-fields": number(1, 9) + number(3, 2) + part(99, b"y" * 4040), "no-incident": number(3, 2)}
    for name, body in police.items():
        write("console", "police-" + name, b"\x44" + chunks(number(1, 6) + part(4, body)))
    write("console", "credential", b"\x54" + chunks(number(1, 7) + part(5, part(1, "carys"))))
    write("console", "hello", b"\0" + chunks(hello, number(1, 1) + part(6, number(1, 5)), number(1, 2) + part(3, number(3, 1))))
    write("console", "hello-twice", b"\0" + chunks(hello, hello))
    write("console", "hello-replaying", b"\x08" + chunks(hello, number(1, 2) + part(3, number(3, 1))))
    write("console", "hello-late", b"\0" + chunks(part(6, b"")))
    write("console", "hello-resume", b"\0" + chunks(hello[:2] + hello[2:] + b""))
    write("console", "user-c1-control", b"\0" + chunks(part(2, number(1, 1) + part(2, b"a\xc2\x9bb") + number(3, 1))))
    write("console", "raw", b"\x01" + framed(hello, part(6, b"")))
    write("console", "raw-too-large", b"\x01\0\4\0\1")
    incident = number(1, 1) + part(2, "1-1") + number(4, 1)
    server = [part(1, fixed(1, 7) + number(2, 5) + part(4, "1")), part(2, number(1, 5) + part(2, incident) + number(4, 1)),
              part(3, number(1, 6) + part(2, incident)), part(4, number(1, 5) + number(2, 6)),
              part(5, number(1, 5) + number(2, 1)), part(6, number(1, 7) + number(2, 1)), part(7, number(1, 5)),
              part(8, b""), b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"]
    for i, frame in enumerate(server):
        write("console", f"server-{i + 1}", b"\x02" + chunks(frame))
    write("console", "server-stream", b"\x03" + framed(*server))


def cap(write):
    def answer(kind="Ack", note="<note>DEMO-1</note>", references=f"<references>{TRIPLE}</references>", more=""):
        return (f'<?xml version="1.0"?>\n<alert xmlns="{CAP}"><identifier>a-1</identifier><sender>room@test.invalid'
                f'</sender><sent>2025-11-22T02:00:01+00:00</sent><status>Actual</status><msgType>{kind}</msgType>'
                f'<scope>Private</scope><addresses>g</addresses>{note}{references}{more}</alert>').encode()
    documents = {
        "ack": answer(), "error": answer("Error", "<note>no &amp; no</note>"), "update": answer("Update"),
        "no-note": answer(note=""), "error-no-note": answer("Error", ""), "info": answer(more="<info><x>1</x></info>"),
        "foreign": answer(more='<s:S xmlns:s="urn:s"><s:x/></s:S>'), "entity": answer(note="<note>&#x9b;&#10;</note>"),
        "doctype": b'<!DOCTYPE a [<!ENTITY x "y">]>' + answer(), "cdata": answer(note="<note><![CDATA[<a>]]></note>"),
        "comment": answer(more="<!-- c -->"), "deep": answer(more="<info>" + "<x>" * 20 + "</x>" * 20 + "</info>"),
        "prefixed": answer().replace(b"<", b"<c:").replace(b"<c:/", b"</c:").replace(b"<c:?", b"<?").replace(b"xmlns=", b"xmlns:c="),
        "utf16": answer().decode().encode("utf-16"), "latin1": answer().replace(b'"1.0"', b'"1.0" encoding="ISO-8859-1"').replace(b"DEMO", b"\xe9\x9b"),
        "empty": b"", "html": b"<html><body>502</body></html>", "cut": answer()[:-9], "twice": answer(note="<note>1</note><note>2</note>"),
    }
    for name, document in documents.items():
        write("cap", name, b"\0" + document)
    for name, note in {"plain": b"LOG-12", "c1-control": "a\u009bb\u0085c".encode(), "blank": b" \n ", "long": b"n" * 300,
                       "marks": b"<&>", "wide": "\u0175".encode() * 150}.items():
        write("cap", "note-" + name, b"\x01" + note)
        write("cap", "reason-" + name, b"\x05" + note)
    for name, text in {"ours": TRIPLE, "among": "a,b,c " + TRIPLE + "\n", "longer": TRIPLE + "9", "none": ""}.items():
        write("cap", "references-" + name, b"\x02" + text.encode())
    for kind in range(3):
        text = b"Nia Dychmygol <\x01\xff\xef\xbf\xbf&\xc2\x9b>\nADDRESS: 1 Invented Road\nPOSITION: 51.62080, -3.94320 (within 12 m)\n"
        write("cap", f"notice-{kind}", b"\x03" + bytes([kind, 1, 2, 5, 1, 1]) + struct.pack("<H", len(text)) + text + b"\x05\0news<")


def journal(write):
    def damage(what, segment, at, *more):
        return bytes([what | segment << 4]) + struct.pack("<H", at) + b"".join(more)
    u16 = lambda value: struct.pack("<H", value)
    whole, torn = b"\x34\x12\x02\x00", b"\x34\x12\x02\x03"
    inputs = {
        "whole": b"", "flip": damage(0, 0, 4200, b"\x10"), "flip-header": damage(0, 1, 20, b"\1"), "flip-copy": damage(0, 1, 28700, b"\1"),
        "both-headers": damage(0, 1, 20, b"\1") + damage(0, 1, 28700, b"\1"), "zeros": damage(1, 1, 4096, u16(4096)),
        "ones": damage(2, 2, 5000, u16(700)), "cut": damage(3, 1, 6000), "cut-to-nothing": damage(3, 2, 0), "longer": damage(3, 0, 34000),
        "other-segment": damage(4, 0, 4096, u16(2000), b"\1", u16(4096)), "shifted": damage(4, 0, 4104, u16(2000), b"\0", u16(4096)),
        "gone-first": damage(7, 0, 0), "gone-middle": damage(7, 1, 0), "gone-last": damage(7, 2, 0),
        "first-unread-second-gone": damage(1, 0, 0, u16(4096)) + damage(1, 0, 28672, u16(4096)) + damage(7, 1, 0),
        "renamed": damage(8, 1, 0, b"\x50"), "seal": damage(5, 2, 16000, b"\x30", u16(0), b"\0\2\2"),
        "copy": damage(5, 1, 16000, b"\x05", u16(20), b"\0\1\2"), "far-position": damage(5, 0, 16000, b"\xff", u16(9), b"\0\0\2"),
        "durable-zero": damage(6, 2, 0, b"\x01\0") + damage(6, 2, 0, b"\x41\0"), "durable-far": damage(6, 1, 0, b"\x01\xff"),
        "bytes-smaller": damage(6, 1, 0, b"\x03\x04") + damage(6, 1, 0, b"\x43\x04"), "salt": damage(6, 1, 0, b"\x04\x04"),
    }
    for name, changes in inputs.items():
        write("journal", name, whole + changes)
        if name in ("whole", "ones", "gone-middle", "cut", "zeros"):
            write("journal", "given-up-" + name, torn + changes)


def config(write):
    base = ("journal:\n  directory: /tmp/j\noutlet:\n  socket: /tmp/s\nintake:\n  listeners:\n"
            "    - protocol: dc09-tcp\n      port: 0\n")
    files = {
        "base": base, "policy": base + "policy:\n  p1_all_consoles_s: 7\n  p1_supervisor_s: 9\n", "port": base.replace("port: 0", "port: 70000"), "clock": base + "      clock_ahead_s: 90000\n", "word": base + "      unregistered: maybe\n",
        "udp": base + "    - {protocol: dc09-udp, port: 9, unregistered: refuse, clock_nak: never, clock_ahead_s: 300}\n",
        "native": base + "    - protocol: native\n      port: 1\n  certificate: a\n  key: b\n  device_ca: c\n", "rate": base + "  dc09_account_rate: 0\n",
        "number": base + "node: many\n", "negative": base + "node: -1\n", "huge": base + "node: 99999999999999999999\n", "hex": base + "node: 0x10\n",
        "twice": base + "node: 1\nnode: 2\n", "alias": "x: &a [1]\n" + base, "alias-used": base + "log_level: &l info\ndatabase:\n  conninfo: *l\n",
        "loop": base + "database: &d\n  conninfo: *d\n", "tag": base + "node: !!str 1\n", "two-documents": base + "---\n" + base, "empty": "",
        "list": "- a\n", "text": "words", "null": base + "node: ~\n", "tab": base + "\tnode: 1\n", "not-utf8": base.encode() + b"log_level: \xff\n",
        "deep": base + "database: " + "{a: " * 12 + "1" + "}" * 12 + "\n", "level": base + "log_level: loud\n", "level-almost": base + "log_level: infinite\n", "flow": "{" * 30, "bom": "\ufeff" + base,
        "key-complex": base + "? [a, b]\n: 1\n", "text-block": base + "log_level: >\n  info\n", "uids": base.replace("/tmp/s\n", "/tmp/s\n  allowed_uids: [0, 5]\n"),
    }
    for name, text in files.items():
        write("config", name, b"\0" + (text if isinstance(text, bytes) else text.encode()))
    page = ("listen:\n  address: 127.0.0.1\n  port: 0\ncertificate: /proc/cmdline\nkey: /proc/cmdline\nlarwmd_socket: /tmp/s\n"
            "page: /proc\nsession_key: /proc/k\nlog_level: info\n")
    write("config", "web", b"\1" + page.encode())
    police = ("larwmd_socket: /tmp/s\nsender: g@test.invalid\ncertificate: /proc/cmdline\nkey: /proc/cmdline\nca: /proc/cmdline\nforces:\n"
              '  - {code: a, endpoint: "https://room.test.invalid/cap", address: room@test.invalid}\n')
    write("config", "police", b"\2" + police.encode())
    write("config", "police-twice", b"\2" + (police + police[police.index("  - "):]).encode())


def web(write):
    frames = [
        {"hello": {"version": 1, "watch": True, "onDuty": True, "stream": "7", "after": "12"}}, {"ref": "5", "ping": {"clientTimeUs": "-1"}},
        {"ref": "18446744073709551615", "action": {"kind": "ACTION_NOTE", "incident": "9", "text": "caf\u00e9 \u2028\U0001F6AA\t"}},
        {"ref": 1, "action": {"kind": 4, "epoch": 4294967295, "minutes": 1.0}}, {"hello": {}, "ping": {}}, {"hello": None}, {"ref": True},
        {"action": {"on_duty": 1, "onDuty": 2}}, {"police": {"incident": "1", "event": "POLICE_ACCEPTED"}}, {"ref": "-0"}, {"ref": " 5"},
        {"ref": "05"}, {"action": {"text": "\0"}}, {"unknown": [[[{}]]]}, [], {"action": []}, {"hello": {"stream": 1, "user": "x", "role": "ROLE_TOOL"}},
    ]
    for i, frame in enumerate(frames):
        write("web", f"client-{i + 1}", b"\0" + json.dumps(frame).encode())
    for value in (15, 4294967295, 4294967296, 4294967311, -1):
        write("web", f"minutes-{value}", b'\0{"action":{"minutes":%d,"incident":%d}}' % (value, value))
    write("web", "twice", b'\0{"ref":1,"ref":2}')
    write("web", "deep", b'\0{"a":' + b"[" * 15 + b"]" * 15 + b"}")
    write("web", "too-deep", b'\0{"a":' + b"[" * 16 + b"]" * 16 + b"}")
    write("web", "not-utf8", b'\0{"action":{"text":"\xff"}}')
    server = [{"delta": {"sequence": "1", "incident": {"id": "1", "badges": ["BADGE_NONE", 3, 99], "openedUs": "-5"}}},
              {"credential": {"ref": "1", "totpSecret": "QUJD", "found": True}}, {"credential": {"totpSecret": "QUJ"}}, {"welcome": {"stream": "9", "node": "1"}},
              {"snapshot": {"incidents": [{}, {"reference": "1-1"}, None]}}, {"snapshot": {"incidents": [{"id": "1"}, 5]}}]
    for i, frame in enumerate(server):
        write("web", f"server-{i + 1}", b"\1" + json.dumps(frame).encode())
    position = {"id": "1", "position": {"last": {"latitude": 51.6, "longitude": -3.9e0, "accuracyM": 12}, "latitude": "NaN", "longitude": "-Infinity"}}
    write("web", "incident", b"\2" + json.dumps(position).encode())
    for i, address in enumerate(["/", "/static/app.js", "/static/a/b.css", "/static/../x", "/static/.x", "/static//x", "/static/", "/tiles/1/2/3.png",
                                 "/tiles/1/2/3.png/", "/tiles/123456789/1/1.png", "/static/%2e", "/static/" + "a" * 300]):
        write("web", f"address-{i + 1}", b"\3" + address.encode())


ALL = (native, console, cap, journal, config, web)
