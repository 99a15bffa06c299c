"""How GitHub Pages answers: which file stands for an address, what it is said to be, and whether it is known."""

import hashlib
from collections.abc import Callable
from urllib.parse import quote, unquote

import msgspec

INDEX = "index.html"
MISSING = "404.html"
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "application/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
"""What files are said to be, by the ends of their names."""


class Place(msgspec.Struct, frozen=True):
    """What is answered: a status, and the path of a file below the site ("" for none), or where to go instead."""

    status: int
    path: str = ""
    location: str = ""


def locate(asked: str, base: str, has: Callable[[str], bool]) -> Place:
    """Find what stands at an address that is asked for, which may have a query.

    `base` is the path of the site, and `has` tells whether it has a file at a path below that.
    """
    path, mark, query = asked.partition("?")
    path = unquote(path)
    parts = path.split("/")
    if parts[0] or ".." in parts:
        return Place(400)
    if f"{path}/" == base:
        return Place(301, location=f"{quote(base)}{mark}{query}")
    name = path.removeprefix(base)
    if not path.startswith(base) or "" in name.split("/")[:-1] or "\0" in name or "\\" in name:
        return Place(404)
    is_folder = not name or name.endswith("/")
    if not is_folder and has(f"{name}/{INDEX}"):
        return Place(301, location=f"{quote(path)}/{mark}{query}")
    for candidate in [f"{name}{INDEX}"] if is_folder else [name, f"{name}.html"]:
        if has(candidate):
            return Place(200, candidate)
    return Place(404, MISSING if has(MISSING) else "")


def type_of(path: str) -> str:
    """Return what a file is said to be, with its charset."""
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return TYPES.get(f"{dot}{ending}", "application/octet-stream")


def tag_of(data: bytes) -> str:
    """Return the entity tag of what is sent."""
    return f'"{hashlib.blake2b(data, digest_size=8).hexdigest()}"'


def is_known(tag: str, told: str) -> bool:
    """Whether an entity tag is among those of an If-None-Match header."""
    return told.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in told.split(",")}
