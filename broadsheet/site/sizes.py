"""How large a site is, by kinds of files, and when it will meet the limits of GitHub Pages at its pace of today.

The limits are those of https://docs.github.com/en/pages/getting-started-with-github-pages/github-pages-limits.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime

import msgspec

BYTES_LIMIT = 1_000_000_000
"""How large a site on GitHub Pages may be, in bytes."""
SECONDS_LIMIT = 600
"""After how many seconds GitHub Pages gives a deployment up."""
AHEAD = 24
"""How many months a course looks ahead."""
_MONTHS, _WINDOW, _LARGEST, _YEARS = 12, 3, 10, 50
_SOON = 3
_STATIC = "other files"
_ARTICLE = re.compile(r"(\d{4})/(\d\d)/\d\d/[^/]+/index\.html")
_KINDS = (
    ("articles", _ARTICLE),
    ("mails", re.compile(r"(.*/)?email\.(html|txt)")),
    ("lists and other pages", re.compile(r".*\.html")),
    ("feeds", re.compile(r"(.*/)?(feed|atom)(-[^/]+)?\.(xml|json)")),
    ("search index", re.compile(r"pagefind/.*")),
    (_STATIC, re.compile(r".*", re.DOTALL)),
)


class Kind(msgspec.Struct, frozen=True):
    """A kind of files: its name, how many there are, and how many bytes they have."""

    name: str
    files: int
    bytes: int


class Month(msgspec.Struct, frozen=True):
    """A month, as YYYY-MM, and how many articles of it the site has."""

    month: str
    articles: int


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """When a limit is met: in how many months at the mean pace, and the months (YYYY-MM) at the paces of `Growth`.

    Where that is further than fifty years away, or never, it is None.
    """

    months: float | None
    expected: str | None
    earliest: str | None
    latest: str | None


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Articles a month: the mean of the last whole months, and the least and the most of any three in a row."""

    mean: float
    least: float
    most: float
    bytes_per_article: float
    files_per_article: float
    history: tuple[Month, ...]


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """A site's size: files, bytes, kinds of files, its largest pages, and what is to be expected.

    `cold` is about how many seconds a build from nothing takes, and `last` how many the last one took; both None where
    nobody knows. `growth` is None where there is no whole month to go by.
    """

    files: int
    bytes: int
    articles: int
    kinds: tuple[Kind, ...]
    largest: tuple[tuple[str, int], ...]
    last: float | None
    cold: float | None
    growth: Growth | None
    space: Forecast | None
    time: Forecast | None


def sizes_of(files: Mapping[str, int], now: datetime, last: float | None = None, cold: float | None = None) -> Sizes:
    """Return the size of a site, given the bytes of its files by path, and what to expect after `now`.

    `last` is how many seconds the last build took, and `cold` about how many one from nothing takes.
    """
    kinds = {name: [0, 0] for name, _ in _KINDS}
    months: Counter[str] = Counter()
    for path, size in files.items():
        kind = next(name for name, pattern in _KINDS if pattern.fullmatch(path))
        kinds[kind][0] += 1
        kinds[kind][1] += size
        if kind == _KINDS[0][0] and (found := _ARTICLE.fullmatch(path)):
            months[f"{found[1]}-{found[2]}"] += 1
    total, articles = sum(files.values()), months.total()
    today = now.astimezone(UTC).date()
    growth = _growth(kinds, months, today)
    left = (BYTES_LIMIT - total) / growth.bytes_per_article if growth else 0.0
    per_article = cold / articles if cold is not None and articles else 0.0
    pages = sorted((item for item in files.items() if item[0].endswith(".html")), key=lambda item: (-item[1], item[0]))
    return Sizes(
        files=len(files),
        bytes=total,
        articles=articles,
        kinds=tuple(Kind(name, *counts) for name, counts in kinds.items()),
        largest=tuple(pages[:_LARGEST]),
        last=last,
        cold=cold,
        growth=growth,
        space=_forecast(left, growth, today) if growth else None,
        time=_forecast((SECONDS_LIMIT - (cold or 0.0)) / per_article, growth, today)
        if growth and per_article
        else None,
    )


