"""Transcripts of talk: plain text, WebVTT, SRT and JSON. Plain data in and out.

A new format is a module with a function from text to lines, named below.

>>> [line.name for line in read(b"Ada: Hello.\\nGrace: Hi.", name="call.txt")]
['Ada', 'Grace']
"""

from collections.abc import Callable, Mapping
from pathlib import PurePath

from halves.connect.transcripts import captions, listed, plain
from halves.connect.transcripts.line import (
    MOST_BYTES,
    Line,
    TranscriptRefused,
    speakers,
    together,
)

__all__ = ["FORMATS", "MOST_BYTES", "Line", "TranscriptRefused", "read", "speakers"]

FORMATS: Mapping[str, Callable[[str], list[Line]]] = {
    "txt": plain.read,
    "vtt": captions.read_vtt,
    "srt": captions.read_srt,
    "json": listed.read,
}


def read(data: bytes, *, name: str = "") -> list[Line]:
    """What was said, in order; who speaks on in several lines has one.

    Args:
        data: of the file, or what was pasted.
        name: of the file; its ending tells the format. Without one, its first words do.

    Raises:
        TranscriptRefused: it is too large, no text, or broken; names the line.
    """
    if len(data) > MOST_BYTES:
        size, most = len(data) / 1_000_000, MOST_BYTES // 1_000_000
        words = f"it has {size:.1f} MB; at most {most} MB can be taken: cut it in parts"
        raise TranscriptRefused(words)
    text = _text(data)
    found = FORMATS[_format(name, text)](text)
    lines = together(found)
    if not lines:
        raise TranscriptRefused("nobody says anything in it")
    return lines


def _text(data: bytes) -> str:
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as failed:
        line = data[: failed.start].count(b"\n") + 1
        words = "these bytes are not UTF-8: save the file as UTF-8, then take it again"
        raise TranscriptRefused(words, line=line) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise TranscriptRefused("this is no text: it holds zero bytes", line=line)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _format(name: str, text: str) -> str:
    ending = PurePath(name).suffix.lower().removeprefix(".")
    if ending in FORMATS:
        return ending
    if ending not in ("", "text", "md"):
        known = ", ".join(FORMATS)
        raise TranscriptRefused(f"{ending!r} is no format of transcripts: give one of {known}")
    if text.startswith("WEBVTT"):
        return "vtt"
    if text.lstrip()[:1] in ("[", "{") and text.rstrip()[-1:] in ("]", "}"):
        return "json"
    return "srt" if captions.is_srt(text) else "txt"
