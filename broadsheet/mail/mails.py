"""Editions as e-mails: what they show, how much of it fits, and which of them there are."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from msgspec.structs import replace

from broadsheet.core.escapes import unmerged, unmerged_html, xml_value
from broadsheet.core.language import Words
from broadsheet.core.model import SERVICES, Brief, MailConfig
from broadsheet.core.text import shorten
from broadsheet.editing.editions import Edition
from broadsheet.mail.plainmail import plain_mail
from broadsheet.records.markup import for_readers
from broadsheet.site.desk import Desk
from broadsheet.site.editionpages import contents, edition_key, edition_view
from broadsheet.site.pages import Page, View
from broadsheet.site.views import Link, MailGroup, MailPage, MailStory, PlainPage

BYTES_LIMIT = 90_000
"""The most bytes that a mail's HTML has: some programs cut off what is longer than 102,000."""
UNSUBSCRIBE = "urn:broadsheet:unsubscribe"
"""Stands in a mail for the address at which to unsubscribe, until nothing else can be taken for it."""
_EXCERPT, _SHORT_EXCERPT = 320, 120


def mails(desk: Desk, inliner: str) -> Iterator[Page]:
    """Plan the mails of the newest editions; none without an `inliner`, the program that HTML mails need."""
    found, days = desk.digest.editions.all, desk.digest.config.mail.days
    if not found or not inliner:
        return
    for edition in found:
        if found[0].end - edition.end < timedelta(days=days):
            key = partial(_key, desk, edition, inliner)
            address, where = edition.period.address, edition.pin.location if edition.pin else None
            view = partial(_view, desk, edition)
            yield Page(address=f"{address}email.html", template="email.html", make_key=key, view=view, location=where)
            text = partial(_text, desk, edition)
            yield Page(address=f"{address}email.txt", template="plain", make_key=key, view=text, location=where)


def mail_of(desk: Desk, edition: Edition) -> MailPage:
    """Return what the mails of an edition show: the stories of its page, in their order."""
    config, shown, inside = desk.digest.config, edition_view(desk, edition), contents(desk, edition)
    tracked = _tracker(config.mail, edition)
    web = tracked(desk.absolute(edition.period.address))
    stories = {story.id: _story(desk, story, tracked) for story in inside.chosen}
    groups = zip(shown.groups, inside.groups, strict=True)
    return MailPage(
        subject=f"{shown.name}: {shown.title}",
        name=shown.name,
        heading=shown.heading,
        when=shown.when,
        preheader=shown.summary,
        introduction=for_readers(shown.introduction, config.base_url, web),
        count=shown.count,
        considered=shown.considered,
        image=desk.picture(shown.lead.image),
        lead=stories[inside.lead.id],
        groups=tuple(
            MailGroup(title=group.title, stories=tuple(stories[story.id] for story in held.stories))
            for group, held in groups
        ),
        rest=tuple(Link(link.text, tracked(desk.absolute(link.address)), link.note) for link in shown.rest),
        web=web,
        unsubscribe=config.mail.unsubscribe or SERVICES.get(config.mail.service, ""),
    )


def write_html(page: MailPage, render: Callable[[MailPage], str]) -> bytes:
    """Write a mail's HTML in at most BYTES_LIMIT bytes: with short excerpts if need be, then without its last stories.

    `render` makes HTML of what is to be shown.
    """

    def write(shown: MailPage) -> bytes:
        html = unmerged_html(render(shown))
        # In HTML, quotation marks of texts and attributes are escaped: this stands in our own link alone.
        return html.replace(f'"{UNSUBSCRIBE}"', f'"{_unsubscribe(page)}"').encode()

    for shown in (page, _kept(page, _size(page), _SHORT_EXCERPT)):
        data = write(shown)
        if len(data) <= BYTES_LIMIT:
            return data
    # The more is kept, the longer it is: so the most that fits is found by halving.
    fits, too_many = 0, _size(page)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(write(_kept(page, middle, _SHORT_EXCERPT))) <= BYTES_LIMIT:
            fits = middle
        else:
            too_many = middle
    data = write(_kept(page, fits, _SHORT_EXCERPT))
    if len(data) <= BYTES_LIMIT:
        return data
    return write(replace(_kept(page, 0, 0), introduction="", image=None))


def plain_text(page: MailPage, site: str, words: Words) -> str:
    """Write a mail's plain text; `site` is the digest's title."""
    told = replace(page, unsubscribe=UNSUBSCRIBE if page.unsubscribe else "")
    before, found, after = unmerged(plain_mail(told, site, words)).rpartition(UNSUBSCRIBE)
    return f"{before}{page.unsubscribe}{after}" if found else after


def _size(page: MailPage) -> int:
    """Return how many stories a mail can leave out: all but its lead."""
    return sum(len(group.stories) for group in page.groups) + len(page.rest)


def _kept(page: MailPage, number: int, excerpt: int) -> MailPage:
    """Keep the lead and the first of the other stories; shorten their excerpts."""
    groups, left = [], number
    for group in page.groups:
        held = group.stories[:left]
        left -= len(held)
        if held:
            groups.append(replace(group, stories=tuple(_brief(story, excerpt) for story in held)))
    return replace(
        page,
        lead=_brief(page.lead, excerpt),
        groups=tuple(groups),
        rest=page.rest[:left],
        left_out=_size(page) - number,
    )


def _brief(story: MailStory, limit: int) -> MailStory:
    return replace(story, excerpt=shorten(story.excerpt, limit) if limit else "")


def _key(desk: Desk, edition: Edition, inliner: str) -> bytes:
    return inliner.encode() + edition_key(desk, edition)


def _view(desk: Desk, edition: Edition) -> View:
    return View(mail_of(desk, edition))


def _text(desk: Desk, edition: Edition) -> View:
    config = desk.digest.config
    return View(PlainPage(plain_text(mail_of(desk, edition), config.title, desk.words)))


def _unsubscribe(page: MailPage) -> str:
    """Write the address at which to unsubscribe for an attribute; a service's placeholder stays what it is."""
    return page.unsubscribe if page.unsubscribe in SERVICES.values() else xml_value(page.unsubscribe)


def _story(desk: Desk, brief: Brief, tracked: Callable[[str], str]) -> MailStory:
    story = desk.whole(brief)
    page, source = tracked(desk.absolute(story.address)), story.url
    if desk.digest.config.feeds.links_to_source:
        page, source = source, page
    return MailStory(
        title=story.title,
        link=page,
        source=story.provider.name,
        source_link=source,
        excerpt=shorten(story.excerpt, _EXCERPT),
        label=desk.labels[story.kind],
    )


def _tracker(config: MailConfig, edition: Edition) -> Callable[[str], str]:
    """Return what adds the UTM parameters of the settings to one of our own URLs; none where none is set."""
    given = {"source": config.utm_source, "medium": config.utm_medium, "campaign": config.utm_campaign}
    named = {f"utm_{key}": value.replace("EDITION", edition.period.name) for key, value in given.items() if value}
    query = f"?{urlencode(named)}" if named else ""
    return lambda url: f"{url}{query}"
