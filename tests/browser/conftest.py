"""A house that is really served, and a real browser in front of it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.homes import new_home

PASSWORD = "correct horse battery"
CAST = {
    "ada": ("owner", ""),
    "lea": ("leader", ""),
    "max": ("marketer", ""),
    "ben": ("seller", "north"),
    "cyd": ("seller", "south"),
    "vic": ("viewer", ""),
}
_ALL_JOIN = """
import json, sys
import django; django.setup()
from datetime import datetime, UTC
from halves.access.actions import add_user
from halves.access.models import Team
for name, (role, team) in json.loads(sys.argv[1]).items():
    found = Team.objects.get_or_create(name=team)[0] if team else None
    add_user(email=f"{name}@example.org", name=name.title(), role=role, team=found,
             password=sys.argv[2], at=datetime.now(UTC))
"""
_HALVES = [sys.executable, "-m", "halves.cli"]
PAGES = pytest.StashKey[list[Page]]()
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@dataclass(frozen=True)
class Served:
    """Where a house answers, and the folder that it lives in."""

    url: str
    home: Path


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    """A house with the whole cast."""
    home = new_home(tmp_path_factory.mktemp("served") / "home")
    code = [sys.executable, "-c", _ALL_JOIN, json.dumps(CAST), PASSWORD]
    django = {"HALVES_HOME": str(home), "DJANGO_SETTINGS_MODULE": "halves.settings"}
    subprocess.run(code, check=True, env=_environment() | django)
    with serving(home) as found:
        yield found


def types(home: Path, *command: str) -> None:
    """Run a command of halves on a home, as its owner would."""
    where = ("--home", str(home))
    subprocess.run([*_HALVES, *command, *where], check=True, env=_environment(), cwd=home.parent)


def joins(name: str, home: Path) -> None:
    """One of the cast can sign in."""
    role, team = CAST[name]
    said = ("--role", role, "--name", name.title(), "--team", team)
    types(home, "user", "add", f"{name}@example.org", *said)


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """`halves serve` with its worker, in processes that end when the tests are through."""
    port = _free_port()
    serve = [*_HALVES, "serve", "--home", str(home), "--port", str(port)]
    log = (home / "serve.log").open("w")
    url = f"http://127.0.0.1:{port}"
    known = _environment() | {"HALVES_URL": url}  # where links in its mails lead
    process = subprocess.Popen(serve, env=known, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(f"{url}/account/login/", process)
        yield Served(url, home)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    return kept | {"HALVES_PASSWORD": PASSWORD}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's chromium, or the one that Playwright installed."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        if found is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("there is no chromium: `make browser` installs one")
        browser = playwright.chromium.launch(executable_path=found, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A browser test that fails says what was on the pages and what the server wrote last."""
    report = (yield).get_result()
    if call.when == "call" and report.failed:
        for page in item.stash.get(PAGES, []):
            words = page.locator("body").inner_text()[:2_000] if not page.is_closed() else "closed"
            report.sections.append((f"page {page.url}", words))
        if "served" in item.funcargs:
            log = item.funcargs["served"].home / "serve.log"
            report.sections.append(("what the server wrote", log.read_text()[-4_000:]))


@pytest.fixture
def signed_in(served, chromium, request):
    """A page in which a colleague is signed in; what the page complains of fails the test."""
    complaints: list[str] = []
    contexts = []
    pages = request.node.stash[PAGES] = []

    def page_of(name: str, *, width: int = 1280, dark: bool = False) -> Page:
        scheme = "dark" if dark else "light"
        context = chromium.new_context(
            base_url=served.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: _note(said, complaints))
        page.goto("/account/login/")
        page.get_by_label("Email").fill(f"{name}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/account/login" not in url)
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert complaints == []


def _note(said, complaints: list[str]) -> None:
    # A page that answers 404 or 422 on purpose is no complaint; a refused script or style is.
    if said.type == "error" and "Failed to load resource" not in said.text:
        complaints.append(said.text)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait(url: str, process: subprocess.Popen) -> None:
    for _ in range(240):
        assert process.poll() is None, "the server stopped"
        try:
            urllib.request.urlopen(url, timeout=2)
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(url)
