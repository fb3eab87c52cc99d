"""Backup and restore while events come in: what was acknowledged before is on the ledger once."""

import http.client
import json
import threading
import time

import pytest

from tests.keeping.test_backup import made, run
from tests.tracking.served import Served, until


@pytest.fixture
def served(tmp_path):
    found = Served.made(tmp_path / "home")
    yield found
    found.close()


def test_events_that_wait_are_in_the_backup_and_on_the_ledger_once_after_a_restore(served):
    server = served.serve()
    send(served, "before")
    run(served.home, "backup")
    send(served, "after")
    served.kill(server)

    run(served.home, "restore", str(made(served.home)), "--yes")
    served.work()

    until(lambda: len(served.rows("touches")) >= 10, 60)
    assert keys(served) == {f"before-{n}": 1 for n in range(10)}


@pytest.mark.slow
def test_a_backup_amid_a_stream_of_events_neither_loses_nor_doubles_one(served):
    server, worker = served.serve(), served.work()
    sent, over = [], threading.Event()

    def go_on() -> None:
        while not over.is_set():
            send(served, f"s{len(sent)}")
            sent.append(f"s{len(sent)}")
            time.sleep(0.02)

    thread = threading.Thread(target=go_on)
    thread.start()
    until(lambda: len(served.rows("touches")) > 0, 60)
    acknowledged = len(sent)
    run(served.home, "backup")
    over.set()
    thread.join()
    served.kill(server)
    served.kill_part(worker)

    run(served.home, "restore", str(made(served.home)), "--yes")
    served.work()

    wanted = {f"s{batch}-{n}" for batch in range(acknowledged) for n in range(10)}
    until(lambda: wanted <= set(keys(served)), 60)
    time.sleep(8)  # a round of the worker's in which doubles would come
    assert set(keys(served).values()) == {1}


def send(served: Served, name: str) -> None:
    said = [{"type": "page", "anonymousId": "v", "messageId": f"{name}-{n}"} for n in range(10)]
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    body = json.dumps({"writeKey": served.keys["secret"], "batch": said})
    line.request("POST", "/v1/batch", body, {"Content-Type": "text/plain"})
    assert line.getresponse().status == 200
    line.close()


def keys(served: Served) -> dict[str, int]:
    found = served.counts("touches", "touch_id")
    return {key.rpartition(":")[2]: count for key, count in found.items()}
