"""A call is logged by keyboard alone, and what was said in it is put to it."""

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_access_to_pages import trouble


def someone(page, name: str) -> str:
    """The address of somebody new."""
    page.goto("/people/add/")
    page.get_by_label("Name").fill(name)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    return page.url


def picture(page, name: str) -> None:
    folder = os.environ.get("HALVES_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_call_is_logged_by_keyboard_in_seconds(signed_in):
    page = signed_in("ben")
    someone(page, "Gladys West")
    began = time.monotonic()
    with page.expect_navigation():
        page.keyboard.press("l")
    expect(page.get_by_label("In one line")).to_be_focused()
    page.keyboard.type("Wants a price by Friday")
    page.keyboard.press("Tab")  # a call, as it mostly is
    page.keyboard.press("Tab")
    page.keyboard.type("15")
    page.keyboard.press("Tab")
    page.keyboard.type("Send the price list")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert time.monotonic() - began < 10

    assert page.get_by_role("heading", level=1).inner_text() == "Gladys West"
    line = page.locator(".line.conversation")
    assert "Wants a price by Friday" in line.inner_text()
    assert "15 minutes" in line.inner_text()
    assert "Send the price list" in page.locator("main").inner_text()
    page.goto("/find/?search=gladys")
    assert page.get_by_role("link", name="Log a talk with Gladys West").count() == 1


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_pages_of_a_talk_keep_nobody_out(signed_in, width, dark):
    page, shade = signed_in("ben", width=width, dark=dark), "dark" if dark else "light"
    person = someone(page, f"Evelyn Boyd {shade}")
    with page.expect_navigation():
        page.get_by_role("link", name="Log a talk").first.click()
    page.get_by_label("In one line").fill("First call")
    page.get_by_text("Notes, deal, story, transcript").click()
    page.get_by_label("Transcript").fill("Ben: Hello\nEvelyn: <b>It is too dear</b> for us")
    picture(page, f"log-{shade}")
    assert trouble(page) == []
    with page.expect_navigation():
        page.get_by_label("Transcript").press("Control+Enter")
    assert page.url == person
    with page.expect_navigation():
        page.locator(".line.conversation a").click()
    page.get_by_text("Who is who").click()
    page.get_by_text("Put another transcript in its place").click()
    assert "<b>It is too dear</b>" in page.locator(".turns").inner_text()
    picture(page, f"talk-{shade}")
    found = trouble(page)
    for path in ("/conversations/", "/conversations/mailbox/", "/conversations/words/"):
        page.goto(path)
        picture(page, f"{path.strip('/').replace('/', '-')}-{shade}")
        found += trouble(page)
    page.goto("/conversations/files/")
    file = {"name": "a.eml", "mimeType": "message/rfc822", "buffer": MAIL}
    page.get_by_label("File").set_input_files(files=[file])
    with page.expect_navigation():
        page.get_by_role("button", name="Take it in").click()
    assert "eve@evil.example" in page.locator("main").inner_text()
    picture(page, f"files-{shade}")
    found += trouble(page)
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


MAIL = (
    b"From: eve@evil.example\r\nTo: ben@example.org\r\nMessage-ID: <1@evil>\r\n"
    b"Date: Mon, 5 Jan 2026 09:00:00 +0000\r\nSubject: Hi\r\n\r\nHi"
)
