"""How this house sends mail: `[mail]` and `[house]` of halves.toml, and the environment before it.

[house]
url = "https://example.org"     # where people reach the house

[mail]
backend = "folder"              # mails become files under HALVES_HOME/mail: nobody gets one
host = "smtp.example.org"       # or provider = "postmark", and [mail.provider_settings]
port = 587
user = "halves"
password = "…"                  # better in the environment, as HALVES_MAIL_PASSWORD
tls = "starttls"                # or "tls" from the first byte, or "none"
from = "Navy <news@example.org>"
reply_to = "hello@example.org"
company = "Navy Ltd, 1 Pier, Portsmouth"   # the postal address that the law wants in each mail
connections = 16                # lines to the server at once
most_a_week = 3                 # mails to one person, of all campaigns together
[mail.a_minute]                 # at most so many to addresses of a domain
"gmail.com" = 600
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from halves.mail.errors import MailSettingsRefused

PORTS = {"starttls": 587, "tls": 465, "none": 25}
BACKENDS = ("smtp", "folder")
_TEXTS = ("backend", "host", "user", "password", "tls", "from", "reply_to", "company", "provider")
_NUMBERS = {"port": (1, 65535), "connections": (1, 50), "most_a_week": (1, 1000)}
_TABLES = ("a_minute", "provider_settings")
_BREAKS = "\x7f\x85\u2028\u2029"  # lines end there too, for some programs
_ENVIRONMENT = "HALVES_MAIL_"


@dataclass(frozen=True)
class MailSettings:
    """What is set; empty where nothing is.

    Args:
        url: where people reach the house, without a slash at its end.
        backend: `folder` where mails become files; else they go to the server, or the provider.
        host, port, user, password, tls: of the SMTP server.
        sender: who mails come from, `Name <address>`.
        reply_to: where answers go; empty: to the sender.
        company: name and postal address, in the foot of each mail.
        connections: lines to the server at once.
        most_a_week: mails to one person in seven days, of all campaigns together; 0: no limit.
        a_minute: domain of the address → most mails in a minute.
        provider: a provider's name, as django-anymail has it; empty: SMTP.
        provider_settings: its keys, as django-anymail names them; `webhook_…`: what it signs with.
    """

    url: str = ""
    backend: str = "smtp"
    host: str = ""
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    sender: str = ""
    reply_to: str = ""
    company: str = ""
    connections: int = 16
    most_a_week: int = 3
    a_minute: Mapping[str, int] = field(default_factory=dict)
    provider: str = ""
    provider_settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, file: Path, environment: Mapping[str, str] = os.environ) -> Self:
        """What the file says, and the environment before it.

        Raises:
            MailSettingsRefused: it is no TOML, or a value that means nothing here.
        """
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        except (OSError, ValueError) as failed:
            raise MailSettingsRefused(f"{file} cannot be read: {failed}") from failed
        mail = dict(_table(told, "mail"))
        for name in (*_TEXTS, *_NUMBERS):
            said = environment.get(f"{_ENVIRONMENT}{name.upper()}")
            if said is not None:
                mail[name] = said
        url = environment.get("HALVES_URL") or _table(told, "house").get("url", "")
        return cls.of(mail, url=str(url).rstrip("/"))

    @classmethod
    def of(cls, said: Mapping[str, Any], *, url: str) -> Self:
        """Settings from what was said.

        Raises:
            MailSettingsRefused: names the setting and shows the value.
        """
        unknown = sorted(set(said) - {*_TEXTS, *_NUMBERS, *_TABLES})
        if unknown:
            known = ", ".join(sorted({*_TEXTS, *_NUMBERS, *_TABLES}))
            raise MailSettingsRefused(f"mail has no setting {unknown[0]!r}; it has {known}")
        texts = {name: _text(name, said[name]) for name in _TEXTS if name in said}
        tls = texts.get("tls", "starttls")
        if tls not in PORTS:
            raise MailSettingsRefused(f"mail.tls must be one of {', '.join(PORTS)}, got {tls!r}")
        backend = texts.setdefault("backend", "smtp")
        if backend not in BACKENDS:
            known = ", ".join(BACKENDS)
            raise MailSettingsRefused(f"mail.backend must be one of {known}, got {backend!r}")
        if url and not url.startswith(("https://", "http://")):
            raise MailSettingsRefused(f"house.url must begin with https://, got {url!r}")
        texts["sender"] = texts.pop("from", "")
        for name in ("sender", "reply_to"):
            _check_address(name, texts.get(name, ""))
        numbers = {name: _number(name, said[name]) for name in _NUMBERS if name in said}
        rates = {k.lower(): _rate(k, v) for k, v in _table(said, "a_minute").items()}
        keys = {k: str(v) for k, v in _table(said, "provider_settings").items()}
        plain: dict[str, Any] = {"url": url, "port": PORTS[tls]} | texts | numbers
        return cls(
            **plain,
            a_minute=rates,
            provider_settings=keys,
        )

    @cached_property
    def domain(self) -> str:
        """Of the sender's address."""
        return parseaddr(self.sender)[1].rpartition("@")[2].lower()

    @property
    def is_folder(self) -> bool:
        """Say whether mails become files."""
        return self.backend == "folder"

    def missing(self) -> list[str]:
        """The settings without which nothing can be sent, as they are called in the file."""
        wanted = {
            "mail.host": self.host or self.provider or self.is_folder,
            "mail.from": self.sender,
            "mail.company": self.company,
            "house.url": self.url,
        }
        return [name for name, value in wanted.items() if not value]


def _table(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = said.get(name, {})
    if not isinstance(value, Mapping):
        raise MailSettingsRefused(f"{name} must be a table such as [{name}], got {value!r}")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or any(ord(one) < 32 or one in _BREAKS for one in value):
        raise MailSettingsRefused(f"mail.{name} must be one line of text, got {value!r}")
    return value.strip()


def _number(name: str, value: object) -> int:
    low, high = _NUMBERS[name]
    said = str(value)
    if isinstance(value, bool) or not said.isdecimal() or not low <= int(said) <= high:
        raise MailSettingsRefused(f"mail.{name} must be from {low} to {high}, got {value!r}")
    return int(said)


def _rate(domain: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise MailSettingsRefused(f"mail.a_minute of {domain} must be at least 1, got {value!r}")
    return value


def _check_address(name: str, said: str) -> None:
    address = parseaddr(said)[1]
    local, _, domain = address.rpartition("@")
    if said and not ((local and "." in domain) or domain == "localhost"):
        shown = "from" if name == "sender" else name
        raise MailSettingsRefused(
            f"mail.{shown} must be like Navy <news@example.org>, got {said!r}"
        )
