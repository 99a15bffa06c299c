"""The output folder changes all at once or not at all, and what is not ours is left alone."""

import shutil
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from site_builder import digest, record, run, snapshot, stamps, write

from broadsheet.files import publication
from broadsheet.files.publication import MANIFEST, OutputError

LEFT_ALONE = {"CNAME": "example.org\n", "mine/deep/notes.txt": "Mine.", "news/extra.html": "Mine too."}


def test_a_second_build_writes_nothing(tmp_path: Path) -> None:
    site = digest(tmp_path)
    first = run(site)
    before = stamps(site / "public")
    folder = (site / "public").stat()

    second = run(site)

    assert first.outcome is not None
    assert second.outcome is not None
    assert len(first.outcome.written) > 30
    assert (second.outcome.written, second.outcome.removed) == ((), ())
    assert stamps(site / "public") == before
    assert ((site / "public").stat().st_ino, (site / "public").stat().st_mtime_ns) == (
        folder.st_ino,
        folder.st_mtime_ns,
    )


def test_only_what_changed_is_written_and_the_rest_keeps_its_mtime(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before, old = stamps(site / "public"), snapshot(site / "public")
    write(site, {"content/news/3.md": record(3, body="Another comment")})

    report = run(site)

    new = snapshot(site / "public")
    changed = sorted(name for name in new if old.get(name) != new[name] and name != MANIFEST)
    assert report.outcome is not None
    assert sorted(report.outcome.written) == changed
    assert "2024/05/01/3/index.html" in changed
    changed.append(MANIFEST)
    assert [n for n, stamp in stamps(site / "public").items() if n not in changed and stamp != before[n]] == []


def test_what_is_gone_is_removed_with_its_folders(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    (site / "content/news/3.md").unlink()

    report = run(site)

    assert report.outcome is not None
    assert "2024/05/01/3/index.html" in report.outcome.removed
    assert not (site / "public/2024/05/01/3").exists()


def test_what_no_build_wrote_is_left_alone(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    out = site / "public"
    write(out, LEFT_ALONE)
    (out / "empty").mkdir()
    (out / "link").symlink_to("CNAME")
    (out / "folder-link").symlink_to("mine")
    before = {name: (out / name).stat().st_mtime_ns for name in LEFT_ALONE}

    for number in (3, 4):
        (site / f"content/news/{number}.md").unlink()
        report = run(site)

        assert report.outcome is not None
        assert report.outcome.removed
        assert {name: (out / name).stat().st_mtime_ns for name in LEFT_ALONE} == before
        assert {name: (out / name).read_text() for name in LEFT_ALONE} == LEFT_ALONE
        assert (out / "empty").is_dir()
        assert (out / "link").readlink() == Path("CNAME")
        assert (out / "folder-link").is_symlink()


@pytest.mark.parametrize("name", ["index.html", "topics/topic-1/feed.xml", "icon.svg"])
def test_a_file_that_no_build_wrote_is_never_replaced(tmp_path: Path, name: str) -> None:
    site = digest(tmp_path)
    write(site / "public", {name: "By hand."})

    with pytest.raises(OutputError, match="no build of Broadsheet wrote it"):
        run(site)

    assert snapshot(site / "public") == {name: b"By hand."}


def test_a_new_page_does_not_replace_a_file_that_was_put_there(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    write(site / "public", {"about/index.html": "By hand."})
    before = snapshot(site / "public")
    write(site, {"content/pages/about.md": "---\ntitle: About\n---\n"})

    with pytest.raises(OutputError, match=r"about/index\.html"):
        run(site)

    assert snapshot(site / "public") == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("content/news/broken.md", "---\ntitle: x\n---\n"),
        ("templates/month.html", "{{ nothing.here }}"),
        ("templates/feed-item.html", "{% endif %}"),
        ("site.yaml", "page_size: none"),
        ("static/index.html", "In the way"),
    ],
)
def test_a_failed_build_leaves_everything_as_it_was(tmp_path: Path, name: str, text: str) -> None:
    site = digest(tmp_path)
    run(site)
    before, was = snapshot(site / "public"), stamps(site / "public")
    write(site, {name: text, "content/news/0.md": record(0, title="Changed")})

    report = run(site)

    assert report.outcome is None
    assert any(problem.severity == "error" for problem in report.problems)
    assert snapshot(site / "public") == before
    assert stamps(site / "public") == was


def test_a_file_that_was_edited_or_lost_is_restored(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = snapshot(site / "public")
    (site / "public/index.html").write_text("Tampered")
    (site / "public/feed.xml").unlink()
    shutil.rmtree(site / "public/topics")

    run(site)

    assert snapshot(site / "public") == before


def test_a_lost_output_folder_is_built_anew(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = snapshot(site / "public")
    shutil.rmtree(site / "public")

    run(site)

    assert snapshot(site / "public") == before


@pytest.mark.parametrize("damage", ["", "garbage", "{head}\n../../outside\n", "{head}\n"])
def test_a_damaged_manifest_is_noted_and_removes_nothing_foreign(tmp_path: Path, damage: str) -> None:
    site = digest(tmp_path)
    run(site)
    out = site / "public"
    write(out, LEFT_ALONE)
    (tmp_path / "outside").write_text("Outside")
    head = (out / MANIFEST).read_text().partition("\n")[0]
    (out / MANIFEST).write_text(damage.replace("{head}", head))
    (site / "content/news/3.md").unlink()

    report = run(site)

    assert report.outcome is not None
    assert any("damaged" in note for note in report.notes)
    assert {name: (out / name).read_text() for name in LEFT_ALONE} == LEFT_ALONE
    assert (tmp_path / "outside").exists()
    assert not (out / "2024/05/01/3").exists()


def test_without_the_cache_old_files_are_still_removed(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    shutil.rmtree(site / ".broadsheet")
    (site / "content/news/3.md").unlink()

    run(site)

    fresh = digest(tmp_path / "fresh")
    (fresh / "content/news/3.md").unlink()
    run(fresh)
    assert snapshot(site / "public") == snapshot(fresh / "public")


def test_what_a_stopped_build_left_is_cleared(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = snapshot(site / "public")
    work = site / ".broadsheet/public"
    write(work, {"next/index.html": "half", "old/index.html": "old"})

    run(site)

    assert snapshot(site / "public") == before
    assert not (work / "next").exists()
    assert not (work / "old").exists()


def test_a_site_that_was_moved_aside_is_put_back(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = snapshot(site / "public")
    (site / "public").rename(site / ".broadsheet/public/old")
    write(site, {"content/news/broken.md": "---\n---\n"})

    run(site)

    assert snapshot(site / "public") == before


def test_where_folders_cannot_change_places_in_one_step_two_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = digest(tmp_path)
    run(site)
    monkeypatch.setattr(sys, "platform", "win32")
    write(site, {"content/news/3.md": record(3, title="Changed")})
    write(site / "public", LEFT_ALONE)

    run(site)

    assert "Changed" in (site / "public/2024/05/01/3/index.html").read_text()
    assert (site / "public/CNAME").exists()
    assert not (site / ".broadsheet/public/old").exists()


def test_a_mount_point_is_changed_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = digest(tmp_path)
    run(site)
    inode = (site / "public").stat().st_ino
    monkeypatch.setattr(publication, "_is_mount", lambda _: True)
    (site / "content/news/3.md").unlink()
    write(site / "public", LEFT_ALONE)

    report = run(site)

    fresh = digest(tmp_path / "fresh")
    (fresh / "content/news/3.md").unlink()
    run(fresh)
    write(fresh / "public", LEFT_ALONE)
    assert report.outcome is not None
    assert any("one by one" in note for note in report.notes)
    assert snapshot(site / "public") == snapshot(fresh / "public")
    assert (site / "public").stat().st_ino == inode
    assert not (site / "public/2024/05/01/3").exists()


def test_where_hard_links_fail_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError

    site = digest(tmp_path)
    run(site)
    before = stamps(site / "public")
    monkeypatch.setattr(Path, "hardlink_to", fail)
    write(site, {"content/news/3.md": record(3, title="Changed")})

    run(site)

    assert stamps(site / "public")["2024/05/01/1/index.html"][0] == before["2024/05/01/1/index.html"][0]
    assert "Changed" in (site / "public/2024/05/01/3/index.html").read_text()


def test_a_link_to_the_output_folder_stays_one(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    (tmp_path / "real").mkdir()
    (site / "public").symlink_to(tmp_path / "real")

    run(site)

    assert (site / "public").is_symlink()
    assert (tmp_path / "real/index.html").exists()


@pytest.mark.parametrize("out", ["content/x", "content", ".", "..", "site.yaml"])
def test_places_where_no_site_can_go(tmp_path: Path, out: str) -> None:
    site = digest(tmp_path / "site")
    before = snapshot(site)

    with pytest.raises(OutputError, match="choose another --out"):
        run(site, site / out)

    assert snapshot(site) == before


def test_an_output_below_a_file_is_one_clear_error(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")

    with pytest.raises(OutputError, match="cannot write"):
        run(site, site / "site.yaml/public")


def test_a_second_build_at_once_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    work = site / ".broadsheet/public"
    (work / "owner").write_text("4711")

    with FileLock(work / "lock"), pytest.raises(OutputError, match="process 4711"):
        run(site)


def test_the_lock_of_a_dead_process_holds_nobody_up(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    write(site, {".broadsheet/public/owner": "4711", ".broadsheet/public/lock": ""})

    report = run(site)

    assert report.outcome is not None


def test_the_content_folder_is_never_written(tmp_path: Path) -> None:
    site = digest(tmp_path)
    before, was = snapshot(site / "content"), stamps(site / "content")

    run(site)

    assert snapshot(site / "content") == before
    assert stamps(site / "content") == was
