"""Joining a group by its public page: asked there, confirmed by the link in a mail.

Whoever types an address need not own it. So the page only writes down that somebody asked, and
answers the same whether the address is known or not. A mail goes to the address; who follows its
link and says yes has shown that it is theirs, and only then becomes a member. Someone new is then
written down, known by what a browser told; of someone known nothing is changed.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.audiences import groups
from halves.audiences.errors import JoiningRefused, LinkUnknown, TooOften
from halves.audiences.models import Group, Joining, Membership
from halves.people.actions import add_person
from halves.people.arrival import Key, person_known_by
from halves.people.consenting import consent
from halves.people.errors import FieldRefused
from halves.people.identity import normalised_email
from halves.people.letters import write
from halves.people.models import Person
from halves.people.reachable import EMAIL, may_be_asked

BROWSER = "a browser, address confirmed by mail"
LASTS = timedelta(days=7)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FROM_ONE_PLACE, _TO_ONE_ADDRESS, _TO_ONE_GROUP = 10, 3, 2_000


def ask(
    group: Group, *, name: str, email: str, brings: str, where: str, link: str, at: datetime
) -> None:
    """Somebody asks on the group's page to belong; a mail asks them whether it was they.

    Args:
        name, email: as typed.
        brings: from the link of the member who brought them; empty if none did.
        where: the network address that they came from; a keyed hash of it is kept for a week.
        link: of the page that confirms, with `TOKEN` where the token goes.

    Raises:
        JoiningRefused: no such address, or no name; names the field.
        LinkUnknown: the group takes nobody in.
        TooOften: from one place, to one address or to one group within an hour or a day.
    """
    if not group.is_open:
        raise LinkUnknown(_("This group takes nobody in now."))
    said = " ".join(name.split())
    if not 0 < len(said) <= 200 or not said.isprintable() or "://" in said:
        raise JoiningRefused("name", _("Say what you are called, in at most 200 letters."))
    try:
        address = normalised_email(email)
    except FieldRefused:
        words = _("Enter an e-mail address such as ada@example.org.")
        raise JoiningRefused("email", words) from None
    place = _hashed(where)
    _keep_pace(group, address, place, at)
    token = token_urlsafe(24)
    with transaction.atomic():
        found = Joining.objects.create(
            group=group,
            name=said,
            email=address,
            digest=_digest(token),
            brings=brings[:24],
            where=place,
            asked_at=at,
        )
        if may_be_asked(address, at=at):
            _write(found, link.replace("TOKEN", token))


def _write(asked: Joining, link: str) -> None:
    words = _(
        "Somebody, probably you, asked on %(day)s to join %(group)s.\n\n"
        "To join, open this page and say yes:\n\n%(link)s\n\n"
        "If it was not you, do nothing: nobody is told anything, and this address is forgotten "
        "within a week.\n"
    ) % {"day": f"{asked.asked_at:%Y-%m-%d}", "group": asked.group.name, "link": link}
    subject = _("Do you want to join %(group)s?") % {"group": asked.group.name}
    key = f"joining:{asked.pk}"
    write(key=key, to=asked.email, subject=subject, text=words, at=asked.asked_at)


def asked_by(token: str, *, at: datetime) -> Joining:
    """What the link of a mail is about; reading it changes nothing.

    Raises:
        LinkUnknown: it is wrong, or too old.
    """
    found = Joining.objects.filter(digest=_digest(token)).select_related("group").first()
    if found is None or found.asked_at < at - LASTS:
        words = _("This link leads nowhere: it is older than a week, or not whole. Ask again.")
        raise LinkUnknown(words)
    return found


def confirm(token: str, *, at: datetime) -> Membership:
    """Make them a member, with the consent that they gave; saying it again changes nothing.

    Raises:
        LinkUnknown: as in `asked_by`; or the group was closed meanwhile.
    """
    with transaction.atomic():
        asked = asked_by(token, at=at)
        if not asked.group.is_open:
            raise LinkUnknown(_("This group takes nobody in now."))
        person = _whose(asked, at)
        # One conditional UPDATE, so that two clicks at once join once.
        if not Joining.objects.filter(pk=asked.pk, confirmed_at=None).update(confirmed_at=at):
            found = Membership.objects.filter(group=asked.group, person=person, left_at=None)
            if (member := found.select_related("group", "person").first()) is not None:
                return member
            raise LinkUnknown(_("This link was used, and you left since. Ask again to join."))
        member = groups.join(
            asked.group,
            person,
            how=_("confirmed by mail"),
            at=at,
            brought_by=_bringer(asked),
        )
        consent(
            person,
            channel=EMAIL,
            topic=asked.group.name,
            is_given=True,
            how=_("joined %(group)s on its page") % {"group": asked.group.name},
            proof=_proof(asked, at),
            by=None,
            at=at,
        )
    return member


def leave(member: Membership, *, at: datetime) -> None:
    """Somebody leaves by their own page: that is a no to mail about the group too."""
    if member.left_at is not None:
        return
    with transaction.atomic():
        groups.leave(member, by=None, at=at)
        consent(
            member.person,
            channel=EMAIL,
            topic=member.group.name,
            is_given=False,
            how=_("left %(group)s on its page") % {"group": member.group.name},
            by=None,
            at=at,
        )


def forget_old(*, at: datetime) -> int:
    """Take out what nobody confirmed, and what was confirmed long ago."""
    return Joining.objects.filter(asked_at__lt=at - LASTS).delete()[0]


def of_people(people: list[Person]) -> Any:
    """What was asked with the addresses of these people."""
    return Joining.objects.filter(email__in=_addresses(people))


def _addresses(people: list[Person]) -> set[str]:
    known = {one.email for one in people if one.email}
    for one in people:
        known |= set(one.identifiers.filter(kind="email").values_list("value", flat=True))
    return known


def _whose(asked: Joining, at: datetime) -> Person:
    """Whose address it is; of someone known, nothing that a browser told is taken over."""
    known = person_known_by([Key("email", asked.email)])
    if known is not None:
        return known
    return add_person(by=None, at=at, source=BROWSER, name=asked.name, email=asked.email)


def _bringer(asked: Joining) -> Person | None:
    if not asked.brings:
        return None
    found = Membership.objects.filter(group=asked.group, brings=asked.brings, left_at=None)
    member = found.select_related("person").first()
    return member.person if member else None


def _proof(asked: Joining, at: datetime) -> str:
    return _(
        "asked on %(asked)s from %(where)s, confirmed on %(at)s by the link sent to %(email)s: "
        "“%(words)s”"
    ) % {
        "asked": asked.asked_at.isoformat(),
        "where": asked.where[:12],
        "at": at.isoformat(),
        "email": asked.email,
        "words": agreement(asked.group),
    }


def agreement(group: Group) -> str:
    """What they agree to, as it stands on the page."""
    return _("I want to belong to %(group)s, and to get mail about it until I leave.") % {
        "group": group.name
    }


def _keep_pace(group: Group, email: str, place: str, at: datetime) -> None:
    recent = Joining.objects.filter(asked_at__gt=at - _HOUR)
    today = Joining.objects.filter(asked_at__gt=at - _DAY)
    if (
        recent.filter(where=place).count() >= _FROM_ONE_PLACE
        or today.filter(email=email).count() >= _TO_ONE_ADDRESS
        or recent.filter(group=group).count() >= _TO_ONE_GROUP
    ):
        raise TooOften(_("That was asked too often just now: try again in an hour or two."))


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _hashed(where: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), where.encode(), sha256).hexdigest()
