"""Each shipped recipe on the real files, against a count with the csv module and nothing else."""

import csv
import math
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from halves.connect.recipe import Recipe, shipped
from halves.connect.running import Imported, dry_run, run_import
from halves.ledger import Ledger
from halves.ledger.settings import Settings

from .files import real_data

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
STATED = {
    "hillstrom": {"cost_per_mail": "0.10"},
    "bank_marketing": {"wage_per_hour": "20"},
    "facebook_ads": {"day": "2017-08-30"},
}


def rows_of(path: Path, *, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def brought(tmp_path: Path, name: str, path: Path) -> tuple[Ledger, Imported]:
    book = Ledger.create(tmp_path / "ledger")
    result = run_import(
        book,
        [path],
        recipe=Recipe.named(name),
        imports=tmp_path / "imports",
        settings_file=tmp_path / "halves.toml",
        at=NOON,
        stated=STATED.get(name, {}),
    )
    assert result.refused == 0, result.counts
    return book, result


def column(book: Ledger, table: str, name: str) -> list[object]:
    return book.read(table).column(name).to_pylist()


def spent(book: Ledger) -> dict[str, float]:
    table = book.read("spend").group_by("channel").aggregate([("amount", "sum")])
    return {row["channel"]: float(row["amount_sum"]) for row in table.to_pylist()}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_recipe_reads_and_writes_back_as_itself(name):
    recipe = Recipe.named(name)

    assert recipe.name == name
    assert Recipe.parse(recipe.to_toml()) == recipe
    assert recipe.about


def test_olist_gives_leads_deals_what_was_sold_and_deliveries(tmp_path):
    folder = real_data("olist")
    book, result = brought(tmp_path, "olist", folder)
    leads = rows_of(folder / "olist_marketing_qualified_leads_dataset.csv")
    deals = rows_of(folder / "olist_closed_deals_dataset.csv")
    orders = rows_of(folder / "olist_orders_dataset.csv")
    came = [order for order in orders if order["order_delivered_customer_date"]]

    assert result.rows == {
        "people": len(leads),
        "touches": 2 * len(leads) + len(deals),
        "outcomes": len(leads) + len(deals),
        "deliveries": len(came),
    }
    origins = Counter((lead["origin"] or "unknown").replace(" ", "_") for lead in leads)
    channels = Counter(column(book, "touches", "channel"))
    assert channels == origins + Counter(sdr=len(leads), sales_rep=len(deals))
    costs = book.read("touches").group_by("channel").aggregate([("cost", "sum")]).to_pylist()
    by_channel = {row["channel"]: row["cost_sum"] for row in costs}
    assert by_channel["sdr"] == 6 * len(leads)  # 12 minutes at 30 an hour
    assert by_channel["sales_rep"] == 50 * len(deals)


def test_olist_values_a_deal_at_what_its_seller_then_sold(tmp_path):
    folder = real_data("olist")
    book, _ = brought(tmp_path, "olist", folder)
    sold: dict[str, Decimal] = {}
    for item in rows_of(folder / "olist_order_items_dataset.csv"):
        seller = item["seller_id"]
        sold[seller] = sold.get(seller, Decimal(0)) + Decimal(item["price"])
    expected = {
        deal["mql_id"]: sold.get(deal["seller_id"])
        for deal in rows_of(folder / "olist_closed_deals_dataset.csv")
    }

    outcomes = book.read("outcomes").to_pylist()
    values = {row["deal_id"]: row["value"] for row in outcomes if row["kind"] == "deal_closed"}
    assert values == expected
    assert sum(value is not None for value in values.values()) == 245  # the data's own page


def test_olist_keeps_promises_by_the_calendar(tmp_path):
    folder = real_data("olist")
    book, _ = brought(tmp_path, "olist", folder)
    expected = Counter()
    for order in rows_of(folder / "olist_orders_dataset.csv"):
        if order["order_delivered_customer_date"]:
            promised = datetime.fromisoformat(order["order_estimated_delivery_date"]).date()
            came = datetime.fromisoformat(order["order_delivered_customer_date"]).date()
            early = (promised - came).days
            expected["under" if early < 0 else "met" if early <= 3 else "over"] += 1

    assert Counter(column(book, "deliveries", "keeping")) == expected


def test_hillstrom_gives_two_experiments_with_one_group_held_out(tmp_path):
    path = real_data("hillstrom", "hillstrom.csv")
    book, result = brought(tmp_path, "hillstrom", path)
    customers = rows_of(path)
    mailed = Counter(customer["segment"] for customer in customers)
    visits = sum(customer["visit"] == "1" for customer in customers)
    sales = [customer for customer in customers if customer["conversion"] == "1"]

    assert result.rows["touches"] == mailed["Mens E-Mail"] + mailed["Womens E-Mail"]
    assert sum(column(book, "touches", "cost")) == result.rows["touches"] * Decimal("0.1")
    arms = Counter((row["experiment"], row["arm"]) for row in book.read("assignments").to_pylist())
    assert arms == {
        ("mens_email", "treated"): mailed["Mens E-Mail"],
        ("mens_email", "held_out"): mailed["No E-Mail"],
        ("womens_email", "treated"): mailed["Womens E-Mail"],
        ("womens_email", "held_out"): mailed["No E-Mail"],
    }
    outcomes = book.read("outcomes").to_pylist()
    start = min(row["starts"] for row in book.read("experiments").to_pylist())
    after = [row for row in outcomes if row["at"] >= start]
    before = [row for row in outcomes if row["at"] < start]
    assert Counter(row["kind"] for row in after) == {
        "door_opened": visits,
        "deal_closed": len(sales),
    }
    spent = sum(Decimal(customer["spend"]) for customer in sales)
    assert sum(row["value"] or 0 for row in after) == spent
    assert sum(row["value"] for row in before) == sum(Decimal(c["history"]) for c in customers)


def test_maven_gives_engagements_by_seller_and_deals_won(tmp_path):
    folder = real_data("maven_crm")
    book, _ = brought(tmp_path, "maven_crm", folder)
    pipeline = rows_of(folder / "sales_pipeline.csv")
    engaged = [deal for deal in pipeline if deal["engage_date"]]
    won = [deal for deal in pipeline if deal["deal_stage"] == "Won"]

    assert Counter(column(book, "touches", "seller")) == Counter(d["sales_agent"] for d in engaged)
    stories = Counter(d["product"].replace("GTXPro", "GTX Pro") for d in engaged)
    assert Counter(column(book, "touches", "story")) == stories
    closed = [r for r in book.read("outcomes").to_pylist() if r["kind"] == "deal_closed"]
    assert {row["deal_id"]: (row["account_id"], row["value"]) for row in closed} == {
        deal["opportunity_id"]: (deal["account"], Decimal(deal["close_value"])) for deal in won
    }
    days = {row["deal_id"]: row["at"].strftime("%d-%m-%y") for row in closed}
    assert days == {deal["opportunity_id"]: deal["close_date"] for deal in won}


def test_bank_marketing_gives_a_call_that_costs_its_minutes(tmp_path):
    path = real_data("bank_marketing", "bank-full.csv")
    book, result = brought(tmp_path, "bank_marketing", path)
    clients = rows_of(path, delimiter=";")

    assert result.rows == {
        "people": len(clients),
        "touches": len(clients),
        "outcomes": sum(client["y"] == "yes" for client in clients),
    }
    seconds = sum(int(client["duration"]) for client in clients)
    cost = float(sum(column(book, "touches", "cost")))
    assert cost == pytest.approx(seconds / 3600 * 20, abs=len(clients) * 1e-6)
    months = Counter(client["month"] for client in clients)
    # Midnight in Lisbon is 23:00 of the day before in UTC in summer.
    local = [at.astimezone(ZoneInfo("Europe/Lisbon")) for at in column(book, "touches", "at")]
    assert Counter(at.strftime("%b").lower() for at in local) == months


def test_journeys_give_each_impression_and_conversion(tmp_path):
    path = real_data("journeys", "attribution_data.csv")
    book, _ = brought(tmp_path, "journeys", path)
    events = rows_of(path)

    assert Counter(column(book, "touches", "channel")) == Counter(e["channel"] for e in events)
    assert len(set(column(book, "touches", "person_id"))) == len({e["customer_id"] for e in events})
    value = sum(Decimal(e["conversion_value"]) for e in events if e["conversion"] == "1")
    assert sum(column(book, "outcomes", "value")) == value


def test_facebook_ads_give_all_spend(tmp_path):
    path = real_data("facebook_ads", "KAG_conversion_data.csv")
    book, _ = brought(tmp_path, "facebook_ads", path)
    ads = rows_of(path)

    spent = float(sum(column(book, "spend", "amount")))
    assert spent == pytest.approx(sum(float(ad["Spent"]) for ad in ads), abs=len(ads) * 1e-6)
    assert spent == pytest.approx(58_705, abs=1)  # the data's own page
    assert sum(column(book, "spend", "clicks")) == sum(int(ad["Clicks"]) for ad in ads)
    assert sum(column(book, "spend", "impressions")) == sum(int(ad["Impressions"]) for ad in ads)


def test_robyn_gives_each_week_s_revenue_and_what_each_channel_cost(tmp_path):
    path = real_data("robyn", "dt_simulated_weekly.csv")
    book, result = brought(tmp_path, "robyn", path)
    weeks = rows_of(path)

    assert result.rows == {"outcomes": len(weeks), "spend": 5 * len(weeks)}
    revenue = math.fsum(float(week["revenue"]) for week in weeks)
    assert float(sum(column(book, "outcomes", "value"))) == pytest.approx(revenue, abs=1e-3)
    assert spent(book) == {
        channel: pytest.approx(math.fsum(float(week[f"{channel}_S"]) for week in weeks), abs=1e-3)
        for channel in ("tv", "ooh", "print", "facebook", "search")
    }
    days = {str(day) for day in column(book, "spend", "day")}
    assert days == {week["DATE"] for week in weeks}
    assert {at.date().isoformat() for at in column(book, "outcomes", "at")} == days
    settings = Settings.read(tmp_path / "halves.toml")
    assert {(one.path, one.meets) for one in settings.channels} == {("many", "broadcast")}
    assert settings.margin is None  # only the user knows


@pytest.mark.parametrize("kind", ["national", "geo"])
def test_meridian_gives_revenue_and_spend_by_week_and_region(tmp_path, kind):
    path = real_data("meridian", f"{kind}_all_channels.csv")
    book, result = brought(tmp_path, f"meridian_{kind}", path.parent)
    rows = rows_of(path)

    assert result.rows == {"outcomes": len(rows), "spend": 5 * len(rows)}
    earned, cost = Counter(), Counter()
    for row in rows:
        region = row.get("geo")
        earned[region] += float(row["conversions"]) * float(row["revenue_per_conversion"])
        cost.update({(f"channel{n}", region): float(row[f"Channel{n}_spend"]) for n in range(5)})
    found = book.read("outcomes").group_by(["region", "person_id"]).aggregate([("value", "sum")])
    assert {row["region"]: float(row["value_sum"]) for row in found.to_pylist()} == {
        region: pytest.approx(sum_, abs=1e-3) for region, sum_ in earned.items()
    }
    assert set(found.column("person_id").to_pylist()) == {
        f"everyone in {region}" if region else "everyone" for region in earned
    }
    spend = book.read("spend").group_by(["channel", "region"]).aggregate([("amount", "sum")])
    assert {
        (row["channel"], row["region"]): float(row["amount_sum"]) for row in spend.to_pylist()
    } == {place: pytest.approx(sum_, abs=1e-3) for place, sum_ in cost.items()}
    seen = sum(int(float(row[f"Channel{n}_impression"])) for row in rows for n in range(5))
    assert sum(column(book, "spend", "impressions")) == seen


def test_a_dry_run_of_olist_counts_what_an_import_brings(tmp_path):
    folder = real_data("olist")
    _, result = brought(tmp_path, "olist", folder)

    dry = dry_run([folder], recipe=Recipe.named("olist"), settings=Settings())

    assert dry.rows == result.rows
    assert dry.counts == result.counts


def test_the_guide_s_recipe_works_as_it_stands(tmp_path):
    guide = (Path(__file__).parents[2] / "docs/guide/importing.md").read_text()
    toml = next(part for part in guide.split("```toml\n") if part.startswith('name = "webinars"'))
    (tmp_path / "webinar-1.csv").write_text(
        "Webinar ID;Email;Join time;Topic;Attended\n"
        "7;Ada@x.org;02.03.2026 18:30;Belonging;Yes\n7;ben@x.org;;Belonging;No\n"
    )

    book = Ledger.create(tmp_path / "ledger")
    run_import(
        book,
        [tmp_path / "webinar-1.csv"],
        recipe=Recipe.parse(toml.split("```")[0]),
        imports=tmp_path / "imports",
        settings_file=tmp_path / "halves.toml",
        at=NOON,
    )

    (touch,) = book.read("touches").to_pylist()
    assert (touch["touch_id"], touch["person_id"]) == ("webinar-7-Ada@x.org", "ada@x.org")
    assert touch["at"] == datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    assert (touch["cost"], touch["currency"], touch["source"]) == (Decimal("2.5"), "EUR", "zoom")
