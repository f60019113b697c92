"""From the press to the console: at a rate, and in noise beside quiet."""
FSYNC_TIMES = 3
DELTA_US = 10_000


class Console:
    name = "console"
    title = "press to console delta, open loop, from the intended time"

    def __init__(self, asked):
        self.asked = asked

    def units(self):
        return self.asked.units, self.asked.units

    def round(self, fleet):
        run = fleet.run("steady", self.asked.units, "--rate", self.asked.rate, "--seconds",
                        self.asked.seconds, "--disk", fleet.centre.dir)
        fleet.drain()
        rows = run["rows"]
        delta, disk = rows["press to console delta"], rows["append + fdatasync"]
        return {"delta_p50": delta["p50"], "delta_p99": delta["p99"], "count": delta["count"],
                "receipt_p50": rows["press to receipt"]["p50"],
                "receipt_p99": rows["press to receipt"]["p99"],
                "fdatasync_p50": disk["p50"], "fdatasync_p99": disk["p99"],
                "allowed": max(DELTA_US, FSYNC_TIMES * disk["p99"]),
                "of_allowed": delta["p99"] / max(DELTA_US, FSYNC_TIMES * disk["p99"]),
                "foreign": run["foreign_share"], "kept": run["kept"]}


class Noise:
    name = "noise"
    title = "P1 press to console delta, half of each run in quiet, half in noise"

    def __init__(self, asked):
        self.asked = asked

    def units(self):
        return self.asked.noise_units, self.asked.noise_pressing

    def round(self, fleet):
        asked = self.asked
        run = fleet.run("noise", asked.noise_units, "--pressing", asked.noise_pressing, "--rate",
                        asked.noise_rate, "--heartbeats", asked.heartbeats, "--chatter", asked.chatter,
                        "--flapping", asked.flapping, "--seconds", 2 * asked.seconds)
        fleet.drain()
        quiet, noise = (run["rows"][f"press to console delta, {when}"] for when in ("quiet", "noise"))
        return {"quiet_p50": quiet["p50"], "quiet_p99": quiet["p99"], "quiet_count": quiet["count"],
                "noise_p50": noise["p50"], "noise_p99": noise["p99"], "noise_count": noise["count"],
                "ratio": noise["p99"] / max(1, quiet["p99"]),
                "receipt_ratio": run["rows"]["press to receipt, noise"]["p99"]
                / max(1, run["rows"]["press to receipt, quiet"]["p99"]),
                "foreign": run["foreign_share"], "kept": run["kept"]}
