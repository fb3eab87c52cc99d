"""How many events a second the house takes, in batches of 100, each on the disk before its answer.

    python -m bench.tracking                 20 s, 4 senders; serve, send, flush, write the page
    python -m bench.tracking --seconds 5

The house is served by `halves serve` with its worker, as in use, on this machine; the senders are
threads of one other process that send Segment's batches over connections that stay open, and a
colleague opens a page twice a second meanwhile. What was acknowledged is then counted on the
ledger, repeats included.
"""

import argparse
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from base64 import b64encode
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

DATA = Path("bench/.data/tracking")
PAGE = Path(__file__).parents[1] / "docs/benchmarks-tracking.md"
PORT, TOGETHER = 8197, 100
MADE = """
import json
import django; django.setup()
from datetime import datetime, UTC
from django.test import Client
from halves.access.actions import add_user
from halves.access.models import Role
from halves.cli.serving import prepare_database
from halves.tracking.sources import add_source
prepare_database()
now = datetime.now(UTC)
made = add_source(name="Site", origins=[], by=None, at=now)
said = {"email": "ada@example.org", "name": "Ada", "password": "correct horse battery"}
ada = add_user(**said, role=Role.OWNER, team=None, at=now)
colleague = Client(SERVER_NAME="localhost")
colleague.force_login(ada)
print(made.secret, colleague.cookies["sessionid"].value)
"""
OPENING = """# Events

Written by `python -m bench.tracking`. `halves serve` with its worker, and {senders} senders, on the
same {cores} cores of a shared machine, Python {python}. An event is a page view as analytics.js
writes it, {size} bytes, in batches of 100. Each batch is on the disk (SQLite, `synchronous=FULL`)
before its answer.

| | |
|---|--:|
| events a second | {rate:,.0f} |
| a batch's answer, median | {median:.0f} ms |
| a batch's answer, 95th percentile | {p95:.0f} ms |
| acknowledged in {seconds:.0f} s | {sent:,} |
| on the ledger, repeats counted | {written:,} |
| until the ledger had the last | {lag:.0f} s |
| a colleague's page meanwhile (the list of sources), median | {page:.0f} ms |
| the machine's load when it began | {load:.1f} |
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--no-page", action="store_true")
    options = parser.parse_args()
    home = DATA.absolute()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    said = os.environ | {"HALVES_HOME": str(home), "DJANGO_SETTINGS_MODULE": "halves.settings"}
    made = subprocess.run(
        [sys.executable, "-c", MADE], check=True, env=said, stdout=subprocess.PIPE, text=True
    )
    command = [sys.executable, "-m", "halves.cli", "serve", "--home", str(home)]
    server = subprocess.Popen([*command, "--port", str(PORT)], env=said, start_new_session=True)
    try:
        _until_it_answers()
        key, session = made.stdout.split()
        found = _measure(home, key, session, options.seconds, options.senders)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    print(json.dumps(found, indent=1))
    if not options.no_page:
        PAGE.write_text(
            OPENING.format(**found, cores=os.cpu_count(), python=platform.python_version())
        )


def _measure(home: Path, key: str, session: str, seconds: float, senders: int) -> dict[str, float]:
    warm: list[float] = []
    _send(key, time.monotonic() + 1, warm)
    took: list[float] = []
    pages: list[float] = []
    load, began = os.getloadavg()[0], time.monotonic()
    threads = [
        threading.Thread(target=_send, args=(key, began + seconds, took)) for _ in range(senders)
    ]
    threads.append(threading.Thread(target=_look, args=(session, began + seconds, pages)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = time.monotonic()
    sent = len(took) * TOGETHER
    written = _until_written(home, sent + len(warm) * TOGETHER) - len(warm) * TOGETHER
    return {
        "rate": sent / (ended - began),
        "median": statistics.median(took) * 1e3,
        "p95": statistics.quantiles(took, n=20)[-1] * 1e3,
        "seconds": ended - began,
        "sent": sent,
        "written": written,
        "lag": time.monotonic() - ended,
        "page": statistics.median(pages) * 1e3,
        "load": load,
        "senders": senders,
        "size": len(json.dumps(_event("x"))),
    }


def _send(key: str, until: float, took: list[float]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    headers = {
        "Authorization": "Basic " + b64encode(f"{key}:".encode()).decode(),
        "Content-Type": "application/json",
    }
    events = json.dumps([_event("MESSAGE") for _ in range(TOGETHER)])
    parts = events.split("MESSAGE")
    while time.monotonic() < until:
        own = uuid.uuid4().hex
        batch = parts[0] + "".join(f"{own}-{n}{part}" for n, part in enumerate(parts[1:]))
        began = time.monotonic()
        line.request("POST", "/v1/batch", f'{{"batch":{batch}}}', headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"refused with {answer.status}")
        took.append(time.monotonic() - began)


def _look(session: str, until: float, took: list[float]) -> None:
    """Be a colleague who opens a page."""
    while time.monotonic() < until:
        began = time.monotonic()
        line = http.client.HTTPConnection("localhost", PORT, timeout=60)
        line.request("GET", "/settings/sources/", headers={"Cookie": f"sessionid={session}"})
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the page answered {answer.status}")
        line.close()
        took.append(time.monotonic() - began)
        time.sleep(0.5)


def _event(message: str) -> dict:
    url = "https://www.example.org/pricing?utm_source=google&utm_medium=cpc&utm_campaign=spring"
    return {
        "type": "page",
        "messageId": message,
        "anonymousId": "8f1c3c1e-7d3c-4a39-9a86-1f6e0f4f3d11",
        "timestamp": "2026-01-05T09:00:00.000Z",
        "name": "Pricing",
        "context": {
            "page": {"url": url, "path": "/pricing", "referrer": "", "title": "Pricing"},
            "campaign": {"source": "google", "medium": "cpc", "name": "spring"},
            "locale": "en",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        },
    }


def _until_written(home: Path, wanted: int) -> int:
    over = time.monotonic() + 600
    while time.monotonic() < over:
        try:
            rows = DeltaTable(home / "ledger/touches").to_pyarrow_table(columns=["touch_id"])
        except TableNotFoundError:  # nothing came yet
            time.sleep(1)
            continue
        if rows.num_rows >= wanted:
            return rows.num_rows
        time.sleep(1)
    raise SystemExit("the ledger never had them all")


def _until_it_answers() -> None:
    for _ in range(600):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", PORT)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
