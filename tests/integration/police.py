#!/usr/bin/env python3
"""One police message per incident, whatever is restarted in between."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import runner
from centre import Centre, Failed, eventually, words

XSD = pathlib.Path(os.environ.get("LARWM_SHARED", support.ROOT.parent / "shared")) / "data/CAP-v1.2.xsd"


def expect(true, what):
    if not true:
        raise Failed(what)


def started(centre, mode="accept"):
    centre.certify("SKY-101")
    centre.start()
    centre.start_controlroom(mode, XSD if XSD.exists() else None)
    centre.start_police()
    console = centre.console()
    console.wait(lambda c: c.status and c.status.police_gateway_up, 20, "police gateway up")
    return console


def of_kind(centre, kind):
    return [a for a in centre.alerts() or [] if a["msgType"] == kind]


def test_an_alert_is_valid_cap_under_a_stable_identifier():
    """REQ E5 TEST"""
    if not XSD.exists():
        raise runner.Skipped(f"the CAP schema is not here ({XSD.name} beside the project's folder)")
    with Centre() as centre:
        console = started(centre)
        centre.unit("SKY-101").press(1)
        incident = console.incident(lambda i: i.escalation.state == words.ESCALATION_ACCEPTED, 20)
        alerts = of_kind(centre, "Alert")
        expect(len(alerts) == 1, f"{len(alerts)} alerts")
        expect(alerts[0]["valid"] is True, f"not valid: {alerts[0].get('error')}")
        expect(incident.escalation.message_id in alerts[0]["identifier"], "the stable identifier")
        expect(incident.escalation.log_number, "a log number")


def test_one_alert_whatever_is_restarted_in_between():
    """REQ E5, S1 (2), S1 (4) TEST"""
    with Centre() as centre:
        console = started(centre, "late 2")
        centre.unit("SKY-101").press(1)
        console.incident(lambda i: i.escalation.state in (words.ESCALATION_SENT,
                                                          words.ESCALATION_ACCEPTED), 20)
        console.close()
        centre.larwmd.kill()
        centre.processes["larwm-police"].kill()
        centre.start()
        centre.start_police()
        centre.processes["controlroom"].kill()
        centre.start_controlroom("accept", XSD if XSD.exists() else None)
        centre.restart(hard=True)
        again = centre.console()
        incident = again.incident(lambda i: i.escalation.state == words.ESCALATION_ACCEPTED, 40)
        identifiers = {a["identifier"] for a in of_kind(centre, "Alert")}
        expect(len(identifiers) == 1, f"one alert, not {identifiers}")
        bodies = {a["xml"] for a in of_kind(centre, "Alert")}
        expect(len(bodies) == 1, "every delivery is the same document")
        eventually(lambda: centre.sql("select count(*), max(state), max(log_number) from "
                                      "larwm.escalation") == f"1|accepted|{incident.escalation.log_number}",
                   15, "one escalation in PostgreSQL with its log number")


def test_a_rejection_is_shown_with_its_reason_and_the_telephone_number():
    """REQ B3 TEST"""
    with Centre() as centre:
        console = started(centre, "reject response-withdrawn")
        centre.unit("SKY-101").press(1)
        incident = console.incident(lambda i: i.escalation.state == words.ESCALATION_REJECTED, 20)
        expect("response-withdrawn" in incident.escalation.rejection, incident.escalation.rejection)
        expect(incident.call_police_by_phone and incident.escalation.force.telephone, "telephone")


def test_garbage_and_errors_from_a_control_room_are_retried_until_it_answers():
    with Centre() as centre:
        console = started(centre, "garbage")
        centre.unit("SKY-101").press(1)
        found = console.incident(lambda i: i.escalation.state != words.ESCALATION_NONE)
        eventually(lambda: sum(a.get("deliveries", 1) for a in of_kind(centre, "Alert")) >= 2, 20,
                   "tried again")
        import urllib.request
        for mode in (b"error", b"accept"):
            urllib.request.urlopen(urllib.request.Request(
                f"http://127.0.0.1:{centre.room_control}/mode", data=mode, method="POST"), timeout=5)
        console.incident(lambda i: i.id == found.id
                         and i.escalation.state == words.ESCALATION_ACCEPTED, 60, "accepted at last")
        expect(len({a["identifier"] for a in of_kind(centre, "Alert")}) == 1, "one identifier")


def test_closing_a_false_alarm_stands_the_police_down():
    with Centre() as centre:
        console = started(centre)
        centre.unit("SKY-101").press(1)
        incident = console.incident(lambda i: i.escalation.state == words.ESCALATION_ACCEPTED, 20)
        expect(console.act("CLAIM", incident.id).ok, "claimed")
        expect(console.act("CLOSE", incident.id, outcome=words.OUTCOME_FALSE).ok, "closed")
        eventually(lambda: len(of_kind(centre, "Cancel")) == 1, 20, "one Cancel")
        expect(len(of_kind(centre, "Alert")) == 1, "and still one Alert")


def test_a_further_press_is_an_update_not_a_second_alert():
    """REQ S7 (2) TEST"""
    with Centre(policy={"update_interval_s": 1}) as centre:
        console = started(centre)
        unit = centre.unit("SKY-101")
        unit.press(1)
        console.incident(lambda i: i.escalation.state == words.ESCALATION_ACCEPTED, 20)
        eventually(lambda: unit.press(centre.__dict__.setdefault("n", 1) + 1) and
                   centre.__dict__.update(n=centre.n + 1) is None and of_kind(centre, "Update"), 20,
                   "an Update")
        expect(len(of_kind(centre, "Alert")) == 1, "one Alert")


if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
