"""Layouts: a site before it is rendered, laid out from the records and all else that it is made of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.language import Words
from broadsheet.core.model import Article, Brief, Config, Draft, Embed, Image, Leaf, Pin, Theme, Topic, texts_of
from broadsheet.core.seals import runs_of
from broadsheet.editing.digest import Digest, Matter, edit, is_due
from broadsheet.editing.marks import Marks, marks_of, noted
from broadsheet.files.cache import Cache, CacheLostError
from broadsheet.records.articles import Parsed
from broadsheet.rendering.audit import Audit
from broadsheet.rendering.plan import describe_site, plan
from broadsheet.site.pages import Claims, Page, claim
from broadsheet.site.search import FOLDER, Volume, volumes_of
from broadsheet.site.views import Site

INPUTS = "inputs"
"""The key under which the cache holds the inputs besides the records."""


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the cache holds of a record for the desk: the result of parsing it, in brief, and its marks.

    `seal` is that of what the record seals, and `runs` are the hashes in its texts that could be a seal.
    """

    parsed: Parsed[Brief | Draft]
    marks: Marks | None
    seal: bytes = b""
    runs: tuple[bytes, ...] = ()


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


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """Everything but the records that a site is made of; `prefix` stands before their names in their paths.

    `indexer` names the program that makes the search index, and `inliner` the one that mails need; without one there
    is none. `has_drafts` tells that what
    is not due is shown too, with a notice.
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
    has_drafts: bool = False


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
    drawn: "Drawn"


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a layout was drawn from, and what came of it on the way, for one that is to be drawn after a change.

    `desk_problems` are the desk's, `planned` all pages that were planned, and `claims` what became of these.
    """

    inputs: Inputs
    records: list[Brief | Draft]
    desk_problems: list[Diagnostic]
    planned: list[Page]
    claims: Claims


def encode_record(parsed: Parsed[Article | Draft], seal: bytes) -> tuple[bytes, bytes]:
    """Part what the desk decides by, a Record, from what only pages show, Details; nothing of a draft is shown.

    `seal` is that of what the record seals.
    """
    article = parsed.value
    if not isinstance(article, Article):
        return _ENCODER.encode(Record(Parsed(value=article, problems=parsed.problems), None, seal)), b""
    runs = runs_of(texts_of(article))
    record = Record(Parsed(value=article.brief, problems=parsed.problems), marks_of(article), seal, runs)
    details = Details(*[getattr(article, name) for name in Details.__struct_fields__])
    return _ENCODER.encode(record), _ENCODER.encode(details)


def _join(brief: Brief, data: bytes) -> Article:
    """Put an article together again. Raises CacheLostError where the data are not its details."""
    try:
        details = _DETAILS.decode(data)
    except msgspec.DecodeError as error:
        raise CacheLostError(f"it has lost the details of {brief.location.path}") from error
    return Article(**msgspec.structs.asdict(brief), **msgspec.structs.asdict(details))


def load_inputs(cache: Cache) -> tuple[Inputs, list[Record]]:
    """Return what a site is made of, as a cache holds it. Raises CacheLostError where it does not hold it all."""
    inputs = cache.get(INPUTS, Inputs)
    if inputs is None:
        raise CacheLostError("it has lost the inputs")
    records = [decode_record(name, data) for name, data in cache.rows()]
    if len(records) != inputs.records:
        raise CacheLostError(f"it has lost {inputs.records - len(records)} records")
    return inputs, records


def lay_out(
    inputs: Inputs, found: Iterable[Record], details: Callable[[str], bytes], last: Layout | None = None
) -> Layout:
    """Lay out the site that is made of inputs and records. `details` finds the details of a record by its name.

    `last` may be a layout from before a change. What the change cannot have touched is taken from it; the result is
    the same.
    """
    admitted = _admit(found, inputs)
    records = admitted.records
    later = [record.published for record in records if isinstance(record, Brief) and not is_due(record, inputs.now)]
    now = max([inputs.now, *later]) if inputs.has_drafts else inputs.now
    digest, desk_problems = _decide(admitted, inputs, now, last)
    words = Words(inputs.config.language, inputs.theme.catalog)
    if last is not None and last.digest is digest and _are_same_words(last.drawn.inputs, inputs):
        whole, site, volumes, planned = last.whole, last.site, last.volumes, last.drawn.planned
    else:
        start = len(inputs.prefix)

        def whole(brief: Brief) -> Article:
            return _join(brief, details(brief.location.path[start:]))

        site = describe_site(digest, words)
        volumes = volumes_of(digest, inputs.indexer, whole)
        planned = plan(digest, site, whole, words, volumes, inputs.inliner)
    claims = _claim(planned, inputs.static, [FOLDER] if volumes else [], last)
    shown = {page.address for page in claims.pages}
    hidden = [r for r in records if isinstance(r, Draft) or not is_due(r, now)]
    withheld = {record.address: record.location.path for record in hidden if record.address not in shown}
    audit = Audit(inputs.config.base_url, withheld, admitted.seals)
    return Layout(
        digest=digest,
        whole=whole,
        site=site,
        theme=inputs.theme,
        pages=claims.pages,
        volumes=volumes,
        static={address: inputs.static[address] for address in claims.static},
        problems=(*admitted.problems, *desk_problems, *claims.problems),
        audit=audit,
        leaks=tuple(_leaks(audit, digest, inputs, admitted.runs)),
        since=max(_began(digest), default=None),
        until=min(_will_change(digest, later), default=None),
        drawn=Drawn(inputs=inputs, records=records, desk_problems=desk_problems, planned=planned, claims=claims),
    )


