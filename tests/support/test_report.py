#!/usr/bin/env python3
"""What the reports are made with: the parser of promise lines, and the counting of suites."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lanes
import report
import runner

LINE = "promise: kill-9 | larwmd, both | cycles=1,500 | lost=0 | twice=0 | accepting_p50_ms=61"


def expect(true, what):
    if not true:
        raise AssertionError(what)


def parse(text):
    return report.parse(text, "0000000", "2026-01-01", False)


def test_a_promise_line_among_other_lines_is_read():
    results = parse(f"kill loop: 500 cycles\n  {LINE}\ncrash: 500 passed, 0 failed\n")
    expect(len(results) == 1, results)
    expect((results[0].promise, results[0].what) == ("kill-9", "larwmd, both"), results)
    expect(results[0].number("cycles") == 1500 and results[0].values["accepting_p50_ms"] == "61", results)
    expect(not results[0].broken, "it was kept")


def test_a_line_cut_short_is_no_result():
    for cut in ("promise: kill-9", "promise: kill-9 | larwmd", "promise: kill-9 | larwmd | cyc"):
        expect(parse(cut) == [], cut)


def test_each_run_line_names_commit_and_date_of_what_follows():
    results = parse(f"{LINE}\nrun: by hand | commit=1234567 | date=2026-02-03\n{LINE}\n"
                    f"run: by hand | commit=89abcde | date=2026-02-04\n{LINE}")
    expect([(r.commit, r.date) for r in results] == [
        ("0000000", "2026-01-01"), ("1234567", "2026-02-03"), ("89abcde", "2026-02-04")], results)


def test_anything_lost_doubled_found_or_missed_is_broken():
    for value in ("lost=1", "twice=2", "lost=0 | findings=1", "reports=3", "lost=0.5", "not_caught=1"):
        expect(parse(f"promise: x | y | cycles=10 | {value}")[0].broken, value)


def test_a_test_that_did_nothing_has_shown_nothing():
    expect(parse("promise: x | y | cycles=0 | lost=0")[0].broken, "no cycles")
    expect(parse("promise: x | y | lost=0")[0].broken, "no count")
    expect(not parse("promise: x | y | faults=3 | not_caught=0")[0].broken, "faults are cycles, too")


def test_the_page_says_kept_broken_and_not_run():
    text = report.page(parse(LINE + "\npromise: power-cut | ext4 | cycles=30 | lost=2\npromise: new | thing | "
                             "cycles=1 | lost=0"))
    rows = {row.split("|")[1].strip(): row for row in text.splitlines() if row.startswith("| ")}
    expect("| kept | 1,500 | 0 |" in rows["A process killed at any moment"], rows)
    expect("**BROKEN** | 30 | 2 |" in rows["A power cut"], rows)
    expect("| not run |" in rows["Damage to the journal"], rows)
    expect("new: thing" in text, "a promise nobody has described is shown all the same")
    expect("Two nodes" in text or "second node" in text, "what is not shown")


def test_several_lines_of_one_promise_are_added_up():
    text = report.page(parse("promise: fuzz | a | cycles=10 | lost=0\npromise: fuzz | b | cycles=5 | lost=0"))
    expect("| kept | 15 | 0 |" in text, text)


def test_a_kept_campaign_reads_as_it_was_written():
    results = parse(f"run: x | commit=1234567 | date=2026-02-03\n{LINE}")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "campaigns.txt"
        report.keep(results, path)
        expect(parse(path.read_text()) == results, path.read_text())


def test_a_suite_is_counted_by_its_last_line():
    expect(lanes.count("a: 1 passed, 2 failed\nx: 7 passed, 0 failed, 1 skipped\n", 0) == (7, 0, 1), "last")
    expect(lanes.count("x: 7 passed, 0 failed", 0) == (7, 0, 0), "no word of skipped")


def test_a_suite_that_ends_badly_or_counts_nothing_has_failed():
    expect(lanes.count("x: 7 passed, 0 failed", 1) == (7, 1, 0), "exit 1")
    expect(lanes.count("x: 7 passed, 0 failed", "none: it hangs") == (7, 1, 0), "hanging")
    expect(lanes.count("", 0) == (0, 1, 0), "nothing counted")
    expect(lanes.count("whatever", 77) == (0, 0, 1), "skipped")


def test_what_failed_is_told_again_wherever_it_stood():
    text = "\n".join(["first FAILED here", "x: 3 passed, 0 failed"] + ["fine"] * 200 + ["x: 1 passed, 1 failed"])
    again = lanes.failures(text)
    expect(again[0] == "first FAILED here" and again[-1] == "x: 1 passed, 1 failed", f"{again[:2]}")
    expect(again.count("x: 3 passed, 0 failed") == 0, "what passed is not told again")


if __name__ == "__main__":
    runner.main(globals())
