"""Passwords of mailboxes, sealed under the house's own key: a copied database opens none."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from halves.place import secret_key

_PURPOSE = b"halves mailbox passwords\x00"


def sealed(password: str, *, home: Path) -> str:
    """The password as the database keeps it."""
    return _box(home).encrypt(password.encode()).decode()


def unsealed(said: str, *, home: Path) -> str | None:
    """The password; None where it was sealed under another key."""
    try:
        return _box(home).decrypt(said.encode()).decode()
    except InvalidToken:
        return None


def _box(home: Path) -> Fernet:
    digest = sha256(_PURPOSE + secret_key(home).encode()).digest()
    return Fernet(urlsafe_b64encode(digest))
