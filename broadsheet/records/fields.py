"""Typed access to YAML, with the place of every value.

YAML's own guesses play no part: a scalar means what its field says, so `title: no` is the text "no".
This is the only module that imports yaml.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Literal

import msgspec
import yaml

from broadsheet.core.dates import parse_timestamp
from broadsheet.core.diagnostics import ContentError, Diagnostic, Location, Severity
from broadsheet.core.text import clean, decode_entities, first_forbidden, fold_space
from broadsheet.core.urls import mixed_scripts, web_url
from broadsheet.records import blocks
from broadsheet.records.blocks import Mapping as MappingNode
from broadsheet.records.blocks import Node
from broadsheet.records.blocks import Scalar as ScalarNode
from broadsheet.records.blocks import Sequence as SequenceNode

try:
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # PyYAML without libyaml: slower, with the same result
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

Kind = Literal["text", "integer", "flag", "timestamp", "url", "texts", "mapping", "mappings", "ignored"]

MAX_DEPTH = 40
MAX_DIGITS = 9
MAX_VALUES = 20_000
"""How many values a file may hold, at the most; a record has some fifty."""
MAX_MAPPINGS = 1_000
"""How many mappings a file may hold, each alias counted: they could multiply."""
_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
_INTEGER = re.compile(r"[+-]?\d+")
_DEEP_LINE = re.compile(r"^[ \t?:-]{80}", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"
# YAML 1.1 breaks lines here too, editors and Markdown do not; within a line they are white space.
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]")
_FENCE = re.compile(r"---[ \t]*$")


class _Loader(_BaseLoader):
    """Composes nodes without resolving scalars: every plain scalar is text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - this is how PyYAML is told


class Spec(msgspec.Struct, frozen=True):
    """What a field is: the kind of its value, whether it must be there, and what it means.

    `minimum` is the least that a whole number may be, `choices` are the texts of which a text or each of several
    should be one, the usual one first.
    """

    kind: Kind
    doc: str
    required: bool = False
    shape: "Mapping[str, Spec] | None" = None
    minimum: int | None = None
    choices: tuple[str, ...] = ()


Shape = Mapping[str, Spec]


class Problems:
    """Collects what is wrong with one file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Diagnostic] = []
        self.mappings_read = 0

    def add(self, code: str, message: str, location: Location, hint: str = "", severity: Severity = "error") -> None:
        """Note a problem."""
        self.found.append(Diagnostic(code=code, message=message, location=location, severity=severity, hint=hint))

    def warn(self, code: str, message: str, location: Location, hint: str = "") -> None:
        """Note a problem that keeps nothing from being built."""
        self.add(code, message, location, hint, "warning")


class Address(msgspec.Struct, frozen=True):
    """A URL as somebody wrote it, and as it is linked: an ASCII URI."""

    written: str
    link: str


def decode(data: bytes, problems: Problems) -> str | None:
    """Read bytes as UTF-8, with or without BOM, its line ends made LF; None and a problem if they are not."""
    is_utf_16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    data = data.removeprefix(_BOM)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        hint = "save the file as UTF-8"
        if is_utf_16:
            hint = "the file looks like UTF-16; save it as UTF-8"
        problems.add("bad-encoding", "not UTF-8", Location(problems.path, line, column), hint)
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_front_matter(text: str, problems: Problems) -> tuple[str, str, int] | None:
    """Split a Markdown file into YAML, body and the body's first line; None and a problem without front matter."""
    lines = text.split("\n")
    if not _FENCE.fullmatch(lines[0]):
        problems.add(
            "no-front-matter",
            "the file does not begin with front matter",
            Location(problems.path),
            "begin with a line '---', the fields, and another line '---'",
        )
        return None
    for number, line in enumerate(lines[1:], 1):
        if line.startswith("---") and _FENCE.fullmatch(line):
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    problems.add(
        "no-front-matter",
        "the front matter has no end",
        Location(problems.path),
        "end it with a line that holds only '---'",
    )
    return None


