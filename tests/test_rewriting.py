"""Rewriting: what is mended changes, and nothing else does."""

import re
from pathlib import Path

import pytest
from builders import BOM, PROPERTIES, parse, record
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.checks.rewriting import Change, is_in_order, rewrite
from broadsheet.records.articles import RECORD

ALL = frozenset({"topic-spelling", "white-space", "key-order"})
NAMES = {
    "art, old": "Old, art",
    "nothing": "Null",
    "three": "3",
    "oekologie": "Ökologie",
    "ai": "AI",
    "a i": "AI",
    "C sharp": "C#",
    "it's": "It's: all",
    'say "x"': 'Say "x"',
}

UNTIDY = """---
# The head of the file.

webUrl: https://example.org/a # the source
title:\t"A  headline"\x20\x20
# What follows is a teaser.
excerpt: >
  Two spaces end this line\x20\x20
  and a tab\tis here.

publishedDateTime: 2024-05-01T08:00:00Z\t
topics: # three
    - ai   # the field
    - 'it''s'
    -   "a i"
published: true
# The end.
---
The body  \t
stays.
"""
TIDY = """---
# The head of the file.

title: "A  headline"
# What follows is a teaser.
excerpt: >
  Two spaces end this line\x20\x20
  and a tab\tis here.

publishedDateTime: 2024-05-01T08:00:00Z
webUrl: https://example.org/a # the source
published: true
topics: # three
    - AI   # the field
    - 'It''s: all'
    -   "AI"
# The end.
---
The body  \t
stays.
"""


def rewritten(text: str, codes: frozenset[str] = ALL) -> str:
    return rewrite(text.encode(), codes, NAMES).data.decode()


def test_a_record_is_mended_and_its_layout_stays() -> None:
    assert rewritten(UNTIDY) == TIDY
    assert rewritten(TIDY) == TIDY


def test_each_change_is_said() -> None:
    assert rewrite(UNTIDY.encode(), ALL, NAMES).changes == (
        Change("topic-spelling", 13, 7, "'ai' is now 'AI'"),
        Change("topic-spelling", 14, 7, "'it's' is now 'It's: all'"),
        Change("topic-spelling", 15, 9, "'a i' is now 'AI'"),
        Change("white-space", 5, 21, "no white space at the end"),
        Change("white-space", 11, 40, "no white space at the end"),
        Change("key-order", 4, 1, "the fields stand in their order, from 'title' on"),
    )


@pytest.mark.parametrize("code", sorted(ALL))
def test_only_what_is_asked_for_is_mended(code: str) -> None:
    changes = rewrite(UNTIDY.encode(), frozenset({code}), NAMES).changes

    assert {change.code for change in changes} == {code}


def test_nothing_to_mend_is_the_same_bytes() -> None:
    data = record()

    assert rewrite(data, ALL, NAMES).data is data


def test_line_ends_and_a_mark_at_the_beginning_stay() -> None:
    data = BOM + UNTIDY.replace("\n", "\r\n").encode()

    assert rewrite(data, ALL, NAMES).data == BOM + TIDY.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [("---\ntitle: A\n---", "---\ntitle: A\n---\n"), ("---\r\ntitle: A\r\n---", "---\r\ntitle: A\r\n---\r\n")],
)
def test_the_last_line_ends_as_the_others_do(old: str, new: str) -> None:
    assert rewritten(old) == new


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: [a\n---\n",  # no YAML
        "---\n\ttitle: a \n---\n",
        "title: a \n",  # no front matter
        "---\ntitle: a \n",
        "---\ntitle: a \rtype: article\n---\n",  # line ends of another time
        "---\n{webUrl: 'https://example.org', title: ai}\n---\n",
        "---\nwebUrl: a\ntitle: b\nwebUrl: c\n---\n",  # a key twice
        "---\ntopics: *a\ntitle: &a b\n---\n",
        "---\npublished: &a true\ntitle: *a\n---\n",  # moved, the alias would stand first
        '---\ntopics: ["a\\u0020i"]\n---\n',  # an escape that is not undone here
        "---\ntopics:\n- ai\n- b\u2028c\ntitle: a \n---\n",
        "---\ntopics:\n- a\n  i\n---\n",  # on two lines
        "---\ntitle: a\n---\nThe body has no end  ",
    ],
)
def test_what_could_change_more_is_left_alone(text: str) -> None:
    assert rewritten(text) == text
    assert rewrite(text.encode(), ALL, NAMES).changes == ()


