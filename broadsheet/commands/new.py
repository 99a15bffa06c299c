"""`broadsheet new`."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from broadsheet.commands.asked import missing_extra, places_of, plural, print_problems
from broadsheet.commands.progress import Progress

if TYPE_CHECKING:
    from broadsheet.curating.filing import Filing
    from broadsheet.records.articles import Filed
    from broadsheet.sources.drafting import NewRecord
    from broadsheet.sources.extraction import Extracted


@click.command()
@click.argument("url")
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--title", metavar="TEXT", help="The headline.")
@click.option("--date", metavar="TIME", help="When the source published it: 2023-06-08T21:51:00+02:00")
@click.option("--excerpt", metavar="TEXT", help="The teaser.")
@click.option("--provider", "--source", metavar="NAME", help="Who published it.")
@click.option(
    "--topic", "topics", metavar="NAME", multiple=True, help="A topic, instead of those suggested. Repeatable."
)
@click.option("--edit", is_flag=True, help="Open the record in $VISUAL or $EDITOR.")
@click.option("--force", is_flag=True, help="Write it though the digest has the story already.")
@click.option("--allow-private", is_flag=True, help="Also fetch from this machine and private networks.")
def new(  # noqa: PLR0913, PLR0917 - one parameter an option
    url: str,
    site: Path | None,
    content: Path | None,
    title: str | None,
    date: str | None,
    excerpt: str | None,
    provider: str | None,
    topics: Sequence[str],
    edit: bool,
    force: bool,
    allow_private: bool,
) -> None:
    """Write a record of the story at URL, not published yet.

    The page is fetched and says headline, excerpt, date, provider and picture; what is given by options
    wins. With both --title and --date nothing is fetched. Topics are suggested by their names, synonyms
    and keywords. A story that the digest has already, by any of its addresses, is refused. Exit status:
    0 written, 1 not written, 2 wrong usage.

    \b
    Examples:
      broadsheet new https://example.org/news/map-archive
      broadsheet new https://example.org/news/map-archive my-digest --topic Libraries --edit
      broadsheet new https://example.org/report.pdf --title "A report" --date 2023-06-08
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.core.urls import web_url, without_tracking
    from broadsheet.curating.filing import read_filing
    from broadsheet.sources.extraction import Extracted

    site, content, _ = places_of(site, content, Path())
    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    try:
        address = web_url(url)
    except ValueError as error:
        raise click.BadParameter(f"'{url}': {error}", param_hint="URL") from error
    moment = _moment(date)
    with Progress() as progress:
        filing = read_filing(site, content, progress)
    if not force:
        _refuse_known(filing, [address])
    if title and moment:
        found = Extracted(url=without_tracking(address))
    else:
        found, came_from = _fetched(address, allows_private=allow_private)
        if not force:
            _refuse_known(filing, [came_from, found.url, found.amp_url])
    record = _record(found, title, moment, excerpt, provider)
    _file(record, topics, filing, content, found.notes, edit=edit)


def _moment(value: str | None) -> datetime | None:
    from broadsheet.core.dates import read_moment

    found = read_moment(value) if value is not None else None
    if value is not None and found is None:
        raise click.BadParameter(f"'{value}' is not a time such as 2023-06-08T21:51:00Z", param_hint="--date")
    return found[0] if found else None


def _fetched(url: str, *, allows_private: bool) -> "tuple[Extracted, str]":
    """Return what the page at a URL says, and the address at which it was found in the end."""
    from broadsheet.sources.extraction import extract

    try:
        from broadsheet.network.fetching import FetchError, Limits, fetch
    except ImportError as error:
        raise missing_extra("check") from error
    try:
        answer = fetch(url, Limits(allows_private=allows_private))
    except FetchError as error:
        hint = "--allow-private allows it" if error.failure == "refused" and not allows_private else _OFFLINE
        _fail(f"{url}: {error}", hint)
    return extract(answer.body, answer.headers.get("content-type", ""), answer.url), answer.url


_OFFLINE = "with --title and --date the record is written without fetching the page"


def _refuse_known(filing: "Filing", urls: Iterable[str]) -> None:
    from broadsheet.curating.collecting import same_story

    known = same_story(filing.records, urls)
    if known is not None:
        state = "" if known.is_published else ", which is not published"
        where = known.article.location
        _fail(f"the digest has this story already: {where}{state}", "--force writes another record of it")


