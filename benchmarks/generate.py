"""Writes a made-up digest of any size, and makes the changes that the benchmark measures.

The same number and seed give the same bytes. All names are invented; every host but that of the videos is an
`.example` domain.
"""

import argparse
import re
import shutil
from base64 import b64encode
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

START = datetime(2021, 5, 26, tzinfo=UTC)
END = datetime(2026, 5, 25, tzinfo=UTC)
THEME = Path(__file__).resolve().parents[1] / "templates"
SITE = """title: The Benchmark Digest
description: Made-up stories on made-up techniques.
base_url: https://example.org/digest/
search: false
"""
# Name and parent, the most frequent first.
TOPICS = (
    ("Software", ""),
    ("Machine Learning", "Data"),
    ("Security", ""),
    ("Databases", "Data"),
    ("Infrastructure", ""),
    ("Languages", "Software"),
    ("Data", ""),
    ("Networks", "Infrastructure"),
    ("Language Models", "Machine Learning"),
    ("Hardware", ""),
    ("Testing", "Software"),
    ("Containers", "Infrastructure"),
    ("Interfaces", ""),
    ("Storage", "Infrastructure"),
    ("Compilers", "Languages"),
    ("Cryptography", "Security"),
    ("Observability", "Infrastructure"),
    ("Computer Vision", "Machine Learning"),
    ("Version Control", "Software"),
    ("Search", "Data"),
    ("Web Frameworks", "Software"),
    ("Incidents", "Security"),
    ("Open Data", "Data"),
    ("Accessibility", "Interfaces"),
)
KINDS = "Chronicle Ledger Gazette Courier Bulletin Beacon Dispatch Observer Notebook Review".split()
PROVIDERS = tuple((f"{kind} {n:02}", f"{kind.lower()}-{n:02}.example") for n in range(1, 11) for kind in KINDS)
NOUNS = """
    adapter agent allocator archive array artifact assembler backup balancer barrier batch beacon benchmark binary
    bitmap block boundary branch bridge broker browser bucket buffer bundle bus bytecode cache calendar camera
    canvas catalog cell certificate channel checkpoint checksum chip circuit client clock cluster codec collector
    column commit compiler component connector console container context contract controller converter counter
    coverage crawler cursor daemon dashboard dataset deadline debugger decoder delta dependency deployment
    descriptor device diagram dictionary digest directory dispatcher document domain driver editor embedding
    emulator encoder endpoint engine entry envelope epoch event exporter fabric factory fallback feed field filter
    firewall firmware folder font format fragment frame function gateway generator glyph grammar graph grid handler
    handshake hash header heap hook identity image index inspector installer instance interpreter iterator journal
    kernel key keyboard label ladder latch layer layout ledger lexer library limiter linker list loader lock log
    loop manifest mapper matrix merge mesh message meter migration mirror model module monitor namespace node
    notebook object offset operator optimizer outage packet pager parser partition patch path payload peer pipeline
    pixel planner platform plugin pointer policy pool port probe process profile prompt protocol proxy query queue
    quorum record reducer region registry relay release renderer replica report request resolver resource response
    retry ring robot router routine runtime sandbox scanner schedule schema screen script selector sensor sequence
    serializer server service session shard shell signal snapshot socket solver spec stack stream subsystem surface
    switch symbol syntax table target task template tensor terminal test thread threshold ticket timer token tool
    topology trace tracker transaction transformer tree trigger tunnel type validator variable vector vendor version
    viewer volume watcher widget window worker workflow
""".split()
VERBS = """
    absorbs accepts audits balances batches blocks borrows breaks caches checks clears closes collects compares
    compiles compresses copies counts covers decodes delays describes doubles drops encodes explains exports fails
    filters finds fixes follows forgets groups guards halves hides holds imports indexes inherits isolates joins
    keeps learns limits links loads locks maps marks measures meets merges mirrors misses models moves needs opens
    orders outgrows packs parses passes patches polls prints probes proves publishes pulls queues reads rebuilds
    records refuses removes renames repairs replaces replays reports rescues retires reuses rewrites routes samples
    scans seals serves shadows shares shrinks signs skips sorts splits stores streams survives tests tracks trims
    trusts unlocks verifies waits watches wraps writes
""".split()
ADJECTIVES = """
    abstract adaptive ancient atomic automatic binary brittle broken careful central cheap clean cold compact
    concurrent cooperative curious declarative dense distributed durable dynamic eager early elastic empty exact
    explicit external familiar fast federated fixed flat formal forgotten fragile frozen generic global gradual
    hidden hollow hybrid idle immutable implicit incremental independent internal lazy legacy linear little local
    logical long loose lossless magnetic minimal missing mobile modern modular narrow native nested neutral noisy
    nominal obsolete offline open optional orderly parallel partial passive patient persistent plain portable
    precise predictable private public quiet random rapid rare reactive recent recursive redundant regular remote
    replicated reversible robust safe scalable secure secret semantic serial shallow shared short silent simple
    single slow small soft sparse stable stale static steady stochastic strict structural sturdy subtle symbolic
    synthetic temporary thin tidy timely tiny trusted typed unfinished uniform universal unlikely unused verified
    virtual visible volatile wide
""".split()
PLACES = """
    across after at behind below beside beyond from inside near on outside over past through under with without
""".split()
OPENERS = "The This Each Every Another One No".split()


