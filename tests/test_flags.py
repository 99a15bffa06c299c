"""The `published` flag: set in the record's own text, and nothing else changed, to the byte."""

import pytest
from builders import BOM, PROPERTIES, RULES, parse, source
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.diagnostics import ContentError
from broadsheet.core.model import Article, Draft
from broadsheet.records.flags import set_flag

TITLE, DATE, URL = b"title: A", b"publishedDateTime: 2023-06-08T21:51:00Z", b"webUrl: https://example.org/a"
USUAL = (TITLE, DATE, URL)


def front(*lines: bytes, end: bytes = b"\n", body: bytes = b"") -> bytes:
    """Build a record of lines."""
    return end.join((b"---", *lines, b"---", body))


def flagged(data: bytes, *, published: bool) -> bytes | None:
    """Set the flag of a record."""
    return set_flag(source(data), RULES, published=published)[1]


def refused(data: bytes, *, published: bool = True) -> list[str]:
    """Return the codes of what keeps a flag from being set."""
    with pytest.raises(ContentError) as caught:
        flagged(data, published=published)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"published: false", b"published: true"),
        (b"published: FALSE", b"published: true"),
        (b"published:   false   # not yet", b"published:   true   # not yet"),
        (b"published : false", b"published : true"),
        (b'"published": false', b'"published": true'),
        (b"'published': no", b"'published': true"),
        (b'published: "true"  # quoted', b"published: true  # quoted"),
        (b"published: 'yes'", b"published: true"),
        (b"published: yes", b"published: true"),
        (b"published: not yet, read it first", b"published: true"),
        (b"published:\tno\t# tab", b"published:\ttrue\t# tab"),
        (b"published:", b"published: true"),
        (b"published: ", b"published: true "),
        (b"published: # soon", b"published: true # soon"),
        (b"published: ~", b"published: true"),
        (b"published: null # none", b"published: true # none"),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_the_value_is_replaced_and_the_line_stays(before: bytes, after: bytes, end: bytes) -> None:
    rest = {"end": end, "body": b"Text, with published: false in it."}
    data = front(TITLE, DATE, before, b"# a comment", URL, b"", b"topics: [ AI,  'B' ]", **rest)

    assert flagged(data, published=True) == data.replace(end + before + end, end + after + end)


def test_a_record_is_unpublished() -> None:
    data = front(*USUAL, b"published: True # since June")

    assert flagged(data, published=False) == data.replace(b"True", b"false")


@pytest.mark.parametrize(
    ("lines", "published"),
    [((b"published: TRUE",), True), ((b"published: false",), False), ((b"published: yes",), False), ((), False)],
)
def test_what_is_so_already_stays(lines: tuple[bytes, ...], *, published: bool) -> None:
    assert flagged(front(*USUAL, *lines), published=published) is None


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        ((URL, TITLE, DATE, b"topics: [AI]"), 3),
        ((TITLE, DATE, URL, b"heat: -1", b"provider:", b"  name: X"), 4),
        ((TITLE, b"quality: 1 # good", b"topics:", b"- AI", URL, DATE, b"# the end"), 6),
        # A value of several lines is no place behind which a field can be put: the next best is taken.
        ((TITLE, DATE, URL, b"excerpt: >", b"  folded", b"  text", b"topics: [AI]"), 3),
        ((DATE, URL, b"title: one", b"  and two"), 2),
        ((b"  title: A", b"  " + DATE, b"  " + URL), 3),
        # Here none is left but the end.
        (
            (b"title: a", b"  b", b"webUrl: >-", b"  https://example.org/a", b"publishedDateTime: >-", b"  2023-06-08"),
            6,
        ),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_absent_flag_gets_a_line(lines: tuple[bytes, ...], after: int, end: bytes) -> None:
    data = BOM + front(*lines, end=end, body=b"No line at the end")
    indent = b"  " if lines[0].startswith(b"  ") else b""

    assert flagged(data, published=True) == BOM + front(
        *lines[:after], indent + b"published: true", *lines[after:], end=end, body=b"No line at the end"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"---\n{ title: A, publishedDateTime: 2023-06-08, webUrl: 'https://example.org/a', published: false }\n---\n",
        front(*USUAL, b"published:", b"  false"),
        front(*USUAL, b"published: not", b"  yet"),
        front(*USUAL, b"published: &x false"),
        front(*USUAL, b"excerpt: &x 'no'", b"published: *x"),
        front(*USUAL, b"published: &x false", b"excerpt: *x"),
        front(*USUAL, b"? published", b": false"),
        front(*USUAL, b"published: >", b"  false"),
        front(*USUAL, b'published: "a\\x62"'),
        front(*USUAL, b"? 'published'", b": no"),
        front(*USUAL, b'"publ\\x69shed": false'),
        b"---\n{title: A, publishedDateTime: 2023-06-08, webUrl: 'https://example.org/a'}\n---\n",
    ],
)
def test_an_unusual_flag_is_refused(data: bytes) -> None:
    assert refused(data) == ["odd-flag"]