def _record(
    found: "Extracted", title: str | None, moment: datetime | None, excerpt: str | None, provider: str | None
) -> "NewRecord":
    """Return what the record is to say: what was given, else what was found."""
    from broadsheet.core.text import clean, fold_space
    from broadsheet.sources.drafting import NewRecord

    def line(given: str | None, otherwise: str) -> str:
        return fold_space(clean(given)[0]) if given else otherwise

    title, moment = line(title, found.title), moment or found.published
    if not title or moment is None:
        for note in found.notes:
            click.echo(f"note: {note}", err=True)
        missing = " and ".join([*([] if title else ["no headline"]), *([] if moment else ["no date"])])
        _fail(f"{found.url}: the page names {missing}", "give --title or --date")
    return NewRecord(
        title=title,
        url=found.url,
        published=moment,
        excerpt=line(excerpt, found.excerpt),
        kind=found.kind,
        provider=line(provider, found.provider),
        image=found.image,
        amp_url=found.amp_url,
    )


def _file(  # noqa: PLR0913 - the whole of what is printed
    record: "NewRecord",
    topics: Sequence[str],
    filing: "Filing",
    content: Path,
    notes: Sequence[str],
    *,
    edit: bool,
) -> None:
    """Write the record, and say what it says and what to do next."""
    from msgspec.structs import replace

    from broadsheet.core.diagnostics import has_errors
    from broadsheet.core.escapes import printable
    from broadsheet.core.text import clean, fold_space
    from broadsheet.curating.collecting import file_record, suggested

    given = tuple(name for topic in topics if (name := fold_space(clean(topic)[0])))
    offered = suggested(record, filing)
    record = replace(record, topics=given or offered)
    try:
        path, filed, problems = file_record(record, content)
    except OSError as error:
        _fail(f"cannot write the record: {error.strerror or error}")
    for line in _said(record, filed, filing, [name for name in offered if name not in record.topics]):
        click.echo(printable(line))
    print_problems(problems, "text")
    if has_errors(filing.problems):
        errors = {problem.location.path for problem in filing.problems if problem.severity == "error"}
        notes = [*notes, f"{plural(len(errors), 'file')} cannot be read: whether the story is there is not known"]
    for note in notes:
        click.echo(printable(f"note: {note}"))
    click.echo(f"next: read it, then broadsheet publish {shlex.quote(filed.article.location.path)}")
    if edit:
        _open_editor(path)


def _said(record: "NewRecord", filed: "Filed", filing: "Filing", others: Sequence[str]) -> Iterator[str]:
    from broadsheet.curating.collecting import relatives
    from broadsheet.sources.drafting import written_moment

    article = filed.article
    yield f"wrote {article.location.path}"
    yield f"  title:    {article.title}"
    yield f"  date:     {written_moment(record.published)}"
    yield f"  provider: {article.provider.name} ({article.provider.domain})"
    yield f"  topics:   {', '.join(record.topics) or 'none suggested'}"
    if others:
        yield f"  perhaps:  {', '.join(others)}"
    related = relatives(article.brief, filing)
    if related:
        yield "related stories, which its sidebar finds by itself:"
        yield from (f"  {found.article.location.path}: {found.article.title} ({found.reason})" for found in related)


def _open_editor(path: Path) -> None:
    """Open a file in the curator's editor: a program and its arguments, never a line for a shell."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        _fail("there is no editor to open", "set VISUAL or EDITOR; the record is written")
    try:
        # Quotation marks group; on Windows backslashes are no escapes.
        words = [word.strip('"') for word in shlex.split(editor, posix=os.name != "nt")]
        status = subprocess.run([*words, str(path)], check=False).returncode  # noqa: S603 - the curator's own choice
    except (OSError, ValueError) as error:
        _fail(f"cannot start '{editor}': {error}", "the record is written")
    if status:
        _fail(f"'{editor}' ended with status {status}", "the record is written")


def _fail(message: str, hint: str = "") -> NoReturn:
    from broadsheet.core.escapes import printable

    click.echo(printable(f"broadsheet: error: {message}"), err=True)
    if hint:
        click.echo(f"    hint: {hint}", err=True)
    sys.exit(1)
