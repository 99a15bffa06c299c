"""A cluster makes the site that one machine makes, byte for byte, or there is a clear error and the old site.

Schedulers and workers are processes of their own. A worker is killed, or comes late; a scheduler is lost; workers
have another program; what is between them is a network of its own.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import distributed
import msgspec
import pytest
from clusters import Cluster, cluster, running, wait_until
from conftest import ROOT, skip
from site_builder import NOW, digest, record, snapshot, write

from broadsheet.building import remote
from broadsheet.building.builder import build
from broadsheet.building.remote import ClusterWorkers
from broadsheet.building.report import Options, Report, tell_nobody
from broadsheet.core.diagnostics import as_text
from broadsheet.files import disk
from broadsheet.files.publication import OutputError
from broadsheet.network import cluster as network
from broadsheet.network.cluster import connected, is_address

ENOUGH = 150
"""So many records are shared with a cluster."""
MANY = 900
IP = shutil.which("ip") or ""
NUMBERS = count()
NOBODY = "tcp://127.0.0.1:1"
"""Where no scheduler is."""


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers, which no test ends."""
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return digest(tmp_path / "site", ENOUGH)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A digest that takes a cluster some seconds."""
    site = digest(tmp_path / "large", MANY)
    write(site, {"site.yaml": "title: Large\nbase_url: https://example.org/\npage_size: 2\nsearch: false\n"})
    return site


def made(
    site: Path,
    out: Path,
    address: str = "",
    *,
    patience: float = 30,
    tell: Callable[[str, int, int], None] = tell_nobody,
    is_clean: bool = False,
) -> Report:
    """Build with a cluster, or with one process where no address is given."""
    asked = Options(site=site, content=site / "content", out=out, now=NOW, jobs=1, is_clean=is_clean)
    if not address:
        return build(asked, tell)
    with ClusterWorkers(address, partial(connected, patience=patience)) as workers:
        return build(asked, tell, workers)


def broadsheet(*arguments: str, before: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", f"{before}\nfrom broadsheet.cli import main; main()", *arguments]
    return subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


class During:
    """Is told of a build, and does something once when a stage has begun to get results."""

    def __init__(self, stage: str, action: Callable[[], object]) -> None:
        self._stage = stage
        self._action = action
        self.is_over = False

    def __call__(self, stage: str, done: int, _: int) -> None:
        if stage == self._stage and done and not self.is_over:
            self.is_over = True
            self._action()


# The same site


def test_two_workers_make_the_same_site(site: Path, tmp_path: Path, two: Cluster) -> None:
    made(site, tmp_path / "here")

    report = made(site, tmp_path / "there", two.address)

    assert report.outcome is not None
    assert report.parsed == ENOUGH
    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")
    assert any(path.startswith("pagefind/") or "search" in path for path in report.outcome.written)
    write(site, {f"content/news/{n}.md": record(n, title=f"Edited {n}") for n in range(0, ENOUGH, 2)})
    made(site, tmp_path / "here", is_clean=True)
    made(site, tmp_path / "there", two.address)
    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")


def test_problems_are_those_that_one_machine_finds(site: Path, tmp_path: Path, two: Cluster) -> None:
    write(site, {"content/news/3.md": record(3, day="2024-99-99"), "content/news/77.md": record(77, "quality: much")})
    (site / "content" / "news" / "9.md").write_bytes(b"\xff\xfe")

    here, there = made(site, tmp_path / "here"), made(site, tmp_path / "there", two.address)

    assert here.outcome is there.outcome is None
    assert [as_text(problem) for problem in there.problems] == [as_text(problem) for problem in here.problems]
    assert len(here.problems) >= 3
    assert not (tmp_path / "there").exists()


def test_a_template_that_fails_there_is_named_as_here(site: Path, tmp_path: Path, two: Cluster) -> None:
    write(site, {"templates/article.html": "{{ nothing.of_the_kind }}"})

    here, there = made(site, tmp_path / "here"), made(site, tmp_path / "there", two.address)

    assert there.problems
    assert there.problems == here.problems


def test_a_bug_there_is_told_with_its_traceback() -> None:
    answer = remote.parse_there(msgspec.msgpack.encode(remote.Order(remote.PROGRAM.fingerprint, b"\xc1")))

    with pytest.raises(RuntimeError, match=r"Traceback(.|\n)*DecodeError"):
        remote.opened(answer)


def test_a_worker_does_no_work_for_another_program() -> None:
    answer = remote.parse_there(msgspec.msgpack.encode(remote.Order("another", b"")))

    with pytest.raises(OutputError, match="a worker that came later would make another site"):
        remote.opened(answer)


@pytest.mark.slow
def test_a_worker_with_several_threads_makes_the_same(site: Path, tmp_path: Path) -> None:
    made(site, tmp_path / "here")

    with cluster(tmp_path, workers=0) as started:
        started.add_worker("--nthreads", "4")
        made(site, tmp_path / "there", started.address)

    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")


# What is asked for


def test_for_few_records_no_cluster_is_asked(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 2)
    write(site, {"site.yaml": "title: Few\nsearch: false\n"})

    done = broadsheet("build", str(site), "--scheduler", NOBODY)

    assert done.returncode == 0, done.stderr
    assert "note: there was too little to do for a cluster, so this machine did it\n" in done.stdout


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://here", "http://here:1", "tcp://a b:1", ""])
def test_what_is_no_address_is_wrong_usage(site: Path, address: str) -> None:
    done = broadsheet("build", str(site), "--scheduler", address)

    assert done.returncode == 2
    assert f"'{address}' is no address of a scheduler, such as tcp://10.0.0.5:8786" in done.stderr


def test_addresses() -> None:
    assert all(map(is_address, ["tcp://10.0.0.5:8786", "tls://scheduler.example:8786", "tcp://[::1]:8786"]))


def test_processes_and_a_cluster_are_not_asked_for_at_once(site: Path) -> None:
    done = broadsheet("build", str(site), "--scheduler", NOBODY, "--jobs", "2")

    assert done.returncode == 2
    assert "--jobs is about processes of this machine" in done.stderr


def test_without_the_extra_the_command_says_what_to_install(site: Path) -> None:
    done = broadsheet("build", str(site), "--scheduler", NOBODY, before="import sys; sys.modules['distributed'] = None")

    assert done.returncode == 2
    assert "pip install 'broadsheet[cluster]'" in done.stderr


# What is lost


def test_a_scheduler_that_is_not_there_is_one_line(site: Path, tmp_path: Path) -> None:
    made(site, tmp_path / "out")
    before = snapshot(tmp_path / "out")
    write(site, {"site.yaml": "title: Another title\n"})

    with pytest.raises(OutputError, match=r"^the scheduler tcp://127.0.0.1:1 cannot be reached \(.*\); the published"):
        made(site, tmp_path / "out", NOBODY, patience=1)

    assert snapshot(tmp_path / "out") == before


def test_dask_logs_again_once_a_cluster_is_left(two: Cluster) -> None:
    logger = logging.getLogger("distributed")
    before = logger.level

    with connected(two.address):
        assert logger.level > logging.CRITICAL

    assert logger.level == before


class Scripted:
    """A future whose bytes come, or do not, by a script."""

    def __init__(self, *script: bytes | Exception) -> None:
        self.left = list(script)

    def result(self, timeout: float) -> bytes:  # noqa: ARG002 - as Dask has it
        step = self.left.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


@pytest.fixture
def scripted(two: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[network.Cluster]:
    """A cluster whose results are those of scripts."""
    monkeypatch.setattr(network, "wait", lambda _future, timeout: None)  # noqa: ARG005 - as Dask has it
    with connected(two.address) as found:
        yield found


@pytest.mark.parametrize("error", [TimeoutError(), OSError("closed")])
def test_bytes_that_do_not_come_are_asked_for_again(
    scripted: network.Cluster, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    futures = iter([Scripted(b"1"), Scripted(error, error, b"2"), Scripted(b"3")])
    monkeypatch.setattr(scripted, "_submit", lambda _function, _item: next(futures))

    assert list(scripted.map("a:b", [b"", b"", b""])) == [b"1", b"2", b"3"]


def test_bytes_that_never_come_are_given_up(scripted: network.Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "_submit", lambda _function, _item: Scripted(*[OSError("closed")] * 99))

    with pytest.raises(network.ClusterError, match="was lost"):
        list(scripted.map("a:b", [b""]))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_one_line(site: Path, tmp_path: Path) -> None:
    with cluster(tmp_path, workers=0) as started, pytest.raises(OutputError, match="has no workers; the published"):
        made(site, tmp_path / "out", started.address, patience=2)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["parse", "render"])
def test_a_worker_that_is_killed_changes_nothing(large: Path, tmp_path: Path, stage: str) -> None:
    made(large, tmp_path / "here")

    with cluster(tmp_path) as started:
        during = During(stage, started.workers[1].kill)
        made(large, tmp_path / "there", started.address, tell=during)

    assert during.is_over
    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")


@pytest.mark.slow
def test_a_worker_that_comes_late_takes_over(large: Path, tmp_path: Path) -> None:
    made(large, tmp_path / "here")

    with cluster(tmp_path, workers=1) as started:

        def replace() -> None:
            started.add_worker()
            started.workers[0].kill()

        during = During("render", replace)
        made(large, tmp_path / "there", started.address, tell=during)
        assert "plugin broadsheet-" in started.log(1)

    assert during.is_over
    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")


@pytest.mark.slow
def test_the_loss_of_all_workers_is_one_line(large: Path, tmp_path: Path) -> None:
    out = published_before(large, tmp_path)
    before = snapshot(out)

    with cluster(tmp_path) as started:

        def kill() -> None:
            for worker in started.workers:
                worker.kill()

        start = time.monotonic()
        with pytest.raises(OutputError, match="has no workers; the published site is as it was"):
            made(large, out, started.address, patience=3, tell=During("render", kill))

    assert time.monotonic() - start < 60
    assert snapshot(out) == before


@pytest.mark.slow
def test_work_that_ends_its_workers_is_given_up(large: Path, tmp_path: Path) -> None:
    out = published_before(large, tmp_path)
    before = snapshot(out)

    with cluster(tmp_path, env={"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}) as started:

        def kill_at_work() -> None:
            started.workers[0].send_signal(signal.SIGSTOP)
            time.sleep(2)  # By now it has been given work, which it does not do.
            started.workers[0].kill()

        with pytest.raises(OutputError, match="workers were ended again and again by the same piece of work"):
            made(large, out, started.address, tell=During("render", kill_at_work))

    assert snapshot(out) == before


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["parse", "render"])
def test_the_loss_of_the_scheduler_is_one_line(large: Path, tmp_path: Path, stage: str) -> None:
    out = published_before(large, tmp_path)
    before = snapshot(out)

    with cluster(tmp_path) as started:
        during = During(stage, started.scheduler.kill)
        start = time.monotonic()
        with pytest.raises(OutputError, match=r"^the scheduler \S+ was lost; the published site is as it was$"):
            made(large, out, started.address, tell=during, is_clean=True)
        took = time.monotonic() - start

    assert took < 60
    assert snapshot(out) == before
    made(large, out)
    made(large, tmp_path / "here")
    assert snapshot(out) == snapshot(tmp_path / "here")


@pytest.mark.slow
def test_ctrl_c_ends_the_build_and_the_cluster_is_free(large: Path, tmp_path: Path, two: Cluster) -> None:
    out = published_before(large, tmp_path)
    before = snapshot(out)
    template = (ROOT / "templates" / "article.html").read_text(encoding="utf-8")
    slow = "{% for number in range(200000) %}{% endfor %}"
    write(large, {"templates/article.html": template.replace("{% endblock", f"{slow}{{% endblock", 1)})
    command = [sys.executable, "-c", "from broadsheet.cli import main; main()", "build", str(large), "--clean"]
    command += ["--out", str(out), "--now", "2026-01-01", "--scheduler", two.address]

    with running(command, tmp_path, {"PYTHONPATH": str(ROOT)}) as process:
        # Pages are on their way when the first of them is laid beside the site.
        wait_until((tmp_path / ".broadsheet" / "out" / "next").exists, tmp_path / "log", process)
        process.send_signal(signal.SIGINT)
        status = process.wait(30)

    assert status == 1
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert snapshot(out) == before
    with distributed.Client(two.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        end = time.monotonic() + 30
        while any(client.processing().values()):
            assert time.monotonic() < end
            time.sleep(0.1)


def published_before(site: Path, tmp_path: Path) -> Path:
    """Publish the site, and change all of its pages; return where it is."""
    out = tmp_path / "out"
    made(site, out)
    write(site, {"site.yaml": "title: Changed\nbase_url: https://example.org/\npage_size: 2\nsearch: false\n"})
    return out


# Workers that are not alike


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with a copy of Broadsheet."""
    folder = tmp_path / "copy"
    shutil.copytree(ROOT / "broadsheet", folder / "broadsheet", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def refusal(site: Path, tmp_path: Path, started: Cluster) -> str:
    """Return why a build with a cluster is refused, which must be before anything is done."""
    out = published_before(site, tmp_path)
    before = snapshot(out)
    with pytest.raises(OutputError) as refused:
        made(site, out, started.address)
    assert snapshot(out) == before
    return str(refused.value)


@pytest.mark.slow
def test_a_worker_elsewhere_has_the_same_program(site: Path, tmp_path: Path, package: Path) -> None:
    made(site, tmp_path / "here")

    with cluster(tmp_path, workers=0) as started:
        started.add_worker(env={"PYTHONPATH": str(package)})
        made(site, tmp_path / "there", started.address)

    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")


@pytest.mark.slow
def test_a_worker_with_other_code_is_named(site: Path, tmp_path: Path, package: Path) -> None:
    with (package / "broadsheet" / "core" / "text.py").open("a") as file:
        file.write("# another version\n")

    with cluster(tmp_path, workers=1) as started:
        started.add_worker(env={"PYTHONPATH": str(package)})
        said = refusal(site, tmp_path, started)
        assert f"the worker {started.worker_address(1)} would make another site: " in said

    assert said.endswith(": it has another version of Broadsheet; the published site is as it was")


@pytest.mark.slow
def test_a_worker_with_another_library_is_named(site: Path, tmp_path: Path) -> None:
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for path in Path(msgspec.__file__).parent.parent.iterdir():
        name = "jinja2-2.0.dist-info" if path.name.startswith("jinja2-") else path.name
        (libraries / name).symlink_to(path)

    with cluster(tmp_path, workers=1) as started:
        started.add_worker(env={"PYTHONPATH": os.pathsep.join([str(ROOT), str(libraries)])})
        said = refusal(site, tmp_path, started)
        assert f"the worker {started.worker_address(1)} would make another site: " in said

    assert "it has jinja2 2.0, and this machine jinja2 3." in said


@pytest.mark.slow
def test_a_worker_without_broadsheet_is_named(site: Path, tmp_path: Path) -> None:
    with cluster(tmp_path, workers=1) as started:
        started.add_worker(env={"PYTHONPATH": ""})
        said = refusal(site, tmp_path, started)
        assert f"the worker {started.worker_address(1)} would make another site: " in said

    assert "it cannot load Broadsheet: No module named 'broadsheet'" in said


@pytest.mark.slow
def test_a_worker_with_another_python_is_named(site: Path, tmp_path: Path) -> None:
    python = os.environ.get("BROADSHEET_OTHER_PYTHON")
    if not python:
        pytest.skip("BROADSHEET_OTHER_PYTHON names no Python of another version that has what Broadsheet and Dask need")

    with cluster(tmp_path, workers=1) as started:
        started.add_worker(python=python)
        said = refusal(site, tmp_path, started)
        assert f"the worker {started.worker_address(1)} would make another site: it has Python " in said


@pytest.mark.slow
def test_a_worker_of_another_version_that_comes_late_is_refused(large: Path, tmp_path: Path, package: Path) -> None:
    out = published_before(large, tmp_path)
    before = snapshot(out)
    with (package / "broadsheet" / "core" / "text.py").open("a") as file:
        file.write("# another version\n")

    with cluster(tmp_path, workers=1) as started:

        def replace() -> None:
            started.add_worker(env={"PYTHONPATH": str(package)})
            started.workers[0].kill()

        with pytest.raises(OutputError, match="a worker that came later would make another site: it has another ver"):
            made(large, out, started.address, tell=During("render", replace))

    assert snapshot(out) == before


def test_a_program_is_described_by_what_differs() -> None:
    here = disk.this_program()
    another = msgspec.structs.replace(here, python="3.10")
    encode = msgspec.msgpack.encode

    assert remote.difference(encode(here)) == ""
    assert remote.difference(encode(another)) == f"it has Python 3.10, and this machine {here.python}"
    assert remote.difference(b"old") == "it has another version of Broadsheet"
    assert str(ROOT) not in repr(here)


# Networks


@contextmanager
def networks(others: int) -> Iterator[list[str]]:
    """Make network namespaces: the first is reached from here, at 10.213.1.2, and the others only from the first.

    It is 10.213.2.1 there, and they are 10.213.2.2 and so on.
    """
    if sys.platform != "linux" or os.geteuid() or not IP:
        skip("only root on Linux makes network namespaces")
    names = [f"bs{os.getpid()}n{next(NUMBERS)}" for _ in range(others + 1)]
    hub, *rest = names

    def ip(command: str) -> None:
        done = subprocess.run([IP, *command.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            skip(f"no network namespaces here: ip {command}: {done.stderr.strip()}")

    try:
        for name in names:
            ip(f"netns add {name}")
            ip(f"-n {name} link set lo up")
        ip(f"link add {hub} type veth peer name eth netns {hub}")
        ip(f"addr add 10.213.1.1/24 dev {hub}")
        ip(f"link set {hub} up")
        ip(f"-n {hub} addr add 10.213.1.2/24 dev eth")
        ip(f"-n {hub} link set dev eth up")
        ip(f"-n {hub} link add bridge type bridge")
        ip(f"-n {hub} addr add 10.213.2.1/24 dev bridge")
        ip(f"-n {hub} link set bridge up")
        for number, name in enumerate(rest):
            ip(f"-n {hub} link add port{number} type veth peer name eth netns {name}")
            ip(f"-n {hub} link set port{number} master bridge up")
            ip(f"-n {name} addr add 10.213.2.{number + 2}/24 dev eth")
            ip(f"-n {name} link set dev eth up")
        yield names
    finally:
        subprocess.run([IP, "link", "del", hub], capture_output=True, check=False)
        for name in names:
            subprocess.run([IP, "netns", "del", name], capture_output=True, check=False)


@contextmanager
def apart(folder: Path) -> Iterator[tuple[Cluster, list[str]]]:
    """Start a scheduler and two workers, each in a network of its own; whoever builds reaches the scheduler only."""
    with (
        networks(2) as (hub, *others),
        cluster(folder, workers=0, host="0.0.0.0", before=(IP, "netns", "exec", hub)) as started,  # noqa: S104
    ):
        port = started.address.rpartition(":")[2]
        started.address = f"tcp://10.213.2.1:{port}"
        for name in others:
            started.add_worker(before=(IP, "netns", "exec", name))
        started.address = f"tcp://10.213.1.2:{port}"
        yield started, [hub, *others]


@pytest.mark.slow
def test_machines_of_which_only_the_scheduler_is_reached_make_the_same(large: Path, tmp_path: Path) -> None:
    made(large, tmp_path / "here")

    with apart(tmp_path) as (started, _):
        made(large, tmp_path / "there", started.address)

    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")


@pytest.mark.slow
def test_a_scheduler_that_falls_silent_is_lost(large: Path, tmp_path: Path) -> None:
    out = published_before(large, tmp_path)
    before = snapshot(out)

    with apart(tmp_path) as (started, (hub, *_)):
        cut = partial(subprocess.run, [IP, "link", "set", hub, "down"], check=True)
        start = time.monotonic()
        with pytest.raises(OutputError, match=r"^the scheduler \S+ was lost; the published site is as it was$"):
            made(large, out, started.address, tell=During("render", cut))
        took = time.monotonic() - start

    assert took < 120
    assert snapshot(out) == before


@pytest.mark.slow
def test_a_worker_that_falls_silent_changes_nothing(large: Path, tmp_path: Path) -> None:
    made(large, tmp_path / "here")

    with apart(tmp_path) as (started, (hub, *_)):
        cut = partial(subprocess.run, [IP, "-n", hub, "link", "set", "port1", "down"], check=True)
        made(large, tmp_path / "there", started.address, tell=During("render", cut))

    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")


# Encryption


@pytest.mark.slow
def test_a_cluster_with_certificates_makes_the_same(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("openssl"):
        skip("openssl is not installed")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout".split()
    subprocess.run([*command, key, "-out", certificate], capture_output=True, check=True)
    made(site, tmp_path / "here")
    settings = {"CA_FILE": certificate, "CLIENT__CERT": certificate, "CLIENT__KEY": key}
    settings |= {
        f"{who}__{what}": settings[f"CLIENT__{what}"] for who in ("SCHEDULER", "WORKER") for what in ("CERT", "KEY")
    }
    env = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": value for name, value in settings.items()}

    with cluster(tmp_path, workers=0, options=["--protocol", "tls"], env=env) as started:
        started.add_worker(env=env)
        without = broadsheet("build", str(site), "--out", str(tmp_path / "out"), "--scheduler", started.address)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        done = broadsheet(
            *("build", str(site), "--out", str(tmp_path / "there"), "--now", NOW.isoformat()),
            *("--scheduler", started.address),
        )

    assert without.returncode == 1
    assert without.stderr.count("\n") == 1
    assert f"the scheduler {started.address} cannot be reached (" in without.stderr
    assert done.returncode == 0, done.stderr
    assert started.address.startswith("tls://")
    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")
