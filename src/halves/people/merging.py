"""Two people who turn out to be one: merged with all that they have, and taken apart again.

The database goes first and knows what the ledger has still to hear: `take_up` says it again after
a crash at any moment, and so does the job that each merge and each undo leaves behind.
"""

from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from halves.access import audit
from halves.access.models import User
from halves.access.rules import Verb, insist
from halves.jobs.models import Job
from halves.jobs.running import Telling, start
from halves.ledger import locks
from halves.ledger.errors import BatchNotFound
from halves.people.consenting import consent
from halves.people.errors import MergeRefused
from halves.people.models import Consent, Duplicate, DuplicateState, Identifier, Merge, Person
from halves.people.queries import consents_now, people_of
from halves.people.words import plain_words
from halves.posting.book import book
from halves.webhooks.events import happened

SETTLE = "settle_merge"
_FILLED = (
    "name",
    "email",
    "phone",
    "title",
    "account_id",
    "region",
    "language",
    "time_zone",
)
_OWNED = ("owner_id", "team_id")  # the team is the owner's: both or neither
_MADE = "made"  # refusals that the merge itself wrote down
_SHOWN = (*_FILLED, "owner_id")


def merge(kept: Person, gone: Person, *, by: User | None, at: datetime, why: str) -> Merge:
    """Make two people one: whatever belongs to `gone` belongs to `kept` from now on.

    Empty fields of `kept` are filled. A "no" of either of them holds for the one they become.

    Args:
        kept: who stays.
        gone: who is found under `kept` from now on; the row stays.
        by: who does; None for halves itself.
        at: now.
        why: in words, such as `the same address`.

    Raises:
        MayNot: a role that changes nobody.
        MergeRefused: the same person, one who is merged away already, or one the user does not see.
    """
    with transaction.atomic():
        kept, gone = _both(kept, gone, by)
        done = Merge.objects.create(kept=kept, gone=gone, at=at, by=by, why=why[:200])
        refusals = _stricter(kept, gone)
        done.moved = _move(gone, kept)
        done.before = _fill(kept, gone)
        done.moved[_MADE] = [_refuse(kept, said, by=by, at=at).pk for said in refusals]
        done.save()
        _touch(kept, at)
        gone.merged_into = kept
        _touch(gone, at)
        _decided(kept, gone, DuplicateState.MERGED, by=by, at=at)
        after = {"merged": gone.pk, "why": done.why}
        audit.record("person.merge", kept, by=by, at=at, after=after | _filled(done))
        audit.record("person.merged_away", gone, by=by, at=at, after={"into": kept.pk})
        data = {"person": kept.pk, "merged": gone.pk}
        happened("person.merged", data, at=at, person_id=kept.ledger_id)
        start(SETTLE, by=by, at=at, arguments={"merge": done.pk})
    return done


def undo_merge(done: Merge, *, by: User | None, at: datetime) -> None:
    """Take two people apart again, each with what they had.

    What was written down since stays with the kept one, and so do fields changed since.

    Raises:
        MayNot: a role that changes nobody.
        MergeRefused: it was undone before; the kept one was merged into another since, or is
            someone the user does not see.
    """
    with transaction.atomic():
        done = _undoable(done, by, at)
        kept, gone = done.kept, done.gone
        _move_back(done)
        gone.merged_into = None
        _touch(gone, at)
        others = list(Merge.objects.filter(kept=kept, undone_at=None).select_related("gone"))
        _take_refusals_back(done, others)
        _empty(kept, done.before, others)
        _own_addresses(kept)
        _touch(kept, at)
        _decided(kept, gone, DuplicateState.REFUSED, by=by, at=at)
        audit.record("person.undo_merge", kept, by=by, at=at, before={"merged": gone.pk})
        audit.record("person.undo_merged_away", gone, by=by, at=at, before={"into": kept.pk})
        start(SETTLE, by=by, at=at, arguments={"merge": done.pk})


def foreseen(kept: Person, gone: Person) -> Person:
    """The kept one as a merge would leave them; nothing is written."""
    after = copy(kept)
    _fill(after, gone)
    return after


def merges_into(person: Person) -> "models.QuerySet[Merge]":
    """Merges that stand, of others into this person, the newest first."""
    rows = Merge.objects.filter(kept=person, undone_at=None)
    return rows.select_related("gone", "by").order_by("-pk")


def settle(job: Job, tell: Telling) -> dict[str, Any]:
    """Tell the ledger of one merge, or that it was undone."""
    done = Merge.objects.filter(pk=job.arguments["merge"]).first()
    if done is not None:  # nobody erased them meanwhile
        _settle(done)
    return {"words": ""}


