"""What broken promises cost, as leaders read it on the page and programs in the API."""

import json
import re
from dataclasses import asdict
from datetime import timedelta

import pyarrow as pa
import pytest

from halves.ledger import Ledger
from halves.measure.breaking import Breaking
from halves.measure.breaking_ledger import breaking
from halves.promises import learning
from halves.promises.models import PromiseCost
from halves.report import words
from tests.api.program import Program
from tests.house import MONDAY, browser
from tests.measure.broken_world import MARGIN, World

pytestmark = pytest.mark.house


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def program(lea) -> Program:
    return Program(lea)


@pytest.fixture
def told(house):
    """A company whose broken promises cost about 23 each."""

    def put(world: World, promises: str = "") -> Ledger:
        book, _ = world.ledger(house.home / "ledger", 4)
        house.settings_file.write_text(f'currency = "EUR"\nmargin = {MARGIN}\n{promises}')
        return book

    return put


def test_the_page_says_what_a_broken_promise_costs_and_what_it_rests_on(told, lea):
    found = breaking(told(World(people=1_000)), margin=MARGIN, currency="EUR")

    response = browser(lea).get("/promises/report/")

    page, cost = text(response), words.spread(found.all.cost, "EUR")
    assert f"A broken promise costs {cost}, within 180 days of the delivery." in page
    assert f"From {found.all.broken} broken promises beside {found.all.kept} kept" in page
    assert "customers whose promise was broken may differ in ways" in page
    assert "say cost_of_under = &quot;learned&quot; under [promises]" in response.content.decode()
    assert response.content.decode().count('<figure class="chart">') == 1


def test_marks_stand_beside_the_money(told, lea):
    book = told(World(people=1_000))
    rows = [
        {name: value for name, value in row.items() if name != "batch"}
        | {"said": 3.0 if row["keeping"] == "under" else 8.0}
        for row in book.read("deliveries").to_pylist()
    ]
    book.append("deliveries", pa.Table.from_pylist(rows), batch="marked")

    page = text(browser(lea).get("/promises/report/"))

    assert "beside it, and not in the money. days: 3.0 instead of 8.0." in page


def test_the_page_says_what_each_campaign_s_broken_ones_cost(told, lea):
    book = told(World(people=1_000))
    cost = breaking(book, margin=MARGIN, currency="EUR").all
    rows = [row for row in book.read("deliveries").to_pylist() if row["campaign"] == "c1"]
    under = sum(row["keeping"] == "under" for row in rows)

    page = text(browser(lea).get("/promises/report/"))

    assert re.search(
        rf"c1 {under} of {len(rows)} .*?{re.escape(words.spread(cost.of(under), 'EUR'))}", page
    )


@pytest.mark.parametrize(
    ("promises", "said"),
    [
        ('[promises]\ncost_of_under = "learned"\n', "Which half charges this, with its doubt"),
        ("[promises]\ncost_of_under = 25\n", "Which half charges €25 for each"),
    ],
)
def test_the_page_says_what_is_charged(told, lea, promises, said):
    told(World(people=1_000), promises)
    assert said in text(browser(lea).get("/promises/report/"))


def test_where_too_few_are_over_the_page_says_how_many_more_it_needs(told, lea):
    found = breaking(told(World(people=100)), margin=MARGIN)

    page = text(browser(lea).get("/promises/report/"))

    assert "What a broken promise costs is unknown." in page
    assert f"{found.missing} more customers with a broken promise are needed" in page


def test_without_a_margin_nothing_is_told_but_what_to_do(told, lea, house):
    told(World(people=100))
    house.settings_file.write_text("")
    page = text(browser(lea).get("/promises/report/"))
    assert "Say first which part of a sale is profit, under Settings." in page


def test_a_program_reads_the_same(told, program):
    found = breaking(told(World(people=1_000)), margin=MARGIN, currency="EUR")

    said = program.get("/promises/cost").json()

    assert (said["why"], said["days"], said["currency"]) == ("known", 180, "EUR")
    assert said["all"]["cost"]["mean"] == pytest.approx(found.all.cost.mean)
    assert said["all"]["broken"] == found.all.broken
    whole = sum(one["under"] for one in said["promisers"] if one["by"] == "campaign")
    costs = sum(one["cost"]["mean"] for one in said["promisers"] if one["by"] == "campaign")
    assert costs == pytest.approx(whole * found.all.cost.mean)


def test_a_program_is_told_what_is_missing(told, program, house):
    assert program.get("/promises/cost").status_code == 409
    told(World(people=100))
    said = program.get("/promises/cost").json()
    assert (said["all"], said["why"]) == (None, "too few broken")
    house.settings_file.write_text("")
    refused = program.get("/promises/cost")
    assert refused.status_code == 409
    assert "which part of a sale is profit" in refused.json()["detail"]


def test_where_deliveries_are_many_the_worker_learns_what_the_page_shows(
    told, lea, house, monkeypatch
):
    """It takes seconds, for which nobody who opens the page waits."""
    monkeypatch.setattr(learning, "MANY", 100)
    found = breaking(told(World(people=1_000)), margin=MARGIN, currency="EUR")
    assert "The worker learns it every six hours, and did not yet." in text(
        browser(lea).get("/promises/report/")
    )

    assert learning.learn_cost(MONDAY) == 1
    assert learning.learn_cost(MONDAY + timedelta(hours=6)) == 1

    [kept] = PromiseCost.objects.all()
    assert Breaking.read(json.loads(json.dumps(asdict(found)))) == found
    assert Breaking.read(kept.found).all.se == pytest.approx(found.all.se)
    cost = words.spread(found.all.cost, "EUR")
    assert f"A broken promise costs {cost}" in text(browser(lea).get("/promises/report/"))
    house.settings_file.write_text('currency = "EUR"\nmargin = 0.1\n')
    assert "and did not yet" in text(browser(lea).get("/promises/report/"))
