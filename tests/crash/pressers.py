"""Units and DC-09 panels that press without end and keep their own record of what was acknowledged;
how their presses are counted on a console, and how incidents are handled so that the journal lets go."""
import contextlib
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
import dc09_panel as dc09
import native
from centre import words

# Each of another case, so that each has incidents of its own.
UNITS = ["SKY-101", "SKY-102", "SKY-103", "SKY-104"]
PANELS = {"PAN-1111": "1111", "PAN-A10002": "A10002"}  # unit: account
NUMBERS = 9999  # of DC-09: 0001 to 9999, then again 0001


class Presser(threading.Thread):
    """One unit: presses without end, over as many connections as it takes."""

    pause = 0.001  # seconds between a receipt and the next press

    def __init__(self, centre, name, boot):
        super().__init__(daemon=True)
        self.centre, self.name_, self.boot = centre, name, boot
        self.acknowledged = 0    # every sequence up to this one has its receipt
        self.sent = 0            # highest sequence ever sent
        self.stopping = False
        self.holding = False     # no further press for now; `resting` once it is so
        self.resting = False
        self.again = 0           # presses sent a second time
        self.problems = []
        self.prepare()

    def prepare(self):
        self.tls = native.context(self.centre.pki, self.name_)

    def connect(self):
        return native.Connection(self.centre.native_port, self.tls, self.boot)

    def number(self, sequence, near):
        """Which press a sequence in the journal is; `near` is a press close to it."""
        return sequence

    def run(self):
        while not self.stopping:
            try:
                connection = self.connect()
            except OSError:
                support.select_wait(0.002)
                continue
            try:
                self.press_on(connection)
            except OSError:
                pass
            finally:
                connection.close()

    def rest(self):
        """Between two presses: waits while holding."""
        support.select_wait(self.pause)
        while self.holding and not self.stopping and self.acknowledged == self.sent:
            self.resting = True
            support.select_wait(0.002)
        self.resting = False

    def press_on(self, connection):
        while not self.stopping:
            self.rest()
            sequence = self.acknowledged + 1
            self.again += sequence <= self.sent
            self.sent = max(self.sent, sequence)
            connection.press(sequence)
            receipt = connection.receipt()
            if receipt.sequence != sequence:
                self.problems.append(f"{self.name_}: receipt {receipt.sequence} for {sequence}")
            if receipt.status == native.device_pb2.RECEIPT_DURABLE:
                self.acknowledged = sequence


class PanelPresser(Presser):
    """One DC-09 panel: stamps each press once, sends it again as it was. Its presses are counted on
    where its numbers begin again."""

    pause = 0.02
    first = 9900  # number of the first press

    def prepare(self):
        self.account = PANELS[self.name_]
        self.frame = None  # of the press in hand

    def connect(self):
        return dc09.Panel(self.centre.dc09_port)

    def on_the_wire(self, press):
        return (self.first + press - 2) % NUMBERS + 1

    def number(self, sequence, near):
        ahead = (sequence - self.on_the_wire(near)) % NUMBERS
        return near + (ahead if ahead < NUMBERS // 2 else ahead - NUMBERS)

    def press_on(self, connection):
        while not self.stopping:
            self.rest()
            press = self.acknowledged + 1
            number = self.on_the_wire(press)
            self.again += press <= self.sent
            if press > self.sent:
                self.frame = dc09.event(self.account, number, "1120 01 001", time=dc09.stamp())
            self.sent = max(self.sent, press)
            answer = connection.ask(self.frame)
            if answer == dc09.ack(self.account, number):
                self.acknowledged = press
            elif not dc09.is_nak(answer):
                self.problems.append(f"{self.name_}: {answer!r} for {number}")


def shown_presses(console, name):
    with console.lock:
        return sum(i.press_count for i in console.incidents.values()
                   if i.state != words.INCIDENT_CLOSED and i.signals[0].unit == name)


def shown_at_rest(console, name, most):
    """The same, once no more than `most` are: a press that was shown as it came, before anybody knew
    whose it was, is in its incident a moment before it stands alone no longer."""
    with contextlib.suppress(support.Failed):
        console.wait(lambda c: shown_presses(c, name) <= most, 10)
    return shown_presses(console, name)


def close_all(console, done):
    """Handles every incident as an operator would, so that the journal can let go of it. Its presses
    are counted as it stood when it was closed: further ones open a new incident."""
    for incident in console.open_incidents():
        if not console.act("CLAIM", incident.id).ok:
            continue
        if console.act("CLOSE", incident.id, outcome=words.OUTCOME_PERSON_SAFE).ok:
            closed = console.incident(lambda i, n=incident.id: i.id == n
                                      and i.state == words.INCIDENT_CLOSED)
            name = closed.signals[0].unit
            done[name] = done.get(name, 0) + closed.press_count
