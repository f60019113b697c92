"""Figures as medians of the rounds that were kept, with their range and the goal."""
import statistics

from comparing.report import kept, spread

WIDTH = 58


def line(results, key, label, digits=1, goal=None):
    """One figure; `goal`: "at most" or "at least", and a number."""
    return {"key": key, "label": label, "digits": digits, "goal": goal, "values": kept(results, key)}


def shown(one):
    values = one["values"]
    if not values:
        return "none"
    return f"{values[0]:,.{one['digits']}f}" if len(values) == 1 else spread(values, one["digits"])


def sustained(results):
    return [
        line(results, "rate", "highest rate that held", 0),
        line(results, "lookups", "ceiling: larwmd's look-up, 256 a statement, pipelined", 0),
        line(results, "press_rows", "ceiling: all rows of a press, in batches, pipelined", 0),
        line(results, "signal_rows", "the row of the signal alone, the same way", 0),
        line(results, "of_slower", "rate by the slower of the two ceilings", 2, ("at least", 0.5)),
        line(results, "of_signal_rows", "the same, had a press left the signal's row alone", 2),
        line(results, "looked_up", "share of presses looked up in PostgreSQL", 3),
        line(results, "receipt_p99", "press to receipt p99 at that rate, us", 0),
        line(results, "delta_p99", "press to console delta p99 at that rate, us", 0),
        line(results, "lag_max", "most records PostgreSQL was behind", 0),
        line(results, "drained_s", "seconds until it had all, after the last answer", 2)]


def console(results):
    return [
        line(results, "delta_p50", "press to console delta p50, us", 0),
        line(results, "delta_p99", "press to console delta p99, us", 0),
        line(results, "receipt_p99", "press to receipt p99, us", 0),
        line(results, "fdatasync_p50", "append of 512 bytes and fdatasync p50, us", 0),
        line(results, "fdatasync_p99", "append of 512 bytes and fdatasync p99, us", 0),
        line(results, "allowed", "allowed: 10 ms, or 3 times fdatasync p99 if more, us", 0),
        line(results, "of_allowed", "delta p99 by what is allowed", 2, ("at most", 1.0))]


def noise(results):
    return [
        line(results, "quiet_p50", "P1 press to console delta p50 in quiet, us", 0),
        line(results, "noise_p50", "P1 press to console delta p50 in noise, us", 0),
        line(results, "quiet_p99", "P1 press to console delta p99 in quiet, us", 0),
        line(results, "noise_p99", "P1 press to console delta p99 in noise, us", 0),
        line(results, "quiet_count", "presses in quiet (fewer than 1,000: p99 says little)", 0),
        line(results, "ratio", "noise p99 by quiet p99", 2, ("at most", 2.0)),
        line(results, "receipt_ratio", "the same to the receipt", 2)]


def held(results):
    return [
        line(results, "sessions", "sessions held at once", 0),
        line(results, "processes", "from so many client processes", 0),
        line(results, "files_allowed", "open files larwmd may have", 0),
        line(results, "lost_sessions", "sessions lost meanwhile", 0, ("at most", 0)),
        line(results, "heartbeats_per_s", "heartbeats a second", 0),
        line(results, "presses", "presses", 0),
        line(results, "receipts", "receipts", 0),
        line(results, "receipt_p99", "press to receipt p99, us", 0),
        line(results, "delta_p99", "press to console delta p99, us", 0),
        line(results, "server_cores", "CPU of larwmd, cores", 3),
        line(results, "server_mib", "resident memory of larwmd, MiB", 1),
        line(results, "server_kib_each", "  growth a session, KiB", 2),
        line(results, "clients_mib", "resident memory of the clients, MiB", 1),
        line(results, "clients_kib_each", "  growth a session, KiB", 2),
        line(results, "kernel_mib", "growth of the kernel's slab, both ends, MiB", 1),
        line(results, "kernel_kib_each", "  growth a session, KiB", 2)]


def flat(results, key, sizes, label):
    """The largest of the sizes' medians by the smallest. Of one round's figures, each noisy, the largest
    stands well above the smallest even where size changes nothing."""
    values = [kept(results, f"{key}_{size}") for size in sizes]
    whole = [statistics.median(one) for one in values if one]
    return {"key": f"flat_{key}", "label": label, "digits": 2, "goal": ("at most", 1.2),
            "values": [max(whole) / max(1e-9, min(whole))] if whole else [],
            "rounds": min(map(len, values), default=0)}


