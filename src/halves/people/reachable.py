"""Who may be told something now: the one place below every sender where a "no" is enforced.

A channel such as e-mail, or a list at an ad platform, needs a yes: none on record is a no. A no to
everything holds until a yes to everything; a no to a topic until a yes to it; a no to a channel
until a later yes to it or to the topic. What rooms above know of it (erased people, a restore)
comes through `also`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from halves.people.arrival import Key, people_known_by
from halves.people.errors import FieldRefused
from halves.people.identity import normalised
from halves.people.models import Bounce, Consent, Person

EMAIL = "email"
ADS = "ads"  # given to an ad platform, hashed, so that ads there are shown to them or not
NEED_A_YES = frozenset({EMAIL, "sms", "webhook", "whatsapp", "push", ADS})
_ALL = "*"


class Refusal(StrEnum):
    """Why somebody may not be told."""

    LOCKED = "locked"
    GONE = "gone"
    MERGED = "merged"
    LEFT_ALONE = "left_alone"
    SAID_NO = "said_no"
    NEVER_AGREED = "never_agreed"
    NO_ADDRESS = "no_address"
    ROLE_ADDRESS = "role_address"
    ERASED = "erased"
    BOUNCED = "bounced"


WORDS: Mapping[Refusal, object] = {
    Refusal.LOCKED: _("nothing may be sent since a restore"),
    Refusal.GONE: _("not known any more"),
    Refusal.MERGED: _("merged into someone else"),
    Refusal.LEFT_ALONE: _("asked to be left alone"),
    Refusal.SAID_NO: _("said no"),
    Refusal.NEVER_AGREED: _("never agreed to be written to"),
    Refusal.NO_ADDRESS: _("no address that can be written to"),
    Refusal.ROLE_ADDRESS: _("an office's address, not a person's"),
    Refusal.ERASED: _("asked to be erased"),
    Refusal.BOUNCED: _("mail to the address came back"),
}

# They said no to nothing, whatever address of theirs is the one to write to.
_STILL_ASKED = (None, Refusal.NEVER_AGREED, Refusal.NO_ADDRESS, Refusal.ROLE_ADDRESS)

# The address to write to, by person, and its kind → what refuses some of them.
Check = Callable[[Mapping[int, str], str], Mapping[int, Refusal]]
_CHECKS: list[Check] = []
_REACHED_BY: dict[str, str] = {EMAIL: EMAIL}  # channel → the kind of address that it writes to


def way(channel: str, *, kind: str) -> None:
    """Say that a room above sends over a channel, which needs a yes.

    Args:
        channel: as consent has it.
        kind: `email` or `phone`, the address that it writes to.
    """
    if channel != EMAIL:
        _REACHED_BY[channel] = kind


def also(check: Check) -> None:
    """Add what a room above knows about who may not be told."""
    _CHECKS.append(check)


def may_be_asked(address: str, *, at: datetime) -> bool:
    """Say whether a page that anybody may type any address into may write to it at all.

    Args:
        address: normalised.
        at: now.
    """
    if address_refused(address) is not None:
        return False
    known = people_known_by([Key(EMAIL, address)])
    said = who_may_be_told([one.pk for one in known], channel=EMAIL, topic="", at=at)
    return all(one in _STILL_ASKED for one in said.values())


def who_may_be_told(
    pks: Sequence[int], *, channel: str, topic: str, at: datetime
) -> dict[int, Refusal | None]:
    """Each person, with why they may not be told, or None if they may.

    A few queries, however many they are; to be asked at the last moment before each sending.

    Args:
        pks: keys of people, some hundreds at a time.
        channel: `email`, `sms`, `phone`…; who a campaign cannot reach over it may not be told.
        topic: what it is about; empty for what belongs to no topic.
        at: now; what was said later is not known yet.
    """
    kind = _REACHED_BY.get(channel)
    found, addresses = _known(pks, kind)
    _refuse(found, _unwilling(_open(found), channel=channel, topic=topic, at=at))
    _refuse_addresses(found, addresses, kind)
    return found


def reached_by_topic(pks: Sequence[int], *, channel: str, at: datetime) -> dict[str, int]:
    """Topic → how many of these people may be told about it; empty: what belongs to no topic.

    The same as `who_may_be_told` asked of each topic that one of them ever spoke of; as many
    queries as for one. About any other topic those may be told whom no topic reaches.

    Args:
        pks, channel, at: as there.
    """
    kind = _REACHED_BY.get(channel)
    found, addresses = _known(pks, kind)
    _refuse_addresses(found, addresses, kind)
    able = _open(found)
    of_all, more = 0, dict[str, int]()
    words = _words(able, channel=channel, at=at)
    for pk in able:
        said = words.get(pk, [])
        is_reached = _answer(_last(said, topic=""), channel) is None
        of_all += is_reached
        for topic in {one.topic for one in said} - {""}:
            is_told = _answer(_last(said, topic=topic), channel) is None
            more[topic] = more.get(topic, 0) + is_told - is_reached
    return {"": of_all} | {topic: of_all + others for topic, others in more.items()}


def address_refused(address: str) -> Refusal | None:
    """Why nothing is sent to an address, whoever's it is: it bounced, its person was erased."""
    found: dict[int, Refusal | None] = {0: None}
    _refuse(found, _undeliverable({0: address}))
    for check in _CHECKS:
        _refuse(found, check(dict.fromkeys(_open(found), address), EMAIL))
    return found[0]


