#!/usr/bin/env python3
"""A network fails: its units are one incident, ranked by risk (REQ A29). The real daemon, PostgreSQL.

    tests/integration/massloss.py       # LARWM_MASS units (10,000), and a panel's worth that comes back

No time is a verdict: they are printed.
"""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import dc09_panel as dc09
import runner
from centre import Centre, Failed, console_pb2, eventually, words

FLEET = int(os.environ.get("LARWM_MASS", "10000"))
LISTED = 50


def expect(true, what):
    if not true:
        raise Failed(what)


def gathering(console, network):
    """The open incident of the network, or None; two of them are one too many."""
    found = [i for i in console.open_incidents() if i.HasField("mass") and i.mass.network == network]
    expect(len(found) <= 1, "one incident of a network")
    return found[0] if found else None


def losses(console):
    """Open incidents of single units that are late or lost."""
    return [i for i in console.open_incidents() if i.paths]


def fleet(centre, count, network, interval_s):
    """Units that ought to be heard each `interval_s` and never are; every hundredth is held by
    somebody at high risk, every thousandth at unknown risk."""
    centre.sql(
        "insert into larwm.unit_model (code, name, kind, monitored, mobile, heartbeat_interval_s) "
        f"values ('mass-pendant', 'Pendant of {network}', 'personal', true, true, {interval_s});"
        "insert into larwm.unit (identifier, model_id, status, network) "
        f"select 'MASS-' || n, m.id, 'in_service', '{network}' "
        f"from generate_series(1, {count}) n, larwm.unit_model m where m.code = 'mass-pendant';"
        "insert into larwm.person (name) values ('Mass Invented')")
    person = "(select max(id) from larwm.person)"
    for word, reference, every, rest in (("high", "GW-2016-90001", 100, 0),
                                         ("standard", "GW-2016-90002", 2, 1)):
        centre.sql(
            "insert into larwm.case_record (reference, person_id, authority_id) select "
            f"'{reference}', {person}, min(id) from larwm.authority;"
            "insert into larwm.case_risk (case_id, risk) select id, "
            f"'{word}' from larwm.case_record where reference = '{reference}';"
            "insert into larwm.allocation (unit_id, case_id, during) "
            "select u.id, c.id, tstzrange(now() - interval '1 hour', null) "
            "from larwm.unit u, larwm.case_record c "
            f"where u.identifier like 'MASS-%' and substr(u.identifier, 6)::int % {every} = {rest} "
            f"and c.reference = '{reference}'")


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def test_a_network_that_fails_is_one_incident_ranked_by_risk():
    """REQ A29 TEST"""
    with Centre(log_level="error", checkpoint_records=50000) as centre:
        fleet(centre, FLEET, "failing-net", 4)
        centre.start()
        console = centre.console()
        console.wait(lambda c: c.status and c.status.database_up, 30, "database up")
        before_kib = rss_kib(centre.larwmd.pid)

        first = {}

        def seen():
            incident = gathering(console, "failing-net")
            if incident and "at" not in first:
                first["at"], first["opened"] = time.time(), incident.opened_us / 1e6
            return incident and incident.mass.lost + incident.mass.late == FLEET and incident
        console.wait(lambda c: seen(), 240, "all of them in one incident")
        late_at = time.time()
        print(f"    {FLEET} units late: shown {(first['at'] - first['opened']) * 1000:.0f} ms after the first "
              f"record of it, all counted after {(late_at - first['opened']) * 1000:.0f} ms", flush=True)

        incident = console.wait(lambda c: seen() and seen().mass.lost == FLEET and seen(), 240,
                                "all of them lost")
        print(f"    all lost {time.time() - late_at:.2f} s after all were late; RSS "
              f"{before_kib / 1024:.1f} MiB before, {rss_kib(centre.larwmd.pid) / 1024:.1f} MiB after",
              flush=True)
        expect(not losses(console), f"no other loss is open: {len(losses(console))}")
        expect(len(incident.mass.units) == min(LISTED, FLEET), "the list is bounded")
        risks = [unit.risk for unit in incident.mass.units]
        expect(risks[0] == words.RISK_HIGH, "the highest risk first")
        expect(incident.priority == words.PRIORITY_P3, "as the gravest in it")
        shown = centre.ctl("incident", "show", incident.reference).stdout
        expect("failing-net" in shown and "MASS-" in shown, f"larwmctl shows it: {shown}")

        no = incident.reference.split("-")[1]
        eventually(lambda: int(centre.sql(
            "select count(distinct s.unit) from larwm.incident_signal i join larwm.signal s "
            f"using (node, pos) where i.no = {no} and s.unit like 'MASS-%'")) == FLEET, 120,
            "each loss is a signal of the incident")
        counts = centre.sql("select count(*) from larwm.incident where 'MASS_LOSS' = any (badges) or "
                            "'mass_loss' = any (badges)")
        expect(counts == "1", f"one row of it: {counts}")

        centre.restart(hard=True)
        console = centre.console()
        again = console.wait(lambda c: gathering(c, "failing-net"), 60, "after kill -9")
        expect(again.id == incident.id and again.mass.lost == FLEET, "the same, and all in it")
        expect([u.unit for u in again.mass.units] == [u.unit for u in incident.mass.units],
               "in the same order")