def growth(results):
    some = next(iter(run for run in results if run), {})
    sizes = sorted(int(key.rsplit("_", 1)[1]) for key in some if key.startswith("beats_per_s_"))
    wheels = sorted(int(key.rsplit("_", 1)[1]) for key in some if key.startswith("wheel_us_"))
    lines = []
    for key, label, digits in (("intake_us", "CPU of intake a heartbeat, us", 2),
                               ("larwmd_us", "CPU of all larwmd a heartbeat, us", 2),
                               ("receipt_p50", "press to receipt p50, us", 0),
                               ("receipt_p99", "press to receipt p99, us", 0)):
        lines += [line(results, f"{key}_{size}", f"{size:,} sessions: {label}", digits) for size in sizes]
    lines += [
        flat(results, "intake_us", sizes, "CPU a heartbeat: dearest size by cheapest, medians"),
        flat(results, "receipt_p99", sizes, "receipt p99: slowest size by fastest, medians"),
        line(results, "grown_intake_us", "CPU a heartbeat: most sessions by fewest", 2),
        line(results, "grown_receipt_p99", "receipt p99: most sessions by fewest", 2)]
    lines += [line(results, f"wheel_us_{units}", f"{units:,} units on the wheel: CPU a timer, us", 3)
              for units in wheels]
    return [*lines, line(results, "grown_wheel", "CPU a timer: most units by fewest", 2, ("at most", 1.2))]


LINES = {"sustained": sustained, "console": console, "noise": noise, "held": held, "growth": growth}


def verdict(one, rounds_min):
    if one["goal"] is None:
        return ""
    sense, limit = one["goal"]
    text = f"goal {sense} {limit:g}: "
    rounds = one.get("rounds", len(one["values"]))
    if rounds < rounds_min:
        return text + f"no result ({rounds} rounds kept, {rounds_min} are needed)"
    middle = statistics.median(one["values"])
    return text + ("met" if (middle <= limit if sense == "at most" else middle >= limit) else "MISSED")


def lines_of(part, results, rounds_min):
    found = LINES[part](results)
    for one in found:
        one["median"] = statistics.median(one["values"]) if one["values"] else None
        one["verdict"] = verdict(one, rounds_min)
    return found


def show(part, results, rounds_min):
    there = [run for run in results if run]
    good = [run for run in there if run["kept"]]
    print(f"\n{part.title}: {len(good)} of {len(results)} rounds kept")
    for one in lines_of(part.name, results, rounds_min):
        print(f"  {one['label']:{WIDTH}} {shown(one):>34}  {one['verdict']}".rstrip())
    if part.name == "sustained" and good:
        last = good[-1]
        print("  shares of a core at that rate: " + ", ".join(
            f"{name} {share:.2f}" for name, share in
            sorted(last["cores"].items(), key=lambda item: -item[1]) if share >= 0.005))
        print("  stages at that rate, mean / p99 us: " + ", ".join(
            f"{name} {stage['mean']:.0f} / {stage['p99']}" for name, stage in last["stages"].items()
            if stage["records"]))
        print("  " + (f"at {last['broke_at']:,.0f}/s: {last['broke_by']}" if last["broke_at"] else
                      "no rate that was tried failed: the highest is that of --most"))


def self_test():
    """A rejected round counts for nothing, a missed goal is called missed, few rounds are no result."""
    def run(ratio, good=True):
        return {"ratio": ratio, "kept": good}
    ratio = next(one for one in lines_of("noise", [run(3), run(2.5), run(1, False), run(4)], 3)
                 if one["key"] == "ratio")
    assert ratio["median"] == 3 and ratio["verdict"].endswith("MISSED"), ratio
    ratio = next(one for one in lines_of("noise", [run(1), run(1), run(1, False)], 3)
                 if one["key"] == "ratio")
    assert "no result" in ratio["verdict"], ratio
    # Noise of a round makes no growth; growth in every round does.
    def sizes(*p99):
        return {**{f"beats_per_s_{size}": 1 for size in (1, 2, 3)}, "kept": True,
                **{f"receipt_p99_{size}": value for size, value in zip((1, 2, 3), p99)}}
    for rounds, verdict_wanted in (([sizes(100, 130, 100), sizes(130, 100, 100), sizes(100, 100, 130)], "met"),
                                   ([sizes(100, 100, 130), sizes(110, 90, 140), sizes(100, 100, 125)], "MISSED")):
        found = next(one for one in lines_of("growth", rounds, 3) if one["key"] == "flat_receipt_p99")
        assert found["verdict"].endswith(verdict_wanted), found
