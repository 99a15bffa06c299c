"""The pages of editions: each one, the newest of each kind, and all of them by year."""

from calendar import Calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from broadsheet.core import language
from broadsheet.core.model import Period
from broadsheet.core.periods import KINDS
from broadsheet.core.text import shorten
from broadsheet.editing.editions import Contents, Edition, contents_of
from broadsheet.editing.marks import mark, topic_mark
from broadsheet.editing.taxonomy import topic_address
from broadsheet.site import views
from broadsheet.site.desk import Desk
from broadsheet.site.pages import Page, View, newest_of
from broadsheet.site.titles import DESCRIPTION_LIMIT
from broadsheet.site.views import EditionPage, Head, Link

ADDRESS = "/editions/"
SHOWN = 8
"""How many editions of each kind the page of editions lists."""
_SHOWN_OF_KIND = 60
_SUMMARY = 3
_RECENT = timedelta(days=7)


def editions(desk: Desk) -> Iterator[Page]:
    """Plan the pages of editions, where there is an edition."""
    found = desk.digest.editions
    if not found.all:
        return
    for kind in KINDS:
        of_kind = found.of(kind)
        for place, edition in enumerate(of_kind):
            newer = of_kind[place - 1] if place else None
            older = of_kind[place + 1] if place + 1 < len(of_kind) else None
            yield _page(desk, edition, newer, older)
    yield from _lists(desk)


def contents(desk: Desk, edition: Edition) -> Contents:
    """Return what is in an edition."""
    return contents_of(edition, desk.digest.topics_of, desk.digest.config.editions)


def edition_key(desk: Desk, edition: Edition) -> bytes:
    """Return what an edition is made of, as a hash."""
    # A heading that a file gives may be that of a topic which none of the articles has.
    headings = edition.pinned.groups if edition.pinned else ()
    topics = [topic_mark(group.topic) if group.topic else b"" for group in headings]
    return mark((edition.number, edition.pin, edition.period, topics)) + desk.cards_key(edition.articles)


def edition_name(desk: Desk, edition: Edition) -> str:
    """Name an edition: "Weekly edition No. 7"."""
    number = desk.words.number(edition.number)
    if edition.period.kind == "daily":
        return desk.words.gettext("Daily edition No. %(number)s", number=number)
    return desk.words.gettext("Weekly edition No. %(number)s", number=number)


def edition_view(desk: Desk, edition: Edition) -> EditionPage:
    """Return what an edition's page shows, but for its neighbors."""
    found = contents(desk, edition)
    gettext = desk.words.gettext
    return EditionPage(
        name=edition_name(desk, edition),
        heading=edition.pin.title if edition.pin else "",
        title=_title(edition, found),
        when=_when(desk, edition.period),
        address=edition.period.address,
        summary=shorten(" · ".join(story.title for story in found.chosen[:_SUMMARY]), DESCRIPTION_LIMIT),
        introduction=edition.pin.introduction if edition.pin else "",
        count=len(found.chosen),
        considered=len(found.chosen) + len(found.rest),
        lead=desk.card(found.lead),
        groups=tuple(
            views.EditionGroup(
                title=group.title or gettext("More stories"),
                address=topic_address(group.topic) if group.topic else "",
                anchor=f"part-{number}",
                cards=desk.cards(group.stories),
            )
            for number, group in enumerate(found.groups, 1)
        ),
        rest=tuple(Link(story.title, story.address, story.provider.name) for story in found.rest),
    )


def latest_editions(desk: Desk) -> tuple[Link, ...]:
    """Return the links to the latest edition, and to that of the other kind if it ended in the week before."""
    latest = [edition for kind in KINDS for edition in desk.digest.editions.of(kind)[:1]]
    newest = max((edition.end for edition in latest), default=None)
    return tuple(_link(desk, edition) for edition in latest if newest and newest - edition.end <= _RECENT)


def _title(edition: Edition, found: Contents) -> str:
    return edition.pin.title if edition.pin and edition.pin.title else found.lead.title


def _when(desk: Desk, period: Period) -> str:
    tag = desk.digest.config.language
    if period.kind == "daily":
        return language.full_date(period.first, tag)
    return language.date_range(period.first, period.last, tag)


def _link(desk: Desk, edition: Edition) -> Link:
    return Link(edition_name(desk, edition), edition.period.address, _when(desk, edition.period))


def _page(desk: Desk, edition: Edition, newer: Edition | None, older: Edition | None) -> Page:
    links = tuple(_link(desk, other) if other else None for other in (newer, older))

    def view() -> View:
        shown = edition_view(desk, edition)
        crumbs = (_top(desk),)
        title = f"{shown.name}, {shown.when}"
        told = f"{shown.name}: {shown.summary}"
        head = desk.list_head(title, edition.period.address, told, (desk.editions_feed,), shown.lead.image)
        context = replace(shown, crumbs=crumbs, feed=desk.editions_feed, newer=links[0], older=links[1])
        return View(context, desk.described(head, crumbs, shown.name))

    return Page(
        address=edition.period.address,
        template="edition.html",
        make_key=lambda: mark(links) + edition_key(desk, edition),
        view=view,
        location=edition.pin.location if edition.pin else None,
        newest=newest_of(edition.articles),
    )


