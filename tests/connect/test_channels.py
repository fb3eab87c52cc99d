"""Channels besides mail, against a server on this machine that answers as it is told to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook as Verifier

from halves.connect.channels import CHANNELS, Address, Text, What
from halves.connect.channels.sms_http import SmsHttp
from halves.connect.channels.webhook import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of Standard Webhooks' own examples
HELLO = Text("k1", "+4930901820", "There is a berth for you", {"campaign": "spring"})


class Gateway:
    """What it got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.hangs_up = False
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                if gateway.hangs_up:
                    self.close_connection = True
                    return
                status, said = gateway.answers.pop(0) if gateway.answers else (200, b"{}")
                self.send_response(status)
                self.send_header("Location", gateway.url + "elsewhere")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_said):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def gateway():
    one = Gateway()
    yield one
    one.server.shutdown()
    one.server.server_close()


def sms(url: str, **more: str) -> SmsHttp:
    said = {"HALVES_SMS_URL": url, "HALVES_SMS_KEY": "secret-key", "HALVES_SMS_FROM": "Navy"}
    return SmsHttp(said | more)


def webhook(url: str, secret: str = SECRET) -> Webhook:
    said = {"HALVES_CHANNEL_WEBHOOK_URL": url, "HALVES_CHANNEL_WEBHOOK_SECRET": secret}
    return Webhook(said)


def test_a_text_message_goes_once_with_its_key(gateway):
    gateway.answers = [(201, b'{"message_id": "m-7"}')]
    (found,) = sms(gateway.url).send([HELLO])

    assert (found.what, found.id) == (What.SENT, "m-7")
    [(headers, body)] = gateway.got
    assert json.loads(body) == {
        "to": "+4930901820",
        "from": "Navy",
        "text": "There is a berth for you",
        "reference": "k1",
    }
    assert headers["authorization"] == "Bearer secret-key"
    assert headers["idempotency-key"] == "k1"


def test_a_gateway_names_its_fields_as_it_likes(gateway):
    sms(gateway.url, HALVES_SMS_FIELDS="to=recipient, text=body").send([HELLO])

    assert set(json.loads(gateway.got[0][1])) == {"recipient", "from", "body", "reference"}


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (200, What.SENT),
        (302, What.DOWN),
        (400, What.FAILED),
        (401, What.DOWN),
        (429, What.LATER),
        (500, What.UNKNOWN),
        (503, What.LATER),
    ],
)
@pytest.mark.parametrize("make", [sms, webhook])
def test_an_answer_is_taken_for_what_it_says_and_nothing_is_sent_twice(gateway, make, status, what):
    gateway.answers = [(status, b"why")]
    (found,) = make(gateway.url).send([HELLO])

    assert found.what == what
    assert len(gateway.got) == 1  # no redirect, no second try


@pytest.mark.parametrize("make", [sms, webhook])
def test_a_line_that_breaks_after_it_was_taken_is_unknown(gateway, make):
    gateway.hangs_up = True

    assert make(gateway.url).send([HELLO])[0].what == What.UNKNOWN
    assert len(gateway.got) == 1


@pytest.mark.parametrize("make", [sms, webhook])
def test_nobody_there_is_down_and_no_secret_is_in_the_words(gateway, make):
    gateway.server.shutdown()
    gateway.server.server_close()
    (found,) = make(gateway.url).send([HELLO])

    assert found.what == What.DOWN
    assert "secret" not in found.words


def test_outcomes_come_in_the_order_of_the_messages(gateway):
    gateway.answers = [(200, b""), (400, b"no such number"), (200, b"")]
    batch = [Text(key, HELLO.to, "x", {}) for key in ("a", "b", "c")]

    found = [one.what for one in sms(gateway.url).send(batch)]

    assert found == [What.SENT, What.FAILED, What.SENT]


def test_a_program_can_check_who_signed(gateway):
    webhook(gateway.url).send([HELLO])
    [(headers, body)] = gateway.got

    said = Verifier(SECRET).verify(body, headers)
    assert said["type"] == "message.send"
    assert said["data"] == {"to": HELLO.to, "text": HELLO.text, "facts": {"campaign": "spring"}}
    assert headers["webhook-id"] == "k1"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is not set"),
        ("ftp://sms.example.org", "https://"),
        ("http://sms.example.org/send", "unless it is on this machine"),
    ],
)
def test_what_is_not_set_is_said(url, words):
    assert words in sms(url).is_ready()
    assert words in webhook(url).is_ready()


def test_a_channel_that_is_set_is_ready(gateway):
    assert sms(gateway.url).is_ready() == ""
    assert webhook(gateway.url).is_ready() == ""
    assert "whsec_" in webhook(gateway.url, secret="nonsense").is_ready()
    assert "renames" in sms(gateway.url, HALVES_SMS_FIELDS="whom=to").is_ready()


def test_a_channel_says_what_it_needs_of_a_person():
    assert CHANNELS["sms"]().needs.address == Address.PHONE
    assert CHANNELS["sms"]().needs.consent == "sms"
