"""No campaign reaches who is left alone by everything; the ledger can compare the two arms."""

from datetime import timedelta

import pytest

from halves.experiments.baseline import leave_some_alone, left_alone
from halves.experiments.baseline_posting import post_baselines
from halves.measure import trial
from halves.posting import outbox
from halves.posting.book import book
from tests.campaigns.company import launched, willing, worked
from tests.house import MONDAY

DAY = timedelta(days=1)


def posted(at) -> None:
    post_baselines(at)
    outbox.flush(at=at)


def test_no_campaign_reaches_them_and_its_channel_is_what_was_withheld(mailing, lea, ada, sink):
    people = willing(120)
    leave_some_alone(0.2, by=lea, at=MONDAY)
    alone = left_alone([one.ledger_id for one in people], at=MONDAY)

    launched(ada, people)
    worked()

    wrote = {address.split("@")[0] for address in sink.to}
    assert wrote == {one.ledger_id for one in people} - alone
    outbox.flush(at=MONDAY + 2 * DAY)
    posted(MONDAY + 2 * DAY)
    [row] = book().read("experiments").to_pylist()
    assert row["withheld"] == ["email"]
    assert row["ends"].isoformat() == "2026-04-01T00:00:00+00:00"
    doors = [
        {"outcome_id": f"o{n}", "person_id": f"p{n}", "kind": "door_opened", "source": "t"}
        | {"at": MONDAY + 3 * DAY}
        for n in range(120)
        if n % 3 == 0
    ]
    outbox.put("outcomes", doors, at=MONDAY)
    outbox.flush(at=MONDAY + 4 * DAY)
    found = trial(book(), row["experiment"], outcome="door_opened", of="outcomes")
    assert (found.n_held_out, found.n_treated) == (len(alone), 120 - len(alone))
    opened = [n for n in range(0, 120, 3) if f"p{n}" not in alone]
    naive = len(opened) / (120 - len(alone)) - (40 - len(opened)) / len(alone)
    assert found.unadjusted.mean == pytest.approx(naive)
