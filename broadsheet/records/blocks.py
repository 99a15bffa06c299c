"""The plain YAML in which nearly all records are written, read fast.

It takes block mappings and block lists of scalars that stand on one line. Everything else, and whatever
is wrong, it leaves to a parser of all of YAML.
"""

import re
from itertools import repeat
from typing import TypeAlias

import msgspec


class Scalar(msgspec.Struct, gc=False):
    """A text: `is_plain` where it stands without quotes, `tag` "" unless it is given one. Places count from 0."""

    value: str
    line: int
    column: int
    is_plain: bool = True
    tag: str = ""


class Sequence(msgspec.Struct):
    """A list, with the place of its first `-` or its `[`."""

    items: "list[Node]"
    line: int
    column: int
    tag: str = ""


class Mapping(msgspec.Struct):
    """Keys and values in the order in which they stand, a key twice if it stands twice."""

    pairs: "list[tuple[Node, Node]]"
    line: int
    column: int
    tag: str = ""


Node: TypeAlias = Scalar | Sequence | Mapping

_MAX_DEPTH = 30
# Tabs, what YAML 1.1 also takes for a line's end, and what it does not allow.
_ODD = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE = re.compile(
    r"""
    ^(\ *)                                                    # indentation
    (-\ +)?                                                   # the sign of an item
    (?:([A-Za-z_][A-Za-z0-9_]{0,99}):(?:(\ +)|$))?            # a key, and the gap before its value
    (                                                         # a value, and white space after it:
        (?:[^\s?:,\[\]{}#&*!|>'"%@`-]|-(?=\w))                # plain, by how it begins,
        [^:#\n]*(?:(?::(?![\ \n]|\Z)|(?<!\ )\#)[^:#\n]*)*     # without ': ', ' #' and a colon at the end,
        | "[^"\\\n]*(?:\\["\\][^"\\\n]*)*"\ *                 # with no other escapes than these,
        | '[^'\n]*(?:''[^'\n]*)*'\ *
        | \[\]\ *
    )?$
    | ^(.+)$                                                  # what is not read here
    """,
    re.MULTILINE | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")


def parse(text: str) -> Mapping | None:
    """Return what a parser of all of YAML would, or None for a text that only such a parser may judge."""
    if not text.replace("\n", " ").isprintable() and _ODD.search(text):
        return None
    root = Mapping([], 0, 0)
    if not _Reader(root).read(_LINE.findall(text)) or not root.pairs:
        return None
    root.line = root.pairs[0][0].line
    return root


def is_same(one: Node, other: Node) -> bool:
    """Whether two nodes say the same, in whatever places."""
    return _is_same(one, other, set())


def _is_same(one: Node, other: Node, seen: set[tuple[int, int]]) -> bool:
    """Compare two nodes. What `seen` holds is not compared again: an alias may stand many times, and in itself."""
    if (id(one), id(other)) in seen:
        return True
    seen.add((id(one), id(other)))
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return (one.value, one.is_plain, one.tag) == (other.value, other.is_plain, other.tag)
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        left, right = one.items, other.items
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        left, right = ([node for pair in mapping.pairs for node in pair] for mapping in (one, other))
    else:
        return False
    return len(left) == len(right) and one.tag == other.tag and all(map(_is_same, left, right, repeat(seen)))


class _Reader:
    """Puts lines together: `_open` are the collections that the next line may go on with, outermost first."""

    __slots__ = ("_awaited", "_open")

    def __init__(self, root: Mapping) -> None:
        self._open: list[Sequence | Mapping] = [root]
        self._awaited: tuple[Scalar, Mapping] | None = None
        """The last line's key and its mapping, where the value is not on that line but may be below."""

    def read(self, lines: "list[tuple[str, str, str, str, str, str]]") -> bool:
        """Read lines, each the groups of `_LINE`; False if one is not of those that are read here."""
        for number, line in enumerate(lines):
            indent, dash, key, gap, value, _ = line
            last = self._open[-1]
            column = len(indent)
            if key and value and not dash and self._awaited is None and last.column == column and type(last) is Mapping:
                # Nearly every line: one more field of the innermost mapping.
                place = column + len(key) + 1 + len(gap)
                last.pairs.append((Scalar(key, number, column), _value(value, number, place)))
            elif not self._take(number, line):
                return False
        if self._awaited is not None:
            self._begin_value(*self._awaited, 0, 0, Mapping)
        return True

    def _take(self, number: int, line: tuple[str, str, str, str, str, str]) -> bool:
        indent, dash, key, gap, value, odd = line
        if not key:
            return self._take_item(number, len(indent), dash, value) if dash else not (value or odd)
        column = len(indent)
        holder = self._holder(number, column, Sequence if dash else Mapping)
        if isinstance(holder, Sequence):
            column += len(dash)
            item = Mapping([], number, column)
            holder.items.append(item)
            self._open.append(item)
            holder = item
        if holder is None or len(self._open) > _MAX_DEPTH:
            return False
        name = Scalar(key, number, column)
        if value:
            holder.pairs.append((name, _value(value, number, column + len(key) + 1 + len(gap))))
        else:
            self._awaited = name, holder
        return True

    def _take_item(self, number: int, column: int, dash: str, value: str) -> bool:
        holder = self._holder(number, column, Sequence)
        if not value or not isinstance(holder, Sequence):
            return False
        holder.items.append(_value(value, number, column + len(dash)))
        return True

    def _holder(self, number: int, column: int, wanted: type[Sequence] | type[Mapping]) -> Sequence | Mapping | None:
        """Return the collection that a line goes on with or begins, or None; what ends before the line is closed."""
        if self._awaited is not None:
            self._begin_value(*self._awaited, number, column, wanted)
        last = self._open[-1]
        while last.column > column or (last.column == column and wanted is Mapping and type(last) is Sequence):
            # A list may stand in the column of the key that it belongs to, and ends with the next key there.
            self._open.pop()
            last = self._open[-1]
        return last if last.column == column and type(last) is wanted else None

    def _begin_value(
        self, key: Scalar, holder: Mapping, number: int, column: int, kind: type[Sequence] | type[Mapping]
    ) -> None:
        """Give a key what begins on the next line, or null if that line is no part of its value."""
        self._awaited = None
        if column > key.column or (column == key.column and kind is Sequence):
            node = kind([], number, column)
            holder.pairs.append((key, node))
            self._open.append(node)
        else:
            holder.pairs.append((key, Scalar("", key.line, key.column + len(key.value) + 1)))


def _value(written: str, line: int, column: int) -> Node:
    text = written.rstrip(" ") if written[-1] == " " else written
    sign = text[0]
    if sign == '"':
        text = text[1:-1]
        return Scalar(_ESCAPE.sub(r"\1", text) if "\\" in text else text, line, column, is_plain=False)
    if sign == "'":
        return Scalar(text[1:-1].replace("''", "'"), line, column, is_plain=False)
    if sign == "[":
        return Sequence([], line, column)
    return Scalar(text, line, column)
