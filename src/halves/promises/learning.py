"""What the ledger knows of promises: the report, and the bands that count as kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.ledger import Ledger
from halves.ledger.errors import CurrencyUnknown, MissingRate
from halves.ledger.settings import Settings
from halves.measure.breaking import Breaking
from halves.measure.breaking_ledger import breaking
from halves.measure.keeping_ledger import (
    Afterwards,
    By,
    Kept,
    Promiser,
    afterwards,
    kept,
    promisers,
)
from halves.posting.book import book
from halves.posting.newest import Newest
from halves.promises.models import Band, PromiseCost

MANY = 50_000  # deliveries from which the cost is not learned anew for each look
_BYS: tuple[By, ...] = ("story", "campaign", "seller", "account_id")
_ENOUGH = 200  # customers who said something, before a band is drawn from it
_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True)
class Report:
    """How promises were kept, what that did, what it costs, and who promises too much.

    `breaking` is None where the margin is not said, or where amounts are in no one currency;
    `refused` says which.
    """

    measures: Sequence[Kept]
    promisers: dict[By, Sequence[Promiser]]
    afterwards: Sequence[Afterwards]
    breaking: Breaking | None
    refused: str = ""


_NEWEST = Newest[Report]()


def report() -> Report:
    """The report; counted once for each version of the ledger.

    What a broken promise costs takes many seconds where deliveries are many: there the worker
    learns it, and what it learned last is shown.
    """
    ledger, said = book(), settings.PLACE.settings()
    versions = ledger.versions()
    read = [versions[name] for name in ("deliveries", "outcomes", "people", "rates")]
    learned = PromiseCost.objects.order_by("-at").values_list("pk", flat=True).first()
    stands_on = (str(ledger.root), *read, said.margin, said.currency, learned)
    return _NEWEST.of(stands_on, lambda: _counted(ledger, said))


def learn_bands(at: datetime) -> int:
    """Draw anew which gaps count as kept, from what customers said of them.

    Returns:
        Of how many measures.
    """
    learned = 0
    for one in report().measures:
        if one.band is None or one.said < _ENOUGH or not one.measure:
            continue
        measure, has_unit, unit = one.measure.removesuffix(")").rpartition(" (")
        drawn = {
            "low": Decimal(one.band.low).quantize(_THOUSANDTH),
            "high": Decimal(one.band.high).quantize(_THOUSANDTH),
            "said": one.band.count,
            "learned_at": at,
        }
        with transaction.atomic():
            Band.objects.update_or_create(
                measure=(measure if has_unit else one.measure)[:120],
                unit=unit[:40] if has_unit else "",
                defaults=drawn,
            )
        learned += 1
    return learned


def learn_cost(at: datetime) -> int:
    """Learn what a broken promise costs, where pages do not do so themselves.

    Returns:
        How many figures are kept; none where pages do.
    """
    ledger, said = book(), settings.PLACE.settings()
    if not _are_many(ledger) or said.margin is None:
        return 0
    try:
        found = breaking(ledger, margin=said.margin, currency=said.currency)
    except (CurrencyUnknown, MissingRate):
        return 0
    with transaction.atomic():
        PromiseCost.objects.create(found=asdict(found), at=at)
        PromiseCost.objects.filter(at__lt=at).delete()
    return 1


def _are_many(ledger: Ledger) -> bool:
    rows = ledger.table("deliveries")
    [counted] = ledger.query(rows.agg(n=rows.count())).to_pylist()
    return bool(counted["n"] > MANY)


def _counted(ledger: Ledger, said: Settings) -> Report:
    found, refused = _breaking(ledger, said)
    return Report(
        measures=kept(ledger),
        promisers={by: promisers(ledger, by)[:50] for by in _BYS},
        afterwards=afterwards(ledger),
        breaking=found,
        refused=refused,
    )


def _breaking(ledger: Ledger, said: Settings) -> tuple[Breaking | None, str]:
    """What a broken promise costs; or why it cannot be asked."""
    if said.margin is None:
        return None, _("Say first which part of a sale is profit, under Settings.")
    if _are_many(ledger):
        return _learned(said)
    try:
        return breaking(ledger, margin=said.margin, currency=said.currency), ""
    except (CurrencyUnknown, MissingRate) as refused:
        return None, str(refused)


def _learned(said: Settings) -> tuple[Breaking | None, str]:
    """What the worker learned last; nothing of another margin or currency."""
    for one in PromiseCost.objects.order_by("-at")[:1]:
        found = Breaking.read(one.found)
        if (found.margin, found.currency) == (said.margin, said.currency):
            return found, ""
    return None, _("The worker learns it every six hours, and did not yet.")
