"""What colleagues do with sources: add, change, change a key; and whose key was shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Literal
from urllib.parse import urlsplit

from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.tracking.errors import KeyUnknown, OriginRefused, SourceRefused
from halves.tracking.models import Source

ANY = "*"
_KEPT = ("name", "origins", "doors", "user_ids", "is_on")
_SECRET = "hs_"  # noqa: S105
_REACHED_BY = ("email", "phone")


@dataclass(frozen=True)
class Made:
    """A source, and its secret, which is shown this once."""

    source: Source
    secret: str


@dataclass(frozen=True)
class Shown:
    """A key that was shown: whose it is, and whether it is the secret one."""

    source: Source
    is_trusted: bool


def add_source(
    *,
    name: str,
    origins: Sequence[str],
    by: User | None,
    at: datetime,
    doors: Sequence[str] | None = None,
    user_ids: str = "user_id",
) -> Made:
    """Let a site, an app or a server send events.

    Args:
        name: what it is called.
        origins: where browsers may send from, such as `https://www.example.org`; `*` for all.
        by: who does.
        at: now.
        doors: names of events that open a door; the usual ones if unsaid.
        user_ids: what kind of id its user ids are; sources of one product share it.

    Raises:
        SourceRefused: no name, or an origin that is none.
    """
    secret = _SECRET + token_urlsafe(32)
    said = {} if doors is None else {"doors": _named(doors)}
    with transaction.atomic():
        made = Source.objects.create(
            name=_name(name),
            origins=_origins(origins),
            user_ids=_kind(user_ids),
            write_key=_write_key(),
            secret_digest=_digest(secret),
            secret_begins=secret[:8],
            made_at=at,
            by=by,
            **said,
        )
        audit.record("source.add", made, by=by, at=at, after=audit.fields_of(made, _KEPT))
    return Made(made, secret)


def change_source(
    source: Source,
    *,
    name: str,
    origins: Sequence[str],
    doors: Sequence[str],
    user_ids: str,
    is_on: bool,
    by: User,
    at: datetime,
) -> Source:
    """Change what it is called, where browsers may send from, what opens a door, whether it is on.

    Raises:
        SourceRefused: as for a new one.
    """
    before = audit.fields_of(source, _KEPT)
    source.name, source.origins, source.is_on = _name(name), _origins(origins), is_on
    source.doors, source.user_ids = _named(doors), _kind(user_ids)
    with transaction.atomic():
        source.save(update_fields=_KEPT)
        after = audit.fields_of(source, _KEPT)
        audit.record("source.change", source, by=by, at=at, before=before, after=after)
    return source


def new_key(source: Source, which: Literal["write", "secret"], *, by: User, at: datetime) -> str:
    """Make a new key; the one before is useless from now on.

    Returns:
        The key; a secret one is shown this once.
    """
    key = _SECRET + token_urlsafe(32) if which == "secret" else _write_key()
    if which == "secret":
        source.secret_digest, source.secret_begins = _digest(key), key[:8]
    else:
        source.write_key = key
    with transaction.atomic():
        source.save(update_fields=["secret_digest", "secret_begins", "write_key"])
        audit.record("source.new_key", source, by=by, at=at, after={"which": which})
    return key


def shown(key: str) -> Shown:
    """Whose key it is.

    Raises:
        KeyUnknown: nobody's, or that of a source that is switched off.
    """
    is_trusted = key.startswith(_SECRET)
    named = {"secret_digest": _digest(key)} if is_trusted else {"write_key": key[:41]}
    source = Source.objects.filter(**named).first() if key and "\x00" not in key else None
    if source is None or not source.is_on:
        raise KeyUnknown(source)
    return Shown(source, is_trusted)


def insist_on_origin(one: Shown, origin: str) -> None:
    """Refuse a browser on a site that the source does not name; servers and apps name none.

    Raises:
        OriginRefused: names the origin.
    """
    if not origin:
        return
    if one.is_trusted:
        raise OriginRefused(
            "this is the secret key, and a browser sent it: whoever reads the page has it now. "
            "Make a new one, and give the page the write key"
        )
    if ANY not in one.source.origins and origin.lower() not in one.source.origins:
        raise OriginRefused(f"{origin[:200]} is not among the origins of {one.source}")


def is_some_origin(origin: str) -> bool:
    """Say whether browsers on this site may send to any source: what a preflight asks."""
    origin = origin.lower()
    listed = Source.objects.filter(is_on=True).values_list("origins", flat=True)
    return any(origin in one or ANY in one for one in listed)


def _write_key() -> str:
    return f"hw_{token_urlsafe(18)}"


def _name(said: str) -> str:
    if not 0 < len(said.strip()) <= 100:
        raise SourceRefused("name", f"must have 1 to 100 letters, got {len(said.strip())}")
    return said.strip()


def _named(said: Sequence[str]) -> list[str]:
    return [one.strip()[:200] for one in dict.fromkeys(said) if one.strip()]


def _kind(said: str) -> str:
    found = said.strip().lower()
    is_name = 0 < len(found) <= 40 and found.replace("_", "").isalnum() and found.isascii()
    if not is_name or found in _REACHED_BY:
        raise SourceRefused("user_ids", f"must be a name such as user_id, got {said!r}")
    return found


def _origins(said: Sequence[str]) -> list[str]:
    return sorted({_origin(one.strip()) for one in said if one.strip()})


def _origin(said: str) -> str:
    if said == ANY:
        return said
    try:
        parts = urlsplit(said.lower())
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
        is_one = is_one and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_one = False
    if not is_one:
        raise SourceRefused(
            "origins", f"must be like https://www.example.org, or * for all, got {said!r}"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
