"""A line of a transcript, and what is refused of one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from halves.connect.errors import FileRefused

MOST_BYTES = 5_000_000
MOST_LINES = 50_000


class TranscriptRefused(FileRefused):
    """A transcript that cannot be read; names the line."""

    def __init__(self, words: str, *, line: int | None = None) -> None:
        super().__init__(words if line is None else f"line {line}: {words}")
        self.line = line


@dataclass(frozen=True)
class Line:
    """What one of them said.

    Args:
        words: plain text, whatever it looks like.
        name: of who spoke, as the file has it; empty if it does not say.
        at_s: seconds since the beginning, if the file says.
    """

    words: str
    name: str = ""
    at_s: float | None = None


def together(lines: Iterable[Line]) -> list[Line]:
    """One line for each time that somebody speaks, however often the file cuts it."""
    found: list[Line] = []
    for line in lines:
        if not line.words:
            continue
        if found and line.name and found[-1].name == line.name:
            found[-1] = replace(found[-1], words=f"{found[-1].words} {line.words}")
        else:
            found.append(line)
        if len(found) > MOST_LINES:
            raise TranscriptRefused(f"it has more than {MOST_LINES} turns: cut it in parts")
    return found


def speakers(lines: Iterable[Line]) -> list[str]:
    """Who speaks, in the order in which they first do."""
    return list(dict.fromkeys(line.name for line in lines))
