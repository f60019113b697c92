"""The sentences that scenarios are made of."""
import re
import subprocess
import time

from centre import Centre, Failed, ROOT, eventually, words
import native
from native import DURABLE

STEPS = []


def step(pattern):
    def add(function):
        STEPS.append((re.compile(pattern + r"$"), function))
        return function
    return add


def find(sentence):
    matches = [(f, p.match(sentence)) for p, f in STEPS]
    matches = [(f, m) for f, m in matches if m]
    if len(matches) != 1:
        raise Failed(f"{'nobody understands' if not matches else 'ambiguous'}: {sentence}")
    return matches[0][0], matches[0][1].groups()


def expect(true, what):
    if not true:
        raise Failed(what)


class World(Centre):
    """A centre, its operators by name, and the incident the sentences call 'it'."""

    def __init__(self):
        # what the records say must not hang on how busy this machine is: PostgreSQL has time to answer
        super().__init__(policy={"boot_grace_s": 3, "presence_s": 5, "police_answer_s": 3},
                         lookup_ms=3000)
        self.operators, self.units, self.started = {}, {}, False
        self.it = None
        self.last = None          # the newest Result
        self.receipts = {}
        self.sent_in = {}         # unit -> process that speaks for it
        self.boot = int(time.time() * 1000)
        self.database_down = False
        self.unseen = None        # unit and sequence of a press, until a restart

    def need_start(self):
        if not self.started:
            self.started = True
            self.start()

    def restart(self, hard=False):
        if not self.started:
            return
        self.wait_until_seen()
        for console in self.operators.values():
            console.close()
        super().restart(hard)
        for console in self.operators.values():
            console.stream = console.sequence = 0
            console.open()
            console.wait(lambda c: c.snapshot_done, 20, "a snapshot")

    def wait_until_seen(self):
        """A press that meets a restart before PostgreSQL has answered is rightly escalated as one whose
        marker could not be checked. That is what tests/crash is about; here the records are to count."""
        if self.unseen:
            unit, sequence = self.unseen
            # with a history: what is shown as it came, for want of an answer, has none yet
            self.watcher().wait(lambda c: any(s.unit in ("", unit) and s.sequence == sequence
                                              for i in c.incidents.values() if i.history
                                              for s in i.signals), 20,
                                f"{unit}'s press {sequence} is shown")
            self.unseen = None

    def close(self):
        if self.database_down:
            Centre.database.start()
            self.database_down = False
        super().close()

    def operator(self, name, role=words.ROLE_OPERATOR):
        self.need_start()
        if name not in self.operators:
            self.operators[name] = self.console(name, role)
        return self.operators[name]

    def watcher(self):
        """Any console; a tool that does not count as an operator when nobody is logged on."""
        for console in self.operators.values():
            return console
        self.operators["-watch"] = self.console("watch", words.ROLE_TOOL, on_duty=False)
        return self.operators["-watch"]

    def press(self, unit, sequence, **fields):
        """One press over a connection of its own, as of a unit that came back; its receipt."""
        self.need_start()
        speaker = self.unit(unit, self.boot)
        self.unseen = unit, sequence
        try:
            return speaker.press(sequence, 20, **fields)
        finally:
            speaker.close()

    def incident(self, match=lambda i: True, seconds=15, what="as described"):
        return self.watcher().incident(
            lambda i: (self.it is None or i.id == self.it) and match(i), seconds, what)


# ---- what is given

@step(r"the unit (\S+) has a certificate")
def _(world, unit):
    world.certify(unit)


@step(r"the control room (accepts|rejects|is silent)")
def _(world, how):
    mode = {"accepts": "accept", "rejects": "reject response-withdrawn", "is silent": "silent"}[how]
    world.need_start()
    world.start_controlroom(mode)
    world.start_police()
    world.watcher().wait(lambda c: c.status and c.status.police_gateway_up, 15, "police gateway up")


@step(r"operator (\S+) is logged on")
def _(world, name):
    world.operator(name)


@step(r"supervisor (\S+) is logged on")
def _(world, name):
    world.operator(name, words.ROLE_SUPERVISOR)


@step(r"nobody is logged on")
def _(world):
    world.need_start()
    world.watcher()


@step(r"the centre runs")
def _(world):
    world.need_start()
    world.watcher()


@step(r"the records say: (.+)")
def _(world, query):
    world.sql(query)


