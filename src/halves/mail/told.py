"""What a mail provider tells of mails it took: signed by it, read by django-anymail.

Nothing is believed without a key: a bounce that anybody may post would silence anybody. Mailgun
and SendGrid sign; Postmark knows a user and a password. Amazon's SES tells over SNS, whose
certificates would have to be fetched from elsewhere; it is not listened to.
"""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.base import AnymailCoreWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from django.http import HttpRequest

from halves.mail.errors import NotListening, NotSigned, ToldBadly
from halves.mail.settings import MailSettings

# Provider → the setting that its word is checked with.
KEYS: Mapping[str, str] = {
    "mailgun": "webhook_signing_key",
    "sendgrid": "webhook_verification_key",
    "postmark": "webhook_secret",
}
_OLDEST = timedelta(hours=26)  # providers try again for a day
_AHEAD = timedelta(minutes=10)  # by which their clocks may be
_MALFORMED = (LookupError, TypeError, AttributeError, ValueError, OverflowError, RecursionError)
_NO_SUCH_ADDRESS = (RejectReason.BOUNCED, RejectReason.INVALID)
_SOFT = {("postmark", "SoftBounce"), ("sendgrid", "blocked"), ("sendgrid", "expired")}


class Became(StrEnum):
    """What became of a mail after the provider took it."""

    DELIVERED = "delivered"
    NO_ADDRESS = "no_address"  # there is no such address
    NOT_DELIVERED = "not_delivered"  # this mail did not arrive; the address may be good
    COMPLAINT = "complaint"
    LEFT = "left"  # by the provider's own way to unsubscribe
    OTHER = "other"  # opened, put off: nothing that is listened to


@dataclass(frozen=True)
class Told:
    """One thing that a provider told.

    Args:
        became: what of the mail.
        message_id: ours, if it came back with it; without brackets.
        server_id: what the provider calls the mail.
        words: the other server's, or the provider's.
        at: when it happened, as the provider has it.
    """

    became: Became
    message_id: str
    server_id: str
    words: str
    at: datetime | None


def told(
    provider: str, settings: MailSettings, request: HttpRequest, *, at: datetime
) -> list[Told]:
    """What a provider's call tells, once it is known to be the provider's.

    Raises:
        NotListening: not this house's provider, or no key is set to check its word with.
        NotSigned: the signature is missing, wrong or old.
        ToldBadly: it cannot be read.
    """
    name = KEYS.get(provider)
    if name is None or provider != settings.provider:
        raise NotListening(f"this house does not listen to {provider[:40]!r}")
    key = settings.provider_settings.get(name, "")
    if not key:
        raise NotListening(f"mail.provider_settings has no {name}, so nothing is believed")
    body = _read(request)
    listener = _listener(provider, key)
    try:
        listener.run_validators(request)
    except AnymailWebhookValidationFailure as failed:
        raise NotSigned(str(failed)[:200]) from failed
    except _MALFORMED as failed:
        raise NotSigned("the signature cannot be read") from failed
    _insist_on_fresh(provider, request, body, at)
    try:
        events = listener.parse_events(request)
        return [_told(provider, one) for one in events]
    except (*_MALFORMED, AnymailError) as failed:
        raise ToldBadly(f"what {provider} told cannot be read") from failed


def _read(request: HttpRequest) -> Any:
    if request.content_type != "application/json":  # older forms of Mailgun's are not read
        raise ToldBadly("what is told must be application/json")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError) as failed:
        raise ToldBadly("what is told must be JSON") from failed


@lru_cache(maxsize=8)
def _listener(provider: str, key: str) -> AnymailCoreWebhookView:
    made: Mapping[str, Callable[[], AnymailCoreWebhookView]] = {
        "mailgun": lambda: MailgunTrackingWebhookView(webhook_signing_key=key, webhook_secret=[]),
        "sendgrid": lambda: SendGridTrackingWebhookView(
            tracking_webhook_verification_key=key, webhook_secret=[]
        ),
        "postmark": lambda: PostmarkTrackingWebhookView(webhook_secret=[key]),
    }
    try:
        with warnings.catch_warnings():  # that SendGrid is not looked after any more
            warnings.simplefilter("ignore")
            return made[provider]()
    except ValueError:
        # Without its cause, whose words may hold the key.
        words = f"mail.provider_settings.{KEYS[provider]} is no key that {provider} gives"
        raise NotListening(words) from None


def _insist_on_fresh(provider: str, request: HttpRequest, body: Any, at: datetime) -> None:
    """Refuse what was signed long ago; Postmark signs nothing."""
    if provider == "postmark":
        return
    said = (
        body["signature"]["timestamp"]
        if provider == "mailgun"
        else request.headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    )
    try:
        signed_at = datetime.fromtimestamp(float(said), tz=at.tzinfo)
    except _MALFORMED as failed:
        raise NotSigned("the signature has no time") from failed
    if not at - _OLDEST <= signed_at <= at + _AHEAD:
        raise NotSigned("it was signed too long ago")


def _told(provider: str, event: AnymailTrackingEvent) -> Told:
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    words = event.mta_response or event.description or event.reject_reason or event.event_type
    return Told(
        became=_became(provider, event),
        message_id=_text(metadata.get("message_id")).strip("<>"),
        server_id=_text(event.message_id),
        words=" ".join(_text(words).split()),
        at=event.timestamp if event.timestamp and event.timestamp.tzinfo else None,
    )


def _became(provider: str, event: AnymailTrackingEvent) -> Became:
    plain = {
        EventType.DELIVERED: Became.DELIVERED,
        EventType.COMPLAINED: Became.COMPLAINT,
        EventType.UNSUBSCRIBED: Became.LEFT,
        EventType.FAILED: Became.NOT_DELIVERED,
    }
    if event.event_type in plain:
        return plain[event.event_type]
    if event.event_type not in (EventType.BOUNCED, EventType.REJECTED):
        return Became.OTHER
    kind = event.esp_event.get("Type" if provider == "postmark" else "type", "")
    is_hard = event.reject_reason in _NO_SUCH_ADDRESS or (
        provider == "sendgrid" and event.event_type == EventType.BOUNCED
    )
    if not is_hard or (provider, kind) in _SOFT:
        return Became.NOT_DELIVERED
    return Became.NO_ADDRESS


def _text(said: object) -> str:
    return said[:300] if isinstance(said, str) else ""
