"""Who may come in, as what, and what they did."""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a colleague is here for; what each may do is in `rules.py`."""

    OWNER = "owner", _("Owner")
    LEADER = "leader", _("Leader")
    MARKETER = "marketer", _("Marketer")
    SELLER = "seller", _("Seller")
    VIEWER = "viewer", _("Viewer")


class Team(models.Model):
    """Colleagues who share their people."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager):
    """Users are found by their e-mail address, whatever its case."""

    def get_by_natural_key(self, email: str) -> "User":
        """Find a user who signs in."""
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """A colleague who signs in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    team = models.ForeignKey("Team", on_delete=models.SET_NULL, null=True, blank=True)
    time_zone = models.CharField(max_length=50, default="UTC")
    is_active = models.BooleanField(default=True)
    since = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ("name",)
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(models.functions.Lower("email"), name="user_email_once"),
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def date_joined(self) -> datetime:
        """What allauth calls `since`."""
        return self.since


class House(models.Model):
    """What holds for all who work here; there is one row."""

    only = models.BooleanField(primary_key=True, default=True)
    name = models.CharField(max_length=100, blank=True)
    is_by_team = models.BooleanField(default=False)  # sellers see their team's people only

    class Meta:
        constraints = [models.CheckConstraint(name="house_is_one", condition=Q(only=True))]

    @classmethod
    def get(cls) -> "House":
        """The row, or what holds before anyone changed it."""
        return cls.objects.first() or cls()


class ApiToken(models.Model):
    """A key for programs, which act as the user who made it; only a digest is kept."""

    user = models.ForeignKey("User", on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    begins = models.CharField(max_length=12)  # so that its owner knows it again
    scopes = models.JSONField(default=list)  # of `read`, `write`, `export`
    password_state = models.CharField(max_length=128)  # it dies when the password changes
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)


class AuditEntry(models.Model):
    """One change: who, what, before, after. Rows are only ever added."""

    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey("User", on_delete=models.SET_NULL, null=True)
    by_words = models.CharField(max_length=120)  # stays when the user is gone, or names a program
    what = models.CharField(max_length=40)  # `person.change`
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["kind", "key", "-id"], name="audit_of_a_thing")]
