"""Dates: read and written as ISO 8601, and the days of a time zone."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<time>\d{2}:\d{2}(?::\d{2}(?:[.,](?P<fraction>\d{1,9}))?)?)"
    r"[ \t]*(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?"
)

_COMMON = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})Z")


def parse_timestamp(value: str) -> tuple[datetime, bool]:
    """Read an ISO 8601 timestamp as an aware time in UTC, and whether it named its offset.

    A date alone is its first instant. Raises ValueError saying what is wrong.
    """
    common = _COMMON.fullmatch(value)
    if common:
        return datetime.fromisoformat(f"{common[1]}+00:00"), True
    match = _TIMESTAMP.fullmatch(value.strip())
    if not match:
        raise ValueError("not a timestamp such as 2023-06-08T21:51:00Z")
    zone = (match["zone"] or "Z").upper().replace("Z", "+00:00")
    fraction = (match["fraction"] or "0").ljust(6, "0")[:6]
    time = re.split("[.,]", match["time"] or "00:00")[0]
    time = time if time.count(":") == 2 else f"{time}:00"  # noqa: PLR2004 - hours, minutes, seconds
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{time}.{fraction}{zone}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the date lies outside the years 1 to 9999") from error
    return moment, match["zone"] is not None


def iso(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second: `2023-06-08T21:51:00Z`."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def local_day(moment: datetime, timezone: str) -> date:
    """Return the day a time falls on in a time zone, by its IANA name."""
    try:
        return moment.astimezone(_zone(timezone)).date()
    except OverflowError:
        return moment.date()


def day_start(day: date, timezone: str) -> datetime:
    """Return the first instant of a day in a time zone, in UTC; where clocks skip it, the one that they skip to."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=_zone(timezone)).astimezone(UTC)
    except OverflowError:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


def is_timezone(name: str) -> bool:
    """Whether an IANA time zone of that name exists."""
    try:
        _zone(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
