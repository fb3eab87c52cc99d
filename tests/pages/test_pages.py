import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import signing

from halves.deals.models import Deal, DealState, Order, OrderState
from halves.pages import arriving
from halves.pages.actions import add_page, change_page, publish, take_off
from halves.pages.errors import PageChangedMeanwhile, PageRefused
from halves.pages.models import Asks, PageDay, Sending
from halves.people.actions import add_person
from halves.people.consenting import leave_alone
from halves.people.models import Consent, Letter, Person
from halves.people.visiting import visit_token
from halves.posting import outbox
from halves.posting.book import book
from halves.promises.models import Promise
from halves.stories.actions import change_story
from halves.stories.errors import StoryUnfit
from tests.house import MONDAY, browser

READER = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux) Firefox/142.0"}


def opened(path: str, client=None):
    return (client or browser()).get(path, **READER)


def issued_on(html: str, *, earlier: timedelta = timedelta(seconds=30)) -> str:
    """The form as it was shown that long ago: nobody types in two seconds."""
    said = signing.loads(
        re.search(r'name="issued" value="([^"]+)"', html)[1], salt=arriving._ISSUED
    )
    said["at"] -= earlier.total_seconds()
    return signing.dumps(said, salt=arriving._ISSUED)


def sent(path: str, *, query: str = "", **typed):
    html = opened(path + query).content.decode()
    said = {"issued": issued_on(html), "name": "Pat", "email": "pat@example.org"} | typed
    return browser().post(path, said, **READER)


def link_in(letter: Letter) -> str:
    return re.search(r"https://shop\.example\.org(/\S+)", letter.text)[1]


def outcomes() -> list[dict]:
    outbox.flush(at=MONDAY)
    return book().query(book().table("outcomes")).to_pylist()


def test_whoever_comes_reads_the_story_its_proof_and_its_promises(page):
    html = opened("/p/quiet-mornings/").content.decode()

    assert "Have your mornings back" in html
    assert "<strong>over night</strong>" in html
    assert "9 of 10 stay a year" in html
    assert "The first box within five days" in html
    assert 'property="og:title"' in html
    assert "<script" not in html


def test_a_page_that_is_not_published_is_not_there(ada, page):
    take_off(page, by=ada, at=MONDAY)

    assert opened("/p/quiet-mornings/").status_code == 404
    assert opened("/p/nowhere/").status_code == 404


def test_what_is_published_stays_as_it_was_while_the_story_changes(ada, page, story):
    change_story(story, by=ada, at=MONDAY, version=story.version, headline="Something else")

    assert "Have your mornings back" in opened("/p/quiet-mornings/").content.decode()
    publish(page, by=ada, at=MONDAY)
    assert "Something else" in opened("/p/quiet-mornings/").content.decode()


def test_a_sent_form_opens_a_door_and_asks_by_mail_whether_it_was_them(page):
    answer = sent("/p/quiet-mornings/", words="How loud is it?")

    assert answer.status_code == 302
    sending = Sending.objects.get()
    assert (sending.person.name, sending.person.email) == ("Pat", "pat@example.org")
    (door,) = outcomes()
    assert (door["kind"], door["path"], door["person_id"]) == (
        "door_opened",
        "self",
        sending.person.ledger_id,
    )
    assert "pat@example.org" in opened(answer["Location"]).content.decode()
    assert Letter.objects.get().to == "pat@example.org"
    assert PageDay.objects.get().sent == 1


def test_what_led_to_the_page_is_on_the_ledger_with_the_page(page):
    sent("/p/quiet-mornings/", query="?utm_source=google&utm_medium=cpc&utm_campaign=spring")
    outbox.flush(at=MONDAY)

    rows = book().query(book().table("touches")).to_pylist()
    assert {(row["path"], row["channel"], row["campaign"]) for row in rows} == {
        ("many", "paid_search", "spring"),
        ("self", "page", None),
    }


def test_a_mail_of_ours_that_led_to_the_page_is_not_told_of_twice(page):
    sent("/p/quiet-mornings/", query="?utm_source=halves&utm_medium=email&utm_campaign=harbour")
    outbox.flush(at=MONDAY)

    assert [row["channel"] for row in book().query(book().table("touches")).to_pylist()] == ["page"]


