"""Plan: which pages exist, at which addresses, from which template, with what in them. Renders nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from broadsheet import dates, machine, urls, views
from broadsheet.diagnostics import Diagnostic, Location
from broadsheet.digest import Digest, Month, TopicEntry, newest_first
from broadsheet.feeds import Channel, Item
from broadsheet.model import Article, Image
from broadsheet.text import name_key, shorten
from broadsheet.views import Card, Desk, Feed, Head, Link, Site

HOTTEST = 5
_WINDOWS = (
    (1, "Hottest of the day"),
    (7, "Hottest of the week"),
    (31, "Hottest of the month"),
    (366, "Hottest of the year"),
)
_LEAD_WINDOW_DAYS = 1
_NAV_TOPICS = 6
_RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku-arab", "ps", "sd", "syr", "ug", "ur", "yi"})


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An address, the template (or writer) that makes it, and a context of finished values.

    `head` is None for what is not HTML. `location` is the record behind the page, if there is one.
    """

    address: str
    template: str
    context: msgspec.Struct
    head: Head | None = None
    location: Location | None = None


def describe_site(digest: Digest) -> Site:
    """Return what every page shows of the site."""
    config = digest.config
    roots = [entry for entry in digest.topics if entry.topic.is_defined and not entry.ancestors]
    return Site(
        title=config.title,
        description=config.description,
        language=config.language,
        direction="rtl" if config.language.lower().split("-")[0] in _RTL else "ltr",
        base_url=config.base_url,
        copyright=config.copyright,
        sections=tuple(Link(views.section_title(s.name), f"/sections/{s.slug}/") for s in digest.sections),
        topics=tuple(Link(e.topic.shortname or e.topic.name, e.address) for e in roots[:_NAV_TOPICS]),
        leaves=tuple(Link(leaf.title, leaf.address) for leaf in digest.leaves),
        feed=Feed(title=config.title, address="/", note="Everything"),
    )


def plan(digest: Digest) -> list[Page]:
    """Return every page of the site, in the order of its parts. Two pages may still want one address."""
    return list(_Planner(digest).pages())


def collisions(pages: Iterable[Page]) -> list[Diagnostic]:
    """Find pages that want one address, on any file system: case and Unicode form do not tell them apart."""
    problems = []
    seen: dict[str, Page] = {}
    for page in pages:
        rival = seen.setdefault(name_key(file_path(page.address)), page)
        if rival is not page:
            located = page if page.location or not rival.location else rival
            other = rival if located is page else page
            where = f" of {other.location.path}" if other.location else ""
            problems.append(
                Diagnostic(
                    code="address-collision",
                    message=f"{located.address} is the address{where or ' of a page of the site'} too",
                    location=located.location or Location(located.address),
                    hint="give it another slug or path",
                )
            )
    return problems


def file_path(address: str) -> str:
    """Return the path of an address's file below the output folder."""
    return f"{address}index.html".lstrip("/") if address.endswith("/") else address.lstrip("/")