def drop_forbidden(text: str, problems: Problems, first_line: int) -> str:
    """Drop the characters that no page, feed or YAML can hold, with a warning at the place of the first."""
    start = first_forbidden(text)
    if start is None:
        return text
    kept, dropped = clean(text)
    line, column = text.count("\n", 0, start) + first_line, start - text.rfind("\n", 0, start)
    message = f"{_dropped(dropped)}, the first is U+{ord(text[start]):04X}"
    problems.warn("bad-character", message, Location(problems.path, line, column), "remove them from the file")
    return kept


def read(text: str, shape: Shape, problems: Problems, first_line: int = 1) -> "Fields | None":
    """Read YAML text as one mapping of the given shape; None and a problem if it is not one.

    `first_line` is the line of the file on which the text begins.
    """
    if text.count("\n") + text.count(",") > MAX_VALUES:
        message = f"more than {MAX_VALUES:,} lines and values"
        problems.add("too-large", message, Location(problems.path, first_line), "a file holds one record")
        return None
    text = drop_forbidden(text, problems, first_line)
    node: Node | None = blocks.parse(text)
    if node is None:
        try:
            node = _compose(_ODD_BREAKS.sub(" ", text), problems, first_line)
        except yaml.YAMLError as error:
            message, where, hint = _explain(error, problems.path, first_line)
            if "nesting depth" in message:  # libyaml from 0.2.6 on has a bound of its own
                problems.add("too-deep", f"nested more than {MAX_DEPTH} levels deep", where)
            else:
                problems.add("bad-yaml", message, where, hint)
            return None
        except _TooDeepError:
            return None
    if not isinstance(node, MappingNode):
        where = Location(problems.path, first_line)
        problems.add("bad-type", "expected fields such as 'title: …'", where)
        return None
    return Fields(node, shape, problems, first_line)


