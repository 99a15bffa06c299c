"""What a page is, where its file lies, and how long lists become archives that stay."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.model import Brief
from broadsheet.core.text import name_key
from broadsheet.editing.marks import mark
from broadsheet.site.views import Head

_PLAIN = re.compile(r"[a-z0-9./_-]*")


class View(msgspec.Struct, frozen=True):
    """What a template gets: the context of a page, and its head, which is None for what is not HTML."""

    context: msgspec.Struct
    head: Head | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An address, and the template (or writer) that makes what stands there of a view.

    `view` makes the view when it is needed, and `make_key` the key, which tells whether it is: where the keys of
    two pages of one template are equal, so are their views. `location` is the record behind the page, if there
    is one. `newest` tells when the newest article was published that it lists, if it lists any: pages
    of about the same time show the same articles.
    """

    address: str
    template: str
    make_key: Callable[[], bytes]
    view: Callable[[], View]
    location: Location | None = None
    newest: datetime | None = None

    @property
    def key(self) -> bytes:
        """What the view is made of, as a few bytes; made anew each time."""
        return self.make_key()


def page_of(  # noqa: PLR0913 - what a page has
    *,
    address: str,
    template: str,
    context: msgspec.Struct,
    head: Head | None = None,
    location: Location | None = None,
    newest: datetime | None = None,
) -> Page:
    """Return a page whose view is at hand, and is its own key."""
    view = View(context, head)
    return Page(
        address=address,
        template=template,
        make_key=lambda: mark(view),
        view=lambda: view,
        location=location,
        newest=newest,
    )


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets which address: pages and static files (by address) that have theirs, and what is wrong with others."""

    pages: tuple[Page, ...]
    static: tuple[str, ...]
    problems: tuple[Diagnostic, ...]


def claim(pages: Iterable[Page], static: Mapping[str, Location], reserved: Sequence[str] = ()) -> Claims:
    """Give each address to the first that wants it: pages in their order, then static files by address.

    Nothing gets one that is reserved, or one below it.

    On any file system: neither case nor Unicode form tells two addresses apart, and what is a file for
    one cannot be a folder for another.
    """
    pages = tuple(pages)
    if _are_apart([*reserved, *(page.address for page in pages)], static):
        return Claims(pages=pages, static=tuple(static), problems=())
    problems: list[Diagnostic] = []
    files: dict[str, _Claim] = {}
    folders: dict[str, _Claim] = {}
    for address in reserved:
        _give(_Claim(address, None), files, folders, problems)
    kept = [page for page in pages if _give(_Claim(page.address, page.location), files, folders, problems)]
    given = [
        address
        for address, location in static.items()
        if _give(_Claim(address, location, is_static=True), files, folders, problems)
    ]
    return Claims(pages=tuple(kept), static=tuple(given), problems=tuple(problems))


def _are_apart(addresses: Sequence[str], static: Iterable[str]) -> bool:
    """Whether no two addresses meet; cheaper than to say which."""
    keys = [path_key(address) for address in (*addresses, *static)]
    files = set(keys)
    folders: set[str] = set()
    for key in files:
        folder = key.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return len(files) == len(keys) and files.isdisjoint(folders)


class _Claim(msgspec.Struct, frozen=True):
    """Something that wants an address, and where somebody wrote that it does, if anybody did."""

    address: str
    location: Location | None
    is_static: bool = False

    def __str__(self) -> str:
        if self.is_static:
            return f"static/{file_path(self.address)}"
        where = f" of {self.location.path}" if self.location else ""
        return f"the page {self.address}{where}"


def _give(wants: _Claim, files: dict[str, _Claim], folders: dict[str, _Claim], problems: list[Diagnostic]) -> bool:
    """Note a claim where nothing stands in its way; a problem otherwise."""
    key = path_key(wants.address)
    parents = [key[:end] for end, sign in enumerate(key) if sign == "/"]
    above = next((files[parent] for parent in parents if parent in files), None)
    rival = files.get(key) or folders.get(key) or above
    if rival is None:
        files[key] = wants
        for parent in parents:
            folders.setdefault(parent, wants)
        return True
    located, other = (wants, rival) if wants.location or not rival.location else (rival, wants)
    how = "wants the address of" if key in files else "cannot lie beside"
    problems.append(
        Diagnostic(
            code="address-collision",
            message=f"{_named(located)} {how} {other}",
            location=located.location or Location(located.address),
            hint="rename one of them, or give it another slug or path",
        )
    )
    return False


def _named(claim: _Claim) -> str:
    return str(claim) if claim.is_static else claim.address


def file_path(address: str) -> str:
    """Return the path of an address's file below the output folder."""
    return f"{address}index.html".lstrip("/") if address.endswith("/") else address.lstrip("/")


def path_key(address: str) -> str:
    """Return what is equal for addresses whose files would be one on some file system (case, Unicode form)."""
    path = file_path(address)
    return path if _PLAIN.fullmatch(path) else name_key(path)


def split_archive(articles: Sequence[Brief], size: int) -> tuple[Sequence[Brief], list[Sequence[Brief]]]:
    """Split articles (newest first) into the first page and its archive, page 1 being the oldest.

    Archive pages hold exactly `size` articles and are numbered from the oldest, so that none ever
    changes when newer articles come; the first page holds the one to two page sizes that remain.
    """
    archived = max(0, len(articles) // size - 1)
    cut = len(articles) - archived * size
    rest = articles[cut:]
    pages = [rest[len(rest) - (number + 1) * size : len(rest) - number * size] for number in range(archived)]
    return articles[:cut], pages


def newest_of(articles: Sequence[Brief]) -> datetime | None:
    """Return when the newest of articles (newest first) was published; None if there are none."""
    return articles[0].published if articles else None
