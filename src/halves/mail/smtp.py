"""A line to an SMTP server, kept open from mail to mail; it knows what became of each.

Up to the server's go-ahead for the data nothing can have been taken; from the end of the data to
its answer nobody can know. Only that moment is `unknown`.
"""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from email.utils import parseaddr

from halves.mail.outcomes import Outcome, What
from halves.mail.settings import MailSettings

_TIMEOUT_S = 30.0
_ANSWER_S = 120.0  # a server may look at a mail for long; hanging up leaves it unknown
_PER_LINE = 500  # mails before a line is opened anew, as servers like it
_BAD_ADDRESS = re.compile(r"\b5\.1\.[0-3]\b|\b5\.1\.10\b")
_OF_THE_HOUSE = (421, 530, 534, 535, 538)  # closing down, or we must sign in: no address's fault
_BROKEN = (smtplib.SMTPServerDisconnected, OSError)


class Line:
    """One line, used by one thread at a time."""

    def __init__(
        self,
        settings: MailSettings,
        *,
        timeout_s: float = _TIMEOUT_S,
        answer_s: float = _ANSWER_S,
    ) -> None:
        self._settings, self._timeout_s, self._answer_s = settings, timeout_s, answer_s
        self._server: smtplib.SMTP | None = None
        self._sent = 0
        self._from = parseaddr(settings.sender)[1]

    def send(self, to: str, mail: bytes) -> Outcome:
        """Hand one mail over."""
        try:
            server, refused = self._ready(to)
        except (smtplib.SMTPException, *_BROKEN) as failed:
            self.close()  # nothing was taken
            return Outcome(What.DOWN, _said(failed))
        if refused is not None:
            return refused
        return self._handed(server, mail)

    def close(self) -> None:
        """Hang up."""
        server, self._server, self._sent = self._server, None, 0
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.close()

    def _ready(self, to: str) -> tuple[smtplib.SMTP, Outcome | None]:
        """The server as it waits for data, or what refuses the mail; a cut line is dialled anew."""
        was_open = self._server is not None
        try:
            server = self._opened()
            refused = self._announced(server, to)
        except (smtplib.SMTPException, *_BROKEN):
            if not was_open:
                raise
            self.close()
            return self._ready(to)
        if refused is not None and not self._is_reset(server):
            self.close()
        return server, refused

    def _is_reset(self, server: smtplib.SMTP) -> bool:
        """Take back what was announced; a server that hangs up after its no has said no."""
        try:
            return server.rset()[0] == 250
        except (smtplib.SMTPException, *_BROKEN):
            return False

    def _opened(self) -> smtplib.SMTP:
        if self._server is not None and self._sent >= _PER_LINE:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self.close()
        if self._server is None:
            self._server = self._dialled()
        return self._server

    def _dialled(self) -> smtplib.SMTP:
        said = self._settings
        name = said.domain or "localhost"
        where = (said.host, said.port)
        if said.tls == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                *where, local_hostname=name, timeout=self._timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(*where, local_hostname=name, timeout=self._timeout_s)
        if server.sock is not None:
            server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.ehlo_or_helo_if_needed()
        if said.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if said.user:
            server.login(said.user, said.password)
        return server

    def _announced(self, server: smtplib.SMTP, to: str) -> Outcome | None:
        """Say from whom and to whom; what refuses it, if anything does."""
        code, words = server.mail(self._from)
        if code != 250:  # the same for everybody: no fault of this address
            raise smtplib.SMTPResponseException(code, words)
        code, words = server.rcpt(to)
        if code in (250, 251):
            code, words = server.docmd("data")
            if code == 354:
                return None
        if code in _OF_THE_HOUSE or not 400 <= code < 600:
            raise smtplib.SMTPResponseException(code, words)
        return _refused(code, words)

    def _handed(self, server: smtplib.SMTP, mail: bytes) -> Outcome:
        """Send the data; from here to the answer nobody can know."""
        try:
            server.send(_dotted(mail))
            code, words = self._answer(server)
        except (smtplib.SMTPException, *_BROKEN) as failed:
            self.close()
            return Outcome(What.UNKNOWN, _said(failed))
        self._sent += 1
        if 200 <= code < 300:
            return Outcome(What.SENT, _text(words)[:200])
        if not 400 <= code < 600:  # no answer that SMTP has: who knows what became of it
            self.close()
            return Outcome(What.UNKNOWN, f"{code} {_text(words)}"[:300])
        if code == 421:
            self.close()
        return _refused(code, words)

    def _answer(self, server: smtplib.SMTP) -> tuple[int, bytes]:
        if server.sock is not None:
            server.sock.settimeout(self._answer_s)
        try:
            return server.getreply()
        finally:
            if server.sock is not None:
                server.sock.settimeout(self._timeout_s)


def _refused(code: int, words: bytes) -> Outcome:
    said = f"{code} {_text(words)}"[:300]
    if 500 <= code < 600:
        return Outcome(What.REFUSED, said, is_bad_address=bool(_BAD_ADDRESS.search(said)))
    return Outcome(What.LATER, said)


def _dotted(mail: bytes) -> bytes:
    body = mail if mail.endswith(b"\r\n") else mail + b"\r\n"
    if body.startswith(b"."):
        body = b"." + body
    return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _text(words: bytes) -> str:
    return " ".join(words.decode("utf-8", "replace").split())


def _said(failed: BaseException) -> str:
    if isinstance(failed, smtplib.SMTPResponseException):
        error = failed.smtp_error
        words = error if isinstance(error, bytes) else str(error).encode()
        return f"{failed.smtp_code} {_text(words)}"[:300]
    return (str(failed) or type(failed).__name__)[:300]
