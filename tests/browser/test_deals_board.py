"""Cards of the board, dragged by mouse."""

import re

import pytest

from tests.browser.test_access_to_pages import trouble


def a_deal(page, title: str) -> None:
    """Open a deal with somebody new."""
    page.goto("/people/add/")
    page.get_by_label("Name").fill(f"Who wants {title}")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    person = re.search(r"/people/(\d+)/", page.url)[1]
    page.goto(f"/deals/add/?person={person}")
    page.get_by_label("Title").fill(title)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Open").click()


def card_of(page, title: str):
    return page.locator(".card", has_text=title)


def column_of(page, stage: str):
    return page.get_by_role("region", name=re.compile(rf"^{stage} \d"))


def in_(page, stage: str) -> list[str]:
    """Titles of the cards in a column."""
    return column_of(page, stage).locator(".card > a").all_inner_texts()


def count_of(page, stage: str) -> int:
    return int(column_of(page, stage).locator(".count").inner_text())


def test_a_card_that_is_dragged_to_a_stage_is_in_it_for_everybody(signed_in):
    page = signed_in("ben")
    a_deal(page, "Twelve telescopes")
    page.goto("/deals/?search=telescopes")
    with page.expect_navigation():
        card_of(page, "Twelve telescopes").drag_to(column_of(page, "Solution shown"))

    assert page.url.endswith(card_of(page, "Twelve telescopes").get_attribute("id"))
    assert "search=telescopes" in page.url  # the board is as it was
    leader = signed_in("lea")
    leader.goto("/deals/?search=telescopes")
    assert in_(leader, "Solution shown") == ["Twelve telescopes"]
    assert (count_of(leader, "New"), count_of(leader, "Solution shown")) == (0, 1)
    assert trouble(page) == []


def test_a_card_that_is_dropped_where_it_was_or_beside_the_board_stays(signed_in):
    page = signed_in("ben")
    a_deal(page, "Thirteen telescopes")
    page.goto("/deals/?search=Thirteen")
    card = card_of(page, "Thirteen telescopes")
    for place in (column_of(page, "New"), page.get_by_role("heading", level=1)):
        card.drag_to(place)
        assert page.locator(".column.over").count() == 0
    page.reload()

    assert in_(page, "New") == ["Thirteen telescopes"]


@pytest.mark.parametrize("leaves", [False, True])
def test_a_card_that_is_dragged_to_lost_asks_for_the_reason_first(signed_in, leaves):
    page, title = signed_in("ben"), f"A loss, {'left' if leaves else 'told'}"
    a_deal(page, title)
    page.goto("/deals/")
    lost = count_of(page, "Lost")
    with page.expect_navigation():
        card_of(page, title).drag_to(column_of(page, "Lost"))
    assert "Why" in page.locator("main").inner_text()
    assert trouble(page) == []

    if leaves:
        page.go_back()
        assert title in in_(page, "New")
        return
    page.get_by_label("Why").select_option("price")
    with page.expect_navigation():
        page.get_by_role("button", name="It is lost").click()
    assert count_of(page, "Lost") == lost + 1
    assert title not in in_(page, "New")
