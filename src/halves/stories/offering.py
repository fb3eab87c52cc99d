"""What can happen to offers and to proof."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.stories.errors import StoryChanged, StoryRefused
from halves.stories.models import Offer, Proof
from halves.stories.telling import POSITIONING

PROOF = ("claim", "source", "url", "offer")


def write_offer(*, by: User, at: datetime, **said: str) -> Offer:
    """Write down what we sell, and where it stands.

    Raises:
        StoryRefused: names the field.
    """
    return _keep_offer(Offer(made_at=at, changed_at=at), said, "offer.add", by=by, at=at)


def change_offer(offer: Offer, *, by: User, at: datetime, version: int, **said: str) -> Offer:
    """Change where it stands; its stories inherit that, what was told stays.

    Raises:
        StoryChanged: someone else did since it was read.
        StoryRefused: names the field.
    """
    with transaction.atomic():
        # One conditional UPDATE, so that two who write at once cannot undo each other.
        if not Offer.objects.filter(pk=offer.pk, version=version).update(version=version + 1):
            raise StoryChanged(_("Someone else changed this offer meanwhile: look at both."))
        now = Offer.objects.get(pk=offer.pk)
        now.changed_at = at
        return _keep_offer(now, said, "offer.change", by=by, at=at)


def write_proof(*, by: User, at: datetime, **said: Any) -> Proof:
    """Write proof down, with its source.

    Raises:
        StoryRefused: names the field.
    """
    return _keep_proof(Proof(made_at=at), said, "proof.add", by=by, at=at)


def change_proof(proof: Proof, *, by: User, at: datetime, **said: Any) -> Proof:
    """Change proof; what was told with it stays.

    Raises:
        StoryRefused: names the field.
    """
    return _keep_proof(Proof.objects.get(pk=proof.pk), said, "proof.change", by=by, at=at)


def retire_proof(proof: Proof, *, by: User, at: datetime, is_wanted: bool = True) -> None:
    """Stop telling what does not hold any more, or tell it again."""
    with transaction.atomic():
        held = Proof.objects.filter(pk=proof.pk)
        held.filter(retired_at__isnull=is_wanted).update(retired_at=at if is_wanted else None)
        what = "proof.retire" if is_wanted else "proof.bring_back"
        audit.record(what, proof, by=by, at=at)
    proof.refresh_from_db()


def _keep_offer(offer: Offer, said: dict[str, str], what: str, *, by: User, at: datetime) -> Offer:
    before = {} if offer.pk is None else audit.fields_of(offer, POSITIONING)
    for name in POSITIONING:
        if name in said:
            setattr(offer, name, _short(offer, name, said[name]))
    if not offer.name:
        raise StoryRefused("name", _("Give the offer its name."))
    try:
        with transaction.atomic():
            offer.save()
            after = audit.fields_of(offer, POSITIONING)
            audit.record(what, offer, by=by, at=at, before=before, after=after)
    except IntegrityError:
        raise StoryRefused("name", _("Another offer is called so.")) from None
    return offer


def _keep_proof(proof: Proof, said: dict[str, Any], what: str, *, by: User, at: datetime) -> Proof:
    before = {} if proof.pk is None else audit.fields_of(proof, PROOF)
    for name in PROOF:
        if name in said:
            value = said[name]
            setattr(proof, name, _short(proof, name, value) if isinstance(value, str) else value)
    if not proof.claim:
        raise StoryRefused("claim", _("Say what it shows."))
    if not proof.source:
        raise StoryRefused("source", _("Say where it is from: who measured or said it, and when."))
    if proof.url and not proof.url.lower().startswith(("https://", "http://")):
        raise StoryRefused("url", _("Write the whole address, beginning with https://."))
    proof.changed_at = at
    with transaction.atomic():
        proof.save()
        after = audit.fields_of(proof, PROOF)
        audit.record(what, proof, by=by, at=at, before=before, after=after)
    return proof


def _short(row: Offer | Proof, name: str, said: str) -> str:
    most, value = row._meta.get_field(name).max_length or 0, said.strip()
    if len(value) > most:
        words = _("This may have %(most)d characters; it has %(has)d.")
        raise StoryRefused(name, words % {"most": most, "has": len(value)})
    return value
