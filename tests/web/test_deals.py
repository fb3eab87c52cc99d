"""Deals in the browser's eyes: the board, one deal, quotes, the buyer's page, the forecast."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from halves.conversations.models import Conversation
from halves.deals.forecasting import forecast
from halves.deals.models import Deal, DealState
from halves.deals.pipelines import default_pipeline
from halves.deals.queries import CARDS
from halves.deals.quote_models import Forecast, Quote, QuoteState
from halves.deals.quoting import promise_said
from halves.people.models import Letter, Task
from halves.posting.models import Posting
from halves.promises.models import Keeping, Promise
from tests.deals.company import a_deal, a_person, a_quote, sent, stages
from tests.house import browser


def test_an_empty_board_says_what_a_deal_is(ben):
    page = browser(ben).get("/deals/").content.decode()

    assert "A deal is a person, a problem, and what solves it" in page
    assert "/deals/add/" in page


def test_a_deal_is_opened_and_stands_on_the_board(ben):
    pat = a_person()
    said = {"person": pat.pk, "title": "Coffee", "value": "1200.50", "currency": "EUR"}

    response = browser(ben).post("/deals/add/", said, follow=True)

    assert "The deal is open." in response.content.decode()
    page = browser(ben).get("/deals/").content.decode()
    assert "Coffee" in page
    assert "1 deal is on its way" in page
    assert Deal.objects.get().value == Decimal("1200.50")


def test_what_was_typed_stays_when_something_is_wrong(ben):
    said = {"title": "Coffee", "problem": "Queues", "value": "-3"}

    response = browser(ben).post("/deals/add/", said)

    assert response.status_code == 422
    assert "Queues" in response.content.decode()
    assert not Deal.objects.exists()


def test_a_card_is_moved_by_a_form_and_the_board_stays_as_it_was_shown(ben):
    deal, there = a_deal(ben), stages()
    said = {"stage": there["Solution shown"].pk, "version": deal.version, "from": "board"}

    response = browser(ben).post(f"/deals/{deal.pk}/move/", said | {"query": "owner=me&evil=//x"})

    assert response["Location"] == f"/deals/?owner=me#deal-{deal.pk}"
    assert Deal.objects.get().stage == there["Solution shown"]


def test_a_card_that_somebody_moved_meanwhile_stays_and_says_so(ben, bea):
    deal, there = a_deal(ben), stages()
    browser(bea).post(
        f"/deals/{deal.pk}/move/", {"stage": there["Solution shown"].pk, "version": 1}
    )

    response = browser(ben).post(
        f"/deals/{deal.pk}/move/", {"stage": there["Won"].pk, "version": 1}, follow=True
    )

    assert "Somebody else changed this deal meanwhile" in response.content.decode()
    assert Deal.objects.get().stage == there["Solution shown"]


def test_a_loss_asks_for_its_reason_first(ben):
    deal, lost = a_deal(ben), stages()["Lost"]
    asked = browser(ben).post(f"/deals/{deal.pk}/move/", {"stage": lost.pk, "from": "board"})
    assert asked.status_code == 422
    assert "Why was “Coffee for the office” lost?" in asked.content.decode()

    said = {"stage": lost.pk, "lost_kind": "price", "words": "Half the price elsewhere"}
    page = browser(ben).post(f"/deals/{deal.pk}/move/", said, follow=True).content.decode()

    assert "Half the price elsewhere" in page
    assert Deal.objects.get().state == DealState.LOST


def test_lines_make_the_value_and_a_wrong_one_keeps_what_was_typed(ben):
    deal = a_deal(ben)
    said = {"version": 1, "words-0": "Coffee", "quantity-0": "12", "price-0": "49,95"}
    browser(ben).post(f"/deals/{deal.pk}/lines/", said)
    assert Deal.objects.get().value == Decimal("599.40")

    said |= {"version": 2, "price-0": "dear"}
    response = browser(ben).post(f"/deals/{deal.pk}/lines/", said)

    assert response.status_code == 422
    assert "“dear” is no number" in response.content.decode()
    assert 'value="dear"' in response.content.decode()


def test_a_next_step_is_a_task_of_the_person(ben):
    deal = a_deal(ben)

    browser(ben).post(f"/deals/{deal.pk}/task/", {"title": "Call on Friday"})

    assert Task.objects.get().person == deal.person
    assert "Call on Friday" in browser(ben).get(f"/deals/{deal.pk}/").content.decode()


def test_somebody_is_given_back_to_marketing(ben):
    deal = a_deal(ben)
    assert browser(ben).post(f"/deals/{deal.pk}/nurture/", {"words": ""}).status_code == 422

    browser(ben).post(f"/deals/{deal.pk}/nurture/", {"words": "Is it for people like us?"})

    assert [one.name for one in deal.person.tags.all()] == ["nurture"]


def test_the_list_is_filtered_searched_and_paged(ben):
    pat = a_person(name="Zoë")
    for number in range(60):
        a_deal(ben, pat, title=f"Deal {number}", value=Decimal(number))
    page = browser(ben).get("/deals/list/?order=value").content.decode()
    assert page.index("Deal 59<") < page.index("Deal 58<")
    assert "Next page" in page
    assert "Deal 17<" in browser(ben).get("/deals/list/?search=zoe+17").content.decode()
    assert "No deal matches" in browser(ben).get("/deals/list/?state=won").content.decode()
    assert browser(ben).get("/deals/list/?stage=x&owner=%00&after=zzz").status_code in (200, 400)


@pytest.mark.parametrize("path", ["/deals/", "/deals/list/"])
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("owner=abc", "owner must be me, nobody or the number of one, got &#x27;abc&#x27;"),
        ("stage=x", "stage must be the number of one, got &#x27;x&#x27;"),
        ("person=-1", "person must be the number of one, got &#x27;-1&#x27;"),
        ("account=" + "9" * 30, "account must be the number of one"),
        ("state=gone", "state must be one of open, won, lost, got &#x27;gone&#x27;"),
        ("lost=mood", "lost must be one of"),
    ],
)
def test_a_filter_that_means_nothing_is_named_and_can_be_taken_away(ben, path, asked, words):
    a_deal(ben)

    answer = browser(ben).get(f"{path}?{asked}")

    assert answer.status_code == 400
    page = answer.content.decode()
    assert words in page
    assert f'<a class="button" href="{path}">' in page


def test_a_board_on_which_nothing_matches_says_so_and_leads_back(ben, bea):
    a_deal(ben)

    page = browser(ben).get(f"/deals/?owner={bea.pk}").content.decode()

    assert "No deal matches. Take a filter away, or search for less." in page
    assert '<a class="button quiet" href="/deals/">' in page
    assert "No deal matches" not in browser(ben).get("/deals/?owner=me").content.decode()


def test_the_rest_of_a_column_is_what_the_board_was_narrowed_to(ben, bea):
    pat, zoe = a_person(), a_person(name="Zoe")
    for number in range(CARDS + 2):
        a_deal(ben, pat, title=f"Coffee & tea {number}")
        a_deal(bea, zoe, title=f"Theirs {number}")
    stage = Deal.objects.first().stage_id

    board = browser(ben).get(f"/deals/?search=coffee+%26&owner=me&person={pat.pk}").content.decode()

    [more] = re.findall(rf'<a href="(/deals/list/\?stage={stage}&[^"]*)">2 more', board)
    listed = browser(ben).get(unescape(more)).content.decode()
    assert listed.count('<th scope="row">') == CARDS + 2
    assert "Theirs" not in listed
    assert f'name="person" value="{pat.pk}"' in board  # searching again stays with them


def test_the_ended_of_a_narrowed_board_are_narrowed_too(ben, bea):
    won = stages()["Won"]
    for user, title in ((ben, "Mine"), (bea, "Theirs")):
        deal = a_deal(user, a_person(name=title), title=title)
        browser(user).post(f"/deals/{deal.pk}/move/", {"stage": won.pk, "version": deal.version})

    board = browser(ben).get("/deals/?owner=me").content.decode()

    [them] = re.findall(rf'<a href="(/deals/list/\?stage={won.pk}[^"]*)">Show them', board)
    listed = browser(ben).get(unescape(them)).content.decode()
    assert (">Mine</a>" in listed, ">Theirs</a>" in listed) == (True, False)


def test_a_stranger_of_another_team_sees_no_deal_of_a_person_they_do_not_see(ben, cyd):
    deal = a_deal(ben, a_person(owner=ben))

    seen = browser(cyd).get(f"/deals/{deal.pk}/").status_code
    board = browser(cyd).get("/deals/").content.decode()

    # As the rule of people says: sellers see their team's people.
    assert (seen == 404) == (deal.title not in board)


def test_a_quote_is_written_sent_and_accepted_by_the_buyer_and_the_deal_is_won(ben, settings):
    settings.HALVES_URL = "https://halves.example"
    deal = a_quote(ben).deal
    said = {
        "words": "No more queues",
        "promise-0": "Set up within five days",
        "amount-0": "5",
        "unit-0": "days",
        "within_days-0": "5",
        "promise-1": "",
    }
    browser(ben).post(f"/deals/{deal.pk}/quote/", said)
    quote = Quote.objects.latest("pk")
    page = browser(ben).post(f"/quotes/{quote.pk}/send/", {"to": "nobody"})
    assert page.status_code == 422
    browser(ben).post(f"/quotes/{quote.pk}/send/", {"to": "pat@example.org"})
    quote.refresh_from_db()
    assert f"https://halves.example/q/{quote.token}/" in Letter.objects.get().text

    buyer = browser()
    shown = buyer.get(f"/q/{quote.token}/")
    assert "799.40 EUR" in shown.content.decode()
    assert "Set up within five days" in shown.content.decode()
    assert Quote.objects.get(pk=quote.pk).state == QuoteState.SENT  # looking changes nothing
    assert buyer.post(f"/q/{quote.token}/", {"name": " "}).status_code == 422
    accepted = buyer.post(f"/q/{quote.token}/", {"name": "Pat Doe"}, follow=True)

    assert "Accepted by Pat Doe" in accepted.content.decode()
    assert Deal.objects.get(pk=deal.pk).state == DealState.WON
    assert Promise.objects.get().due_on == timezone.localdate() + timedelta(days=5)
    outcome = Posting.objects.get(row__kind="deal_closed").row
    assert (outcome["value"], outcome["path"]) == ("799.400000", "one")
    again = buyer.post(f"/q/{quote.token}/", {"name": "Somebody Else"})
    assert "Accepted by Pat Doe" in again.content.decode()
    assert Promise.objects.count() == 1


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("expired", "This quote held until"),
        ("withdrawn", "We took this quote back"),
        ("replaced", "We sent you a newer quote"),
    ],
)
def test_a_quote_that_holds_no_more_says_so_and_is_not_accepted(ben, how, words):
    now = timezone.now()
    quote = sent(ben, at=now)
    if how == "expired":
        Quote.objects.filter(pk=quote.pk).update(valid_until=timezone.localdate() - timedelta(1))
    elif how == "withdrawn":
        browser(ben).post(f"/quotes/{quote.pk}/withdraw/")
    else:
        sent(ben, quote.deal, at=now)

    page = browser().post(f"/q/{quote.token}/", {"name": "Pat"}).content.decode()

    assert words in page
    assert "Accept this quote" not in page
    assert Deal.objects.get().state == DealState.OPEN


def quoted(ben, **promise) -> Quote:
    """A quote as its form writes it, with one promise."""
    deal = a_quote(ben).deal
    said = {f"{name.replace('words', 'promise')}-0": value for name, value in promise.items()}
    browser(ben).post(f"/deals/{deal.pk}/quote/", said)
    return Quote.objects.latest("pk")


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ({"within_days": "3"}, "within 3 days of your yes"),
        ({"within_days": "1"}, "within 1 day of your yes"),
        ({"due_on": "2031-12-24"}, "by 24 December 2031"),
    ],
)
def test_the_buyer_reads_when_a_promise_is_due(ben, due, words):
    quote = quoted(ben, words="It stands", **due)
    browser(ben).post(f"/quotes/{quote.pk}/send/", {"how": "link"})

    page = browser().get(f"/q/{quote.token}/").content.decode()

    assert f'It stands <span class="muted">{words}</span>' in page
    assert browser().get(f"/q/{quote.token}/paper/").status_code == 200


@pytest.mark.parametrize(("is_at_most", "keeping"), [(True, Keeping.OVER), (False, Keeping.UNDER)])
def test_days_promised_at_most_are_outdone_by_fewer(ben, is_at_most, keeping):
    ticked = {"is_at_most": "on"} if is_at_most else {}
    quote = quoted(ben, words="It stands in 3 days", amount="3", unit="days", **ticked)
    browser(ben).post(f"/quotes/{quote.pk}/send/", {"how": "link"})
    browser().post(f"/q/{quote.token}/", {"name": "Pat"})
    promise = Promise.objects.get(words="It stands in 3 days")
    page = browser(ben).get(f"/promises/{promise.pk}/").content.decode()
    assert ("at most 3 days" in page) == is_at_most

    came = {"amount": "2", "day": timezone.localdate(), "once": "1"}
    browser(ben).post(f"/promises/{promise.pk}/", came)

    promise.refresh_from_db()
    assert promise.keeping == keeping


def test_what_a_quote_s_page_does_not_ask_of_a_promise_outlives_a_change(ben, bea):
    said = promise_said(
        "An answer in 4 hours",
        measure="hours until an answer",
        amount=Decimal(4),
        unit="hours",
        is_at_most=True,
        keeper=bea.pk,
    )
    quote = a_quote(ben, promises=[said])
    page = browser(ben).get(f"/quotes/{quote.pk}/edit/").content.decode()
    assert 'name="is_at_most-0" checked' in page

    typed = {"promise-0": said["words"], "amount-0": "5", "unit-0": "hours", "is_at_most-0": "on"}
    browser(ben).post(f"/quotes/{quote.pk}/edit/", typed | {"terms": "Net 30"})

    quote.refresh_from_db()
    assert quote.terms == "Net 30"
    assert quote.promises == [said | {"amount": "5"}]


def test_a_quote_is_not_mailed_while_its_link_would_lead_nowhere_and_can_be_handed_over(ben):
    quote = a_quote(ben)
    page = browser(ben).get(f"/quotes/{quote.pk}/").content.decode()
    assert "under [house] in halves.toml" in page
    assert "Send the quote" not in page

    said = {"to": "pat@example.org", "version": quote.version}
    refused = browser(ben).post(f"/quotes/{quote.pk}/send/", said)
    assert refused.status_code == 422
    assert "under [house] in halves.toml" in refused.content.decode()
    quote.refresh_from_db()
    assert quote.state == QuoteState.DRAFT

    browser(ben).post(f"/quotes/{quote.pk}/send/", {"how": "link", "version": quote.version})

    assert not Letter.objects.exists()
    page = browser(ben).get(f"/quotes/{quote.pk}/").content.decode()
    assert f'value="http://localhost/q/{quote.token}/"' in page
    browser().post(f"/q/{quote.token}/", {"name": "Pat"})
    assert Deal.objects.get().state == DealState.WON
    assert not Letter.objects.exists()


def test_a_quote_is_not_written_with_a_last_day_that_has_passed(ben):
    deal = a_quote(ben).deal
    said = {"terms": "Net 30", "valid_until": timezone.localdate() - timedelta(1)}

    page = browser(ben).post(f"/deals/{deal.pk}/quote/", said)

    assert page.status_code == 422
    assert "Its last day has passed" in page.content.decode()
    assert "Net 30" in page.content.decode()
    assert Quote.objects.count() == 1


def test_who_opens_a_deal_in_an_empty_house_is_led_to_add_a_person(ben):
    before = browser(ben).get("/deals/add/").content.decode()
    a_person()
    after = browser(ben).get("/deals/add/").content.decode()

    hint = 'Nobody is known yet: <a href="/people/add/">'
    assert (hint in before, hint in after) == (True, False)


def test_a_talk_that_was_about_a_deal_leads_to_it(ben):
    deal = a_deal(ben)
    said = {"person": deal.person_id, "kind": "call", "subject": "Queues", "deal": deal.pk}
    browser(ben).post("/conversations/add/", said)

    page = (
        browser(ben)
        .get(f"/conversations/{Conversation.objects.get(deal=deal).pk}/")
        .content.decode()
    )

    assert f'<a href="/deals/{deal.pk}/">' in page


def test_a_draft_has_no_page_and_an_unknown_link_neither(ben):
    quote = a_quote(ben)

    assert browser().get(f"/q/{quote.token}/").status_code == 404
    assert browser().get("/q/unknown/").status_code == 404
    assert browser().get("/q/unknown/paper/").status_code == 404


def test_a_quote_is_a_pdf_that_shows_what_was_typed_and_obeys_none_of_it(ben):
    quote = sent(ben, words="<b>bold</b> & Zoë said: <img src='file:///etc/passwd'>")

    ours = browser(ben).get(f"/quotes/{quote.pk}/paper/")
    theirs = browser().get(f"/q/{quote.token}/paper/")

    assert ours.content[:5] == theirs.content[:5] == b"%PDF-"
    assert theirs["X-Robots-Tag"] == "noindex"


def test_a_leader_changes_the_stages_and_a_seller_may_not(lea, ben):
    pipeline = default_pipeline(at=timezone.now())
    first = stages()["New"]
    said = {
        "name": "New business",
        "version": 1,
        "key-0": first.pk,
        "stage-0": "Fresh",
        "place-0": "2",
        "key-1": "",
        "stage-1": "Asked",
        "place-1": "1",
    }
    assert browser(ben).post(f"/pipelines/{pipeline.pk}/", said).status_code == 403

    page = browser(lea).post(f"/pipelines/{pipeline.pk}/", said, follow=True).content.decode()

    assert "New business" in page
    assert list(stages()) == ["Asked", "Fresh", "Won", "Lost"]


def test_without_enough_history_the_forecast_says_that_nobody_knows(ben):
    a_deal(ben)
    pipeline = default_pipeline(at=timezone.now())
    found = forecast(pipeline, today=timezone.localdate())
    Forecast.objects.create(pipeline=pipeline, at=timezone.now(), found=found)

    page = browser(ben).get("/deals/forecast/").content.decode()

    assert "0 deals have closed so far" in page


def test_a_deal_that_is_stuck_is_on_its_seller_s_home_page(stocked, ben, bea):
    a_deal(ben, expected_close=timezone.localdate() - timedelta(days=3))

    assert "expected to close 3 days ago" in browser(ben).get("/").content.decode()
    assert "expected to close 3 days ago" not in browser(bea).get("/").content.decode()
