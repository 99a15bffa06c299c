"""The pages that list articles: front page, topics, providers, sections, archive."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from broadsheet import jsonld, language, ranking, views
from broadsheet.desk import Desk, provider_address, section_title
from broadsheet.digest import Month
from broadsheet.marks import mark
from broadsheet.model import Brief
from broadsheet.pages import Page, View, newest_of, page_of, split_archive
from broadsheet.taxonomy import TopicEntry
from broadsheet.text import name_key
from broadsheet.views import Card, Head, Link, When

_SECOND = 2
"""How many stories stand under a lead without a picture."""


def front(desk: Desk, search: str) -> Iterator[Page]:
    """Plan the front page and the archive behind it; `search` is the address of the search page or ""."""
    config, gettext = desk.digest.config, desk.words.gettext
    description = config.description or gettext("The latest stories of %(site)s.", site=config.title)
    first, archive = split_archive(desk.digest.articles, desk.digest.config.page_size)
    lead = ranking.lead(first)
    hot = ranking.hottest([article for article in desk.digest.articles if article is not lead])
    above = {story.article.id for story in hot.stories} if hot else set()
    latest = [article for article in first if article is not lead and article.id not in above]
    image = desk.picture(desk.whole(lead).image) if lead else None
    # Beside a long list of the hottest, a lead without a picture would stand over an empty place.
    second, latest = ([], latest) if image or not hot else (latest[:_SECOND], latest[_SECOND:])
    newest = desk.day(first[0]) if first else None
    head = Head(
        title=config.title,
        address="/",
        description=description,
        image=image,
        json_ld=jsonld.website(config, description, search),
    )
    yield page_of(
        address="/",
        template="front.html",
        head=head,
        newest=newest_of(first),
        context=views.FrontPage(
            newest=When(newest.isoformat(), language.full_date(newest, config.language)) if newest else None,
            lead=desk.card(lead) if lead else None,
            second=desk.cards(second),
            hottest=_hottest(desk, hot) if hot else None,
            latest=desk.cards(latest),
            older=older_link(desk, "/", len(archive)),
        ),
    )
    behind = desk.list_head(gettext("Archive"), "/", description)
    yield from _archive_pages(desk, behind, config.title, (), archive)


def _hottest(desk: Desk, found: ranking.Ranking) -> views.Hottest:
    gettext = desk.words.gettext
    titles = (
        gettext("Hottest of the day"),
        gettext("Hottest of the week"),
        gettext("Hottest of the month"),
        gettext("Hottest of the year"),
    )
    return views.Hottest(
        title=titles[ranking.WINDOWS.index(found.window)],
        half_life=f"{found.half_life:g}",
        stories=tuple(
            views.Hot(
                card=desk.card(story.article),
                heat=story.article.heat or 0,
                quality=story.article.quality,
                days=story.days,
                points=round(story.points),
            )
            for story in found.stories
        ),
    )


def topics(desk: Desk) -> Iterator[Page]:
    """Plan the tree of topics, and the pages of each."""
    gettext, name = desk.words.gettext, desk.digest.config.title
    yield page_of(
        address="/topics/",
        template="topics.html",
        context=views.TopicsPage(_branches(desk)),
        head=desk.described(
            desk.list_head(gettext("Topics"), "/topics/", gettext("Every topic of %(site)s.", site=name))
        ),
        newest=newest_of(desk.digest.articles),
    )
    for entry in desk.digest.topics:
        yield from _topic(desk, entry)


def providers(desk: Desk) -> Iterator[Page]:
    """Plan pages for everyone who is quoted, and what."""
    groups: dict[str, list[Link]] = defaultdict(list)
    gettext, site = desk.words.gettext, desk.digest.config.title
    crumbs = (Link(gettext("Providers"), "/providers/"),)
    for entry in desk.digest.providers:
        name, address = entry.provider.name, provider_address(entry.provider)
        # One name may be that of several.
        known = name if name == entry.provider.domain else f"{name} ({entry.provider.domain})"
        head = desk.list_head(
            f"{known} – {crumbs[0].text}",
            address,
            gettext("What %(site)s has chosen from %(provider)s.", site=site, provider=known),
        )
        initial = name_key(name)[:1].upper() or "#"
        groups[initial].append(Link(name, address, desk.count(len(entry.articles))))
        first, archive = split_archive(entry.articles, desk.digest.config.page_size)
        yield _list(
            desk,
            first,
            head,
            views.ListPage(
                title=name,
                crumbs=crumbs,
                intro=gettext("What this digest has chosen from %(domain)s.", domain=entry.provider.domain),
                image=desk.picture(entry.provider.image),
                out=Link(
                    gettext("Visit %(domain)s", domain=entry.provider.domain), f"https://{entry.provider.domain}/"
                ),
                older=older_link(desk, address, len(archive)),
            ),
        )
        yield from _archive_pages(desk, head, name, (*crumbs, Link(name, address)), archive)
    yield page_of(
        address="/providers/",
        template="links.html",
        head=desk.described(
            desk.list_head(gettext("Providers"), "/providers/", gettext("Who %(site)s quotes.", site=site))
        ),
        newest=newest_of(desk.digest.articles),
        context=views.LinksPage(
            title=gettext("Providers"),
            intro=gettext("Who published the stories of this digest."),
            crumbs=(),
            groups=tuple((Link(initial, ""), tuple(groups[initial])) for initial in sorted(groups)),
        ),
    )


def sections(desk: Desk) -> Iterator[Page]:
    """Plan the sections, where a digest has more than one."""
    gettext = desk.words.gettext
    kind = gettext("Sections")
    for section in desk.digest.sections:
        address, title = f"/sections/{section.slug}/", section_title(section.name)
        first, archive = split_archive(section.articles, desk.digest.config.page_size)
        feed = desk.section_feed(section)
        head = desk.list_head(
            f"{title} – {kind}",
            address,
            gettext("%(section)s: a section of %(site)s.", section=title, site=desk.digest.config.title),
            (feed,),
        )
        yield _list(
            desk,
            first,
            head,
            views.ListPage(
                title=title,
                crumbs=(),
                older=older_link(desk, address, len(archive)),
                feed=feed,
            ),
        )
        yield from _archive_pages(desk, head, title, (Link(title, address),), archive)


def archive(desk: Desk) -> Iterator[Page]:
    """Plan the archive by year and month."""
    years: dict[int, list[Month]] = defaultdict(list)
    for month in desk.digest.months:
        years[month.first.year].append(month)
    gettext, site = desk.words.gettext, desk.digest.config.title
    top = Link(gettext("Archive"), "/archive/")
    groups = tuple((Link(f"{year:04}", f"/archive/{year:04}/"), _month_links(desk, years[year])) for year in years)
    yield page_of(
        address="/archive/",
        template="links.html",
        head=desk.described(desk.list_head(gettext("Archive"), "/archive/", gettext("%(site)s by date.", site=site))),
        newest=newest_of(desk.digest.articles),
        context=views.LinksPage(
            title=gettext("Archive"), intro=gettext("Everything, by date."), crumbs=(), groups=groups
        ),
    )
    for year, link_group in zip(years, groups, strict=True):
        address = f"/archive/{year:04}/"
        yield page_of(
            address=address,
            template="links.html",
            head=desk.described(
                desk.list_head(f"{year} – {top.text}", address, gettext("%(site)s in %(year)s.", site=site, year=year)),
                (top,),
                f"{year}",
            ),
            newest=newest_of(years[year][0].articles),
            context=views.LinksPage(
                title=f"{year}", intro="", crumbs=(top,), groups=((Link(gettext("Months"), ""), link_group[1]),)
            ),
        )
    months = desk.digest.months
    for index, month in enumerate(months):
        link = desk.month_link(month.first)
        older = months[index + 1].first if index + 1 < len(months) else None
        newer = months[index - 1].first if index > 0 else None
        year = month.first.year
        yield _month(
            desk,
            month,
            desk.list_head(
                f"{link.text} – {top.text}",
                link.address,
                gettext("%(site)s in %(month)s.", site=site, month=link.text),
            ),
            views.MonthPage(
                title=link.text,
                crumbs=(top, Link(f"{year}", f"/archive/{year:04}/")),
                days=(),
                newer=desk.month_link(newer) if newer else None,
                older=desk.month_link(older) if older else None,
            ),
        )


def _list(desk: Desk, articles: Sequence[Brief], head: Head, frame: views.ListPage) -> Page:
    """Return a page that lists articles in a frame that is at hand."""

    def view() -> View:
        described = desk.described(head, frame.crumbs, frame.title)
        return View(msgspec.structs.replace(frame, cards=desk.cards(articles)), described)

    key = mark((head, frame)) + desk.cards_key(articles)
    return Page(address=head.address, template="list.html", key=key, view=view, newest=newest_of(articles))


def _month(desk: Desk, month: Month, head: Head, frame: views.MonthPage) -> Page:
    def view() -> View:
        described = desk.described(head, frame.crumbs, frame.title)
        return View(msgspec.structs.replace(frame, days=_days(desk, month)), described)

    key = mark((head, frame)) + desk.cards_key(month.articles)
    return Page(address=head.address, template="month.html", key=key, view=view, newest=newest_of(month.articles))


def _topic(desk: Desk, entry: TopicEntry) -> Iterator[Page]:
    first, archive = split_archive(entry.articles, desk.digest.config.page_size)
    feed = desk.topic_feed(entry)
    frame = desk.topic(entry, older_link(desk, entry.address, len(archive)), feed)
    gettext, name = desk.words.gettext, entry.topic.name
    description = (
        f"{name}: {entry.topic.description}"
        if entry.topic.description
        else gettext("%(topic)s: the articles of %(site)s.", topic=name, site=desk.digest.config.title)
    )
    title = f"{name} – {frame.crumbs[0].text}"
    head = desk.list_head(title, entry.address, description, (feed,), desk.picture(entry.topic.image))
    yield Page(
        address=entry.address,
        template="topic.html",
        key=mark((head, frame)) + desk.cards_key(first),
        view=lambda: View(
            msgspec.structs.replace(frame, cards=desk.cards(first)), desk.described(head, frame.crumbs, frame.title)
        ),
        location=entry.topic.location,
        newest=newest_of(first),
    )
    yield from _archive_pages(desk, head, name, (*frame.crumbs, Link(name, entry.address)), archive)


def _branches(desk: Desk) -> tuple[views.Branch, ...]:
    entries = {entry.topic.slug: entry for entry in desk.digest.topics}

    def branch(entry: TopicEntry) -> views.Branch:
        topic = entry.topic
        return views.Branch(
            link=Link(topic.name, entry.address, desk.count(len(entry.articles))),
            description=topic.description,
            children=tuple(branch(entries[child.slug]) for child in entry.children),
        )

    return tuple(branch(entry) for entry in desk.digest.topics if not entry.ancestors)


def _archive_pages(
    desk: Desk, first: Head, title: str, crumbs: tuple[Link, ...], archive: Sequence[Sequence[Brief]]
) -> Iterator[Page]:
    """Plan the archive of a list whose first page has a head and a title."""
    gettext, address = desk.words.gettext, first.address
    for number, articles in enumerate(archive, 1):
        here = f"{address}page/{number}/"
        name = gettext("%(title)s, page %(number)s", title=title, number=number)
        place = gettext("Page %(number)s of the archive.", number=number)
        newer = f"{address}page/{number + 1}/" if number < len(archive) else address
        yield _list(
            desk,
            articles,
            desk.list_head(
                gettext("%(title)s, page %(number)s", title=first.title, number=number),
                here,
                f"{place} {first.description}",
                first.feeds,
            ),
            views.ListPage(
                title=name,
                crumbs=crumbs,
                newer=Link(gettext("Newer"), newer),
                older=Link(gettext("Older"), f"{address}page/{number - 1}/") if number > 1 else None,
                feed=next(iter(first.feeds), None),
            ),
        )


def _month_links(desk: Desk, months: Sequence[Month]) -> tuple[Link, ...]:
    links = ((desk.month_link(month.first), len(month.articles)) for month in months)
    return tuple(Link(link.text, link.address, desk.count(number)) for link, number in links)


def _days(desk: Desk, month: Month) -> tuple[views.Day, ...]:
    days: dict[date, list[Card]] = defaultdict(list)
    for article in month.articles:
        days[desk.day(article)].append(desk.card(article))
    return tuple(
        views.Day(language.long_date(day, desk.digest.config.language), tuple(cards)) for day, cards in days.items()
    )


def older_link(desk: Desk, address: str, archived: int) -> Link | None:
    """Return the link from a first page to the newest page of its archive, if it has one."""
    return Link(desk.words.gettext("Older"), f"{address}page/{archived}/") if archived else None
