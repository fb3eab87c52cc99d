"""Lists of people at ad platforms: whose, who is on them, what was taken there and by whom."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Platform(models.TextChoices):
    """Where ads are shown to those on a list."""

    GOOGLE = "google", _("Google Customer Match")
    META = "meta", _("Meta custom audience")


class AdList(models.Model):
    """The people of an audience as an ad platform is to know them, with people held out."""

    title = models.CharField(max_length=120)
    name = models.SlugField(max_length=90, unique=True)
    campaign = models.CharField(max_length=120, blank=True)  # as the platform's spend names it
    platform = models.CharField(max_length=10, choices=Platform.choices)
    channel = models.CharField(max_length=40)  # of its ads, on the ledger
    audience = models.ForeignKey("Audience", models.PROTECT, related_name="ad_lists")
    topic = models.CharField(max_length=80, blank=True)  # that people agree to, or refuse
    holdout_share = models.FloatField(default=0.1)
    outcome = models.CharField(max_length=20, default="deal_closed")  # that is compared
    of = models.CharField(max_length=10, default="value")
    days = models.PositiveIntegerField(default=56)  # that they are held out for
    found = models.JSONField(null=True)  # whom it would take, as it was when looked at
    experiment = models.OneToOneField("Experiment", models.PROTECT, null=True)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ad_list_platform_known", condition=Q(platform__in=Platform.values)
            ),
            models.CheckConstraint(
                name="ad_list_holdout_between",
                condition=Q(holdout_share__gte=0, holdout_share__lt=1),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def withheld(self) -> str:
        """What the ledger calls the campaign that people are held out of."""
        return self.campaign or self.name


class AdFile(models.Model):
    """One time that the list was brought up to date, to be taken to the platform."""

    of = models.ForeignKey("AdList", models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)  # everyone in the audience was looked at
    on_list = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    held_out = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict, blank=True)  # refusal → how many

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "number"], name="ad_file_numbered"),
            models.UniqueConstraint(
                fields=["of"], name="ad_file_made_one_at_a_time", condition=Q(made_at=None)
            ),
        ]


class AdListed(models.Model):
    """Somebody on the list, as the platform knows them: the line that was, or is, in its file.

    Whoever is erased leaves the line behind, without them, until the platform was told that it
    goes; so does whoever left.
    """

    of = models.ForeignKey("AdList", models.CASCADE, related_name="listed")
    person = models.ForeignKey("Person", models.SET_NULL, null=True, related_name="ad_lists")
    line = models.CharField(max_length=420)  # of the CSV, its cells hashed
    key = models.CharField(max_length=64)  # the first of the hashes: one line for an address
    added_in = models.PositiveIntegerField()  # number of the file
    seen_in = models.PositiveIntegerField()  # the last that they belonged to
    removed_in = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["of", "person"],
                name="ad_listed_once_a_person",
                condition=Q(removed_in=None, person__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["of", "key"],
                name="ad_listed_once_an_address",
                condition=Q(removed_in=None),
            ),
            models.CheckConstraint(
                name="ad_listed_removed_after_added",
                condition=Q(removed_in=None) | Q(removed_in__gte=F("added_in")),
            ),
        ]
        indexes = [
            models.Index(fields=["of", "removed_in", "id"], name="ad_listed_by_file"),
        ]


class Part(models.TextChoices):
    """What of the list a file holds."""

    EVERYONE = "everyone", _("everyone on it")
    ADDED = "added", _("who is new")
    REMOVED = "removed", _("who goes")


class AdTaken(models.Model):
    """A file that somebody took away: who, when, how many lines, and which bytes."""

    file = models.ForeignKey("AdFile", models.CASCADE, related_name="takings")
    part = models.CharField(max_length=10, choices=Part.choices)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    at = models.DateTimeField()
    lines = models.PositiveIntegerField(null=True)  # none: it broke off
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of all bytes

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ad_taken_whole_has_digest",
                condition=Q(lines=None, digest="") | (Q(lines__isnull=False) & ~Q(digest="")),
            )
        ]
