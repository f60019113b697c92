#!/usr/bin/env python3
"""Writes docs/reliability.md: each promise, its test, what came out, when, of which commit.

    tests/run --report [LOG...]          from the newest run, the campaigns kept, and these logs
    tests/run --report --keep LOG...     also keeps these logs' lines in docs/reliability-campaigns.txt

Suites print, among the rest,

    promise: ID | WHAT | cycles=500 | lost=0 | twice=0 | accepting_p50_ms=61

and a log may name what it is of, before them (tests/run does so itself):

    run: NAME | commit=0123abc | date=2026-01-31

Without that line the present commit and the log's own date are taken. A promise nobody has a line for
says "not run". Exits with 1 when a promise was broken.
"""
import argparse
import dataclasses
import datetime
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from reliability import NOT_SHOWN, PROMISES  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/reliability.md"
KEPT = ROOT / "docs/reliability-campaigns.txt"
MUST_BE_ZERO = ("lost", "twice", "findings", "reports", "not_caught", "broken")
MUST_BE_SOME = ("cycles", "faults")  # a test that did nothing has shown nothing


@dataclasses.dataclass(frozen=True)
class Result:
    promise: str
    what: str
    values: dict
    commit: str
    date: str
    by_hand: bool

    def number(self, name):
        """The value as a number, 0 when it is none or not there."""
        found = re.fullmatch(r"-?[\d,_]+(\.\d+)?", self.values.get(name, ""))
        return float(re.sub("[,_]", "", found[0])) if found else 0

    @property
    def done(self):
        return any(self.number(name) > 0 for name in MUST_BE_SOME)

    @property
    def broken(self):
        return not self.done or any(self.number(name) != 0 for name in MUST_BE_ZERO)


def fields(text):
    """ "a=1 | b=2" as a dictionary; words without a "=" are left out."""
    pairs = (part.partition("=") for part in text.split("|"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def parse(text, commit, date, by_hand):
    """All results of a log. A line cut short, as a run that was ended leaves it, is no result."""
    results = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("run: "):
            said = fields(line)
            commit, date = said.get("commit", commit), said.get("date", date)
        elif line.startswith("promise: "):
            parts = line.removeprefix("promise: ").split("|", 2)
            if len(parts) == 3 and fields(parts[2]):
                results.append(Result(parts[0].strip(), parts[1].strip(), fields(parts[2]), commit, date,
                                      by_hand))
    return results


def git(*words):
    done = subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def commit_now():
    """The present commit; with a word when files differ from it."""
    changed = git("status", "--porcelain", "--", ".", ":!docs/reliability.md",
                  ":!docs/reliability-campaigns.txt")
    return (git("rev-parse", "--short=7", "HEAD") or "unknown") + (" and changes" if changed else "")


def read(path, by_hand):
    date = datetime.date.fromtimestamp(path.stat().st_mtime).isoformat()
    return parse(path.read_text(encoding="utf-8", errors="replace"), commit_now(), date, by_hand)


def keep(results, path):
    """Adds results to the file of campaigns, in the form it is read in."""
    with open(path, "a", encoding="utf-8") as file:
        last = None
        for result in results:
            if last != (result.commit, result.date):
                last = result.commit, result.date
                file.write(f"run: by hand | commit={result.commit} | date={result.date}\n")
            values = " | ".join(f"{name}={value}" for name, value in result.values.items())
            file.write(f"promise: {result.promise} | {result.what} | {values}\n")


def plain(number):
    return f"{number:,.0f}"


def cell(text):
    return str(text).replace("|", "/")


def verdict(results):
    if not results:
        return "not run"
    return "**BROKEN**" if any(r.broken for r in results) else "kept"


def summary(promise, results):
    """The promise's row: everything that was run for it, added up."""
    done = sum(r.number("cycles") or r.number("faults") for r in results)
    lost = sum(r.number("lost") for r in results)
    has_lost = any("lost" in r.values for r in results)
    return (f"| {promise.title} | {verdict(results)} | {plain(done) if results else ''} | "
            f"{plain(lost) if has_lost else ''} | {cell(promise.goal)} | "
            f"{max((r.date for r in results), default='')} |")


def details(results):
    lines = ["| run | what | cycles | lost | further | date | commit |", "|---|---|---:|---:|---|---|---|"]
    for r in results:
        further = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in r.values.items()
                            if name not in ("cycles", "lost"))
        cycles = plain(r.number("cycles")) if "cycles" in r.values else ""
        lost = plain(r.number("lost")) if "lost" in r.values else ""
        lines.append(f"| {'by hand' if r.by_hand else 'tests/run'} | {cell(r.what)} | {cycles} | {lost} | "
                     f"{cell(further)}{' **BROKEN**' if r.broken else ''} | {r.date} | {r.commit} |")
    return lines


def page(results):
    """The whole document."""
    by_promise = {p: [r for r in results if r.promise in p.ids] for p in PROMISES}
    known = {name for p in PROMISES for name in p.ids}
    others = [r for r in results if r.promise not in known]
    lines = [
        "# Reliability", "",
        "larwm has one promise: an alarm it acknowledged is not lost. This page says in which ways that was",
        "attacked and what came out. `tests/run --report` writes it from the lines the suites print; do not",
        "edit it. How each suite works is in [tests.md](tests.md) and tests/crash/README.md.", "",
        '"Cycles" are what a test repeats: kills, cuts, faults, executions, simulated worlds. "Lost" is an',
        "alarm whose sender has a positive receipt and that is missing from the journal, from PostgreSQL or",
        "from a console after the recovery. Times are those of the machine at hand.", "",
        "| what happens | promise | cycles | lost | goal | newest |", "|---|---|---:|---:|---|---|"]
    lines += [summary(p, r) for p, r in by_promise.items()]
    for promise, found in by_promise.items():
        lines += ["", f"## {promise.title}", "", promise.text, "", f"Test: {promise.how}", "",
                  f"Run it: {promise.command}.", ""]
        lines += details(found) if found else ["Not run."]
    if others:
        lines += ["", "## Further results", ""] + details(
            [dataclasses.replace(r, what=f"{r.promise}: {r.what}") for r in others])
    lines += ["", "## What is not shown", ""] + [f"- {text}" for text in NOT_SHOWN]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=pathlib.Path, default=ROOT / "build/test-logs")
    parser.add_argument("--keep", action="store_true", help="add the logs to docs/reliability-campaigns.txt")
    parser.add_argument("log", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    given = [result for path in options.log for result in read(path, True)]
    kept = read(KEPT, True) if KEPT.exists() else []
    results = [result for path in sorted(options.logs.glob("*.log")) for result in read(path, False)]
    if options.keep:
        keep(given, KEPT)
    PAGE.write_text(page(results + kept + given), encoding="utf-8")
    everything = results + kept + given
    broken = [r for r in everything if r.broken]
    for result in broken:
        print(f"broken: {result.promise} | {result.what} | {result.values}")
    have = {r.promise for r in everything}
    for promise in PROMISES:
        if not have & set(promise.ids):
            print(f"not run: {promise.title} ({promise.command})")
    print(f"{PAGE.relative_to(ROOT)}: {len(everything)} results, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
