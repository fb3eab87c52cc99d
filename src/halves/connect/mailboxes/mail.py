"""One message: who it is from, to whom, what it answers, and its words as plain text."""

import email
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape

from halves.connect.errors import FileRefused

MOST_BYTES = 25_000_000
_MOST_PARTS = 200
_MOST_DEEP = 40
_MOST_LINES = 500_000  # of 25 MB in base64 are 330,000
_MOST_TEXT = 200_000
_MOST_ADDRESSES = 500
_MOST_REFERENCES = 100
_ID = re.compile(r"<([^<>\s]{1,250})>")
_ADDRESS = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,255}")
_BULK = frozenset({"bulk", "list", "junk"})


class MailRefused(FileRefused):
    """A message that is not taken apart."""


@dataclass(frozen=True)
class Mail:
    """One message.

    Args:
        id: its Message-ID, without angles.
        answers: ids of the thread before it, the first one first.
        sender: the address that it says it is from.
        to: all addresses that it says it went to, copies included.
        subject: in one line.
        at: when it was sent, as it says.
        words: its text; HTML as text.
        is_automatic: a machine wrote it, or it went to a list.
        results: what `Authentication-Results` headers say, the topmost first.
    """

    id: str
    answers: tuple[str, ...]
    sender: str
    to: tuple[str, ...]
    subject: str
    at: datetime | None
    words: str
    is_automatic: bool = False
    results: tuple[str, ...] = ()


def read_mail(data: bytes) -> Mail:
    """Take a message apart, within bounds that no honest one meets.

    Raises:
        MailRefused: too large, nested too deep, without a sender or an id.
    """
    if len(data) > MOST_BYTES:
        raise MailRefused(f"it has {len(data) / 1e6:.1f} MB; at most {MOST_BYTES // 10**6}")
    # Each part that nests others names a boundary, and the parser compares every line with all.
    if data.lower().count(b"boundary=") > _MOST_DEEP:
        raise MailRefused(f"it nests parts in more than {_MOST_DEEP} others")
    if data.count(b"\n") > _MOST_LINES:
        raise MailRefused(f"it has more than {_MOST_LINES} lines")
    try:
        return _taken_apart(email.message_from_bytes(data))
    except MailRefused:
        raise
    except (RecursionError, ValueError, LookupError, TypeError, AssertionError) as failed:
        raise MailRefused(f"it cannot be read: {type(failed).__name__}") from None


def _taken_apart(found: Message) -> Mail:
    sender, ids = _addresses(found, "From"), _ids(found, "Message-ID")
    if len(sender) != 1:
        raise MailRefused("it is from nobody, or from several at once")
    if not ids:
        raise MailRefused("it has no Message-ID, so that it could not be told from others")
    answers = (*_ids(found, "References")[:_MOST_REFERENCES], *_ids(found, "In-Reply-To")[:1])
    return Mail(
        id=ids[0],
        answers=tuple(dict.fromkeys(one for one in answers if one != ids[0])),
        sender=sender[0],
        to=tuple(dict.fromkeys((*_addresses(found, "To"), *_addresses(found, "Cc")))),
        subject=_line(found.get("Subject")),
        at=_moment(found),
        words=_words(found),
        is_automatic=_is_automatic(found),
        results=tuple(_line(one) for one in found.get_all("Authentication-Results", [])[:5]),
    )


def _ids(found: Message, name: str) -> list[str]:
    said = " ".join(str(one) for one in found.get_all(name, []))
    return [one[:200] for one in _ID.findall(said[:20_000])]


def _addresses(found: Message, name: str) -> list[str]:
    said = [str(one)[:20_000] for one in found.get_all(name, [])]
    pairs = getaddresses(said)[:_MOST_ADDRESSES]
    plain = (address.strip().casefold() for _, address in pairs)
    return [one for one in plain if _ADDRESS.fullmatch(one)]


def _line(said: object) -> str:
    """A header as one line of text, its encoded words read; no line can follow it."""
    raw = str(said or "")[:2_000]
    with suppress(ValueError, LookupError, HeaderParseError):
        raw = str(make_header(decode_header(raw)))
    return _plain(" ".join(raw.split()))[:300]


def _moment(found: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(found.get("Date", "")))
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return at.astimezone(UTC) if 1990 <= at.year <= 2200 else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _is_automatic(found: Message) -> bool:
    automatic = str(found.get("Auto-Submitted", "no")).strip().casefold()
    precedence = str(found.get("Precedence", "")).strip().casefold()
    is_list = any(name in found for name in ("List-Id", "List-Unsubscribe"))
    return not automatic.startswith("no") or precedence in _BULK or is_list


def _words(found: Message) -> str:
    """The first plain text that is no attachment; else the first HTML, as text."""
    html = ""
    for count, part in enumerate(found.walk()):
        if count > _MOST_PARTS:
            raise MailRefused(f"it has more than {_MOST_PARTS} parts")
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain":
            return _plain(_text(part))[:_MOST_TEXT]
        if kind == "text/html" and not html:
            html = _text(part)
    return _plain(_as_text(html))[:_MOST_TEXT]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or "utf-8"
    try:
        return data[: 4 * _MOST_TEXT].decode(charset, "replace")
    except LookupError:
        return data[: 4 * _MOST_TEXT].decode("utf-8", "replace")


def _plain(said: str) -> str:
    """Text that a database takes."""
    kept = said.replace("\r\n", "\n").replace("\x00", "")
    return kept.encode("utf-8", "ignore").decode("utf-8")


_BREAKS = frozenset({"br", "p", "div", "tr", "li", "blockquote", "h1", "h2", "h3", "hr"})
_UNSEEN = frozenset({"script", "style", "head", "title", "template"})
# By hand, since a parser of HTML takes quadratic time over what was made to make it.
_TOKEN = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})(?:\s[^<>]{0,5000})?/?>|<[^<>]{0,5000}>|[^<]+|<"
)


def _as_text(html: str) -> str:
    """Text of HTML, without what is not shown; quotations are marked as mail marks them."""
    parts: list[str] = []
    unseen = quoted = 0
    for token in _TOKEN.finditer(_uncommented(html[:_MOST_TEXT])):
        end, tag, said = token[1], (token[2] or "").lower(), token[0]
        step = -1 if end else 1
        if tag in _UNSEEN:
            unseen = max(0, unseen + step)
        elif tag in _BREAKS:
            quoted = max(0, quoted + step) if tag == "blockquote" else quoted
            parts.append("\n" + "> " * min(quoted, 5))
        elif not unseen and not said.startswith("<"):
            parts.append(" ".join(unescape(said).split()) + " " if said.strip() else " ")
    lines = [" ".join(line.split()) for line in "".join(parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _uncommented(html: str) -> str:
    kept, start = [], 0
    while (begins := html.find("<!--", start)) >= 0:
        kept.append(html[start:begins])
        ends = html.find("-->", begins + 4)
        if ends < 0:
            return "".join(kept)
        start = ends + 3
    return "".join([*kept, html[start:]])
