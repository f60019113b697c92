"""The line by which a suite says how it kept a promise; docs/reliability.md is made of them."""


def promise(name, done, cycles, lost, twice, **further):
    values = "".join(f" | {key}={value}" for key, value in further.items())
    print(f"promise: {name} | {done} | cycles={cycles} | lost={lost} | twice={twice}{values}", flush=True)


def quantile(values, part):
    """The value below which `part` of the values lie; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def spread_ms(values):
    """p50, p99 and the largest, in whole milliseconds."""
    return tuple(round(1000 * v) for v in (quantile(values, 0.5), quantile(values, 0.99),
                                           max(values, default=0.0)))
