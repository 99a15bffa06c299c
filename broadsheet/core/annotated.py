"""Problems as people read many of them: by file, each with its line of the file and a mark beneath."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from broadsheet.core.diagnostics import Diagnostic, by_location
from broadsheet.core.escapes import printable

Paint = Callable[[str, str], str]
"""Colours a text as what it is: "path", "error", "warning", "place", "mark" or "hint"."""
_WIDTH, _BEFORE = 100, 60
"""How much of a line is shown, and how much of that before the place."""


def plain(text: str, kind: str) -> str:
    """Leave a text without colour."""
    del kind
    return text


def as_listing(
    problems: Iterable[Diagnostic], lines_of: Callable[[str], Sequence[str]], paint: Paint = plain
) -> Iterator[str]:
    """Yield the lines of a list of problems; `lines_of` gives those of a file, or none where it is no file."""
    for path, found in groupby(sorted(problems, key=by_location), key=lambda problem: problem.location.path):
        yield paint(printable(path), "path")
        lines = lines_of(path)
        for problem in found:
            yield from (f"  {line}" for line in _annotated(problem, lines, paint))
        yield ""


def _annotated(problem: Diagnostic, lines: Sequence[str], paint: Paint) -> Iterator[str]:
    where = problem.location
    place = paint(f"{where.line}:{where.column}", "place")
    said = paint(f"{problem.severity}[{problem.code}]", problem.severity)
    yield f"{place} {said}: {printable(problem.message)}"
    number = str(where.line)
    if where.line <= len(lines) and lines[where.line - 1].strip():
        shown, before = _around(lines[where.line - 1], where.column - 1)
        yield f"  {number} | {shown}"
        yield f"  {' ' * len(number)} | {' ' * before}{paint('^', 'mark')}"
    if problem.hint:
        yield f"  {' ' * len(number)} = {paint('hint: ' + printable(problem.hint), 'hint')}"


def _around(line: str, column: int) -> tuple[str, int]:
    """Return what a terminal shows of a line around a column, and how many cells stand before that."""
    line = line.rstrip().replace("\t", " ")
    start = max(0, column - _BEFORE) if len(line) > _WIDTH else 0
    cut = line[start : start + _WIDTH]
    before = ("…" if start else "") + printable(line[start:column])
    shown = ("…" if start else "") + printable(cut) + ("…" if start + _WIDTH < len(line) else "")
    return shown, sum(map(_cells, before))


def _cells(sign: str) -> int:
    """Return how many cells of a terminal a character takes."""
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


def readable(problems: Iterable[Diagnostic], most: int = 20) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Part problems into those to be shown and the rest: all errors, and of each rule's warnings the first few."""
    shown: list[Diagnostic] = []
    rest: list[Diagnostic] = []
    counts: Counter[str] = Counter()
    for problem in sorted(problems, key=by_location):
        counts[problem.code] += 1
        is_shown = problem.severity == "error" or counts[problem.code] <= most
        (shown if is_shown else rest).append(problem)
    return shown, rest


def by_rule(problems: Iterable[Diagnostic]) -> str:
    """Count problems by their codes, most first: "3 topic-spelling, 1 same-story"."""
    counts = Counter(problem.code for problem in problems)
    return ", ".join(f"{number:,} {code}" for code, number in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
