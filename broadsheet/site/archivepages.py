"""The archive by date: all years, each as a calendar, and each month day by day."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from broadsheet.core import language
from broadsheet.editing import activity
from broadsheet.editing.digest import Month
from broadsheet.editing.marks import mark, times_key
from broadsheet.site import views
from broadsheet.site.charts import CalendarDay, CalendarMonth, Timeline
from broadsheet.site.desk import Desk
from broadsheet.site.pages import Page, View, newest_of, page_of
from broadsheet.site.timelines import timeline
from broadsheet.site.views import Card, Head, Link


def archive(desk: Desk) -> Iterator[Page]:
    """Plan the archive by year and month."""
    gettext, site = desk.words.gettext, desk.digest.config.title
    yield page_of(
        address="/archive/",
        template="archive.html",
        head=desk.described(desk.list_head(gettext("Archive"), "/archive/", gettext("%(site)s by date.", site=site))),
        newest=newest_of(desk.digest.articles),
        context=views.ArchivePage(_by_month(desk)),
    )
    years: dict[int, list[Month]] = defaultdict(list)
    for month in desk.digest.months:
        years[month.first.year].append(month)
    found = list(years)
    for index, year in enumerate(found):
        newer = found[index - 1] if index else None
        older = found[index + 1] if index + 1 < len(found) else None
        yield _year(desk, year, years[year], (newer, older))
    months, top = desk.digest.months, _top(desk)
    for index, month in enumerate(months):
        link = desk.month_link(month.first)
        before = months[index + 1].first if index + 1 < len(months) else None
        after = months[index - 1].first if index > 0 else None
        yield _month(
            desk,
            month,
            desk.list_head(
                f"{link.text} – {top.text}", link.address, gettext("%(site)s in %(month)s.", site=site, month=link.text)
            ),
            views.MonthPage(
                title=link.text,
                crumbs=(top, _year_link(month.first.year)),
                days=(),
                newer=desk.month_link(after) if after else None,
                older=desk.month_link(before) if before else None,
            ),
        )


def _by_month(desk: Desk) -> Timeline | None:
    counts = {month.first: len(month.articles) for month in desk.digest.months}
    if not counts:
        return None
    return timeline(
        desk,
        counts,
        lambda first: desk.month_link(first).address,
        lambda year: _year_link(year).address,
        len(counts),
    )


def _year(desk: Desk, year: int, months: Sequence[Month], around: tuple[int | None, int | None]) -> Page:
    gettext, site = desk.words.gettext, desk.digest.config.title
    address, title = _year_link(year).address, _year_link(year).text
    newer, older = (_year_link(other) if other else None for other in around)
    top = _top(desk)
    head = desk.described(
        desk.list_head(f"{title} – {top.text}", address, gettext("%(site)s in %(year)s.", site=site, year=year)),
        (top,),
        title,
    )
    articles = [article for month in months for article in month.articles]

    def view() -> View:
        days = Counter(desk.day(article) for article in articles)
        tag = desk.digest.config.language
        initials, start = language.weekday_initials(tag), language.week_start(tag)
        weekdays = (*initials[start:], *initials[:start])
        return View(
            views.YearPage(
                title=title,
                crumbs=(top,),
                count=len(articles),
                weekdays=weekdays[::-1] if _is_mirrored(desk) else weekdays,
                months=tuple(_calendar(desk, date(year, number, 1), days) for number in range(1, 13)),
                newer=newer,
                older=older,
            ),
            head,
        )

    return Page(
        address=address,
        template="year.html",
        make_key=lambda: mark((head, newer, older)) + times_key(articles),
        view=view,
        newest=newest_of(articles),
    )


def _calendar(desk: Desk, first: date, days: Mapping[date, int]) -> CalendarMonth:
    """Return a month of a year of which all days with articles are given."""
    tag = desk.digest.config.language
    most, is_mirrored = max(days.values()), _is_mirrored(desk)
    squares = []
    for square in activity.month_squares(first, language.week_start(tag)):
        count = days.get(square.day, 0)
        name = language.long_date(square.day, tag) if count else ""
        squares.append(
            CalendarDay(
                number=square.day.day,
                column=6 - square.column if is_mirrored else square.column,
                row=square.row,
                count=count,
                step=activity.heat_step(count, most),
                anchor=_anchor(square.day) if count else "",
                name=name,
                label=desk.count_of(name, count) if count else "",
            )
        )
    total = sum(square.count for square in squares)
    return CalendarMonth(
        name=language.month_names(tag)[first.month - 1],
        address=desk.month_link(first).address if total else "",
        count=total,
        days=tuple(squares),
    )


def _month(desk: Desk, month: Month, head: Head, frame: views.MonthPage) -> Page:
    def view() -> View:
        described = desk.described(head, frame.crumbs, frame.title)
        return View(msgspec.structs.replace(frame, days=_days(desk, month)), described)

    return Page(
        address=head.address,
        template="month.html",
        make_key=lambda: mark((head, frame)) + desk.cards_key(month.articles),
        view=view,
        newest=newest_of(month.articles),
    )


def _days(desk: Desk, month: Month) -> tuple[views.Day, ...]:
    days: dict[date, list[Card]] = defaultdict(list)
    for article in month.articles:
        days[desk.day(article)].append(desk.card(article))
    return tuple(
        views.Day(_anchor(day), language.long_date(day, desk.digest.config.language), tuple(cards))
        for day, cards in days.items()
    )


def _anchor(day: date) -> str:
    """Return the id of a day on the page of its month."""
    return f"d{day.day:02}"


def _top(desk: Desk) -> Link:
    return Link(desk.words.gettext("Archive"), "/archive/")


def _year_link(year: int) -> Link:
    return Link(f"{year}", f"/archive/{year:04}/")


def _is_mirrored(desk: Desk) -> bool:
    return language.direction(desk.digest.config.language) == "rtl"
