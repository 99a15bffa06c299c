"""Whatever happens to a digest, in whatever order: a warm build's output is the cold build's, byte for byte."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from site_builder import digest, record, run, snapshot, write

pytestmark = pytest.mark.slow

NUMBERS = st.integers(0, 11)
WORDS = st.sampled_from(["Camera", "Lens", "Quantum", "Widget", "<b>&", "\u05d0\u05d1", "x" * 300])
TOPICS = st.lists(st.sampled_from(["AI", "Vision", "Security", "C++", "C#", "ai"]), max_size=3)


class Curator(RuleBasedStateMachine):
    """Does to a digest what curators do, and builds it after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.site = digest(self.folder / "site", 6)
        self.count = 0

    @initialize()
    def begin(self) -> None:
        run(self.site)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def records(self) -> list[Path]:
        return sorted((self.site / "content/news").glob("*.md"))

    @rule(number=NUMBERS, words=st.lists(WORDS, min_size=1, max_size=3), topics=TOPICS, day=st.integers(1, 28))
    def write_an_article(self, number: int, words: list[str], topics: list[str], day: int) -> None:
        lines = f"topics: [{', '.join(topics)}]"
        text = record(number, title=" ".join(words), day=f"2024-03-{day:02}").replace("topics: [Topic", "# [Topic")
        write(self.site, {f"content/news/{number}.md": text.replace("---\n\n", f"{lines}\n---\n\n", 1)})

    @rule(number=NUMBERS, other=NUMBERS)
    def relate(self, number: int, other: int) -> None:
        pick = f"related: [{{title: Picked, webUrl: 'https://p{other % 5}.example/{other}'}}]"
        write(self.site, {f"content/news/{number}.md": record(number, pick)})

    @rule(number=NUMBERS, is_published=st.booleans(), is_due=st.booleans())
    def publish_or_withhold(self, number: int, is_published: bool, is_due: bool) -> None:
        day = "2024-04-01" if is_due else "2031-04-01"
        write(self.site, {f"content/news/{number}.md": record(number, pub=str(is_published).lower(), day=day)})

    @precondition(lambda self: self.records())
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self.records()))
        self.count += 1
        path.rename(path.with_name(f"renamed-{self.count}.md"))

    @precondition(lambda self: self.records())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.records())).unlink()

    @rule(number=st.integers(0, 2), parent=st.sampled_from(["", "AI", "Vision"]))
    def define_a_topic(self, number: int, parent: str) -> None:
        name = ("AI", "Vision", "Security")[number]
        below = f"parent: {parent}\n" if parent not in {"", name} else ""
        write(self.site, {f"content/topics/{number}.yaml": f"name: {name}\n{below}"})

    @rule(number=st.integers(0, 2))
    def remove_a_topic(self, number: int) -> None:
        (self.site / f"content/topics/{number}.yaml").unlink(missing_ok=True)

    @rule(size=st.integers(2, 5), language=st.sampled_from(["en", "de", "he"]), limit=st.integers(1, 9))
    def change_settings(self, size: int, language: str, limit: int) -> None:
        text = f"title: Test\nlanguage: {language}\npage_size: {size}\nfeeds: {{limit: {limit}}}\n"
        write(self.site, {"site.yaml": text})

    @rule(minimum=st.integers(1, 3), is_frozen=st.booleans(), days=st.integers(0, 60))
    def change_the_editions(self, minimum: int, is_frozen: bool, days: int) -> None:
        frozen = str(is_frozen).lower()
        text = f"editions: {{minimum: {minimum}, frozen: {frozen}}}\nmail: {{days: {days}}}\n"
        write(self.site, {"site.yaml": text})

    @rule(
        name=st.sampled_from(["2024-05-01", "2024-W18", "2024-04-01", "2024-W09"]),
        stories=st.lists(NUMBERS, max_size=4, unique=True),
        heading=st.sampled_from(["AI", "Vision", "C#", "Other"]),
        has_rest=st.booleans(),
    )
    def pin_an_edition(self, name: str, stories: list[int], heading: str, has_rest: bool) -> None:
        listed = ", ".join(f"'https://p{number % 5}.example/{number}'" for number in stories)
        rest = "rest: []\n" if has_rest else ""
        text = f"title: Pinned\ngroups:\n  - title: {heading!r}\n    stories: [{listed}]\n{rest}"
        write(self.site, {f"content/editions/{name}.yaml": text})

    @rule()
    def unpin_all(self) -> None:
        shutil.rmtree(self.site / "content/editions", ignore_errors=True)

    @rule(text=st.sampled_from(["", "<p>One</p>", "{{ card.title }}"]))
    def change_a_template(self, text: str) -> None:
        write(self.site, {"templates/card.html": f"{{{{ card.title }}}} {text}"})

    @rule()
    def drop_templates(self) -> None:
        shutil.rmtree(self.site / "templates", ignore_errors=True)

    @rule(number=st.integers(0, 1))
    def touch_the_output(self, number: int) -> None:
        pages = sorted((self.site / "public").rglob("*.html"))
        if pages and number:
            pages[0].write_text("Somebody was here.")
        elif pages:
            pages[-1].unlink()

    @rule()
    def lose_the_cache(self) -> None:
        (self.site / ".broadsheet/public/cache").unlink(missing_ok=True)

    @invariant()
    def warm_is_cold(self) -> None:
        cold = self.folder / "cold"
        shutil.rmtree(cold, ignore_errors=True)
        shutil.rmtree(self.folder / ".broadsheet", ignore_errors=True)

        warm_report, cold_report = run(self.site), run(self.site, cold)

        assert warm_report.problems == cold_report.problems
        assert (warm_report.outcome is None) == (cold_report.outcome is None)
        if warm_report.outcome is not None:
            assert snapshot(self.site / "public") == snapshot(cold)


Curator.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, derandomize=True, database=None
)
TestCurator = Curator.TestCase
