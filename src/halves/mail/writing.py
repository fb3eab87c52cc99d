"""A mail as the bytes that go over the line: plain text, HTML, and headers of one line each."""

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

from halves.mail.errors import HeaderRefused
from halves.mail.settings import MailSettings

_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_LONGEST = 76
_FOLDED = 900  # a line must stay below 998 bytes


@dataclass(frozen=True)
class Mail:
    """One mail to one person.

    Args:
        sender: `Name <address>`.
        to: the address alone.
        subject, text, html: as rendered; `html` may be empty.
        message_id: without its brackets; the same whenever the same mail is made again.
        at: when.
        reply_to: an address; empty: the sender's.
        headers: more of them, such as List-Unsubscribe.
    """

    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    at: datetime
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """Of the address that it goes to."""
        return self.to.rpartition("@")[2].lower()


def leaving(address: str, settings: MailSettings) -> dict[str, str]:
    """The headers by which a mail program offers one click to get no more (RFC 2369, RFC 8058)."""
    mailbox = parseaddr(settings.reply_to or settings.sender)[1]
    return {
        "List-Unsubscribe": f"<{address}>, <mailto:{mailbox}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def written(mail: Mail) -> bytes:
    """The whole mail, with CRLF at the ends of lines.

    Raises:
        HeaderRefused: something in a header is more than one line, or no address.
    """
    boundary = "=_" + re.sub(r"[^A-Za-z0-9]", "", mail.message_id)[:40]
    headers = {
        "From": _addressed(mail.sender),
        "To": _plain("To", mail.to),
        **({"Reply-To": _addressed(mail.reply_to)} if mail.reply_to else {}),
        "Subject": _encoded("Subject", mail.subject),
        "Date": format_datetime(mail.at),
        "Message-ID": _plain("Message-ID", f"<{mail.message_id}>"),
        **{name: _plain(name, value) for name, value in mail.headers.items()},
        "MIME-Version": "1.0",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
    if not mail.html:
        return head + _part("plain", mail.text)
    mark = boundary.encode()
    return b"".join(
        (
            head,
            b'Content-Type: multipart/alternative; boundary="' + mark + b'"\r\n\r\n',
            b"--" + mark + b"\r\n" + _part("plain", mail.text),
            b"\r\n--" + mark + b"\r\n" + _part("html", mail.html),
            b"\r\n--" + mark + b"--\r\n",
        )
    )


def _part(kind: str, said: str) -> bytes:
    """A part in 7-bit bytes: as it is written where most of it is ASCII, else in base64."""
    raw = said.replace("\r\n", "\n").encode("utf-8", "replace")
    if sum(map(raw.count, (b"=", b"\xc3", b"\xe2", b"\xd0"))) * 5 < len(raw):
        coded, how = b2a_qp(raw, istext=True).replace(b"\n", b"\r\n"), b"quoted-printable"
    else:
        lines = b64encode(raw.replace(b"\n", b"\r\n"))
        coded = b"\r\n".join(lines[n : n + _LONGEST] for n in range(0, len(lines), _LONGEST))
        how = b"base64"
    head = b"Content-Type: text/" + kind.encode() + b"; charset=utf-8\r\n"
    return head + b"Content-Transfer-Encoding: " + how + b"\r\n\r\n" + coded + b"\r\n"


def _plain(name: str, said: str) -> str:
    if _BREAKS.search(said) or not said.isascii() or len(said) > _FOLDED:
        raise HeaderRefused(f"{name} must be one line of plain letters, got {said[:80]!r}")
    return said


def _encoded(name: str, said: str) -> str:
    if _BREAKS.search(said):
        raise HeaderRefused(f"{name} must be one line, got {said[:80]!r}")
    if said.isascii() and len(said) < _FOLDED and "=?" not in said:
        return said
    coded = Header(said, "utf-8", header_name=name, maxlinelen=_LONGEST).encode()
    return coded.replace("\n", "\r\n")


@lru_cache(maxsize=64)
def _addressed(said: str) -> str:
    if _BREAKS.search(said):
        raise HeaderRefused(f"an address must be one line, got {said[:80]!r}")
    name, address = parseaddr(said)
    if "@" not in address or not address.isascii():
        raise HeaderRefused(f"must be an address such as news@example.org, got {said[:80]!r}")
    return formataddr((name, address))
