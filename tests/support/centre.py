"""A whole centre for tests: PostgreSQL, certificates, larwmd, gateways, a control room, units.

Everything is real and lives in one temporary directory; servers listen on loopback or Unix sockets.
Nothing here waits a fixed time: `eventually` polls a condition with a deadline.

    with Centre() as centre:
        centre.start()
        unit = centre.unit("SKY-101")
        receipt = unit.press(1)
        incident = centre.console().incident(lambda i: i.card.unit == "SKY-101")
"""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("LARWM_BIN_DIR", ROOT / "build" / "test")).resolve()
PROTO_FILES = sorted((ROOT / "proto").glob("*.proto"))
PROTO = pathlib.Path(os.environ.get("LARWM_PROTO_DIR", BIN / "proto-python")) / hashlib.sha256(
    b"".join(file.read_bytes() for file in PROTO_FILES)).hexdigest()[:16]  # changed ones are made anew
PATIENCE = float(os.environ.get("LARWM_PATIENCE", "1"))  # deadlines times this: slow builds
THREADS = int(os.environ.get("LARWM_INTAKE_THREADS", "1"))
WRAP = os.environ.get("LARWM_WRAP", "")  # words in front of larwmd; {dir}: the centre's directory


def generate_protocol():
    """Python classes of proto/, made once per build; several suites may come here at once."""
    if not (PROTO / "console_pb2.py").exists():
        PROTO.parent.mkdir(parents=True, exist_ok=True)
        new = pathlib.Path(tempfile.mkdtemp(prefix=PROTO.name + ".", dir=PROTO.parent))
        subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={new}",
                        *map(str, PROTO_FILES)], check=True)
        try:
            new.rename(PROTO)
        except OSError:  # another was first
            shutil.rmtree(new)
    if str(PROTO) not in sys.path:
        sys.path.insert(0, str(PROTO))


generate_protocol()
import console_pb2  # noqa: E402
import journal_pb2  # noqa: E402
import vocabulary_pb2 as words  # noqa: E402


class Failed(AssertionError):
    """A promise was broken."""


