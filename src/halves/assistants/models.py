"""What assistants asked to be done, and what a person said to that."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProposalState(models.TextChoices):
    """Where a proposal is. It is confirmed once, and then done or refused by the operation."""

    WAITING = "waiting", _("Waits for you")
    CONFIRMED = "confirmed", _("Confirmed, under way")
    DONE = "done", _("Done")
    FAILED = "failed", _("Could not be done")
    REFUSED = "refused", _("Refused")
    LAPSED = "lapsed", _("Lapsed")


class Proposal(models.Model):
    """A call that sends, ends or changes for good: nothing happens before its user confirms it."""

    user = models.ForeignKey("User", models.CASCADE, related_name="proposals")
    token = models.ForeignKey("ApiToken", models.SET_NULL, null=True, related_name="proposals")
    token_name = models.CharField(max_length=100)
    tool = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    made_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # of the operation, once confirmed
    answer = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "state", "-id"], name="proposal_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ProposalState.values), name="proposal_state_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.pk}"
