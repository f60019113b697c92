"""Medians of per-round ratios, with their range and how many runs were kept."""
import statistics

RUNS_MIN = 3  # fewer kept rounds: no result


def spread(values, digits=2):
    if not values:
        return "none kept"
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({min(values):,.{digits}f} .. {max(values):,.{digits}f})"


def kept(runs, key):
    return [run[key] for run in runs if run and run["kept"] and key in run]


def ratios(results, over, under, key):
    """Of the rounds in which both were kept. `key` is a figure of both, or "OURS/THEIRS"."""
    found = []
    ours, _, theirs = key.partition("/")
    for one, other in zip(results.get(over, []), results.get(under, [])):
        if one and other and one["kept"] and other["kept"] and other.get(theirs or ours):
            found.append(one[ours] / other[theirs or ours])
    return found


COLUMNS = {
    "receipts": (("rate", "requests/s", 0), ("cpu_us_each", "server CPU us each", 1),
                 ("resident_kib", "resident KiB", 0)),
    "latency": (("p50", "p50 us", 0), ("p99", "p99 us", 0), ("cpu_us_each", "server CPU us each", 1)),
    "handshakes": (("each_core_s", "a core second", 0), ("rate", "a second", 0)),
    "resumptions": (("each_core_s", "a core second", 0), ("rate", "a second", 0)),
    "memory": (("gentle_kib", "64 at once", 1), ("gentle_touched_kib", "a message later", 1),
               ("storm_kib", "up to 4,000 at once", 1), ("storm_at_first_kib", "at first", 1),
               ("storm_touched_kib", "a message later", 1),
               ("gentle_kernel_both_ends_kib", "kernel, both ends", 1)),
    "disk": (("syncs_per_s", "syncs/s", 0), ("rate", "records/s", 0)),
    "database": (("rate", "rows/s", 0),),
}
SHOWN_NAME = 28
CELL = 27  # a median with its range


def self_test():
    """What the verdicts stand on: rejected rounds count for nothing, few rounds are no result."""
    def run(rate, good=True):
        return {"rate": rate, "slow": rate * 2, "kept": good}
    results = {"a": [run(2), run(9, False), run(4), None, run(6)],
               "b": [run(1), run(1), run(1, False), run(1), run(2)]}
    assert ratios(results, "a", "b", "rate") == [2.0, 3.0]
    assert ratios(results, "a", "b", "slow/rate") == [4.0, 6.0]
    part = type("Part", (), {"name": "receipts", "ratios": (("a", "b", "rate", 1.0, "at least"),)})
    row = ratio_rows(part, results)[0]
    assert row["median"] == 2.5 and not row["enough"], "two rounds are no result"
    results["a"][1]["kept"] = True
    assert ratio_rows(part, results)[0]["enough"]


def print_part(part, results, promises):
    columns = COLUMNS[part.name]
    print(f"\n{part.title}")
    print(f"  {'':{SHOWN_NAME}} {'kept':5}" + "".join(f" {label:>{CELL}}" for _, label, _ in columns))
    for name, runs in results.items():
        there = [run for run in runs if run]
        good = sum(1 for run in there if run["kept"])
        cells = "".join(f" {spread(kept(there, key), digits):>{CELL}}" for key, _, digits in columns)
        print(f"  {name:{SHOWN_NAME}} {good}/{len(runs):<3}{cells}")
        if promises.get(name) and part.name in ("receipts", "latency"):
            print(f"  {'':{SHOWN_NAME}} {promises[name]}")
        print_recorder(there)
        for what, words in (("refused", "answered with a no (larwmd: RETRY)"),
                            ("unsent", "not sent at their time: the session had too many in flight")):
            if any(run.get(what) for run in there):
                print(f"  {'':{SHOWN_NAME}} {spread([run[what] for run in there], 0)} requests "
                      f"{words}")


def print_recorder(runs):
    lags = [run for run in runs if "recorder_lag" in run]
    if not lags:
        return
    last = lags[-1]
    total = last["cpu_s"] or 1
    shares = ", ".join(f"{name} {used * 1e6 / max(last['answered'], 1):.1f}" for name, used in sorted(
        last["threads_cpu_s"].items(), key=lambda item: -item[1]) if used > 0.01 * total)
    print(f"  {'':{SHOWN_NAME}} nothing lost; recorder lag at the end "
          f"{spread([run['recorder_lag'] for run in lags], 0)} signals, recorded "
          f"{spread([run['recorder_drain_s'] for run in lags], 1)} s later; CPU us each by thread: "
          f"{shares}; PostgreSQL {last['helpers_cpu_s'] * 1e6 / max(last['answered'], 1):.1f}")
    print(f"  {'':{SHOWN_NAME}} whose it is was asked for {1 - last['unasked']:.0%} of the presses, the others "
          "came within a second of the answer to the one before")


def ratio_rows(part, results):
    rows = []
    for over, under, key, goal, sense in part.ratios:
        if over not in results or under not in results:
            continue
        found = ratios(results, over, under, key)
        # memory is no matter of chance: one round says what it is
        enough = len(found) >= (1 if part.name == "memory" else RUNS_MIN)
        rows.append({"part": part.name, "of": over, "to": under, "figure": key, "goal": goal,
                     "sense": sense, "rounds": found, "enough": enough,
                     "median": statistics.median(found) if found else None})
    return rows


def print_ratios(rows):
    print(f"\nratios, medians of rounds in which both runs were kept (fewer than {RUNS_MIN}: no "
          "result; memory: one is enough)")
    for row in rows:
        goal = f"goal {row['sense']} {row['goal']}" if row["goal"] else ""
        verdict = ""
        if row["goal"] and row["enough"]:
            met = row["median"] >= row["goal"] if row["sense"] == "at least" else \
                row["median"] <= row["goal"] if row["sense"] == "at most" else \
                row["median"] < row["goal"]
            verdict = "met" if met else "MISSED"
        elif not row["enough"]:
            verdict = f"no result ({len(row['rounds'])} rounds)"
        pair = f"{row['of']} / {row['to']}"
        print(f"  {row['part']:11} {pair:31} {row['figure']:22} "
              f"{spread(row['rounds']):24} {goal:18} {verdict}")
