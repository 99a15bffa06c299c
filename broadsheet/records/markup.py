"""Markup: the curator's Markdown to HTML, and embeds rebuilt from their ids.

This is the only module that imports markdown_it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from broadsheet.core.model import Embed, Nofollow
from broadsheet.core.urls import base_path, outbound_rel, web_url

# Players of something other than one video, which cannot be rebuilt from their id.
_NO_VIDEOS = {"videoseries", "live_stream"}
_ATTRIBUTES = re.compile(r' (?:class|id|loading|referrerpolicy|rel)="[^"]*"')
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{3,64}")
EMBED_HOSTS = ("youtube", "vimeo")
"""The hosts whose embeds can be rebuilt."""


def render_markdown(text: str, base_path: str, *, nofollow: Nofollow = False, top_heading: int = 3) -> str:
    """Render CommonMark with tables, strikethrough and footnotes to HTML; raw HTML is shown as text.

    Links lead to http, https and mailto addresses, or to this site: those that begin with a slash
    are put below `base_path`; those to other sites get the `rel` of `urls.outbound_rel`. The highest
    heading gets level `top_heading`, the others follow. Pictures load lazily and without a referrer.
    """
    if not text.strip():
        return ""
    return str(_renderer(base_path, nofollow, top_heading).render(text, {})).strip()


def for_readers(html: str, base_url: str, page: str) -> str:
    """Make HTML of `render_markdown` fit for feeds and mails: links absolute, no classes, ids or loading hints.

    In that HTML, quotation marks in texts and in attributes are escaped, so `="` stands nowhere but in its tags.
    """
    start = base_path(base_url)
    for attribute in ("href", "src"):
        html = html.replace(f' {attribute}="{start}', f' {attribute}="{base_url}')
    html = html.replace(' href="#', f' href="{page}#')
    return _ATTRIBUTES.sub("", html)


@lru_cache(maxsize=16)
def _renderer(base_path: str, nofollow: Nofollow, top_heading: int) -> MarkdownIt:
    def finish(state: StateCore) -> None:
        _finish(state.tokens, base_path, nofollow, top_heading)

    markdown = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}).enable(["table", "strikethrough"])
    markdown.use(footnote_plugin)
    # A section would want a heading.
    markdown.add_render_rule(
        "footnote_block_open",
        lambda *_: '<hr class="footnotes-sep">\n<div class="footnotes">\n<ol class="footnotes-list">\n',
    )
    markdown.add_render_rule("footnote_block_close", lambda *_: "</ol>\n</div>\n")
    markdown.validateLink = _may_link  # type: ignore[method-assign]
    markdown.core.ruler.push("broadsheet", finish)
    markdown.add_render_rule("fence", _fence)
    return markdown


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Render a block of code; the attributes of its token would go to <code>, which does not scroll."""
    return RendererHTML.fence(renderer, tokens, index, options, env).replace("<pre>", '<pre tabindex="0">', 1)


def _may_link(url: str) -> bool:
    if url.startswith(("#", "mailto:")):
        return True
    if url.startswith("/") and not url.startswith(("//", "/\\")):
        return True
    try:
        web_url(url)
    except ValueError:
        return False
    return True


def _finish(tokens: Sequence[Token], base_path: str, nofollow: Nofollow, top_heading: int) -> None:
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    shift = top_heading - min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    for token in tokens:
        if token.type in {"table_open", "code_block"}:
            token.attrs["tabindex"] = "0"  # it may be wider than a page: in every browser keys can scroll it then
        if token.type in {"th_open", "td_open"} and "style" in token.attrs:
            # A style attribute would need an unsafe Content-Security-Policy.
            align = str(token.attrs.pop("style")).removeprefix("text-align:")
            token.attrs["class"] = f"align-{align}"
        for child in token.children or ():
            _finish_inline(child, base_path, nofollow)


def _finish_inline(token: Token, base_path: str, nofollow: Nofollow) -> None:
    if token.type == "link_open":
        target = str(token.attrs.get("href", ""))
        if target.startswith("/"):
            token.attrs["href"] = base_path + target[1:]
        elif not target.startswith(("#", "mailto:")):
            token.attrs["rel"] = outbound_rel(target, nofollow)
    elif token.type == "image":
        source = str(token.attrs.get("src", ""))
        if source.startswith("/"):
            token.attrs["src"] = base_path + source[1:]
        token.attrs["loading"] = "lazy"
        token.attrs["referrerpolicy"] = "no-referrer"


class _FrameFinder(HTMLParser):
    """Notes the addresses of iframes and the tags of everything else."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses: list[str] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.addresses.append((dict(attrs).get("src") or "").strip())
        else:
            self.others.append(tag)


def read_embed(markup: str, allowed: Sequence[str]) -> tuple[Embed | None, str]:
    """Rebuild an embed from the first iframe of an allowed host, and say what was dropped ("" for nothing)."""
    finder = _FrameFinder()
    try:
        finder.feed(markup)
        finder.close()
    except (AssertionError, ValueError):
        return None, "it is not HTML"
    if not any(finder.addresses):
        return None, "it holds no iframe with an address"
    embeds = [_embed(address, allowed) for address in finder.addresses]
    embed = next((found for found in embeds if found is not None), None)
    if embed is None:
        return None, f"its iframe is not a video of an allowed host ({', '.join(allowed) or 'none'})"
    if finder.others:
        return embed, f"only the iframe is used, not <{finder.others[0]}>"
    if len(embeds) > 1:
        return embed, "only the first iframe of an allowed host is used"
    return embed, ""


def _embed(address: str, allowed: Sequence[str]) -> Embed | None:
    try:
        parts = urlsplit(f"https:{address}" if address.startswith("//") else address)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"}:
        return None
    host = (parts.hostname or "").removeprefix("www.")
    segments = [part for part in parts.path.split("/") if part]
    match (host, *segments):
        case ("youtube.com" | "youtube-nocookie.com", "embed", video) if "youtube" in allowed:
            return _youtube(video, parts.query) if _VIDEO_ID.fullmatch(video) and video not in _NO_VIDEOS else None
        case ("player.vimeo.com", "video", video) if "vimeo" in allowed:
            return _vimeo(video, parts.query) if video.isascii() and video.isdigit() else None
    return None


def _youtube(video: str, query: str) -> Embed:
    start = parse_qs(query).get("start", [""])[0]
    start = start if start.isascii() and start.isdigit() else ""
    return Embed(
        host="YouTube",
        page_url=f"https://www.youtube.com/watch?v={video}" + (f"&t={start}s" if start else ""),
        player_url=f"https://www.youtube-nocookie.com/embed/{video}?autoplay=1" + (f"&start={start}" if start else ""),
    )


def _vimeo(video: str, query: str) -> Embed:
    secret = parse_qs(query).get("h", [""])[0]
    secret = secret if _VIDEO_ID.fullmatch(secret) else ""
    return Embed(
        host="Vimeo",
        page_url=f"https://vimeo.com/{video}" + (f"/{secret}" if secret else ""),
        player_url=f"https://player.vimeo.com/video/{video}?dnt=1&autoplay=1" + (f"&h={secret}" if secret else ""),
    )
