"""The call queue: who may be called by whom, what the dice said of each, and what came of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CallQueue(models.Model):
    """How the house draws its call queue; there is one row."""

    only = models.BooleanField(primary_key=True, default=True)
    is_on = models.BooleanField(default=False)
    calls_a_day = models.PositiveSmallIntegerField(default=10)  # of a seller who says no other
    period_days = models.PositiveSmallIntegerField(default=28)  # nobody is drawn again before
    held_out_share = models.FloatField(default=0.3)  # of the people who are drawn
    minutes = models.PositiveSmallIntegerField(default=10)  # a call is taken to last
    learned = models.JSONField(null=True)  # what calls do, as the dice say so far
    learned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="call_queue_is_one", condition=Q(only=True)),
            models.CheckConstraint(
                name="call_queue_holds_out_some",
                condition=Q(held_out_share__gte=0.1, held_out_share__lte=0.5),
            ),
            models.CheckConstraint(name="call_queue_has_a_period", condition=Q(period_days__gte=1)),
        ]

    @classmethod
    def get(cls) -> "CallQueue":
        """The row, or what holds before anyone changed it."""
        return cls.objects.first() or cls()


class Caller(models.Model):
    """A seller whose day the queue fills."""

    seller = models.OneToOneField("User", models.CASCADE, related_name="caller")
    calls_a_day = models.PositiveSmallIntegerField(null=True, blank=True)  # the house's if unsaid
    since = models.DateTimeField()


class QueueDraw(models.Model):
    """One roll of the dice for one seller's day."""

    seller = models.ForeignKey("User", models.CASCADE, related_name="queue_draws")
    day = models.DateField()
    at = models.DateTimeField()
    experiment = models.ForeignKey("Experiment", models.PROTECT, related_name="queue_draws")
    capacity = models.PositiveSmallIntegerField()  # calls that there was room for
    pool = models.PositiveIntegerField(default=0)  # people who could have been called
    treated = models.PositiveIntegerField(default=0)
    held_out = models.PositiveIntegerField(default=0)
    best_gain = models.DecimalField(max_digits=18, decimal_places=6, default=0)  # without dice
    drawn_gain = models.DecimalField(max_digits=18, decimal_places=6, default=0)  # with them
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "day"], name="queue_drawn_once")]


class Reason(models.TextChoices):
    """Why somebody is worth a call, the first that holds; calls may move each kind differently."""

    PROMISE = "promise", _("a promise at risk")
    DEAL = "deal", _("an open deal")
    DOOR = "door", _("an open door")
    INTEREST = "interest", _("fresh interest")
    OTHER = "other", _("nothing in particular")


class DecisionState(models.TextChoices):
    """What became of somebody whom the dice were rolled for."""

    WAITING = "waiting", _("to be called")
    CALLED = "called", _("called")
    SKIPPED = "skipped", _("skipped")
    LEFT = "left", _("left alone")  # held out
    CALLED_ANYWAY = "anyway", _("called although left alone")


CALLING = (DecisionState.WAITING, DecisionState.CALLED, DecisionState.SKIPPED)


class QueueDecision(models.Model):
    """The dice's word on one person for one period: to be called, or left alone."""

    draw = models.ForeignKey("QueueDraw", models.CASCADE, related_name="decisions")
    seller = models.ForeignKey("User", models.CASCADE, related_name="queue_decisions")
    person = models.ForeignKey("Person", models.CASCADE, related_name="queue_decisions")
    deal = models.ForeignKey("Deal", models.SET_NULL, null=True, related_name="queue_decisions")
    key = models.CharField(max_length=100, unique=True)  # `decision_id` in the ledger
    is_held_out = models.BooleanField()
    chance = models.FloatField()  # of being called
    number = models.FloatField()  # that the dice showed: called where it is below the chance
    gain = models.DecimalField(max_digits=18, decimal_places=6)  # expected from a call, less cost
    why = models.JSONField(default=dict)  # what the gain was worked out from
    at = models.DateTimeField()
    period_ends = models.DateTimeField()
    is_current = models.BooleanField(default=True)  # its period is not over
    state = models.CharField(max_length=8, choices=DecisionState.choices)
    skipped_because = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)  # called or skipped
    conversation = models.ForeignKey("Conversation", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], name="decision_one_at_a_time", condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                name="decision_chance_between", condition=Q(chance__gt=0, chance__lt=1)
            ),
            models.CheckConstraint(
                name="decision_as_the_dice_fell",
                condition=Q(is_held_out=True, number__gte=F("chance"))
                | Q(is_held_out=False, number__lt=F("chance")),
            ),
            models.CheckConstraint(
                name="decision_state_of_its_arm",
                condition=Q(is_held_out=False, state__in=CALLING)
                | Q(is_held_out=True, state__in=[DecisionState.LEFT, DecisionState.CALLED_ANYWAY]),
            ),
            models.CheckConstraint(
                name="decision_skipped_with_a_reason",
                condition=~Q(state=DecisionState.SKIPPED) | ~Q(skipped_because=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["seller", "state", "-gain"],
                name="decision_to_call",
                condition=Q(is_current=True),
            ),
            models.Index(
                fields=["period_ends"], name="decision_to_end", condition=Q(is_current=True)
            ),
        ]

    @property
    def is_expected_to_pay(self) -> bool:
        """Say whether the call is expected to earn at least what it costs."""
        return self.gain >= 0

    @property
    def propensity(self) -> float:
        """The chance of the arm that came up, as the ledger has it."""
        return 1 - self.chance if self.is_held_out else self.chance
