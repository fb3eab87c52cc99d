"""What tracking refuses, by name."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halves.tracking.models import Source


class TrackingError(Exception):
    """Anything that tracking refuses."""


class EventsRefused(TrackingError):
    """What was sent is no event, or too much of one; sending it again does not help."""


class KeyUnknown(TrackingError):
    """No source has this key, or it is switched off: then it is known which."""

    def __init__(self, source: "Source | None") -> None:
        super().__init__("this key is not known, or its source is switched off")
        self.source = source


class OriginRefused(TrackingError):
    """A browser on a site that the source does not name, or a secret key in a browser."""


class TooFast(TrackingError):
    """More than a source or an address may send; says how long to wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many events: wait {wait_s} s")
        self.wait_s = wait_s


class SourceRefused(TrackingError):
    """A source that cannot be kept like this; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


class StitchRefused(TrackingError):
    """Visits that cannot be said to be this person's; says why."""
