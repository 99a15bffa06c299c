"""Ranking: which stories come first, and why. Ages are counted back from the newest article, never from a clock."""

from collections.abc import Sequence

import msgspec

from broadsheet.core.model import Brief

HOTTEST = 5
"""How many stories the front page ranks."""
WINDOWS = (1, 7, 31, 366)
"""The days of which the hottest are shown: the first of these that holds enough scored stories."""
_HALF_LIVES_A_WINDOW = 4
_LEAD_WINDOW = 1


def newest_first(article: Brief) -> tuple[float, str]:
    """Sort key: newest first; ties by id, so builds repeat."""
    return -article.published.timestamp(), article.id


class Ranked(msgspec.Struct, frozen=True):
    """A story in the ranking: what its points come from, and its age in whole days before the newest."""

    article: Brief
    points: float
    days: int


class Ranking(msgspec.Struct, frozen=True):
    """The hottest stories of a number of days, in order; `half_life` is the age in days at which points are half."""

    window: int
    half_life: float
    stories: tuple[Ranked, ...]


def merit(article: Brief) -> int:
    """Return what a story is worth while it is new: its quality and, if it was scored, its heat."""
    return article.quality + (article.heat or 0)


def by_merit(article: Brief) -> tuple[int, float, str]:
    """Sort key: the worthiest first; ties newest first, then by id."""
    return -merit(article), *newest_first(article)


def lead(articles: Sequence[Brief]) -> Brief | None:
    """Return the worthiest story of the day up to the newest of articles (newest first)."""
    return min(_since(articles, _LEAD_WINDOW), key=by_merit, default=None)


def hottest(articles: Sequence[Brief]) -> Ranking | None:
    """Rank the hottest of articles (newest first); None where too few are scored for any window.

    Points are a story's merit, half of it at the age of a half-life, a third at two: the hyperbola and not the
    exponential, since division gives the same bits on every machine.
    """
    for window in WINDOWS:
        scored = [article for article in _since(articles, window) if article.heat is not None]
        if len(scored) < HOTTEST:
            continue
        half_life = window / _HALF_LIVES_A_WINDOW
        newest = articles[0].published
        ranked = []
        for article in scored:
            days = (newest - article.published).total_seconds() / 86_400
            ranked.append(Ranked(article, merit(article) * half_life / (half_life + days), int(days)))
        ranked.sort(key=lambda found: (-found.points, newest_first(found.article)))
        return Ranking(window, half_life, tuple(ranked[:HOTTEST]))
    return None


def _since(articles: Sequence[Brief], days: int) -> list[Brief]:
    """Return the articles (newest first) of the days before the newest one."""
    newest = articles[0].published if articles else None
    return [a for a in articles if newest is not None and (newest - a.published).total_seconds() <= days * 86_400]
