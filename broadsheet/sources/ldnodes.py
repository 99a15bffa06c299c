"""JSON-LD of pages, as it really is: several scripts, lists, graphs, references by id, and what is no JSON at all."""

import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from broadsheet.core.urls import story_key, web_url

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_MOST = 2_000
"""How many nodes of a page are looked at."""
_DEEPEST = 8
_ARTICLES = frozenset(
    """
    NewsArticle Article BlogPosting LiveBlogPosting TechArticle ReportageNewsArticle AnalysisNewsArticle
    OpinionNewsArticle BackgroundNewsArticle ReviewNewsArticle AskPublicNewsArticle ScholarlyArticle Report
    SocialMediaPosting DiscussionForumPosting AdvertiserContentArticle SatiricalArticle
    """.split()
)
_OTHERS = frozenset(("VideoObject", "PodcastEpisode", "Event"))
# A page's own node may hold what the page is about; lists of other pages are not looked into.
_INNER = ("@graph", "mainEntity", "mainEntityOfPage", "video")


class Node:
    """One thing that JSON-LD describes; references to other things of the page are followed."""

    def __init__(self, value: Json, by_id: dict[str, "dict[str, Json]"]) -> None:
        self._value: dict[str, Json] = value if isinstance(value, dict) else {}
        self._plain = _plain(value)
        self.string = value if isinstance(value, str) else ""
        self._by_id = by_id
        address = self._value.get("@id")
        if isinstance(address, str) and len(self._value) == 1:
            self._value = by_id.get(address, self._value)

    @property
    def types(self) -> tuple[str, ...]:
        """What it is, in the words of schema.org."""
        value = self._value.get("@type")
        names = value if isinstance(value, list) else [value]
        return tuple(name.replace("/", ":").rpartition(":")[2] for name in names if isinstance(name, str))

    @property
    def address(self) -> str:
        """The page that it is about: `mainEntityOfPage`, else its id."""
        for value in (self._value.get("mainEntityOfPage"), self._value.get("@id")):
            address = value.get("@id") if isinstance(value, dict) else value
            if isinstance(address, str) and address:
                return address
        return ""

    def text(self, name: str) -> str:
        """Return a text, or the first of several, or the name of a thing; "" without one."""
        for part in self.parts(name):
            text = part._plain or _plain(part._value.get("name")) or _plain(part._value.get("@value"))  # noqa: SLF001
            text = text or _plain(part._value.get("value"))  # noqa: SLF001 - QuantitativeValue
            if text:
                return text
        return ""

    def parts(self, name: str) -> list["Node"]:
        """Return what a property holds: one thing or several."""
        value = self._value.get(name)
        values = value if isinstance(value, list) else [value]
        return [Node(item, self._by_id) for item in values[:_MOST] if item is not None]


def nodes_of(scripts: Iterable[str]) -> list[Node]:
    """Return the things that scripts describe, in their order; a script that is no JSON is left out."""
    found: list[dict[str, Json]] = []
    for script in scripts:
        for value in _things(_parsed(script), 0):
            if len(found) < _MOST:
                found.append(value)
    by_id: dict[str, dict[str, Json]] = {}
    for value in found:
        address = value.get("@id")
        if isinstance(address, str) and len(value) > 1:
            by_id.setdefault(address, value)
    return [Node(value, by_id) for value in found]


def main_node(nodes: Iterable[Node], url: str) -> Node:
    """Return what a page is about: the one that names the page's address before others, an article before a video."""
    candidates = [node for node in nodes if not _ARTICLES.isdisjoint(node.types)]
    candidates += [node for node in nodes if not _OTHERS.isdisjoint(node.types)]
    here = _key(url)
    own = [node for node in candidates if here in {_key(node.text("url")), _key(node.address)}]
    return next(iter(own or candidates), Node(None, {}))


def _parsed(script: str) -> Json:
    text = script.strip().removeprefix("<!--").removeprefix("//<![CDATA[").removeprefix("<![CDATA[")
    text = text.strip().removesuffix("-->").removesuffix("]]>").rstrip("/; \n\t\r")
    try:
        value: Json = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value


def _things(value: Json, depth: int) -> Iterator[dict[str, Json]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value[:_MOST]:
            yield from _things(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in _INNER:
            yield from _things(value.get(name), depth + 1)


def _plain(value: Json) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _key(url: str) -> str:
    try:
        return story_key(web_url(url.partition("#")[0]))
    except ValueError:
        return ""