class _ValuesLoader(_BaseLoader):
    """Takes what looks like a date and is none for text."""

    def construct_date(self, node: yaml.ScalarNode) -> object:
        """Return a date, a time, or the text."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_ValuesLoader.add_constructor("tag:yaml.org,2002:timestamp", _ValuesLoader.construct_date)


def plain_values(text: str, path: str) -> object:
    """Return what YAML of others says, aliases, merge keys and all, as plain values. Raises ContentError."""
    try:
        return yaml.load(text, Loader=_ValuesLoader)  # noqa: S506 - it stands on a safe one
    except yaml.YAMLError as error:
        message, where, hint = _explain(error, path, 1)
        raise ContentError([Diagnostic(code="bad-yaml", message=message, location=where, hint=hint)]) from error
    except (ValueError, RecursionError) as error:  # a number that is none, and text nested too deep
        raise ContentError([Diagnostic(code="bad-yaml", message=str(error), location=Location(path))]) from error


def compose(text: str) -> MappingNode | None:
    """Return what YAML text says, as `read` takes it; None where it says no fields, or is in error."""
    node: Node | None = blocks.parse(text)
    if node is None:
        try:
            node = _compose(text, Problems(""), 1)
        except (yaml.YAMLError, _TooDeepError):
            return None
    return node if isinstance(node, MappingNode) else None


def spanned_lines(text: str) -> frozenset[int]:
    """Return the lines, from 0, on which a value of several lines stands: white space may mean something there."""
    if blocks.parse(text) is not None:
        return frozenset()
    found: set[int] = set()
    for token in yaml.scan(text, Loader=_Loader):
        if isinstance(token, yaml.ScalarToken) and token.end_mark.line > token.start_mark.line:
            # A block ends where the next line begins.
            found.update(range(token.start_mark.line, token.end_mark.line + (token.end_mark.column > 0)))
    return frozenset(found)


class Fields:
    """The fields of one mapping, read by what each is said to be; what is wrong goes to its `Problems`.

    A getter returns None (or an empty tuple) where the field is absent or wrong; a required field
    that is absent is a problem.
    """

    def __init__(self, node: MappingNode, shape: Shape, problems: Problems, first_line: int, prefix: str = "") -> None:
        self._shape = shape
        self._problems = problems
        self._first_line = first_line
        self._prefix = prefix
        self._nodes: dict[str, Node] = {}
        self.location = self._place(node)
        for key_node, value_node in node.pairs:
            self._take(key_node, value_node)

    def where(self, key: str) -> Location:
        """Return the place of a field's value, or of the mapping where the field is absent."""
        node = self._nodes.get(key)
        return self._place(node) if node is not None else self.location

    def has(self, key: str) -> bool:
        """Whether the field stands there with a value that is not null."""
        return self._node(key, self._shape[key].kind) is not None

    def names(self) -> frozenset[str]:
        """Return the names of the fields that stand there, null or not."""
        return frozenset(self._nodes)

    def order(self) -> tuple[str, ...]:
        """Return the names of the fields that stand there, in their order."""
        return tuple(self._nodes)

    def node(self, key: str) -> Node:
        """Return what stands there for a field, unread. Raises KeyError where the field is absent."""
        return self._nodes[key]

    def text(self, key: str) -> str | None:
        """Return a line of text: entities decoded once, white space folded, forbidden characters dropped."""
        node = self._scalar(key, "text")
        return self._text(key, node) if node is not None else None

    def required_text(self, key: str) -> str:
        """Return a line of text that must be there; the empty text where it is not, with a problem noted."""
        return self.text(key) or ""

    def markup(self, key: str) -> str | None:
        """Return a text as it stands, for a parser of markup to read."""
        node = self._scalar(key, "text")
        return clean(node.value)[0] if node is not None else None

    def ignored(self, key: str) -> str:
        """Return the text of a field that is never read, to be compared with and for nothing else; "" without one."""
        node = self._nodes.get(key)
        return node.value if isinstance(node, ScalarNode) else ""

    def choices(self, key: str) -> tuple[str, ...]:
        """Return the texts of which a field should be one, the usual one first."""
        return self._shape[key].choices

    def integer(self, key: str) -> int | None:
        """Return a whole number, at least the minimum of its field."""
        node = self._scalar(key, "integer")
        if node is None:
            return None
        value = node.value.strip()
        if not _INTEGER.fullmatch(value) or len(value.lstrip("+-0")) > MAX_DIGITS:
            self.problem("bad-integer", key, f"'{_brief(value)}' is not a whole number")
            return None
        number = int(value)
        minimum = self._shape[key].minimum
        if minimum is not None and number < minimum:
            self.problem("bad-integer", key, f"{number} is less than {minimum}")
            return None
        return number

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return True for a YAML true only; warn about what looks like one."""
        node = self._scalar(key, "flag")
        if node is None:
            return default
        if node.is_plain and node.value in _TRUE | _FALSE:
            return node.value in _TRUE
        self.warning(
            "bad-published",
            key,
            f"'{_brief(node.value)}' is not a YAML true or false, so it counts as false",
            f"write '{key}: true' or '{key}: false', without quotes",
        )
        return False

    def timestamp(self, key: str) -> datetime | None:
        """Return a time in UTC; a time without offset is read as UTC, with a warning."""
        node = self._scalar(key, "timestamp")
        if node is None:
            return None
        try:
            moment, has_zone = parse_timestamp(node.value)
        except ValueError as error:
            self.problem("bad-date", key, str(error), "write it as 2023-06-08T21:51:00Z")
            return None
        if not has_zone:
            self.warning("no-time-zone", key, "no offset, read as UTC", "add Z, or an offset such as +02:00")
        return moment

    def url(self, key: str) -> str | None:
        """Return an http or https URL as it is written, trimmed; see `urls.web_url` for what it must be."""
        address = self.address(key)
        return address.written if address is not None else None

    def address(self, key: str) -> "Address | None":
        """Return an http or https URL as it is written, trimmed, and as `urls.web_url` makes it."""
        node = self._scalar(key, "url")
        if node is None:
            return None
        value = node.value.strip()
        try:
            address = Address(value, web_url(value))
        except ValueError as error:
            self.problem("bad-url", key, str(error), "give the full http or https address of the page")
            return None
        if odd := mixed_scripts(value):
            message = f"'{odd}' mixes scripts, and may stand for a name that looks the same"
            self.warning("odd-host", key, message, "check that it is the site that you mean")
        return address

    def texts(self, key: str) -> tuple[tuple[str, Location], ...]:
        """Return a list of texts, each with its place; a text alone is a list of one."""
        node = self._node(key, "texts")
        if node is None:
            return ()
        items = [node] if isinstance(node, ScalarNode) else self._items(key, node)
        values = []
        for item in items:
            if not isinstance(item, ScalarNode):
                self._wrong_type(key, item, "text")
            elif self._untagged(item) and (value := self._text(key, item)):
                values.append((value, self._place(item)))
        return tuple(values)

    def mapping(self, key: str) -> "Fields | None":
        """Return the fields of a mapping."""
        node = self._node(key, "mapping")
        if node is None:
            return None
        return self._fields(key, node)

    def mappings(self, key: str) -> "tuple[Fields, ...]":
        """Return the fields of each mapping of a list."""
        node = self._node(key, "mappings")
        if node is None:
            return ()
        found = (self._fields(key, item) for item in self._items(key, node))
        return tuple(fields for fields in found if fields is not None)

    def problem(self, code: str, key: str, message: str, hint: str = "") -> None:
        """Note an error at a field's value."""
        self._problems.add(code, f"'{self._prefix}{key}': {message}", self.where(key), hint)

    def warning(self, code: str, key: str, message: str, hint: str = "") -> None:
        """Note a warning at a field's value."""
        self._problems.warn(code, f"'{self._prefix}{key}': {message}", self.where(key), hint)

    def _take(self, key_node: Node, value_node: Node) -> None:
        if not isinstance(key_node, ScalarNode):
            self._problems.add("bad-type", "a field's name must be text", self._place(key_node))
            return
        key = key_node.value
        if key in self._nodes:
            first = self._nodes[key].line + self._first_line
            self._problems.add(
                "duplicate-key",
                f"{self._named(key)} stands twice; the first is on line {first}",
                self._place(key_node),
                "keep one of the two",
            )
            return
        self._nodes[key] = value_node
        if key not in self._shape:
            self._problems.warn(
                "unknown-field",
                f"{self._named(key)} is not a field here",
                self._place(key_node),
                self._suggest(key),
            )

    def _named(self, key: str) -> str:
        return f"'{self._prefix}{_brief(key)}'"

    def _suggest(self, key: str) -> str:
        folded = {name.lower().replace("_", ""): name for name in self._shape}
        close = get_close_matches(key.lower().replace("_", ""), folded, n=1, cutoff=0.7)
        return f"did you mean '{folded[close[0]]}'?" if close else "remove it, or see docs/record-format.md"

    def _node(self, key: str, kind: Kind) -> Node | None:
        spec = self._shape[key]
        if spec.kind != kind:
            raise TypeError(f"the shape says that '{key}' is of kind {spec.kind}, not {kind}")
        node = self._nodes.get(key)
        if node is None or _is_null(node):
            if spec.required:
                self._problems.add(
                    "missing-field",
                    f"'{self._prefix}{key}' is missing",
                    self.where(key),
                    f"{key}: {spec.doc}",
                )
            return None
        return node

    def _scalar(self, key: str, kind: Kind) -> ScalarNode | None:
        node = self._node(key, kind)
        if node is None or (isinstance(node, ScalarNode) and not node.tag):
            return node
        if isinstance(node, ScalarNode):
            self._untagged(node)
        else:
            self._wrong_type(key, node, "text")
        return None

    def _items(self, key: str, node: Node) -> Iterator[Node]:
        if not isinstance(node, SequenceNode):
            self._wrong_type(key, node, "a list")
            return
        if not self._untagged(node):
            return
        yield from (item for item in node.items if not _is_null(item))

    def _fields(self, key: str, node: Node) -> "Fields | None":
        if not isinstance(node, MappingNode):
            self._wrong_type(key, node, "fields")
            return None
        if not self._untagged(node):
            return None
        self._problems.mappings_read += 1
        if self._problems.mappings_read > MAX_MAPPINGS:
            if self._problems.mappings_read == MAX_MAPPINGS + 1:
                message = f"more than {MAX_MAPPINGS:,} groups of fields, aliases included"
                self._problems.add("too-deep", message, self._place(node), "write fewer, and no aliases of aliases")
            return None
        shape = self._shape[key].shape or {}
        return Fields(node, shape, self._problems, self._first_line, f"{self._prefix}{key}.")

    def _text(self, key: str, node: ScalarNode) -> str | None:
        value, dropped = clean(decode_entities(node.value))
        if dropped:
            message = f"'{self._prefix}{key}': {_dropped(dropped)}"
            self._problems.warn("bad-character", message, self._place(node), "remove them from the record")
        value = fold_space(value)
        if not value and self._shape[key].required:
            message = f"'{self._prefix}{key}' is empty"
            self._problems.add("missing-field", message, self._place(node))
        return value or None

    def _untagged(self, node: Node) -> bool:
        if not node.tag:
            return True
        self._problems.add("bad-yaml", f"the tag '{_brief(node.tag)}' is not read", self._place(node), "remove it")
        return False

    def _wrong_type(self, key: str, node: Node, wanted: str) -> None:
        found = "text" if isinstance(node, ScalarNode) else "a list" if isinstance(node, SequenceNode) else "fields"
        message = f"'{self._prefix}{key}': expected {wanted}, found {found}"
        self._problems.add("bad-type", message, self._place(node))

    def _place(self, node: Node) -> Location:
        return Location(self._problems.path, node.line + self._first_line, node.column + 1)