def addresses_of(pks: Iterable[int], *, channel: str = EMAIL) -> dict[int, str]:
    """Where to write to, one way of writing each; those without an address are left out."""
    kind = _REACHED_BY.get(channel, EMAIL)
    rows = Person.objects.filter(pk__in=list(pks)).values_list("pk", kind)
    found = ((pk, _address(said, kind)) for pk, said in rows)
    return {pk: address for pk, (address, refused) in found if refused is None}


def _known(
    pks: Sequence[int], kind: str | None
) -> tuple[dict[int, Refusal | None], dict[int, str]]:
    """What their records alone say: each person, why not, and the address to write to."""
    rows = Person.objects.filter(pk__in=list(pks)).values_list(
        "pk", "merged_into_id", "is_do_not_contact", kind or EMAIL
    )
    found: dict[int, Refusal | None] = dict.fromkeys(pks, Refusal.GONE)
    addresses: dict[int, str] = {}
    for pk, merged_into, is_left_alone, said in rows:
        found[pk] = _of_person(merged_into, is_left_alone)
        if kind is not None and found[pk] is None:
            addresses[pk], found[pk] = _address(said, kind)
        else:
            addresses[pk] = said.lower()
    return found, addresses


def _refuse_addresses(
    found: dict[int, Refusal | None], addresses: Mapping[int, str], kind: str | None
) -> None:
    if kind is not None:
        _refuse(found, _undeliverable({pk: addresses[pk] for pk in _open(found)}))
    for check in _CHECKS:
        _refuse(found, check({pk: addresses[pk] for pk in _open(found)}, kind or EMAIL))


def _of_person(merged_into: int | None, is_left_alone: bool) -> Refusal | None:
    if merged_into is not None:
        return Refusal.MERGED
    return Refusal.LEFT_ALONE if is_left_alone else None


def _address(said: str, kind: str = EMAIL) -> tuple[str, Refusal | None]:
    try:
        found = normalised(kind, said)
    except FieldRefused:
        return "", Refusal.NO_ADDRESS
    if kind != EMAIL:
        return found, None
    local = found.partition("@")[0].partition("+")[0]
    return found, Refusal.ROLE_ADDRESS if local in settings.ROLE_ADDRESSES else None


def _open(found: Mapping[int, Refusal | None]) -> list[int]:
    return [pk for pk, refused in found.items() if refused is None]


def _refuse(found: dict[int, Refusal | None], refused: Mapping[int, Refusal]) -> None:
    found.update({pk: why for pk, why in refused.items() if found.get(pk) is None})


def _unwilling(pks: list[int], *, channel: str, topic: str, at: datetime) -> dict[int, Refusal]:
    """Those who said no, or of whom no yes is on record where one is needed."""
    words = _words(pks, channel=channel, at=at, topics=("", topic))
    refused = {pk: _answer(_last(words.get(pk, []), topic=topic), channel) for pk in pks}
    return {pk: why for pk, why in refused.items() if why is not None}


@dataclass(frozen=True, slots=True)
class _Word:
    """What somebody said once: of everything or a channel, of a topic or all of it."""

    is_all: bool
    topic: str
    place: int  # in the order in which it was said
    is_given: bool


def _words(
    pks: list[int], *, channel: str, at: datetime, topics: Sequence[str] | None = None
) -> dict[int, list[_Word]]:
    """What each of them said until now, in order; of these topics, or of any."""
    said = Consent.objects.filter(person__in=pks, channel__in=(channel, _ALL), at__lte=at)
    if topics is not None:
        said = said.filter(topic__in=topics)
    found: dict[int, list[_Word]] = {}
    rows = said.order_by("at", "id").values_list("person_id", "channel", "topic", "is_given")
    for place, (pk, on, about, is_given) in enumerate(rows):
        found.setdefault(pk, []).append(_Word(on == _ALL, about, place, is_given))
    return found


def _last(said: Sequence[_Word], *, topic: str) -> dict[tuple[bool, bool], tuple[int, bool]]:
    """Of everything or the channel, of no topic or this one → what they said last, and when."""
    about = ("", topic)
    return {
        (one.is_all, one.topic == ""): (one.place, one.is_given)
        for one in said
        if one.topic in about
    }


def _answer(last: Mapping[tuple[bool, bool], tuple[int, bool]], channel: str) -> Refusal | None:
    """What the last words on everything, the channel and the topic come to."""
    nothing = (-1, False)
    if any(is_all and not given for (is_all, _about), (_place, given) in last.items()):
        return Refusal.SAID_NO
    wide, narrow = last.get((False, True)), last.get((False, False))
    if narrow is not None and not narrow[1]:
        return Refusal.SAID_NO
    if wide is not None and not wide[1] and wide > (narrow or nothing):
        return Refusal.SAID_NO
    is_agreed = any(given for _place, given in last.values())
    needs_a_yes = channel in NEED_A_YES or channel in _REACHED_BY
    return Refusal.NEVER_AGREED if needs_a_yes and not is_agreed else None


def _undeliverable(addresses: Mapping[int, str]) -> dict[int, Refusal]:
    gone = set(
        Bounce.objects.filter(address__in=list(addresses.values())).values_list(
            "address", flat=True
        )
    )
    return {pk: Refusal.BOUNCED for pk, address in addresses.items() if address in gone}
