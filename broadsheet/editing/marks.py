"""Marks: short hashes that stand for an article wherever it is shown.

A page that shows articles is the same as long as their marks are, so a page can be known to be
unchanged without being made.
"""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from broadsheet.core.model import Article, Brief, Topic
from broadsheet.editing.related import headline_words

_ENCODER = msgspec.msgpack.Encoder()


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """What stands for an article: for all of it, for what lists show of it, and for what sidebars show of it.

    `words` are the telling ones of its headline, between spaces.
    """

    whole: bytes
    card: bytes
    line: bytes
    words: str


def marks_of(article: Article) -> Marks:
    """Return an article's marks. Whatever a list or a sidebar shows, or chooses by, is in them."""
    line = (article.id, article.title, article.address, article.url, article.keys, article.published, article.provider)
    names = [topic.name for topic in article.topics]
    card = (line, names, article.excerpt, article.kind, article.image, article.category, article.heat, article.quality)
    words = " ".join(headline_words(article.title))
    return Marks(whole=mark(article), card=mark(card), line=mark((line, names)), words=words)


def noted(marks: Marks, notice: str) -> Marks:
    """Return the marks of an article that is shown with a notice."""
    whole, card, line = (mark((part, notice)) for part in (marks.whole, marks.card, marks.line))
    return Marks(whole=whole, card=card, line=line, words=marks.words)


def topic_mark(topic: Topic) -> bytes:
    """Return what stands for a topic wherever an article is said to belong to it."""
    return mark((topic.name, topic.shortname, topic.slug))


def times_key(articles: Sequence[Brief]) -> bytes:
    """Return when articles were published, as a hash."""
    return mark([article.published for article in articles])


def mark(value: object) -> bytes:
    """Return a short hash of a value."""
    return hashed(_ENCODER.encode(value))


def hashed(data: bytes) -> bytes:
    """Return a short hash of bytes."""
    return blake2b(data, digest_size=12).digest()
