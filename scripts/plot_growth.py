"""Draws what scripts/growth.sh measured: an SVG for each thing varied, time and memory of a step.

    python3 scripts/plot_growth.py docs/performance/growth.jsonl docs/performance
"""
import json
import math
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 340, 240, 52, 36, 26
COLORS = ["#1f5fa8", "#c4501b", "#3a8a3f"]


def ticks(low, high):
    """Powers of two from low to high."""
    return [2.0**k for k in range(math.floor(math.log2(low)), math.ceil(math.log2(high)) + 1)]


def text(x, y, words, anchor="middle", size=11, extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{extra}>{words}</text>'


def shown(number):
    return f"{number:g}" if number >= 0.01 else f"{number:.3f}"


def panel(left, title, unit, series):
    """One pair of axes, both logarithmic; series: name -> [(x, y)]."""
    xs = sorted({x for points in series.values() for x, _ in points})
    ys = [y for points in series.values() for _, y in points]
    grid = ticks(min(ys), max(ys))
    x0, x1 = left + LEFT, left + WIDTH - 12
    y0, y1 = HEIGHT - BOTTOM, TOP

    def across(x):
        share = math.log(x / xs[0]) / math.log(xs[-1] / xs[0])
        return x0 + 8 + share * (x1 - x0 - 16)

    def up(y):
        return y0 - math.log(y / grid[0]) / math.log(grid[-1] / grid[0]) * (y0 - y1)

    parts = [text((x0 + x1) / 2, TOP - 10, f"{title}, {unit}", size=12)]
    for y in grid:
        parts.append(f'<path d="M{x0} {up(y):.1f}H{x1}" stroke="#ddd"/>')
        parts.append(text(x0 - 5, up(y) + 4, shown(y), "end"))
    for x in xs:
        parts.append(text(across(x), y0 + 15, shown(x)))
    for color, (name, points) in zip(COLORS, series.items()):
        line = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{color}"/>' for x, y in points]
    return parts


def draw(axis, runs, path):
    """Time beside memory, a line for each variant of the axis."""
    variants = {}
    for run in runs:
        name = run["axis"].partition(", ")[2] or "RoBERTa-base"
        variants.setdefault(name, []).append(run)
    seconds = {n: [(r["value"], 1 / r["steps_per_second"]) for r in of] for n, of in variants.items()}
    memory = {n: [(r["value"], r["peak_bytes"] / 1e9) for r in of] for n, of in variants.items()}
    parts = panel(0, "a step", "s", seconds) + panel(WIDTH, "peak memory", "GB", memory)
    parts.append(text(WIDTH, HEIGHT - 4, axis))
    if len(variants) > 1:
        for i, name in enumerate(variants):
            y = TOP + 14 + 14 * i
            parts.append(text(LEFT + 8, y, name, "start", 11, f' fill="{COLORS[i]}"'))
    body = "\n".join(parts)
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" '
            f'width="{2 * WIDTH}" font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>\n'
            f"{body}\n</svg>\n"
        )


def main():
    source, directory = sys.argv[1:3]
    with open(source, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    by_axis = {}
    for run in runs:
        by_axis.setdefault(run["axis"].partition(",")[0], []).append(run)
    for axis, of in by_axis.items():
        draw(axis, of, f"{directory}/{axis}.svg")


if __name__ == "__main__":
    main()
