"""Who brought whom: from a link that somebody passes on to what the ledger hears, once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from halves.access.models import House
from halves.audiences import groups
from halves.audiences.referral_models import Brought, ReferralLink
from halves.audiences.referring import bring, post_referrals
from halves.keeping.erasing import erase_person, export_person
from halves.pages.actions import add_page, publish
from halves.pages.models import Asks, Sending
from halves.people.actions import add_person
from halves.people.merging import merge, take_up
from halves.people.models import Person
from halves.posting import outbox
from halves.posting.book import book
from tests.house import MONDAY, browser
from tests.pages.test_pages import sent

DAY = timedelta(days=1)


def someone(name: str, by=None) -> Person:
    return add_person(by=by, at=MONDAY, source="t", name=name)


def link_of(person: Person, by, page: str = "") -> str:
    browser(by).post(f"/people/{person.pk}/link/", {"page": page} if page else {})
    return ReferralLink.objects.latest("pk").token


def referred(at=None) -> list[tuple]:
    """What the ledger holds of referrals, after the worker's minute."""
    at = at or timezone.now() + DAY
    outbox.flush(at=at)
    post_referrals(at)
    outbox.flush(at=at)
    rows = book().query(book().table("outcomes")).to_pylist()
    return [(row["person_id"], row["at"]) for row in rows if row["kind"] == "referred"]


def door(person: Person, at, n: int = 1) -> None:
    said = {"outcome_id": f"d{n}", "person_id": person.ledger_id, "at": at, "source": "t"}
    outbox.put("outcomes", [said | {"kind": "door_opened"}], at=at)


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_who_sends_a_form_that_a_link_led_to_was_brought_and_the_ledger_hears_it_once(ada, page):
    grace = someone("Grace", ada)
    token = link_of(grace, ada)
    led = browser().get(f"/r/{token}/")["Location"]

    sent("/p/quiet-mornings/", query=led.removeprefix("/p/quiet-mornings/"))

    pat = Sending.objects.get().person
    assert Brought.objects.get().person == pat
    assert [who for who, _at in referred()] == [grace.ledger_id]
    for _minute in range(3):
        assert len(referred()) == 1
    rows = book().query(book().table("touches")).to_pylist()
    first = min(rows, key=lambda row: row["at"])
    assert (first["person_id"], first["channel"], first["path"]) == (
        pat.ledger_id,
        "referral",
        "self",
    )


def test_a_made_up_token_brings_nobody_and_the_form_is_taken_all_the_same(page):
    sent("/p/quiet-mornings/", query="?brought=forged")

    assert Sending.objects.count() == 1
    assert not Brought.objects.exists()


def test_a_referral_that_is_told_again_after_a_crash_is_on_the_ledger_once(ada, page):
    grace, pat = someone("Grace", ada), someone("Pat", ada)
    bring(pat, by=grace, how="the page told", at=MONDAY)
    door(pat, MONDAY + DAY)
    outbox.flush(at=MONDAY + DAY)
    stale = list(Brought.objects.all())

    assert post_referrals(MONDAY + 2 * DAY) == 1
    Brought.objects.filter(pk=stale[0].pk).update(counted_at=None)  # it crashed before it said so
    door(pat, MONDAY + 2 * DAY, 2)
    outbox.flush(at=MONDAY + 2 * DAY)
    assert post_referrals(MONDAY + 2 * DAY) == 1

    assert referred(MONDAY + 3 * DAY) == [(grace.ledger_id, MONDAY + DAY)]


def test_who_came_before_they_were_brought_or_a_year_after_was_not_brought_by_it(ada, house):
    grace = someone("Grace", ada)
    early, late, never = (someone(name, ada) for name in ("Early", "Late", "Never"))
    for one in (early, late, never):
        bring(one, by=grace, how="the page told", at=MONDAY)
    door(early, MONDAY - DAY, 1)
    door(late, MONDAY + 366 * DAY, 2)

    assert referred(MONDAY + DAY) == []
    assert referred(MONDAY + 367 * DAY) == []


def test_where_nothing_happened_since_the_worker_reads_nothing_anew(
    ada, house, django_assert_num_queries
):
    grace, pat = someone("Grace", ada), someone("Pat", ada)
    bring(pat, by=grace, how="the page told", at=MONDAY)
    door(grace, MONDAY)
    assert referred(MONDAY + DAY) == []

    with django_assert_num_queries(1):
        assert post_referrals(MONDAY + DAY) == 0
    door(pat, MONDAY + DAY, 2)
    assert len(referred(MONDAY + DAY)) == 1


