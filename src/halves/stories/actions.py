"""What can happen to stories: written, changed, retired, told."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.stories.checking import insist_on_fit
from halves.stories.errors import StoryChanged, StoryRefused, StoryRetired
from halves.stories.models import Kind, Story, StoryPromise, Variant, Version
from halves.stories.telling import VARIED, Parts, as_told, digest_of

FIELDS = (
    *("name", "kind", "offer", "for_whom", "aspiration", "group", "vision", "problem", "fix"),
    *("headline", "subject", "preheader", "body", "short", "call_words", "call_url"),
)
PROMISE = ("words", "measure", "amount", "unit", "is_at_most", "within_days", "due_on", "keeper")
_MOST, _MOST_PARTS, _LONGEST_BODY = Decimal(10) ** 12, 20, 50_000
_MOST_DAYS = 3_650
_VARIANT = re.compile(r"[B-Z]")
Said = Sequence[Mapping[str, Any]]


def write_story(*, by: User, at: datetime, **said: Any) -> Story:
    """Write a story down; nothing is told yet.

    Args:
        by: who does.
        at: now.
        said: of `FIELDS`; `promises` and `variants` as mappings; `proofs` and `concerns` as rows.

    Raises:
        StoryRefused: names the field.
    """
    story = Story(by=by, made_at=at, changed_at=at, kind=said.get("kind", Kind.BELONGING))
    return _kept(story, said, what="story.add", by=by, at=at)


def change_story(story: Story, *, by: User, at: datetime, version: int, **said: Any) -> Story:
    """Change a story; what was told of it stays as it was.

    Raises:
        StoryChanged: someone else did since it was read.
        StoryRefused: names the field.
    """
    with transaction.atomic():
        # One conditional UPDATE, so that two who write at once cannot undo each other.
        held = Story.objects.filter(pk=story.pk, version=version)
        if not held.update(version=version + 1):
            raise StoryChanged(
                _("Someone else changed this story meanwhile: look at both, and save again.")
            )
        story = Story.objects.get(pk=story.pk)
        story.changed_at = at
        return _kept(story, said, what="story.change", by=by, at=at)


def retire(story: Story, *, by: User, at: datetime, is_wanted: bool = True) -> None:
    """Tell a story no more, or bring it back; what was sent stays as it was."""
    with transaction.atomic():
        held = Story.objects.filter(pk=story.pk)
        held.filter(retired_at__isnull=is_wanted).update(retired_at=at if is_wanted else None)
        what = "story.retire" if is_wanted else "story.bring_back"
        audit.record(what, story, by=by, at=at)
    story.refresh_from_db()


def freeze(story: Story, *, at: datetime, by: User | None = None) -> Version:
    """What is told of a story from now on; one that is the same as before is the one from before.

    Raises:
        StoryUnfit: it must not be told as it is; has what is to be mended, and where.
        StoryRetired: it is told no more.
    """
    with transaction.atomic():
        # Locked, so that two who freeze at once do not both write the next number.
        story = Story.objects.select_for_update().get(pk=story.pk)
        if story.retired_at is not None:
            raise StoryRetired(_("This story is told no more: bring it back first."))
        told = as_told(story)
        insist_on_fit(told)
        digest = digest_of(told)
        known = story.versions.filter(digest=digest).first()
        if known is not None:
            return known
        last = story.versions.aggregate(last=Max("number"))["last"] or 0
        made = Version(story=story, number=last + 1, told=told, digest=digest, made_at=at, by=by)
        made.save()
        after = {"number": made.number, "digest": digest}
        audit.record("story.freeze", story, by=by, at=at, after=after)
    return made


def parts_said(said: Mapping[str, Any], story: Story) -> Parts:
    """Promises, variants, proof and concerns as they were said, not kept yet.

    Raises:
        StoryRefused: names the field.
    """
    return Parts(
        promises=_promises(said.get("promises") or [], story),
        variants=_variants(said.get("variants") or [], story),
        proofs=list(said.get("proofs") or []),
        concerns=list(said.get("concerns") or []),
    )


def _kept(story: Story, said: dict[str, Any], *, what: str, by: User, at: datetime) -> Story:
    parts = parts_said(said, story)
    before = {} if story.pk is None else _as_data(story)
    for name in FIELDS:
        if name in said:
            setattr(story, name, said[name])
    _check(story)
    try:
        with transaction.atomic():
            story.save()
            _keep_parts(story, parts, said)
            audit.record(what, story, by=by, at=at, before=before, after=_as_data(story))
    except IntegrityError:
        words = _("Another story is called so: give it another name.")
        raise StoryRefused("name", words) from None
    return story


def _keep_parts(story: Story, parts: Parts, said: Mapping[str, Any]) -> None:
    """Replace what was said anew; nothing else refers to these rows."""
    if said.get("promises") is not None:
        story.promises.all().delete()
        for one in parts.promises:
            one.story = story
            one.save()
    if said.get("variants") is not None:
        story.variants.all().delete()
        for one in parts.variants:
            one.story = story
            one.save()
    if said.get("proofs") is not None:
        story.proofs.set(parts.proofs)
    if said.get("concerns") is not None:
        story.concerns.set(parts.concerns)


def _as_data(story: Story) -> dict[str, Any]:
    told = as_told(story)
    held = {name: told[name] for name in ("proofs", "concerns", "promises")}
    variants = {name: words for name, words in told["words"].items() if name != "A"}
    return audit.fields_of(story, FIELDS) | held | {"variants": variants}


def _check(story: Story) -> None:
    story.name = story.name.strip()
    if not story.name:
        raise StoryRefused("name", _("Give it a name, for ourselves."))
    if story.kind not in Kind.values:
        raise StoryRefused("kind", _("It is a story of belonging or of a solution."))
    for name in FIELDS:
        value = getattr(story, name)
        most = Story._meta.get_field(name).max_length or _LONGEST_BODY
        if isinstance(value, str) and len(value) > most:
            words = _("This may have %(most)d characters; it has %(has)d.")
            raise StoryRefused(name, words % {"most": most, "has": len(value)})


def _promises(said: Said, story: Story) -> list[StoryPromise]:
    if len(said) > _MOST_PARTS:
        raise StoryRefused("promises", _("A story makes twenty promises at most."))
    return [_promise(place, one, story) for place, one in enumerate(said)]


def _promise(place: int, said: Mapping[str, Any], story: Story) -> StoryPromise:
    where = f"promise-{place}"
    one = StoryPromise(place=place, **{name: said[name] for name in PROMISE if name in said})
    if not one.words.strip():
        raise StoryRefused(f"{where}-words", _("Say what is promised, as people hear it."))
    if one.amount is not None and not (0 <= one.amount < _MOST):
        raise StoryRefused(f"{where}-amount", _("The amount must be zero or more."))
    if one.within_days is not None and one.due_on is not None:
        words = _("Say by when in one way: in days, or as a date.")
        raise StoryRefused(f"{where}-due_on", words)
    if one.within_days is not None and not 0 <= one.within_days <= _MOST_DAYS:
        raise StoryRefused(f"{where}-within_days", _("Within ten years, please."))
    _fitting(one, where)
    return one


def _variants(said: Said, story: Story) -> list[Variant]:
    made = []
    for one in said:
        name = str(one.get("name", "")).strip().upper()
        if not _VARIANT.fullmatch(name) or name in [other.name for other in made]:
            words = _("A variant is called B, C… each once; A is the story's own words.")
            raise StoryRefused("variants", words)
        words = {field: one[field] for field in VARIED if field in one}
        made.append(Variant(name=name, **words))
        _fitting(made[-1], name)
    return made


def _fitting(row: StoryPromise | Variant, where: str) -> None:
    for field in row._meta.fields:
        value = getattr(row, field.attname)
        most = field.max_length or _LONGEST_BODY
        if isinstance(value, str) and len(value) > most:
            words = _("This may have %(most)d characters; it has %(has)d.")
            raise StoryRefused(f"{where}-{field.name}", words % {"most": most, "has": len(value)})