def take_up() -> int:
    """Tell the ledger whatever it has not heard of merges and undos; safe to say twice."""
    waiting = Q(posted_at=None) | Q(undone_at__isnull=False, taken_back_at=None)
    found = list(Merge.objects.filter(waiting).order_by("pk"))
    for done in found:
        _settle(done)
    return len(found)


def _settle(done: Merge) -> None:
    settings.PLACE.home.mkdir(parents=True, exist_ok=True)
    # One at a time, so that an alias is never posted after the undo that takes it back.
    with locks.exclusive(settings.PLACE.home / "merging.lock"):
        now = Merge.objects.select_related("kept", "gone").filter(pk=done.pk).first()
        if now is None:
            return
        row = Merge.objects.filter(pk=now.pk)
        if now.posted_at is None and now.undone_at is None:
            book().merge(now.gone.ledger_id, into=now.kept.ledger_id, at=now.at, batch=now.batch)
            row.update(posted_at=datetime.now(UTC))
        elif now.undone_at is not None and now.taken_back_at is None:
            with suppress(BatchNotFound):  # undone before the ledger heard of it
                book().undo(now.batch)
            at = datetime.now(UTC)
            row.update(posted_at=now.posted_at or at, taken_back_at=at)


def _both(kept: Person, gone: Person, by: User | None) -> tuple[Person, Person]:
    """The two as they are now, held until the transaction is through."""
    if kept.pk == gone.pk:
        raise MergeRefused(f"{kept} is one person already: choose another one to merge with")
    found = _held({kept.pk, gone.pk}, by)
    for one in (kept, gone):
        if one.pk not in found:
            raise MergeRefused("one of the two is someone whom you do not see, or is gone")
        if found[one.pk].merged_into_id is not None:
            raise MergeRefused(f"{one} was merged into someone already: open them instead")
    return found[kept.pk], found[gone.pk]


def _held(keys: set[int], by: User | None) -> dict[int, Person]:
    rows = Person.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    found = {one.pk: one for one in rows}
    if by is not None:
        insist(by, Verb.CHANGE, "person")
        seen = set(people_of(by).filter(pk__in=keys).values_list("pk", flat=True))
        found = {k: one for k, one in found.items() if k in seen or one.merged_into_id is not None}
    return found


def _undoable(done: Merge, by: User | None, at: datetime) -> Merge:
    people = _held({done.kept_id, done.gone_id}, by)
    if done.kept_id not in people:
        raise MergeRefused("this merge is of someone whom you do not see, or who is gone")
    kept = people[done.kept_id]
    if kept.merged_into_id is not None:
        raise MergeRefused(
            f"{kept} was merged into {kept.merged_into} since: undo that one first, then this one"
        )
    # One conditional UPDATE, so that of two who click at once only one undoes.
    if not Merge.objects.filter(pk=done.pk, undone_at=None).update(undone_at=at):
        raise MergeRefused("this merge was undone already")
    found = Merge.objects.get(pk=done.pk)
    found.kept, found.gone = kept, people[done.gone_id]
    return found


def _relations() -> Iterator[tuple[type[models.Model], str]]:
    """Every model and field that points at a person, tags and other many-to-many included."""
    for relation in Person._meta.get_fields(include_hidden=True):
        points = relation.auto_created and (relation.one_to_many or relation.one_to_one)
        if points and relation.related_model not in (Person, Merge, Duplicate):
            yield relation.related_model, relation.field.name


def _move(gone: Person, kept: Person) -> dict[str, list[Any]]:
    moved = {}
    for model, field in _relations():
        keys = list(
            model._base_manager.filter(**{field: gone}).order_by("pk").values_list("pk", flat=True)
        )
        if keys:
            moved[f"{model._meta.label_lower}.{field}"] = _hand_over(model, field, keys, kept)
    return moved


def _hand_over(model: Any, field: str, keys: list[Any], to: Person) -> list[Any]:
    """Give rows to another person. What they have already, such as a tag, stays where it was."""
    try:
        with transaction.atomic():
            model._base_manager.filter(pk__in=keys).update(**{field: to})
        return keys
    except IntegrityError:
        if len(keys) == 1:
            return []
        half = len(keys) // 2
        return [
            *_hand_over(model, field, keys[:half], to),
            *_hand_over(model, field, keys[half:], to),
        ]


def _move_back(done: Merge) -> None:
    for model, field in _relations():
        keys = done.moved.get(f"{model._meta.label_lower}.{field}", [])
        # Only those that are still the kept one's: a colleague may have moved one since.
        still = model._base_manager.filter(pk__in=keys, **{field: done.kept})
        left = list(still.values_list("pk", flat=True))
        if left:
            _hand_over(model, field, left, done.gone)