def test_what_only_looks_like_the_flag_is_no_flag() -> None:
    quoted = b'excerpt: "first', b"published: false", b'last"'
    data = front(TITLE, *quoted, DATE, URL)

    assert flagged(data, published=True) == front(TITLE, *quoted, DATE, URL, b"published: true")


def test_a_control_character_is_no_way_to_another_place() -> None:
    data = front(*USUAL, b"category: a\x01b", b"published: false")

    assert flagged(data, published=True) == data.replace(b"false", b"true")


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"# Hello", ["no-front-matter"]),
        (front(*USUAL, b"published: false", b"published: true"), ["duplicate-key"]),
        (front(TITLE, b"published: false"), ["missing-field", "missing-field"]),
        (front(*USUAL, b"published: !!bool false"), ["bad-yaml"]),
        (front(*USUAL, b"published: [false]"), ["bad-type"]),
        (front(*USUAL, b"quality: good", b"pubished: true"), ["bad-integer"]),
    ],
)
def test_a_record_in_error_is_not_changed(data: bytes, codes: list[str]) -> None:
    assert refused(data) == codes


ODD = b"published: >\n  no"
LINES = st.lists(
    st.sampled_from(
        [
            *(
                b"excerpt: a: b",
                b"excerpt: >\n  a\n  b",
                b"excerpt: 'a\n\n  b'",
                b"# published: false",
                b"",
                b"  ",
                b"quality: 1",
            ),
            *(
                b"topics:\n- A\n- B",
                b"provider: {name: X}",
                b"heat: -1 # x",
                b"x: &a 1",
                b"y: *a",
                b"category: 'published: no'",
            ),
            *(
                b"published: false",
                b"published:",
                b"published: 'no' #",
                ODD,
                b"images: []",
                b"z: {a: [1, {b: 2}]}",
            ),
        ]
    ),
    unique=True,
)


@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.binary(max_size=20).filter(lambda body: b"---" not in body))
@PROPERTIES
def test_there_and_back_changes_nothing_but_the_flag(lines: list[bytes], end: bytes, body: bytes) -> None:
    data = front(*USUAL, *(line.replace(b"\n", end) for line in lines), end=end, body=body)
    before = parse(data).value
    if before is None:
        return
    if ODD in lines:
        assert refused(data) == ["odd-flag"]
        return
    changed = flagged(data, published=True)
    assert changed is not None
    after = parse(changed).value
    assert isinstance(before, Draft)
    assert isinstance(after, Article)
    assert (after.id, after.address) == (before.id, before.address)
    back = flagged(changed, published=False)
    assert back is not None
    assert isinstance(parse(back).value, Draft)
    assert changed.endswith(body)
    if any(line.startswith(b"published") for line in lines):
        pairs = zip(data.splitlines(), changed.splitlines(), strict=True)
        assert next(two for one, two in pairs if one != two).startswith(b"published: true")
        assert sum(map(bytes.__ne__, data.splitlines(), changed.splitlines())) == 1
    else:
        assert changed.replace(b"published: true" + end, b"", 1) == data
