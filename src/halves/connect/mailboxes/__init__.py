"""Mail: what a message says and to whom, out of files and IMAP. Plain data in and out.

>>> trimmed("Yes, please.\\n\\nOn Monday Ada wrote:\\n> Shall I send it?")
'Yes, please.'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from halves.connect.mailboxes.files import mails_in
from halves.connect.mailboxes.mail import MOST_BYTES, Mail, MailRefused, read_mail
from halves.connect.mailboxes.trimming import trimmed

__all__ = ["MOST_BYTES", "Mail", "MailRefused", "Server", "mails_in", "read_mail", "trimmed"]

PORTS: Mapping[str, int] = {"tls": 993, "starttls": 143, "none": 143}


@dataclass(frozen=True)
class Server:
    """Where mailboxes are looked into.

    Args:
        name: as colleagues choose it.
        host, port: of the IMAP server.
        tls: from the first byte (`tls`), after asking for it (`starttls`), or `none`.
        copies_to: an address of it that colleagues send copies to, so that they are logged.
        login, password: to sign in there with.
        trusted: the name in `Authentication-Results` headers that this server itself writes.
    """

    name: str
    host: str
    port: int = 993
    tls: str = "tls"
    copies_to: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    trusted: str = ""
