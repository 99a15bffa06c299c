"""`broadsheet publish` and `unpublish`: what they do to files, what they say, how they end."""

import os
import re
import stat
from pathlib import Path

import pytest
from conftest import ROOT
from site_builder import digest, record, run, snapshot, write
from terminal import broadsheet

from broadsheet.core.diagnostics import ContentError
from broadsheet.curating.filing import home_of, read_record
from broadsheet.files.saving import replace_file
from broadsheet.records.flags import set_flag


def test_a_draft_is_published_and_taken_back(tmp_path: Path) -> None:
    digest(tmp_path)
    write(tmp_path, {"content/news/a b.md": record(9, pub="false # soon")})
    before = snapshot(tmp_path)

    first = broadsheet("publish", "content/news/a b.md", cwd=tmp_path)
    second = broadsheet("publish", "content/news/a b.md", "content/news/1.md", cwd=tmp_path)

    assert (first.code, first.out, first.err) == (0, "published content/news/a b.md\n", "")
    assert second.out == "content/news/a b.md is published already\ncontent/news/1.md is published already\n"
    assert snapshot(tmp_path) == before | {"content/news/a b.md": record(9, pub="true # soon").encode()}
    assert run(tmp_path).articles == 6
    assert broadsheet("unpublish", str(tmp_path / "content/news/a b.md"), cwd=tmp_path).code == 0
    assert snapshot(tmp_path / "content") == {
        name.removeprefix("content/"): data for name, data in before.items() if name.startswith("content/")
    }


def test_each_file_is_all_or_nothing_and_the_others_go_on(tmp_path: Path) -> None:
    digest(tmp_path)
    drafts = {"content/good.md": record(8, pub="false"), "content/bad.md": record(9, pub="false", day="2024-99-99")}
    write(tmp_path, drafts)

    names = [
        "content/bad.md",
        "content/none.md",
        "content",
        "content/topics/x.yaml",
        "content/pages/x.md",
        "content/editions/2024-W01.yaml",
        "site.yaml",
        "content/good.md",
    ]
    write(
        tmp_path, {"content/topics/x.yaml": "name: X", "content/pages/x.md": "", "content/editions/2024-W01.yaml": ""}
    )
    result = broadsheet("publish", *names, cwd=tmp_path)

    assert result.code == 1
    assert result.out == "published content/good.md\n"
    assert [line for line in result.err.splitlines() if not line.startswith("    hint: ")] == [
        "content/bad.md:4:20: error[bad-date]: 'publishedDateTime': month must be in 1..12",
        "content/none.md:1:1: error[unreadable]: cannot be read: No such file or directory",
        "content:1:1: error[not-a-record]: this is a folder",
        "content/topics/x.yaml:1:1: error[not-a-record]: this is a topic",
        "content/pages/x.md:1:1: error[not-a-record]: this is a page of the site's own",
        "content/editions/2024-W01.yaml:1:1: error[not-a-record]: this is an edition",
        "site.yaml:1:1: error[not-a-record]: this is no record",
    ]
    assert (tmp_path / "content/bad.md").read_text() == drafts["content/bad.md"]


def test_the_examples_in_the_documentation_are_real(tmp_path: Path) -> None:
    odd = record(1).replace("published: true", "published:\n  false")
    write(tmp_path, {"content/news/odd-flag.md": odd, "content/topics/ai.yaml": "name: AI"})
    text = (ROOT / "docs" / "diagnostics.md").read_text()

    examples = re.findall(r"^\$ broadsheet (publish .*)\n((?:.+\n)*?)```", text, re.MULTILINE)

    assert len(examples) == 2
    for command, said in examples:
        assert broadsheet(*command.split(), cwd=tmp_path).err == said


def test_what_is_dated_later_is_said_to_wait(tmp_path: Path) -> None:
    write(tmp_path, {"content/a.md": record(1, pub="no", day="2999-01-01")})

    result = broadsheet("publish", "content/a.md", cwd=tmp_path)

    assert result.out == ("published content/a.md\n  it is dated 2999-01-01 01:00 UTC, and held back until then\n")


def test_a_record_is_read_by_the_rules_of_its_digest(tmp_path: Path) -> None:
    longread = record(1, "template: longread", pub="false")
    write(tmp_path, {"content/news/a.md": longread, "bare/a.md": longread, "templates/longread.html": "x"})

    assert broadsheet("publish", "content/news/a.md", cwd=tmp_path).code == 0
    assert "error[bad-template]" in broadsheet("publish", "bare/a.md", cwd=tmp_path).err
    write(tmp_path, {"bare/site.yaml": "title: Bare", "bare/templates/longread.html": "x"})
    assert broadsheet("publish", "bare/a.md", cwd=tmp_path).code == 0


def test_the_home_of_a_file_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"bare/site.yaml": "", "site/content/news/a.md": ""})

    assert home_of(tmp_path / "site/content/news/a.md") == (tmp_path / "site", tmp_path / "site/content")
    assert home_of(tmp_path / "bare/deep/a.md") == (tmp_path / "bare", tmp_path / "bare")
    assert home_of(tmp_path / "elsewhere/a.md") == (tmp_path / "elsewhere", tmp_path / "elsewhere")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes of files are those of POSIX")
def test_mode_and_link_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "target.md", tmp_path / "link.md"
    target.write_text(record(1, pub="false"))
    target.chmod(0o640)
    link.symlink_to("target.md")

    assert broadsheet("publish", "link.md", cwd=tmp_path).code == 0

    assert link.is_symlink()
    assert target.read_text() == record(1)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.md", "target.md"]


def test_a_file_that_cannot_be_written_is_left_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")

    assert snapshot(tmp_path) == {"a.md": b"old"}


def test_a_file_that_may_not_be_written_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"content/a.md": record(1, pub="false")})
    monkeypatch.setattr(os, "access", lambda *_: False)

    result = broadsheet("publish", "content/a.md", cwd=tmp_path)

    assert result.code == 1
    assert result.err == "broadsheet: error: cannot write content/a.md: the file is read-only\n"
    assert (tmp_path / "content/a.md").read_text() == record(1, pub="false")


def test_every_real_record_can_be_published_and_taken_back(real_records: Path) -> None:
    tried = 0
    for path in sorted(real_records.rglob("*.md")):
        try:
            source, rules = read_record(path)
            filed, data = set_flag(source, rules, published=False)
        except ContentError:
            continue
        if data is None:
            continue
        tried += 1
        assert filed.is_published
        changed = type(source)(path=source.path, name=source.name, data=data)
        again = set_flag(changed, rules, published=True)[1]
        assert again == source.data
        assert data.count(b"\r\n") == source.data.count(b"\r\n")
    assert tried >= 60
