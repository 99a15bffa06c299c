"""Plots as SVG, readable on light and on dark grounds."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import ceil, floor, log10

from benchmarks.figures import CHANGES, TITLES, Row

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; }
.small { font-size: 11px; }
.ground { fill: #ffffff; }
.grid { stroke: #d1d9e0; }
.mark { stroke: #59636e; stroke-dasharray: 4 3; }
.line { fill: none; stroke-width: 2; }
.warm { stroke-dasharray: 6 4; }
.broadsheet { fill: #0a58ca; stroke: #0a58ca; }
.hugo { fill: #b54708; stroke: #b54708; }
.hugo-related { fill: #6b7280; stroke: #6b7280; }
path.line { fill: none; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.ground { fill: #0d1117; }
.grid { stroke: #30363d; }
.mark { stroke: #9198a1; }
.broadsheet { fill: #79b8ff; stroke: #79b8ff; }
.hugo { fill: #ffab70; stroke: #ffab70; }
.hugo-related { fill: #b1bac4; stroke: #b1bac4; }
path.line { fill: none; }
}
"""
_WIDTH = 820
_LEFT = 210
_RIGHT = 30
_MARGIN = 270
_STEP = 26
_LINE = 14
_FEW = 3


class _Scale:
    """A logarithmic scale from values to places."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = floor(log10(min(values))), ceil(log10(max(values)))
        if self.low == self.high:
            self.high += 1
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> Iterator[float]:
        """Yield the values to name: the powers of ten, and what lies between where there are few."""
        steps = (1, 2, 5) if self.high - self.low <= _FEW else (1,)
        for power in range(self.low, self.high):
            yield from (step * 10.0**power for step in steps)
        yield 10.0**self.high


def ratios(rows: Sequence[Row]) -> str:
    """Plot the time of every change, compared with Hugo's build from nothing; a panel for each size."""
    known = [(row, row.ratio) for row in rows if row.ratio is not None]
    sizes = sorted({row.records for row in rows})
    tools = _tools(rows)
    scale = _Scale([*(ratio for _, ratio in known), 0.1, 2], _LEFT, _WIDTH - _RIGHT)
    parts, top = [*_legend(tools)], 96
    for size in sizes:
        parts.append(_text(16, top, f"{size:,} records", "title"))
        bottom = top + 14 + _STEP * len(CHANGES)
        parts += [
            _line(scale(tick), top + 10, scale(tick), bottom, "mark" if tick == 1 else "grid") for tick in scale.ticks()
        ]
        parts += [_text(scale(tick), bottom + 14, f"{tick:g}", "small", "middle") for tick in scale.ticks()]
        for place, (change, words) in enumerate(CHANGES.items()):
            y = top + 28 + _STEP * place
            parts.append(_text(16, y + 4, words))
            for row, ratio in known:
                if (row.records, row.change) == (size, change):
                    label = f"{TITLES[row.tool]}: {ratio:.3g} times, {row.wall:.2f} s"
                    shift = 4 * (tools.index(row.tool) - (len(tools) - 1) / 2)
                    parts.append(_dot(row.tool, scale(ratio), y + shift, label))
        top = bottom + 50
    return _document("Wall time, in multiples of Hugo's build from nothing", parts, top - 20)


def times(rows: Sequence[Row]) -> str:
    """Plot the wall time for each record over the number of records."""
    return _curves("Wall time in milliseconds for each record", rows, lambda row: row.wall / row.records * 1000)


def memory(rows: Sequence[Row]) -> str:
    """Plot the peak of the memory over the number of records."""
    return _curves("Peak memory in MB (proportional set size of all processes)", rows, lambda row: row.memory / 1e6)


def _curves(title: str, rows: Sequence[Row], value: Callable[[Row], float]) -> str:
    kept = [row for row in rows if row.change in {"cold", "edit"} and value(row) > 0]
    across = _Scale([row.records for row in kept], 70, _WIDTH - _MARGIN)
    up = _Scale([value(row) for row in kept], 400, 90)
    parts = [*_legend(_tools(kept))]
    for tick in up.ticks():
        parts += [
            _line(70, up(tick), _WIDTH - _MARGIN, up(tick), "grid"),
            _text(62, up(tick) + 4, f"{tick:,g}", "small", "end"),
        ]
    for size in sorted({row.records for row in kept}):
        parts += [_line(across(size), 90, across(size), 400, "grid")]
        parts += [_text(across(size), 418, f"{size:,}", "small", "middle")]
    parts.append(_text((70 + _WIDTH - _MARGIN) / 2, 440, "records", "small", "middle"))
    ends = []
    for tool in _tools(kept):
        for change in ("cold", "edit"):
            points = [
                (row, across(row.records), up(value(row))) for row in kept if (row.tool, row.change) == (tool, change)
            ]
            if points:
                path = "M" + "L".join(f"{x} {y}" for _, x, y in points)
                parts.append(f'<path class="line {tool}{" warm" if change == "edit" else ""}" d="{path}"/>')
                words = f"{TITLES[tool]}, {CHANGES[change]}"
                parts += [
                    _dot(tool, x, y, f"{words}, {row.records:,} records: {value(row):.3g}") for row, x, y in points
                ]
                last, _, y = points[-1]
                ends.append((y, f"{value(last):.3g} {TITLES[tool]}: {CHANGES[change]}"))
    below = 0.0
    for y, words in sorted(ends):
        below = max(y + 4, below + _LINE)
        parts.append(_text(_WIDTH - _MARGIN + 12, below, words, "small"))
    return _document(title, parts, 456)


def _tools(rows: Sequence[Row]) -> list[str]:
    return [tool for tool in TITLES if any(row.tool == tool for row in rows)]


def _legend(tools: Sequence[str]) -> Iterator[str]:
    x = 24
    for tool in tools:
        yield _dot(tool, x, 52, "")
        yield _text(x + 12, 56, TITLES[tool])
        x += 40 + 8 * len(TITLES[tool])


def _dot(tool: str, x: float, y: float, label: str) -> str:
    """Return a mark whose form, not its color alone, says which tool it is."""
    words = f"<title>{escape(label)}</title>" if label else ""
    if tool == "broadsheet":
        return f'<circle class="{tool}" cx="{x}" cy="{y}" r="5.5">{words}</circle>'
    if tool == "hugo":
        return f'<rect class="{tool}" x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10">{words}</rect>'
    path = f"M{x} {y - 6:.1f}L{x + 6:.1f} {y + 5:.1f}L{x - 6:.1f} {y + 5:.1f}Z"
    return f'<path class="{tool}" d="{path}">{words}</path>'


def _text(x: float, y: float, words: str, name: str = "", anchor: str = "start") -> str:
    kind = f' class="{name}"' if name else ""
    return f'<text{kind} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, name: str) -> str:
    return f'<line class="{name}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _document(title: str, parts: Sequence[str], height: float) -> str:
    box = f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    ground = f'<rect class="ground" width="{_WIDTH}" height="{height}"/>'
    return "\n".join([head, f"<style>{_STYLE}</style>", ground, _text(16, 28, title, "title"), *parts, "</svg>", ""])
