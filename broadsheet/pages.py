"""What a page is, where its file lies, and how long lists become archives that stay."""

from collections.abc import Iterable, Sequence

import msgspec

from broadsheet.diagnostics import Diagnostic, Location
from broadsheet.model import Article
from broadsheet.text import name_key
from broadsheet.views import Head, Link


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An address, the template (or writer) that makes it, and a context of finished values.

    `head` is None for what is not HTML. `location` is the record behind the page, if there is one.
    """

    address: str
    template: str
    context: msgspec.Struct
    head: Head | None = None
    location: Location | None = None


def collisions(pages: Iterable[Page]) -> list[Diagnostic]:
    """Find pages that want one address, on any file system: case and Unicode form do not tell them apart."""
    problems = []
    seen: dict[str, Page] = {}
    for page in pages:
        rival = seen.setdefault(path_key(page.address), page)
        if rival is not page:
            located = page if page.location or not rival.location else rival
            other = rival if located is page else page
            where = f" of {other.location.path}" if other.location else ""
            problems.append(
                Diagnostic(
                    code="address-collision",
                    message=f"{located.address} is the address{where or ' of a page of the site'} too",
                    location=located.location or Location(located.address),
                    hint="give it another slug or path",
                )
            )
    return problems


def file_path(address: str) -> str:
    """Return the path of an address's file below the output folder."""
    return f"{address}index.html".lstrip("/") if address.endswith("/") else address.lstrip("/")


def path_key(address: str) -> str:
    """Return what is equal for addresses whose files would be one on some file system (case, Unicode form)."""
    return name_key(file_path(address))


def split_archive(articles: Sequence[Article], size: int) -> tuple[Sequence[Article], list[Sequence[Article]]]:
    """Split articles (newest first) into the first page and its archive, page 1 being the oldest.

    Archive pages hold exactly `size` articles and are numbered from the oldest, so that none ever
    changes when newer articles come; the first page holds the one to two page sizes that remain.
    """
    archived = max(0, len(articles) // size - 1)
    cut = len(articles) - archived * size
    rest = articles[cut:]
    pages = [rest[len(rest) - (number + 1) * size : len(rest) - number * size] for number in range(archived)]
    return articles[:cut], pages


def older_link(address: str, archived: int) -> Link | None:
    """Return the link from a first page to the newest page of its archive, if it has one."""
    return Link("Older", f"{address}page/{archived}/") if archived else None
