import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from halves.keeping.erasing import erase_person
from halves.people.actions import add_person
from halves.people.consenting import consent
from halves.people.merging import merge
from halves.webhooks import actions, guard, sending
from halves.webhooks.errors import EndpointRefused, UnknownKind
from halves.webhooks.events import event_kind, happened
from halves.webhooks.models import State, WebhookDelivery, WebhookEndpoint, WebhookEvent
from tests.webhooks.receiver import receiving

NOW = datetime.now(UTC)
event_kind("deal.closed", "a deal was closed")


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setenv("HALVES_WEBHOOK_HOSTS", "127.0.0.1")
    with receiving() as found:
        yield found


@pytest.fixture
def endpoint(ada, receiver) -> WebhookEndpoint:
    return actions.add_endpoint(url=receiver.url, words="books", kinds=[], by=ada, at=NOW)


@pytest.fixture(autouse=True)
def _in_this_thread(monkeypatch):
    """Threads of a pool do not see the transaction that a test runs in."""

    class Here:
        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        map = staticmethod(map)

    monkeypatch.setattr(sending, "ThreadPoolExecutor", Here)
    monkeypatch.setattr(sending.connection, "close", lambda: None)


def test_a_receiver_gets_an_event_that_its_secret_vouches_for(endpoint, receiver):
    happened("deal.closed", {"value": "99.90"}, at=NOW, person_id="p1")

    assert sending.deliver_due(NOW) == 1

    headers, body = receiver.got[0]
    said = Webhook(endpoint.secret).verify(body, headers)
    assert said == {"type": "deal.closed", "timestamp": NOW.isoformat(), "data": {"value": "99.90"}}
    assert WebhookDelivery.objects.get().state == State.DONE
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_c29tZW9uZSBlbHNl").verify(body, headers)
    assert sending.deliver_due(NOW) == 0


def test_nobody_is_told_of_what_they_did_not_ask_for(ada, receiver):
    actions.add_endpoint(url=receiver.url, words="", kinds=["webhook.test"], by=ada, at=NOW)

    assert happened("deal.closed", {}, at=NOW) is None
    with pytest.raises(UnknownKind):
        happened("deal.exploded", {}, at=NOW)


def test_it_is_tried_again_for_three_days_and_then_the_endpoint_is_turned_off(endpoint, receiver):
    receiver.status = 503
    happened("deal.closed", {}, at=NOW)
    at, waits = NOW, []
    for _ in range(10):
        assert sending.deliver_due(at) == 1
        delivery = WebhookDelivery.objects.get()
        waits.append(delivery.next_at - delivery.attempts.latest("id").at)
        at = delivery.next_at

    hours = [round(one / timedelta(hours=1), 4) for one in waits[:9]]
    said = [5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24]  # Standard Webhooks
    assert all(0.999 * a <= b <= 1.11 * a for a, b in zip(said, hours, strict=True)), hours
    assert delivery.state == State.GIVEN_UP
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    endpoint.refresh_from_db()
    assert not endpoint.is_on
    assert "503" in endpoint.why_off


def test_one_that_is_gone_is_asked_no_more(endpoint, receiver):
    receiver.status = 410
    happened("deal.closed", {}, at=NOW)
    sending.deliver_due(NOW)

    endpoint.refresh_from_db()
    assert (endpoint.is_on, WebhookDelivery.objects.get().state) == (False, State.GIVEN_UP)


def test_a_redirect_is_a_failure_and_is_not_followed(endpoint, receiver):
    receiver.status, receiver.headers = 302, {"Location": "http://169.254.169.254/latest"}
    happened("deal.closed", {}, at=NOW)
    sending.deliver_due(NOW)

    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.get().attempts.get().status == 302


def test_after_a_rotation_both_secrets_hold_for_a_day(ada, endpoint, receiver):
    old = endpoint.secret
    new = actions.rotate_secret(endpoint, by=ada, at=NOW).secret
    assert new != old
    happened("deal.closed", {}, at=NOW)
    sending.deliver_due(NOW)

    headers, body = receiver.got[0]
    assert Webhook(old).verify(body, headers) == Webhook(new).verify(body, headers)
    assert endpoint.secrets(NOW + timedelta(hours=25)) == [new]


def test_what_was_given_up_is_told_again_under_the_id_it_had(ada, endpoint, receiver):
    receiver.status = 410
    event = happened("deal.closed", {}, at=NOW)
    sending.deliver_due(NOW)
    receiver.status = 200
    actions.change_endpoint(
        endpoint, url=endpoint.url, words="", kinds=[], is_on=True, by=ada, at=NOW
    )

    assert actions.tell_again_since(endpoint, NOW - timedelta(hours=1), by=ada, at=NOW) == 1
    sending.deliver_due(NOW)

    assert [headers["webhook-id"] for headers, _ in receiver.got] == [event.key, event.key]
    assert WebhookDelivery.objects.get().state == State.DONE


