"""Plain text: `Name: words` lines, perhaps with a time before; or words without a name."""

import re

from halves.connect.transcripts.line import Line

_TIME = re.compile(r"[\[(]?((?:\d{1,2}:)?\d{1,2}:\d{2})(?:\.\d+)?[\])]?(?:\s+-)?\s*")
# A name is short and has no full stop but after an initial: else "Note: …" and the like are words.
_NAME = re.compile(r"([^\W_][^:\n]{0,59}?)\s*:(?:\s+|$)")
_MOST_WORDS = 5


def read(text: str) -> list[Line]:
    """Lines that begin with a name begin a turn; the ones after it belong to it."""
    found: list[Line] = []
    parts: list[str] = []
    name, at_s = "", None
    for raw in text.split("\n"):
        line = raw.strip()
        moment = _TIME.match(line)
        rest = line[moment.end() :] if moment else line
        said = _NAME.match(rest)
        if said and len(said[1].split()) <= _MOST_WORDS and "://" not in rest[: said.end() + 2]:
            found.append(Line(" ".join(parts), name, at_s))
            name, parts = said[1].strip(), [rest[said.end() :].strip()]
            at_s = _seconds(moment[1]) if moment else None
        elif line or parts:
            if not line and not name:  # an empty line parts what nobody's name stands before
                found.append(Line(" ".join(parts), name, at_s))
                parts = []
            elif line:
                parts.append(line)
    found.append(Line(" ".join(parts), name, at_s))
    return [Line(one.words.strip(), one.name, one.at_s) for one in found if one.words.strip()]


def _seconds(said: str) -> float:
    total = 0
    for part in said.split(":"):
        total = total * 60 + int(part)
    return float(total)
