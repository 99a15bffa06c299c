"""Which articles have to do with each other, and why; docs/related-articles.md explains it.

Every pair is judged once, with what was known when the later of the two appeared. So a newer
article never changes what an older pair is worth: it only adds pairs of its own.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import log2
from typing import Literal

import msgspec

from broadsheet.model import Article, Topic
from broadsheet.text import name_key

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
"""The bits that shared words need where no shared topic is a reason."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[^\W_][\w+#'\u2019-]*[\w+#]|[^\W_]")
_SHORT = 3
_CLOSENESS: tuple[tuple[timedelta, Closeness, float], ...] = (
    (timedelta(days=1), "day", 1.0),
    (timedelta(days=7), "week", 0.95),
    (timedelta(days=31), "month", 0.85),
    (timedelta(days=366), "", 0.7),
    (timedelta(days=5 * 366), "", 0.55),
)
_FAR = 0.4
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
    words = (name_key(word).removesuffix("'s").removesuffix("\u2019s") for word in _WORD.findall(title))
    return tuple(dict.fromkeys(word for word in words if _is_telling(word)))


def _is_telling(word: str) -> bool:
    """Whether a word can tell what a headline is about: no filler, no year, no scrap of a word."""
    return word not in _STOP_WORDS and not _YEAR.fullmatch(word) and (len(word) >= _SHORT or not word.isalpha())


def match_articles(articles: Sequence[Article], topics: Mapping[str, Sequence[Topic]]) -> dict[str, list[Match]]:
    """Find each article's relatives, strongest first; ties by time, then id.

    `articles` come newest first and `topics` maps their ids to their topics. The cost grows with the
    number of articles, not with its square: each looks at a window of earlier ones.
    """
    found: dict[str, list[Match]] = {article.id: [] for article in articles}
    with_topic: dict[str, list[int]] = defaultdict(list)
    with_word: dict[str, list[int]] = defaultdict(list)
    ordered = articles[::-1]
    for index, article in enumerate(ordered):
        seen = index + 1 + BACKGROUND
        shared_topics: dict[int, dict[str, float]] = defaultdict(dict)
        shared_words: dict[int, dict[str, float]] = defaultdict(dict)
        for topic in topics[article.id]:
            earlier = with_topic[topic.slug]
            bits = log2(seen / (len(earlier) + 1))
            for other in earlier[-WINDOW:]:
                shared_topics[other][topic.name] = bits
            earlier.append(index)
        for word in headline_words(article.title):
            earlier = with_word[word]
            bits = min(WORD_CAP, log2(seen / (len(earlier) + 1)))
            for other in earlier[-WINDOW:]:
                shared_words[other][word] = bits
            earlier.append(index)
        for other in sorted(shared_topics.keys() | shared_words.keys()):
            match = _judge(article, ordered[other], shared_topics.get(other, {}), shared_words.get(other, {}))
            if match is not None:
                found[article.id].append(match)
                found[ordered[other].id].append(msgspec.structs.replace(match, other=article.id))
    for matches in found.values():
        matches.sort(key=lambda match: (-match.score, match.other))
    return found


def _judge(later: Article, earlier: Article, topics: Mapping[str, float], words: Mapping[str, float]) -> Match | None:
    """Weigh what two articles share; None where it is too little."""
    best_topic = max(topics, key=lambda name: (topics[name], name), default="")
    explains = bool(best_topic) and topics[best_topic] >= TELLING
    if not explains and (len(words) < 2 or sum(words.values()) < WORDS_FLOOR):  # noqa: PLR2004 - one word is chance
        return None
    near, factor = nearness(later.published, earlier.published)
    score = round((sum(topics.values()) + sum(words.values()) / 2) * factor, 6)
    if score < THRESHOLD:
        return None
    return Match(
        other=earlier.id,
        score=score,
        topic=best_topic if explains else "",
        words=() if explains else tuple(sorted(words, key=lambda word: (-words[word], word))[:2]),
        closeness=near,
    )


def nearness(one: datetime, other: datetime) -> tuple[Closeness, float]:
    """Say how close two times are, in the words of a reason ("" for more than a month), and what that is worth."""
    gap = abs(one - other)
    for limit, name, factor in _CLOSENESS:
        if gap <= limit:
            return name, factor
    return "", _FAR
