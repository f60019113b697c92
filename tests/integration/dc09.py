#!/usr/bin/env python3
"""DC-09 from end to end: every alarm exactly one signal, every frame its answer, byte for byte."""
import asyncio
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import dc09_panel as dc09
import runner
from centre import Centre, Failed, eventually, words

KEYS = {"AES-128": "101112131415161718191A1B1C1D1E1F",
        "AES-192": "101112131415161718191A1B1C1D1E1F2021222324252627",
        "AES-256": "101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F"}
TEST_CALLS = 9000  # sequences from here on are test calls before the test begins


def expect(true, what):
    if not true:
        raise Failed(what)


def exactly(have, want, what):
    if have != want:
        raise Failed(f"{what}: {have!r}, not {want!r}")


class Site:
    """A running centre, its console, and panels that call it."""

    def __init__(self, centre):
        self.centre, self.console = centre, centre.console()

    def panel(self):
        return dc09.Panel(self.centre.dc09_port)

    def datagram_panel(self):
        return dc09.DatagramPanel(self.centre.dc09_udp_port)

    # Every way in: something with send, answer, ask, close.
    def ways(self):
        yield "TCP", self.panel
        yield "TLS", lambda: dc09.Panel(self.centre.dc09_tls_port, ca=self.centre.pki / "ca.crt")
        yield "UDP", self.datagram_panel

    def journal(self, account):
        """The sequences of an account's signals in the journal."""
        lines = self.centre.ctl("journal", "dump", "--json").stdout.splitlines()
        records = [json.loads(line) for line in lines]
        found = [int(r.get("sequence", 0)) for r in records
                 if r["type"] == "SIGNAL" and r.get("account") == account]
        return [sequence for sequence in found if sequence < TEST_CALLS]

    def stored(self, account):
        """(signals, sequences, repeats) of an account in PostgreSQL."""
        row = self.centre.sql("select count(*), count(distinct sequence), coalesce(sum(repeats), 0) "
                              f"from larwm.signal where account = '{account}' and "
                              f"sequence < {TEST_CALLS}")
        return tuple(map(int, row.split("|")))

    def holds(self, account, sequences, repeats=0):
        """Each of these once in the journal, but for copies, and once in PostgreSQL."""
        have = sorted(self.journal(account))
        expect(sorted(set(have)) == sorted(set(sequences)), f"journal: {have} of {sequences}")
        if not repeats:
            exactly(have, sorted(sequences), "records in the journal")
        wanted = (len(sequences), len(set(sequences)), repeats)
        eventually(lambda: self.stored(account) == wanted, 20,
                   f"PostgreSQL has {wanted}, not {self.stored(account)}")

    def incident_of(self, code=None, **options):
        return self.console.incident(lambda i: any(s.code == code for s in i.signals), **options)

    def close_incident(self, incident):
        expect(self.console.act("CLAIM", incident.id).ok, "claimed")
        expect(self.console.act("CLOSE", incident.id, outcome=words.OUTCOME_PERSON_SAFE).ok, "closed")
        self.console.incident(lambda i: i.id == incident.id and i.state == words.INCIDENT_CLOSED)


def with_site(accounts=()):
    """`accounts`: (unit, account[, key]) on record."""
    def make(function):
        def run():
            with Centre() as centre:
                for account in accounts:
                    centre.panel_account(*account)
                centre.start()
                site = Site(centre)
                if accounts:  # the registry is in force: these panels are known
                    site.console.wait(lambda c: c.status and c.status.database_up, 20, "a registry")
                    wait_until_known(site, accounts[-1][1])
                function(site)
                expect(centre.larwmd.alive(), "larwmd is alive")
        run.__name__ = function.__name__
        return run
    return make


def wait_until_known(site, account):
    """Calls with sequences from TEST_CALLS on until one is no longer labelled UNREGISTERED."""
    calls = iter(range(TEST_CALLS, 10000))

    def known():
        with site.panel() as panel:
            panel.ask(dc09.event(account, next(calls), "1602 00 000"))
        return site.centre.sql(f"select 1 from larwm.signal where account = '{account}' and unit <> ''")
    eventually(known, 20, "the registry knows the panel")


