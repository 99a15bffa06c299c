"""The fast reader of plain YAML: it says what PyYAML says, or nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from builders import PROPERTIES
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.records.blocks import Mapping, Node, Scalar, Sequence, parse
from broadsheet.records.fields import Problems, decode, split_front_matter

TAGS = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}


class Loader(yaml.CSafeLoader):
    yaml_implicit_resolvers = {}  # noqa: RUF012 - as in fields


def expected(node: yaml.Node | None) -> Node:
    """Say in our nodes what PyYAML composed."""
    assert node is not None
    assert node.tag == TAGS[type(node)]
    line, column = node.start_mark.line, node.start_mark.column
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, line, column, is_plain=not node.style)
    if isinstance(node, yaml.SequenceNode):
        return Sequence([expected(item) for item in node.value], line, column)
    return Mapping([(expected(key), expected(value)) for key, value in node.value], line, column)


def is_read(text: str) -> bool:
    """Whether the fast reader takes a text; what it makes of it must be what PyYAML makes."""
    made = parse(text)
    if made is None:
        return False
    assert made == expected(yaml.compose(text, Loader=Loader))
    return True


@pytest.mark.parametrize(
    "text",
    [
        "a: b",
        "a: b\n",
        "\n  \na: b  \n\n\nc: d\n   ",
        "a:\nb:  \nc:",
        'a: b c, d [e] {f} g\'s "h" i#j k:l m- n? !o &p *q |r >s %t @u `v',
        "a: -1",
        "a: +1\nb: .5\nc: ~\nd: null\ne: =\nf: <<\ng: /a\nh: (b)",
        "a: http://example.org/?b=c&d#e",
        "a: 2023-06-08T21:51:00Z",
        "a:   'it''s: #1 '  ",
        "a: ''\nb: \"\"\nc: ''''",
        'a: "b: c # d\'"',
        "a: []\nb:\n- []",
        "a: é🚀\xa0ü\nb:\n- 🚀\n",
        r'''a: "\"b\" \\"''',
        r'''a: "\\\\n\\\""''',
        "a:\n  b:\n    c: d\n  e: f\ng: h",
        "a:\n- b\n- c\nd: e",
        "a:\n    - b\n\n    - 'c'\n    -   d\ne: f",
        "a:\n- b: c\n  d: e\n- b: f\n\n  d:\ng:",
        "a:\n  -   b:\n        c: d\n      e:\n      - f\n      g:\n        - h: i\n          j: k\nl: m",
        "a:\n- b:\n- c:\n  - d\n- e",
        "a: b\na: c",
        f"a: {'b' * 5000}\nc: {'d ' * 2000}",
    ],
)
def test_what_is_read(text: str) -> None:
    assert is_read(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "a", "a:b", "- a", "[]", "{}", "~", " a: b", "---\na: b", "a: b\n---\n", "a: b\n...", "%YAML 1.1"),
        *("# a", "a: b # c", "a: # b", "a: b\n# c\n", "a: #b", "a:\tb", "a: b\t", "\ta: b", "a: b\tc", "a: 'b\tc'"),
        *("a: b: c", "a: b:", "a: b:  ", "a : b", "'a': b", '"a": b', "é: a", "1: a", "? a\n: b", "a: - b", "a: ? b"),
        *("a: -", "a: - ", "a: --", "a: ?b", "a: :b", "a: ,b", "a: ]", "a: }", "a: @b", "a: `b", "a: %b", "a: !b c"),
        *("a: &b c", "a: *b", "a: |\n  b", "a: >\n  b", "a: [b]", "a: [ ]", "a: {}", "a: {b: c}", "a:\n- []: b"),
        *(
            'a: "b\\n"',
            'a: "b',
            "a: 'b",
            "a: 'b' c",
            'a: "b"c',
            "a: 'b'c'",
            "a: 'b\n  c'",
            'a: "b\n\n  c"',
            "a: []b",
            r'a: "b\"',
            r'a: "\x41"',
        ),
        *("a: b\n  c", "a: b\n\n  c", "a:\n  b", "a:\n  b\n  c", "a: b\n  c: d", "a: 'b'\n  c: d", "a: b\n- c"),
        *("a:\n    b: c\n  d: e", "a:\n  b: c\n d: e", "a:\n  - b\n- c", "a:\n  - b\n  c: d", "a:\n- b\n c: d"),
        *("a:\n- b: c\n   d: e", "a:\n- b: c\n d: e", "a:\n- - b", "a:\n-\n  b: c", "a:\n- ", "a:\n- b\n  - c"),
        *(
            "\ufeffa: b",
            "a: b\ufeff",
            "a: b\x85",
            "a: \u2028",
            "a: b\u2029c",
            "a: b\rc: d",
            "a: \x00",
            "a: \x7f",
            "a: \ud800",
        ),
        *("a: \ufffe", "a: \x9f", f"{'a' * 2000}: b", "".join(f"{' ' * level}a:\n" for level in range(60))),
    ],
)
def test_what_is_left_to_others(text: str) -> None:
    assert parse(text) is None


SCALARS = st.sampled_from(
    [
        "x",
        "x y",
        "-1",
        "'q'",
        '"q"',
        "''",
        "'it''s'",
        r'"\"\\"',
        "[]",
        "a:b",
        "a#b",
        "é🚀",
        "https://example.org/a?b#c",
        "x ",
        "~",
    ]
)
ODD = st.sampled_from(
    [
        *" \t\r\n-:#,?!&*|>'\"[]{}%@`~\\é\x85\u2028\ufeff\xa0",
        "  ",
        "- ",
        ": ",
        " #",
        "---",
        "...",
        "\n\n",
        "a: b",
        "\n  ",
    ]
)


def indented(lines: list[str], by: int) -> list[str]:
    return [" " * by + line for line in lines]


def entry(key: str, gap: str, value: str | tuple[int, list[str]]) -> list[str]:
    if isinstance(value, str):
        return [f"{key}:{gap}{value}"]
    return [f"{key}:", *indented(value[1], value[0] + (not value[1][0].startswith("-")))]


def item(gap: int, lines: list[str]) -> list[str]:
    first, *others = lines
    return [f"-{' ' * gap}{first}", *indented(others, gap + 1)]


def joined(parts: list[list[str]]) -> list[str]:
    return [line for part in parts for line in part]


def mappings(below: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    values = SCALARS | st.just("") | st.tuples(st.integers(0, 3), below)
    entries = st.builds(entry, st.sampled_from(["a", "b", "_c9"]), st.sampled_from([" ", "  "]), values)
    return st.lists(entries, min_size=1, max_size=4).map(joined)


def sequences(below: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    items = SCALARS.map(lambda value: [value]) | mappings(below)
    return st.lists(st.builds(item, st.integers(1, 3), items), min_size=1, max_size=3).map(joined)


NESTED = st.recursive(
    mappings(SCALARS.map(lambda value: [f"a: {value}"])), lambda below: mappings(below) | sequences(below), max_leaves=4
)
TEXTS = mappings(NESTED).map("\n".join)


@PROPERTIES
@given(TEXTS)
def test_plain_yaml_is_read_as_pyyaml_reads_it(text: str) -> None:
    assert is_read(text)


@PROPERTIES
@given(TEXTS, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), ODD | st.just("")), max_size=3))
def test_what_is_nearly_plain_is_read_as_pyyaml_reads_it_or_not_at_all(
    text: str, changes: list[tuple[int, int, str]]
) -> None:
    for place, length, inserted in changes:
        start = place % (len(text) + 1)
        text = text[:start] + inserted + text[start + length :]

    is_read(text)


@PROPERTIES
@given(
    st.lists(st.sampled_from(["a:", "a: ", "- ", "-", "\n", "\n", "\n  ", " ", "x", "'", '"', "[]", "#"]), max_size=12)
)
def test_a_heap_of_signs_is_read_as_pyyaml_reads_it_or_not_at_all(parts: list[str]) -> None:
    is_read("".join(parts))


def yaml_texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".md", ".yaml"}:
            continue
        problems = Problems(path.name)
        text = decode(path.read_bytes(), problems)
        assert text is not None
        if path.suffix == ".yaml":
            yield text
        elif parts := split_front_matter(text, problems):
            yield parts[0]


def test_nearly_all_real_records_are_read(real_records: Path) -> None:
    read = [is_read(text) for text in yaml_texts(real_records)]

    assert len(read) > 90
    assert sum(read) > 0.9 * len(read)


def test_nearly_all_of_the_demonstration_is_read() -> None:
    read = [is_read(text) for text in yaml_texts(ROOT / "content")]

    assert sum(read) > 0.9 * len(read)
