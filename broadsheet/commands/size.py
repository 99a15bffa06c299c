"""`broadsheet size`."""

from pathlib import Path

import click

from broadsheet.commands.asked import moment


@click.command(short_help="Say how large a site is, and when it will meet limits.")
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The site; SITE/public otherwise.")
@click.option("--now", metavar="TIME", help="The month up to which growth is measured; the clock's otherwise.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", help="How it is printed."
)
@click.option("--plot", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Also draw it, as SVG.")
def size(site: Path | None, out: Path | None, now: str | None, form: str, plot: Path | None) -> None:
    """Say how large a built site is, by kinds of files, against the limits of GitHub Pages (1 GB, 10 minutes).

    How it will grow is worked out from the articles of the last twelve whole months, and what each brings. The range
    is that of any three months in a row. Exit status: 0, also where a limit is passed; 2 where there is no site.

    \b
    Examples:
      broadsheet size
      broadsheet size --format markdown >> "$GITHUB_STEP_SUMMARY"
      broadsheet size my-digest --plot size.svg
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    import json

    import msgspec

    from broadsheet.building.report import PACE, Pace
    from broadsheet.core.escapes import printable
    from broadsheet.files.cache import CACHE, Cache
    from broadsheet.files.disk import find_files, program_fingerprint
    from broadsheet.files.publication import work_folder
    from broadsheet.files.saving import write_file
    from broadsheet.site.sizeplots import as_lines, as_markdown, as_svg
    from broadsheet.site.sizes import sizes_of

    folder = out or (site or Path()) / "public"
    if not folder.is_dir():
        raise click.UsageError(f"There is no site in '{folder}'; build it first: broadsheet build")
    found = {path: stamp.size for path, stamp in find_files(str(folder)).items() if not path.endswith("/")}
    when = moment(now)
    cache = Cache(work_folder(folder.resolve()) / CACHE, program_fingerprint(), is_ours=False)
    pace = cache.get(PACE, Pace)
    cache.close()
    sizes = sizes_of(found, when, pace.last if pace else None, pace.cold if pace else None)
    if plot is not None:
        try:
            write_file(plot, as_svg(sizes, when, "Size of the site").encode())
        except OSError as error:
            raise click.UsageError(f"'{plot}' cannot be written: {error.strerror}") from error
    if form == "json":
        click.echo(json.dumps(msgspec.to_builtins(sizes), indent=2))
        return
    for line in as_lines(sizes) if form == "text" else as_markdown(sizes, when):
        click.echo(printable(line))
