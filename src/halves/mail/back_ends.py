"""Who takes mails over: an SMTP server, a provider through django-anymail, or a folder."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings as django_settings
from django.core.mail import EmailMultiAlternatives, get_connection

from halves.mail.errors import MailRefused
from halves.mail.folder import Folder, folder_of
from halves.mail.outcomes import Outcome, What
from halves.mail.settings import MailSettings
from halves.mail.signing import Key, signed_by_all
from halves.mail.smtp import Line
from halves.mail.writing import Mail, written


class BackEnd(Protocol):
    """What takes a few mails at a time."""

    at_once: int

    def ready(self, mail: Mail) -> Any:
        """The mail as it will be handed over; what cannot be written is refused here."""

    def started(self, mails: Sequence[tuple[Mail, Any]]) -> "list[Future[Outcome]]":
        """Hand mails over, each once, and go on; the outcomes come when they are known."""

    def close(self) -> None:
        """Hang up."""


class Smtp:
    """Several lines to one server."""

    def __init__(self, settings: MailSettings, keys: Sequence[Key]) -> None:
        self._settings, self._keys = settings, keys
        self.at_once = settings.connections
        self._lines = threading.local()
        self._opened: list[Line] = []
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix="smtp")

    def ready(self, mail: Mail) -> bytes:
        """The bytes, signed with every key of the house."""
        domain = self._settings.domain
        return signed_by_all(self._keys, written(mail), domain=domain, at=mail.at)

    def started(self, mails: Sequence[tuple[Mail, bytes]]) -> "list[Future[Outcome]]":
        """Each over a line of its own."""
        return [self._threads.submit(self._send, mail.to, body) for mail, body in mails]

    def close(self) -> None:
        """Hang up on all lines."""
        self._threads.shutdown(wait=True)
        for line in self._opened:
            line.close()

    def _send(self, to: str, body: bytes) -> Outcome:
        line = getattr(self._lines, "one", None)
        if line is None:
            line = self._lines.one = Line(self._settings)
            self._opened.append(line)
        return line.send(to, body)


class Provider:
    """A provider's API, as django-anymail speaks it."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self.at_once = settings.connections
        keys = settings.provider_settings.items()
        # What the provider's word is checked with is nothing to send with.
        said: dict[str, Any] = {k: v for k, v in keys if not k.startswith("webhook_")}
        backend = f"anymail.backends.{settings.provider}.EmailBackend"
        try:
            self._connection = get_connection(backend, **said)
        except (ImportError, AnymailError) as failed:
            raise MailRefused(
                f"mail.provider {settings.provider!r} cannot be used: {failed}"
            ) from failed

    def ready(self, mail: Mail) -> EmailMultiAlternatives:
        """As Django has it; the same header checks as over SMTP."""
        written(mail)
        headers = dict(mail.headers) | {"Message-ID": f"<{mail.message_id}>"}
        made = EmailMultiAlternatives(
            subject=mail.subject,
            body=mail.text,
            from_email=mail.sender,
            to=[mail.to],
            reply_to=[mail.reply_to] if mail.reply_to else None,
            headers=headers,
        )
        if mail.html:
            made.attach_alternative(mail.html, "text/html")
        # It comes back with each event.
        made.metadata = {"message_id": mail.message_id}  # type: ignore[attr-defined]
        return made

    def started(
        self, mails: Sequence[tuple[Mail, EmailMultiAlternatives]]
    ) -> "list[Future[Outcome]]":
        """One call for each, one after the other."""
        found: list[Future[Outcome]] = []
        for _mail, made in mails:
            done: Future[Outcome] = Future()
            done.set_result(self._send(made))
            found.append(done)
        return found

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _send(self, made: EmailMultiAlternatives) -> Outcome:
        try:
            self._connection.send_messages([made])
        except AnymailRecipientsRefused as refused:
            return Outcome(What.REFUSED, str(refused)[:300], is_bad_address=True)
        except AnymailAPIError as failed:
            return _of_api(failed)
        except (AnymailError, ValueError) as failed:
            return Outcome(What.REFUSED, str(failed)[:300])
        except requests.ConnectionError as failed:
            return Outcome(What.DOWN, str(failed)[:300])
        status = getattr(made, "anymail_status", None)
        return Outcome(What.SENT, server_id=str(getattr(status, "message_id", "") or "")[:200])


def _of_api(failed: AnymailAPIError) -> Outcome:
    code, words = failed.status_code, str(failed).splitlines()[0][:300]
    if code is None:  # no answer: whether it was taken nobody knows, unless no line was there
        is_never_sent = isinstance(failed.__cause__, requests.exceptions.ConnectTimeout)
        return Outcome(What.DOWN if is_never_sent else What.UNKNOWN, words)
    if code == 429 or code >= 500:
        return Outcome(What.LATER, words)
    return Outcome(What.DOWN if code in (401, 403) else What.REFUSED, words)


def back_end(settings: MailSettings, keys: Sequence[Key]) -> BackEnd:
    """What the settings ask for.

    Raises:
        MailRefused: something is not set; names it.
    """
    missing = settings.missing()
    if missing:
        raise MailRefused(
            f"Nothing can be sent before {', '.join(missing)} is set in halves.toml "
            "or the environment."
        )
    if settings.is_folder:
        folder = folder_of(django_settings.PLACE.home)
        return Folder(folder, keys, domain=settings.domain)
    return Provider(settings) if settings.provider else Smtp(settings, keys)
