"""Bytes of a page to text, by what its server, its first bytes and the page itself say of its encoding."""

import codecs
import re

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_LOOKED_AT = 4_096
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_IN_PAGE = re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# What browsers read another encoding as (WHATWG, Encoding Standard, section 4.2), by Python's names.
_AS_BROWSERS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
_KNOWN = frozenset(
    """
    utf-8 utf-16-le utf-16-be gb18030 cp932 cp949 big5hkscs euc_jp iso2022_jp koi8-r koi8-u mac-roman cp866 cp874
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6
    iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16
    """.split()
)


def decode_page(data: bytes, content_type: str) -> str:
    """Return a page's text: by its byte order mark, else its header, else its own word, else as UTF-8 or a guess.

    What cannot be decoded becomes U+FFFD.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    header, meta = _IN_HEADER.search(content_type), _IN_PAGE.search(data[:_LOOKED_AT])
    named = _known(header[1]) if header else ""
    if not named and meta:
        # A page that could be read so far is not UTF-16, whatever it says.
        named = _known(meta[1].decode("ascii")).replace("utf-16-le", "utf-8").replace("utf-16-be", "utf-8")
    if named:
        return data.decode(named, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _known(label: str) -> str:
    """Return Python's name for an encoding of the web; "" for what is none: Python has others, some of them odd."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    name = _AS_BROWSERS.get(name, name)
    return name if name in _KNOWN else ""
