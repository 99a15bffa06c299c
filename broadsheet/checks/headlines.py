"""Headlines: which of them say nearly the same.

Two headlines are as near as their sets of words: what they have in common, of what they have in all (Jaccard).
A headline is compared with those only that share one of its rarest words: of two sets of n words whose nearness
is at least t, the rarest n - ceil(t n) + 1 words of one hold a rarest one of the other (Chaudhuri, Ganti and
Kaushik, "A primitive operator for similarity joins in data cleaning", 2006). What lies further back in time than
the window is forgotten on the way, so the work grows with the number of headlines, and not with its square.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

import msgspec

from broadsheet.core.text import words

NEAREST = Fraction(4, 5)
"""From which nearness on two headlines are nearly the same."""
WINDOW = timedelta(days=5)
"""How far apart two articles may be for that to mean anything."""
_FEW = 4
_LEAST = 3
"""Headlines of fewer words are the same only if their words are; of fewer than the least, they say too little."""
_MOST_COMPARED = 100


class Headline(msgspec.Struct, frozen=True):
    """A headline and when its article was published; `source` is the provider's name, which may end it."""

    title: str
    source: str
    published: datetime


class _Folded(msgspec.Struct, frozen=True):
    number: int
    published: datetime
    words: frozenset[str]


def near_pairs(headlines: Sequence[Headline]) -> Iterator[tuple[int, int]]:
    """Yield pairs of headlines that say nearly the same, by their numbers: the later one, and the nearest before it.

    Those whose numbers differ are never the same: "Release 1.2" and "Release 1.3", or two years.
    """
    order = sorted(range(len(headlines)), key=lambda number: (headlines[number].published, number))
    folded = [_Folded(number, headlines[number].published, _fold(headlines[number])) for number in order]
    frequency = Counter(word for headline in folded for word in headline.words)
    holders: dict[tuple[str, frozenset[str]], deque[_Folded]] = defaultdict(deque)
    for later in folded:
        if len(later.words) < _LEAST:
            continue
        numbers = frozenset(word for word in later.words if any(sign.isdigit() for sign in word))
        rarest = sorted(later.words, key=lambda word: (frequency[word], word))[: _prefix(len(later.words))]
        postings = [holders[word, numbers] for word in rarest]
        if nearest := _nearest(later, postings):
            yield later.number, nearest.number
        for posting in postings:
            posting.append(later)


def _nearest(later: _Folded, postings: Sequence[deque[_Folded]]) -> _Folded | None:
    best: _Folded | None = None
    nearness = Fraction(0)
    compared: set[int] = set()
    for posting in postings:
        while posting and later.published - posting[0].published > WINDOW:
            posting.popleft()
        for earlier in reversed(posting):
            if earlier.number in compared:
                continue
            compared.add(earlier.number)
            found = _nearness(later.words, earlier.words)
            if found > nearness:
                best, nearness = earlier, found
            if nearness == 1 or len(compared) > _MOST_COMPARED:
                return best if nearness else None
    return best


def _nearness(one: frozenset[str], other: frozenset[str]) -> Fraction:
    """Return how near two sets of words are; 0 where they are not near."""
    common = len(one & other)
    near = Fraction(common, len(one) + len(other) - common)
    least = NEAREST if min(len(one), len(other)) >= _FEW else 1
    return near if near >= least else Fraction(0)


def _prefix(size: int) -> int:
    return size - ceil(NEAREST * size) + 1


def _fold(headline: Headline) -> frozenset[str]:
    """Return the words of a headline, without the name of its source at its end."""
    found = [word.casefold() for word in words(headline.title)]
    source = [word.casefold() for word in words(headline.source)]
    if source and len(found) > len(source) and found[-len(source) :] == source:
        del found[-len(source) :]
    return frozenset(found)
