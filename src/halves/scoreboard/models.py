"""What is aimed at, and the answers that were computed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Measure(models.TextChoices):
    """What both halves want more of."""

    CUSTOMERS = "customers", _("Customers")
    REVENUE = "revenue", _("Revenue")
    BRAND = "brand", _("Brand")


class Target(models.Model):
    """How much of a measure we want by when; leaders set it, for both halves alike."""

    measure = models.CharField(max_length=10, choices=Measure.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    starts = models.DateField()
    ends = models.DateField()  # the day after the last
    by = models.ForeignKey("User", on_delete=models.SET_NULL, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="target_measure_known", condition=Q(measure__in=Measure.values)
            ),
            models.CheckConstraint(name="target_above_zero", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="target_ends_after_start", condition=Q(ends__gt=F("starts"))
            ),
            models.UniqueConstraint(
                fields=["measure", "starts", "ends"], name="target_once_a_period"
            ),
        ]


class Unit(models.TextChoices):
    """What one unit of spend is."""

    CHANNEL = "channel", _("channel")
    CAMPAIGN = "campaign", _("campaign")


class AnswerRun(models.Model):
    """One asking of "which half is wasted?", and what came of it.

    The draws behind it lie beside the ledger, in `answers/<key>.parquet`.
    """

    job = models.OneToOneField("Job", on_delete=models.CASCADE, related_name="answer_run")
    since = models.DateField(null=True)  # None: from the ledger's first touch or spend
    until = models.DateField(null=True)  # the day after the last; None: the ledger's end
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.CHANNEL)
    by = models.ForeignKey("User", on_delete=models.SET_NULL, null=True)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)  # as `halves which-half --json` gives it
    tests = models.JSONField(null=True)  # as `halves next-test --json` gives it
    ledger_versions = models.JSONField(default=dict)
    ledger_rows = models.JSONField(default=dict)  # table → rows, when it was computed
    stages = models.PositiveSmallIntegerField(default=0)  # how many were told of

    class Meta:
        constraints = [
            models.CheckConstraint(name="answer_run_unit_known", condition=Q(unit__in=Unit.values)),
            models.CheckConstraint(
                name="answer_run_answered_with_answer",
                condition=Q(answered_at=None) | Q(answer__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["unit", "-answered_at"], name="answer_run_newest")]
