"""Links that people pass on, and whom they brought by them."""

from secrets import token_urlsafe

from django.db import models
from django.db.models import Q


def _token() -> str:
    return token_urlsafe(12)


class ReferralLink(models.Model):
    """The link by which a person brings others to us; where it leads, its visitors are theirs."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="referral_links")
    leads_to = models.CharField(max_length=200)  # a path of the house: `/p/crew/`
    token = models.CharField(max_length=24, unique=True, default=_token)
    visits = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "leads_to"], name="referral_link_once")
        ]

    def __str__(self) -> str:
        return f"/r/{self.token}/"


class Brought(models.Model):
    """A person came because another brought them; who brought them first did."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="brought")
    # No name for the way back: what belongs to another is not shown as this person's.
    by = models.ForeignKey("Person", models.CASCADE, related_name="+")
    at = models.DateTimeField()
    how = models.CharField(max_length=100)  # `the page crew`, `the group Early risers`
    counted_at = models.DateTimeField(null=True)  # their door was told to the ledger as a referral

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], name="brought_by_who_did_first"),
            models.CheckConstraint(
                name="nobody_brings_themselves", condition=~Q(person=models.F("by"))
            ),
        ]
        indexes = [
            models.Index(fields=["by", "-at"], name="brought_newest"),
            models.Index(fields=["id"], name="brought_waiting", condition=Q(counted_at=None)),
        ]
