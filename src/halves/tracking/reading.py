"""What was sent, read: limits, the outer context, ids, clocks. Nothing here is trusted."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from halves.tracking.errors import EventsRefused

KINDS = ("identify", "track", "page", "screen", "group", "alias")
MOST_OF_EVENT = 32 * 1024
MOST_OF_BATCH = 500 * 1024
_MOST_EVENTS = 5_000  # in one batch
_LONGEST_ID = 200
_LONGEST_MESSAGE_ID = 100
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(minutes=5)  # what a clock may be ahead, after the correction
_OUTER = ("context", "integrations", "sentAt", "userId", "anonymousId")


@dataclass(frozen=True)
class Said:
    """One event as it was sent.

    Args:
        kind: of `KINDS`.
        message_id: by which repeats are known.
        name: of the event or page.
        anonymous_id, user_id: whose it is; one of them at least unless `wrong`.
        at: when it happened, by our clock.
        body: JSON, ASCII.
        wrong: why it cannot be taken; empty if it can.
    """

    kind: str
    message_id: str
    name: str
    anonymous_id: str
    user_id: str
    at: datetime
    body: str
    wrong: str = ""


def unzipped(body: bytes) -> bytes:
    """What gzip holds, and never more than a batch may.

    Raises:
        EventsRefused: it is no gzip, or holds more.
    """
    reader = zlib.decompressobj(wbits=31)
    try:
        found = reader.decompress(body, MOST_OF_BATCH + 1)
    except zlib.error:
        raise EventsRefused("the body says that it is gzip, and is not") from None
    if len(found) > MOST_OF_BATCH or not reader.eof:
        raise EventsRefused(f"a batch may have {MOST_OF_BATCH} bytes")
    return found


def parsed(body: bytes) -> dict[str, Any]:
    """The object that a body holds.

    Raises:
        EventsRefused: it is none, or goes too deep.
    """
    try:
        found = json.loads(body, parse_constant=_no_number)
    except RecursionError:
        raise EventsRefused("the JSON goes too deep") from None
    except ValueError:
        raise EventsRefused("the body is no JSON") from None
    if not isinstance(found, dict):
        raise EventsRefused("the body must be a JSON object")
    return found


def events_of(kind: str, whole: Mapping[str, Any], *, received_at: datetime) -> list[Said]:
    """The events of a request.

    Args:
        kind: of `KINDS`, or `batch`.
        whole: the body.
        received_at: now.

    Raises:
        EventsRefused: an event that is none or too long, or a batch that is no list.
    """
    if kind != "batch":
        return [_said(kind, _inner(whole), received_at)]
    batch = whole.get("batch")
    if not isinstance(batch, list) or len(batch) > _MOST_EVENTS:
        raise EventsRefused(f"`batch` must be a list of at most {_MOST_EVENTS} events")
    return [_of_batch(one, place, whole, received_at) for place, one in enumerate(batch, 1)]


def _of_batch(one: Any, place: int, whole: Mapping[str, Any], received_at: datetime) -> Said:
    if not isinstance(one, dict):
        raise EventsRefused(f"event {place} of the batch must be an object")
    kind = one.get("type")
    if kind not in KINDS:
        raise EventsRefused(f"the type of event {place} must be one of {', '.join(KINDS)}")
    inner = _inner(one)
    for name in _OUTER:
        outer = whole.get(name)
        if name == "context" and isinstance(outer, dict) and isinstance(inner.get(name), dict):
            inner[name] = outer | inner[name]
        elif outer and not inner.get(name):
            inner[name] = outer
    return _said(kind, inner, received_at)


def _inner(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in ("writeKey", "batch")}


def _said(kind: str, one: dict[str, Any], received_at: datetime) -> Said:
    body = _written(one)
    name = _clean(one.get("event") if kind == "track" else one.get("name"))[:200]
    at, wrong = _moment(one, received_at)
    anonymous, user = _id(one.get("anonymousId")), _id(one.get("userId"))
    return Said(
        kind=kind,
        message_id=_message_id(one.get("messageId")),
        name=name,
        anonymous_id=anonymous or "",
        user_id=user or "",
        at=at,
        body=body,
        wrong=_wrong(kind, one, name, anonymous, user) or wrong,
    )


def _wrong(
    kind: str, one: Mapping[str, Any], name: str, anonymous: str | None, user: str | None
) -> str:
    if anonymous is None or user is None:
        return "id_wrong"
    if not (anonymous or user):
        return "nobody"
    if kind == "track" and not name:
        return "no_event"
    if kind == "group" and not _id(one.get("groupId")):
        return "no_group"
    if kind == "alias" and not (user and _id(one.get("previousId"))):
        return "no_alias"
    return ""


def _written(one: Mapping[str, Any]) -> str:
    """As it is kept: ASCII, so that NUL and halves of characters lie in it as escapes."""
    try:
        body = json.dumps(one, separators=(",", ":"))
        if len(body) <= MOST_OF_EVENT:
            return body
        plain = json.dumps(one, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        raise EventsRefused("the JSON goes too deep") from None
    if len(plain.encode("utf-8", "surrogatepass")) > MOST_OF_EVENT:
        raise EventsRefused(f"an event may have {MOST_OF_EVENT} bytes")
    return body


def _moment(one: Mapping[str, Any], received_at: datetime) -> tuple[datetime, str]:
    """When it happened: their clock's error is what `sentAt` is off by.

    A moment that is none counts as now, as with Segment; one to come too.
    """
    said = _when(one.get("timestamp")) or _when(one.get("originalTimestamp"))
    if said is None:
        return received_at, ""
    sent = _when(one.get("sentAt"))
    try:
        at = received_at - (sent - said) if sent is not None else said
    except OverflowError:
        return received_at, "moment_wrong"
    if at < _OLDEST:
        return received_at, "moment_wrong"
    return (received_at if at > received_at + _AHEAD else at), ""


def _when(said: Any) -> datetime | None:
    if not isinstance(said, str) or len(said) > 40:
        return None
    try:
        found = datetime.fromisoformat(said)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _id(said: Any) -> str | None:
    """An id as text; empty if there is none, None if it cannot be one."""
    if said is None or said == "":
        return ""
    if isinstance(said, int) and not isinstance(said, bool):
        said = str(said)
    if not isinstance(said, str) or len(said.strip()) > _LONGEST_ID:
        return None
    return _clean(said)


def _message_id(said: Any) -> str:
    found = _clean(said)
    if not found:
        return f"halves-{uuid4()}"
    if len(found) > _LONGEST_MESSAGE_ID:
        return f"sha256-{sha256(found.encode()).hexdigest()}"
    return found


def _clean(said: Any) -> str:
    """Text that every database holds."""
    if not isinstance(said, str):
        return ""
    whole = said.encode("utf-8", "replace").decode()  # halves of characters become `?`
    return whole.replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()


def _no_number(said: str) -> float:
    raise ValueError(f"{said} is no JSON")
