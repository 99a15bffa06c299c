"""The audit: nothing that is about to be published names an article that is not.

No page can show such an article, since the digest does not hold it. But a curator's own text can link to
one, and a mistake in this program could; so what is about to be published is searched before it is.
"""

import re
from collections.abc import Container, Iterable, Mapping

from broadsheet.diagnostics import Diagnostic, Location, by_location
from broadsheet.urls import base_path, origin

_BEFORE_A_PATH = b"\"'`(<>=,; \t\n"
"""What stands before a link that names no host."""


class Audit:
    """Finds the addresses of articles that are not published, whether they are written with the host or without."""

    def __init__(self, base_url: str, withheld: Mapping[str, str]) -> None:
        """`withheld` maps these addresses, such as `/2024/05/01/story/`, to the paths of their records."""
        self._withheld = {address.strip("/").encode(): path for address, path in withheld.items()}
        self._origin = origin(base_url).encode()
        self._address = re.compile(re.escape(base_path(base_url).encode()) + rb"(\d+/\d\d/\d\d/[a-z0-9-]+)")

    def leaks(self, data: bytes, place: Location) -> list[Diagnostic]:
        """Return a problem for each such address in a file; `place` stands for the file."""
        if not self._withheld:
            return []
        found = self._withheld.keys() & self._address.findall(data)
        if not found:
            return []
        named = {match[1] for match in self._address.finditer(data) if match[1] in found and self._is_ours(data, match)}
        return [
            Diagnostic(
                code="leak",
                message=f"/{name.decode()}/ is named here, and {self._withheld[name]} is not published",
                location=place,
                hint="remove the link, or publish the record",
            )
            for name in sorted(named)
        ]

    def _is_ours(self, data: bytes, match: re.Match[bytes]) -> bool:
        """Whether an address lies on this site and not on another, which may have the same path."""
        before = data[: match.start()][-len(self._origin) :]
        return before == self._origin or before[-1:] in _BEFORE_A_PATH


def at_their_source(leaks: Iterable[Diagnostic], addresses: Container[str]) -> list[Diagnostic]:
    """Return leaks without those at pages' addresses that only repeat what a file says, as feeds do."""
    found = sorted(leaks, key=by_location)
    named = {leak.message for leak in found if leak.location.path not in addresses}
    return [leak for leak in found if leak.location.path not in addresses or leak.message not in named]
