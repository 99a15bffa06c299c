"""Plan what crawlers, feed readers, browsers and language models look for."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from broadsheet.core import dates, urls
from broadsheet.core.text import shorten
from broadsheet.editing.marks import mark
from broadsheet.site import machine, sitemaps, views
from broadsheet.site.desk import Desk
from broadsheet.site.pages import Page, View, page_of
from broadsheet.site.sitemaps import BYTES_LIMIT, PLACES_LIMIT, NewsItem, Place
from broadsheet.site.views import Head, Link, Site

NEWS_DAYS = 2
NEWS_LIMIT = 1_000
_NOTE_LIMIT = 200
_CLOUDFLARE_LIMIT = 2_000
"""How many redirects Cloudflare reads; what is beyond is redirected by its page, as on any host."""


def machine_pages(desk: Desk, site: Site, articles: Sequence[Page], others: Sequence[Page]) -> Iterator[Page]:
    """Plan them for a site whose pages are given: those of articles, in their order, and others to be indexed."""
    config = desk.digest.config
    yield page_of(
        address="/404.html",
        template="404.html",
        head=Head(title=desk.words.gettext("Page not found"), address="/404.html", is_indexed=False),
        context=views.EmptyPage(),
    )
    yield from sitemap_pages(desk, articles, others)
    named = [desk.absolute("/sitemap.xml")]
    if desk.digest.articles:
        yield _news(desk)
        named.append(desk.absolute("/sitemap-news.xml"))
    yield page_of(address="/robots.txt", template="robots", context=machine.Robots(tuple(named)))
    base = config.base_url.rstrip("/")
    outline = machine.Outline(title=config.title, base=base, feeds=desk.feeds())
    yield page_of(address="/opml.xml", template="opml", context=outline)
    yield page_of(
        address="/manifest.webmanifest",
        template="manifest",
        context=machine.Manifest(
            name=config.title,
            description=config.description,
            language=config.language,
            direction=site.direction,
            start=urls.base_path(config.base_url),
        ),
    )
    yield page_of(address="/llms.txt", template="llms", context=_guide(desk))
    yield page_of(address="/.nojekyll", template="empty", context=views.EmptyPage())


def host_pages(desk: Desk, *, has_search: bool, has_mails: bool) -> Iterator[Page]:
    """Plan what the site's host reads, if it is one that reads anything: headers and redirects."""
    config = desk.digest.config
    if not config.host:
        return
    headers = views.HeadersPage(has_search=has_search, has_mails=has_mails, has_videos=bool(config.embeds))
    yield page_of(address="/_headers", template="headers.txt", context=headers)
    moved = tuple(Link(urls.href("/", redirect.path), redirect.target) for redirect in desk.digest.redirects)
    # Netlify prefers a file to a redirect unless it is forced, and there is one: the page for every other host.
    redirects = (
        views.RedirectsPage(moved[:_CLOUDFLARE_LIMIT], "301")
        if config.host == "cloudflare"
        else views.RedirectsPage(moved, "301!")
    )
    yield page_of(address="/_redirects", template="redirects.txt", context=redirects)


def sitemap_pages(
    desk: Desk,
    articles: Sequence[Page],
    others: Sequence[Page],
    *,
    places_limit: int = PLACES_LIMIT,
    bytes_limit: int = BYTES_LIMIT,
) -> Iterator[Page]:
    """Plan the sitemap, or the index of several where one would hold too much.

    Articles are in parts of their own, the oldest first, so that a new one changes the last part only.
    """
    changes = [article.changed for article in reversed(desk.digest.articles)]
    stories = list(zip([page.address for page in reversed(articles)], changes, strict=True))
    lists = [(page.address, page.newest) for page in others]
    whole = [*lists, *stories]
    cut = partial(sitemaps.cut, desk.digest.config.base_url, places_limit=places_limit, bytes_limit=bytes_limit)
    if len(list(cut([address for address, _ in whole]))) <= 1:
        yield _sitemap(desk, "/sitemap.xml", whole)
        return
    index: list[Place] = []
    for name, entries in (("sitemap", stories), ("sitemap-lists", lists)):
        for number, part in enumerate(cut([address for address, _ in entries]), 1):
            address = f"/{name}-{number}.xml"
            changed = max((moment for _, moment in entries[part] if moment), default=None)
            index.append(_place(desk, address, changed))
            yield _sitemap(desk, address, entries[part])
    yield page_of(address="/sitemap.xml", template="sitemap-index", context=sitemaps.SitemapIndex(tuple(index)))


_Entries = Sequence[tuple[str, datetime | None]]


def _sitemap(desk: Desk, address: str, entries: _Entries) -> Page:
    def view() -> View:
        return View(sitemaps.Sitemap(tuple(_place(desk, place, changed) for place, changed in entries)))

    return Page(address=address, template="sitemap", make_key=lambda: mark(entries), view=view)


def _place(desk: Desk, address: str, changed: datetime | None) -> Place:
    return Place(desk.absolute(address), dates.iso(changed) if changed else "")


def _news(desk: Desk) -> Page:
    """Plan the sitemap of news: of the days before the newest article, since nothing depends on the clock."""
    config, articles = desk.digest.config, desk.digest.articles
    since = articles[0].published - timedelta(days=NEWS_DAYS)
    recent = [article for article in articles[:NEWS_LIMIT] if article.published >= since]
    items = tuple(
        NewsItem(url=desk.absolute(article.address), title=article.title, published=dates.iso(article.published))
        for article in recent
    )
    language = sitemaps.news_language(config.language)
    context = sitemaps.NewsSitemap(name=config.title, language=language, items=items)
    return page_of(address="/sitemap-news.xml", template="sitemap-news", context=context)


def _guide(desk: Desk) -> machine.Guide:
    """Say what the site is and where its parts are, for llms.txt."""
    digest, gettext = desk.digest, desk.words.gettext
    topics = [
        Link(entry.topic.name, entry.address, _note(desk, entry.topic.description, len(entry.articles)))
        for entry in digest.topics
    ]
    years: dict[int, int] = {}
    for month in digest.months:
        years[month.first.year] = years.get(month.first.year, 0) + len(month.articles)
    by_date = [Link(f"{year:04}", f"/archive/{year:04}/", desk.count(number)) for year, number in years.items()]
    feed = desk.site_feed
    every = gettext("Every feed of %(site)s.", site=digest.config.title)
    sections = (
        (gettext("Topics"), topics),
        (gettext("Archive"), [Link(gettext("Everything, by date."), "/archive/"), *by_date]),
        (
            gettext("Feeds"),
            [
                Link("RSS", feed.rss, feed.note),
                Link("Atom", feed.atom, feed.note),
                Link("JSON Feed", feed.json, feed.note),
                Link(gettext("Subscribe"), "/subscribe/", every),
            ],
        ),
        (gettext("Pages"), [Link(leaf.title, leaf.address, leaf.description) for leaf in digest.leaves]),
    )
    return machine.Guide(
        title=digest.config.title,
        description=digest.config.description,
        sections=tuple(
            (heading, tuple(Link(link.text, desk.absolute(link.address), link.note) for link in links))
            for heading, links in sections
        ),
    )


def _note(desk: Desk, description: str, number: int) -> str:
    count = desk.count(number)
    return f"{shorten(description, _NOTE_LIMIT)} ({count})" if description else count
