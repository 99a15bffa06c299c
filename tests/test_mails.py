"""Editions as mails: what they hold, how large they are, what mail programs make of them, and sending them once."""

import email
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import feedparser
import html5lib
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from builders import PROPERTIES
from conftest import skip
from hypothesis import given
from hypothesis import strategies as st
from payloads import PAYLOADS
from playwright.sync_api import Browser
from site_builder import run, snapshot, write
from test_attack import ACTIVE
from test_attack import field as quoted
from test_cli import broadsheet

from broadsheet.core.columns import width
from broadsheet.core.escapes import header_text, unmerged, unmerged_html
from broadsheet.core.language import Words
from broadsheet.mail import mails
from broadsheet.mail.letters import Letter, compose
from broadsheet.mail.plainmail import plain_mail
from broadsheet.site.views import Link, MailGroup, MailPage, MailStory

AFTER = datetime(2024, 6, 10, tzinfo=UTC)
SITE = "title: Test & Digest\nbase_url: https://e.example/d/\ncopyright: © Test\n"


def story(number: int, *lines: str, day: str = "2024-06-04", title: str = "") -> str:
    head = [
        f"title: {title or f'Story {number}'}",
        f"excerpt: What story {number} is about, in a sentence.",
        f"publishedDateTime: {day}T{number % 24:02}:00:00Z",
        f"webUrl: https://p{number}.example/{number}",
        f"quality: {200 - number}",
        "published: true",
        f"topics: [Topic {number % 3}]",
        *lines,
    ]
    return "\n".join(["---", *head, "---", ""])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A digest of one week, with everything that a mail can hold; the records' folder."""
    folder = tmp_path_factory.mktemp("mails")
    picture = "images: [{url: 'https://pictures.example/a.png', width: 800, height: 400, title: A picture}]"
    write(folder, {f"content/{n}.md": story(n, *([picture] if n == 0 else [])) for n in range(30)})
    pin = 'title: "The week of tests"\nintroduction: |\n  Read *these*, and [that](https://other.example/x).\n\n  - one\n  - two\n'
    write(folder, {"content/editions/2024-W23.yaml": pin})
    write(folder, {"site.yaml": f"{SITE}mail: {{service: listmonk, utm_source: mail, utm_campaign: week-EDITION}}\n"})
    report = run(folder, now=AFTER)
    assert report.outcome is not None, report.problems
    return folder


def mail(site: Path, name: str = "2024-W23") -> tuple[str, str]:
    """Return the HTML and the text of an edition's mail."""
    folder = site / "public" / "editions" / name
    return (folder / "email.html").read_text(encoding="utf-8"), (folder / "email.txt").read_text(encoding="utf-8")


def parsed(html: str) -> Any:  # noqa: ANN401 - an element tree
    return html5lib.parse(html, namespaceHTMLElements=False)


def headlines(html: str, path: str) -> list[str]:
    return ["".join(node.itertext()) for node in parsed(html).iterfind(path)]


def test_page_feeds_and_both_mails_hold_the_same_stories_in_the_same_order(site: Path) -> None:
    folder = site / "public" / "editions"
    html, text = mail(site)
    page = (folder / "2024-W23" / "index.html").read_text()
    (item,) = json.loads((folder / "weekly" / "feed.json").read_bytes())["items"]
    feeds = [feedparser.parse((folder / "weekly" / name).read_bytes()) for name in ("feed.xml", "atom.xml")]

    shown = headlines(page, ".//h2[@id='lead-title']/a") + headlines(page, ".//section//h3/a")
    rest = headlines(page, ".//section[@id='rest']//li/a")

    assert len(shown) == 25
    assert len(rest) == 5
    for content in (item["content_html"], *(feed.entries[0].content[0].value for feed in feeds)):
        assert headlines(content, ".//h4/a") == shown
        assert headlines(content, ".//ul[last()]/li/a") == rest
    assert headlines(html, ".//*[@class='story']/a") == shown
    assert headlines(html, ".//ul[@class='rest']/li/a") == rest
    assert re.findall(r"^(?:- )?(Story \d+) ", text, re.MULTILINE) == shown + rest


