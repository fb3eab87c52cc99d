"""Who we know: people and accounts, how to reach them, what they agreed to, what we wrote down."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """An organisation that people belong to."""

    ledger_id = models.CharField(max_length=200, unique=True)  # `account_id` in the ledger
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, blank=True, db_index=True)
    website = models.CharField(max_length=300, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    owner = models.ForeignKey("User", models.SET_NULL, null=True, blank=True)
    team = models.ForeignKey("Team", models.SET_NULL, null=True, blank=True)
    tags = models.ManyToManyField("Tag", blank=True)
    fields = models.JSONField(default=dict, blank=True)  # custom fields, by their key
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        indexes = [
            models.Index(fields=["name", "id"], name="account_by_name"),
            models.Index(fields=["team", "name", "id"], name="account_by_team"),
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Someone we sell or market to."""

    ledger_id = models.CharField(max_length=200, unique=True)  # `person_id` in the ledger
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)  # the one to write to
    phone = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200, blank=True)
    account = models.ForeignKey("Account", models.SET_NULL, null=True, blank=True)
    owner = models.ForeignKey("User", models.SET_NULL, null=True, blank=True)
    team = models.ForeignKey("Team", models.SET_NULL, null=True, blank=True)  # the owner's
    region = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=50, blank=True)
    tags = models.ManyToManyField("Tag", blank=True, related_name="people")
    fields = models.JSONField(default=dict, blank=True)  # custom fields, by their key
    is_do_not_contact = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # rises with every change
    # No plain index: nearly all are NULL, and SQLite would take it for every list.
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, db_index=False)
    words = models.TextField(blank=True)  # what search looks in

    class Meta:
        verbose_name_plural = "people"
        indexes = [
            models.Index(
                fields=["name", "id"], name="person_by_name", condition=Q(merged_into=None)
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="person_newest",
                condition=Q(merged_into=None),
            ),
            models.Index(
                fields=["team", "name", "id"],
                name="person_by_team",
                condition=Q(merged_into=None),
            ),
            models.Index(fields=["email"], name="person_by_email"),
            models.Index(
                fields=["merged_into"],
                name="person_merged",
                condition=Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.ledger_id


class Identifier(models.Model):
    """One way of knowing that it is this person: an address, a number, an id elsewhere."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=40)  # `email`, `phone`, `hubspot`…
    value = models.CharField(max_length=254)  # as `identity.normalised` writes it
    source = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="identifier_of_one")]


class Tag(models.Model):
    """A word that colleagues put on people and accounts."""

    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class FieldKind(models.TextChoices):
    """What a custom field holds."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    DAY = "day", _("day")
    YES_NO = "yes_no", _("yes or no")
    CHOICE = "choice", _("one of a list")


class CustomField(models.Model):
    """A field that this company keeps of people or accounts."""

    of = models.CharField(
        max_length=10, choices=[("person", _("people")), ("account", _("accounts"))]
    )
    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=FieldKind.choices, default=FieldKind.TEXT)
    choices = models.JSONField(default=list, blank=True)
    place = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("place", "id")
        constraints = [models.UniqueConstraint(fields=["of", "key"], name="custom_field_once")]


class Consent(models.Model):
    """What a person said about being contacted, and the proof. Rows are only ever added."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=40)  # `email`, `phone`… or `*` for all
    topic = models.CharField(max_length=80, blank=True)  # empty: whatever the topic
    is_given = models.BooleanField()
    at = models.DateTimeField()
    how = models.CharField(max_length=200)  # `form on /pricing`, `said so in a call`
    by = models.CharField(max_length=120)  # who wrote it down
    proof = models.TextField(blank=True)  # the words they agreed to, an address, a link

    class Meta:
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["person", "channel", "topic", "-at"], name="consent_now")]


class Bounce(models.Model):
    """An address that mail came back from for good: nobody is written to there again."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="bounces")
    address = models.CharField(max_length=254, unique=True)  # as `normalised_email` writes it
    at = models.DateTimeField()
    words = models.CharField(max_length=300)  # of the server that refused it


class Suppression(models.Model):
    """A keyed hash of an address that must not be contacted; the address itself is gone."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()


class Note(models.Model):
    """Something a colleague wrote down about a person or an account."""

    person = models.ForeignKey("Person", models.CASCADE, null=True, related_name="notes")
    account = models.ForeignKey("Account", models.CASCADE, null=True, related_name="notes")
    words = models.TextField()
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="note_of_one_thing",
                condition=Q(person=None, account__isnull=False)
                | Q(person__isnull=False, account=None),
            )
        ]


class Task(models.Model):
    """Something a colleague means to do, by a day."""

    title = models.CharField(max_length=200)
    person = models.ForeignKey(
        "Person", models.CASCADE, null=True, blank=True, related_name="tasks"
    )
    account = models.ForeignKey("Account", models.CASCADE, null=True, blank=True)
    owner = models.ForeignKey("User", models.CASCADE, related_name="tasks")
    due_on = models.DateField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "done_at", "due_on"], name="task_next")]


class SavedView(models.Model):
    """A list with its search, filters and order, under a name."""

    user = models.ForeignKey("User", models.CASCADE)
    of = models.CharField(max_length=20)  # `people`, `accounts`
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500)  # as in the URL
    is_shared = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "of", "name"], name="saved_view_once")
        ]


class Merge(models.Model):
    """Two people who turned out to be one; what moved, so that it can be undone."""

    kept = models.ForeignKey("Person", models.CASCADE, related_name="merges")
    gone = models.ForeignKey("Person", models.CASCADE, related_name="merged_away")
    at = models.DateTimeField()
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    why = models.CharField(max_length=200)
    moved = models.JSONField(default=dict)  # model.field → keys of rows that changed hands
    before = models.JSONField(default=dict)  # the kept person's field → as it was, as filled
    undone_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)  # the ledger reads the two as one since
    taken_back_at = models.DateTimeField(null=True)  # and apart again since

    class Meta:
        constraints = [
            models.CheckConstraint(name="merge_of_two", condition=~Q(kept=F("gone"))),
            models.UniqueConstraint(
                fields=["gone"], name="merged_away_once", condition=Q(undone_at=None)
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="merge_on_its_way",
                condition=Q(posted_at=None) | Q(undone_at__isnull=False, taken_back_at=None),
            )
        ]

    @property
    def batch(self) -> str:
        """The name that its alias has in the ledger."""
        return f"merge:{self.pk}:{self.gone.ledger_id}"


class DuplicateState(models.TextChoices):
    """What a colleague said of two who may be one."""

    PROPOSED = "proposed", _("proposed")
    MERGED = "merged", _("merged")
    REFUSED = "refused", _("not the same")


class Duplicate(models.Model):
    """Two people who are probably one, and why we think so."""

    first = models.ForeignKey("Person", models.CASCADE, related_name="+")  # the older of the two
    second = models.ForeignKey("Person", models.CASCADE, related_name="+")
    probability = models.FloatField()
    compared = models.JSONField(default=dict)  # field → `same`, `similar`, `different`, `unknown`
    state = models.CharField(
        max_length=10, choices=DuplicateState.choices, default=DuplicateState.PROPOSED
    )
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("User", models.SET_NULL, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_once"),
            models.CheckConstraint(
                name="duplicate_older_first", condition=Q(first__lt=F("second"))
            ),
            models.CheckConstraint(
                name="duplicate_probability", condition=Q(probability__gte=0, probability__lte=1)
            ),
        ]
        indexes = [models.Index(fields=["state", "-probability", "id"], name="duplicate_next")]


class LetterState(models.TextChoices):
    """How far a letter is."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("nobody knows")


class Letter(models.Model):
    """One mail that somebody is owed for what they did: a receipt, a link to confirm with.

    It is no story: no consent is asked for, and nothing is told in it but what it is about. One
    with a topic asks something of them: it is sent only to who may be told of it.
    """

    key = models.CharField(max_length=120, unique=True)  # `receipt:17`: owed once
    person = models.ForeignKey("Person", models.CASCADE, null=True, related_name="letters")
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    topic = models.CharField(max_length=80, blank=True)  # what they may say no to; empty: owed
    leave = models.CharField(max_length=300, blank=True)  # the address where they say so
    state = models.CharField(
        max_length=10, choices=LetterState.choices, default=LetterState.WAITING
    )
    written_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=300, blank=True)  # what the server answered

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="letter_state_known", condition=Q(state__in=LetterState.values)
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="letter_due", condition=Q(state__in=("waiting", "sending"))
            )
        ]
