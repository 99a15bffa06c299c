"""`broadsheet list`: what it lists, in which order, and how it is printed."""

import json
from pathlib import Path

import pytest
from site_builder import write
from terminal import Said, broadsheet

from broadsheet.core.columns import width

NOW = "2024-06-01"


def record(title: str, *lines: str, day: str = "2024-05-01", pub: str = "false", provider: str = "Example") -> str:
    """Write a record."""
    slug = title.lower().replace(" ", "-")
    head = [
        f'title: "{title}"',
        f"publishedDateTime: {day}T23:30:00Z",
        f"webUrl: https://example.org/{slug}",
        f"published: {pub}",
        f"provider: {{name: {provider}, domain: {provider.lower()}.org}}",
        *lines,
    ]
    return "\n".join(["---", *head, "---", ""])


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A digest with drafts."""
    write(
        tmp_path,
        {
            "site.yaml": "timezone: Asia/Tokyo\n",
            "content/topics/ai.yaml": "name: AI\nsynonyms: [Artificial Intelligence]",
            "content/topics/vision.yaml": "name: Vision\nparent: AI",
            "content/a.md": record("Old draft", "quality: 51", "topics: [artificial  intelligence]", day="2024-01-01"),
            "content/b.md": record("New draft", "topics: [Vision]", provider="Other"),
            "content/c.md": record("Same time", "quality: 50", "topics: [Chips]"),
            "content/d.md": record("Out", "topics: [AI]", pub="true"),
            "content/e.md": record("Later", pub="true", day="2024-07-01"),
            "content/f.md": record("Later draft", day="2024-07-02"),
        },
    )
    return tmp_path


def listed(desk: Path, *arguments: str) -> list[str]:
    """List the names of the files that are listed."""
    result = broadsheet("list", "--now", NOW, "--format", "tsv", *arguments, cwd=desk)
    assert (result.code, result.err) == (0, "")
    return [line.split("\t")[0].removeprefix("content/").removesuffix(".md") for line in result.out.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], "f c b a"),
        (["--published"], "e d"),
        (["--all"], "f e d c b a"),
        (["--due"], "c b a"),
        (["--published", "--future"], "e"),
        (["--all", "--future"], "f e"),
        (["--topic", "AI"], "b a"),
        (["--topic", "ARTIFICIAL intelligence", "--all"], "d b a"),
        (["--topic", "Vision"], "b"),
        (["--topic", "chips"], "c"),
        (["--provider", "other"], "b"),
        (["--provider", "www.Example.org"], "f c a"),
        (["--quality", "50"], "c a"),
        (["--quality", "51", "--due"], "a"),
        (["--since", "2024-05-01"], "f c b"),
        (["--since", "2024-05-02T00:00:00+02:00"], "f c b"),
        (["--since", "2024-05-02"], "f"),
    ],
)
def test_what_is_listed_newest_first(desk: Path, arguments: list[str], names: str) -> None:
    assert listed(desk, *arguments) == names.split()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--topic", "Visoin"], "There is no topic 'Visoin'. Did you mean 'Vision'?"),
        (["--topic", "xyz"], "There is no topic 'xyz'.\n"),
        (["--since", "yesterday"], "'--since': 'yesterday': not a timestamp"),
        (["--quality", "-1"], "--quality"),
        (["--now", "soon"], "--now"),
        (["nowhere"], "does not exist"),
        (["content"], "There is no content folder 'content/content'."),
    ],
)
def test_wrong_usage(desk: Path, arguments: list[str], said: str) -> None:
    result = broadsheet("list", *arguments, cwd=desk)

    assert result.code == 2
    assert said in result.err


def test_a_pipe_gets_tabs_and_no_colours(desk: Path) -> None:
    result = broadsheet("list", "--now", NOW, "--all", "--since", "2024-06-01", cwd=desk)

    assert result.out == (
        "content/f.md\tdraft\t2024-07-03\t0\tExample\tLater draft\n"
        "content/e.md\tfuture\t2024-07-02\t0\tExample\tLater\n"
    )


def test_programs_get_json(desk: Path) -> None:
    result = broadsheet("list", "--now", NOW, "--format", "json", "--quality", "51", cwd=desk)

    assert json.loads(result.out) == {
        "path": "content/a.md",
        "state": "draft",
        "title": "Old draft",
        "publishedDateTime": "2024-01-01T23:30:00Z",
        "quality": 51,
        "heat": None,
        "provider": {"name": "Example", "domain": "example.org"},
        "topics": ["artificial intelligence"],
        "url": "https://example.org/old-draft",
        "address": "/2024/01/01/a/",
        "id": json.loads(result.out)["id"],
    }


def table(desk: Path, columns: int, *arguments: str) -> Said:
    return broadsheet("list", "--now", NOW, "--format", "table", *arguments, cwd=desk, COLUMNS=str(columns))


def test_a_table_fits_the_terminal(desk: Path) -> None:
    write(desk, {"content/wide.md": record("見出し" * 20, day="2024-07-09"), "content/h.md": record("A headline " * 9)})

    assert table(desk, 80).out.splitlines() == [
        "DATE        QUALITY  HEADLINE                          PROVIDER  FILE",
        "2024-07-10        0  見出し見出し見出し見出し見出し…   Example   content/wide.md",
        "2024-07-03        0  Later draft                       Example   content/f.md",
        "2024-05-02        0  A headline A headline A headlin…  Example   content/h.md",
        "2024-05-02       50  Same time                         Example   content/c.md",
        "2024-05-02        0  New draft                         Other     content/b.md",
        "2024-01-02       51  Old draft                         Example   content/a.md",
        "6 records.",
    ]
    for columns in range(50, 200, 7):
        assert max(width(line) for line in table(desk, columns, "--all").out.splitlines()) <= columns


def test_where_a_path_is_long_it_gets_a_line_of_its_own(desk: Path) -> None:
    name = "content/2024/a-name-that-leaves-no-room-beside-it-for-any-headline.md"
    write(desk, {name: record("A headline that is shown", day="2024-07-09")})

    lines = table(desk, 80, "--all", "--since", "2024-07-01").out.splitlines()

    assert lines[:3] == [
        "DATE        QUALITY  STATE      HEADLINE                  PROVIDER",
        "2024-07-10        0  draft      A headline that is shown  Example",
        f"    {name}",
    ]


def test_an_empty_list_says_so_on_a_terminal_alone(desk: Path) -> None:
    assert table(desk, 80, "--quality", "99").out == "There is nothing to list.\n"
    assert broadsheet("list", "--quality", "99", cwd=desk).out == ""


def test_what_cannot_be_read_is_said_at_the_end(desk: Path) -> None:
    broken = {f"content/x{number}.md": "# no record" for number in range(6)}
    write(desk, {**broken, "content/x0.md": record("x", "quality: y", "heat: z"), "content/topics/bad.yaml": "a: ["})

    result = broadsheet("list", "--now", NOW, "--due", cwd=desk)

    assert result.code == 0
    assert len(result.out.splitlines()) == 3
    assert result.err.splitlines() == [
        "6 records cannot be read, and may be missing here:",
        "  content/x0.md:7:10: 'quality': 'y' is not a whole number",
        *(f"  content/x{n}.md:1:1: the file does not begin with front matter" for n in range(1, 5)),
        "  and 1 more; broadsheet build names them all",
    ]


def test_a_headline_cannot_steer_the_terminal(desk: Path) -> None:
    write(desk, {"content/z.md": record("x").replace('"x"', '"a\\e[2Jb\\u200e"')})

    assert "\x1b" not in table(desk, 80).out
