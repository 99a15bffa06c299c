"""Rewriting: what can be mended in a record without asking, in the record's own text.

Only what is mended changes: layout, comments, quotes, line ends and the body stay as they are, byte for byte. A
library that writes YAML anew wraps, quotes and indents as it likes; so lines and values are changed where they
stand, and the result is read and compared before it counts.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from broadsheet.core.text import fold_space
from broadsheet.records.articles import RECORD
from broadsheet.records.blocks import Mapping as MappingNode
from broadsheet.records.blocks import Node, Scalar, is_same
from broadsheet.records.blocks import Sequence as SequenceNode
from broadsheet.records.fields import compose, spanned_lines

_BOM = "\ufeff"
_FENCE = re.compile(r"---[ \t]*\r?\n?")
# What ends a line for YAML 1.1, but not for an editor.
_ODD_BREAK = re.compile("\r(?!\n|$)|[\x85\u2028\u2029]")
_ORDER = {name: place for place, name in enumerate(RECORD)}
_END = re.compile(r"[ \t]+(?=\r?\n?$)")
_TAB = re.compile(r"^( *(?:-[ \t]+)*(?:[A-Za-z_][A-Za-z0-9_]*:)?) *\t[ \t]*(?=\S)")
_PLAIN = re.compile(r"[^\W\d_][^:#\n\t,\[\]{}\"']*(?<! )")
_TAKEN = frozenset("null true false yes no on off y n".split())
"""What YAML may take for something else than a text."""
# A value on one line: with quotes, in a list between brackets, and otherwise.
_TOKENS = (
    re.compile(r"\"(?:[^\"\\\n]|\\[\"\\])*\"|'(?:[^'\n]|'')*'"),
    re.compile(r"[^\s#\"'\[\]{},][^\n#,\[\]{}]*"),
    re.compile(r"[^\s#\"'\[\]{},](?:[^\n#]|(?<!\s)#)*"),
)
_LOOSE = re.compile(rb"[ \t]\r?\n|\t|[^\n]\Z")


class Change(msgspec.Struct, frozen=True):
    """Something that was mended: the code of the rule that asked for it, where, and what was done."""

    code: str
    line: int
    column: int
    said: str


class Rewritten(msgspec.Struct, frozen=True):
    """A record's new bytes, and what is new about them."""

    data: bytes
    changes: tuple[Change, ...]


class _Front(msgspec.Struct, frozen=True):
    """A record's text in parts: the front matter's lines, with their ends, and what stands before and after them."""

    before: str
    lines: tuple[str, ...]
    after: str

    @property
    def root(self) -> MappingNode | None:
        """What the lines say; None where they are not YAML."""
        return compose("".join(self.lines).replace("\r\n", "\n"))

    def with_lines(self, lines: Sequence[str]) -> "_Front":
        return _Front(self.before, tuple(lines), self.after)


_Step = Callable[[_Front], tuple[_Front, list[Change]]]


def rewrite(data: bytes, codes: frozenset[str], spellings: Mapping[str, str]) -> Rewritten:
    """Mend a record, as the rules of some codes would have it: `topic-spelling`, `white-space`, `key-order`.

    `spellings` are names of topics as they are written, and as they should be. A record that is no YAML, or of which
    a change could change more than what it should, is left alone.
    """
    changes: list[Change] = []
    front = _split(data)
    if front is None:
        return Rewritten(data, ())
    steps: dict[str, _Step] = {
        "topic-spelling": lambda front: _spell(front, spellings),
        "white-space": _trim,
        "key-order": _sort,
    }
    for code, step in steps.items():
        old = front.root
        if code in codes and old is not None:
            mended, made = step(front)
            new = mended.root
            if made and new is not None and _says_the_same(old, new, spellings if code == "topic-spelling" else {}):
                front = mended
                changes += made
    text = front.before + "".join(front.lines) + front.after
    return Rewritten(text.encode(), tuple(changes)) if changes else Rewritten(data, ())