@step(r"the home of case (\S+) is let as (\S+)")
def _(world, case, tenure):
    world.sql(f"update larwm.property p set tenure = '{tenure}' from larwm.case_property cp, "
              f"larwm.case_record c where cp.property_id = p.id and c.id = cp.case_id and "
              f"c.reference = '{case}'")


@step(r"the marker of case (\S+) (ended (\d+) days ago|ended this second|was withdrawn|does not exist)")
def _(world, case, what, days):
    # validity and the rest are what the police would have entered; see domain B1
    change = {"was withdrawn": "withdrawn_at = now() - interval '1 hour', withdrawn_reason = 'agreed'",
              "ended this second": "valid_to = date_trunc('second', now())"}.get(
                  what, f"valid_to = now() - interval '{days} days'")
    which = f"case_id = (select id from larwm.case_record where reference = '{case}')"
    if what == "does not exist":
        world.sql(f"delete from larwm.marker where {which}")
    else:
        world.sql(f"update larwm.marker set {change} where {which}")


@step(r"PostgreSQL has been asked for every unit")
def _(world):
    world.need_start()
    eventually(lambda: (world.dir / "snapshot.larwm").exists(), 40, "a snapshot")


@step(r"PostgreSQL stops")
def _(world):
    Centre.database.stop()
    world.database_down = True
    world.watcher().wait(lambda c: c.status and not c.status.database_up, 20, "told it is away")


@step(r"PostgreSQL comes back")
def _(world):
    Centre.database.start()
    world.database_down = False
    world.watcher().wait(lambda c: c.status and c.status.database_up, 30, "told it is back")


# ---- what happens

@step(r"(\S+) presses with sequence (\d+)( at the end of its marker)?")
def _(world, unit, sequence, _exact):
    receipt = world.press(unit, int(sequence))
    expect(receipt.status == DURABLE, f"a receipt, not {receipt}")
    world.receipts[unit] = receipt


@step(r"(\S+) sends sequence (\d+) again (\d+) times")
def _(world, unit, sequence, times):
    for _ in range(int(times)):
        receipt = world.press(unit, int(sequence))
        expect(receipt.status == DURABLE, "the receipt again")


@step(r"(\S+) sends a press of (\d+) days ago with sequence (\d+)")
def _(world, unit, days, sequence):
    at = int((time.time() - int(days) * 86400) * 1e6)
    receipt = world.press(unit, int(sequence), device_time_us=at)
    expect(receipt.status == DURABLE, "its receipt")


@step(r"(\S+) presses with sequence (\d+) at latitude (\S+) longitude (\S+)")
def _(world, unit, sequence, latitude, longitude):
    receipt = world.press(unit, int(sequence), fix=(float(latitude), float(longitude), 12))
    expect(receipt.status == DURABLE, "its receipt")


@step(r"operator (\S+) takes it")
def _(world, name):
    def take():
        world.last = world.operator(name).act("CLAIM", world.it)
        return world.last.ok
    eventually(take, 10, f"claimed by {name}")


@step(r"operator (\S+) trying to take it is told \"(.+)\"")
def _(world, name, owner):
    result = world.operator(name).act("CLAIM", world.it)
    expect(not result.ok and result.refusal == "TAKEN" and result.detail == owner, f"{result}")


@step(r"operator (\S+) sends it to the police")
def _(world, name):
    world.last = world.operator(name).act("ESCALATE", world.it, text="operator's decision")
    expect(world.last.ok, f"{world.last}")


@step(r"operator (\S+) cannot close it without an outcome")
def _(world, name):
    result = world.operator(name).act("CLOSE", world.it)
    expect(result.refusal == "OUTCOME_MISSING", f"{result}")


@step(r"operator (\S+) closes it as (\S+)")
def _(world, name, outcome):
    result = world.operator(name).act("CLOSE", world.it, outcome=getattr(words, "OUTCOME_" + outcome))
    expect(result.ok, f"{result}")
    world.incident(lambda i: i.state == words.INCIDENT_CLOSED, what="closed")


@step(r"operator (\S+) attaches it to case (\S+)")
def _(world, name, case):
    def attach():  # as above
        world.last = world.operator(name).act("ATTACH", world.it, target=case)
        return world.last.ok
    eventually(attach, 10, f"attached to {case}")


