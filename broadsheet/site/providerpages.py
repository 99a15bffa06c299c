"""The pages of providers: who is quoted how often, and about what."""

from collections.abc import Iterator, Sequence

from broadsheet.core.text import name_key
from broadsheet.editing import activity
from broadsheet.editing.digest import ProviderEntry
from broadsheet.editing.marks import hashed, mark
from broadsheet.site import views
from broadsheet.site.desk import Desk, provider_address
from broadsheet.site.listings import archive_pages, older_link
from broadsheet.site.pages import Page, View, newest_of, split_archive
from broadsheet.site.views import Link

ROWS = 200
"""How many providers are shown in full, those that are quoted most; the others are links."""
_TOPICS = 3


def providers(desk: Desk) -> Iterator[Page]:
    """Plan pages for everyone who is quoted, and what."""
    gettext, site = desk.words.gettext, desk.digest.config.title
    head = desk.described(
        desk.list_head(gettext("Providers"), "/providers/", gettext("Who %(site)s quotes.", site=site))
    )
    ranks: dict[str, int] = {}
    for rank, article in enumerate(desk.digest.articles):
        ranks.setdefault(article.provider.domain, rank)
    for entry in desk.digest.providers:
        until = len(desk.digest.articles) - ranks[entry.provider.domain]
        yield from _provider(desk, entry, activity.permille(len(entry.articles), until))
    yield Page(
        address="/providers/",
        template="providers.html",
        make_key=lambda: mark(head) + hashed(b"".join([_row_key(desk, entry) for entry in desk.digest.providers])),
        view=lambda: View(_overview(desk), head),
        newest=newest_of(desk.digest.articles),
    )


def _row_key(desk: Desk, entry: ProviderEntry) -> bytes:
    """Return what a provider's row among the others is made of."""
    first, latest = entry.articles[-1].published, entry.articles[0].published
    told = (entry.provider.name, entry.provider.domain, len(entry.articles), first, latest)
    return mark(told) + desk.topics_key(entry.articles)


def _provider(desk: Desk, entry: ProviderEntry, permille: int) -> Iterator[Page]:
    """Plan a provider's pages; its share is that of what was published until its latest article."""
    provider, gettext = entry.provider, desk.words.gettext
    address = provider_address(provider)
    first, archive = split_archive(entry.articles, desk.digest.config.page_size)
    crumbs = (Link(gettext("Providers"), "/providers/"),)
    # One name may be that of several.
    known = provider.name if provider.name == provider.domain else f"{provider.name} ({provider.domain})"
    head = desk.list_head(
        f"{known} – {crumbs[0].text}",
        address,
        gettext("What %(site)s has chosen from %(provider)s.", site=desk.digest.config.title, provider=known),
    )
    oldest = entry.articles[-1].published

    def view() -> View:
        return View(
            views.ProviderPage(
                title=provider.name,
                crumbs=crumbs,
                domain=provider.domain,
                image=desk.picture(provider.image),
                count=len(entry.articles),
                share=desk.share(permille),
                first=desk.when(entry.articles[-1]),
                latest=desk.when(entry.articles[0]),
                topics=_topics(desk, entry),
                cards=desk.cards(first),
                older=older_link(desk, address, len(archive)),
            ),
            desk.described(head, crumbs, provider.name),
        )

    yield Page(
        address=address,
        template="provider.html",
        make_key=lambda: (
            mark((head, provider, crumbs, len(entry.articles), len(archive), permille, oldest))
            + desk.topics_key(entry.articles)
            + desk.cards_key(first)
        ),
        view=view,
        newest=newest_of(first),
    )
    yield from archive_pages(desk, head, provider.name, (*crumbs, Link(provider.name, address)), archive)


def _overview(desk: Desk) -> views.ProvidersPage:
    """Return everyone who is quoted, the most quoted first; then by name."""
    entries = sorted(desk.digest.providers, key=lambda entry: -len(entry.articles))
    total = len(desk.digest.articles)
    most = len(entries[0].articles) if entries else 0

    def row(entry: ProviderEntry) -> views.ProviderRow:
        count = len(entry.articles)
        return views.ProviderRow(
            link=Link(entry.provider.name, provider_address(entry.provider), desk.count(count)),
            share=desk.share(activity.permille(count, total)),
            bar=max(1, 100 * count // most),
            topics=_topics(desk, entry)[:_TOPICS],
            first=desk.when(entry.articles[-1]),
            latest=desk.when(entry.articles[0]),
        )

    return views.ProvidersPage(
        count=len(entries), rows=tuple(row(entry) for entry in entries[:ROWS]), others=_others(desk, entries[ROWS:])
    )


def _topics(desk: Desk, entry: ProviderEntry) -> tuple[Link, ...]:
    """Return the topics of a provider's articles, the most frequent first, with their numbers."""
    counts = activity.by_topic(entry.articles, desk.digest.topics_of)
    return tuple(desk.topic_link(topic, desk.words.number(count)) for topic, count in counts)


def _others(desk: Desk, entries: Sequence[ProviderEntry]) -> tuple[tuple[str, tuple[Link, ...]], ...]:
    """Return links to providers under the first letters of their names, which need not be letters."""
    groups: dict[str, list[Link]] = {}
    for entry in sorted(entries, key=lambda entry: (name_key(entry.provider.name), entry.provider.domain)):
        name = entry.provider.name
        initial = name_key(name)[:1].upper()
        number = desk.words.number(len(entry.articles))
        groups.setdefault(initial if initial.isalpha() else "#", []).append(
            Link(name, provider_address(entry.provider), number)
        )
    return tuple((initial, tuple(groups[initial])) for initial in sorted(groups))
