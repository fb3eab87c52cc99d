"""One story told to an audience: the plan, its steps, one message for each person and step."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a campaign is."""

    DRAFT = "draft", _("draft")
    CHECKED = "checked", _("checked")
    SCHEDULED = "scheduled", _("scheduled")
    SENDING = "sending", _("sending")
    PAUSED = "paused", _("paused")
    SENT = "sent", _("sent")
    CANCELLED = "cancelled", _("cancelled")


PLANNED = (State.DRAFT, State.CHECKED)  # it may still change
UNDER_WAY = (State.SCHEDULED, State.SENDING, State.PAUSED)


class Campaign(models.Model):
    """One story told to an audience over a channel, with people held out."""

    title = models.CharField(max_length=120)
    name = models.SlugField(max_length=90, unique=True)  # `campaign` in the ledger
    channel = models.CharField(max_length=40, default="email")
    audience = models.ForeignKey("Audience", models.PROTECT, related_name="campaigns")
    topic = models.CharField(max_length=80, blank=True)  # that people agree to, or refuse
    send_from = models.DateTimeField(null=True, blank=True)  # none: when it is launched
    opens = models.PositiveSmallIntegerField(null=True, blank=True)  # hours of the person's day
    closes = models.PositiveSmallIntegerField(null=True, blank=True)
    holdout_share = models.FloatField(default=0.1)
    outcome = models.CharField(max_length=20, default="deal_closed")  # that is compared
    of = models.CharField(max_length=10, default="value")
    days = models.PositiveIntegerField(default=28)  # for which outcomes are compared
    exit_on = models.JSONField(default=list, blank=True)  # outcomes after which no step follows
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)  # a message
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    check_found = models.JSONField(null=True)  # whom it goes to, as it was when looked at
    experiment = models.OneToOneField("Experiment", models.PROTECT, null=True)
    left_out = models.JSONField(default=dict, blank=True)  # refusal → how many, when it was drawn
    trouble = models.CharField(max_length=300, blank=True)  # what keeps mails from going
    trouble_at = models.DateTimeField(null=True)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # rises with every change
    launched_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)  # everyone has their arm, and their first message
    was = models.CharField(max_length=10, blank=True)  # the state that a pause goes back to
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="campaign_state_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="campaign_holdout_between",
                condition=Q(holdout_share__gte=0, holdout_share__lt=1),
            ),
            models.CheckConstraint(
                name="campaign_launched_once_planned",
                condition=Q(state__in=PLANNED, launched_at=None)
                | (~Q(state__in=PLANNED) & Q(launched_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="campaign_window_whole",
                condition=Q(opens=None, closes=None)
                | Q(opens__isnull=False, closes__isnull=False, opens__lt=F("closes")),
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="campaign_by_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_planned(self) -> bool:
        """Say whether it may still change."""
        return self.state in PLANNED


class Step(models.Model):
    """One mail of a campaign: the first at once, each other a while after the one before."""

    campaign = models.ForeignKey("Campaign", models.CASCADE, related_name="steps")
    place = models.PositiveSmallIntegerField()
    story = models.ForeignKey("Story", models.PROTECT)
    told = models.ForeignKey("Version", models.PROTECT, null=True)  # fixed when it is launched
    wait_hours = models.PositiveIntegerField(default=0)  # after the step before
    is_split = models.BooleanField(default=False)  # evenly over the story's variants

    class Meta:
        ordering = ("place",)
        constraints = [models.UniqueConstraint(fields=["campaign", "place"], name="step_once")]


class MessageState(models.TextChoices):
    """Where a message is."""

    QUEUED = "queued", _("waiting")
    CLAIMED = "claimed", _("taken up")
    SENDING = "sending", _("on the line")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")
    SKIPPED = "skipped", _("left out")


OUT = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)  # they may have it
OPEN = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING)


class Message(models.Model):
    """What one person gets, or got, of one step. A row is claimed, then marked, then sent."""

    campaign = models.ForeignKey("Campaign", models.CASCADE, related_name="messages")
    step = models.ForeignKey("Step", models.CASCADE, related_name="messages")
    person = models.ForeignKey("Person", models.CASCADE, related_name="messages")
    address = models.CharField(max_length=254, blank=True)  # that it goes to
    variant = models.CharField(max_length=20, default="A")
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    why = models.CharField(max_length=300, blank=True)  # it was left out, failed, or is late
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)  # which worker has it
    lease_until = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True)  # since when it may be out
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=40, unique=True)  # the same however often it is made
    server_id = models.CharField(max_length=200, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "person", "step"], name="message_once_a_person"
            ),
            models.UniqueConstraint(
                fields=["step", "address"],
                name="message_once_an_address",
                condition=~Q(address=""),
            ),
            models.CheckConstraint(
                name="message_state_known", condition=Q(state__in=MessageState.values)
            ),
            models.CheckConstraint(
                name="message_sent_was_on_the_line",
                condition=~Q(state__in=["sending", "sent", "unknown"])
                | Q(sending_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "due_at", "id"],
                name="message_next",
                condition=Q(state="queued"),
            ),
            models.Index(
                fields=["lease_until"],
                name="message_leased",
                condition=Q(state__in=["claimed", "sending"]),
            ),
            models.Index(fields=["campaign", "state"], name="message_by_state"),
            models.Index(fields=["person", "sending_at"], name="message_of_person"),
        ]


class Link(models.Model):
    """An address that a step's mails lead to; clicks name it by its number."""

    step = models.ForeignKey("Step", models.CASCADE, related_name="links")
    number = models.PositiveIntegerField()
    url = models.CharField(max_length=2000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "number"], name="link_numbered"),
            models.UniqueConstraint(fields=["step", "url"], name="link_once"),
        ]


class Signal(models.Model):
    """A mail that was opened, or a link in it followed: a weak sign, and maybe a machine's."""

    message = models.ForeignKey("Message", models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=10, choices=[("open", _("opened")), ("click", _("clicked"))])
    link = models.ForeignKey("Link", models.CASCADE, null=True)
    at = models.DateTimeField()
    machine = models.CharField(max_length=40, blank=True)  # why it is one; empty: a person, maybe

    class Meta:
        indexes = [models.Index(fields=["message", "kind"], name="signal_of_message")]
