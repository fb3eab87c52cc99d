"""Who outside is told of what, and how the telling went."""

import base64
import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

_BOTH_SIGN = timedelta(hours=24)  # after a rotation, the old secret signs too


def event_id() -> str:
    """A name for an event that comes once: receivers know repeats by it."""
    return f"msg_{token_hex(12)}"


class WebhookEndpoint(models.Model):
    """An address outside that is told of events."""

    url = models.CharField(max_length=1000)
    words = models.CharField(max_length=120, blank=True)  # what it is for
    kinds = models.JSONField(default=list, blank=True)  # of events; empty: all
    is_on = models.BooleanField(default=True)
    why_off = models.CharField(max_length=300, blank=True)
    seed = models.CharField(max_length=32)  # the secret is made of it and of the house's key
    rotation = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    by = models.ForeignKey("User", models.SET_NULL, null=True)

    def __str__(self) -> str:
        return self.words or self.url

    @property
    def secret(self) -> str:
        """What the receiver checks signatures with; it is nowhere in the database."""
        return self._secret(self.rotation)

    def secrets(self, at: datetime) -> list[str]:
        """The secrets that sign at a moment, the newest first."""
        is_fresh = self.rotated_at is not None and at < self.rotated_at + _BOTH_SIGN
        return [self.secret, self._secret(self.rotation - 1)] if is_fresh else [self.secret]

    def _secret(self, rotation: int) -> str:
        said = f"webhook:{self.seed}:{rotation}".encode()
        made = hmac.new(settings.SECRET_KEY.encode(), said, sha256).digest()
        return "whsec_" + base64.b64encode(made).decode()


class WebhookEvent(models.Model):
    """Something that happened, as receivers are told of it."""

    key = models.CharField(max_length=40, primary_key=True, default=event_id)
    kind = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    person_id = models.CharField(max_length=200, blank=True, db_index=True)  # as in the ledger
    at = models.DateTimeField(db_index=True)


class State(models.TextChoices):
    """How the telling of one event to one endpoint goes."""

    WAITING = "waiting", _("on its way")
    DONE = "done", _("delivered")
    GIVEN_UP = "given_up", _("given up")


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint."""

    endpoint = models.ForeignKey("WebhookEndpoint", models.CASCADE, related_name="deliveries")
    event = models.ForeignKey("WebhookEvent", models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)  # a worker has it since
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once")]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(state="waiting")),
            models.Index(fields=["endpoint", "-id"], name="delivery_newest"),
        ]


class WebhookAttempt(models.Model):
    """One try, and what the other side said."""

    delivery = models.ForeignKey("WebhookDelivery", models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)  # None: there was no answer
    took_ms = models.PositiveIntegerField()
    said = models.CharField(max_length=500, blank=True)  # how the answer began, or what went wrong
