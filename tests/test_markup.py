"""Markup: the curator's Markdown, and embeds rebuilt from their ids."""

from html.parser import HTMLParser

import pytest
from builders import CASES, PROPERTIES, case_names
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.urls import web_url
from broadsheet.records.markup import EMBED_HOSTS, read_embed, render_markdown

TAGS = set("a blockquote br code del em h2 h3 h4 h5 h6 hr img li ol p pre s section strong sup".split()) | set(
    "table tbody td th thead tr ul".split()
)


@pytest.mark.parametrize("name", case_names("markdown", ".md"))
def test_markdown_becomes_what_stands_beside_it(name: str) -> None:
    text = (CASES / "markdown" / f"{name}.md").read_text(encoding="utf-8")
    wanted = (CASES / "markdown" / f"{name}.html").read_text(encoding="utf-8")

    assert render_markdown(text, "/digest/") + "\n" == wanted


@pytest.mark.parametrize("text", ["", "  \n\t\n", "[a]: https://example.org/\n"])
def test_nothing_to_show_is_nothing(text: str) -> None:
    assert render_markdown(text, "/") == ""


@pytest.mark.parametrize(("base", "link"), [("/", "/a/"), ("/digest/", "/digest/a/"), ("/x/y/", "/x/y/a/")])
def test_the_site_s_own_links_lie_below_the_base_path(base: str, link: str) -> None:
    assert render_markdown("[A](/a/)", base) == f'<p><a href="{link}">A</a></p>'


def test_the_highest_heading_s_level_is_given() -> None:
    assert render_markdown("# One\n\n## Two", "/", top_heading=2) == "<h2>One</h2>\n<h3>Two</h3>"


def test_two_texts_do_not_share_footnotes() -> None:
    first = render_markdown("A[^1]\n\n[^1]: note", "/")
    second = render_markdown("B[^1]", "/")

    assert "footnotes" in first
    assert second == "<p>B[^1]</p>"


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "&#x6A;avascript:alert(1)",
        "<java\tscript:alert(1)>",
        "\\javascript:alert(1)",
        "//evil.example/",
        "https:evil",
        "https://user:pw@example.org/",
        "data:text/html;base64,PHNjcmlwdD4=",
        "blob:https://example.org/x",
        "a.md",
    ],
)
def test_what_may_not_be_linked_is_text(target: str) -> None:
    html = render_markdown(f"[a]({target}) ![b]({target})", "/")

    assert "<a" not in html
    assert "<img" not in html


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


MARKS = st.lists(
    st.sampled_from(
        [
            *(
                "[",
                "](",
                ")",
                "![",
                "<",
                ">",
                "`",
                "*",
                "~~",
                "|",
                "|-|\n",
                "\n",
                "\n\n",
                "# ",
                "> ",
                "- ",
                "1. ",
                "[^1]",
            ),
            *(
                "[^1]: ",
                "https://example.org/",
                "javascript:",
                "/",
                "//",
                "\\",
                "&#",
                "&lt;",
                '"',
                "'",
                "script",
                "onload=",
            ),
            *(" ", "a", "é", "<script>", "<img src=x onerror=y>", "    ", "http://[", "%", "[a]: ", "---\n"),
        ]
    ),
    max_size=25,
).map("".join)


@PROPERTIES
@given(st.text(max_size=60) | MARKS)
def test_any_text_becomes_harmless_html(text: str) -> None:
    tags = Tags()

    tags.feed(render_markdown(text, "/digest/"))

    assert {tag for tag, _ in tags.found} <= TAGS
    for _, attrs in tags.found:
        assert not [name for name in attrs if name == "style" or name.startswith("on")]
        target = attrs.get("href") or attrs.get("src")
        if target and not target.startswith(("#", "mailto:", "/digest/")):
            web_url(target)


@pytest.mark.parametrize(
    "text", ["[" * 5000, "![" * 5000, "> " * 5000, "- " * 5000, "`" * 5000, "*a " * 5000, "[a](" * 3000, "^[" * 3000]
)
def test_deep_text_ends(text: str) -> None:
    assert render_markdown(text, "/")


YOUTUBE = "https://www.youtube.com/watch?v=WJk-Y8LQlfE"
PLAYER = "https://www.youtube-nocookie.com/embed/WJk-Y8LQlfE?autoplay=1"


