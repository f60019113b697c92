"""Every server of the comparison: started on loopback in a private directory, stopped by pid.

Each speaks TLS 1.3 with the same certificate and asks for client certificates of the same authority,
runs one worker as larwmd does, and says what its answer promises.
"""
import os
import pathlib
import pwd
import resource
import shutil
import subprocess
import tempfile
import time

import centre as support
from centre import Centre, Failed, eventually, free_port

from . import machine

BARE = support.BIN / "bench/ceiling/larwm-bare"
FILES_MAX = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
REGISTER_AT_ONCE = 1000  # a command line has its limits
NGINX_STREAM = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")


class Place:
    """A private directory with the certificates, for programs that do not want to be root."""

    def __init__(self, pki):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="larwm-compare-"))
        for name in ("centre.crt", "centre.key", "device-ca.crt", "ca.crt"):
            shutil.copy(pki / name, self.dir / name)
        self.pem = self.dir / "both.pem"
        self.pem.write_text((pki / "centre.key").read_text() + (pki / "centre.crt").read_text())
        self.pem.chmod(0o600)
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.give(self.dir, *self.dir.iterdir())

    def give(self, *paths):
        for path in paths:
            if self.user:
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def fresh(self, name):
        path = self.dir / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        self.give(path)
        return path

    def command(self, arguments):
        unprivileged = [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}",
                        "--clear-groups"] if self.user else []
        return ["setpriv", *unprivileged, "--pdeathsig", "TERM", *map(str, arguments)]

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


class Server:
    """A program that listens; a context that stops it."""

    protocol = "echo"
    program = None  # looked for in PATH
    promise = ""
    descriptors = 1  # a session

    def __init__(self, place):
        self.place, self.port, self.process = place, free_port(), None
        self.dir = place.fresh(self.name.replace(" ", "-"))

    @classmethod
    def installed(cls):
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        return cls.program is None or shutil.which(cls.program, path=path) is not None

    @classmethod
    def sessions_max(cls):
        return (FILES_MAX - 300) // cls.descriptors

    def arguments(self):
        raise NotImplementedError

    def prepare(self):
        """Another process it stands in front of, if any."""

    def start(self, arguments, what):
        log = self.dir / f"{what}.log"
        env = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
        with open(log, "wb") as to:
            return subprocess.Popen(self.place.command(arguments), stdout=to, stderr=to, cwd="/",
                                    env=env)

    def __enter__(self):
        self.prepare()
        self.process = self.start(self.arguments(), self.name.split()[0])
        try:
            eventually(self.accepts, 20, f"{self.name} listens")
        except Failed:
            self.__exit__()
            raise
        return self

    def accepts(self):
        if self.process.poll() is not None:
            texts = [p.read_text(errors="replace")[-600:] for p in self.dir.glob("*.log")]
            raise Failed(f"{self.name} ended at start: " + "\n".join(texts))
        # asked of the kernel: a connection would already be a session
        return _listens(self.port)

    def __exit__(self, *_):
        _stop(self.process)

    def pids(self):
        return machine.family([self.process.pid])

    def resident_kib(self):
        return machine.resident_kib(self.pids())


def _listens(port):
    wanted = f"0100007F:{port:04X}"
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == wanted and fields[3] == "0A":
            return True
    return False


def _stop(process):
    if process is None:
        return
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Bare(Server):
    name = "bare echo"
    promise = "the same bytes, nothing kept"
    extra = ()
    client_ca = True
    workers = 1  # as many as larwmd; compare sets it

    def arguments(self):
        base = self.place.dir
        ca = ["--client-ca", base / "device-ca.crt"] if self.client_ca else []
        return [BARE, "--port", self.port, "--threads", Bare.workers, "--cert", base / "centre.crt",
                "--key", base / "centre.key", *ca, "--tickets", *self.extra]


class BareDurable(Bare):
    name = "bare durable"
    promise = "appended, group fdatasync before the answer"

    def arguments(self):
        return [*super().arguments(), "--journal", self.dir]


class BareKept(Bare):
    name = "bare, certificate kept"
    extra = ("--keep-peer",)


class BareAnonymous(Bare):
    name = "bare, no client certificates"
    client_ca = False