def split_archive(articles: Sequence[Article], size: int) -> tuple[Sequence[Article], list[Sequence[Article]]]:
    """Split articles (newest first) into the first page and its archive, page 1 being the oldest.

    Archive pages hold exactly `size` articles and are numbered from the oldest, so that none ever
    changes when newer articles come; the first page holds the one to two page sizes that remain.
    """
    archived = max(0, len(articles) // size - 1)
    cut = len(articles) - archived * size
    rest = articles[cut:]
    pages = [rest[len(rest) - (number + 1) * size : len(rest) - number * size] for number in range(archived)]
    return articles[:cut], pages


class _Planner:
    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self.config = digest.config
        self.desk = Desk(digest)
        self.site_feed = Feed(title=self.config.title, address="/", note="Everything, newest first")
        self._items: dict[str, Item] = {}

    def pages(self) -> Iterator[Page]:
        content = [
            *self._front(),
            *self._articles(),
            *self._topics(),
            *self._providers(),
            *self._sections(),
            *self._archive(),
            *self._leaves(),
            self._subscribe(),
        ]
        yield from content
        yield from self._feeds()
        yield from self._redirects()
        yield from self._machine(content)

    def _front(self) -> Iterator[Page]:
        first, archive = split_archive(self.digest.articles, self.config.page_size)
        lead = _lead(first)
        title, hottest = _hottest([article for article in self.digest.articles if article is not lead])
        latest = [article for article in first if article is not lead]
        yield Page(
            address="/",
            template="front.html",
            head=Head(
                title=self.config.title,
                address="/",
                description=self.config.description,
                image=lead.image if lead else None,
                json_ld=views.json_ld(
                    {
                        "@context": "https://schema.org",
                        **self._website(),
                        "description": self.config.description,
                    }
                ),
            ),
            context=views.FrontPage(
                lead=self.desk.card(lead) if lead else None,
                hottest_title=title,
                hottest=self.desk.cards(hottest),
                latest=self.desk.cards(latest),
                older=_older("/", len(archive)),
            ),
        )
        yield from self._archive_pages("/", self.config.title, (), archive, None)

    def _articles(self) -> Iterator[Page]:
        for article in self.digest.articles:
            context = self.desk.article(article)
            description = (
                shorten(article.excerpt, views.DESCRIPTION_LIMIT) or f"{article.title} ({article.provider.name})"
            )
            yield Page(
                address=article.address,
                template=f"{article.template}.html",
                context=context,
                location=article.location,
                head=Head(
                    title=article.title,
                    address=article.address,
                    description=description,
                    kind="article",
                    image=article.image,
                    published=dates.iso(article.published),
                    modified=dates.iso(article.changed),
                    json_ld=self._citation(article, description),
                ),
            )

    def _topics(self) -> Iterator[Page]:
        yield Page(
            address="/topics/",
            template="topics.html",
            context=views.TopicsPage(self._branches()),
            head=self._list_head("Topics", "/topics/", f"Every topic of {self.config.title}."),
        )
        for entry in self.digest.topics:
            yield from self._topic(entry)

    def _topic(self, entry: TopicEntry) -> Iterator[Page]:
        first, archive = split_archive(entry.articles, self.config.page_size)
        feed = self._topic_feed(entry)
        context = self.desk.topic(entry, first, _older(entry.address, len(archive)), feed)
        description = entry.topic.description or f"{entry.topic.name}: the articles of {self.config.title}."
        yield Page(
            address=entry.address,
            template="topic.html",
            context=context,
            head=self._list_head(entry.topic.name, entry.address, description, (feed,), entry.topic.image),
            location=entry.topic.location,
        )
        crumbs = (*context.crumbs, Link(entry.topic.name, entry.address))
        yield from self._archive_pages(entry.address, entry.topic.name, crumbs, archive, feed)

    def _providers(self) -> Iterator[Page]:
        groups: dict[str, list[Link]] = defaultdict(list)
        crumbs = (Link("Providers", "/providers/"),)
        for entry in self.digest.providers:
            name, address = entry.provider.name, f"/providers/{entry.provider.domain}/"
            initial = name_key(name)[:1].upper() or "#"
            groups[initial].append(Link(name, address, _count(len(entry.articles))))
            first, archive = split_archive(entry.articles, self.config.page_size)
            yield Page(
                address=address,
                template="list.html",
                head=self._list_head(name, address, f"What {self.config.title} has chosen from {name}."),
                context=views.ListPage(
                    title=name,
                    crumbs=crumbs,
                    cards=self.desk.cards(first),
                    intro=f"What this digest has chosen from {entry.provider.domain}.",
                    out=Link(f"Visit {entry.provider.domain}", f"https://{entry.provider.domain}/"),
                    older=_older(address, len(archive)),
                ),
            )
            yield from self._archive_pages(address, name, (*crumbs, Link(name, address)), archive, None)
        yield Page(
            address="/providers/",
            template="links.html",
            head=self._list_head("Providers", "/providers/", f"Who {self.config.title} quotes."),
            context=views.LinksPage(
                title="Providers",
                intro="Who published the stories of this digest.",
                crumbs=(),
                groups=tuple((Link(initial, ""), tuple(groups[initial])) for initial in sorted(groups)),
            ),
        )

    def _sections(self) -> Iterator[Page]:
        for section in self.digest.sections:
            address, title = f"/sections/{section.slug}/", views.section_title(section.name)
            first, archive = split_archive(section.articles, self.config.page_size)
            feed = Feed(title=f"{title} – {self.config.title}", address=address, note=f"The section {title}")
            yield Page(
                address=address,
                template="list.html",
                head=self._list_head(title, address, f"{title}: a section of {self.config.title}.", (feed,)),
                context=views.ListPage(
                    title=title,
                    crumbs=(),
                    cards=self.desk.cards(first),
                    older=_older(address, len(archive)),
                    feed=feed,
                ),
            )
            yield from self._archive_pages(address, title, (Link(title, address),), archive, feed)

    def _archive_pages(
        self,
        address: str,
        title: str,
        crumbs: tuple[Link, ...],
        archive: Sequence[Sequence[Article]],
        feed: Feed | None,
    ) -> Iterator[Page]:
        for number, articles in enumerate(archive, 1):
            here = f"{address}page/{number}/"
            newer = f"{address}page/{number + 1}/" if number < len(archive) else address
            yield Page(
                address=here,
                template="list.html",
                head=self._list_head(
                    f"{title}, page {number}", here, f"Page {number} of the archive.", (feed,) if feed else ()
                ),
                context=views.ListPage(
                    title=f"{title}, page {number}",
                    crumbs=crumbs,
                    cards=self.desk.cards(articles),
                    newer=Link("Newer", newer),
                    older=Link("Older", f"{address}page/{number - 1}/") if number > 1 else None,
                    feed=feed,
                ),
            )

    def _archive(self) -> Iterator[Page]:
        years: dict[int, list[Month]] = defaultdict(list)
        for month in self.digest.months:
            years[month.first.year].append(month)
        top = Link("Archive", "/archive/")
        groups = tuple((Link(f"{year:04}", f"/archive/{year:04}/"), self._month_links(years[year])) for year in years)
        yield Page(
            address="/archive/",
            template="links.html",
            head=self._list_head("Archive", "/archive/", f"{self.config.title} by date."),
            context=views.LinksPage(title="Archive", intro="Everything, by date.", crumbs=(), groups=groups),
        )
        for year, link_group in zip(years, groups, strict=True):
            address = f"/archive/{year:04}/"
            yield Page(
                address=address,
                template="links.html",
                head=self._list_head(f"{year}", address, f"{self.config.title} in {year}."),
                context=views.LinksPage(
                    title=f"{year}", intro="", crumbs=(top,), groups=((Link("Months", ""), link_group[1]),)
                ),
            )
        months = self.digest.months
        for index, month in enumerate(months):
            link = self.desk.month_link(month.first)
            older = months[index + 1].first if index + 1 < len(months) else None
            newer = months[index - 1].first if index > 0 else None
            year = month.first.year
            yield Page(
                address=link.address,
                template="month.html",
                head=self._list_head(link.text, link.address, f"{self.config.title} in {link.text}."),
                context=views.MonthPage(
                    title=link.text,
                    crumbs=(top, Link(f"{year}", f"/archive/{year:04}/")),
                    days=self._days(month),
                    newer=self.desk.month_link(newer) if newer else None,
                    older=self.desk.month_link(older) if older else None,
                ),
            )

    def _month_links(self, months: Sequence[Month]) -> tuple[Link, ...]:
        links = ((self.desk.month_link(month.first), len(month.articles)) for month in months)
        return tuple(Link(link.text, link.address, _count(number)) for link, number in links)

    def _days(self, month: Month) -> tuple[views.Day, ...]:
        days: dict[date, list[Card]] = defaultdict(list)
        for article in month.articles:
            days[self.desk.day(article)].append(self.desk.card(article))
        return tuple(views.Day(dates.long_date(day, self.config.language), tuple(cards)) for day, cards in days.items())

    def _leaves(self) -> Iterator[Page]:
        for leaf in self.digest.leaves:
            yield Page(
                address=leaf.address,
                template=f"{leaf.template}.html",
                head=Head(title=leaf.title, address=leaf.address, description=leaf.description),
                context=views.LeafPage(leaf.title, leaf.body),
                location=leaf.location,
            )

    def _subscribe(self) -> Page:
        return Page(
            address="/subscribe/",
            template="subscribe.html",
            head=Head(title="Subscribe", address="/subscribe/", description=f"Every feed of {self.config.title}."),
            context=views.SubscribePage(self._all_feeds()),
        )

    def _topic_feed(self, entry: TopicEntry) -> Feed:
        below = " and the topics below it" if entry.children else ""
        name = entry.topic.name
        return Feed(title=f"{name} – {self.config.title}", address=entry.address, note=f"The topic {name}{below}")

    def _all_feeds(self) -> tuple[Feed, ...]:
        sections = (
            Feed(
                title=f"{views.section_title(s.name)} – {self.config.title}",
                address=f"/sections/{s.slug}/",
                note=f"The section {views.section_title(s.name)}",
            )
            for s in self.digest.sections
        )
        return (self.site_feed, *sections, *(self._topic_feed(entry) for entry in self.digest.topics))

    def _feeds(self) -> Iterator[Page]:
        sources: list[tuple[Feed, str, Sequence[Article]]] = [
            (self.site_feed, self.config.description, self.digest.articles)
        ]
        sources += [
            (
                Feed(
                    title=f"{views.section_title(s.name)} – {self.config.title}",
                    address=f"/sections/{s.slug}/",
                ),
                "",
                s.articles,
            )
            for s in self.digest.sections
        ]
        sources += [(self._topic_feed(entry), entry.topic.description, entry.articles) for entry in self.digest.topics]
        for feed, description, articles in sources:
            items = tuple(self._item(article) for article in articles[: self.config.feed_limit])
            formats = ((feed.rss, "rss"), (feed.atom, "atom"), (feed.json, "json-feed"))
            for address, writer in formats:
                channel = Channel(
                    title=feed.title,
                    description=description,
                    page=self._absolute(feed.address),
                    address=self._absolute(address),
                    language=self.config.language,
                    author=self.config.author,
                    copyright=self.config.copyright,
                    items=items,
                )
                yield Page(address=address, template=writer, context=channel)

    def _item(self, article: Article) -> Item:
        item = self._items.get(article.id)
        if item is None:
            neighbors = self.desk.article(article).related
            item = self._items[article.id] = Item(
                id=article.id,
                title=article.title,
                page=self._absolute(article.address),
                url=article.url,
                source=article.provider.name,
                domain=article.provider.domain,
                published=article.published,
                updated=article.changed,
                excerpt=article.excerpt,
                comment=_absolute_links(article.comment, self.config.base_url),
                image=article.image,
                embed=article.embed,
                topics=tuple(topic.name for topic in self.digest.topics_of[article.id]),
                related=tuple(
                    Link(n.title, self._absolute(n.address) if n.is_ours else n.address, n.source) for n in neighbors
                ),
            )
        return item

    def _redirects(self) -> Iterator[Page]:
        for redirect in self.digest.redirects:
            yield Page(
                address=redirect.path,
                template="redirect.html",
                head=Head(title=redirect.title, address=redirect.target, is_indexed=False),
                context=views.RedirectPage(Link(redirect.title, redirect.target)),
                location=redirect.location,
            )

    def _machine(self, content: Sequence[Page]) -> Iterator[Page]:
        config = self.config
        yield Page(
            address="/404.html",
            template="404.html",
            head=Head(title="Page not found", address="/404.html", is_indexed=False),
            context=views.EmptyPage(),
        )
        changed = {article.address: dates.iso(article.changed) for article in self.digest.articles}
        places = (machine.Place(self._absolute(p.address), changed.get(p.address, "")) for p in content)
        yield Page(address="/sitemap.xml", template="sitemap", context=machine.Sitemap(tuple(places)))
        yield Page(address="/robots.txt", template="robots", context=machine.Robots(self._absolute("/sitemap.xml")))
        base = config.base_url.rstrip("/")
        outline = machine.Outline(title=config.title, base=base, feeds=self._all_feeds())
        yield Page(address="/opml.xml", template="opml", context=outline)
        base_path = urls.base_path(config.base_url)
        yield Page(
            address="/manifest.webmanifest",
            template="manifest",
            context=machine.Manifest(
                name=config.title,
                description=config.description,
                language=config.language,
                direction=describe_site(self.digest).direction,
                start=base_path,
                icon=f"{base_path}icon.svg",
            ),
        )
        yield Page(address="/.nojekyll", template="empty", context=views.EmptyPage())

    def _branches(self) -> tuple[views.Branch, ...]:
        entries = {entry.topic.slug: entry for entry in self.digest.topics}

        def branch(entry: TopicEntry) -> views.Branch:
            topic = entry.topic
            return views.Branch(
                link=Link(topic.name, entry.address, _count(len(entry.articles))),
                description=topic.description,
                children=tuple(branch(entries[child.slug]) for child in entry.children),
            )

        return tuple(branch(entry) for entry in self.digest.topics if not entry.ancestors)

    def _list_head(
        self,
        title: str,
        address: str,
        description: str,
        feeds: tuple[Feed, ...] = (),
        image: Image | None = None,
    ) -> Head:
        ld = {
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": title,
            "description": description,
            "url": self._absolute(address),
            "isPartOf": self._website(),
        }
        return Head(
            title=title,
            address=address,
            description=shorten(description, views.DESCRIPTION_LIMIT),
            feeds=feeds,
            image=image,
            json_ld=views.json_ld(ld),
        )

    def _website(self) -> dict[str, object]:
        return {"@type": "WebSite", "name": self.config.title, "url": self.config.base_url}

    def _citation(self, article: Article, description: str) -> str:
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
        return views.json_ld(
            {
                "@context": "https://schema.org",
                "@type": "WebPage",
                "name": article.title,
                "description": description,
                "url": self._absolute(article.address),
                "inLanguage": self.config.language,
                "isPartOf": self._website(),
                "about": {"@id": article.url},
                "citation": cited,
            }
        )

    def _absolute(self, address: str) -> str:
        return self.config.base_url + urls.href("", address)


def _lead(articles: Sequence[Article]) -> Article | None:
    """Return the best story of the day of the newest one."""
    window = _since(articles, _LEAD_WINDOW_DAYS)
    return min(window, key=_by_merit, default=None)


def _hottest(articles: Sequence[Article]) -> tuple[str, list[Article]]:
    """Return the hottest stories of the shortest window before the newest that holds enough scored ones."""
    for days, title in _WINDOWS:
        scored = [article for article in _since(articles, days) if article.heat is not None]
        if len(scored) >= HOTTEST:
            return title, sorted(scored, key=_by_merit)[:HOTTEST]
    return "", []


def _since(articles: Sequence[Article], days: int) -> list[Article]:
    """Return the articles (newest first) of the days before the newest one."""
    newest = articles[0].published if articles else None
    return [a for a in articles if newest is not None and (newest - a.published).total_seconds() <= days * 86_400]


def _by_merit(article: Article) -> tuple[int, int, float, str]:
    return -(article.heat or 0), -article.quality, *newest_first(article)


def _older(address: str, archived: int) -> Link | None:
    return Link("Older", f"{address}page/{archived}/") if archived else None


def _count(number: int) -> str:
    return "1 article" if number == 1 else f"{number:,} articles"


def _absolute_links(html: str, base_url: str) -> str:
    """Make our own links in HTML made by `render_markdown` absolute: only there does `="/` occur."""
    start = urls.base_path(base_url)
    for attribute in ("href", "src"):
        html = html.replace(f' {attribute}="{start}', f' {attribute}="{base_url}')
    return html
