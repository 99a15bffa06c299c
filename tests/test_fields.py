"""Typed access to YAML: what each getter returns, and the place of what is wrong."""

from datetime import UTC, datetime

import pytest
from builders import BOM, said

from broadsheet.core.diagnostics import Location
from broadsheet.records.fields import (
    MAX_DEPTH,
    MAX_MAPPINGS,
    MAX_VALUES,
    Address,
    Fields,
    Problems,
    Spec,
    compose,
    decode,
    drop_forbidden,
    read,
    spanned_lines,
    split_front_matter,
)

INNER = {"text": Spec("text", "a text"), "needed": Spec("text", "a needed text", required=True)}
SHAPE = {
    "text": Spec("text", "a text"),
    "needed": Spec("text", "a needed text", required=True),
    "integer": Spec("integer", "a number"),
    "count": Spec("integer", "a number from 1 on", minimum=1),
    "flag": Spec("flag", "a flag"),
    "timestamp": Spec("timestamp", "a time"),
    "url": Spec("url", "an address"),
    "texts": Spec("texts", "texts"),
    "mapping": Spec("mapping", "fields", shape=INNER),
    "mappings": Spec("mappings", "a list of fields", shape=INNER),
    "ignored": Spec("ignored", "never read"),
}


def fields(text: str, first_line: int = 1) -> tuple[Fields, Problems]:
    problems = Problems("x.yaml")
    found = read(text, SHAPE, problems, first_line)
    assert found is not None
    return found, problems


def reported(problems: Problems) -> list[str]:
    """Say each problem whole: `line:column severity code: message | hint`."""
    assert {p.location.path for p in problems.found} <= {problems.path}
    parts = zip(said(problems.found), problems.found, strict=True)
    return [f"{place}: {p.message}" + (f" | {p.hint}" if p.hint else "") for place, p in parts]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("no", "no"),
        ("'~'", "~"),
        ("~", None),
        ("", None),
        ('"  "', None),
        ('"a  &lt;\\n b"', "a < b"),
        ("|\n a\n b", "a b"),
    ],
)
def test_text(value: str, text: str | None) -> None:
    found, problems = fields(f"text: {value}\n")

    assert found.text("text") == text
    assert problems.found == []


def test_text_drops_what_no_page_can_carry() -> None:
    found, problems = fields('text: "a\\0b\\x1bc"\n')

    assert found.text("text") == "abc"
    assert said(problems.found) == ["1:7 warning bad-character"]


@pytest.mark.parametrize(
    ("value", "place"), [("needed: ~", "1:9"), ("needed: ''", "1:9"), ("text: x", "1:1"), ("{}", "1:1")]
)
def test_required_text(value: str, place: str) -> None:
    found, problems = fields(f"{value}\n")

    assert found.required_text("needed") == ""
    assert said(problems.found) == [f"{place} error missing-field"]


def test_markup_is_not_decoded() -> None:
    found, _ = fields("text: '<a href=\"?a&amp;b\">  x</a>'\n")

    assert found.markup("text") == '<a href="?a&amp;b">  x</a>'


@pytest.mark.parametrize(("value", "number"), [("7", 7), ("-7", -7), ("+7", 7), ("'7'", 7), ("007", 7), ("~", None)])
def test_integer(value: str, number: int | None) -> None:
    found, problems = fields(f"integer: {value}\n")

    assert found.integer("integer") == number
    assert problems.found == []


@pytest.mark.parametrize("value", ["7.0", "1e2", "0x7", "1_0", "seven", "''", "--7", "9" * 5000])
def test_no_integer(value: str) -> None:
    found, problems = fields(f"integer: {value}\n")

    assert found.integer("integer") is None
    assert said(problems.found) == ["1:10 error bad-integer"]
    assert len(problems.found[0].message) < 150


def test_an_integer_has_a_minimum() -> None:
    found, problems = fields("integer: -1\ncount: 0\n")

    assert found.integer("integer") == -1
    assert found.integer("count") is None
    assert said(problems.found) == ["2:8 error bad-integer"]