def eventually(condition, seconds=10.0, what="condition", most=0.05):
    """The first true value of condition(), asked at least every `most` seconds; fails after the
    deadline."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    pause = 0.001
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds:g} s: {what}")
        select_wait(pause)
        pause = min(pause * 1.5, most)


def select_wait(seconds):
    """Gives the processor away while polling a condition."""
    threading.Event().wait(seconds)


# Two suites that run at once are given different ports to choose from: a daemon that is restarted
# must find its own free. "FIRST-LAST".
PORTS = tuple(map(int, os.environ.get("LARWM_TEST_PORTS", "12000-30999").split("-")))

# A directory in which several programs in a row share one cluster and one set of certificates (so
# does tests/planted/run). Who sets it stops the cluster; without it each program has its own.
SHARED = os.environ.get("LARWM_TEST_SHARED")


def free_ports(count):
    """Different ports that are free now, outside the range from which the kernel takes the source
    ports of connections: there a server could find its port taken when it comes back."""
    found = []
    while len(found) < count:
        port = random.randint(*PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError), \
                socket.socket(type=socket.SOCK_DGRAM) as other:
            probe.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found


def free_port():
    return free_ports(1)[0]


class Database:
    """One private cluster for a test run; each centre gets a database made from a template."""

    def __init__(self):
        self.dir = pathlib.Path(SHARED, "database") if SHARED else \
            pathlib.Path(tempfile.mkdtemp(prefix="larwm-pg-"))
        self.dir.mkdir(exist_ok=True)
        self.dir.chmod(0o711)
        self.exports = {}
        self.count = 0
        self.start()
        if not (self.dir / "template").exists():
            self._template()
            (self.dir / "template").touch()

    def start(self):
        text = subprocess.run([ROOT / "deploy/pgcluster", "start", self.dir / "pg"], check=True,
                              capture_output=True, text=True).stdout
        for line in text.splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.exports[name] = value.strip("'\"")

    def stop(self):
        subprocess.run([ROOT / "deploy/pgcluster", "stop", self.dir / "pg"], check=True)

    def env(self, database="postgres", user="postgres"):
        return {**os.environ, **self.exports, "PGDATABASE": database, "PGUSER": user,
                "SQITCH_FULLNAME": "larwm", "SQITCH_EMAIL": "schema@larwm.test.invalid"}

    def sql(self, query, database="postgres", user="postgres"):
        done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", query],
                              env=self.env(database, user), capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"sql: {done.stderr.strip()}")
        return done.stdout.strip()

    def _template(self):
        self.sql("create database larwm_template")
        subprocess.run(["sqitch", "deploy", "--quiet", "db:pg:///larwm_template"], check=True,
                       cwd=ROOT / "sql", env=self.env("larwm_template"), stdout=subprocess.DEVNULL)
        for file in ("data.sql", "logins.sql"):
            subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", ROOT / "deploy/demo" / file],
                           check=True, env=self.env("larwm_template"), stdout=subprocess.DEVNULL)

    def create(self):
        self.count += 1
        name = f"larwm_{os.getpid()}_{self.count}"
        self.sql(f"create database {name} template larwm_template")
        return name

    def pids(self):
        """The postmaster, from its pid file."""
        data = (self.dir / "pg" / "data").resolve()
        return int((data / "postmaster.pid").read_text().split()[0])

    def close(self):
        if SHARED:
            return
        with contextlib.suppress(Exception):
            self.stop()
        data = (self.dir / "pg" / "data")
        if data.is_symlink():
            shutil.rmtree(data.resolve().parent, ignore_errors=True)
        shutil.rmtree(self.dir, ignore_errors=True)


class Process:
    """A program under test, with its log in a file."""

    def __init__(self, name, arguments, log, env=None, stdin=None, stdout=None):
        self.name = name
        self.log = log
        with open(log, "ab") as to:
            self.process = subprocess.Popen([str(a) for a in arguments], env=env, stdin=stdin,
                                            stdout=stdout or to, stderr=to, text=False)
        self.pid = self.process.pid

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        if self.alive():
            self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        if self.alive():
            self.process.terminate()
        seconds *= PATIENCE
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.name} did not stop within {seconds} s") from None
        return code

    def tail(self, lines=15):
        with contextlib.suppress(OSError):
            return "\n".join(pathlib.Path(self.log).read_text(errors="replace").splitlines()[-lines:])
        return ""


class Console:
    """A client of larwmd as a gateway is one: follows snapshot and deltas, sends actions."""

    def __init__(self, path, user="operator", role=words.ROLE_OPERATOR, on_duty=True, watch=True):
        self.path, self.user, self.role = str(path), user, role
        self.on_duty, self.watch = on_duty, watch
        self.lock = threading.Condition()
        self.incidents, self.seen, self.results = {}, [], {}
        self.shown_ids = []            # every id this console was ever shown, in order
        self.status = self.welcome = None
        self.ticks = []
        self.snapshot_done = False
        self.ref = 0
        self.stream = self.sequence = 0
        self.gaps = 0
        self.connected = False
        self.open()

    def open(self, seconds=10):
        def connect():
            with contextlib.suppress(OSError):
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(self.path)
                return True
            self.socket.close()
            return False
        eventually(connect, seconds, f"larwmd listens on {self.path}")
        self.connected, self.snapshot_done = True, False
        frame = console_pb2.ClientFrame()
        frame.hello.version = 1
        frame.hello.user, frame.hello.role, frame.hello.name = self.user, self.role, "test"
        frame.hello.watch, frame.hello.on_duty = self.watch, self.on_duty
        frame.hello.stream, frame.hello.after = self.stream, self.sequence
        self.reader = threading.Thread(target=self._read, args=(self.socket,), daemon=True)
        self.send(frame)
        self.reader.start()

    def send(self, frame):
        data = frame.SerializeToString()
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def _read(self, source):
        stream = source.makefile("rb")
        with contextlib.suppress(OSError, ValueError):
            while True:
                head = stream.read(4)
                if len(head) < 4:
                    break
                size = struct.unpack(">I", head)[0]
                data = stream.read(size)
                if len(data) < size:
                    break
                frame = console_pb2.ServerFrame.FromString(data)
                with self.lock:
                    self._take(frame)
                    self.lock.notify_all()
        with self.lock:
            self.connected = False
            self.lock.notify_all()

    def _take(self, frame):
        body = frame.WhichOneof("body")
        if body == "welcome":
            self.welcome = frame.welcome
            self.stream = frame.welcome.stream
            if not frame.welcome.resumed:
                self.sequence = frame.welcome.sequence
        elif body == "snapshot":
            for incident in frame.snapshot.incidents:
                self._incident(incident)
            if frame.snapshot.HasField("status"):
                self.status = frame.snapshot.status
            self.sequence = max(self.sequence, frame.snapshot.sequence)
            self.snapshot_done = self.snapshot_done or frame.snapshot.last
        elif body == "delta":
            if self.snapshot_done and frame.delta.sequence != self.sequence + 1:
                self.gaps += 1
            self.sequence = frame.delta.sequence
            if frame.delta.HasField("incident"):
                self._incident(frame.delta.incident)
            else:
                self.status = frame.delta.status
        elif body == "tick":
            self.ticks.append((time.monotonic(), frame.tick))
        elif body == "result":
            self.results[frame.result.ref] = frame.result

    def _incident(self, incident):
        if incident.id not in self.incidents:
            self.shown_ids.append(incident.id)
        self.incidents[incident.id] = incident
        self.seen.append((time.monotonic(), incident))

    def wait(self, condition, seconds=10.0, what="the console shows it"):
        seconds *= PATIENCE
        deadline = time.monotonic() + seconds
        with self.lock:
            while True:
                value = condition(self)
                if value:
                    return value
                left = deadline - time.monotonic()
                if left <= 0 or not self.lock.wait(left):
                    value = condition(self)
                    if value:
                        return value
                    raise Failed(f"not within {seconds:g} s: {what}")

    def incident(self, match, seconds=10.0, what="an incident as described"):
        """The newest state of the first incident for which match(incident) is true."""
        return self.wait(lambda c: next((i for i in c.incidents.values() if match(i)), None),
                         seconds, what)

    def open_incidents(self):
        with self.lock:
            return [i for i in self.incidents.values() if i.state != words.INCIDENT_CLOSED]

    def act(self, kind, incident=0, seconds=10.0, **fields):
        """Sends an action and returns its Result."""
        self.ref += 1
        ref = self.ref
        frame = console_pb2.ClientFrame(ref=ref)
        frame.action.kind = getattr(journal_pb2, "ACTION_" + kind)
        frame.action.incident = incident
        for name, value in fields.items():
            setattr(frame.action, name, value)
        self.send(frame)
        return self.wait(lambda c: c.results.get(ref), seconds, f"an answer to {kind}")

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.reader.join(5)


class Unit:
    """A unit of the native protocol; comes back by itself when the centre went away."""

    def __init__(self, centre, name, boot=1):
        import native
        self.native, self.centre, self.name, self.boot = native, centre, name, boot
        self.tls = native.context(centre.pki, name)
        self.connection = None

    def press(self, sequence, seconds=10, **fields):
        """Sends one signal (a panic unless `kind` says otherwise) and returns its receipt."""
        seconds *= PATIENCE
        deadline = time.monotonic() + seconds
        while True:
            try:
                if self.connection is None:
                    self.connection = self.native.Connection(self.centre.native_port, self.tls, self.boot,
                                                             seconds=seconds)
                self.connection.press(sequence, **fields)
                while True:
                    receipt = self.connection.receipt()
                    if receipt.sequence == sequence:
                        return receipt
            except OSError as failure:
                self.close()
                if time.monotonic() > deadline:
                    raise Failed(f"unit {self.name}: no receipt within {seconds} s: {failure}") from None
                select_wait(0.01)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Centre:
    """Everything, in one directory."""

    database = None  # shared by all centres of a run

    def __init__(self, policy=None, native_threads=None, log_level="info", intake=None,
                 checkpoint_records=150, lookup_ms=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="larwm-t-"))
        self.policy = policy or {}
        self.intake = intake or {}  # keys of the configuration's section "intake"
        self.threads = native_threads or THREADS
        self.segment_mib = 4
        self.checkpoint_records = checkpoint_records  # few, so that every test meets checkpoints
        self.database_address = None  # "hostaddr=.. port=..": a way to PostgreSQL other than its socket
        self.lookup_ms = lookup_ms  # how long an alarm waits for PostgreSQL, other than by default
        self.log_level = log_level
        self.fingerprints = {}  # by certificate name: when it was made, and its fingerprint
        self.closers, self.processes = [], {}
        self.socket = self.dir / "console.sock"
        self.native_port, self.dc09_port, self.dc09_tls_port, self.dc09_udp_port = free_ports(4)
        if Centre.database is None:
            Centre.database = Database()
        self.db = Centre.database.create()
        self.pki = self._pki()

    # one set of certificates for a run: making them is slow
    _pki_dir = None

    def _pki(self):
        if Centre._pki_dir is None:
            Centre._pki_dir = pathlib.Path(SHARED, "pki") if SHARED else \
                pathlib.Path(tempfile.mkdtemp(prefix="larwm-pki-"))
            if not (Centre._pki_dir / "gateway.key").exists():
                subprocess.run([ROOT / "deploy/pki", "init", Centre._pki_dir], check=True,
                               stderr=subprocess.DEVNULL)
        return Centre._pki_dir

    def certify(self, *names):
        """Certificates for units, registered where the registry knows the unit."""
        subprocess.run([ROOT / "deploy/pki", "unit", self.pki, *names], check=True)
        self.sql(";".join(
            f"select larwm.credential_add('{name}', 'tls_key', '\\x{self.fingerprint(name)}'::bytea) "
            f"from larwm.unit where identifier = '{name}'" for name in names))

    def panel_account(self, unit, account, key=""):
        self.sql(f"select larwm.credential_add('{unit}', 'dc09', null, '{account}', "
                 f"'\\x{key}'::bytea)")

    def fingerprint(self, name):
        made = (self.pki / f"units/{name}.crt").stat().st_mtime_ns  # it may have another key by now
        if self.fingerprints.get(name, (0, ""))[0] != made:
            self.fingerprints[name] = made, self._fingerprint(name)
        return self.fingerprints[name][1]

    def _fingerprint(self, name):
        return subprocess.run([ROOT / "deploy/pki", "fingerprint", self.pki / f"units/{name}.crt"],
                              check=True, capture_output=True, text=True).stdout.strip()

    def sql(self, query):
        return Centre.database.sql(query, self.db)

    def tool_env(self):
        """ThreadSanitizer's reports go into the centre's directory, where close() looks."""
        return {"TSAN_OPTIONS": f"log_path={self.dir}/tool.tsan exitcode=66 halt_on_error=0"}

    def tool_problems(self):
        """What ThreadSanitizer (or whatever LARWM_WRAP wrote to {dir}/tool.*) reports."""
        found = []
        for log in sorted(self.dir.glob("tool.*")):
            text = log.read_text(errors="replace")
            if text.strip():
                found.append(f"{log.name}:\n{text[-20000:]}")
        return found

    def env(self):
        return {**Centre.database.env(self.db), **self.tool_env(), "LARWM_SOCKET": str(self.socket),
                "LARWM_PKI_DIR": str(self.pki), "LARWM_JOURNAL_DIR": str(self.dir / "journal"),
                "LARWM_NATIVE_PORT": str(self.native_port),
                "LARWM_DC09_TCP_PORT": str(self.dc09_port)}

    def _config(self):
        exports = Centre.database.exports
        policy = "".join(f"  {name}: {value}\n" for name, value in self.policy.items())
        intake = "".join(f"  {name}: {value}\n" for name, value in self.intake.items())
        address = self.database_address or f"host={exports['PGHOST']} port={exports['PGPORT']}"
        path = self.dir / "larwmd.yaml"
        path.write_text(
            f"node: 1\nlog_level: {self.log_level}\n"
            f"journal:\n  directory: {self.dir}/journal\n  segment_mib: {self.segment_mib}\n"
            f"  checkpoint_records: {self.checkpoint_records}\n"
            f"intake:\n  threads: {self.threads}\n{intake}  listeners:\n"
            f"    - {{protocol: native, port: {self.native_port}}}\n"
            f"    - {{protocol: dc09-tcp, port: {self.dc09_port}}}\n"
            f"    - {{protocol: dc09-tls, port: {self.dc09_tls_port}}}\n"
            f"    - {{protocol: dc09-udp, port: {self.dc09_udp_port}}}\n"
            f"  certificate: {self.pki}/centre.crt\n  key: {self.pki}/centre.key\n"
            f"  device_ca: {self.pki}/device-ca.crt\n  ports_file: {self.dir}/ports\n"
            f"outlet:\n  socket: {self.socket}\n"
            f"database:\n  conninfo: \"{address} dbname={self.db} user=larwmd\"\n"
            f"  snapshot: {self.dir}/snapshot.larwm\n"
            + (f"  deadline_ms: {self.lookup_ms}\n" if self.lookup_ms else "")
            + (f"policy:\n{policy}" if policy else ""))
        return path

    def launch(self, wrap=(), env=None):
        """Starts larwmd without waiting for it."""
        (self.dir / "ports").unlink(missing_ok=True)
        outer = shlex.split(WRAP.replace("{dir}", str(self.dir)))
        self.processes["larwmd"] = Process(
            "larwmd", [*outer, *wrap, BIN / "src/app/larwmd", "--config", self._config()],
            self.dir / "larwmd.log", env={**os.environ, **self.tool_env(), **(env or {})})

    def start(self, seconds=20, wrap=(), env=None):
        """Starts larwmd and returns the seconds from exec to accepting."""
        ports = self.dir / "ports"
        began = time.monotonic()
        self.launch(wrap, env)

        def ready():
            if not self.processes["larwmd"].alive():
                raise Failed("larwmd ended at start:\n" + self.processes["larwmd"].tail())
            return ports.exists()
        eventually(ready, seconds, "larwmd accepts", most=0.003)
        took = time.monotonic() - began
        for line in ports.read_text().splitlines():
            name, port = line.split()
            wanted = {"native": self.native_port, "dc09-tcp": self.dc09_port,
                      "dc09-tls": self.dc09_tls_port, "dc09-udp": self.dc09_udp_port}[name]
            if int(port) != wanted:
                raise Failed(f"{name} listens on {port}, not on {wanted}")
        return took

    @property
    def larwmd(self):
        return self.processes["larwmd"]

    def restart(self, hard=False):
        """Stops (or kills) larwmd and starts it again on the same ports."""
        if hard:
            self.larwmd.kill()
        else:
            code = self.larwmd.stop()
            if code != 0:
                raise Failed(f"larwmd ended with {code}:\n{self.larwmd.tail()}")
        return self.start()

    def console(self, user="operator", role=words.ROLE_OPERATOR, **options):
        console = Console(self.socket, user, role, **options)
        self.closers.append(console.close)
        console.wait(lambda c: c.snapshot_done or not c.watch, 20, "a snapshot")
        return console

    def unit(self, name, boot=1):
        unit = Unit(self, name, boot)
        self.closers.append(unit.close)
        return unit

    def panel(self, *arguments, seconds=20):
        """Runs larwm-panel against the clear DC-09 port; returns the finished process."""
        return subprocess.run([str(BIN / "tests/support/larwm-panel"), "--host", "127.0.0.1",
                               "--port", str(self.dc09_port), *map(str, arguments)],
                              capture_output=True, text=True, timeout=seconds)

    def ctl(self, *arguments, seconds=30, check=True, stdin=None):
        done = subprocess.run([str(BIN / "src/tools/larwmctl"), *map(str, arguments)], text=True,
                              capture_output=True, timeout=seconds, env=self.env(), input=stdin)
        if check and done.returncode != 0:
            raise Failed(f"larwmctl {' '.join(map(str, arguments))}: {done.returncode}\n"
                         f"{done.stdout}{done.stderr}")
        return done

    def start_controlroom(self, mode="accept", xsd=None):
        """Starts the demo control room; again on the same ports when it ran before."""
        ports = getattr(self, "room_ports", None)
        for _ in range(5):
            # a port that was free a moment ago may be taken now: then others are tried
            self.room_port, self.room_control = ports or free_ports(2)
            arguments = [ROOT / "deploy/controlroom", "--pki", self.pki, "--port", self.room_port,
                         "--control-port", self.room_control, "--state", self.dir / "room.json",
                         "--mode", *mode.split()]
            if xsd:
                arguments += ["--xsd", xsd]
            room = Process("controlroom", arguments, self.dir / "room.log")
            self.processes["controlroom"] = room
            eventually(lambda r=room: not r.alive() or self.alerts() is not None, 20,
                       "the control room answers")
            if room.alive():
                self.room_ports = (self.room_port, self.room_control)
                return
        raise Failed("the control room does not start:\n" + room.tail())

    def alerts(self):
        if getattr(self, "room_control", None) is None:
            return []
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.room_control}/alerts", timeout=5) as r:
                return json.load(r)
        except OSError:
            return None

    def start_police(self):
        codes = self.sql("select code from larwm.directory_forces order by 1").split()
        config = self.dir / "police.yaml"
        config.write_text(
            f"larwmd_socket: {self.socket}\nsender: gateway@larwm.test.invalid\n"
            f"certificate: {self.pki}/gateway.crt\nkey: {self.pki}/gateway.key\n"
            f"ca: {self.pki}/ca.crt\nforces:\n" + "".join(
                f"  - {{code: {code}, endpoint: \"https://127.0.0.1:{self.room_port}/{code}\", "
                f"address: \"controlroom@{code}.test.invalid\"}}\n" for code in codes))
        self.processes["larwm-police"] = Process(
            "larwm-police", [BIN / "src/police/larwm-police", "--config", config],
            self.dir / "police.log", env={**os.environ, **self.tool_env()})

    def close(self):
        for closer in reversed(self.closers):
            with contextlib.suppress(Exception):
                closer()
        problems = []
        for name, process in reversed(list(self.processes.items())):
            with contextlib.suppress(Exception):
                os.kill(process.pid, signal.SIGCONT)
            try:
                process.stop()
            except Failed as failure:
                problems.append(str(failure))
        for log in self.dir.glob("*.log"):
            text = log.read_text(errors="replace")
            if "ERROR: AddressSanitizer" in text or "runtime error:" in text or \
                    "ERROR: LeakSanitizer" in text or "broken requirement" in text:
                problems.append(f"{log.name}:\n" + "\n".join(text.splitlines()[-60:]))
        problems += self.tool_problems()
        if not os.environ.get("LARWM_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)
        if problems:
            raise Failed("\n".join(problems))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and kind is not SystemExit:  # told to stop: nothing to explain
            for name, process in self.processes.items():
                print(f"--- {name}\n{process.tail()}", file=sys.stderr)
            print("\n".join(self.tool_problems()), file=sys.stderr)
            with contextlib.suppress(Exception):
                self.close()
            return False
        self.close()
        return False


def close_shared():
    if Centre.database is not None:
        Centre.database.close()
        Centre.database = None
    if Centre._pki_dir is not None and not SHARED:
        shutil.rmtree(Centre._pki_dir, ignore_errors=True)
        Centre._pki_dir = None
