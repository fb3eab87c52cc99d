"""Deals to try things on."""

from datetime import datetime, timedelta
from decimal import Decimal

from halves.access.models import User
from halves.deals.actions import Line, draft_quote, move, open_deal, send_quote, set_lines
from halves.deals.models import Deal
from halves.deals.pipelines import default_pipeline, stages_of
from halves.deals.quote_models import Quote
from halves.deals.stage_models import Stage
from halves.people.actions import add_person
from halves.people.models import Person
from tests.house import MONDAY

LINES = (
    Line("Coffee for the office", Decimal(12), Decimal("49.95")),
    Line("Set-up", Decimal(1), Decimal(200)),
)


def a_person(name: str = "Pat", **said) -> Person:
    said = {"email": f"{name.lower()}@example.org"} | said
    return add_person(by=None, at=MONDAY, source="hand", name=name, **said)


def a_deal(by: User, person: Person | None = None, **said) -> Deal:
    said = {"title": "Coffee for the office", "value": Decimal(1_000), "currency": "EUR"} | said
    return open_deal(person or a_person(), by=by, at=MONDAY, owner=by, **said)


def a_quote(by: User, deal: Deal | None = None, *, at: datetime = MONDAY, **said) -> Quote:
    deal = deal or a_deal(by)
    set_lines(deal, LINES, by=by, at=at, version=Deal.objects.get(pk=deal.pk).version)
    return draft_quote(Deal.objects.get(pk=deal.pk), by=by, at=at, **said)


def sent(by: User, deal: Deal | None = None, *, at: datetime = MONDAY, **said) -> Quote:
    """Handed to the buyer, who has its page; no mail goes."""
    quote = a_quote(by, deal, at=at, **said)
    return send_quote(quote, by=by, at=at, to=None, version=quote.version)


def stages() -> dict[str, Stage]:
    return {one.name: one for one in stages_of(default_pipeline(at=MONDAY))}


def history(by: User, *, won: int, days: int = 4) -> None:
    """Deals that were won, each after so many days in the first stage and as many in the second."""
    whom, there = a_person("Harriet"), stages()
    for _ in range(won):
        deal = a_deal(by, whom)
        move(deal, there["Problem understood"], by=by, at=MONDAY + timedelta(days=days))
        deal.refresh_from_db()
        move(deal, there["Won"], by=by, at=MONDAY + timedelta(days=2 * days))
