"""What can be wrong, and how it is said."""

import ast
import json
import random
import re
from pathlib import Path

import pytest

import broadsheet
from broadsheet.core.diagnostics import (
    CODES,
    ContentError,
    Diagnostic,
    Location,
    Severity,
    as_github,
    as_json,
    as_text,
    by_location,
    has_errors,
)
from broadsheet.core.escapes import command_data, command_property, printable

PACKAGE = Path(broadsheet.__file__).parent


def problem(
    *,
    code: str = "bad-url",
    message: str = "not linked",
    path: str = "content/news/x.md",
    line: int = 12,
    column: int = 3,
    severity: Severity = "error",
    hint: str = "",
) -> Diagnostic:
    return Diagnostic(code=code, message=message, location=Location(path, line, column), severity=severity, hint=hint)


def test_a_location_reads_as_editors_know_it() -> None:
    assert str(Location("a b.md", 12, 3)) == "a b.md:12:3"
    assert str(Location("x.md")) == "x.md:1:1"


def test_text_is_one_line() -> None:
    assert as_text(problem()) == "content/news/x.md:12:3: error[bad-url]: not linked"


def test_text_has_the_hint_beneath() -> None:
    shown = as_text(problem(severity="warning", hint="give an address"))

    assert shown == "content/news/x.md:12:3: warning[bad-url]: not linked\n    hint: give an address"


def test_json_is_one_line_of_flat_keys() -> None:
    shown = as_json(problem(message='say "ü"\n', hint="a"))

    assert "\n" not in shown
    assert json.loads(shown) == {
        "path": "content/news/x.md",
        "line": 12,
        "column": 3,
        "severity": "error",
        "code": "bad-url",
        "message": 'say "ü"\n',
        "hint": "a",
    }


def test_github_shows_it_beside_the_line() -> None:
    shown = as_github(problem(hint="give an address"))

    assert shown == "::error file=content/news/x.md,line=12,col=3,title=bad-url::not linked%0Agive an address"


def test_github_s_signs_are_escaped() -> None:
    shown = as_github(problem(path="a,b:c%.md", message="100% ::error::x", severity="warning"))

    assert shown == "::warning file=a%2Cb%3Ac%25.md,line=12,col=3,title=bad-url::100%25 ::error::x"


def test_github_s_line_ends_are_escaped() -> None:
    assert command_data("a%\r\nb:,") == "a%25%0D%0Ab:,"
    assert command_property("a%\r\nb:,") == "a%25%0D%0Ab%3A%2C"


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\n", "\r", "\x7f", "\x9b", "\u202e", "\u2066"])
def test_what_a_terminal_would_obey_is_shown_as_text(sign: str) -> None:
    broken = problem(message=f"a{sign}b", path=f"c{sign}d.md", hint=f"e{sign}f")
    escaped = f"\\u{ord(sign):04x}"

    assert as_text(broken) == f"c{escaped}d.md:12:3: error[bad-url]: a{escaped}b\n    hint: e{escaped}f"
    assert sign not in as_github(problem(message=f"a{sign}b", hint=f"e{sign}f"))


def test_letters_of_every_script_are_shown() -> None:
    assert printable("é 中 🚀 שלום %:,") == "é 中 🚀 שלום %:,"


def test_problems_are_in_the_order_of_their_places() -> None:
    ordered = [
        problem(path="a.md", line=2),
        problem(path="a.md", line=10, column=1),
        problem(path="a.md", line=10, column=2, code="bad-date"),
        problem(path="a.md", line=10, column=2, code="bad-url", message="a"),
        problem(path="a.md", line=10, column=2, code="bad-url", message="b"),
        problem(path="b.md", line=1),
    ]
    shuffled = random.Random(7).sample(ordered, len(ordered))  # noqa: S311 - an order, not a secret

    assert shuffled != ordered
    assert sorted(shuffled, key=by_location) == ordered


@pytest.mark.parametrize(
    ("severities", "expected"), [([], False), (["warning"], False), (["warning", "error"], True), (["error"], True)]
)
def test_warnings_are_no_errors(severities: list[Severity], expected: bool) -> None:
    assert has_errors(problem(severity=severity) for severity in severities) == expected


def test_a_content_error_carries_and_says_every_problem() -> None:
    error = ContentError([problem(), problem(line=13, message="gone")])

    assert [p.location.line for p in error.problems] == [12, 13]
    assert str(error) == "content/news/x.md:12:3: not linked; content/news/x.md:13:3: gone"


def codes_used() -> set[str]:
    """Find the codes that the package's calls name."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                named = [word.value for word in node.keywords if word.arg == "code"]
                for argument in [*node.args[:1], *named]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                        if named or name in {"add", "warn", "problem", "warning"}:
                            found.add(argument.value)
    return {code for code in found if re.fullmatch(r"[a-z]+(-[a-z]+)*", code)}


def test_every_code_is_known_and_described() -> None:
    assert {code for code in codes_used() if "-" in code} <= set(CODES)
    assert [code for code, meaning in CODES.items() if not meaning.endswith(".")] == []
    assert list(CODES) == sorted(CODES)


def test_every_code_is_said_somewhere() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "diagnostics.py")

    assert [code for code in CODES if f'"{code}"' not in texts] == []