def _fill(kept: Person, gone: Person) -> dict[str, Any]:
    """Fill what is empty; say what was there, and what is there now."""
    before: dict[str, Any] = {}
    names = _FILLED if kept.owner_id or not gone.owner_id else _FILLED + _OWNED
    for name in names:
        was, now = getattr(kept, name), getattr(gone, name)
        if name == "team_id" or (now and not was):
            setattr(kept, name, now)
            before[name] = [was, now]
    added = {key: value for key, value in gone.fields.items() if key not in kept.fields}
    if added:
        kept.fields = {**kept.fields, **added}
        before["fields"] = added
    if gone.is_do_not_contact and not kept.is_do_not_contact:
        kept.is_do_not_contact = True
        before["is_do_not_contact"] = [False, True]
    return before


def _empty(kept: Person, before: dict[str, Any], others: list[Merge]) -> None:
    """Take filled fields back, those that nobody changed since."""
    for name, said in before.items():
        if name == "fields":
            same = {key for key, value in said.items() if kept.fields.get(key) == value}
            kept.fields = {key: one for key, one in kept.fields.items() if key not in same}
        elif name == "is_do_not_contact":
            kept.is_do_not_contact = kept.is_do_not_contact and _asked_by_another(others)
        elif name == "team_id":
            continue
        elif getattr(kept, name) == said[1]:
            setattr(kept, name, said[0])
            if name == "owner_id":
                kept.team_id = before["team_id"][0]


def _asked_by_another(others: list[Merge]) -> bool:
    """Say whether one who is still merged asked to be left alone; theirs is then the last to go."""
    for other in others:
        if other.gone.is_do_not_contact:
            other.before["is_do_not_contact"] = [False, True]
            other.save()
            return True
    return False


def _take_refusals_back(done: Merge, others: list[Merge]) -> None:
    """Remove what the merge wrote down, unless a no of one who is still merged asks for it too."""
    for made in Consent.objects.filter(pk__in=done.moved.get(_MADE, []), person=done.kept):
        heir = next((one for one in others if _says_no(one, made)), None)
        if heir is None:
            made.delete()
        else:
            heir.moved = {**heir.moved, _MADE: [*heir.moved.get(_MADE, []), made.pk]}
            heir.save()


def _says_no(other: Merge, made: Consent) -> bool:
    brought = Consent.objects.filter(pk__in=other.moved.get("halves.consent.person", []))
    return any(_covers(one, made) for one in brought.filter(is_given=False))


def _own_addresses(kept: Person) -> None:
    """Nobody is written to at an address that went back to another person."""
    for kind in ("email", "phone"):
        said = getattr(kept, kind)
        if said and Identifier.objects.filter(kind=kind, value=said).exclude(person=kept).exists():
            own = kept.identifiers.filter(kind=kind).order_by("at", "pk").first()
            setattr(kept, kind, own.value if own else "")


def _stricter(kept: Person, gone: Person) -> list[tuple[Consent, Consent]]:
    """Each yes of one that a no of the other speaks against, with that no."""
    ones, others = consents_now(kept), consents_now(gone)
    return [
        (yes, no)
        for mine, theirs in ((ones, others), (others, ones))
        for yes in mine
        if yes.is_given
        for no in [one for one in theirs if not one.is_given and _covers(one, yes)][:1]
    ]


def _covers(no: Consent, yes: Consent) -> bool:
    return no.channel in ("*", yes.channel) and no.topic in ("", yes.topic)


def _refuse(
    kept: Person, said: tuple[Consent, Consent], *, by: User | None, at: datetime
) -> Consent:
    yes, no = said
    return consent(
        kept,
        channel=yes.channel,
        topic=yes.topic,
        is_given=False,
        how=f"two people merged; one said no: {no.how}"[:200],
        proof=no.proof,
        by=by,
        at=max(at, yes.at),
        is_replayed=True,  # the journal has it, under an address that is theirs now
    )


def _touch(person: Person, at: datetime) -> None:
    account = person.account.name if person.account else ""
    person.words = plain_words(person.name, person.email, person.phone, account)
    person.changed_at, person.version = at, person.version + 1
    person.save()


def _decided(
    one: Person, other: Person, state: DuplicateState, *, by: User | None, at: datetime
) -> None:
    first, second = sorted((one.pk, other.pk))
    pair = Duplicate.objects.filter(first_id=first, second_id=second)
    pair.update(state=state, decided_at=at, decided_by=by)


def _filled(done: Merge) -> dict[str, Any]:
    return {name: done.before[name][1] for name in _SHOWN if name in done.before}
