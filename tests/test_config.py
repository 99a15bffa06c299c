"""`site.yaml`: every setting, its default, and the place of what is wrong."""

import pytest
from builders import BOM, PROPERTIES, lines, said
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.diagnostics import Diagnostic, has_errors
from broadsheet.core.model import Config, FeedConfig, Source
from broadsheet.core.urls import normal_base_url
from broadsheet.records.config import FEEDS, SITE, parse_config

FULL = """\
title: The &amp; Digest
description: What   matters
base_url: https://User.github.io/digest
language: pt-BR
timezone: Europe/Berlin
author: Somebody
copyright: "© 2023"
page_size: 12
feeds:
  limit: 20
  link: source
  content: excerpt
  ttl: 120
  hub: https://hub.example.org/
embeds: [Vimeo]
"""


def config(text: str | bytes) -> tuple[Config | None, list[Diagnostic]]:
    data = text.encode() if isinstance(text, str) else text
    return parse_config(Source(path="site.yaml", name="site.yaml", data=data))


@pytest.mark.parametrize(
    "data", [FULL.encode(), FULL.replace("\n", "\r\n").encode(), BOM + FULL.encode()], ids=["lf", "crlf", "bom"]
)
def test_every_setting(data: bytes) -> None:
    found, problems = config(data)

    assert problems == []
    assert found == Config(
        title="The & Digest",
        description="What matters",
        base_url="https://user.github.io/digest/",
        language="pt-BR",
        timezone="Europe/Berlin",
        author="Somebody",
        copyright="© 2023",
        page_size=12,
        feeds=FeedConfig(limit=20, links_to_source=True, is_full=False, ttl=120, hub="https://hub.example.org/"),
        embeds=("vimeo",),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "title:\nfeeds:\npage_size: ~\n"])
def test_every_setting_has_a_default(text: str) -> None:
    assert config(text) == (Config(), [])


@pytest.mark.parametrize(
    ("value", "embeds"),
    [("[]", ()), ("~", ()), ("youtube", ("youtube",)), ("[Vimeo, YouTube]", ("vimeo", "youtube"))],
)
def test_embeds(value: str, embeds: tuple[str, ...]) -> None:
    found, problems = config(f"embeds: {value}\n")

    assert found is not None
    assert found.embeds == embeds
    assert problems == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (lines(title="[A]"), ["1:8 error bad-type"]),
        (lines(tilte="A"), ["1:1 warning unknown-field"]),
        (lines(base_url="/digest/"), ["1:11 error bad-url"]),
        (lines(base_url="ftp://example.org/"), ["1:11 error bad-url"]),
        (lines(base_url="https://example.org/?a"), ["1:11 error bad-config"]),
        (lines(base_url="https://example.org/a/../b/"), ["1:11 error bad-config"]),
        (lines(language="klingon"), ["1:11 error bad-config"]),
        (lines(timezone="Middle-earth/Shire"), ["1:11 error bad-config"]),
        (lines(page_size="0"), ["1:12 error bad-integer"]),
        (lines(page_size="many"), ["1:12 error bad-integer"]),
        (lines(page_size="501"), ["1:12 error bad-config"]),
        (lines(feeds="all"), ["1:8 error bad-type"]),
        (lines(feeds="\n  limit: 0"), ["2:10 error bad-integer"]),
        (lines(feeds="\n  limt: 1"), ["2:3 warning unknown-field"]),
        (lines(feeds="\n  link: mine"), ["2:9 error bad-config"]),
        (lines(feeds="\n  content: none"), ["2:12 error bad-config"]),
        (lines(feeds="\n  ttl: -1"), ["2:8 error bad-integer"]),
        (lines(feeds="\n  hub: hub.example.org"), ["2:8 error bad-url"]),
        (lines(embeds="[youtube, dailymotion]"), ["1:9 error bad-config"]),
        (lines(title="A: B"), ["1:9 error bad-yaml"]),
        ("title: A\ntitle: B\n", ["2:1 error duplicate-key"]),
        ("just text\n", ["1:1 error bad-type"]),
        (b"title: \xff\n", ["1:8 error bad-encoding"]),
    ],
)
def test_what_is_wrong_has_a_place(text: str | bytes, expected: list[str]) -> None:
    found, problems = config(text)

    assert said(problems) == expected
    assert (found is None) == any(" error " in line for line in expected)


def test_every_wrong_setting_is_reported_at_once() -> None:
    _, problems = config("base_url: x\nlanguage: klingon\ntimezone: x\npage_size: -1\n")

    assert [problem.location.line for problem in problems] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org/", "https://example.org/"),
        ("https://Example.org/Digest", "https://example.org/Digest/"),
        ("http://localhost:8000/a/b/", "http://localhost:8000/a/b/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4/"),
    ],
)
def test_a_base_url_has_one_form(url: str, expected: str) -> None:
    assert normal_base_url(url) == expected
    assert normal_base_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        *("", "/", "example.org", "ftp://example.org/", "https://example.org/?a=b", "https://example.org/#a"),
        *("https://example.org//", "https://example.org/a//b/", "https://example.org/./", "https://example.org/.."),
        *("https://user:pw@example.org/", "javascript:alert(1)"),
    ],
)
def test_no_base_url(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        normal_base_url(url)


def test_every_setting_says_what_it_means() -> None:
    assert [key for key, spec in {**SITE, **FEEDS}.items() if not spec.doc] == []


@PROPERTIES
@given(st.binary(max_size=80) | st.text(": \n-[]{}'\"titlepage_sz0129é", max_size=80).map(str.encode))
def test_any_bytes_give_a_config_or_an_error(data: bytes) -> None:
    found, problems = config(data)

    assert (found is None) == has_errors(problems)


def test_a_choice_that_is_none_is_told_what_there_is() -> None:
    _, found = config("search: perhaps\nimages: big\n")

    assert [problem.message for problem in found] == [
        "'images': 'big' is not one of link, none",
        "'search': 'perhaps' is not one of true, false",
    ]
