"""DKIM: the house's keys, the lines that its DNS must hold, and a signature on each mail."""

import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

KINDS = ("ed25519", "rsa")
_FILE = "dkim.json"
_RSA_BITS = 2048
_END = b"\r\n"
_FOLD = re.compile(rb"\r\n[ \t]+")
_SIGNED = (
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
)


@dataclass(frozen=True)
class Key:
    """One key that mails are signed with.

    Args:
        kind: `ed25519` or `rsa`.
        selector: its name in the DNS.
        private: base64 of the seed, or PEM.
        public: base64, as the DNS has it.
    """

    kind: str
    selector: str
    private: str
    public: str

    def record(self, domain: str) -> tuple[str, str]:
        """The DNS name and the TXT record that let others check signatures."""
        return f"{self.selector}._domainkey.{domain}", f"v=DKIM1; k={self.kind}; p={self.public}"

    def signed(self, mail: bytes, *, domain: str, at: datetime) -> bytes:
        """The mail with a signature before it: headers relaxed, body simple.

        Source:
            RFC 6376, and RFC 8463 for Ed25519, which signs the hash.
        """
        head, _, body = mail.partition(_END * 2)
        known = _relaxed(head)
        names = [name for name in _SIGNED if name in known]
        tags = (
            f"v=1; a={self.kind}-sha256; c=relaxed/simple; d={domain}; s={self.selector}; "
            f"t={int(at.timestamp())}; h={':'.join(names)}; "
            f"bh={_base64(sha256(body.rstrip(_END) + _END).digest())}; b="
        )
        said = b"".join(f"{name}:{known[name]}\r\n".encode() for name in names)
        signature = _base64(_signer(self)(said + f"dkim-signature:{tags}".encode()))
        return f"DKIM-Signature: {tags}{signature}\r\n".replace("; ", ";\r\n ").encode() + mail


def keys(home: Path) -> Sequence[Key]:
    """The house's keys; none before they are made."""
    try:
        told: list[dict[str, Any]] = json.loads((home / _FILE).read_text())
    except FileNotFoundError:
        return ()
    return [Key(**one) for one in told]


def make_keys(home: Path, *, selector: str, kinds: Sequence[str] = KINDS) -> Sequence[Key]:
    """Make the house's keys, if it has none."""
    found = keys(home)
    if found:
        return found
    made = [_made(kind, f"{selector}-{kind}" if len(kinds) > 1 else selector) for kind in kinds]
    told = json.dumps([vars(one) for one in made], indent=1)
    home.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(home / _FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first
        return keys(home)
    with os.fdopen(handle, "w") as out:
        out.write(told)
    return made


def signed_by_all(keys: Sequence[Key], mail: bytes, *, domain: str, at: datetime) -> bytes:
    """The mail with a signature of each key before it, each over the mail alone."""
    heads = [key.signed(mail, domain=domain, at=at)[: -len(mail)] for key in keys]
    return b"".join((*reversed(heads), mail))


def _made(kind: str, selector: str) -> Key:
    if kind == "ed25519":
        one = ed25519.Ed25519PrivateKey.generate()
        seed, public = one.private_bytes_raw(), one.public_key().public_bytes_raw()
        return Key(kind, selector, b64encode(seed).decode(), b64encode(public).decode())
    if kind != "rsa":
        raise ValueError(f"a key must be one of {', '.join(KINDS)}, got {kind!r}")
    two = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    private = two.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = two.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Key(kind, selector, private.decode(), b64encode(public).decode())


@lru_cache(maxsize=16)
def _signer(key: Key) -> Callable[[bytes], bytes]:
    if key.kind == "ed25519":
        one = ed25519.Ed25519PrivateKey.from_private_bytes(b64decode(key.private))
        return lambda said: one.sign(sha256(said).digest())
    two = serialization.load_pem_private_key(key.private.encode(), None)
    if not isinstance(two, rsa.RSAPrivateKey):
        raise ValueError(f"the key of {key.selector} must be one of RSA")
    return lambda said: two.sign(said, padding.PKCS1v15(), hashes.SHA256())


def _relaxed(head: bytes) -> dict[str, str]:
    """Header by its name in small letters, on one line, with single spaces."""
    lines = _FOLD.sub(b" ", head).decode("ascii").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): " ".join(value.split()) for name, _, value in pairs}


def _base64(said: bytes) -> str:
    return b64encode(said).decode()
