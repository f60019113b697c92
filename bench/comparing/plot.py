"""Histograms as SVG: how latencies are spread, one line a server, on a logarithmic axis."""
import html
import math

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 960, 460, 70, 50, 330, 60
COLOURS = ("#0b5cad", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#475569", "#be123c", "#0e7490")


def merge(histograms):
    """Counts are added; no percentile is averaged."""
    counts = {}
    for histogram in histograms:
        for upper, count in histogram["buckets"]:
            counts[upper] = counts.get(upper, 0) + count
    return sorted(counts.items())


def percentile(merged, share):
    whole, seen = sum(count for _, count in merged), 0
    for upper, count in merged:
        seen += count
        if seen >= share * whole:
            return upper
    return merged[-1][0] if merged else 0


def _density(merged, low, high, bins=120):
    """Share of all values in each step of the axis."""
    shares, whole = [0.0] * bins, sum(count for _, count in merged)
    for upper, count in merged:
        at = (math.log10(max(upper, 1)) - low) / (high - low) * bins
        shares[min(bins - 1, max(0, int(at)))] += count / whole
    return shares


def _grid(low, high, peak, x, y):
    lines = []
    for exponent in range(math.floor(low), math.ceil(high) + 1):
        for step in (1, 2, 5):
            value = step * 10 ** exponent
            if not low <= math.log10(value) <= high:
                continue
            label = f"{value:g} us" if value < 1000 else f"{value / 1000:g} ms" \
                if value < 1e6 else f"{value / 1e6:g} s"
            at = x(math.log10(value))
            lines.append(f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{HEIGHT - BOTTOM}" '
                         'stroke="#ddd"/>')
            lines.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
                         f'{label}</text>')
    for quarter in range(5):
        share = peak * quarter / 4
        lines.append(f'<line x1="{LEFT}" y1="{y(share):.1f}" x2="{WIDTH - RIGHT}" '
                     f'y2="{y(share):.1f}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">'
                     f'{share * 100:.1f} %</text>')
    return lines


def write(path, title, series):
    """`series` maps a name to histograms of its rounds."""
    merged = {name: merge(histograms) for name, histograms in series.items()}
    merged = {name: pairs for name, pairs in merged.items() if pairs}
    if not merged:
        return False
    low = math.log10(max(1, min(pairs[0][0] for pairs in merged.values())))
    high = max(low + 0.5, math.log10(max(pairs[-1][0] for pairs in merged.values())) + 0.01)
    densities = {name: _density(pairs, low, high) for name, pairs in merged.items()}
    peak = max(max(shares) for shares in densities.values())

    def x(value):
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(share):
        return HEIGHT - BOTTOM - share / peak * (HEIGHT - TOP - BOTTOM)

    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             f'<text x="{LEFT}" y="28" font-size="16">{html.escape(title)}</text>',
             f'<text x="{LEFT}" y="{HEIGHT - 14}">latency; share of all values in each step</text>']
    lines += _grid(low, high, peak, x, y)
    for index, (name, shares) in enumerate(densities.items()):
        colour = COLOURS[index % len(COLOURS)]
        width = (high - low) / len(shares)
        points = " ".join(f"{x(low + (i + 0.5) * width):.1f},{y(share):.1f}"
                          for i, share in enumerate(shares))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" '
                     'stroke-width="1.8"/>')
        at, pairs = TOP + 14 + index * 38, merged[name]
        facts = ", ".join(f"{label} {percentile(pairs, share):,}"
                          for label, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)))
        lines.append(f'<rect x="{WIDTH - RIGHT + 16}" y="{at - 10}" width="12" height="12" '
                     f'fill="{colour}"/>')
        whole = sum(count for _, count in pairs)
        lines.append(f'<text x="{WIDTH - RIGHT + 34}" y="{at}">{html.escape(name)}: {whole:,} '
                     'values</text>')
        lines.append(f'<text x="{WIDTH - RIGHT + 34}" y="{at + 15}" fill="#555">{facts} us</text>')
    path.write_text("\n".join(lines) + "\n</svg>\n")
    return True
