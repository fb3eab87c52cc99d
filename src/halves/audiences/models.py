"""Saved questions about people, lists of them, and groups that people themselves join."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """How an audience comes by its members."""

    COMPUTED = "computed", _("computed")  # whoever answers the question now
    STATIC = "static", _("a list")  # whoever was put on it


class Audience(models.Model):
    """A saved question about people, or a list of them."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.COMPUTED)
    definition = models.JSONField(default=dict, blank=True)  # as `definition.read` takes it
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        constraints = [
            models.CheckConstraint(name="audience_kind_known", condition=Q(kind__in=Kind.values)),
        ]

    def __str__(self) -> str:
        return self.name


class Listed(models.Model):
    """A person on a list."""

    audience = models.ForeignKey("Audience", models.CASCADE, related_name="listed")
    person = models.ForeignKey("Person", models.CASCADE, related_name="lists")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "person"], name="listed_once")]


class Group(models.Model):
    """People who belong together, and what they stand for; they join by themselves."""

    name = models.CharField(max_length=80, unique=True)  # also the topic of their consent
    aspiration = models.TextField()  # what life is like for those who belong, in their words
    token = models.CharField(max_length=40, unique=True)  # of its public page
    is_open = models.BooleanField(default=True)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    likeness = models.JSONField(default=dict, blank=True)  # as `likeness.learnt` found it

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a group, and who brought them."""

    group = models.ForeignKey("Group", models.CASCADE, related_name="memberships")
    person = models.ForeignKey("Person", models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    # No name for the way back: what belongs to another is not shown as this person's.
    brought_by = models.ForeignKey("Person", models.SET_NULL, null=True, related_name="+")
    brings = models.CharField(max_length=24, unique=True)  # in the link that they pass on
    how = models.CharField(max_length=100)  # `confirmed by mail`, `put in by Ada`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "person"], name="member_once"),
            models.CheckConstraint(
                name="member_left_after_joining",
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")),
            ),
        ]
        indexes = [models.Index(fields=["group", "left_at", "-joined_at"], name="member_newest")]


class Joining(models.Model):
    """Someone asked to join, and has not said so again by the link in the mail they got.

    Until then nobody knows whether the address is theirs: no person is made, and none changed.
    """

    group = models.ForeignKey("Group", models.CASCADE, related_name="joinings")
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, db_index=True)
    digest = models.CharField(max_length=64, unique=True)  # of the token in the mail
    brings = models.CharField(max_length=24, blank=True)  # of who brought them
    where = models.CharField(max_length=64, db_index=True)  # a keyed hash of the address they used
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)


class Changed(models.Model):
    """A line for each change of whatever the snapshot copies; triggers write it.

    Lines are taken out once the snapshot has them, by their own keys: those of a transaction that
    is not through yet are left for the next time.
    """

    kind = models.CharField(max_length=10)
    key = models.BigIntegerField()


class SnapshotMark(models.Model):
    """Which snapshot has all changes that are no lines any more: another one is made anew."""

    only = models.BooleanField(primary_key=True, default=True)
    token = models.CharField(max_length=40)
