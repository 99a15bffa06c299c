"""What CI runs, by name: `nox --list`, `nox -s everyday-3.13`.

Each session makes its own environment from the lock files; in one that is there, the commands work as they stand.
"""

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def locked(session: nox.Session, lock: str) -> None:
    """Install what a lock file names, and nothing else."""
    session.install("--require-hashes", "-r", lock)


@nox.session(python=PYTHONS)
def everyday(session: nox.Session) -> None:
    """Run formatting, linting, strict types and the everyday tests."""
    locked(session, "requirements-dev.txt")
    session.run("python", "build.py")
    session.run("python", "-m", "tests", *session.posargs)


@nox.session(python="3.11")
def long(session: nox.Session) -> None:
    """Run the long tests: kills, faults, fuzzing, browsers, judges of pages and feeds."""
    locked(session, "requirements-dev.txt")
    session.run("python", "-m", "pytest", "-n", "2", "--dist", "worksteal", "-m", "slow", "-rs", *session.posargs)


@nox.session(python="3.11")
def coverage(session: nox.Session) -> None:
    """Say which lines and branches the everyday tests reach."""
    locked(session, "requirements-dev.txt")
    session.run("python", "-m", "tests", "coverage")


@nox.session(python="3.13")
def documentation(session: nox.Session) -> None:
    """Make a site of the documentation, strictly."""
    locked(session, "requirements-docs.txt")
    session.run("python", "-m", "tests", "docs", *session.posargs)


@nox.session(python="3.13")
def audit(session: nox.Session) -> None:
    """Ask the network for known flaws in what is locked."""
    locked(session, "requirements-audit.txt")
    for lock in ("requirements.txt", "requirements-dev.txt", "requirements-docs.txt", "requirements-audit.txt"):
        session.run("pip-audit", "--disable-pip", "--require-hashes", "-r", lock)
