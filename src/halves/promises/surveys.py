"""One question to a customer: asked by letter, answered once on a page of its own."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access import audit
from halves.access.models import User
from halves.experiments.baseline import left_alone
from halves.people.consenting import consent
from halves.people.letters import NOWHERE, house_link, house_url, write
from halves.people.models import Consent, Person
from halves.people.reachable import EMAIL, WORDS, who_may_be_told
from halves.promises.delivering import post, verdict_of
from halves.promises.errors import SurveyRefused
from halves.promises.models import Promise, Survey, SurveyAsked, SurveyKind

MOST = 10
TOPIC = "surveys"  # of their yes and no; customers read it where they choose what they get
ALONE = gettext_lazy("left alone, so that demand of itself is seen")
_REST = timedelta(days=90)


def make_survey(*, kind: SurveyKind, question: str, by: User, at: datetime) -> Survey:
    """Write a question down.

    Raises:
        SurveyRefused: nothing is asked.
    """
    words = " ".join(question.split())[:200]
    if not words:
        raise SurveyRefused(_("say what is asked"))
    with transaction.atomic():
        made = Survey.objects.create(kind=kind, question=words, by=by, made_at=at)
        audit.record("survey.add", made, by=by, at=at, after={"question": words, "kind": kind})
    return made


def close_survey(survey: Survey, *, by: User, at: datetime) -> None:
    """Take no more answers."""
    with transaction.atomic():
        Survey.objects.filter(pk=survey.pk, closed_at=None).update(closed_at=at)
        audit.record("survey.close", survey, by=by, at=at)


def ask(survey: Survey, people: Iterable[Person], *, at: datetime) -> tuple[int, dict[str, int]]:
    """Ask people by letter, each once; nobody who may not be written to.

    Returns:
        How many were asked, and how many were left out, by why.

    Raises:
        SurveyRefused: the link to the question would lead nowhere.
    """
    _insist_on_address()
    everyone = list(people)
    may = who_may_be_told([one.pk for one in everyone], channel=EMAIL, topic=TOPIC, at=at)
    alone = left_alone([one.ledger_id for one in everyone], at=at)
    rested = _asked_lately(survey, everyone, at)
    asked, left_out = 0, dict[str, int]()
    for one in everyone:
        refusal = may.get(one.pk)
        why = WORDS[refusal] if refusal is not None else None
        if why is None and one.ledger_id in alone:
            why = ALONE
        if why is None and one.pk in rested:
            why = _("asked something else less than 90 days ago")
        if why is not None:
            left_out[str(why)] = left_out.get(str(why), 0) + 1
            continue
        asked += _ask(survey, one, None, at)
    return asked, left_out


def _asked_lately(survey: Survey, people: list[Person], at: datetime) -> set[int]:
    """Those who were asked such a question lately; a promise asks by itself."""
    rows = SurveyAsked.objects.filter(promise=None, asked_at__gt=at - _REST, person__in=people)
    return set(rows.exclude(survey=survey).values_list("person_id", flat=True))


def ask_of_promise(survey: Survey, promise: Promise, *, at: datetime) -> bool:
    """Ask how a promise was kept; whether it was asked now.

    Raises:
        SurveyRefused: they may not be written to or are left alone, the promise is still open, or
            the link would lead nowhere.
    """
    _insist_on_address()
    if promise.delivered_at is None:
        raise SurveyRefused(_("nothing came yet that could be asked about"))
    pk = promise.person_id
    why = who_may_be_told([pk], channel=EMAIL, topic=TOPIC, at=at)[pk]
    if why is not None:
        raise SurveyRefused(str(WORDS[why]))
    if left_alone([promise.person.ledger_id], at=at):
        raise SurveyRefused(str(ALONE))
    return bool(_ask(survey, promise.person, promise, at))


def answer(
    asked: SurveyAsked, *, score: int, words: str, may_quote: bool, at: datetime
) -> SurveyAsked:
    """Take an answer; they may change their mind until the survey is closed.

    Raises:
        SurveyRefused: no score from 0 to 10, or the survey is closed.
    """
    if not 0 <= score <= MOST:
        raise SurveyRefused(_("choose a number from 0 to 10"))
    if asked.survey.closed_at is not None:
        raise SurveyRefused(_("this question is closed; thank you all the same"))
    with transaction.atomic():
        asked.score, asked.words = score, words.strip()[:2_000]
        asked.may_quote, asked.answered_at = may_quote, at
        asked.save(update_fields=["score", "words", "may_quote", "answered_at"])
        promise = asked.promise
        found = verdict_of(promise) if promise is not None else None
        if promise is not None and found is not None:
            post(promise, found, said=score, at=at)
    return asked


def ask_no_more(asked: SurveyAsked, *, how: str, at: datetime) -> None:
    """Write down that a customer wants no more such questions; safe to say again."""
    person = asked.person
    while person.merged_into is not None:
        person = person.merged_into
    last = Consent.objects.filter(person=person, channel=EMAIL, topic=TOPIC).first()
    if last is None or last.is_given:
        consent(person, channel=EMAIL, topic=TOPIC, is_given=False, how=how, by=None, at=at)


def _insist_on_address() -> None:
    if not house_url():
        raise SurveyRefused(str(NOWHERE).rstrip("."))


def _ask(survey: Survey, person: Person, promise: Promise | None, at: datetime) -> int:
    if SurveyAsked.objects.filter(survey=survey, person=person, promise=promise).exists():
        return 0
    try:
        with transaction.atomic():
            made = SurveyAsked.objects.create(
                survey=survey, person=person, promise=promise, asked_at=at
            )
            page = f"/a/{made.token}/"
            about = _("It is about: %(words)s") % {"words": promise.words} if promise else ""
            lines = [survey.question, about, house_link(page)]
            lines.append(_("One click from 0 to 10, and a sentence if you like. Thank you."))
            write(
                key=f"survey:{made.pk}",
                to=person.email,
                subject=survey.question,
                text="\n\n".join(one for one in lines if one),
                at=at,
                person=person,
                topic=TOPIC,
                leave=house_link(f"{page}no/"),
            )
    except IntegrityError:
        return 0
    return 1
