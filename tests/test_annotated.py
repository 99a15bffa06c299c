from broadsheet.core.annotated import as_listing, by_rule, readable
from broadsheet.core.diagnostics import Diagnostic, Location


def problem(path: str = "a.md", line: int = 1, column: int = 1, code: str = "bad-url", hint: str = "") -> Diagnostic:
    return Diagnostic(
        code=code, message="no good", location=Location(path, line, column), severity="warning", hint=hint
    )


def listing(found: list[Diagnostic], *lines: str) -> list[str]:
    return list(as_listing(found, lambda _: lines))


def test_problems_stand_below_their_file_with_their_line() -> None:
    found = [problem("b.md", hint="do"), problem(line=12, column=3), problem(line=2)]

    assert listing(found, "one", "two", *[""] * 9, "twelve") == [
        "a.md",
        "  2:1 warning[bad-url]: no good",
        "    2 | two",
        "      | ^",
        "  12:3 warning[bad-url]: no good",
        "    12 | twelve",
        "       |   ^",
        "",
        "b.md",
        "  1:1 warning[bad-url]: no good",
        "    1 | one",
        "      | ^",
        "      = hint: do",
        "",
    ]


def test_what_is_no_file_has_no_line() -> None:
    assert listing([problem("/topics/", 3)]) == ["/topics/", "  3:1 warning[bad-url]: no good", ""]


def test_the_mark_stands_beneath_the_place_whatever_is_before_it() -> None:
    for line, column in (("\ta: 1", 2), ("标题: x", 5), ("e\u0301: x", 5), ("\x1b[31m: x", 8)):
        _, _, shown, mark, _ = listing([problem(column=column)], line)
        place = next(sign for sign in ("a", "x") if sign in shown.partition("|")[2])
        cells = sum(2 if sign > "\u4e00" else sign != "\u0301" for sign in shown[: shown.rindex(place)])
        assert mark.index("^") == cells, line


def test_a_long_line_is_cut_around_the_place() -> None:
    line = f"title: {'word ' * 100}here {'word ' * 100}"
    column = line.index("here") + 1

    _, _, shown, mark, _ = listing([problem(column=column)], line)

    assert len(shown) < 120
    assert shown[mark.index("^") :].startswith("here")
    assert shown.startswith("    1 | …")
    assert shown.endswith("…")


def test_each_part_has_its_colour() -> None:
    shown = list(as_listing([problem(hint="do")], lambda _: ["one"], lambda text, kind: f"<{kind} {text}>"))

    assert shown == [
        "<path a.md>",
        "  <place 1:1> <warning warning[bad-url]>: no good",
        "    1 | one",
        "      | <mark ^>",
        "      = <hint hint: do>",
        "",
    ]


def test_of_very_many_warnings_the_first_are_shown_and_of_errors_all() -> None:
    warnings = [problem(line=line) for line in (3, 1, 2)]
    errors = [problem(line=line, code="leak").as_error() for line in range(4)]

    shown, rest = readable([*warnings, *errors, problem(code="odd-host")], most=2)

    assert [p.location.line for p in shown if p.code == "bad-url"] == [1, 2]
    assert [p.location.line for p in rest] == [3]
    assert len(shown) == 7


def test_problems_are_counted_by_rule() -> None:
    assert by_rule([problem(), problem(code="leak"), problem()]) == "2 bad-url, 1 leak"
