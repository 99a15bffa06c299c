"""The pages for programs: feeds, sitemap, OPML and what browsers and hosts look for."""

from collections.abc import Iterator, Sequence

from broadsheet import dates, machine, urls, views
from broadsheet.desk import Desk
from broadsheet.feeds import Channel, Item
from broadsheet.model import Article
from broadsheet.pages import Page
from broadsheet.views import Feed, Head, Link, Site


def feeds(desk: Desk) -> Iterator[Page]:
    """Plan every feed, in each of its formats."""
    sources: list[tuple[Feed, str, Sequence[Article]]] = [
        (desk.site_feed, desk.digest.config.description, desk.digest.articles)
    ]
    sources += [(desk.section_feed(section), "", section.articles) for section in desk.digest.sections]
    sources += [(desk.topic_feed(entry), entry.topic.description, entry.articles) for entry in desk.digest.topics]
    made: dict[str, Item] = {}
    for feed, description, articles in sources:
        latest = articles[: desk.digest.config.feed_limit]
        for article in latest:
            if article.id not in made:
                made[article.id] = _item(desk, article)
        items = tuple(made[article.id] for article in latest)
        formats = ((feed.rss, "rss"), (feed.atom, "atom"), (feed.json, "json-feed"))
        for address, writer in formats:
            channel = Channel(
                title=feed.title,
                description=description,
                page=desk.absolute(feed.address),
                address=desk.absolute(address),
                language=desk.digest.config.language,
                author=desk.digest.config.author,
                copyright=desk.digest.config.copyright,
                items=items,
            )
            yield Page(address=address, template=writer, context=channel)


def machine_pages(desk: Desk, site: Site, content: Sequence[Page]) -> Iterator[Page]:
    """Plan what crawlers, feed readers, browsers and GitHub Pages look for."""
    config = desk.digest.config
    yield Page(
        address="/404.html",
        template="404.html",
        head=Head(title="Page not found", address="/404.html", is_indexed=False),
        context=views.EmptyPage(),
    )
    changed = {article.address: dates.iso(article.changed) for article in desk.digest.articles}
    places = (machine.Place(desk.absolute(p.address), changed.get(p.address, "")) for p in content)
    yield Page(address="/sitemap.xml", template="sitemap", context=machine.Sitemap(tuple(places)))
    yield Page(address="/robots.txt", template="robots", context=machine.Robots(desk.absolute("/sitemap.xml")))
    base = config.base_url.rstrip("/")
    outline = machine.Outline(title=config.title, base=base, feeds=desk.feeds())
    yield Page(address="/opml.xml", template="opml", context=outline)
    base_path = urls.base_path(config.base_url)
    yield Page(
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
    yield Page(address="/.nojekyll", template="empty", context=views.EmptyPage())


def _item(desk: Desk, article: Article) -> Item:
    neighbors = desk.article(article).related
    return Item(
        id=article.id,
        title=article.title,
        page=desk.absolute(article.address),
        url=article.url,
        source=article.provider.name,
        domain=article.provider.domain,
        published=article.published,
        updated=article.changed,
        excerpt=article.excerpt,
        comment=_absolute_links(article.comment, desk.digest.config.base_url),
        image=article.image,
        embed=article.embed,
        topics=tuple(topic.name for topic in desk.digest.topics_of[article.id]),
        related=tuple(Link(n.title, desk.absolute(n.address) if n.is_ours else n.address, n.source) for n in neighbors),
    )


def _absolute_links(html: str, base_url: str) -> str:
    """Make our own links in HTML made by `render_markdown` absolute: only there does `="/` occur."""
    start = urls.base_path(base_url)
    for attribute in ("href", "src"):
        html = html.replace(f' {attribute}="{start}', f' {attribute}="{base_url}')
    return html
