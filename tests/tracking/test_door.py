"""What is refused at the door is seen by who debugs, without keys; secrets are shown once."""

import pytest

from halves.tracking import door, sources
from halves.tracking.models import Event, Source
from halves.tracking.sources import add_source
from tests.house import MONDAY, browser
from tests.tracking.test_tracking import SITE, Sender, page

WRONG = "wk_mistyped_by_somebody"


@pytest.fixture(autouse=True)
def nothing_noted():
    door._noted.clear()


def test_a_wrong_key_is_seen_as_refused_and_the_key_is_nowhere(house, ada):
    add_source(name="Site", origins=[SITE], by=ada, at=MONDAY)

    answers = [Sender(WRONG)("page", page(), Origin=SITE).status_code for _ in range(3)]
    shown = browser(ada).get("/settings/sources/").content.decode()

    assert answers == [401, 401, 401]
    [event] = Event.objects.all()  # one in ten seconds
    assert (event.state, event.verdict, event.name) == ("refused", "key_unknown", SITE)
    assert "Refused: nobody's key" in shown
    assert SITE in shown
    assert WRONG not in shown + event.body + event.message_id


def test_a_key_of_a_source_that_is_off_is_seen_at_the_source(house, ada):
    made = add_source(name="Site", origins=[SITE], by=ada, at=MONDAY)
    Source.objects.update(is_on=False)

    assert Sender(made.secret)("page", page()).status_code == 401
    shown = browser(ada).get(f"/settings/sources/{made.source.pk}/").content.decode()

    assert "no source has this key, or its source is switched off" in shown
    assert made.secret not in shown


def test_loading_the_page_again_adds_no_second_source_and_shows_no_secret(house, ada):
    ada_s = browser(ada)
    there = ada_s.post("/settings/sources/", {"name": "Shop", "origins": SITE})

    first = ada_s.get(there["Location"]).content.decode()
    again = ada_s.get(there["Location"]).content.decode()

    assert there.status_code == 302
    assert Source.objects.count() == 1
    assert "Copy the secret key now" in first
    assert "Copy the secret key now" not in again


def test_a_new_secret_is_shown_once_and_only_to_who_asked(house, ada, lea):
    made = add_source(name="Site", origins=[SITE], by=ada, at=MONDAY)
    ada_s, address = browser(ada), f"/settings/sources/{made.source.pk}/"

    there = ada_s.post(f"{address}keys/", {"which": "secret"})
    carried = there.cookies["secret_to_see"]

    assert there["Location"] == address
    assert carried["httponly"]
    assert carried["path"] == address
    assert "Copy the secret key now" not in browser(lea).get(address).content.decode()
    shown = ada_s.get(address)
    assert "Copy the secret key now" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    with pytest.raises(sources.KeyUnknown):
        sources.shown(made.secret)
