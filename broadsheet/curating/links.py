"""The check of links: asks the sources of records whether they are still there, gently, and remembers what they said.

Nothing of it is part of a build.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from broadsheet.checks.dossiers import Dossier
from broadsheet.core.diagnostics import Diagnostic, by_location
from broadsheet.network.fetching import Answer, Client, FetchError, Limits, Resolver
from broadsheet.network.linkstore import LinkStore
from broadsheet.sources.linkanswers import PASSING, Link, Told, as_problem, judge, waiting_time
from broadsheet.sources.robots import Robots, read_robots

PROGRAM = "Broadsheet"
_DAY = 86_400.0
_READ = 1_024
_ROBOTS_SIZE = 500 << 10
_ROBOTS_REDIRECTS = 5
_TRIED_AGAIN = frozenset({"timeout", "connection", "dns"})
_NO_HEAD = frozenset({405, 501})
_HOPELESS = 2


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How gently sources are asked. Times are in seconds.

    `concurrency` requests at once, one for each host; `pause` between two for one host. Up to `attempts` where an
    answer may be another one later, with `backoff` before the second, and twice as long before each further one, or
    as long as the server asks for, up to `patience`. `max_age` is how long an answer counts.
    """

    concurrency: int = 8
    pause: float = 1.0
    attempts: int = 3
    backoff: float = 2.0
    patience: float = 60.0
    max_age: float = 7 * _DAY


class LinkReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with links, and how many were looked at: asked for now, remembered, left alone, not reached.

    `unasked` are those that a robots.txt asks to leave alone; `left` were not reached before the check was stopped.
    """

    problems: tuple[Diagnostic, ...]
    asked: int
    remembered: int
    unasked: int
    left: int

    @property
    def is_interrupted(self) -> bool:
        """Whether the check was stopped before its end."""
        return self.left > 0


Progress = Callable[[int, int], None]
"""Is told how many links are done, and of how many."""


def check_links(  # noqa: PLR0913 - the whole of a check
    records: Iterable[Dossier],
    store: Path,
    limits: Limits,
    manners: Manners = Manners(),  # noqa: B008 - a frozen value
    *,
    progress: Progress = lambda _done, _total: None,
    resolve: Resolver | None = None,
) -> LinkReport:
    """Ask the source of every published record, each URL once; what it said is kept in a file, as it comes.

    Ctrl-C ends the check, with a report of what was found so far. The next check goes on from there. Raises FetchError
    where nobody can be asked at all.
    """
    links: dict[str, list[Link]] = defaultdict(list)
    for record in records:
        if record.is_published:
            link = link_of(record)
            links[link.url].append(link)
    with LinkStore(store) as kept:
        told = {url: found for url in links if (found := kept.recall(url, time.time(), manners.max_age))}
        remembered = len(told)

        def keep(found: Told) -> None:
            told[found.url] = found
            if found.status:  # whoever did not answer is asked again by the next run
                kept.save(found)
            progress(len(told), len(links))

        progress(remembered, len(links))
        waiting = sorted(links.keys() - told.keys())
        with suppress(KeyboardInterrupt):  # what was found so far is reported
            asyncio.run(_ask_all(waiting, limits, manners, resolve, keep))
    problems = (as_problem(found, link) for found in told.values() for link in links[found.url])
    unasked = sum(1 for found in told.values() if found.outcome == "unasked")
    return LinkReport(
        problems=tuple(sorted((problem for problem in problems if problem is not None), key=by_location)),
        asked=len(told) - remembered - unasked,
        remembered=remembered,
        unasked=unasked,
        left=len(links) - len(told),
    )


def link_of(record: Dossier) -> Link:
    """Return the link of a record that readers follow, where it stands: under `webUrl`, else under `originalUrl`."""
    address = record.addresses[0]
    url = record.article.url.partition("#")[0]
    return Link(url=url, location=record.at(address.place), field=address.field, id=record.article.id)


async def _ask_all(
    urls: Sequence[str], limits: Limits, manners: Manners, resolve: Resolver | None, keep: Callable[[Told], None]
) -> None:
    by_host: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        by_host[_host(url)].append(url)
    async with Client(limits, resolve) as client:
        checker = _Checker(client, limits, manners)

        async def ask_host(own: Sequence[str]) -> None:
            for url in own:
                keep(await checker.tell(url))

        async with asyncio.TaskGroup() as group:
            for own in by_host.values():
                group.create_task(ask_host(own))


class _Gate:
    """The way to one host: for one at a time, and not before it is free again."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free = 0.0
        self.pause = 0.0
        self.failures = 0
        self.refuses_head = False
        self.robots: dict[str, Robots] = {}


