"""Sites to look at: the demonstration digest, digests of hard cases, and a page of every kind in each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from browsing import BROKEN
from github_pages import serving
from site_builder import NOW, run, write

ROOT = Path(__file__).resolve().parent.parent

# What pages are called in reports and in the names of pictures; one of another shape is called by its shape.
NAMES = {
    "": "front",
    "page/N": "front-archive",
    "topics/X": "topic",
    "topics/X/page/N": "topic-archive",
    "providers/X": "provider",
    "providers/X/page/N": "provider-archive",
    "sections/X": "section",
    "sections/X/page/N": "section-archive",
    "archive/N": "year",
    "archive/N/N": "month",
    "archive/N/N/N": "day",
    "editions/X": "editions-of-a-kind",
    "editions/N": "editions-of-a-year",
    "editions/DATE": "edition-day",
    "editions/WEEK": "edition-week",
    "N/N/N/X": "article",
    "404.html": "not-found",
}
# What tells one article page from another.
FEATURES = {
    "article-video": 'class="video-facade"',
    "article-image": 'class="article-image"',
    "article-comment": 'id="comment-title"',
}
MISSING = "no/such/page/"
"""An address where nothing stands: 404.html is looked at as readers see it."""

_SHAPES = ((r"\d{4}-\d\d-\d\d", "DATE"), (r"\d{4}-W\d\d", "WEEK"), (r"\d+", "N"))
_BELOW = {"topics", "providers", "sections", "editions"}
_REDIRECT = 'http-equiv="refresh"'


@dataclass(frozen=True)
class Site:
    """A site that is served: its name, its output folder, its address, and its pages by their kinds."""

    name: str
    out: Path
    url: str
    pages: dict[str, str]


def shape(address: str) -> str:
    """Return the form of a page's address, which pages of one kind have in common."""
    parts = address.strip("/").removesuffix("index.html").strip("/").split("/")
    shaped = [
        next((name for pattern, name in _SHAPES if re.fullmatch(pattern, part)), part) if part else "" for part in parts
    ]
    if shaped[:3] == ["N", "N", "N"] and len(shaped) == 4:
        shaped[3] = "X"
    elif shaped[0] in _BELOW and len(shaped) > 1 and shaped[1] not in {"DATE", "WEEK"}:
        shaped[1] = "X"
    return "/".join(shaped)


