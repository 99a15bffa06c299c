"""The tree of topics: which names mean which topic, what lies below what, and what belongs where."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from broadsheet.core.diagnostics import Diagnostic
from broadsheet.core.model import Brief, Topic
from broadsheet.core.text import name_key, slug


class TopicEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A topic in its tree, and the articles of it and of the topics below it, newest first."""

    topic: Topic
    ancestors: tuple[Topic, ...]
    children: tuple[Topic, ...]
    articles: tuple[Brief, ...]

    @property
    def address(self) -> str:
        """The topic's first page."""
        return topic_address(self.topic)


def topic_address(topic: Topic) -> str:
    """Return the address of a topic's first page."""
    return f"/topics/{topic.slug}/"


class Taxonomy:
    """The topics, by the names that mean them. What is in error is left out and named among the problems."""

    def __init__(self, defined: Iterable[Topic], articles: Sequence[Brief], problems: list[Diagnostic]) -> None:
        self._problems = problems
        self._by_name: dict[str, Topic] = {}
        self._by_slug: dict[str, Topic] = {}
        topics = sorted(defined, key=lambda topic: topic.location)
        for topic in topics:
            self._define(topic)
        for topic in topics:
            for synonym in topic.synonyms:
                if self._by_slug.get(topic.slug) is topic:
                    self._name(synonym, topic)
        for article in reversed(articles):  # The oldest use decides the spelling, so that it stays.
            for used in article.topics:
                if name_key(used.name) not in self._by_name:
                    self._define(Topic(name=used.name, slug=slug(used.name), location=article.where(used)))
        self._parent = {topic.slug: self._find_parent(topic) for topic in self._by_slug.values()}
        self._cut_cycles()

    def find(self, name: str) -> Topic | None:
        """Return the topic that a name means."""
        return self._by_name.get(name_key(name))

    def resolve(self, article: Brief) -> tuple[Topic, ...]:
        """Return an article's topics, each once, in the record's order."""
        found = (self._by_name.get(name_key(used.name)) for used in article.topics)
        return tuple({topic.slug: topic for topic in found if topic is not None}.values())

    def branch(self, topic: Topic) -> tuple[Topic, ...]:
        """Return a topic and all above it, up to its root; the topic alone if it is not in the tree."""
        if self._by_slug.get(topic.slug) is not topic:
            return (topic,)
        return tuple(self._by_slug[slug] for slug in self._path(topic))

    def entries(self, articles: Sequence[Brief], topics_of: Mapping[str, Sequence[Topic]]) -> tuple[TopicEntry, ...]:
        """Return every topic with its place in the tree, by name."""
        below: dict[str, list[Brief]] = defaultdict(list)
        for article in articles:
            slugs = {slug for topic in topics_of[article.id] for slug in self._path(topic)}
            for found in slugs:
                below[found].append(article)
        children: dict[str, list[Topic]] = defaultdict(list)
        for topic in sorted(self._by_slug.values(), key=_by_name):
            if parent := self._parent[topic.slug]:
                children[parent.slug].append(topic)
        return tuple(
            TopicEntry(
                topic=topic,
                ancestors=tuple(self._by_slug[s] for s in self._path(topic)[:0:-1]),
                children=tuple(children[topic.slug]),
                articles=tuple(below[topic.slug]),
            )
            for topic in sorted(self._by_slug.values(), key=_by_name)
        )

    def _path(self, topic: Topic) -> list[str]:
        """Return the slugs from a topic up to its root."""
        path = [topic.slug]
        while parent := self._parent[path[-1]]:
            path.append(parent.slug)
        return path

    def _define(self, topic: Topic) -> None:
        rival = self._by_slug.get(topic.slug)
        if rival is not None:
            self._problems.append(
                Diagnostic(
                    code="topic-collision",
                    message=f"'{topic.name}' and '{rival.name}' ({rival.location.path}) both want "
                    f"{topic_address(topic)}",
                    location=topic.location,
                    hint="give one of them another '_id', or make one a synonym of the other",
                )
            )
        elif self._name(topic.name, topic):
            self._by_slug[topic.slug] = topic

    def _name(self, name: str, topic: Topic) -> bool:
        rival = self._by_name.setdefault(name_key(name), topic)
        if rival is topic:
            return True
        self._problems.append(
            Diagnostic(
                code="topic-collision",
                message=f"'{name}' already means the topic '{rival.name}' ({rival.location.path})",
                location=topic.location,
                hint="a name or synonym belongs to one topic",
            )
        )
        return False

    def _find_parent(self, topic: Topic) -> Topic | None:
        if not topic.parent:
            return None
        parent = self._by_name.get(name_key(topic.parent))
        if parent is None:
            self._problems.append(
                Diagnostic(
                    code="unknown-parent",
                    message=f"nothing defines the parent '{topic.parent}' of '{topic.name}'",
                    location=topic.parent_location or topic.location,
                    hint="add a topic file for it, or correct the name",
                )
            )
        return parent

    def _cut_cycles(self) -> None:
        for topic in sorted(self._by_slug.values(), key=lambda topic: topic.location):
            path, above = [topic], self._parent[topic.slug]
            while above is not None and above is not topic and above not in path:
                path.append(above)
                above = self._parent[above.slug]
            if above is topic:
                names = " → ".join(f"'{step.name}'" for step in (*path, topic))
                self._problems.append(
                    Diagnostic(
                        code="cycle",
                        message=f"topics are each other's parents: {names}",
                        location=topic.parent_location or topic.location,
                        hint="remove the 'parent' of one of them",
                    )
                )
                self._parent[topic.slug] = None


def _by_name(topic: Topic) -> tuple[str, str]:
    return name_key(topic.name), topic.slug