@pytest.mark.parametrize("default", [True, False])
@pytest.mark.parametrize(
    ("value", "flag", "is_warned"),
    [("true", True, False), ("FALSE", False, False), ("yes", False, True), ("'true'", False, True), ("~", None, False)],
)
def test_flag(value: str, flag: bool | None, is_warned: bool, default: bool) -> None:
    found, problems = fields(f"flag: {value}\n")

    assert found.flag("flag", default=default) == (default if flag is None else flag)
    assert said(problems.found) == (["1:7 warning bad-published"] if is_warned else [])


def test_timestamp() -> None:
    found, problems = fields("timestamp: 2023-06-08T23:51:00+02:00\n")

    assert found.timestamp("timestamp") == datetime(2023, 6, 8, 21, 51, tzinfo=UTC)
    assert problems.found == []


def test_a_timestamp_without_offset_is_utc_with_a_warning() -> None:
    found, problems = fields("timestamp: '2023-06-08 21:51'\n")

    assert found.timestamp("timestamp") == datetime(2023, 6, 8, 21, 51, tzinfo=UTC)
    assert said(problems.found) == ["1:12 warning no-time-zone"]


def test_no_timestamp_says_why() -> None:
    found, problems = fields("timestamp: 2023-13-08T21:51:00Z\n")

    assert found.timestamp("timestamp") is None
    assert said(problems.found) == ["1:12 error bad-date"]
    assert problems.found[0].message == "'timestamp': month must be in 1..12"


def test_a_url_is_kept_as_written() -> None:
    found, problems = fields("url: ' HTTPS://Example.org/ü '\n")

    assert found.url("url") == "HTTPS://Example.org/ü"
    assert found.address("url") == Address("HTTPS://Example.org/ü", "https://example.org/%C3%BC")
    assert problems.found == []


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "/x", "''", "x", '"https://example.org/\\nx"', "'https://a b/'"]
)
def test_no_url(value: str) -> None:
    found, problems = fields(f"url: {value}\n")

    assert found.url("url") is None
    assert said(problems.found) == ["1:6 error bad-url"]


def test_texts_have_places() -> None:
    found, _ = fields("texts:\n  - One\n  - ~\n  - &amp; two\n".replace("&amp; two", "'&amp; two'"))

    assert found.texts("texts") == (("One", Location("x.yaml", 2, 5)), ("& two", Location("x.yaml", 4, 5)))


def test_a_text_alone_is_a_list_of_one() -> None:
    found, _ = fields("texts: One, two\n")

    assert found.texts("texts") == (("One, two", Location("x.yaml", 1, 8)),)


@pytest.mark.parametrize(("value", "place"), [("{a: b}", "1:8"), ("[One, [two]]", "1:14"), ("[{a: b}]", "1:9")])
def test_no_texts(value: str, place: str) -> None:
    found, problems = fields(f"texts: {value}\n")

    found.texts("texts")

    assert said(problems.found) == [f"{place} error bad-type"]


def test_mappings_nest() -> None:
    found, problems = fields("mapping: {needed: a}\nmappings:\n  - needed: b\n  - ~\n  - needed: c\n")

    inner = found.mapping("mapping")
    items = found.mappings("mappings")

    assert inner is not None
    assert inner.text("needed") == "a"
    assert [item.text("needed") for item in items] == ["b", "c"]
    assert items[1].location == Location("x.yaml", 5, 5)
    assert problems.found == []


def test_a_nested_problem_names_its_path() -> None:
    found, problems = fields("mappings:\n  - text: x\n")

    found.mappings("mappings")[0].required_text("needed")

    assert said(problems.found) == ["2:5 error missing-field"]
    assert problems.found[0].message.startswith("'mappings.needed'")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *((key, "[x]") for key in ("text", "integer", "flag", "timestamp", "url", "mapping")),
        *((key, "{x: y}") for key in ("text", "integer", "flag", "timestamp", "url", "texts", "mappings")),
        *((key, "x") for key in ("mapping", "mappings")),
    ],
)
def test_a_wrong_shape_is_an_error_at_the_value(key: str, value: str) -> None:
    found, problems = fields(f"ignored: x\n{key}: {value}\n")
    getter = getattr(found, key)

    assert not getter(key)
    assert said(problems.found) == [f"2:{len(key) + 3} error bad-type"]


