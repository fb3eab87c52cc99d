"""The expectation ledger of a large house says what that of a small one says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from halves.access.models import House
from halves.people.models import Account, Person
from halves.promises import expecting
from halves.promises.expecting import count, expectations
from halves.promises.models import Promise, PromiseCount, Via
from halves.stories.actions import freeze
from tests.house import MONDAY
from tests.stories.company import belonging, solution

pytestmark = pytest.mark.house
TODAY = date(2026, 4, 1)
KEEPINGS = ("under", "under", "met", "over", "")
BYS = ("story", "campaign", "seller", "person", "account")


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(expecting, "MANY", 10)


@pytest.fixture
def promised(lea, ben, cyd) -> list[Promise]:
    """Promises to the people of two teams and of nobody, by two stories, campaigns and sellers."""
    House.objects.update_or_create(defaults={"is_by_team": True})
    stories = [freeze(one(lea), at=MONDAY, by=lea) for one in (solution, belonging)]
    made = []
    for n in range(45):
        owner = (ben, cyd, None)[n % 3]
        account, _new = Account.objects.get_or_create(
            name=f"Firm {n % 5}",
            defaults={"ledger_id": f"a{n}", "created_at": MONDAY, "changed_at": MONDAY},
        )
        person, _new = Person.objects.get_or_create(
            name=f"Person {n % 15}",
            defaults={
                "ledger_id": f"p{n}",
                "account": account,
                "owner": owner,
                "team": owner and owner.team,
                "created_at": MONDAY,
                "changed_at": MONDAY,
            },
        )
        keeping = KEEPINGS[n % 7 % 5]
        made.append(
            Promise.objects.create(
                person=person,
                version=stories[n % 2],
                words="Five hours",
                amount=Decimal(5),
                keeper=(ben, cyd)[n % 4 // 2],
                via=Via.CAMPAIGN if n % 2 else Via.CALL,
                via_key=f"spring {n % 4}" if n % 2 else f"call {n}",
                made_at=MONDAY,
                due_on=TODAY + timedelta(days=n % 5 - 2),
                delivered_at=MONDAY if keeping else None,
                keeping=keeping,
            )
        )
    return made


@pytest.mark.parametrize("by", BYS)
@pytest.mark.parametrize("who", ["lea", "ben", "cyd"])
def test_a_large_house_counts_as_a_small_one(request, monkeypatch, promised, who, by):
    user = request.getfixturevalue(who)
    small = expectations(user, by, today=TODAY)
    monkeypatch.setattr(expecting, "MANY", 10)
    assert count(MONDAY.replace(year=2026, month=4, day=1))

    large = expectations(user, by, today=TODAY)

    assert small
    assert large == [one for one in small if one.under or by not in ("person", "account")]


def test_the_newest_counts_count_alone(large, promised, ben):
    before = expectations(ben, "story", today=TODAY)
    count(MONDAY)
    kept = PromiseCount.objects.count()
    twice = list(PromiseCount.objects.all())
    for one in twice:  # as of another worker that began earlier and ended later
        one.pk, one.at = None, MONDAY - timedelta(seconds=1)
    PromiseCount.objects.bulk_create(twice)

    assert [one.delivered for one in expectations(ben, "story", today=TODAY)] == [
        one.delivered for one in before
    ]
    count(MONDAY + timedelta(minutes=5))
    assert PromiseCount.objects.count() == kept


def test_a_small_house_keeps_no_counts(promised):
    assert count(MONDAY) == 0
    assert not PromiseCount.objects.exists()
