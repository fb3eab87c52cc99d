"""What the ledger has of people and accounts, on their pages."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from halves.access.actions import change_house
from halves.connect.recipe import Recipe
from halves.connect.running import run_import
from halves.imports.contacts import Contacts
from halves.people.actions import add_account
from halves.people.ledger_lines import of_account
from halves.people.models import Account, Person
from halves.people.timeline import Span
from halves.place import Place
from halves.posting import outbox
from halves.posting.book import book
from halves.promises.delivering import deliver
from tests.connect.files import real_data
from tests.connect.test_recipes import rows_of
from tests.house import MONDAY, browser
from tests.promises.company import told

SHOP = "db2956745b3a8e9f3785c99f34b5d25e"  # of Olist: nine orders, one late
LEADS = "olist_marketing_qualified_leads_dataset.csv"
RECIPE = """
name = "sellers"
about = "who sells with us, and whether what they sold came in time"

[settings]
currency = "EUR"
time_zone = "UTC"

[files.leads]
names = ["leads*"]
about = "a row for each lead"

[files.orders]
names = ["orders*"]
about = "a row for each order that came"

[[rows]]
table = "people"
file = "leads"
[rows.fields]
person_id = { column = "lead" }
account_id = { column = "shop" }
since = { column = "day" }

[[rows]]
table = "touches"
file = "leads"
[rows.fields]
touch_id = { template = "came-{lead}" }
person_id = { column = "lead" }
account_id = { column = "shop" }
at = { column = "day" }
path = { constant = "many" }
channel = { constant = "paid_search" }

[[rows]]
table = "deliveries"
file = "orders"
[rows.fields]
promise_id = { column = "order" }
person_id = { column = "buyer" }
account_id = { column = "shop" }
measure = { constant = "days until it is there" }
better = { constant = "less" }
at = { column = "day" }
expected = { column = "told" }
delivered = { column = "took" }
said = { column = "stars" }
keeping = { compare = { better = "less", met_if_worse_by = 0, met_if_better_by = 3 } }
"""


@pytest.fixture
def brought_in(house: Place, tmp_path: Path) -> Place:
    """The files of a marketplace, brought in as `halves import` does in a house."""
    (tmp_path / "leads.csv").write_text("lead,shop,day\nlead-1,shop-1,2026-01-05\n")
    orders = "order,buyer,shop,day,told,took,stars\no1,buyer-1,shop-1,2026-02-02,10,12,2\n"
    (tmp_path / "orders.csv").write_text(orders)
    bring_in(house, [tmp_path / "leads.csv", tmp_path / "orders.csv"], Recipe.parse(RECIPE))
    return house


def bring_in(house: Place, files: list[Path], recipe: Recipe) -> None:
    run_import(
        book(),
        files,
        recipe=recipe,
        imports=house.imports,
        settings_file=house.settings_file,
        at=MONDAY,
        keeper=Contacts(source=recipe.name, book=book(), at=MONDAY),
    )


def test_an_account_tells_of_its_lead_and_of_whom_it_made_promises_to(brought_in, ada):
    shop = Account.objects.get(ledger_id="shop-1")
    page = browser(ada).get(f"/accounts/{shop.pk}/").content.decode()
    happened = re.sub(r"<[^>]+>|\s+", " ", page[page.index('id="happened"') :])
    told = [
        "Promise: broken",
        "promised 10, came 12",
        "they said 2",
        "days until it is there: 10",
        "paid search",
    ]
    places = [happened.index(words) for words in told]
    assert places == sorted(places), "newest first"


def test_what_came_stands_at_its_own_day(brought_in, ada):
    shop = Account.objects.get(ledger_id="shop-1")
    older = browser(ada).get(f"/accounts/{shop.pk}/?before=2026-02-10T00:00:00%2B00:00")
    assert "Promised" in older.content.decode()
    assert "Promise: broken" not in older.content.decode()


def test_the_promise_is_on_the_page_of_whom_it_was_made_to(brought_in, ada):
    Person.objects.create(
        ledger_id="buyer-1",
        created_at="2026-01-01T00:00:00Z",
        changed_at="2026-01-01T00:00:00Z",
    )

    buyer = Person.objects.get(ledger_id="buyer-1")
    assert "promised 10, came 12" in browser(ada).get(f"/people/{buyer.pk}/").content.decode()


def test_a_seller_of_another_team_learns_nothing_of_its_people(brought_in, ada, ben, cyd):
    person, shop = Person.objects.get(ledger_id="lead-1"), Account.objects.get(ledger_id="shop-1")
    Person.objects.filter(pk=person.pk).update(owner=cyd, team=cyd.team)
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)

    page = browser(ben).get(f"/accounts/{shop.pk}/").content.decode()

    assert "paid search" not in page
    assert "Promise: broken" in page


def test_a_promise_of_the_house_is_told_once_on_each_page(house, ada):
    shop = add_account(by=ada, at=MONDAY, name="Navy")
    promise = told(ada)
    Person.objects.filter(pk=promise.person_id).update(account=shop)
    promise.refresh_from_db()
    came = datetime(2026, 2, 20, 9, tzinfo=UTC)
    deliver(promise, at=came, amount=Decimal(6), source="t", source_key="1", now=came)
    outbox.flush()

    for page in (f"/people/{promise.person_id}/", f"/accounts/{shop.pk}/"):
        said = browser(ada).get(page).content.decode()
        timeline = said[said.index('class="timeline"') :]
        assert timeline.count("more than promised") == 1, page


@pytest.mark.slow
def test_olist_is_one_timeline_from_the_lead_to_the_review(house, ada):
    folder = real_data("olist")
    bring_in(house, [folder], Recipe.named("olist"))
    deals = {row["seller_id"]: row for row in rows_of(folder / "olist_closed_deals_dataset.csv")}
    lead = deals[SHOP]["mql_id"]
    sold = rows_of(folder / "olist_order_items_dataset.csv")
    theirs = {row["order_id"] for row in sold if row["seller_id"] == SHOP}
    came = [
        order
        for order in rows_of(folder / "olist_orders_dataset.csv")
        if order["order_id"] in theirs and order["order_delivered_customer_date"]
    ]
    stars = {
        row["order_id"]: row["review_score"]
        for row in rows_of(folder / "olist_order_reviews_dataset.csv")
    }

    shop = Account.objects.get(ledger_id=SHOP)
    lines = of_account(shop, ada, Span(size=100))
    words = [one.words for one in lines]

    assert Person.objects.count() == 8_000
    assert Account.objects.count() == len(deals) == 842
    origin = next(row["origin"] for row in rows_of(folder / LEADS) if row["mql_id"] == lead)
    assert words[-5:-2] == ["Deal closed", "sales rep", "sdr"]
    assert set(words[-2:]) == {"Door opened", origin}
    assert words.count("Promised") == len(came)
    assert sum("they said" in one.detail for one in lines) == sum(
        order["order_id"] in stars for order in came
    )
    assert lines == sorted(lines, key=lambda one: one.at, reverse=True)