def test_a_getter_must_fit_the_shape() -> None:
    found, _ = fields("text: x\n")

    with pytest.raises(TypeError, match="'text' is of kind text, not url"):
        found.url("text")


@pytest.mark.parametrize("tag", ["!!int", "!!bool", "!!python/name:os.system", "!local", "!!binary"])
def test_a_tag_is_not_obeyed(tag: str) -> None:
    found, problems = fields(f"text: {tag} x\n")

    assert found.text("text") is None
    assert said(problems.found) == ["1:7 error bad-yaml"]


@pytest.mark.parametrize(("key", "value"), [("mapping", "{text: x}"), ("mappings", "[{text: x}]")])
def test_a_tag_on_more_than_text_is_not_obeyed(key: str, value: str) -> None:
    found, problems = fields(f"{key}: !local {value}\n")

    assert not (found.mapping(key) if key == "mapping" else found.mappings(key))
    assert [line.split(" ")[2] for line in said(problems.found)] == ["bad-yaml"]


def test_a_tag_in_a_list_of_texts_is_not_obeyed() -> None:
    found, problems = fields("texts: [a, !!int 1, b]\n")

    assert [text for text, _ in found.texts("texts")] == ["a", "b"]
    assert said(problems.found) == ["1:12 error bad-yaml"]


def test_an_alias_is_the_value_that_it_names() -> None:
    found, problems = fields("mapping: &a {needed: x}\nmappings: [*a, &b {needed: y}, *b]\nignored: &c [*c]\n")

    assert [item.text("needed") for item in found.mappings("mappings")] == ["x", "y", "y"]
    assert found.has("ignored")
    assert problems.found == []


@pytest.mark.parametrize("odd", ["", "\x85", "\u2028", "\u2029"])
def test_places_are_the_same_however_the_text_is_read(odd: str) -> None:
    found, problems = fields(f"text: a{odd}\nmappings:\n- needed: b\n- text: c\n", first_line=3)

    items = found.mappings("mappings")
    items[1].required_text("needed")

    assert found.text("text") == "a"
    assert [item.location for item in items] == [Location("x.yaml", 5, 3), Location("x.yaml", 6, 3)]
    assert said(problems.found)[-1] == "6:3 error missing-field"


def test_absent_and_null_fields() -> None:
    found, problems = fields("text: ~\nignored: 1\n")

    assert found.has("text") is False
    assert found.names() == {"text", "ignored"}
    assert found.where("text") == Location("x.yaml", 1, 7)
    assert found.where("url") == Location("x.yaml", 1, 1)
    assert (found.integer("integer"), found.flag("flag"), found.timestamp("timestamp")) == (None, False, None)
    assert (found.url("url"), found.texts("texts"), found.mapping("mapping")) == (None, (), None)
    assert found.mappings("mappings") == ()
    assert problems.found == []


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "~\n", "{}"])
def test_no_fields_at_all(text: str) -> None:
    found, problems = fields(text)

    assert found.names() == frozenset()
    assert problems.found == []


@pytest.mark.parametrize("text", ["just text", "- a\n- b\n", "'text: x'", "42"])
def test_what_is_not_fields(text: str) -> None:
    problems = Problems("x.yaml")

    assert read(text, SHAPE, problems, first_line=7) is None
    assert said(problems.found) == ["7:1 error bad-type"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("text: a: b\n", "1:8"),
        ("text: 'a\n", "2:1"),
        ("\ttext: a\n", "1:1"),
        ("text: *a\n", "1:7"),
        ("text: @a\n", "1:7"),
        ("text: [a\n", "2:1"),
        ("text: x\n  url: y\n", "2:6"),
        ("text: é\nx: @\n", "2:4"),
    ],
)
def test_what_is_not_yaml(text: str, place: str) -> None:
    problems = Problems("x.yaml")

    assert read(text, SHAPE, problems) is None
    assert said(problems.found) == [f"{place} error bad-yaml"]


def test_the_first_line_is_the_file_s() -> None:
    found, problems = fields("texts: [a, {b: c}]\n", first_line=12)

    found.texts("texts")

    assert said(problems.found) == ["12:12 error bad-type"]


