"""Many digests in one run: each as if it were alone, and none stopped by another."""

import os
import signal
from multiprocessing import current_process
from pathlib import Path

import pytest
from click.testing import CliRunner
from site_builder import NOW, digest, record, run, snapshot, write

from broadsheet.building import digests
from broadsheet.building.digests import build_all, find_digests
from broadsheet.building.report import Options, Report
from broadsheet.cli import broadsheet
from broadsheet.files.publication import OutputError

COUNT = 60  # records of each: more than one process finds worth its while


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three digests, of which one has its own theme and language, and one is broken."""
    home = tmp_path / "digests"
    for number, name in enumerate(("one", "group/two", "group/broken")):
        digest(home / name, COUNT + number)
        (home / name / "site.yaml").write_text(
            f"title: {name}\nbase_url: https://{number}.example/{number}/\nlanguage: {'de' if number else 'en'}\nsearch: false\n"
        )
    write(home / "group/two", {"templates/404.html": "<p>own: <a href=\"{{ '/topics/'|link }}\">topics</a></p>"})
    write(home / "group/broken", {"content/bad.md": "---\ntitle: no date\n---\n"})
    return home


def asked(folder: Path, out: Path | None = None) -> dict[str, Options]:
    return {
        place.as_posix(): Options(
            site=folder / place,
            content=folder / place / "content",
            out=(out or folder) / place / ("" if out else "public"),
            now=NOW,
        )
        for place in find_digests(folder)
    }


def command(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(broadsheet, ["build", "--now", "2026-01-01", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_digests_are_found_below_a_folder(tmp_path: Path) -> None:
    for name in (
        "b/site.yaml",
        "a/c/content/x.md",
        "b/inner/site.yaml",
        ".hidden/site.yaml",
        "site.yaml",
        "plain/x.md",
    ):
        write(tmp_path, {name: ""})
    (tmp_path / "link").symlink_to(tmp_path / "b")

    assert [path.as_posix() for path in find_digests(tmp_path)] == ["a/c", "b"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_is_as_if_it_were_alone(folder: Path, tmp_path: Path, jobs: int) -> None:
    built = {one.name: one for one in build_all(asked(folder), jobs)}
    for name in ("one", "group/two"):
        run(folder / name, tmp_path / "alone" / name)

    assert sorted(built) == ["group/broken", "group/two", "one"]
    for name in ("one", "group/two"):
        assert snapshot(folder / name / "public") == snapshot(tmp_path / "alone" / name)
    assert b"/1/topics/" in (folder / "group/two/public/404.html").read_bytes()


def test_a_broken_one_stops_no_other_and_keeps_its_site(folder: Path) -> None:
    (folder / "group/broken/content/bad.md").rename(folder / "bad.md")
    list(build_all(asked(folder), 2))
    before = snapshot(folder / "group/broken/public")
    (folder / "bad.md").rename(folder / "group/broken/content/bad.md")
    write(folder / "one", {"content/new.md": record(999)})

    built = {one.name: one.report for one in build_all(asked(folder), 2)}

    broken, one = built["group/broken"], built["one"]
    assert broken is not None
    assert broken.outcome is None
    assert {problem.code for problem in broken.problems} == {"missing-field"}
    assert snapshot(folder / "group/broken/public") == before
    assert one is not None
    assert one.outcome is not None
    assert one.articles == COUNT + 1


def test_an_output_folder_that_cannot_be_used_stops_no_other(folder: Path) -> None:
    (folder / "one/public").write_text("a file")

    built = {one.name: one for one in build_all(asked(folder), 2)}

    assert "is a file" in built["one"].error
    report = built["group/two"].report
    assert report is not None
    assert report.outcome is not None


def test_large_ones_are_built_by_all_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs_of: dict[str, int] = {}

    def note(options: Options) -> Report:
        jobs_of[options.site.name] = options.jobs
        return Report(problems=(), outcome=None)

    monkeypatch.setattr(digests, "build", note)
    monkeypatch.setattr(digests, "_LARGE", COUNT + 1)
    told: list[tuple[str, int, int]] = []

    order = [one.name for one in build_all(asked(folder), 3, lambda *step: told.append(step))]

    assert order == ["group/broken", "group/two", "one"]  # by the number of their files
    assert {name: jobs_of.get(name) for name in ("broken", "two")} == {"broken": 3, "two": 3}
    assert told == [("digests", 1, 3), ("digests", 2, 3), ("digests", 3, 3)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_process_that_is_ended_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(options: Options) -> Report:
        if current_process().name != "MainProcess":
            os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError(options)

    monkeypatch.setattr(digests, "build", end)

    with pytest.raises(OutputError, match="ended from outside"):
        list(build_all(asked(folder), 2))


def test_the_command_says_what_became_of_each(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)

    status, out, errors = command("--all", ".")
    again = command("--all", ".")[1]

    assert status == 1
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["digest", "articles", "written", "removed", "unchanged", "seconds"]
    assert [line[0] for line in lines[1:]] == ["group/broken", "group/two", "one"]
    assert " ".join(lines[1][6:]) == "not built: 2 errors"
    written = sum(
        1 for path in (folder / "one/public").rglob("*") if path.is_file() and path.name != ".broadsheet-manifest"
    )
    assert lines[3][1:4] == [f"{COUNT}", f"{written}", "0"]
    assert again.splitlines()[3].split()[2:5] == ["0", "0", f"{written}"]
    assert "group/broken/content/bad.md:2:1: error[missing-field]" in errors
    assert errors.endswith("1 of 3 digests not built; as it was: group/broken\n")


def test_their_names_are_added_to_the_output_folder_and_the_base_url(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "www"

    status, text, _ = command("--all", str(folder), "--out", str(out), "--base-url", "https://x.example/", "--quiet")

    assert (status, text) == (1, "")
    assert b"https://x.example/group/two/feed.xml" in (out / "group/two/feed.xml").read_bytes()
    assert b"https://x.example/one/feed.xml" in (out / "one/feed.xml").read_bytes()
    assert not (folder / "one/public").exists()


@pytest.mark.parametrize("more", [["."], ["--content", "."], ["--profile"]])
def test_it_goes_with_no_other_site(folder: Path, more: list[str]) -> None:
    status, _, errors = command("--all", str(folder), *more)

    assert status == 2
    assert "--all goes with neither SITE nor --content nor --profile nor --scheduler." in errors


def test_a_folder_without_digests_is_an_error(tmp_path: Path) -> None:
    status, _, errors = command("--all", str(tmp_path))

    assert status == 2
    assert "There is no digest below" in errors


def test_changed_files_are_named_by_digest(folder: Path) -> None:
    _, out, _ = command("--all", str(folder), "--verbose")

    assert "wrote group/two/404.html\n" in out
