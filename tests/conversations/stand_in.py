"""An endpoint on this machine that answers as OpenAI's chat completions do; keeps what it got."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandIn(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.words = "Grace wants a harbour."
        self.status, self.headers, self.raw = 200, {}, b""
        self.silent = threading.Event()  # set: it never answers

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/chat/completions"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((headers, body))
        if self.server.silent.is_set():
            self.server.silent.wait(0)
            threading.Event().wait(5)
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        said = {"choices": [{"message": {"role": "assistant", "content": self.server.words}}]}
        self.wfile.write(self.server.raw or json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def standing_in() -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