def test_columns_count_characters() -> None:
    found, problems = fields("texts: [é🚀, {b: c}]\n")

    found.texts("texts")

    assert said(problems.found) == ["1:13 error bad-type"]


def test_a_duplicate_key_names_the_first() -> None:
    _, problems = fields("text: a\nurl: https://example.org/\n'text': b\ntext: c\n")

    assert said(problems.found) == ["3:1 error duplicate-key", "4:1 error duplicate-key"]
    assert "line 1" in problems.found[0].message


def test_a_key_must_be_text() -> None:
    _, problems = fields("? {a: b}\n: c\n[d]: e\n")

    assert said(problems.found) == ["1:3 error bad-type", "3:1 error bad-type"]


def test_a_merge_key_means_nothing() -> None:
    found, problems = fields("<<: {text: merged}\n")

    assert found.text("text") is None
    assert said(problems.found) == ["1:1 warning unknown-field"]


@pytest.mark.parametrize(("depth", "is_fine"), [(MAX_DEPTH - 1, True), (MAX_DEPTH + 1, False), (500, False)])
def test_the_depth_is_bounded(depth: int, is_fine: bool) -> None:
    problems = Problems("x.yaml")

    found = read(f"ignored: {'[' * depth}{']' * depth}\n", SHAPE, problems)

    assert (found is not None) == is_fine
    assert said(problems.found) == ([] if is_fine else [f"1:{9 + MAX_DEPTH} error too-deep"])


def test_deep_blocks_are_bounded() -> None:
    text = "".join(f"{' ' * level}a:\n" for level in range(500))
    problems = Problems("x.yaml")

    assert read(text, SHAPE, problems) is None
    assert [problem.code for problem in problems.found] == ["too-deep"]


def test_brackets_in_text_are_not_depth() -> None:
    found, problems = fields(f"text: '{'[' * 200}'\n")

    assert found.text("text") == "[" * 200
    assert problems.found == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"a\rb", "a\nb"),
        (BOM + "é".encode(), "é"),
        (b"", ""),
        (BOM + BOM, "\ufeff"),
    ],
)
def test_decode(data: bytes, text: str) -> None:
    problems = Problems("x.md")

    assert decode(data, problems) == text
    assert problems.found == []


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\xff", "1:1"),
        (b"ab\r\ncd\xe9", "2:3"),
        ("é\n\u00e9".encode() + b"\xff", "2:2"),
        (BOM + b"a\nb\xff", "2:2"),
        (b"\xed\xa0\x80", "1:1"),
        (b"abc\xe2\x82", "1:4"),
    ],
)
def test_what_is_not_utf_8(data: bytes, place: str) -> None:
    problems = Problems("x.md")

    assert decode(data, problems) is None
    assert said(problems.found) == [f"{place} error bad-encoding"]


@pytest.mark.parametrize("order", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_is_named(order: str) -> None:
    problems = Problems("x.md")

    assert decode("\ufeffa".encode(order), problems) is None
    assert "UTF-16" in problems.found[0].hint


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("---\na: b\n---\nBody\n", ("a: b", "Body\n", 4)),
        ("---\n---\n", ("", "", 3)),
        ("---\na: b\n---", ("a: b", "", 4)),
        ("--- \na: '---'\n---\t\n---\n", ("a: '---'", "---\n", 4)),
    ],
)
def test_front_matter_and_body(text: str, parts: tuple[str, str, int]) -> None:
    problems = Problems("x.md")

    assert split_front_matter(text, problems) == parts
    assert problems.found == []


@pytest.mark.parametrize(
    "text", ["", "a: b\n", " ---\na: b\n---\n", "\n---\n---\n", "---\na: b\n", "---\na: b\n ---\n", "---"]
)
def test_no_front_matter(text: str) -> None:
    problems = Problems("x.md")

    assert split_front_matter(text, problems) is None
    assert said(problems.found) == ["1:1 error no-front-matter"]


def test_forbidden_characters_are_dropped_with_the_place_of_the_first() -> None:
    problems = Problems("x.md")

    assert drop_forbidden("ab\ncd\x00e\x07\n", problems, first_line=5) == "ab\ncde\n"
    assert said(problems.found) == ["6:3 warning bad-character"]
    assert "U+0000" in problems.found[0].message