def test_a_mail_says_what_it_is_and_where_it_stands(site: Path) -> None:
    html, text = mail(site)

    assert headlines(html, ".//title") == ["Weekly edition No. 1: The week of tests"]
    assert headlines(html, ".//h1") == ["The week of tests"]
    assert headlines(html, ".//em") == ["these"]
    assert "25 stories, chosen from 30 that were published" in html
    assert html.index('class="preheader"') < html.index("The week of tests</h1>")
    assert text.startswith("TEST & DIGEST\nWeekly edition No. 1 · Jun 3 – 9, 2024\n25 stories · chosen from 30")
    assert "\nRead these, and that [1].\n\n- one\n- two\n" in text
    assert "\n[1] https://other.example/x\n" in text
    assert max(width(line) for line in text.splitlines() if "://" not in line) <= 72


def test_links_are_whole_and_ours_carry_their_campaign(site: Path) -> None:
    html, text = mail(site)
    links = [node.get("href") for node in parsed(html).iter("a")] + re.findall(r"https?://\S+", text)

    ours = [link for link in links if link.startswith("https://e.example/d/")]
    others = [link for link in links if link not in ours and link != "{{ UnsubscribeURL }}"]
    assert len(ours) > 50
    assert {urlsplit(link).query for link in ours} == {"utm_source=mail&utm_campaign=week-2024-W23"}
    assert all(link.startswith("https://p") or link == "https://other.example/x" for link in others)
    assert [node.get("alt") for node in parsed(html).iter("img")] == ["A picture"]


def test_the_placeholder_of_the_service_is_whole(site: Path) -> None:
    html, text = mail(site)

    assert html.count('href="{{ UnsubscribeURL }}"') == html.count("{{") == 1
    assert text.endswith("\nUnsubscribe: {{ UnsubscribeURL }}\n")


@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_mail_speaks_the_language_of_the_site(tmp_path: Path, language: str) -> None:
    write(tmp_path, {f"content/{n}.md": story(n) for n in range(4)} | {"site.yaml": f"{SITE}language: {language}\n"})
    run(tmp_path, now=AFTER)

    html, text = mail(tmp_path)

    words = {"de": "Wochenausgabe Nr. 1", "ar": "العدد الأسبوعي رقم 1"}[language]
    assert words in html
    assert words in text
    assert parsed(html).get("dir") == ("rtl" if language == "ar" else "ltr")
    assert "Read" not in html + text


def test_only_recent_editions_have_mails_and_the_clock_is_not_asked(tmp_path: Path) -> None:
    days = ("2024-04-30", "2024-05-14", "2024-06-04")
    files = {
        f"content/{day}-{n}.md": story(place * 10 + n, day=day) for place, day in enumerate(days) for n in range(3)
    }
    write(tmp_path, files | {"site.yaml": SITE + "mail: {days: 27}\n"})

    run(tmp_path, now=AFTER)
    early = snapshot(tmp_path / "public")
    run(tmp_path, now=datetime(2030, 1, 1, tzinfo=UTC))

    assert sorted(path for path in early if path.endswith("email.txt")) == [
        "editions/2024-05-14/email.txt",
        "editions/2024-06-04/email.txt",
        "editions/2024-W20/email.txt",
        "editions/2024-W23/email.txt",
    ]
    assert snapshot(tmp_path / "public") == early
    write(tmp_path, {"site.yaml": SITE + "mail: {days: 0}\n"})
    run(tmp_path, now=AFTER)
    assert not list((tmp_path / "public").rglob("email.*"))


