"""Themes: a folder between the default's and the site's own, and the one that is shipped as an example."""

import re
from pathlib import Path

from conftest import DEMO_URL
from showcase import ROOT, themed
from site_builder import digest, run, snapshot, write

from broadsheet.building.report import Report

WIRE = ROOT / "examples/themes/wire"


def _front(out: Path) -> str:
    return (out / "index.html").read_text(encoding="utf-8")


def _theme(site: Path, value: str) -> None:
    with (site / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(f"theme: {value}\n")


def test_a_theme_lies_between_the_default_and_the_site(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    _theme(site, "../theme")
    write(tmp_path / "theme/templates", {"footer.html": "<footer>of the theme</footer>", "page.html": "of the theme"})
    write(tmp_path / "theme/static", {"hashed/custom.css": "body { color: red }"})
    write(site / "templates", {"footer.html": '{% include "theme/footer.html" %}{% include "default/footer.html" %}!'})

    assert run(site).outcome is not None

    front = _front(site / "public")
    assert "<footer>of the theme</footer>" in front
    assert 'class="footer"' in front
    assert re.search(r'href="/digest/hashed/custom\.\w+\.css"', front)


def test_a_template_extends_the_one_that_it_takes_the_place_of(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site / "templates", {"base.html": '{% extends "default/base.html" %}{% block kind %}mine{% endblock %}'})
    write(site / "templates", {"list.html": '{% extends "theme/list.html" %}{% block head %}<!-- x -->{% endblock %}'})

    assert run(site).outcome is not None

    assert '<body class="mine">' in (site / "public/topics/index.html").read_text(encoding="utf-8")
    assert "<!-- x -->" in (site / "public/page/1/index.html").read_text(encoding="utf-8")


def test_a_site_without_a_sheet_of_its_own_links_none(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    assert "custom" not in _front(site / "public")


def test_a_change_of_the_theme_is_seen_and_comes_to_what_a_cold_build_makes(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    _theme(site, "../theme")
    write(tmp_path / "theme/templates", {"footer.html": "<footer>one</footer>"})
    run(site)
    write(tmp_path / "theme/templates", {"footer.html": "<footer>another</footer>"})

    run(site)

    assert "<footer>another</footer>" in _front(site / "public")
    run(site, tmp_path / "cold", is_clean=True)
    assert snapshot(site / "public") == snapshot(tmp_path / "cold")


def test_a_theme_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    site = digest(tmp_path)
    _theme(site, "themes/gone")

    report = run(site)

    assert report.outcome is None
    (problem,) = report.problems
    assert (problem.code, problem.location.line) == ("bad-config", 4)
    assert problem.message.endswith("themes/gone is no folder")
    (site / "themes/gone").mkdir(parents=True)
    assert "neither templates/ nor static/" in run(site).problems[0].message


def test_an_error_in_a_theme_names_file_and_line(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    _theme(site, "../theme")
    template = tmp_path / "theme/templates/footer.html"
    for text, told in (
        ("\n{{ site.titel }}", "titel"),
        ("\n{% if %}", "Expected an expression"),
        ('\n{% include "gone.html" %}', "there is no template 'gone.html'"),
        ("\n{{ asset('gone.css') }}", "there is no file static/gone.css"),
    ):
        write(template.parent, {template.name: text})
        problem = run(site).problems[0]
        assert (problem.code, problem.location.line) == ("template-error", 2)
        assert problem.location.path.endswith("theme/templates/footer.html")
        assert told in problem.message


def test_the_wire_makes_other_pages_and_the_same_feeds(tmp_path: Path, demo: tuple[Path, Report]) -> None:
    site = themed(tmp_path / "site", WIRE)
    out = tmp_path / "out"
    asked = {"content": ROOT / "content", "base_url": DEMO_URL}
    assert run(site, out, **asked, is_clean=True).outcome is not None
    made, usual = snapshot(out), snapshot(demo[0])

    pages = {name for name in usual if not name.startswith("hashed/")}
    assert pages == {name for name in made if not name.startswith("hashed/")}
    told = [name for name in pages if name.endswith((".xml", ".json", ".txt", "email.html"))]
    assert len(told) > 20
    assert [name for name in told if made[name] != usual[name]] == []
    front = _front(out)
    assert 'class="river-day"' in front
    assert "<img" not in front

    again = run(site, out, **asked)
    assert again.rendered == 0
    assert snapshot(out) == made
    broken = {
        (name, link)
        for name in pages
        if name.endswith(".html") and not name.endswith("email.html")
        for link in re.findall(r'(?:href|src)="(/[^"#]*)', made[name].decode())
        if not _is_there(link, made)
    }
    assert not broken


def _is_there(link: str, made: dict[str, bytes]) -> bool:
    base = "/" + DEMO_URL.split("/", 3)[3]
    name = link.removeprefix(base)
    return link.startswith(base) and (name in made or f"{name}index.html" in made)