def test_a_clean_text_stays() -> None:
    problems = Problems("x.md")

    assert drop_forbidden("a\tb\n", problems, first_line=1) == "a\tb\n"
    assert problems.found == []


@pytest.mark.parametrize("text", ["a: [" + "," * 30_000 + "]", "a:\n" + "- b\n" * 30_000, "a: |\n" + "  b\n" * 30_000])
def test_the_number_of_values_is_bounded(text: str) -> None:
    problems = Problems("x.yaml")

    assert read(text, {}, problems) is None
    assert said(problems.found) == ["1:1 error too-large"]


def test_bounds_are_what_they_say() -> None:
    shape = {"a": Spec("integer", "a number"), "b": Spec("mappings", "groups", shape={})}

    def found(text: str) -> list[str]:
        problems = Problems("x.yaml")
        fields = read(text, shape, problems)
        assert fields is not None
        fields.integer("a")
        fields.mappings("b")
        return said(problems.found)

    assert found("a: 999999999") == []
    assert found("a: 1000000000") == ["1:4 error bad-integer"]
    assert found("b: [" + "{}," * MAX_MAPPINGS + "]") == []
    assert found("b: [" + "{}," * (MAX_MAPPINGS + 5) + "]") == [f"1:{5 + 3 * MAX_MAPPINGS} error too-deep"]
    assert found("a: 1\nc: [" + "x," * (MAX_VALUES - 1) + "]")[:1] == ["2:1 warning unknown-field"]


@pytest.mark.parametrize(
    ("text", "place"), [("\x07a", "5:1"), ("a\x07", "5:2"), ("\n\x07", "6:1"), ("a\n\nbc\x07\x07", "7:3")]
)
def test_the_place_of_a_forbidden_character(text: str, place: str) -> None:
    problems = Problems("x.md")

    kept = drop_forbidden(text, problems, 5)

    assert kept == text.replace("\x07", "")
    assert said(problems.found) == [f"{place} warning bad-character"]


@pytest.mark.parametrize(("value", "found"), [("[x]", "a list"), ("{x: y}", "fields")])
def test_a_wrong_shape_is_named(value: str, found: str) -> None:
    problems = Problems("x.yaml")
    fields = read(f"a: {value}", {"a": Spec("text", "a text")}, problems)
    assert fields is not None

    fields.text("a")

    assert [p.message for p in problems.found] == [f"'a': expected text, found {found}"]


