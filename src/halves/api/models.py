"""What the API remembers, so that a request that is sent again happens once."""

from django.db import models


class Remembered(models.Model):
    """The answer to a write that came with an `Idempotency-Key`; kept for a day."""

    user = models.ForeignKey("User", models.CASCADE)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)  # of what was asked: a key is for one request
    path = models.CharField(max_length=300)
    at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="remembered_once")]
