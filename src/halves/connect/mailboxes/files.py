"""Mail in files: one message in an EML, many in an mbox."""

from collections.abc import Iterator
from typing import BinaryIO

from halves.connect.mailboxes.mail import MOST_BYTES

_FROM = b"From "


def mails_in(file: BinaryIO) -> Iterator[bytes]:
    """Each message of a file, as bytes; an mbox is one that begins with `From `.

    A message that is larger than any that is taken comes cut, and is refused by who reads it.
    """
    first = file.readline(MOST_BYTES)
    if not first.startswith(_FROM):
        data = first + file.read(MOST_BYTES + 1)
        if data.strip():
            yield data
        return
    held: list[bytes] = []
    size, was_empty = 0, False
    while line := file.readline(MOST_BYTES):
        if line.startswith(_FROM) and (was_empty or not held):
            if held:
                yield b"".join(held)
            held, size = [], 0
        elif size <= MOST_BYTES:
            held.append(
                line[1:] if line.lstrip(b">").startswith(_FROM) and line[:1] == b">" else line
            )
            size += len(line)
        was_empty = not line.strip()
    if held:
        yield b"".join(held)
