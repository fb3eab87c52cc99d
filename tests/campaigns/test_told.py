"""What mail providers tell: signed it changes what it says, forged it changes nothing.

The payloads have the shape of the examples in the providers' own documentation.
"""

import json
from base64 import b64encode
from datetime import timedelta
from hmac import digest

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from halves.campaigns.models import Message
from halves.mail.back_ends import back_end
from halves.mail.settings import MailSettings
from halves.people.consenting import consent
from halves.people.models import Bounce, Consent
from halves.people.reachable import Refusal, who_may_be_told
from tests.campaigns.company import drafted, now, willing
from tests.house import browser

MAILGUN_KEY = "key-of-the-test"
POSTMARK_SECRET = "navy:a long password"
_SENDGRID = ec.generate_private_key(ec.SECP256R1())
SENDGRID_KEY = b64encode(
    _SENDGRID.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()
KEYS = {
    "mailgun": f'webhook_signing_key = "{MAILGUN_KEY}"',
    "sendgrid": f'webhook_verification_key = "{SENDGRID_KEY}"',
    "postmark": f'webhook_secret = "{POSTMARK_SECRET}"',
}


def set_up(house, provider: str, key: str | None = None) -> None:
    house.settings_file.write_text(
        '[house]\nurl = "https://navy.example"\n[mail]\nfrom = "Navy <news@navy.example>"\n'
        f'company = "Navy Ltd, 1 Pier"\nprovider = "{provider}"\nmost_a_week = 20\n'
        f"[mail.provider_settings]\n{KEYS[provider] if key is None else key}\n"
    )


@pytest.fixture
def mail(house, ada) -> Message:
    """A mail that a provider took an hour ago."""
    set_up(house, "postmark")
    [person] = willing(1)
    campaign = drafted(ada, [person])
    return Message.objects.create(
        campaign=campaign,
        step=campaign.steps.get(),
        person=person,
        address=person.email,
        state="sent",
        due_at=now() - timedelta(hours=1),
        sending_at=now() - timedelta(hours=1),
        sent_at=now() - timedelta(hours=1),
        key="a" * 40,
        server_id="<server-1@mg.navy.example>",
    )


def mailgun(event: str, *, key: str = MAILGUN_KEY, ours="a" * 40, at=None, **more):
    stamp = str(int((at or now()).timestamp()))
    token = "c1c2c3" * 8
    signature = digest(key.encode(), f"{stamp}{token}".encode(), "sha256").hex()
    said = {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": {
            "event": event,
            "timestamp": now().timestamp(),
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "recipient": "p0@people.example",
            "message": {"headers": {"message-id": "server-1@mg.navy.example"}},
            "user-variables": {"message_id": f"{ours}@navy.example"} if ours else {},
        }
        | more,
    }
    return browser().post("/mailed/mailgun/", json.dumps(said), content_type="application/json")


def sendgrid(*events, key=_SENDGRID, at=None, body: bytes | None = None, **headers):
    usual = {
        "email": "p0@people.example",
        "timestamp": int(now().timestamp()),
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "sg_event_id": "sg-1",
        "message_id": f"{'a' * 40}@navy.example",
        "anymail_id": "5bbcae30",
    }
    said = body if body is not None else json.dumps([usual | one for one in events]).encode()
    stamp = str(int((at or now()).timestamp()))
    signed = key.sign(stamp.encode() + said, ec.ECDSA(hashes.SHA256()))
    return browser().post(
        "/mailed/sendgrid/",
        said,
        content_type="application/json",
        headers={
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(signed).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }
        | headers,
    )


