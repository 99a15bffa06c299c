"""`broadsheet edition`."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.commands.asked import base_url_of, moment, places_of, print_problems

if TYPE_CHECKING:
    from broadsheet.editions import Edition
    from broadsheet.layouts import Layout


@click.command()
@click.argument("which", default="latest", metavar="[EDITION]")
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--base-url", metavar="URL", help="Where the site is: https://user.github.io/digest/")
@click.option("--now", metavar="TIME", help="Which editions are over; SOURCE_DATE_EPOCH or the clock otherwise.")
@click.option("--pin", is_flag=True, help="Write its file, content/editions/EDITION.yaml, to be edited.")
@click.option("--pin-all", is_flag=True, help="Write a file for each edition that has none.")
def edition(  # noqa: PLR0913, PLR0917 - one parameter an option
    which: str,
    site: Path | None,
    content: Path | None,
    base_url: str | None,
    now: str | None,
    pin: bool,
    pin_all: bool,
) -> None:
    """Show an edition, or pin it.

    EDITION is a day such as 2026-11-24, a week such as 2026-W48, or latest, latest-daily or latest-weekly. Without an
    option its stories are printed in their order. Exit status: 0 done, 1 there is no such edition or
    the digest has errors, 2 wrong usage.

    \b
    Examples:
      broadsheet edition
      broadsheet edition 2026-W48 my-digest
      broadsheet edition 2026-11-24 --pin
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.pinning import PinError, write_pins

    site, content, _ = places_of(site, content, Path("public"))
    layout = _layout(site, content, base_url_of(base_url), moment(now))
    if pin_all:
        chosen = [found for found in layout.digest.editions.all if found.pin is None]
    else:
        chosen = [_chosen(layout, which)]
    try:
        if pin or pin_all:
            for path in write_pins(layout.digest, chosen, content):
                click.echo(f"wrote {path}")
            return
    except PinError as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    _show(layout, chosen[0])


def _layout(site: Path, content: Path, base_url: str | None, now: datetime) -> "Layout":
    """Lay the site out; ends the process with the problems where it has errors."""
    from broadsheet.report import Options
    from broadsheet.stages import lay_out_alone

    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    options = Options(site=site, content=content, out=site / "public", now=now, base_url=base_url)
    layout, problems = lay_out_alone(options)
    if layout is None:
        print_problems(problems, "text")
        sys.exit(1)
    return layout


def _chosen(layout: "Layout", which: str) -> "Edition":
    """Return the edition of a name; ends the process where there is none."""
    from broadsheet.periods import KINDS, parse_period

    editions = layout.digest.editions
    names = {"latest": editions.all, **{f"latest-{kind}": editions.of(kind) for kind in KINDS}}
    if which in names:
        found = names[which][:1]
    else:
        try:
            period = parse_period(which)
        except ValueError as error:
            raise click.BadParameter(f"'{which}': {error}", param_hint="EDITION") from error
        found = tuple(edition for edition in editions.all if edition.period == period)
    if not found:
        click.echo(f"broadsheet: error: there is no edition '{which}'", err=True)
        sys.exit(1)
    return found[0]


def _show(layout: "Layout", chosen: "Edition") -> None:
    from broadsheet.editions import contents_of

    digest = layout.digest
    found = contents_of(chosen, digest.topics_of, digest.config.editions)
    pinned = f", pinned by {chosen.pin.location.path}" if chosen.pin else ""
    considered = len(found.chosen) + len(found.rest)
    click.echo(f"{chosen.period.name}, No. {chosen.number}: {len(found.chosen)} of {considered} stories{pinned}")
    click.echo(f"\n  {found.lead.title} ({found.lead.provider.name})")
    for group in found.groups:
        click.echo(f"\n{group.title or 'More stories'}")
        for story in group.stories:
            click.echo(f"  {story.title} ({story.provider.name})")
    if found.rest:
        click.echo("\nAlso published")
        for story in found.rest:
            click.echo(f"  {story.title} ({story.provider.name})")
