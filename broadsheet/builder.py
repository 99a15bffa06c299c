"""The composition: read, parse, edit, plan, render, publish."""

import ctypes
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from broadsheet import cache as caches
from broadsheet import disk
from broadsheet.articles import Parsed, Rules, parse_article, parse_leaf
from broadsheet.cache import Cache, Made
from broadsheet.config import parse_config
from broadsheet.diagnostics import ContentError, Diagnostic, Location, by_location, has_errors
from broadsheet.digest import Digest, edit
from broadsheet.model import Article, Config, Draft, Source
from broadsheet.pages import Page, claim, file_path
from broadsheet.plan import describe_site, plan
from broadsheet.publication import Outcome, OutputError, Publication, locked, output_errors, recover, work_folder
from broadsheet.render import Artifact, Theme, fingerprint, identity, render
from broadsheet.topics import parse_topic
from broadsheet.urls import base_path
from broadsheet.views import Site

A = TypeVar("A")
B = TypeVar("B")

BATCH = 100
"""How many records or pages make one piece of work for another process."""
_PR_SET_PDEATHSIG = 1
_RECORD = msgspec.msgpack.Decoder(Parsed[Article | Draft])
_ENCODER = msgspec.msgpack.Encoder()


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a build is asked to do. `jobs` 0 means as many as there are processors."""

    site: Path
    content: Path
    out: Path
    now: datetime
    base_url: str | None = None
    jobs: int = 0
    is_clean: bool = False
    keep_going: bool = False
    is_strict: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. `outcome` is None where errors kept it from publishing; times are in seconds."""

    problems: tuple[Diagnostic, ...]
    outcome: Outcome | None
    articles: int = 0
    withheld: int = 0
    topics: int = 0
    providers: int = 0
    parsed: int = 0
    rendered: int = 0
    stages: tuple[tuple[str, float], ...] = ()


def default_theme() -> Path:
    """Return the folder that holds the default `templates/` and `static/`: the wheel's, or the checkout's."""
    package = Path(__file__).parent
    shipped = package / "theme"
    return shipped if shipped.is_dir() else package.parent


def build(options: Options) -> Report:
    """Build a site. Raises OutputError where it cannot be written; content errors are in the report."""
    out = options.out.resolve()
    _check_places(options, out)
    with locked(work_folder(out)), output_errors(out):
        recover(out, work_folder(out))
        try:
            return _Build(options, out).run()
        except ContentError as error:
            return Report(problems=error.problems, outcome=None)
        except BrokenExecutor as error:
            raise OutputError(
                "a process of the build was ended from outside; the published site is as it was"
            ) from error


