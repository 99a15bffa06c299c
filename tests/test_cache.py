"""What earlier builds left to reuse speeds a build up, and never changes what it publishes."""

import shutil
from pathlib import Path

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st
from site_builder import digest, record, run, snapshot, stamps, write

from broadsheet import cache as caches
from broadsheet.cache import Cache, Made
from broadsheet.disk import Stamp

FULL = Cache(
    parsed={b"one": b"a parsed record", b"two": b"another"},
    made={"index.html": Made(b"identity", Stamp(12, 34)), "a/b.html": Made(b"", Stamp(0, 0))},
)


def store(site: Path) -> Path:
    return site / ".broadsheet" / "public" / "cache"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that was saved."""
    path = tmp_path_factory.mktemp("cache") / "cache"
    caches.save(FULL, path, "program")
    return path


def test_a_cache_is_read_as_it_was_saved(saved: Path) -> None:
    found = caches.load(saved, "program")

    assert (found.parsed, found.made) == (FULL.parsed, FULL.made)
    assert [path.name for path in saved.parent.iterdir()] == ["cache"]


@PROPERTIES
@given(st.data())
def test_a_cache_cut_short_anywhere_is_empty(saved: Path, data: st.DataObject) -> None:
    whole = saved.read_bytes()
    cut = saved.with_name("cut")
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

    found = caches.load(cut, "program")

    assert (found.parsed, found.made) == ({}, {})


@PROPERTIES
@given(st.data())
def test_a_cache_with_any_byte_changed_is_empty(saved: Path, data: st.DataObject) -> None:
    whole = bytearray(saved.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    changed = saved.with_name("changed")
    changed.write_bytes(whole)

    found = caches.load(changed, "program")

    assert (found.parsed, found.made) == ({}, {})


def test_a_cache_of_another_version_of_the_program_is_not_used(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    before = snapshot(site / "public")
    caches.save(Cache(parsed={b"key": b"not a record"}), store(site), "another version")

    report = run(site)

    assert report.parsed == 9
    assert snapshot(site / "public") == before


def test_the_cache_of_another_digest_changes_nothing(tmp_path: Path) -> None:
    site, other, fresh = (digest(tmp_path / name, 9) for name in ("site", "other", "fresh"))
    write(other, {f"content/news/{n}.md": record(n, title=f"Other {n}") for n in range(20)})
    run(other)
    run(fresh)
    store(site).parent.mkdir(parents=True)
    shutil.copy2(store(other), store(site))

    report = run(site)

    assert report.outcome is not None
    assert snapshot(site / "public") == snapshot(fresh / "public")


def test_a_folder_where_the_cache_goes_is_noted(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    before = snapshot(site / "public")
    store(site).unlink()
    (store(site) / "inner").mkdir(parents=True)

    report = run(site)

    assert report.outcome is not None
    assert any("cache could not be written" in note for note in report.outcome.notes)
    assert snapshot(site / "public") == before


def test_a_clean_build_reuses_nothing_and_writes_nothing_new(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    first = run(site)
    before = stamps(site / "public")

    report = run(site, is_clean=True)

    assert report.outcome is not None
    assert (report.parsed, report.rendered) == (9, first.rendered)
    assert report.outcome.written == ()
    assert stamps(site / "public") == before


def test_a_clean_build_still_removes_what_is_gone(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    (site / "content/news/3.md").unlink()

    report = run(site, is_clean=True)

    assert report.outcome is not None
    assert "2024/05/01/3/index.html" in report.outcome.removed
    assert not (site / "public/2024/05/01/3").exists()


def test_a_record_that_comes_back_is_as_it_was(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    before = snapshot(site / "public")
    write(site, {"content/news/3.md": record(3, title="Changed")})
    run(site)
    between = snapshot(site / "public")
    write(site, {"content/news/3.md": record(3, body="Comment *3*")})

    run(site)

    assert between != before
    assert snapshot(site / "public") == before


def test_a_page_whose_file_has_another_mtime_is_made_again_and_not_written(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    page = site / "public/index.html"
    page.touch()
    before = stamps(site / "public")

    report = run(site)

    assert report.outcome is not None
    assert (report.rendered, report.outcome.written) == (1, ())
    assert stamps(site / "public") == before
