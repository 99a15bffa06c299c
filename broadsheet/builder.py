"""The composition: read, parse, edit, plan, render, publish."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
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
from broadsheet.model import Article, Config, Draft, Leaf, Source
from broadsheet.pages import Page, collisions, file_path, path_key
from broadsheet.plan import describe_site, plan
from broadsheet.publication import Outcome, OutputError, Publication, locked, output_errors, work_folder
from broadsheet.render import Artifact, Theme, fingerprint, identity, render
from broadsheet.topics import parse_topic
from broadsheet.urls import base_path
from broadsheet.views import Site

A = TypeVar("A")
B = TypeVar("B")

BATCH = 100
"""How many records or pages make one piece of work for another process."""
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
    clock = _Clock()
    out = Path(options.out).resolve()
    _check_places(options, out)
    work = work_folder(out)
    with locked(work), output_errors(out):
        return _build(options, out, work, clock)


def _build(options: Options, out: Path, work: Path, clock: "_Clock") -> Report:
    program = disk.program_fingerprint()
    store = work / "cache"
    cache = caches.load(store, program)
    if options.is_clean:
        # What is published is no reuse: it tells which files are ours to remove.
        cache = Cache(made={address: Made(b"", made.stamp) for address, made in cache.made.items()})
    problems: list[Diagnostic] = []
    config = _read_config(options, problems)
    themes = (default_theme(), options.site)
    try:
        theme = disk.read_theme(folder / "templates" for folder in themes)
        static = disk.read_static(folder / "static" for folder in themes)
    except ContentError as error:
        problems.extend(error.problems)
        return _failed(problems)
    theme = msgspec.structs.replace(theme, assets=tuple(static))
    content = disk.read_content(options.content)
    problems.extend(content.problems)
    clock.lap("read")

    jobs = options.jobs or _processors()
    with _pool(jobs, len(content.articles)) as pool:
        digest, parsed = _edit(content, config, theme, options, cache, pool, problems)
        clock.lap("parse and edit")
        site = describe_site(digest)
        pages = [page for page in plan(digest, site) if page.address not in static or page.template.endswith(".html")]
        problems += collisions(pages)
        problems += _static_collisions(pages, static)
        clock.lap("plan")
        problems.sort(key=by_location)
        if options.is_strict:
            problems = [msgspec.structs.replace(p, severity="error") for p in problems]
        if has_errors(problems) and not options.keep_going:
            return _failed(problems)
        if options.keep_going:
            pages = _publishable(pages)
        try:
            outcome, made = _publish(pages, static, theme, site, cache, out, work, pool, program, clock)
        except ContentError as error:
            return _failed([*problems, *error.problems])
    if config.base_url == Config().base_url:
        note = f"no base_url is set, so feeds and canonical links carry {config.base_url}"
        outcome = msgspec.structs.replace(outcome, notes=(*outcome.notes, note))
    try:
        caches.save(Cache(parsed=parsed, made=made), store, program)
    except OSError as error:
        note = f"the cache could not be written ({error.strerror}); the next build starts from nothing"
        outcome = msgspec.structs.replace(outcome, notes=(*outcome.notes, note))
    return Report(
        problems=tuple(problems),
        outcome=outcome,
        articles=len(digest.articles),
        withheld=len(content.articles) - len(digest.articles),
        topics=len(digest.topics),
        providers=len(digest.providers),
        parsed=sum(1 for key in parsed if key not in cache.parsed),
        rendered=clock.rendered,
        stages=tuple(clock.laps),
    )


def _check_places(options: Options, out: Path) -> None:
    content, site = options.content.resolve(), options.site.resolve()
    if not content.is_dir():
        raise OutputError(f"there is no content folder {disk.shown_path(options.content)}")
    for place, name in ((content, "content"), (site, "site")):
        if place.is_relative_to(out):
            raise OutputError(f"the output folder {disk.shown_path(out)} holds the {name} folder; choose another --out")
    if out.is_relative_to(content):
        raise OutputError(f"the output folder {disk.shown_path(out)} lies in the content folder; choose another --out")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{disk.shown_path(out)} is a file; choose another --out")


def _read_config(options: Options, problems: list[Diagnostic]) -> Config:
    path = options.site / "site.yaml"
    config: Config | None = Config()
    if path.exists():
        config, found = parse_config(disk.read_source(path, path.name))
        problems.extend(found)
    config = config or Config()
    return msgspec.structs.replace(config, base_url=options.base_url or config.base_url)


def _edit(  # noqa: PLR0913, PLR0917 - a stage takes what it needs as arguments
    content: disk.Content,
    config: Config,
    theme: Theme,
    options: Options,
    cache: Cache,
    pool: Executor | None,
    problems: list[Diagnostic],
) -> tuple[Digest, dict[bytes, bytes]]:
    rules = Rules(base_path=base_path(config.base_url), embeds=config.embeds, templates=theme.names)
    records, parsed = _parse(content.articles, rules, cache, pool)
    topics = [parse_topic(source) for source in content.topics]
    leaves = [parse_leaf(source, rules) for source in content.leaves]
    found: Sequence[Parsed[Article | Draft] | Parsed[Leaf]] = [*records, *leaves]
    for item in (*found, *topics):
        problems.extend(item.problems)
    digest, edited = edit(
        (record.value for record in records if record.value is not None),
        (topic.value for topic in topics if topic.value is not None),
        (leaf.value for leaf in leaves if leaf.value is not None),
        config,
        options.now,
    )
    problems.extend(edited)
    return digest, parsed


def _parse(
    sources: Sequence[Source], rules: Rules, cache: Cache, pool: Executor | None
) -> tuple[list[Parsed[Article | Draft]], dict[bytes, bytes]]:
    """Parse records, those that the cache knows excepted; also return what to cache."""
    start = _ENCODER.encode((rules.base_path, rules.embeds, sorted(rules.templates)))
    keys = [_key(start, source) for source in sources]
    unknown = [(key, source) for key, source in zip(keys, sources, strict=True) if key not in cache.parsed]
    batches = [(rules, [source for _, source in part]) for part in _batches(unknown)]
    results = [data for part in _map(pool, _parse_batch, batches) for data in part]
    fresh = dict(zip((key for key, _ in unknown), results, strict=True))
    parsed = {key: fresh[key] if key in fresh else cache.parsed[key] for key in keys}
    return [_RECORD.decode(parsed[key]) for key in keys], parsed


def _parse_batch(work: tuple[Rules, list[Source]]) -> list[bytes]:
    rules, sources = work
    return [_ENCODER.encode(parse_article(source, rules)) for source in sources]


def _key(start: bytes, source: Source) -> bytes:
    digest = hashlib.blake2b(start, digest_size=16)
    digest.update(f"{source.path}\0{source.name}\0".encode("utf-8", "surrogateescape"))
    digest.update(source.data)
    return digest.digest()


def _static_collisions(pages: Iterable[Page], static: dict[str, Path]) -> list[Diagnostic]:
    """Find static files that stand where a page goes; a machine's page gives way, a reader's does not."""
    paths = {address.lstrip("/"): path for address, path in static.items()}
    return [
        Diagnostic(
            code="address-collision",
            message=f"static/{file_path(page.address)} stands where the page {page.address} goes",
            location=Location(disk.shown_path(paths[file_path(page.address)])),
            hint="rename the file, or override the page's template",
        )
        for page in pages
        if file_path(page.address) in paths
    ]


def _publishable(pages: Sequence[Page]) -> list[Page]:
    """Return the first page at each address."""
    return list({path_key(page.address): page for page in reversed(pages)}.values())[::-1]


def _publish(  # noqa: PLR0913, PLR0917 - a stage takes what it needs as arguments
    pages: Sequence[Page],
    static: dict[str, Path],
    theme: Theme,
    site: Site,
    cache: Cache,
    out: Path,
    work: Path,
    pool: Executor | None,
    program: str,
    clock: "_Clock",
) -> tuple[Outcome, dict[str, Made]]:
    shared = fingerprint(theme, site, program)
    publication = Publication(out, work, cache.made)
    identities = {page.address: identity(page, shared) for page in pages}
    stale = []
    for page in pages:
        path = file_path(page.address)
        made = cache.made.get(path)
        if made and made.identity == identities[page.address] and disk.stamp(out / path) == made.stamp:
            publication.keep(path)
        else:
            stale.append(page)
    clock.rendered = len(stale)
    batches = [(theme, site, part) for part in _batches(stale)]
    for part in _map(pool, _render_batch, batches):
        for artifact in part:
            publication.put(file_path(artifact.address), artifact.data)
    for address, source in static.items():
        publication.put(address.lstrip("/"), source.read_bytes())
    clock.lap("render")
    outcome = publication.finish()
    clock.lap("publish")
    made_now = {}
    paths = {file_path(page.address): identities[page.address] for page in pages}
    paths.update({address.lstrip("/"): b"" for address in static})
    for path, name in paths.items():
        found = disk.stamp(out / path)
        if found is not None:
            made_now[path] = Made(name, found)
    return outcome, made_now


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
    return ProcessPoolExecutor(jobs) if jobs > 1 and records > BATCH else nullcontext()


def _processors() -> int:
    import os  # noqa: PLC0415

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _failed(problems: Iterable[Diagnostic]) -> Report:
    return Report(problems=tuple(problems), outcome=None)


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
