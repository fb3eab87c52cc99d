"""What sites and apps tell of, from which source, and whose visits they turn out to be."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def _doors() -> list[str]:
    return ["Signed Up", "Lead", "Trial Started"]


class Source(models.Model):
    """A site, an app or a server that sends events, and the two keys that it sends them with."""

    name = models.CharField(max_length=100)
    write_key = models.CharField(max_length=40, unique=True)  # public: it is in the page's source
    secret_digest = models.CharField(max_length=64, unique=True)  # the secret itself is not kept
    secret_begins = models.CharField(max_length=12)  # so that its owner knows it again
    origins = models.JSONField(default=list, blank=True)  # of browsers; `*` for all, empty: none
    doors = models.JSONField(default=_doors, blank=True)  # names of events that open a door
    user_ids = models.CharField(max_length=40, default="user_id")  # what kind its user ids are
    is_on = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    by = models.ForeignKey("User", models.SET_NULL, null=True)

    def __str__(self) -> str:
        return self.name


class StitchState(models.TextChoices):
    """Whether visits are known to be a person's."""

    UNVERIFIED = "unverified", _("unverified")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")


class Stitch(models.Model):
    """Someone said that these visits are theirs: by whom they are known, and whether that is so."""

    source = models.ForeignKey("Source", models.CASCADE, related_name="stitches")
    ledger_id = models.CharField(max_length=300)  # that the visits have in the ledger
    kind = models.CharField(max_length=40)  # `email`, `user_id`…
    value = models.CharField(max_length=254)  # as `identity.normalised` writes it
    is_trusted = models.BooleanField(default=False)  # it was said with the secret key
    state = models.CharField(
        max_length=10, choices=StitchState.choices, default=StitchState.UNVERIFIED
    )
    person = models.ForeignKey("Person", models.CASCADE, null=True, related_name="stitches")
    said_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=120, blank=True)  # who confirmed or refused it
    posted_at = models.DateTimeField(null=True)  # the ledger reads the visits as the person's since

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ledger_id", "kind", "value"], name="stitch_once"),
            models.UniqueConstraint(
                fields=["ledger_id"], name="stitched_to_one", condition=Q(state="confirmed")
            ),
            models.CheckConstraint(
                name="stitch_confirmed_to_someone",
                condition=~Q(state="confirmed") | Q(person__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "value"], name="stitch_of_a_key"),
            models.Index(fields=["source", "state", "-id"], name="stitch_to_look_at"),
            models.Index(
                fields=["id"],
                name="stitch_on_its_way",
                condition=Q(state="confirmed", posted_at=None),
            ),
        ]


class EventBatch(models.Model):
    """Events that go to the ledger together, under a name that it takes once."""

    name = models.CharField(max_length=60, unique=True)
    frozen_at = models.DateTimeField()  # no event comes after
    posted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="events_to_post", condition=Q(posted_at=None))]


class EventState(models.TextChoices):
    """What became of an event."""

    WAITING = "waiting", _("waiting")
    TAKEN = "taken", _("taken")
    REFUSED = "refused", _("refused")


class Event(models.Model):
    """One event as it was sent. On SQLite these rows have a file of their own."""

    source = models.BigIntegerField()  # another file: no foreign key
    message_id = models.CharField(max_length=100)  # of repeats, one is kept
    kind = models.CharField(max_length=10)  # `track`, `page`, `identify`…
    name = models.CharField(max_length=200, blank=True)
    anonymous_id = models.CharField(max_length=200, blank=True)
    user_id = models.CharField(max_length=200, blank=True)
    is_trusted = models.BooleanField()  # sent with the secret key
    at = models.DateTimeField()  # by our clock
    received_at = models.DateTimeField()
    body = models.TextField()  # JSON, ASCII
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.WAITING)
    verdict = models.CharField(max_length=30, blank=True)  # what it was taken as, or why not
    detail = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey("EventBatch", models.SET_NULL, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "message_id"], name="event_once")]
        indexes = [
            models.Index(fields=["source", "-id"], name="event_newest"),
            models.Index(
                fields=["id"], name="event_next", condition=Q(state="waiting", batch=None)
            ),
        ]
