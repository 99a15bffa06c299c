"""What depends on the site's language: its words, dates, numbers and direction.

This is the only module that imports babel.
"""

import gettext
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_interval, format_skeleton, get_day_names, get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal, format_percent

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class Words:
    """The theme's words in a language; a message that the catalog lacks stays English.

    Messages and their values follow gettext: "Older", or "Read at %(source)s" with `source="…"`.
    """

    def __init__(self, language: str, catalog: bytes = b"") -> None:
        """`language` is a BCP 47 tag; `catalog` was made by `compile_catalog`, or is empty for English."""
        self.language = language
        self._translations = gettext.GNUTranslations(BytesIO(catalog)) if catalog else gettext.NullTranslations()

    def gettext(self, message: str, **values: object) -> str:
        """Return a message in the language, with its values put in."""
        text = self._translations.gettext(message)
        return text % values if values else text

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the message of a number; `%(num)s` is the number, written as the language does."""
        text = self._translations.ngettext(one, many, number)
        return text % {"num": self.number(number), **values}

    def number(self, number: float) -> str:
        """Write a number as the language does: `12,345`, `7.75`."""
        return write_number(number, self.language)


def compile_catalog(lines: Iterable[str], language: str) -> bytes:
    """Compile the lines of a gettext catalog (`.po`) of a language. Raises ValueError saying what is wrong where."""
    try:
        catalog = read_po(lines, locale=_locale(language), abort_invalid=True)
    except PoFileError as error:
        message = re.sub(r" on \d+$", "", str(error)).lower()
        raise ValueError(f"line {error.lineno + 1}: {message}") from error
    data = BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def fallbacks(language: str) -> list[str]:
    """Return the tags under which words for a language may be found, the nearest first: `de-AT`, `de`."""
    parts = language.split("-")
    return ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]


def is_language(tag: str) -> bool:
    """Whether dates can be written in a language, given as a BCP 47 tag."""
    if not _LANGUAGE.fullmatch(tag):
        return False
    try:
        _locale(tag)
    except (UnknownLocaleError, ValueError):
        return False
    return True


@lru_cache(maxsize=16)
def locale_name(tag: str) -> str:
    """Name a language with the territory that it is mostly written in: "en_US" for "en"; "" if that is not known."""
    locale = _locale(tag)
    parts = [part for part in (locale.language, locale.script, locale.territory) if part]
    likely = get_global("likely_subtags")
    full = next((likely[name] for name in ("_".join(parts), locale.language) if name in likely), "")
    territory = locale.territory or full.rpartition("_")[2]
    return f"{locale.language}_{territory}" if territory.isalpha() else ""


def direction(language: str) -> str:
    """Return `rtl` for a language that is written from right to left, else `ltr`."""
    return _locale(language).text_direction


@lru_cache(maxsize=4096)
def long_date(day: date, language: str) -> str:
    """Write a day in words: "8 June 2023" in the manner of the language (a BCP 47 tag)."""
    return format_date(day, "long", locale=_locale(language))


@lru_cache(maxsize=4096)
def full_date(day: date, language: str) -> str:
    """Write a day with its weekday: "Thursday, 8 June 2023" in the manner of the language."""
    return format_date(day, "full", locale=_locale(language))


@lru_cache(maxsize=1024)
def date_range(first: date, last: date, language: str) -> str:
    """Write several days in words: "8 to 14 June 2023" in the manner of the language."""
    return format_interval(first, last, "yMMMMd", locale=_locale(language))


@lru_cache(maxsize=1024)
def month_name(month: date, language: str) -> str:
    """Write a month and its year: "June 2023" in the manner of the language."""
    return format_skeleton("yMMMM", month, locale=_locale(language))


@lru_cache(maxsize=16)
def month_names(language: str) -> tuple[str, ...]:
    """Return the names of the twelve months, as they stand alone."""
    names = get_month_names("wide", "stand-alone", _locale(language))
    return tuple(names[number] for number in range(1, 13))


@lru_cache(maxsize=16)
def short_month_names(language: str) -> tuple[str, ...]:
    """Return the names of the twelve months, abbreviated, as they stand alone."""
    names = get_month_names("abbreviated", "stand-alone", _locale(language))
    return tuple(names[number] for number in range(1, 13))


@lru_cache(maxsize=16)
def weekday_initials(language: str) -> tuple[str, ...]:
    """Return one letter or two for each day of the week, Monday first."""
    names = get_day_names("narrow", "stand-alone", _locale(language))
    return tuple(names[number] for number in range(7))


@lru_cache(maxsize=16)
def week_start(language: str) -> int:
    """Return the day on which weeks start, 0 being Monday: where the tag says, else where most speak the language."""
    locale = _locale(language)
    if locale.territory is None:
        with suppress(UnknownLocaleError, ValueError):
            locale = Locale.parse(locale_name(language))
    return locale.first_week_day


def write_percent(permille: int, language: str) -> str:
    """Write thousandths as a percentage, as the language does: 125 is "12.5%"."""
    return format_percent(Decimal(permille) / 1000, locale=_locale(language), decimal_quantization=False)


@lru_cache(maxsize=4096, typed=True)
def write_number(number: float, language: str) -> str:
    """Write a number as the language does: `12,345`, `7.75`."""
    return format_decimal(number, locale=_locale(language))


@lru_cache(maxsize=16)
def _locale(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")
