#!/usr/bin/env python3
"""The flow of an alarm with the real daemon and a real PostgreSQL."""
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import native
import runner
from centre import Centre, Failed, eventually, words
import journal_pb2

DURABLE = native.DURABLE


def expect(true, what):
    if not true:
        raise Failed(what)


def test_a_press_gets_its_receipt_and_appears_with_case_and_marker():
    """REQ A1, A8, A24, B1 TEST"""
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        console = centre.console()
        receipt = centre.unit("SKY-101").press(1)
        expect(receipt.status == DURABLE, f"receipt {receipt}")
        incident = console.incident(lambda i: i.card.unit == "SKY-101")
        expect(incident.priority == words.PRIORITY_P1, "a panic is P1")
        expect(incident.card.status == words.RESOLVE_CHECKED, "PostgreSQL was asked")
        reference = centre.sql("select c.reference from larwm.allocation a join larwm.unit u on u.id = "
                               "a.unit_id join larwm.case_record c on c.id = a.case_id where "
                               "u.identifier = 'SKY-101' and upper_inf(a.during)")
        expect(incident.card.case_card.reference == reference, "the holder's case is shown")
        eventually(lambda: centre.sql("select count(*) from larwm.signal where unit = 'SKY-101'") == "1",
                   10, "the signal is in PostgreSQL")
        eventually(lambda: centre.sql("select count(*) from larwm.incident") == "1", 10,
                   "the incident is in PostgreSQL")
        broken = centre.sql("select larwm.audit_verify('node-1')")
        expect(broken == "", f"audit chain broken at {broken}")


def test_a_resent_signal_is_answered_again_and_counted_not_shown_twice():
    """REQ A24, S1 (1) TEST"""
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        console = centre.console()
        unit = centre.unit("SKY-101")
        for _ in range(4):
            expect(unit.press(41).status == DURABLE, "each copy gets its receipt")
        incident = console.incident(lambda i: i.repeat_count == 3)
        expect(incident.signal_count == 1, f"one signal, not {incident.signal_count}")
        unit.press(42)
        incident = console.incident(lambda i: i.press_count == 2, what="pressed again")
        expect(len(console.open_incidents()) == 1, "a new press joins the open incident")
        eventually(lambda: centre.sql("select count(*), max(repeats) from larwm.signal") == "2|3", 10,
                   "two signals, three repeats in PostgreSQL")


def test_every_press_is_looked_up_where_the_configuration_says_0():
    """Decision 0017: by default the second press would join unasked."""
    with Centre(policy={"ask_again_ms": 0}) as centre:
        centre.certify("SKY-101")
        centre.start()
        console = centre.console()
        unit = centre.unit("SKY-101")
        for count in range(1, 4):
            expect(unit.press(count).status == DURABLE, "its receipt")
            console.incident(lambda i: i.press_count == count, what=f"press {count}")
        counters = dict(line.split()[:2] for line in centre.ctl("counters").stdout.splitlines()
                        if len(line.split()) > 1)
        expect(counters["joined_unasked"] == "0" and int(counters["resolve_requests"]) >= 3,
               f"joined unasked {counters['joined_unasked']}, asked {counters['resolve_requests']} of 3")


def test_a_claim_has_exactly_one_winner():
    """REQ E4, S1 (5) TEST"""
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        consoles = [centre.console(f"operator{n}") for n in range(12)]
        centre.unit("SKY-101").press(1)
        incident = consoles[0].incident(lambda i: i.card.unit == "SKY-101")
        for console in consoles:
            console.incident(lambda i: i.id == incident.id)
        refs = []
        for console in consoles:  # all asked before any answer is read
            frame = support.console_pb2.ClientFrame(ref=99)
            frame.action.kind = journal_pb2.ACTION_NEXT
            console.send(frame)
        results = [c.wait(lambda k: k.results.get(99)) for c in consoles]
        winners = [c.user for c, r in zip(consoles, results) if r.ok]
        expect(len(winners) == 1, f"one winner, not {winners}")
        expect(all(r.refusal == "NOTHING_WAITING" for r in results if not r.ok), "losers get the next")
        lost = next(c for c, r in zip(consoles, results) if not r.ok)
        refused = lost.act("CLAIM", incident.id)
        expect(refused.refusal == "TAKEN" and refused.detail == winners[0],
               f"told who has it: {refused}")


