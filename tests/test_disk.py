"""The reader of files: which ones it takes, in which order, and what it says of those that it refuses."""

import errno
import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from site_builder import write

from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.files import disk
from broadsheet.files.disk import SIZE_LIMIT, Found, Stamp, StaticFile

HELLO = "9baecc38f2"
"""What `b2sum -l 40` prints for "hello"."""
UNREADABLE = "check its permissions, or remove it"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(problems: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[str]:
    """Say each problem whole: `path:line:column severity code: message | hint`."""
    return [f"{p.location} {p.severity} {p.code}: {p.message}" + (f" | {p.hint}" if p.hint else "") for p in problems]


def refused(call: Callable[[], object]) -> list[str]:
    """Say why a call raises ContentError."""
    with pytest.raises(ContentError) as caught:
        call()
    return said(caught.value.problems)


def unreadable(path: str, reason: str) -> str:
    """Say what is said of a file that cannot be read."""
    return f"{Location(path)} error unreadable: cannot be read: {reason} | {UNREADABLE}"


def too_large(path: str) -> str:
    """Say what is said of a file with too many bytes."""
    return f"{Location(path)} error too-large: more than 1,048,576 bytes | a record is text: keep pictures and data elsewhere"


# Paths


def test_paths_are_shown_from_the_current_folder_where_they_lie_below_it(here: Path) -> None:
    shown = [disk.shown_path(path) for path in (here / "a" / "b.md", Path("a/../c.md"), here.parent / "d.md")]

    assert shown == ["a/b.md", "c.md", (here.parent / "d.md").as_posix()]


def test_a_path_that_is_not_utf_8_can_be_shown() -> None:
    assert disk.shown_path(Path(os.fsdecode(b"a\xff.md"))) == "a\\xff.md"


def test_the_checkout_holds_the_default_theme() -> None:
    theme = disk.default_theme()

    assert (theme / "templates" / "article.html").is_file()
    assert (theme / "static").is_dir()


def test_a_wheel_holds_the_default_theme_beside_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broadsheet/theme").mkdir(parents=True)
    monkeypatch.setattr(disk, "__file__", str(tmp_path / "broadsheet/files/disk.py"))

    assert disk.default_theme() == tmp_path / "broadsheet/theme"


def test_what_a_new_digest_begins_with_has_hidden_files_where_their_names_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"starter/dot-a/b.yml": "1", "starter/c/dot-d": "2", "starter/e-dot-f": "3", "starter/site": "4"})
    monkeypatch.setattr(disk, "default_theme", lambda: tmp_path)

    assert disk.read_starter() == {".a/b.yml": b"1", "c/.d": b"2", "e-dot-f": b"3", "site": b"4"}


# Single files


def test_a_source_knows_its_path_name_and_bytes(here: Path) -> None:
    (here / "a.md").write_bytes(b"x\r\n\xff")

    found = disk.read_source(here / "a.md", "name")

    assert (found.path, found.name, found.data) == ("a.md", "name", b"x\r\n\xff")


@pytest.mark.parametrize(("limit", "fits"), [(None, True), (4, True), (3, False), (0, False)])
def test_a_limit_is_the_most_that_a_source_has(here: Path, limit: int | None, fits: bool) -> None:
    (here / "a.md").write_bytes(b"1234")

    if fits:
        assert disk.read_source(here / "a.md", "a", limit).data == b"1234"
    else:
        message = (
            f"a.md:1:1 error too-large: more than {limit} bytes | a record is text: keep pictures and data elsewhere"
        )
        assert refused(lambda: disk.read_source(here / "a.md", "a", limit)) == [message]


