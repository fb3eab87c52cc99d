"""Pipelines and their stages, and how each deal went through them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StageKind(models.TextChoices):
    """What a deal is that stands there."""

    OPEN = "open", _("on its way")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class Pipeline(models.Model):
    """The way that deals of one kind go, stage by stage."""

    name = models.CharField(max_length=80, unique=True)
    is_default = models.BooleanField(default=False)  # where leads arrive
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # no deal begins there any more
    version = models.PositiveIntegerField(default=1)  # rises with every change of it or its stages

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], name="pipeline_one_default", condition=Q(is_default=True)
            ),
            models.CheckConstraint(name="pipeline_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One step of a pipeline."""

    pipeline = models.ForeignKey("Pipeline", models.CASCADE, related_name="stages")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=StageKind.choices, default=StageKind.OPEN)
    retired_at = models.DateTimeField(null=True)  # no deal comes there any more

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "name"], name="stage_once", condition=Q(retired_at=None)
            ),
            models.CheckConstraint(name="stage_kind_known", condition=Q(kind__in=StageKind.values)),
            models.CheckConstraint(name="stage_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class StageChange(models.Model):
    """A deal came to a stage; of its changes only the last is not left."""

    deal = models.ForeignKey("Deal", models.CASCADE, related_name="changes")
    stage = models.ForeignKey("Stage", models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    by = models.ForeignKey("User", models.SET_NULL, null=True)

    class Meta:
        ordering = ("at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["deal"], name="deal_in_one_stage", condition=Q(left_at=None)
            ),
            models.CheckConstraint(
                name="stage_left_after_it_was_reached",
                condition=Q(left_at=None) | Q(left_at__gte=models.F("at")),
            ),
        ]
        indexes = [models.Index(fields=["stage", "-at"], name="stage_changes_newest")]