def test_closing_needs_an_outcome_and_the_owner():
    """REQ E4, S1 (7) TEST"""
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        console, other = centre.console(), centre.console("second")
        centre.unit("SKY-101").press(1)
        incident = console.incident(lambda i: i.card.unit == "SKY-101")
        expect(console.act("CLAIM", incident.id).ok, "claimed")
        expect(console.act("CLOSE", incident.id).refusal == "OUTCOME_MISSING", "no outcome")
        refused = other.act("CLOSE", incident.id, outcome=words.OUTCOME_FALSE)
        expect(refused.refusal == "NOT_OWNER", f"not the owner: {refused}")
        expect(console.act("NOTE", incident.id, text="spoke to officers").ok, "a note")
        expect(console.act("CLOSE", incident.id, outcome=words.OUTCOME_PERSON_SAFE).ok, "closed")
        other.incident(lambda i: i.id == incident.id and i.state == words.INCIDENT_CLOSED)


def test_an_incident_survives_a_stop_and_a_kill_of_the_daemon():
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        console = centre.console()
        centre.unit("SKY-101").press(1)
        before = console.incident(lambda i: i.card.unit == "SKY-101")
        expect(console.act("CLAIM", before.id).ok, "claimed")
        console.close()
        for hard in (False, True):
            centre.restart(hard)
            again = centre.console()
            after = again.incident(lambda i: i.id == before.id)
            expect(after.owner == "operator", "the claim stands")
            expect(after.card.case_card.person_name == before.card.case_card.person_name, "same case")
            again.close()


def test_a_console_resumes_without_a_gap():
    with Centre() as centre:
        centre.certify("SKY-101", "SKY-102")
        centre.start()
        console = centre.console()
        first, second = centre.unit("SKY-101"), centre.unit("SKY-102")
        first.press(1)
        console.incident(lambda i: i.card.unit == "SKY-101")
        for round_ in range(20):
            console.close()
            second.press(round_ + 1)
            console.open()
            console.incident(lambda i, n=round_ + 1: i.card.unit == "SKY-102" and i.press_count == n)
            expect(console.welcome.resumed, "deltas, not a new snapshot")
        expect(console.gaps == 0, f"{console.gaps} gaps")


def test_without_postgresql_a_press_gets_its_receipt_appears_and_is_stored_once_later():
    """REQ R0, S2 (c), S2 (7) TEST"""
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        console = centre.console()
        console.wait(lambda c: c.status and c.status.database_up, what="database up")
        eventually(lambda: (centre.dir / "snapshot.larwm").exists(), 30, "a snapshot is written")
        Centre.database.stop()
        try:
            console.wait(lambda c: c.status and not c.status.database_up, 15, "told that it is away")
            receipt = centre.unit("SKY-101").press(1)
            expect(receipt.status == DURABLE, "the receipt does not wait for PostgreSQL")
            incident = console.incident(lambda i: i.card.unit == "SKY-101")
            expect(incident.card.status == words.RESOLVE_CACHED, "the last known record")
            expect(incident.card.case_card.person_name != "", "the case is shown")
            expect(incident.card.marker.status == words.MARKER_UNKNOWN, "never states what it did not check")
            expect(incident.card.marker.last_known_us > 0, "with the time of the last known value")
            console.close()
            centre.restart(hard=True)
            console = centre.console()
            again = console.incident(lambda i: i.id == incident.id)
            expect(again.card.case_card.person_name == incident.card.case_card.person_name,
                   "a restart without PostgreSQL shows the same")
        finally:
            Centre.database.start()
        eventually(lambda: centre.sql("select count(*) from larwm.signal") == "1", 30, "stored once")
        eventually(lambda: centre.sql("select count(*) from larwm.incident") == "1", 30, "stored once")
        console.incident(lambda i: i.id == incident.id and i.card.status == words.RESOLVE_CHECKED, 30,
                         "checked again when PostgreSQL is back")


