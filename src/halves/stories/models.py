"""What we tell: offers with their positioning, proof, stories, and what was told of them."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.stories.errors import VersionStands


class Kind(models.TextChoices):
    """What a story is a promise of."""

    BELONGING = "belonging", _("belonging")
    SOLUTION = "solution", _("solution")


class Offer(models.Model):
    """Something we sell, and where it stands: what all its stories inherit."""

    name = models.CharField(max_length=120, unique=True)
    for_whom = models.CharField(max_length=300, blank=True)
    need = models.CharField(max_length=300, blank=True)  # what they want and do not have
    what = models.CharField(max_length=300, blank=True)  # it is, and what it does for them
    alternative = models.CharField(max_length=300, blank=True)  # what they would do without it
    why_us = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # rises with every change

    def __str__(self) -> str:
        return self.name


class Proof(models.Model):
    """Something that shows a claim to be true, and where it is from."""

    claim = models.CharField(max_length=300)
    source = models.CharField(max_length=300)  # who measured or said it, when
    url = models.CharField(max_length=500, blank=True)
    offer = models.ForeignKey("Offer", models.SET_NULL, null=True, blank=True)  # none: of any
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # it holds no more

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proof_has_a_source", condition=~Q(source="") & ~Q(claim="")
            )
        ]

    def __str__(self) -> str:
        return self.claim


class Story(models.Model):
    """What we tell, to many or to one; it may change until it is told, and what was told stays."""

    name = models.CharField(max_length=120, unique=True)  # among ourselves; `story` in the ledger
    kind = models.CharField(max_length=10, choices=Kind.choices)
    offer = models.ForeignKey("Offer", models.SET_NULL, null=True, blank=True)
    for_whom = models.CharField(max_length=300, blank=True)  # empty: as the offer says
    # Of belonging: what they want to become, the group, what life is like in it.
    aspiration = models.CharField(max_length=500, blank=True)
    group = models.CharField(max_length=300, blank=True)
    vision = models.TextField(blank=True)
    # Of a solution.
    problem = models.TextField(blank=True)
    fix = models.TextField(blank=True)
    headline = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    preheader = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    short = models.CharField(max_length=300, blank=True)  # the text of an ad
    call_words = models.CharField(max_length=80, blank=True)  # the call to action
    call_url = models.CharField(max_length=500, blank=True)  # empty: the story's own page
    proofs = models.ManyToManyField("Proof", blank=True, related_name="stories")
    concerns = models.ManyToManyField("Concern", blank=True, related_name="stories")
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # it is told no more
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        verbose_name_plural = "stories"
        constraints = [
            models.CheckConstraint(name="story_kind_known", condition=Q(kind__in=Kind.values))
        ]
        indexes = [models.Index(fields=["-changed_at", "-id"], name="story_newest")]

    def __str__(self) -> str:
        return self.name


class StoryPromise(models.Model):
    """What a story leads a person to expect: how much of what, by when, and who keeps it."""

    story = models.ForeignKey("Story", models.CASCADE, related_name="promises")
    words = models.CharField(max_length=300)  # as the person hears them
    measure = models.CharField(max_length=120, blank=True)  # what is counted
    amount = models.DecimalField(max_digits=15, decimal_places=3, null=True)
    unit = models.CharField(max_length=40, blank=True)
    is_at_most = models.BooleanField(default=False)  # less is better, such as days to wait
    within_days = models.PositiveIntegerField(null=True)  # of the moment it was made
    due_on = models.DateField(null=True)  # or by this day
    keeper = models.ForeignKey("User", models.SET_NULL, null=True)
    place = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("place", "id")
        constraints = [
            models.CheckConstraint(
                name="story_promise_due_one_way",
                condition=Q(within_days=None) | Q(due_on=None),
            ),
            models.CheckConstraint(name="story_promise_has_words", condition=~Q(words="")),
        ]

    def __str__(self) -> str:
        return self.words


class Variant(models.Model):
    """The same story in other words, to see which work better; what is empty is as in the story."""

    story = models.ForeignKey("Story", models.CASCADE, related_name="variants")
    name = models.CharField(max_length=20)  # `B`, `C`…; `A` is the story's own words
    headline = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    preheader = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    short = models.CharField(max_length=300, blank=True)
    call_words = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["story", "name"], name="variant_once"),
            models.CheckConstraint(name="variant_is_another", condition=~Q(name="") & ~Q(name="A")),
        ]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """A story as it was told; it never changes."""

    story = models.ForeignKey("Story", models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    told = models.JSONField()  # as `telling.as_told` writes it
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    by = models.ForeignKey("User", models.SET_NULL, null=True)

    class Meta:
        ordering = ("story", "number")
        constraints = [
            models.UniqueConstraint(fields=["story", "digest"], name="version_once"),
            models.UniqueConstraint(fields=["story", "number"], name="version_numbered"),
        ]

    def __str__(self) -> str:
        return f"{self.told['name']} ({self.number})"

    def save(self, *args: Any, **named: Any) -> None:
        """Write it down once.

        Raises:
            VersionStands: it is written already.
        """
        if self.pk is not None:
            raise VersionStands(_("What was told stays as it was: make another version."))
        super().save(*args, **named)