class Redis(Server):
    name, protocol, program = "redis", "redis", "redis-server"
    promise = "one value stored, appendfsync always"

    def arguments(self):
        base = self.place.dir
        return ["redis-server", "--port", 0, "--tls-port", self.port, "--bind", "127.0.0.1",
                "--tls-cert-file", base / "centre.crt", "--tls-key-file", base / "centre.key",
                "--tls-ca-cert-file", base / "device-ca.crt", "--tls-auth-clients", "yes",
                "--tls-protocols", "TLSv1.3", "--appendonly", "yes", "--appendfsync", "always",
                "--save", "", "--dir", self.dir, "--maxclients", self.sessions_max(),
                "--tcp-backlog", 4096, "--protected-mode", "no"]


class Mosquitto(Server):
    name, protocol, program = "mosquitto", "mqtt", "mosquitto"
    promise = "QoS 1 taken into memory, nobody subscribed, no wait for the disk"

    def arguments(self):
        base, config = self.place.dir, self.dir / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\ncertfile {base}/centre.crt\n"
            f"keyfile {base}/centre.key\ncafile {base}/device-ca.crt\nrequire_certificate true\n"
            f"tls_version tlsv1.3\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.dir}/\nmax_inflight_messages 0\nmax_queued_messages 0\n"
            f"set_tcp_nodelay true\nlog_dest stderr\nlog_type error\n")
        self.place.give(config)
        return ["mosquitto", "-c", config]


class MosquittoDelivering(Mosquitto):
    name = "mosquitto delivering"
    promise = "QoS 1 taken into memory and sent to one QoS 1 subscriber, no wait for the disk"
    delivers = True


class Terminator(Server):
    """TLS in front of the bare clear echo, whose cost is not counted."""

    descriptors = 2
    promise = "TLS ended, bytes passed to an echo"

    def prepare(self):
        self.back = free_port()
        self.echo = self.start([BARE, "--port", self.back], "echo")
        eventually(lambda: _listens(self.back), 20, "the echo behind listens")

    def __exit__(self, *_):
        super().__exit__()
        _stop(self.echo)


class Haproxy(Terminator):
    name = program = "haproxy"

    def arguments(self):
        base, config = self.place.dir, self.dir / "haproxy.cfg"
        config.write_text(
            f"global\n  maxconn {self.sessions_max()}\n  nbthread 1\n"
            f"defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 30m\n"
            f"  timeout server 30m\nlisten tls\n  bind 127.0.0.1:{self.port} backlog 4096 ssl "
            f"crt {base}/both.pem ca-file {base}/device-ca.crt verify required "
            f"ssl-min-ver TLSv1.3\n  server echo 127.0.0.1:{self.back}\n")
        self.place.give(config)
        return ["haproxy", "-f", config, "-db"]


class Nginx(Terminator):
    name, program = "nginx stream", "nginx"

    @classmethod
    def installed(cls):
        return super().installed() and NGINX_STREAM.exists()

    def arguments(self):
        base, config = self.place.dir, self.dir / "nginx.conf"
        config.write_text(
            f"load_module {NGINX_STREAM};\ndaemon off;\nworker_processes 1;\n"
            f"pid {self.dir}/pid;\nerror_log {self.dir}/error.log error;\n"
            f"events {{ worker_connections {FILES_MAX - 100}; }}\nstream {{\n"
            f"  ssl_certificate {base}/centre.crt;\n  ssl_certificate_key {base}/centre.key;\n"
            f"  ssl_protocols TLSv1.3;\n  ssl_client_certificate {base}/device-ca.crt;\n"
            f"  ssl_verify_client on;\n  ssl_session_tickets on;\n  proxy_timeout 30m;\n"
            f"  proxy_buffer_size 1k;\n"
            f"  server {{ listen 127.0.0.1:{self.port} ssl backlog=4096;\n"
            f"    proxy_pass 127.0.0.1:{self.back}; }}\n}}\n")
        self.place.give(config)
        return ["nginx", "-e", self.dir / "start.log", "-c", config]


class Hitch(Terminator):
    name = program = "hitch"

    def arguments(self):
        base, config = self.place.dir, self.dir / "hitch.conf"
        config.write_text(
            f'frontend = "[127.0.0.1]:{self.port}"\nbackend = "[127.0.0.1]:{self.back}"\n'
            f'pem-file = "{base}/both.pem"\nworkers = 1\nbacklog = 4096\ntls-protos = TLSv1.3\n'
            f'client-verify = required\nclient-verify-ca = "{base}/device-ca.crt"\n')
        self.place.give(config)
        return ["hitch", f"--config={config}"]