def test_links_lead_to_the_source_where_those_of_feeds_do(tmp_path: Path) -> None:
    write(tmp_path, {f"content/{n}.md": story(n) for n in range(3)} | {"site.yaml": SITE + "feeds: {link: source}\n"})
    run(tmp_path, now=AFTER)

    html, text = mail(tmp_path)

    assert [node.get("href") for node in parsed(html).iterfind(".//*[@class='story']/a")] == [
        f"https://p{n}.example/{n}" for n in (0, 1, 2)
    ]
    assert "\n[1] https://p0.example/0\n" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("service: sendthis", "'mail.service': 'sendthis' is not one of buttondown, listmonk, mailchimp"),
        ("unsubscribe: 'javascript:alert(1)'", "neither a URL nor a mailto: address"),
        ("unsubscribe: 'mailto:a@b\\nBcc: x@y'", "neither a URL nor a mailto: address"),
        ("from: 'a@b.example, c@d.example'", "is not a mail address"),
        ('from: "a@b.example\\nBcc: x@y.example"', "is not a mail address"),
        ("days: -1", "-1 is less than 0"),
    ],
)
def test_a_setting_without_meaning_is_an_error(tmp_path: Path, settings: str, said: str) -> None:
    write(tmp_path, {"content/1.md": story(1), "site.yaml": f"{SITE}mail:\n  {settings}\n"})

    (problem,) = run(tmp_path, now=AFTER).problems

    assert said in problem.message
    assert problem.location.line == 5


# How large they are.


def large(stories: int, rest: int, letters: int) -> MailPage:
    def one(number: int) -> MailStory:
        url = f"https://e.example/{number}/{'x' * letters}"
        text = f"{number} {'&' * letters}"
        return MailStory(title=text, link=url, source=text, source_link=url, excerpt=text, label="")

    return MailPage(
        subject="S",
        name="N",
        heading="",
        when="W",
        preheader="P",
        introduction="",
        count=stories + 1,
        considered=stories + rest + 1,
        image=None,
        lead=one(0),
        groups=(MailGroup(title="A", stories=tuple(one(n) for n in range(1, stories + 1))),),
        rest=tuple(Link(f"R{n}", f"https://e.example/{'y' * letters}", "Q") for n in range(rest)),
        web="https://e.example/w/",
        unsubscribe="",
    )


def as_html(page: MailPage) -> str:
    stories = [page.lead, *(story for group in page.groups for story in group.stories)]
    lines = [f"<h3>{one.title}</h3><p>{one.excerpt}</p>{one.link}" for one in stories]
    return "\n".join(
        [page.introduction, *lines, *(f"<li>{link.text} {link.address}" for link in page.rest), f"left {page.left_out}"]
    )


@PROPERTIES
@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 2_000))
def test_a_mail_is_never_too_large_and_loses_no_more_than_it_must(stories: int, rest: int, letters: int) -> None:
    page = large(stories, rest, letters)

    data = mails.write_html(page, as_html)
    left = int(data.decode().rpartition("left ")[2])

    assert len(data) <= mails.BYTES_LIMIT
    assert data.count(b"<h3>") + data.count(b"<li>") == 1 + stories + rest - left
    if left:
        assert len(data) + 4 * letters + 200 > mails.BYTES_LIMIT


def test_what_does_not_fit_at_all_is_left_to_the_browser() -> None:
    page = large(2, 2, 100)
    story = MailStory(title="T", link="x", source="s", source_link="y", excerpt="", label="")
    page = MailPage(
        **{name: getattr(page, name) for name in MailPage.__struct_fields__}
        | {"introduction": "i" * 99_000, "lead": story}
    )

    data = mails.write_html(page, as_html)

    assert data.endswith(b"left 4")


