"""What campaigns changed, as it was computed at one moment."""

from django.db import models


class Result(models.Model):
    """What a campaign showed at one moment: whom it changed, what it cost."""

    campaign = models.ForeignKey("Campaign", models.CASCADE, related_name="results")
    at = models.DateTimeField()
    found = models.JSONField()  # names nobody

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "at"], name="result_once")]
