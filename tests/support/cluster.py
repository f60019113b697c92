"""kill -9 of a test run's own PostgreSQL: the postmaster or one backend, by process id; and its return.

Whoever imports this becomes the parent of orphans below it, so that no killed server stays as a zombie.
"""
import ctypes
import os
import pathlib
import pwd
import signal
import subprocess

from centre import Centre, Failed, eventually

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def ended(pid):
    """Is the process gone? One of ours that has ended is laid to rest."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class Cluster:
    """The PostgreSQL that Centre.database started."""

    def __init__(self):
        database = Centre.database
        self.exports = database.exports
        self.data = (database.dir / "pg" / "data").resolve()
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        self.pid = int(lines[0])
        self.program = pathlib.Path(f"/proc/{self.pid}/exe").resolve()
        self.owner = pwd.getpwuid(self.data.stat().st_uid)

    def children(self):
        return [int(n) for n in
                pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def backends(self, user="larwmd"):
        """Processes that serve `user`."""
        found = []
        for pid in self.children():
            try:
                title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if title.startswith(f"postgres: {user} ".encode()):
                found.append(pid)
        return found

    def kill_backend(self, chance):
        """One of larwmd's; the postmaster then throws all out and recovers. False: there was none."""
        backends = self.backends()
        if backends:
            os.kill(chance.choice(backends), signal.SIGKILL)
        return bool(backends)

    def kill(self):
        """The postmaster; its children end by themselves."""
        self.orphans = [self.pid, *self.children()]
        os.kill(self.pid, signal.SIGKILL)

    def start(self):
        """After kill(): starts it again; it recovers and takes connections soon after."""
        for pid in self.orphans:
            eventually(lambda p=pid: ended(p), 60, "PostgreSQL's processes end", most=0.005)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        owned = {} if self.owner.pw_uid == os.getuid() else {
            "user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        with open(self.data / "server.log", "ab") as log:
            process = subprocess.Popen(
                [self.program, "-D", self.data, "-c",
                 f"unix_socket_directories={self.exports['PGHOST']}", "-p", self.exports["PGPORT"]],
                cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **owned)
        self.pid = process.pid
        if process.poll() is not None:
            raise Failed("PostgreSQL does not start")
        process.returncode = 0  # waited for by ended(), not by Popen