def test_consent_holds_only_once_the_address_is_confirmed_and_a_program_confirms_nothing(page):
    sent("/p/quiet-mornings/", agrees="on")
    link = link_in(Letter.objects.get())
    assert not Consent.objects.exists()

    opened(link)
    browser().head(link)
    assert not Consent.objects.exists()
    browser().post(link)
    browser().post(link)

    consent = Consent.objects.get()
    assert (consent.channel, consent.topic, consent.is_given) == ("email", "news", True)
    assert consent.proof == page.consent_words


def test_an_address_that_somebody_has_is_not_taken_from_them_by_typing_it(ada, page):
    known = add_person(by=ada, at=MONDAY, source="hand", name="Patricia", email="pat@example.org")
    sent("/p/quiet-mornings/", name="Mallory", agrees="on")

    known.refresh_from_db()
    assert known.name == "Patricia"
    assert Sending.objects.get().person != known
    assert not Consent.objects.filter(person=known).exists()

    browser().post(link_in(Letter.objects.get()))
    sending = Sending.objects.get()
    assert sending.person == known
    assert Consent.objects.get().person == known
    known.refresh_from_db()
    assert known.name == "Patricia"


def test_the_page_says_the_same_whether_an_address_is_known_or_not(ada, page):
    first = sent("/p/quiet-mornings/")
    add_person(by=ada, at=MONDAY, source="hand", name="Kim", email="kim@example.org")
    second = sent("/p/quiet-mornings/", email="kim@example.org")

    pages = [
        opened(one["Location"]).content.decode().replace("kim@", "pat@") for one in (first, second)
    ]
    assert pages[0] == pages[1]


def test_who_came_by_a_link_in_our_mail_and_types_its_address_is_known_at_once(ada, page):
    known = add_person(by=ada, at=MONDAY, source="hand", name="Patricia", email="pat@example.org")
    sent("/p/quiet-mornings/", query=f"?v={visit_token(known.pk)}")

    sending = Sending.objects.get()
    assert sending.person == known
    assert sending.confirmed_at is not None
    assert not Letter.objects.exists()


def test_a_link_of_another_persons_mail_proves_nothing(ada, page):
    add_person(by=ada, at=MONDAY, source="hand", name="Patricia", email="pat@example.org")
    other = add_person(by=ada, at=MONDAY, source="hand", name="Mallory", email="m@example.org")
    sent("/p/quiet-mornings/", query=f"?v={visit_token(other.pk)}")

    assert Sending.objects.get().confirmed_at is None


def test_the_token_of_a_form_does_not_confirm_its_address(page):
    html = opened("/p/quiet-mornings/").content.decode()
    token = issued_on(html)
    once = signing.loads(token, salt=arriving._ISSUED)["once"]
    said = {"issued": token, "name": "Mallory", "email": "pat@example.org"}
    browser().post("/p/quiet-mornings/", said, **READER)

    for guess in (once, token, Sending.objects.get().token):
        assert browser().post(f"/confirm/{guess}/").status_code == 404
    assert Sending.objects.get().confirmed_at is None


def test_a_form_sent_twice_is_taken_once(page):
    html = opened("/p/quiet-mornings/").content.decode()
    said = {"issued": issued_on(html), "name": "Pat", "email": "pat@example.org"}
    first = browser().post("/p/quiet-mornings/", said, **READER)
    second = browser().post("/p/quiet-mornings/", said, **READER)

    assert first["Location"] == second["Location"]
    assert (Sending.objects.count(), Person.objects.count(), len(outcomes())) == (1, 1, 1)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Please tell us your name"),
        ({"email": "pat@"}, "Please give an address"),
        ({"website": "https://spam.example"}, "very quick"),
        ({"issued": "forged"}, "lost on the way"),
    ],
)
def test_a_form_that_is_not_taken_says_why_and_keeps_what_was_typed(page, typed, words):
    answer = sent("/p/quiet-mornings/", **({"words": "How loud is it?"} | typed))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert "How loud is it?" in html
    assert not Sending.objects.exists()


