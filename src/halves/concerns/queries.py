"""Reads: what holds buyers back, ranked; what one person may hold; what was said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from halves.access.models import User
from halves.access.rules import visible
from halves.concerns.models import Answer, AnswerVerdict, Concern, Heard, Likely, Listening

_TREND = timedelta(days=30)
_MOST_LIKELY = 5
_IMAGINED_WON, _IMAGINED = 1, 2  # decisions: of none, half were won


@dataclass(frozen=True)
class Best:
    """The answer to give.

    Args:
        answer: the one that wins, else one that may be told, else the newest.
        is_winner: it can be told from no effect; otherwise there is no winner yet.
    """

    answer: Answer
    is_winner: bool


@dataclass(frozen=True)
class Ranked:
    """A concern among the others.

    Args:
        concern: with what was counted of it.
        at_stake: value of open and lost deals of who voiced it, in the reporting currency.
        answerable: share of deals won although it was voiced, drawn to a half where few were.
        score: people × money × answerable; without money people × answerable.
        best: the answer to give, if there is any.
        lately, before: times it was heard in the last 30 days, and in the 30 before.
    """

    concern: Concern
    at_stake: Decimal
    answerable: float
    score: float
    best: Best | None
    lately: int
    before: int


@dataclass(frozen=True)
class Holding:
    """A concern that a person voiced, or may hold.

    Args:
        concern: which.
        voiced_at: when last; None if never.
        low, high: the chance that they hold it; 1 where they said so.
        because: why they are likelier than others, if they are.
        best: the answer to give, if there is any.
    """

    concern: Concern
    voiced_at: datetime | None
    low: float
    high: float
    because: str
    best: Best | None


def listening() -> Listening:
    """How far listening has come."""
    return Listening.objects.first() or Listening()


def concerns_of(user: User) -> "QuerySet[Concern]":
    """Concerns with their answers, by what they are about."""
    rows = Concern.objects.filter(retired_at=None, merged_into=None)
    rows = rows.prefetch_related("answers", "stories")
    return visible(user, "concern", rows.order_by("kind", "name"))


def ranked(*, at: datetime, is_aspiration: bool = False, kind: str = "") -> list[Ranked]:
    """Concerns by whom they hold back, what is at stake and how well they can be answered."""
    rows = Concern.objects.filter(
        retired_at=None, merged_into=None, is_aspiration=is_aspiration
    ).prefetch_related(Prefetch("answers", queryset=_answers()))
    if kind:
        rows = rows.filter(kind=kind)
    lately, before = _heard_between(at - _TREND, at), _heard_between(at - 2 * _TREND, at - _TREND)
    found = [_ranked(one, lately.get(one.pk, 0), before.get(one.pk, 0)) for one in rows]
    return sorted(found, key=lambda one: (-one.score, -one.concern.people, one.concern.name))


def answerable(concern: Concern) -> float:
    """The share of decided deals that were won although it was voiced, drawn to a half."""
    return (concern.won + _IMAGINED_WON) / (concern.decided + _IMAGINED)


def likely(person: int, *, at: datetime) -> list[Holding]:
    """What a person voiced, newest first, then what they may hold without a word, likeliest first.

    What was said in private talks counts; its words are shown by `quotes` alone.
    """
    voiced = dict(
        Heard.objects.filter(person_id=person, at__lte=at, concern__isnull=False)
        .values_list("concern_id")
        .annotate(last=Max("at"))
    )
    rows = Concern.objects.filter(retired_at=None, merged_into=None, is_aspiration=False)
    rows = rows.prefetch_related(Prefetch("answers", queryset=_answers()))
    said = list(rows.filter(pk__in=list(voiced)))
    said.sort(key=lambda one: voiced[one.pk], reverse=True)
    found = [Holding(one, voiced[one.pk], 1.0, 1.0, "", best_of(one)) for one in said]
    return found + _unvoiced(person, rows.exclude(pk__in=list(voiced)))


def likely_for(user: User, person: int, *, at: datetime) -> list[Holding]:
    """The same as far as the user may know: what was voiced in private talks of others is left out.

    A concern that is left out is not shown as unvoiced either.
    """
    seen = visible(user, "heard", Heard.objects.filter(person_id=person, at__lte=at))
    told = set(seen.exclude(concern=None).values_list("concern_id", flat=True))
    found = likely(person, at=at)
    return [one for one in found if one.voiced_at is None or one.concern.pk in told]


def _unvoiced(person: int, rows: "QuerySet[Concern]") -> list[Holding]:
    telling = {one.concern_id: one for one in Likely.objects.filter(person_id=person)}
    talked = Listening.objects.values_list("talked_with", flat=True).first() or 0
    has_talked = _has_talked(person)
    asked_of = Q(people__gt=0) | Q(pk__in=list(telling))
    found = []
    for one in rows.filter(asked_of).order_by("-people_high", "-people")[:100]:
        low, high = _range(one, talked, has_talked=has_talked)
        why = telling.get(one.pk)
        if why is not None:
            low, high = why.low, why.high
        because = why.get_because_display() if why else ""
        found.append(Holding(one, None, low, high, str(because), best_of(one)))
    found.sort(key=lambda one: (-one.low, -one.high, one.concern.name))
    return found[:_MOST_LIKELY]


def _range(concern: Concern, talked: int, *, has_talked: bool) -> tuple[float, float]:
    """The chance that somebody holds it: of those who were silent, or never talked with."""
    if talked <= 0:
        return 0.0, 1.0
    if has_talked:
        silent = max(talked - concern.people, 1)
        return 0.0, min((concern.people_high - concern.people) / silent, 1.0)
    return min(concern.people / talked, 1.0), min(concern.people_high / talked, 1.0)


def _has_talked(person: int) -> bool:
    talks = Heard._meta.get_field("conversation").related_model
    return talks.objects.filter(person_id=person, state="held").exists()


def best_of(concern: Concern) -> Best | None:
    """The answer to give; `concern.answers` should be prefetched."""
    answers = sorted(
        concern.answers.all(), key=lambda one: (*_standing(one), -one.given_before, -one.pk)
    )
    if not answers:
        return None
    return Best(answers[0], answers[0].verdict == AnswerVerdict.WINS)


@dataclass(frozen=True)
class Play:
    """A concern with its answers, the best first."""

    concern: Concern
    answers: Sequence[Answer]

    @property
    def has_winner(self) -> bool:
        """One of them can be told from no effect, and helps."""
        return any(one.verdict == AnswerVerdict.WINS for one in self.answers)


def playbook(user: User) -> list[Play]:
    """For each concern what was answered: winners first, then by the lower end of the effect."""
    found = []
    rows = concerns_of(user).filter(is_aspiration=False, answers__isnull=False).distinct()
    for one in rows.order_by("-people", "name")[:200]:
        answers = sorted(one.answers.all(), key=lambda said: (*_verdict(said), *_effect(said)))
        found.append(Play(one, answers))
    return found


def _verdict(one: Answer) -> tuple[bool, bool]:
    """Winners before all, losers after all."""
    return (one.verdict != AnswerVerdict.WINS, one.verdict == AnswerVerdict.LOSES)


def _standing(one: Answer) -> tuple[bool, bool, bool, bool]:
    """By the verdict, then what people stand by before what was found."""
    return (*_verdict(one), not one.is_approved, one.is_proposed)


def _effect(one: Answer) -> tuple[float, int]:
    low = -1.0 if one.effect_low is None else one.effect_low
    return (-low, -one.given_before)


def answers_of(concern: Concern) -> Sequence[Answer]:
    """Its answers: those that win, then what people stand by, then what was found and is known."""
    return sorted(
        concern.answers.select_related("by"),
        key=lambda one: (*_standing(one), *_effect(one), -one.pk),
    )


def quotes(user: User, concern: Concern) -> "QuerySet[Heard]":
    """What people said of it, newest first, of those talks that the user may see."""
    rows = concern.heard.select_related("person", "conversation").order_by("-at", "-pk")
    return visible(user, "heard", rows)


def pile(user: User, *, is_aspiration: bool = False) -> "QuerySet[Heard]":
    """What was heard and is like no concern that is known, newest first."""
    rows = Heard.objects.filter(concern=None, is_placed=False, is_aspiration=is_aspiration)
    rows = rows.select_related("person", "conversation").order_by("-at", "-pk")
    return visible(user, "heard", rows)


def newest_quotes(user: User, concerns: Sequence[Concern]) -> dict[int, Heard]:
    """For each concern the newest thing that was said of it and that the user may see."""
    said = visible(user, "heard", Heard.objects.filter(concern=OuterRef("pk")))
    newest = Subquery(said.order_by("-at", "-pk").values("pk")[:1])
    asked = Concern.objects.filter(pk__in=[one.pk for one in concerns]).order_by()
    last = asked.annotate(newest=newest).exclude(newest=None).values_list("newest", flat=True)
    rows = Heard.objects.filter(pk__in=list(last)).select_related("person")
    return {one.concern_id: one for one in rows}


def by_month(concern: Concern, *, until: datetime, months: int = 12) -> list[tuple[datetime, int]]:
    """People who voiced it in each of the last months (of 30 days), the oldest first."""
    starts = [until - _TREND * (months - one) for one in range(months)]
    rows = concern.heard.filter(at__gte=starts[0], at__lt=until).values_list("at", "person_id")
    people: list[set[int]] = [set() for _ in starts]
    for at, person in rows.iterator():
        people[min(int((at - starts[0]) / _TREND), months - 1)].add(person)
    return [(start, len(one)) for start, one in zip(starts, people, strict=True)]


def _answers() -> "QuerySet[Answer]":
    return Answer.objects.order_by("-is_approved", "-changed_at", "-pk")


def _ranked(concern: Concern, lately: int, before: int) -> Ranked:
    share = answerable(concern)
    score = concern.people * max(float(concern.at_stake), 1.0) * share
    return Ranked(concern, concern.at_stake, share, score, best_of(concern), lately, before)


def _heard_between(since: datetime, until: datetime) -> dict[int, int]:
    rows = Heard.objects.filter(at__gt=since, at__lte=until, concern__isnull=False).order_by()
    return dict(rows.values_list("concern_id").annotate(times=Count("pk")))
