"""Plain text: cleaned, folded, made into slugs and compared."""

import re
import sys
from xml.etree import ElementTree as ET

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.text import (
    SLUG_LIMIT,
    clean,
    decode_entities,
    file_slug,
    first_forbidden,
    fold_space,
    name_key,
    shorten,
    slug,
)

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SIGNS = st.text("aZ9 -_.#+&'’/\\@éßЖ中مא🚀ﬀ\u0301\u200f\n\x00", max_size=30)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("C", "c"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("F# 8", "f-sharp-8"),
        (".NET", "dot-net"),
        ("ASP.NET", "asp-net"),
        ("AT&T", "at-and-t"),
        ("don't", "dont"),
        ("Nov’19", "nov19"),
        ("Größe", "grosse"),
        ("Café au lait", "cafe-au-lait"),
        ("Cafe\u0301", "cafe"),
        ("ﬀ ①", "ff-1"),
        ("中文", "zhongwen"),
        ("Привет", "privet"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\con", "x-con"),
        ("Con", "x-con"),
        ("com1", "x-com1"),
        ("LPT9", "x-lpt9"),
        ("Conference", "conference"),
        ("con artists", "con-artists"),
        ("%2e%2e%2f", "2e-2e-2f"),
        ("🚀", "rocket"),
        ("  --A--  b__c ", "a-b-c"),
        ("a\x00b\nc", "a-b-c"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    "name", ["مرحبا", "שלום", "\u202eabc\u202c", "नमस्ते", "ไทย", "👩‍💻", "𝕏", "", "---", "\u200b", "\u0301"]
)
def test_every_name_has_a_slug(name: str) -> None:
    assert SLUG.fullmatch(slug(name))


def test_names_of_which_nothing_remains_stay_apart() -> None:
    names = ["", "-", "--", "!", "?", "\u200b", "\u0301"]

    assert len({slug(name) for name in names}) == len(names)
    assert slug("!") == slug("!")


def test_c_and_its_kin_stay_apart() -> None:
    names = ["C", "C++", "C#", "C+", "NET", ".NET", "F", "F#", "F*"]

    assert len({slug(name) for name in names}) == len(names) - 1
    assert slug("F") == slug("F*")


def test_a_long_slug_is_cut_at_a_word() -> None:
    words = slug("word " * 60)

    assert len(words) <= SLUG_LIMIT
    assert set(words.split("-")) == {"word"}
    assert slug("x" * 300) == "x" * SLUG_LIMIT


def test_a_slug_of_the_exact_limit_stays() -> None:
    whole = "a" * (SLUG_LIMIT - 2) + "-b"

    assert slug(whole) == whole
    assert slug(f"{whole}-c") == whole


@PROPERTIES
@given(st.one_of(st.text(), SIGNS, SIGNS.map(lambda text: text * 20)))
def test_a_slug_is_safe_and_stays_itself(name: str) -> None:
    made = slug(name)

    assert SLUG.fullmatch(made)
    assert len(made) <= SLUG_LIMIT
    assert slug(made) == made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("news/2023-06-08-the-headline.md", "the-headline"),
        ("2023-06-08-2023-06-09-x.md", "2023-06-09-x"),
        ("the-headline.md", "the-headline"),
        ("2023-06-08.md", None),
        ("2023-06-08-.md", None),
        ("2023-06-08x.md", "2023-06-08x"),
        ("12023-06-08-x.md", "12023-06-08-x"),
        ("2023-06-08/Deep Learning.md", "deep-learning"),
        ("a.md.md", "a-md"),
        (".md", None),
        ("C#.md", "c-sharp"),
    ],
)
def test_file_slug(name: str, expected: str | None) -> None:
    assert file_slug(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nov&#8217;19", "Nov’19"),
        ("&amp;lt;", "&lt;"),
        ("&amp;amp;", "&amp;"),
        ("AT&T", "AT&T"),
        ("a &notanentity; b", "a ¬anentity; b"),
        ("&#x41;&#65;", "AA"),
        ("plain", "plain"),
    ],
)
def test_entities_are_decoded_once(text: str, expected: str) -> None:
    assert decode_entities(text) == expected


@PROPERTIES
@given(st.text(st.characters(), max_size=50))
def test_clean_leaves_what_xml_can_hold(text: str) -> None:
    kept, dropped = clean(text)

    assert len(kept) == len(text) - dropped
    assert clean(kept) == (kept, 0)
    assert (first_forbidden(text) is None) == (dropped == 0)
    assert ET.fromstring(f"<a>{kept.translate({38: None, 60: None})}</a>").tag == "a"  # noqa: S314 - our own text


def test_clean_drops_exactly_what_cannot_be_carried() -> None:
    controls = {code for code in range(0xA0) if code < 0x20 or code >= 0x7F} - {0x09, 0x0A, 0x0D, 0x85}
    surrogates = set(range(0xD800, 0xE000))
    overrides = set(range(0x202A, 0x202F))
    nonsense = {0xFFFE, 0xFFFF, *range(0xFDD0, 0xFDF0)}

    found = {code for code in range(sys.maxunicode + 1) if clean(chr(code))[1]}

    assert found == controls | surrogates | overrides | nonsense


@PROPERTIES
@given(st.text(st.sampled_from(" \t\n\r\x0b\x85\xa0\u2003\u2028ab")))
def test_folded_space_is_single_and_inner(text: str) -> None:
    folded = fold_space(text)

    assert folded == " ".join(text.split())
    assert fold_space(folded) == folded


@pytest.mark.parametrize(
    "spelling",
    [
        "machine learning",
        " Machine\tLearning ",
        "MACHINE\u00a0LEARNING",
        "Ｍａｃｈｉｎｅ Learning",
        "machine\nlearning",
    ],
)
def test_spellings_of_one_name(spelling: str) -> None:
    assert name_key(spelling) == name_key("Machine Learning")


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C#"), ("C++", "C"), ("AI", "A I"), (".NET", "NET"), ("résumé", "resume")]
)
def test_names_that_differ(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_names_match_in_every_unicode_form() -> None:
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("Cafe\u0301") == name_key("CAFÉ")


@PROPERTIES
@given(st.text())
def test_a_folded_name_stays_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 5, "short"),
        ("one two three", 9, "one two…"),
        ("one, two", 6, "one…"),
        ("unbreakable", 5, "unbr…"),
        ("one two", 7, "one two"),
    ],
)
def test_shorten(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@PROPERTIES
@given(st.text(), st.integers(1, 40))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    cut = shorten(text, limit)

    assert len(cut) <= limit
    assert cut == text or text.startswith(cut.removesuffix("…"))