def test_the_panels_of_this_suite_send_what_the_published_vectors_say():
    exactly(dc09.crc(b"123456789"), 0xBB3D, "CRC-16/ARC")
    exactly(dc09.event("A10001", 1, "Nri1/PA001", token="SIA-DCS"),
            b'\nB472002A"SIA-DCS"0001L0#A10001[#A10001|Nri1/PA001]\r', "clear")
    exactly(dc09.ack("A10001", 1), b'\nBCF20014"ACK"0001L0#A10001[]\r', "ACK")
    exactly(dc09.event("A10001", 3, "Nri1/PA001", token="SIA-DCS", time="_12:00:00,11-22-2026",
                       key=KEYS["AES-128"])[:30], b'\nD6260078"*SIA-DCS"0003L0#A100', "encrypted")


@with_site()
def test_an_alarm_is_one_signal_with_a_byte_exact_answer_on_every_way_in(site):
    for number, (name, connect) in enumerate(site.ways()):
        account = f"11{number:02d}"
        panel = connect()
        exactly(panel.ask(dc09.event(account, 7, "1120 01 001")), dc09.ack(account, 7), name)
        exactly(panel.ask(dc09.null(account)), dc09.ack(account, 0), f"{name}: link test")
        panel.close()
        site.holds(account, [7])


@with_site()
def test_datagrams_of_many_panels_are_answered_to_each_sender(site):
    """Also several frames in one datagram; rubbish and half a frame have no answer and harm nobody."""
    panels = [site.datagram_panel() for _ in range(20)]
    for number, panel in enumerate(panels):
        panel.send(b"rubbish")
        panel.send(dc09.event(f"B{number:03d}", 9, "1120 01 001")[:20])
        panel.send(dc09.event(f"B{number:03d}", 1, "1120 01 001"))
    for number, panel in enumerate(panels):
        exactly(panel.answer(), dc09.ack(f"B{number:03d}", 1), f"panel {number}")
    pair = [dc09.event("B000", sequence, "1120 01 001") for sequence in (2, 3)]
    panels[0].send(b"".join(pair))
    answers = b""
    while len(answers) < 2 * len(dc09.ack("B000", 2)):
        answers += panels[0].answer()
    exactly(answers, dc09.ack("B000", 2) + dc09.ack("B000", 3), "two frames in one datagram")
    site.holds("B000", [1, 2, 3])
    for number in range(1, len(panels)):
        exactly(site.journal(f"B{number:03d}"), [1], f"panel {number}")
    for panel in panels:
        panel.close()


@with_site()
def test_a_panel_that_changes_from_udp_to_tcp_in_the_middle_is_one_signal(site):
    """Its back-up path: the first answer was lost, for all the panel knows."""
    press = dc09.event("1111", 1, "1120 01 001", time=dc09.stamp())
    for _, connect in site.ways():
        panel = connect()
        exactly(panel.ask(press), dc09.ack("1111", 1), "ACK")
        panel.close()
    site.console.incident(lambda i: (i.signal_count, i.repeat_count) == (1, 2))
    site.holds("1111", [1], repeats=2)


@with_site()
def test_two_panels_worth_of_frames_in_one_segment_are_each_one_signal(site):
    frames, answers = [], []
    for sequence in range(1, 21):
        account = ("1111", "2222")[sequence % 2]
        frames.append(dc09.event(account, sequence, f"1120 01 {sequence:03d}"))
        answers.append(dc09.ack(account, sequence))
    with site.panel() as panel:
        panel.send(b"".join(frames))
        exactly(panel.read(len(b"".join(answers))), b"".join(answers), "answers in order")
    site.holds("1111", range(2, 21, 2))
    site.holds("2222", range(1, 21, 2))


@with_site()
def test_frames_sent_one_byte_at_a_time_are_each_one_signal(site):
    with site.panel() as panel:
        for sequence in range(1, 6):
            for byte in dc09.event("1111", sequence, "1130 01 003"):
                panel.send(bytes([byte]))
            exactly(panel.answer(), dc09.ack("1111", sequence), "the answer")
    site.holds("1111", range(1, 6))