@step(r"supervisor (\S+) reveals the holder and reads \"(.+)\"")
def _(world, name, text):
    def reveal():  # refused with a reason while PostgreSQL is not connected yet
        world.last = world.operator(name, words.ROLE_SUPERVISOR).act("REVEAL", world.it)
        return world.last.ok
    eventually(reveal, 10, "the holder is revealed")
    expect(text in world.last.revealed, f"{world.last}")


@step(r"operator (\S+) may not reveal the holder")
def _(world, name):
    result = world.operator(name).act("REVEAL", world.it)
    expect(not result.ok and result.refusal == "NOT_ALLOWED", f"{result}")


@step(r"(\S+) presented with a certificate of a stranger gets no session")
def _(world, unit):
    world.need_start()
    world.watcher()
    before = len(world.watcher().incidents)
    key, crt = world.dir / "stranger.key", world.dir / "stranger.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", crt, "-days", "2", "-subj", f"/CN={unit}"],
                   check=True, capture_output=True)
    done = subprocess.run([str(world_unit_program()), "--host", "127.0.0.1", "--port",
                           str(world.native_port), "--cert", str(crt), "--key", str(key), "--ca",
                           str(world.pki / "ca.crt"), "press"], capture_output=True, text=True,
                          timeout=30)
    expect(done.returncode != 0, f"no receipt for a stranger: {done.stdout}")
    expect(len(world.watcher().incidents) == before, "and no incident")


def world_unit_program():
    from centre import BIN
    return BIN / "src/client/larwm-unit"


@step(r"the old credential of (\S+) is refused")
def _(world, unit):
    world.need_start()

    def refused():
        done = subprocess.run([str(world_unit_program()), "--host", "127.0.0.1", "--port",
                               str(world.native_port), "--cert", str(world.dir / "old.crt"), "--key",
                               str(world.dir / "old.key"), "--ca", str(world.pki / "ca.crt"),
                               "press"], capture_output=True, text=True, timeout=30)
        return done.returncode != 0
    eventually(refused, 10, "the old credential is refused")


def is_known(world, unit):
    """Does the centre's registry hold this unit's key by now?"""
    try:
        connection = native.Connection(world.native_port, native.context(world.pki, unit), world.boot)
    except OSError:
        return False
    try:
        while True:
            frame = connection.receive()
            if frame.WhichOneof("body") == "welcome":
                return frame.welcome.known
    except OSError:
        return False
    finally:
        connection.close()


@step(r"(\S+) is returned, wiped and given a new key")
def _(world, unit):
    for end in ("crt", "key"):
        (world.dir / f"old.{end}").write_bytes((world.pki / f"units/{unit}.{end}").read_bytes())
        (world.pki / f"units/{unit}.{end}").unlink()
    world.sql(f"select larwm.allocation_return('{unit}')")
    subprocess.run([ROOT / "deploy/pki", "unit", world.pki, unit], check=True)
    world.sql(f"select larwm.unit_rekey('{unit}', '\\x{world.fingerprint(unit)}'::bytea)")
    world.need_start()
    eventually(lambda: is_known(world, unit), 15, "the centre knows the new key")


@step(r"leasing (\S+) to case (\S+) is refused with \"(.+)\"")
def _(world, unit, case, text):
    try:
        world.sql(f"select larwm.allocation_lease('{unit}', '{case}', 'test')")
    except Failed as failure:
        expect(text in str(failure), str(failure))
        return
    raise Failed("the lease was accepted")


@step(r"(\S+) passes its test and is leased to case (\S+)")
def _(world, unit, case):
    world.sql(f"select larwm.unit_tested('{unit}', true)")
    world.sql(f"select larwm.allocation_lease('{unit}', '{case}', 'test', 'MARAC-TEST')")
    world.sql(f"select larwm.unit_tested('{unit}', true)")


# ---- what must be so

@step(r"it is shown as P1")
def _(world):
    """Times from press to screen are the bench's figures; here it must be there."""
    world.it = None
    world.it = world.watcher().incident(
        lambda i: i.state != words.INCIDENT_CLOSED and i.priority == words.PRIORITY_P1, 11).id


@step(r"there is exactly one open incident")
def _(world):
    open_ = world.watcher().open_incidents()
    expect(len(open_) == 1, f"{len(open_)} open incidents")


