#!/usr/bin/env python3
"""Supervision per account and path: a panel with two paths against the real daemon and PostgreSQL."""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import dc09_panel as dc09
import runner
from centre import Centre, Failed, eventually, words

KIND = {name: number for name, number in words.SignalKind.items()}


def expect(true, what):
    if not true:
        raise Failed(what)


class Panel:
    """Sends link tests of one account by one connection; `due` names the network paths it uses and
    how many seconds apart. It has no thread: it is asked, again and again, whether anything is due."""

    def __init__(self, centre, account):
        self.account, self.due, self.sent = account, {}, {}
        self.connection = dc09.Panel(centre.dc09_port)

    def link_test(self, network):
        answer = self.connection.ask(dc09.null(self.account, xdata=f"[J{network}]"))
        expect(answer == dc09.ack(self.account, 0), f"ACK, not {answer}")

    def is_due(self):
        for network, seconds in self.due.items():
            now = time.monotonic()
            if now - self.sent.get(network, 0) >= seconds:
                self.sent[network] = now
                self.link_test(network)

    def until(self, condition, seconds, what):
        """Goes on calling until the condition holds; returns what it gave."""
        def asked():
            self.is_due()
            return condition()
        return eventually(asked, seconds, what)

    def close(self):
        self.connection.close()


def prepared(centre, main_s=None, backup_s=None):
    """PAN-1111 with one account; intervals below the least that an installer may set, for a short
    test."""
    centre.panel_account("PAN-1111", "1111")
    centre.sql("alter table larwm.unit_path drop constraint unit_path_interval_s_check")
    for path, seconds in (("main", main_s), ("backup", backup_s)):
        if seconds:
            centre.sql("insert into larwm.unit_path (unit_id, path, interval_s) select id, "
                       f"'{path}', {seconds} from larwm.unit where identifier = 'PAN-1111'")


def loss(console, kind=None):
    """The loss incident of the panel that is open and (when told) of that kind."""
    for incident in console.open_incidents():
        if incident.paths and (kind is None or incident.kind == KIND[kind]):
            return incident
    return None


def path_of(incident, path):
    return next(p for p in incident.paths if p.path == path)


def heard_lately(incident, path):
    seen_us = path_of(incident, path).last_seen_us
    return seen_us and abs(incident.last_signal_us - seen_us) < 10_000_000


def test_a_lost_path_then_a_lost_unit_then_its_return_is_one_incident():
    """REQ A28 TEST"""
    with Centre() as centre:
        prepared(centre, main_s=2, backup_s=3)
        centre.start()
        console = centre.console()
        panel = Panel(centre, "1111")
        panel.due = {1: 0.5, 2: 0.5}
        panel.until(lambda: console.status and len(console.ticks) > 4, 20, "both paths call")
        expect(loss(console) is None, "nothing is lost while both call")

        panel.due = {2: 0.5}
        lost = panel.until(lambda: loss(console, "SIGNAL_PATH_LOST"), 30, "the main path is lost")
        expect(path_of(lost, words.PATH_MAIN).state == words.PATH_STATE_LOST, "it names the lost path")
        expect(path_of(lost, words.PATH_BACKUP).state == words.PATH_STATE_WORKING,
               "and the one that works")
        expect(path_of(lost, words.PATH_MAIN).last_seen_us > 0, "when the lost one was heard")
        expect(heard_lately(lost, words.PATH_BACKUP), "and the other")
        expect(lost.priority >= words.PRIORITY_P3, "the lesser thing")

        panel.due = {}
        both = panel.until(lambda: loss(console, "SIGNAL_UNIT_LOST"), 30, "both paths are lost")
        expect(both.id == lost.id, "the same incident, raised")
        expect(both.priority == words.PRIORITY_P2, "whoever cuts one may cut both")
        expect(sum(1 for i in console.open_incidents() if i.paths) == 1, "and only one")
        shown = centre.ctl("incident", "show", both.reference).stdout
        expect("main path" in shown and "back-up path" in shown and "LOST" in shown,
               f"larwmctl shows both: {shown}")

        panel.due = {2: 0.5}
        panel.until(lambda: path_of(console.incidents[lost.id], words.PATH_BACKUP).state
                    == words.PATH_STATE_WORKING, 30, "the back-up path is back")
        expect(console.incidents[lost.id].state == words.INCIDENT_OPEN, "the main path is not")
        panel.due = {1: 0.5, 2: 0.5}
        closed = panel.until(lambda: console.incidents[lost.id].state == words.INCIDENT_CLOSED
                             and console.incidents[lost.id], 30, "closed by itself")
        expect(closed.outcome == words.OUTCOME_RESTORED, "restored")
        panel.until(lambda: centre.sql("select kind || ' ' || state || ' ' || outcome from "
                                       "larwm.incident where unit = 'PAN-1111'")
                    == "unit_lost closed restored", 20, "recorded")
        rows = centre.sql("select string_agg(distinct kind || ' ' || path, ', ') from larwm.signal "
                          "where unit = 'PAN-1111' and kind like '%lost'")
        expect(rows == "path_lost main, unit_lost backup", f"each with its path: {rows}")
        panel.close()


def test_a_silent_backup_is_lost_while_the_main_path_works():
    """REQ A28 TEST"""
    with Centre() as centre:
        prepared(centre, main_s=3, backup_s=1)
        centre.start()
        console = centre.console()
        panel = Panel(centre, "1111")
        panel.due = {1: 0.5}
        lost = panel.until(lambda: loss(console, "SIGNAL_PATH_LOST"), 30, "the back-up is lost")
        expect(path_of(lost, words.PATH_BACKUP).state == words.PATH_STATE_LOST, "named")
        expect(path_of(lost, words.PATH_BACKUP).last_seen_us == 0, "not heard since the start")
        expect(path_of(lost, words.PATH_MAIN).state == words.PATH_STATE_WORKING, "main works")
        panel.close()


def test_an_interval_learned_from_link_tests_survives_a_kill():
    """REQ A28 TEST"""
    def learned(centre):
        rows = json.loads(centre.ctl("path", "list", "PAN-1111", "--json").stdout)
        return next((r for r in rows if r["path"] == "main" and r["how"] == "learned"), None)

    with Centre() as centre:
        prepared(centre)
        centre.start()
        panel = Panel(centre, "1111")
        panel.due = {1: 8}
        row = panel.until(lambda: learned(centre), 120, "the interval is learned and recorded")
        expect(row["interval_s"] == 10, f"8 s count as 10, the least: {row}")
        panel.close()
        centre.restart(hard=True)
        console = centre.console()
        late = console.wait(lambda c: loss(console), 60, "late by the learned interval")
        expect(late.paths[0].interval_s == 10, "not the 300 s of its model")
        told = centre.ctl("path", "set", "PAN-1111", "main", "--interval", "3600").stdout
        expect("every 3600 s" in told, told)
        expect(learned(centre) is None, "a person has the last word")


if __name__ == "__main__":
    runner.main(globals(), support.close_shared)
