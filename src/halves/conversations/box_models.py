"""Where talk comes from: mailboxes, calendars, files of dialogues; and notes to begin with."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.conversations.models import Kind


class Snippet(models.Model):
    """Words to begin a note with, saved under a name."""

    by = models.ForeignKey("User", models.CASCADE, related_name="snippets")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=[("", _("any")), *Kind.choices], blank=True)
    words = models.TextField()
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering = ("name", "id")
        constraints = [models.UniqueConstraint(fields=["by", "name"], name="snippet_once")]

    def __str__(self) -> str:
        return self.name


class Mailbox(models.Model):
    """A mailbox that is looked into: a colleague's, or the one that mail is copied to."""

    user = models.OneToOneField("User", models.CASCADE, null=True, related_name="mailbox")
    server = models.CharField(max_length=60)  # a name under `[mailboxes]` of halves.toml
    login = models.CharField(max_length=254)
    address = models.CharField(max_length=254)
    sealed = models.TextField(blank=True)  # the password, under the house's own key
    since = models.DateField()  # older mail is not looked at
    is_on = models.BooleanField(default=True)
    folders = models.JSONField(default=dict)  # folder → [validity, the last mail seen]
    said = models.CharField(max_length=300, blank=True)  # what went wrong last
    looked_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    logged = models.PositiveIntegerField(default=0)  # mails that became turns
    passed_over = models.PositiveIntegerField(default=0)  # mails of nobody whom we know

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address"], name="mailbox_for_copies_once", condition=Q(user=None)
            )
        ]

    def __str__(self) -> str:
        return self.address


class CalendarFeed(models.Model):
    """A secret address under which a colleague's calendar shows tasks and meetings."""

    user = models.OneToOneField("User", models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)  # of the token; it is shown once
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)


class DialogueImport(models.Model):
    """Dialogues that came in from files together, so that they can go together."""

    source = models.CharField(max_length=100)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)  # the ledger has their touches and outcomes
    undone_at = models.DateTimeField(null=True)
    dialogues = models.PositiveIntegerField(default=0)
    turns = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], name="dialogues_in_once", condition=Q(undone_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.source
