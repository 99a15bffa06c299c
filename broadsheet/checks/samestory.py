"""The same story: one key for the many addresses of one page, those of AMP and its caches included."""

import re
from urllib.parse import parse_qsl, urlencode

_MOBILE = re.compile(r"^(?:www|amp|m|mobile)\.(?=[^/]+\.[^/]+)")
# Addresses of caches that hold the page's own address: https://developers.google.com/amp/cache/overview
_CACHED = re.compile(
    r"^(?:(?:[a-z0-9-]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)/[a-z](?:/s)?"
    r"|(?:google|bing)\.[a-z.]+/amp(?:/s)?)/(?P<page>[^/]+\.[^/]+.*)$"
)
_AMP_FIRST = re.compile(r"^/amp(?=/.)")
_AMP_LAST = re.compile(r"(?:/amp|[./]amp\.html|\.amp|/index\.html?|/)$")
_DROPPED = re.compile(
    r"^(?:amp|_amp|usqp|amp_[a-z_]+|aoh|csi|referrer|feature|si|ref|ref_url|smid|sref|guccounter|ncid|icid"
    r"|mkt_tok|_hsenc|_hsmi|__twitter_impression|utm_\w+)$"
)
_AMP_VALUE = {("outputType", "amp"), ("output", "amp"), ("outputtype", "amp"), ("format", "amp"), ("view", "amp")}
_VIDEO = re.compile(r"^(?:youtu\.be|youtube(?:-nocookie)?\.com/(?:embed|shorts|live|v))/(?P<id>[\w-]{6,})")


def canonical(key: str) -> str:
    """Reduce a story's key (see `urls.story_key`) further, to what all forms of one page have in common.

    It is "" for an address that is no story's: a host alone.
    """
    key = _MOBILE.sub("", key)
    while cached := _CACHED.match(key):
        key = _MOBILE.sub("", cached["page"])
    address, _, query = key.partition("?")
    host, slash, path = address.partition("/")
    if video := _VIDEO.match(address):
        return f"youtube.com/watch?v={video['id']}"
    if query:
        kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if not _is_dropped(*pair)]
        if host == "youtube.com" and path == "watch":
            kept = [pair for pair in kept if pair[0] == "v"]
        query = urlencode(kept)
    path = _AMP_FIRST.sub("", slash + path)
    while (shorter := _AMP_LAST.sub("", path)) != path:
        path = shorter
    if not path and not query:
        return ""
    return host + path + (f"?{query}" if query else "")


def _is_dropped(name: str, value: str) -> bool:
    return _DROPPED.match(name) is not None or (name, value.lower()) in _AMP_VALUE