class _TooDeepError(Exception):
    """The YAML is nested too deeply; a problem has been noted."""


_TAGS = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}


def _compose(text: str, problems: Problems, first_line: int) -> Node:
    """Read any YAML; no text at all, or null, is a mapping without fields."""
    if _may_be_deep(text):
        _check_depth(text, problems, first_line)
    found = yaml.compose(text, Loader=_Loader)
    node = _node(found, {}) if found is not None else None
    return MappingNode([], 0, 0) if node is None or _is_null(node) else node


def _node(node: yaml.Node, made: dict[int, Node]) -> Node:
    """Make PyYAML's node one of ours. `made` are those of this text: an alias is the very node that it names."""
    known = made.get(id(node))
    if known is not None:
        return known
    mark = node.start_mark
    tag = "" if node.tag == _TAGS[type(node)] else str(node.tag)
    if isinstance(node, yaml.ScalarNode):
        # libyaml says that a scalar is plain with "", the Python parser with None.
        made[id(node)] = scalar = ScalarNode(node.value, mark.line, mark.column, not node.style, tag)
        return scalar
    if isinstance(node, yaml.SequenceNode):
        made[id(node)] = sequence = SequenceNode([], mark.line, mark.column, tag)
        sequence.items.extend([_node(item, made) for item in node.value])
        return sequence
    made[id(node)] = mapping = MappingNode([], mark.line, mark.column, tag)
    mapping.pairs.extend([(_node(key, made), _node(value, made)) for key, value in node.value])
    return mapping


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.is_plain and node.value in _NULLS


