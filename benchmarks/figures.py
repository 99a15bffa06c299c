"""What the measurements say: medians, ratios, tables."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

CHANGES = {
    "cold": "from nothing",
    "none": "nothing changed",
    "edit": "one article edited",
    "add": "one article added",
    "template": "the article template changed",
}
TITLES = {"broadsheet": "Broadsheet", "hugo": "Hugo", "hugo-related": "Hugo’s own related"}
BASE = "hugo"
_MEGA = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one tool."""

    records: int
    round: int
    tool: str
    change: str
    wall: float
    cpu: float
    memory: int
    resident: int
    largest: int
    changed: int
    written: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The medians of the runs of one tool after one change; `ratio` is the median of the paired ratios."""

    records: int
    change: str
    tool: str
    wall: float
    ratio: float | None
    cpu: float
    memory: float
    changed: float
    written: float
    files: float
    bytes: float


def summarize(runs: Sequence[Run]) -> list[Row]:
    """Return a row for each size, change and tool.

    A ratio compares a run with Hugo's run from nothing of the same size and round.
    """
    base = {(run.records, run.round): run.wall for run in runs if (run.tool, run.change) == (BASE, "cold")}
    groups: dict[tuple[int, int, int], list[Run]] = {}
    for run in runs:
        key = (run.records, list(CHANGES).index(run.change), list(TITLES).index(run.tool))
        groups.setdefault(key, []).append(run)
    return [_row(groups[key], base) for key in sorted(groups)]


def table(rows: Sequence[Row], *, is_markdown: bool) -> str:
    """Return the rows as a table for each size, in Markdown or for a terminal."""
    heads = ("change", "tool", "wall s", "× Hugo", "CPU s", "memory MB", "changed", "written", "files", "output MB")
    parts = []
    for records in sorted({row.records for row in rows}):
        cells = [_cells(row) for row in rows if row.records == records]
        if is_markdown:
            rule = "|".join(("", "---", "---", *["---:"] * (len(heads) - 2), ""))
            lines = [f"### {records:,} records", "", f"| {' | '.join(heads)} |", rule]
            lines += [f"| {' | '.join(line)} |" for line in cells]
        else:
            widths = [max(len(line[place]) for line in [heads, *cells]) for place in range(len(heads))]
            lines = [f"{records:,} records", *(_aligned(line, widths) for line in [heads, *cells])]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def save(path: Path, about: dict[str, Any], runs: Iterable[Run]) -> None:
    """Write what was measured, and on what, as JSON."""
    path.write_text(json.dumps({"about": about, "runs": [asdict(run) for run in runs]}, indent=1) + "\n", "utf-8")


def load(path: Path) -> tuple[dict[str, Any], list[Run]]:
    """Read what was measured, and on what."""
    found = json.loads(path.read_text("utf-8"))
    return found["about"], [Run(**run) for run in found["runs"]]


def _row(runs: Sequence[Run], base: dict[tuple[int, int], float]) -> Row:
    first = runs[0]
    ratios = [run.wall / base[run.records, run.round] for run in runs if (run.records, run.round) in base]
    return Row(
        records=first.records,
        change=first.change,
        tool=first.tool,
        wall=median(run.wall for run in runs),
        ratio=median(ratios) if ratios else None,
        cpu=median(run.cpu for run in runs),
        memory=median(run.memory for run in runs),
        changed=median(run.changed for run in runs),
        written=median(run.written for run in runs),
        files=median(run.files for run in runs),
        bytes=median(run.bytes for run in runs),
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        CHANGES[row.change],
        TITLES[row.tool],
        f"{row.wall:.2f}",
        "–" if row.ratio is None else f"{row.ratio:.2f}",
        f"{row.cpu:.2f}",
        f"{row.memory / _MEGA:.0f}",
        f"{row.changed:,.0f}",
        f"{row.written:,.0f}",
        f"{row.files:,.0f}",
        f"{row.bytes / _MEGA:.1f}",
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    words = 2
    return "  ".join(
        cell.ljust(width) if place < words else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