@step(r"it has (\d+) signals? and (\d+) repeats?")
def _(world, signals, repeats):
    world.incident(lambda i: i.signal_count == int(signals) and i.repeat_count == int(repeats),
                   what=f"{signals} signals and {repeats} repeats")


@step(r"it names \"(.+)\" at \"(.+)\"")
def _(world, name, address):
    world.incident(lambda i: i.card.case_card.person_name == name and i.card.place.address == address,
                   what=f"{name} at {address}")


@step(r"its (first hazard|household|access notes|wishes|badges|safe contact) (?:is|has|have|say) \"(.+)\"")
def _(world, what, text):
    def has(i):
        values = {"first hazard": i.card.case_card.hazards[:1], "household": i.card.case_card.household,
                  "access notes": [i.card.place.access_notes], "wishes": [i.card.case_card.wishes],
                  "safe contact": [i.card.case_card.safe_contact],
                  "badges": [words.Badge.Name(b).removeprefix("BADGE_") for b in i.badges]}[what]
        return any(text in value for value in values)
    world.incident(has, what=f"{what}: {text}")


@step(r"nobody may speak through the unit")
def _(world):
    expect(not world.incident().card.case_card.may_speak, "no speak-back")


@step(r"the last MARAC is told")
def _(world):
    expect(world.incident().card.case_card.marac_us > 0, "MARAC date")


@step(r"its marker is (\S+)")
def _(world, status):
    wanted = getattr(words, "MARKER_" + status)
    world.incident(lambda i: i.card.marker.status == wanted, what=f"marker {status}")


@step(r"its marker is ACTIVE with reference \"(\S+)\" and an end")
def _(world, reference):
    marker = world.incident(lambda i: i.card.marker.status == words.MARKER_ACTIVE).card.marker
    expect(marker.reference == reference and marker.valid_to_us > 0, f"{marker}")


@step(r"it says that the marker was last known ACTIVE and since when")
def _(world):
    marker = world.incident(lambda i: i.card.marker.status == words.MARKER_UNKNOWN).card.marker
    expect(marker.last_known == words.MARKER_ACTIVE and marker.last_known_us > 0, f"{marker}")


@step(r"the police have exactly (\d+) alerts?")
def _(world, count):
    def alerts():
        return [a for a in world.alerts() or [] if a["msgType"] == "Alert"]
    if int(count) > 0:
        eventually(lambda: len(alerts()) >= int(count), 20, f"{count} alerts at the control room")
    expect(len(alerts()) == int(count), f"{len(alerts())} alerts")


@step(r"the alert contains \"(.+)\"")
def _(world, text):
    xml = [a["xml"] for a in world.alerts() if a["msgType"] == "Alert"][-1]
    expect(text in xml, f"{text} is not in the message")


@step(r"no message (?:says|contains) \"(.+)\"")
def _(world, text):
    for alert in world.alerts() or []:
        expect(text not in alert["xml"], f"a message says {text}")
    for console in world.operators.values():
        for incident in console.incidents.values():
            expect(text not in str(incident), f"a console was shown {text}")


@step(r"no police message says the marker is active")
def _(world):
    for alert in world.alerts() or []:
        expect("MARKER: ACTIVE" not in alert["xml"], "a message says active")


@step(r"no console, message or log ever contained \"(.+)\"")
def _(world, text):
    for console in world.operators.values():
        for _, incident in console.seen:
            expect(text not in str(incident), f"a console was shown {text}")
    for alert in world.alerts() or []:
        expect(text not in alert["xml"], f"a message contains {text}")
    for log in world.dir.glob("*.log"):
        expect(text not in log.read_text(errors="replace"), f"{log.name} contains {text}")


@step(r"nothing has gone to the police")
def _(world):
    incident = world.incident()
    expect(incident.escalation.state == words.ESCALATION_NONE, f"{incident.escalation}")


@step(r"the message goes by itself because (.+)")
def _(world, why):
    reason = {"the marker is active": words.REASON_MARKER_ACTIVE,
              "the marker could not be checked": words.REASON_MARKER_UNVERIFIED,
              "nobody took it": words.REASON_UNANSWERED,
              "nobody is logged on": words.REASON_NO_OPERATOR}[why]
    found = world.incident(lambda i: i.escalation.state != words.ESCALATION_NONE, 70,
                           "the police message")
    expect(found.escalation.reason == reason,
           f"because {words.EscalationReason.Name(found.escalation.reason)}")


