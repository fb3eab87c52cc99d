"""What a person does with what was heard: join concerns, part them, pin them, let them go.

What a person has shaped, listening leaves as it is.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.access.rules import visible
from halves.concerns import judging, tallying
from halves.concerns.errors import ConcernRefused
from halves.concerns.models import Concern, Given, Heard
from halves.concerns.replying import read_replies

_MOST = 1_000


def merge(gone: Concern, into: Concern, *, by: User, at: datetime) -> Concern:
    """Make one concern of two: what was said, answered and told of one is the other's.

    Raises:
        ConcernRefused: they are the same, one is an aspiration, or one was merged already.
    """
    with transaction.atomic():
        held = Concern.objects.select_for_update().filter(pk__in=(gone.pk, into.pk))
        found = {one.pk: one for one in held}
        if len(found) != 2:
            raise ConcernRefused("into", _("Choose another concern to merge it into."))
        gone, into = found[gone.pk], found[into.pk]
        if gone.merged_into_id or into.merged_into_id:
            raise ConcernRefused("into", _("One of the two was merged already: look at the list."))
        if gone.is_aspiration != into.is_aspiration:
            raise ConcernRefused("into", _("What holds people back is no aspiration."))
        _hand_over(gone, into)
        Concern.objects.filter(pk=gone.pk).update(merged_into=into, retired_at=at)
        Concern.objects.filter(pk=into.pk).update(is_pinned=True, is_proposed=False)
        Concern.objects.filter(merged_into=gone).update(merged_into=into)
        after = {"into": into.pk, "into_name": into.name}
        audit.record("concern.merge", gone, by=by, at=at, after=after)
    _count_anew(into)
    into.refresh_from_db()
    return into


def _hand_over(gone: Concern, into: Concern) -> None:
    gone.heard.update(concern=into)
    gone.answers.update(concern=into)
    twice = Given.objects.filter(concern=into).values("turn_id")
    gone.given.filter(turn_id__in=list(twice.values_list("turn_id", flat=True))).delete()
    gone.given.update(concern=into)
    gone.likely.all().delete()
    for story in gone.stories.all():
        story.concerns.add(into)


def split(concern: Concern, heard: Sequence[int], *, name: str, by: User, at: datetime) -> Concern:
    """Make a concern of its own of some of what was said.

    Args:
        concern: which they are in now.
        heard: keys of what was said; those that the user does not see stay.
        name: of the new concern.
        by: who does.
        at: now.

    Raises:
        ConcernRefused: names the field.
    """
    name = name.strip()
    if not name or len(name) > 200:
        raise ConcernRefused("name", _("Say what holds people back, in up to 200 characters."))
    seen = visible(by, "heard", Heard.objects.filter(concern=concern, pk__in=heard[:_MOST]))
    keys = list(seen.values_list("pk", flat=True))
    if not keys:
        raise ConcernRefused("heard", _("Choose at least one of the things that were said."))
    try:
        with transaction.atomic():
            made = Concern.objects.create(
                name=name, kind=concern.kind, is_aspiration=concern.is_aspiration,
                is_pinned=True, made_at=at,
            )  # fmt: skip
            _move(keys, concern, made, by)
            Concern.objects.filter(pk=concern.pk).update(is_pinned=True, is_proposed=False)
            after = {"from": concern.pk, "from_name": concern.name, "heard": len(keys)}
            audit.record("concern.split", made, by=by, at=at, after=after)
    except IntegrityError:
        raise ConcernRefused("name", _("This concern is in the library already.")) from None
    read_replies()
    _count_anew(concern, made)
    return made


def place(one: Heard, into: Concern | None, *, by: User, at: datetime) -> None:
    """Put something that was said where it belongs; None: it voices no concern.

    Raises:
        ConcernRefused: that concern was merged or retired.
    """
    if into is not None and (into.merged_into_id or into.retired_at):
        raise ConcernRefused("into", _("This concern is not in the library any more."))
    was = one.concern
    with transaction.atomic():
        if was is not None:
            _move([one.pk], was, into, by)
        else:
            Heard.objects.filter(pk=one.pk).update(concern=into, is_placed=True, placed_by=by)
        after = {"concern": into.pk if into else None}
        before = {"concern": was.pk if was else None}
        audit.record("heard.place", one, by=by, at=at, before=before, after=after)
    read_replies()
    _count_anew(*(each for each in (was, into) if each is not None))


def _count_anew(*concerns: Concern) -> None:
    """What the pages say of them is what was just done, before anybody listens again."""
    tallying.recount(concerns)
    judging.recount(concerns)


def _move(keys: Sequence[int], was: Concern, into: Concern | None, by: User) -> None:
    """Move what was said, and what was answered where nothing else asked for it."""
    rows = Heard.objects.filter(pk__in=keys)
    talks = list(rows.values_list("conversation_id", flat=True))
    rows.update(concern=into, is_placed=True, placed_by=by)
    still = was.heard.filter(conversation_id__in=talks).values("conversation_id")
    was.given.filter(conversation_id__in=talks).exclude(conversation_id__in=still).delete()


def pin(concern: Concern, *, by: User, at: datetime, is_wanted: bool = True) -> None:
    """Keep it as it is when all is put in order anew, or let listening have it again."""
    with transaction.atomic():
        held = {"is_pinned": is_wanted} | ({"is_proposed": False} if is_wanted else {})
        Concern.objects.filter(pk=concern.pk).update(**held)
        what = "concern.pin" if is_wanted else "concern.unpin"
        audit.record(what, concern, by=by, at=at)
    concern.refresh_from_db()


def retire(concern: Concern, *, by: User, at: datetime, is_wanted: bool = True) -> None:
    """Let it go: nobody has it any more, or it never was one. The like of it is heard no more.

    Raises:
        ConcernRefused: it was merged into another, which would have to be parted.
    """
    if concern.merged_into_id:
        raise ConcernRefused("name", _("It was merged into another concern: look there."))
    with transaction.atomic():
        held = Concern.objects.filter(pk=concern.pk, retired_at__isnull=is_wanted)
        held.update(retired_at=at if is_wanted else None, is_pinned=True, is_proposed=False)
        concern.likely.all().delete()
        what = "concern.retire" if is_wanted else "concern.bring_back"
        audit.record(what, concern, by=by, at=at)
    concern.refresh_from_db()
