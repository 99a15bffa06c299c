"""The record format: every field, every problem at its place, and nothing that breaks the parser."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from builders import BOM, CASES, PROPERTIES, RULES, article, case_names, parse, published, record, said, source
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.diagnostics import as_text, has_errors
from broadsheet.core.model import Article, Draft
from broadsheet.records.articles import KINDS, LEAF, RECORD, Rules, parse_article, parse_leaf

RECORD_CASES = case_names("records", ".md")
RECORD_CODES = {
    "bad-character",
    "bad-date",
    "bad-embed",
    "bad-encoding",
    "bad-id",
    "bad-integer",
    "bad-path",
    "bad-published",
    "bad-slug",
    "bad-template",
    "bad-type",
    "bad-url",
    "bad-yaml",
    "duplicate-key",
    "missing-field",
    "no-front-matter",
    "no-time-zone",
    "too-deep",
    "unknown-field",
    "unknown-type",
}
FORMS = {
    "lf": lambda data: data,
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "bom": lambda data: BOM + data,
    "bom-crlf": lambda data: BOM + data.replace(b"\n", b"\r\n"),
}


def expected(name: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((CASES / "records" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RECORD_CASES)
def test_a_record_means_what_stands_beside_it(name: str, form: str) -> None:
    data = FORMS[form]((CASES / "records" / f"{name}.md").read_bytes())
    wanted = expected(name)
    values = wanted.get("values", {})
    assert isinstance(values, dict)

    parsed = parse(data)

    found = msgspec.json.decode(msgspec.json.encode(parsed.value)) or {}
    assert sorted(said(parsed.problems)) == sorted(wanted["problems"])  # type: ignore[call-overload]
    assert (type(parsed.value).__name__ if parsed.value else None) == wanted["kind"]
    assert {key: found[key] for key in values} == values


def test_the_cases_name_every_problem_of_a_record() -> None:
    found = {
        line.rpartition(" ")[2]
        for name in RECORD_CASES
        for line in expected(name)["problems"]  # type: ignore[attr-defined]
    }

    assert found == RECORD_CODES


def test_the_complete_case_has_every_field_of_the_format() -> None:
    data = (CASES / "records" / "complete.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^([A-Za-z_]+):", data, re.MULTILINE)) == set(RECORD)


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("no", "no"),
        ("2023", "2023"),
        ("12:30", "12:30"),
        ("1e3", "1e3"),
        ("0x1F", "0x1F"),
        ("2023-06-08", "2023-06-08"),
        ("true", "true"),
        (".inf", ".inf"),
        ("=", "="),
        ('"~"', "~"),
        ("'null'", "null"),
        ("!!str no", "no"),
        ("&anchor no", "no"),
        ("Nov&#8217;19", "Nov’19"),
        ('"&amp;lt;"', "&lt;"),
        ("AT&T", "AT&T"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'{{ x }} {% raw %}'", "{{ x }} {% raw %}"),
        ("'  a \t b\u00a0 c '", "a b c"),
        ("|\n  One\n  two", "One two"),
        (">-\n  One\n\n  two", "One two"),
        ("مرحبا", "مرحبا"),
        ("🚀 \U0001f1e9\U0001f1ea", "🚀 \U0001f1e9\U0001f1ea"),
    ],
)
def test_a_title_is_the_text_that_stands_there(value: str, title: str) -> None:
    parsed = parse(record(title=value))

    assert isinstance(parsed.value, Article)
    assert parsed.value.title == title
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("value", "place"),
    [("~", "2:8"), ("null", "2:8"), ("NULL", "2:8"), ('""', "2:8"), ("'  '", "2:8"), ('"&#32;"', "2:8")],
)
def test_a_title_without_text_is_missing(value: str, place: str) -> None:
    parsed = parse(record(title=value))

    assert parsed.value is None
    assert said(parsed.problems) == [f"{place} error missing-field"]


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "true  # yes, really", "&p true"])
def test_only_a_yaml_true_publishes(value: str) -> None:
    parsed = parse(record(published=value))

    assert isinstance(parsed.value, Article)
    assert parsed.problems == ()


@pytest.mark.parametrize("value", ["false", "False", "FALSE", "~", "", None])
def test_what_is_not_published_is_a_draft(value: str | None) -> None:
    parsed = parse(record(published=value))

    assert isinstance(parsed.value, Draft)
    assert parsed.problems == ()


@pytest.mark.parametrize("value", ["yes", "on", "1", "y", "tRUE", '"true"', "'True'", "|\n  true", '""', "truе"])
def test_what_only_looks_true_is_a_draft_with_a_warning(value: str) -> None:
    parsed = parse(record(published=value))

    assert isinstance(parsed.value, Draft)
    assert said(parsed.problems) == ["5:12 warning bad-published"]


def test_a_tag_publishes_nothing() -> None:
    parsed = parse(record(published="!!bool true"))

    assert not isinstance(parsed.value, Article)


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("pubished", "published"),
        ("Title", "title"),
        ("web_url", "webUrl"),
        ("redirectFrom", "redirect_from"),
        ("topic", "topics"),
        ("publishedDatetime", "publishedDateTime"),
    ],
)
def test_an_unknown_field_gets_a_suggestion(key: str, suggestion: str) -> None:
    (problem,) = parse(record(**{key: "x"})).problems

    assert said([problem]) == ["6:1 warning unknown-field"]
    assert f"'{suggestion}'" in problem.hint


def test_an_unlike_field_gets_no_suggestion() -> None:
    (problem,) = parse(record(zzyzx="x")).problems

    assert problem.code == "unknown-field"
    assert "did you mean" not in problem.hint


@pytest.mark.parametrize("kind", KINDS)
def test_every_known_type_is_kept(kind: str) -> None:
    parsed = parse(record(type=kind.title()))

    assert isinstance(parsed.value, Article)
    assert parsed.value.kind == kind
    assert parsed.problems == ()


@pytest.mark.parametrize(("value", "heat"), [("-1", None), ("0", 0), ("'7'", 7), ("+7", 7), ("~", None)])
def test_heat(value: str, heat: int | None) -> None:
    assert published(record(heat=value)).heat == heat


@pytest.mark.parametrize("value", ["1e3", "1_000", "0x10", "1.0", "''", "ten", "12345678901234567890"])
def test_quality_is_a_whole_number(value: str) -> None:
    parsed = parse(record(quality=value))

    assert parsed.value is None
    assert said(parsed.problems) == ["6:10 error bad-integer"]


@pytest.mark.parametrize(
    ("value", "names"),
    [("AI", ["AI"]), ("[AI, ~, C#]", ["AI", "C#"]), ("[]", []), ("~", []), ("[2023, no]", ["2023", "no"])],
)
def test_topics_are_names(value: str, names: list[str]) -> None:
    assert [topic.name for topic in published(record(topics=value)).topics] == names


def test_the_original_address_is_followed_where_there_is_no_other() -> None:
    found = published(record(webUrl=None, originalUrl="https://example.org/original"))

    assert found.url == "https://example.org/original"


def test_an_amp_address_alone_is_not_enough() -> None:
    parsed = parse(record(webUrl=None, ampWebUrl="https://amp.example.org/a"))

    assert parsed.value is None
    assert said(parsed.problems) == ["2:1 error missing-field"]


def test_amp_addresses_are_never_linked() -> None:
    data = record(ampWebUrl="https://amp.example.org/a", cdnAmpWebUrl="https://cdn.example.org/a")

    found = published(data)

    assert found.keys == ("example.org/a", "amp.example.org/a", "cdn.example.org/a")
    assert "amp." not in found.url


def test_a_non_ascii_address_is_linked_as_a_uri() -> None:
    assert (
        published(record(webUrl="https://bücher.example/ä?q=ö")).url == "https://xn--bcher-kva.example/%C3%A4?q=%C3%B6"
    )


@pytest.mark.parametrize(
    ("given", "name", "domain"),
    [
        (None, "example.org", "example.org"),
        ("~", "example.org", "example.org"),
        ("{}", "example.org", "example.org"),
        ("{name: Example}", "Example", "example.org"),
        ("{domain: www.Other.example}", "other.example", "other.example"),
        ("{domain: bücher.example}", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_provider_is_completed_from_the_address(given: str | None, name: str, domain: str) -> None:
    provider = published(record(webUrl="https://www.example.org/a", provider=given)).provider

    assert (provider.name, provider.domain) == (name, domain)


@pytest.mark.parametrize("domain", ["../../etc", "example.org/x", "example.org:80", "a b", "user@example.org"])
def test_a_provider_s_domain_is_a_host_name(domain: str) -> None:
    parsed = parse(record(provider=f"\n  domain: '{domain}'"))

    assert said(parsed.problems) == ["7:11 error bad-url"]


def test_the_permanent_id_is_that_of_the_source_address() -> None:
    url = "https://example.org/a/?utm_source=x"

    found = published(record(webUrl=url, originalUrl="https://example.org/other"))

    assert found.id == uuid.uuid5(uuid.NAMESPACE_URL, url).urn


def test_the_permanent_id_survives_renames_and_new_headlines() -> None:
    before = published(record(), "news/2023-06-08-before.md")
    after = published(record(title="Another", slug="else", publishedDateTime="2024-01-01T00:00:00Z"), "moved/after.md")
    elsewhere = published(record(), rules=Rules(base_path="/digest/"))

    assert {before.id, after.id, elsewhere.id} == {before.id}
    assert before.address != after.address


def test_a_given_id_wins() -> None:
    assert published(record(id="tag:example.org,2023:1")).id == "tag:example.org,2023:1"


@pytest.mark.parametrize(
    ("fields", "name", "slug"),
    [
        ({"slug": "given"}, "news/2023-06-08-file.md", "given"),
        ({}, "news/2023-06-08-The File.md", "the-file"),
        ({}, "news/file.md", "file"),
        ({}, "news/2023-06-08.md", "a-headline"),
        ({"title": "C++"}, "2023-06-08.md", "c-plus-plus"),
    ],
)
def test_the_slug_is_the_field_s_else_the_file_s_else_the_title_s(fields: dict[str, str], name: str, slug: str) -> None:
    assert published(record(**fields), name).slug == slug


def test_an_address_has_the_utc_date() -> None:
    east = timezone(timedelta(hours=9))

    assert article("A", moment=datetime(2024, 1, 1, 8, 59, tzinfo=east)).address == "/2023/12/31/a/"
    assert article("A", moment=datetime(1, 2, 3, tzinfo=UTC)).address == "/0001/02/03/a/"


def test_an_article_changed_when_it_was_updated_else_when_it_was_published() -> None:
    late = datetime(2024, 1, 1, tzinfo=UTC)

    assert article("A", updated=late).changed == late
    assert article("A").changed == article("A").published


@pytest.mark.parametrize(
    ("value", "template"), [("longread", "longread"), ("longread.html", "longread"), ("~", "article")]
)
def test_a_template_is_a_name(value: str, template: str) -> None:
    assert published(record(template=value)).template == template


@pytest.mark.parametrize("value", ["a/b", "..", ".hidden", "'{{ x }}'", "C:x", "a.b"])
def test_a_template_is_not_a_path(value: str) -> None:
    assert said(parse(record(template=value)).problems) == ["6:11 error bad-template"]


def test_a_template_is_one_that_the_theme_has() -> None:
    parsed = parse(record(template="longread"), rules=Rules(templates=frozenset({"article.html", "page.html"})))

    assert parsed.value is None
    assert said(parsed.problems) == ["6:11 error bad-template"]


def test_only_the_allowed_hosts_are_embedded() -> None:
    data = record(featuredContent="<iframe src=https://player.vimeo.com/video/1></iframe>")

    allowed, refused = parse(data), parse(data, rules=Rules(embeds=("youtube",)))

    assert isinstance(allowed.value, Article)
    assert allowed.value.embed is not None
    assert allowed.problems == ()
    assert isinstance(refused.value, Article)
    assert refused.value.embed is None
    assert said(refused.problems) == ["6:18 warning bad-embed"]


def test_the_comment_s_links_lie_below_the_base_path() -> None:
    found = published(record("[About](/about/)\n"), rules=Rules(base_path="/digest/"))

    assert found.comment == '<p><a href="/digest/about/">About</a></p>'


def test_of_a_draft_nothing_is_kept_that_could_be_shown() -> None:
    parsed = parse(record("A comment.\n", published="false", title="Hidden", topics="[Secret]"))

    assert isinstance(parsed.value, Draft)
    assert parsed.value.__struct_fields__ == ("id", "address", "keys", "location")


def test_what_no_page_shows_of_a_related_story_is_checked_all_the_same() -> None:
    odd = "\n  - title: A\n    webUrl: https://example.org/b\n    quality: -1\n    type: odd\n    images:\n      - width: 1\n"

    parsed = parse(record(related=odd))

    assert said(parsed.problems) == ["9:14 error bad-integer", "10:11 warning unknown-type", "12:9 error missing-field"]


def test_a_problem_in_the_comment_of_a_draft_is_told() -> None:
    parsed = parse(record("A\x07 comment.\n", published="false"))

    assert said(parsed.problems) == ["7:2 warning bad-character"]


def test_sealed_data_reaches_no_value() -> None:
    for value in ("sealed-text", "{deep: [sealed-text]}", "|\n  sealed-text", "!!binary sealed-text"):
        parsed = parse(record(secured=value))

        assert isinstance(parsed.value, Article)
        assert b"sealed" not in msgspec.json.encode(parsed)


@pytest.mark.parametrize(
    "data",
    [
        "---\ntitle: A\n---\n".encode("utf-16"),
        "---\ntitle: A\n---\n".encode("utf-16-be"),
        "---\ntitle: A\n---\n".encode("utf-32"),
        b"\x00" * 100,
        b"\xff",
        BOM,
        b"\n---\ntitle: A\n---\n",
        b"---",
        b"---\r",
        b"----\ntitle: A\n----\n",
    ],
    ids=range(10),
)
def test_what_is_no_record_is_an_error_on_its_first_line(data: bytes) -> None:
    parsed = parse(data)

    assert parsed.value is None
    assert [p.location.line for p in parsed.problems if p.severity == "error"] == [1]


def test_utf_16_is_named() -> None:
    (problem,) = parse("---\n".encode("utf-16")).problems

    assert problem.code == "bad-encoding"
    assert "UTF-16" in problem.hint


def test_a_bad_byte_s_column_counts_characters() -> None:
    parsed = parse("---\ntitle: é".encode() + b"\xff\n---\n")

    assert said(parsed.problems) == ["2:9 error bad-encoding"]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
@pytest.mark.parametrize("quote", ["'", ""])
def test_only_line_feeds_count_as_lines(sign: str, quote: str) -> None:
    parsed = parse(record(title=f"{quote}One{sign}two{quote}", heat="hot"))

    assert said(parsed.problems) == ["6:7 error bad-integer"]


@pytest.mark.parametrize("bracket", ["[", "{", "[{a: ", "- ", "? ", "- ? "])
def test_deep_nesting_is_an_error_and_no_crash(bracket: str) -> None:
    parsed = parse(record(topics=f"\n  {bracket * 100_000}"))

    assert parsed.value is None
    assert [line.partition(" ")[2] for line in said(parsed.problems)] == ["error too-deep"]


def test_many_aliases_cost_little() -> None:
    levels = "abcdefghijkl"
    bomb = {levels[0]: f"&a [{', '.join(['x'] * 9)}]"}
    for before, level in pairwise(levels):
        bomb[level] = f"&{level} [{', '.join([f'*{before}'] * 9)}]"

    parsed = parse(record(**bomb, topics="*l"))

    assert parsed.value is None
    assert [line for line in said(parsed.problems) if "error" in line] == ["16:4 error bad-type"] * 9


def test_an_alias_of_itself_ends() -> None:
    parsed = parse(
        record(topics="&a [*a]", related="\n  - &b\n    title: B\n    webUrl: https://b.example/\n    provider: *b")
    )

    assert parsed.value is None
    assert "6:9 error bad-type" in said(parsed.problems)


def test_every_broken_field_is_reported_at_once() -> None:
    data = record(title="[A]", publishedDateTime="then", webUrl="ftp://example.org/", quality="-1", template="..")

    found = said(parse(data).problems)

    assert found == [
        "2:8 error bad-type",
        "3:20 error bad-date",
        "4:9 error bad-url",
        "6:10 error bad-integer",
        "7:11 error bad-template",
    ]


def test_a_message_carries_no_control_character() -> None:
    data = record(**{'"\\e[31mred"': "x", "heat": '"\\e[2J"', "excerpt": "!<tag:%1B[2J> x", "published": '"\\e[2J"'})

    shown = "\n".join(as_text(problem) for problem in parse(data).problems)

    assert shown
    assert "\x1b" not in shown


def test_a_page_of_the_site_is_a_leaf() -> None:
    text = "---\ntitle: About &amp; more\ndescription: What this is\nredirect_from: /info/\n---\n# One\n"

    leaf = parse_leaf(source(text, "pages/about.md"), Rules()).value

    assert leaf is not None
    assert (leaf.title, leaf.description, leaf.slug, leaf.address) == (
        "About & more",
        "What this is",
        "about",
        "/about/",
    )
    assert (leaf.body, leaf.redirects, leaf.template) == ("<h2>One</h2>", ("/info/",), "page")


@pytest.mark.parametrize(
    ("line", "is_there"), [("published: true", True), ("slug: x", True), ("published: false", False)]
)
def test_a_leaf_is_withheld_only_by_a_false(line: str, is_there: bool) -> None:
    parsed = parse_leaf(source(f"---\ntitle: About\n{line}\n---\n"), Rules())

    assert (parsed.value is not None) == is_there
    assert parsed.problems == ()


def test_a_leaf_s_problems_have_places() -> None:
    text = "---\ntitel: About\ntemplate: ../x\nslug: A b\n---\n"

    parsed = parse_leaf(source(text, "pages/about.md"), Rules())

    assert parsed.value is None
    assert sorted(said(parsed.problems)) == [
        "2:1 error missing-field",
        "2:1 warning unknown-field",
        "3:11 error bad-template",
        "4:7 warning bad-slug",
    ]


def test_every_field_says_what_it_means() -> None:
    assert [key for key, spec in {**RECORD, **LEAF}.items() if not spec.doc] == []


def test_the_real_records_are_read_without_an_error(real_records: Path) -> None:
    paths = sorted((real_records / "power-apps").glob("*.md"))

    parsed = [parse(path.read_bytes(), path.name) for path in paths]

    assert len(parsed) == 93
    assert [as_text(problem) for one in parsed for problem in one.problems] == []
    assert sum(isinstance(one.value, Article) for one in parsed) == 60
    assert sum(isinstance(one.value, Draft) for one in parsed) == 33


def test_the_real_records_keep_their_seals(real_records: Path) -> None:
    sealed = re.compile(rb'^secured: *"?([^"\r\n]{16,})', re.MULTILINE)
    checked = 0
    for path in sorted(real_records.rglob("*.md")):
        data = path.read_bytes()
        encoded = msgspec.json.encode(parse(data, path.name).value)
        for value in sealed.findall(data):
            checked += 1
            assert value[:16] not in encoded, path.name

    assert checked >= 93


def test_the_real_record_with_related_stories(real_records: Path) -> None:
    (path,) = real_records.glob("*.md")

    data = path.read_bytes()

    value = published(data.replace(b"published: false", b"published: true"), path.name)

    assert isinstance(parse(data, path.name).value, Draft)
    assert [topic.name for topic in value.topics] == ["Computer Vision", "AI", "AI in Security"]
    assert len(value.related) > 1


@pytest.mark.parametrize(
    ("fields", "body", "place"),
    [
        ({"title": "x Zm9yLW5vYm9keXMtZXllcw y"}, "", "2:10"),
        ({"excerpt": "Zm9yLW5vYm9keXMtZXllcw"}, "", "7:10"),
        ({}, "A note: Zm9yLW5vYm9keXMtZXllcw\n", "8:9"),
    ],
    ids=["title", "excerpt", "comment"],
)
def test_what_is_sealed_must_not_stand_elsewhere(fields: dict[str, str], body: str, place: str) -> None:
    parsed = parse(record(body, **{"secured": "Zm9yLW5vYm9keXMtZXllcw", **fields}))

    assert said(parsed.problems) == [f"{place} error sealed-text"]
    assert parsed.value is None


@pytest.mark.parametrize("value", ["short", "~", "[a, list]", '""'])
def test_what_is_sealed_and_short_may_be_there_by_chance(value: str) -> None:
    assert published(record(secured=value, excerpt="short")).excerpt == "short"


SEED = (CASES / "records" / "complete.md").read_bytes()
TOKENS = [
    *(b"---\n", b"\n", b"\r", b"\t", b" ", b": ", b"- ", b"? ", b"#", b"'", b'"', b"|\n", b">\n", b"&a ", b"*a "),
    *(
        b"!!str ",
        b"!x ",
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"~",
        b"<<: *a\n",
        b"%YAML 1.1\n",
        b"...\n",
        b"\\x00",
        b"\\ud800",
    ),
    *(b"\x00", b"\x1b", b"\xff", b"\xc3", b"\xc2\x85", b"\xe2\x80\xa8", BOM, b"\xed\xa0\x80", b"\xef\xbf\xbf"),
    *(
        b"&#0;",
        b"&#xD800;",
        b"&lt;",
        b"http://[",
        b"http://[::1]",
        b"//",
        b"javascript:",
        b"[^1]",
        b"![",
        b"](",
        b"`",
        b"<",
    ),
    *(b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59", b"<iframe src=", b"<![", b"<!", b"true", b"no"),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a valid record in which a few pieces are cut, doubled or replaced."""
    data = SEED
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        piece = draw(st.one_of(st.sampled_from(TOKENS), st.just(data[start:end] * 2), st.binary(max_size=4)))
        data = data[:start] + piece + data[end:]
    return data


