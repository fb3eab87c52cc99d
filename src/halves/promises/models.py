"""Something we told a person to expect, and what came of it."""

from datetime import date
from secrets import token_urlsafe

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
            ),
            models.Index(
                fields=["-delivered_at", "-id"],
                name="promise_kept_newest",
                condition=Q(delivered_at__isnull=False),
            ),
            # What the expectation ledger counts is in the index alone.
            models.Index(fields=["version", "keeping", "due_on"], name="promise_by_story"),
            models.Index(fields=["via", "via_key", "keeping", "due_on"], name="promise_by_way"),
            models.Index(fields=["keeper", "keeping", "due_on"], name="promise_by_keeper"),
            # With `keeping`, though it is always the same: else SQLite reads each row to see it.
            models.Index(
                fields=["person", "keeping"],
                name="promise_broken",
                condition=Q(keeping=Keeping.UNDER),
            ),
        ]

    def __str__(self) -> str:
        return self.words

    def is_overdue(self, today: date) -> bool:
        """Say whether the day has passed with the promise still open."""
        return self.delivered_at is None and self.due_on is not None and self.due_on < today


class PromiseCount(models.Model):
    """Promises of one story, campaign or seller to the people of one owner and team, counted.

    In a house with many promises sums of these are shown, to each of the people that they see.
    """

    by = models.CharField(max_length=10)  # as `queries.By` says
    key = models.CharField(max_length=100)
    owner = models.ForeignKey("User", models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey("Team", models.CASCADE, null=True, related_name="+")
    over = models.PositiveIntegerField()
    met = models.PositiveIntegerField()
    under = models.PositiveIntegerField()
    open = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["by", "-at"], name="promises_counted_newest")]

    def __str__(self) -> str:
        return f"{self.by} {self.key}"


class PromiseCost(models.Model):
    """What a broken promise costs, as the worker learned it from a ledger with many deliveries."""

    found = models.JSONField()  # as `measure.breaking.Breaking` has it
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="promise_costs_newest")]

    def __str__(self) -> str:
        return f"learned {self.at}"


class Delivery(models.Model):
    """What a person got of what they were promised, as somebody or some system told it."""

    promise = models.ForeignKey("Promise", models.CASCADE, related_name="deliveries")
    person = models.ForeignKey("Person", models.CASCADE, related_name="+")
    at = models.DateTimeField()
    amount = models.DecimalField(max_digits=15, decimal_places=3, null=True)
    words = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=40)  # `by hand`, `api`, `order`, the name of a system
    source_key = models.CharField(max_length=100)  # there; told twice, it is one
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    told_at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"], name="delivery_told_once_by_its_source"
            )
        ]

    def __str__(self) -> str:
        return self.words or str(self.amount or "")


class Band(models.Model):
    """How far from what was promised still counts as kept, learned from what customers said."""

    measure = models.CharField(max_length=120)
    unit = models.CharField(max_length=40)
    low = models.DecimalField(max_digits=15, decimal_places=3)  # at most so much worse, negative
    high = models.DecimalField(max_digits=15, decimal_places=3)  # at most so much better
    said = models.PositiveIntegerField()  # by so many customers
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["measure", "unit"], name="band_of_a_measure"),
            models.CheckConstraint(
                name="band_holds_the_promise", condition=Q(low__lte=0) & Q(high__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.low} … {self.high} {self.unit}"


class Reason(models.TextChoices):
    """Why a colleague was given a task about a promise."""

    RECOVERY = "recovery", _("it is late, or about to be broken")
    THANKS = "thanks", _("it was outdone")


class PromiseTask(models.Model):
    """A task that a promise made for a colleague; one of a reason."""

    promise = models.ForeignKey("Promise", models.CASCADE, related_name="tasks")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    task = models.OneToOneField("Task", models.CASCADE, related_name="promise")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["promise", "reason"], name="promise_task_once"),
        ]


class SurveyKind(models.TextChoices):
    """What is asked."""

    KEEPING = "keeping", _("how a promise was kept")
    RECOMMEND = "recommend", _("whether they would recommend us")


class Survey(models.Model):
    """One question to customers, answered from 0 to 10."""

    kind = models.CharField(max_length=10, choices=SurveyKind.choices)
    question = models.CharField(max_length=200)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.question


def _token() -> str:
    return token_urlsafe(24)


class SurveyAsked(models.Model):
    """A person was asked; and what they said, once they did."""

    survey = models.ForeignKey("Survey", models.CASCADE, related_name="asked")
    person = models.ForeignKey("Person", models.CASCADE, related_name="surveys")
    promise = models.ForeignKey("Promise", models.SET_NULL, null=True, related_name="surveys")
    token = models.CharField(max_length=64, unique=True, default=_token)
    asked_at = models.DateTimeField()
    score = models.PositiveSmallIntegerField(null=True)
    words = models.TextField(blank=True)
    may_quote = models.BooleanField(default=False)  # they said yes to being quoted
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["survey", "-asked_at"], name="survey_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "person"], name="survey_asked_once", condition=Q(promise=None)
            ),
            models.UniqueConstraint(fields=["survey", "promise"], name="survey_of_a_promise_once"),
            models.CheckConstraint(
                name="survey_answered_with_a_score",
                condition=Q(score=None, answered_at=None)
                | (Q(score__lte=10) & Q(answered_at__isnull=False)),
            ),
        ]