def _claim(planned: list[Page], static: Mapping[str, str], reserved: list[str], last: Layout | None) -> Claims:
    """Give pages and static files their addresses, or those that they got before, where they want the same ones."""
    if last is not None and (last.drawn.inputs.static, bool(last.volumes)) == (static, bool(reserved)):
        before, claims = last.drawn.planned, last.drawn.claims
        if planned is before:
            return claims
        are_all_there = len(claims.pages) == len(before) and not claims.problems
        if are_all_there and [page.address for page in planned] == [page.address for page in before]:
            return msgspec.structs.replace(claims, pages=tuple(planned))
    # A static file may take the place of a page for machines, but not of one for readers.
    wanted = (page for page in planned if page.address not in static or page.template.endswith(".html"))
    return claim(wanted, {address: Location(path) for address, path in static.items()}, reserved)


class _Admitted(msgspec.Struct, frozen=True):
    """The records that get to the desk, their marks by the paths of their files, and what is wrong with records.

    `seals` are those of all records, and `runs` what could be one in their texts, by the paths of their files.
    """

    records: list[Brief | Draft]
    marks: dict[str, Marks]
    problems: list[Diagnostic]
    seals: set[bytes]
    runs: dict[str, tuple[bytes, ...]]


def _admit(found: Iterable[Record], inputs: Inputs) -> _Admitted:
    admitted = _Admitted([], {}, [], set(), {})
    for record in found:
        value = record.parsed.value
        if record.seal:
            admitted.seals.add(record.seal)
        if record.parsed.problems:
            admitted.problems.extend(record.parsed.problems)
        if value is None or (record.parsed.problems and inputs.is_strict):
            continue
        if isinstance(value, Brief) and record.marks is not None:
            if inputs.has_drafts and not is_due(value, inputs.now):
                value = msgspec.structs.replace(value, notice="future")
            marks = noted(record.marks, value.notice) if value.notice else record.marks
            admitted.marks[value.location.path] = marks
            if record.runs:
                admitted.runs[value.location.path] = record.runs
        admitted.records.append(value)
    return admitted


def _decide(admitted: _Admitted, inputs: Inputs, now: datetime, last: Layout | None) -> tuple[Digest, list[Diagnostic]]:
    """Return what the desk decides, or decided before where it has the same to decide by."""
    if last is None or not _is_same_desk(last, admitted.records, inputs):
        matter = Matter(topics=inputs.topics, leaves=inputs.leaves, pins=inputs.pins)
        return edit(admitted.records, matter, inputs.config, now, admitted.marks)
    marks = {article.id: admitted.marks[article.location.path] for article in last.digest.articles}
    digest = last.digest if marks == last.digest.marks else last.digest.remarked(marks)
    return digest, last.drawn.desk_problems


def _is_same_desk(last: Layout, records: list[Brief | Draft], inputs: Inputs) -> bool:
    """Whether the desk has the same to decide by: articles in brief, topics, pages, settings, and what is due."""
    before = last.drawn.inputs
    is_since = inputs.has_drafts or last.since is None or last.since <= inputs.now
    is_time = is_since and (last.until is None or inputs.now < last.until)
    told = (before.topics, before.leaves, before.pins, before.config, before.has_drafts)
    return (
        is_time
        and told == (inputs.topics, inputs.leaves, inputs.pins, inputs.config, inputs.has_drafts)
        and last.drawn.records == records
    )


def _are_same_words(before: Inputs, inputs: Inputs) -> bool:
    """Whether pages that show the same say it in the same words, and find it by the same index."""
    return (before.theme.catalog, before.indexer, before.inliner, before.prefix) == (
        inputs.theme.catalog,
        inputs.indexer,
        inputs.inliner,
        inputs.prefix,
    )


def _began(digest: Digest) -> Iterator[datetime]:
    """Yield the last times at which what is published became due."""
    yield from (article.published for article in digest.articles[:1])
    yield from (edition.end for edition in digest.editions.all[:1])


def _will_change(digest: Digest, later: Iterable[datetime]) -> Iterator[datetime]:
    """Yield the next times at which more will be due; `later` are those of articles."""
    yield from later
    if digest.editions.next_end is not None:
        yield digest.editions.next_end


def _leaks(audit: Audit, digest: Digest, inputs: Inputs, runs: Mapping[str, tuple[bytes, ...]]) -> Iterator[Diagnostic]:
    """Yield a problem for each text that a site is made of and that names what is not published, or is sealed."""
    for article in digest.articles:
        if article.mentions:
            yield from audit.named(article.mentions, article.location)
        if article.location.path in runs:
            yield from audit.sealed(runs[article.location.path], article.location)
    for leaf in digest.leaves:
        yield from audit.texts(texts_of(leaf), leaf.location)
    for entry in digest.topics:
        yield from audit.texts(texts_of(entry.topic), entry.topic.location)
    for pin in inputs.pins:
        yield from audit.texts(texts_of(pin), pin.location)
    yield from audit.texts(texts_of(inputs.config), Location("site.yaml"))
    for place, template in dict.fromkeys((place, text) for _, place, text in inputs.theme.templates):
        yield from audit.texts(template.encode(), Location(place))


def decode_record(name: str, data: bytes) -> Record:
    """Return what a row of the cache holds. Raises CacheLostError where it holds nothing."""
    try:
        return _RECORD.decode(data)
    except msgspec.DecodeError as error:
        raise CacheLostError(f"it has lost {name}") from error
