"""Possible purchases on their way, and the orders of people who bought by themselves."""

from decimal import Decimal
from secrets import token_hex, token_urlsafe

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def _deal_id() -> str:
    return f"deal-{token_hex(8)}"


def _token() -> str:
    return token_urlsafe(24)


class DealState(models.TextChoices):
    """Where a deal ended, or that it has not."""

    OPEN = "open", _("open")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class LostKind(models.TextChoices):
    """Why a deal was lost, in one word."""

    PRICE = "price", _("too dear")
    COMPETITOR = "competitor", _("bought elsewhere")
    TIMING = "timing", _("not now")
    NEED = "need", _("no need")
    AUTHORITY = "authority", _("not theirs to decide")
    TRUST = "trust", _("no trust in us yet")
    SILENCE = "silence", _("no answer any more")
    NURTURE = "nurture", _("back to marketing, with a concern")
    OTHER = "other", _("something else")


class Deal(models.Model):
    """A possible purchase: whose problem it solves, what it is worth, how it goes and ended.

    Deals that sellers work on are in a pipeline; those of people who buy by themselves are not.
    """

    ledger_id = models.CharField(max_length=60, unique=True, default=_deal_id)  # `deal_id` there
    title = models.CharField(max_length=200)
    person = models.ForeignKey("Person", models.CASCADE, related_name="deals")
    account = models.ForeignKey("Account", models.SET_NULL, null=True, blank=True)
    offer = models.ForeignKey("Offer", models.SET_NULL, null=True, blank=True)
    owner = models.ForeignKey("User", models.SET_NULL, null=True, blank=True)
    path = models.CharField(max_length=5)  # `one`, or `self` if they came by themselves
    problem = models.TextField(blank=True)  # what this person needs fixed, in their words
    solution = models.TextField(blank=True)  # how what we sell fixes it
    told = models.ForeignKey("Version", models.PROTECT, null=True, blank=True)  # the story pitched
    pipeline = models.ForeignKey("Pipeline", models.PROTECT, null=True, related_name="deals")
    stage = models.ForeignKey("Stage", models.PROTECT, null=True, related_name="deals")
    stage_since = models.DateTimeField(null=True)
    value = models.DecimalField(max_digits=18, decimal_places=6)
    is_value_typed = models.BooleanField(default=True)  # otherwise it is the sum of its lines
    currency = models.CharField(max_length=3)
    expected_close = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=5, choices=DealState.choices, default=DealState.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    lost_kind = models.CharField(max_length=10, choices=LostKind.choices, blank=True)
    lost_because = models.TextField(blank=True)
    won_because = models.TextField(blank=True)
    concern = models.ForeignKey("Concern", models.SET_NULL, null=True, blank=True)  # of a loss
    posted_at = models.DateTimeField(null=True)  # the ledger was told that it was won
    source = models.CharField(max_length=100, blank=True)  # `hand`, `handover`, an import's
    changed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="deal_stage_of_a_pipeline",
                condition=Q(stage=None, pipeline=None, stage_since=None)
                | Q(stage__isnull=False, pipeline__isnull=False, stage_since__isnull=False),
            ),
            models.CheckConstraint(
                name="deal_lost_kind_known",
                condition=Q(lost_kind="") | Q(lost_kind__in=LostKind.values, state="lost"),
            ),
            models.CheckConstraint(name="deal_value_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(
                name="deal_state_known", condition=Q(state__in=DealState.values)
            ),
            models.CheckConstraint(
                name="deal_closed_at_a_moment",
                condition=Q(state=DealState.OPEN, closed_at=None)
                | (~Q(state=DealState.OPEN) & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-opened_at"], name="deal_newest"),
            models.Index(fields=["stage", "-value", "id"], name="deal_on_board"),
            models.Index(fields=["pipeline", "state", "-id"], name="deal_of_pipeline"),
            # In the list's usual orders, so that a page of it is found without sorting them all.
            models.Index(
                fields=["-opened_at", "-id"],
                name="deal_in_list_by_age",
                condition=Q(pipeline__isnull=False),
            ),
            models.Index(
                fields=["-value", "-id"],
                name="deal_in_list_by_value",
                condition=Q(pipeline__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OrderState(models.TextChoices):
    """How far an order is."""

    PLACED = "placed", _("placed")
    INVOICED = "invoiced", _("on invoice")  # agreed, and to be paid
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")
    REFUNDED = "refunded", _("refunded")


class Order(models.Model):
    """What somebody bought on a page, at which price, and whether it is paid."""

    deal = models.OneToOneField("Deal", models.CASCADE, related_name="order")
    token = models.CharField(max_length=64, unique=True, default=_token)  # of the buyer's own page
    once = models.CharField(max_length=64, unique=True)  # of the form: sent twice, ordered once
    version = models.ForeignKey("Version", models.PROTECT, null=True)  # the story that sold it
    page = models.CharField(max_length=100, blank=True)  # its address, as campaigns have names
    words = models.CharField(max_length=200)  # what was bought
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=18, decimal_places=6)  # of one
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=40)  # of payment: `invoice`, `stripe`
    reference = models.CharField(max_length=200, blank=True)  # as the provider names it
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.PLACED)
    placed_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)  # the deal is closed since
    paid_at = models.DateTimeField(null=True)
    email = models.CharField(max_length=254)  # where the receipt goes
    billing = models.JSONField(default=dict, blank=True)  # name, address, tax number as typed

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_state_known", condition=Q(state__in=OrderState.values)
            ),
            models.CheckConstraint(name="order_of_something", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="order_price_not_negative", condition=Q(price__gte=0)),
            models.UniqueConstraint(
                fields=["provider", "reference"],
                name="order_paid_by_one_payment",
                condition=~Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.words}"

    @property
    def number(self) -> str:
        """What invoices and receipts call it."""
        return f"{self.placed_at:%Y}-{self.pk:05d}"

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.price * self.quantity


class PaymentEvent(models.Model):
    """What a provider told us, once, however often it is told."""

    provider = models.CharField(max_length=40)
    event = models.CharField(max_length=200)  # its id there
    kind = models.CharField(max_length=100)
    order = models.ForeignKey("Order", models.CASCADE, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event"], name="payment_event_once")
        ]
