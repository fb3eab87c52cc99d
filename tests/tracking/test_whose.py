"""Whose visits they are: the secret key says so, a colleague does; exported, and erased."""

import json

import pytest
from django.utils import timezone

from halves.keeping.erasing import erase_person, export_person
from halves.people.models import Person
from halves.tracking.errors import StitchRefused
from halves.tracking.flushing import flush
from halves.tracking.models import Event, Stitch
from halves.tracking.stitching import believe, refuse
from tests.house import MONDAY
from tests.tracking.test_tracking import made, on_the_ledger, page, server, site

__all__ = ["made", "server", "site"]
GRACE = {"userId": "u1", "anonymousId": "v1", "traits": {"email": "grace@example.org"}}


def test_the_secret_key_makes_a_person_known_and_earlier_visits_theirs(site, server):
    site("page", page(anonymous="v1"))
    flush(timezone.now())
    assert not Person.objects.exists()

    server("identify", {**GRACE, "traits": {"email": "grace@example.org", "name": "Grace Hopper"}})
    flush(timezone.now())

    grace = Person.objects.get()
    assert (grace.name, grace.email) == ("Grace Hopper", "grace@example.org")
    assert {row["person_id"] for row in on_the_ledger()} == {grace.ledger_id}


def test_what_a_browser_says_holds_once_a_colleague_believes_it_and_is_decided_once(site, ada):
    site("page", page(anonymous="v1"))
    site("identify", GRACE)
    flush(timezone.now())
    email = Stitch.objects.get(kind="email")

    grace = believe(email, by=ada, at=MONDAY)
    flush(timezone.now())

    assert {row["person_id"] for row in on_the_ledger()} == {grace.ledger_id}
    email.refresh_from_db()
    for decide in (believe, refuse):
        with pytest.raises(StitchRefused):
            decide(email, by=ada, at=MONDAY)
    with pytest.raises(StitchRefused):  # another's visits already
        believe(Stitch.objects.get(kind="user_id"), by=ada, at=MONDAY)


def test_visits_that_a_colleague_refuses_stay_nobodys(site, ada):
    site("page", page(anonymous="v1"))
    site("identify", GRACE)
    flush(timezone.now())

    refuse(Stitch.objects.get(kind="email"), by=ada, at=MONDAY)
    flush(timezone.now())

    assert all(row["person_id"].startswith("anon:") for row in on_the_ledger())
    assert not Person.objects.exists()


def test_an_export_holds_a_person_s_events_and_an_erasure_lets_them_go(site, server, ada):
    site("page", page(anonymous="v1", messageId="hers"))
    server("identify", {**GRACE, "messageId": "who"})
    site("page", page(anonymous="v2", messageId="a stranger's"))
    site("identify", {**GRACE, "anonymousId": "v3", "messageId": "claims"})
    flush(timezone.now())
    grace = Person.objects.get()

    shown = [
        one for one in export_person(grace, by=ada, at=MONDAY)["events"] if one["table"] == "event"
    ]
    assert {one["anonymous_id"] for one in shown} == {"v1"}
    erase_person(grace, by=ada, at=MONDAY)

    assert [one.message_id for one in Event.objects.all()] == ["a stranger's"]
    assert not Stitch.objects.exists()
    assert "grace" not in json.dumps(list(Event.objects.values_list("body", flat=True)))