def _split(data: bytes) -> _Front | None:
    """Take a record apart; None for one without front matter, or with line ends that are neither LF nor CRLF."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    start = text.removeprefix(_BOM)
    lines = re.findall(r"[^\n]*\n|[^\n]+$", start)
    if not lines or not _FENCE.fullmatch(lines[0]):
        return None
    end = next((number for number, line in enumerate(lines) if number and _FENCE.fullmatch(line)), None)
    if end is None or any(_ODD_BREAK.search(line) for line in lines[: end + 1]):
        return None
    before = text[: len(text) - len(start)] + lines[0]
    return _Front(before, tuple(lines[1:end]), "".join(lines[end:]))


def _says_the_same(old: MappingNode, new: MappingNode, spellings: Mapping[str, str]) -> bool:
    """Whether two roots hold the same fields with the same values, in whatever order, but for names of topics."""
    said, says = _named(old), _named(new)
    if len(said) != len(old.pairs) or said.keys() != says.keys() or len(old.pairs) != len(new.pairs):
        return False
    return all(
        _names(said[name], spellings) == _names(says[name], {})
        if name == "topics" and spellings
        else is_same(said[name], says[name])
        for name in said
    )


def _named(root: MappingNode) -> dict[str, Node]:
    return {key.value: value for key, value in root.pairs if isinstance(key, Scalar)}


def _names(node: Node, spellings: Mapping[str, str]) -> list[str]:
    items = node.items if isinstance(node, SequenceNode) else [node]
    names = [item.value if isinstance(item, Scalar) else repr(item) for item in items]
    return [spellings.get(fold_space(name), name) for name in names]


def _spell(front: _Front, spellings: Mapping[str, str]) -> tuple[_Front, list[Change]]:
    root = front.root
    topics = _named(root).get("topics") if root is not None else None
    items = topics.items if isinstance(topics, SequenceNode) else [topics]
    lines = list(front.lines)
    changes: list[Change] = []
    for item in reversed(items):
        if isinstance(item, Scalar) and (right := spellings.get(fold_space(item.value))):
            line = lines[item.line]
            written = _written(line, item)
            if written:
                end = item.column + len(written)
                lines[item.line] = line[: item.column] + _written_as(written, right) + line[end:]
                said = f"'{fold_space(item.value)}' is now '{right}'"
                changes.append(Change("topic-spelling", item.line + 2, item.column + 1, said))
    return front.with_lines(lines), changes[::-1]


def _written(line: str, item: Scalar) -> str:
    """Return what stands on a line for a value; "" where it is none of the plain ways to write it."""
    for token in _TOKENS:
        found = token.match(line, item.column)
        if found and fold_space(_unquoted(found[0].rstrip())) == fold_space(item.value):
            return found[0].rstrip()
    return ""


def _unquoted(written: str) -> str:
    if written[0] == "'":
        return written[1:-1].replace("''", "'")
    return re.sub(r"\\(.)", r"\1", written[1:-1]) if written[0] == '"' else written


def _written_as(old: str, name: str) -> str:
    """Write a name with the quotes that the old one had; with some, where it needs them."""
    if old[0] == "'":
        return "'" + name.replace("'", "''") + "'"
    if old[0] == '"' or not _PLAIN.fullmatch(name) or name.lower() in _TAKEN:
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return name


def _trim(front: _Front) -> tuple[_Front, list[Change]]:
    kept = spanned_lines("".join(front.lines).replace("\r\n", "\n"))
    lines: list[str] = []
    changes: list[Change] = []
    for number, line in enumerate(front.lines):
        mended = line if number in kept else _TAB.sub(r"\1 ", _END.sub("", line))
        if mended != line:
            changes.append(_trimmed(line, number + 2))
        lines.append(mended)
    after = front.after
    if not after.endswith("\n") and _FENCE.fullmatch(after):
        changes.append(Change("white-space", len(lines) + 2, len(after) + 1, "a line end at the end of the file"))
        after += "\r\n" if front.before.endswith("\r\n") else "\n"
    return _Front(front.before, tuple(lines), after), changes


def _trimmed(line: str, number: int) -> Change:
    if end := _END.search(line):
        return Change("white-space", number, end.start() + 1, "no white space at the end")
    return Change("white-space", number, line.index("\t") + 1, "a space instead of a tab")


def _sort(front: _Front) -> tuple[_Front, list[Change]]:
    root = front.root
    if root is None:
        return front, []
    keys = [key for key, _ in root.pairs]
    starts = [key.line for key in keys]
    names = [key.value if isinstance(key, Scalar) else "" for key in keys]
    is_plain = all(key.column == 0 for key in keys) and len(set(starts)) == len(starts)
    if not is_plain or is_in_order(names) or "{" in front.lines[starts[0]][:1]:
        return front, []
    head, blocks, tail = _blocks(front.lines, starts)
    order = _order(names)
    if order[0] != 0:
        # Empty lines part groups of fields: none stands before all fields.
        empty = next((n for n, line in enumerate(blocks[order[0]]) if line.strip()), 0)
        blocks[0] = blocks[order[0]][:empty] + blocks[0]
        blocks[order[0]] = blocks[order[0]][empty:]
    moved = [line for place in order for line in blocks[place]]
    first = next(place for place, number in enumerate(order) if place != number)
    change = Change(
        "key-order", starts[first] + 2, 1, f"the fields stand in their order, from '{names[order[first]]}' on"
    )
    return front.with_lines([*head, *moved, *tail]), [change]


def _blocks(lines: Sequence[str], starts: Sequence[int]) -> tuple[list[str], list[list[str]], list[str]]:
    """Cut lines into what stands at the head, a block for each field, and what stands at the end.

    A block begins with the comments and empty lines before its field. Comments at the head that an empty line parts
    from the first field stay there, as do those at the end.
    """
    above = [_begin(lines, start) for start in starts]
    head = list(lines[: starts[0]])
    cut = next((n for n in range(len(head), 0, -1) if not head[n - 1].strip()), 0)
    bounds = [cut, *above[1:], _last(lines, starts[-1])]
    blocks = [list(lines[start:end]) for start, end in pairwise(bounds)]
    return head[:cut], blocks, list(lines[bounds[-1] :])


def _begin(lines: Sequence[str], start: int) -> int:
    """Return the line with which the comments and empty lines before a field begin."""
    while start > 0 and (not lines[start - 1].strip() or lines[start - 1].startswith("#")):
        start -= 1
    return start


def _last(lines: Sequence[str], start: int) -> int:
    """Return the line after the last field's, that comments and empty lines at the end follow."""
    end = len(lines)
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def is_in_order(names: Sequence[str]) -> bool:
    """Whether fields stand in the order of `articles.RECORD`; unknown ones follow the field that they stand after."""
    places = [_ORDER[name] for name in names if name in _ORDER]
    return places == sorted(places)


def _order(names: Sequence[str]) -> list[int]:
    """Return the numbers of fields in their order."""
    return [number for _, number in sorted(_places(names))]


def _places(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    place = -1
    for number, name in enumerate(names):
        place = _ORDER.get(name, place)
        yield place, number


def may_have_loose_space(data: bytes) -> bool:
    """Whether there could be white space to be mended; cheap, and wrong only on the safe side."""
    return _LOOSE.search(data) is not None
