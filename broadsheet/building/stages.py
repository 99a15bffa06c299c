"""The stages of a build, and their order: find, parse, lay out, compare, render, publish."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec

from broadsheet.building.indexing import GET_INDEXER, find_indexer, publish_index
from broadsheet.building.layouts import INPUTS, Inputs, Layout, lay_out, load_inputs
from broadsheet.building.materials import read_materials, rules_key
from broadsheet.building.processes import Pool, Processes, Workers, peak_memory
from broadsheet.building.report import PACE, Cost, Options, Pace, Profile, Report, Stage, Tell, tell_nobody
from broadsheet.building.shards import (
    LEAST,
    MTIME_STEP,
    Job,
    PageShard,
    ParsedShard,
    RecordShard,
    StagedShard,
    batches,
    close_details,
    dearest,
    forget_jobs,
    layout_of,
    parse_shard,
    render_shard,
    stage_pages,
    wary,
)
from broadsheet.building.standing import STANDING, Survey, stand
from broadsheet.checks.dossiers import Dossier
from broadsheet.core.diagnostics import ContentError, Diagnostic, Location, by_location, has_errors
from broadsheet.core.language import fallbacks
from broadsheet.core.model import Config
from broadsheet.files import disk
from broadsheet.files.cache import CACHE, Cache, CacheLostError, Made, Row
from broadsheet.files.disk import Stamp
from broadsheet.files.extras import GET_INLINER, find_inliner
from broadsheet.files.publication import (
    FileStage,
    Publication,
    Staged,
    work_folder,
)
from broadsheet.records.articles import Parsed, parse_leaf
from broadsheet.records.pins import parse_pin
from broadsheet.records.topics import parse_topic
from broadsheet.rendering.audit import at_their_source
from broadsheet.rendering.render import fingerprint, identity
from broadsheet.site.pages import file_path

A = TypeVar("A")

STAGES = ("look", "parse", "lay out", "compare", "render", "index", "publish", "note")
"""The stages by their names, in their order."""
_MADE = "made"
_RULES = "rules"
_MANY = 50
"""How many records or pages tell what each takes."""


def run_stages(  # noqa: PLR0913, PLR0917 - a whole build
    options: Options,
    out: Path,
    cache: Cache,
    survey: Survey,
    files: Callable[[], Mapping[str, Stamp]],
    started: float,
    tell: Tell,
    workers: Workers | None,
) -> Report:
    """Build a site with what a cache holds, and note there what can be used again; `tell` is told how far it is.

    `files` finds those of the output folder.

    Raises OutputError where the site cannot be written, and CacheLostError where the cache does not hold
    what it should; content errors are in the report.
    """
    forget_jobs()  # of the last build, and not at the end of this one: a process that ends need not clear up
    build = Build(options, out, cache, files, started, workers)
    build.clock.tell = tell
    try:
        return build.run(survey)
    except ContentError as error:
        return Report(problems=error.problems, outcome=None)
    finally:
        close_details(build.job)


def lay_out_alone(options: Options, tell: Tell = tell_nobody) -> tuple[Layout | None, tuple[Diagnostic, ...]]:
    """Lay a site out and write nothing: the layout, or None where errors keep it from being, and every problem.

    Nothing of earlier builds is used; the output folder need not be there.
    """
    forget_jobs()
    started = time.perf_counter()
    out = options.out.resolve()
    cache = Cache(None, disk.program_fingerprint())
    build = Build(options, out, cache, dict, started)
    build.clock.tell = tell
    try:
        return build.lay_out(disk.find_content(options.content)), tuple(build.problems)
    except ContentError as error:
        return None, error.problems


class Build:
    """One build: what it was asked, what it found, and its stages in their order.

    `dossiers` are those of the records, where it is a build that is only checked.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a whole build
        self,
        options: Options,
        out: Path,
        cache: Cache,
        files: Callable[[], Mapping[str, Stamp]],
        started: float,
        workers: Workers | None = None,
    ) -> None:
        self.options = options
        self.out = out
        self.work = work_folder(out)
        self.cache = cache
        self.files = files
        self.clock = _Clock(started)
        self.workers = workers or Processes(options.jobs)
        self.problems: list[Diagnostic] = []
        self.notes: list[str] = [cache.note] if cache.note else []
        self.made = cache.get(_MADE, dict[str, Made]) or {}
        if options.is_clean:
            # What is published is no reuse: it tells which files are ours to remove.
            self.made = {path: Made(b"", made.stamp) for path, made in self.made.items()}
            cache.forget()
        materials = read_materials(options.site, self.problems)
        self.materials = materials.at(options.base_url) if options.base_url else materials
        self.config, self.theme = self.materials.config, self.materials.theme
        self.indexer = find_indexer(self.config, self.problems)
        self.inliner = find_inliner(self.config, self.problems)
        # Without its settings and its theme a site would be another one: nothing to keep going with.
        self.is_sound = not self._counted(self.problems)
        self.parsed = 0
        self.is_for_check = False
        self.dossiers: list[Dossier] = []
        self.ledger = _Ledger()
        self.leaks: list[Diagnostic] = []

    def run(self, survey: Survey) -> Report:
        """Run every stage. Raises ContentError where something is in error that must not be."""
        self.clock.lap("look")
        content = survey.content
        layout = self.lay_out(content)
        publication, made, rendered = self._publish(layout)
        outcome = publication.finish()
        self.clock.lap("publish")
        digest = layout.digest
        report = Report(
            problems=tuple(self.problems),
            outcome=outcome,
            articles=len(digest.articles),
            withheld=len(content.articles) - len(digest.articles),
            topics=len(digest.topics),
            providers=len(digest.providers),
            parsed=self.parsed,
            rendered=rendered,
            notes=self._lasting_notes(bool(digest.editions.all)),
        )
        values: list[tuple[str, object]] = [(_MADE, {path: Made(i, outcome.files[path]) for path, i in made.items()})]
        values.append((PACE, self._pace(len(content.articles), len(layout.pages), rendered)))
        if survey.newest < self.clock.began - MTIME_STEP:
            values.append((STANDING, stand(survey, outcome.files, layout.since, layout.until, report)))
        try:
            self.cache.save([], (), values)
        except OSError as error:
            self.notes.append(f"the cache could not be written ({error.strerror}); the next build starts from nothing")
        if not self.cache.is_shared:
            self.notes.append("the cache could not be written; the next build starts from nothing")
        self.clock.lap("note")
        return msgspec.structs.replace(
            report,
            notes=(*outcome.notes, *report.notes, *self.notes),
            stages=tuple(self.clock.laps),
            profile=self.ledger.profile(),
        )

    def _pace(self, records: int, pages: int, rendered: int) -> Pace:
        """Say how long this build took so far; what few records or pages took says nothing, so that is kept."""
        before = self.cache.get(PACE, Pace) or Pace()
        took = {stage.name: stage.seconds for stage in self.clock.laps}
        return Pace(
            last=sum(took.values()),
            per_record=took["parse"] / self.parsed if self.parsed >= _MANY else before.per_record,
            per_page=took["render"] / rendered if rendered >= _MANY else before.per_page,
            records=records,
            pages=pages,
        )

    def lay_out(self, content: disk.Content) -> Layout:
        """Parse and lay out. Raises ContentError where something is in error that must not be."""
        self.problems.extend(content.problems)
        self.parse(content)
        self.clock.lap("parse")
        layout = self._lay_out()
        self.clock.lap("lay out")
        return layout

    def _lasting_notes(self, has_editions: bool) -> tuple[str, ...]:  # noqa: FBT001 - read where it is given
        notes = []
        if self.config.base_url == Config().base_url:
            notes.append(f"no base_url is set, so feeds and canonical links carry {self.config.base_url}")
        tag = fallbacks(self.config.language)[-1]
        if not self.theme.catalog and tag.lower() != "en":
            notes.append(f"the theme's words are English: there is no locale/{tag}.po")
        if self.config.search is None and not self.indexer:
            notes.append(f"there is no search index, since Pagefind is not installed: {GET_INDEXER}")
        if has_editions and self.config.mail.days and not self.inliner:
            notes.append(f"there are no mails of editions, since css-inline is not installed: {GET_INLINER}")
        return tuple(notes)

    def parse(self, content: disk.Content) -> None:
        """Parse what the cache does not know, and put everything that the site is made of into the cache."""
        options, rules = self.options, self.materials.rules()
        folder = str(options.content)
        prefix = content.prefix
        start = rules_key(rules, prefix)
        known = dict(self.cache.stamps()) if self.cache.get(_RULES, bytes) == start else {}
        changed = [
            (found, known[found.name][1] if found.name in known else b"")
            for found in content.articles
            if found.name not in known or known[found.name][0] != found.stamp
        ]
        shards = [
            RecordShard(folder, rules, start, tuple(part), self.is_for_check)
            for part in batches(changed, self.workers.jobs)
        ]
        read = partial(disk.read_each, options.content, problems=self.problems)
        topics = [parse_topic(source) for source in read(content.topics)]
        leaves = [parse_leaf(source, rules) for source in read(content.leaves)]
        pins = [parse_pin(source, rules) for source in read(content.editions)]
        stamps: list[tuple[str, Stamp]] = []
        unread: set[str] = set()

        def rows(parts: Iterable[ParsedShard]) -> Iterator[Row]:
            done = 0
            for part in parts:
                done += len(part.rows) + len(part.known)
                self.clock.count(done, len(changed))
                self.parsed += len(part.rows)
                self.problems += part.problems
                self.dossiers += part.dossiers
                self.ledger.records += part.slowest
                unread.update(problem.location.path.removeprefix(prefix) for problem in part.problems)
                stamps.extend((name, wary(stamp, self.clock.began)) for name, stamp in part.known)
                yield from (msgspec.structs.replace(row, stamp=wary(row.stamp, self.clock.began)) for row in part.rows)

        def gone() -> Iterator[str]:
            yield from known.keys() - ({found.name for found in content.articles} - unread)

        def values() -> Iterator[tuple[str, object]]:
            inputs = Inputs(
                config=self.config,
                theme=self.theme,
                static=self.materials.shown,
                topics=tuple(self._sound(topics)),
                leaves=tuple(self._sound(leaves)),
                pins=tuple(self._sound(pins)),
                records=len(content.articles) - len(unread),
                prefix=prefix,
                now=options.now,
                is_strict=options.is_strict,
                indexer=self.indexer,
                inliner=self.inliner,
            )
            yield from ((_RULES, start), (INPUTS, inputs))

        if not known:
            self.cache.forget()
        with self.workers.pool(len(shards), len(changed)) as pool:
            parts = map(parse_shard, shards) if pool is None else pool.map(parse_shard, shards)
            try:
                self.cache.save(rows(parts), gone(), values(), stamps)
            except OSError as error:
                raise CacheLostError(error.strerror) from error

    def _sound(self, found: Iterable[Parsed[A]]) -> Iterator[A]:
        """Yield what could be parsed, without what is in error; note every problem."""
        for item in found:
            self.problems.extend(item.problems)
            if item.value is not None and not self._counted(item.problems):
                yield item.value

    def _counted(self, problems: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return the problems that count as errors."""
        return [problem for problem in problems if self.options.is_strict or problem.severity == "error"]

    def _lay_out(self) -> Layout:
        """Lay the site out. Raises ContentError where there are errors by then, unless they are to be left out."""
        layout = layout_of(self.job) if self.cache.is_shared else lay_out(*load_inputs(self.cache), self.cache.details)
        self.problems += layout.problems
        self.problems.sort(key=by_location)
        if self.options.is_strict:
            self.problems = [msgspec.structs.replace(problem, severity="error") for problem in self.problems]
        if has_errors(self.problems) and not (self.options.keep_going and self.is_sound):
            raise ContentError(self.problems)
        if layout.leaks:
            raise ContentError([*self.problems, *layout.leaks])
        return layout

    @property
    def job(self) -> Job:
        """What other processes need to know of this build."""
        return Job(self.work / CACHE, self.cache.program, self.out, self.work)

    def _publish(self, layout: Layout) -> tuple[Publication, dict[str, bytes], int]:
        """Render what changed, ready to be published; also return the identities of all files."""
        # No page shows how serious the rules of `check` are.
        config = msgspec.structs.replace(self.config, checks=())
        shared = fingerprint(self.theme, layout.site, config, self.cache.program)
        publication = Publication(
            self.out, self.work, self.files(), {path: made.stamp for path, made in self.made.items()}
        )
        identities: dict[str, bytes] = {}
        stale = []
        for number, page in enumerate(layout.pages):
            path = file_path(page.address)
            identities[path] = identity(page, shared)
            made = self.made.get(path)
            if made and made.identity == identities[path] and publication.there.get(path) == made.stamp:
                publication.keep(path)
            else:
                stale.append(number)
        self.clock.lap("compare")
        try:
            for staged in self._render(layout, stale, publication.stage):
                publication.add(staged)
            for address, shown in layout.static.items():
                data = disk.read_source(self.materials.static[address], address).data
                self.leaks += layout.audit.texts(data, Location(shown))
                publication.put(file_path(address), data)
                identities[file_path(address)] = b""
        except ContentError as error:
            raise ContentError([*self.problems, *error.problems]) from error
        if self.leaks:
            addresses = {page.address for page in layout.pages}
            raise ContentError([*self.problems, *at_their_source(self.leaks, addresses)])
        self.clock.lap("render")
        identities.update(publish_index(layout, self.job, self._pool, self.made, publication))
        self.clock.lap("index")
        return publication, identities, len(stale)

    def _render(self, layout: Layout, stale: Sequence[int], stage: FileStage) -> Iterator[Staged]:
        """Render pages, here or in other processes."""
        shards = [PageShard(self.job, tuple(part)) for part in _page_batches(layout, stale, self.workers)]
        with self._pool(len(shards), len(stale)) as pool:
            here = (stage_pages(layout, shard.pages, stage) for shard in shards)
            done = 0
            for part in here if pool is None else pool.map(render_shard, shards):
                done += len(part.files)
                self.clock.count(done, len(stale))
                self.ledger.note(part)
                self.leaks += part.leaks
                yield from part.files

    def _pool(self, shards: int, items: int) -> AbstractContextManager[Pool | None]:
        """Give a pool for shards of the layout, which other processes find in the cache, if they can."""
        return self.workers.pool(shards, items) if self.cache.is_shared else nullcontext()


def _page_batches(layout: Layout, numbers: Sequence[int], workers: Workers) -> Iterator[Sequence[int]]:
    """Cut pages into pieces: first a large one of lists and feeds for each process, in the order of time.

    What is made for an article is then at hand for the other pages that show it.
    """
    lists: list[tuple[datetime, int]] = []
    others: list[int] = []
    for number in numbers:
        newest = layout.pages[number].newest
        if newest is None:
            others.append(number)
        else:
            lists.append((newest, number))
    lists.sort()
    size = min(max(-(-len(lists) // workers.jobs), LEAST), workers.most)
    for start in range(0, len(lists), size):
        yield [number for _, number in lists[start : start + size]]
    yield from batches(others, workers.jobs)


class _Ledger:
    """Adds up what shards cost."""

    def __init__(self) -> None:
        self.templates: dict[str, tuple[int, float]] = {}
        self.pages: list[Cost] = []
        self.records: list[Cost] = []

    def note(self, shard: StagedShard) -> None:
        for cost in shard.templates:
            times, seconds = self.templates.get(cost.name, (0, 0.0))
            self.templates[cost.name] = (times + cost.times, seconds + cost.seconds)
        self.pages += shard.slowest

    def profile(self) -> Profile:
        templates = [Cost(name, times, seconds) for name, (times, seconds) in self.templates.items()]
        return Profile(
            templates=dearest(templates, len(templates)), pages=dearest(self.pages), records=dearest(self.records)
        )


class _Clock:
    """Measures stages, in seconds, and tells of them; `began` is the time of day at the start, in nanoseconds."""

    def __init__(self, started: float) -> None:
        self.tell: Tell = tell_nobody
        self.began = time.time_ns() - int((time.perf_counter() - started) * 1e9)
        self._last = started
        self.laps: list[Stage] = []
        self._stage = STAGES[0]

    def lap(self, name: str) -> None:
        """End a stage; the next one begins."""
        now = time.perf_counter()
        self.laps.append(Stage(name, now - self._last, peak_memory()))
        self._last = now
        self._stage = dict(pairwise(STAGES)).get(name, name)
        self.tell(self._stage, 0, 0)

    def count(self, done: int, total: int) -> None:
        """Tell how much of the stage is done."""
        self.tell(self._stage, done, total)
