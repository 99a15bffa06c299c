"""Topic files: every field, and the place of what is wrong."""

from pathlib import Path

import pytest
from builders import BOM, lines, said, source

from broadsheet.core.model import Image, Topic
from broadsheet.records.articles import Parsed
from broadsheet.records.topics import TOPIC, parse_topic

FULL = """\
name: Computer &amp; Vision
_id: computer-vision
shortname: Vision
parent: AI
synonyms:
  - CV
  - Machine Vision
keywords: [camera, "no"]
hashtags:
  - "#vision #cv"
  - "#ml"
images:
  - url: https://example.org/1.png
    width: 10
  - url: https://example.org/2.png
description: What   machines
  see.
taxonomy: anything
services: {any: thing}
"""


def topic(text: str | bytes) -> Parsed[Topic]:
    return parse_topic(source(text, "topics/vision.yaml"))


@pytest.mark.parametrize(
    "data", [FULL.encode(), FULL.replace("\n", "\r\n").encode(), BOM + FULL.encode()], ids=["lf", "crlf", "bom"]
)
def test_every_field(data: bytes) -> None:
    parsed = topic(data)

    found = parsed.value
    assert found is not None
    assert parsed.problems == ()
    assert (found.name, found.slug, found.shortname) == ("Computer & Vision", "computer-vision", "Vision")
    assert (found.parent, str(found.parent_location)) == ("AI", "content/topics/vision.yaml:4:9")
    assert (found.synonyms, found.keywords) == (("CV", "Machine Vision"), ("camera", "no"))
    assert found.hashtags == ("#vision", "#cv", "#ml")
    assert found.image == Image(url="https://example.org/1.png", width=10)
    assert (found.description, found.is_defined) == ("What machines see.", True)
    assert str(found.location) == "content/topics/vision.yaml:1:7"


def test_a_name_is_enough() -> None:
    parsed = topic("name: C++\n")

    found = parsed.value
    assert found is not None
    assert parsed.problems == ()
    assert (found.name, found.slug, found.parent, found.shortname) == ("C++", "c-plus-plus", "", "")
    assert (found.synonyms, found.keywords, found.hashtags, found.image) == ((), (), (), None)


@pytest.mark.parametrize(("name", "text"), [("no", "no"), ("2023", "2023"), ("'C#'", "C#"), (".NET", ".NET")])
def test_a_name_is_text(name: str, text: str) -> None:
    found = topic(f"name: {name}\n").value

    assert found is not None
    assert found.name == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1 error missing-field"]),
        ("name: ~\n", ["1:7 error missing-field"]),
        ("shortname: V\n", ["1:1 error missing-field"]),
        (lines(name="V", _id="Computer Vision"), ["2:6 warning bad-slug"]),
        (lines(name="V", _id="../x"), ["2:6 warning bad-slug"]),
        (lines(name="V", parnt="AI"), ["2:1 warning unknown-field"]),
        (lines(name="V", parent="[AI]"), ["2:9 error bad-type"]),
        (lines(name="V", synonyms="{a: b}"), ["2:11 error bad-type"]),
        (lines(name="V", images="[{url: /x}]"), ["2:16 error bad-url"]),
        (lines(name="V", images="[{width: 1}]"), ["2:10 error missing-field"]),
        ("name: V\nname: W\n", ["2:1 error duplicate-key"]),
        ("name: V: W\n", ["1:8 error bad-yaml"]),
        ("- name: V\n", ["1:1 error bad-type"]),
        ("---\nname: V\n", []),
        ("---\nname: V\n---\n", ["3:1 error bad-yaml"]),
        ('name: "V\\0"\n', ["1:7 warning bad-character"]),
    ],
)
def test_what_is_wrong_has_a_place(text: str, expected: list[str]) -> None:
    parsed = topic(text)

    assert said(parsed.problems) == expected
    assert (parsed.value is None) == any(" error " in line for line in expected)


def test_what_is_not_utf_8_has_a_place() -> None:
    parsed = topic(b"name: V\nparent: \xff\n")

    assert parsed.value is None
    assert said(parsed.problems) == ["2:9 error bad-encoding"]


def test_an_id_that_is_no_slug_is_made_one() -> None:
    found = topic("name: V\n_id: Computer Vision\n").value

    assert found is not None
    assert found.slug == "computer-vision"


def test_every_field_says_what_it_means() -> None:
    assert [key for key, spec in TOPIC.items() if not spec.doc] == []


def test_the_real_topics_are_read_without_a_word(real_records: Path) -> None:
    paths = sorted((real_records / "topics").glob("*.yaml"))

    parsed = [parse_topic(source(path.read_bytes(), path.name)) for path in paths]

    assert len(parsed) == 7
    assert [problem for one in parsed for problem in one.problems] == []
    assert parsed[0].value is not None
    assert parsed[0].value.name == "Power Apps"
