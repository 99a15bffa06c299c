"""The audit: nothing that is published names an article that is not, or holds what a record seals.

No page can show such an article, since the digest does not hold it. But a curator's own text can link to
one; so the texts that a site is made of are looked through in every build. A mistake in this program could
name one too; so what is about to be published is searched before it is.

What is sealed is in no value at all; the texts are looked through for it, since somebody may have written it there.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from broadsheet.core.diagnostics import Diagnostic, Location, by_location
from broadsheet.core.seals import runs_of
from broadsheet.core.urls import base_path, named_articles, origin

_YEAR = len("/2024")
_END = re.compile(rb"\d*/\d\d/\d\d/[a-z0-9-]+")


class Audit:
    """Finds the addresses of articles that are not published, whether they are written with the host or without."""

    def __init__(self, base_url: str, withheld: Mapping[str, str], seals: AbstractSet[bytes] = frozenset()) -> None:
        """`withheld` maps these addresses, such as `/2024/05/01/story/`, to the paths of their records.

        `seals` are those of all records.
        """
        self._seals = seals
        self._withheld = withheld
        self._origin = origin(base_url)
        self._base = base_path(base_url)
        # The first signs of their years, which all have in common, are found faster than any pattern is.
        common = _common([address[:_YEAR] for address in withheld])
        self._start = f"{self._base}{common[1:]}".encode()
        self._ends = {address.removeprefix(common).rstrip("/").encode() for address in withheld}

    def leaks(self, data: bytes, place: Location) -> list[Diagnostic]:
        """Return a problem for each such address in a text or a file; `place` stands for it."""
        if not self._withheld or self._start not in data:
            return []
        ends = [_END.match(part) for part in data.split(self._start)[1:]]
        if self._ends.isdisjoint([end[0] for end in ends if end]):
            return []
        return self.named(named_articles(data, self._origin, self._base), place)

    def texts(self, data: bytes, place: Location) -> list[Diagnostic]:
        """Return a problem for each such address, and for what is sealed, in a text that a site is made of."""
        return [*self.leaks(data, place), *(self.sealed(runs_of(data), place) if self._seals else [])]

    def sealed(self, runs: Iterable[bytes], place: Location) -> list[Diagnostic]:
        """Return a problem if one of the runs of a text is a seal."""
        if self._seals.isdisjoint(runs):
            return []
        message = "what a record seals in 'secured' stands here"
        hint = "remove it: 'secured' is never read, all else is"
        return [Diagnostic(code="leak", message=message, location=place, hint=hint)]

    def named(self, addresses: Iterable[str], place: Location) -> list[Diagnostic]:
        """Return a problem for each such address of some."""
        return [
            Diagnostic(
                code="leak",
                message=f"{address} is named here, and {self._withheld[address]} is not published",
                location=place,
                hint="remove the link, or publish the record",
            )
            for address in sorted(self._withheld.keys() & set(addresses))
        ]


def at_their_source(leaks: Iterable[Diagnostic], addresses: Container[str]) -> list[Diagnostic]:
    """Return leaks without those at pages' addresses that only repeat what a file says, as feeds do."""
    found = sorted(leaks, key=by_location)
    named = {leak.message for leak in found if leak.location.path not in addresses}
    return [leak for leak in found if leak.location.path not in addresses or leak.message not in named]


def _common(texts: Sequence[str]) -> str:
    """Return what all texts, of one length, begin with."""
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    return first[: next((place for place, sign in enumerate(first) if sign != last[place]), len(first))]
