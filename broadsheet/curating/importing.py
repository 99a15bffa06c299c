"""Moving a Jekyll site in: what is read of it, what is written of that, and what answers at its old addresses.

Nothing that is in the digest already is written over: an import that is repeated adds what is new, and leaves the rest.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from broadsheet.building.builder import build
from broadsheet.building.report import Options, Tell, tell_nobody
from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.urls import normal_base_url
from broadsheet.curating.arrivals import CONFIG, Left, Move, Old, take
from broadsheet.files import disk
from broadsheet.files.publication import OutputError
from broadsheet.files.saving import create_files
from broadsheet.moving import jekyll
from broadsheet.moving.jekyll import Collection, Settings
from broadsheet.moving.lists import plugin_addresses
from broadsheet.records.fields import plain_values
from broadsheet.records.starter import settings_text
from broadsheet.site.hosting import locate

_NEVER = {"_site", "node_modules", "vendor"}


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, by the names of files below the digest.

    `old` are the old addresses of what came, and `silent` those of them at which nothing answers now. `lists` are those
    of what the old theme and its plug-ins made, and `gone` those of them at which nothing answers. `lost` could not be
    read, `left` need not be there, `odd` is to be looked at.
    """

    records: int
    drafts: int
    topics: int
    pages: int
    static: int
    written: tuple[str, ...]
    same: int
    edited: tuple[str, ...]
    published: tuple[str, ...]
    redirected: int
    lost: tuple[Diagnostic, ...]
    left: tuple[Left, ...]
    odd: tuple[Left, ...]
    old: tuple[Old, ...]
    silent: tuple[Old, ...]
    lists: tuple[Old, ...]
    gone: tuple[Old, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything came that should, and every old address answers."""
        return not self.lost and not self.silent


def import_jekyll(
    source: Path, target: Path, now: datetime, *, is_dry: bool = False, tell: Tell = tell_nobody
) -> Moved:
    """Move a Jekyll site into a folder, and build it elsewhere to see which of the old addresses answer.

    Where it is dry nothing is written to the folder. Raises ContentError where the settings cannot be read, OutputError
    where it cannot be built, and OSError where the folder cannot be written.
    """
    found = Move(source, _settings(source), now)
    paths = sorted(_walk(source, found.settings))
    for number, path in enumerate(paths, 1):
        take(found, path)
        tell("read", number, len(paths))
    found.lists += [Old(*one) for one in plugin_addresses(found.settings.plugins, found.counts.get("posts", 0))]
    found.files["site.yaml"] = settings_text(_given(found.settings)).encode()
    known = {name: (target / name).read_bytes() for name in found.files if (target / name).is_file()}
    new = {name: data for name, data in sorted(found.files.items()) if name not in known}
    _stay_inside(target, new)
    edited = tuple(name for name, data in sorted(known.items()) if data != found.files[name])
    if not is_dry:
        create_files(target, new)
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
        site = target
        if is_dry:
            site = Path(folder) / "digest"
            create_files(site, {**found.files, **known})
        report = build(
            Options(site=site, content=site / "content", out=Path(folder) / "site", now=now, keep_going=True), tell
        )
        silent = frozenset(_silent(Path(folder) / "site", [*found.old, *found.lists]))
        found.lost += _below(target, site, [one for one in report.problems if one.severity == "error"])
    return Moved(
        records=found.counts.get("records", 0),
        drafts=found.counts.get("drafts", 0),
        topics=found.counts.get("topics", 0),
        pages=found.counts.get("pages", 0),
        static=found.counts.get("static", 0),
        written=tuple(new),
        same=len(known) - len(edited),
        edited=edited,
        published=tuple(found.published),
        redirected=found.redirected,
        lost=tuple(found.lost),
        left=tuple(found.left),
        odd=tuple(found.odd),
        old=tuple(found.old),
        silent=tuple(one for one in found.old if one in silent),
        lists=tuple(found.lists),
        gone=tuple(one for one in found.lists if one in silent),
    )


def is_jekyll(folder: Path) -> bool:
    """Whether a folder looks like a Jekyll site of curated articles."""
    return any((folder / name).exists() for name in (*CONFIG, "_news", "_posts", "_data/topics"))


def is_for_others(folder: Path) -> bool:
    """Whether a folder holds things, and is no digest; what is hidden, such as a repository's own, does not count."""
    if not folder.is_dir() or any((folder / name).exists() for name in ("site.yaml", "content")):
        return False
    return any(not entry.name.startswith(".") for entry in folder.iterdir())


def _stay_inside(folder: Path, names: Iterable[str]) -> None:
    """Raise OutputError where a link in a folder would have one of these files written elsewhere."""
    inside = folder.resolve()
    for parent in sorted({(folder / name).parent for name in names}):
        if not parent.resolve().is_relative_to(inside):
            raise OutputError(f"{parent} leads out of the digest; nothing was written")


def _settings(source: Path) -> Settings:
    for name in CONFIG:
        if (source / name).is_file():
            read = disk.read_source(source / name, name, disk.SIZE_LIMIT)
            values = plain_values(read.data.decode("utf-8-sig", "replace"), read.path)
            settings = jekyll.settings_of(values if isinstance(values, dict) else {})
            break
    else:
        settings = Settings(collections=(Collection("posts", is_output=True),))
    if not any(collection.name == "news" for collection in settings.collections) and (source / "_news").is_dir():
        # Files that no collection claims had no page each; the lists that showed them are made anew.
        collections = (
            *settings.collections,
            Collection("news", is_output=not any((source / name).is_file() for name in CONFIG)),
        )
        settings = msgspec.structs.replace(settings, collections=collections)
    return settings


def _given(settings: Settings) -> dict[str, str]:
    """Return the settings of the digest."""
    given = {"title": settings.title or "Digest", "language": "en"}
    if settings.description:
        given["description"] = settings.description
    try:
        given["base_url"] = normal_base_url(f"{settings.url}{settings.base}/")
    except ValueError:
        given.pop("base_url", None)
    if found := re.fullmatch(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?", settings.language):
        given["language"] = f"{found[1].lower()}-{found[2].upper()}" if found[2] else found[1].lower()
    if settings.timezone:
        given["timezone"] = settings.timezone
    return given


def _walk(source: Path, settings: Settings) -> Iterator[str]:
    """Yield the paths of the files of a Jekyll site, below its folder; no link is followed."""
    for place, folders, names in os.walk(source):
        here = Path(place).relative_to(source)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NEVER
            and jekyll.is_read(settings, name)
            and not (Path(place) / name).is_symlink()
            and not (Path(place) / name / "site.yaml").is_file()
            and not jekyll.is_excluded(settings, (here / name).as_posix())
        )
        for name in names:
            path = (here / name).as_posix()
            is_wanted = name == "CNAME" or (jekyll.is_read(settings, name) and not jekyll.is_excluded(settings, path))
            if is_wanted and not (Path(place) / name).is_symlink():
                yield path


def _silent(out: Path, old: list[Old]) -> tuple[Old, ...]:
    """Return the old addresses at which GitHub Pages would answer nothing, if a folder were the site."""
    found = frozenset(disk.find_files(str(out))) if out.is_dir() else frozenset()

    def answers(address: str) -> bool:
        return locate(address, "/", lambda path: path in found).status != 404  # noqa: PLR2004 - not found

    return tuple(one for one in old if not answers(one.address))


def _below(target: Path, site: Path, problems: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield problems of a digest as those of the folder that it is for."""
    before, after = f"{disk.shown_path(site)}/", f"{disk.shown_path(target)}/"
    for problem in problems:
        place = problem.location
        path = after + place.path.removeprefix(before) if place.path.startswith(before) else place.path
        message = problem.message.replace(before, after)
        yield msgspec.structs.replace(problem, message=message, location=Location(path, place.line, place.column))
