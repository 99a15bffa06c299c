"""Editions as plain text, to be read in a mail: 72 columns, and links as numbered notes."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from broadsheet.core.columns import width
from broadsheet.core.language import Words
from broadsheet.site.views import MailPage, MailStory

COLUMNS = 72
_BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "tr", "blockquote", "div", "hr"}


def plain_mail(page: MailPage, site: str, words: Words) -> str:
    """Write an edition as plain text: the stories of its mail, in their order."""
    notes = _Notes()
    gettext, ngettext = words.gettext, words.ngettext
    lines = [*_wrapped(site.upper() if site.isascii() else site), *_wrapped(f"{page.name} · {page.when}")]
    count = ngettext("%(num)s story", "%(num)s stories", page.count)
    chosen = ngettext(
        "chosen from %(num)s that was published", "chosen from %(num)s that were published", page.considered
    )
    browser = gettext("Read it in the browser:")
    lines += [*_wrapped(f"{count} · {chosen}"), *_wrapped(f"{browser} {page.web}")]
    if page.heading:
        lines += ["", *_headed(page.heading, "=")]
    if page.introduction:
        lines += ["", *_html(page.introduction, notes)]
    lines += ["", *_story(page.lead, notes)]
    for group in page.groups:
        lines += ["", *_headed(group.title, "-")]
        for story in group.stories:
            lines += ["", *_story(story, notes)]
    if page.rest:
        lines += ["", *_headed(gettext("Also published"), "-"), ""]
        for link in page.rest:
            lines += _wrapped(f"{link.text} ({link.note}) {notes.to(link.address)}", "- ", "  ")
    lines += ["", *_headed(gettext("Links"), "-"), "", *notes.lines()]
    if page.unsubscribe:
        way_out = gettext("Unsubscribe:")
        lines += ["", f"{way_out} {page.unsubscribe}"]
    return "\n".join([*lines, ""])


class _Notes:
    """Numbers links as they come; a link that comes again keeps its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def to(self, url: str) -> str:
        return f"[{self._numbers.setdefault(url, len(self._numbers) + 1)}]"

    def lines(self) -> Iterator[str]:
        return (f"[{number}] {url}" for url, number in self._numbers.items())


def _story(story: MailStory, notes: _Notes) -> list[str]:
    label = f" ({story.label})" if story.label else ""
    lines = [*_wrapped(f"{story.title}{label} {notes.to(story.link)}"), *_wrapped(story.source, "  ", "  ")]
    return [*lines, *_wrapped(story.excerpt, "  ", "  ")] if story.excerpt else lines


def _headed(title: str, sign: str) -> list[str]:
    lines = _wrapped(title)
    return [*lines, sign * max((width(line) for line in lines), default=0)]


def _wrapped(text: str, first: str = "", others: str = "") -> list[str]:
    """Wrap a text at spaces; what has none and is longer stands alone."""
    lines: list[str] = []
    line, used = first, width(first)
    is_empty = True
    for word in text.split():
        size = width(word)
        if not is_empty and used + 1 + size > COLUMNS:
            lines.append(line)
            line, used, is_empty = others, width(others), True
        line, used = (line + word, used + size) if is_empty else (f"{line} {word}", used + 1 + size)
        is_empty = False
    return lines if is_empty else [*lines, line]


def _html(html: str, notes: _Notes) -> list[str]:
    """Write HTML that we made of Markdown as plain text."""
    reader = _Reader(notes)
    reader.feed(html)
    reader.close()
    return reader.finish()


class _Reader(HTMLParser):
    """Reads HTML of `markup.render_markdown`: a paragraph is wrapped, a list gets hyphens, a quotation a bar."""

    def __init__(self, notes: _Notes) -> None:
        super().__init__()
        self._notes = notes
        self._lines: list[str] = []
        self._text = ""
        self._links: list[str] = []
        self._quotes = 0
        self._item = ""
        self._is_list = False
        self._is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _BLOCKS:
            self._end_block()
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "li":
            self._item = "- "
        elif tag == "a":
            self._links.append(values.get("href") or "")
        elif tag == "img":
            self._text += values.get("alt") or ""
        elif tag == "br":
            self._text += " "
        elif tag in {"td", "th"} and self._text.strip():
            self._text += " | "
        self._is_code |= tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            target = self._links.pop()
            if target.startswith(("http://", "https://")):
                self._text += f" {self._notes.to(target)}"
        if tag in _BLOCKS:
            self._end_block()
        if tag == "blockquote":
            self._quotes -= 1
        self._is_code &= tag != "pre"

    def handle_data(self, data: str) -> None:
        self._text += data if self._is_code else re.sub(r"\s+", " ", data)

    def finish(self) -> list[str]:
        self._end_block()
        return self._lines

    def _end_block(self) -> None:
        text, self._text = self._text, ""
        if not text.strip():
            return
        bar = "> " * self._quotes
        if self._is_code:
            block = [f"{bar}    {line}" for line in text.strip("\n").split("\n")]
        else:
            block = _wrapped(text, bar + self._item, bar + " " * len(self._item))
        if self._lines and not (self._item and self._is_list):
            self._lines.append("")
        self._lines += block
        self._is_list = bool(self._item)
        self._item = ""
