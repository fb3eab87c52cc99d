"""Every page for everyone: by keyboard, on a phone, in the dark, without serious trouble."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.addresses import plain_pages

SERIOUS = ("serious", "critical")


def trouble(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {one['id']}: {one['help']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_no_page_keeps_anyone_out(signed_in, width, dark):
    page, found = signed_in("ada", width=width, dark=dark), []
    for path in plain_pages():
        answer = page.request.get(path)
        # Not what only answers a form, nor a part of a page.
        if answer.status != 405 and "<html" in answer.text():
            page.goto(path)
            found += trouble(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{path}: {wide} px wide on a screen of {width}")

    assert found == []


def test_the_sign_in_page_keeps_nobody_out(served, chromium):
    page = chromium.new_page()
    page.goto(f"{served.url}/account/login/")

    assert trouble(page) == []
    page.close()


def test_a_person_is_added_found_and_noted_by_keyboard_alone(signed_in):
    page = signed_in("ben")
    page.goto("/people/add/")
    page.get_by_label("Name").focus()
    page.keyboard.type("Joan Clarke")
    page.keyboard.press("Tab")
    page.keyboard.type("joan@example.org")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Joan Clarke"
    page.keyboard.press("Control+k")
    page.keyboard.type("joan cl")
    page.get_by_role("link", name="Joan Clarke").last.wait_for()
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Joan Clarke"

    assert trouble(page) == []


def test_what_was_typed_stays_when_something_is_wrong(signed_in):
    page = signed_in("max")
    page.goto("/people/add/")
    page.get_by_label("Name").fill("Alan")
    page.get_by_label("E-mail").fill("no address")
    page.get_by_role("button", name="Save").click()

    assert page.get_by_label("Name").input_value() == "Alan"
    assert "must be an address" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("E-mail").get_attribute("aria-invalid") == "true"


def test_of_two_who_edit_at_once_the_second_sees_both(signed_in):
    first, second = signed_in("max"), signed_in("lea")
    first.goto("/people/add/")
    first.get_by_label("Name").fill("Dorothy Vaughan")
    with first.expect_navigation():
        first.get_by_role("button", name="Save").click()
    for page in (first, second):
        page.goto(first.url.rstrip("/").replace("/edit", "") + "/edit/")
    first.get_by_label("Job title").fill("Head of computing")
    with first.expect_navigation():
        first.get_by_role("button", name="Save").click()
    second.get_by_label("Job title").fill("Mathematician")
    second.get_by_role("button", name="Save").click()

    assert "changed by someone else" in second.get_by_role("alert").inner_text()
    assert "Head of computing" in second.get_by_text("As it is now").locator("..").inner_text()
    assert second.get_by_label("Job title").input_value() == "Mathematician"
