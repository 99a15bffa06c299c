"""JSON Schemas (draft 2020-12) of what a curator writes, from the tables by which it is read.

They are for editors, which complete and check by them. A schema accepts whatever is read without a problem, and
refuses most of what is not: what depends on other fields or files is for `broadsheet check`.
"""

from collections.abc import Mapping

from broadsheet.records.articles import LEAF, RECORD
from broadsheet.records.config import SITE
from broadsheet.records.fields import Kind, Shape, Spec
from broadsheet.records.pins import PIN
from broadsheet.records.topics import TOPIC

Schema = dict[str, object]

SHAPES: Mapping[str, tuple[str, Shape]] = {
    "record": ("The front matter of a record: content/**/*.md", RECORD),
    "topic": ("A topic: content/topics/*.yaml", TOPIC),
    "page": ("The front matter of a page of the site's own: content/pages/*.md", LEAF),
    "config": ("The settings: site.yaml", SITE),
    "edition": ("What is fixed of an edition: content/editions/*.yaml", PIN),
}
"""What there is a schema of: a name, what it is for, and the table of its fields."""

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_INTEGER = r"^\s*[+-]?[0-9]{1,9}\s*$"
_URL = r"^\s*[hH][tT][tT][pP][sS]?://"
_TIME = (
    r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt]|[ \t]+)[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"[ \t]*([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)\s*$"
)
_TEXT = ["string", "number", "boolean"]
"""What YAML may take a text for."""
_SOURCES = ("webUrl", "originalUrl")


def schema_of(name: str) -> Schema:
    """Return the schema of a name of `SHAPES`."""
    title, shape = SHAPES[name]
    return {"$schema": _DRAFT, "title": title, "type": "object", **_fields(shape)}


def _fields(shape: Shape) -> Schema:
    schema: Schema = {
        "properties": {name: {"description": spec.doc, **_value(spec)} for name, spec in shape.items()},
        "required": [name for name, spec in shape.items() if spec.required],
        "additionalProperties": False,
    }
    if shape.keys() >= set(_SOURCES):
        schema["anyOf"] = [{"required": [name], "properties": {name: {"type": "string"}}} for name in _SOURCES]
    return schema


def _value(spec: Spec) -> Schema:
    """Return the schema of a value. Null counts as absent, so only what is required cannot be null."""
    if spec.kind == "ignored":
        return {}
    null = [] if spec.required else ["null"]
    if spec.choices and spec.kind == "text":
        return {"anyOf": [*_chosen(spec.choices), *({"type": kind} for kind in null)]}
    types, rules = _said(spec)
    return {"type": [*types, *null], **rules}


def _said(spec: Spec) -> tuple[list[str], Schema]:
    """Return the types that a value may have, and rules, of which each concerns one of these types only."""
    kinds: dict[Kind, tuple[list[str], Schema]] = {
        "text": (_TEXT, {"minLength": 1} if spec.required else {}),
        "integer": (["integer", "string"], {"pattern": _INTEGER} | _least(spec)),
        "flag": (["boolean"], {}),
        "timestamp": (["string"], {"pattern": _TIME}),
        "url": (["string"], {"pattern": _URL}),
        "texts": (["array", *_TEXT], {"items": _item(spec)}),
        "mapping": (["object"], _fields(spec.shape or {})),
        "mappings": (["array"], {"items": {"type": ["object", "null"], **_fields(spec.shape or {})}}),
    }
    return kinds[spec.kind]


def _least(spec: Spec) -> Schema:
    return {} if spec.minimum is None else {"minimum": spec.minimum}


def _item(spec: Spec) -> Schema:
    return {"anyOf": [*_chosen(spec.choices), {"type": "null"}]} if spec.choices else {"type": [*_TEXT, "null"]}


def _chosen(choices: tuple[str, ...]) -> list[Schema]:
    """Return what accepts one of some words, in any case; `true` and `false` may be what YAML takes them for."""
    words = {"true": True, "false": False}
    listed = [words[choice] for choice in choices if choice in words]
    return [{"enum": [*listed, *choices]}, {"type": "string", "pattern": _any_case(choices)}]


def _any_case(choices: tuple[str, ...]) -> str:
    """Return a pattern of some words in any case, with white space around them; no word at all counts as absent."""
    words = ("".join(f"[{sign.upper()}{sign}]" for sign in choice) for choice in choices)
    return rf"^\s*({'|'.join(words)})?\s*$"
