"""`broadsheet init`: what a new digest begins with, and that it works at once."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import msgspec
import pytest
from builders import source
from conftest import ROOT
from site_builder import run, snapshot, write
from terminal import broadsheet

from broadsheet.core.model import Config
from broadsheet.curating.filing import read_filing
from broadsheet.files.saving import create_files
from broadsheet.records.config import SITE, parse_config
from broadsheet.records.fields import Shape
from broadsheet.records.starter import requirement, settings_text

FILES = [
    ".github/ISSUE_TEMPLATE/link.yml",
    ".github/workflows/pages.yml",
    ".gitignore",
    "content/news/2007-09-01-feed-paging-and-archiving.md",
    "content/pages/about.md",
    "content/topics/feeds.yaml",
    "content/topics/open-standards.yaml",
    "content/topics/web.yaml",
    "site.yaml",
]


def test_a_new_digest_builds_at_once_with_nothing_to_say_but_that_it_has_no_address(tmp_path: Path) -> None:
    result = broadsheet("init", "my-digest", cwd=tmp_path)
    write(tmp_path, {"my-digest/site.yaml": (tmp_path / "my-digest/site.yaml").read_text() + "search: false\n"})
    report = run(tmp_path / "my-digest")

    assert (result.code, result.err) == (0, "")
    assert sorted(name for name in snapshot(tmp_path / "my-digest") if not name.startswith(("public/", ".b"))) == FILES
    assert [line.strip() for line in result.out.splitlines()][1:10] == FILES
    assert "  cd my-digest\n  broadsheet new URL " in result.out
    assert report.problems == ()
    assert report.notes == ("no base_url is set, so feeds and canonical links carry http://localhost:8000/",)
    assert (report.articles, report.topics) == (1, 3)
    built = snapshot(tmp_path / "my-digest/public")
    assert b"<title>My digest</title>" in built["index.html"]
    assert "2007/09/01/feed-paging-and-archiving/index.html" in built
    assert b"RFC 5005" in built["topics/web/index.html"]
    assert "about/index.html" in built


def test_a_title_and_an_address_are_taken_as_they_are(tmp_path: Path) -> None:
    title = 'C: "#1" ‹日本› \\ # no comment'

    broadsheet("init", "x", "--title", title, "--base-url", "https://user.github.io/x", cwd=tmp_path)

    filing = read_filing(tmp_path / "x", tmp_path / "x/content")
    assert filing.problems == ()
    assert (filing.config.title, filing.config.base_url) == (title, "https://user.github.io/x/")
    assert broadsheet("init", "y", "--base-url", "example.org", cwd=tmp_path).code == 2
    assert not (tmp_path / "y").exists()


def test_an_empty_folder_and_a_repository_are_welcome(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "mine", ".git/config": "[core]", "content/news/other.txt": "mine"})

    result = broadsheet("init", ".", cwd=tmp_path)

    assert result.code == 0
    assert "\n  cd " not in result.out
    assert (tmp_path / "README.md").read_text() == "mine"
    assert run(tmp_path).articles == 1


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_ever_overwritten(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: "mine", "README.md": "mine"})
    before = snapshot(tmp_path)

    result = broadsheet("init", str(tmp_path), cwd=tmp_path.parent)

    assert result.code == 1
    assert result.err == f"broadsheet: error: {tmp_path.name} holds {name} already; nothing was written\n"
    assert snapshot(tmp_path) == before


def test_a_link_that_leads_nowhere_is_something_too(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").symlink_to("../elsewhere.yaml")

    assert broadsheet("init", ".", cwd=tmp_path).code == 1
    assert not (tmp_path.parent / "elsewhere.yaml").exists()


def test_what_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    write(tmp_path, {"content": "a file", "file": ""})

    result = broadsheet("init", ".", cwd=tmp_path)

    assert result.code == 1
    assert "nothing was written" in result.err
    assert snapshot(tmp_path) == {"content": b"a file", "file": b""}
    assert broadsheet("init", "file", cwd=tmp_path).code == 2


def test_files_are_all_created_or_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r".+"):
        create_files(tmp_path, {"a": b"", "b/c": b"", "a/d": b""})

    assert snapshot(tmp_path) == {}


def uncommented(text: str) -> str:
    """Let every setting of a `site.yaml` count that stands in a comment."""
    return re.sub(r"^#(?! )|^#(?=  )", "", text, flags=re.MULTILINE)


def missing(text: str, shape: Shape, indent: str = "") -> list[str]:
    """Return the settings that a text lacks, or does not explain on the line above."""
    lacking = []
    for name, spec in shape.items():
        if not re.search(rf"^#?{indent}# {re.escape(spec.doc)}\n#?{indent}{name}:", text, re.MULTILINE):
            lacking.append(indent + name)
        lacking += missing(text, spec.shape or {}, f"{indent}  ")
    return lacking


@pytest.mark.parametrize("given", [{}, {"title": "A"}])
def test_every_setting_stands_there_and_is_explained(given: dict[str, str]) -> None:
    assert missing(settings_text(given), SITE) == []


def test_what_a_comment_shows_is_the_default() -> None:
    text = uncommented(settings_text({}))

    assert "\n  limit: 50\n" in text
    config, problems = parse_config(source(text))
    assert problems == []
    assert config is not None
    # That `mail` stands there at all asks for mails; each setting below it is the default.
    assert config == msgspec.structs.replace(Config(), mail=msgspec.structs.replace(Config().mail, is_asked=True))


@pytest.mark.parametrize(
    ("origin", "installed"),
    [
        (None, "broadsheet[search,mail]==1.2"),
        ("{", "broadsheet[search,mail]==1.2"),
        ({"url": "file:///src/broadsheet", "dir_info": {}}, "broadsheet[search,mail]==1.2"),
        (
            {"url": "https://example.org/me/broadsheet.git", "vcs_info": {"vcs": "git", "commit_id": "a" * 40}},
            f"broadsheet[search,mail] @ git+https://example.org/me/broadsheet.git@{'a' * 40}",
        ),
        (
            {"url": "https://u:p@example.org/x", "vcs_info": {"vcs": "git", "commit_id": "a" * 40}},
            "broadsheet[search,mail]==1.2",
        ),
        (
            {"url": 'https://example.org/"; x', "vcs_info": {"vcs": "git", "commit_id": "a" * 40}},
            "broadsheet[search,mail]==1.2",
        ),
        (
            {"url": "https://example.org/x", "vcs_info": {"vcs": "git", "commit_id": "main"}},
            "broadsheet[search,mail]==1.2",
        ),
        (
            {"url": "https://example.org/x", "vcs_info": {"vcs": "hg", "commit_id": "a" * 40}},
            "broadsheet[search,mail]==1.2",
        ),
    ],
)
def test_the_workflow_installs_what_the_program_came_from(origin: object, installed: str) -> None:
    noted = origin if isinstance(origin, str | None) else json.dumps(origin)

    assert requirement("1.2", noted) == installed


def test_the_workflow_names_a_version(tmp_path: Path) -> None:
    broadsheet("init", ".", cwd=tmp_path)

    text = (tmp_path / ".github/workflows/pages.yml").read_text()
    assert re.search(r'pip install "broadsheet\[search,mail\](?:==| @ git\+https://)\S+"', text)


def test_git_ignores_what_a_build_makes(tmp_path: Path) -> None:
    broadsheet("init", ".", cwd=tmp_path)
    run(tmp_path)
    git = shutil.which("git")
    assert git is not None
    listed = ""
    for arguments in (["init", "-q"], ["add", "--all"], ["ls-files"]):
        result = subprocess.run([git, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        listed = result.stdout

    assert listed.splitlines() == FILES


def test_the_wheel_ships_the_starter() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["starter"] == "broadsheet/theme/starter"
