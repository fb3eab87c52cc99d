"""What was refused at the door, for the live view: why, and from which site; never what it said."""

import json
import threading
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import uuid4

from halves.tracking import events
from halves.tracking.errors import (
    EventsRefused,
    KeyUnknown,
    OriginRefused,
    TooFast,
    TrackingError,
)
from halves.tracking.models import Source
from halves.tracking.reading import Said

_WHY = MappingProxyType(
    {
        OriginRefused: "origin",
        EventsRefused: "no_events",
        TooFast: "too_fast",
        KeyUnknown: "key_unknown",
    }
)
NOBODY = 0  # whose refusals are of a key that no source has; the key itself is never kept
_NOT_AGAIN_FOR = timedelta(seconds=10)  # whoever is refused goes on trying
_lock = threading.Lock()
_noted: dict[tuple[int, str], datetime] = {}


def note(source: Source | None, refused: TrackingError, *, origin: str, at: datetime) -> None:
    """Note a refusal, of the same kind one in ten seconds; with no source, of nobody's key."""
    source = source or Source(pk=NOBODY)
    why = _WHY.get(type(refused), "refused")
    with _lock:
        last = _noted.get((source.pk, why))
        if last is not None and at - last < _NOT_AGAIN_FOR:
            return
        _noted[source.pk, why] = at
    clean = origin[:200].encode("ascii", "replace").decode().replace("\x00", "?")
    words = str(refused)[:1000].encode("utf-8", "replace").decode().replace("\x00", "?")
    said = Said(
        kind="request",
        message_id=f"door-{uuid4()}",
        name=clean,
        anonymous_id="",
        user_id="",
        at=at,
        body=json.dumps({"refused": words, "origin": clean}),
        wrong=why,
    )
    events.put(source, [said], is_trusted=False, received_at=at)
