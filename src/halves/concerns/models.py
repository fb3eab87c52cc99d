"""What holds a buyer back, voiced or not, and what settles it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ConcernKind(models.TextChoices):
    """What it is about."""

    PRICE = "price", _("price")
    TRUST = "trust", _("trust")
    EFFORT = "effort", _("effort")
    TIMING = "timing", _("timing")
    FIT = "fit", _("fit")
    RISK = "risk", _("risk")
    OTHER = "other", _("something else")


class Concern(models.Model):
    """Something that holds buyers back, in their words."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=ConcernKind.choices, default=ConcernKind.OTHER)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # nobody has it any more

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="concern_kind_known", condition=Q(kind__in=ConcernKind.values)
            ),
            models.CheckConstraint(name="concern_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class Answer(models.Model):
    """What settles a concern, and where we know it from."""

    concern = models.ForeignKey("Concern", models.CASCADE, related_name="answers")
    words = models.TextField()
    source = models.CharField(max_length=300, blank=True)
    is_approved = models.BooleanField(default=False)  # it may be told
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-is_approved", "-changed_at", "-id")
        constraints = [models.CheckConstraint(name="answer_has_words", condition=~Q(words=""))]

    def __str__(self) -> str:
        return self.words
