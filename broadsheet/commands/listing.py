"""`broadsheet list`."""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from broadsheet.commands.asked import moment, places_of, plural
from broadsheet.commands.progress import Progress

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from broadsheet.curating.filing import Filing
    from broadsheet.records.articles import Filed

Which = Literal["drafts", "published", "all"]
Wanted = Callable[["Filed"], bool]

_NAMED = 5
"""How many unreadable records are named."""
_PROVIDER = 24
_LEAST_WITH_PROVIDER, _LEAST = 32, 24
"""How many columns a headline gets at the least, before the provider, or the file, makes room."""


def _topic_names(context: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Complete the name of a topic that has a file."""
    from click.shell_completion import CompletionItem

    from broadsheet.curating.filing import read_topics

    _site, folder, _out = places_of(context.params.get("site"), context.params.get("content"), Path())
    names = sorted(topic.name for topic in read_topics(folder, []))
    return [CompletionItem(name) for name in names if name.casefold().startswith(incomplete.casefold())]


def _time(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    from broadsheet.core.dates import parse_timestamp

    try:
        return None if value is None else parse_timestamp(value)[0]
    except ValueError as error:
        raise click.BadParameter(f"'{value}': {error}") from error


@click.command("list", short_help="List the drafts, or other records.")
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--published", "which", flag_value="published", help="List what is published, not the drafts.")
@click.option("--all", "which", flag_value="all", help="List both.")
@click.option("--future", "when", flag_value="future", help="Only what is dated after now.")
@click.option("--due", "when", flag_value="due", help="Only what is not dated after now.")
@click.option("--topic", metavar="NAME", shell_complete=_topic_names, help="Only of this topic, or one below it.")
@click.option("--provider", metavar="NAME", help="Only of this provider, by its name or domain.")
@click.option("--quality", metavar="MIN", type=click.IntRange(min=0), help="Only with at least this quality.")
@click.option("--since", metavar="TIME", callback=_time, help="Only dated then or later: 2023-06-08")
@click.option("--now", metavar="TIME", help="What now is; SOURCE_DATE_EPOCH or the clock otherwise.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "tsv", "json"]),
    help="How it is printed; a table on a terminal, tab-separated lines otherwise.",
)
def list_records(  # noqa: PLR0913, PLR0917 - one parameter an option
    site: Path | None,
    content: Path | None,
    which: Which | None,
    when: Literal["future", "due"] | None,
    topic: str | None,
    provider: str | None,
    quality: int | None,
    since: datetime | None,
    now: str | None,
    form: Literal["table", "tsv", "json"] | None,
) -> None:
    """List the drafts of the digest in SITE, newest first; or other records.

    SITE is the current folder unless it is given. Records that cannot be read are counted at the end, on
    standard error. Tab-separated lines hold path, state, date, quality, provider and headline.

    \b
    Examples:
      broadsheet list
      broadsheet list --published --topic "Computer Vision" --since 2023-06-01
      broadsheet list my-digest --all --format json
      broadsheet list --quality 50 --format tsv | cut -f 1 | xargs -d '\\n' broadsheet publish
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.curating.filing import read_filing

    site, content, _ = places_of(site, content, Path())
    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    with Progress() as progress:
        filing = read_filing(site, content, progress)
    moment_now = moment(now)
    wanted: list[Wanted] = []
    if which != "all":
        wanted.append(lambda filed: filed.is_published == (which == "published"))
    if when is not None:
        wanted.append(lambda filed: (filed.article.published > moment_now) == (when == "future"))
    if topic is not None:
        wanted.append(_about(topic, filing))
    if provider is not None:
        name = provider.casefold().removeprefix("www.")
        wanted.append(lambda filed: name in {filed.article.provider.domain, filed.article.provider.name.casefold()})
    if quality is not None:
        wanted.append(lambda filed: filed.article.quality >= quality)
    if since is not None:
        wanted.append(lambda filed: filed.article.published >= since)
    found = [filed for filed in filing.records if all(is_wanted(filed) for is_wanted in wanted)]
    found.sort(key=lambda filed: (filed.article.published, filed.article.location), reverse=True)
    form = form or ("table" if sys.stdout.isatty() else "tsv")
    rows = [_Row(filed, moment_now, filing.config.timezone) for filed in found]
    lines = {"table": _as_table, "tsv": _as_tsv, "json": _as_json}[form]
    for line in lines(rows):
        click.echo(line.encode() if form == "json" else line)  # JSON is UTF-8, whatever the terminal's encoding is
    _print_unread(filing)


def _about(topic: str, filing: "Filing") -> Wanted:
    """Return what tells whether a record belongs to a topic, as its page would show it."""
    from difflib import get_close_matches

    from broadsheet.core.text import name_key
    from broadsheet.editing.taxonomy import Taxonomy

    taxonomy = Taxonomy(filing.topics, [filed.article for filed in filing.records], [])
    start = taxonomy.find(topic)
    if start is None:
        topics = [entry.topic for entry in taxonomy.entries([], {})]
        names = {name_key(name): t.name for t in topics for name in (*t.synonyms, t.name)}
        close = get_close_matches(name_key(topic), names, n=1)
        hint = f" Did you mean '{names[close[0]]}'?" if close else ""
        raise click.BadParameter(f"There is no topic '{topic}'.{hint}", param_hint="--topic")

    def is_about(filed: "Filed") -> bool:
        return any(start in taxonomy.branch(found) for found in taxonomy.resolve(filed.article))

    return is_about


class _Row:
    """What is said of a record."""

    def __init__(self, filed: "Filed", now: datetime, timezone: str) -> None:
        from broadsheet.core.dates import local_day
        from broadsheet.core.escapes import printable

        article = filed.article
        self.filed = filed
        self.path = printable(article.location.path)
        self.state = "draft" if not filed.is_published else "future" if article.published > now else "published"
        self.day = local_day(article.published, timezone).isoformat()
        self.quality = str(article.quality)
        self.provider = printable(article.provider.name)
        self.title = printable(article.title)


def _as_table(rows: Sequence[_Row]) -> Iterator[str]:
    """Yield a table that fits the terminal: a file's path stays whole, a headline is shortened."""
    from broadsheet.core.columns import pad, shorten, width

    if not rows:
        yield "There is nothing to list."
        return
    columns = shutil.get_terminal_size().columns
    has_states = len({row.state for row in rows}) > 1
    quality = max(len("QUALITY"), *(len(row.quality) for row in rows))
    paths = max(width(row.path) for row in rows)
    provider = min(max(len("PROVIDER"), *(width(row.provider) for row in rows)), _PROVIDER)
    room = columns - len("2023-06-08") - quality - 4 - (len("published") + 2 if has_states else 0)
    is_beside = room - paths - 2 >= _LEAST
    room -= paths + 2 if is_beside else 0
    has_provider = room - provider - 2 >= _LEAST_WITH_PROVIDER
    room -= provider + 2 if has_provider else 0
    room = max(min(room, max(width(row.title) for row in rows)), len("HEADLINE"))

    def line(row: Sequence[str]) -> str:
        day, score, state, title, name, path = row
        cells = [pad(day, len("2023-06-08")), score.rjust(quality)]
        cells += [pad(state, len("published"))] if has_states else []
        cells += [pad(shorten(title, room), room)]
        cells += [pad(shorten(name, provider), provider)] if has_provider else []
        cells += [path] if is_beside else []
        return "  ".join(cells).rstrip()

    yield click.style(line(("DATE", "QUALITY", "STATE", "HEADLINE", "PROVIDER", "FILE")), bold=True)
    for row in rows:
        yield line((row.day, row.quality, row.state, row.title, row.provider, row.path))
        if not is_beside:
            yield f"    {row.path}"
    yield f"{plural(len(rows), 'record')}."


def _as_tsv(rows: Sequence[_Row]) -> Iterator[str]:
    for row in rows:
        yield f"{row.path}\t{row.state}\t{row.day}\t{row.quality}\t{row.provider}\t{row.title}"


def _as_json(rows: Sequence[_Row]) -> Iterator[str]:
    import msgspec

    from broadsheet.core.dates import iso

    for row in rows:
        article = row.filed.article
        fields = {
            "path": article.location.path,
            "state": row.state,
            "title": article.title,
            "publishedDateTime": iso(article.published),
            "quality": article.quality,
            "heat": article.heat,
            "provider": {"name": article.provider.name, "domain": article.provider.domain},
            "topics": [topic.name for topic in article.topics],
            "url": article.url,
            "address": article.address,
            "id": article.id,
        }
        yield msgspec.json.encode(fields).decode()


def _print_unread(filing: "Filing") -> None:
    """Say which records are not listed since they are in error."""
    from broadsheet.core.escapes import printable

    read = {filed.article.location.path for filed in filing.records}
    errors = [problem for problem in filing.problems if problem.severity == "error"]
    unread = {p.location.path: p for p in reversed(errors) if p.location.path.endswith(".md")}
    left = [problem for path, problem in sorted(unread.items()) if path not in read]
    if not left:
        return
    click.echo(f"{plural(len(left), 'record')} cannot be read, and may be missing here:", err=True)
    for problem in left[:_NAMED]:
        click.echo(printable(f"  {problem.location}: {problem.message}"), err=True)
    if len(left) > _NAMED:
        click.echo(f"  and {len(left) - _NAMED:,} more; broadsheet build names them all", err=True)
