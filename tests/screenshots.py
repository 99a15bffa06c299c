"""Take a picture of every kind of page at three widths, light and dark: `python -m tests.screenshots DIR`.

A picture's name is its kind, width and colours, as in `front-360-dark.png`; those of the digests of hard cases follow
the name of their digest. With names of kinds after DIR, only these are taken; with `--theme=PATH` first, they show
that theme.
"""

import sys
import tempfile
from pathlib import Path
from typing import Literal

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]  # as pytest's `pythonpath` has it

from browsing import browsing, chromium, visit, watch  # noqa: E402
from showcase import showcase  # noqa: E402

WIDTHS = (360, 768, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HIGHEST = 3000


def main() -> int:
    """Take the pictures; say how many."""
    program = chromium()
    if len(sys.argv) < 2 or program is None:
        print("usage: python -m tests.screenshots DIR [KIND…], with Chromium installed")
        return 2
    theme = Path(sys.argv.pop(1).partition("=")[2]).resolve() if sys.argv[1].startswith("--theme=") else None
    folder, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with tempfile.TemporaryDirectory() as work, showcase(Path(work), theme) as sites, browsing(program) as browser:
        page = browser.new_context(reduced_motion="reduce").new_page()
        told = watch(page)
        for site in sites.values():
            for kind, address in site.pages.items():
                name = kind if site.name == "digest" else f"{site.name}-{kind}"
                if wanted and name not in wanted:
                    continue
                visit(page, site.url + address, told)
                for width in WIDTHS:
                    for scheme in SCHEMES:
                        page.set_viewport_size({"width": width, "height": 900})
                        page.emulate_media(color_scheme=scheme)
                        height = min(page.evaluate("document.documentElement.scrollHeight"), HIGHEST)
                        # As high as it is to be seen, so that what waits to be scrolled to is loaded.
                        page.set_viewport_size({"width": width, "height": height})
                        page.evaluate(
                            "Promise.all([...document.images].map((image) => image.decode().catch(() => null)))"
                        )
                        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
                        count += 1
    print(f"{count} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