@step(r"all consoles and the supervisor are told within (\d+) seconds")
def _(world, seconds):
    world.incident(lambda i: i.alert == words.ALERT_SUPERVISOR, int(seconds), "supervisor told")


@step(r"it is accepted with a log number")
def _(world):
    world.incident(lambda i: i.escalation.state == words.ESCALATION_ACCEPTED
                   and i.escalation.log_number, 30, "accepted")


@step(r"its refusal and the telephone number are shown")
def _(world):
    found = world.incident(lambda i: i.escalation.state == words.ESCALATION_REJECTED, 30, "rejected")
    expect(found.escalation.rejection and found.call_police_by_phone, f"{found.escalation}")
    expect(found.escalation.force.telephone, "a number")


@step(r"the operator is told to telephone")
def _(world):
    world.incident(lambda i: i.call_police_by_phone, 30, "telephone")


@step(r"no case is attached to it")
def _(world):
    expect(not world.incident().card.case_card.reference, "no case")


@step(r"there (?:is|are) (\d+) tasks? of kind (\S+)")
def _(world, count, kind):
    eventually(lambda: world.sql(f"select count(*) from larwm.task where kind = '{kind}'") == count, 20,
               f"{count} tasks of kind {kind}")


@step(r"the audit trail is whole and tells of (.+)")
def _(world, actions):
    for action in re.split(r", | and ", actions):
        eventually(lambda a=action: world.sql(
            f"select count(*) > 0 from larwm.audit where action = '{a}'") == "t", 20,
            f"{action} in the audit trail")
    expect(world.sql("select larwm.audit_verify('node-1')") == "", "an unbroken chain")


@step(r"the signal is in PostgreSQL exactly once")
def _(world):
    eventually(lambda: world.sql("select count(*) from larwm.signal where kind = 'panic'") == "1", 40,
               "one row")


@step(r"the pool (\S+) adds up")
def _(world, pool):
    total, parts = world.sql(f"select total, in_store + leased_untested + in_service + "
                             f"faulty_in_service + quarantine + lost + stolen + retired from "
                             f"larwm.pool_counts('{pool}')").split("|")
    expect(total == parts, f"{total} units, {parts} by state")


@step(r"two coordinators lease the last unit of pool (\S+) at the same moment and one wins")
def _(world, pool):
    free = int(world.sql(f"select free from larwm.pool_counts('{pool}')"))
    for _ in range(free - 1):
        world.sql(f"select allocation_id from larwm.allocation_lease_from_pool('{pool}', "
                  f"'GW-2026-0003', 'test', 'MARAC-TEST')")
    query = (f"select coalesce(unit, 'none') from larwm.allocation_lease_from_pool('{pool}', "
             f"'GW-2026-0002', 'test', 'MARAC-TEST')")
    both = [subprocess.Popen(["psql", "-XqAt", "-c", query], env=Centre.database.env(world.db),
                             stdout=subprocess.PIPE, text=True) for _ in range(2)]
    units = [p.communicate()[0].strip() for p in both]
    expect(sum(u != "none" for u in units) == 1, f"one wins: {units}")


@step(r"the next request for pool (\S+) waits, with an interim offer and an unmet need")
def _(world, pool):
    unit, waiting, interim = world.sql(
        f"select coalesce(unit, 'none'), waiting_id is not null, cardinality(interim) > 0 from "
        f"larwm.allocation_lease_from_pool('{pool}', 'CM-2026-0001', 'test', 'MARAC-TEST')").split("|")
    expect((unit, waiting, interim) == ("none", "t", "t"), f"{unit} {waiting} {interim}")
    expect(int(world.sql("select count(*) from larwm.unmet_need")) > 0, "an unmet need")


@step(r"overlapping allocations of (\S+) are refused by the database")
def _(world, unit):
    try:
        world.sql(f"insert into larwm.allocation (unit_id, case_id, during, lessor) select a.unit_id, "
                  f"a.case_id, tstzrange(now(), null), 'test' from larwm.allocation a join larwm.unit u "
                  f"on u.id = a.unit_id where u.identifier = '{unit}' and upper_inf(a.during)")
    except Failed as failure:
        expect("exclusion" in str(failure) or "conflict" in str(failure), str(failure))
        return
    raise Failed("the overlap was accepted")
