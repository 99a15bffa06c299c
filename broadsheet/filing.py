"""The curator's files, all of them, as they are: for those who check, list and change them. Nothing here publishes."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from broadsheet import disk
from broadsheet.articles import Filed, Rules, parse_filed
from broadsheet.config import parse_config
from broadsheet.diagnostics import ContentError, Diagnostic
from broadsheet.model import Config, Source, Topic
from broadsheet.topics import parse_topic
from broadsheet.urls import base_path, origin


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A digest's files: settings, topics and records that could be read, and what is wrong with the others."""

    config: Config
    topics: tuple[Topic, ...]
    records: tuple[Filed, ...]
    problems: tuple[Diagnostic, ...]


def read_filing(site: Path, content: Path) -> Filing:
    """Read a digest's settings, topics and records, in the order of their paths."""
    problems: list[Diagnostic] = []
    config = _read_config(site, problems)
    found = disk.find_content(content)
    problems += found.problems
    rules = Rules(
        origin=origin(config.base_url),
        base_path=base_path(config.base_url),
        embeds=config.embeds,
        nofollow=config.nofollow,
        templates=disk.read_theme((disk.default_theme() / "templates", site / "templates"), problems).names,
    )
    topics = [parse_topic(source) for source in _sources(content, found.topics, problems)]
    records = [parse_filed(source, rules) for source in _sources(content, found.articles, problems)]
    problems += [problem for parsed in topics for problem in parsed.problems]
    problems += [problem for parsed in records for problem in parsed.problems]
    return Filing(
        config=config,
        topics=tuple(parsed.value for parsed in topics if parsed.value is not None),
        records=tuple(parsed.value for parsed in records if parsed.value is not None),
        problems=tuple(problems),
    )


def _read_config(site: Path, problems: list[Diagnostic]) -> Config:
    path = site / "site.yaml"
    if not path.exists():
        return Config()
    try:
        config, found = parse_config(disk.read_source(path, path.name, disk.SIZE_LIMIT))
    except ContentError as error:
        problems += error.problems
        return Config()
    problems += found
    return config or Config()


def _sources(content: Path, files: Iterable[disk.Found], problems: list[Diagnostic]) -> Iterable[Source]:
    for file in files:
        try:
            yield disk.read_found(str(content), file)
        except ContentError as error:
            problems += error.problems
