"""What charts are made of: small finished values for bars, tables by month, and calendars."""

import msgspec


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """Articles of the last weeks, the oldest week first, and the heights of their bars in pixels."""

    total: int
    weeks: tuple[int, ...]
    bars: tuple[int, ...]


class MonthCount(msgspec.Struct, frozen=True, kw_only=True):
    """A month in a timeline: how many articles (0 to many, and in writing), how hot, and where they begin.

    `address` is empty where that leads nowhere else.
    """

    count: int
    number: str
    step: int
    label: str
    address: str


class YearCount(msgspec.Struct, frozen=True, kw_only=True):
    """A year in a timeline, and its twelve months; `address` may be empty."""

    name: str
    address: str
    total: str
    months: tuple[MonthCount, ...]


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Articles by month: the short names of the months, and the years that have any, the newest first."""

    months: tuple[str, ...]
    years: tuple[YearCount, ...]
    earlier: tuple[YearCount, ...]


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day in a calendar: its place, its articles and how hot that is; without articles, no anchor and no label."""

    number: int
    column: int
    row: int
    count: int
    step: int
    anchor: str
    name: str
    label: str


class CalendarMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month in a calendar; without articles it has no address."""

    name: str
    address: str
    count: int
    days: tuple[CalendarDay, ...]