@with_site()
def test_two_frames_cut_anywhere_are_two_signals(site):
    length = len(dc09.event("1111", 1, "1120 01 001") * 2)
    answers = b""
    with site.panel() as panel:
        for cut in range(1, length):
            pair = [dc09.event("1111", 2 * cut + n, "1120 01 001") for n in (0, 1)]
            stream = b"".join(pair)
            panel.send(stream[:cut])
            panel.send(stream[cut:])
            answers = b"".join(dc09.ack("1111", 2 * cut + n) for n in (0, 1))
            exactly(panel.read(len(answers)), answers, f"cut at {cut}")
    site.holds("1111", range(2, 2 * length))


@with_site()
def test_junk_between_frames_costs_no_frame(site):
    junk = [b"\0", b"\r\n", b"\n\r\0", b"hello", b"\n\n\n", b"\n0123", b"ATZ\r\n", b"\xff\xfe\x00",
            b"\n00000027\"ADM-CID\"0001L0#1111[#1111|1120 01 001]\r"]  # the last has a wrong checksum
    with site.panel() as panel:
        for sequence, noise in enumerate(junk, 1):
            panel.send(noise + dc09.event("1111", sequence, "1120 01 001") + b"\0")
            exactly(panel.answer(), dc09.ack("1111", sequence), f"behind {noise!r}")
    site.holds("1111", range(1, len(junk) + 1))


def _binary_frame(account, unwanted):
    """An event whose binary checksum holds one of these bytes, and its sequence."""
    for sequence in range(1, 9999):
        made = dc09.event(account, sequence, "1120 01 001", binary=True)
        if unwanted is None or unwanted in made[1:3]:
            return made, sequence
    raise Failed("no such frame")


@with_site()
def test_a_binary_checksum_is_answered_in_kind_even_when_it_holds_line_ends(site):
    sequences = []
    with site.panel() as panel:
        for unwanted in (None, 0x0A, 0x0D, 0x22):
            made, sequence = _binary_frame("1111", unwanted)
            wanted = dc09.ack("1111", sequence, binary=True)
            panel.send(made)
            exactly(panel.read(len(wanted)), wanted, f"with {unwanted} in the checksum")
            sequences.append(sequence)
    site.holds("1111", sequences)


@with_site()
def test_odd_forms_of_the_head_are_echoed_as_they_came(site):
    forms = {"lower-case digits": {"lower": True}, "no L": {"prefix": None}, "an empty L": {"prefix": ""},
             "a receiver": {"receiver": "C0FFD", "prefix": "1234"}, "a long prefix": {"prefix": "00AABB"}}
    with site.panel() as panel:
        for sequence, (name, form) in enumerate(forms.items(), 1):
            echoed = {k: v for k, v in form.items() if k != "lower"}
            exactly(panel.ask(dc09.event("1111", sequence, "1120 01 001", **form)),
                    dc09.ack("1111", sequence, **echoed), name)
        for account in ("123", "080027E62A64", "0123456789ABCDEF", "ab12"):
            exactly(panel.ask(dc09.event(account, 1, "1120 01 001")), dc09.ack(account, 1), account)
            site.holds(account, [1])
    site.holds("1111", range(1, len(forms) + 1))


