"""Shards: pieces of a build that any process can work on, described by small values.

A shard of records is a list of files. A shard of pages is a job, which names the cache that holds
everything the site is made of, and a list of numbers. A process that inherits the layout of a job from
the one that started it uses that; another one works it out for itself.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from time import perf_counter

import msgspec

from broadsheet.articles import Parsed, Rules, gate, parse_filed
from broadsheet.audit import Audit
from broadsheet.cache import Cache, CacheLostError, DetailsReader, Row
from broadsheet.diagnostics import ContentError, Diagnostic, Location
from broadsheet.digest import Digest, Matter, edit, is_due
from broadsheet.disk import Found, Stamp, read_found
from broadsheet.dossiers import Dossier, dossier_of
from broadsheet.language import Words
from broadsheet.marks import Marks, marks_of
from broadsheet.model import Article, Brief, Config, Draft, Embed, Image, Leaf, Pin, Theme, Topic, texts_of
from broadsheet.pages import Page, claim, file_path
from broadsheet.plan import describe_site, plan
from broadsheet.publication import FileStage, Staged
from broadsheet.render import render
from broadsheet.report import Cost
from broadsheet.search import FOLDER, Volume, volumes_of
from broadsheet.views import Site

INPUTS = "inputs"
"""The key under which the cache holds the inputs besides the records."""


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the cache holds of a record for the desk: the result of parsing it, in brief, and its marks."""

    parsed: Parsed[Brief | Draft]
    marks: Marks | None