@pytest.mark.parametrize(
    ("text", "report"),
    [
        (
            "text: a\ntext: b",
            "2:1 error duplicate-key: 'text' stands twice; the first is on line 1 | keep one of the two",
        ),
        ("texst: a", "1:1 warning unknown-field: 'texst' is not a field here | did you mean 'text'?"),
        ("t_e_x_t: a", "1:1 warning unknown-field: 't_e_x_t' is not a field here | did you mean 'text'?"),
        ("tests: a", "1:1 warning unknown-field: 'tests' is not a field here | did you mean 'texts'?"),
        ("maxing: a", "1:1 warning unknown-field: 'maxing' is not a field here | did you mean 'mapping'?"),
        ("tool: a", "1:1 warning unknown-field: 'tool' is not a field here | remove it, or see docs/record-format.md"),
        ("eel: a", "1:1 warning unknown-field: 'eel' is not a field here | remove it, or see docs/record-format.md"),
        ("[a]: b", "1:1 error bad-type: a field's name must be text"),
        ("integer: x", "1:10 error bad-integer: 'integer': 'x' is not a whole number"),
        ("count: -3", "1:8 error bad-integer: 'count': -3 is less than 1"),
        (
            "flag: yes",
            "1:7 warning bad-published: 'flag': 'yes' is not a YAML true or false, so it counts as false | write 'flag: true' or 'flag: false', without quotes",
        ),
        (
            "timestamp: 2023-13-01",
            "1:12 error bad-date: 'timestamp': month must be in 1..12 | write it as 2023-06-08T21:51:00Z",
        ),
        (
            "timestamp: 2023-01-01T00:00:00",
            "1:12 warning no-time-zone: 'timestamp': no offset, read as UTC | add Z, or an offset such as +02:00",
        ),
        (
            "url: ftp://x.org/",
            "1:6 error bad-url: 'url': 'ftp:' is not linked; an http or https URL is needed | give the full http or https address of the page",
        ),
        (
            "url: https://p\u0430ypal.com/",
            "1:6 warning odd-host: 'url': 'p\u0430ypal' mixes scripts, and may stand for a name that looks the same | check that it is the site that you mean",
        ),
        ("text: [a]", "1:7 error bad-type: 'text': expected text, found a list"),
        ("texts: {a: b}", "1:8 error bad-type: 'texts': expected a list, found fields"),
        ("texts: [[a]]", "1:9 error bad-type: 'texts': expected text, found a list"),
        ("texts: [!x a]", "1:9 error bad-yaml: the tag '!x' is not read | remove it"),
        (
            'texts: ["\\x01"]',
            "1:9 warning bad-character: 'texts': a control character dropped | remove them from the record",
        ),
        (
            'text: "a\\x01\\x02"',
            "1:7 warning bad-character: 'text': 2 control characters dropped | remove them from the record",
        ),
        ("mapping: a", "1:10 error bad-type: 'mapping': expected fields, found text"),
        ("mappings: a", "1:11 error bad-type: 'mappings': expected a list, found text"),
        ("mappings: [a]", "1:12 error bad-type: 'mappings': expected fields, found text"),
        ("mapping: {text: b}", "1:10 error missing-field: 'mapping.needed' is missing | needed: a needed text"),
        ("mapping: {needed: ''}", "1:19 error missing-field: 'mapping.needed' is empty"),
        ("mapping: {needed: a, text: [b]}", "1:28 error bad-type: 'mapping.text': expected text, found a list"),
        ("- a", "1:1 error bad-type: expected fields such as 'title: …'"),
        (
            "text: 'a",
            "1:9 error bad-yaml: found unexpected end of stream while scanning a quoted scalar | quote a text that holds ': ' or begins with a sign such as @, %, *, & or [",
        ),
    ],
)
def test_what_is_said_of_a_fault(text: str, report: str) -> None:
    problems = Problems("x.yaml")
    found = read(text, SHAPE, problems)

    if found is not None:
        for get in (found.text, found.flag, found.timestamp, found.url, found.texts):
            get(get.__name__)
        found.integer("integer")
        found.integer("count")
        for inner in (found.mapping("mapping"), *found.mappings("mappings")):
            if inner is not None:
                inner.text("text")
                inner.text("needed")

    assert reported(problems) == [report]


@pytest.mark.parametrize(
    ("data", "report"),
    [
        (b"ab\n\xe4\xff", "2:1 error bad-encoding: not UTF-8 | save the file as UTF-8"),
        (b"\xff\xfea\0", "1:1 error bad-encoding: not UTF-8 | the file looks like UTF-16; save it as UTF-8"),
    ],
)
def test_what_is_said_of_bytes(data: bytes, report: str) -> None:
    problems = Problems("x.yaml")

    assert decode(data, problems) is None
    assert reported(problems) == [report]


@pytest.mark.parametrize(
    ("text", "report"),
    [
        (
            "a",
            "1:1 error no-front-matter: the file does not begin with front matter | begin with a line '---', the fields, and another line '---'",
        ),
        ("---\na", "1:1 error no-front-matter: the front matter has no end | end it with a line that holds only '---'"),
    ],
)
def test_what_is_said_of_front_matter(text: str, report: str) -> None:
    problems = Problems("x.yaml")

    assert split_front_matter(text, problems) is None
    assert reported(problems) == [report]


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("a\x01", "a control character dropped, the first is U+0001"),
        ("a\x01\x02", "2 control characters dropped, the first is U+0001"),
    ],
)
def test_what_is_said_of_forbidden_characters(text: str, report: str) -> None:
    problems = Problems("x.yaml")

    drop_forbidden(text, problems, 5)

    assert reported(problems) == [f"5:2 warning bad-character: {report} | remove them from the file"]


