"""What a mail says itself: without what it quotes, and without its signature.

Rules of thumb, on purpose few: what is cut by mistake is lost to listening, and what is left in
only says a thing twice.
"""

import re

_LONGEST = 40_000
# "On Mon, 5 Jan 2026 at 09:00, Ada <ada@example.org> wrote:", in the languages that mails come in.
_WROTE = re.compile(
    r"^(?:on|am|le|el|il|op|em|den)\b.{3,300}"
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev).{0,100}:\s*$",
    re.IGNORECASE | re.DOTALL,
)
_ORIGINAL = re.compile(
    r"^[-_ ]{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|"
    r"weitergeleitete nachricht|message d'origine|mensaje original|messaggio originale)",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^\*?(?:from|von|de|da)\s*:\*?\s+\S", re.IGNORECASE)
_SENT = re.compile(r"^\*?(?:sent|date|gesendet|datum|envoyé|enviado|inviato)\s*:\*?", re.IGNORECASE)
_SIGNATURE = re.compile(r"^(?:--\s?|__+|sent from my \w+.*|von meinem \w+ gesendet.*)$", re.I)


def trimmed(words: str) -> str:
    """The words that are new in a mail; all of them where nothing else would be left."""
    lines = words[:_LONGEST].replace("\r\n", "\n").split("\n")
    kept = _until_quoted(lines)
    plain = [line for line in kept if not line.lstrip().startswith(">")]
    signed = _until_signed(plain)
    found = "\n".join(line.rstrip() for line in signed).strip()
    return re.sub(r"\n{3,}", "\n\n", found)


def _until_quoted(lines: list[str]) -> list[str]:
    for place, line in enumerate(lines):
        said = line.strip()
        if not said:
            continue
        # The words before a quotation may be broken over two or three lines.
        together = " ".join(one.strip() for one in lines[place : place + 3])
        one_or_more = (said, " ".join(together.split()[:60]))
        if _ORIGINAL.match(said) or any(_WROTE.match(_to_colon(one)) for one in one_or_more):
            return lines[:place]
        if _HEADER.match(said) and any(
            _SENT.match(one.strip()) for one in lines[place : place + 5]
        ):
            return lines[:place]
    return lines


def _to_colon(said: str) -> str:
    """Up to the colon that ends it, so that what is quoted after it does not count."""
    end = re.search(r":(?:\s+>|\s*$)", said)
    return said[: end.start() + 1] if end else said


def _until_signed(lines: list[str]) -> list[str]:
    for place, line in enumerate(lines):
        if place and _SIGNATURE.match(line.strip() if line.strip() != "--" else "--"):
            return lines[:place]
    return lines