class Details(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the cache holds of an article besides, for its own page and where it is listed."""

    url: str
    excerpt: str
    kind: str
    images: tuple[Image, ...]
    embed: Embed | None
    comment: str


_RECORD = msgspec.msgpack.Decoder(Record)
_DETAILS = msgspec.msgpack.Decoder(Details)
_ENCODER = msgspec.msgpack.Encoder()


class RecordShard(msgspec.Struct, frozen=True):
    """Files to parse, each with the hash of what was parsed of it before, if that is known."""

    folder: str
    rules: Rules
    start: bytes
    files: tuple[tuple[Found, bytes], ...]
    is_for_check: bool = False


class ParsedShard(msgspec.Struct, frozen=True):
    """Parsed records; the stamps of those that turned out to be known; what could not be read; the slowest.

    `dossiers` are those of the records, where they are to be checked.
    """

    rows: tuple[Row, ...]
    known: tuple[tuple[str, Stamp], ...]
    problems: tuple[Diagnostic, ...]
    slowest: tuple[Cost, ...]
    dossiers: tuple[Dossier, ...] = ()


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything but the records that a site is made of; `prefix` stands before their names in their paths.

    `indexer` names the program that makes the search index, and `inliner` the one that mails need; without one there
    is none.
    """

    config: Config
    theme: Theme
    static: Mapping[str, str]
    topics: tuple[Topic, ...]
    leaves: tuple[Leaf, ...]
    pins: tuple[Pin, ...]
    records: int
    prefix: str
    now: datetime
    is_strict: bool
    indexer: str
    inliner: str


class Job(msgspec.Struct, frozen=True):
    """A build: the cache that holds its inputs, the program that may read it, and where the site goes."""

    cache: Path
    program: str
    out: Path
    work: Path


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A site before it is rendered: its pages, the volumes of its search index, its static files, and what is wrong.

    The static files are those that have an address. `whole` gives an article that the digest holds in brief.
    `audit` finds addresses of what is not published, and `leaks` are problems for the texts that name one.
    It is the same for any "now" from `since` to just before `until`, as far as these are not None.
    """

    digest: Digest
    whole: Callable[[Brief], Article]
    site: Site
    theme: Theme
    pages: tuple[Page, ...]
    volumes: tuple[Volume, ...]
    static: Mapping[str, str]
    problems: tuple[Diagnostic, ...]
    audit: Audit
    leaks: tuple[Diagnostic, ...]
    since: datetime | None
    until: datetime | None


class PageShard(msgspec.Struct, frozen=True):
    """Pages to render and to stage, by their numbers in the layout of a job."""

    job: Job
    pages: tuple[int, ...]


class StagedShard(msgspec.Struct, frozen=True):
    """Staged files, what they name that is not published, what each template cost, and the slowest pages."""

    files: tuple[Staged, ...]
    leaks: tuple[Diagnostic, ...]
    templates: tuple[Cost, ...]
    slowest: tuple[Cost, ...]


def parse_shard(shard: RecordShard) -> ParsedShard:
    """Read and parse records."""
    rows: list[Row] = []
    known: list[tuple[str, Stamp]] = []
    problems: list[Diagnostic] = []
    costs: list[Cost] = []
    dossiers: list[Dossier] = []
    for found, before in shard.files:
        start = perf_counter()
        try:
            source = read_found(shard.folder, found)
        except ContentError as error:
            problems += error.problems
            continue
        digest = hashlib.blake2b(b"%b%b\0%b" % (shard.start, found.name.encode(), source.data), digest_size=16).digest()
        if digest == before:
            known.append((found.name, found.stamp))
            continue
        filed = parse_filed(source, shard.rules)
        if shard.is_for_check and filed.value is not None:
            dossiers.append(dossier_of(filed.value, source.data))
        record, details = _split(gate(filed, shard.rules))
        rows.append(Row(found.name, found.stamp, digest, _ENCODER.encode(record), details))
        costs.append(Cost(found.path, 1, perf_counter() - start))
    return ParsedShard(tuple(rows), tuple(known), tuple(problems), dearest(costs), tuple(dossiers))


def _split(parsed: Parsed[Article | Draft]) -> tuple[Record, bytes]:
    """Part what the desk decides by from what only pages show; nothing of a draft is shown."""
    article = parsed.value
    if not isinstance(article, Article):
        return Record(Parsed(value=article, problems=parsed.problems), None), b""
    details = Details(*[getattr(article, name) for name in Details.__struct_fields__])
    return Record(Parsed(value=article.brief, problems=parsed.problems), marks_of(article)), _ENCODER.encode(details)


def _join(brief: Brief, data: bytes) -> Article:
    """Put an article together again. Raises CacheLostError where the data are not its details."""
    try:
        details = _DETAILS.decode(data)
    except msgspec.DecodeError as error:
        raise CacheLostError(f"it has lost the details of {brief.location.path}") from error
    return Article(**msgspec.structs.asdict(brief), **msgspec.structs.asdict(details))


def lay_out(cache: Cache, details: Callable[[str], bytes]) -> Layout:
    """Lay out the site whose inputs a cache holds. Raises CacheLostError where it does not hold them all.

    `details` finds the details of a record by its name.
    """
    inputs = cache.get(INPUTS, Inputs)
    if inputs is None:
        raise CacheLostError("it has lost the inputs")
    problems: list[Diagnostic] = []
    records: list[Brief | Draft] = []
    marks: dict[str, Marks] = {}
    count = 0
    for name, data in cache.rows():
        count += 1
        record = _decode(name, data)
        problems += record.parsed.problems
        value = record.parsed.value
        if value is None or (record.parsed.problems and inputs.is_strict):
            continue
        records.append(value)
        if isinstance(value, Brief) and record.marks is not None:
            marks[value.location.path] = record.marks
    if count != inputs.records:
        raise CacheLostError(f"it has lost {inputs.records - count} records")
    matter = Matter(topics=inputs.topics, leaves=inputs.leaves, pins=inputs.pins)
    digest, found = edit(records, matter, inputs.config, inputs.now, marks)
    problems += found
    words = Words(inputs.config.language, inputs.theme.catalog)
    site = describe_site(digest, words)
    start = len(inputs.prefix)

    def whole(brief: Brief) -> Article:
        return _join(brief, details(brief.location.path[start:]))

    volumes = volumes_of(digest, inputs.indexer, whole)
    # A static file may take the place of a page for machines, but not of one for readers.
    wanted = (
        page
        for page in plan(digest, site, whole, words, volumes, inputs.inliner)
        if page.address not in inputs.static or page.template.endswith(".html")
    )
    static = {address: Location(path) for address, path in inputs.static.items()}
    claims = claim(wanted, static, [FOLDER] if volumes else [])
    shown = {page.address for page in claims.pages}
    hidden = [r for r in records if isinstance(r, Draft) or not is_due(r, inputs.now)]
    withheld = {record.address: record.location.path for record in hidden if record.address not in shown}
    audit = Audit(inputs.config.base_url, withheld)
    return Layout(
        digest=digest,
        whole=whole,
        site=site,
        theme=inputs.theme,
        pages=claims.pages,
        volumes=volumes,
        static={address: inputs.static[address] for address in claims.static},
        problems=(*problems, *claims.problems),
        audit=audit,
        leaks=tuple(_leaks(audit, digest, inputs)),
        since=max(_began(digest), default=None),
        until=min(_will_change(digest, hidden), default=None),
    )


def _began(digest: Digest) -> Iterator[datetime]:
    """Yield the last times at which what is published became due."""
    yield from (article.published for article in digest.articles[:1])
    yield from (edition.end for edition in digest.editions.all[:1])


def _will_change(digest: Digest, hidden: Iterable[Brief | Draft]) -> Iterator[datetime]:
    """Yield the next times at which more will be due."""
    yield from (record.published for record in hidden if isinstance(record, Brief))
    if digest.editions.next_end is not None:
        yield digest.editions.next_end


def _leaks(audit: Audit, digest: Digest, inputs: Inputs) -> Iterator[Diagnostic]:
    """Yield a problem for each text that a site is made of and that names an article that is not published."""
    for article in digest.articles:
        if article.mentions:
            yield from audit.named(article.mentions, article.location)
    for pin in inputs.pins:
        yield from audit.leaks(texts_of(pin), pin.location)
    for leaf in digest.leaves:
        yield from audit.leaks(texts_of(leaf), leaf.location)
    for entry in digest.topics:
        yield from audit.leaks(texts_of(entry.topic), entry.topic.location)
    yield from audit.leaks(texts_of(inputs.config), Location("site.yaml"))
    for _, place, template in inputs.theme.templates:
        yield from audit.leaks(template.encode(), Location(place))


@cache
def layout_of(job: Job) -> Layout:
    """Return the layout of a job, which a process works out once, or inherits; `layout_of.cache_clear` forgets it."""
    found = Cache(job.cache, job.program, is_ours=False)
    try:
        return lay_out(found, _details_of(job).get)
    finally:
        found.close()


def render_shard(shard: PageShard) -> StagedShard:
    """Render pages and stage what they become. Raises ContentError where a template fails."""
    return stage_pages(layout_of(shard.job), shard.pages, stage_of(shard.job))


def stage_pages(layout: Layout, numbers: Sequence[int], stage: FileStage) -> StagedShard:
    """Render pages of a layout and stage what they become. Raises ContentError where a template fails."""
    leaks: list[Diagnostic] = []
    pages = [layout.pages[number] for number in numbers]
    files: list[Staged] = []
    costs: list[Cost] = []
    templates: dict[str, list[float]] = {}
    start = perf_counter()
    for page, artifact in zip(pages, render(pages, layout.theme, layout.site), strict=True):
        leaks += layout.audit.leaks(artifact.data, page.location or Location(page.address))
        files.append(stage.put(file_path(artifact.address), artifact.data))
        end = perf_counter()
        costs.append(Cost(page.address, 1, end - start))
        templates.setdefault(page.template, []).append(end - start)
        start = end
    totals = tuple(Cost(name, len(seconds), sum(seconds)) for name, seconds in templates.items())
    return StagedShard(tuple(files), tuple(leaks), totals, dearest(costs))


def dearest(costs: Iterable[Cost], number: int = 10) -> tuple[Cost, ...]:
    """Return the costs of which most time went, dearest first."""
    return tuple(sorted(costs, key=lambda cost: (-cost.seconds, cost.name))[:number])


@cache
def _details_of(job: Job) -> DetailsReader:
    return DetailsReader(job.cache, job.program)


def close_details(job: Job) -> None:
    """Let go of the cache of a job, whose layout may be used again."""
    _details_of(job).close()


@cache
def stage_of(job: Job) -> FileStage:
    """Return what lays the files of a job beside the output folder."""
    return FileStage(job.out, job.work)


def forget_jobs() -> None:
    """Forget the layouts and stages of jobs that are done."""
    layout_of.cache_clear()
    _details_of.cache_clear()
    stage_of.cache_clear()


def _decode(name: str, data: bytes) -> Record:
    try:
        return _RECORD.decode(data)
    except msgspec.DecodeError as error:
        raise CacheLostError(f"it has lost {name}") from error
