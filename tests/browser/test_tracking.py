"""A site with the script in its pages, in a real browser: what is kept there, what is sent."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.test_access_to_pages import trouble


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path):
    """Somebody's site, which is on another origin than the house."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def visitor(chromium):
    """A browser that nobody knows; `asks_not` to be tracked as GPC or DNT says it."""
    contexts = []

    def opened(asks_not: str = ""):
        context = chromium.new_context()
        contexts.append(context)
        if asks_not:
            said = f"Object.defineProperty(navigator, {asks_not}, {{get: () => '1'}})"
            context.add_init_script(said)
        page = context.new_page()
        page.sent = []
        page.on("request", lambda one: page.sent.append(one) if "/v1/" in one.url else None)
        return page

    yield opened
    for context in contexts:
        context.close()


def add_source(page, origin: str, name: str = "Site") -> str:
    """Through the page; the line for the site's pages."""
    page.goto("/settings/sources/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Sites whose browsers may send").fill(origin)
    page.get_by_role("button", name="Add").click()
    page.get_by_text("Copy the secret key now").wait_for()
    return page.get_by_label("The line for your pages").inner_text()


def test_a_site_s_visits_arrive_and_nothing_is_kept_in_the_browser_until_consent(
    signed_in, site, visitor
):
    folder, origin = site
    colleague = signed_in("ada")
    line = add_source(colleague, origin, "Boats")
    assert trouble(colleague) == []
    (folder / "index.html").write_text(
        f"<!doctype html><title>Boats</title>{line}<a href='https://far.example/x'>far</a>"
    )
    page = visitor()
    page.route("https://far.example/**", lambda route: route.fulfill(status=204, body=""))

    with page.expect_response(re.compile("/v1/batch")) as answer:
        page.goto(f"{origin}/?utm_medium=email&utm_campaign=spring")
    assert answer.value.status == 200
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    with page.expect_response(re.compile("/v1/batch")):
        page.get_by_text("far").click()
    page.evaluate("halves.consent(true)")
    assert [one["name"] for one in page.context.cookies()] == ["halves_id"]
    page.evaluate("halves.consent(false)")
    assert page.context.cookies() == []

    colleague.goto("/settings/sources/")
    colleague.get_by_role("link", name="Boats").click()
    live = colleague.locator("#live")
    live.get_by_text("Link Clicked", exact=True).wait_for()
    live.locator("td", has_text="spring").first.wait_for(timeout=60_000)
    assert trouble(colleague) == []


@pytest.mark.parametrize("how", ["'globalPrivacyControl'", "'doNotTrack'"])
def test_who_asks_not_to_be_tracked_sends_nothing_until_they_consent(signed_in, site, visitor, how):
    folder, origin = site
    line = add_source(signed_in("ada"), origin)
    (folder / "index.html").write_text(f"<!doctype html><title>Boats</title>{line}")
    page = visitor(how)

    page.goto(f"{origin}/")
    page.wait_for_function("window.halves")
    page.wait_for_timeout(1_500)  # the script sends within 0.8 s what it sends
    assert page.sent == []
    assert page.context.cookies() == []
    with page.expect_response(re.compile("/v1/batch")):
        page.evaluate("halves.consent(true)")


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        (1280, False),
        (390, True),
        pytest.param(1280, True, marks=pytest.mark.slow),
        pytest.param(390, False, marks=pytest.mark.slow),
    ],
)
def test_a_source_s_page_keeps_nobody_out(signed_in, width, dark):
    page = signed_in("ada", width=width, dark=dark)
    page.goto("/settings/sources/")
    found = trouble(page)
    add_source(page, "https://www.example.org")
    found += trouble(page)

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
