"""What pages say of themselves: a case file for each shape, with what is taken from it."""

import json
from typing import Any

import msgspec
import pytest
from builders import CASES, PROPERTIES, case_names
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.text import clean, fold_space
from broadsheet.core.urls import web_url
from broadsheet.sources.extraction import Extracted, extract

FOLDER = CASES / "pages"
DEFAULTS = msgspec.json.decode(msgspec.json.encode(Extracted(url="")))


def read_case(name: str) -> tuple[bytes, str, str]:
    """Return a page, its content type and its URL: the second and first line of a case."""
    url, kind, data = (FOLDER / f"{name}.page").read_bytes().split(b"\n", 2)
    return data, kind.decode(), url.decode()


def plain(value: Extracted) -> dict[str, Any]:
    """Return what was found, without what was not."""
    found = msgspec.json.decode(msgspec.json.encode(value))
    return {name: part for name, part in found.items() if part != DEFAULTS[name]}


@pytest.mark.parametrize("name", case_names("pages", ".page"))
def test_a_page_says_what_its_case_says(name: str) -> None:
    expected = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))

    assert plain(extract(*read_case(name))) == expected


def is_sound(found: Extracted) -> bool:
    """Whether all that was taken is what a record can say."""
    pictures = [found.image] if found.image else []
    texts = [found.title, found.excerpt, found.provider, *(picture.title for picture in pictures)]
    addresses = [found.url, found.amp_url, *(picture.url for picture in pictures)]
    return (
        all(text == fold_space(clean(text)[0]) and len(text) <= 1_000 for text in texts)
        and all(web_url(url) == url for url in addresses if url)
        and (found.published is None or found.published.tzinfo is not None)
    )


PIECES = st.sampled_from(
    [
        "<title>",
        "</title>",
        '<meta property="og:title" content="',
        '<meta property="og:image" content="',
        '<meta name="date" content="',
        '<link rel="canonical" href="',
        '<base href="',
        '">',
        '<script type="application/ld+json">',
        '{"@type":"Article","headline":',
        '{"@id":"x","@graph":[',
        '"datePublished":"2023-06-08T21:51:00Z"',
        '"image":{"url":"https://[::1/x"}',
        "]}",
        "</script>",
        "&#8217;",
        "&amp;lt;",
        "https://example.org/a?utm_source=x",
        "//[",
        "\x00\x1b[31m",
        "\u202e",
    ]
)


@PROPERTIES
@given(st.lists(PIECES | st.text(max_size=5), max_size=30))
def test_no_page_is_too_odd_to_be_read(pieces: list[str]) -> None:
    data = "".join(pieces).encode("utf-8", "surrogatepass")

    assert is_sound(extract(data, "text/html", "https://example.org/a"))


@PROPERTIES
@given(st.binary(max_size=200), st.text(max_size=20))
def test_no_bytes_are_too_odd_to_be_read(data: bytes, kind: str) -> None:
    assert is_sound(extract(data, f"text/html; charset={kind}", "https://example.org/a"))