def postmark(kind: str, *, secret: str = POSTMARK_SECRET, ours="a" * 40, **more):
    said = {
        "RecordType": kind,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"message_id": f"{ours}@navy.example"} if ours else {},
        "Email": "p0@people.example",
    } | more
    head = {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"} if secret else {}
    return browser().post(
        "/mailed/postmark/", json.dumps(said), content_type="application/json", headers=head
    )


def refusal(mail: Message) -> Refusal | None:
    pk = mail.person_id
    return who_may_be_told([pk], channel="email", topic="news", at=now())[pk]


def untouched(mail: Message) -> bool:
    before, mail = mail.state, Message.objects.get(pk=mail.pk)
    is_quiet = not Bounce.objects.exists() and refusal(mail) is None
    return is_quiet and mail.state == before and mail.delivered_at is None


HARD = {
    "mailgun": lambda: mailgun(
        "failed",
        severity="permanent",
        reason="bounce",
        **{"delivery-status": {"code": 550, "message": "5.1.1 no such user"}},
    ),
    "sendgrid": lambda: sendgrid(
        {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 no such user"}
    ),
    "postmark": lambda: postmark(
        "Bounce", Type="HardBounce", ID=42, Details="smtp;550 5.1.1 no such user"
    ),
}
SOFT = {
    "mailgun": [
        lambda: mailgun("failed", severity="temporary", reason="generic"),
        lambda: mailgun("failed", severity="permanent", reason="espblock"),
        lambda: mailgun("rejected", reject={"reason": "Sandbox"}),
    ],
    "sendgrid": [
        lambda: sendgrid({"event": "deferred", "response": "451 later", "attempt": "5"}),
        lambda: sendgrid({"event": "bounce", "type": "blocked", "reason": "550 5.7.1 blocked"}),
        lambda: sendgrid({"event": "dropped", "reason": "Spam Content (if spam checker app on)"}),
    ],
    "postmark": [
        lambda: postmark("Bounce", Type="SoftBounce", ID=1, Details="mailbox full"),
        lambda: postmark("Bounce", Type="Transient", ID=2, Details="later"),
        lambda: postmark("Bounce", Type="Blocked", ID=3, Details="blocked"),
    ],
}
COMPLAINTS = {
    "mailgun": lambda: mailgun("complained"),
    "sendgrid": lambda: sendgrid({"event": "spamreport"}),
    "postmark": lambda: postmark("SpamComplaint", Type="SpamComplaint", ID=9),
}
DELIVERED = {
    "mailgun": lambda: mailgun("delivered"),
    "sendgrid": lambda: sendgrid({"event": "delivered", "response": "250 OK"}),
    "postmark": lambda: postmark("Delivery", DeliveredAt=now().isoformat(), Details="250 OK"),
}
FORGED = {
    "mailgun": [
        lambda: mailgun("failed", key="another", severity="permanent", reason="bounce"),
        lambda: mailgun(
            "failed", severity="permanent", reason="bounce", at=now() - timedelta(days=3)
        ),
    ],
    "sendgrid": [
        lambda: sendgrid({"event": "bounce"}, key=ec.generate_private_key(ec.SECP256R1())),
        lambda: sendgrid({"event": "bounce"}, at=now() - timedelta(days=3)),
        lambda: sendgrid(
            {"event": "bounce"}, **{"X-Twilio-Email-Event-Webhook-Signature": "bm9uZQ=="}
        ),
        lambda: sendgrid({"event": "bounce"}, **{"X-Twilio-Email-Event-Webhook-Timestamp": "1"}),
    ],
    "postmark": [
        lambda: postmark("Bounce", secret="navy:guessed", Type="HardBounce"),
        lambda: postmark("Bounce", secret="", Type="HardBounce"),
    ],
}


@pytest.mark.parametrize("provider", HARD)
def test_a_hard_bounce_fails_the_mail_and_nobody_writes_there_again(house, mail, provider):
    set_up(house, provider)

    assert HARD[provider]().status_code == 200
    assert HARD[provider]().status_code == 200  # told again

    mail.refresh_from_db()
    assert mail.state == "failed"
    assert "5.1.1 no such user" in mail.why
    assert [one.address for one in Bounce.objects.all()] == ["p0@people.example"]
    assert refusal(mail) is Refusal.BOUNCED


@pytest.mark.parametrize("provider", SOFT)
def test_a_soft_bounce_silences_nobody(house, mail, provider):
    set_up(house, provider)

    assert [tell().status_code for tell in SOFT[provider]] == [200, 200, 200]

    assert not Bounce.objects.exists()
    assert refusal(mail) is None


def test_what_never_arrived_is_failed_though_its_address_is_good(mail):
    postmark("Bounce", Type="SoftBounce", ID=1, Details="mailbox full")

    mail.refresh_from_db()
    assert (mail.state, mail.why) == ("failed", "mailbox full")


@pytest.mark.parametrize("provider", COMPLAINTS)
def test_a_complaint_is_a_no_to_all_mail(house, mail, provider):
    set_up(house, provider)

    assert COMPLAINTS[provider]().status_code == 200

    assert refusal(mail) is Refusal.SAID_NO
    assert Consent.objects.filter(is_given=False, how__contains=provider).exists()


@pytest.mark.parametrize("provider", DELIVERED)
def test_a_delivery_settles_a_mail_that_nobody_knew_of(house, mail, provider):
    set_up(house, provider)
    Message.objects.filter(pk=mail.pk).update(state="unknown")

    assert DELIVERED[provider]().status_code == 200

    mail.refresh_from_db()
    assert mail.state == "sent"
    assert mail.delivered_at is not None


@pytest.mark.parametrize("provider", FORGED)
def test_a_forged_bounce_is_refused_and_silences_nobody(house, mail, provider):
    set_up(house, provider)

    for forge in FORGED[provider]:
        assert forge().status_code == 401
    assert untouched(mail)


@pytest.mark.parametrize("provider", HARD)
def test_without_a_key_nothing_is_believed(house, mail, provider):
    set_up(house, provider, 'api_key = "for sending"')

    answer = HARD[provider]()

    assert answer.status_code == 403
    assert b"nothing is believed" in answer.content
    assert untouched(mail)


def test_only_the_provider_that_mails_go_through_is_listened_to(house, mail):
    set_up(house, "postmark")

    assert mailgun("complained").status_code == 403
    for other in ("amazon_ses", "nobody"):
        answer = browser().post(f"/mailed/{other}/", "{}", content_type="application/json")
        assert answer.status_code == 403
    assert untouched(mail)


def test_a_key_that_is_none_is_told_without_the_key(house, mail, caplog):
    set_up(house, "sendgrid", 'webhook_verification_key = "not a key"')

    answer = sendgrid({"event": "bounce"})

    assert answer.status_code == 403
    assert b"webhook_verification_key is no key" in answer.content
    assert "not a key" not in answer.content.decode() + caplog.text


def test_a_message_is_known_by_the_provider_s_own_id_too(house, mail):
    set_up(house, "mailgun")

    mailgun("delivered", ours="")

    mail.refresh_from_db()
    assert mail.delivered_at is not None


def test_of_a_message_that_is_not_ours_nothing_comes(mail):
    Message.objects.filter(pk=mail.pk).update(server_id="")

    assert postmark("Bounce", Type="HardBounce", ID=1, ours="b" * 40).status_code == 200
    assert postmark("Bounce", Type="HardBounce", ID=1, ours="", MessageID="").status_code == 200
    assert untouched(mail)


def test_an_old_complaint_told_again_undoes_no_later_yes(house, mail):
    set_up(house, "mailgun")
    said = (now() - timedelta(minutes=30)).timestamp()
    mailgun("complained", timestamp=said)
    assert refusal(mail) is Refusal.SAID_NO
    for topic in ("", "news"):
        consent(
            mail.person,
            channel="email",
            topic=topic,
            is_given=True,
            how="a form",
            by=None,
            at=now(),
        )

    mailgun("complained", timestamp=said)

    assert refusal(mail) is None


BROKEN = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b"null",
    b"7",
    b'{"event": "bounce"}',
    b'[["event"]]',
    b'[{"no": "event"}]',
    b'[{"event": {}}]',
    b'[{"event": "bounce", "timestamp": 1e300}]',
    b'[{"event": "dropped", "type": 7}]',
]


def test_what_cannot_be_read_is_refused(house, mail):
    set_up(house, "sendgrid")

    assert [sendgrid(body=body).status_code for body in BROKEN] == [400] * len(BROKEN)
    for provider in HARD:
        set_up(house, provider)
        assert browser().post(f"/mailed/{provider}/", {"event": "bounced"}).status_code == 400
    assert untouched(mail)


@pytest.mark.parametrize("provider", HARD)
def test_what_a_provider_s_word_is_checked_with_is_not_sent_along(house, provider):
    set_up(house, provider, KEYS[provider] + "\n" + _SENDING[provider])
    said = MailSettings.read(house.settings_file)

    sender = back_end(said, ())

    kept = json.dumps(vars(sender._connection), default=str) + repr(said)
    for secret in (MAILGUN_KEY, POSTMARK_SECRET, SENDGRID_KEY):
        assert secret not in kept


_SENDING = {
    "mailgun": 'api_key = "k"',
    "sendgrid": 'api_key = "k"',
    "postmark": 'server_token = "k"',
}