def kinds(out: Path) -> dict[str, str]:
    """Find a page of every kind in an output folder, the one with the most in it; return addresses by kind.

    Of articles there is one that has neither video, picture nor comment too, and one with each of these.
    """
    largest: dict[str, tuple[int, str]] = {}
    for path in sorted(out.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        address = path.relative_to(out).as_posix().removesuffix("index.html")
        if _REDIRECT in text or path.name == "email.html":
            continue
        name = shape(address)
        name = NAMES.get(name, name.replace("/", "-"))
        if name == "article":
            name = next((feature for feature, sign in FEATURES.items() if sign in text), "article-plain")
        largest[name] = max(largest.get(name, (0, "")), (len(text), address))
    return {name: MISSING if name == "not-found" else address for name, (_, address) in sorted(largest.items())}


def themed(site: Path, theme: Path) -> Path:
    """Write the settings of the demonstration digest with a theme; return their folder."""
    settings = (ROOT / "site.yaml").read_text(encoding="utf-8")
    write(site, {"site.yaml": f"{settings}theme: '{theme.as_posix()}'\n"})
    return site


@contextmanager
def showcase(folder: Path, theme: Path | None = None) -> Iterator[dict[str, Site]]:
    """Build the sites below a folder and serve them for a while, each under a path of its own; perhaps with a theme."""
    served = folder / "served"
    served.mkdir(parents=True)
    for name, files in DIGESTS.items():
        write(folder / name, files)
        (folder / name / "content").mkdir(exist_ok=True)
    digest = themed(folder / "digest", theme) if theme else ROOT
    for name in DIGESTS if theme else ():
        settings = folder / name / "site.yaml"
        text = settings.read_text(encoding="utf-8") if settings.exists() else ""
        settings.write_text(f"{text}theme: '{theme}'\n", encoding="utf-8")
    with serving(served) as origin:
        sites = {}
        for name, source in {"digest": digest, **{name: folder / name for name in DIGESTS}}.items():
            out, url = served / name, f"{origin}{name}/"
            content = ROOT if name == "digest" else source
            report = run(source, out, content=content / "content", base_url=url, now=NOW, is_clean=True)
            assert report.outcome is not None, report.problems
            pages = kinds(out)
            if name == "hard":
                pages = {kind: address for kind, address in pages.items() if not kind.startswith("article-")} | _HARD
            sites[name] = Site(name, out, url, pages)
        yield sites


def _record(number: int, title: str, *lines: str, topics: str = "[Words, Pictures]", body: str = "") -> str:
    head = [
        f"title: {title}",
        f"publishedDateTime: 2025-12-{number:02}T08:30:00Z",
        f"webUrl: https://p{number % 3}.example/{number}",
        "published: true",
        f"topics: {topics}",
        f"quality: {number * 10}",
        f"heat: {number * 7 if number % 2 else -1}",
        *lines,
    ]
    return "\n".join(["---", *head, "---", body, ""])


def _picture(width: int, height: int, host: str = "pictures.example", **more: str) -> str:
    size = [f"width: {width}", f"height: {height}"] if width else []
    fields = [f"url: 'https://{host}/{width}x{height}.png'", *size, *(f"{key}: {value}" for key, value in more.items())]
    return f"images: [{{{', '.join(fields)}}}]"


_WORD = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
_LONG = "How a very long headline keeps its readers waiting for the point, "
_BODY = """A comment with everything that Markdown has, and a word without a break: {word}.

## A heading

| a table | that | is | wider | than | a | phone |
|---|---|---|---|---|---|---|
| some-thing-long | some-thing-long | some-thing-long | some-thing-long | some-thing-long | some-thing-long | {word} |

```python
one_line_of_code_that_is_much_wider_than_the_page = "and goes on" + " and on" * 20 + "without a break for readers of phones"
```

> A quotation, with `code`, ~~what was struck out~~ and a [link out](https://elsewhere.example/).[^note]

1. One
   - and what lies below
2. Two

---

[^note]: A footnote.
"""
# Oldest first. The newest stand on the front page, the hardest of them in its first places.
RECORDS = {
    "no-picture": _record(1, "Nothing to see"),
    "long-comment": _record(2, "A comment with everything", body=_BODY.format(word=_WORD)),
    "video": _record(
        3,
        "A video without a picture",
        "type: video",
        "featuredContent: '<iframe src=\"https://www.youtube.com/embed/kCc8FmEb1nY\"></iframe>'",
    ),
    "size-unknown": _record(4, "A picture of unknown size", _picture(0, 0, attribution="Somebody with a camera")),
    "wide-picture": _record(5, "A very wide and low picture", _picture(4000, 100)),
    "arabic": _record(6, "'خبر طويل عن الحواسيب: ما الذي تغيّر في عام ٢٠٢٥؟'", _picture(1200, 675, title="'صورة'")),
    "many-topics": _record(
        7, "Everything at once", topics="[" + ", ".join(f"Topic number {n}" for n in range(1, 25)) + "]"
    ),
    "tall-picture": _record(8, "A very tall picture", _picture(400, 4000)),
    "signs": _record(
        9, "'</title><script>alert(1)</script> & \"quotes\" ''and'' <b>tags</b>'", "excerpt: '{{ 7 * 7 }} & <i>x</i>'"
    ),
    "broken-picture": _record(10, "A picture that is gone", _picture(800, 600, BROKEN, title="A chart")),
    "hebrew": _record(
        11,
        "'מערכת הפעלה חדשה מבטיחה (\"הרבה\") — אבל C++17 נשאר'",
        "excerpt: 'תקציר קצר, עם English באמצע.'",
        "provider: {name: 'עיתון הדוגמה', domain: hebrew.example}",
        topics="['שפות תכנות', Words]",
    ),
    "long-word": _record(
        12,
        f"'{(_WORD * 3)[:200]}'",
        f"excerpt: '{(_WORD * 3)[:200]}'",
        f"provider: {{name: {_WORD}, domain: {'long-' * 10}name.example}}",
        topics=f"[{_WORD}, Words]",
    ),
    "long-headline": _record(13, f"'{(_LONG * 9)[:300]}'", f"excerpt: '{_LONG * 12}'", _picture(1600, 900)),
}
_HARD = {
    **{f"article-{name}": f"2025/12/{number:02}/{name}/" for number, name in enumerate(RECORDS, 1)},
    "topic-long-word": f"topics/{_WORD.lower()}/",
    "topic-silent": "topics/a-topic-without-a-story/",
    "provider-long-word": f"providers/{'long-' * 10}name.example/",
}
_SITE = "title: Hard Cases\ndescription: What breaks pages that nobody looked at.\npage_size: 6\n"
_TOPICS = {
    "content/topics/words.yaml": "name: Words\ndescription: What is said.\nhashtags: ['#words']\n",
    "content/topics/pictures.yaml": f"name: Pictures\nparent: Words\ndescription: {_LONG * 4}\n",
    "content/topics/silent.yaml": "name: A topic without a story\nparent: Pictures\n",
}
_CASES = {
    **{f"content/news/{name}.md": text for name, text in RECORDS.items()},
    **_TOPICS,
    "content/pages/about.md": f"---\ntitle: About\n---\n{_BODY.format(word=_WORD)}",
}
DIGESTS: dict[str, dict[str, str]] = {
    "hard": {"site.yaml": _SITE, **_CASES},
    "right-to-left": {"site.yaml": f"{_SITE}language: ar\n", **_CASES},
    "empty": {"site.yaml": "title: Nothing Yet\nlanguage: de\n"},
    "one": {
        "site.yaml": "title: Just One\nimages: none\n",
        "content/only.md": _record(1, "The only story", _picture(1200, 675), body="Worth a comment."),
    },
}
