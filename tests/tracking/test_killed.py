"""The server and the worker are killed while clients send: what was acknowledged is there once."""

import http.client
import json
import random
import threading
import time

import pytest

from tests.tracking.served import Served, until

BATCHES, TOGETHER, SENDERS, KILLS = 120, 10, 3, 4


@pytest.mark.slow
def test_what_a_killed_server_acknowledged_is_on_the_ledger_once(tmp_path):
    served, rng = Served.made(tmp_path / "home"), random.Random(1)
    server, worker = served.serve(), served.work()
    acknowledged: set[str] = set()
    threads = [
        threading.Thread(target=_send, args=(served, f"s{n}", acknowledged)) for n in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.3, 2.0))
            served.kill(server)
            if rng.random() < 0.5:
                served.kill_part(worker)
                worker = served.work()
            server = served.serve()
        for thread in threads:
            thread.join(240)
        wanted = SENDERS * BATCHES * TOGETHER
        assert len(acknowledged) == wanted
        until(lambda: len(served.rows("touches")) >= wanted, 120)
        counts = served.counts("touches", "touch_id")
        assert {key.rpartition(":")[2] for key in counts} == acknowledged
        assert set(counts.values()) == {1}
    finally:
        served.close()


def _send(served: Served, sender: str, acknowledged: set[str]) -> None:
    for number in range(BATCHES):
        keys = [f"{sender}-{number}-{n}" for n in range(TOGETHER)]
        batch = [{"type": "page", "anonymousId": sender, "messageId": key} for key in keys]
        while not _is_taken(served, {"writeKey": served.keys["secret"], "batch": batch}):
            time.sleep(0.2)
        acknowledged.update(keys)
        time.sleep(0.05)


def _is_taken(served: Served, body: dict) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        line.request("POST", "/v1/batch", json.dumps(body), {"Content-Type": "text/plain"})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
