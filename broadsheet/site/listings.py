"""The pages that list articles: front page, sections, and the archive of any list."""

from collections.abc import Iterator, Sequence

import msgspec

from broadsheet.core import language
from broadsheet.core.model import Brief
from broadsheet.editing import ranking
from broadsheet.editing.marks import mark
from broadsheet.site import jsonld, views
from broadsheet.site.desk import Desk, section_title
from broadsheet.site.editionpages import latest_editions
from broadsheet.site.pages import Page, View, newest_of, page_of, split_archive
from broadsheet.site.views import Head, Link, When

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
            editions=latest_editions(desk),
            lead=desk.card(lead) if lead else None,
            second=desk.cards(second),
            hottest=_hottest(desk, hot) if hot else None,
            latest=desk.cards(latest),
            older=older_link(desk, "/", len(archive)),
        ),
    )
    behind = desk.list_head(gettext("Archive"), "/", description)
    yield from archive_pages(desk, behind, config.title, (), archive)


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
        half_life=desk.words.number(found.half_life),
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
        yield from archive_pages(desk, head, title, (Link(title, address),), archive)


def _list(desk: Desk, articles: Sequence[Brief], head: Head, frame: views.ListPage) -> Page:
    """Return a page that lists articles in a frame that is at hand."""

    def view() -> View:
        described = desk.described(head, frame.crumbs, frame.title)
        return View(msgspec.structs.replace(frame, cards=desk.cards(articles)), described)

    return Page(
        address=head.address,
        template="list.html",
        make_key=lambda: mark((head, frame)) + desk.cards_key(articles),
        view=view,
        newest=newest_of(articles),
    )


def archive_pages(
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


def older_link(desk: Desk, address: str, archived: int) -> Link | None:
    """Return the link from a first page to the newest page of its archive, if it has one."""
    return Link(desk.words.gettext("Older"), f"{address}page/{archived}/") if archived else None
