"""What can be wrong with a digest, and how it is said: where, what, and what to do about it."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from broadsheet.core.escapes import command_data, command_property, printable

Severity = Literal["error", "warning"]
Level = Literal["error", "warning", "off"]
"""How serious `broadsheet check` takes what one of its own rules finds."""

CODES: dict[str, str] = {
    "address-collision": "Two things want one address.",
    "bad-catalog": "A catalog of words that cannot be read.",
    "bad-character": "A character that no page or feed can carry.",
    "bad-config": "A setting in site.yaml has no meaning.",
    "bad-date": "A value that is not a timestamp.",
    "bad-edition": "A file of an edition whose name is no day and no week.",
    "bad-embed": "Featured content that is not an embed of an allowed host.",
    "bad-encoding": "A file that is not UTF-8.",
    "bad-id": "An id that is not a URI.",
    "bad-integer": "A value that is not a whole number in range.",
    "bad-path": "A path that does not stay below the site's address.",
    "bad-published": "A 'published' that is not a YAML true or false.",
    "bad-redirect": "An old address that leads back to itself, to two places, or to where something else is.",
    "bad-slug": "A slug that had to be made safe for an address.",
    "bad-template": "A template name that the theme does not have.",
    "bad-type": "A value of the wrong shape: a list where text belongs, and the like.",
    "bad-url": "An address that cannot be linked.",
    "bad-yaml": "Text that is not YAML.",
    "cycle": "Topics that are each other's parents.",
    "duplicate-edition": "Two files for one edition.",
    "duplicate-id": "Two articles with one permanent id.",
    "duplicate-key": "A key that stands twice in one mapping.",
    "edition-left-out": "A file of an edition that does not exist.",
    "edition-number": "A number that an edition cannot have.",
    "edition-story": "A story that an edition's file names and that is not shown.",
    "empty-topic": "A topic without a published article.",
    "excerpt-repeats-title": "An excerpt that says the headline again.",
    "future-date": "A date that has not come yet.",
    "insecure-image": "A picture that is fetched without encryption.",
    "key-order": "Fields that do not stand in the usual order.",
    "leak": "A page that names what is not published.",
    "link-gone": "A source that is not there any more.",
    "link-moved": "A source that has another address for good.",
    "link-refused": "A source that does not answer programs.",
    "link-unreachable": "A source that does not answer, or not as it should.",
    "missing-excerpt": "A record without an excerpt.",
    "missing-extra": "A setting that needs what is not installed.",
    "missing-field": "A required field that is absent or empty.",
    "missing-image": "A record without a picture.",
    "missing-topic": "A headline that speaks of a topic which its record is not filed under.",
    "no-front-matter": "A Markdown file that does not begin with front matter.",
    "no-time-zone": "A timestamp without offset, read as UTC.",
    "not-a-record": "A file that is asked for as a record and is something else.",
    "odd-flag": "A 'published' that is not changed by a command.",
    "odd-host": "A host name that mixes scripts.",
    "provider-names": "A domain whose provider has several names.",
    "related-left-out": "A curated related story that is not shown.",
    "repeated-image": "A picture that several records have.",
    "same-story": "Two records of one story, by their addresses.",
    "sealed-text": "What a record seals stands elsewhere in it too.",
    "similar-headline": "Two headlines that say nearly the same, within days.",
    "small-image": "A lead picture too small to be shown well.",
    "template-error": "A template that cannot be rendered.",
    "too-deep": "YAML nested more deeply than any record.",
    "too-large": "A file, or its YAML, larger than any record.",
    "topic-collision": "Two topics that want one name or one address.",
    "topic-spelling": "A topic that is written in more than one way.",
    "undefined-topic": "A topic that no file defines, while others have one.",
    "unknown-field": "A field that means nothing here.",
    "unknown-parent": "A topic whose parent nothing defines.",
    "unknown-type": "A type that has no card of its own.",
    "unreadable": "A file that cannot be read.",
    "unsized-image": "A picture of unknown size.",
    "updated-before-published": "A record that changed before it was published.",
    "white-space": "White space that means nothing: at ends of lines, tabs, or no line end at the file's end.",
}
"""Every code that a diagnostic can carry, with what it means. Codes are stable; docs/diagnostics.md explains each."""


RULES: dict[str, Level] = {
    "bad-redirect": "warning",
    "empty-topic": "warning",
    "excerpt-repeats-title": "warning",
    "future-date": "warning",
    "insecure-image": "warning",
    "key-order": "warning",
    "link-gone": "warning",
    "link-moved": "warning",
    "link-refused": "warning",
    "link-unreachable": "warning",
    "missing-excerpt": "warning",
    "missing-image": "off",
    "missing-topic": "warning",
    "provider-names": "warning",
    "repeated-image": "warning",
    "same-story": "warning",
    "similar-headline": "warning",
    "small-image": "warning",
    "topic-spelling": "warning",
    "undefined-topic": "warning",
    "unsized-image": "warning",
    "updated-before-published": "warning",
    "white-space": "warning",
}
"""The codes of the rules that `broadsheet check` has besides, and their levels where `site.yaml` sets none."""


class Location(msgspec.Struct, frozen=True, order=True):
    """A place in a file: its path as shown to people, and a 1-based line and column."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One problem: a stable code, what is wrong, where, and a hint at what to do."""

    code: str
    message: str
    location: Location
    severity: Severity = "error"
    hint: str = ""

    def as_error(self) -> "Diagnostic":
        """Return the problem as an error."""
        return msgspec.structs.replace(self, severity="error")


class ContentError(Exception):
    """The digest has problems that keep it from being built; `problems` are all of them."""

    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.location}: {p.message}" for p in self.problems))

    def __reduce__(self) -> tuple[type["ContentError"], tuple[tuple[Diagnostic, ...]]]:
        """Cross from one process to another whole: the problems, not only the text."""
        return ContentError, (self.problems,)


def by_location(problem: Diagnostic) -> tuple[Location, str, str]:
    """Sort key: by file, line and column, then code, so that reports repeat."""
    return problem.location, problem.code, problem.message


def has_errors(problems: Iterable[Diagnostic]) -> bool:
    """Whether any of the problems is an error."""
    return any(problem.severity == "error" for problem in problems)


def as_text(problem: Diagnostic) -> str:
    """Format a problem for a terminal: one line, and the hint beneath it."""
    line = printable(f"{problem.location}: {problem.severity}[{problem.code}]: {problem.message}")
    return f"{line}\n    hint: {printable(problem.hint)}" if problem.hint else line


def as_json(problem: Diagnostic) -> str:
    """Format a problem as one line of JSON with flat keys."""
    fields = {
        "path": problem.location.path,
        "line": problem.location.line,
        "column": problem.location.column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }
    return msgspec.json.encode(fields).decode()


def as_github(problem: Diagnostic) -> str:
    """Format a problem as a GitHub Actions workflow command, which GitHub shows beside the line."""
    where = problem.location
    properties = {
        "file": where.path,
        "line": str(where.line),
        "col": str(where.column),
        "title": problem.code,
    }
    joined = ",".join(f"{key}={command_property(value)}" for key, value in properties.items())
    message = f"{printable(problem.message)}\n{printable(problem.hint)}" if problem.hint else printable(problem.message)
    return f"::{problem.severity} {joined}::{command_data(message)}"
