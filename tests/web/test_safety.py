"""Pages give nothing away: no inline code, no foreign frames, no open redirects, no raw names."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from halves.people import actions
from tests.addresses import plain_pages
from tests.deals.company import sent
from tests.house import MONDAY, PASSWORD, browser
from tests.pages.company import an_order

INLINE = re.compile(r"""<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:""")
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'


def test_no_page_has_code_or_style_of_its_own(ada):
    client = browser(ada)
    for path in plain_pages():
        answer = client.get(path)
        if "html" in answer.get("Content-Type", ""):
            assert not INLINE.search(answer.content.decode()), path


def test_the_browser_is_told_to_run_nothing_but_ours(ada):
    for path in ("/people/", "/account/login/", "/nothing/"):
        answer = browser(ada).get(path)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_buyers_page_has_an_icon_as_ours_have(ada):
    pages = {
        f"/q/{sent(ada).token}/": 200,
        f"/o/{an_order(ada).token}/": 200,
        "/join/nothing/": 404,
        "/account/login/": 200,
    }
    for path, status in pages.items():
        answer = browser().get(path)
        icons = re.findall(r'<link rel="icon" href="/static/([^"]+)"', answer.content.decode())
        assert (answer.status_code, icons) == (status, ["halves/logo.svg"]), path
        assert "img-src 'self'" in answer["Content-Security-Policy"]
    assert finders.find("halves/logo.svg")


def test_a_hostile_name_is_shown_as_it_is_written(ada):
    person = actions.add_person(by=ada, at=MONDAY, source="t", name=HOSTILE)
    for path in (
        "/people/",
        f"/people/{person.pk}/",
        f"/people/{person.pk}/edit/",
        "/find/?search=x",
    ):
        page = browser(ada).get(path).content.decode()
        assert "<script>alert(1)" not in page
        assert "49" not in re.findall(r"alert.{40}", page)


def test_a_form_of_an_old_session_says_what_to_do_and_saves_nothing(ada):
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.force_login(ada)
    answer = strict.post("/people/add/", {"name": "Lost"})

    assert answer.status_code == 403
    assert b"This form is too old" in answer.content
    assert b"Lost" not in browser(ada).get("/people/").content


@pytest.mark.parametrize("where", ["//evil.example/", "https://evil.example/", "javascript:1"])
def test_signing_in_leads_to_no_foreign_page(ada, where):
    client = browser()
    said = {"login": "ada@example.org", "password": PASSWORD, "next": where}
    answer = client.post("/account/login/", said)

    assert answer.status_code == 302
    assert answer.url == "/"


def test_nobody_signs_up_by_themselves(house):
    page = browser().get("/account/signup/", follow=True)

    assert b"Sign Up Closed" in page.content


def test_a_browser_that_looks_for_an_icon_where_a_page_names_none_finds_one(house):
    found = browser().get("/favicon.ico", follow=True)

    assert found.status_code == 200
    assert found["Content-Type"] == "image/svg+xml"
