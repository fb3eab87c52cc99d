"""Groups: people who belong together. Colleagues make them; people join, bring others, leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch, QuerySet
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.access.rules import visible
from halves.audiences.errors import AudienceRefused, LinkUnknown, NameTaken
from halves.audiences.models import Group, Membership
from halves.audiences.referring import bring
from halves.people.models import Person
from halves.people.queries import people_of

_FIELDS = ("name", "aspiration", "is_open")
_SALT = "halves.group.member"
_WEEKS = 26


@dataclass(frozen=True)
class Bringer:
    """A member, and how many they brought."""

    person: Person
    count: int


@dataclass(frozen=True)
class Week:
    """How many came and went in a week, and how many there were at its end."""

    starts: datetime
    joined: int
    members: int


def groups_of(user: User) -> "QuerySet[Group]":
    """All groups that the user may meet."""
    return visible(user, "group", Group.objects.all())


def found_group(*, name: str, aspiration: str, by: User, at: datetime) -> Group:
    """Make a group that people can join.

    Raises:
        AudienceRefused: it has no name, or stands for nothing.
        NameTaken: another group is called so.
    """
    said = _checked(name, aspiration)
    made = Group(**said, token=token_urlsafe(12), by=by, made_at=at)
    try:
        with transaction.atomic():
            made.save()
            audit.record("group.add", made, by=by, at=at, after=audit.fields_of(made, _FIELDS))
    except IntegrityError:
        raise NameTaken(_("Another group is called so: give it another name.")) from None
    return made


def change_group(
    group: Group, *, name: str, aspiration: str, is_open: bool, by: User, at: datetime
) -> Group:
    """Change what a group is called and stands for, and whether people may join.

    Raises:
        AudienceRefused, NameTaken: as in `found_group`.
    """
    before = audit.fields_of(group, _FIELDS)
    said = _checked(name, aspiration) | {"is_open": is_open}
    try:
        with transaction.atomic():
            Group.objects.filter(pk=group.pk).update(**said)
            group.refresh_from_db()
            after = audit.fields_of(group, _FIELDS)
            audit.record("group.change", group, by=by, at=at, before=before, after=after)
    except IntegrityError:
        raise NameTaken(_("Another group is called so: give it another name.")) from None
    return group


def join(
    group: Group, person: Person, *, how: str, at: datetime, brought_by: Person | None = None
) -> Membership:
    """Make somebody a member, or one again; who brought them stays who did first."""
    if brought_by is not None and brought_by.pk == person.pk:
        brought_by = None  # nobody brings themselves
    with transaction.atomic():
        found, is_new = Membership.objects.get_or_create(
            group=group,
            person=person,
            defaults={
                "joined_at": at,
                "brought_by": brought_by,
                "brings": token_urlsafe(9),
                "how": how[:100],
            },
        )
        # One conditional UPDATE, so that who is in already did not join anew.
        again = Membership.objects.filter(pk=found.pk, left_at__isnull=False)
        is_back = bool(again.update(joined_at=at, left_at=None, how=how[:100]))
        if is_new and brought_by is not None:
            bring(person, by=brought_by, how=_("the group %(name)s") % {"name": group}, at=at)
        if is_new or is_back:
            audit.record("person.join", person, by=None, at=at, after={"group": group.pk})
    found.refresh_from_db()
    return found


def put_in(group: Group, person: Person, *, by: User, at: datetime) -> Membership:
    """Make somebody a member who asked a colleague to; it gives no consent to be written to."""
    return join(group, person, how=_("put in by %(name)s") % {"name": by}, at=at)


def leave(membership: Membership, *, by: User | None, at: datetime) -> None:
    """End a membership; whom they brought stays."""
    still = Membership.objects.filter(pk=membership.pk, left_at=None, joined_at__lte=at)
    with transaction.atomic():
        if still.update(left_at=at):
            after = {"group": membership.group_id}
            audit.record("person.leave", membership.person, by=by, at=at, after=after)


def own_link(membership: Membership) -> str:
    """What a member's own page is called: nobody else can guess it."""
    return signing.dumps(membership.pk, salt=_SALT, compress=False)


def membership_of(link: str) -> Membership:
    """Whose page it is.

    Raises:
        LinkUnknown: nobody's.
    """
    try:
        key = signing.loads(link, salt=_SALT)
    except signing.BadSignature:
        raise LinkUnknown(_("This link leads nowhere: look whether it is whole.")) from None
    found = Membership.objects.filter(pk=key).select_related("group", "person").first()
    if found is None:
        raise LinkUnknown(_("This link leads nowhere any more."))
    return found


def members_of(group: Group, user: User) -> "QuerySet[Membership]":
    """Members whom the user may meet, the newest first."""
    seen = people_of(user)
    rows = group.memberships.filter(left_at=None, person__in=seen).select_related("person")
    # Who brought them is nobody to a user who does not see that person.
    rows = rows.prefetch_related(Prefetch("brought_by", seen))
    return rows.order_by("-joined_at", "-id")


def size_of(group: Group) -> int:
    """How many belong."""
    return group.memberships.filter(left_at=None, person__merged_into=None).count()


def brought_most(group: Group, user: User, *, most: int = 10) -> Sequence[Bringer]:
    """Members who brought most, of those whom the user may meet."""
    rows = group.memberships.filter(left_at=None, brought_by__in=people_of(user))
    counts = rows.values("brought_by").annotate(count=Count("id")).order_by("-count", "brought_by")
    found = list(counts[:most])
    people = Person.objects.in_bulk([one["brought_by"] for one in found])
    return [Bringer(people[one["brought_by"]], one["count"]) for one in found]


def growth(group: Group, *, at: datetime) -> list[Week]:
    """Week by week, how many came and how many there were; the last half year."""
    since = at - timedelta(weeks=_WEEKS)
    everyone = group.memberships.filter(person__merged_into=None)
    came, went = (_by_week(everyone, column) for column in ("joined_at", "left_at"))
    weeks = sorted(set(came) | set(went))
    found, members = [], 0
    for week in weeks:
        members += came.get(week, 0) - went.get(week, 0)
        if week >= since:
            found.append(Week(week, came.get(week, 0), members))
    return found


def _by_week(rows: "QuerySet[Membership]", column: str) -> dict[datetime, int]:
    counted = rows.filter(**{f"{column}__isnull": False}).annotate(week=TruncWeek(column))
    return dict(counted.order_by("week").values_list("week").annotate(count=Count("id")))


def _checked(name: str, aspiration: str) -> dict[str, str]:
    said, stands_for = " ".join(name.split()), aspiration.strip()
    if not 0 < len(said) <= 80:
        raise AudienceRefused(_("Give the group a name of at most 80 letters."))
    if not 0 < len(stands_for) <= 2_000:
        raise AudienceRefused(_("Say in their words what those who belong want to become."))
    return {"name": said, "aspiration": stands_for}
