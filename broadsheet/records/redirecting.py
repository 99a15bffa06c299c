"""Old addresses of a record, added in the record's own text: every other byte stays as it is."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from broadsheet.core.model import Source
from broadsheet.records.articles import Rules, parse_filed
from broadsheet.records.blocks import is_same

_KEY = "redirect_from"
_FIELD = re.compile(rb"""["']?redirect_from["']?[ \t]*:""")
_FENCE = re.compile(rb"---[ \t]*\r?\n?")


def add_redirects(source: Source, rules: Rules, paths: Sequence[str]) -> bytes | None:
    """Return a record's bytes with old addresses added to those that it names; None where that cannot be done.

    That is so where it is in error, where its front matter is written in an unusual way, or where a path is none
    that an address of the site can have. The new bytes have been read: they say the same of all else.
    """
    filed = parse_filed(source, rules).value
    if filed is None:
        return None
    wanted = tuple(dict.fromkeys((*filed.article.redirects, *paths)))
    if wanted == filed.article.redirects:
        return source.data
    for data in _candidates(source.data, wanted):
        changed = parse_filed(Source(path=source.path, name=source.name, data=data), rules).value
        if changed is None or changed.article.redirects != wanted:
            continue
        one, other = filed.fields, changed.fields
        names = one.names() - {_KEY}
        if names == other.names() - {_KEY} and all(is_same(one.node(name), other.node(name)) for name in names):
            return data
    return None


def _candidates(data: bytes, paths: Sequence[str]) -> Iterator[bytes]:
    """Yield the record with the field in place of the old one, or at the end of its front matter."""
    lines = data.splitlines(keepends=True)
    fence = next((n for n, text in enumerate(lines) if n and _FENCE.fullmatch(text)), None)
    if fence is None:
        return
    end = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    field = f"{_KEY}: ".encode() + msgspec.json.encode(paths).replace(b'","', b'", "') + end
    start = next((n for n, text in enumerate(lines[:fence]) if _FIELD.match(text)), None)
    if start is None:
        yield b"".join((*lines[:fence], field, *lines[fence:]))
        return
    stop = start + 1
    while stop < fence and lines[stop][:1] in {b" ", b"\t", b"-"}:
        stop += 1
    yield b"".join((*lines[:start], field, *lines[stop:]))
