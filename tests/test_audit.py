"""Nothing that is about to be published names an article that is not."""

from pathlib import Path

import pytest
from site_builder import digest, record, run, snapshot, write

from broadsheet.core.diagnostics import Location
from broadsheet.rendering.audit import Audit

BASE = "https://user.github.io/digest/"
HIDDEN = {"/2024/05/01/hidden/": "content/hidden.md"}


@pytest.mark.parametrize(
    "text",
    [
        '<a href="/digest/2024/05/01/hidden/">',
        "<loc>https://user.github.io/digest/2024/05/01/hidden/</loc>",
        "see https://user.github.io/digest/2024/05/01/hidden",
        "url=/digest/2024/05/01/hidden/#part",
        "(/digest/2024/05/01/hidden/)",
    ],
)
@pytest.mark.parametrize("others", [(), ("/2024/06/01/other/",), ("/1999/01/01/old/", "/2031/01/01/later/")])
def test_an_address_of_ours_is_found_however_it_is_written(text: str, others: tuple[str, ...]) -> None:
    withheld = {**dict.fromkeys(others, "content/other.md"), **HIDDEN}

    found = Audit(BASE, withheld).leaks(text.encode(), Location("page"))

    assert [(p.code, p.location.path, p.message) for p in found] == [
        ("leak", "page", "/2024/05/01/hidden/ is named here, and content/hidden.md is not published")
    ]


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://other.example/digest/2024/05/01/hidden/">',
        '<a href="/digest/2024/05/01/hidden-no-more/">',
        '<a href="/digest/2024/05/01/shown/">',
        '<a href="/2024/05/01/hidden/">',
        "",
    ],
)
def test_another_address_is_none_of_ours(text: str) -> None:
    assert Audit(BASE, HIDDEN).leaks(text.encode(), Location("page")) == []


def test_a_link_to_what_is_not_due_stops_the_build_at_its_record(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = snapshot(site / "public")
    write(
        site,
        {
            "content/news/later.md": record(77, day="2030-01-01"),
            "content/news/1.md": record(1, body="Soon: [a story](/2030/01/01/later/)."),
        },
    )

    report = run(site)
    alone = run(site, jobs=2, keep_going=True)

    assert report.outcome is None
    assert alone.outcome is None
    assert {(p.code, p.location.path.rpartition("/")[2]) for p in report.problems} == {("leak", "1.md")}
    assert snapshot(site / "public") == before


def test_a_static_file_that_names_a_draft_stops_the_build(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(
        site,
        {
            "content/news/draft.md": record(77, pub="false"),
            "static/note.txt": "https://user.github.io/digest/2024/05/01/draft/",
        },
    )

    report = run(site)

    assert [(p.code, p.location.path.rpartition("/")[2]) for p in report.problems] == [("leak", "note.txt")]
    assert not (site / "public").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("content/news/1.md", record(1, body="See [the other](/2024/05/01/2/).")),
        ("content/news/1.md", record(1, title="See https://user.github.io/digest/2024/05/01/2/")),
        ("content/pages/about.md", "---\ntitle: About\n---\nSee [it](/2024/05/01/2/).\n"),
        ("content/topics/t.yaml", "name: Topic 1\ndescription: See /digest/2024/05/01/2/\n"),
        ("templates/footer.html", "<a href='/digest/2024/05/01/2/'>it</a>"),
        ("site.yaml", "title: T\nbase_url: https://user.github.io/digest/\ndescription: See /digest/2024/05/01/2/\n"),
    ],
    ids=["comment", "headline", "page", "topic", "template", "settings"],
)
@pytest.mark.parametrize("keep_going", [False, True])
def test_an_article_that_is_withdrawn_must_not_stay_named(
    tmp_path: Path, name: str, text: str, keep_going: bool
) -> None:
    site = digest(tmp_path / "site")
    write(site, {name: text})
    assert run(site).outcome is not None
    before = snapshot(site / "public")
    write(site, {"content/news/2.md": record(2, pub="false")})

    warm = run(site, keep_going=keep_going)
    cold = run(site, tmp_path / "cold", keep_going=keep_going)

    assert warm.outcome is None
    assert warm.problems == cold.problems
    assert [(p.code, p.location.path.endswith(name)) for p in warm.problems] == [("leak", True)]
    assert snapshot(site / "public") == before
    write(site, {"content/news/2.md": record(2)})
    assert run(site).outcome is not None


def test_an_address_that_a_published_page_has_is_no_leak(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(
        site,
        {
            "content/news/draft.md": record(77, pub="false"),
            "content/news/1.md": record(1, "redirect_from: [/2024/05/01/draft/]", body="[Old](/2024/05/01/draft/)"),
        },
    )

    assert run(site).outcome is not None


SEALED = "nqgVTkX5Gw2l5Kpkool8ZLS2viVevBg9s7+JeehiAoip/AvUBFmFGi6NCRre5m9FOIVo"
RUN = "nqgVTkX5Gw2l5Kpkool8ZLS2viVevBg9s7"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("content/other.md", record(7, body=f"It says {RUN}+Jee, it says.")),
        ("content/other.md", record(7, f"related: [{{title: '{SEALED}', webUrl: 'https://o.example/'}}]")),
        ("content/other.md", record(7).replace("/7", f"/7/{RUN}/")),
        ("content/topics/t.yaml", f"name: Topic 1\ndescription: The key is {SEALED}.\n"),
        ("content/pages/p.md", f"---\ntitle: P\n---\n`{SEALED}`\n"),
        ("content/editions/2024-W18.yaml", f"introduction: '{SEALED}'\n"),
        ("templates/note.html", f"<p>{SEALED}</p>"),
        ("static/notes.txt", f"{SEALED}\n"),
        ("site.yaml", f"title: T\ndescription: {SEALED}\n"),
    ],
)
@pytest.mark.parametrize("is_draft", [True, False])
def test_what_one_record_seals_stands_nowhere_else(tmp_path: Path, path: str, text: str, is_draft: bool) -> None:
    site = digest(tmp_path)
    write(site, {path: text})
    first = run(site)
    before = snapshot(site / "public")
    write(site, {"content/sealed.md": record(9, f'secured: "{SEALED}"', pub="false" if is_draft else "true")})

    warm, cold = run(site), run(site, tmp_path / "cold")

    assert first.outcome is not None
    for report in (warm, cold):
        assert report.outcome is None
        assert [(p.code, p.location.path.removeprefix(f"{site}/")) for p in report.problems] == [("leak", path)]
        assert SEALED not in str(report.problems)
        assert RUN not in str(report.problems)
    assert snapshot(site / "public") == before


def test_what_is_sealed_is_in_no_file_that_a_build_leaves(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/sealed.md": record(9, f'secured: "{SEALED}"')})

    report = run(site)

    assert report.outcome is not None
    left = {**snapshot(site / "public"), **snapshot(site / ".broadsheet")}
    assert [name for name, data in left.items() if RUN.encode() in data] == []


def test_what_is_too_short_to_tell_is_no_seal(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/sealed.md": record(9, "secured: 'Story number 1, said once more'")})

    assert run(site).outcome is not None
