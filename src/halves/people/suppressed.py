"""Addresses of people who were erased: should one come back, nobody writes or calls there again.

The list holds keyed hashes alone. Whoever arrives with such an address, by hand, by a file or by a
program, is written down with a "no" on that channel, and with since when the list has it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.people.models import Consent, Person, Suppression
from halves.posting.journal import Journal

PROOF = "suppression list"  # and after it, which import
_KINDS = ("email", "phone")
_AT_ONCE = 500

Address = tuple[str, str]  # kind and value, as `identity.normalised` writes it


def suppressed(addresses: Iterable[Address]) -> dict[Address, datetime]:
    """Those that are on the list, and since when."""
    if not Suppression.objects.exists():
        return {}
    journal = Journal.of(settings.PLACE.home)
    digests = {journal.hashed([f"{kind}:{value}"])[0]: (kind, value) for kind, value in addresses}
    since: dict[str, datetime] = {}
    listed = sorted(digests)
    for place in range(0, len(listed), _AT_ONCE):
        held = Suppression.objects.filter(digest__in=listed[place : place + _AT_ONCE])
        since |= dict(held.values_list("digest", "at"))
    return {digests[digest]: at for digest, at in since.items()}


def refusals(people: Iterable[Person], *, at: datetime, proof: str = PROOF) -> list[Consent]:
    """A "no" for each person and channel that the list speaks of; nothing is saved.

    Whose last word on the channel is a no has no need of another.
    """
    reached = {
        (one, kind): getattr(one, kind) for one in people for kind in _KINDS if getattr(one, kind)
    }
    since = suppressed({(kind, value) for (_one, kind), value in reached.items()})
    held = {key: since[key[1], value] for key, value in reached.items() if (key[1], value) in since}
    known = _last_words([one for one, _kind in held])
    return [
        Consent(
            person=one,
            channel=kind,
            is_given=False,
            at=at,
            how=_("on the suppression list since %(day)s") % {"day": date_format(day, "j F Y")},
            by="halves",
            proof=proof,
        )
        for (one, kind), day in held.items()
        if known.get((one.pk, kind)) is not False
    ]


def lift(proof: str) -> None:
    """Take back refusals with this proof of whoever has no such address any more."""
    rows = list(Consent.objects.filter(proof=proof).select_related("person"))
    addresses = {(row.channel, getattr(row.person, row.channel)) for row in rows}
    since = suppressed(addresses)
    gone = [one for one in rows if (one.channel, getattr(one.person, one.channel)) not in since]
    Consent.objects.filter(pk__in=[one.pk for one in gone]).delete()


def _last_words(people: Iterable[Person]) -> Mapping[tuple[int, str], bool]:
    """Person and channel → what they said last of it, whatever the topic."""
    rows = Consent.objects.filter(person__in=list(people), topic="").order_by("at", "id")
    return {(pk, channel): said for pk, channel, said in rows.values_list(*_WORD)}


_WORD = ("person_id", "channel", "is_given")
