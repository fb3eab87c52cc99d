"""A company with known people, of which some bought, for experiments to be run on."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from halves.experiments import actions, lifts
from halves.experiments.models import Experiment, PlatformLift
from halves.posting.book import book

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # when things are done
STARTS = datetime(2026, 3, 3, tzinfo=UTC)
ENDS = datetime(2026, 4, 28, tzinfo=UTC)
LATER = datetime(2026, 5, 4, 12, tzinfo=UTC)
PEOPLE = 400


def known_people(count: int = PEOPLE, *, since: int = 0) -> list[str]:
    """Put people on the ledger; in the months before, one in five bought."""
    rng = np.random.default_rng(7)
    names = [f"p{place:04}" for place in range(since, since + count)]
    rows = {
        "person_id": names,
        "region": [("north", "south")[place % 2] for place in range(count)],
        "since": [datetime(2025, 1, 1, tzinfo=UTC)] * count,
    }
    book().append("people", pa.table(rows), batch=f"people-{since}-{count}")
    buyers = [name for name in names if rng.random() < 0.2]
    days = rng.integers(1, 120, len(buyers)).tolist()
    moments = [NOON - timedelta(days=day) for day in days]
    sold(buyers, at=moments, batch=f"sales-{since}-{count}")
    return names


def sold(people: list[str], *, at: list[datetime], batch: str, value: int = 100) -> None:
    """Deals of these people."""
    rows = {
        "outcome_id": [f"{batch}-{person}" for person in people],
        "person_id": people,
        "at": at,
        "kind": ["deal_closed"] * len(people),
        "value": [value] * len(people),
        "currency": ["EUR"] * len(people),
        "source": ["test"] * len(people),
    }
    book().append("outcomes", pa.table(rows), batch=batch)


def drafted(by, **said) -> Experiment:
    usual = {
        "title": "Spring letter",
        "withheld": ["newsletter"],
        "unit_kind": "person",
        "share": 0.25,
        "starts": STARTS,
        "ends": ENDS,
    }
    found = actions.draft(by=by, at=NOON, **usual | said)
    found.refresh_from_db()
    return found


def studied(by, *, form: str = "one", **said) -> PlatformLift:
    """A lift study that an ad platform ran."""
    usual = {
        "withheld": ["social"],
        "starts": STARTS,
        "ends": ENDS,
        "region": "",
        "outcome": "revenue",
        "lift": 1200.0,
        "se": 400.0,
        "spend_withheld": None,
        "source": "the ad platform",
    }
    return lifts.record_lift(form=form, by=by, at=NOON, **usual | said)
