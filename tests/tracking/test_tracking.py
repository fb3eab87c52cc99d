"""Events come in by HTTP, and are on the ledger once."""

import base64
import gzip
import json
from decimal import Decimal

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from halves.access.models import House
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


@pytest.mark.parametrize(
    ("referrer", "query", "came"),
    [
        ("", "", ("direct", "self")),
        (f"{SITE}/prices", "", ("page", "self")),
        ("https://blog.example.net/", "", ("referral", "self")),
        ("https://www.google.com/", "", ("organic_search", "self")),
        ("https://www.bing.com/search?q=ACME-Crew+prices", "", ("brand_search", "self")),
        ("https://yandex.ru/search/?text=acme+crew", "", ("brand_search", "self")),
        ("https://www.bing.com/search?q=crew+gear", "", ("organic_search", "self")),
        ("https://www.bing.com/search?q=acmecrews", "", ("organic_search", "self")),
        ("", "?gclid=1&utm_term=acme+crew", ("brand_search", "many")),
        ("", "?gclid=1&utm_term=crew", ("paid_search", "many")),
        ("https://www.bing.com/search?q=acme+crew", "?gclid=1", ("paid_search", "many")),
    ],
)
def test_how_a_visit_came_is_told_apart(house, site, referrer, query, came):
    declare(house, '[brand]\nnames = ["Acme Crew"]', "paid_search", "brand_search")
    visit = page(f"{SITE}/{query}")
    visit["context"]["page"]["referrer"] = referrer

    site("page", visit)
    flush(timezone.now())

    [row] = on_the_ledger()
    assert (row["channel"], row["path"]) == came


def test_who_declares_no_channel_for_searches_of_the_name_has_them_with_paid_search(house, site):
    declare(house, '[brand]\nnames = ["Acme"]', "paid_search")
    site("page", page(f"{SITE}/?gclid=1&utm_term=acme"))
    flush(timezone.now())

    [row] = on_the_ledger()
    assert (row["channel"], row["path"]) == ("paid_search", "many")


def test_a_house_is_searched_for_by_its_own_name_where_the_settings_say_no_other(house, site):
    House.objects.create(name="Acme Crew")
    visit = page()
    visit["context"]["page"]["referrer"] = "https://www.bing.com/search?q=acme+crew"
    site("page", visit)
    flush(timezone.now())

    assert [row["channel"] for row in on_the_ledger()] == ["brand_search"]


def declare(house, brand: str, *channels: str) -> None:
    told = "".join(f'\n[[channels]]\nname = "{one}"\npath = "many"\n' for one in channels)
    house.settings_file.write_text(f"{brand}\n{told}")


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
