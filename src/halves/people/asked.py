"""What people itself gives to the audience builder: its fields, consents, and the ledger's rows."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.access.models import Team, User
from halves.ledger.schema import OUTCOME_KINDS, PATHS
from halves.people.fields import Choices, Field, Holds, Records, field_of_people, records_of_people
from halves.people.models import Account, Consent, Tag
from halves.people.timeline import OUTCOMES
from halves.posting.book import book

_MOST_CHOICES = 200


def register() -> None:
    """Say what can be asked about people and accounts."""
    for one in (*_PERSON, *_ACCOUNT):
        field_of_people(one)
    for many in (_CONSENTS, _TOUCHES, _OUTCOMES):
        records_of_people(many)


def _colleagues() -> Choices:
    return [(str(one.pk), str(one)) for one in User.objects.order_by("name")]


def _teams() -> Choices:
    return [(str(one.pk), one.name) for one in Team.objects.order_by("name")]


def _tags() -> Choices:
    return [(one, one) for one in Tag.objects.order_by("name").values_list("name", flat=True)[:500]]


def _industries() -> Choices:
    rows = Account.objects.exclude(industry="").values_list("industry", flat=True)
    return [(one, one) for one in rows.order_by("industry").distinct()[:_MOST_CHOICES]]


def _paths() -> Choices:
    return [(one, one) for one in PATHS]


def _kinds() -> Choices:
    return [(one, OUTCOMES[one]) for one in OUTCOME_KINDS]


def _channels() -> Choices:
    rows = book().table("touches", aliased=False).select("channel").distinct()
    found = book().query(rows.order_by("channel").limit(_MOST_CHOICES))
    return [(one, one) for one in found.column("channel").to_pylist()]


def _consents(who: Q) -> Iterable[tuple[Any, ...]]:
    """What holds now: the last word of each person on each channel and topic."""
    rows = Consent.objects.filter(who).order_by("at", "id")
    last = {
        (person, channel, topic): (person, channel, topic, is_given, at)
        for person, channel, topic, is_given, at in rows.values_list(
            "person_id", "channel", "topic", "is_given", "at"
        )
    }
    return last.values()


_TEXT, _YES_NO = Holds.TEXT, Holds.YES_NO
_PERSON = (
    Field("person.name", _("Name"), _TEXT, "p.name"),
    Field("person.email", _("E-mail address"), _TEXT, "p.email"),
    Field("person.phone", _("Telephone number"), _TEXT, "p.phone"),
    Field("person.title", _("Title"), _TEXT, "p.title"),
    Field("person.region", _("Region"), _TEXT, "p.region"),
    Field("person.language", _("Language"), _TEXT, "p.language"),
    Field("person.time_zone", _("Time zone"), _TEXT, "p.time_zone"),
    Field("person.tags", _("Tags"), Holds.WORDS, "p.tags", choices=_tags),
    Field("person.owner", _("Owner"), _TEXT, "p.owner", choices=_colleagues, is_open=False),
    Field("person.team", _("Team"), _TEXT, "p.team", choices=_teams, is_open=False),
    Field("person.left_alone", _("Asked to be left alone"), _YES_NO, "p.left_alone"),
    Field("person.since", _("Known since"), Holds.MOMENT, "p.created_at"),
    Field("person.changed", _("Last changed"), Holds.MOMENT, "p.changed_at"),
)
_ACCOUNT = (
    Field("account.name", _("Account"), _TEXT, "a.name"),
    Field("account.domain", _("Domain of the account"), _TEXT, "a.domain"),
    Field(
        "account.industry", _("Industry of the account"), _TEXT, "a.industry", choices=_industries
    ),
    Field("account.region", _("Region of the account"), _TEXT, "a.region"),
    Field("account.tags", _("Tags of the account"), Holds.WORDS, "a.tags", choices=_tags),
    Field("account.since", _("Account known since"), Holds.MOMENT, "a.created_at"),
)
_AT = Field("at", _("When"), Holds.MOMENT, "r.at")
_CONSENTS = Records(
    "consents",
    _("Consent that holds now"),
    (
        Field("channel", _("Channel"), _TEXT, "r.channel"),
        Field("topic", _("Topic"), _TEXT, "r.topic"),
        Field("is_given", _("Agreed"), _YES_NO, "r.is_given"),
        _AT,
    ),
    when="at",
    rows=_consents,
)
_TOUCHES = Records(
    "touches",
    _("Touches"),
    (
        Field("channel", _("Channel"), _TEXT, "r.channel", choices=_channels),
        Field("path", _("Path"), _TEXT, "r.path", choices=_paths, is_open=False),
        Field("campaign", _("Campaign"), _TEXT, "r.campaign"),
        Field("story", _("Story"), _TEXT, "r.story"),
        Field("seller", _("Seller"), _TEXT, "r.seller"),
        _AT,
    ),
    when="at",
    table="touches",
)
_OUTCOMES = Records(
    "outcomes",
    _("Outcomes"),
    (
        Field("kind", _("What they did"), _TEXT, "r.kind", choices=_kinds, is_open=False),
        Field("path", _("Path"), _TEXT, "r.path", choices=_paths, is_open=False),
        Field("value", _("Value"), Holds.NUMBER, "CAST(r.value AS DOUBLE)"),
        Field("currency", _("Currency"), _TEXT, "r.currency"),
        _AT,
    ),
    when="at",
    amount="value",
    table="outcomes",
)
