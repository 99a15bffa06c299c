"""What a build is asked, and what it says that it did."""

from datetime import datetime
from pathlib import Path

import msgspec

from broadsheet.diagnostics import Diagnostic
from broadsheet.publication import Outcome


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
    stages: tuple[tuple[str, float], ...] = ()
