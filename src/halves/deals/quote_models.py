"""What a deal is made of, what its buyer was offered, and how marketing handed it over."""

from datetime import date
from decimal import Decimal
from secrets import token_urlsafe

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def _token() -> str:
    return token_urlsafe(24)


class DealLine(models.Model):
    """One thing that is bought in a deal."""

    deal = models.ForeignKey("Deal", models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    words = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=Decimal(1))
    price = models.DecimalField(max_digits=18, decimal_places=6)  # of one, in the deal's currency

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(name="deal_line_of_something", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="deal_line_price_not_negative", condition=Q(price__gte=0)),
            models.CheckConstraint(name="deal_line_has_words", condition=~Q(words="")),
        ]

    @property
    def total(self) -> Decimal:
        """What it costs, to the cent."""
        return (self.quantity * self.price).quantize(Decimal("0.01"))


class QuoteState(models.TextChoices):
    """How far a quote is; past its last day it can be accepted no more, whatever its state."""

    DRAFT = "draft", _("draft")
    SENT = "sent", _("sent")
    ACCEPTED = "accepted", _("accepted")
    WITHDRAWN = "withdrawn", _("withdrawn")
    REPLACED = "replaced", _("replaced by a newer one")


class Quote(models.Model):
    """What a buyer was offered: what, for how much, until when, and what we promise with it.

    What was sent stays as it was; whoever wants it otherwise sends another one.
    """

    deal = models.ForeignKey("Deal", models.CASCADE, related_name="quotes")
    number = models.PositiveSmallIntegerField()  # of this deal
    token = models.CharField(max_length=64, unique=True, default=_token)  # of the buyer's page
    state = models.CharField(max_length=10, choices=QuoteState.choices, default=QuoteState.DRAFT)
    told = models.ForeignKey("Version", models.PROTECT, null=True)  # the story that comes with it
    words = models.TextField(blank=True)  # before the lines
    terms = models.TextField(blank=True)  # after them
    lines = models.JSONField(default=list)  # words, quantity, price as they were
    promises = models.JSONField(default=list)  # as `Version.told` has them
    total = models.DecimalField(max_digits=18, decimal_places=6, default=Decimal(0))
    currency = models.CharField(max_length=3)
    valid_until = models.DateField(null=True)  # its last day
    to = models.CharField(max_length=254, blank=True)  # the address that the link went to
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # withdrawn or replaced
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=200, blank=True)  # the name that they typed
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="quote_numbered"),
            models.UniqueConstraint(
                fields=["deal"], name="quote_accepted_once", condition=Q(state="accepted")
            ),
            models.CheckConstraint(
                name="quote_state_known", condition=Q(state__in=QuoteState.values)
            ),
            models.CheckConstraint(
                name="quote_accepted_by_someone",
                condition=Q(state="accepted", accepted_at__isnull=False) & ~Q(accepted_by="")
                | ~Q(state="accepted") & Q(accepted_at=None, accepted_by=""),
            ),
            models.CheckConstraint(
                name="quote_sent_at_a_moment",
                condition=Q(state__in=["draft", "withdrawn"]) | Q(sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id}-{self.number}"

    def is_expired(self, today: date) -> bool:
        """Say whether its last day has passed, and nobody accepted it."""
        ends = self.valid_until
        return self.state == QuoteState.SENT and ends is not None and ends < today


class Handover(models.Model):
    """How marketing opened the door of a deal, as it was when it was handed over."""

    deal = models.OneToOneField("Deal", models.CASCADE, related_name="handover")
    key = models.CharField(max_length=120, unique=True)  # `sending:17`: handed over once
    told = models.ForeignKey("Version", models.PROTECT, null=True)  # the story that opened it
    campaign = models.CharField(max_length=120, blank=True)  # its name
    page = models.CharField(max_length=120, blank=True)  # its name
    promised = models.JSONField(default=list)  # words, due_on
    read = models.JSONField(default=list)  # at, channel, words; the newest first
    opened_at = models.DateTimeField()


class Forecast(models.Model):
    """What the open deals of a pipeline are expected to bring, as it was computed."""

    pipeline = models.ForeignKey("Pipeline", models.CASCADE, related_name="forecasts")
    at = models.DateTimeField()
    found = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["pipeline", "-at"], name="forecast_newest")]
