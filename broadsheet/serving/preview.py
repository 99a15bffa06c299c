"""A site as its curator sees it while working at it: laid out in memory, each page rendered when it is asked for.

Nothing is written. Records that did not change are neither read nor parsed again; pages are the bytes that a
build with the same settings would publish.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Literal, TypeVar

import msgspec

from broadsheet.building.layouts import Inputs, Layout, Record, decode_record, lay_out
from broadsheet.building.materials import Materials, read_materials, rules_key
from broadsheet.building.processes import pool_of, processors
from broadsheet.building.shards import RecordShard, batches, parse_shard, wary
from broadsheet.building.themes import named_theme
from broadsheet.core.diagnostics import ContentError, Diagnostic, by_location, has_errors
from broadsheet.core.urls import base_path
from broadsheet.files import disk
from broadsheet.files.cache import Row
from broadsheet.files.disk import Stamp
from broadsheet.files.extras import find_inliner
from broadsheet.records.articles import Parsed, Rules, parse_leaf
from broadsheet.records.pins import parse_pin
from broadsheet.records.topics import parse_topic
from broadsheet.rendering.render import render
from broadsheet.site.hosting import locate
from broadsheet.site.pages import Page, file_path

A = TypeVar("A")

_STYLES = ".css"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be shown: a site's folders, the host and port at which it is seen, and where it will be published.

    Without `base_url` that is as the settings say; only its path counts.
    """

    site: Path
    content: Path
    origin: str
    base_url: str | None = None
    has_drafts: bool = False


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the files came to: nothing, other style sheets alone, other pages, or errors.

    With errors, what is shown stays as it was. `parsed` counts records.
    """

    kind: Literal["none", "style", "pages", "errors"]
    problems: tuple[Diagnostic, ...] = ()
    articles: int = 0
    parsed: int = 0


class Shown(msgspec.Struct, frozen=True):
    """A site that is shown: its layout, its path, and by their paths below that its pages and static files.

    `rendered` are pages that were rendered already.
    """

    layout: Layout
    base: str
    pages: Mapping[str, Page]
    static: Mapping[str, Path]
    rendered: Mapping[str, bytes]

    def has(self, path: str) -> bool:
        """Whether the site has a file."""
        return path in self.pages or path in self.static


class _Held(msgspec.Struct, frozen=True, gc=False):
    """What is known of a record."""

    stamp: Stamp
    digest: bytes
    record: Record
    details: bytes


class _Seen(msgspec.Struct, frozen=True):
    """What a site was laid out from, besides its records."""

    inputs: Inputs
    unread: tuple[Diagnostic, ...]
    static: Mapping[str, Stamp | None]


class Preview:
    """A site that follows its files. One thread may refresh it while others read."""

    def __init__(self, asked: Asked) -> None:
        self.shown: Shown | None = None
        self._asked = asked
        self.theme_folders = _theme_folders(asked.site)
        self._content: disk.Content | None = None
        self._held: dict[str, _Held] = {}
        self._rules = b""
        self._seen: _Seen | None = None
        self._last: Layout | None = None
        self._until: datetime | None = None
        self._is_good = True
        self._rendering = Lock()
        self._jobs = processors()

    def is_over(self, now: datetime) -> bool:
        """Whether an article has become due since the last look."""
        return self._until is not None and now >= self._until

    def refresh(self, now: datetime, looked_at: Iterable[str] = (), changed: Iterable[Path] | None = None) -> Change:
        """Look at the files again, and show what they say now if that is a site.

        Where it is known that no more than some paths `changed`, content that did not is not even looked at.
        `looked_at` are the addresses of pages that somebody sees. They are rendered before the site is shown, and after
        a change of the theme one of each template is, so that an error in a template keeps it from being shown.
        """
        problems: list[Diagnostic] = []
        self.theme_folders = _theme_folders(self._asked.site)
        materials = read_materials(self._asked.site, problems)
        base = base_path(self._asked.base_url or materials.config.base_url)
        materials = materials.at(f"{self._asked.origin}{base}")
        content = self._content = self._find(changed)
        problems += content.problems
        rules = materials.rules(has_drafts=self._asked.has_drafts)
        parsed, is_changed = self._parse(content, rules, problems)
        read = partial(disk.read_each, self._asked.content, problems=problems)
        topics = [parse_topic(source) for source in read(content.topics)]
        leaves = [parse_leaf(source, rules) for source in read(content.leaves)]
        pins = [parse_pin(source, rules) for source in read(content.editions)]
        inputs = Inputs(
            config=materials.config,
            theme=materials.theme,
            static=materials.shown,
            topics=tuple(_sound(topics, problems)),
            leaves=tuple(_sound(leaves, problems)),
            pins=tuple(_sound(pins, problems)),
            records=len(self._held),
            prefix=content.prefix,
            now=now,
            is_strict=False,
            indexer="",
            inliner=find_inliner(materials.config, problems),
            has_drafts=self._asked.has_drafts,
        )
        seen = _Seen(inputs, tuple(problems), {name: disk.stamp(path) for name, path in _static(materials)})
        before, self._seen = self._seen, seen
        kind = "pages" if is_changed or self.is_over(now) else _compare(before, seen)
        if kind == "none":
            return Change(kind="none")
        is_other = before is None or before.inputs.theme != inputs.theme or before.inputs.config != inputs.config
        was_good, self._is_good = self._is_good, False
        try:
            shown, problems = self._lay_out(inputs, materials, base, problems)
            rendered = self._try(shown, looked_at, is_whole=is_other and kind != "style")
        except ContentError as error:
            return Change(kind="errors", problems=tuple(error.problems), parsed=parsed)
        self.shown, self._is_good = msgspec.structs.replace(shown, rendered=rendered), True
        return Change(
            kind=kind if was_good else "pages",
            problems=tuple(problems),
            articles=len(shown.layout.digest.articles),
            parsed=parsed,
        )

    def read(self, shown: Shown, path: str) -> bytes:
        """Return a file of a site. Raises ContentError where a template fails, and OSError where a file is gone."""
        if path in shown.rendered:
            return shown.rendered[path]
        if path in shown.pages:
            with self._rendering:
                return _render(shown, path)
        file = shown.static[path]
        # When the site was laid out this was no link that leads out of its folder; it may have become one.
        if not any(file.resolve().is_relative_to(folder.resolve()) for folder in self.theme_folders):
            raise FileNotFoundError(file)
        return file.read_bytes()

    def _find(self, changed: Iterable[Path] | None) -> disk.Content:
        folder = self._asked.content
        root, theme = folder.absolute(), [place.absolute() for place in self.theme_folders]
        if self._content is not None and changed is not None:
            outside = [path for path in changed if not path.is_relative_to(root)]
            if all(any(path.is_relative_to(place) for place in theme) for path in outside):
                names = [path.relative_to(root).as_posix() for path in changed if path.is_relative_to(root)]
                found = disk.look_again(folder, self._content, names)
                if found is not None:
                    return found
        return disk.find_content(folder)

    def _parse(self, content: disk.Content, rules: Rules, problems: list[Diagnostic]) -> tuple[int, bool]:
        """Parse what changed; return how many records that were, and whether the site has other records now."""
        began = time.time_ns()
        start = rules_key(rules, content.prefix)
        if start != self._rules:
            self._held, self._rules = {}, start
        held = self._held
        changed = [
            (found, held[found.name].digest if found.name in held else b"")
            for found in content.articles
            if found.name not in held or held[found.name].stamp != found.stamp
        ]
        folder = str(self._asked.content)
        shards = [RecordShard(folder, rules, start, tuple(part)) for part in batches(changed, self._jobs)]
        read: set[str] = set()
        rows: list[Row] = []
        with pool_of(self._jobs, len(shards), len(changed)) as pool:
            for part in map(parse_shard, shards) if pool is None else pool.map(parse_shard, shards):
                problems += part.problems
                rows += part.rows
                for name, stamp in part.known:
                    held[name] = msgspec.structs.replace(held[name], stamp=wary(stamp, began))
                    read.add(name)
        for row in rows:
            record = decode_record(row.name, row.parsed)
            held[row.name] = _Held(wary(row.stamp, began), row.digest, record, row.details)
            read.add(row.name)
        gone = held.keys() - {found.name for found in content.articles}
        gone |= {found.name for found, _ in changed if found.name not in read and found.name in held}
        for name in gone:
            del held[name]
        self._jobs = 1  # threads answer from now on, and a process with threads is not to be forked
        return len(rows), bool(rows or gone)

    def _lay_out(
        self, inputs: Inputs, materials: Materials, base: str, problems: list[Diagnostic]
    ) -> tuple[Shown, list[Diagnostic]]:
        """Return a site and every problem with it. Raises ContentError where there are errors."""
        details = {name: held.details for name, held in self._held.items()}
        layout = lay_out(inputs, [held.record for held in self._held.values()], details.__getitem__, self._last)
        self._last = layout
        self._until = layout.until
        pages = {file_path(page.address): page for page in layout.pages}
        static = {file_path(address): materials.static[address] for address in layout.static}
        problems = sorted([*problems, *layout.problems], key=by_location)
        if has_errors(problems):
            raise ContentError(problems)
        if layout.leaks:
            raise ContentError([*problems, *layout.leaks])
        return Shown(layout, base, pages, static, {}), problems

    def _try(self, shown: Shown, looked_at: Iterable[str], *, is_whole: bool) -> dict[str, bytes]:
        """Render pages that somebody sees, and if asked one of each template, to see that they can be."""
        found = [locate(address, shown.base, shown.has).path for address in looked_at]
        paths = [path for path in found if path in shown.pages]
        if is_whole:
            firsts = {page.template: path for path, page in reversed(list(shown.pages.items()))}
            paths += [path for template, path in firsts.items() if template.endswith(".html")]
        with self._rendering:
            return {path: _render(shown, path) for path in dict.fromkeys(paths)}


def _render(shown: Shown, path: str) -> bytes:
    layout = shown.layout
    return next(render([shown.pages[path]], layout.theme, layout.site)).data


def _theme_folders(site: Path) -> tuple[Path, ...]:
    folders = (disk.default_theme(), *named_theme(site), site)
    return tuple(dict.fromkeys(folder / name for folder in folders for name in disk.THEME_FOLDERS))


def _static(materials: Materials) -> Iterator[tuple[str, Path]]:
    for name, address in materials.theme.assets:
        yield name, materials.static[address]


def _compare(old: _Seen | None, new: _Seen) -> Literal["none", "style", "pages"]:
    """Say what differs, where the records do not."""
    if old is None:
        return "pages"
    before = msgspec.structs.replace(old.inputs, now=new.inputs.now)
    if (before, old.unread, old.static) == (new.inputs, new.unread, new.static):
        return "none"
    assets = before.theme.assets
    after = msgspec.structs.replace(
        new.inputs, theme=msgspec.structs.replace(new.inputs.theme, assets=assets), static=before.static
    )
    names = {name for name in old.static.keys() | new.static.keys() if old.static.get(name) != new.static.get(name)}
    is_style = names and all(name.endswith(_STYLES) for name in names)
    return "style" if is_style and (before, old.unread) == (after, new.unread) else "pages"


def _sound(found: Iterable[Parsed[A]], problems: list[Diagnostic]) -> Iterator[A]:
    """Yield what could be parsed; note every problem."""
    for item in found:
        problems += item.problems
        if item.value is not None and not has_errors(item.problems):
            yield item.value
