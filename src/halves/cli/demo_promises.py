"""What the demo's company promised: what came of it, what customers said, and what is at risk."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import numpy as np

from halves.cli.demo_words import MARKS_BROKEN, MARKS_KEPT, RECOMMENDS
from halves.simulate.year import Year

_SOURCE = "night rounds"  # the system that knows when a night was sorted
_ASKED = 110  # customers, of each time
_TIMES = (timedelta(days=100), timedelta(days=9))  # ago, whether they would recommend us
_YES = "Ask me now and then how you did."
_SLOW = "cyd@example.org"  # promises more than comes


def keep(*, by: Any, now: datetime, seed: int) -> None:
    """Deliver what was promised, over, met and under; some of it late, some not yet at all.

    In the caller's transaction.
    """
    rng = np.random.default_rng([seed, 153])
    promises = import_module("halves.promises.models").Promise.objects
    question = _survey(by, now, "keeping", "How did we keep what we said?")
    rows = promises.filter(delivered_at=None).exclude(via="campaign")
    found = list(rows.select_related("person", "keeper", "version").order_by("pk"))
    _agreed({one.person_id for one in found}, now)
    late = _forgotten(found, now.date())
    for one in found:
        amount, at = _came(one, rng)
        if one.pk in late or at > now - timedelta(hours=1):
            continue
        _deliver(one, amount, at)
        _mark(question, one, amount, at, now, rng)


def recommend(year: Year, *, by: Any, now: datetime, seed: int) -> None:
    """Ask customers whether they would recommend us, half a year apart; in the caller's
    transaction."""
    rng = np.random.default_rng([seed, 154])
    ask = import_module("halves.promises.surveys").ask
    answered = import_module("halves.promises.models").SurveyAsked.objects
    survey = _survey(by, now, "recommend", "Would you tell another shop to use Night desk?")
    people = _customers(year)
    _agreed({one.pk for one in people}, now)
    for place, ago in enumerate(_TIMES):
        at = now - ago
        ask(survey, people[place * _ASKED : (place + 1) * _ASKED], at=at)
        rows = answered.filter(survey=survey, asked_at=at).select_related("survey")
        for one in rows.order_by("pk"):
            if rng.random() < 0.55:
                score = int(rng.choice(11, p=_chances(place)))
                hours = timedelta(hours=float(rng.uniform(1, 150)))
                _answer(one, score, RECOMMENDS, at + hours, rng)


def _survey(by: Any, now: datetime, kind: str, question: str) -> Any:
    make = import_module("halves.promises.surveys").make_survey
    return make(kind=kind, question=question, by=by, at=now - max(_TIMES) - timedelta(days=90))


def _agreed(people: set[int], now: datetime) -> None:
    """Most customers said yes to such a question; nobody is asked without."""
    model = import_module("halves.people.models").Consent
    known = set(model.objects.filter(topic="", person__in=people).values_list("person", flat=True))
    model.objects.bulk_create(
        model(person_id=key, channel="email", topic="", is_given=True, by="halves",
              at=now - timedelta(days=250), how="a form on the site", proof=_YES)
        for key in sorted(people - known)
        if key % 10
    )  # fmt: skip


def _forgotten(promises: Sequence[Any], today: date) -> set[int]:
    """Some whose day has passed lately, and of which nobody thought."""
    due = [one for one in promises if one.due_on is not None and one.due_on < today]
    newest = sorted(due, key=lambda one: (one.due_on, one.pk), reverse=True)
    return {one.pk for one in newest[1:10:4]}


def _came(one: Any, rng: np.random.Generator) -> tuple[Decimal, datetime]:
    """How much came, and when."""
    is_slow = one.keeper is not None and one.keeper.email == _SLOW
    if one.is_at_most:  # days until the first night
        waited = int(rng.choice([2, 3, 4, 5, 6, 8, 11], p=[0.1, 0.2, 0.25, 0.25, 0.1, 0.06, 0.04]))
        return Decimal(waited), one.made_at + timedelta(days=waited)
    most = int(one.amount or 0)
    short = (0.25, 0.2, 0.2, 0.2, 0.15) if is_slow else (0.02, 0.06, 0.12, 0.45, 0.35)
    amount = most + int(rng.choice([-5, -3, -1, 0, 2], p=short))
    return Decimal(amount), _at_six(one.due_on or one.made_at.date(), one.made_at)


def _at_six(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(6), like.tzinfo)


def _deliver(one: Any, amount: Decimal, at: datetime) -> None:
    """As the company's own system tells it, once."""
    tell = import_module("halves.promises.delivering").deliver
    tell(one, at=at, source=_SOURCE, source_key=f"{one.via_key}:{one.place}:{one.version_id or 0}",
         now=at, amount=amount)  # fmt: skip


def _mark(
    survey: Any,
    one: Any,
    amount: Decimal,
    at: datetime,
    now: datetime,
    rng: np.random.Generator,
) -> None:
    """What the customer says of it, if they may be asked and answer."""
    surveys = import_module("halves.promises.surveys")
    refused = import_module("halves.promises.errors").SurveyRefused
    asked_at = at + timedelta(days=1)
    if asked_at > now or rng.random() > 0.95:
        return
    try:
        surveys.ask_of_promise(survey, one, at=asked_at)
    except refused:
        return
    asked = one.surveys.select_related("survey", "promise__person").get(survey=survey)
    if rng.random() < 0.85:
        gap = one.amount - amount if one.is_at_most else amount - one.amount
        score = round(float(rng.normal(8.4 + (0.9 if gap < 0 else 0.15) * float(gap), 0.9)))
        words = MARKS_BROKEN if gap < 0 else MARKS_KEPT
        answered_at = min(asked_at + timedelta(hours=float(rng.uniform(1, 60))), now)
        _answer(asked, min(max(score, 0), 10), words, answered_at, rng)


def _answer(
    asked: Any, score: int, words: Sequence[str], at: datetime, rng: np.random.Generator
) -> None:
    answer = import_module("halves.promises.surveys").answer
    said = words[int(rng.integers(len(words)))] if rng.random() < 0.5 else ""
    may_quote = bool(said) and score >= 9 and bool(rng.random() < 0.5)
    answer(asked, score=score, words=said, may_quote=may_quote, at=at)


def _chances(place: int) -> Iterable[float]:
    """How likely each mark from 0 to 10 is; later customers are a little gladder."""
    low, middle, high = ((0.2, 0.36, 0.44), (0.15, 0.33, 0.52))[place]
    return [low / 7] * 7 + [middle / 2] * 2 + [high / 2] * 2


def _customers(year: Year) -> list[Any]:
    """People who bought, those who did so last at the end."""
    model = import_module("halves.people.models").Person
    rows = year.tables["outcomes"].to_pylist()
    bought = [one for one in rows if one["kind"] == "deal_closed"]
    names = list(dict.fromkeys(one["person_id"] for one in sorted(bought, key=lambda x: x["at"])))
    some = names[-2 * _ASKED :]
    known = {one.ledger_id: one for one in model.objects.filter(ledger_id__in=some)}
    return [known[name] for name in some if name in known]
