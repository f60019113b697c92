#!/usr/bin/env python3
"""Runs test suites in lanes, several at once, and counts (the second half of tests/run).

    tests/support/lanes.py --logs DIR [--lanes N] [--alone NAME]... SUITE...

Each suite is `tests/run --one NAME`. Many suites mostly wait, so two at once end sooner than one after
the other. A lane takes the next suite of the list when it is free; suites named with --alone measure,
and run one by one when all others have ended. What a suite prints goes to DIR/NAME.log and is shown
whole when it ends; what failed is shown once more at the end of all. Lanes choose their ports from
different ranges (LARWM_TEST_PORTS).

The log begins with a line that names the commit (tests/run --report reads it).

A suite ends with "NAME: N passed, N failed[, N skipped]"; exit code 77 means skipped. One that ends
badly has failed, whatever it counted; so has one that counted nothing. An interrupt is handed on to the
running suites, which clean up; what does not end is killed. The last line is the sum of all suites.
"""
import argparse
import contextlib
import datetime
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import report  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUN = ROOT / "tests/run"
PORTS = (12000, 30999)
SUITE_LIMIT = 3600   # seconds after which a suite hangs
CLEAN_UP_LIMIT = 60  # seconds a suite has to clean up after an interrupt
LAST_LINES = int(os.environ.get("SHOW", "60"))
SAYS_SO = re.compile(r"FAIL|[1-9]\d* failed|Error|ERROR|Traceback|Sanitizer")
NOISE = re.compile(r"^\s*$|^run: |^[0-9T:.Z-]+ (info|warning|error)")


def count(text, code):
    """(passed, failed, skipped) of a suite that printed `text` and ended with `code`."""
    passed = failed = skipped = 0
    lines = [line for line in text.splitlines() if re.search(r"\d+ passed, \d+ failed", line)]
    if code == 77:
        return 0, 0, 1
    if lines:
        passed = int(re.search(r"(\d+) passed", lines[-1])[1])
        failed = int(re.search(r"(\d+) failed", lines[-1])[1])
        more = re.search(r"(\d+) skipped", lines[-1])
        skipped = int(more[1]) if more else 0
    if (code != 0 and failed == 0) or (code == 0 and passed == 0 and skipped == 0):
        failed = 1
    return passed, failed, skipped


def shown(text, code):
    """What of a suite's output is worth reading."""
    lines = text.splitlines()
    if code in (0, 77):
        return [line for line in lines if not NOISE.match(line)][-LAST_LINES:]
    return lines[-2 * LAST_LINES:]


def failures(text):
    """Of a suite that failed: its lines that say so, and how it ended."""
    lines = text.splitlines()
    said = [line for line in lines[:-LAST_LINES] if SAYS_SO.search(line)]
    return said[:LAST_LINES] + lines[-LAST_LINES:]


class Lanes:
    def __init__(self, logs):
        self.logs = logs
        self.lock = threading.Lock()
        self.running = {}      # suite: its process, which leads a group
        self.sums = [0, 0, 0]
        self.times = {}        # suite: seconds
        self.failed = {}       # suite: what is worth reading of it, shown again at the end
        self.stopping = False
        self.commit = report.commit_now()

    def start(self, name, log, ports):
        environment = {"LARWM_PATIENCE": "3", **os.environ,  # deadlines: the machine is shared
                       "LARWM_TEST_PORTS": f"{ports[0]}-{ports[1]}"}
        with self.lock:
            if self.stopping:
                return None
            process = subprocess.Popen([RUN, "--one", name], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, env=environment,
                                       start_new_session=True)
            self.running[name] = process
            return process

    def run(self, name, ports):
        """One suite, from beginning to the lines about it."""
        began = time.monotonic()
        path = self.logs / f"{name}.log"
        with open(path, "wb") as log:
            log.write(f"run: {name} | commit={self.commit} | date={datetime.date.today()}\n".encode())
            log.flush()
            process = self.start(name, log, ports)
            if process is None:
                return
            try:
                code = process.wait(SUITE_LIMIT)
            except subprocess.TimeoutExpired:
                code = "none: it hangs"
                end_group(process)
        text = path.read_text(encoding="utf-8", errors="replace")
        with self.lock:
            del self.running[name]
            if self.stopping:
                return
            result = count(text, code)
            self.sums = [a + b for a, b in zip(self.sums, result)]
            if result[1]:
                self.failed[name] = failures(text)
            self.times[name] = time.monotonic() - began
            print("\n".join([f"== {name}", *shown(text, code),
                             f"-- {name}: {self.times[name]:.0f} s, exit {code}"]), flush=True)

    def run_all(self, names, lanes):
        waiting = list(names)

        def lane(ports):
            while True:
                with self.lock:
                    if not waiting or self.stopping:
                        return
                    name = waiting.pop(0)
                self.run(name, ports)
        share = (PORTS[1] - PORTS[0] + 1) // lanes
        threads = [threading.Thread(target=lane, args=((first, first + share - 1),), daemon=True)
                   for first in range(PORTS[0], PORTS[0] + lanes * share, share)]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():  # so that an interrupt is taken
                thread.join(1)

    def stop(self):
        """Hands the interrupt on and waits for the clean-up."""
        with self.lock:
            self.stopping = True
            running = dict(self.running)
        for process in running.values():
            signal_group(process, signal.SIGINT)
        deadline = time.monotonic() + CLEAN_UP_LIMIT
        for name, process in running.items():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            end_group(process)
            print(f"-- {name}: interrupted", flush=True)


def signal_group(process, number):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def end_group(process):
    """Whatever is left of the suite's group."""
    signal_group(process, signal.SIGKILL)
    process.wait()


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=pathlib.Path, required=True)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--alone", action="append", default=[])
    parser.add_argument("suites", nargs="+")
    options = parser.parse_args()
    # SIGINT, too: a shell without job control has it ignored, which the suites would inherit
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    options.logs.mkdir(parents=True, exist_ok=True)
    lanes = Lanes(options.logs)
    began = time.monotonic()
    try:
        lanes.run_all([s for s in options.suites if s not in options.alone], max(1, options.lanes))
        lanes.run_all([s for s in options.suites if s in options.alone], 1)
    except KeyboardInterrupt:
        lanes.stop()
        print("interrupted")
        return 130
    took = time.monotonic() - began
    for name, lines in lanes.failed.items():
        print("\n".join([f"\n== {name} failed:", *lines]))
    slowest = sorted(lanes.times.items(), key=lambda item: -item[1])[:8]
    print("\nslowest: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in slowest))
    print(f"in {took:.0f} s, one after the other {sum(lanes.times.values()):.0f} s; logs in {options.logs}")
    passed, failed, skipped = lanes.sums
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
