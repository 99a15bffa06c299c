"""How much is published when, and about what: counts, and the steps in which charts show them."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from broadsheet.core.model import Brief, Topic
from broadsheet.core.text import name_key

WEEKS = 12
"""How many weeks the activity of a topic is shown for."""
STEPS = 4
"""How many steps of heat there are above nothing."""
_WEEK = 7


class Square(msgspec.Struct, frozen=True):
    """A day's place in the calendar of its month: columns and rows count from 0, weeks start in column 0."""

    day: date
    column: int
    row: int


def heat_step(count: int, most: int) -> int:
    """Return the step of a count, from 0 (nothing) to 4, among counts of which `most` is the greatest.

    Below four, `most` counts as four: where there is little, a single article is no heat.
    """
    return min(STEPS, -(-STEPS * count // max(most, STEPS)))


def by_week(days: Iterable[date], newest: date) -> tuple[int, ...]:
    """Count days by week, the oldest first: the last one ends on the newest day. Days of earlier weeks do not count."""
    weeks = [0] * WEEKS
    for day in days:
        age = max(0, newest.toordinal() - day.toordinal()) // _WEEK
        if age < WEEKS:
            weeks[WEEKS - 1 - age] += 1
    return tuple(weeks)


def bar_heights(counts: Sequence[int], height: int) -> tuple[int, ...]:
    """Return the heights of bars: the greatest count has all of it, if it is at least four. Any but 0 can be seen."""
    scale = max(STEPS, *counts)
    return tuple(max(2, height * count // scale) if count else 0 for count in counts)


def by_topic(articles: Sequence[Brief], topics_of: Mapping[str, Sequence[Topic]]) -> list[tuple[Topic, int]]:
    """Count articles by topic, the most frequent first; then by name."""
    found = {topic.slug: topic for article in articles for topic in topics_of[article.id]}
    counts = Counter(topic.slug for article in articles for topic in topics_of[article.id])
    order = sorted(counts, key=lambda slug: (-counts[slug], name_key(found[slug].name), slug))
    return [(found[slug], counts[slug]) for slug in order]


def permille(part: int, whole: int) -> int:
    """Return a part in thousandths of the whole, rounded half up."""
    return (2000 * part + whole) // (2 * whole)


def month_squares(first: date, week_start: int) -> Iterator[Square]:
    """Yield the days of a month, which `first` begins; `week_start` is 0 where weeks start on Monday."""
    offset = (first.weekday() - week_start) % _WEEK
    for number in range(monthrange(first.year, first.month)[1]):
        row, column = divmod(offset + number, _WEEK)
        yield Square(first.replace(day=number + 1), column, row)
