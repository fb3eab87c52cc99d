"""Rows that operations hold until the ledger has them."""

from django.db import models


class PostingBatch(models.Model):
    """Rows that go to one table of the ledger together, under a name that it takes once."""

    table = models.CharField(max_length=40)
    name = models.CharField(max_length=100, unique=True)
    rows = models.PositiveIntegerField(default=0)
    frozen_at = models.DateTimeField()  # no row comes after
    posted_at = models.DateTimeField(null=True)  # the ledger has them

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="posting_on_its_way", condition=models.Q(posted_at=None)
            )
        ]


class Posting(models.Model):
    """One row on its way to the ledger; it goes once the ledger has it."""

    table = models.CharField(max_length=40)
    person_id = models.CharField(max_length=200, blank=True)  # as the ledger knows them
    row = models.JSONField()
    put_at = models.DateTimeField()
    batch = models.ForeignKey("PostingBatch", models.PROTECT, null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["table", "id"], name="posting_next", condition=models.Q(batch=None)
            ),
            models.Index(fields=["person_id"], name="posting_by_person"),
        ]
