"""Periods: the days and ISO weeks (ISO 8601) that editions are for."""

import re
from datetime import UTC, date, datetime, timedelta

from broadsheet.core.dates import day_start
from broadsheet.core.model import Period, PeriodKind

KINDS: tuple[PeriodKind, ...] = ("daily", "weekly")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


def period_end(period: Period, timezone: str) -> datetime:
    """Return the instant at which a period is over in a time zone, in UTC."""
    return _LAST_INSTANT if period.last == date.max else day_start(period.last + timedelta(days=1), timezone)


def period_of(kind: PeriodKind, day: date) -> Period:
    """Return the period of a kind that a day belongs to."""
    return Period(kind, day if kind == "daily" else day - timedelta(days=day.weekday()))


def parse_period(name: str) -> Period:
    """Read a period's name: `2026-11-24` or `2026-W48`. Raises ValueError saying what is wrong."""
    week = _WEEK.fullmatch(name)
    if not week and not _DAY.fullmatch(name):
        raise ValueError("neither a day such as 2026-11-24 nor a week such as 2026-W48")
    try:
        if week:
            return Period("weekly", date.fromisocalendar(int(week[1]), int(week[2]), 1))
        return Period("daily", date.fromisoformat(name))
    except ValueError as error:
        raise ValueError(f"the calendar has no {'week' if week else 'day'} {name}") from error
