"""What the answers of sources mean: fine, moved, gone, refused or out of reach; and how that is said."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Literal

import msgspec
from msgspec.structs import replace

from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.urls import story_key

Outcome = Literal["fine", "moved", "gone", "refused", "unreachable", "unasked"]

PERMANENT = frozenset({301, 308})
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be others a little later."""
_GONE = frozenset({404, 410})


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a URL; `asked` is when, in seconds since 1970.

    `status` is that of the last answer, 0 where there was none; `target` is where it has moved to, `detail` says in a
    few words what happened.
    """

    url: str
    outcome: Outcome
    status: int = 0
    detail: str = ""
    target: str = ""
    asked: float = 0.0


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A URL where it stands in a record: under which field; and the record's permanent id."""

    url: str
    location: Location
    field: str
    id: str


def judge(url: str, chain: Sequence[tuple[str, int]]) -> Told:
    """Say what a URL's answers mean: each URL that was asked for, with the status of its answer, to the last one."""
    status = chain[-1][1]
    told = Told(url=url, outcome="fine", status=status, detail=f"the server answered {status}")
    if status in _GONE:
        return replace(told, outcome="gone")
    if status >= 500:  # noqa: PLR2004 - errors of servers
        return replace(told, outcome="unreachable")
    if status >= 400:  # noqa: PLR2004 - refusals
        return replace(told, outcome="refused")
    target = url
    for (_, answer), (following, _) in pairwise(chain):
        if answer not in PERMANENT:
            break
        target = following
    # Another scheme, `www.` or slash at the end is no other address of the story, and of no use to anybody.
    return replace(told, outcome="moved", target=target) if story_key(target) != story_key(url) else told


def waiting_time(retry_after: str | None, now: datetime) -> float | None:
    """Return how many seconds a server asks to wait: Retry-After, as a number or a time. None where it does not."""
    value = (retry_after or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def as_problem(told: Told, link: Link) -> Diagnostic | None:
    """Return what is wrong with a link, at its place; None for one that is fine or was not asked for."""
    if told.outcome == "gone":
        return Diagnostic(
            code="link-gone",
            message=f"'{link.url}' is gone: {told.detail}",
            location=link.location,
            hint="look for its new address, or link a copy in an archive",
        )
    if told.outcome == "moved":
        return Diagnostic(
            code="link-moved",
            message=f"'{link.url}' has moved for good to {told.target}",
            location=link.location,
            hint=f"write '{link.field}: {told.target}', and 'id: \"{link.id}\"' if there is no 'id' yet, so that "
            "subscribers do not see the story again",
        )
    if told.outcome == "refused":
        return Diagnostic(
            code="link-refused",
            message=f"'{link.url}' is not shown to programs: {told.detail}",
            location=link.location,
            hint="open it in a browser: it may be there for readers",
        )
    if told.outcome == "unreachable":
        return Diagnostic(
            code="link-unreachable",
            message=f"'{link.url}' cannot be reached: {told.detail}",
            location=link.location,
            hint="check it again in some days: it may come back",
        )
    return None
