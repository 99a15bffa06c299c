"""`broadsheet check`: all that a build would complain about and more, in every form; and what --fix does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from builders import record
from click.testing import CliRunner
from conftest import NOW, ROOT

from broadsheet.building.builder import build
from broadsheet.building.report import Options
from broadsheet.cli import broadsheet

BROKEN = ROOT / "tests" / "broken"


def run(folder: Path, *options: str, color: str = "") -> subprocess.CompletedProcess[str]:
    code = "from broadsheet.cli import main; main()"
    command = [sys.executable, "-c", code, "check", "--now", "2026-01-01", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "NO_COLOR": color}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files by their paths, a `__` for each slash and a `_` for the point before the ending."""
    for name, text in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def story(name: str = "a", *, published: bool = True, more: str = "", body: str = "") -> str:
    """Build a record with which nothing is wrong."""
    return (
        f"---\ntitle: The headline of {name}\nexcerpt: What {name} is about.\npublishedDateTime: 2023-06-08T21:51:00Z\n"
        f"webUrl: https://example.org/{name}\npublished: {str(published).lower()}\n{more}---\n{body}"
    )


def codes(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [json.loads(line)["code"] for line in result.stdout.splitlines()]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_the_report_of_the_broken_digest(form: str) -> None:
    before = files_of(BROKEN)

    result = run(BROKEN, "--format", form)

    assert result.returncode == 1
    assert result.stdout == (BROKEN / f"checked.{form}").read_text(encoding="utf-8")
    assert result.stderr == ""
    assert files_of(BROKEN) == before


def test_it_finds_all_that_a_build_does() -> None:
    built = (BROKEN / "expected.json").read_text(encoding="utf-8").splitlines()
    checked = (BROKEN / "checked.json").read_text(encoding="utf-8").splitlines()

    assert len(built) > 40
    assert [line for line in built if line not in checked] == []


def test_the_demonstration_digest_is_clean() -> None:
    result = run(ROOT, "--strict")

    assert (result.stdout, result.returncode) == ("nothing to mend\n", 0)


def test_warnings_are_no_errors_unless_they_are_to_be(tmp_path: Path) -> None:
    write(tmp_path, content__a_md=record())

    assert run(tmp_path).returncode == 0
    strict = run(tmp_path, "--strict")
    assert strict.returncode == 1
    assert "2:8 error[missing-excerpt]: there is no 'excerpt'" in strict.stdout


def test_without_content_there_is_nothing_to_check(tmp_path: Path) -> None:
    result = run(tmp_path)

    assert result.returncode == 2
    assert "There is no content folder" in result.stderr


def test_a_folder_of_records_is_checked_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, records__a_md=story(), here__x_md="")

    result = run(tmp_path / "here", "--content", "../records")

    assert (result.stdout, result.returncode) == ("nothing to mend\n", 0)


def test_what_only_planning_and_rendering_find(tmp_path: Path) -> None:
    write(
        tmp_path,
        content__a_md=story("alpha", more="slug: one\n", body="See [the draft](/2023/06/08/b/).\n"),
        content__b_md=story("beta", published=False),
        content__c_md=story("gamma", more="slug: one\n"),
        static__card_html="<a href='/2023/06/08/b/'>",
        templates__topics_html="{{ page.nothing }}",
    )

    found = sorted(codes(run(tmp_path, "--format", "json")))

    assert found == ["address-collision", "leak", "leak", "template-error"]
    assert not (tmp_path / "public").exists()


def test_settings_change_how_serious_a_rule_is(tmp_path: Path) -> None:
    write(tmp_path, content__a_md=record(), site_yaml="checks:\n  missing-excerpt: off\n  missing-image: error\n")

    result = run(tmp_path)

    assert result.returncode == 1
    assert "error[missing-image]" in result.stdout
    assert result.stdout.endswith("1 error: 1 missing-image\n")


def test_settings_of_no_rule_and_of_no_level(tmp_path: Path) -> None:
    write(
        tmp_path,
        content__a_md=record(excerpt="A."),
        site_yaml="checks:\n  missing-exerpt: off\n  missing-image: loud\n",
    )

    result = run(tmp_path)

    assert "2:3 warning[unknown-field]: 'checks.missing-exerpt' is not a field here" in result.stdout
    assert "did you mean 'missing-excerpt'?" in result.stdout
    assert "3:18 error[bad-config]: 'checks.missing-image': 'loud' is not one of error, warning, off" in result.stdout


