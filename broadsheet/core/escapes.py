"""Escapes: one for each context in which somebody else's text is put.

| context | escape |
|---|---|
| text and attributes of HTML | `render.escape_text`, which templates apply by themselves |
| a script element with JSON in it | `script_json` |
| text of Markdown, and the address of a link in it | `markdown_text`, `markdown_url` |
| text of XML | `xml_text` |
| an attribute of XML | `xml_value` |
| an address that is followed | `urls.web_url` for others' addresses, `urls.href` for ours |
| a path in the output folder | `text.slug` for a part of one, `urls.site_path` for a whole one |
| HTML and text that a service for sending mail reads as its template | `unmerged_html`, `unmerged` |
| a header of a mail | `header_text` |
| a value of YAML, and a comment in it | `yaml_text`, `yaml_comment` |
| a terminal | `printable` |
| a command of GitHub Actions | `command_data`, `command_property` |

Text that none of them can carry (controls, lone surrogates, overrides of direction) is dropped when a file
is read: `text.clean`. No text is ever put into a shell command, a template or a query.
"""

import re

_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MERGE = re.compile(r"\{(?=[{%#])|\*(?=\|)")
_UNQUOTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>#~&]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
_SCRIPT_SIGNS = tuple((sign, f"\\u{ord(sign):04x}") for sign in "<>&\u2028\u2029")


def script_json(text: str) -> str:
    """Escape JSON for a script element of HTML: no `<`, `>` or `&` remains, and it is the same JSON."""
    for sign, escaped in _SCRIPT_SIGNS:
        text = text.replace(sign, escaped)
    return text


def markdown_text(text: str) -> str:
    """Escape a text for one line of Markdown (CommonMark), in a link, a quotation, a heading or alone."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


def markdown_url(url: str) -> str:
    """Escape a URL (an ASCII URI) for a link of Markdown, between parentheses."""
    return url.replace("(", "%28").replace(")", "%29").replace("\\", "%5C")


def xml_text(text: str) -> str:
    """Escape the text of an XML element."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;") if "\r" in text else text


def xml_value(text: str) -> str:
    """Escape the value of an XML attribute, between double quotes."""
    text = xml_text(text).replace('"', "&quot;")
    return text if text.isprintable() else text.replace("\n", "&#10;").replace("\t", "&#9;")


def unmerged_html(html: str) -> str:
    """Escape HTML against services for sending mail, which would obey `{{ }}`, `{% %}`, `{# #}` and `*|MERGE|*`."""
    return _MERGE.sub(lambda found: f"&#{ord(found[0])};", html)


def unmerged(text: str) -> str:
    """Escape plain text against services for sending mail: what they would obey is taken apart by a space."""
    return _MERGE.sub(lambda found: f"{found[0]} ", text)


def header_text(text: str) -> str:
    """Escape a text for a header of a mail (RFC 5322): it is one line, without what ends or turns one."""
    return " ".join(_OBEYED.sub(" ", text).split())


def yaml_text(text: str) -> str:
    """Write a text as a double-quoted scalar of YAML (1.2, section 7.3.1), on one line."""
    return (
        '"'
        + _UNQUOTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\\", "\\\\").replace('"', '\\"'))
        + '"'
    )


def yaml_comment(text: str) -> str:
    """Escape a text for a comment of YAML, on one line."""
    return _UNQUOTED.sub(" ", text)


def printable(text: str) -> str:
    """Escape what a terminal would obey: control characters and signs that turn the direction of text."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def command_data(text: str) -> str:
    """Escape the message of a GitHub Actions workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """Escape a property of a GitHub Actions workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")
