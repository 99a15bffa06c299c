"""What subscribers will see of a change: new, updated and vanished items per feed, and stories told twice."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from broadsheet.core.escapes import command_data, command_property, printable
from broadsheet.core.urls import story_key


class Entry(msgspec.Struct, frozen=True):
    """An item of a JSON Feed, as far as subscribers would notice it."""

    id: str
    title: str = ""
    url: str = ""
    external_url: str = ""
    date_modified: str = ""

    @property
    def story(self) -> str:
        """What the item is about, whatever its id says: its source's URL, or its own address."""
        return story_key(self.external_url or self.url)


class Document(msgspec.Struct, frozen=True):
    """A JSON Feed, as far as it is compared."""

    items: tuple[Entry, ...] = ()


class Repeat(msgspec.Struct, frozen=True):
    """A story that stood in a feed under one id and now stands there under another: it will be announced again."""

    title: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed changed. `vanished` are items that neither the feed nor its archive holds any more."""

    feed: str
    new: tuple[Entry, ...] = ()
    updated: tuple[Entry, ...] = ()
    vanished: tuple[Entry, ...] = ()
    repeated: tuple[Repeat, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether subscribers see no change."""
        return not (self.new or self.updated or self.vanished or self.repeated)


def read_document(data: bytes) -> Document:
    """Read a JSON Feed. Raises ValueError if it is not one."""
    try:
        return msgspec.json.decode(data, type=Document)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a JSON Feed: {error}") from error


def compare_feeds(old: Mapping[str, Sequence[Entry]], new: Mapping[str, Sequence[Entry]]) -> list[Change]:
    """Compare feeds, given by address with all their items (archives included), in the order of their addresses."""
    changes = (_compare(feed, old.get(feed, ()), new.get(feed, ())) for feed in sorted(old.keys() | new.keys()))
    return [change for change in changes if not change.is_empty]


def as_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Describe changes for a terminal: a line a feed, and one for each item."""
    if not changes:
        yield "Subscribers see no change."
    for change in changes:
        yield f"{change.feed}: {_tally(change)}"
        yield from (f"  new       {printable(entry.title)}" for entry in change.new)
        yield from (f"  updated   {printable(entry.title)}" for entry in change.updated)
        yield from (f"  vanished  {printable(entry.title)}" for entry in change.vanished)
        for repeat in change.repeated:
            yield f"  AGAIN     {printable(repeat.title)} (its id was {repeat.before} and is {repeat.after})"


def as_github(changes: Sequence[Change]) -> Iterator[str]:
    """Describe changes as GitHub Actions workflow commands: a notice a feed, an error for a story told twice."""
    for change in changes:
        yield f"::notice title={command_property(change.feed)}::{command_data(_tally(change))}"
        for repeat in change.repeated:
            text = f"{printable(repeat.title)}: its id was {repeat.before} and is {repeat.after}"
            yield f"::error title=announced again in {command_property(change.feed)}::{command_data(text)}"


def _tally(change: Change) -> str:
    again = f", {len(change.repeated)} announced again" if change.repeated else ""
    return f"{len(change.new)} new, {len(change.updated)} updated, {len(change.vanished)} vanished{again}"


def _compare(feed: str, old: Sequence[Entry], new: Sequence[Entry]) -> Change:
    before = {entry.id: entry for entry in old}
    after = {entry.id: entry for entry in new}
    told = {entry.story: entry for entry in old}
    repeated = []
    fresh = []
    for entry in after.values():
        if entry.id in before:
            continue
        twin = told.get(entry.story)
        if twin is None:
            fresh.append(entry)
        else:
            repeated.append(Repeat(entry.title, twin.id, entry.id))
    replaced = {repeat.before for repeat in repeated}
    return Change(
        feed=feed,
        new=tuple(fresh),
        updated=tuple(entry for entry in after.values() if entry.id in before and _is_updated(before[entry.id], entry)),
        vanished=tuple(e for e in before.values() if e.id not in after and e.id not in replaced),
        repeated=tuple(repeated),
    )


def _is_updated(old: Entry, new: Entry) -> bool:
    """Whether a reader shows an item as changed: by its date, its headline, or where it leads."""
    return (old.date_modified, old.title, old.url) != (new.date_modified, new.title, new.url)
