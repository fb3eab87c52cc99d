"""Stripe, from a stand-in on this machine: what it is asked, and what it tells."""

import hmac
import json
import threading
import time
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from halves.deals.models import Deal, DealState, Order, OrderState
from halves.pages.actions import add_page, publish
from halves.pages.models import Asks
from halves.people.models import Letter
from tests.house import MONDAY, browser
from tests.pages.test_pages import opened, sent

SECRET = "whsec_of_the_stand_in"


class StandIn(ThreadingHTTPServer):
    """Makes sessions as Stripe does: the same one for the same idempotency key."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.sessions: dict[str, dict] = {}
        self.is_down = False


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        said = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        key = self.headers["idempotency-key"]
        self.server.asked.append((key, said))
        number = len(self.server.sessions)
        made = self.server.sessions.setdefault(
            key,
            {
                "id": f"cs_{number}",
                "object": "checkout.session",
                "url": f"https://checkout.stripe.com/c/pay/cs_{number}",
            },
        )
        broken = {"error": {"message": "down", "type": "api_error"}}
        body = json.dumps(broken if self.server.is_down else made).encode()
        self.send_response(500 if self.server.is_down else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("stripe-should-retry", "false")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def standing_in():
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def stripe(monkeypatch):
    with standing_in() as server:
        monkeypatch.setenv("HALVES_STRIPE_KEY", "sk_test_of_nobody")
        monkeypatch.setenv("HALVES_STRIPE_WEBHOOK_SECRET", SECRET)
        monkeypatch.setenv("HALVES_STRIPE_URL", f"http://127.0.0.1:{server.server_port}")
        yield server


@pytest.fixture
def order(ada, story, stripe, settings) -> Order:
    settings.HALVES_URL = "https://shop.example.org"
    page = add_page(
        by=ada,
        at=MONDAY,
        slug="box",
        story=story,
        asks=Asks.ORDER,
        button="Order it",
        sells="Starter box",
        price=Decimal("49.95"),
        currency="EUR",
        providers=["stripe", "invoice"],
    )
    publish(page, by=ada, at=MONDAY)
    sent("/p/box/", provider="stripe", quantity="2")
    return Order.objects.get()


def told(order: Order, *, event: str = "evt_1", secret: str = SECRET, at=None, **more):
    session = {
        "id": "cs_0",
        "object": "checkout.session",
        "client_reference_id": order.token,
        "payment_intent": "pi_1",
        "payment_status": "paid",
        "amount_total": 9990,
        "currency": "eur",
    } | more
    kind = "checkout.session.completed"
    said = {"id": event, "object": "event", "type": kind, "data": {"object": session}}
    body = json.dumps(said)
    when = int(at or time.time())
    signed = hmac.new(secret.encode(), f"{when}.{body}".encode(), sha256).hexdigest()
    return browser().post(
        "/pay/stripe/",
        body,
        content_type="application/json",
        HTTP_STRIPE_SIGNATURE=f"t={when},v1={signed}",
    )


def test_the_buyer_is_led_to_checkout_with_the_sum_that_the_page_said(order, stripe):
    first = browser().post(f"/o/{order.token}/")
    again = browser().post(f"/o/{order.token}/")

    assert first["Location"] == again["Location"] == "https://checkout.stripe.com/c/pay/cs_0"
    key, said = stripe.asked[0]
    assert key == f"halves-order-{order.token}"
    assert said["line_items[0][price_data][unit_amount]"] == ["4995"]
    assert said["line_items[0][price_data][currency]"] == ["eur"]
    assert said["line_items[0][quantity]"] == ["2"]
    assert said["success_url"] == [f"https://shop.example.org/o/{order.token}/"]


def test_a_payment_told_many_times_closes_one_deal(order):
    codes = [
        told(order).status_code,
        told(order).status_code,
        told(order, event="evt_2").status_code,
    ]

    order.refresh_from_db()
    assert codes == [200, 200, 200]
    assert (order.state, order.reference) == (OrderState.PAID, "pi_1")
    assert Deal.objects.filter(state=DealState.WON).count() == 1
    assert Letter.objects.filter(key=f"receipt:{order.pk}").count() == 1


def test_an_order_paid_twice_says_what_to_pay_back(order):
    told(order)
    answer = told(order, event="evt_2", payment_intent="pi_2")

    assert answer.status_code == 200
    assert "pay pi_2 back" in answer.content.decode()
    assert Deal.objects.filter(state=DealState.WON).count() == 1


@pytest.mark.parametrize(
    "more",
    [
        {"secret": "whsec_of_somebody_else"},
        {"at": time.time() - 3600},
        {"amount_total": 1},
        {"currency": "jpy"},
        {"client_reference_id": "nobody's"},
    ],
)
def test_what_is_not_stripes_or_not_the_sum_pays_nothing(order, more):
    answer = told(order, **more)

    order.refresh_from_db()
    assert answer.status_code == 400
    assert order.state == OrderState.PLACED


def test_a_checkout_that_is_not_paid_yet_closes_nothing(order):
    assert told(order, payment_status="unpaid").status_code == 200

    order.refresh_from_db()
    assert order.state == OrderState.PLACED


def test_nonsense_told_to_the_door_is_refused_in_words(order):
    for body in ("", "{", "[]", '{"a":' * 2_000):
        answer = browser().post("/pay/stripe/", body, content_type="application/json")
        assert answer.status_code == 400
    assert browser().post("/pay/pigeon/", "{}", content_type="application/json").status_code == 404
    assert browser().get("/pay/stripe/").status_code == 405


def test_while_stripe_is_down_the_order_stays_and_says_to_try_again(order, stripe):
    stripe.is_down = True
    answer = browser().post(f"/o/{order.token}/")

    assert answer.status_code == 200
    assert "try again" in answer.content.decode()
    order.refresh_from_db()
    assert order.state == OrderState.PLACED


def test_without_keys_the_page_offers_no_card(order, monkeypatch):
    monkeypatch.delenv("HALVES_STRIPE_KEY")
    html = opened("/p/box/").content.decode()

    assert 'value="stripe"' not in html
    assert 'value="invoice"' in html
