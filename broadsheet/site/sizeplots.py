"""The size of a site and what is to be expected of it, in writing, as Markdown and as a picture (SVG)."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from math import floor, log10

from broadsheet.core.text import counted
from broadsheet.site.sizes import AHEAD, BYTES_LIMIT, SECONDS_LIMIT, Forecast, Sizes, course_of, warnings_of

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.ground { fill: #ffffff; }
.grid { stroke: #d1d9e0; }
.limit { stroke: #b42318; stroke-dasharray: 6 4; }
.today { stroke: #59636e; stroke-dasharray: 2 4; }
.range { fill: #0a58ca; opacity: 0.2; }
.mean { fill: none; stroke: #0a58ca; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.ground { fill: #0d1117; }
.grid { stroke: #30363d; }
.limit { stroke: #ff9b8f; }
.today { stroke: #9198a1; }
.range { fill: #79b8ff; }
.mean { stroke: #79b8ff; }
}
"""
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 320, 70, 20, 50, 40
_LINES = 4
_LABELS = 6
_BAR = 24
_SMALL, _PLAIN = 100_000, 10_000_000


def megabytes(size: float) -> str:
    """Write a number of bytes in megabytes, or in kilobytes where it is small."""
    return f"{size / 1e6:,.1f} MB" if size >= _SMALL else f"{size / 1e3:,.1f} kB"


def as_lines(sizes: Sizes) -> list[str]:
    """Write it for a terminal: what is urgent first, then kinds of files, the largest pages, and the forecast."""
    share = sizes.bytes / BYTES_LIMIT
    lines = [f"warning: {text}" for text in warnings_of(sizes)]
    lines += [
        f"{counted(sizes.files, 'file')}, {megabytes(sizes.bytes)}: {share:.1%} of the 1 GB that GitHub Pages takes",
        "",
    ]
    for kind in sizes.kinds:
        bar = "█" * round(_BAR * kind.bytes / max(sizes.bytes, 1))
        lines.append(f"  {kind.name:<24}{kind.files:>9,}  {megabytes(kind.bytes):>12}  {bar}".rstrip())
    lines += ["", "largest pages"]
    lines += [f"  {megabytes(size):>12}  /{path.removesuffix('index.html')}" for path, size in sizes.largest]
    return [*lines, "", *_expectations(sizes)]


def as_markdown(sizes: Sizes, now: datetime) -> list[str]:
    """Write it for the summary of a job, with a chart that GitHub draws."""
    share = sizes.bytes / BYTES_LIMIT
    lines = ["## Size", ""]
    lines += [line for text in warnings_of(sizes) for line in ("> [!WARNING]", f"> {text}", "")]
    lines += [
        f"{counted(sizes.files, 'file')}, {megabytes(sizes.bytes)}: {share:.1%} of the 1 GB that GitHub Pages takes.",
        "",
    ]
    lines += ["| files | number | size |", "|---|---:|---:|"]
    lines += [f"| {kind.name} | {kind.files:,} | {megabytes(kind.bytes)} |" for kind in sizes.kinds]
    lines += ["", "| largest pages | size |", "|---|---:|"]
    lines += [f"| `/{path.removesuffix('index.html')}` | {megabytes(size)} |" for path, size in sizes.largest]
    lines += ["", *(f"{line}  " for line in _expectations(sizes)), ""]
    if points := course_of(sizes, now, ahead=12):
        values = ", ".join(f"{mean / 1e6:.2f}" for _, _, mean, _ in points)
        months = ", ".join(f'"{month}"' for month, *_ in points)
        lines += ["```mermaid", "xychart-beta", '  title "Size in MB, and what is expected"']
        lines += [f"  x-axis [{months}]", f"  line [{values}]", "```", ""]
    return lines