class _Build:
    """One build: what it was asked, what it found, and its stages in their order."""

    def __init__(self, options: Options, out: Path) -> None:
        self.options = options
        self.out = out
        self.work = work_folder(out)
        self.clock = _Clock()
        self.problems: list[Diagnostic] = []
        self.program = disk.program_fingerprint()
        self.cache = caches.load(self.work / "cache", self.program)
        if options.is_clean:
            # What is published is no reuse: it tells which files are ours to remove.
            made = {path: Made(b"", made.stamp) for path, made in self.cache.made.items()}
            self.cache = Cache(made=made)
        self.config = _read_config(options, self.problems)
        themes = (default_theme(), options.site)
        self.static = disk.read_static((folder / "static" for folder in themes), self.problems)
        theme = disk.read_theme((folder / "templates" for folder in themes), self.problems)
        self.theme = msgspec.structs.replace(theme, assets=tuple(self.static))
        # Without its settings and its theme a site would be another one: nothing to keep going with.
        self.is_sound = not self._counted(self.problems)

    def run(self) -> Report:
        """Run every stage. Raises ContentError where something is in error that must not be."""
        content = disk.read_content(self.options.content)
        self.problems.extend(content.problems)
        self.clock.lap("read")
        with _pool(self.options.jobs or _processors(), len(content.articles)) as pool:
            digest, parsed = self._edit(content, pool)
            self.clock.lap("parse and edit")
            site = describe_site(digest)
            pages = self._plan(digest, site)
            self.clock.lap("plan")
            outcome, made = self._publish(pages, site, pool)
        return Report(
            problems=tuple(self.problems),
            outcome=msgspec.structs.replace(outcome, notes=(*outcome.notes, *self._close(parsed, made))),
            articles=len(digest.articles),
            withheld=len(content.articles) - len(digest.articles),
            topics=len(digest.topics),
            providers=len(digest.providers),
            parsed=sum(1 for key in parsed if key not in self.cache.parsed),
            rendered=self.clock.rendered,
            stages=tuple(self.clock.laps),
        )

    def _edit(self, content: disk.Content, pool: Executor | None) -> tuple[Digest, dict[bytes, bytes]]:
        config = self.config
        rules = Rules(base_path=base_path(config.base_url), embeds=config.embeds, templates=self.theme.names)
        records, parsed = self._parse(content.articles, rules, pool)
        topics = [parse_topic(source) for source in content.topics]
        leaves = [parse_leaf(source, rules) for source in content.leaves]
        digest, problems = edit(
            self._sound(records), self._sound(topics), self._sound(leaves), config, self.options.now
        )
        self.problems.extend(problems)
        return digest, parsed

    def _parse(
        self, sources: Sequence[Source], rules: Rules, pool: Executor | None
    ) -> tuple[list[Parsed[Article | Draft]], dict[bytes, bytes]]:
        """Parse records, those that the cache knows excepted; also return what to cache."""
        known = self.cache.parsed
        start = _ENCODER.encode((rules.base_path, rules.embeds, sorted(rules.templates)))
        keys = [_key(start, source) for source in sources]
        unknown = [(key, source) for key, source in zip(keys, sources, strict=True) if key not in known]
        batches = [(rules, [source for _, source in part]) for part in _batches(unknown)]
        results = [data for part in _map(pool, _parse_batch, batches) for data in part]
        fresh = dict(zip((key for key, _ in unknown), results, strict=True))
        parsed = {key: fresh[key] if key in fresh else known[key] for key in keys}
        return [_RECORD.decode(parsed[key]) for key in keys], parsed

    def _sound(self, found: Iterable[Parsed[A]]) -> list[A]:
        """Return what could be parsed, without what is in error; note every problem."""
        kept = []
        for item in found:
            self.problems.extend(item.problems)
            if item.value is not None and not self._counted(item.problems):
                kept.append(item.value)
        return kept

    def _counted(self, problems: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return the problems that count as errors."""
        return [problem for problem in problems if self.options.is_strict or problem.severity == "error"]

    def _plan(self, digest: Digest, site: Site) -> Sequence[Page]:
        """Plan the pages. Raises ContentError where there are errors by then, unless they are to be left out."""
        # A static file may take the place of a page for machines, but not of one for readers.
        wanted = (p for p in plan(digest, site) if p.address not in self.static or p.template.endswith(".html"))
        places = {address: Location(disk.shown_path(path)) for address, path in self.static.items()}
        claims = claim(wanted, places)
        self.static = {address: self.static[address] for address in claims.static}
        self.problems += claims.problems
        self.problems.sort(key=by_location)
        if self.options.is_strict:
            self.problems = [msgspec.structs.replace(problem, severity="error") for problem in self.problems]
        if has_errors(self.problems) and not (self.options.keep_going and self.is_sound):
            raise ContentError(self.problems)
        return claims.pages

    def _publish(self, pages: Sequence[Page], site: Site, pool: Executor | None) -> tuple[Outcome, dict[str, Made]]:
        shared = fingerprint(self.theme, site, self.program)
        # What stands in the output folder was written by a build only where it is still as that build left it.
        ours = [path for path, made in self.cache.made.items() if disk.stamp(self.out / path) == made.stamp]
        publication = Publication(self.out, self.work, ours)
        identities = {file_path(page.address): identity(page, shared) for page in pages}
        stale = []
        for page in pages:
            path = file_path(page.address)
            made = self.cache.made.get(path)
            if made and made.identity == identities[path] and disk.stamp(self.out / path) == made.stamp:
                publication.keep(path)
            else:
                stale.append(page)
        self.clock.rendered = len(stale)
        try:
            for part in _map(pool, _render_batch, [(self.theme, site, part) for part in _batches(stale)]):
                for artifact in part:
                    publication.put(file_path(artifact.address), artifact.data)
        except ContentError as error:
            raise ContentError([*self.problems, *error.problems]) from error
        for address, source in self.static.items():
            publication.put(file_path(address), disk.read_source(source, address).data)
            identities[file_path(address)] = b""
        self.clock.lap("render")
        outcome = publication.finish()
        self.clock.lap("publish")
        stamps = {path: disk.stamp(self.out / path) for path in identities}
        return outcome, {path: Made(identities[path], found) for path, found in stamps.items() if found is not None}

    def _close(self, parsed: dict[bytes, bytes], made: dict[str, Made]) -> Iterator[str]:
        """Save the cache; yield what else there is to note."""
        if self.config.base_url == Config().base_url:
            yield f"no base_url is set, so feeds and canonical links carry {self.config.base_url}"
        try:
            caches.save(Cache(parsed=parsed, made=made), self.work / "cache", self.program)
        except OSError as error:
            yield f"the cache could not be written ({error.strerror}); the next build starts from nothing"


def _check_places(options: Options, out: Path) -> None:
    content, site = options.content.resolve(), options.site.resolve()
    if not content.is_dir():
        raise OutputError(f"there is no content folder {disk.shown_path(options.content)}")
    for place, name in ((content, "content"), (site, "site")):
        if place.is_relative_to(out):
            raise OutputError(f"the output folder {disk.shown_path(out)} holds the {name} folder; choose another --out")
    for place, name in ((content, "content"), (site / "static", "static"), (site / "templates", "templates")):
        if out.is_relative_to(place):
            raise OutputError(
                f"the output folder {disk.shown_path(out)} lies in the {name} folder; choose another --out"
            )
    if out.exists() and not out.is_dir():
        raise OutputError(f"{disk.shown_path(out)} is a file; choose another --out")


def _read_config(options: Options, problems: list[Diagnostic]) -> Config:
    """Read the settings; the defaults, and a problem, where they cannot be read."""
    path = options.site / "site.yaml"
    config: Config | None = Config()
    if path.exists():
        try:
            config, found = parse_config(disk.read_source(path, path.name))
        except ContentError as error:
            config, found = None, list(error.problems)
        problems.extend(found)
    config = config or Config()
    return msgspec.structs.replace(config, base_url=options.base_url or config.base_url)


def _parse_batch(work: tuple[Rules, list[Source]]) -> list[bytes]:
    rules, sources = work
    return [_ENCODER.encode(parse_article(source, rules)) for source in sources]


def _key(start: bytes, source: Source) -> bytes:
    digest = hashlib.blake2b(start, digest_size=16)
    digest.update(f"{source.path}\0{source.name}\0".encode("utf-8", "surrogateescape"))
    digest.update(source.data)
    return digest.digest()


def _render_batch(work: tuple[Theme, Site, Sequence[Page]]) -> list[Artifact]:
    theme, site, pages = work
    return list(render(pages, theme, site))


def _batches(items: Sequence[A]) -> Iterator[Sequence[A]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _map(pool: Executor | None, work: Callable[[A], B], items: Sequence[A]) -> Iterable[B]:
    """Map in order; in other processes where there is a pool and more than one piece of work."""
    return pool.map(work, items) if pool is not None and len(items) > 1 else map(work, items)


def _pool(jobs: int, records: int) -> "ProcessPoolExecutor | nullcontext[None]":
    """Return a pool where there is enough to do for one; its processes start when first used."""
    jobs = min(jobs, -(-records // BATCH))
    return ProcessPoolExecutor(jobs, initializer=_serve, initargs=(os.getpid(),)) if jobs > 1 else nullcontext()


def _serve(parent: int) -> None:
    """Make a process of the pool end with the build, however that ends, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the build ended before the line above
            os._exit(1)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Clock:
    """Measures stages, in seconds."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.laps: list[tuple[str, float]] = []
        self.rendered = 0

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps.append((name, now - self._last))
        self._last = now