def test_a_merge_keeps_who_was_brought_first_and_never_makes_anybody_their_own(ada, house):
    grace, pat, twin, hedy = (someone(name, ada) for name in ("Grace", "Pat", "Pat T.", "Hedy"))
    bring(pat, by=grace, how="the page told", at=MONDAY)
    bring(twin, by=hedy, how="the page told", at=MONDAY + DAY)
    bring(hedy, by=pat, how="the page told", at=MONDAY + DAY)

    merge(pat, twin, by=ada, at=MONDAY + DAY, why="the same")  # each was brought by another
    merge(grace, hedy, by=ada, at=MONDAY + DAY, why="the same")
    take_up()

    assert Brought.objects.get(person=pat).by == grace
    assert not [one for one in Brought.objects.all() if one.person_id == one.by_id]
    door(twin, MONDAY + 2 * DAY)
    assert referred(MONDAY + 3 * DAY) == [(grace.ledger_id, MONDAY + 2 * DAY)]


def test_two_who_brought_each_other_become_one_and_brought_nobody(ada, house):
    grace, pat = someone("Grace", ada), someone("Pat", ada)
    bring(pat, by=grace, how="the page told", at=MONDAY)

    merge(grace, pat, by=ada, at=MONDAY + DAY, why="the same")
    take_up()
    door(grace, MONDAY + 2 * DAY)

    assert referred(MONDAY + 3 * DAY) == []
    assert "Nobody brought them" in text(browser(ada).get(f"/people/{grace.pk}/"))


def test_who_is_erased_brought_nobody_and_was_brought_by_nobody(ada, house):
    grace, pat, hedy = (someone(name, ada) for name in ("Grace", "Pat", "Hedy"))
    bring(pat, by=grace, how="the page told", at=MONDAY)
    bring(hedy, by=pat, how="the group Menders", at=MONDAY)
    shown = export_person(pat, by=ada, at=MONDAY)
    assert "the group Menders" in str(shown)

    erase_person(pat, by=ada, at=MONDAY + DAY)

    assert not Brought.objects.exists()


def test_the_persons_page_shows_whom_they_brought_and_masks_whom_the_reader_may_not_meet(
    ada, ben, cyd, house
):
    House.objects.create(is_by_team=True)
    grace, pat, hedy = (
        add_person(by=one, owner=one, at=MONDAY, source="t", name=name)
        for one, name in ((ben, "Grace"), (cyd, "Pat"), (ben, "Hedy"))
    )
    bring(pat, by=grace, how="the page told", at=MONDAY)
    bring(hedy, by=pat, how="the group Menders", at=MONDAY + DAY)

    all_of_it = text(browser(ada).get(f"/people/{grace.pk}/"))
    bens = text(browser(ben).get(f"/people/{grace.pk}/"))
    hedys = text(browser(ben).get(f"/people/{hedy.pk}/"))

    assert re.search(r"Brought Pat the page told .* who brought Hedy the group Menders", all_of_it)
    assert "Brought somebody whom you do not see the page told" in bens
    assert "who brought Hedy" in bens
    assert "Pat" not in bens
    assert "Brought by way of the group Menders by somebody whom you do not see" in hedys
    assert "Pat" not in hedys


def test_a_link_leads_to_the_page_that_is_named_and_to_no_draft(ada, page, story):
    second = add_page(
        by=ada, at=MONDAY, slug="second", story=story, asks=Asks.CONTACT, button="Go on"
    )
    grace = someone("Grace", ada)
    browser(ada).post(f"/people/{grace.pk}/link/", {"page": "second"})
    assert not ReferralLink.objects.exists()
    publish(second, by=ada, at=MONDAY)

    link_of(grace, ada)
    link_of(grace, ada, "quiet-mornings")
    link_of(grace, ada, "quiet-mornings")

    leads = list(ReferralLink.objects.order_by("pk").values_list("leads_to", flat=True))
    assert leads == ["/p/second/", "/p/quiet-mornings/"]
    assert (
        '<option value="quiet-mornings">'
        in browser(ada).get(f"/people/{grace.pk}/").content.decode()
    )


@pytest.mark.parametrize("times", [1, 2])
def test_who_joins_a_group_by_a_members_link_was_brought_once(max_, house, times):
    group = groups.found_group(name="Menders", aspiration="We repair.", by=max_, at=MONDAY)
    grace, pat = someone("Grace"), someone("Pat")
    for _time in range(times):
        groups.join(group, pat, how="t", at=MONDAY, brought_by=grace)
    door(pat, MONDAY + DAY)

    assert Brought.objects.get().how == "the group Menders"
    assert referred(MONDAY + 2 * DAY) == [(grace.ledger_id, MONDAY + DAY)]
