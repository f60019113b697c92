"""The rate that is kept up from the press to PostgreSQL and the console, in an open loop."""
import statistics

from centre import Failed

from .ceilings import Ceilings
from .fleet import Sampler

LAG_GROWTH_MAX = 0.05  # of the records written: more is growing
LAG_S = 0.25  # and by more than is written in so long: less is a batch on its way
LATE_MAX = 0.05  # of the run, and half a second: answers after the last press
SETTLED = 0.25  # of the run is left out at its beginning
RATE_MIN = 20


def slope_of(times, values):
    """The median slope of all pairs (Theil and Sen): a stall of the disk does not bend it."""
    pairs = [(values[j] - values[i]) / (times[j] - times[i])
             for i in range(len(times)) for j in range(i + 1, len(times))]
    return statistics.median(pairs)


def growth(samples):
    """By what the counters said while presses came: records a second by which the recorder falls
    behind, records a second that are written, and whether that is too much."""
    taken = [i for i in range(1, len(samples)) if samples[i][1]["signals"] > samples[i - 1][1]["signals"]]
    inside = samples[taken[0]:taken[-1] + 1] if taken else []
    inside = inside[int(len(inside) * SETTLED):]
    if len(inside) < 4:
        return 0.0, 0.0, False
    (began, first), (ended, last) = inside[0], inside[-1]
    written = (last["journal_records"] - first["journal_records"]) / (ended - began)
    slope = slope_of([at for at, _ in inside], [c["journal_records"] - c["recorded"] for _, c in inside])
    behind = slope > LAG_GROWTH_MAX * written and slope * (ended - began) > LAG_S * written
    return slope, written, behind


def self_test():
    """The verdict stands on this: a recorder that keeps up, also after a stall, and one that does not."""
    def samples(recorded, stall=range(0)):
        return [(t / 10, {"signals": t * 100, "journal_records": t * 200,
                          "recorded": int(t * recorded) - 900 * (t in stall)}) for t in range(40)]
    for stall in (range(0), range(35, 40)):
        slope, written, behind = growth(samples(200, stall))
        assert not behind and abs(written - 2000) < 1, (slope, written)
    slope, written, behind = growth(samples(150))
    assert behind and abs(slope - 500) < 20, (slope, written)


class Sustained:
    name = "sustained"
    title = "sustained rate from press to PostgreSQL and console, presses a second"

    def __init__(self, asked):
        self.asked, self.last = asked, None

    def units(self):
        return self.asked.units, self.asked.units

    def attempt(self, fleet, rate):
        """One run at this rate; `why` says what did not hold."""
        seconds = self.asked.seconds
        for _ in range(fleet.tries):
            before = fleet.backends_s()
            with Sampler(fleet.readings) as sampler:
                run = fleet.run_once("steady", self.asked.units, "--rate", rate, "--seconds", seconds,
                                     whole=False)
            run["backends_s"] = {name: used - before.get(name, 0)
                                 for name, used in fleet.backends_s().items()}
            drained_s = fleet.drain()  # fails when a receipt has no row
            if run["kept"]:
                break
        slope, written, behind = growth(sampler.samples)
        figures, late_s = run["figures"], run["seconds"] - seconds
        reasons = [
            (figures["not_sent"] or figures["retry"],
             f"{figures['not_sent'] + figures['retry']:.0f} not sent or refused"),
            (figures["lost"], f"{figures['lost']:.0f} receipts not within 10 s"),
            (figures["shown"] < figures["presses"],
             f"{figures['presses'] - figures['shown']:.0f} not shown within 10 s"),
            (late_s > LATE_MAX * seconds + 0.5, f"the last answer {late_s:.1f} s late"),
            (behind, f"recorder lag grew by {slope:,.0f} of {written:,.0f} records/s")]
        run.update(rate=rate, why="; ".join(text for is_true, text in reasons if is_true), lag_slope=slope,
                   records_per_s=written, drained_s=drained_s,
                   lag_max=max((c["journal_records"] - c["recorded"] for _, c in sampler.samples), default=0))
        run["held"] = not run["why"]
        self.asked.tell(f"  {rate:,.0f}/s: {run['why'] or 'held'}; recorded {drained_s:.2f} s after"
                        + ("" if run["kept"] else f" (others used {run['foreign_share']:.0%})"))
        return run

    def search(self, fleet):
        """Rising rates until one does not hold, then between the two."""
        rate = max(self.asked.start, (self.last or 0) / self.asked.step)
        held = broken = None
        while True:
            run = self.attempt(fleet, rate)
            if run["held"]:
                held = run
                if broken or rate * self.asked.step > self.asked.most:
                    break
                rate *= self.asked.step
                continue
            broken = run
            if held:
                break
            if rate < RATE_MIN:
                raise Failed(f"not even {rate:.0f} presses a second are kept up: {run['why']}")
            rate /= self.asked.step
        for _ in range(self.asked.bisections if broken else 0):
            run = self.attempt(fleet, round((held["rate"] * broken["rate"]) ** 0.5))
            held, broken = (run, broken) if run["held"] else (held, run)
        self.last = held["rate"]
        return held, broken

    def round(self, fleet):
        if self.last is None:  # rows for the ceilings, and a warm database
            self.attempt(fleet, self.asked.start)
        ceilings = Ceilings(fleet, min(self.asked.seconds, 10)).measure()
        held, broken = self.search(fleet)
        slower = min(ceilings["lookups"], ceilings["presses"])
        counters = held["counters"]
        unasked = counters.get("joined_unasked", 0)
        asked = counters.get("resolve_requests", 0) + unasked
        # where no rate failed, --most says more of the figure than the centre does: no ratio
        ratios = {} if broken is None else {
            "of_slower": held["rate"] / slower,
            "of_signal_rows": held["rate"] / min(ceilings["lookups"], ceilings["signals"])}
        return ratios | {
            "rate": held["rate"], "lookups": ceilings["lookups"], "signal_rows": ceilings["signals"],
            "press_rows": ceilings["presses"],
            "broke_at": broken["rate"] if broken else None, "broke_by": broken["why"] if broken else "",
            "lag_max": held["lag_max"], "drained_s": held["drained_s"],
            "receipt_p99": held["rows"]["press to receipt"]["p99"],
            "delta_p99": held["rows"]["press to console delta"]["p99"],
            "looked_up": (asked - unasked - counters.get("resolve_again", 0) - counters.get("resolve_cached", 0)
                          - counters.get("resolve_unknown", 0)) / max(1, asked),
            "cores": shares(held), "stages": held["stages"], "batch": ceilings["batch"],
            "foreign": max(held["foreign_share"], ceilings["foreign"]),
            "kept": held["kept"] and ceilings["kept"]}


def shares(run):
    """Share of one core that each thread of larwmd took, the load, and PostgreSQL by connection."""
    whole_us = run["seconds"] * 1e6
    found = {name: used / whole_us for name, used in run["processes"]["larwmd"]["threads"].items()}
    found["larwm-bench"] = run["processes"]["larwm-bench"]["cpu_us"] / whole_us
    found |= {f"postgres {name}": used / run["seconds"] for name, used in run["backends_s"].items()}
    found["postgres in all"] = run["processes"]["postgres"]["cpu_us"] / whole_us
    return found
