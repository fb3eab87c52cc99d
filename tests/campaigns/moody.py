"""A mail server that behaves as badly as it is told, on a thread of the test."""

import socketserver
import threading
import time

USUAL = {
    "hello": b"220 moody",
    "ehlo": b"250 moody",
    "mail": b"250 ok",
    "rcpt": b"250 ok",
    "data": b"354 go on",
    "dot": b"250 taken",
    "rset": b"250 ok",
    "quit": b"221 bye",
}
HANGS_UP = b""


class Moody:
    """Answers each command with what `answers` says of it; with nothing, it hangs up.

    Args:
        answers: command → answer; `dot` is the end of the data, `hello` the greeting.
        waits_s: how long it thinks after the data.
        hangs_up_after: an answer after which it hangs up.
    """

    def __init__(self, *, waits_s: float = 0, hangs_up_after: str = "", **answers: bytes) -> None:
        self.answers, self.waits_s, self.hangs_up_after = USUAL | answers, waits_s, hangs_up_after
        self.taken: list[bytes] = []
        self.asked: list[str] = []
        moody = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                moody._talk(self.rfile, self.wfile)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> "Moody":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _talk(self, lines, out) -> None:
        try:
            if not self._say("hello", out):
                return
            while line := lines.readline():
                word = line[:4].strip().lower().decode("latin-1")
                if not self._say("ehlo" if word == "helo" else word, out):
                    return
                if word == "data" and self.answers["data"].startswith(b"354"):
                    mail = b""
                    while not mail.endswith(b"\r\n.\r\n"):
                        mail += lines.readline()
                    self.taken.append(mail)
                    time.sleep(self.waits_s)
                    if not self._say("dot", out):
                        return
        except OSError:
            return

    def _say(self, word: str, out) -> bool:
        self.asked.append(word)
        answer = self.answers.get(word, b"500 what?")
        if answer == HANGS_UP:
            return False
        out.write(answer + b"\r\n")
        return self.hangs_up_after != word
