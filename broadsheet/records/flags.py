"""The `published` flag of a record, set in the record's own text: every other byte stays as it is."""

import re
from collections.abc import Iterator

from broadsheet.core.diagnostics import ContentError, Diagnostic
from broadsheet.core.model import Source
from broadsheet.records.articles import Filed, Rules, parse_filed
from broadsheet.records.blocks import is_same
from broadsheet.records.fields import Fields

_KEY = "published"
_EARLIER = "title excerpt publishedDateTime updatedDateTime webUrl originalUrl type category quality heat".split()
"""The fields behind which a flag is put where there is none."""
_FLAG = re.compile(
    rb"""
    (?P<key>[ ]*(?P<quote>["']?)published(?P=quote)[ ]*:)
    (?:[ \t]+(?P<value>"[^"\\]*"|'[^']*'|[\w~.](?:[^#]*[^#\s])?))?
    (?:[ \t]*|[ \t]+\#.*)
    """,
    re.VERBOSE,
)
_FENCE = re.compile(rb"---[ \t]*")


def set_flag(source: Source, rules: Rules, *, published: bool) -> tuple[Filed, bytes | None]:
    """Return a record as it is, and its bytes with the flag set so; None for these where the record says so already.

    Raises ContentError where the record is in error, or its flag stands in a way that is not changed here. The new
    bytes have been read: they say the same of all else.
    """
    parsed = parse_filed(source, rules)
    filed = parsed.value
    if filed is None:
        raise ContentError(problem for problem in parsed.problems if problem.severity == "error")
    if filed.is_published == published:
        return filed, None
    for data in _candidates(source.data, filed, b"true" if published else b"false"):
        changed = parse_filed(Source(path=source.path, name=source.name, data=data), rules).value
        if changed is not None and changed.is_published == published and _is_alike(filed.fields, changed.fields):
            return filed, data
    is_there = _KEY in filed.fields.names()
    message = f"'{_KEY}' stands in an unusual way" if is_there else f"the fields leave no place for '{_KEY}'"
    hint = f"write '{_KEY}: {str(published).lower()}' on a line of its own"
    raise ContentError([Diagnostic(code="odd-flag", message=message, location=filed.fields.where(_KEY), hint=hint)])


def _is_alike(one: Fields, other: Fields) -> bool:
    """Whether two records hold the same fields, and the same in each but the flag."""
    names = one.names() - {_KEY}
    return names == other.names() - {_KEY} and all(is_same(one.node(name), other.node(name)) for name in names)


def _candidates(data: bytes, filed: Filed, word: bytes) -> Iterator[bytes]:
    """Yield the record with the flag set at each place that comes into question, the best first."""
    lines = data.splitlines(keepends=True)
    fields = filed.fields
    if _KEY in fields.names():
        number = fields.where(_KEY).line - 1
        line = lines[number].rstrip(b"\r\n")
        found = _FLAG.fullmatch(line)
        if found:
            has_value = found["value"] is not None
            start, end = found.span("value") if has_value else (found.end("key"), found.end("key"))
            line_end = lines[number][len(line) :]
            lines[number] = line[:start] + (word if has_value else b" " + word) + line[end:] + line_end
            yield b"".join(lines)
        return
    places = {fields.where(name).line - 1 for name in _EARLIER if fields.has(name)}
    fence = next(n for n, line in enumerate(lines) if n and _FENCE.fullmatch(line.rstrip(b"\r\n")))
    for number in (*sorted(places, reverse=True), fence - 1):
        line = lines[number]
        indent = b" " * (fields.location.column - 1)
        added = indent + _KEY.encode() + b": " + word + line[len(line.rstrip(b"\r\n")) :]
        yield b"".join((*lines[: number + 1], added, *lines[number + 1 :]))
