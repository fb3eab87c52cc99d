"""Something we told a person to expect, and what came of it."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Via(models.TextChoices):
    """Where the person was told."""

    CAMPAIGN = "campaign", _("campaign")
    PAGE = "page", _("page")
    CALL = "call", _("call")
    QUOTE = "quote", _("quote")


class Keeping(models.TextChoices):
    """How what they got compares with what they were told; as the ledger has it."""

    OVER = "over", _("more than promised")
    MET = "met", _("kept")
    UNDER = "under", _("broken")


class Promise(models.Model):
    """What a story led one person to expect: how much of what, by when."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="promises")
    version = models.ForeignKey("Version", models.PROTECT, null=True)  # the story as it was told
    place = models.PositiveSmallIntegerField(default=0)  # among the promises of that story
    words = models.CharField(max_length=300)  # as the person heard them
    measure = models.CharField(max_length=120, blank=True)
    amount = models.DecimalField(max_digits=15, decimal_places=3, null=True)
    unit = models.CharField(max_length=40, blank=True)
    is_at_most = models.BooleanField(default=False)  # less is better, such as days to wait
    keeper = models.ForeignKey("User", models.SET_NULL, null=True)
    via = models.CharField(max_length=10, choices=Via.choices)
    via_key = models.CharField(max_length=100)  # of that campaign, order, call
    made_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    delivered_at = models.DateTimeField(null=True)
    delivered = models.DecimalField(max_digits=15, decimal_places=3, null=True)
    keeping = models.CharField(max_length=5, choices=Keeping.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "via", "via_key", "version", "place"], name="promise_opened_once"
            ),
            models.CheckConstraint(
                name="promise_delivered_after_made",
                condition=Q(delivered_at=None) | Q(delivered_at__gte=F("made_at")),
            ),
            models.CheckConstraint(
                name="promise_kept_once_delivered",
                condition=Q(delivered_at=None, keeping="")
                | (Q(delivered_at__isnull=False) & Q(keeping__in=Keeping.values)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"], name="promise_due", condition=Q(delivered_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.words

    def is_overdue(self, today: date) -> bool:
        """Say whether the day has passed with the promise still open."""
        return self.delivered_at is None and self.due_on is not None and self.due_on < today
