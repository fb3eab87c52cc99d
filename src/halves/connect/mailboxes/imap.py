"""Looking into a mailbox by IMAP: only reading, only what is new."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imapclient import SENT

from halves.connect.errors import ConnectError
from halves.connect.mailboxes import Server
from halves.connect.mailboxes.mail import MOST_BYTES

TIMEOUT_S = 30
_AT_ONCE = 20
_MOST_AT_ONCE = 500


class MailboxUnreachable(ConnectError):
    """The server cannot be reached, or breaks off; later it may work."""


class LoginRefused(ConnectError):
    """The server does not let us in: a name or password that it does not know."""


@dataclass(frozen=True)
class Seen:
    """How far a folder was read: the numbers of its mails hold as long as its validity."""

    validity: int = 0
    last: int = 0


@dataclass(frozen=True)
class Fetched:
    """One mail of a folder; None for one that is too large to be taken."""

    folder: str
    seen: Seen
    data: bytes | None


class Mailbox:
    """An open line to one mailbox."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client

    def folders(self) -> list[str]:
        """The ones to read: the inbox, and where sent mail is kept."""
        sent = self._client.find_special_folder(SENT)
        return ["INBOX", *([str(sent)] if sent else [])]

    def new(self, seen: Mapping[str, Seen], *, since: date) -> Iterator[Fetched]:
        """Mails after those that were seen, in their order, at most some hundreds of a folder.

        Args:
            seen: folder → how far it was read.
            since: older mail is passed over.

        Raises:
            MailboxUnreachable: the line broke; what came until then came.
        """
        try:
            for folder in self.folders():
                yield from self._new_of(folder, seen.get(folder, Seen()), since)
        except (IMAPClientError, OSError) as failed:
            raise MailboxUnreachable(f"the line broke: {failed}") from None

    def _new_of(self, folder: str, seen: Seen, since: date) -> Iterator[Fetched]:
        chosen = self._client.select_folder(folder, readonly=True)
        validity = int(chosen[b"UIDVALIDITY"])
        last = seen.last if seen.validity == validity else 0
        found = self._client.search(["UID", f"{last + 1}:*", "SINCE", since])
        keys = sorted(int(key) for key in found if int(key) > last)[:_MOST_AT_ONCE]
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            sizes = self._client.fetch(some, ["RFC822.SIZE"])
            for key in some:
                size = int(sizes.get(key, {}).get(b"RFC822.SIZE", 0))
                data = None
                if 0 < size <= MOST_BYTES:
                    data = self._client.fetch([key], ["BODY.PEEK[]"]).get(key, {}).get(b"BODY[]")
                yield Fetched(folder, Seen(validity, key), data)


@contextmanager
def opened(server: Server, login: str, password: str) -> Iterator[Mailbox]:
    """Sign in, and hang up afterwards.

    Raises:
        LoginRefused, MailboxUnreachable: see there.
    """
    context = ssl.create_default_context()
    is_tls = server.tls == "tls"
    try:
        client = IMAPClient(
            server.host,
            port=server.port,
            ssl=is_tls,
            ssl_context=context if is_tls else None,
            timeout=TIMEOUT_S,
        )
    except (OSError, IMAPClientError) as failed:
        words = f"{server.host}:{server.port} cannot be reached: {failed}"
        raise MailboxUnreachable(words) from None
    try:
        _sign_in(client, server, login, password, context)
        yield Mailbox(client)
    finally:
        try:
            client.logout()
        except (OSError, IMAPClientError):
            client.shutdown()


def _sign_in(
    client: IMAPClient, server: Server, login: str, password: str, context: ssl.SSLContext
) -> None:
    try:
        if server.tls == "starttls":
            client.starttls(ssl_context=context)
        client.login(login, password)
    except LoginError as failed:
        raise LoginRefused(f"{server.host} does not let {login} in: {failed}") from None
    except (OSError, IMAPClientError) as failed:
        raise MailboxUnreachable(f"{server.host}:{server.port}: {failed}") from None
