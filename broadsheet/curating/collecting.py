"""What `broadsheet new` goes by: what a digest has, what a new story has to do with it, and where it is filed."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from broadsheet.checks.samestory import canonical
from broadsheet.checks.suggestions import suggest_topics
from broadsheet.core.diagnostics import Diagnostic
from broadsheet.core.model import Brief, Source
from broadsheet.core.urls import story_key
from broadsheet.curating.filing import Filing
from broadsheet.editing.ranking import newest_first
from broadsheet.editing.related import Match, Relations, headline_words
from broadsheet.editing.taxonomy import Taxonomy
from broadsheet.files import disk
from broadsheet.files.saving import create_files
from broadsheet.records.articles import Filed, Rules, parse_filed
from broadsheet.sources.drafting import NewRecord, file_name, usual_folder, write_record

SUGGESTED = 5
"""How many topics, and how many related stories, are suggested at the most."""
_NUMBERED = 99


class Relative(msgspec.Struct, frozen=True):
    """A published story that has to do with a new one, and why in a few words."""

    article: Brief
    reason: str


def same_story(records: Iterable[Filed], urls: Iterable[str]) -> Filed | None:
    """Return the record that has a story already, published or not, by any of its URLs."""
    keys = _forms(story_key(url) for url in urls if url)
    return next((filed for filed in records if not keys.isdisjoint(_forms(filed.article.keys))), None)


def suggested(record: NewRecord, filing: Filing) -> tuple[str, ...]:
    """Return the names of the topics that a story's headline and excerpt speak of, best first."""
    topics = suggest_topics(f"{record.title}\n{record.excerpt}", filing.topics)
    return tuple(topic.name for topic in topics[:SUGGESTED])


def relatives(article: Brief, filing: Filing) -> list[Relative]:
    """Return the published stories that a new one has most to do with, as sidebars judge it."""
    published = [filed.article.brief for filed in filing.records if filed.is_published]
    others = [other for other in published if other.keys != article.keys and other.id != article.id]
    articles = sorted([article, *others], key=newest_first)
    taxonomy = Taxonomy(filing.topics, articles, [])
    topics = {known.id: taxonomy.resolve(known) for known in articles}
    relations = Relations(articles, topics, lambda known: headline_words(known.title))
    return [
        Relative(other, _reason(relations.explain(article.id, other.id, score)))
        for score, other in relations.ranked(article.id)[:SUGGESTED]
    ]


def file_record(record: NewRecord, content: Path) -> tuple[Path, Filed, tuple[Diagnostic, ...]]:
    """Write a record where most others lie, under a name that is free; return its path, what it says, and warnings.

    Nothing that is there is ever overwritten. Raises OSError.
    """
    data = write_record(record).encode()
    below = usual_folder(found.name for found in disk.find_content(content).articles)
    folder = content / below
    for number in range(1, _NUMBERED):
        path = folder / file_name(record, number)
        source = Source(path=disk.shown_path(path), name=path.relative_to(content).as_posix(), data=data)
        parsed = parse_filed(source, Rules())
        if parsed.value is None:
            raise ValueError(f"a new record that cannot be read: {record}")
        with suppress(FileExistsError):
            create_files(folder, {path.name: data})
            return path, parsed.value, parsed.problems
    raise FileExistsError(f"there are {_NUMBERED - 1} files of this name already")


def _forms(keys: Iterable[str]) -> set[str]:
    """Return keys of stories as they are, and as what all forms of a page have in common."""
    return {form for key in keys for form in (key, canonical(key)) if form}


def _reason(match: Match) -> str:
    parts = [match.topic or ", ".join(match.words)]
    if match.closeness:
        parts.append(f"same {match.closeness}")
    return " \u00b7 ".join(parts)
