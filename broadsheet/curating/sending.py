"""Sends an edition by SMTP, once: what a server accepted is noted beside the output folder, for each recipient."""

import os
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import msgspec

from broadsheet.files.disk import shown_path

SENT = "sent.json"
"""The name of the note in the folder beside the output folder."""
TIMEOUT = 60
"""How many seconds a server has for each answer."""
_NEW = f"{SENT}.new"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SendError(Exception):
    """A message was not sent, or not to everybody; the message says what was and what was not."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A server for outgoing mail, and whom it is to send to."""

    host: str
    port: int
    recipients: tuple[str, ...]
    sender: str
    user: str = ""
    password: str = ""
    has_starttls: bool = True


class _Note(msgspec.Struct, frozen=True):
    """To whom an edition was sent."""

    id: str
    recipients: tuple[str, ...]


def server_of(environment: Mapping[str, str], sender: str) -> Server:
    """Read a server from the variables of docs/mail.md. Raises SendError naming one that is missing or wrong.

    `sender` is who sends where no variable says who does.
    """

    def read(name: str, default: str = "") -> str:
        return environment.get(f"BROADSHEET_SMTP_{name}", "").strip() or default

    recipients = tuple(part.strip() for part in read("TO").split(",") if part.strip())
    for name, value in (("HOST", read("HOST")), ("TO", recipients)):
        if not value:
            raise SendError(f"BROADSHEET_SMTP_{name} is not set: docs/mail.md lists what is needed")
    starttls = read("STARTTLS", "true").lower()
    if starttls not in {"true", "false"}:
        raise SendError("BROADSHEET_SMTP_STARTTLS is neither true nor false")
    try:
        port = int(read("PORT", "587"))
    except ValueError as error:
        raise SendError("BROADSHEET_SMTP_PORT is not a number") from error
    server = Server(
        host=read("HOST"),
        port=port,
        recipients=recipients,
        user=read("USER"),
        password=environment.get("BROADSHEET_SMTP_PASSWORD", ""),
        has_starttls=starttls == "true",
        sender=read("FROM", sender),
    )
    if not server.sender:
        raise SendError("nobody to send it: set mail.from in site.yaml, or BROADSHEET_SMTP_FROM")
    if server.user and not server.has_starttls and server.host not in _LOOPBACK:
        raise SendError("a password is sent over an encrypted connection only: remove BROADSHEET_SMTP_STARTTLS=false")
    return server


def missing(edition: str, recipients: tuple[str, ...], work: Path) -> tuple[str, ...]:
    """Return the recipients who have not got an edition, by its id. Raises SendError where that cannot be read."""
    had = {recipient for note in _notes(work) if note.id == edition for recipient in note.recipients}
    return tuple(recipient for recipient in recipients if recipient not in had)


def send(message: EmailMessage, edition: str, recipients: tuple[str, ...], server: Server, work: Path) -> None:
    """Send a message to recipients and note who was accepted. Raises SendError saying who was not."""
    notes = _notes(work)
    _prepare(work)
    try:
        with _connected(server) as connection:
            refused = connection.send_message(message, to_addrs=list(recipients))
    except smtplib.SMTPRecipientsRefused as error:
        raise SendError(f"nothing was sent: {_refusals(error.recipients)}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise SendError(f"nothing was sent: {server.host} does not accept the user and password") from error
    except smtplib.SMTPNotSupportedError as error:
        raise SendError(f"nothing was sent: {server.host}: {error}") from error
    except smtplib.SMTPResponseException as error:
        raise SendError(
            f"nothing was sent: {server.host} answered {error.smtp_code} {_said(error.smtp_error)}"
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SendError(f"nothing is known to be sent: {server.host}, port {server.port}: {reason}") from error
    sent = tuple(recipient for recipient in recipients if recipient not in refused)
    _note([*notes, _Note(edition, sent)], work)
    if refused:
        raise SendError(f"sent to {', '.join(sent)}; not sent: {_refusals(refused)}")


@contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    """Give a connection on which messages can be sent. How it is closed changes nothing: what was accepted is sent."""
    connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        if server.has_starttls:
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        yield connection
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
    finally:
        connection.close()


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{recipient} ({code} {_said(reason)})" for recipient, (code, reason) in sorted(refused.items()))


def _said(reason: bytes | str) -> str:
    return (reason if isinstance(reason, str) else reason.decode("utf-8", "replace")).replace("\n", " ")


def _notes(work: Path) -> list[_Note]:
    try:
        return msgspec.json.decode((work / SENT).read_bytes(), type=list[_Note])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        path = shown_path(work / SENT)
        raise SendError(f"{path}, which says what was sent, cannot be read; remove it to send again") from error


def _prepare(work: Path) -> None:
    """See that a note can be written, before there is anything to note."""
    try:
        work.mkdir(parents=True, exist_ok=True)
        (work / _NEW).touch()
    except OSError as error:
        message = f"nothing was sent: {shown_path(work)}, where it would be noted, cannot be written: {error.strerror}"
        raise SendError(message) from error


def _note(notes: list[_Note], work: Path) -> None:
    """Write the note in one step. Raises SendError where that fails, with what the last entry says."""
    new = work / _NEW
    try:
        with new.open("wb") as file:
            file.write(msgspec.json.encode(notes))
            file.flush()
            os.fsync(file.fileno())
        new.replace(work / SENT)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        told = ", ".join(notes[-1].recipients)
        raise SendError(f"sent to {told}, but that cannot be noted ({error.strerror}): do not send again") from error
