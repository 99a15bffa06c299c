"""Which articles have to do with each other, and why; docs/related-articles.md explains it.

Every pair is judged with what was known when the later of the two appeared. So a newer article never
changes what an older pair is worth: it only adds pairs of its own. What one article is related to can be
told from a window of its neighbors alone, and so is judged only when somebody asks.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from math import log2
from typing import Literal

import msgspec

from broadsheet.core.model import Brief, Topic
from broadsheet.core.text import name_key

Closeness = Literal["day", "week", "month", ""]

BACKGROUND = 8
"""How many articles without a topic or word are assumed besides those seen: small digests judge soundly."""
WORD_CAP = 5.0
"""The most bits a single word of a headline is worth: one odd word in common is no relation."""
WINDOW = 12
"""How many earlier articles are looked at for each topic and each word."""
THRESHOLD = 2.0
"""The bits, after the discount for time, below which two articles have nothing to do with each other."""
TELLING = 1.0
"""The bits from which a shared topic is a reason: one that half of all articles have explains nothing."""
WORDS_FLOOR = 6.0
"""The bits that shared words need where no shared topic is a reason: more than any word alone is worth."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[^\W_][\w+#'\u2019-]*[\w+#]|[^\W_]")
_SHORT = 3
_DAY = 86_400.0
_CLOSENESS: tuple[tuple[float, Closeness, float], ...] = (
    (1 * _DAY, "day", 1.0),
    (7 * _DAY, "week", 0.95),
    (31 * _DAY, "month", 0.85),
    (366 * _DAY, "", 0.7),
    (5 * 366 * _DAY, "", 0.55),
)
_FAR = 0.4
_LIMITS = tuple(limit for limit, _, _ in _CLOSENESS)
_NAMES: tuple[Closeness, ...] = (*(name for _, name, _ in _CLOSENESS), "")
_FACTORS = (*(factor for _, _, factor in _CLOSENESS), _FAR)
_NO_CAP = 64.0
_HASH = 12
_STOP_WORDS = frozenset(
    """
    about after again all also and announcing any are availability available back because been
    before being best between but can could did does feature features for from full general
    generally get gets had has have here how into introducing its just latest learn let like made
    make makes may more most much need new news not now off one only other our out over own part
    preview release released releases say says see should some such than that the their them then
    there these they this those through time two under update updates upon use used using very via
    want was ways well were what when where which while who why will with without would year years
    you your
    """.split()
)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One article's relation to another: the other's id, how strong it is in bits, and the reason."""

    other: str
    score: float
    topic: str = ""
    words: tuple[str, ...] = ()
    closeness: Closeness = ""


def headline_words(title: str) -> tuple[str, ...]:
    """Return the words of a headline that can tell what it is about, folded, in order, each once."""
    words = (word.removesuffix("'s").removesuffix("\u2019s") for word in _WORD.findall(name_key(title)))
    return tuple(dict.fromkeys(word for word in words if _is_telling(word)))


def _is_telling(word: str) -> bool:
    """Whether a word can tell what a headline is about: no filler, no year, no scrap of a word."""
    return word not in _STOP_WORDS and not _YEAR.fullmatch(word) and (len(word) >= _SHORT or not word.isalpha())


class _Feature:
    """A topic or a word, and which articles have it, oldest first."""

    __slots__ = ("_bits", "_most", "articles", "name")

    def __init__(self, name: str, most: float) -> None:
        """`most` is the most bits that it can be worth."""
        self.name = name
        self.articles: list[int] = []
        self._most = most
        self._bits: list[float] | None = None

    @property
    def bits(self) -> list[float]:
        """What each of the articles found it worth, in bits."""
        if self._bits is None:
            most = self._most
            pairs = enumerate(self.articles, 1)
            self._bits = [min(most, log2((index + 1 + BACKGROUND) / number)) for number, index in pairs]
        return self._bits

    def shared(self, one: int, other: int) -> float | None:
        """Return the bits of a pair of articles; None if the other has it not, or is not in the window of the one."""
        place = bisect_left(self.articles, one)
        start, end = max(0, place - WINDOW), min(place + 1 + WINDOW, len(self.articles))
        there = bisect_left(self.articles, other, start, end)
        if there == end or self.articles[there] != other:
            return None
        return self.bits[max(there, place)]

    def around(self, article: int) -> Iterable[tuple[int, float]]:
        """Return the articles of the window around one, and the bits of each pair: those of its later one."""
        place = bisect_left(self.articles, article)
        start, end = max(0, place - WINDOW), place + 1 + WINDOW
        bits = [self.bits[place]] * (place - start) + self.bits[place + 1 : end]
        return zip(self.articles[start:place] + self.articles[place + 1 : end], bits, strict=True)

    def blocks(self, marks: Sequence[bytes]) -> Iterator[tuple[bytes, list[int]]]:
        """Yield the articles in blocks of a window's length, each with what stands for it and those beside it.

        That is everything in the windows around its articles, and somewhat beyond.
        """
        parts = [self.articles[start : start + WINDOW] for start in range(0, len(self.articles), WINDOW)]
        ends = b"\0" * _HASH
        hashes = [
            ends,
            *(_hash(array("L", part).tobytes() + b"".join([marks[i] for i in part])) for part in parts),
            ends,
        ]
        for number, part in enumerate(parts):
            yield b"%d;%b" % (number, b"".join(hashes[number : number + 3])), part


class Relations:
    """What the articles of a digest have to do with each other.

    `articles` come newest first, `topics` maps their ids to their topics, and `words` tells the words of
    their headlines. Making one costs a few steps for each article; judging one article's relations, a
    window for each of its topics and words.
    """

    def __init__(
        self,
        articles: Sequence[Brief],
        topics: Mapping[str, Sequence[Topic]],
        words: Callable[[Brief], Sequence[str]],
    ) -> None:
        self._ordered = articles[::-1]
        self._index = {article.id: index for index, article in enumerate(self._ordered)}
        self._times = [article.published.timestamp() for article in self._ordered]
        by_topic: dict[str, _Feature] = {}
        by_word: dict[str, _Feature] = {}
        self._topics: list[list[_Feature]] = []
        self._words: list[list[_Feature]] = []
        for index, article in enumerate(self._ordered):
            has: list[_Feature] = []
            for topic in topics[article.id]:
                feature = by_topic.get(topic.slug)
                if feature is None:
                    feature = by_topic[topic.slug] = _Feature(topic.name, _NO_CAP)
                feature.articles.append(index)
                has.append(feature)
            self._topics.append(has)
            has = []
            for word in words(article):
                feature = by_word.get(word)
                if feature is None:
                    feature = by_word[word] = _Feature(word, WORD_CAP)
                feature.articles.append(index)
                has.append(feature)
            self._words.append(has)
        self._features = (*by_topic.values(), *by_word.values())

    def ranked(self, article: str) -> list[tuple[float, Brief]]:
        """Return an article's relatives with their scores, strongest first; ties by time, then id."""
        here = self._index[article]
        topics, telling = self._shared_topics(here)
        words = self._shared_words(here)
        found = []
        for other, bits in topics.items():
            weight = words.pop(other, 0.0)
            if telling[other] >= TELLING or weight >= WORDS_FLOOR:
                found.append((bits + weight / 2, other))
        found += [(weight / 2, other) for other, weight in words.items() if weight >= WORDS_FLOOR]
        now, times = self._times[here], self._times
        scored = [
            (-round(bits * _FACTORS[bisect_left(_LIMITS, abs(now - times[other]))], 6), -other)
            for bits, other in found
            if bits >= THRESHOLD
        ]
        scored.sort()
        ordered = self._ordered
        return [(-score, ordered[-other]) for score, other in scored if -score >= THRESHOLD]

    def explain(self, article: str, other: str, score: float) -> Match:
        """Return one relation with its reason."""
        here, there = self._index[article], self._index[other]
        near, _ = nearness(abs(self._times[here] - self._times[there]))
        bits, topic = max(_shared(self._topics[here], here, there), default=(0.0, ""))
        if bits >= TELLING:
            return Match(other=other, score=score, topic=topic, closeness=near)
        words = sorted((-bits, word) for bits, word in _shared(self._words[here], here, there))
        return Match(other=other, score=score, words=tuple(word for _, word in words[:2]), closeness=near)

    def surroundings(self, marks: Sequence[bytes]) -> dict[str, bytes]:
        """Return what each article's matches are judged by, by its id: where that is equal, so are they.

        `marks` stand for the articles, oldest first, each for everything that is looked at of one.
        """
        found: list[list[bytes]] = [[] for _ in self._ordered]
        for feature in self._features:
            if len(feature.articles) > 1:
                for around, part in feature.blocks(marks):
                    for index in part:
                        found[index].append(around)
        return {article.id: _hash(b" ".join(parts)) for article, parts in zip(self._ordered, found, strict=True)}

    def _shared_topics(self, here: int) -> tuple[dict[int, float], dict[int, float]]:
        """Return the bits that the topics shared with each other article sum up to, and the most of one."""
        total: dict[int, float] = {}
        most: dict[int, float] = {}
        get, best = total.get, most.get
        for feature in self._topics[here]:
            for other, bits in feature.around(here):
                total[other] = get(other, 0.0) + bits
                if bits > best(other, 0.0):
                    most[other] = bits
        return total, most

    def _shared_words(self, here: int) -> dict[int, float]:
        """Return the bits that the words shared with each other article sum up to."""
        total: dict[int, float] = {}
        get = total.get
        for feature in self._words[here]:
            if len(feature.articles) > 1:
                for other, bits in feature.around(here):
                    total[other] = get(other, 0.0) + bits
        return total


def _shared(features: Sequence[_Feature], one: int, other: int) -> list[tuple[float, str]]:
    """Return what two articles share, with its bits."""
    found = [(feature.shared(one, other), feature.name) for feature in features]
    return [(bits, name) for bits, name in found if bits is not None]


def nearness(gap: float) -> tuple[Closeness, float]:
    """Say how close two times are, in the words of a reason ("" for more than a month), and what that is worth.

    `gap` is in seconds.
    """
    step = bisect_left(_LIMITS, gap)
    return _NAMES[step], _FACTORS[step]


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=_HASH).digest()
