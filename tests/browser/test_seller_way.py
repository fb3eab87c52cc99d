"""A call by keyboard, a deal that moves, a quote that is accepted, a promise that is broken."""

import re
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.test_access_to_pages import trouble

PATIENCE_MS = 90_000


def someone(page) -> int:
    page.goto("/people/add/")
    page.get_by_label("Name").fill("Dorothy Vaughan")
    page.get_by_label("E-mail").fill("dorothy@orbits.example")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    return int(re.search(r"/people/(\d+)/", page.url)[1])


def call_her(page) -> None:
    """By keyboard alone, from her page."""
    began = time.monotonic()
    with page.expect_navigation():
        page.keyboard.press("l")
    expect(page.get_by_label("In one line")).to_be_focused()
    page.keyboard.type("Needs a model of the orbits by May")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("20")
    page.keyboard.press("Tab")
    page.keyboard.type("Write the quote")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert time.monotonic() - began < 10
    assert "Needs a model of the orbits by May" in page.locator("main").inner_text()


def open_a_deal(page, person: int) -> str:
    page.goto(f"/deals/add/?person={person}")
    page.get_by_label("Title").fill("A model of the orbits")
    page.get_by_label("Their problem").fill("The old model is off by a mile.")
    page.get_by_label("Our solution").fill("Ours is off by a yard.")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=re.compile("Open|Save")).last.click()
    for label, words in (("what", "Model of the orbits"), ("how many", "1"), ("each", "12000")):
        page.get_by_label(f"Line 1: {label}", exact=True).fill(words)
    with page.expect_navigation():
        page.get_by_role("button", name="Save lines").click()
    return page.url.split("?")[0]


def move_it_by_keyboard(page, deal: str) -> None:
    """Shift and the right arrow on its card."""
    page.goto("/deals/")
    card = page.locator(".card", has_text="A model of the orbits")
    was = card.locator("xpath=ancestor::section").get_attribute("data-stage")
    card.get_by_role("link").first.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(
        """was => {
            const card = [...document.querySelectorAll('.card')]
                .find(one => one.textContent.includes('A model of the orbits'));
            return card && card.closest('section').dataset.stage !== was;
        }""",
        arg=was,
    )
    page.goto(deal)
    assert page.locator("#history, h2", has_text="History").count()


def send_a_quote(page, deal: str) -> str:
    page.goto(deal)
    page.get_by_role("link", name="Write a quote").click()
    promised = {"in words": "The model stands in three days", "how much": "3", "of what": "days"}
    for label, words in {**promised, "within days": "3"}.items():
        page.get_by_label(f"Promise 1: {label}", exact=True).fill(words)
    with page.expect_navigation():
        page.get_by_role("button", name="Look at it").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Send the quote").click()
    link = page.locator("a[href^='/q/']").get_attribute("href")
    assert link
    return link


def accept_it(chromium, served, link: str) -> None:
    """The buyer, in a browser of their own, who was never here before."""
    context = chromium.new_context(base_url=served.url)
    buyer = context.new_page()
    buyer.goto(link)
    assert "The model stands in three days" in buyer.locator("main").inner_text()
    buyer.get_by_label("Your name").fill("Dorothy Vaughan")
    with buyer.expect_navigation():
        buyer.get_by_role("button", name="Accept this quote").click()
    assert "Accepted by Dorothy Vaughan" in buyer.locator("main").inner_text()
    context.close()


def a_week_passes(served) -> None:
    """Nobody can wait for it: what was promised now was promised eight days ago."""
    long_ago = datetime.now(UTC) - timedelta(days=8)
    with sqlite3.connect(served.home / "halves.sqlite3", timeout=20) as database:
        changed = database.execute(
            "UPDATE halves_promise SET made_at = ?, due_on = ? WHERE words LIKE 'The model %'",
            (f"{long_ago:%Y-%m-%d %H:%M:%S}", f"{long_ago + timedelta(days=3):%Y-%m-%d}"),
        )
        assert changed.rowcount == 1


def wait_for(page, url: str, words: str) -> None:
    ends = time.monotonic() + PATIENCE_MS / 1_000
    while time.monotonic() < ends:
        page.goto(url)
        if words in page.locator("main").inner_text():
            return
        page.wait_for_timeout(500)
    pytest.fail(f"{words!r} never came to {url}")


def test_from_a_call_to_a_broken_promise_and_its_recovery(signed_in, served, chromium):
    page = signed_in("ben")
    person = someone(page)
    call_her(page)
    deal = open_a_deal(page, person)
    move_it_by_keyboard(page, deal)
    link = send_a_quote(page, deal)
    accept_it(chromium, served, link)
    page.goto(deal)
    assert "Won" in page.locator("p.lead").inner_text()

    page.goto("/promises/")
    assert "The model stands in three days" in page.locator("main").inner_text()
    a_week_passes(served)
    wait_for(page, "/promises/?tab=risk", "Ben sees to it")  # the worker alerted him
    assert trouble(page) == []
    page.goto("/tasks/")
    assert "Keep or mend" in page.locator("main").inner_text()

    page.goto("/promises/?tab=risk")
    page.get_by_role("link", name="The model stands in three days").click()
    page.get_by_label("How much came").fill("7")
    page.get_by_label("More about it").fill("A week late")
    with page.expect_navigation():
        page.get_by_role("button", name="Write it down").click()
    assert "Broken. Promised 3 days, came 7." in page.locator("main").inner_text()
    assert trouble(page) == []
    with page.expect_navigation():
        page.get_by_role("button", name="It is done").click()
    assert "done" in page.locator("section", has_text="What is to be done").inner_text()

    page.goto("/promises/kept/?by=seller")
    row = page.get_by_role("row", name=re.compile("Ben"))
    assert row.locator("td").first.inner_text() == "1"
    wait_for(page, f"/people/{person}/", "Deal closed")  # the worker puts it on the ledger
    timeline = page.locator("main").inner_text()
    for line in ("Promise: broken", "Quote", "Deal closed", "Needs a model of the orbits"):
        assert line in timeline, timeline
