"""Olist end to end: a lead's origin, its SDR, its deal, its orders' promises, what buyers said."""

import re
from collections.abc import Iterator

import pytest

from tests.browser.conftest import Served, joins, serving, types
from tests.browser.test_access_to_pages import trouble
from tests.browser.test_conversations import picture
from tests.connect.files import real_data

pytestmark = pytest.mark.slow
SHOP = "db2956745b3a8e9f3785c99f34b5d25e"  # of nine orders; one came late, four were reviewed


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """A house into which `halves import` brought Olist's files."""
    home = tmp_path_factory.mktemp("olist") / "home"
    joins("ada", home)
    types(home, "import", "--recipe", "olist", str(real_data("olist")))
    with serving(home) as found:
        yield found


def shop(page) -> None:
    page.goto(f"/accounts/?search={SHOP}")
    page.get_by_role("link", name=SHOP).first.click()
    page.wait_for_selector("h2#happened")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_one_timeline_runs_from_the_lead_to_what_buyers_said(signed_in, width, dark):
    page = signed_in("ada", width=width, dark=dark)
    shop(page)

    lines = page.locator("h2#happened ~ ol .line").all_inner_texts()

    def first(words: str) -> int:
        return next(place for place, line in enumerate(lines) if words in line)

    assert first("Deal closed") < first("sales rep") < first("sdr") < first("Door opened")
    assert first("Promise:") < first("Deal closed"), "orders came after the deal"
    assert any("Promise: broken" in line and "they said" in line for line in lines)
    assert any("Promise: more than promised" in line for line in lines)
    picture(page, f"olist-account-{'dark' if dark else 'light'}")
    assert trouble(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_lead_is_a_person_of_that_account(signed_in):
    page = signed_in("ada")
    shop(page)
    page.locator("main table a").first.click()
    page.wait_for_selector("ol.timeline")

    said = page.locator("ol.timeline").inner_text()
    for words in ("Deal closed", "sales rep", "sdr", "Door opened"):
        assert words in said


def test_the_report_says_what_each_day_costs(signed_in):
    page = signed_in("ada")
    page.goto("/promises/report/")
    said = page.locator("main").inner_text()

    assert "Of 22,461 promises that came" in said
    lost, won = (float(one) for one in re.findall(r"(0\.\d{3}) points", said)[:2])
    assert lost == pytest.approx(0.177, abs=0.01)
    assert won == pytest.approx(0.017, abs=0.003)
    assert "A must: broken it hurts far more than outdoing it pleases" in said
    picture(page, "olist-report")
    assert trouble(page) == []
