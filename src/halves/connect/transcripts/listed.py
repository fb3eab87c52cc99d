"""JSON: a list of turns, each with `speaker`, `words` and perhaps `at`, in seconds."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from halves.connect.transcripts.line import Line, TranscriptRefused

_TURNS = ("turns", "transcript", "utterances")  # under which a list may stand
_NAMES = ("speaker", "name")
_WORDS = ("words", "text")
_TIMES = ("at", "start")


def read(text: str) -> list[Line]:
    """The turns of the list.

    Raises:
        TranscriptRefused: no JSON, no list, or a turn that is none; names the line or the turn.
    """
    try:
        told = json.loads(text)
    except json.JSONDecodeError as failed:
        raise TranscriptRefused(f"this is no JSON: {failed.msg}", line=failed.lineno) from None
    except (RecursionError, ValueError) as failed:
        raise TranscriptRefused(f"this JSON cannot be read: {type(failed).__name__}") from None
    if isinstance(told, Mapping):
        told = next((told[name] for name in _TURNS if name in told), None)
    if not isinstance(told, list):
        raise TranscriptRefused('it must be a list such as [{"speaker": "Ada", "words": "Hello"}]')
    return [_line(number, one) for number, one in enumerate(told, start=1)]


def _line(number: int, told: Any) -> Line:
    if not isinstance(told, Mapping):
        raise TranscriptRefused(f"turn {number} must have speaker and words, got {told!r:.60}")
    name = next((told[one] for one in _NAMES if one in told), "")
    words = next((told[one] for one in _WORDS if one in told), None)
    at_s = next((told[one] for one in _TIMES if one in told), None)
    if not isinstance(words, str) or not isinstance(name, str | int):
        raise TranscriptRefused(f"turn {number}: words must be text, got {words!r:.60}")
    return Line(_whole(words), _whole(str(name))[:200], _seconds(at_s))


def _seconds(said: Any) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return float(said) if isfinite(said) else None
    except OverflowError:
        return None


def _whole(said: str) -> str:
    """Text that a database takes: half characters and zeros are left out."""
    plain = said.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
    return " ".join(plain.split())
