"""Ask a served site for everything that it links to, as a reader and a feed reader would."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag, urljoin
from urllib.request import urlopen

from lxml import etree, html

_LINKS = ("href", "src", "action", "poster", "data-src")


class Crawl(NamedTuple):
    """What was asked, what did not answer, and which requests to other hosts pages make by themselves."""

    asked: frozenset[str]
    broken: tuple[str, ...]
    outside: tuple[str, ...]


class _Answer(NamedTuple):
    kind: str
    text: str


def crawl(start: str, own: str = "", also: str = "") -> Crawl:
    """Ask for a page and everything of the same site that it leads to, at any distance, fragments included.

    `own` is the address that the site gives itself in full URLs, such as that of GitHub Pages; `also` is a path that is asked for
    though nothing may link to it.
    """
    answers: dict[str, _Answer | int] = {}
    wanted, links, outside = [start, start + also], list[tuple[str, str]](), set[str]()
    while wanted:
        address = wanted.pop()
        if address in answers:
            continue
        answer = answers[address] = _ask(address)
        if isinstance(answer, int):
            continue
        for raw, is_loaded in _named(address, answer):
            target = start + raw[len(own) :] if own and raw.startswith(own) else urljoin(address, raw)
            if target.startswith(start):
                links.append((address, target))
                wanted.append(urldefrag(target).url)
            elif is_loaded:
                outside.add(f"{address}: {raw}")
            elif target.startswith(urljoin(start, "/")):
                links.append((address, target))  # of the same host, and below another path
                answers.setdefault(urldefrag(target).url, 404)
    broken = {f"{page}: {target}" for page, target in links if not _is_there(answers, target)}
    return Crawl(frozenset(answers), tuple(sorted(broken)), tuple(sorted(outside)))


def _ask(address: str) -> _Answer | int:
    try:
        with urlopen(address, timeout=10) as response:
            kind = response.headers.get_content_type()
            return _Answer(kind, response.read().decode("utf-8", "replace"))
    except HTTPError as error:
        return error.code


def _is_there(answers: dict[str, _Answer | int], target: str) -> bool:
    address, fragment = urldefrag(target)
    answer = answers[address]
    if isinstance(answer, int):
        return False
    if not fragment or answer.kind != "text/html" or fragment.startswith(":~:"):
        return True
    names = html.fromstring(answer.text.encode()).xpath("//@id | //a/@name")
    return unquote(fragment) in names


def _named(address: str, answer: _Answer) -> Iterator[tuple[str, bool]]:
    """Give each link of a document, and whether a browser loads it without being asked."""
    if answer.kind == "text/html":
        yield from _links(answer.text)
    elif answer.kind.endswith("css"):
        found = re.findall(r"url\(['\"]?([^'\")]+)['\"]?\)", answer.text)
        yield from ((value, True) for value in found if not value.startswith("data:"))
    elif address.endswith(("feed.json", ".webmanifest")):
        yield from ((value, False) for value in _texts(json.loads(answer.text)) if re.match(r"https?://", value))
    elif answer.kind.endswith("xml") or address.endswith((".xml", ".txt")):
        yield from ((value, False) for value in re.findall(r"https?://[^\s<>\"'&)\]]+", answer.text))


def _links(text: str) -> Iterator[tuple[str, bool]]:
    tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for element in tree.iter(etree.Element):
        is_loaded = element.tag in {"script", "iframe", "source"} or element.get("rel") == "stylesheet"
        for value in (element.get(name, "").strip() for name in _LINKS):
            if value and not re.match(r"(mailto|data|javascript|blob|urn):", value):
                yield value, is_loaded


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
