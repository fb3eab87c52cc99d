"""Pictures of every page, for README and guide: light and dark, wide and phone.

    halves demo --port 8124                      # in another window; wait until it has an answer
    python -m tests.browser.pictures --url http://127.0.0.1:8124 [--only person --only import …]

They go to docs/images/pages/. Pages are taken from the list of URLs; a page about something is
found by following links, so that it has a picture as soon as there is such a thing in the house.
"""

import argparse
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django
from playwright.sync_api import Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.addresses import name_of, names_of_pages_of_things, plain_pages  # noqa: E402
from tests.browser.conftest import OPTIONS  # noqa: E402

FOLDER = Path(__file__).parents[2] / "docs/images/pages"
PASSWORD = "halves for a demo"
# Where a picture's name says more than the page's own.
CALLED = {
    "home": "score",
    "answer_unit": "which-half-unit",
    "users": "colleagues",
    "user": "colleague",
    "tokens": "keys",
    "audit": "log",
    "account_login": "sign-in",
}
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
TALLEST = 1800
_TWINS = ("Katherine Goble Johnson", "Katherine G. Johnson")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--only", action="append", help="a picture's name; all if unsaid")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    said = parser.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=list(OPTIONS))
        page = browser.new_page(base_url=said.url)
        _sign_in(page)
        _set_the_scene(page)
        pages = dict(_every_page(page))
        page.close()
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    base_url=said.url,
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                )
                _take_all(page, pages, f"{size}-{scheme}", said.folder, said.only)
                page.close()
        browser.close()
    shown = set(pages)
    left = sorted(_called(one) for one in names_of_pages_of_things() if _called(one) not in shown)
    print(f"{len(pages)} pages. Led to by no link here, or no page of their own: {', '.join(left)}")


def _sign_in(page: Page) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda where: "login" not in where)


def _set_the_scene(page: Page) -> None:
    """Two who are probably one, as the demo's company has none; once."""
    page.goto("/people/duplicates/")
    if page.locator("main tbody a").count():
        return
    for place, name in enumerate(_TWINS):
        page.goto("/people/add/")
        page.get_by_label("Name").fill(name)
        page.get_by_label("E-mail").fill(f"katherine@nasa{place}.example")
        page.get_by_label("Job title").fill("Mathematician")
        page.get_by_label("Region").fill("Virginia")
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state()
    page.goto("/people/duplicates/")
    if not page.get_by_role("button", name="Look for").count():
        return  # Splink is not installed here
    page.get_by_role("button", name="Look for").first.click()
    for _ in range(120):
        page.goto("/people/duplicates/")
        if page.locator("main tbody a").count():
            return
        page.wait_for_timeout(1000)


def _worth_seeing(page: Page) -> Iterator[str]:
    """Of deals one whose quote waits, of talks one that took place: they have most to show."""
    page.goto("/conversations/?state=held")
    for path in _paths(page, "/conversations/")[:1]:
        yield path
    page.goto("/deals/list/?state=open&order=value")
    for path in _paths(page, "/deals/"):
        page.goto(path)
        if _paths(page, "/quotes/"):
            yield path
            return


def _paths(page: Page, start: str) -> list[str]:
    """Addresses of things that links of the page lead to, each once."""
    hrefs = page.eval_on_selector_all("main a[href]", "all => all.map(one => one.pathname)")
    found = [one for one in hrefs if re.fullmatch(rf"{start}\d+/", one)]
    return list(dict.fromkeys(found))


def _every_page(page: Page) -> Iterator[tuple[str, str]]:
    """Picture's name and path: plain pages, then one of each kind that a link leads to."""
    seen: set[str] = set()
    waiting = [*_worth_seeing(page), *plain_pages()]
    while waiting:
        path = waiting.pop(0)
        name = name_of(path)
        if name in seen:
            continue
        seen.add(name)
        answer = page.request.get(path)
        text = answer.text() if "html" in answer.headers.get("content-type", "") else ""
        is_there = answer.ok and urlsplit(answer.url).path == path
        if not is_there or "<html" not in text:
            continue  # a file, a part of a page, or what is only posted to
        yield _called(name), path
        page.goto(path)
        hrefs = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        parts = [
            urlsplit(one) for one in hrefs if one.startswith(page.url[: page.url.find("/", 8)])
        ]
        waiting += [one.path for one in parts if one.path.startswith("/")]


def _take_all(
    page: Page, pages: dict[str, str], how: str, folder: Path, only: list[str] | None
) -> None:
    wanted = {name: path for name, path in pages.items() if not only or name in only}
    if not only or "sign-in" in only:
        page.goto("/account/login/")
        _take(page, folder / f"sign-in-{how}.jpg")
    _sign_in(page)
    for name, path in wanted.items():
        page.goto(path)
        _take(page, folder / f"{name}-{how}.jpg")


def _take(page: Page, path: Path) -> None:
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"]
    page.screenshot(
        path=path,
        type="jpeg",
        quality=72,
        full_page=True,
        clip={"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)},
    )


def _called(name: str) -> str:
    return CALLED.get(name, name.replace("_", "-"))


if __name__ == "__main__":
    main()
