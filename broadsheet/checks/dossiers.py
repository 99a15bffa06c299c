"""Dossiers: what the rules of `check` know of a record, published or not, and where it stands in its file."""

from collections.abc import Iterator

import msgspec

from broadsheet.checks import rewriting
from broadsheet.core.diagnostics import Location
from broadsheet.core.model import Article
from broadsheet.core.urls import story_key
from broadsheet.records.articles import Filed

_ADDRESSES = ("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")
_PLACES = ("title", "excerpt", "publishedDateTime", "updatedDateTime", "topics", "images", "provider")


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line and a column of a record."""

    line: int
    column: int


class SourceAddress(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An address of a record's source: the field that holds it, its key (see `urls.story_key`), and its place."""

    field: str
    key: str
    place: Place


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """A record as its curator filed it, and the places of what rules look at; an absent field has that of all fields.

    `images` and `redirects` are the places of the article's own, in the same order. `loose` is the place of the
    first white space that means nothing, `unordered` that of the first field that stands out of order.
    """

    article: Article
    is_published: bool
    addresses: tuple[SourceAddress, ...]
    places: dict[str, Place]
    images: tuple[Place, ...]
    redirects: tuple[Place, ...]
    provider: Place
    loose: Place | None = None
    unordered: Place | None = None

    @property
    def path(self) -> str:
        """The path of the record's file, as shown to people."""
        return self.article.location.path

    def where(self, field: str) -> Location:
        """Return the place of a field."""
        return self.at(self.places[field])

    def at(self, place: Place) -> Location:
        """Return a place of this record with its path."""
        return Location(self.path, place.line, place.column)


def dossier_of(filed: Filed, data: bytes) -> Dossier:
    """Return what rules know of a record, whose file holds these bytes."""
    fields = filed.fields
    provider = fields.mapping("provider")
    images = fields.mappings("images") if filed.article.images else ()
    redirects = fields.texts("redirect_from") if filed.article.redirects else ()
    return Dossier(
        article=filed.article,
        is_published=filed.is_published,
        addresses=tuple(_addresses(filed)),
        places={name: _place(fields.where(name)) for name in _PLACES},
        images=tuple(_place(image.where("url")) for image in images),
        redirects=tuple(_place(where) for _, where in redirects),
        provider=_place(provider.where("name") if provider is not None else fields.where("provider")),
        loose=_first("white-space", data) if rewriting.may_have_loose_space(data) else None,
        unordered=None if rewriting.is_in_order(fields.order()) else _first("key-order", data),
    )


def _addresses(filed: Filed) -> Iterator[SourceAddress]:
    for name in _ADDRESSES:
        if name in filed.fields.names() and (url := filed.fields.url(name)):
            yield SourceAddress(name, story_key(url), _place(filed.fields.where(name)))


def _first(code: str, data: bytes) -> Place | None:
    """Return where a rule would first mend a record; None if nowhere."""
    changes = rewriting.rewrite(data, frozenset({code}), {}).changes
    return Place(changes[0].line, changes[0].column) if changes else None


def _place(location: Location) -> Place:
    return Place(location.line, location.column)
