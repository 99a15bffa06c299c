"""JSON Schemas: they hold, they are those that are shipped, and they accept whatever is read without a problem."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from builders import PROPERTIES, RULES, record, source
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.feeds.entries import formatted
from broadsheet.records.articles import RECORD, parse_filed, parse_leaf
from broadsheet.records.config import SITE, parse_config
from broadsheet.records.fields import Shape
from broadsheet.records.pins import parse_pin
from broadsheet.records.schemas import SHAPES, schema_of
from broadsheet.records.topics import TOPIC, parse_topic


class Core(yaml.SafeLoader):
    """Reads YAML by the core schema of YAML 1.2, as editors do: no dates, and yes and no are texts."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - this is how PyYAML is told


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def load(text: str) -> object:
    return yaml.load(text, Loader=Core)  # noqa: S506 - a safe loader


def front(data: bytes) -> object:
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    return load(text.split("---\n")[1])


def faults(name: str, value: object) -> list[str]:
    return sorted(
        f"{'.'.join(map(str, fault.path))}: {fault.validator}"
        for fault in jsonschema.Draft202012Validator(schema_of(name)).iter_errors(value)
    )


@pytest.mark.parametrize("name", SHAPES)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(name))


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_shipped_is_up_to_date(name: str) -> None:
    assert (ROOT / "schemas" / f"{name}.json").read_bytes() == formatted(schema_of(name)) + b"\n", (
        "run: broadsheet schema --out schemas"
    )
    assert len(list((ROOT / "schemas").iterdir())) == len(SHAPES)


@pytest.mark.parametrize(("name", "shape"), [(name, shape) for name, (_, shape) in SHAPES.items()])
def test_every_field_is_there_with_what_it_means(name: str, shape: Shape) -> None:
    def check(schema: dict[str, Any], shape: Shape) -> None:
        assert list(schema["properties"]) == list(shape)
        assert schema["required"] == [field for field, spec in shape.items() if spec.required]
        for field, spec in shape.items():
            assert schema["properties"][field]["description"] == spec.doc
            if spec.shape:
                check(schema["properties"][field].get("items", schema["properties"][field]), spec.shape)

    check(schema_of(name), shape)


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "True",
        "false",
        "yes",
        '"true"',
        "1",
        "[a]",
        "2024-05-01T08:00:00Z",
        "2024-05-01",
        "a",
        "https://example.org",
        "HTTPS://example.org/a",
        "ftp://example.org",
        "video",
        " 'Video '",
        "vidio",
        "-1",
        "3",
        '"3"',
        "3.5",
        "~",
        "''",
        "{a: b}",
        "[{url: 'https://example.org/a.jpg'}]",
        "[{title: a}]",
        "[~]",
        "[[a]]",
    ],
)
@pytest.mark.parametrize("field", sorted(RECORD))
def test_a_record_that_is_read_without_a_problem_is_accepted(field: str, value: str) -> None:
    data = record(**{field: value})

    problems = parse_filed(source(data), RULES).problems

    if not problems:
        assert faults("record", front(data)) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pubished": "true"}, ": additionalProperties"),
        ({"title": None}, ": required"),
        ({"title": "''"}, "title: minLength"),
        ({"title": "~"}, "title: type"),
        ({"webUrl": None}, ": anyOf"),
        ({"webUrl": "~"}, ": anyOf"),
        ({"webUrl": "ftp://example.org"}, "webUrl: pattern"),
        ({"quality": "-1"}, "quality: minimum"),
        ({"quality": "high"}, "quality: pattern"),
        ({"published": "yes"}, "published: type"),
        ({"publishedDateTime": "2024-05-01T08:00:00"}, "publishedDateTime: pattern"),
        ({"type": "vidio"}, "type: anyOf"),
        ({"topics": "[[a]]"}, "topics.0: type"),
        ({"images": "[{width: 0}]"}, "images.0: required"),
        ({"provider": "{nme: a}"}, "provider: additionalProperties"),
        ({"related": "[{title: a}]"}, "related.0: anyOf"),
    ],
)
def test_what_is_wrong_is_refused(fields: dict[str, str | None], expected: str) -> None:
    data = record("", **fields)

    assert parse_filed(source(data), RULES).problems
    assert expected in faults("record", front(data))


def test_the_demonstration_digest_is_accepted() -> None:
    content = ROOT / "content"
    found = [
        *((path, "topic", load(path.read_text())) for path in content.glob("topics/*.yaml")),
        *((path, "edition", load(path.read_text())) for path in content.glob("editions/*.yaml")),
        *((path, "page", front(path.read_bytes())) for path in content.glob("pages/*.md")),
        *((path, "record", front(path.read_bytes())) for path in content.glob("news/*.md")),
        (ROOT / "site.yaml", "config", load((ROOT / "site.yaml").read_text())),
    ]

    assert {name for _, name, _ in found} == set(SHAPES)
    assert [(path.name, faults(name, value)) for path, name, value in found if faults(name, value)] == []


