"""Pages to artifacts: addresses and bytes.

This is the only module that imports jinja2. A page is a pure function of its template and its
context, so the hash of the two is its identity.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from operator import attrgetter
from types import CodeType
from typing import NoReturn, TypeVar
from zlib import crc32

import msgspec
from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.exceptions import TemplateNotFound, UndefinedError
from markupsafe import Markup, escape

from broadsheet.core import urls
from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.core.language import Words
from broadsheet.core.model import Config, FeedConfig, Theme
from broadsheet.feeds import channels, entries
from broadsheet.feeds.channels import Channel
from broadsheet.feeds.entries import Entry, Item
from broadsheet.mail.inlining import inlined
from broadsheet.mail.mails import write_html
from broadsheet.site import machine, sitemaps
from broadsheet.site.pages import Page
from broadsheet.site.sitemaps import NewsSitemap, Sitemap, SitemapIndex
from broadsheet.site.views import Card, MailPage, PlainPage, Site

try:
    from markupsafe._speedups import _escape_inner as _escape_plain
except ImportError:  # markupsafe without its C code: slower, with the same result
    _escape_plain = escape

T = TypeVar("T")


class Artifact(msgspec.Struct, frozen=True):
    """An address and what stands there."""

    address: str
    data: bytes


WRITERS: Mapping[str, Callable[[msgspec.Struct], bytes]] = {
    "sitemap": lambda context: sitemaps.write_sitemap(_as(context, Sitemap)),
    "sitemap-index": lambda context: sitemaps.write_index(_as(context, SitemapIndex)),
    "sitemap-news": lambda context: sitemaps.write_news(_as(context, NewsSitemap)),
    "opml": lambda context: machine.write_outline(_as(context, machine.Outline)),
    "robots": lambda context: machine.write_robots(_as(context, machine.Robots)),
    "manifest": lambda context: machine.write_manifest(_as(context, machine.Manifest)),
    "llms": lambda context: machine.write_guide(_as(context, machine.Guide)),
    "moved": lambda context: machine.write_moved(_as(context, machine.Moved)),
    "empty": lambda _: b"",
    "plain": lambda context: _as(context, PlainPage).text.encode(),
}
_FEED_WRITERS = {
    "rss": (attrgetter("rss"), channels.write_rss),
    "atom": (attrgetter("atom"), channels.write_atom),
    "json-feed": (attrgetter("json"), channels.write_json),
}
_HUES = 12
_KEPT = 4_096
_KEPT_ENTRIES = 1_024
"""How many cards and links, and how many entries of feeds are kept at hand (some 15 MB); more are made again."""
_ENCODER = msgspec.msgpack.Encoder()


def fingerprint(theme: Theme, site: Site, config: Config, program: str) -> bytes:
    """Return a hash of everything that pages depend on besides themselves; `program` names the code."""
    return _digest(_ENCODER.encode((program, theme, site, config)))


def identity(page: Page, shared: bytes) -> bytes:
    """Return what a page is made of, as a hash: its template, its key and the shared fingerprint."""
    return _digest(b"%b %b %b" % (shared, page.template.encode(), page.key))


def render(pages: Iterable[Page], theme: Theme, site: Site) -> Iterator[Artifact]:
    """Render pages, in their order. Raises ContentError naming template and line where a template fails."""
    renderer = _renderer(theme, site)
    for page in pages:
        yield Artifact(page.address, renderer.render(page))


def escape_text(value: object) -> str:
    """Escape a value as `markupsafe.escape` does; of a plain text, without making a value of it that remembers it.

    Templates do this some hundred times a page, and throw what it remembers away.
    """
    return _escape_plain(value) if value.__class__ is str else escape(value)


class _Compiled(BytecodeCache):
    """Keeps compiled templates at hand: a process that renders again and again compiles those that changed."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template's code where its text is the same."""
        checksum, code = self._found.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        if bucket.code is not None:
            self._found[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = _Compiled()
"""What this process compiled, for whatever site: of what depends on the site, nothing is settled by compiling."""
_SITE_FILTERS = ("link", "absolute", "rel", "card", "hue")


def _not_yet(*_: object, **__: object) -> NoReturn:
    """Stand for a filter while a template is compiled, so that Jinja does not apply it to constants then."""
    raise nodes.Impossible


class _Environment(Environment):
    """Has templates escape with `escape_text`, and compiles them for any site."""

    def _generate(  # Jinja's hook for another generator of code
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - as Jinja calls it
    ) -> str:
        filters = self.filters
        self.filters = {**filters, **dict.fromkeys(_SITE_FILTERS, _not_yet)}
        try:
            code = super()._generate(source, name, filename, defer_init)
        finally:
            self.filters = filters
        # On the line of the imports, so that all lines keep their numbers, by which errors find their places.
        imports, _, rest = code.partition("\n")
        return f"{imports}; escape = environment.escape_text\n{rest}"

    escape_text = staticmethod(escape_text)


@lru_cache(maxsize=2)
def _renderer(theme: Theme, site: Site) -> "_Renderer":
    return _Renderer(theme, site)


class _Renderer:
    def __init__(self, theme: Theme, site: Site) -> None:
        self._origins = frozenset(origin for _, origin, _ in theme.templates)
        found = {name: (text, origin, None) for name, origin, text in theme.templates}
        self._environment = _Environment(
            loader=FunctionLoader(found.get),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_COMPILED,
        )
        base_path = urls.base_path(site.base_url)
        assets = dict(theme.assets)

        @lru_cache(maxsize=_KEPT)
        def link(address: str) -> str:
            return urls.href(base_path, address) if address.startswith("/") else address

        def absolute(address: str) -> str:
            return urls.absolute(site.base_url, address) if address.startswith("/") else address

        def asset(name: str) -> str:
            address = assets.get(f"hashed/{name}") or assets.get(name)
            if address is None:
                raise TemplateError(f"there is no file static/{name}")
            return urls.href(base_path, address)

        def has_asset(name: str) -> bool:
            return f"hashed/{name}" in assets or name in assets

        @cache
        def once(name: str) -> Markup:
            return Markup(self._environment.get_template(name).render())  # noqa: S704

        @lru_cache(maxsize=_KEPT)
        def card(item: Card, loading: str = "lazy") -> Markup:
            return Markup(self._environment.get_template("card.html").render(card=item, loading=loading))  # noqa: S704

        @lru_cache(maxsize=_KEPT)
        def hue(address: str) -> int:
            return crc32(address.encode()) % _HUES

        rel = partial(urls.outbound_rel, nofollow=site.nofollow)
        self._environment.filters.update(link=link, absolute=absolute, rel=rel, card=card, hue=hue, trusted=Markup)
        self._environment.filters.update(inlined=lambda html: Markup(inlined(html)))  # noqa: S704
        site_image = absolute(assets.get("card.png", ""))
        self._environment.globals.update(site=site, asset=asset, has_asset=has_asset, once=once, site_image=site_image)
        self._environment.globals.update(_wording(theme, site))
        self._entry = lru_cache(maxsize=_KEPT_ENTRIES)(self._make_entry)

    def render(self, page: Page) -> bytes:
        view = page.view()
        context = view.context
        if isinstance(context, Channel):
            chosen, write = _FEED_WRITERS[page.template]
            return write(context, [chosen(self._entry(item, context.settings)) for item in context.items])
        if writer := WRITERS.get(page.template):
            return writer(context)
        with _naming_templates(self._origins, page):
            template = self._environment.get_template(page.template)
            if isinstance(context, MailPage):
                return write_html(context, lambda shown: template.render(head=None, page=shown))
            return template.render(head=view.head, page=context).encode()

    def _make_entry(self, item: Item, settings: FeedConfig) -> Entry:
        return entries.serialise(item, self._content(item) if settings.is_full else "", settings)

    def _content(self, item: Item) -> str:
        name = "edition-item.html" if item.edition else "feed-item.html"
        with _naming_templates(self._origins, None):
            text = self._environment.get_template(name).render(item=item).strip()
        # Readers that stand on feedparser take a mark written as a number for the end of the attribute it stands in.
        return text.replace("&#34;", "&quot;")


def _wording(theme: Theme, site: Site) -> dict[str, Callable[..., str]]:
    """Return what templates put words out with."""
    words = Words(site.language, theme.catalog)

    def gettext(message: str, **values: object) -> str:
        # The message is text, and so are its values, but for those that templates made as HTML.
        if any(isinstance(value, Markup) for value in values.values()):
            return escape(words.gettext(message)) % values
        return words.gettext(message, **values)

    return {"_": gettext, "ngettext": words.ngettext}


@contextmanager
def _naming_templates(origins: frozenset[str], page: Page | None) -> Iterator[None]:
    """Turn an error inside a template into a ContentError that names the template and the line."""
    try:
        yield
    except (
        TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        location = _locate(error, origins)
        if location is None:
            raise
        for_page = f" (for {page.address})" if page else ""
        problem = Diagnostic(
            code="template-error",
            message=f"{_message(error)}{for_page}",
            location=location,
            hint="docs/templates.md lists what each template gets",
        )
        raise ContentError([problem]) from error


def _locate(error: Exception, origins: frozenset[str]) -> Location | None:
    """Return the place in a template: a syntax error knows it, others hold it in their last template frame."""
    if isinstance(error, TemplateSyntaxError):
        return Location(error.filename or error.name or "", error.lineno)
    found = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in origins:
            found = Location(step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next
    return found


def _message(error: BaseException) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template '{error.name}'"
    if isinstance(error, RecursionError):
        return "it never ends: a template extends, includes or calls itself"
    if isinstance(error, UndefinedError):
        # Of our values, templates.md knows the name alone.
        return re.sub(r"'broadsheet[.\w]*\.(\w+) object' has no", r"\1 has no", error.message or "an undefined name")
    return str(error)


def _as(context: msgspec.Struct, kind: type[T]) -> T:
    if not isinstance(context, kind):
        raise TypeError(f"{kind.__name__} expected")
    return context


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