@pytest.mark.parametrize(
    ("src", "page", "player"),
    [
        ("https://www.youtube.com/embed/WJk-Y8LQlfE", YOUTUBE, PLAYER),
        ("https://youtube.com/embed/WJk-Y8LQlfE", YOUTUBE, PLAYER),
        ("http://www.youtube.com/embed/WJk-Y8LQlfE/", YOUTUBE, PLAYER),
        ("//www.youtube.com/embed/WJk-Y8LQlfE", YOUTUBE, PLAYER),
        (" https://WWW.YouTube.com/embed/WJk-Y8LQlfE?feature=oembed ", YOUTUBE, PLAYER),
        ("https://www.youtube-nocookie.com/embed/WJk-Y8LQlfE", YOUTUBE, PLAYER),
        ("https://www.youtube.com/embed/WJk-Y8LQlfE?a=b&amp;start=90", f"{YOUTUBE}&t=90s", f"{PLAYER}&start=90"),
        ("https://www.youtube.com/embed/WJk-Y8LQlfE?start=1%26x", YOUTUBE, PLAYER),
        (
            "https://player.vimeo.com/video/76979871",
            "https://vimeo.com/76979871",
            "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1",
        ),
        (
            "https://player.vimeo.com/video/76979871?h=8272103f6e&amp;title=0",
            "https://vimeo.com/76979871/8272103f6e",
            "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1&h=8272103f6e",
        ),
    ],
)
def test_an_embed_is_rebuilt_from_its_id(src: str, page: str, player: str) -> None:
    embed, dropped = read_embed(f'<iframe width="800" src="{src}" allowfullscreen></iframe>', EMBED_HOSTS)

    assert embed is not None
    assert (embed.page_url, embed.player_url) == (page, player)
    assert dropped == ""


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "just text",
        "<iframe></iframe>",
        "<iframe src></iframe>",
        "<script>alert(1)</script>",
        "<blockquote>A quotation</blockquote>",
        "<!-- <iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE></iframe> -->",
        "&lt;iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE&gt;",
        "<![",
        "<!",
        "<iframe src='",
        *(
            f'<iframe src="{src}"></iframe>'
            for src in (
                "https://evil.example/embed/WJk-Y8LQlfE",
                "https://www.youtube.com.evil.example/embed/WJk-Y8LQlfE",
                "https://evil.example/?https://www.youtube.com/embed/WJk-Y8LQlfE",
                "https://www.youtube.com@evil.example/embed/WJk-Y8LQlfE",
                "https://www.youtube.com/watch?v=WJk-Y8LQlfE",
                "https://www.youtube.com/embed/",
                "https://www.youtube.com/embed/a/b",
                "https://www.youtube.com/embed/a%22b",
                "https://www.youtube.com/embed/videoseries?list=PLx",
                "https://www.youtube.com/embed/live_stream?channel=UCx",
                "https://player.vimeo.com/video/abc",
                "https://vimeo.com/76979871",
                "javascript://www.youtube.com/embed/WJk-Y8LQlfE",
                "data:text/html,x",
                "/embed/WJk-Y8LQlfE",
                "https://[www.youtube.com/embed/WJk-Y8LQlfE",
                "https://embed.podcasts.apple.com/x",
            )
        ),
    ],
)
def test_what_is_not_embedded_is_said(markup: str) -> None:
    embed, dropped = read_embed(markup, EMBED_HOSTS)

    assert embed is None
    assert dropped != ""


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script><iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE></iframe>",
        "<iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE></iframe><script src=//evil.example/></script>",
        "<p><iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE></iframe></p>",
        "<iframe src=https://evil.example/></iframe><iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE></iframe>",
        "<iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE></iframe><iframe src=https://evil.example/></iframe>",
    ],
)
def test_what_stands_beside_an_embed_is_dropped_and_said(markup: str) -> None:
    embed, dropped = read_embed(markup, EMBED_HOSTS)

    assert embed is not None
    assert (embed.page_url, embed.player_url) == (YOUTUBE, PLAYER)
    assert dropped != ""


def test_only_allowed_hosts_are_embedded() -> None:
    vimeo = "<iframe src=https://player.vimeo.com/video/1></iframe>"

    assert read_embed(vimeo, ("vimeo",))[0] is not None
    assert read_embed(vimeo, ("youtube",))[0] is None
    assert "none" in read_embed(vimeo, ())[1]


@PROPERTIES
@given(st.text("<>iframe src=\"/:?&%'=!-[]ahtps.youtube", max_size=60))
def test_any_markup_gives_an_embed_or_a_reason(markup: str) -> None:
    embed, dropped = read_embed(f"<iframe src={markup}", EMBED_HOSTS)

    assert embed is not None or dropped != ""