def test_the_real_records_are_accepted(real_records: Path) -> None:
    records = sorted(real_records.rglob("*.md"))
    topics = sorted(real_records.rglob("*.yaml"))

    assert len(records) > 90
    assert [(path.name, found) for path in records if (found := faults("record", front(path.read_bytes())))] == []
    assert [(p.name, found) for p in topics if (found := faults("topic", load(p.read_text("utf-8"))))] == []


VALUES = st.sampled_from(
    [
        "a",
        "true",
        "false",
        "'true'",
        "off",
        "warning",
        "page",
        "full",
        "none",
        "youtube",
        "[youtube]",
        "[Vimeo, youtube]",
        "0",
        "1",
        "500",
        "'12'",
        "-3",
        "1.5",
        "en",
        "UTC",
        "~",
        "",
        "https://example.org/",
        "[a, ~]",
        "urn:a:b",
        "{}",
    ]
)


def texts(shape: Shape, depth: int = 0) -> st.SearchStrategy[str]:
    """Make YAML of some fields of a shape, each with some value, right or wrong."""

    def written(name: str) -> st.SearchStrategy[str]:
        spec = shape[name]
        if spec.shape and depth < 2 and spec.kind == "mapping":
            inner = texts(spec.shape, depth + 1)
            return inner.map(lambda text: f"{name}: {{{text}}}")
        return VALUES.map(lambda value: f"{name}: {value}")

    names = st.lists(st.sampled_from(sorted(shape)), unique=True, max_size=4)
    return names.flatmap(lambda chosen: st.tuples(*map(written, chosen))).map(", ".join)


@given(texts(SITE))
@PROPERTIES
def test_settings_that_are_read_without_a_problem_are_accepted(text: str) -> None:
    config, problems = parse_config(source(f"{{{text}}}", "site.yaml"))

    if config is not None and not problems:
        assert faults("config", load(f"{{{text}}}")) == []


@given(texts({name: spec for name, spec in TOPIC.items() if name != "name"}))
@PROPERTIES
def test_topics_that_are_read_without_a_problem_are_accepted(text: str) -> None:
    text = f"{{name: A, {text}}}"

    if not parse_topic(source(text, "topics/a.yaml")).problems:
        assert faults("topic", load(text)) == []


DOCUMENTS = [
    ("page", "---\ntitle: A\npublished: false\nredirect_from: /a/\n---\n"),
    ("edition", "number: 3\nlead: a\ngroups: [{title: B, stories: [a]}]\nrest: ~\n"),
]


@pytest.mark.parametrize(("name", "text"), DOCUMENTS)
def test_pages_and_editions_that_are_read_are_accepted(name: str, text: str) -> None:
    if name == "page":
        assert parse_leaf(source(text, "pages/a.md"), RULES).problems == ()
        assert faults(name, front(text.encode())) == []
    else:
        assert parse_pin(source(text, "editions/2024-05-01.yaml"), RULES).problems == ()
        assert faults(name, load(text)) == []


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from broadsheet.cli import main; main()", "schema", *arguments]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)


def test_the_command_prints_one_and_writes_all(tmp_path: Path) -> None:
    printed = run(tmp_path, "topic")
    written = run(tmp_path, "--out", "here/schemas")
    one = run(tmp_path, "page", "--out", "one")

    assert json.loads(printed.stdout) == schema_of("topic")
    assert (written.returncode, written.stdout) == (0, b"")
    assert {path.stem: json.loads(path.read_bytes()) for path in (tmp_path / "here/schemas").iterdir()} == {
        name: schema_of(name) for name in SHAPES
    }
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["page.json"]
    assert one.returncode == 0


def test_the_command_wants_a_name_or_a_folder(tmp_path: Path) -> None:
    assert run(tmp_path).returncode == 2
    assert run(tmp_path, "article").returncode == 2


def test_a_tool_that_knows_nothing_of_us_checks_topics_and_settings(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: A\nparnt: B\n")
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", "schemas/topic.json"]

    right = subprocess.run(
        [*command, *map(str, (ROOT / "content/topics").glob("*.yaml"))], cwd=ROOT, capture_output=True, check=False
    )

    assert right.returncode == 0, right.stdout
    assert subprocess.run([*command, str(wrong)], cwd=ROOT, capture_output=True, check=False).returncode == 1