def test_a_form_that_comes_back_within_two_seconds_is_a_programs(page):
    html = opened("/p/quiet-mornings/").content.decode()
    said = {"name": "Pat", "email": "pat@example.org"}
    token = re.search(r'name="issued" value="([^"]+)"', html)[1]
    answer = browser().post("/p/quiet-mornings/", said | {"issued": token}, **READER)

    assert answer.status_code == 422


def test_many_forms_from_one_place_are_slowed_down(page):
    codes = [sent("/p/quiet-mornings/", email=f"p{n}@example.org").status_code for n in range(12)]

    assert codes == [302] * 10 + [422] * 2


def test_who_said_no_to_everything_is_not_written_to_by_whoever_types_their_address(ada, page):
    known = add_person(by=ada, at=MONDAY, source="hand", name="Patricia", email="pat@example.org")
    leave_alone(known, is_wanted=True, by=ada, at=MONDAY)

    assert sent("/p/quiet-mornings/").status_code == 302
    assert not Letter.objects.exists()


def test_a_mailbox_cannot_be_filled_with_mails_that_ask(page):
    for _ in range(5):
        sent("/p/quiet-mornings/")

    assert Letter.objects.count() == 3


def test_scripts_in_what_people_type_stay_words(ada, page):
    sent("/p/quiet-mornings/", name="<script>alert(1)</script>", words="<img src=x onerror=1>")
    token = Sending.objects.get().token

    assert "<script>alert" not in opened(f"/s/{token}/").content.decode()
    person = Sending.objects.get().person
    html = browser(ada).get(f"/people/{person.pk}/").content.decode()
    assert "<script>alert" not in html


def test_programs_are_shown_the_page_and_not_counted(page):
    browser().get("/p/quiet-mornings/", HTTP_USER_AGENT="Googlebot/2.1")
    browser().head("/p/quiet-mornings/", **READER)
    assert not PageDay.objects.exists()

    opened("/p/quiet-mornings/")
    assert PageDay.objects.get().shown == 1


def test_a_reader_sees_the_same_variant_all_day_and_readers_are_split(ada, page, story):
    change_story(
        story,
        by=ada,
        at=MONDAY,
        version=story.version,
        variants=[{"name": "B", "headline": "Sleep longer"}],
    )
    page = change_page(page, by=ada, at=MONDAY, version=page.version, variants=["A", "B"])
    publish(page, by=ada, at=MONDAY)

    seen = {}
    for n in range(40):
        agent = {"HTTP_USER_AGENT": f"Mozilla/5.0 Firefox/{n}"}
        htmls = [browser().get("/p/quiet-mornings/", **agent).content.decode() for _ in range(2)]
        kinds = {"Sleep longer" in html for html in htmls}
        assert len(kinds) == 1
        seen[n] = kinds.pop()
    assert 8 <= sum(seen.values()) <= 32


def test_ordering_on_invoice_closes_a_deal_once_it_is_confirmed_and_opens_its_promises(shop):
    answer = sent("/p/box/", provider="invoice", quantity="2", billing_address="1 High Street")
    assert answer.status_code == 302
    order = Order.objects.get()
    assert (order.state, order.total) == (OrderState.PLACED, Decimal("99.90"))
    assert [row["kind"] for row in outcomes()] == ["door_opened"]
    assert "press the link in the mail" in opened(f"/o/{order.token}/").content.decode()

    browser().post(link_in(Letter.objects.get()))

    order.refresh_from_db()
    assert order.state == OrderState.INVOICED
    assert Deal.objects.get().state == DealState.WON
    closed = [row for row in outcomes() if row["kind"] == "deal_closed"]
    assert [(row["value"], row["path"]) for row in closed] == [(Decimal("99.90"), "self")]
    assert Promise.objects.get().words == "The first box within five days"
    assert Letter.objects.filter(key=f"receipt:{order.pk}").count() == 1
    html = opened(f"/o/{order.token}/").content.decode()
    assert "1 High Street" in html
    assert order.number in html


