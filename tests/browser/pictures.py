"""Pictures of every page, for README and guide: light and dark, wide and phone.

    halves demo --port 8124                      # in another window; wait until it has an answer
    python -m tests.browser.pictures --url http://127.0.0.1:8124

They go to docs/images/pages/.
"""

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import OPTIONS

FOLDER = Path(__file__).parents[2] / "docs/images/pages"
PASSWORD = "halves for a demo"
PAGES = {
    "score": "/",
    "which-half": "/which-half/",
    "people": "/people/",
    "duplicates": "/people/duplicates/",
    "accounts": "/accounts/",
    "tasks": "/tasks/",
    "experiments": "/experiments/",
    "experiment-add": "/experiments/add/",
    "imports": "/imports/",
    "settings": "/settings/",
    "colleagues": "/settings/users/",
    "keys": "/settings/tokens/",
    "log": "/settings/log/",
}
FOLLOWED = {
    "which-half-unit": ("/which-half/", "main table a"),
    "person": ("/people/", "main tbody a"),
    "account": ("/accounts/", "main tbody a"),
}
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
TALLEST = 1800


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    url = parser.parse_args().url
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=list(OPTIONS))
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    base_url=url,
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                )
                _take_all(page, f"{size}-{scheme}")
                page.close()
        browser.close()


def _take_all(page: Page, how: str) -> None:
    page.goto("/account/login/")
    _take(page, f"sign-in-{how}")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda where: "login" not in where)
    for name, path in PAGES.items():
        page.goto(path)
        _take(page, f"{name}-{how}")
    for name, (path, link) in FOLLOWED.items():
        page.goto(path)
        page.goto(page.locator(link).first.get_attribute("href"))
        _take(page, f"{name}-{how}")


def _take(page: Page, name: str) -> None:
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"]
    page.screenshot(
        path=FOLDER / f"{name}.jpg",
        type="jpeg",
        quality=72,
        full_page=True,
        clip={"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)},
    )


if __name__ == "__main__":
    main()
