"""What holds after a restore, until a person says otherwise."""

from django.db import models


class RestoreLock(models.Model):
    """Why nothing may be sent after a restore, until a person says that it may."""

    why = models.TextField()
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("User", models.SET_NULL, null=True)
