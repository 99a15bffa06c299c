"""The check of links: what each kind of answer means, how gently it asks, and how it goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from answering import (
    Answering,
    Server,
    bomb,
    cut_short,
    dripping,
    endless,
    hang_up,
    html,
    in_turn,
    only_get,
    page,
    redirect,
    serving,
    slow,
    status,
)
from builders import CASES, RULES, record, source
from conftest import ROOT
from msgspec.structs import replace

from broadsheet.checks.dossiers import Dossier, dossier_of
from broadsheet.core.diagnostics import Location, as_text
from broadsheet.core.urls import permanent_id
from broadsheet.curating.links import LinkReport, Manners, check_links
from broadsheet.network.fetching import Limits
from broadsheet.network.linkstore import LinkStore
from broadsheet.records.articles import parse_filed
from broadsheet.sources.linkanswers import Link, Told, as_problem, judge, waiting_time

OPEN = Limits(allows_private=True, seconds=0.5, redirects=4)
QUICK = Manners(pause=0.0, backoff=0.01, patience=2.0)
HEAD_REFUSED = {f"/head-{code}": only_get(code) for code in (403, 404, 405, 501)}


def answers() -> dict[str, Answering]:
    """Return every kind of answer; those in turn begin anew."""
    return {
        "/200": page,
        "/204": status(204),
        "/301": redirect(301, "/200"),
        "/302": redirect(302, "/200"),
        "/307": redirect(307, "/200"),
        "/308": redirect(308, "/200?utm_source=x"),
        "/301-301-302": redirect(301, "/301-302"),
        "/301-302": redirect(301, "/302"),
        "/302-301": redirect(302, "/301"),
        "/same": redirect(301, "/same/"),
        "/same/": page,
        "/301-404": redirect(301, "/404"),
        "/loop": redirect(302, "/loop"),
        "/to-file": redirect(301, "file:///etc/passwd"),
        "/no-location": status(301),
        "/404": status(404),
        "/410": status(410),
        "/401": status(401),
        "/403": status(403),
        "/451": status(451),
        "/429": status(429, Retry_After="0"),
        "/429-long": status(429, Retry_After="86400"),
        "/429-once": in_turn(status(429, Retry_After="1"), page),
        "/500": status(500),
        "/500-once": in_turn(status(500), page),
        "/503-twice": in_turn(status(503), status(503), page),
        "/slow": slow(0.2),
        "/slow-once": in_turn(slow(3), page),
        "/hanging": slow(30),
        "/cut-short": cut_short,
        "/hang-up": hang_up,
        "/endless": endless,
        "/dripping": dripping,
        "/bomb": bomb,
        **HEAD_REFUSED,
    }


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(answers()) as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "work" / "links.sqlite"


def filed(url: str | None, number: int = 0, **fields: str | None) -> Dossier:
    value = parse_filed(source(record("", webUrl=url, **fields), f"news/{number}.md"), RULES).value
    assert value is not None
    return dossier_of(value, b"")


def check(server: Server, store: Path, *paths: str, manners: Manners = QUICK, limits: Limits = OPEN) -> LinkReport:
    return check_links([filed(server.url + path, n) for n, path in enumerate(paths)], store, limits, manners)


def said(server: Server, report: LinkReport) -> list[str]:
    return [f"{p.code} {p.message}".replace(server.url, "") for p in report.problems]


@pytest.mark.parametrize(
    "path",
    [
        *("/200", "/204", "/302", "/307", "/302-301", "/same", "/no-location", "/429-once", "/500-once", "/503-twice"),
        *("/slow", "/slow-once", "/endless", "/dripping", "/bomb", "/cut-short"),
        *HEAD_REFUSED,
    ],
)
def test_a_link_that_is_fine_is_not_named(store: Path, path: str) -> None:
    with serving(answers()) as server:
        report = check(server, store, path)

    assert said(server, report) == []
    assert (report.asked, report.left) == (1, 0)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/404", "link-gone '/404' is gone: the server answered 404"),
        ("/410", "link-gone '/410' is gone: the server answered 410"),
        ("/301-404", "link-gone '/301-404' is gone: the server answered 404"),
        ("/301", "link-moved '/301' has moved for good to /200"),
        ("/308", "link-moved '/308' has moved for good to /200?utm_source=x"),
        ("/301-302", "link-moved '/301-302' has moved for good to /302"),
        ("/301-301-302", "link-moved '/301-301-302' has moved for good to /302"),
        ("/401", "link-refused '/401' is not shown to programs: the server answered 401"),
        ("/403", "link-refused '/403' is not shown to programs: the server answered 403"),
        ("/451", "link-refused '/451' is not shown to programs: the server answered 451"),
        ("/429", "link-refused '/429' is not shown to programs: the server answered 429"),
        ("/429-long", "link-refused '/429-long' is not shown to programs: the server answered 429"),
        ("/500", "link-unreachable '/500' cannot be reached: the server answered 500"),
        ("/loop", "link-unreachable '/loop' cannot be reached: more than 4 redirects"),
        ("/hanging", "link-unreachable '/hanging' cannot be reached: no whole answer within 0.5 s"),
        ("/hang-up", "link-unreachable '/hang-up' cannot be reached: Server disconnected without sending a response."),
        (
            "/to-file",
            "link-unreachable '/to-file' cannot be reached: a redirect that is not followed: 'file:' is not linked; an http or https URL is needed",
        ),
    ],
)
def test_what_is_wrong_with_a_link_is_said(server: Server, store: Path, path: str, expected: str) -> None:
    assert said(server, check(server, store, path)) == [expected]


def test_a_problem_stands_at_the_address_with_what_to_do(server: Server, store: Path) -> None:
    moved = filed(f"{server.url}/301")
    named = filed(None, 1, originalUrl=f"{server.url}/301", id="tag:a,2023:1")

    report = check_links([moved, named], store, OPEN, QUICK)

    first, second = report.problems
    assert first.location == Location("content/news/0.md", 4, 9)
    assert first.hint == (
        f"write 'webUrl: {server.url}/200', and 'id: \"{moved.article.id}\"' if there is no 'id' yet, "
        "so that subscribers do not see the story again"
    )
    assert second.location == Location("content/news/1.md", 5, 14)
    assert second.hint.startswith(f"write 'originalUrl: {server.url}/200', and 'id: \"tag:a,2023:1\"' if")


def test_each_address_is_asked_once_and_only_of_what_is_published(server: Server, store: Path) -> None:
    server.asked.clear()
    records = [
        filed(f"{server.url}/404#top"),
        filed(f"{server.url}/404", 1),
        filed(f"{server.url}/200", 2, published="false"),
        filed(f"{server.url}/204", 3, originalUrl=f"{server.url}/200"),
    ]

    report = check_links(records, store, OPEN, QUICK)

    assert [problem.location.path for problem in report.problems] == ["content/news/0.md", "content/news/1.md"]
    assert server.paths() == ["/robots.txt", "/204", "/404", "/404"]


def test_the_head_is_asked_for_and_the_page_where_that_is_refused(server: Server, store: Path) -> None:
    server.asked.clear()

    check(server, store, "/200", "/head-403", "/head-405", "/slow")

    assert [(method, path) for method, path, _ in server.asked] == [
        ("GET", "/robots.txt"),
        ("HEAD", "/200"),
        ("HEAD", "/head-403"),
        ("GET", "/head-403"),
        ("HEAD", "/head-405"),
        ("GET", "/head-405"),
        ("GET", "/slow"),  # this host knows no HEAD
    ]


def test_one_host_is_asked_one_thing_at_a_time_with_pauses(store: Path) -> None:
    busy = [0, 0]

    def watched(visitor: object) -> None:
        busy[0] += 1
        busy[1] = max(busy)
        time.sleep(0.02)
        page(visitor)  # type: ignore[arg-type]
        busy[0] -= 1

    with serving({f"/{n}": watched for n in range(4)}) as server:
        check(server, store, *(f"/{n}" for n in range(4)), manners=Manners(pause=0.15))
        times = [moment for _, _, moment in server.asked]

    assert busy[1] == 1
    assert len(times) == 5
    assert all(later - earlier >= 0.15 for earlier, later in pairwise(times))


def test_several_hosts_are_asked_at_once_but_no_more_than_wanted(store: Path) -> None:
    lock = threading.Lock()
    busy = [0, 0]

    def watched(visitor: object) -> None:
        with lock:
            busy[0] += 1
            busy[1] = max(busy)
        time.sleep(0.1)
        with lock:
            busy[0] -= 1
        page(visitor)  # type: ignore[arg-type]

    def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    with serving({"/": watched}) as server:
        records = [filed(f"http://h{n}.example:{server.server_port}/", n) for n in range(6)]
        limits = Limits(allows_private=True, seconds=5)
        report = check_links(records, store, limits, Manners(concurrency=3, pause=0), resolve=resolve)

    assert report.asked == 6
    assert busy[1] == 3


def test_a_server_is_given_the_time_it_asks_for(store: Path) -> None:
    with serving(answers()) as server:
        check(server, store, "/429-once")
        times = [moment for _, path, moment in server.asked if path == "/429-once"]

    assert len(times) == 2
    assert times[1] - times[0] >= 1


def test_a_server_that_asks_for_too_long_is_left(server: Server, store: Path) -> None:
    server.asked.clear()

    check(server, store, "/429-long")

    assert server.paths() == ["/robots.txt", "/429-long"]


def test_it_waits_twice_as_long_each_time(store: Path) -> None:
    with serving(answers()) as server:
        check(server, store, "/500", manners=Manners(pause=0, backoff=0.2, attempts=4))
        times = [moment for _, path, moment in server.asked if path == "/500"]

    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert [round(gap, 1) for gap in gaps] == [0.2, 0.4, 0.8]


def test_a_host_that_never_answers_is_not_asked_again_and_again(store: Path) -> None:
    with serving({f"/{n}": hang_up for n in range(5)}) as server:
        report = check(server, store, *(f"/{n}" for n in range(5)))

        assert len(report.problems) == 5
        assert [server.paths().count(f"/{n}") for n in range(5)] == [3, 3, 1, 1, 1]


def test_what_a_site_asks_to_leave_alone_is_left_alone(store: Path) -> None:
    robots = html(b"User-agent: *\nDisallow: /private\n", kind="text/plain")
    with serving({"/robots.txt": redirect(301, "/rules"), "/rules": robots, "/a": page}) as server:
        report = check(server, store, "/a", "/private/b")

        assert server.paths() == ["/robots.txt", "/rules", "/a"]
        assert (report.asked, report.unasked, report.left, report.problems) == (1, 1, 0, ())


def test_a_site_may_ask_for_longer_pauses_but_not_for_ever(store: Path) -> None:
    robots = html(b"User-agent: Broadsheet\nCrawl-delay: 1000\n", kind="text/plain")
    with serving({"/robots.txt": robots, "/a": page, "/b": page}) as server:
        check(server, store, "/a", "/b", manners=Manners(pause=0, patience=0.3))
        times = [moment for _, _, moment in server.asked]

    assert [round(later - earlier, 1) for earlier, later in pairwise(times)] == [0.3, 0.3]


def test_private_addresses_are_refused_unless_allowed(server: Server, store: Path) -> None:
    server.asked.clear()

    report = check(server, store, "/200", limits=Limits())

    assert said(server, report) == [
        "link-unreachable '/200' cannot be reached: '127.0.0.1' has the address 127.0.0.1, which is not public"
    ]
    assert server.asked == []


def test_a_host_that_is_not_known_is_said_so(store: Path) -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    report = check_links([filed("https://nowhere.example/a")], store, OPEN, QUICK, resolve=unknown)

    assert [problem.message for problem in report.problems] == [
        "'https://nowhere.example/a' cannot be reached: the host 'nowhere.example' is not known"
    ]


def test_a_certificate_that_does_not_hold_is_said_so(store: Path) -> None:
    with serving(answers(), is_secure=True) as server:
        report = check(server, store, "/200")

    assert said(server, report)[0].startswith(
        "link-unreachable '/200' cannot be reached: the certificate does not hold: self"
    )


def test_what_is_known_is_not_asked_again_until_it_is_old(server: Server, store: Path) -> None:
    paths = ("/200", "/301", "/404", "/403")
    first = check(server, store, *paths)
    server.asked.clear()

    again = check(server, store, *paths, "/204")
    old = check(server, store, *paths, manners=Manners(pause=0, max_age=0))

    assert server.paths()[:2] == ["/robots.txt", "/204"]
    assert (first.asked, again.asked, again.remembered, old.asked) == (4, 1, 4, 4)
    assert again.problems == first.problems == old.problems


@pytest.mark.parametrize(
    ("outcome", "age", "is_known"),
    [
        ("fine", 6 * 86_400, True),
        ("gone", 8 * 86_400, False),
        ("unreachable", 3_000, True),
        ("refused", 4_000, False),
        ("fine", -60, False),
    ],
)
def test_an_answer_that_may_pass_counts_for_an_hour(store: Path, outcome: str, age: float, is_known: bool) -> None:
    told = Told(url="https://example.org/", outcome=outcome, asked=1_000_000)  # type: ignore[arg-type]
    with LinkStore(store) as kept:
        kept.save(told)

    with LinkStore(store) as kept:
        assert (kept.recall(told.url, 1_000_000 + age, 7 * 86_400) == told) is is_known


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but as long as the head of one is" * 9, None])
def test_a_store_that_is_damaged_is_an_empty_one(server: Server, store: Path, damage: bytes | None) -> None:
    check(server, store, "/404")
    store.write_bytes(store.read_bytes()[:5000] if damage is None else damage)

    report = check(server, store, "/404")

    assert (report.asked, len(report.problems)) == (1, 1)
    assert check(server, store, "/404").remembered == 1


def test_a_store_that_cannot_be_written_is_no_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert check(server, tmp_path / "file" / "links.sqlite", "/404").asked == 1


def test_progress_is_told_of_each(server: Server, store: Path) -> None:
    seen: list[tuple[int, int]] = []
    check(server, store, "/200")

    records = [filed(server.url + path) for path in ("/200", "/204", "/404")]
    check_links(records, store, OPEN, QUICK, progress=lambda done, total: seen.append((done, total)))

    assert seen == [(1, 3), (2, 3), (3, 3)]


SCRIPT = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from test_links import *
records = [filed("{url}/" + name, number) for number, name in enumerate(("404", "200", "slow"))]
report = check_links(records, Path({store!r}), Limits(allows_private=True, seconds=60), QUICK,
    progress=lambda done, total: print(done, flush=True))
print(len(report.problems), report.asked, report.left, report.is_interrupted)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no Ctrl-C to one process")
def test_ctrl_c_ends_it_with_what_was_found_and_the_next_run_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "links.sqlite"
    with serving({"/200": page, "/slow": in_turn(slow(20), page)}) as server:
        code = SCRIPT.format(tests=str(ROOT / "tests"), url=server.url, store=str(store))
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_until(lambda: "/slow" in server.paths())
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        took = time.monotonic() - start
        server.asked.clear()
        again = check(server, store, "/404", "/200", "/slow")

    assert (out.splitlines()[-1], err, process.returncode) == ("1 2 1 True", "", 0)
    assert took < 5
    assert server.paths() == ["/robots.txt", "/slow"]
    assert (again.remembered, again.asked, again.is_interrupted) == (2, 1, False)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something to happen, for a while."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 400, 999_999_999),
        ("Thu, 08 Jun 2023 22:00:30 GMT", 30),
        ("Thu, 08 Jun 2023 21:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("\u0663", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_time(value: str | None, seconds: float | None) -> None:
    assert waiting_time(value, datetime(2023, 6, 8, 22, tzinfo=UTC)) == seconds


def test_a_page_that_moved_to_another_scheme_or_www_is_fine() -> None:
    chain = [("http://example.org/a", 301), ("https://example.org/a", 301), ("https://www.example.org/a/", 200)]

    told = judge("http://example.org/a", chain)

    link = Link(url=told.url, location=Location("x"), field="webUrl", id="tag:a,2023:1")
    assert told.outcome == "fine"
    assert as_problem(told, link) is None


def test_who_did_not_answer_is_asked_again(store: Path) -> None:
    with serving({"/a": in_turn(hang_up, hang_up, hang_up, page)}) as server:
        first = check(server, store, "/a")
        second = check(server, store, "/a")

    assert [problem.code for problem in first.problems] == ["link-unreachable"]
    assert (second.remembered, second.asked, second.problems) == (0, 1, ())


def test_each_problem_is_said_as_its_case_says() -> None:
    url, new = "https://example.org/a", "https://example.org/b"
    link = Link(url=url, location=Location("content/news/a.md", 4, 9), field="webUrl", id=permanent_id(url))
    broken = Told(url=url, outcome="unreachable", detail="the certificate does not hold: certificate has expired")
    told = [judge(url, [(url, 410)]), judge(url, [(url, 301), (new, 200)]), judge(url, [(url, 403)]), broken]

    problems = [problem for each in told if (problem := as_problem(each, link))]
    said = [as_text(replace(problem, severity="warning")) for problem in problems]

    assert "\n".join([*said, ""]) == (CASES / "links" / "links.found.txt").read_text(encoding="utf-8")
