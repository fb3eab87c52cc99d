"""Messages handed to a program of yours, as JSON signed by Standard Webhooks.

Environment: `HALVES_CHANNEL_WEBHOOK_URL`, and `HALVES_CHANNEL_WEBHOOK_SECRET` (`whsec_…`) that the
program checks signatures with. What it does with a message (a chat, a letter, a push) is its own.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import requests
from standardwebhooks import Webhook as Signer

from halves.connect.channels.channel import Address, Needs, Outcome, Text
from halves.connect.channels.http import post, wrong_with

_KIND = "message.send"


class Webhook:
    """One program; a call for each message."""

    name = "webhook"
    needs = Needs(Address.EMAIL, consent="webhook")
    at_once = 20

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = environment.get("HALVES_CHANNEL_WEBHOOK_URL", "").strip()
        self._secret = environment.get("HALVES_CHANNEL_WEBHOOK_SECRET", "").strip()
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = False

    def is_ready(self) -> str:
        """What is not set yet, in words; empty: it can send."""
        if wrong := wrong_with("HALVES_CHANNEL_WEBHOOK_URL", self._url):
            return wrong
        try:
            is_secret = self._secret.startswith("whsec_") and Signer(self._secret) is not None
        except (ValueError, RuntimeError):
            is_secret = False
        return "" if is_secret else "HALVES_CHANNEL_WEBHOOK_SECRET must be like whsec_…, in base64"

    def send(self, batch: Sequence[Text]) -> list[Outcome]:
        """Hand each message over once."""
        return [self._send(one) for one in batch]

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _send(self, one: Text) -> Outcome:
        at = self._clock()
        data = {"to": one.to, "text": one.text, "facts": dict(one.facts)}
        body = json.dumps({"type": _KIND, "timestamp": at.isoformat(), "data": data})
        headers = {
            "Content-Type": "application/json",
            "webhook-id": one.key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Signer(self._secret).sign(one.key, at, body),
        }
        return post(self._session, self._url, body=body.encode(), headers=headers)[0]
