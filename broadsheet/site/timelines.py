"""Timelines: articles by year and month, as tables show them."""

from collections.abc import Callable, Mapping
from datetime import date

from broadsheet.core import language
from broadsheet.editing.activity import heat_step
from broadsheet.site.charts import MonthCount, Timeline, YearCount
from broadsheet.site.desk import Desk

_NOTHING = MonthCount(count=0, number="", step=0, label="", address="")


def timeline(
    desk: Desk,
    counts: Mapping[date, int],
    month_address: Callable[[date], str],
    year_address: Callable[[int], str],
    shown: int,
) -> Timeline:
    """Return the articles of at least one month, given by its first day; the newest years are the ones to be `shown`.

    An address is empty where nothing is to be linked.
    """
    most = max(counts.values())
    words, tag = desk.words, desk.digest.config.language

    def month(first: date) -> MonthCount:
        count = counts.get(first, 0)
        if not count:
            return _NOTHING
        return MonthCount(
            count=count,
            number=words.number(count),
            step=heat_step(count, most),
            label=desk.count_of(language.month_name(first, tag), count),
            address=month_address(first),
        )

    totals: dict[int, int] = {}
    for first, count in counts.items():
        totals[first.year] = totals.get(first.year, 0) + count
    years = tuple(
        YearCount(
            name=f"{year}",
            address=year_address(year),
            total=desk.count(totals[year]),
            months=tuple(month(date(year, number, 1)) for number in range(1, 13)),
        )
        for year in sorted(totals, reverse=True)
    )
    return Timeline(months=language.short_month_names(tag), years=years[:shown], earlier=years[shown:])