HOMES = 1000  # units that have one: those that press
# A person, a home and a risk for a unit, all invented, so that looking it up is the usual work.
HOME = """perform larwm.allocation_lease(name, larwm.case_add(jsonb_build_object(
    'authority', 'swansea', 'risk', 'high', 'wishes', 'send the police', 'may_call', false,
    'safe_contact', 'text in the daytime', 'hazards', jsonb_build_array('dog', 'locked gate'),
    'person', jsonb_build_object('name', 'Invented Person ' || n, 'telephone', '01632 960000'),
    'property', jsonb_build_object('address', n || ' Invented Street', 'town', 'Abertawe',
        'latitude', 51.6 + n * 0.0005, 'longitude', -3.9))), 'cst-swansea');"""


class BenchCentre(Centre):
    """larwmd and its PostgreSQL; journal segments and checkpoints of the default size, not of tests.
    Units that leave between runs are not to be reported lost during the next."""

    def __init__(self, **options):
        super().__init__(checkpoint_records=50000, **options)
        self.sql("update larwm.unit_model set heartbeat_interval_s = 86400 where heartbeat_interval_s > 0")

    def stored(self):
        """Signals in PostgreSQL that units sent."""
        return int(self.sql("select count(*) from larwm.signal where protocol <> 'centre'"))

    def _config(self):
        path = super()._config()
        path.write_text(path.read_text().replace("segment_mib: 4", "segment_mib: 64"))
        return path


class Larwmd:
    """The daemon, with as many registered units as the load has sessions."""

    name, protocol = "larwmd", "native"
    promise = "journaled, group fdatasync before the receipt; decoded, decided, shown, recorded"
    descriptors = 1

    def __init__(self, units, fingerprints, threads=1):
        self.centre = BenchCentre(log_level="error", native_threads=threads)
        self.place, self.answered, self.sent = None, 0, 0
        self._register(units, fingerprints)
        self.centre.start()
        self.port = self.centre.native_port

    @classmethod
    def installed(cls):
        return True

    @classmethod
    def sessions_max(cls):
        return FILES_MAX - 300

    def _register(self, units, fingerprints):
        homes = min(units, HOMES)
        for first in range(0, units, REGISTER_AT_ONCE):
            some = fingerprints[first:min(units, first + REGISTER_AT_ONCE)]
            marks = "','".join(some)
            self.centre.sql(
                f"do $$ declare marks text[] := array['{marks}']; name text; begin "
                f"for n in {first} + 1..{first} + {len(some)} loop name := 'LOAD-' || n; "
                f"perform larwm.unit_add(name, 'sky-pendant'); "
                f"perform larwm.credential_add(name, 'tls_key', decode(marks[n - {first}], 'hex')); "
                f"if n <= {homes} then {HOME} end if; end loop; end $$")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        """Stays up: what it has taken is drained before the next run."""
        if kind is None:
            self.drain(1200)

    def restart(self):
        self.centre.restart()

    def pids(self):
        return [self.centre.larwmd.pid]

    def helpers(self):
        """What works for it and is not it: PostgreSQL."""
        return [Centre.database.pids()]

    def resident_kib(self):
        return machine.resident_kib(self.pids())

    def stored(self):
        return self.centre.stored()

    def counters(self):
        """By name, as larwmctl prints them; without the times of stages."""
        lines = (line.split() for line in self.centre.ctl("counters").stdout.splitlines())
        return {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[1].isdigit()}

    def note(self, result):
        self.sent += result["sent"]
        self.answered += result["answered"]

    def drain(self, seconds):
        """Until PostgreSQL has every signal that had its receipt; the seconds that took."""
        began = time.monotonic()
        while self.stored() < self.answered:
            if not self.centre.larwmd.alive():
                raise Failed("larwmd ended:\n" + self.centre.larwmd.tail())
            if time.monotonic() - began > seconds:
                raise Failed(f"{self.stored():,} signals recorded of {self.answered:,} receipts "
                             f"after {seconds} s\n{self.centre.larwmd.tail()}")
            time.sleep(0.25)
        if self.stored() > self.sent:
            raise Failed(f"{self.stored():,} signals recorded, {self.sent:,} sent")
        return time.monotonic() - began

    def close(self):
        self.centre.close()


CEILINGS = [Bare, BareDurable]
PEERS = [Redis, Mosquitto, MosquittoDelivering, Haproxy, Nginx, Hitch]