class _UnaskedError(Exception):
    """A site asks that a URL be left alone."""


class _Checker:
    """Finds out about URLs, with the manners that it was given."""

    def __init__(self, client: Client, limits: Limits, manners: Manners) -> None:
        self._client = client
        self._limits = limits
        self._manners = manners
        self._places = asyncio.Semaphore(manners.concurrency)
        self._gates: dict[str, _Gate] = defaultdict(_Gate)

    async def tell(self, url: str) -> Told:
        """Return what there is at a URL, through its redirects."""
        try:
            told = judge(url, await self._chain(url))
        except _UnaskedError:
            told = Told(url=url, outcome="unasked")
        except FetchError as error:
            told = Told(url=url, outcome="unreachable", detail=str(error))
        return msgspec.structs.replace(told, asked=time.time())

    async def _chain(self, url: str) -> list[tuple[str, int]]:
        chain = []
        here = url
        for _ in range(self._limits.redirects + 1):
            answer = await self._reach(here)
            chain.append((here, answer.status))
            target = answer.location
            if target is None:
                return chain
            here = target
        raise FetchError("redirects", f"more than {self._limits.redirects} redirects")

    async def _reach(self, url: str) -> Answer:
        """Ask for a URL until there is an answer that will stay. Raises FetchError and _UnaskedError."""
        gate = self._gates[_host(url)]
        async with gate.lock:
            if not (await self._robots(gate, url)).allows(url):
                raise _UnaskedError
            # Where a host has not answered for others, once is enough.
            attempts = 1 if gate.failures >= _HOPELESS else self._manners.attempts
            for attempt in range(1, attempts + 1):
                wait: float | None = None
                try:
                    answer = await self._ask(gate, url, is_first=attempt == 1)
                except FetchError as error:
                    if error.failure not in _TRIED_AGAIN or attempt == attempts:
                        gate.failures += 1
                        raise
                else:
                    gate.failures = 0
                    wait = waiting_time(answer.headers.get("retry-after"), datetime.now(UTC))
                    is_too_long = wait is not None and wait > self._manners.patience
                    if answer.status not in PASSING or is_too_long or attempt == attempts:
                        return answer
                backoff = self._manners.backoff * 2 ** (attempt - 1)
                gate.free = max(gate.free, _now() + (backoff if wait is None else wait))
        raise AssertionError("there is always a first attempt")

    async def _ask(self, gate: _Gate, url: str, *, is_first: bool) -> Answer:
        """Ask for as little as there is: the head alone, and where that is refused, the beginning of the page."""
        if is_first and not gate.refuses_head:
            answer = await self._request(gate, url, "HEAD")
            if answer.status < 400 or answer.status in PASSING:  # noqa: PLR2004 - refusals begin here
                return answer
            gate.refuses_head = answer.status in _NO_HEAD
        return await self._request(gate, url, "GET", _READ)

    async def _request(self, gate: _Gate, url: str, method: str, most: int | None = None) -> Answer:
        await asyncio.sleep(max(0.0, gate.free - _now()))
        async with self._places:
            try:
                return await self._client.ask(url, method, most)
            finally:
                gate.free = _now() + max(self._manners.pause, gate.pause)

    async def _robots(self, gate: _Gate, url: str) -> Robots:
        """Return what a site asks of programs; nothing, where it does not say."""
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root not in gate.robots:
            found = Robots()
            try:
                answer = await self._request(gate, f"{root}/robots.txt", "GET", _ROBOTS_SIZE)
                for _ in range(_ROBOTS_REDIRECTS):
                    if (target := answer.location) is None:
                        break
                    answer = await self._request(gate, target, "GET", _ROBOTS_SIZE)
                if answer.status == 200:  # noqa: PLR2004 - OK
                    found = read_robots(answer.body.decode("utf-8", "replace"), PROGRAM)
            except FetchError:
                pass  # the page itself will show what is wrong
            gate.robots[root] = found
            gate.pause = max(gate.pause, min(found.delay, self._manners.patience))
            gate.free = max(gate.free, _now() + gate.pause) if found.delay else gate.free
        return gate.robots[root]


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _now() -> float:
    return asyncio.get_running_loop().time()
