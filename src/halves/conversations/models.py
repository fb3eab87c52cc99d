"""Talk with one person: calls, meetings, mail and chat, and what was said in them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

THREADS = "mail:"  # what the sources of threads of mails begin with


class Kind(models.TextChoices):
    """What kind of talk; each is a channel of its own on the ledger."""

    CALL = "call", _("call")
    MEETING = "meeting", _("meeting")
    MAIL = "mail", _("mail")
    CHAT = "chat", _("chat")


class Direction(models.TextChoices):
    """Who began."""

    IN = "in", _("they came to us")
    OUT = "out", _("we went to them")


class State(models.TextChoices):
    """Whether it took place."""

    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    CALLED_OFF = "called_off", _("called off")


class Speaker(models.TextChoices):
    """Who said it."""

    THEM = "them", _("them")
    US = "us", _("us")


class Conversation(models.Model):
    """One talk between a seller and a person; a thread of mails is one too."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="conversations")
    account = models.ForeignKey("Account", models.SET_NULL, null=True, blank=True)
    deal = models.ForeignKey("Deal", models.SET_NULL, null=True, blank=True)
    seller = models.ForeignKey("User", models.SET_NULL, null=True, blank=True)
    told = models.ForeignKey("Version", models.PROTECT, null=True, blank=True)  # the story
    kind = models.CharField(max_length=10, choices=Kind.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    at = models.DateTimeField()  # when it began; of a thread, when the newest mail came
    minutes = models.PositiveIntegerField(null=True, blank=True)
    among = models.PositiveSmallIntegerField(default=1)  # people in it, who share its cost
    subject = models.CharField(max_length=300, blank=True)
    summary = models.TextField(blank=True)
    is_private = models.BooleanField(default=False)  # seen by its seller only
    source = models.CharField(max_length=100, default="hand")
    source_key = models.CharField(max_length=200, blank=True)
    logged_at = models.DateTimeField()
    told_cost = models.DecimalField(max_digits=18, decimal_places=6, null=True)  # to the ledger
    touched_at = models.DateTimeField(null=True)  # when the ledger was told of it
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="conversation_kind_known", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="conversation_direction_known", condition=Q(direction__in=Direction.values)
            ),
            models.CheckConstraint(
                name="conversation_state_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(name="conversation_among_someone", condition=Q(among__gte=1)),
            models.UniqueConstraint(
                fields=["source", "source_key"],
                name="conversation_once_per_source",
                condition=~Q(source_key=""),
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="conversation_of_person"),
            models.Index(fields=["-at", "-id"], name="conversation_newest"),
            models.Index(fields=["seller", "-at", "-id"], name="conversation_of_seller"),
            models.Index(
                fields=["-at", "-id", "seller"],
                name="conversation_planned",
                condition=Q(state=State.PLANNED),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or str(self.get_kind_display())

    @property
    def is_thread(self) -> bool:
        """Say whether its turns are mails, each told to the ledger by itself."""
        return self.source.startswith(THREADS)


class Turn(models.Model):
    """What one of them said before another one spoke; of mail, one mail."""

    BY_HAND = "by hand:"  # what keys of turns begin with that a seller wrote down of a concern

    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="turns")
    position = models.PositiveIntegerField()
    speaker = models.CharField(max_length=4, choices=Speaker.choices)
    name = models.CharField(max_length=200, blank=True)  # as the transcript names them
    words = models.TextField()
    at = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=200, blank=True)  # of a mail: a hash of its Message-ID

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(
                name="turn_speaker_known", condition=Q(speaker__in=Speaker.values)
            ),
            models.UniqueConstraint(fields=["conversation", "position"], name="turn_in_its_place"),
            models.UniqueConstraint(
                fields=["conversation", "key"], name="turn_once", condition=~Q(key="")
            ),
        ]

    def __str__(self) -> str:
        return self.words[:80]
