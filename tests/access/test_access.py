"""Who may come in, and what dies when a password changes."""

from datetime import timedelta

import pytest

from halves.access.actions import change_user, make_token, token_of
from halves.access.errors import LastOwner, TokenUnknown, UserExists
from halves.access.models import ApiToken, Role
from tests.house import MONDAY, PASSWORD, browser, colleague


def test_an_address_signs_in_one_colleague_whatever_its_case(ada):
    with pytest.raises(UserExists):
        colleague("ADA", Role.VIEWER)


def test_the_last_owner_stays_one(ada):
    with pytest.raises(LastOwner):
        change_user(ada, by=ada, at=MONDAY, role=Role.VIEWER)

    ada.refresh_from_db()
    assert ada.role == Role.OWNER


def test_a_token_is_kept_as_a_digest_only(ada):
    secret = make_token(ada, name="script", scopes=["read"], at=MONDAY)

    kept = ApiToken.objects.values().get()
    assert secret not in str(kept)
    assert token_of(secret, at=MONDAY).user == ada


def test_a_token_dies_with_its_day_with_its_user_and_with_the_password(ada, lea):
    week = MONDAY + timedelta(days=7)
    short = make_token(lea, name="a", scopes=["read"], at=MONDAY, expires_at=week)
    long = make_token(lea, name="b", scopes=["read"], at=MONDAY)
    with pytest.raises(TokenUnknown, match="ran out"):
        token_of(short, at=week)

    lea.set_password("another battery staple")
    lea.save()

    with pytest.raises(TokenUnknown, match="password was changed"):
        token_of(long, at=MONDAY)
    fresh = make_token(lea, name="c", scopes=["read"], at=MONDAY)
    change_user(lea, by=ada, at=MONDAY, is_active=False)
    with pytest.raises(TokenUnknown):
        token_of(fresh, at=MONDAY)


def test_a_session_dies_when_the_password_changes(lea):
    client = browser()
    client.post("/account/login/", {"login": "Lea@example.org", "password": PASSWORD})
    assert client.get("/people/").status_code == 200

    lea.set_password("another battery staple")
    lea.save()

    assert client.get("/people/").url.startswith("/account/login/")


def test_a_wrong_password_is_told_and_after_some_it_must_wait(lea):
    client = browser()
    wrong = {"login": "lea@example.org", "password": "not it"}
    first = client.post("/account/login/", wrong)
    assert b"are not correct" in first.content

    for _ in range(6):
        last = client.post("/account/login/", wrong)

    assert b"Too many failed login attempts" in last.content
    right = client.post("/account/login/", {"login": "lea@example.org", "password": PASSWORD})
    assert right.status_code == 200
