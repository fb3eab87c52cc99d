"""What rooms do after a backup was brought back, before anything else goes on."""

from collections.abc import Callable
from datetime import datetime

After = Callable[[datetime], str]
_AFTER: list[After] = []


def after_restore(do: After) -> None:
    """Add what a room does; it gets the moment and returns words for whoever restored, or none."""
    _AFTER.append(do)


def settle(*, at: datetime) -> list[str]:
    """Let every room do its part; what they say."""
    return [words for words in (do(at) for do in _AFTER) if words]
