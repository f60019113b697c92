"""What the kill loop kills, and how it comes back. Each victim is killed with SIGKILL by process id and
is a method of Victims; it returns the seconds from exec to accepting where larwmd was started again."""
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import centre as support
from browser import Browser, launch_web
from centre import Failed, eventually, words

PASSWORD = "a long phrase for the kill loop"
POLICE_ANSWERED = (words.ESCALATION_ACCEPTED, words.ESCALATION_REJECTED)

# Out of a hundred kills. The first name is the method's; the second is for people.
WEIGHTS = {"larwmd": 72, "starting": 8, "postgres": 4, "backend": 5, "both": 4, "web": 3, "police": 4}
TITLES = {"larwmd": "larwmd", "starting": "larwmd while it starts", "postgres": "PostgreSQL's postmaster",
          "backend": "a backend of larwmd", "both": "larwmd and the postmaster", "web": "larwm-web",
          "police": "larwm-police (and larwmd, half)"}


class Victims:
    """The programs of one centre. `books` compares; a kill of larwmd is followed by a look at the
    journal before anything starts."""

    def __init__(self, centre, books, chance, cluster):
        self.centre, self.books, self.chance, self.cluster = centre, books, chance, cluster
        self.accepting = []   # seconds from exec, of the last kill
        self.started = None   # when larwmd was last started
        self.alerts = 0       # at the control room, when it was last asked
        self.wanted = {}      # police message: incident that was escalated
        self.browser = Browser(centre, "guard", PASSWORD)

    def prepare(self):
        """The gateways and a control room, beside a running larwmd."""
        centre = self.centre
        centre.ctl("user", "add", "guard", "--role", "operator", "--name", "Gwen Guard",
                   "--password-stdin", stdin=PASSWORD + "\n")
        launch_web(centre)
        centre.start_controlroom("accept")
        centre.start_police()
        self.browser.look_until(lambda incidents: True)

    def strike(self, victim):
        self.accepting, self.started = [], None
        getattr(self, victim)()

    def kill_larwmd(self):
        self.centre.larwmd.kill()
        self.books.compare_journal()

    def start_larwmd(self):
        self.started = time.monotonic()
        self.accepting.append(self.centre.start())

    def larwmd(self):
        self.kill_larwmd()
        self.start_larwmd()

    def starting(self):
        """Killed, and again while it reads its journal, opens its sockets, takes the first units."""
        self.kill_larwmd()
        self.centre.launch()
        support.select_wait(self.chance.uniform(0, 0.1))
        self.kill_larwmd()
        self.start_larwmd()

    def postgres(self):
        """Gone for a moment, in which units press and get their receipts."""
        self.cluster.kill()
        support.select_wait(self.chance.uniform(0, 0.1))
        self.cluster.start()

    def backend(self):
        eventually(lambda: self.cluster.kill_backend(self.chance), 30, "larwmd is connected to PostgreSQL")

    def both(self):
        """In either order, with PostgreSQL back before or after larwmd."""
        first, second = self.chance.choice([(self.cluster.kill, self.centre.larwmd.kill),
                                            (self.centre.larwmd.kill, self.cluster.kill)])
        first()
        support.select_wait(self.chance.choice([0, 0.002, 0.02]))
        second()
        self.books.compare_journal()
        if self.chance.random() < 0.5:
            self.cluster.start()
            self.start_larwmd()
        else:
            before = self.books.acknowledged()
            self.start_larwmd()
            console = support.Console(self.centre.socket, on_duty=False)
            self.books.compare_shown(console, before)  # with PostgreSQL away
            console.close()
            self.cluster.start()

    def web(self):
        """A browser whose gateway was killed is shown everything when it is back."""
        before = self.books.acknowledged()
        self.centre.processes["larwm-web"].kill()
        launch_web(self.centre)

        def whole(incidents):
            return all(sum(int(i.get("pressCount", 0)) for i in incidents.values()
                           if i["state"] != "INCIDENT_CLOSED" and i["signals"][0]["unit"] == name)
                       >= count - self.books.done[name] for name, count in before.items())
        try:
            self.browser.look_until(whole)
        except Failed as failure:
            self.books.missed(f"shown by larwm-web ({failure})", "the queue", [0])

    def police(self):
        """Killed while it sends what an operator has just asked for, half the time with larwmd."""
        console = support.Console(self.centre.socket)
        console.wait(lambda c: c.snapshot_done and c.open_incidents(), 20, "an incident")
        fresh = [i for i in console.open_incidents() if i.escalation.state == words.ESCALATION_NONE]
        asked = [i.id for i in fresh if console.act("ESCALATE", i.id).ok]
        console.close()
        support.select_wait(self.chance.uniform(0, 0.03))
        with_larwmd = self.chance.random() < 0.5
        self.centre.processes["larwm-police"].kill()
        if with_larwmd:
            self.larwmd()
        self.centre.start_police()
        console = support.Console(self.centre.socket)
        for incident in asked:
            found = console.incident(lambda i, n=incident: i.id == n and
                                     i.escalation.state in POLICE_ANSWERED, 30, "the police's answer")
            self.wanted[found.escalation.message_id] = incident
        console.close()
        self.compare_police()

    def compare_police(self):
        """The control room has one Alert for each incident that was escalated, and no second."""
        alerts = [a["identifier"] for a in self.centre.alerts() if a["msgType"] == "Alert"]
        for message in self.wanted:
            whole = re.compile(re.escape(message) + r"(?!\d)")  # larwm-1-80 is not in larwm-1-805
            count = sum(whole.search(identifier) is not None for identifier in alerts)
            if count == 0:
                self.books.missed("at the control room", message, [self.wanted[message]])
            if count > 1:
                self.books.again("Alerts", message, count, "at the control room")
        self.alerts = len(alerts)