def test_signing_up_leads_to_the_first_value_step_by_step(ada, story, settings):
    settings.HALVES_URL = "https://shop.example.org"
    made = add_page(
        by=ada,
        at=MONDAY,
        slug="start",
        story=story,
        asks=Asks.SIGN_UP,
        button="Start",
        steps=[{"title": "Plug it in"}, {"title": "Print a label", "url": "https://example.org/"}],
    )
    publish(made, by=ada, at=MONDAY)
    where = sent("/p/start/")["Location"]
    assert "0 of 2 done" in opened(where).content.decode()

    browser().post(where + "step/", {"step": "0"})
    browser().post(where + "step/", {"step": "0"})
    assert browser().post(where + "step/", {"step": "7"}).status_code == 404

    assert "1 of 2 done" in opened(where).content.decode()


def test_only_a_form_that_may_be_embedded_can_stand_in_another_site(ada, page):
    assert opened("/p/quiet-mornings/form/").status_code == 404
    change_page(page, by=ada, at=MONDAY, version=page.version, may_embed=True)

    embedded, whole = opened("/p/quiet-mornings/form/"), opened("/p/quiet-mornings/")
    assert "frame-ancestors *" in embedded["Content-Security-Policy"]
    assert "X-Frame-Options" not in embedded
    assert "frame-ancestors 'none'" in whole["Content-Security-Policy"]


def test_search_engines_find_what_is_published_and_listed(ada, page, shop):
    change_page(shop, by=ada, at=MONDAY, version=shop.version, is_listed=False)
    xml = opened("/sitemap.xml").content.decode()

    assert "<loc>https://shop.example.org/p/quiet-mornings/</loc>" in xml
    assert "/p/box/" not in xml
    assert "noindex" in opened("/p/box/").content.decode()


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("slug", {"slug": "No Good"}),
        ("slug", {"slug": "quiet-mornings"}),
        ("button", {"button": " "}),
        ("price", {"asks": Asks.ORDER, "currency": "EUR", "sells": "x", "providers": ["invoice"]}),
        (
            "providers",
            {
                "asks": Asks.ORDER,
                "currency": "EUR",
                "sells": "x",
                "price": Decimal(1),
                "providers": ["pigeon"],
            },
        ),
        ("variants", {"variants": ["Z"]}),
        ("steps", {"steps": [{"title": "x", "url": "javascript:alert(1)"}]}),
        ("consent_words", {"topic": "news", "consent_words": ""}),
    ],
)
def test_a_page_that_cannot_be_is_refused_at_its_field(ada, page, story, field, said):
    whole = {"slug": "other", "story": story, "asks": Asks.CONTACT, "button": "Go"} | said
    with pytest.raises(PageRefused) as refused:
        add_page(by=ada, at=MONDAY, **whole)

    assert refused.value.field == field


def test_two_who_change_a_page_at_once_cannot_undo_each_other(ada, page):
    change_page(page, by=ada, at=MONDAY, version=page.version, button="Mine")
    with pytest.raises(PageChangedMeanwhile):
        change_page(page, by=ada, at=MONDAY, version=page.version, button="Yours")


def test_a_story_that_must_not_be_told_is_not_published(ada, story, settings):
    change_story(
        story,
        by=ada,
        at=MONDAY,
        version=story.version,
        promises=[{"words": "It will be great"}],
    )
    made = add_page(by=ada, at=MONDAY, slug="great", story=story, asks=Asks.CONTACT, button="Go")
    with pytest.raises(StoryUnfit):
        publish(made, by=ada, at=datetime.now(UTC))
    assert opened("/p/great/").status_code == 404


def test_whoever_sends_the_form_is_a_lead_with_the_story_that_opened_the_door(page):
    sent("/p/quiet-mornings/", query="?utm_source=news&utm_campaign=spring", words="Long queues")

    lead = Deal.objects.get()
    assert (lead.stage.name, lead.state, lead.problem) == ("New", DealState.OPEN, "Long queues")
    opened = lead.handover
    assert (opened.page, opened.campaign, opened.told) == (
        "quiet-mornings",
        "spring",
        page.version_shown,
    )
    promised = [one["words"] for one in page.version_shown.told["promises"]]
    assert [one["words"] for one in opened.promised] == promised
    assert [one["kind"] for one in outcomes()] == ["door_opened"]