def warnings_of(sizes: Sizes) -> list[str]:
    """Say which limits are passed, or will be within three months."""
    said = []
    for what, value, limit, forecast in (
        (f"the site has {sizes.bytes / 1e6:,.0f} MB", sizes.bytes, BYTES_LIMIT, sizes.space),
        (
            f"a build from nothing takes about {(sizes.cold or 0) / 60:.1f} minutes",
            sizes.cold or 0,
            SECONDS_LIMIT,
            sizes.time,
        ),
    ):
        if value >= limit:
            said.append(f"{what}, which is past the limit of GitHub Pages")
        elif forecast is not None and forecast.months is not None and forecast.months <= _SOON:
            said.append(f"{what}, and will pass the limit of GitHub Pages in {forecast.expected}")
    return said


def _growth(kinds: Mapping[str, list[int]], months: Mapping[str, int], today: date) -> Growth | None:
    """Return the growth of the last whole months, as far back as there are articles; None where there is none."""
    articles = sum(months.values())
    first = min(months, default="")
    back = [_month(today, -number) for number in range(_MONTHS, 0, -1)]
    history = tuple(Month(month, months.get(month, 0)) for month in back if month >= first)
    if not articles or not history or not any(month.articles for month in history):
        return None
    counts = [month.articles for month in history]
    mean, window = sum(counts) / len(counts), min(_WINDOW, len(counts))
    runs = [sum(counts[start : start + window]) / window for start in range(len(counts) - window + 1)]
    growing = [counts_of for name, counts_of in kinds.items() if name != _STATIC]
    return Growth(
        mean=mean,
        least=min(mean, *runs),
        most=max(mean, *runs),
        bytes_per_article=sum(size for _, size in growing) / articles,
        files_per_article=sum(number for number, _ in growing) / articles,
        history=history,
    )


def _forecast(left: float, growth: Growth, today: date) -> Forecast:
    """Return when so many articles more have come."""
    expected, earliest, latest = (_after(left, pace) for pace in (growth.mean, growth.most, growth.least))
    return Forecast(
        months=expected,
        expected=None if expected is None else _month(today, int(expected)),
        earliest=None if earliest is None else _month(today, int(earliest)),
        latest=None if latest is None else _month(today, int(latest)),
    )


def _after(left: float, pace: float) -> float | None:
    """Return in how many months so many articles come; None where that is too far away to say."""
    if left <= 0:
        return 0.0
    return left / pace if pace and left / pace <= _YEARS * 12 else None


def _month(today: date, number: int) -> str:
    """Return the month that is so many after the one of a day."""
    year, month = divmod(today.year * 12 + today.month - 1 + number, 12)
    return f"{year:04}-{month + 1:02}"


def course_of(sizes: Sizes, now: datetime, ahead: int = AHEAD) -> list[tuple[str, float, float, float]]:
    """Return the bytes of the site by month, as (month, least, mean, most): as it was at each month's start, and ahead.

    What it was is worked out from its articles of today. There is none without growth.
    """
    growth = sizes.growth
    if growth is None:
        return []
    today = now.astimezone(UTC).date()
    points: list[tuple[str, float, float, float]] = []
    articles = float(sizes.articles)
    for month in reversed(growth.history):
        articles -= month.articles
        before = sizes.bytes - (sizes.articles - articles) * growth.bytes_per_article
        points.insert(0, (month.month, before, before, before))
    for step in range(ahead + 1):
        paces = (growth.least, growth.mean, growth.most)
        least, mean, most = (sizes.bytes + step * pace * growth.bytes_per_article for pace in paces)
        points.append((_month(today, step), least, mean, most))
    return points
