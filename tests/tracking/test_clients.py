"""Segment's own clients, over a line that drops answers: each event is on the ledger once."""

import http.client
import random
import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from segment.analytics import Client

from tests.tracking.served import Served, until

EVENTS = 10_000
NODE = Path(__file__).parents[2] / "bench/.node"  # npm install --prefix bench/.node @segment/…
SENDS = """
const { Analytics } = require("@segment/analytics-node");
const [url, key, count] = process.argv.slice(2);
const client = new Analytics({ writeKey: key, host: url, flushAt: 100, maxRetries: 20 });
client.on("error", (failed) => { console.error(failed); });
for (let twice = 0; twice < 2; twice++)
  for (let n = 0; n < count; n++)
    client.track({ userId: `u${n % 50}`, event: "Signed Up", messageId: `node-${n}` });
client.closeAndFlush({ timeout: 400000 }).then(() => process.exit(0));
"""


@pytest.fixture
def served(tmp_path):
    found = Served.made(tmp_path / "home")
    yield found
    found.close()


@pytest.mark.slow
def test_the_python_client_s_events_are_on_the_ledger_once(served):
    served.serve()
    served.work()
    failed = []
    with bad_line(served) as url:
        client = Client(
            served.keys["secret"],
            host=url,
            gzip=True,
            max_retries=20,
            max_queue_size=4 * EVENTS,
            thread=2,
            on_error=lambda *said: failed.append(said),
        )
        for _ in range(2):
            for n in range(EVENTS):
                client.track(f"u{n % 50}", "Signed Up", message_id=f"python-{n}")
        client.shutdown()

    assert failed == []
    _each_once(served, "python")


@pytest.mark.slow
def test_the_node_client_s_events_are_on_the_ledger_once(served, tmp_path):
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules/@segment/analytics-node").exists():
        pytest.skip(f"npm install --prefix {NODE} @segment/analytics-node, and have node")
    served.serve()
    served.work()
    script = NODE / "sends.cjs"
    script.write_text(SENDS)
    with bad_line(served) as url:
        command = [node, "--no-warnings", str(script), url, served.keys["secret"], str(EVENTS)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    _each_once(served, "node")


def _each_once(served: Served, client: str) -> None:
    until(lambda: len(served.rows("outcomes")) >= EVENTS, 120)
    source = served.rows("outcomes")[0]["source"].rpartition(":")[2]
    wanted = {f"track:{source}:{client}-{n}" for n in range(EVENTS)}
    counts = served.counts("outcomes", "outcome_id")
    assert set(counts) == wanted
    assert set(counts.values()) == {1}


@contextmanager
def bad_line(served: Served):
    """A line that loses one answer in ten, once the house took the events, and is busy at times."""
    rng = random.Random(1)

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            if rng.random() < 0.1:
                return self._answer(503, b"busy", {})
            far = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
            far.request("POST", self.path, body, dict(self.headers))
            found = far.getresponse()
            said = found.read()
            if rng.random() < 0.1:
                self.close_connection = True
                return None
            return self._answer(found.status, said, dict(found.headers))

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers["Content-Length"]))
            whole = b""
            while size := int(self.rfile.readline(), 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            del self.headers["Transfer-Encoding"]
            return whole

        def _answer(self, status: int, said: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            if "Retry-After" in headers:
                self.send_header("Retry-After", headers["Retry-After"])
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    line = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    threading.Thread(target=line.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{line.server_port}"
    finally:
        line.shutdown()