def test_a_large_edition_leads_to_the_browser(tmp_path: Path) -> None:
    path = "x" * 1_500
    files = {f"content/{n}.md": story(n).replace(f".example/{n}", f".example/{n}/{path}") for n in range(120)}
    write(tmp_path, files | {"site.yaml": f"{SITE}editions: {{weekly_limit: 100}}\n"})
    run(tmp_path, now=AFTER)

    html, text = mail(tmp_path)

    left = re.search(r"(\d+) more stories in the browser</a>", html)
    assert left is not None
    assert 80_000 < len(html.encode()) <= 90_000
    assert html.count('class="story"') + int(left[1]) == 120
    assert len(re.findall(r"^(?:- )?Story \d+ ", text, re.MULTILINE)) == 120


# Content is data.


@pytest.mark.parametrize("text", ["{{ unsubscribe_url }}", "{% for x in y %}", "{# a #}", "*|UNSUB|*", "{{{{", "{*|{%"])
def test_no_service_finds_anything_to_obey(text: str) -> None:
    for made in (unmerged(text), unmerged_html(text)):
        assert not re.search(r"\{[{%#]|\*\|", made)


@PROPERTIES
@given(st.text())
def test_a_header_is_one_line(text: str) -> None:
    letter = Letter(
        id="urn:uuid:1",
        subject=text,
        sender="a@b.example",
        sender_name=text,
        recipients=("c@d.example",),
        date=AFTER,
        text=unmerged(text),
        html=text,
        site="https://e.example/",
    )
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return  # dropped when a file is read

    data = compose(letter).as_bytes()
    read = email.message_from_bytes(data, policy=default)

    assert data == compose(letter).as_bytes()
    assert set(read.keys()) == {
        *(
            "Subject",
            "From",
            "To",
            "Date",
            "Message-ID",
            "List-Archive",
            "List-Id",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
        )
    }
    assert len(read.get_all("To", [])) == 1
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert "\n" not in header_text(text)


@pytest.mark.parametrize("sender", ["a", "a@b\r\nBcc: c@d", "a@b@c", "ä@b.example"])
def test_what_is_no_address_sends_nothing(sender: str) -> None:
    letter = Letter(
        id="urn:uuid:1",
        subject="S",
        sender=sender,
        sender_name="N",
        recipients=(),
        date=AFTER,
        text="",
        html="",
        site="https://e.example/",
    )

    with pytest.raises(ValueError, match="mail address"):
        compose(letter)


def test_attacks_stay_texts_in_mails(tmp_path: Path) -> None:
    files = {
        f"content/{n}.md": story(n, f"provider: {{name: {quoted(payload)}}}", title=quoted(payload)).replace(
            f"excerpt: What story {n} is about, in a sentence.", f"excerpt: {quoted(payload)}"
        )
        for n, payload in enumerate(PAYLOADS)
    }
    pin = f"title: {quoted(PAYLOADS[0])}\nintroduction: {quoted(' '.join(PAYLOADS))}\n"
    write(tmp_path, files | {"content/editions/2024-W23.yaml": pin})
    write(tmp_path, {"site.yaml": f"{SITE}mail: {{service: mailchimp}}\neditions: {{weekly_limit: 40}}\n"})
    report = run(tmp_path, now=AFTER)
    assert report.outcome is not None, report.problems

    html, text = mail(tmp_path)

    tags = {node.tag for node in parsed(html).iter() if isinstance(node.tag, str)}
    assert tags & ACTIVE == {"style"}
    assert html.count("<style") == 1
    for node in parsed(html).iter():
        attributes = dict(node.attrib)
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src"):
            assert str(attributes.get(name, "https://")).startswith(("https://", "http://", "mailto:", "*|UNSUB|*")), (
                attributes
            )
    assert len(re.findall(r"\{[{%#]|\*\|", html)) == len(re.findall(r"\{[{%#]|\*\|", text)) == 1


# What mail programs make of them.

