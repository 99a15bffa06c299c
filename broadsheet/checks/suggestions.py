"""Suggestions: which topics a text speaks of, by their names, synonyms and keywords."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from broadsheet.core.model import Topic
from broadsheet.core.text import words as words_of

_SHORT = 2


class _Phrase(msgspec.Struct, frozen=True):
    """Words that name a topic, folded; `written` where they count only as they are written."""

    words: tuple[str, ...]
    written: tuple[str, ...] | None
    number: int


class Suggestions:
    """Finds the topics that texts speak of; made once for many texts."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = topics
        self._by_first: dict[str, list[_Phrase]] = defaultdict(list)
        for number, topic in enumerate(topics):
            for name in (topic.name, *topic.synonyms, *topic.keywords):
                written = words_of(name)
                if written:
                    words = tuple(word.casefold() for word in written)
                    self._by_first[words[0]].append(_Phrase(words, written if _is_short(written) else None, number))

    def of(self, text: str) -> list[Topic]:
        """Return the topics that a text speaks of, best first; see `suggest_topics`."""
        written = words_of(text)
        words = tuple(word.casefold() for word in written)
        matches = list(self._matches(words, written))
        ends: dict[int, int] = {}
        for _, start, end in matches:
            ends[start] = max(end, ends.get(start, 0))
        found: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for number, start, end in matches:
            # The longest wins: "neural networks" says nothing of networks.
            if end == ends[start] and all(ends.get(before, 0) < end for before in range(start)):
                found[number].add((start, end))
        best = sorted(found, key=lambda number: (-_weight(found[number]), min(found[number]), number))
        return [self._topics[number] for number in best]

    def _matches(self, words: tuple[str, ...], written: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
        for start, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                end = start + len(phrase.words)
                if words[start:end] == phrase.words and phrase.written in {None, written[start:end]}:
                    yield phrase.number, start, end


def suggest_topics(text: str, topics: Sequence[Topic]) -> list[Topic]:
    """Return the topics that a text speaks of: those of which a name, synonym or keyword stands there in whole words.

    Case plays no part, but for names of one or two letters: "Go" is not "go". Best first: by how many words of the
    text speak of a topic, then by where the first of them stands, then in the given order. What is part of something
    longer that speaks of a topic does not count.
    """
    return Suggestions(topics).of(text)


def _is_short(words: Sequence[str]) -> bool:
    return len(words) == 1 and len(words[0]) <= _SHORT


def _weight(spans: set[tuple[int, int]]) -> int:
    """Count the words that spans cover, each once."""
    return len({place for start, end in spans for place in range(start, end)})
