"""The demo's campaign through the product: what is measured, beside what the simulator knows."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pyarrow.compute as pc
import pytest

from halves.audiences.actions import save_question
from halves.campaigns.models import Message, MessageState
from halves.connect.running import run_import
from halves.experiments import reading
from halves.imports import actions as imports
from halves.jobs.models import Job
from halves.jobs.models import State as JobState
from halves.jobs.running import run_job
from halves.people.models import Consent, Person
from halves.posting.book import book
from halves.posting.outbox import flush
from halves.simulate import Company, Effect, Mailing, Year, after, simulate
from halves.simulate.chance import Chance
from halves.simulate.files import write_files
from halves.simulate.people import meet
from tests.campaigns import company as harbour

SENT = date(2025, 7, 1)
DAYS = 28
NOON = datetime.combine(SENT, time(6), UTC)
MOVING = Effect(opening=2.0, closing=1.0, kept=0.97)
EVERYONE = {"and": [{"field": "person.region", "op": "is_not", "value": "nowhere"}]}


def lived_until_it_is_sent(company: Company, seed: int) -> Year:
    year = simulate(company, seed=seed)
    begins = datetime.combine(SENT, time(), UTC)
    tables = {
        name: rows.filter(pc.less(rows["at"], begins)) if "at" in rows.column_names else rows
        for name, rows in year.tables.items()
    }
    spent = tables["spend"]
    tables["spend"] = spent.filter(pc.less(pc.cast(spent["day"], "date32"), SENT))
    return replace(year, tables=tables)


def brought_in(year: Year, place, by) -> None:
    """By the importers that a user has."""
    files = write_files(year, place.home / "files")
    files.recipe.settings.write(place.settings_file)
    for export in files.exports:
        with export.open("rb") as content:
            chunks = iter(lambda: content.read(1 << 20), b"")
            run = imports.receive(export.name, chunks, by=by, at=harbour.MONDAY)
        run_job.call(imports.bring_in(run, by=by, at=harbour.MONDAY).pk)
    run_import(
        place.book_or_new(),
        files.tables,
        recipe=files.recipe,
        imports=place.imports,
        settings_file=place.settings_file,
        at=harbour.MONDAY,
    )


def subscribers_agreed(company: Company, seed: int) -> None:
    subscribed = meet(company, Chance(seed, company.people)).subscribed
    Consent.objects.bulk_create(
        [
            Consent(
                person=one,
                channel="email",
                is_given=True,
                at=NOON - timedelta(days=30),
                how="took the newsletter",
                by="t",
            )
            for one in Person.objects.filter(merged_into=None)
            if subscribed[number(one)]
        ],
        batch_size=500,
    )


def number(person: Person) -> int:
    return int(person.ledger_id.removeprefix("p"))


def campaign_sent(by, *, holdout: float):
    audience = save_question(name="Everyone", definition=EVERYONE, by=by, at=NOON)
    campaign = harbour.launched(
        by, [], at=NOON, audience=audience, holdout_share=holdout, of="value", days=DAYS
    )
    harbour.worked(NOON, rounds=1_000)
    for job in Job.objects.filter(state=JobState.WAITING).order_by("pk"):
        run_job.call(job.pk)
    flush(at=NOON)
    campaign.refresh_from_db()
    return campaign


def told(campaign) -> tuple[int, ...]:
    rows = Message.objects.filter(campaign=campaign, state=MessageState.SENT)
    return tuple(number(row.person) for row in rows.select_related("person"))


def compared(place, by, sink, *, seed: int, effect: Effect) -> tuple[float, dict]:
    """What is true of a campaign, and what the house says of it when it is over."""
    company = Company.small(people=3_000, seed=seed, until=SENT + timedelta(days=DAYS))
    brought_in(lived_until_it_is_sent(company, seed), place, by)
    subscribers_agreed(company, seed)
    campaign = campaign_sent(by, holdout=0.4)
    people = told(campaign)
    assert 900 < len(people) == len(set(sink.to))
    found = after(company, Mailing(on=SENT, to=people, effect=effect), seed=seed)
    book().append("outcomes", found.outcomes, batch="what came of it")
    asked = Job.objects.create(kind="t", asked_at=NOON, arguments={})
    asked.arguments = {"experiment": campaign.experiment_id}
    reading.read_result(asked, lambda *_: None)
    campaign.experiment.refresh_from_db()
    return found.revenue, campaign.experiment.result


def test_what_is_measured_holds_what_is_true(mailing, ada, sink):
    truth, result = compared(mailing, ada, sink, seed=1, effect=MOVING)

    total = result["total"]
    assert truth > 5_000
    # Whom chance holds out differs each time, and one in ten 90% intervals misses: twice as wide,
    # hardly any does. How often the interval itself holds the truth is counted below, slowly.
    spare = (total["high"] - total["low"]) / 2
    assert total["low"] - spare < truth < total["high"] + spare
    assert total["high"] > 0
    assert result["treated"]["reached"] == result["n_treated"]
    assert result["held_out"]["reached"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("effect", [MOVING, Effect()], ids=["that moves", "that does nothing"])
@pytest.mark.parametrize("seed", range(2, 8))
def test_on_other_companies_too_nine_times_in_ten(mailing, ada, sink, seed, effect, hits):
    truth, result = compared(mailing, ada, sink, seed=seed, effect=effect)

    hits.append(result["total"]["low"] <= truth <= result["total"]["high"])
    # Of 12 intervals that each hold it 9 times in 10, more than 3 miss once in 40 such runs.
    assert hits.count(False) <= 3


@pytest.fixture(scope="module")
def hits() -> list[bool]:
    return []