def test_a_frozen_postgresql_delays_nobody():
    """REQ R0 TEST"""
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        console = centre.console()
        console.wait(lambda c: c.status and c.status.database_up, what="database up")
        unit = centre.unit("SKY-101")
        unit.press(1)
        console.incident(lambda i: i.card.unit == "SKY-101")
        backends = centre.sql("select pid from pg_stat_activity where usename = 'larwmd'").split()
        postmaster = Centre.database.pids()
        frozen = [*map(int, backends), postmaster]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            expect(unit.press(2, seconds=3).status == DURABLE, "a receipt")
            console.incident(lambda i: i.press_count == 2, 3, "pressed again, shown")
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        eventually(lambda: centre.sql("select count(*) from larwm.signal") == "2", 30, "both stored")


def test_a_dc09_panel_is_acknowledged_and_shown():
    """REQ standards 1.7 TEST"""
    with Centre() as centre:
        centre.panel_account("PAN-1111", "1111")
        centre.panel_account("PAN-A10001", "A10001", "101112131415161718191a1b1c1d1e1f")
        centre.start()
        console = centre.console()
        clear = centre.panel("--account", "1111", "--token", "ADM-CID", "--sequence", 1, "--payload",
                             "1120 01 001")
        expect(clear.returncode == 0, f"ACK: {clear.stdout}{clear.stderr}")
        console.incident(lambda i: any(s.code == "CID 1120" for s in i.signals))
        secret = centre.panel("--account", "A10001", "--key", "101112131415161718191A1B1C1D1E1F",
                              "--token", "SIA-DCS", "--sequence", 3, "--payload", "Nri1/PA001")
        expect(secret.returncode == 0, f"*ACK: {secret.stdout}{secret.stderr}")
        console.incident(lambda i: any(s.unit == "PAN-A10001" for s in i.signals))
        inside = centre.panel("--port", centre.dc09_tls_port, "--tls", "--ca", centre.pki / "ca.crt",
                              "--account", "1111", "--token", "NULL")
        expect(inside.returncode == 0, f"a link test inside TLS: {inside.stdout}{inside.stderr}")
        unknown = centre.panel("--account", "4242", "--token", "ADM-CID", "--sequence", 1, "--payload",
                               "1120 01 001")
        expect(unknown.returncode == 0, "an unknown account is taken")
        console.incident(lambda i: words.BADGE_UNREGISTERED in i.badges, what="labelled UNREGISTERED")


def test_a_dc09_panel_over_udp_is_acknowledged_and_shown():
    with Centre() as centre:
        centre.panel_account("PAN-1111", "1111")
        centre.panel_account("PAN-A10001", "A10001", "101112131415161718191a1b1c1d1e1f")
        centre.start()
        console = centre.console()
        udp = ("--port", centre.dc09_udp_port, "--udp")
        clear = centre.panel(*udp, "--account", "1111", "--token", "ADM-CID", "--payload",
                             "1120 01 001")
        expect(clear.returncode == 0, f"ACK: {clear.stdout}{clear.stderr}")
        console.incident(lambda i: any(s.code == "CID 1120" for s in i.signals))
        drifted = centre.panel(*udp, "--account", "A10001", "--key",
                               "101112131415161718191A1B1C1D1E1F", "--time", -60, "--resend")
        expect(drifted.returncode == 0, f"NAK, then ACK: {drifted.stdout}{drifted.stderr}")
        expect('"NAK"' in drifted.stdout, "told our time first")
        incident = console.incident(lambda i: any(s.unit == "PAN-A10001" for s in i.signals))
        expect(len(incident.signals) == 1, "one signal")
        eventually(lambda: centre.sql("select count(*) from larwm.signal") == "2", 30, "both stored")