@dataclass(frozen=True, slots=True)
class Story:
    """What one record says of another."""

    title: str
    excerpt: str
    moment: str
    url: str
    provider: int


class Writer:
    """Draws texts and records, one after another, from one stream of random numbers."""

    def __init__(self, seed: str) -> None:
        self.rng = Random(seed)  # noqa: S311 - nothing is kept secret with it
        self.slugs: set[str] = set()
        self.recent: list[list[Story]] = [[] for _ in TOPICS]
        self._topics = list(accumulate(1 / (rank + 1) ** 0.9 for rank in range(len(TOPICS))))
        self._providers = list(accumulate(1 / (rank + 2) for rank in range(len(PROVIDERS))))

    def record(self, number: int, moment: datetime, *, is_new: bool = False) -> tuple[str, str]:
        """Return a record's slug and text; `is_new`: published, with a comment and curated stories."""
        rng = self.rng
        title, slug = self._headline()
        provider = self._draw(self._providers)
        name, domain = PROVIDERS[provider]
        count = rng.choices((1, 2, 3, 4), (30, 40, 20, 10))[0]
        topics = list(dict.fromkeys(self._draw(self._topics) for _ in range(count)))
        is_video = number % 20 == 19  # noqa: PLR2004 - every twentieth
        is_published = is_new or self.happens(0.7)
        url = f"https://{domain}/{moment.year}/{slug}"
        story = Story(title, self.text(rng.randint(100, 270)), _stamp(moment), url, provider)
        lines = [
            f'category: news\ntitle: "{title}"\nexcerpt: "{story.excerpt}"\npublishedDateTime: {story.moment}',
            f'originalUrl: "{url}?id={number}"\nwebUrl: "{url}"\ntype: {"video" if is_video else "article"}',
            f"quality: {rng.randint(20, 95)}\nheat: {rng.choice((-1, rng.randint(0, 100)))}",
            f"published: {'true' if is_published else 'false'}",
            f'provider:\n  name: {name}\n  domain: {domain}\n  images:\n    - url: "https://{domain}/logo.png"',
            "      width: 50\n      height: 50\ntopics:",
        ]
        lines += [f"  - {TOPICS[topic][0]}" for topic in topics]
        if self.happens(0.1):
            lines.insert(1, f"updatedDateTime: {_stamp(moment + timedelta(hours=rng.randint(1, 90)))}")
        if self.happens(0.85):
            lines.append(self._image(domain, slug))
        if is_new or self.happens(0.6):
            lines.append("related:")
            lines += self._related(topics, moment)
        if is_video:
            code = b64encode(rng.randbytes(9), b"-_").decode()[:11]
            player = f'<iframe width="560" height="315" src="https://www.youtube.com/embed/{code}"></iframe>'
            lines.append(f"featuredContent: '{player}'")
        blob, vector = (b64encode(rng.randbytes(size)).decode() for size in (720, 16))
        lines.append(f'secured: "{blob};{vector}"')
        body = self.comment() if is_new or self.happens(0.6) else ""
        if is_published:
            for topic in topics:
                self.recent[topic].append(story)
        return slug, "\n".join(["---", *lines, "---", "", body])

    def happens(self, share: float) -> bool:
        """Whether something happens that does so in this share of the cases."""
        return self.rng.random() < share

    def text(self, length: int) -> str:
        """Return sentences of at least so many characters, and at most thirty more."""
        text = self._sentence()
        while len(text) < length:
            text += " " + self._sentence()
        return text if len(text) <= length + 30 else text[: text.rindex(" ", 0, length + 29)] + "."

    def comment(self) -> str:
        """Return a comment in Markdown: one to three paragraphs with a link and emphasis, now and then a list."""
        rng = self.rng
        parts = [[self._sentence() for _ in range(rng.randint(2, 4))] for _ in range(rng.randint(1, 3))]
        domain = rng.choice(PROVIDERS)[1]
        link = f"[{self._thing()}](https://{domain}/notes/{rng.randrange(10**6):06})"
        parts[0][0] = f"{rng.choice(OPENERS)} *{self._thing()}* {rng.choice(VERBS)} the {link}."
        parts[-1][-1] = f"Note **{self._thing()}**, and `{rng.choice(NOUNS)}()`."
        paragraphs = [" ".join(part) for part in parts]
        if self.happens(0.2):
            paragraphs.insert(1, "\n".join(f"- {self._thing()} {rng.choice(VERBS)}" for _ in range(rng.randint(2, 4))))
        return "\n\n".join(paragraphs) + "\n"

    def _headline(self) -> tuple[str, str]:
        rng = self.rng
        title = f"{self._thing()} {rng.choice(VERBS)} {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
        if self.happens(0.5):
            title += f" {rng.choice(PLACES)} {self._thing()}"
        elif self.happens(0.4):
            title = f"{rng.choice(NOUNS).capitalize()} & {rng.choice(NOUNS)}: {title}"
        slug = _slug(title)
        while slug in self.slugs:
            title += f" {rng.choice(NOUNS)}"
            slug = _slug(title)
        self.slugs.add(slug)
        return title[0].upper() + title[1:], slug

    def _sentence(self) -> str:
        rng = self.rng
        start = f"{rng.choice(OPENERS)} {self._thing()} {rng.choice(VERBS)} the {self._thing()}"
        return f"{start} {rng.choice(PLACES)} the {self._thing()}." if self.happens(0.6) else f"{start}."

    def _thing(self) -> str:
        """Return an adjective and a noun; the noun is often one of many compounds."""
        rng = self.rng
        noun = rng.choice(NOUNS)
        if self.happens(0.3):
            noun = f"{rng.choice(NOUNS)}-{noun}"
        return f"{rng.choice(ADJECTIVES)} {noun}"

    def _image(self, domain: str, slug: str) -> str:
        rng = self.rng
        lines = [f'images:\n  - url: "https://{domain}/images/{slug}.jpg"']
        if self.happens(0.9):
            lines.append(f"    width: {rng.choice((640, 800, 1200, 1280, 1600))}\n    height: {rng.randint(360, 900)}")
        if self.happens(0.5):
            lines.append(f"    title: The {self._thing()}\n    attribution: {rng.choice(PROVIDERS)[0]}")
        return "\n".join([*lines, "    isCached: true"])

    def _related(self, topics: Sequence[int], moment: datetime) -> list[str]:
        rng = self.rng
        pool = self.recent[topics[0]][-300:]
        stories = rng.sample(pool, min(len(pool), rng.choice((0, 1, 1, 2))))
        while len(stories) < 2:  # noqa: PLR2004 - two stories each
            provider = self._draw(self._providers)
            title = self._thing() + f" {rng.choice(VERBS)} {self._thing()}"
            when = moment - timedelta(minutes=rng.randint(60, 40000))
            url = f"https://{PROVIDERS[provider][1]}/elsewhere/{_slug(title)}-{rng.randrange(10**9):09}"
            stories.append(Story(title.capitalize(), self.text(110), _stamp(when), url, provider))
        return [self._curated(story) for story in stories]

    def _curated(self, story: Story) -> str:
        name, domain = PROVIDERS[story.provider]
        return (
            f'  - title: "{story.title}"\n    excerpt: "{story.excerpt}"\n    publishedDateTime: {story.moment}\n'
            f'    webUrl: "{story.url}"\n    type: article\n    provider:\n      name: {name}\n      domain: {domain}\n'
            f"    quality: {self.rng.randint(20, 95)}"
        )

    def _draw(self, weights: Sequence[float]) -> int:
        return bisect(weights, self.rng.random() * weights[-1])


