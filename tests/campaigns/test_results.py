"""What a campaign changed: told against left alone, cost once, variants; by hand and daily."""

import re
from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from halves.campaigns import results
from halves.campaigns.errors import NotLaunched
from halves.campaigns.models import Message, Step
from halves.campaigns.results import look_after
from halves.jobs.models import Job
from halves.jobs.running import run_job
from halves.posting.outbox import flush
from tests.campaigns.company import TUESDAY, drafted, launched, story, willing, worked
from tests.house import browser

WEEK_LATER = TUESDAY + timedelta(days=7)
CENT2 = Decimal("0.02")  # what a mail costs


def measured(campaign, by, *, at=WEEK_LATER):
    """What a worker keeps when somebody asked."""
    for job in Job.objects.filter(state="waiting").order_by("pk"):
        run_job.call(job.pk)
    job = results.ask(campaign, by=by, at=at)
    run_job.call(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.words
    return results.newest(campaign).found


def bought(house, people, *, at=TUESDAY + timedelta(days=2), kind="deal_closed"):
    rows = {
        "outcome_id": [f"{kind}-{one}" for one in people],
        "person_id": people,
        "at": [at] * len(people),
        "kind": [kind] * len(people),
        "value": [Decimal(100)] * len(people),
        "currency": ["EUR"] * len(people),
        "source": ["t"] * len(people),
    }
    house.book_or_new().append("outcomes", pa.table(rows), batch=f"{kind}-{len(people)}")


def arms(campaign):
    rows = campaign.experiment.members.order_by("unit_id").values_list("unit_id", "is_held_out")
    told = [one for one, is_out in rows if not is_out]
    return told, [one for one, is_out in rows if is_out]


def test_the_difference_is_that_of_the_arms_with_an_interval(mailing, ada, sink):
    campaign = launched(ada, willing(60), holdout_share=0.5, cost=CENT2, currency="EUR")
    worked()
    flush()
    told, alone = arms(campaign)
    bought(mailing, [*told[: len(told) * 4 // 5], *alone[:2]])

    found = measured(campaign, ada)

    money, _doors, deals = found["compared"]
    difference = (len(told) * 4 // 5) / len(told) - 2 / len(alone)
    assert deals["total"]["mean"] == pytest.approx(difference * len(told))
    assert 0 < deals["total"]["low"] < deals["total"]["mean"] < deals["total"]["high"]
    assert money["total"]["mean"] == pytest.approx(100 * difference * len(told))
    assert found["a_deal"]["low"] == pytest.approx(0.02 * len(told) / deals["total"]["high"])
    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "“Spring letter” worked: money from deals" in page
    assert "nobody can tell yet: " in page  # of doors: nobody opened one


def test_a_cent_is_on_the_ledger_once_whatever_is_said_again(mailing, ada, sink):
    campaign = launched(ada, willing(20), holdout_share=0.25, cost=CENT2, currency="EUR")
    worked()
    flush()
    worked()
    flush()

    book = mailing.book_or_new()
    touches = book.read("touches").to_pylist()
    assert sum(one["cost"] for one in touches) == CENT2 * len(sink.to)
    assert {one["propensity"] for one in touches} == {0.75}
    assert book.read("spend").num_rows == 0
    found = measured(campaign, ada)
    assert Decimal(found["cost"]["amount"]) == CENT2 * len(sink.to)
    assert found["cost"]["mails"] == len(sink.to)


def test_before_anybody_was_told_it_says_that_and_when(mailing, ada, sink):
    later = TUESDAY + timedelta(days=2)
    campaign = launched(ada, willing(20), holdout_share=0.25, send_from=later)
    worked()
    measured(campaign, ada, at=TUESDAY + timedelta(minutes=1))

    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()
    page = " ".join(re.sub(r"<[^>]+>", " ", page).split())

    assert "Nothing can be said of “Spring letter” yet: nobody was told it so far." in page
    assert "Its messages go out from 08 Jan 2026" in page
    assert "(of 0)" not in page


def test_told_a_moment_ago_it_says_how_many_and_what_is_waited_for(mailing, ada, sink):
    campaign = launched(ada, willing(20), holdout_share=0.5)
    worked()
    told, alone = arms(campaign)
    measured(campaign, ada, at=TUESDAY + timedelta(seconds=5))

    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()

    assert f"{len(told)} people were told, {len(alone)} were left alone." in page
    assert "They are compared once a day until" in page
    assert "Deals: nobody can tell yet: nobody in it did so yet" in page
    assert "(of 0)" not in page


def test_before_anything_happened_nobody_can_tell(mailing, ada, sink):
    campaign = launched(ada, willing(20), holdout_share=0.25)
    worked()

    found = measured(campaign, ada)

    assert all(one["total"] is None for one in found["compared"])
    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "Nobody can tell yet whether “Spring letter” changed anything" in page
    assert "Nobody said what a mail costs" in page


def test_a_small_difference_says_how_much_longer_it_takes(mailing, ada, sink):
    campaign = launched(ada, willing(60), holdout_share=0.5)
    worked()
    told, alone = arms(campaign)
    bought(mailing, [*told[:9], *alone[:5]])

    found = measured(campaign, ada)

    first = found["compared"][0]
    assert first["total"]["low"] < 0 < first["total"]["high"]
    assert first["it_takes"]["people"] is None or first["it_takes"]["people"] > 60
    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "anything from" in page


def test_with_nobody_left_alone_nobody_can_tell(mailing, ada, sink):
    campaign = launched(ada, willing(4))
    worked()

    found = measured(campaign, ada)

    assert found["compared"] == []
    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "nobody was left alone" in page


def test_variants_are_told_apart(mailing, ada, sink):
    told = story(ada, variants=[{"name": "B", "subject": "Another"}])
    campaign = launched(ada, willing(30), told=told, steps=[{"story": told, "is_split": True}])
    worked()
    flush()
    of_a = list(Message.objects.filter(variant="A").values_list("person__ledger_id", flat=True))
    bought(mailing, of_a[:3], at=TUESDAY + timedelta(hours=1))
    bought(mailing, of_a[3:5], at=TUESDAY - timedelta(hours=1), kind="door_opened")  # before

    [step] = measured(campaign, ada)["variants"]

    assert Step.objects.get().is_split
    assert [(one["variant"], one["people"]) for one in step["rows"]] == [
        ("A", len(of_a)),
        ("B", 30 - len(of_a)),
    ]
    assert [one["deal_closed"]["n"] for one in step["rows"]] == [3, 0]
    assert [one["door_opened"]["n"] for one in step["rows"]] == [0, 0]
    assert [one["door_opened"].get("times") for one in step["rows"]] == [None, None]
    assert step["rows"][1]["deal_closed"]["times"]["low"] == 0
    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "Nobody can tell yet whether B closes deals more often than A: 0 to" in page

    bought(mailing, of_a[5:], at=TUESDAY + timedelta(hours=2))
    measured(campaign, ada, at=WEEK_LATER + timedelta(days=1))
    page = browser(ada).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "B closes deals less often than A: 0 to 0." in page


def test_it_is_computed_each_day_and_once_after_the_end(mailing, ada, sink):
    campaign = launched(ada, willing(4), days=3)
    assert look_after(TUESDAY) == 0  # nobody is drawn yet
    worked()

    asked = []
    for day in range(8):
        look_after(TUESDAY + timedelta(days=day, minutes=day))
        look_after(TUESDAY + timedelta(days=day, minutes=day))  # of another worker
        asked.append(results.jobs_of(campaign).count())
        Job.objects.filter(kind=results.KIND).update(state="done")

    assert asked == [1, 2, 3, 4, 4, 4, 4, 4]


def test_a_draft_changed_nothing_and_says_so(house, ada):
    with pytest.raises(NotLaunched):
        results.ask(drafted(ada, []), by=ada, at=TUESDAY)
