"""Plain text: entities, white space, forbidden characters, slugs, and names compared as people do."""

import hashlib
import html
import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

# What XML 1.0 forbids (section 2.2), which HTML forbids too, plus the C1 controls, and the signs that override the
# direction of the text after them (UAX #9, 2.1 and 2.2), which can make an address or a name look like another one.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_DATE_PREFIX = re.compile(r"^\d{4}-\d{2}-\d{2}(?:-|$)")
_SLUG_SIGNS = (
    (re.compile(r"(?<=\w)#"), "-sharp "),
    (re.compile(r"(?<=[\w+])\+"), "-plus"),
    (re.compile(r"&"), " and "),
    (re.compile(r"^\s*\.(?=\w)"), "dot-"),
    (re.compile(r"['\u2018\u2019]"), ""),
)
_SLUG_GAP = re.compile(r"[^a-z0-9]+")
# A word, with the signs that tell C, C++, C# and .NET apart. Hyphens and spaces are the same: Wi-Fi, Wi Fi.
_WORD = re.compile(r"(?:(?<![\w.])\.)?\w+[+#]*")
_KEPT = 4_096
# Names of devices, which no file or folder of Windows can have, whatever ending follows.
_DEVICE = re.compile(r"(?:con(?:in\$|out\$)?|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?=\.|$)", re.IGNORECASE)
SLUG_LIMIT = 150
"""The most characters a slug has, so that a path stays below the limits of file systems."""


def counted(number: int, noun: str) -> str:
    """Write a number and what it counts, for a curator: "1 record", "1,234 records"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clean(value: str) -> tuple[str, int]:
    """Drop the characters that no page or feed can carry; also say how many were dropped."""
    return (value, 0) if value.isprintable() else _FORBIDDEN.subn("", value)


def first_forbidden(value: str) -> int | None:
    """Return where the first character stands that `clean` would drop."""
    if value.replace("\n", " ").isprintable():
        return None
    found = _FORBIDDEN.search(value)
    return found.start() if found else None


def fold_space(value: str) -> str:
    """Fold every run of white space to one space and trim the ends."""
    return " ".join(value.split())


def decode_entities(value: str) -> str:
    """Decode HTML entities once: `&#8217;` is an apostrophe, `&amp;lt;` is the text `&lt;`."""
    return html.unescape(value) if "&" in value else value


@lru_cache(maxsize=_KEPT)
def slug(value: str) -> str:
    """Make an address part of a name: lower-case ASCII letters, digits and single hyphens.

    `C`, `C++` and `C#` stay apart. A name of which nothing remains gets a short hash of itself, so
    that the result is never empty and depends on the name alone.
    """
    text = unicodedata.normalize("NFKC", value)
    for sign, word in _SLUG_SIGNS:
        text = sign.sub(word, text)
    if not text.isascii():
        text = anyascii(text)
    text = _SLUG_GAP.sub("-", text.lower()).strip("-")
    if len(text) > SLUG_LIMIT:
        text = text[: SLUG_LIMIT + 1].rpartition("-")[0] or text[:SLUG_LIMIT]
    if text:
        return safe_name(text)
    return "x" + hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=4).hexdigest()


def safe_name(name: str) -> str:
    """Return a name that a file or folder can have on any system: the same, but for those of Windows' devices."""
    return f"x-{name}" if _DEVICE.match(name) else name


def file_slug(name: str) -> str | None:
    """Make an article's slug of its file's name without ending and leading date; None if nothing is left."""
    stem = name.rpartition("/")[2].removesuffix(".md")
    stem = _DATE_PREFIX.sub("", stem)
    return slug(stem) if stem else None


@lru_cache(maxsize=_KEPT)
def name_key(name: str) -> str:
    """Fold a name so that spellings that differ by case, white space or Unicode form are equal."""
    return fold_space(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()))


def words(value: str) -> tuple[str, ...]:
    """Return the words of a text as they are written; `C`, `C++` and `C#` stay apart, and so do `NET` and `.NET`."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", value)))


def shorten(value: str, limit: int) -> str:
    """Cut a text to at most `limit` characters at a word's end, with an ellipsis where it was cut."""
    if len(value) <= limit:
        return value
    cut = value[: limit - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:.") + "…"