def test_a_worker_that_died_with_an_event_leaves_it_to_the_next(endpoint, receiver):
    happened("deal.closed", {}, at=NOW)
    WebhookDelivery.objects.update(claimed_at=NOW)

    assert sending.deliver_due(NOW + timedelta(seconds=30)) == 0
    assert sending.deliver_due(NOW + timedelta(minutes=3)) == 1
    assert len(receiver.got) == 1


def test_an_endpoint_that_nobody_answers_at_says_so(ada, endpoint, receiver):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    actions.change_endpoint(endpoint, url=url, words="", kinds=[], is_on=True, by=ada, at=NOW)
    happened("deal.closed", {}, at=NOW)
    sending.deliver_due(NOW)

    attempt = WebhookDelivery.objects.get().attempts.get()
    assert attempt.status is None
    assert "no connection" in attempt.said


INSIDE = [
    "https://127.0.0.1/",
    "https://localhost/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://2130706433/",
    "https://127.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.8/",
    "https://192.168.1.1/",
    "https://172.16.0.1/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[fd00::1]/",
    "https://[fe80::1%25lo]/",
    "https://224.0.0.1/",
]


@pytest.mark.parametrize("url", INSIDE)
def test_nothing_inside_can_be_reached_however_it_is_written(ada, url):
    with pytest.raises(EndpointRefused):
        actions.add_endpoint(url=url, words="", kinds=[], by=ada, at=NOW)
    answer = sending.sent(WebhookEndpoint(url=url, seed="s"), "msg_1", "{}", at=NOW)

    assert answer.status is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "https://example.org:22/",
        "https://",
        "https://example.org:99999/",
        "gopher://example.org",
        "https://[::1",
    ],
)
def test_an_address_that_is_none_is_refused_in_words(url):
    with pytest.raises(EndpointRefused, match="must"):
        guard.checked(url)


def test_a_name_that_means_another_address_by_the_second_lookup_is_refused(
    endpoint, receiver, monkeypatch
):
    """Rebinding: public when it was added, inside when it is asked."""
    url = "https://rebinding.example.org/hook"
    WebhookEndpoint.objects.update(url=url)
    looked_up = []

    def inside(host, port, **_):
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8", port))]

    monkeypatch.setattr(guard.socket, "getaddrinfo", inside)
    happened("deal.closed", {}, at=NOW)
    sending.deliver_due(NOW)

    assert looked_up == ["rebinding.example.org"]
    assert "not on the public internet" in WebhookDelivery.objects.get().attempts.get().said
    assert receiver.got == []


def test_the_address_that_was_looked_at_is_the_one_connected_to(monkeypatch):
    asked = []

    class Backend:
        def connect_tcp(self, host, *_):
            asked.append(host)
            return "a stream"

    monkeypatch.setattr(
        guard.socket,
        "getaddrinfo",
        lambda host, port, **_: [(socket.AF_INET, 1, 6, "", ("93.184.216.34", port))],
    )
    guarded = guard.Guarded()
    guarded._real = Backend()

    assert guarded.connect_tcp("example.org", 443) == "a stream"
    assert asked == ["93.184.216.34"]


def test_what_is_sent_is_json_in_any_language(endpoint, receiver):
    happened("deal.closed", {"words": "schön \u2028 </script>"}, at=NOW)
    sending.deliver_due(NOW)

    assert json.loads(receiver.got[0][1])["data"]["words"] == "schön \u2028 </script>"


def test_what_colleagues_do_with_people_is_told_by_ids_alone(ada, endpoint, receiver):
    person = add_person(by=ada, at=NOW, source="hand", name="Pat", email="pat@example.org")
    other = add_person(by=ada, at=NOW, source="hand", name="Patricia")
    consent(person, channel="email", topic="", is_given=False, how="by phone", by=ada, at=NOW)
    merge(person, other, by=ada, at=NOW, why="the same")
    sending.deliver_due(NOW)

    told = [json.loads(body) for _, body in receiver.got]
    assert [one["type"] for one in told] == [
        "person.added",
        "person.added",
        "consent.refused",
        "person.merged",
    ]
    assert not any("Pat" in json.dumps(one) for one in told)


def test_what_was_told_of_a_person_goes_when_they_are_erased(ada, endpoint):
    person = add_person(by=ada, at=NOW, source="hand", name="Pat", email="pat@example.org")
    assert WebhookEvent.objects.filter(person_id=person.ledger_id).exists()

    erase_person(person, by=ada, at=NOW)

    assert not WebhookEvent.objects.filter(person_id=person.ledger_id).exists()
