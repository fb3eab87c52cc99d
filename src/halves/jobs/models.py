"""Work that takes longer than a page may: what is asked, how far it is, what came of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a job is."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


LIVE = (State.WAITING, State.RUNNING)


class Job(models.Model):
    """One piece of long work.

    A worker that dies leaves it running without a beat; it is then claimed again, so that whatever
    a job does must be safe to do twice.
    """

    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    by = models.ForeignKey("User", on_delete=models.SET_NULL, null=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # a worker was alive on it
    claim = models.CharField(max_length=40, blank=True)  # which worker has it
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    doing = models.CharField(max_length=200, blank=True)  # in words
    done = models.PositiveBigIntegerField(default=0)
    of = models.PositiveBigIntegerField(default=0)  # 0 while unknown
    is_cancel_wanted = models.BooleanField(default=False)
    words = models.TextField(blank=True)  # what came of it, or why it failed and what to do
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(name="job_state_known", condition=Q(state__in=State.values)),
        ]
        indexes = [models.Index(fields=["state", "beat_at"], name="job_live")]

    @property
    def is_live(self) -> bool:
        """Say whether it may still change."""
        return self.state in LIVE

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1; None while nobody knows."""
        return min(1.0, self.done / self.of) if self.of else None
