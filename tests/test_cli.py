"""The command line: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from site_builder import digest, record, snapshot, write

BROKEN = {
    "not a record": "# Hello",
    "not yaml": "---\na: b: c\n---\n",
    "empty": "",
    "a list": "---\n- a\n---\n",
    "no title": record(1).replace("title", "titel"),
    "bad date": record(1, day="2024-99-99"),
    "bad url": record(1).replace("https://p1", "javascript:"),
    "deep": "---\n" + "[" * 5000 + "\n---\n",
    "tag": record(1, "excerpt: !!python/name:os.system x").replace("excerpt: Excerpt number 1\n", ""),
    "alias": "---\ntitle: *x\n---\n",
    "bad template": record(1, "template: nope"),
    "two documents": "---\ntitle: x\n...\n--- \n",
}


def broadsheet(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
    environment |= {"PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-c", "from broadsheet.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_a_build_says_what_it_did(tmp_path: Path) -> None:
    digest(tmp_path)

    first, second = broadsheet("build", cwd=tmp_path), broadsheet("build", "--verbose", cwd=tmp_path)
    quiet = broadsheet("build", "--quiet", cwd=tmp_path)

    assert (first.returncode, second.returncode, quiet.returncode) == (0, 0, 0)
    assert "5 articles, 3 topics, 5 providers." in first.stdout
    assert "public: 0 written, 0 removed" in second.stdout
    assert "records parsed: 0, pages rendered: 0" in second.stdout
    assert quiet.stdout == ""


def test_build_py_is_broadsheet_build(tmp_path: Path) -> None:
    digest(tmp_path)
    broadsheet("build", "--out", "one", "--now", "2026-01-01", cwd=tmp_path)

    command = [sys.executable, str(ROOT / "build.py"), "--out", "two", "--now", "2026-01-01"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_named_without_a_traceback(tmp_path: Path, name: str) -> None:
    digest(tmp_path)
    broadsheet("build", cwd=tmp_path)
    before = snapshot(tmp_path / "public")
    write(tmp_path, {"content/broken.md": BROKEN[name]})

    result = broadsheet("build", cwd=tmp_path)

    assert result.returncode == 1
    assert result.stderr.startswith("content/broken.md:")
    assert "error[" in result.stderr
    assert "the published site is as it was" in result.stderr
    assert "Traceback" not in result.stderr
    assert snapshot(tmp_path / "public") == before


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["build", "--bogus"], 2, "No such option"),
        (["build", "nowhere"], 2, "does not exist"),
        (["build", "--content", "nowhere"], 2, "no content folder"),
        (["build", "--now", "yesterday"], 2, "not a timestamp"),
        (["build", "--base-url", "example.org"], 2, "http or https"),
        (["build", "--base-url", "https://example.org/a//b"], 2, "empty parts"),
        (["build", "--jobs", "0"], 2, "--jobs"),
        (["build", "--format", "xml"], 2, "--format"),
        (["build", "--out", "content/x"], 1, "choose another --out"),
        (["build", "--out", "site.yaml"], 1, "is a file"),
        (["build", "--out", "site.yaml/x"], 1, "cannot write"),
        (["biuld"], 2, "No such command"),
    ],
)
def test_wrong_usage_is_one_clear_line(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    digest(tmp_path)

    result = broadsheet(*arguments, cwd=tmp_path)

    assert result.returncode == status
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_site_without_content_is_wrong_usage(tmp_path: Path) -> None:
    result = broadsheet("build", cwd=tmp_path)

    assert result.returncode == 2
    assert "There is no content folder 'content'" in result.stderr


def test_warnings_do_not_stop_a_build_unless_it_is_strict(tmp_path: Path) -> None:
    digest(tmp_path)
    write(tmp_path, {"content/warned.md": record(9, "pubished: true")})

    relaxed, strict = broadsheet("build", cwd=tmp_path), broadsheet("build", "--strict", cwd=tmp_path)

    assert relaxed.returncode == 0
    assert "content/warned.md:8:1: warning[unknown-field]" in relaxed.stderr
    assert strict.returncode == 1
    assert "content/warned.md:8:1: error[unknown-field]" in strict.stderr


def test_a_folder_of_records_elsewhere_builds_with_its_own_settings(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    digest(here)
    write(there, {"a.md": record(1), "site.yaml": "title: There\n"})

    without_out = broadsheet("build", "--content", str(there), cwd=here)
    result = broadsheet("build", "--content", str(there), "--out", "built", cwd=here)

    assert without_out.returncode == 2
    assert result.returncode == 0
    assert "<title>There</title>" in (here / "built/index.html").read_text()
    assert {path.name for path in there.iterdir()} == {"a.md", "site.yaml"}


def test_source_date_epoch_is_now(tmp_path: Path) -> None:
    digest(tmp_path)

    early = broadsheet("build", cwd=tmp_path, SOURCE_DATE_EPOCH="1000000000")
    wrong = broadsheet("build", cwd=tmp_path, SOURCE_DATE_EPOCH="soon")

    assert "0 articles" in early.stdout
    assert wrong.returncode == 2
    assert "SOURCE_DATE_EPOCH" in wrong.stderr


def test_problems_can_be_read_by_programs(tmp_path: Path) -> None:
    digest(tmp_path)
    write(tmp_path, {"content/b.md": "# x"})

    as_json = broadsheet("build", "--format", "json", cwd=tmp_path)
    as_github = broadsheet("build", "--format", "github", cwd=tmp_path)

    assert json.loads(as_json.stderr)["code"] == "no-front-matter"
    assert as_github.stderr.startswith("::error file=content/b.md,line=1,col=1,title=no-front-matter::")


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("page.html", "{{ page.nope }}", "templates/page.html:1:1"),
        ("page.html", "\n\n{{ nope }}", "templates/page.html:3:1"),
        ("page.html", "{% extends 'base.html' %}\n{% block content %}\n{% if %}", "templates/page.html:3:1"),
        ("page.html", "\n{% include 'gone.html' %}", "templates/page.html:2:1"),
        ("page.html", "{{ asset('gone.css') }}", "templates/page.html:1:1"),
        ("card.html", "\n{{ card.title.nope }}", "templates/card.html:2:1"),
        ("feed-item.html", "{{ item.nope }}", "templates/feed-item.html:1:1"),
    ],
)
def test_an_error_in_a_template_names_it_and_the_line(tmp_path: Path, name: str, text: str, place: str) -> None:
    digest(tmp_path)
    write(tmp_path, {"content/pages/about.md": "---\ntitle: About\n---\n", f"templates/{name}": text})

    result = broadsheet("build", cwd=tmp_path)

    assert result.returncode == 1
    assert result.stderr.startswith(f"{place}: error[template-error]: ")
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "public").exists()


def test_a_sites_own_files_win(tmp_path: Path) -> None:
    digest(tmp_path)
    page = "{% extends 'base.html' %}{% block content %}<h1>Mine</h1>{% endblock %}"
    write(
        tmp_path,
        {
            "templates/404.html": page,
            "static/icon.svg": "<svg/>",
            "static/hashed/broadsheet.css": "/* mine */",
            "static/robots.txt": "mine",
            "static/x/y.txt": "y",
        },
    )

    result = broadsheet("build", cwd=tmp_path)

    assert result.returncode == 0
    assert "<h1>Mine</h1>" in (tmp_path / "public/404.html").read_text()
    for name, text in {"icon.svg": "<svg/>", "robots.txt": "mine", "x/y.txt": "y"}.items():
        assert (tmp_path / "public" / name).read_text() == text
    assert [file.read_text() for file in (tmp_path / "public/hashed").glob("*.css")] == ["/* mine */"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    digest(tmp_path)
    (tmp_path / "outside.md").write_text(record(8))
    (tmp_path / "content/dangling.md").symlink_to("nowhere")
    (tmp_path / "content/outside.md").symlink_to(tmp_path / "outside.md")
    (tmp_path / "content/folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "content/pipe.md")

    result = broadsheet("build", cwd=tmp_path)

    assert result.returncode == 1
    for name in ("dangling.md", "outside.md", "folder", "pipe.md"):
        assert f"content/{name}:1:1: error[unreadable]" in result.stderr


def test_help_and_version(tmp_path: Path) -> None:
    assert "Examples:" in broadsheet("build", "--help", cwd=tmp_path).stdout
    assert broadsheet("--version", cwd=tmp_path).stdout.startswith("broadsheet 0.")


def test_feed_diff(tmp_path: Path) -> None:
    digest(tmp_path)
    broadsheet("build", cwd=tmp_path)
    broadsheet("build", "--out", "before", cwd=tmp_path)
    write(tmp_path, {"content/news/new.md": record(12, title="Brand new")})
    broadsheet("build", cwd=tmp_path)

    last = broadsheet("feed-diff", "public", cwd=tmp_path)
    both = broadsheet("feed-diff", "before", "public", cwd=tmp_path)
    same = broadsheet("feed-diff", "public", "public", cwd=tmp_path)
    write(tmp_path, {"content/news/1.md": record(1, "id: urn:uuid:00000000-0000-4000-8000-000000000000")})
    broadsheet("build", cwd=tmp_path)
    again = broadsheet("feed-diff", "public", cwd=tmp_path)
    github = broadsheet("feed-diff", "public", "--format", "github", cwd=tmp_path)

    assert last.stdout == both.stdout
    assert "/: 1 new, 0 updated, 0 vanished\n  new       Brand new\n" in last.stdout
    assert (last.returncode, same.returncode, same.stdout) == (0, 0, "Subscribers see no change.\n")
    assert again.returncode == 1
    assert "AGAIN     Story 1 (its id was urn:uuid:" in again.stdout
    assert github.returncode == 1
    assert "::error title=announced again in /::Story 1: its id was" in github.stdout


def test_feed_diff_of_what_is_no_site(tmp_path: Path) -> None:
    write(tmp_path, {"site/feed.json": "{broken"})

    broken = broadsheet("feed-diff", "site", "site", cwd=tmp_path)
    missing = broadsheet("feed-diff", "nowhere", cwd=tmp_path)

    assert (broken.returncode, missing.returncode) == (2, 2)
    assert "site/feed.json:1:1: error[unreadable]: not a JSON Feed" in broken.stderr
    assert "Traceback" not in broken.stderr + missing.stderr


@pytest.mark.parametrize("name", ["site.yaml", "content/pages/about.md", "content/topics/ai.yaml"])
def test_a_folder_where_a_file_belongs_is_no_traceback(tmp_path: Path, name: str) -> None:
    digest(tmp_path)
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name / "inner").mkdir(parents=True)

    result = broadsheet("build", cwd=tmp_path)

    assert "Traceback" not in result.stderr
    if name == "site.yaml":
        assert result.returncode == 1
        assert "site.yaml:1:1: error[unreadable]: cannot be read" in result.stderr