def generate(folder: Path, number: int, seed: int = 1) -> None:
    """Write a digest of so many records. The folder's `content` is replaced."""
    content = folder / "content"
    shutil.rmtree(content, ignore_errors=True)
    (content / "topics").mkdir(parents=True)
    (folder / "site.yaml").write_text(SITE, "utf-8")
    writer = Writer(f"records {number} {seed}")
    for place, (name, parent) in enumerate(TOPICS):
        lines = [f"_id: {_slug(name)}", f"name: {name}", *([f"parent: {parent}"] if parent else [])]
        lines += [f'hashtags: ["#{name.replace(" ", "")}"]', f"description: {writer.text(60)}", ""]
        (content / "topics" / f"{place:02}-{_slug(name)}.yaml").write_text("\n".join(lines), "utf-8")
    for year in range(START.year, END.year + 1):
        (content / str(year)).mkdir()
    for place in range(number):
        share = (place + writer.rng.random()) / number
        moment = START + timedelta(seconds=int(share * (END - START).total_seconds()))
        slug, text = writer.record(place, moment)
        (content / str(moment.year) / f"{slug}.md").write_bytes(text.encode())


def edit_one(folder: Path, counter: int = 1) -> Path:
    """Change the excerpt and the comment of a published record of the middle year; return its file."""
    path = published(folder, counter)
    writer = Writer(f"edit {counter}")
    text = path.read_text("utf-8")
    excerpt = f'excerpt: "Edit {counter}. {writer.text(150)}"'
    head = re.sub(r'^excerpt: ".*"$', excerpt, text, count=1, flags=re.MULTILINE)
    head = head[: head.index("\n---\n", 4)]
    path.write_text(f"{head}\n---\n\nEdit {counter}. {writer.comment()}", "utf-8")
    return path


