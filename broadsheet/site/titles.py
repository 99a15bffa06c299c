"""Titles and descriptions for search engines and shared links: no two pages have the same."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from broadsheet.core.model import Article, Brief, Leaf
from broadsheet.core.text import shorten

DESCRIPTION_LIMIT = 200
# A day of any time zone is no longer, not even where clocks are put back.
_DAY = timedelta(hours=26)


class Titles:
    """What tells the articles and the site's own pages apart, where their headlines or excerpts may not."""

    def __init__(self, articles: Sequence[Brief], leaves: Iterable[Leaf], day: Callable[[Brief], str]) -> None:
        """`articles` are newest first; `day` says when one was published, as readers see it."""
        self._day = day
        headlines = Counter(article.title for article in articles)
        titles = headlines + Counter(leaf.title for leaf in leaves)
        self._shared = {title for title, number in titles.items() if number > 1}
        self._longer = self._lengthen(article for article in articles if headlines[article.title] > 1)
        self._close = _close(articles)

    def key(self, article: Brief) -> bytes:
        """Return what an article's title and description depend on besides its own record."""
        title = self._longer.get(article.id)
        if title is None and article.id not in self._close:
            return b""
        return f"{title or ''}\n{article.id in self._close}".encode()

    def article(self, article: Brief) -> str:
        """Return an article's title: its headline, with provider and day where that is not its alone."""
        return self._longer.get(article.id, article.title)

    def leaf(self, leaf: Leaf) -> str:
        """Return the title of a page of the site's own, with its address where another page has the same."""
        return f"{leaf.title} ({leaf.address})" if leaf.title in self._shared else leaf.title

    def describe(self, article: Article) -> str:
        """Describe an article: its excerpt, and what tells it from others that have the same."""
        title = self.article(article)
        excerpt = shorten(article.excerpt, DESCRIPTION_LIMIT)
        if excerpt and article.id in self._close:
            return f"{excerpt} ({title})"
        told = f"{article.provider.name}, {self._day(article)}"
        return f"{excerpt or title} ({told})"

    def _lengthen(self, articles: Iterable[Brief]) -> dict[str, str]:
        groups: dict[str, list[Brief]] = defaultdict(list)
        for article in articles:
            groups[article.title].append(article)
        found: dict[str, str] = {}
        for group in groups.values():
            times: Counter[str] = Counter()
            for article in reversed(group):
                title = f"{article.title} ({article.provider.name}, {self._day(article)})"
                times[title] += 1
                found[article.id] = title if times[title] == 1 else f"{title} {times[title]}"
        return found


def _close(articles: Sequence[Brief]) -> frozenset[str]:
    """Return the ids of articles whose provider may have another one on their day: it may have their excerpt."""
    last: dict[str, Brief] = {}
    found: set[str] = set()
    for article in articles:
        name = article.provider.name
        newer = last.get(name)
        if newer is not None and newer.published - article.published < _DAY:
            found.add(newer.id)
            found.add(article.id)
        last[name] = article
    return frozenset(found)
