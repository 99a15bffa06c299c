"""The sites that browsers and validators look at: the demonstration digest, and digests that are hard on a theme."""

from pathlib import Path

from conftest import NOW, ROOT
from site_builder import record, run, write

from broadsheet.builder import build
from broadsheet.report import Options

DEMO = {
    "front": "",
    "archive page": "page/1/",
    "topics": "topics/",
    "topic": "topics/ai/",
    "article": "2017/06/12/attention-is-all-you-need/",
    "video": "2023/01/17/lets-build-gpt-from-scratch/",
    "providers": "providers/",
    "provider": "providers/arxiv.org/",
    "section": "sections/reference/",
    "archive": "archive/",
    "year": "archive/2025/",
    "month": "archive/2025/03/",
    "leaf": "about/",
    "search": "search/",
    "subscribe": "subscribe/",
    "not found": "404.html",
}
HARD = {
    "hard front": "",
    "hard month": "archive/2024/05/",
    "right to left": "2024/05/01/0/",
    "24 topics": "2024/05/01/1/",
    "long headline": "2024/05/01/2/",
    "long word": "2024/05/01/3/",
    "missing picture": "2024/05/01/4/",
    "video with picture": "2024/05/01/5/",
    "hard topics": "topics/",
    "hard topic": "topics/topic-1/",
    "hard providers": "providers/",
}
ARABIC = "شبكات عصبية جديدة تتعلم قراءة المخطوطات القديمة"


def _hard(number: int) -> str:
    picture = "images: [{url: 'https://pictures.example/%d.jpg', width: 1600, height: 900, title: A picture}]"
    video = "featuredContent: '<iframe src=\"https://www.youtube.com/embed/kCc8FmEb1nY\"></iframe>'"
    text, extra = f"Story {number}", ["heat: 9", f"quality: {number}"]
    match number:
        case 0:
            text = ARABIC
        case 1:
            extra += [f"related: [{{title: '{ARABIC}', webUrl: 'https://other.example/1'}}]"]
        case 2:
            text = "A headline that goes on and on, " * 10
        case 3:
            text = "Donaudampfschifffahrtsgesellschaft" * 6
        case 4:
            extra += [picture % number]
        case 5:
            extra += [picture % number, video, "type: video"]
    found = record(
        number, *extra, title=text, body="A comment with `code` and a table:\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    topics = ", ".join(f"Topic {n}" for n in range(24))
    return found.replace("topics: [Topic 1]", f"topics: [{topics}]") if number == 1 else found


def build_sites(folder: Path, host: str) -> dict[str, str]:
    """Build every site below a folder that `host` serves; return the addresses of all kinds of pages, by name."""
    demo = Options(
        site=ROOT, content=ROOT / "content", out=folder / "digest", now=NOW, base_url=f"{host}digest/", jobs=1
    )
    build(demo)
    sources = folder.parent / "sources"
    for name, language in (("hard", "en"), ("arabic", "ar"), ("empty", "de"), ("single", "en")):
        site = sources / name
        count = {"empty": 0, "single": 1}.get(name, 12)
        write(site, {f"content/news/{number}.md": _hard(number) for number in range(count)})
        settings = f"title: {'نشرة' if language == 'ar' else 'Hard'}\npage_size: 4\nlanguage: {language}\n"
        write(site, {"site.yaml": settings, "content/topics/one.yaml": "name: Topic 1\ndescription: About it.\n"})
        run(site, out=folder / name, base_url=f"{host}{name}/")
    found = {kind: f"{host}digest/{path}" for kind, path in DEMO.items() if _is_there(folder / "digest" / path)}
    found |= {kind: f"{host}hard/{path}" for kind, path in HARD.items()}
    found |= {f"{kind} in Arabic": f"{host}arabic/{path}" for kind, path in HARD.items()}
    found |= {
        "empty front": f"{host}empty/",
        "empty topics": f"{host}empty/topics/",
        "empty archive": f"{host}empty/archive/",
    }
    return found | {"single front": f"{host}single/", "single article": f"{host}single/2024/05/01/0/"}


def _is_there(path: Path) -> bool:
    return path.is_file() or (path / "index.html").is_file()
