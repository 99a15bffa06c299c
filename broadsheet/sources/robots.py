"""robots.txt (RFC 9309): what a site asks programs to leave alone, and how long to wait between requests."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlsplit

import msgspec

_SAFE = "".join(chr(code) for code in range(33, 127))
_LONGEST, _MOST = 500, 2_000
"""How long a rule may be, and how many are looked at."""


class Robots(msgspec.Struct, frozen=True):
    """The rules for one program: patterns of paths, each with whether it allows, and seconds between requests."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0

    def allows(self, url: str) -> bool:
        """Whether a URL may be asked for: the longest pattern that matches decides; of two, the one that allows."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        found = [(len(pattern), is_allowed) for pattern, is_allowed in self.rules if _matches(pattern, path)]
        return max(found, default=(0, True))[1]


def read_robots(text: str, program: str) -> Robots:
    """Read the rules for a program by its name, else those for all."""
    own: list[tuple[str, str]] = []
    general: list[tuple[str, str]] = []
    has_own = False
    names: list[str] = []
    is_open = True  # names that follow each other share their rules
    for key, value in _lines(text):
        if key == "user-agent":
            names = [*names, value.lower()] if is_open else [value.lower()]
            is_open = True
            has_own = has_own or program.lower() in names
        else:
            is_open = False
            if program.lower() in names:
                own.append((key, value))
            elif "*" in names:
                general.append((key, value))
    chosen = own if has_own else general
    return Robots(
        tuple(_rules(chosen)), max((_seconds(value) for key, value in chosen if key == "crawl-delay"), default=0)
    )


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon and key.strip().lower() in {"user-agent", "allow", "disallow", "crawl-delay"}:
            yield key.strip().lower(), value.strip()


def _rules(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    paths = [(value, key == "allow") for key, value in lines if key in {"allow", "disallow"}]
    for value, is_allowed in paths[:_MOST]:
        if value and len(value) <= _LONGEST:
            yield quote(value, safe=_SAFE), is_allowed


def _matches(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says; `*` stands for anything, `$` at its end for the path's end."""
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    is_whole = pattern.endswith("$")
    last = rest.pop() if rest and is_whole else None
    for piece in rest:
        place = path.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    if last is not None:
        return path.endswith(last) and len(path) - len(last) >= place
    return not is_whole or place == len(path)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if 0 < seconds < float("inf") else 0.0