def test_colours_are_for_terminals_that_want_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, content__a_md=record())
    monkeypatch.delenv("NO_COLOR", raising=False)

    coloured = CliRunner().invoke(broadsheet, ["check", str(tmp_path)], color=True).output
    piped = CliRunner().invoke(broadsheet, ["check", str(tmp_path)]).output
    monkeypatch.setenv("NO_COLOR", "1")
    unwanted = CliRunner().invoke(broadsheet, ["check", str(tmp_path)], color=True).output

    assert "\x1b[33mwarning[missing-excerpt]\x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == piped == unwanted


def test_a_rule_s_level_changes_no_page(tmp_path: Path) -> None:
    write(tmp_path, content__a_md=story(), site_yaml="checks:\n  key-order: off\n")
    options = Options(site=tmp_path, content=tmp_path / "content", out=tmp_path / "public", now=NOW)
    build(options)

    write(tmp_path, site_yaml="checks:\n  key-order: error\n")

    assert build(options).rendered == 0


TOPIC = "name: Slow Sports\n"
UNTIDY = b'---\r\n# A note.\r\nwebUrl: https://example.org/a\r\ntitle: A headline \r\nexcerpt: "Enough."\r\npublishedDateTime: 2024-05-01T08:00:00Z\r\npublished: true\r\ntopics: [slow sports]\r\n---\r\nBody \r\n'
TIDY = b'---\r\ntitle: A headline\r\nexcerpt: "Enough."\r\npublishedDateTime: 2024-05-01T08:00:00Z\r\n# A note.\r\nwebUrl: https://example.org/a\r\npublished: true\r\ntopics: [Slow Sports]\r\n---\r\nBody \r\n'
BROKEN_RECORD = b"---\nwebUrl: 1\ntitle: A \n---\n"


def test_fix_mends_what_is_safe_and_says_so_and_twice_is_once(tmp_path: Path) -> None:
    write(tmp_path, content__a_md=UNTIDY, content__b_md=BROKEN_RECORD, content__topics__a_yaml=TOPIC)

    once, twice = run(tmp_path, "--fix"), run(tmp_path, "--fix")

    assert once.stdout.splitlines()[:3] == [
        "fixed content/a.md:8: 'slow sports' is now 'Slow Sports'",
        "fixed content/a.md:4: no white space at the end",
        "fixed content/a.md:3: the fields stand in their order, from 'title' on",
    ]
    assert "fixed" not in twice.stdout
    assert once.stdout.splitlines()[3:] == twice.stdout.splitlines()
    assert files_of(tmp_path) == {
        "content/a.md": TIDY,
        "content/b.md": BROKEN_RECORD,
        "content/topics/a.yaml": TOPIC.encode(),
    }


def test_fix_leaves_what_is_off(tmp_path: Path) -> None:
    settings = "checks:\n  key-order: off\n  topic-spelling: off\n"
    write(tmp_path, content__a_md=UNTIDY, content__topics__a_yaml=TOPIC, site_yaml=settings)

    result = run(tmp_path, "--fix", "--format", "json")

    assert result.stdout == ""
    assert result.stderr == "fixed content/a.md:4: no white space at the end\n"
    assert (tmp_path / "content/a.md").read_bytes() == UNTIDY.replace(b"headline ", b"headline")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes of files are those of POSIX")
def test_fix_keeps_the_mode_of_a_file_and_a_link(tmp_path: Path) -> None:
    write(tmp_path, content__x__a_md=UNTIDY)
    path = tmp_path / "content/x/a.md"
    path.chmod(0o640)
    (tmp_path / "content/b.md").symlink_to("x/a.md")

    run(tmp_path, "--fix")

    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "content/b.md").is_symlink()
    assert b"headline\r\n" in path.read_bytes()
    assert [entry.name for entry in (tmp_path / "content/x").iterdir()] == ["a.md"]


def test_the_real_records_stay_as_they_are_but_for_what_is_said(real_records: Path, tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(real_records / "power-apps", content, copy_function=shutil.copyfile)
    content.chmod(0o755)
    (content / "topics").mkdir()
    write(tmp_path, content__topics__a_yaml="name: Power APPS\n")
    before = files_of(content)

    once = run(tmp_path, "--fix")
    after = files_of(content)
    twice = run(tmp_path, "--fix")

    said = [line.split(":")[:2] for line in once.stdout.splitlines() if line.startswith("fixed ")]
    changed = [
        (name, number)
        for name in before
        for number, (old, new) in enumerate(
            zip(before[name].splitlines(True), after[name].splitlines(True), strict=True), 1
        )
        if old != new
    ]
    assert sorted((path.removeprefix("fixed content/"), int(line)) for path, line in said) == sorted(changed)
    assert len(changed) > 50
    assert all(before[name].replace(b"- Power Apps", b"- Power APPS") == after[name] for name in before)
    assert "fixed" not in twice.stdout
    assert files_of(content) == after