def add_one(folder: Path, moment: datetime, counter: int = 1) -> Path:
    """Add a published record of that moment, with a comment and curated stories; return its file."""
    writer = Writer(f"addition {counter} {moment.isoformat()}")
    told = published(folder, counter + 100).read_text("utf-8")
    title, url = (re.findall(rf'^{field}: "(.*)"$', told, re.MULTILINE)[0] for field in ("title", "webUrl"))
    domain = url.split("/")[2]
    provider = next(place for place, known in enumerate(PROVIDERS) if known[1] == domain)
    when = re.findall(r"^publishedDateTime: (.*)$", told, re.MULTILINE)[0]
    for stories in writer.recent:
        stories.append(Story(title, "From the archive.", when, url, provider))
    slug, text = writer.record(0, moment, is_new=True)
    path = folder / "content" / str(moment.year) / f"addition-{counter}-{slug}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace(f"/{slug}", f"/addition-{counter}-{slug}"), "utf-8")
    return path


def change_template(folder: Path, counter: int = 1) -> Path:
    """Put a version of the article template with another visible line into the site's templates; return its file."""
    path = folder / "templates" / "article.html"
    path.parent.mkdir(exist_ok=True)
    text = (THEME / "article.html").read_text("utf-8")
    path.write_text(text.replace("</article>", f'<p class="meta">Change {counter}</p>\n</article>', 1), "utf-8")
    return path


def published(folder: Path, counter: int) -> Path:
    """Return a published record of the middle year, another for each counter."""
    paths = sorted((folder / "content" / "2023").glob("*.md"))
    start = len(paths) // 2 + counter
    turned = (paths[(start + step) % len(paths)] for step in range(len(paths)))
    return next(path for path in turned if "\npublished: true\n" in path.read_text("utf-8"))


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def main() -> None:
    """Write a digest as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("number", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    generate(options.folder, options.number, options.seed)


if __name__ == "__main__":
    main()
