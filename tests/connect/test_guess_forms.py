"""How numbers, dates and headers are told apart by what a column holds."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halves.connect.file_spec import FileSpec
from halves.connect.forms import FORMS, NumberForm, date_forms, number_forms
from halves.connect.headers import match, plain
from halves.connect.known.deals import won_stage
from halves.connect.known.export import Sheet, Undecided
from halves.connect.known.google_ads import FIELDS as GOOGLE
from halves.connect.known.hubspot import DEAL
from halves.connect.known.meta_ads import FIELDS as META
from halves.connect.roles import Sample

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


def written(amount: Decimal, form: NumberForm) -> str:
    """The amount as someone with these marks writes it, by way of Python's own formatting."""
    marks = {",": form.thousands, ".": form.decimal}
    return "".join(marks.get(c, c) for c in f"{amount:,.2f}")


@given(st.lists(AMOUNTS, min_size=1), st.sampled_from(FORMS))
def test_amounts_with_cents_are_read_back_whatever_their_marks(amounts, form):
    texts = [written(amount, form) for amount in amounts]

    found = number_forms(texts)

    assert found.is_settled
    assert [Decimal(found.forms[0].read(text)) for text in texts] == amounts


@given(st.integers(min_value=1000, max_value=999_999), st.sampled_from([",", "."]))
def test_a_lone_mark_before_three_digits_is_left_open(number, mark):
    text = f"{number:,}".replace(",", mark)

    assert {form.read(text) for form in number_forms([text]).forms} == {
        str(number),
        text.replace(",", "."),
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1\u00a0234,50 €", "1234.50"),
        ("1'234.50", "1234.50"),
        ("$1,234.50", "1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("-0.5", "-0.5"),
        ("1,234,567", "1234567"),
        ("-$0.50", "-0.50"),
        ("EUR 1,234.50", "1234.50"),
        ("R$ 1.234,50", "1234.50"),
        (".75", "0.75"),
    ],
)
def test_one_telling_value_settles_a_column(text, number):
    found = number_forms([text, "7", ""])

    assert found.is_settled
    assert found.forms[0].read(text) == number


def test_what_no_form_reads_is_shown():
    found = number_forms(["12.50", "13.75", "twelve"])

    assert found.forms == ()
    assert found.unread == "twelve"


def test_two_conventions_in_one_column_are_not_one_form():
    assert number_forms(["1,234.50", "1.234,50"]).forms == ()


@given(
    st.lists(st.dates(min_value=date(1980, 1, 1), max_value=date(2068, 12, 31)), min_size=1),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%y", "%b %d, %Y"]),
)
def test_a_date_form_reads_every_date_it_was_found_on(days, form):
    texts = [day.strftime(form) for day in days]

    found = date_forms(texts)

    assert form in found.forms
    for other in found.forms:
        assert all(datetime.strptime(text, other) for text in texts)  # noqa: DTZ007


def test_a_day_after_the_twelfth_settles_day_and_month():
    assert date_forms(["03/04/2026", "13/04/2026"]).forms == ("%d/%m/%Y",)
    assert date_forms(["03/04/2026", "04/13/2026"]).forms == ("%m/%d/%Y",)
    assert date_forms(["03/04/2026", "04/03/2026"]).forms == ("%d/%m/%Y", "%m/%d/%Y")


def test_a_date_that_is_none_is_shown():
    assert date_forms(["2026-03-01", "31/31/2026"]).unread == "31/31/2026"


NOISE = st.text(alphabet=" \t\u00a0\ufeff\u200b", max_size=3)


@given(st.sampled_from([h for f in (*GOOGLE, *META, *DEAL) for h in f.headers]), NOISE, NOISE)
def test_headers_are_the_same_whatever_their_case_marks_and_spaces(header, before, after):
    assert plain(before + header.upper() + after) == plain(header)
    assert plain(before + header.lower() + after) == plain(header)
    assert plain(f'"{header}"') == plain(header)


@given(st.permutations([f.headers[0] for f in DEAL] + ["Notes", "Number of Sales Activities"]))
def test_columns_are_found_in_any_order(headers):
    found = match(DEAL, headers)

    assert found.found == {field.name: field.headers[0] for field in DEAL}
    assert found.missing == found.lacks == ()


def test_averages_are_not_taken_for_sums():
    found = match(GOOGLE, ["Campaign", "Avg. cost", "Cost / conv.", "Day", "All conv."])

    assert found.lacks == ("Cost",)


@pytest.mark.parametrize(
    ("header", "currency"),
    [
        ("Amount spent (USD)", "USD"),
        ("Ausgegebener Betrag (EUR)", "EUR"),
        ("montant dépensé (chf)", "CHF"),
        ("Valor usado (BRL)", "BRL"),
    ],
)
def test_the_currency_is_read_from_the_header(header, currency):
    found = match(META, ["Reporting starts", header])

    assert found.found["amount"] == header
    assert found.currency == currency


@pytest.mark.parametrize("text", ["A12", "Q2-2026", "12 pieces", "1.2.3", "1,23,456.5", "--", "₤"])
def test_what_only_holds_digits_is_no_number(text):
    assert number_forms([text]).forms == ()


@pytest.mark.parametrize(
    ("stage", "is_won"),
    [
        ("Closed Won", True),
        ("closedwon", True),
        ("7. Closed - Won", True),
        ("Won (Sales Pipeline)", True),
        ("Abgeschlossen und gewonnen", True),
        ("Won't buy", False),
        ("Closed Lost", False),
        ("Wonderland", False),
        ("Negotiation", False),
    ],
)
def test_a_stage_is_won_by_its_name(stage, is_won):
    sheet = Sheet(Path("deals.csv"), FileSpec(names=("*",)), {"Stage": Sample("Stage", [stage])})

    if is_won:
        assert won_stage(sheet, "Stage")[0].one_of == (stage,)
    else:
        with pytest.raises(Undecided, match="--won"):
            won_stage(sheet, "Stage")