def test_units_that_come_back_leave_the_list_and_the_last_closes_the_incident():
    """REQ A29 TEST"""
    accounts = [f"70{n:02}" for n in range(8)]
    with Centre(policy={"mass_loss_units": 5, "mass_loss_s": 60}) as centre:
        centre.sql("alter table larwm.unit_path drop constraint unit_path_interval_s_check")
        for account in accounts:
            centre.sql(
                "insert into larwm.unit (identifier, model_id, status, network) "
                f"select 'MASS-{account}', id, 'in_service', 'dsl' from larwm.unit_model "
                "where code = 'dc09-panel';"
                "insert into larwm.unit_path (unit_id, path, interval_s) select id, 'main', 2 "
                f"from larwm.unit where identifier = 'MASS-{account}'")
            centre.panel_account(f"MASS-{account}", account)
        centre.start()
        console = centre.console()
        panel = dc09.Panel(centre.dc09_port)
        due = {"calling": set(accounts), "at": 0}

        def call():
            if time.monotonic() - due["at"] >= 0.5:
                due["at"] = time.monotonic()
                for account in sorted(due["calling"]):
                    answer = panel.ask(dc09.null(account))
                    expect(answer == dc09.ack(account, 0), f"ACK, not {answer}")

        def until(condition, seconds, what):
            def asked():
                call()
                return condition()
            return eventually(asked, seconds, what)

        until(lambda: len(console.ticks) > 6, 30, "all call")
        expect(gathering(console, "dsl") is None and not losses(console), "nothing is lost")
        due["calling"] = set()
        incident = until(lambda: (i := gathering(console, "dsl")) and i.mass.lost == len(accounts)
                         and i, 60, "all are lost: one incident")
        eventually(lambda: not losses(console), 20, "and theirs are gathered into it")

        centre.restart(hard=True)
        console = centre.console()
        panel = dc09.Panel(centre.dc09_port)
        due["calling"] = set(accounts[:3])
        until(lambda: (i := gathering(console, "dsl")) and i.mass.back == 3 and i.mass.lost == 5, 60,
              "three are back")
        listed = {u.unit for u in gathering(console, "dsl").mass.units}
        expect(listed == {f"MASS-{a}" for a in accounts[3:]}, f"they left the list: {listed}")
        gone = f"MASS-{accounts[-1]}"
        centre.sql(f"update larwm.unit set status = 'quarantine' where identifier = '{gone}'")
        left = until(lambda: (i := gathering(console, "dsl")) and i.mass.lost == 4 and i, 60,
                     "one is taken out of service: nobody waits for it")
        expect(left.mass.back == 3, "it is not called back")
        expect(gone not in {u.unit for u in left.mass.units}, "it left the list")
        said = [h for h in left.history if h.text == gone]
        expect(len(said) == 1 and said[0].kind == console_pb2.HISTORY_UNSUPERVISED, f"and why: {said}")
        due["calling"] = set(accounts[:-1])
        closed = until(lambda: console.incidents[incident.id].state == words.INCIDENT_CLOSED
                       and console.incidents[incident.id], 60, "it closes itself")
        expect(closed.outcome == words.OUTCOME_RESTORED, "restored")
        until(lambda: centre.sql("select state || ' ' || outcome || ' ' || technical from "
                                 f"larwm.incident where no = {closed.reference.split('-')[1]}")
              == "closed restored dsl: lost 0, late 0, back 7", 20, "recorded")
        panel.close()


if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