async def _one_of_many(port, account, ready, connected):
    """Connects, waits for the others, sends an alarm and a link test; the answers that came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connected.append(account)
    await ready.wait()
    answers = []
    for frame in (dc09.event(account, 1, "1120 01 001"), dc09.null(account)):
        writer.write(frame)
        wanted = dc09.ack(account, 1 if not answers else 0)
        answers.append(await asyncio.wait_for(reader.readexactly(len(wanted)), 60) == wanted)
    writer.close()
    return account, all(answers)


async def _many(port, accounts):
    ready, connected = asyncio.Event(), []
    tasks = [asyncio.create_task(_one_of_many(port, a, ready, connected)) for a in accounts]
    while len(connected) < len(accounts) and not any(t.done() for t in tasks):
        await asyncio.sleep(0.01)
    ready.set()
    return await asyncio.gather(*tasks)


@with_site()
def test_of_a_thousand_panels_at_once_every_alarm_is_one_signal_and_every_frame_answered(site):
    accounts = [f"E{number:05d}" for number in range(1000)]
    done = asyncio.run(_many(site.centre.dc09_port, accounts))
    wrong = [account for account, good in done if not good]
    expect(not wrong, f"{len(wrong)} panels had a wrong answer: {wrong[:5]}")
    lines = site.centre.ctl("journal", "dump", "--json").stdout.splitlines()
    have = [r.get("account") for r in map(json.loads, lines) if r["type"] == "SIGNAL"]
    exactly(sorted(have), accounts, "one record each in the journal")
    site.console.wait(lambda c: len(c.incidents) == len(accounts), 60, "an incident each")
    eventually(lambda: site.centre.sql("select count(*), count(distinct account) from larwm.signal")
               == "1000|1000", 60, "one row each in PostgreSQL")


def _encrypted(bits):
    account, key = "A10001", KEYS[bits]

    @with_site([("PAN-A10001", account, key)])
    def run(site):
        with site.panel() as panel:
            first = panel.ask(dc09.event(account, 3, "Nri1/PA001", token="SIA-DCS", key=key,
                                         time=dc09.stamp(-3600)))
            expect(dc09.is_nak(first), f"an hour late: NAK, not {first!r}")
            again = panel.ask(dc09.event(account, 3, "Nri1/PA001", token="SIA-DCS", key=key))
            expect(dc09.is_sealed_ack(again, account, 3, key), f"its clock set: *ACK, not {again!r}")
            link = panel.ask(dc09.frame(dc09.head("*NULL", 0, account) + "["
                                        + dc09.seal(key, "]" + dc09.stamp())))
            expect(dc09.is_sealed_ack(link, account, 0, key), f"a link test: {link!r}")
        incident = site.console.incident(lambda i: i.repeat_count == 1, what="the resend is counted")
        exactly((incident.signal_count, incident.priority), (1, words.PRIORITY_P1), "one P1 signal")
        expect(words.BADGE_CLOCK_SUSPECT in incident.badges, "labelled clock-suspect")
        expect(words.BADGE_UNREGISTERED not in incident.badges, "of a known panel")
        exactly(len(site.console.open_incidents()), 1, "incidents")
        site.holds(account, [3], repeats=1)
    return run


test_an_aes_128_panel_that_sets_its_clock_after_a_nak_is_one_signal = _encrypted("AES-128")
test_an_aes_192_panel_that_sets_its_clock_after_a_nak_is_one_signal = _encrypted("AES-192")
test_an_aes_256_panel_that_sets_its_clock_after_a_nak_is_one_signal = _encrypted("AES-256")


@with_site([("PAN-A10001", "A10001", KEYS["AES-128"])])
def test_a_panel_that_cannot_set_its_clock_has_one_nak_and_then_its_ack(site):
    """A drifting fleet must not loop."""
    key = KEYS["AES-128"]
    with site.panel() as panel:
        for sequence in (1, 2, 3):
            drifted = {"key": key, "time": dc09.stamp(-86400)}
            expect(dc09.is_nak(panel.ask(dc09.event("A10001", sequence, "1120 01 001", **drifted))), "NAK")
            answer = panel.ask(dc09.event("A10001", sequence, "1120 01 001", **drifted))
            expect(dc09.is_sealed_ack(answer, "A10001", sequence, key), f"then *ACK: {answer!r}")
    site.console.incident(lambda i: i.signal_count == 3 and i.repeat_count == 3)
    site.holds("A10001", [1, 2, 3], repeats=3)


@with_site()
def test_a_clear_frame_with_a_wrong_clock_is_taken_and_labelled(site):
    with site.panel() as panel:
        exactly(panel.ask(dc09.event("1111", 1, "1120 01 001", time=dc09.stamp(-86400))),
                dc09.ack("1111", 1), "ACK")
    site.console.incident(lambda i: words.BADGE_CLOCK_SUSPECT in i.badges)
    site.holds("1111", [1])


@with_site()
def test_an_unknown_code_is_acknowledged_and_shown_as_unknown_with_its_payload(site):
    payloads = ("1999 01 001", "QQ no such thing", "")
    with site.panel() as panel:
        for sequence, payload in enumerate(payloads, 1):
            exactly(panel.ask(dc09.event("1111", sequence, payload)), dc09.ack("1111", sequence), payload)
    incident = site.console.incident(lambda i: i.signal_count == len(payloads))
    exactly({s.kind for s in incident.signals}, {words.SIGNAL_UNKNOWN}, "kinds")
    expect("1999 01 001" in incident.signals[0].text, f"the payload is shown: {incident.signals[0]}")
    site.holds("1111", range(1, len(payloads) + 1))


@with_site()
def test_an_unknown_account_is_taken_and_labelled_unregistered(site):
    with site.panel() as panel:
        exactly(panel.ask(dc09.event("4242", 1, "1120 01 001")), dc09.ack("4242", 1), "ACK")
    incident = site.console.incident(lambda i: words.BADGE_UNREGISTERED in i.badges)
    exactly(incident.priority, words.PRIORITY_P1, "priority")


@with_site([("PAN-A10001", "A10001", KEYS["AES-128"])])
def test_what_no_key_opens_gets_duh_once_it_is_durable_and_is_an_unreadable_p1(site):
    """REQ R0, A24 TEST: killed the moment the DUH is there."""
    with site.panel() as panel:
        exactly(panel.ask(dc09.event("A10001", 5, "1120 01 001", key=KEYS["AES-192"])),
                dc09.duh("A10001", 5), "DUH")
    site.console.close()
    site.centre.restart(hard=True)
    site.console = site.centre.console()
    incident = site.console.incident(lambda i: words.BADGE_UNREADABLE in i.badges)
    exactly((incident.priority, incident.signal_count), (words.PRIORITY_P1, 1), "P1")
    exactly(site.journal("A10001"), [5], "records in the journal")


@with_site([("SKY-101", "1111")])
def test_duress_and_silent_codes_make_the_incident_silent(site):
    """REQ G18 TEST. The registry says that sounds are safe there."""
    site.centre.sql("update larwm.unit set silent_receipt = false where identifier = 'SKY-101'; "
                    "update larwm.case_record set perpetrator_resident = 'no'")
    codes = [("ADM-CID", "1120 01 001", "CID 1120", False), ("ADM-CID", "1121 01 001", "CID 1121", True),
             ("ADM-CID", "1122 01 001", "CID 1122", True), ("SIA-DCS", "Nri1/HA001", "SIA HA", True)]
    for sequence, (token, payload, code, silent) in enumerate(codes, 1):
        with site.panel() as panel:
            exactly(panel.ask(dc09.event("1111", sequence, payload, token=token)),
                    dc09.ack("1111", sequence), f"{code}: the same answer as any")
        incident = site.incident_of(code)
        exactly(incident.priority, words.PRIORITY_P1, f"{code} is P1")
        incident = site.console.incident(
            lambda i, n=incident.id: i.id == n and i.card.status == words.RESOLVE_CHECKED)
        exactly(incident.receipt_silent, silent, f"{code}: silent")
        site.close_incident(incident)


@with_site()
def test_cancel_and_restore_codes_are_written_down_and_close_nothing(site):
    after = [("ADM-CID", "1406 01 001"), ("SIA-DCS", "Nri1/OC001"), ("ADM-CID", "3120 01 001"),
             ("SIA-DCS", "Nri1/PR001")]
    with site.panel() as panel:
        panel.ask(dc09.event("1111", 1, "1120 01 001"))
        opened = site.incident_of("CID 1120")
        for sequence, (token, payload) in enumerate(after, 2):
            exactly(panel.ask(dc09.event("1111", sequence, payload, token=token)),
                    dc09.ack("1111", sequence), payload)
    incident = site.console.incident(lambda i: i.id == opened.id and i.signal_count == 5)
    exactly((incident.state, incident.priority), (words.INCIDENT_OPEN, words.PRIORITY_P1), "still P1")
    expect(words.BADGE_CANCEL_RECEIVED in incident.badges, "with the badge")
    exactly(len(site.console.incidents), 1, "incidents")
    site.holds("1111", range(1, 6))


@with_site()
def test_a_panel_that_restarts_after_the_operator_closed_opens_a_new_incident(site):
    """REQ R0 TEST: the very same bytes, within seconds."""
    press = dc09.event("1111", 1, "1120 01 001")
    with site.panel() as panel:
        exactly(panel.ask(press), dc09.ack("1111", 1), "ACK")
        exactly(panel.ask(press), dc09.ack("1111", 1), "ACK of a copy")
    first = site.console.incident(lambda i: (i.signal_count, i.repeat_count) == (1, 1))
    site.close_incident(first)
    with site.panel() as panel:
        exactly(panel.ask(press), dc09.ack("1111", 1), "ACK")
    second = site.console.incident(lambda i: i.id != first.id and i.state != words.INCIDENT_CLOSED)
    exactly((second.signal_count, second.repeat_count), (1, 0), "a press of its own")
    eventually(lambda: site.stored("1111") == (2, 1, 1), 20, "two signals in PostgreSQL")


@with_site()
def test_other_content_under_the_same_sequence_is_another_signal(site):
    with site.panel() as panel:
        for zone in (1, 2, 3):
            exactly(panel.ask(dc09.event("1111", 1, f"1120 01 {zone:03d}")), dc09.ack("1111", 1), "ACK")
    incident = site.console.incident(lambda i: i.signal_count == 3)
    exactly((incident.press_count, incident.repeat_count), (3, 0), "three presses")


def _storm(site, time):
    """Every alarm three times, once in each of three rounds."""
    accounts = [f"C{number:03d}" for number in range(50)]
    rounds, incidents = 3, {}
    with site.panel() as panel:
        for turn in range(rounds):
            for account in accounts:
                for sequence in (1, 2):
                    exactly(panel.ask(dc09.event(account, sequence, f"1120 01 {sequence:03d}", time=time)),
                            dc09.ack(account, sequence), f"turn {turn}")

    def settled(console):
        incidents.update(console.incidents)
        return len(incidents) == len(accounts) and all(
            (i.signal_count, i.repeat_count) == (2, 2 * (rounds - 1)) for i in incidents.values())
    site.console.wait(settled, 30, f"{len(accounts)} incidents, {len(incidents)} seen")
    for incident in incidents.values():
        exactly([s.repeats for s in incident.signals], [rounds - 1] * 2, "copies of each signal")
        expect(all(s.last_repeat_us > s.received_us for s in incident.signals), "and when the last came")
    for account in accounts[::10]:
        site.holds(account, [1, 2], repeats=2 * (rounds - 1))
    eventually(lambda: site.centre.sql("select count(*), sum(repeats) from larwm.signal") == "100|200", 20,
               "in PostgreSQL")


@with_site()
def test_a_storm_of_resends_opens_nothing_new_and_is_counted(site):
    _storm(site, None)


@with_site()
def test_a_storm_of_resends_with_times_opens_nothing_new_and_is_counted(site):
    _storm(site, dc09.stamp())


@with_site()
def test_an_alarm_acknowledged_at_the_moment_of_a_kill_is_there_once(site):
    """REQ A24, R0 TEST"""
    presses = []
    for sequence in range(1, 6):
        press = dc09.event("1111", sequence, "1120 01 001", time=dc09.stamp())
        presses.append(press)
        with site.panel() as panel:
            exactly(panel.ask(press), dc09.ack("1111", sequence), "ACK")
            site.centre.larwmd.kill()  # before anything else
        site.console.close()
        site.centre.start()
        site.console = site.centre.console()
        site.console.incident(lambda i, n=sequence: i.signal_count == n)
        with site.panel() as panel:  # its ACK was lost, for all the panel knows
            exactly(panel.ask(press), dc09.ack("1111", sequence), "ACK again")
        site.console.incident(lambda i, n=sequence: i.signal_count == n and i.repeat_count == n)
    exactly(len(site.console.incidents), 1, "incidents")
    site.holds("1111", range(1, 6), repeats=5)


if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
