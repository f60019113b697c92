"""The machine: what it is, how much of it others took, what a process has cost."""
import os
import pathlib
import platform
import re
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")
VERSIONS = {
    "OpenSSL": ["openssl", "version"],
    "PostgreSQL": ["/usr/lib/postgresql/15/bin/postgres", "--version"],
    "redis": ["redis-server", "--version"],
    "mosquitto": ["mosquitto", "-h"],
    "haproxy": ["haproxy", "-v"],
    "nginx": ["nginx", "-v"],
    "hitch": ["hitch", "--version"],
}


def _version(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except OSError:
        return "not installed"
    found = re.search(r"\d+\.\d+[.\w~-]*", done.stdout + done.stderr)
    return found.group(0) if found else "?"


def describe(directory):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    disk = subprocess.run(["findmnt", "-no", "SOURCE,FSTYPE", "-T", directory], text=True,
                          capture_output=True).stdout.split()
    memory = int(re.search(r"MemTotal:\s+(\d+)",
                           pathlib.Path("/proc/meminfo").read_text()).group(1))
    return {"cpu": cpu.group(1) if cpu else platform.machine(), "cores": os.cpu_count(),
            "memory_gib": round(memory / 2**20, 1), "kernel": platform.release(),
            "disk": " ".join(disk),
            "versions": {name: _version(command) for name, command in VERSIONS.items()}}


def _stat(pid):
    """Parent, CPU seconds of itself, of children it has waited for."""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / TICK, \
        (int(fields[13]) + int(fields[14])) / TICK


def family(roots):
    """The processes and all they started, alive now."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children.setdefault(_stat(entry)[0], []).append(int(entry))
            except (OSError, ValueError):
                continue
    found, left = [], [pid for pid in roots if pid]
    while left:
        pid = left.pop()
        if pid not in found:
            found.append(pid)
            left += children.get(pid, [])
    return found


def cpu_s(pids):
    """CPU of all threads of these processes; the scheduler's nanoseconds."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                    total += int(file.read().split()[0])
        except (OSError, IndexError):
            continue
    return total / 1e9


def thread_cpu_s(pids):
    """The same by thread name."""
    found = {}
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                base = pathlib.Path(f"/proc/{pid}/task/{task}")
                name = (base / "comm").read_text().strip()
                used = int((base / "schedstat").read_text().split()[0]) / 1e9
                found[name] = found.get(name, 0) + used
        except (OSError, IndexError):
            continue
    return found


def resident_kib(pids):
    total = 0
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"Rss:\s+(\d+)", text).group(1))
        except (OSError, AttributeError):
            continue
    return total


def slab_kib():
    return int(re.search(r"Slab:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))


class Watch:
    """How much of the machine went to others between start and stop: the share of user and kernel
    time no process of ours spent, and the time the host took away."""

    def __init__(self, roots):
        self.roots = [os.getpid(), *roots]
        self.known = {}
        self.before = self._total()
        self._ours(self.known)

    @staticmethod
    def _total():
        line = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0]
        return [int(word) / TICK for word in line.split()[1:9]]

    def _ours(self, into):
        for pid in family(self.roots):
            try:
                _, own, waited = _stat(pid)
            except (OSError, ValueError):
                continue
            into[pid] = own + (waited if pid in self.roots else 0)

    def stop(self):
        after, now = self._total(), {}
        self._ours(now)
        spent = [b - a for a, b in zip(self.before, after)]
        ours = sum(used - self.known.get(pid, 0) for pid, used in now.items())
        whole = sum(spent) or 1
        foreign = max(0.0, sum(spent[0:3]) - ours)
        return {"foreign": foreign / whole, "steal": spent[7] / whole}


def wait_quiet(limit, patience_s):
    """Waits until the machine is ours for half a second, at most so long."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        watch = Watch([])
        time.sleep(0.5)
        if sum(watch.stop().values()) <= limit:
            return True
    return False
