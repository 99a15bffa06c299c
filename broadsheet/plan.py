"""Plan: which pages exist, at which addresses, from which template, with what in them. Renders nothing."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from broadsheet import dates, language, listings, machine, syndication, urls, views
from broadsheet.desk import DESCRIPTION_LIMIT, Desk, json_ld, section_title
from broadsheet.digest import Digest
from broadsheet.language import Words
from broadsheet.marks import mark
from broadsheet.model import Article, Brief
from broadsheet.pages import Page, View, page_of
from broadsheet.search import Volume, search_page
from broadsheet.text import shorten
from broadsheet.views import Feed, Head, Link, Site

_NAV_TOPICS = 6


def plan(
    digest: Digest, site: Site, whole: Callable[[Brief], Article], words: Words, volumes: Sequence[Volume] = ()
) -> list[Page]:
    """Return every page of the site, in the order of its parts. Two pages may still want one address.

    `whole` gives an article that the digest holds in brief; `words` are the theme's, and `volumes` the search index's.
    """
    desk = Desk(digest, whole, words)
    content = [
        *listings.front(desk),
        *_articles(desk),
        *listings.topics(desk),
        *listings.providers(desk),
        *listings.sections(desk),
        *listings.archive(desk),
        *_leaves(desk),
        _subscribe(desk),
        search_page(desk, volumes),
    ]
    return [*content, *syndication.feeds(desk), *_redirects(desk), *_machine_pages(desk, site, content)]


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
    )


def _articles(desk: Desk) -> Iterator[Page]:
    for article in desk.digest.articles:
        yield Page(
            address=article.address,
            template=f"{article.template}.html",
            key=desk.page_key(article),
            view=partial(_article, desk, article),
            location=article.location,
        )


def _article(desk: Desk, brief: Brief) -> View:
    article = desk.whole(brief)
    description = shorten(article.excerpt, DESCRIPTION_LIMIT) or f"{article.title} ({article.provider.name})"
    head = Head(
        title=article.title,
        address=article.address,
        description=description,
        kind="article",
        image=desk.picture(article.image),
        published=dates.iso(article.published),
        modified=dates.iso(article.changed),
        json_ld=_citation(desk, article, description),
    )
    return View(desk.article(article), head)


def _leaves(desk: Desk) -> Iterator[Page]:
    for leaf in desk.digest.leaves:
        yield page_of(
            address=leaf.address,
            template=f"{leaf.template}.html",
            head=Head(title=leaf.title, address=leaf.address, description=leaf.description),
            context=views.LeafPage(leaf.title, leaf.body),
            location=leaf.location,
        )


def _subscribe(desk: Desk) -> Page:
    gettext = desk.words.gettext
    return page_of(
        address="/subscribe/",
        template="subscribe.html",
        head=Head(
            title=gettext("Subscribe"),
            address="/subscribe/",
            description=gettext("Every feed of %(site)s.", site=desk.digest.config.title),
        ),
        context=views.SubscribePage(desk.feeds()),
    )


def _redirects(desk: Desk) -> Iterator[Page]:
    for redirect in desk.digest.redirects:
        yield page_of(
            address=redirect.path,
            template="redirect.html",
            head=Head(title=redirect.title, address=redirect.target, is_indexed=False),
            context=views.RedirectPage(Link(redirect.title, redirect.target)),
            location=redirect.location,
        )


def _citation(desk: Desk, article: Article, description: str) -> str:
    """Describe our page for what it is: a page that is about, and cites, somebody else's article."""
    provider = article.provider
    cited = {
        "@type": "CreativeWork",
        "@id": article.url,
        "url": article.url,
        "headline": article.title,
        "datePublished": dates.iso(article.published),
        "publisher": {
            "@type": "Organization",
            "name": provider.name,
            "url": f"https://{provider.domain}/",
        },
    }
    return json_ld(
        {
            "@context": "https://schema.org",
            "@type": "WebPage",
            "name": article.title,
            "description": description,
            "url": desk.absolute(article.address),
            "inLanguage": desk.digest.config.language,
            "isPartOf": desk.website(),
            "about": {"@id": article.url},
            "citation": cited,
        }
    )


def _sitemap(desk: Desk, addresses: Sequence[str]) -> View:
    changed = {article.address: dates.iso(article.changed) for article in desk.digest.articles}
    places = (machine.Place(desk.absolute(address), changed.get(address, "")) for address in addresses)
    return View(machine.Sitemap(tuple(places)))


def _machine_pages(desk: Desk, site: Site, content: Sequence[Page]) -> Iterator[Page]:
    """Plan what crawlers, feed readers, browsers and GitHub Pages look for."""
    config = desk.digest.config
    yield page_of(
        address="/404.html",
        template="404.html",
        head=Head(title=desk.words.gettext("Page not found"), address="/404.html", is_indexed=False),
        context=views.EmptyPage(),
    )
    addresses = [page.address for page in content]
    changes = [article.changed for article in desk.digest.articles]
    yield Page(
        address="/sitemap.xml",
        template="sitemap",
        key=mark((addresses, changes)),
        view=partial(_sitemap, desk, addresses),
    )
    yield page_of(address="/robots.txt", template="robots", context=machine.Robots(desk.absolute("/sitemap.xml")))
    base = config.base_url.rstrip("/")
    outline = machine.Outline(title=config.title, base=base, feeds=desk.feeds())
    yield page_of(address="/opml.xml", template="opml", context=outline)
    base_path = urls.base_path(config.base_url)
    yield page_of(
        address="/manifest.webmanifest",
        template="manifest",
        context=machine.Manifest(
            name=config.title,
            description=config.description,
            language=config.language,
            direction=site.direction,
            start=base_path,
            icon=f"{base_path}icon.svg",
        ),
    )
    yield page_of(address="/.nojekyll", template="empty", context=views.EmptyPage())
