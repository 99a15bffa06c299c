"""Dates: read and written as ISO 8601, and the days of a time zone."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from io import BytesIO
from pkgutil import get_data
from zoneinfo import ZoneInfo

_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<time>\d{2}:\d{2}(?::\d{2}(?:[.,](?P<fraction>\d{1,9}))?)?)"
    r"[ \t]*(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?"
)

_COMMON = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})Z")

_SLASHES = re.compile(r"^(\d{4})/(\d\d)/(\d\d)")
_MAIL_DATE = re.compile(r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s")
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?$")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


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


def read_moment(value: str) -> tuple[datetime, bool] | None:
    """Read a time as pages write it, ISO 8601 or RFC 5322: with the offset it names, and whether it names one.

    None for what is neither. A time without offset is in UTC.
    """
    value = _SLASHES.sub(r"\1-\2-\3", value.strip())
    try:
        moment, has_zone = parse_timestamp(value)
    except ValueError:
        return _read_mail_date(value)
    zone = _OFFSET.search(value) if has_zone else None
    if zone is None:
        return moment, has_zone
    minutes = int(zone["hours"]) * 60 + int(zone["minutes"] or 0)
    offset = timezone(timedelta(minutes=-minutes if zone["sign"] == "-" else minutes))
    try:
        return moment.astimezone(offset), True
    except OverflowError:
        return None


def _read_mail_date(value: str) -> tuple[datetime, bool] | None:
    if not _MAIL_DATE.match(value):
        return None
    try:
        moment = parsedate_to_datetime(value)
        in_utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return (in_utc, False) if moment.tzinfo is None else (moment, True) if in_utc.year > 1 else None


def iso(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second: `2023-06-08T21:51:00Z`."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def local_day(moment: datetime, timezone: str) -> date:
    """Return the day a time falls on in a time zone, by its IANA name."""
    try:
        return moment.astimezone(_zone(timezone)).date()
    except OverflowError:
        return moment.date()


def local_clock(moment: datetime, timezone: str) -> str:
    """Return the time of day in a time zone, such as `14:05`; nothing for midnight in UTC, as which a day is read."""
    if f"{moment.astimezone(UTC):%H%M%S}" == "000000":
        return ""
    with suppress(OverflowError):
        moment = moment.astimezone(_zone(timezone))
    return f"{moment:%H:%M}"


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
    if not _ZONE.fullmatch(name):
        raise ValueError(f"'{name}' is not a time zone")
    # What the machine knows of time zones may be of another year; every machine has the same from the library.
    data = get_data("tzdata", f"zoneinfo/{name}") or b""
    return ZoneInfo.from_file(BytesIO(data), key=name)
