"""The writer of the files of editions: what was computed, for the curator to edit."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from broadsheet.core.escapes import yaml_comment, yaml_text
from broadsheet.core.model import Brief
from broadsheet.editing.digest import Digest
from broadsheet.editing.editions import Edition, contents_of
from broadsheet.files.disk import shown_path
from broadsheet.files.saving import create_files


class PinError(Exception):
    """A file of an edition cannot be written; the message says why."""


def write_pins(digest: Digest, editions: Iterable[Edition], content: Path) -> Iterator[str]:
    """Write a file for each edition below `content/editions/`; yield their paths.

    Raises PinError for one that exists, or cannot be written.
    """
    folder = content / "editions"
    for edition in editions:
        path = folder / f"{edition.period.name}.yaml"
        if edition.pin is not None:
            raise PinError(f"{edition.pin.location.path} pins this edition already; edit it, or remove it first")
        try:
            create_files(folder, {path.name: pin_text(digest, edition).encode()})
        except FileExistsError as error:
            raise PinError(f"{shown_path(path)} exists already") from error
        except OSError as error:
            raise PinError(f"cannot write {shown_path(path)}: {error.strerror}") from error
        yield shown_path(path)


def pin_text(digest: Digest, edition: Edition) -> str:
    """Return the file that pins an edition as it is now; `pins.PIN` says what its fields mean."""
    found = contents_of(edition, digest.topics_of, digest.config.editions)
    lines = [
        "# What this edition holds, in its order. Move, remove or add stories, each by its id, its address",
        "# on this site or the URL of its source.",
        f"number: {edition.number}",
        'title: ""',
        'introduction: ""',
        f"lead: {_story(found.lead)}",
    ]
    if found.groups:
        lines.append("groups:")
    for group in found.groups:
        lines += [f"  - title: {yaml_text(group.title)}", "    stories:"]
        lines += [f"      - {_story(story)}" for story in group.stories]
    lines.append("rest:" if found.rest else "rest: []")
    lines += [f"  - {_story(story)}" for story in found.rest]
    return "\n".join([*lines, ""])


def _story(story: Brief) -> str:
    return f"{yaml_text(story.id)} # {yaml_comment(story.title)}"
