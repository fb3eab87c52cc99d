"""WebVTT and SRT, as meeting programs write them."""

import io
import re

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from halves.connect.transcripts.line import Line, TranscriptRefused

_ARROW = re.compile(r"^(\S+)\s+-->\s+(\S+)")
_STAMP = re.compile(r"^(?:\d{2,}:)?[0-5]\d:[0-5]\d[.,]\d{3}$")
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]{1,100})>")
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>|<\d[\d:.]{0,20}>")
_NAME = re.compile(r"^([^\W_][^:\n]{0,59}?)\s*:\s+(.+)$", re.DOTALL)


def is_srt(text: str) -> bool:
    """Say whether it begins as SRT does: a number, and a time after it."""
    return bool(re.match(r"\s*\d+\s*\n\s*\d{2}:\d{2}:\d{2},\d{3}\s+-->", text))


def read_vtt(text: str) -> list[Line]:
    """Cues of WebVTT; `<v Name>` or `Name:` says who speaks."""
    if not text.startswith("WEBVTT"):
        raise TranscriptRefused("a VTT file begins with WEBVTT; this one does not", line=1)
    _check_stamps(text)
    try:
        return _lines(webvtt.from_buffer(io.StringIO(text), format="vtt"))
    except (MalformedFileError, MalformedCaptionError) as failed:
        raise TranscriptRefused(f"this VTT cannot be read: {failed}", line=1) from None


def read_srt(text: str) -> list[Line]:
    """Subtitles of SRT; `Name:` says who speaks."""
    _check_stamps(text)
    try:
        return _lines(webvtt.from_buffer(io.StringIO(text.lstrip()), format="srt"))
    except (MalformedFileError, MalformedCaptionError) as failed:
        raise TranscriptRefused(f"this SRT cannot be read: {failed}", line=1) from None


def _check_stamps(text: str) -> None:
    """Find the first broken time, which the reader would pass over without a word."""
    count = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if "-->" not in line:
            continue
        count += 1
        found = _ARROW.match(line.strip())
        for stamp in found.groups() if found else (line.strip(),):
            if not _STAMP.match(stamp):
                words = f"a time must be like 00:01:02.500 --> 00:01:04.000, got {stamp[:40]!r}"
                raise TranscriptRefused(words, line=number)
    if not count:
        raise TranscriptRefused("there is no time in it, such as 00:01.000 --> 00:04.000", line=1)


def _lines(captions: webvtt.WebVTT) -> list[Line]:
    return [_line(one) for one in captions.captions]


def _line(caption: webvtt.Caption) -> Line:
    raw, at_s = "\n".join(caption.lines), _seconds(caption.start)
    voice = _VOICE.search(raw)
    words = " ".join(_TAG.sub("", raw).split())
    if voice:
        return Line(words, voice[1].strip(), at_s)
    said = _NAME.match(words)
    if said:
        return Line(said[2], said[1], at_s)
    return Line(words, "", at_s)


def _seconds(stamp: str) -> float:
    total = 0.0
    for part in stamp.split(":"):
        total = total * 60 + float(part)
    return total
