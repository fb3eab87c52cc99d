"""What stays of people who were erased: a hash, so that they are not mailed again."""

from django.db import models


class Suppression(models.Model):
    """A keyed hash of an address that must not be contacted; the address itself is gone."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()


class RestoreLock(models.Model):
    """Why nothing may be sent after a restore, until a person says that it may."""

    why = models.TextField()
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("User", models.SET_NULL, null=True)