def test_a_panel_that_ends_its_side_gets_its_ack_and_no_reset():
    with Centre() as centre:
        centre.start()
        for arguments in ((), ("--port", centre.dc09_tls_port, "--tls", "--ca", centre.pki / "ca.crt")):
            done = centre.panel(*arguments, "--account", "1111", "--half-close")
            expect(done.returncode == 0, f"ACK, then the end: {done.stdout}{done.stderr}")


def test_an_authenticated_unit_the_registry_does_not_know_is_p1_unregistered():
    """REQ R0, S4 TEST"""
    with Centre() as centre:
        centre.certify("SKY-999")
        centre.start()
        console = centre.console()
        expect(centre.unit("SKY-999").press(1).status == DURABLE, "its receipt")
        incident = console.incident(lambda i: words.BADGE_UNREGISTERED in i.badges)
        expect(incident.priority == words.PRIORITY_P1, "P1")
        expect(incident.escalation.state == words.ESCALATION_NONE, "nobody is sent automatically")


def test_an_expired_certificate_still_gets_its_alarm_through():
    """REQ R0 TEST"""
    with Centre() as centre:
        name = "SKY-103"
        import subprocess
        subprocess.run([support.ROOT / "deploy/pki", "expired", centre.pki, name], check=True)
        centre.sql(f"select larwm.credential_add('{name}', 'tls_key', "
                   f"'\\x{centre.fingerprint(name)}'::bytea)")
        centre.start()
        console = centre.console()
        expect(centre.unit(name).press(1).status == DURABLE, "its receipt")
        incident = console.incident(lambda i: i.card.unit == name)
        expect(words.BADGE_CREDENTIAL_EXPIRED in incident.badges, "flagged")
        for end in ("crt", "key"):
            (centre.pki / f"units/{name}.{end}").unlink()


def test_a_marker_added_while_an_incident_is_open_appears_on_it():
    """LISTEN/NOTIFY keeps open incidents current."""
    with Centre() as centre:
        unit = "SKY-110"  # held by a case without any marker
        centre.certify(unit)
        centre.start()
        console = centre.console()
        expect(centre.unit(unit).press(1).status == DURABLE, "its receipt")
        incident = console.incident(lambda i: i.card.unit == unit and i.card.case_card.reference)
        expect(incident.card.marker.status == words.MARKER_NONE, "no marker yet")
        centre.sql(f"update larwm.case_record set safety_plan = safety_plan || ' (changed)' where "
                   f"reference = '{incident.card.case_card.reference}'")
        console.incident(lambda i: i.id == incident.id and "(changed)" in i.card.case_card.safety_plan,
                         15, "the open incident follows the record")


def test_a_schema_that_does_not_fit_is_said_and_alarms_go_on():
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.sql("create or replace function larwm.schema_version() returns int language sql as "
                   "'select 999'")
        centre.start()
        console = centre.console()
        console.wait(lambda c: c.status and not c.status.schema_ok, 15, "told about the schema")
        receipt = centre.unit("SKY-101").press(1)
        expect(receipt.status == DURABLE, "alarms go on")
        console.incident(lambda i: i.priority == words.PRIORITY_P1, what="the incident is shown")
        doctor = centre.ctl("doctor", check=False)
        expect(doctor.returncode != 0 and "sqitch" in doctor.stdout,
               f"doctor says what to run:\n{doctor.stdout}")


def test_lists_of_larwmctl_agree_with_what_happened():
    with Centre() as centre:
        centre.certify("SKY-101")
        centre.start()
        console = centre.console()
        centre.unit("SKY-101").press(1)
        console.incident(lambda i: i.card.unit == "SKY-101")
        listed = json.loads(centre.ctl("incident", "list", "--json").stdout)
        expect(len(listed) == 1, f"{listed}")
        eventually(lambda: json.loads(centre.ctl("signal", "list", "--json").stdout), 10, "signal list")
        centre.ctl("journal", "verify")
        dump = centre.ctl("journal", "dump").stdout
        person = centre.sql("select max(p.name) from larwm.person p join larwm.case_record c on "
                            "c.person_id = p.id where exists (select from larwm.incident i where "
                            "i.case_id = c.id)")
        expect(person == "" or person not in dump, "a dump shows no names unless asked to")


if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
