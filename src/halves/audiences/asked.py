"""What audiences itself gives to the builder: memberships, whom one brought, lists."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.audiences.models import Group, Listed, Membership
from halves.people.fields import Choices, Field, Holds, Records, records_of_people


def register() -> None:
    """Say what can be asked of groups and lists."""
    for one in (_MEMBERSHIPS, _BROUGHT, _LISTED):
        records_of_people(one)


def _groups() -> Choices:
    return [(str(one.pk), one.name) for one in Group.objects.order_by("name")]


def _memberships(who: Q) -> Iterable[tuple[Any, ...]]:
    rows = Membership.objects.filter(who, left_at=None).values_list(
        "person_id", "group_id", "joined_at"
    )
    return [(person, str(group), at) for person, group, at in rows]


def _brought(who: Q) -> Iterable[tuple[Any, ...]]:
    who = Q(*[(name.replace("person_id", "brought_by_id"), value) for name, value in who.children])
    rows = Membership.objects.filter(who, left_at=None).values_list(
        "brought_by_id", "group_id", "joined_at"
    )
    return [(person, str(group), at) for person, group, at in rows]


def _lists(who: Q) -> Iterable[tuple[Any, ...]]:
    rows = Listed.objects.filter(who).values_list("person_id", "audience_id")
    return [(person, str(audience)) for person, audience in rows]


_GROUP = Field("group", _("Group"), Holds.TEXT, 'r."group"', choices=_groups, is_open=False)
_AT = Field("at", _("When"), Holds.MOMENT, "r.at")
_MEMBERSHIPS = Records(
    "memberships", _("Groups they are in"), (_GROUP, _AT), when="at", rows=_memberships
)
_BROUGHT = Records(
    "brought", _("People they brought into groups"), (_GROUP, _AT), when="at", rows=_brought
)
_LISTED = Records(
    "listed",
    _("Lists"),
    (Field("audience", _("List"), Holds.TEXT, "r.audience"),),
    rows=_lists,
    is_shown=False,
)
