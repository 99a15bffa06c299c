"""The curator's files, all of them, as they are: for those who check, list and change them. Nothing here publishes."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from broadsheet.building.materials import read_config, rules_of, theme_folders
from broadsheet.building.report import Tell, tell_nobody
from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.core.model import Config, Source, Topic
from broadsheet.files import disk
from broadsheet.records.articles import Filed, Rules, parse_filed
from broadsheet.records.topics import parse_topic


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A digest's files: settings, topics and records that could be read, and what is wrong with the others."""

    config: Config
    topics: tuple[Topic, ...]
    records: tuple[Filed, ...]
    problems: tuple[Diagnostic, ...]


def read_filing(site: Path, content: Path, tell: Tell = tell_nobody) -> Filing:
    """Read a digest's settings, topics and records, in the order of their paths, and tell how far that is."""
    problems: list[Diagnostic] = []
    config = read_config(site, problems)
    found = disk.find_content(content)
    problems += found.problems
    rules = _rules(site, config, problems)
    topics = _topics(content, found.topics, problems)
    records = []
    for number, source in enumerate(disk.read_each(content, found.articles, problems), 1):
        records.append(parse_filed(source, rules))
        tell("read", number, len(found.articles))
    problems += [problem for parsed in records for problem in parsed.problems]
    return Filing(
        config=config,
        topics=topics,
        records=tuple(parsed.value for parsed in records if parsed.value is not None),
        problems=tuple(problems),
    )


def read_topics(content: Path, problems: list[Diagnostic]) -> tuple[Topic, ...]:
    """Read the topics of a content folder, in the order of their files."""
    return _topics(content, disk.find_content(content).topics, problems)


def _topics(content: Path, files: Iterable[disk.Found], problems: list[Diagnostic]) -> tuple[Topic, ...]:
    topics = [parse_topic(source) for source in disk.read_each(content, files, problems)]
    problems += [problem for parsed in topics for problem in parsed.problems]
    return tuple(parsed.value for parsed in topics if parsed.value is not None)


def read_record(path: Path) -> tuple[Source, Rules]:
    """Read one file that should be a record, and by which rules it is read: those of the digest in which it lies.

    Raises ContentError where it cannot be read, or is another kind of file.
    """
    shown = disk.shown_path(path)
    site, content = home_of(path)
    name = Path(os.path.abspath(path)).relative_to(content).as_posix()  # noqa: PTH100 - resolve() would follow links
    kind = disk.content_kind(name)
    if path.exists() and (kind != "article" or not path.is_file()):
        what = {"topic": "a topic", "leaf": "a page of the site's own", "edition": "an edition"}.get(
            kind or "", "no record"
        )
        message = f"this is {'a folder' if path.is_dir() else what}"
        hint = "give the Markdown files of articles, such as content/news/2023-06-08-a-story.md"
        raise ContentError([Diagnostic(code="not-a-record", message=message, location=Location(shown), hint=hint)])
    source = disk.read_source(path, name, disk.SIZE_LIMIT)
    unread: list[Diagnostic] = []  # what is wrong with settings and theme is not asked here
    return source, _rules(site, read_config(site, unread), unread)


def home_of(path: Path) -> tuple[Path, Path]:
    """Return the site and the content folder in which a file lies, whether or not it is there.

    The nearest folder above it that is called `content` or has a `site.yaml` tells; without either it is its own one.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    for folder in path.parents:
        if folder.name == "content":
            return folder.parent, folder
        if (folder / "site.yaml").is_file():
            return folder, folder
    return path.parent, path.parent


def _rules(site: Path, config: Config, problems: list[Diagnostic]) -> Rules:
    folders = theme_folders(site, config, problems)
    return rules_of(config, disk.read_theme((folder / "templates" for folder in folders), problems))
