"""Plan: which pages exist, at which addresses, from which template, with what in them. Renders nothing."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from broadsheet.core import dates, language
from broadsheet.core.language import Words
from broadsheet.core.model import Article, Brief
from broadsheet.core.urls import absolute
from broadsheet.editing.digest import Digest
from broadsheet.feeds import syndication
from broadsheet.mail.mails import mails
from broadsheet.site import archivepages, editionpages, jsonld, listings, machine, providerpages, topicpages, views
from broadsheet.site.desk import Desk, section_title
from broadsheet.site.discovery import host_pages, machine_pages
from broadsheet.site.pages import Page, View, page_of
from broadsheet.site.search import ADDRESS, Volume, search_page
from broadsheet.site.views import Feed, Head, Link, Site

_NAV_TOPICS = 6


def plan(  # noqa: PLR0913, PLR0917 - all that a site is made of
    digest: Digest,
    site: Site,
    whole: Callable[[Brief], Article],
    words: Words,
    volumes: Sequence[Volume] = (),
    inliner: str = "",
) -> list[Page]:
    """Return every page of the site, in the order of its parts. Two pages may still want one address.

    `whole` gives an article that the digest holds in brief; `words` are the theme's, `volumes` the search index's, and
    `inliner` names what mails need.
    """
    desk = Desk(digest, whole, words)
    articles = list(_articles(desk))
    lists = [
        *topicpages.topics(desk),
        *providerpages.providers(desk),
        *listings.sections(desk),
        *archivepages.archive(desk),
        *editionpages.editions(desk),
        *_leaves(desk),
        _subscribe(desk),
        search_page(desk, volumes),
    ]
    front = list(listings.front(desk, ADDRESS if volumes else ""))
    for_machines = machine_pages(desk, site, articles, [*front, *lists])
    letters = list(mails(desk, inliner))
    host = host_pages(desk, has_search=bool(volumes), has_mails=bool(letters))
    return [*front, *articles, *lists, *syndication.feeds(desk), *letters, *_redirects(desk), *for_machines, *host]


def describe_site(digest: Digest, words: Words) -> Site:
    """Return what every page shows of the site."""
    config = digest.config
    roots = [entry for entry in digest.topics if entry.topic.is_defined and not entry.ancestors]
    return Site(
        title=config.title,
        description=config.description,
        language=config.language,
        direction=language.direction(config.language),
        base_url=config.base_url,
        copyright=config.copyright,
        has_images=config.has_images,
        sections=tuple(Link(section_title(s.name), f"/sections/{s.slug}/") for s in digest.sections),
        topics=tuple(Link(e.topic.shortname or e.topic.name, e.address) for e in roots[:_NAV_TOPICS]),
        leaves=tuple(Link(leaf.title, leaf.address) for leaf in digest.leaves),
        feed=Feed(title=config.title, address="/", note=words.gettext("Everything, newest first")),
        has_editions=bool(digest.editions.all),
        locale=language.locale_name(config.language),
        nofollow=config.nofollow,
    )


def _articles(desk: Desk) -> Iterator[Page]:
    for article in desk.digest.articles:
        yield Page(
            address=article.address,
            template=f"{article.template}.html",
            make_key=partial(desk.page_key, article),
            view=partial(_article, desk, article),
            location=article.location,
        )


def _article(desk: Desk, brief: Brief) -> View:
    article = desk.whole(brief)
    shown, topics = desk.article(article), desk.digest.topics_of[article.id]
    head = Head(
        title=desk.titles.article(article),
        address=article.address,
        description=desk.titles.describe(article),
        kind="article",
        image=desk.picture(article.image),
        published=dates.iso(article.published),
        modified=dates.iso(article.changed),
        section=shown.section.text if shown.section else "",
        tags=tuple(topic.name for topic in topics),
    )
    crumbs = (shown.section, shown.month) if shown.section else (shown.month,)
    return View(shown, replace(head, json_ld=jsonld.citation(desk.digest.config, article, topics, head, crumbs)))


def _leaves(desk: Desk) -> Iterator[Page]:
    config = desk.digest.config
    for leaf in desk.digest.leaves:
        title = desk.titles.leaf(leaf)
        head = Head(title=title, address=leaf.address, description=leaf.description or f"{title} – {config.title}")
        yield page_of(
            address=leaf.address,
            template=f"{leaf.template}.html",
            head=replace(head, json_ld=jsonld.page(config, "WebPage", head, (), title)),
            context=views.LeafPage(leaf.title, leaf.body),
            location=leaf.location,
        )


def _subscribe(desk: Desk) -> Page:
    gettext = desk.words.gettext
    return page_of(
        address="/subscribe/",
        template="subscribe.html",
        head=desk.described(
            desk.list_head(
                gettext("Subscribe"), "/subscribe/", gettext("Every feed of %(site)s.", site=desk.digest.config.title)
            )
        ),
        context=views.SubscribePage(desk.feeds()),
    )


def _redirects(desk: Desk) -> Iterator[Page]:
    for redirect in desk.digest.redirects:
        if redirect.path.endswith(".json"):
            yield page_of(
                address=redirect.path,
                template="moved",
                context=machine.Moved(redirect.title, absolute(desk.digest.config.base_url, redirect.target)),
                location=redirect.location,
            )
            continue
        yield page_of(
            address=redirect.path,
            template="redirect.html",
            head=Head(title=redirect.title, address=redirect.target, is_indexed=False),
            context=views.RedirectPage(Link(redirect.title, redirect.target)),
            location=redirect.location,
        )
