"""What a build is asked, and what it says that it did."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from broadsheet.core.diagnostics import Diagnostic
from broadsheet.files.publication import Outcome

PACE = "pace"
"""The key under which the cache holds how long the last build took."""

Tell: TypeAlias = Callable[[str, int, int], None]
"""Is told of a build while it runs: which stage it is at, how much of it is done, and of how much; 0 if not counted."""


def tell_nobody(stage: str, done: int, total: int) -> None:
    """Let a build run untold."""


def moment_of(environment: Mapping[str, str]) -> datetime:
    """Return "now" where nobody says it: SOURCE_DATE_EPOCH of an environment, in seconds since 1970, else the clock.

    Raises ValueError where it is no such number.
    """
    epoch = environment.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"SOURCE_DATE_EPOCH is not a time in seconds: '{epoch}'") from error


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a build is asked to do. `jobs` 0 means as many as there are processors."""

    site: Path
    content: Path
    out: Path
    now: datetime
    base_url: str | None = None
    jobs: int = 0
    is_clean: bool = False
    keep_going: bool = False
    is_strict: bool = False


class Stage(msgspec.Struct, frozen=True):
    """A stage of a build: how long it took, in seconds, and the most memory that one process had by its end.

    `memory` is in bytes, of resident set size; 0 where the system does not tell.
    """

    name: str
    seconds: float
    memory: int = 0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long the last build took that changed something, in seconds, and what a record and a page took when many did.

    `records` and `pages` are how many there are.
    """

    last: float = 0.0
    per_record: float = 0.0
    per_page: float = 0.0
    records: int = 0
    pages: int = 0

    @property
    def cold(self) -> float | None:
        """About how long a build from nothing takes, in seconds; None where nobody knows."""
        if not self.per_record or not self.per_page:
            return None
        return self.records * self.per_record + self.pages * self.per_page


class Cost(msgspec.Struct, frozen=True):
    """What something cost: how many times it was done, and for how long in all, in seconds."""

    name: str
    times: int
    seconds: float


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time of parsing and rendering went: by template, and the pages and records that took longest."""

    templates: tuple[Cost, ...] = ()
    pages: tuple[Cost, ...] = ()
    records: tuple[Cost, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. `outcome` is None where errors kept it from publishing; times are in seconds."""

    problems: tuple[Diagnostic, ...]
    outcome: Outcome | None
    articles: int = 0
    withheld: int = 0
    topics: int = 0
    providers: int = 0
    parsed: int = 0
    rendered: int = 0
    notes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    profile: Profile = Profile()
