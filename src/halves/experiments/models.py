"""Designs written down before any result is known, who is in which arm, and what was found."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where an experiment is; it only ever moves on."""

    DRAFT = "draft", _("draft")
    REGISTERED = "registered", _("registered")
    RUNNING = "running", _("running")
    STOPPED = "stopped", _("stopped")
    READ = "read", _("read")


class Unit(models.TextChoices):
    """What is drawn for."""

    PERSON = "person", _("people")
    ACCOUNT = "account", _("accounts")
    REGION = "region", _("regions")


class Outcome(models.TextChoices):
    """What is compared."""

    DEAL = "deal_closed", _("deals closed")
    DOOR = "door_opened", _("doors opened")
    RENEWED = "renewed", _("renewals")
    REFERRED = "referred", _("referrals")


class Measure(models.TextChoices):
    """How outcomes are counted."""

    VALUE = "value", _("their value in money")
    OUTCOMES = "outcomes", _("how many")


class Source(models.TextChoices):
    """Where a draft came from."""

    HAND = "hand", _("written by hand")
    NEXT_TEST = "next_test", _("the next best experiment")
    CAMPAIGN = "campaign", _("a campaign's holdout")
    QUEUE = "queue", _("the call queue's dice")


class Experiment(models.Model):
    """A random comparison: what is withheld, from whom, for how long, and what came of it."""

    title = models.CharField(max_length=120)
    name = models.SlugField(max_length=100, unique=True)  # `experiment` in the ledger
    withheld = models.JSONField()  # names of channels or campaigns
    unit_kind = models.CharField(max_length=10, choices=Unit.choices, default=Unit.PERSON)
    share = models.FloatField()  # held out
    region = models.CharField(max_length=100, blank=True)  # of the people meant; empty: anywhere
    tag = models.CharField(max_length=60, blank=True)  # that they carry; empty: whatever they do
    held_out_regions = models.JSONField(default=list, blank=True)  # of a test by regions
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.DEAL)
    of = models.CharField(max_length=10, choices=Measure.choices, default=Measure.VALUE)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    salt = models.CharField(max_length=64)  # the secret that the arms are drawn with
    power = models.JSONField(null=True)  # what it can detect, computed before it is registered
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.HAND)
    notes = models.TextField(blank=True)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)  # of the design as it was registered
    started_at = models.DateTimeField(null=True)  # the first arms are on the ledger
    stopped_at = models.DateTimeField(null=True)  # before its time
    read_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="experiment_state_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="experiment_share_between", condition=Q(share__gt=0, share__lt=1)
            ),
            models.CheckConstraint(
                name="experiment_ends_after_start", condition=Q(ends__gt=F("starts"))
            ),
            models.CheckConstraint(
                name="experiment_frozen_once_registered",
                condition=Q(state=State.DRAFT, registered_at=None, digest="")
                | (~Q(state=State.DRAFT) & Q(registered_at__isnull=False) & ~Q(digest="")),
            ),
            models.CheckConstraint(
                name="experiment_runs_once_started",
                condition=Q(state__in=[State.DRAFT, State.REGISTERED], started_at=None)
                | Q(state=State.STOPPED)
                | Q(state__in=[State.RUNNING, State.READ], started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="experiment_stopped_at_a_moment",
                condition=~Q(state=State.STOPPED) | Q(stopped_at__isnull=False),
            ),
            models.CheckConstraint(
                name="experiment_read_has_result",
                condition=Q(state=State.READ, read_at__isnull=False, result__isnull=False)
                | (~Q(state=State.READ) & Q(read_at=None)),
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="experiment_by_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def closes(self) -> datetime:
        """Where the comparison ends: as planned, or where it was stopped."""
        return min(self.ends, self.stopped_at) if self.stopped_at else self.ends

    @property
    def is_stopped_early(self) -> bool:
        """Say whether it was stopped before its planned end."""
        return self.stopped_at is not None and self.stopped_at < self.ends

    def is_over(self, at: datetime) -> bool:
        """Say whether nobody is held out any more."""
        return self.started_at is not None and self.closes <= at

    @property
    def is_by_region(self) -> bool:
        """Say whether whole regions are held out."""
        return self.unit_kind == Unit.REGION


class ArmsBatch(models.Model):
    """Units whose arms are drawn together; its members are fixed before the ledger hears of it."""

    experiment = models.ForeignKey("Experiment", models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()  # when the arms were drawn
    frozen_at = models.DateTimeField(null=True)  # no member comes after
    posted_at = models.DateTimeField(null=True)  # the ledger has them
    treated = models.PositiveIntegerField(default=0)
    held_out = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="arms_batch_once"),
            models.CheckConstraint(
                name="arms_posted_once_frozen",
                condition=Q(posted_at=None) | Q(frozen_at__isnull=False),
            ),
        ]

    @property
    def name(self) -> str:
        """What the batch is called on the ledger."""
        return f"experiment:{self.experiment.name}:arms-{self.number}"


class Member(models.Model):
    """One person, account or region of an experiment, and its arm, which never changes."""

    experiment = models.ForeignKey("Experiment", models.CASCADE, related_name="members")
    batch = models.ForeignKey("ArmsBatch", models.CASCADE, related_name="members")
    unit_id = models.CharField(max_length=200)  # as in the ledger
    is_held_out = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "unit_id"], name="member_in_one_arm")
        ]
        indexes = [models.Index(fields=["unit_id"], name="member_by_unit")]


class Look(models.Model):
    """What an experiment showed at one moment while it ran."""

    experiment = models.ForeignKey("Experiment", models.CASCADE, related_name="looks")
    at = models.DateTimeField()
    found = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "at"], name="look_once")]


class PlatformLift(models.Model):
    """A test that somebody else ran, such as an ad platform's lift study."""

    withheld = models.JSONField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    region = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=20)  # `revenue`, or a kind of outcome
    lift = models.FloatField()
    se = models.FloatField()
    spend_withheld = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    source = models.CharField(max_length=100)
    form = models.CharField(max_length=40, unique=True)  # so that a form sent twice is one study
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="lift_error_above_zero", condition=Q(se__gt=0)),
            models.CheckConstraint(name="lift_ends_after_start", condition=Q(ends__gt=F("starts"))),
        ]

    @property
    def name(self) -> str:
        """Its id, and its batch, on the ledger."""
        return f"lift-study-{self.pk}"


class Baseline(models.Model):
    """A share of all people whom nothing of ours reaches, so that demand of itself is seen."""

    share = models.FloatField()
    salt = models.CharField(max_length=64)  # the secret that they are drawn with
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    since = models.DateTimeField()
    is_on = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)
    told = models.JSONField(default=dict)  # what the ledger last heard of its design
    told_up_to = models.BigIntegerField(default=0)  # of people, whose arms the ledger has

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="baseline_share_small", condition=Q(share__gt=0, share__lte=0.2)
            ),
            models.UniqueConstraint(
                fields=["is_on"], name="baseline_one_at_a_time", condition=Q(is_on=True)
            ),
        ]

    @property
    def name(self) -> str:
        """What the experiment is called on the ledger; no other's name has a colon."""
        return f"left-alone:{self.pk}"
