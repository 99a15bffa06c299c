"""The rules of `broadsheet check` that are about topics."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from broadsheet.checks.dossiers import Dossier
from broadsheet.checks.rules import Material, elsewhere
from broadsheet.checks.suggestions import Suggestions
from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.model import Topic
from broadsheet.core.text import name_key
from broadsheet.editing.taxonomy import Taxonomy

_LEAST = 5
"""The least length of names of which one may be a slip of the other."""
_MOST_SUGGESTED = 3
_BROAD = 20
"""How many headlines may speak of a topic that their records lack before its keywords are taken to be too general."""


class Uses(msgspec.Struct, frozen=True):
    """Where a name of a topic is written: how many times, and first."""

    count: int
    first: Location


class Spelling(msgspec.Struct, frozen=True, kw_only=True):
    """A name as it is written, and as it should be; `is_sure` where the two are the same but for signs and case."""

    written: str
    right: str
    is_sure: bool
    is_defined: bool


def uses_of(records: Iterable[Dossier]) -> dict[str, Uses]:
    """Return the names of topics as records write them, by path and line."""
    found: dict[str, Uses] = {}
    for record in records:
        for used in record.article.topics:
            known = found.get(used.name)
            where = known.first if known else record.article.where(used)
            found[used.name] = Uses(known.count + 1 if known else 1, where)
    return found


def spellings(topics: Sequence[Topic], uses: Mapping[str, Uses]) -> list[Spelling]:
    """Return the names that are written otherwise than the topics that they mean, or than others that mean the same."""
    names = _Names(topics)
    found: list[Spelling] = []
    unknown: list[str] = []
    for written in uses:
        topic = names.exact.get(name_key(written))
        if topic is not None:
            if written != topic.name and name_key(written) == name_key(topic.name):
                found.append(Spelling(written=written, right=topic.name, is_sure=True, is_defined=True))
        elif (topic := names.squeezed.get(squeeze(written))) is not None:
            found.append(Spelling(written=written, right=topic.name, is_sure=True, is_defined=True))
        elif (topic := names.near(written)) is not None:
            found.append(Spelling(written=written, right=topic.name, is_sure=False, is_defined=True))
        else:
            unknown.append(written)
    groups: dict[str, list[str]] = defaultdict(list)
    for written in unknown:
        groups[squeeze(written)].append(written)
    for group in groups.values():
        usual = max(group, key=lambda name: uses[name].count)
        found += [
            Spelling(written=name, right=usual, is_sure=True, is_defined=False) for name in group if name != usual
        ]
    return found


def topic_spelling(material: Material) -> Iterator[Diagnostic]:
    """Find names of topics that are written in more than one way, once each."""
    uses = uses_of(material.records)
    for spelling in spellings(material.topics, uses):
        use = uses[spelling.written]
        if not spelling.is_sure:
            hint = "correct it, or define it as a topic or a synonym"
            message = f"nothing defines the topic '{spelling.written}'; did you mean '{spelling.right}'?"
        else:
            hint = f"write '{spelling.right}'" + (", as 'check --fix' does" if spelling.is_defined else "")
            message = f"the topic '{spelling.right}' is written '{spelling.written}' here"
        yield Diagnostic(code="topic-spelling", message=message + elsewhere(use.count), location=use.first, hint=hint)


def undefined_topics(material: Material) -> Iterator[Diagnostic]:
    """Find topics that no file defines, once each; nothing where more of the topics have no file than have one."""
    uses = uses_of(material.records)
    known = {name_key(name) for topic in material.topics for name in (topic.name, *topic.synonyms)}
    slips = {spelling.written for spelling in spellings(material.topics, uses)}
    unknown: dict[str, list[Uses]] = defaultdict(list)
    for written, use in uses.items():
        if name_key(written) not in known and written not in slips:
            unknown[written].append(use)
    if len(unknown) > len(material.topics):
        return
    for written, found in unknown.items():
        yield Diagnostic(
            code="undefined-topic",
            message=f"no file defines the topic '{written}'" + elsewhere(sum(use.count for use in found)),
            location=found[0].first,
            hint="add a file to content/topics, or make the name a synonym of a topic",
        )


def empty_topics(material: Material) -> Iterator[Diagnostic]:
    """Find topics that no published article is filed under, nor under one below them."""
    tree = Taxonomy(material.topics, (), [])
    filed = {
        above.name
        for record in material.records
        if material.is_shown(record)
        for topic in tree.resolve(record.article)
        for above in tree.branch(topic)
    }
    for topic in material.topics:
        if topic.name not in filed:
            yield Diagnostic(
                code="empty-topic",
                message=f"no published article is filed under '{topic.name}'",
                location=topic.location,
                hint="file one under it, or remove the topic",
            )


def missing_topics(material: Material) -> Iterator[Diagnostic]:
    """Find headlines that speak of a topic which their records are not filed under, nor under one of its branch.

    Where a topic's words are in very many headlines, its file is named instead, once.
    """
    tree = Taxonomy(material.topics, (), [])
    suggestions = Suggestions(material.topics)
    lacking: list[tuple[Dossier, list[Topic]]] = []
    counts: dict[str, int] = defaultdict(int)
    for record in material.records:
        filed = tree.resolve(record.article)
        known = {topic.name for topic in filed}
        branches = {above.name for topic in filed for above in tree.branch(topic)}
        lacked = [
            topic
            for topic in suggestions.of(record.article.title)
            if topic.name not in branches and known.isdisjoint(above.name for above in tree.branch(topic))
        ]
        if lacked:
            lacking.append((record, lacked))
            for topic in lacked:
                counts[topic.name] += 1
    broad = {name for name, count in counts.items() if count > _BROAD}
    for topic in material.topics:
        if topic.name in broad:
            yield Diagnostic(
                code="missing-topic",
                message=f"{counts[topic.name]:,} headlines speak of '{topic.name}' by its name or keywords, "
                "and their records are not filed under it",
                location=topic.location,
                hint="choose narrower keywords, or file the records under it",
            )
    for record, lacked in lacking:
        if names := [f"'{topic.name}'" for topic in lacked if topic.name not in broad][:_MOST_SUGGESTED]:
            yield Diagnostic(
                code="missing-topic",
                message=f"the headline speaks of {' and '.join(names)}, which 'topics' lacks",
                location=record.where("title"),
                hint="file the record under it, or choose another keyword for the topic",
            )


class _Names:
    """The names that mean topics: as they are compared, by letters and digits, and with one of these left out."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.exact: dict[str, Topic] = {}
        self.squeezed: dict[str, Topic] = {}
        self._slips: dict[str, tuple[str, Topic]] = {}
        for topic in topics:
            for name in (topic.name, *topic.synonyms):
                self.exact.setdefault(name_key(name), topic)
                self.squeezed.setdefault(squeeze(name), topic)
        for name, topic in self.squeezed.items():
            for slip in _slips(name):
                self._slips.setdefault(slip, (name, topic))

    def near(self, written: str) -> Topic | None:
        """Return the topic of which a name may be a slip: a letter more or less, another one, or two exchanged."""
        name = squeeze(written)
        for slip in _slips(name):
            found = self._slips.get(slip)
            if found and _digits(found[0]) == _digits(name):
                return found[1]
        return None


def squeeze(name: str) -> str:
    """Reduce a name to what tells it from others: its letters and digits, and the signs of C++, C# and .NET."""
    key = name_key(name)
    return key[: key.startswith(".")] + "".join(sign for sign in key if sign.isalnum() or sign in "+#") or key


def _slips(name: str) -> list[str]:
    """Return a name and the same without one of its signs; nothing for a short one."""
    if len(name) < _LEAST:
        return []
    return [name, *(name[:place] + name[place + 1 :] for place in range(len(name)))]


def _digits(name: str) -> str:
    return "".join(sign for sign in name if sign.isdigit() or sign in "+#")
