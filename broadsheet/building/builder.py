"""The composition: where nothing changed, nothing is done; else the stages, in the order that they know."""

from pathlib import Path
from time import perf_counter

from broadsheet.building.processes import Workers, finding, uncollected
from broadsheet.building.report import Options, Report, Tell, tell_nobody
from broadsheet.building.standing import STANDING, Standing, again, look, stands
from broadsheet.building.themes import named_theme
from broadsheet.files import disk
from broadsheet.files.cache import CACHE, Cache, CacheLostError
from broadsheet.files.publication import OutputError, locked, output_errors, recover, work_folder


def build(options: Options, tell: Tell = tell_nobody, workers: Workers | None = None) -> Report:
    """Build a site, and tell how far it is. Without workers of its own it starts the processes that it is asked for.

    Raises OutputError where it cannot be written; content errors are in the report.
    """
    started = perf_counter()
    out = options.out.resolve()
    _check_places(options, out)
    work = work_folder(out)
    with locked(work), output_errors(out), uncollected():
        program = disk.program_fingerprint()
        for path in (work / CACHE, work / CACHE, None):
            recover(out, work)
            cache = Cache(path, program)
            try:
                return _build(options, out, cache, started, tell, workers)
            except CacheLostError as error:
                note = f"the cache could not be used ({error})"
                cache.forget()
            finally:
                cache.close()
        raise OutputError(note)


def _build(  # noqa: PLR0913, PLR0917 - a whole build
    options: Options, out: Path, cache: Cache, started: float, tell: Tell, workers: Workers | None
) -> Report:
    standing = cache.get(STANDING, Standing)
    with finding(out, standing.pages if standing is not None and options.jobs != 1 else 0) as files:
        survey = look(options)
        if standing is not None and not options.is_clean and stands(standing, options.now, survey, files):
            return again(standing, started)
        # The stages load what parses and renders, which takes longer than to see that nothing changed.
        from broadsheet.building.stages import run_stages  # noqa: PLC0415

        return run_stages(options, out, cache, survey, files, started, tell, workers)


def _check_places(options: Options, out: Path) -> None:
    content, site = options.content.resolve(), options.site.resolve()
    if not content.is_dir():
        raise OutputError(f"there is no content folder {disk.shown_path(options.content)}")
    themes = [folder.resolve() for folder in named_theme(site)]
    for place, name in ((content, "content"), (site, "site"), *((theme, "theme") for theme in themes)):
        if place.is_relative_to(out):
            raise OutputError(f"the output folder {disk.shown_path(out)} holds the {name} folder; choose another --out")
    for place, name in ((content, "content"), (site / "static", "static"), (site / "templates", "templates")):
        if out.is_relative_to(place):
            raise OutputError(
                f"the output folder {disk.shown_path(out)} lies in the {name} folder; choose another --out"
            )
    if any(out.is_relative_to(theme / name) for theme in themes for name in disk.THEME_FOLDERS):
        raise OutputError(f"the output folder {disk.shown_path(out)} lies in the theme folder; choose another --out")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{disk.shown_path(out)} is a file; choose another --out")