@PROPERTIES
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"---\n" + tail + b"\n---\n"))
def test_any_bytes_give_a_value_or_an_error(data: bytes) -> None:
    parsed = parse_article(source(data), RULES)

    assert (parsed.value is None) == has_errors(parsed.problems)


@PROPERTIES
@given(mutated())
def test_a_damaged_record_gives_a_value_or_an_error(data: bytes) -> None:
    parsed = parse_article(source(data), RULES)

    assert (parsed.value is None) == has_errors(parsed.problems)
    assert all(p.location.line >= 1 and p.location.column >= 1 for p in parsed.problems)


@PROPERTIES
@given(mutated())
def test_what_a_damaged_record_says_can_stand_in_any_file(data: bytes) -> None:
    parsed = parse_article(source(data), RULES)

    text = msgspec.json.decode(msgspec.json.encode(parsed.value))
    forbidden = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
    assert forbidden.search(json.dumps(text, ensure_ascii=False)) is None
    assert b"never to be seen" not in msgspec.json.encode(parsed.value) or b"secured" not in data


def test_aliases_of_aliases_end_in_an_error_and_soon() -> None:
    images = "&i\n- &o {url: 'https://e.org/1'}\n" + "- *o\n" * 2000
    related = "\n- &r {title: B, webUrl: 'https://e.org/b', images: *i}\n" + "- *r\n" * 2000

    parsed = parse(record(images=images.rstrip(), related=related.rstrip()))

    assert parsed.value is None
    assert [problem.code for problem in parsed.problems if problem.severity == "error"] == ["too-deep"]