def _dropped(count: int) -> str:
    return "a control character dropped" if count == 1 else f"{count} control characters dropped"


def _brief(value: str) -> str:
    text = fold_space(value)
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - what fits on a line


def _may_be_deep(text: str) -> bool:
    """Whether text could nest past libyaml's recursion; cheap, and wrong only on the safe side."""
    return text.count("[") + text.count("{") >= MAX_DEPTH or _DEEP_LINE.search(text) is not None


def _check_depth(text: str, problems: Problems, first_line: int) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            mark = event.start_mark
            if depth > MAX_DEPTH and mark is not None:
                where = Location(problems.path, mark.line + first_line, mark.column + 1)
                problems.add("too-deep", f"nested more than {MAX_DEPTH} levels deep", where)
                raise _TooDeepError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _explain(error: yaml.YAMLError, path: str, first_line: int) -> tuple[str, Location, str]:
    """Turn PyYAML's error into message, place and hint."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = Location(path, first_line)
    if mark is not None:
        where = Location(path, mark.line + first_line, mark.column + 1)
    message = str(getattr(error, "problem", None) or "not YAML")
    context = getattr(error, "context", None)
    if context:
        message = f"{message} {context}"
    hint = "quote a text that holds ': ' or begins with a sign such as @, %, *, & or ["
    return message, where, hint