def as_svg(sizes: Sizes, now: datetime, title: str) -> str:
    """Draw the size by month: what it was, and what is to be expected at the least, mean and most pace."""
    points = course_of(sizes, now)
    step_size, top = _scale(max([sizes.bytes, *(most for *_, most in points)]))
    words = " ".join(_expectations(sizes))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(words)}</desc><style>{_STYLE}</style>',
        f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}"/><text x="{_LEFT}" y="24">{escape(title)}</text>',
    ]

    def x(step: float) -> float:
        return round(_LEFT + step * (_WIDTH - _LEFT - _RIGHT) / max(len(points) - 1, 1), 1)

    def y(size: float) -> float:
        return round(_HEIGHT - _BOTTOM - size * (_HEIGHT - _TOP - _BOTTOM) / top, 1)

    digits = 0 if top > _PLAIN else 1
    for line in range(round(top / step_size) + 1):
        size = step_size * line
        label = f"{size / 1e6:,.{digits}f} MB"
        parts.append(f'<path class="grid" d="M{_LEFT} {y(size)}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(size) + 4}" text-anchor="end">{label}</text>')
    if top >= BYTES_LIMIT:
        parts.append(f'<path class="limit" d="M{_LEFT} {y(BYTES_LIMIT)}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT + 6}" y="{y(BYTES_LIMIT) - 6}">1 GB, the limit of GitHub Pages</text>')
    if points:
        upper = [f"{x(step)} {y(most)}" for step, (*_, most) in enumerate(points)]
        lower = [f"{x(step)} {y(least)}" for step, (_, least, *_) in enumerate(points)]
        parts.append(f'<path class="range" d="M{"L".join([*upper, *reversed(lower)])}Z"/>')
        parts.append(
            f'<path class="mean" d="M{_line([(x(step), y(mean)) for step, (_, _, mean, _) in enumerate(points)])}"/>'
        )
        today = len(points) - 1 - AHEAD
        parts.append(f'<path class="today" d="M{x(today)} {_TOP - 4}V{_HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text x="{x(today) + 6}" y="{_TOP + 6}">expected</text>')
        every = max(1, len(points) // _LABELS)
        parts += [
            f'<text x="{x(step)}" y="{_HEIGHT - 14}" text-anchor="middle">{month}</text>'
            for step, (month, *_) in enumerate(points)
            if step % every == 0 and step + every // 2 < len(points)
        ]
    return "\n".join([*parts, "</svg>", ""])


def _scale(most: float) -> tuple[float, float]:
    """Return the step of a scale, 1, 2 or 5 times a power of ten, and its end, for values up to so much."""
    power = 10.0 ** floor(log10(max(most, 1) / _LINES))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * _LINES >= most)
    return step, step * (most // step + 1)


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x} {y}" for x, y in points)


def _expectations(sizes: Sizes) -> list[str]:
    growth = sizes.growth
    if growth is None:
        return ["No forecast: there is no whole month with articles to go by."]
    lines = [
        (
            f"{growth.mean:,.1f} articles a month ({growth.least:,.1f} to {growth.most:,.1f} in any three of the last "
            f"{counted(len(growth.history), 'month')}); each brings {growth.files_per_article:.1f} files and "
            f"{megabytes(growth.bytes_per_article)}."
        ),
        f"1 GB: {_when(sizes.space)}.",
    ]
    if sizes.last is not None:
        cold = f"; from nothing about {sizes.cold:,.1f} s" if sizes.cold is not None else ""
        when = f". {SECONDS_LIMIT // 60} minutes: {_when(sizes.time)}" if sizes.time else ""
        lines.append(f"The last build took {sizes.last:,.1f} s{cold}{when}.")
    return lines


def _when(forecast: Forecast | None) -> str:
    if forecast is None or forecast.expected is None:
        return "not within fifty years at this pace"
    if forecast.months == 0:
        return "passed"
    latest = f"and {forecast.latest}" if forecast.latest else "and much later"
    return f"in {forecast.expected} (between {forecast.earliest} {latest})"
