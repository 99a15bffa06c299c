"""What earlier builds left to reuse speeds a build up, and never changes what it publishes."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st
from site_builder import digest, record, run, snapshot, stamps, write

from broadsheet.files.cache import Cache, CacheLostError, DetailsReader, Made, Row
from broadsheet.files.disk import Stamp

ROWS = (
    Row("news/one.md", Stamp(12, 34), b"one", b"a parsed record", b"details"),
    Row("news/two.md", Stamp(56, -1), b"two", b"another", b""),
)
MADE = {"index.html": Made(b"identity", Stamp(12, 34)), "a/b.html": Made(b"", Stamp(0, 0))}


def store(site: Path) -> Path:
    return site / ".broadsheet" / "public" / "cache"


@pytest.fixture
def caches() -> Iterator[list[Cache]]:
    """Caches to close when the test ends."""
    found: list[Cache] = []
    yield found
    for cache in found:
        cache.close()


def filled(path: Path | None, caches: list[Cache] | None = None) -> Cache:
    found = Cache(path, "program")
    found.save(ROWS, (), [("made", MADE)])
    if caches is not None:
        caches.append(found)
    return found


def held(path: Path, program: str = "program") -> tuple[object, ...]:
    """Return everything that a cache gives, read twice."""
    with closing(Cache(path, program, is_ours=False)) as found:
        rows = tuple(found.rows())
        return dict(found.stamps()), rows, found.get("made", dict[str, Made]), tuple(found.rows()) == rows


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that was saved."""
    path = tmp_path_factory.mktemp("cache") / "cache"
    filled(path).close()
    return path


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_cache_holds_what_was_saved(tmp_path: Path, caches: list[Cache], is_shared: bool) -> None:
    found = filled(tmp_path / "cache" if is_shared else None, caches)
    found.save([Row("news/two.md", Stamp(1, 2), b"three", b"changed", b"new")], ["news/one.md"], [("made", {})])

    assert list(found.rows()) == [("news/two.md", b"changed")]
    assert list(found.stamps()) == [("news/two.md", (Stamp(1, 2), b"three"))]
    assert found.details("news/two.md") == b"new"
    assert found.get("made", dict[str, Made]) == {}
    assert found.get("else", str) is None
    assert found.is_shared is is_shared
    with pytest.raises(CacheLostError, match="one"):
        found.details("news/one.md")


def test_a_stamp_is_saved_alone(tmp_path: Path, caches: list[Cache]) -> None:
    found = filled(tmp_path / "cache", caches)

    found.save((), (), (), [("news/one.md", Stamp(7, 8))])

    assert dict(found.stamps())["news/one.md"] == (Stamp(7, 8), b"one")
    assert list(found.rows()) == [(row.name, row.parsed) for row in ROWS]


def test_a_cache_of_another_version_of_the_program_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    filled(path).close()

    assert held(path, "another")[:3] == ({}, (), None)
    assert Cache(path, "another").note
    assert not path.exists()


def test_details_are_found_by_name(saved: Path) -> None:
    reader = DetailsReader(saved, "program")

    assert reader.get("news/one.md") == b"details"
    reader.close()
    assert reader.get("news/two.md") == b""
    with pytest.raises(CacheLostError, match="three"):
        reader.get("news/three.md")
    reader.close()


@PROPERTIES
@given(st.data())
def test_a_cache_cut_short_anywhere_gives_nothing_wrong(saved: Path, data: st.DataObject) -> None:
    whole = saved.read_bytes()
    cut = saved.with_name("cut")
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

    stamps, rows, made, _ = held(cut)

    assert set(rows) <= {(row.name, row.parsed) for row in ROWS}  # type: ignore[call-overload]
    assert made is None or made == MADE
    assert isinstance(stamps, dict)


@PROPERTIES
@given(st.data())
def test_a_cache_with_any_byte_changed_gives_nothing_wrong(saved: Path, data: st.DataObject) -> None:
    whole = bytearray(saved.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    changed = saved.with_name("changed")
    changed.write_bytes(whole)

    _, rows, made, _ = held(changed)

    assert set(rows) <= {(row.name, row.parsed) for row in ROWS}  # type: ignore[call-overload]
    assert made is None or made == MADE


@pytest.mark.slow
@PROPERTIES
@given(st.data())
def test_a_build_with_any_byte_of_its_cache_changed_is_right(built: Path, data: st.DataObject) -> None:
    if not store(built).exists():
        run(built)
    before = snapshot(built / "public")
    whole = bytearray(store(built).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, 1 << 30)) % len(whole)] ^= data.draw(st.integers(1, 255))
    store(built).write_bytes(whole)

    report = run(built)

    assert report.outcome is not None
    assert report.outcome.written == ()
    assert snapshot(built / "public") == before
    # What is damaged may show when the cache is written only: then it goes, and the build says so.
    assert store(built).exists() or any("starts from nothing" in note for note in report.notes)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A digest that was built."""
    site = digest(tmp_path_factory.mktemp("built"), 9)
    run(site)
    return site


def test_a_build_does_not_use_the_cache_of_another_version(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    before = snapshot(site / "public")
    store(site).unlink()
    found = Cache(store(site), "another version")
    found.save(ROWS, (), ())
    found.close()

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
    assert any("cache could not be written" in note for note in report.notes)
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
