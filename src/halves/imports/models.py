"""Files that colleagues handed over, what became of them, and what it takes to take them back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """Where an import is; whether work on it is under way, its job says."""

    ASKING = "asking", _("needs an answer")
    READY = "ready", _("ready")
    CHECKED = "checked", _("looked through")
    DONE = "done", _("brought in")
    UNDONE = "undone", _("taken back")
    REFUSED = "refused", _("cannot be read")


class ImportRun(models.Model):
    """One file, from the moment it was handed over.

    The file lies in `uploads/<id>/` under a name of ours; `name` is what its owner called it.
    """

    name = models.CharField(max_length=200)
    file = models.CharField(max_length=100, blank=True)  # ours, within the folder
    size = models.PositiveBigIntegerField(default=0)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.ASKING)
    words = models.TextField(blank=True)  # why it is refused, or what must be answered
    answers = models.JSONField(default=dict)  # what colleagues said of it
    understood = models.JSONField(default=dict)  # as what it was recognised, and by which columns
    recipe = models.TextField(blank=True)  # TOML
    job = models.ForeignKey("Job", models.SET_NULL, null=True)  # the last one
    import_id = models.CharField(max_length=120, blank=True, db_index=True)  # the ledger's batch
    rows = models.JSONField(default=dict)  # by target
    counts = models.JSONField(default=list)  # for each set of rows, by field
    refused = models.PositiveIntegerField(default=0)
    refused_files = models.JSONField(default=list)  # names, within the folder of the import
    made = models.JSONField(default=dict)  # people and accounts made, filled, matched
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_state_known", condition=Q(state__in=RunState.values)
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="import_newest")]

    def __str__(self) -> str:
        return self.name


class ImportPart(models.Model):
    """What one short transaction of an import did to people: enough to take it back."""

    import_id = models.CharField(max_length=120, db_index=True)
    people = models.JSONField(default=list)  # keys of those that it made
    met = models.JSONField(default=list)  # and of those that were there
    accounts = models.JSONField(default=list)
    identifiers = models.JSONField(default=list)  # those that it gave to people known before
    keys = models.JSONField(default=list)  # of `AccountKey`
    filled = models.JSONField(default=list)  # [model, key, {field: [before, after]}]


class AccountKey(models.Model):
    """An account's id in another system, where we knew the account under an id of our own."""

    account = models.ForeignKey("Account", models.CASCADE, related_name="keys")
    value = models.CharField(max_length=200, unique=True)
