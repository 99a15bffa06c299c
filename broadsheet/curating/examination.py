"""The examination: all that a build would complain about, and what rules find besides; nothing is written."""

from collections.abc import Iterable, Iterator
from time import perf_counter

import msgspec

from broadsheet.building.layouts import Layout, lay_out, load_inputs
from broadsheet.building.processes import uncollected
from broadsheet.building.report import Options, Tell, tell_nobody
from broadsheet.building.stages import Build
from broadsheet.building.standing import look
from broadsheet.checks import rules, topicrules
from broadsheet.checks.dossiers import Dossier
from broadsheet.checks.rules import Material, Rule, judge, without_implied
from broadsheet.core.diagnostics import ContentError, Diagnostic, Location, by_location
from broadsheet.files import disk
from broadsheet.files.cache import Cache
from broadsheet.rendering.audit import at_their_source
from broadsheet.rendering.render import render
from broadsheet.site.pages import Page

CHECKS: tuple[Rule, ...] = (
    rules.same_story,
    rules.similar_headlines,
    topicrules.topic_spelling,
    topicrules.undefined_topics,
    topicrules.missing_topics,
    topicrules.empty_topics,
    rules.excerpts,
    rules.dates,
    rules.images,
    rules.repeated_images,
    rules.providers,
    rules.redirects,
    rules.layout,
)
"""The rules, each a function of all there is to what is wrong with it."""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, by location, and in what."""

    problems: tuple[Diagnostic, ...]
    material: Material


def examine(options: Options, tell: Tell = tell_nobody) -> Examination:
    """Examine a digest as a build would see it, and tell how far that is.

    One page of each template is rendered, and thrown away.

    Whether warnings count as errors is for the caller to say: `options` must be neither strict nor keep going.
    Raises OutputError where one of its processes is ended from outside.
    """
    with uncollected():
        build = Build(options, options.out, Cache(None, ""), dict, perf_counter())
        build.is_for_check = True
        build.clock.tell = tell
        survey = look(options)
        build.problems.extend(survey.content.problems)
        build.parse(survey.content)
        inputs, records = load_inputs(build.cache)
        tell("lay out", 0, 0)
        layout = lay_out(inputs, records, build.cache.details)
        built = [*build.problems, *layout.problems, *at_their_source(_leaks(build, layout), set())]
        if build.is_sound:
            built += _rendering(layout)
        material = Material(
            records=tuple(sorted(build.dossiers, key=_by_path)),
            topics=inputs.topics,
            leaves=layout.digest.leaves,
            config=build.config,
            now=options.now,
        )
        tell("rules", 0, 0)
        found = without_implied(judge(material, CHECKS), built)
    return Examination(problems=tuple(sorted({*built, *found}, key=by_location)), material=material)


def _leaks(build: Build, layout: Layout) -> Iterator[Diagnostic]:
    """Yield a problem for each text or static file that names what is not published, or cannot be read."""
    yield from layout.leaks
    for address, shown in layout.static.items():
        try:
            data = disk.read_source(build.materials.static[address], address).data
        except ContentError as error:
            yield from error.problems
        else:
            yield from layout.audit.texts(data, Location(shown))


def _rendering(layout: Layout) -> list[Diagnostic]:
    """Return what is wrong with templates, as far as one page of each shows it."""
    try:
        for _ in render(_one_of_each(layout.pages), layout.theme, layout.site):
            pass
    except ContentError as error:
        return list(error.problems)
    return []


def _one_of_each(pages: Iterable[Page]) -> list[Page]:
    first: dict[str, Page] = {}
    for page in pages:
        first.setdefault(page.template, page)
    return list(first.values())


def _by_path(record: Dossier) -> str:
    return record.path