HARMLESS = {
    "@media": "dark colours, where they are known; light ones elsewhere",
    "<style> element": "it holds what is for @media alone",
    "color-scheme meta tag": "says that the mail has dark colours; ignored elsewhere",
    "display:none": "the preheader would be a line of one pixel in the colour of its ground",
    "role attribute": "for screen readers; ignored elsewhere",
    "<body> element": "replaced by another element; the table within has the same colour",
    "margin": "negative ones only, and there are none",
    "<ul>, <ol> and <dl>": "their space is another where they stand in a cell",
    "display": "values that are not used",
    "text-decoration": "values that are not used",
    "lang attribute": "on cells only, and there it is not used",
    "background": "values that are not used",
    "font-size": "units that are not used",
    "font-weight": "numbers, which are not used",
    "dir attribute": "texts keep the direction of their letters",
    "padding": "that of cells is kept; headings lose a little space",
    "line-height": "a little more or less space",
    "width attribute": "a picture may be wider at another resolution",
    "width property": "that of tables is kept",
    "border": "thinner than eight pixels; headings may lose their line",
    "max-width": "the table's width holds where it is not known",
    "align attribute": "other values than the one that is used",
    "height property": "of the picture, which keeps its proportions by itself",
}
"""What caniemail says that a program supports in part or not at all, and why it does no harm."""
_ASK = """
import { caniemail } from 'MODULE';
import { readFileSync } from 'node:fs';
const clients = ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*'];
const { issues } = caniemail({ clients, html: readFileSync(process.argv[2], 'utf8') });
const found = new Set();
for (const level of ['errors', 'warnings']) for (const [, list] of issues[level]) for (const one of list) found.add(one.title);
console.log(JSON.stringify([...found].sort()));
"""


@pytest.mark.slow
def test_caniemail_finds_nothing_that_does_harm(site: Path, node_modules: Path, tmp_path: Path) -> None:
    module = node_modules / "caniemail" / "dist" / "index.js"
    if not module.exists():
        skip("caniemail is not in BROADSHEET_NODE_MODULES")
    node = shutil.which("node")
    assert node is not None
    (tmp_path / "ask.mjs").write_text(_ASK.replace("MODULE", module.as_uri()))

    asked = subprocess.run(
        [node, str(tmp_path / "ask.mjs"), str(site / "public/editions/2024-W23/email.html")],
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(asked.stdout)
    assert found
    assert set(found) - HARMLESS.keys() == set()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 640])
def test_a_mail_fits_its_window_and_can_be_read(
    site: Path, browser: Browser, width: int, colours: Literal["light", "dark"]
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=colours)
    page.route("https://**", lambda route: route.abort())
    page.goto((site / "public/editions/2024-W23/email.html").as_uri())

    wide = page.evaluate("document.documentElement.scrollWidth")
    lights = page.evaluate(
        """[...document.querySelectorAll('h1, h2, h3 a, p, .meta a, li a')].map(node => {
             const light = text => text.match(/[0-9]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
             const ground = getComputedStyle(document.querySelector('.sheet')).backgroundColor;
             return Math.abs(light(getComputedStyle(node).color) - light(ground));
           })"""
    )
    hidden = page.locator(".preheader").is_visible()
    page.close()

    assert wide <= width
    assert min(lights) > 230
    assert not hidden


# Messages.


def test_a_message_opens_everywhere(site: Path) -> None:
    made = broadsheet("edition", "2024-W23", "--eml", "x.eml", "--now", "2024-06-10", cwd=site)
    again = broadsheet("edition", "2024-W23", "--eml", "-", "--now", "2024-06-10", cwd=site)

    data = (site / "x.eml").read_bytes()
    message = email.message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    text, html = (part.get_content() for part in message.iter_parts())
    assert (made.returncode, made.stdout) == (0, "wrote x.eml\n")
    assert again.stdout.replace("\n", "\r\n").encode() == data
    assert message["Subject"] == "Weekly edition No. 1: The week of tests"
    assert str(message["From"]) == "Test & Digest <nobody@invalid>"
    assert message["Date"].datetime == AFTER
    assert message["List-Unsubscribe"] is None
    assert message["List-Id"] == "Test & Digest <d.digest.invalid>"
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert headlines(html, ".//h3/a") == headlines(mail(site)[0], ".//h3/a") != []
    assert text.replace("\r\n", "\n") == mail(site)[1].partition("\nUnsubscribe")[0]
    assert "{{" not in text + html