def _lists(desk: Desk) -> Iterator[Page]:
    """Plan the page of all editions, those of each kind where there are both, and those of each year."""
    gettext, site = desk.words.gettext, desk.digest.config.title
    found = desk.digest.editions
    top, years = _top(desk), _years(found.all)
    newest = next(iter(years))
    kinds = [kind for kind in KINDS if found.of(kind)]
    titles = {"daily": gettext("Daily editions"), "weekly": gettext("Weekly editions")}
    calls = [(titles[kind], found.of(kind), f"{ADDRESS}{kind}/" if len(kinds) > 1 else "") for kind in kinds]
    head = desk.list_head(top.text, ADDRESS, gettext("Every edition of %(site)s.", site=site), (desk.editions_feed,))
    frame = views.EditionsPage(
        title=top.text,
        crumbs=(),
        feed=desk.editions_feed,
        lists=(),
        calendar=_calendar(desk, newest, years[newest]),
        years=tuple(_year(year) for year in years if year != newest),
    )
    yield _listing(desk, head, frame, [(title, held[:SHOWN], more) for title, held, more in calls])
    for (title, held, address), feed in zip(calls, desk.edition_feeds, strict=False):
        if address:
            told = gettext("The newest editions: %(title)s of %(site)s.", title=title, site=site)
            head = desk.list_head(title, address, told, (feed,))
            frame = views.EditionsPage(title=title, crumbs=(top,), feed=feed, lists=(), calendar=None, years=())
            yield _listing(desk, head, frame, [(title, held[:_SHOWN_OF_KIND], "")])
    for year in years:
        link = _year(year)
        title = gettext("Editions of %(year)s", year=link.text)
        head = desk.list_head(
            title, link.address, gettext("%(site)s: editions of %(year)s.", site=site, year=link.text)
        )
        frame = views.EditionsPage(
            title=title,
            crumbs=(top,),
            feed=None,
            lists=(),
            calendar=_calendar(desk, year, years[year]),
            years=tuple(_year(other) for other in years if other != year),
        )
        yield _listing(desk, head, frame, [])


def _listing(
    desk: Desk, head: Head, frame: views.EditionsPage, lists: Sequence[tuple[str, Sequence[Edition], str]]
) -> Page:
    gettext = desk.words.gettext

    def view() -> View:
        described = desk.described(head, frame.crumbs, frame.title)
        shown = tuple(
            views.EditionList(
                title=title,
                rows=tuple(_row(desk, edition) for edition in held),
                more=Link(gettext("More"), address) if address and len(held) == SHOWN else None,
            )
            for title, held, address in lists
        )
        return View(replace(frame, lists=shown), described)

    shown = [edition for _, held, _ in lists for edition in held]

    def key() -> bytes:
        return mark((head, frame, [title for title, _, _ in lists])) + b"".join(edition_key(desk, e) for e in shown)

    newest = max((edition.articles[0].published for edition in shown), default=None)
    return Page(address=head.address, template="editions.html", make_key=key, view=view, newest=newest)


def _row(desk: Desk, edition: Edition) -> views.EditionRow:
    found = contents(desk, edition)
    return views.EditionRow(link=_link(desk, edition), title=_title(edition, found), count=len(found.chosen))


def _years(found: Sequence[Edition]) -> dict[int, list[Edition]]:
    """Return the years that have editions, the newest first; a week that belongs to two stands in both."""
    years: dict[int, list[Edition]] = {}
    for edition in found:
        for year in sorted({edition.period.first.year, edition.period.last.year}, reverse=True):
            years.setdefault(year, []).append(edition)
    return {year: years[year] for year in sorted(years, reverse=True)}


def _calendar(desk: Desk, year: int, found: Sequence[Edition]) -> views.EditionCalendar:
    days = {edition.period.first: edition for edition in found if edition.period.kind == "daily"}
    weeks = {edition.period.first: edition for edition in found if edition.period.kind == "weekly"}
    months = []
    for number in range(1, 13):
        rows = [_week(desk, date(year, number, 1), week, days, weeks) for week in _weeks(year, number)]
        if any(row.week.address or any(day and day.address for day in row.days) for row in rows):
            name = language.month_names(desk.digest.config.language)[number - 1]
            months.append(views.EditionMonth(name=name, weeks=tuple(rows)))
    initials = language.weekday_initials(desk.digest.config.language)
    return views.EditionCalendar(title=f"{year}", weekdays=initials, months=tuple(months))


def _weeks(year: int, month: int) -> list[list[date]]:
    """Return the weeks of a month, each as the seven days from Monday, as far as the calendar has them."""
    found = []
    for days in Calendar(0).monthdayscalendar(year, month):
        place = next(place for place, day in enumerate(days) if day)
        monday = date(year, month, days[place]).toordinal() - place
        found.append([date.fromordinal(monday + step) for step in range(7) if monday + step <= date.max.toordinal()])
    return found


def _week(
    desk: Desk, month: date, week: Sequence[date], days: Mapping[date, Edition], weeks: Mapping[date, Edition]
) -> views.EditionWeek:
    def day(of: date) -> Link | None:
        if of.month != month.month:
            return None
        edition = days.get(of)
        return Link(f"{of.day}", edition.period.address, _label(desk, edition)) if edition else Link(f"{of.day}", "")

    edition = weeks.get(week[0])
    number = f"{week[0].isocalendar().week}"
    link = Link(number, edition.period.address, _label(desk, edition)) if edition else Link(number, "")
    return views.EditionWeek(week=link, days=tuple(day(of) for of in week))


def _label(desk: Desk, edition: Edition) -> str:
    return f"{edition_name(desk, edition)}, {_when(desk, edition.period)}"


def _year(year: int) -> Link:
    return Link(f"{year}", f"{ADDRESS}{year:04}/")


def _top(desk: Desk) -> Link:
    return Link(desk.words.gettext("Editions"), ADDRESS)