@pytest.mark.parametrize(
    ("text", "report"),
    [
        (
            "a: [" + "," * (MAX_VALUES + 1) + "]",
            "7:1 error too-large: more than 20,000 lines and values | a file holds one record",
        ),
        ("a: " + "[" * (MAX_DEPTH + 1), f"7:{3 + MAX_DEPTH} error too-deep: nested more than 40 levels deep"),
        (
            "a: [" + "[x]," * 50 + "[" * (MAX_DEPTH - 1),
            f"7:{4 + 200 + MAX_DEPTH - 1} error too-deep: nested more than 40 levels deep",
        ),
        (
            "a: " + "[{a: " * (MAX_DEPTH // 2) + "b",
            f"7:{5 * MAX_DEPTH // 2} error too-deep: nested more than 40 levels deep",
        ),
    ],
)
def test_what_is_said_of_too_much(text: str, report: str) -> None:
    problems = Problems("x.yaml")

    assert read(text, SHAPE, problems, first_line=7) is None
    assert reported(problems) == [report]


def test_groups_are_counted_across_fields_and_the_excess_is_named_once() -> None:
    half = "[" + "{needed: a}," * (MAX_MAPPINGS // 2) + "]"
    shape = {name: Spec("mappings", "groups", shape=INNER) for name in ("a", "b", "c")}
    problems = Problems("x.yaml")
    found = read(f"a: {half}\nb: {half}\nc: [{{}}, {{}}]", shape, problems)
    assert found is not None

    counts = [len(found.mappings(name)) for name in shape]

    assert counts == [MAX_MAPPINGS // 2, MAX_MAPPINGS // 2, 0]
    assert reported(problems) == [
        "3:5 error too-deep: more than 1,000 groups of fields, aliases included | write fewer, and no aliases of aliases"
    ]


def test_siblings_are_not_levels() -> None:
    problems = Problems("x.yaml")
    text = "a: [" + "[x]," * (3 * MAX_DEPTH) + "]\nb: [[[c]]]"

    assert read(text, {"a": Spec("texts", ""), "b": Spec("texts", "")}, problems) is not None
    assert problems.found == []


@pytest.mark.parametrize(("length", "shown"), [(60, "x" * 60), (61, "x" * 59 + "…")])
def test_long_values_are_shortened_in_messages(length: int, shown: str) -> None:
    found, problems = fields(f"integer: {'x' * length}")

    found.integer("integer")

    assert problems.found[0].message == f"'integer': '{shown}' is not a whole number"


def test_a_field_that_is_never_read_is_empty_where_it_is_no_text() -> None:
    assert [fields(f"ignored: {value}")[0].ignored("ignored") for value in ("a", "[a]", "{a: b}", "")] == [
        "a",
        "",
        "",
        "",
    ]


def test_a_line_of_dashes_does_not_end_front_matter_unless_it_holds_nothing_else() -> None:
    problems = Problems("x.md")

    assert split_front_matter("---\na: b\n--- c\nd: ---\n---\nbody", problems) == ("a: b\n--- c\nd: ---", "body", 6)


@pytest.mark.parametrize(
    ("key", "name", "is_suggested"),
    [
        ("abcd", "a__b__c__d", True),  # strokes do not count
        ("a__b__c__d", "abcd", True),
        ("ID", "_id", True),
        ("tixxe", "title", False),  # less alike than seven parts of ten
        ("titel", "title", True),
    ],
)
def test_a_name_that_is_much_alike_is_suggested(key: str, name: str, is_suggested: bool) -> None:
    problems = Problems("x.md")

    read(f"{key}: x", {name: Spec("text", "a name")}, problems)

    assert [problem.hint == f"did you mean '{name}'?" for problem in problems.found] == [is_suggested]


def test_what_says_no_fields_is_composed_to_nothing() -> None:
    assert compose("- a\n- b\n") is None
    assert compose("- &a b\n- *a\n") is None
    assert compose("a: &b c\nd: *b\n") is not None


@pytest.mark.parametrize(
    ("text", "lines"),
    [("a: b\n", set()), ('a: "x\n  y"\nb: c\n', {0, 1}), ("b: c\na: |\n  x\n\n  y\nd: e\n", {1, 2, 3, 4})],
)
def test_the_lines_that_a_value_spans(text: str, lines: set[int]) -> None:
    assert spanned_lines(text) == lines
