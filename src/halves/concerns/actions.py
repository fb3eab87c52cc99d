"""What can happen to concerns and their answers."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.concerns.errors import ConcernRefused
from halves.concerns.models import Answer, Concern, ConcernKind

CONCERN, ANSWER = ("name", "kind"), ("words", "source", "is_approved")
_LONGEST = 5_000


def add_concern(
    *,
    by: User,
    at: datetime,
    name: str,
    kind: str = ConcernKind.OTHER,
    is_aspiration: bool = False,
) -> Concern:
    """Write down what holds buyers back, or what they aspire to.

    Raises:
        ConcernRefused: names the field.
    """
    made = Concern(made_at=at, is_aspiration=is_aspiration)
    return _keep(made, {"name": name, "kind": kind}, "concern.add", by=by, at=at)


def change_concern(concern: Concern, *, by: User, at: datetime, **said: str) -> Concern:
    """Say it in other words.

    Raises:
        ConcernRefused: names the field.
    """
    now = Concern.objects.get(pk=concern.pk)
    return _keep(now, said, "concern.change", by=by, at=at)


def add_answer(concern: Concern, *, by: User, at: datetime, words: str, source: str = "") -> Answer:
    """Write down what settles it; it may be told once someone approved it.

    Raises:
        ConcernRefused: names the field.
    """
    answer = Answer(concern=concern, by=by, made_at=at)
    return _keep_answer(
        answer, {"words": words, "source": source}, "concern_answer.add", by=by, at=at
    )


def change_answer(answer: Answer, *, by: User, at: datetime, **said: Any) -> Answer:
    """Change an answer, or approve it, or take that back; what was told with it stays.

    Raises:
        ConcernRefused: names the field.
    """
    now = Answer.objects.get(pk=answer.pk)
    return _keep_answer(now, said, "concern_answer.change", by=by, at=at)


def _keep(concern: Concern, said: dict[str, str], what: str, *, by: User, at: datetime) -> Concern:
    before = {} if concern.pk is None else audit.fields_of(concern, CONCERN)
    for name in CONCERN:
        if name in said:
            setattr(concern, name, said[name].strip())
    if concern.pk is not None:  # a person said what it is: listening leaves it so
        concern.is_proposed, concern.is_pinned = False, True
    if not concern.name or len(concern.name) > 200:
        raise ConcernRefused("name", _("Say what holds people back, in up to 200 characters."))
    if concern.kind not in ConcernKind.values:
        raise ConcernRefused("kind", _("Choose what it is about."))
    try:
        with transaction.atomic():
            concern.save()
            after = audit.fields_of(concern, CONCERN)
            audit.record(what, concern, by=by, at=at, before=before, after=after)
    except IntegrityError:
        raise ConcernRefused("name", _("This concern is in the library already.")) from None
    return concern


def _keep_answer(
    answer: Answer, said: dict[str, Any], what: str, *, by: User, at: datetime
) -> Answer:
    before = {} if answer.pk is None else audit.fields_of(answer, ANSWER)
    for name in ANSWER:
        if name in said:
            value = said[name]
            setattr(answer, name, value.strip() if isinstance(value, str) else value)
    if not answer.words or len(answer.words) > _LONGEST:
        raise ConcernRefused("words", _("Say what settles it, in up to 5,000 characters."))
    if len(answer.source) > 300:
        raise ConcernRefused("source", _("The source may have 300 characters."))
    answer.changed_at, answer.is_proposed = at, False
    with transaction.atomic():
        answer.save()
        after = audit.fields_of(answer, ANSWER)
        audit.record(what, answer, by=by, at=at, before=before, after=after)
    return answer
