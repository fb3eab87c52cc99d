"""The mail servers that colleagues may connect a mailbox at: `[mailboxes]` of halves.toml.

[mailboxes.company]
host = "imap.example.org"
port = 993
tls = "tls"                     # or "starttls"; "none" only on a machine of one's own
copies_to = "log@example.org"   # a mail that is copied there is logged for the colleague it is from
login = "log@example.org"       # of that mailbox
password = "…"                  # better in the environment, as HALVES_COPIES_PASSWORD
trusted = "mx.example.org"      # whose word counts on whether a mail is from who it says

Colleagues choose a server by its name: no host is typed on a page, so that nobody can make the
house knock at doors of their choice.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from halves.connect.mailboxes import PORTS, Server
from halves.ledger.settings import SettingsRefused

_TEXTS = ("host", "tls", "copies_to", "login", "password", "trusted")
_PASSWORD = "HALVES_COPIES_PASSWORD"  # noqa: S105


def servers(file: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Server]:
    """The servers of the file, by name.

    Raises:
        SettingsRefused: names the setting and shows the value.
    """
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (OSError, ValueError) as failed:
        raise SettingsRefused(f"{file} cannot be read: {failed}") from failed
    said = told.get("mailboxes", {})
    if not isinstance(said, Mapping) or not all(isinstance(v, Mapping) for v in said.values()):
        raise SettingsRefused("mailboxes must be tables such as [mailboxes.company]")
    return {name: _server(name, one, environment) for name, one in said.items()}


def _server(name: str, said: Mapping[str, object], environment: Mapping[str, str]) -> Server:
    unknown = sorted(set(said) - {*_TEXTS, "port"})
    if unknown:
        known = ", ".join((*_TEXTS, "port"))
        raise SettingsRefused(f"mailboxes.{name} has no {unknown[0]!r}; it has {known}")
    texts = {key: str(said[key]).strip() for key in _TEXTS if key in said}
    if not texts.get("host"):
        raise SettingsRefused(f"mailboxes.{name} needs a host, such as imap.example.org")
    tls = texts.get("tls", "tls")
    if tls not in PORTS:
        known = ", ".join(PORTS)
        raise SettingsRefused(f"mailboxes.{name}.tls must be one of {known}, got {tls!r}")
    port = said.get("port", PORTS[tls])
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise SettingsRefused(f"mailboxes.{name}.port must be from 1 to 65535, got {port!r}")
    if texts.get("copies_to") and environment.get(_PASSWORD):
        texts["password"] = environment[_PASSWORD]
    return Server(name=name, port=port, **texts)
