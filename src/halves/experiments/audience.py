"""Whom an experiment is about: everyone known, here or on the ledger, or those of a filter."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import ibis
from django.db.models import QuerySet

from halves.experiments.models import Experiment, Unit
from halves.ledger import Ledger
from halves.people.models import Account, Person

CHUNK = 5_000


def units_of(experiment: Experiment, ledger: Ledger) -> Iterator[list[str]]:
    """Ids of all units that the experiment is about, in chunks; one may come twice.

    People who asked to be left alone are in no arm: nothing would reach them anyway.
    """
    match experiment.unit_kind:
        case Unit.REGION:
            yield regions_of(ledger)
        case Unit.ACCOUNT:
            yield from _accounts(experiment, ledger)
        case _:
            yield from _people(experiment, ledger)


def regions_of(ledger: Ledger) -> list[str]:
    """Every region that people or outcomes name, in order."""
    people, outcomes = ledger.table("people"), ledger.table("outcomes", aliased=False)
    rows = ibis.union(people.select("region"), outcomes.select("region"), distinct=True)
    rows = rows.filter(rows.region.notnull()).order_by("region")
    return [row["region"] for row in ledger.query(rows).to_pylist()]


def _people(experiment: Experiment, ledger: Ledger) -> Iterator[list[str]]:
    known = Person.objects.filter(merged_into=None, is_do_not_contact=False)
    if experiment.region:
        known = known.filter(region=experiment.region)
    if experiment.tag:
        known = known.filter(tags__name=experiment.tag)
    yield from _chunks(_ids(known))
    if experiment.tag:  # the ledger knows of no tags
        return
    rows = ledger.table("people")
    if experiment.region:
        rows = rows.filter(rows.region == experiment.region)
    for chunk in _streamed(ledger, rows.select(unit="person_id")):
        # What is known here of a person goes before what the ledger says.
        here = Person.objects.filter(ledger_id__in=chunk).values_list("ledger_id", flat=True)
        yield sorted(set(chunk) - set(here))


def _accounts(experiment: Experiment, ledger: Ledger) -> Iterator[list[str]]:
    known = Account.objects.all()
    if experiment.region:
        known = known.filter(region=experiment.region)
    if experiment.tag:
        known = known.filter(tags__name=experiment.tag)
    yield from _chunks(_ids(known))
    if experiment.tag:
        return
    rows = ledger.table("people")
    if experiment.region:
        rows = rows.filter(rows.region == experiment.region)
    rows = rows.filter(rows.account_id.notnull()).select(unit="account_id").distinct()
    for chunk in _streamed(ledger, rows):
        here = Account.objects.filter(ledger_id__in=chunk).values_list("ledger_id", flat=True)
        yield sorted(set(chunk) - set(here))


def _ids(known: "QuerySet[Any]") -> Iterator[str]:
    """Page by page, so that no cursor stays open while others write."""
    last = 0
    while page := list(
        known.filter(pk__gt=last).order_by("pk").values_list("pk", "ledger_id")[:CHUNK]
    ):
        last = page[-1][0]
        yield from (ledger_id for _pk, ledger_id in page)


def _streamed(ledger: Ledger, rows: ibis.Table) -> Iterator[list[str]]:
    for batch in ledger.stream(rows, chunk_rows=CHUNK):
        yield from _chunks(batch.column("unit").to_pylist())


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
