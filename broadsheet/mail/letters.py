"""An edition as a message that any mail program opens (RFC 5322, multipart/alternative)."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import msgspec

from broadsheet.core.escapes import header_text, printable


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is made of. `unsubscribe` is a URL or a mailto: address, or "" where there is none.

    `id` is the edition's permanent id, and `site` the address of the front page.
    """

    id: str
    subject: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    date: datetime
    text: str
    html: str
    site: str
    unsubscribe: str = ""


def compose(letter: Letter) -> EmailMessage:
    """Compose a message; the same letter gives the same bytes. Raises ValueError for an address that is none."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = header_text(letter.subject)
    message["From"] = _address(letter.sender, letter.sender_name)
    message["To"] = ", ".join(str(_address(recipient)) for recipient in letter.recipients) or "undisclosed-recipients:;"
    message["Date"] = format_datetime(letter.date)
    # Whoever gets the same edition again can tell by its id.
    domain = letter.sender.rpartition("@")[2]
    message["Message-ID"] = f"<{letter.id.rpartition(':')[2]}@{domain}>"
    # By the domain of who sends it, and the digest's place: what programs sort mails by (RFC 2919).
    message["List-Id"] = f"{header_text(letter.sender_name)} <{list_id(letter.site, domain)}>"
    message["List-Archive"] = f"<{letter.site}>"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        if letter.unsubscribe.startswith("https:"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    # A boundary that quoted-printable text cannot hold: there a "=" is followed by two digits or ends the line.
    message.set_boundary(f"=_{uuid5(NAMESPACE_URL, letter.id).hex}")
    return message


def list_id(site: str, domain: str) -> str:
    """Return the identifier of a list (RFC 2919): the path of its site, as names, below the domain of its sender."""
    parts = [part for part in urlsplit(site).path.lower().split("/") if part]
    names = [re.sub(r"[^a-z0-9-]+", "-", part).strip("-") or "x" for part in parts]
    return ".".join([*reversed(names), "digest", domain])


def _address(mailbox: str, name: str = "") -> Address:
    if not mailbox.isascii() or any(sign in mailbox for sign in "\r\n") or mailbox.count("@") != 1:
        raise ValueError(f"'{printable(mailbox)}' is not a mail address")
    user, _, domain = mailbox.partition("@")
    return Address(display_name=header_text(name), username=user, domain=domain)
