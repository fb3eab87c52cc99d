"""Which answers win: talks before decisions, as the science weighs them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import QuerySet

from halves.concerns.models import Answer, AnswerVerdict, Concern, Given, Heard
from halves.deals.models import Deal, DealState
from halves.measure.answers import LOSES, WINS, AnswerEffect, Talks, answers_that_win

_SEED = 1
_VERDICTS = {WINS: AnswerVerdict.WINS, LOSES: AnswerVerdict.LOSES}


@dataclass(frozen=True)
class _Row:
    """A concern that was voiced before a decision."""

    deal: Deal
    concern: int
    answers: frozenset[int]
    seller: int
    talks: int


def judge(*, at: datetime) -> None:
    """Weigh every answer on deals that are decided; `no winner yet` where nothing insists."""
    rows = rows_before_decisions()
    columns = sorted({one for row in rows for one in row.answers})
    found = dict.fromkeys(Answer.objects.values_list("pk", flat=True))
    if columns and len({row.deal.state for row in rows}) == 2:
        found |= dict(
            zip(columns, answers_that_win(_talks(rows, columns), seed=_SEED), strict=True)
        )
    for key, effect in found.items():
        Answer.objects.filter(pk=key).update(**_told(effect), judged_at=at)
    _count_decisions(rows, Concern.objects.all())


def recount(concerns: Sequence[Concern]) -> None:
    """Count the decisions before which these were voiced; answers wait for the next listening."""
    rows = rows_before_decisions(Heard.objects.filter(concern__in=concerns))
    _count_decisions(rows, Concern.objects.filter(pk__in=[one.pk for one in concerns]))


def rows_before_decisions(of: "QuerySet[Heard] | None" = None) -> list[_Row]:
    """One for each decided deal and concern that its person had voiced since the deal before.

    Only what was said before the decision: an answer to "I have signed" always wins.

    Args:
        of: what was said; all if unsaid.
    """
    heard, given = _heard(Heard.objects.all() if of is None else of), _given()
    decided = Deal.objects.exclude(state=DealState.OPEN).filter(person__in=list(heard))
    found, before = [], {}
    for deal in decided.order_by("closed_at", "pk"):
        since = before.get(deal.person_id)
        before[deal.person_id] = deal.closed_at
        voiced = _between(heard[deal.person_id], since, deal.closed_at)
        replies = _between(given.get(deal.person_id, []), since, deal.closed_at)
        for concern in sorted({key for _, key, _ in voiced}):
            own = [(answer, seller) for _, of, (answer, seller) in replies if of == concern]
            sellers = [seller for _, seller in own if seller] or [deal.owner_id or -1]
            found.append(
                _Row(
                    deal,
                    concern,
                    frozenset(one for one, _ in own if one),
                    sellers[-1],
                    len({talk for _, _, talk in voiced}),
                )
            )
    return found


def _heard(of: "QuerySet[Heard]") -> dict[int, list[tuple[datetime, int, int]]]:
    rows = of.filter(concern__isnull=False, is_aspiration=False).order_by("at")
    found = defaultdict(list)
    for person, at, concern, talk in rows.values_list(
        "person_id", "at", "concern_id", "conversation_id"
    ).iterator():
        found[person].append((at, concern, talk))
    return found


def _given() -> dict[int, list[tuple[datetime, int, tuple[int | None, int | None]]]]:
    found = defaultdict(list)
    columns = ("person_id", "at", "concern_id", "answer_id", "seller_id")
    for person, at, concern, answer, seller in (
        Given.objects.order_by("at").values_list(*columns).iterator()
    ):
        found[person].append((at, concern, (answer, seller)))
    return found


def _between(rows: list, since: datetime | None, until: datetime) -> list:
    """Rows in order of time, from the decision before to just before this one."""
    times = [one[0] for one in rows]
    return rows[bisect_left(times, since) if since else 0 : bisect_left(times, until)]


def _talks(rows: list[_Row], columns: list[int]) -> Talks:
    place = {key: at for at, key in enumerate(columns)}
    given = np.zeros((len(rows), len(columns)), dtype=bool)
    for row, one in enumerate(rows):
        for answer in one.answers:
            given[row, place[answer]] = True
    worth = [float(np.log1p(float(one.deal.value))) for one in rows]
    open_days = [(one.deal.closed_at - one.deal.opened_at).days for one in rows]
    known = [worth, [float(one.talks) for one in rows], [float(max(n, 0)) for n in open_days]]
    return Talks(
        given=given,
        won=np.array([one.deal.state == DealState.WON for one in rows]),
        concern=np.array([one.concern for one in rows], dtype=np.int64),
        seller=np.array([one.seller for one in rows], dtype=np.int64),
        covariates=np.array(known).T,
        decision=np.array([one.deal.pk for one in rows], dtype=np.int64),
    )


def _told(effect: AnswerEffect | None) -> Mapping[str, object]:
    """What is kept of it; what the concern itself says is drawn to the answer's mean."""
    if effect is None:
        return {
            "verdict": AnswerVerdict.NO_WINNER, "effect": None, "effect_low": None,
            "effect_high": None, "q_value": None, "given_before": 0, "not_given_before": 0,
        }  # fmt: skip
    between = effect.effect
    return {
        "verdict": _VERDICTS.get(effect.verdict, AnswerVerdict.NO_WINNER),
        "effect": between.mean if between else None,
        "effect_low": between.low if between else None,
        "effect_high": between.high if between else None,
        "q_value": effect.q_value,
        "given_before": effect.given,
        "not_given_before": effect.not_given,
    }


def _count_decisions(rows: list[_Row], concerns: "QuerySet[Concern]") -> None:
    decided: dict[int, int] = defaultdict(int)
    won: dict[int, int] = defaultdict(int)
    for one in rows:
        decided[one.concern] += 1
        won[one.concern] += one.deal.state == DealState.WON
    concerns.exclude(pk__in=decided).update(decided=0, won=0)
    for key, many in decided.items():
        Concern.objects.filter(pk=key).update(decided=many, won=won[key])
