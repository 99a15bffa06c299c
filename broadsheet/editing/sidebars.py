"""The related sidebar of every article: the curated stories first, then the computed ones, each with its reason.

A sidebar is chosen when somebody asks for it: nothing is worked out for a page that is not made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Literal

import msgspec

from broadsheet.core.diagnostics import Diagnostic
from broadsheet.core.model import Brief, Story, Topic
from broadsheet.editing.marks import Marks
from broadsheet.editing.related import Closeness, Relations

RELATED_LIMIT = 6
PROVIDER_LIMIT = 2
_REPEATED_PROVIDER = 0.7


class Relative(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of an article's sidebar: our own article or somebody else's story, and why it is there."""

    article: Brief | None = None
    story: Story | None = None
    why: Literal["curated", "topic", "words"] = "curated"
    topic: str = ""
    words: tuple[str, ...] = ()
    closeness: Closeness = ""


class Sidebars(Mapping[str, tuple[Relative, ...]]):
    """The sidebars of a digest's articles, by their ids.

    `articles` come newest first, `topics` maps their ids to their topics, and `withheld` are the keys of
    stories that the digest holds and does not publish. `marks` are those of the articles, by their ids.
    """

    def __init__(
        self,
        articles: Sequence[Brief],
        topics: Mapping[str, Sequence[Topic]],
        withheld: set[str],
        marks: Mapping[str, Marks],
    ) -> None:
        self._articles = {article.id: article for article in articles}
        self._topics = topics
        self._by_key = {key: article for article in articles for key in article.keys}
        self._withheld = withheld - self._by_key.keys()
        self._marks = marks

    def __getitem__(self, article: str) -> tuple[Relative, ...]:
        choice = self._curated(self._articles[article])
        choice.fill(self._articles[article], self._relations)
        return tuple(choice.relatives)

    def __iter__(self) -> Iterator[str]:
        return iter(self._articles)

    def __len__(self) -> int:
        return len(self._articles)

    def remarked(self, marks: Mapping[str, Marks]) -> "Sidebars":
        """Return the same choices from articles that differ in their marks, but in nothing that is chosen by."""
        other = copy(self)
        vars(other).pop("_surroundings", None)
        vars(other)["_marks"] = marks
        return other

    def left_out(self, article: Brief) -> list[Diagnostic]:
        """Return a problem for each curated story that is not shown."""
        if self._is_plain(article):
            return []
        return self._curated(article).problems

    def key(self, article: Brief) -> bytes:
        """Return what the sidebar of an article is chosen from: where it is equal, so is the sidebar.

        What the article's own record says is not in it.
        """
        parts = [self._surroundings[article.id]]
        for story in article.related:
            own = self._own(story)
            parts.append(self._marks[own.id].line if own else b"-" if self._withheld.isdisjoint(story.keys) else b"x")
        return b" ".join(parts)

    @cached_property
    def _relations(self) -> Relations:
        return Relations(
            tuple(self._articles.values()), self._topics, lambda article: self._marks[article.id].words.split()
        )

    @cached_property
    def _surroundings(self) -> Mapping[str, bytes]:
        return self._relations.surroundings([self._marks[article].line for article in reversed(self._articles)])

    def _is_plain(self, article: Brief) -> bool:
        """Whether the curated stories are few, of different providers, and none of them is our own or withheld."""
        stories = article.related
        if len(stories) > PROVIDER_LIMIT:
            return False
        keys = [key for story in stories for key in story.keys]
        known = (self._by_key, self._withheld, article.keys)
        return len(set(keys)) == len(keys) and not any(key in held for key in keys for held in known)

    def _own(self, story: Story) -> Brief | None:
        """Return the digest's own article of a story, by any of its URLs."""
        return next((self._by_key[key] for key in story.keys if key in self._by_key), None)

    def _curated(self, article: Brief) -> "_Choice":
        """Choose among an article's curated stories, in their order."""
        choice = _Choice(shown=set(article.keys))
        for story in article.related:
            own = self._own(story)
            keys = {*story.keys, *own.keys} if own else set(story.keys)
            domain = (own or story).provider.domain
            reason = choice.why_not(keys, domain) or (
                "this digest holds it unpublished" if keys & self._withheld else ""
            )
            if reason:
                choice.problems.append(
                    Diagnostic(
                        code="related-left-out",
                        message=f"'{story.title}' is not shown: {reason}",
                        location=article.where(story),
                        severity="warning",
                        hint="see docs/related-articles.md",
                    )
                )
            else:
                choice.add(Relative(article=own) if own else Relative(story=story), keys, domain)
        return choice


class _Choice:
    """What has been chosen for a sidebar so far."""

    def __init__(self, shown: set[str]) -> None:
        self.relatives: list[Relative] = []
        self.shown = shown
        self.quoted: dict[str, int] = {}
        self.problems: list[Diagnostic] = []

    def add(self, relative: Relative, keys: Iterable[str], domain: str) -> None:
        self.relatives.append(relative)
        self.shown.update(keys)
        self.quoted[domain] = self.quoted.get(domain, 0) + 1

    def why_not(self, keys: set[str], domain: str) -> str:
        """Say why a story cannot be shown; "" if it can."""
        if not self.shown.isdisjoint(keys):
            return "it is the article itself, or stands there already"
        if self.quoted.get(domain, 0) >= PROVIDER_LIMIT:
            return f"there are {PROVIDER_LIMIT} of its provider already"
        if len(self.relatives) >= RELATED_LIMIT:
            return f"there are {RELATED_LIMIT} already"
        return ""

    def fill(self, article: Brief, relations: Relations) -> None:
        """Fill up with computed relatives, with few of one provider."""
        candidates = relations.ranked(article.id) if len(self.relatives) < RELATED_LIMIT else []
        while len(self.relatives) < RELATED_LIMIT:
            best = self._best(candidates)
            if best is None:
                break
            score, other = best
            match = relations.explain(article.id, other.id, score)
            relative = Relative(
                article=other,
                why="topic" if match.topic else "words",
                topic=match.topic,
                words=match.words,
                closeness=match.closeness,
            )
            self.add(relative, other.keys, other.provider.domain)

    def _best(self, candidates: Sequence[tuple[float, Brief]]) -> tuple[float, Brief] | None:
        """Return the strongest candidate that may be shown; a provider that is shown already counts for less."""
        best: tuple[float, Brief] | None = None
        most = 0.0
        for score, other in candidates:
            if score <= most:
                break  # candidates come strongest first, and no provider makes one stronger
            times = self.quoted.get(other.provider.domain, 0)
            worth = score * _REPEATED_PROVIDER**times
            if times < PROVIDER_LIMIT and worth > most and self.shown.isdisjoint(other.keys):
                best, most = (score, other), worth
        return best
