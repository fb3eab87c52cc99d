"""Events come in by HTTP, and are on the ledger once."""

import base64
import gzip
import json
from decimal import Decimal

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from halves.posting.book import book
from halves.tracking.flushing import flush
from halves.tracking.models import Event
from halves.tracking.sources import add_source
from tests.house import MONDAY

SITE = "https://www.example.org"


@pytest.fixture
def made(ada):
    return add_source(name="Site", origins=[SITE], by=ada, at=MONDAY)


@pytest.fixture
def site(made):
    return Sender(made.source.write_key)


@pytest.fixture
def server(made):
    return Sender(made.secret)


class Sender:
    """A client of Segment's, as far as HTTP goes."""

    def __init__(self, key: str) -> None:
        self.key, self.client = key, Client(SERVER_NAME="localhost", enforce_csrf_checks=True)

    def __call__(self, kind: str, body, **headers):
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        return self.raw(kind, json.dumps(body).encode(), Authorization=f"Basic {basic}", **headers)

    def raw(self, kind: str, body: bytes, media: str = "application/json", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/v1/{kind}", body, content_type=media, headers=named)


def on_the_ledger(table: str = "touches") -> list[dict]:
    ledger = book()
    return ledger.query(ledger.table(table)).to_pylist()


def page(url: str = f"{SITE}/", anonymous: str = "v1", **more):
    return {"anonymousId": anonymous, "context": {"page": {"url": url}}, **more}


def test_a_page_view_is_a_touch_once_however_often_it_is_sent(site):
    said = page(f"{SITE}/?utm_source=google&utm_medium=cpc&utm_campaign=spring", messageId="m1")

    for _ in range(3):
        answer = site("page", said)
        assert (answer.status_code, answer.content) == (200, b'{"success":true}')
        flush(timezone.now())
    site("batch", {"batch": [{**said, "type": "page"}]})
    flush(timezone.now())

    [row] = on_the_ledger()
    assert (row["channel"], row["path"], row["campaign"]) == ("paid_search", "many", "spring")
    assert row["person_id"] == f"anon:{Event.objects.get().source}:v1"


def test_a_sale_needs_the_secret_key(site, server):
    sale = {
        "userId": "u1",
        "event": "Order Completed",
        "messageId": "s1",
        "properties": {"revenue": 99.9, "currency": "eur", "order_id": "A-1"},
    }

    site("track", sale)
    server("track", sale | {"messageId": "s2"})
    server("track", sale | {"messageId": "s3"})
    flush(timezone.now())

    [row] = on_the_ledger("outcomes")
    assert (row["kind"], row["value"], row["currency"]) == ("deal_closed", Decimal("99.9"), "EUR")
    assert Event.objects.get(message_id="s1").verdict == "sale_needs_secret"


def test_a_door_that_a_browser_opened_carries_no_money(site):
    site("track", {"anonymousId": "v1", "event": "signed up", "properties": {"value": 1e6}})
    flush(timezone.now())

    [row] = on_the_ledger("outcomes")
    assert (row["kind"], row["path"], row["value"]) == ("door_opened", "self", None)


def test_the_script_is_small():
    with open(finders.find("halves/track.js"), "rb") as file:
        assert len(gzip.compress(file.read())) <= 3 * 1024
