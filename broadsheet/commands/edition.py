"""`broadsheet edition`."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.commands.asked import base_url_of, moment, places_of, print_problems
from broadsheet.commands.progress import Progress

if TYPE_CHECKING:
    from broadsheet.building.layouts import Layout
    from broadsheet.editing.editions import Edition
    from broadsheet.mail.letters import Letter

_NOBODY = "nobody@invalid"
"""Who sends a message that is only written to a file, where no setting says who does."""


@click.command()
@click.argument("which", default="latest", metavar="[EDITION]")
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--base-url", metavar="URL", help="Where the site is: https://user.github.io/digest/")
@click.option("--now", metavar="TIME", help="Which editions are over; SOURCE_DATE_EPOCH or the clock otherwise.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The site; SITE/public otherwise.")
@click.option("--eml", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True), help="Write it as a message.")
@click.option("--send", is_flag=True, help="Send it by SMTP, once; docs/mail.md lists the variables that say where.")
@click.option("--force", is_flag=True, help="With --send: also to whom it was sent already.")
@click.option(
    "--within",
    metavar="DAYS",
    type=click.IntRange(min=1),
    default=7,
    help="With --send: only if it ended at most so many days ago; 7 otherwise.",
)
@click.option("--pin", is_flag=True, help="Write its file, content/editions/EDITION.yaml, to be edited.")
@click.option("--pin-all", is_flag=True, help="Write a file for each edition that has none.")
def edition(  # noqa: PLR0913, PLR0917 - one parameter an option
    which: str,
    site: Path | None,
    content: Path | None,
    base_url: str | None,
    now: str | None,
    out: Path | None,
    eml: Path | None,
    send: bool,
    force: bool,
    within: int,
    pin: bool,
    pin_all: bool,
) -> None:
    """Show an edition, write it as a message, send it, or pin it.

    EDITION is a day such as 2026-11-24, a week such as 2026-W48, or latest, latest-daily or latest-weekly. Without an
    option its stories are printed in their order. Exit status: 0 done, 1 there is no such edition or
    the digest has errors, 2 wrong usage.

    \b
    Examples:
      broadsheet edition
      broadsheet edition 2026-W48 my-digest
      broadsheet edition 2026-11-24 --pin
      broadsheet edition latest --eml edition.eml
      broadsheet edition latest-weekly --send
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.curating.pinning import PinError, write_pins

    if sum((pin, pin_all, send, eml is not None)) > 1:
        raise click.UsageError("--pin, --pin-all, --eml and --send are given one at a time.")
    site, content, out = places_of(site, content, out or (site or Path()) / "public")
    time = moment(now)
    layout = _layout(site, content, base_url_of(base_url), time)
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
    if eml is None and not send:
        _show(layout, chosen[0])
        return
    if eml is not None:
        _write(layout, chosen[0], eml)
    else:
        if not force and time - chosen[0].end > timedelta(days=within):
            click.echo(f"{chosen[0].period.name} ended more than {within} days ago; --within or --force sends it")
            return
        _send(layout, chosen[0], out, is_forced=force)


def _write(layout: "Layout", chosen: "Edition", path: Path) -> None:
    """Write an edition as a message; ends the process where that is not possible."""
    from broadsheet.mail.letters import compose

    mail = layout.digest.config.mail
    try:
        data = compose(_letter(layout, chosen, mail.sender or _NOBODY, ())).as_bytes()
        if path == Path("-"):
            click.echo(data, nl=False)
            return
        path.write_bytes(data)
    except OSError as error:
        click.echo(f"broadsheet: error: cannot write {path}: {error.strerror}", err=True)
        sys.exit(1)
    click.echo(f"wrote {path}")


def _send(layout: "Layout", chosen: "Edition", out: Path, *, is_forced: bool) -> None:
    """Send an edition to those who have not got it; ends the process where that fails."""
    import os

    from broadsheet.curating.sending import SendError, missing, send, server_of
    from broadsheet.files.publication import work_folder
    from broadsheet.mail.letters import compose

    work, config = work_folder(out.resolve()), layout.digest.config
    try:
        server = server_of(os.environ, config.mail.sender)
        letter = _letter(layout, chosen, server.sender, server.recipients)
        recipients = server.recipients if is_forced else missing(letter.id, server.recipients, work)
        if not recipients:
            click.echo(f"{chosen.period.name} was sent already; --force sends it again")
            return
        send(compose(letter), letter.id, recipients, server, work)
    except (SendError, ValueError) as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    click.echo(f"{chosen.period.name}: sent to {', '.join(recipients)}")


def _letter(layout: "Layout", chosen: "Edition", sender: str, recipients: tuple[str, ...]) -> "Letter":
    """Return an edition as a letter; ends the process where what mails need is not installed."""
    from broadsheet.curating.posting import letter_of
    from broadsheet.files.extras import GET_INLINER, has_inliner

    if not has_inliner():
        click.echo(f"broadsheet: error: css-inline, which mails need, is not installed: {GET_INLINER}", err=True)
        sys.exit(2)
    return letter_of(layout, chosen, sender, recipients)


def _layout(site: Path, content: Path, base_url: str | None, now: datetime) -> "Layout":
    """Lay the site out; ends the process with the problems where it has errors."""
    from broadsheet.building.report import Options
    from broadsheet.building.stages import lay_out_alone

    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    options = Options(site=site, content=content, out=site / "public", now=now, base_url=base_url)
    with Progress() as progress:
        layout, problems = lay_out_alone(options, progress)
    if layout is None:
        print_problems(problems, "text")
        sys.exit(1)
    return layout


def _chosen(layout: "Layout", which: str) -> "Edition":
    """Return the edition of a name; ends the process where there is none."""
    from broadsheet.core.periods import KINDS, parse_period

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
    from broadsheet.editing.editions import contents_of

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