def test_a_message_of_an_old_edition_can_be_made_too(tmp_path: Path) -> None:
    files = {
        f"content/{day}{n}.md": story(n + 10 * int(day[-1]), day=day)
        for day in ("2023-01-02", "2024-06-04")
        for n in range(3)
    }
    write(
        tmp_path,
        files | {"site.yaml": SITE + "mail: {unsubscribe: 'https://e.example/leave?a=1&b=2', from: d@e.example}\n"},
    )

    made = broadsheet("edition", "2023-01-02", "--eml", "old.eml", "--now", "2024-06-10", cwd=tmp_path)

    message = email.message_from_bytes((tmp_path / "old.eml").read_bytes(), policy=default)
    assert made.returncode == 0
    assert message["List-Unsubscribe"] == "<https://e.example/leave?a=1&b=2>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<[0-9a-f-]{36}@e\.example>", message["Message-ID"])


@dataclass
class Inbox:
    """A mail server's hooks: what came, and who is refused."""

    refused: set[str] = field(default_factory=set)
    got: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.got.append(envelope)
        return "250 OK"


@contextmanager
def serving_mail(inbox: Inbox, **options: Any) -> Iterator[dict[str, str]]:  # noqa: ANN401
    """Run a mail server on loopback; give the variables that lead to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield {
            "BROADSHEET_SMTP_HOST": "127.0.0.1",
            "BROADSHEET_SMTP_PORT": str(port),
            "BROADSHEET_SMTP_STARTTLS": "false",
            "BROADSHEET_SMTP_TO": "list@e.example",
            "BROADSHEET_SMTP_FROM": "digest@e.example",
            "SOURCE_DATE_EPOCH": "1717977600",
        }
    finally:
        controller.stop()


@pytest.fixture
def week(tmp_path: Path) -> Path:
    write(tmp_path, {f"content/{n}.md": story(n) for n in range(3)} | {"site.yaml": SITE})
    return tmp_path


def test_an_edition_is_sent_once(week: Path) -> None:
    inbox = Inbox()
    with serving_mail(inbox) as where:
        first = broadsheet("edition", "--send", cwd=week, **where)
        second = broadsheet("edition", "--send", cwd=week, **where)
        forced = broadsheet("edition", "--send", "--force", cwd=week, **where)
        other = broadsheet("edition", "latest-daily", "--send", cwd=week, **where)

    assert (first.returncode, first.stdout) == (0, "2024-W23: sent to list@e.example\n")
    assert (second.returncode, second.stdout) == (0, "2024-W23 was sent already; --force sends it again\n")
    assert (forced.returncode, other.returncode) == (0, 0)
    assert [envelope.rcpt_tos for envelope in inbox.got] == [["list@e.example"]] * 3
    message = email.message_from_bytes(inbox.got[0].original_content or b"", policy=default)
    assert message["To"] == "list@e.example"
    assert message["From"] == "Test & Digest <digest@e.example>"
    body = message.get_body(("html",))
    assert body is not None
    assert headlines(body.get_content(), ".//*[@class='story']/a") == ["Story 0", "Story 1", "Story 2"]


def test_an_old_edition_is_not_sent_by_chance(week: Path) -> None:
    inbox = Inbox()
    with serving_mail(inbox) as where:
        late = broadsheet("edition", "--send", "--now", "2024-06-20", cwd=week, **where)
        wanted = broadsheet("edition", "--send", "--now", "2024-06-20", "--within", "30", cwd=week, **where)

    assert (late.returncode, late.stdout) == (
        0,
        "2024-W23 ended more than 7 days ago; --within or --force sends it\n",
    )
    assert wanted.stdout == "2024-W23: sent to list@e.example\n"
    assert len(inbox.got) == 1


def test_who_was_refused_is_named_and_asked_again(week: Path) -> None:
    inbox = Inbox(refused={"gone@e.example"})
    with serving_mail(inbox) as where:
        where["BROADSHEET_SMTP_TO"] = "list@e.example, gone@e.example"
        first = broadsheet("edition", "--send", cwd=week, **where)
        inbox.refused.clear()
        second = broadsheet("edition", "--send", cwd=week, **where)

    assert first.returncode == 1
    assert first.stderr == "broadsheet: error: sent to list@e.example; not sent: gone@e.example (550 no such mailbox)\n"
    assert (second.returncode, second.stdout) == (0, "2024-W23: sent to gone@e.example\n")
    assert [envelope.rcpt_tos for envelope in inbox.got] == [["list@e.example"], ["gone@e.example"]]


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for 127.0.0.1 that signs itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        skip("openssl is not installed")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2"]
    subprocess.run([openssl, "req", "-x509", *key, *subject], cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def test_a_password_travels_encrypted(week: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    context, trusted = certificate(tmp_path_factory.mktemp("certificate"))
    inbox = Inbox()

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401
        return AuthResult(success=data == LoginPassword(b"ada", b"s3cret"), handled=False)

    with serving_mail(inbox, tls_context=context, authenticator=check, auth_required=True) as where:
        where |= {
            "BROADSHEET_SMTP_STARTTLS": "true",
            "BROADSHEET_SMTP_USER": "ada",
            "BROADSHEET_SMTP_PASSWORD": "s3cret",
        }
        untrusted = broadsheet("edition", "--send", cwd=week, **where)
        where["SSL_CERT_FILE"] = str(trusted)
        wrong = broadsheet("edition", "--send", cwd=week, **where | {"BROADSHEET_SMTP_PASSWORD": "wr0ng"})
        right = broadsheet("edition", "--send", cwd=week, **where)

    assert "nothing is known to be sent" in untrusted.stderr
    assert wrong.stderr == "broadsheet: error: nothing was sent: 127.0.0.1 does not accept the user and password\n"
    assert (right.returncode, len(inbox.got)) == (0, 1)
    for result in (untrusted, wrong, right):
        assert not re.search("s3cret|wr0ng|Traceback", result.stdout + result.stderr)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BROADSHEET_SMTP_HOST": ""}, "BROADSHEET_SMTP_HOST is not set"),
        ({"BROADSHEET_SMTP_TO": " , "}, "BROADSHEET_SMTP_TO is not set"),
        ({"BROADSHEET_SMTP_FROM": ""}, "nobody to send it: set mail.from"),
        ({"BROADSHEET_SMTP_FROM": "no address"}, "'no address' is not a mail address"),
        ({"BROADSHEET_SMTP_TO": "a@b.example\nBcc: c@d.example"}, "is not a mail address"),
        ({"BROADSHEET_SMTP_PORT": "mail"}, "BROADSHEET_SMTP_PORT is not a number"),
        ({"BROADSHEET_SMTP_PORT": "1"}, "nothing is known to be sent: 127.0.0.1, port 1: Connection refused"),
        ({"BROADSHEET_SMTP_STARTTLS": "maybe"}, "neither true nor false"),
        ({"BROADSHEET_SMTP_STARTTLS": "true"}, "nothing was sent: 127.0.0.1: STARTTLS extension not supported"),
        ({"BROADSHEET_SMTP_USER": "ada", "BROADSHEET_SMTP_HOST": "mail.example"}, "over an encrypted connection only"),
        ({"BROADSHEET_SMTP_USER": "ada"}, "nothing was sent: 127.0.0.1: "),
    ],
)
def test_a_failure_is_one_line_and_nothing_counts_as_sent(week: Path, changes: dict[str, str], said: str) -> None:
    inbox = Inbox()
    with serving_mail(inbox) as where:
        failed = broadsheet("edition", "--send", cwd=week, **where | changes)
        sent = broadsheet("edition", "--send", cwd=week, **where)

    assert failed.returncode == 1
    assert said in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
    assert sent.stdout == "2024-W23: sent to list@e.example\n"


def test_how_the_server_says_goodbye_changes_nothing(week: Path) -> None:
    class Grumpy(Inbox):
        async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
            return "421 gone"

    inbox = Grumpy(refused={"gone@e.example"})
    with serving_mail(inbox) as where:
        alone = broadsheet("edition", "--send", cwd=week, **where)
        where["BROADSHEET_SMTP_TO"] = "other@e.example, gone@e.example"
        partly = broadsheet("edition", "--send", cwd=week, **where)
        again = broadsheet("edition", "--send", cwd=week, **where)

    assert (alone.returncode, alone.stdout) == (0, "2024-W23: sent to list@e.example\n")
    assert (
        partly.stderr == "broadsheet: error: sent to other@e.example; not sent: gone@e.example (550 no such mailbox)\n"
    )
    assert again.stderr == "broadsheet: error: nothing was sent: gone@e.example (550 no such mailbox)\n"
    assert len(inbox.got) == 2


def test_where_nothing_can_be_noted_nothing_is_sent(week: Path) -> None:
    write(week, {".broadsheet": "a file in the way"})
    inbox = Inbox()
    with serving_mail(inbox) as where:
        result = broadsheet("edition", "--send", cwd=week, **where)

    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "cannot be" in result.stderr
    assert inbox.got == []


def test_a_note_that_cannot_be_read_sends_nothing(week: Path) -> None:
    write(week, {".broadsheet/public/sent.json": "[{"})
    inbox = Inbox()
    with serving_mail(inbox) as where:
        result = broadsheet("edition", "--send", cwd=week, **where)

    assert result.returncode == 1
    assert ".broadsheet/public/sent.json, which says what was sent, cannot be read" in result.stderr
    assert inbox.got == []


def test_two_things_are_not_asked_at_once(week: Path) -> None:
    result = broadsheet("edition", "--send", "--pin", cwd=week)

    assert result.returncode == 2
    assert "one at a time" in result.stderr


# Plain text.


@PROPERTIES
@given(st.text(alphabet=st.sampled_from("a b界é\u0301-—wort "), max_size=400))
def test_plain_text_is_wrapped_at_72_columns(text: str) -> None:
    page = large(0, 0, 1)
    story = MailStory(title=text or "T", link="https://e.example/", source="S", source_link="", excerpt=text, label="")
    page = MailPage(
        **{name: getattr(page, name) for name in MailPage.__struct_fields__} | {"lead": story, "groups": ()}
    )

    lines = plain_mail(page, "Site", Words("en")).splitlines()

    assert all(width(line) <= 72 or len(line.split()) <= 2 for line in lines if "://" not in line)
    assert " ".join("".join(lines).split()).count("—") == text.count("—") + (text or "T").count("—")


def test_markdown_is_read_as_text() -> None:
    page = large(0, 0, 1)
    html = (
        "<h3>Title</h3>\n<p>One <strong>two</strong><br>three <a href='https://a.example/'>four</a>.</p>\n"
        "<blockquote>\n<p>Said</p>\n</blockquote>\n<pre><code>x = 1\n  y</code></pre>\n"
        "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>\n"
        "<p><img src='https://i.example/x.png' alt='A picture'></p><hr>"
    )
    page = MailPage(**{name: getattr(page, name) for name in MailPage.__struct_fields__} | {"introduction": html})

    text = plain_mail(page, "Site", Words("en"))

    assert "\nTitle\n\nOne two three four [1].\n\n> Said\n\n    x = 1\n      y\n\nA | B\n\n1 | 2\n\nA picture\n" in text
