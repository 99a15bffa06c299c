"""Languages: dates and words as each writes them, and catalogs that are whole."""

import subprocess
import sys
from datetime import date

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.language import (
    Words,
    compile_catalog,
    direction,
    fallbacks,
    full_date,
    is_language,
    long_date,
    month_name,
    week_start,
    weekday_initials,
    write_number,
    write_percent,
)

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"

msgid "Older"
msgstr "Starší"

msgid "Read at %(source)s"
msgstr "%(source)s: čti"

msgid "%(num)s article"
msgid_plural "%(num)s articles"
msgstr[0] "%(num)s článek"
msgstr[1] "%(num)s články"
msgstr[2] "%(num)s článků"
"""


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [
        ("en", "June 8, 2023", "June 2023"),
        ("en-GB", "8 June 2023", "June 2023"),
        ("de", "8. Juni 2023", "Juni 2023"),
        ("pt-BR", "8 de junho de 2023", "junho de 2023"),
        ("ja", "2023年6月8日", "2023年6月"),
    ],
)
def test_dates_in_words(language: str, day: str, month: str) -> None:
    assert long_date(date(2023, 6, 8), language) == day
    assert month_name(date(2023, 6, 1), language) == month


@pytest.mark.parametrize("tag", ["en", "EN", "de", "pt-BR", "zh-Hans-CN", "sr-Latn"])
def test_a_language(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize(
    "tag", ["", "-", "x", "en_US", "klingon", "../en", "en\x00", "e" * 300, "en-", "de@euro", "en.UTF-8"]
)
def test_no_language(tag: str) -> None:
    assert not is_language(tag)


@PROPERTIES
@given(st.text(max_size=20) | st.text("en-US_Latn@.POSIX", max_size=12))
def test_any_text_is_a_language_or_is_not(text: str) -> None:
    assert is_language(text) in {True, False}


def test_a_day_with_its_weekday() -> None:
    assert full_date(date(2023, 6, 8), "de") == "Donnerstag, 8. Juni 2023"


@pytest.mark.parametrize(("language", "written"), [("en", "12,345"), ("de", "12.345"), ("de-CH", "12’345")])
def test_numbers_as_the_language_writes_them(language: str, written: str) -> None:
    assert write_number(12345, language) == written
    assert write_number(7.5, language)[1] == {"en": ".", "de": ",", "de-CH": "."}[language]


@pytest.mark.parametrize(
    ("permille", "language", "written"),
    [(125, "en", "12.5%"), (1, "en", "0.1%"), (200, "de", "20\xa0%"), (1000, "fr", "100\xa0%")],
)
def test_percentages_as_the_language_writes_them(permille: int, language: str, written: str) -> None:
    assert write_percent(permille, language) == written


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", 6), ("en-US", 6), ("en-GB", 0), ("de", 0), ("de-AT", 0), ("ar", 5), ("ar-SA", 6), ("ja", 6), ("eo", 0)],
)
def test_the_day_on_which_weeks_start(language: str, day: int) -> None:
    assert week_start(language) == day


@pytest.mark.parametrize(("language", "initials"), [("en", "MTWTFSS"), ("de", "MDMDFSS"), ("ja", "月火水木金土日")])
def test_initials_of_the_week_begin_with_monday(language: str, initials: str) -> None:
    assert "".join(weekday_initials(language)) == initials


@pytest.mark.parametrize(
    ("language", "names", "short"),
    [("de", "Januar Februar März", "Jan Feb Mär"), ("ru", "январь февраль март", "янв. февр. март")],
)
def test_months_that_stand_alone(language: str, names: str, short: str) -> None:
    # In a process of its own, as a build is: Babel mixes up such names where several languages have been used.
    program = "import sys; from broadsheet.core.language import *; print(*month_names(sys.argv[1])[:3], *short_month_names(sys.argv[1])[:3])"
    command = [sys.executable, "-X", "utf8", "-c", program, language]

    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout

    assert said.strip() == f"{names} {short}"


@pytest.mark.parametrize(("language", "side"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("az", "ltr")])
def test_direction(language: str, side: str) -> None:
    assert direction(language) == side


def test_words_are_found_under_the_nearest_tag_first() -> None:
    assert fallbacks("zh-Hant-TW") == ["zh-Hant-TW", "zh-Hant", "zh"]


def test_words_of_a_catalog() -> None:
    words = Words("cs", compile_catalog(PO.splitlines(), "cs"))

    assert words.gettext("Older") == "Starší"
    assert words.gettext("Newer") == "Newer"
    assert words.gettext("Read at %(source)s", source="50 % x") == "50 % x: čti"
    numbers = [words.ngettext("%(num)s article", "%(num)s articles", number) for number in (1, 3, 5, 1234)]
    assert numbers == ["1 článek", "3 články", "5 článků", "1\xa0234 článků"]


def test_without_a_catalog_words_are_english() -> None:
    words = Words("en")

    assert words.gettext("Read at %(source)s", source="X") == "Read at X"
    assert words.ngettext("%(num)s article", "%(num)s articles", 1234) == "1,234 articles"


@pytest.mark.parametrize("text", ["msgid a", 'msgid "a"\nmsgid "b"\nnonsense'])
def test_what_is_no_catalog_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        compile_catalog(text.splitlines(), "en")