def test_bytes_that_are_no_text_are_left_alone() -> None:
    data = b"---\ntitle: \xe9 \n---\n"

    assert rewrite(data, ALL, NAMES).data == data


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("topics: ai", "topics: AI"),
        ("topics: [ai, 'a i', x]", "topics: [AI, 'AI', x]"),
        ("topics: [ai,Other]", "topics: [AI,Other]"),
        ("topics:\n- art, old # both", 'topics:\n- "Old, art" # both'),
        ("topics:\n- nothing", 'topics:\n- "Null"'),
        ("topics:\n- three", 'topics:\n- "3"'),
        ("topics:\n- oekologie", "topics:\n- Ökologie"),
        ("topics:\n- C sharp", 'topics:\n- "C#"'),
        ("topics:\n- it's", 'topics:\n- "It\'s: all"'),
        ("topics:\n- 'say \"x\"'", "topics:\n- 'Say \"x\"'"),
        ('topics:\n- "say \\"x\\""', 'topics:\n- "Say \\"x\\""'),
        ("topics:\n-  a   i # spaces", "topics:\n-  AI # spaces"),
    ],
)
def test_a_topic_is_written_as_it_was_quoted(old: str, new: str) -> None:
    assert rewritten(f"---\n{old}\n---\n") == f"---\n{new}\n---\n"


def test_a_topic_s_name_elsewhere_stays() -> None:
    text = "---\ntitle: ai\nprovider:\n  name: ai\n---\nai\n"

    assert rewritten(text) == text


def test_comments_and_empty_lines_go_with_their_fields() -> None:
    old = "---\n# of the type\ntype: article\n\n# of the headline\ntitle: A\n\nslug: a\n---\n"

    assert rewritten(old) == "---\n# of the headline\ntitle: A\n\n# of the type\ntype: article\n\nslug: a\n---\n"


def test_an_unknown_field_stays_with_the_one_before_it() -> None:
    old = "---\npublished: true\nnote: x\ntitle: A\nothers: y\n---\n"

    assert rewritten(old) == "---\ntitle: A\nothers: y\npublished: true\nnote: x\n---\n"


FIELDS = {
    "title": '"A headline" # said',
    "excerpt": "|\n  Two lines  \n\n  # no comment",
    "publishedDateTime": "2024-05-01T08:00:00Z",
    "webUrl": "https://example.org/a",
    "published": "true",
    "provider": "\n  # inside\n  name: X  ",
    "topics": "\n- ai\n- Other",
    "slug": "a\t",
    "strange": "{a: 1}",
}


@given(
    st.permutations(sorted(FIELDS)),
    st.lists(st.sampled_from(["", "# a comment", "\n# a comment", "\n"]), min_size=9, max_size=9),
    st.booleans(),
)
@PROPERTIES
def test_whatever_the_order_all_lines_stay(names: list[str], above: list[str], crlf: bool) -> None:
    text = "".join(f"{before}\n{name}: {FIELDS[name]}\n" for name, before in zip(names, above, strict=True))
    data = f"---\n{text}---\nbody".replace("\n", "\r\n" if crlf else "\n").encode()

    found = rewrite(data, ALL, NAMES).data

    assert rewrite(found, ALL, NAMES).changes == ()
    assert is_in_order([name for name in re.findall(r"^(\w+):", found.decode(), re.MULTILINE) if name in RECORD])
    assert sorted(trimmed(found)) == sorted(trimmed(data.replace(b"- ai", b"- AI")))
    assert meaning(found) == meaning(data.replace(b"- ai", b"- AI"))


def trimmed(data: bytes) -> list[bytes]:
    return [line.rstrip() for line in data.splitlines() if line.strip()]


def meaning(data: bytes) -> str:
    """Return a record as the parser reads it, without its places; names of topics stand after a tilde."""
    return re.sub(
        r"(?:line|column)=\d+|TopicName\(name='(.*?)', line=\d+, column=\d+\)", r"~\1", repr(parse(data).value)
    )


def test_the_real_records_change_as_far_as_it_is_said(real_records: Path) -> None:
    names = {"Power Apps": "power: apps"}
    mended = 0
    for path in sorted(real_records.rglob("*.md")):
        data = path.read_bytes()
        found = rewrite(data, ALL, names)
        expected = data.splitlines(keepends=True)
        for change in found.changes:
            assert change.code == "topic-spelling"
            expected[change.line - 1] = expected[change.line - 1].replace(b"Power Apps", b'"power: apps"')
        assert found.data.splitlines(keepends=True) == expected
        assert rewrite(found.data, ALL, names).changes == ()
        assert meaning(found.data) == meaning(data).replace("~Power Apps", "~power: apps")
        mended += bool(found.changes)

    assert mended > 50


def test_the_real_records_in_another_order_come_back(real_records: Path) -> None:
    for path in sorted(real_records.rglob("*.md")):
        data = path.read_bytes()
        end = b"\r\n" if b"\r\n" in data else b"\n"
        category = re.search(rb"(?m)^category: .*\r?\n", data)
        assert category is not None
        moved = data.replace(category[0], b"", 1).replace(b"type: ", category[0] + b"type: ", 1)
        noted = moved.replace(b"quality: ", b"# The note goes with it." + end + b"quality: ", 1)

        found = rewrite(noted, ALL, {})

        assert [change.code for change in found.changes] == ["key-order"]
        assert found.data.replace(b"# The note goes with it." + end, b"", 1) == data
        assert meaning(found.data) == meaning(data)
