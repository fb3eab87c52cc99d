"""Text messages through a gateway that takes them by HTTP, as most do.

Environment: `HALVES_SMS_URL`, `HALVES_SMS_KEY` (sent as a bearer token), `HALVES_SMS_FROM`, and
where the gateway names its fields otherwise `HALVES_SMS_FIELDS`, such as `to=recipient,text=body`.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from halves.connect.channels.channel import Address, Needs, Outcome, Text, What
from halves.connect.channels.http import post, wrong_with

_FIELDS = {"to": "to", "from": "from", "text": "text", "key": "reference"}
_IDS = ("id", "message_id", "messageId", "sid")


class SmsHttp:
    """One gateway; a call for each message."""

    name = "sms"
    needs = Needs(Address.PHONE, consent="sms")
    at_once = 20

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._url = environment.get("HALVES_SMS_URL", "").strip()
        self._key = environment.get("HALVES_SMS_KEY", "").strip()
        self._from = environment.get("HALVES_SMS_FROM", "").strip()
        self._said = environment.get("HALVES_SMS_FIELDS", "").strip()
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc: only what is set above

    def is_ready(self) -> str:
        """What is not set yet, in words; empty: it can send."""
        if wrong := wrong_with("HALVES_SMS_URL", self._url):
            return wrong
        for name, value in (("HALVES_SMS_KEY", self._key), ("HALVES_SMS_FROM", self._from)):
            if not value:
                return f"{name} is not set"
        unknown = sorted(set(_renamed(self._said)) - set(_FIELDS))
        if unknown:
            return f"HALVES_SMS_FIELDS renames {', '.join(_FIELDS)}; got {unknown[0]!r}"
        return ""

    def send(self, batch: Sequence[Text]) -> list[Outcome]:
        """Hand each message over once."""
        return [self._send(one) for one in batch]

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _send(self, one: Text) -> Outcome:
        names = _FIELDS | _renamed(self._said)
        said = {"to": one.to, "from": self._from, "text": one.text, "key": one.key}
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Idempotency-Key": one.key,
        }
        body = json.dumps({names[name]: value for name, value in said.items()}).encode()
        found, answer = post(self._session, self._url, body=body, headers=headers)
        if found.what != What.SENT:
            return found
        return Outcome(What.SENT, found.words, id=_id_in(answer))


def _renamed(said: str) -> dict[str, str]:
    pairs = (one.partition("=") for one in said.split(",") if one.strip())
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _id_in(answer: bytes) -> str:
    try:
        said: Any = json.loads(answer)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return next((str(said[name])[:200] for name in _IDS if said.get(name)), "")
