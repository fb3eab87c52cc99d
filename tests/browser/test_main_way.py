"""From an empty house to an answer and back: imports, score, which half, timeline, merge, undo."""

from pathlib import Path

import pytest

from tests.browser.test_access_to_pages import trouble
from tests.connect.known_exports import hubspot_contacts, hubspot_deals, meta_ads

PATIENCE_MS = 120_000


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [hubspot_contacts(tmp_path / "contacts.csv"), hubspot_deals(tmp_path / "deals.csv")]
    meta_ads(tmp_path / "meta.csv")
    return [*made, tmp_path / "meta.csv"]


def brought_in(page, name: str) -> None:
    """Answer what an import asks, and start it."""
    page.goto("/imports/")
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url("**/imports/*/")
    asked = {"time zone": "UTC", "ISO 4217": "USD"}
    for label, value in asked.items():
        field = page.get_by_label(label, exact=False)
        if field.count() and not field.first.input_value():
            if field.first.evaluate("field => field.tagName") == "SELECT":
                field.first.select_option(value)
            else:
                field.first.fill(value)
    if page.get_by_role("button", name="Keep the answers").count():
        with page.expect_navigation():
            page.get_by_role("button", name="Keep the answers").click()
    page.get_by_role("button", name="Start").click()
    page.get_by_text("It is in.").wait_for(timeout=PATIENCE_MS)


def test_from_an_empty_house_to_an_answer_and_back(signed_in, files):
    page = signed_in("ada")
    page.goto("/imports/")
    page.get_by_label("Files").set_input_files([str(one) for one in files])
    with page.expect_navigation():
        page.get_by_role("button", name="Hand over").click()
    assert page.get_by_text("HubSpot contacts").count()
    for one in files:
        brought_in(page, one.name)

    page.goto("/settings/measuring/")
    page.get_by_label("Currency").fill("USD")
    page.get_by_label("Profit in each").fill("0.5")
    for asked in page.locator("main select").all():  # how a channel meets people, if any is new
        if not asked.input_value():
            asked.select_option(index=1)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.goto("/")
    assert "new customers and $" in page.locator("main").inner_text()

    page.goto("/which-half/ask/")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("heading", name="Verdicts").wait_for(timeout=PATIENCE_MS)

    page.goto("/people/?search=ana0@example")
    page.get_by_role("link", name="Ana Müller, 0", exact=True).click()
    page.get_by_text("Door opened").first.wait_for()

    page.goto("/imports/")
    page.get_by_role("link", name="contacts.csv").first.click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("It was taken back.").wait_for(timeout=PATIENCE_MS)
    page.goto("/people/?search=ana0@example")
    assert page.get_by_text("Nobody matches").count()


def test_a_seller_meets_no_person_of_another_team_anywhere(signed_in):
    ada = signed_in("ada")
    ada.goto("/settings/")
    ada.get_by_label("Sellers see their own").check()
    with ada.expect_navigation():
        ada.get_by_role("button", name="Save").click()
    ada.goto("/people/add/")
    ada.get_by_label("Name").fill("Mary Jackson")
    ada.get_by_label("Owner").select_option("Ben")
    with ada.expect_navigation():
        ada.get_by_role("button", name="Save").click()
    where = ada.url.removesuffix("/")
    key = where.rpartition("/")[2]

    ben, cyd = signed_in("ben"), signed_in("cyd")
    assert ben.goto(where + "/").status == 200
    for path in (f"/people/{key}/", f"/people/{key}/timeline/", f"/people/{key}/edit/"):
        assert cyd.goto(path).status == 404, path
    assert cyd.request.get(f"/api/v1/people/{key}").status == 404
    for path in ("/people/?search=mary", "/find/?search=mary", "/api/v1/people?search=mary"):
        answer = cyd.request.get(path)
        assert answer.status == 200, path
        assert "Jackson" not in answer.text(), path
    assert "Jackson" in ben.request.get("/people/?search=mary").text()


def test_two_who_are_one_are_merged_and_taken_apart_again(signed_in, served):
    ada = signed_in("ada")
    for number in ("+49 30 901820", ""):
        ada.goto("/people/add/")
        ada.get_by_label("Name").fill("Katherine Goble Johnson")
        ada.get_by_label("E-mail").fill(f"katherine{len(number)}@example.org")
        ada.get_by_label("Job title").fill("Mathematician")
        ada.get_by_label("Region").fill("Virginia")
        with ada.expect_navigation():
            ada.get_by_role("button", name="Save").click()
    ada.goto("/people/duplicates/")
    ada.get_by_role("button", name="Look for").first.click()
    for _ in range(60):
        ada.goto("/people/duplicates/")
        if ada.get_by_role("link", name="Katherine Goble Johnson").count():
            break
        ada.wait_for_timeout(1000)
    assert trouble(ada) == []
    ada.get_by_role("link", name="Katherine Goble Johnson").first.click()
    ada.get_by_role("heading", name="Are they the same person?").wait_for()
    assert trouble(ada) == []
    ada.get_by_role("button", name="Merge").first.click()
    ada.get_by_text("Merged lately").wait_for()
    assert trouble(ada) == []
    ada.goto("/people/?search=katherine")
    assert ada.get_by_role("row", name="Katherine").count() == 1


def test_two_whom_a_colleague_knows_to_be_one_are_merged_by_hand(signed_in):
    page = signed_in("max")
    for name in ("Annie Easley", "A. Jean Easley"):
        page.goto("/people/add/")
        page.get_by_label("Name").fill(name)
        with page.expect_navigation():
            page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Merge with…").click()
    page.get_by_label("Who is the same person?").fill("annie")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert trouble(page) == []
    page.get_by_role("link", name="Annie Easley").click()
    page.get_by_role("heading", name="Are they the same person?").wait_for()
    assert trouble(page) == []
    page.get_by_role("link", name="Keep Annie Easley instead").click()
    page.get_by_role("button", name="Merge, keep Annie Easley").click()
    page.get_by_role("heading", name="Merged into this person").wait_for()
    assert trouble(page) == []
    page.get_by_role("button", name="Undo the merge of A. Jean Easley").click()
    page.get_by_text("they are two people again").wait_for()