class Watched(io.BytesIO):
    """A file that notes how much it is asked for at a time."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.asked: list[int | None] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.append(size)
        return super().read(size)


def test_no_more_is_read_than_tells_that_a_file_is_too_large(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Watched(b"x" * 1000)
    monkeypatch.setattr(Path, "open", lambda *_: file)

    assert refused(lambda: disk.read_source(here / "a.md", "a.md", 10)) == [
        "a.md:1:1 error too-large: more than 10 bytes | a record is text: keep pictures and data elsewhere"
    ]
    assert file.asked == [11]


def test_what_cannot_be_read_is_named(here: Path) -> None:
    found = Found("a/b.md", "shown/a/b.md", Stamp(0, 0))

    assert refused(lambda: disk.read_source(here / "no.md", "no")) == [unreadable("no.md", "No such file or directory")]
    assert refused(lambda: disk.read_source(here, "no")) == [unreadable(".", "Is a directory")]
    assert refused(lambda: disk.read_found(str(here), found)) == [unreadable("a/b.md", "No such file or directory")]


@pytest.mark.parametrize(
    ("size", "noted"), [(SIZE_LIMIT, SIZE_LIMIT), (0, 0), (SIZE_LIMIT + 1, 0), (0, SIZE_LIMIT + 1)]
)
def test_a_record_has_at_most_a_mebibyte_whether_noted_or_read(here: Path, size: int, noted: int) -> None:
    write(here, {"a/b.md": "x" * size})
    found = Found("a/b.md", "shown/b.md", Stamp(noted, 0))

    if max(size, noted) > SIZE_LIMIT:
        assert refused(lambda: disk.read_found(str(here), found)) == [too_large("shown/b.md")]
    else:
        source = disk.read_found(str(here), found)
        assert (source.path, source.name, len(source.data)) == ("shown/b.md", "a/b.md", size)


def test_only_regular_files_have_stamps(here: Path) -> None:
    write(here, {"a": "123"})
    os.utime(here / "a", ns=(0, 1_234_567_891))
    (here / "link").symlink_to("a")

    assert disk.stamp(here / "a") == Stamp(3, 1_234_567_891)
    assert [disk.stamp(here / name) for name in ("link", "no", ".")] == [None, None, None]


# Folders


def test_content_is_parted_by_folder_and_ending(here: Path) -> None:
    names = (
        "z.md b.md topics.md a/topics/c.md a/d.txt a/e.yaml topics/f.yaml topics/g.yml topics/h.md topics/i/j.yaml "
        "pages/k.md pages/l/m.md pages/n.txt editions/o.md editions/2024-W01.yaml .p.md .q/r.md .well-known/s.md"
    ).split()
    write(here, {f"content/{name}": name for name in names})
    os.utime(here / "content" / "b.md", ns=(0, 5))

    found = disk.find_content(here / "content")

    assert [f.name for f in found.articles] == [".well-known/s.md", "a/topics/c.md", "b.md", "topics.md", "z.md"]
    assert [f.name for f in found.topics] == ["topics/f.yaml", "topics/g.yml", "topics/i/j.yaml"]
    assert [f.name for f in found.leaves] == ["pages/k.md", "pages/l/m.md"]
    assert [f.name for f in found.editions] == ["editions/2024-W01.yaml"]
    assert found.articles[2] == Found("b.md", "content/b.md", Stamp(4, 5))
    assert (found.prefix, found.problems) == ("content/", ())


def test_the_current_folder_stands_before_no_path(here: Path) -> None:
    write(here, {"a.md": ""})

    found = disk.find_content(here)

    assert (found.prefix, [f.path for f in found.articles]) == ("", ["a.md"])


@pytest.mark.parametrize("name", ["content", "content ", "conteX"])
def test_another_folder_stands_before_its_paths_as_it_is_called(here: Path, name: str) -> None:
    folder = here / "elsewhere" / name
    write(folder, {"a.md": "x"})
    (here / "here").mkdir()
    os.chdir(here / "here")

    found = disk.find_content(folder)

    assert found.prefix == f"{folder}/"
    assert [file.path for file in found.articles] == [f"{folder}/a.md"]


class Entry:
    """An entry of a folder; one that is gone by the time that it is asked."""

    def __init__(self, path: str, *, is_gone: bool) -> None:
        self.path = path
        self._is_gone = is_gone

    def stat(self) -> os.stat_result:
        if self._is_gone:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return os.stat_result(range(10))


def test_a_file_that_goes_away_meanwhile_is_named_and_the_rest_is_found(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [(Entry("c/a.md", is_gone=True), "a.md"), (Entry("c/b.md", is_gone=False), "b.md")]
    monkeypatch.setattr(disk, "_walk", lambda *_: iter(entries))

    found = disk.find_content(here / "c")

    assert [file.path for file in found.articles] == ["c/b.md"]
    assert said(found.problems) == [unreadable("c/a.md", "No such file or directory")]


def test_a_folder_that_is_not_there_holds_nothing_and_a_file_is_no_folder(here: Path) -> None:
    write(here, {"file": ""})

    assert disk.find_content(here / "no").problems == ()
    assert said(disk.find_content(here / "file").problems) == [unreadable("file", "Not a directory")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_no_file_of_the_folder_is_refused_and_the_rest_is_found(here: Path) -> None:
    write(here, {"outside/x.md": "", "content/deep/er/a.md": "", "content/b.md": "", "content/d/\x07.md": ""})
    content = here / "content"
    (content / "deep/er/in.md").symlink_to(content / "b.md")
    (content / "deep/er/out.md").symlink_to(here / "outside/x.md")
    (content / "folder").symlink_to(here / "content/deep")
    (content / "gone.md").symlink_to(here / "nowhere")
    os.mkfifo(content / "pipe.md")
    os.mkfifo(content / "pipe.txt")
    os.mkfifo(content / "pipe.yaml")
    (content / "sub.md").mkdir()

    found = disk.find_content(content)

    refusal = "a link to a folder, or out of this one, is not followed"
    assert [f.name for f in found.articles] == ["b.md", "deep/er/a.md", "deep/er/in.md"]
    assert said(found.problems) == [
        unreadable("content/d/\x07.md", "its name holds what cannot be printed"),
        unreadable("content/deep/er/out.md", refusal),
        unreadable("content/folder", refusal),
        unreadable("content/gone.md", "the link leads nowhere"),
        unreadable("content/pipe.md", "not a regular file"),
        unreadable("content/pipe.yaml", "not a regular file"),
    ]


def test_all_files_are_found_hidden_ones_and_links_and_empty_folders_too(here: Path) -> None:
    write(here, {"a": "1", "b/c": "22", ".d/e": "333"})
    (here / "b/empty").mkdir()
    (here / "link").symlink_to("b")
    for path in here.rglob("*"):
        os.utime(path, ns=(0, 7), follow_symlinks=False)

    found = disk.find_files(str(here))

    assert found == {
        "a": Stamp(1, 7),
        "b/c": Stamp(2, 7),
        ".d/e": Stamp(3, 7),
        "b/empty/": Stamp(0, 0),
        "link": Stamp(1, 7),
    }
    assert disk.find_files(str(here / "b/empty")) == {}
    assert disk.find_files(str(here / "no")) == {}


# Themes


def test_a_later_folder_of_templates_wins(here: Path) -> None:
    write(here, {"one/b.html": "b", "one/a/x.txt": "\ufeffx\n", "one/c.xml": "c", "one/d.css": "d", "two/b.html": "B"})
    (here / "one/c.xml").write_bytes(b"c\r\nc")
    problems: list[Diagnostic] = []

    found = disk.read_theme([here / "one", here / "two"], problems)

    assert problems == []
    first = (("a/x.txt", "one/a/x.txt", "x\n"), ("b.html", "one/b.html", "b"), ("c.xml", "one/c.xml", "c\nc"))
    assert found.templates == (
        first[0],
        ("b.html", "two/b.html", "B"),
        first[2],
        *((f"default/{name}", *rest) for name, *rest in first),
        *((f"theme/{name}", *rest) for name, *rest in first),
    )


def test_templates_that_cannot_be_used_are_named_and_the_rest_is_read(here: Path) -> None:
    write(here, {"t/big.html": "x" * (SIZE_LIMIT + 1), "t/full.html": "x" * SIZE_LIMIT, "t/z.html": "z", "t/a.css": ""})
    (here / "t/latin.html").write_bytes(b"\xe4")
    (here / "t/link.html").symlink_to("nowhere")
    problems: list[Diagnostic] = []

    found = disk.read_theme([here / "t"], problems)

    assert [name for name, _, _ in found.templates] == ["full.html", "z.html"]
    assert said(problems) == [
        too_large("t/big.html"),
        "t/latin.html:1:1 error bad-encoding: not UTF-8: unexpected end of data",
        unreadable("t/link.html", "the link leads nowhere"),
    ]


@pytest.mark.parametrize(
    ("tags", "path"), [(("de-AT", "de"), "two/de-AT.po"), (("fr", "de"), "one/de.po"), (("fr",), None), ((), None)]
)
def test_the_first_tag_that_has_a_catalog_decides_then_the_last_folder(
    here: Path, tags: tuple[str, ...], path: str | None
) -> None:
    write(here, {"one/de.po": "1", "one/de-AT.po": "2", "two/de-AT.po": "3"})

    found = disk.read_catalog((here / "one", here / "two"), tags)

    assert (found and found.path) == path
    assert found is None or found.name == Path(found.path).name


def test_a_catalog_has_at_most_a_mebibyte(here: Path) -> None:
    write(here, {"de.po": "x" * (SIZE_LIMIT + 1)})

    assert refused(lambda: disk.read_catalog([here], ["de"])) == [too_large("de.po")]


def test_static_files_have_their_names_as_addresses_and_hashed_ones_a_hash(here: Path) -> None:
    write(here, {"one/a.css": "1", "one/hashed/a.min.js": "hello", "two/a.css": "2", "two/b/hashed/c.js": ""})
    problems: list[Diagnostic] = []

    found = disk.read_static([here / "one", here / "two"], problems)

    assert problems == []
    assert list(found.items()) == [
        ("a.css", StaticFile("/a.css", here / "two/a.css")),
        ("b/hashed/c.js", StaticFile("/b/hashed/c.js", here / "two/b/hashed/c.js")),
        ("hashed/a.min.js", StaticFile(f"/hashed/a.{HELLO}.min.js", here / "one/hashed/a.min.js")),
    ]


def test_static_files_that_cannot_be_read_are_named_and_the_rest_is_found(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, {"s/hashed/bad.css": "", "s/z.css": ""})
    (here / "s/gone.css").symlink_to("nowhere")
    problems: list[Diagnostic] = []

    def fail(_: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fail)
    found = disk.read_static([here / "s"], problems)

    assert list(found) == ["z.css"]
    assert said(problems) == [
        unreadable("s/gone.css", "the link leads nowhere"),
        unreadable("s/hashed/bad.css", "Input/output error"),
    ]


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("hashed/a.css", f"hashed/a.{HELLO}.css"),
        ("a.css", f"a.{HELLO}.css"),
        ("hashed/d.e/LICENSE", f"hashed/d.e/LICENSE.{HELLO}"),
    ],
)
def test_a_hash_stands_before_the_ending(name: str, hashed: str) -> None:
    assert disk.hashed_name(name, b"hello") == hashed


# Feeds


def feed(*ids: str) -> str:
    """Write a JSON Feed of items with these ids."""
    items = ",".join(f'{{"id":"{i}","url":"https://e.org/{i}","title":"{i}"}}' for i in ids)
    return f'{{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{items}]}}'


def test_a_feed_is_read_with_its_archive_and_what_was_published_last_wins(here: Path) -> None:
    write(
        here,
        {"out/feed.json": feed("3", "2"), "out/page/1/feed.json": feed("2", "1"), "out/topics/ai/feed.json": feed("9")},
    )
    write(
        here,
        {"last/topics/ai/feed.json": feed("8"), "last/topics/new/feed.json": "", "out/topics/new/feed.json": feed("7")},
    )

    now = disk.read_feeds(here / "out")
    before = disk.read_feeds(here / "out", here / "last")

    assert {name: [e.id for e in entries] for name, entries in now.items()} == {
        "/": ["3", "2", "1"], "/topics/ai/": ["9"], "/topics/new/": ["7"]
    }  # fmt: skip
    assert {name: [e.id for e in entries] for name, entries in before.items()} == {
        "/": ["3", "2", "1"],
        "/topics/ai/": ["8"],
    }


def test_a_feed_that_is_none_is_named(here: Path) -> None:
    write(here, {"out/feed.json": "[]"})

    (problem,) = refused(lambda: disk.read_feeds(here / "out"))

    assert problem.startswith("out/feed.json:1:1 error unreadable: not a JSON Feed")


def test_feeds_come_from_the_outside_in_and_an_empty_one_does_not_end_them(here: Path) -> None:
    write(here, {"out/a/feed.json": feed("1"), "out/feed.json": "", "out/b/feed.json": feed("2")})
    write(here, {"out/a/b/feed.json": feed("3"), "out/ab/feed.json": feed("4")})

    assert list(disk.read_feeds(here / "out")) == ["/a/", "/ab/", "/b/", "/a/b/"]


# The program


def test_the_program_has_another_fingerprint_with_other_code_or_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broadsheet"
    shutil.copytree(Path(disk.__file__).parent.parent, package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    monkeypatch.setattr(disk, "__file__", str(package / "files" / "disk.py"))
    libraries = tmp_path / "site"
    write(
        libraries,
        {"msgspec/__init__.py": "", "Jinja2-3.0.dist-info/x": "", "pytest-9.dist-info/x": "", "msgspec-1/x": ""},
    )
    monkeypatch.setattr(msgspec, "__file__", str(libraries / "msgspec/__init__.py"))
    first = disk.program_fingerprint()

    write(libraries, {"pytest-10.dist-info/x": ""})
    with_another_tool = disk.program_fingerprint()
    (libraries / "Jinja2-3.0.dist-info").rename(libraries / "Jinja2-3.1.dist-info")
    with_another_library = disk.program_fingerprint()
    with (package / "core" / "model.py").open("a") as file:
        file.write("#")
    with_other_code = disk.program_fingerprint()

    shutil.copytree(package, tmp_path / "elsewhere" / "broadsheet")
    monkeypatch.setattr(disk, "__file__", str(tmp_path / "elsewhere" / "broadsheet" / "files" / "disk.py"))
    in_another_place = disk.program_fingerprint()
    (tmp_path / "elsewhere" / "broadsheet" / "core" / "model.py").rename(
        tmp_path / "elsewhere/broadsheet/core/nouns.py"
    )
    under_another_name = disk.program_fingerprint()

    assert len(first) == 32
    assert with_another_tool == first
    assert in_another_place == with_other_code
    assert len({first, with_another_library, with_other_code, under_another_name}) == 4


def test_the_fingerprint_goes_by_the_version_of_python_that_decides_what_code_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for version in ((3, 11, 0), (3, 11, 1), (3, 12, 1)):
        monkeypatch.setattr(sys, "version_info", version)
        found.append(disk.program_fingerprint())

    assert found[0] == found[1] != found[2]
