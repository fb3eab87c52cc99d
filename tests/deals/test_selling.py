from datetime import date, timedelta
from decimal import Decimal

import pytest

from halves.concerns.models import Concern
from halves.deals.actions import (
    Door,
    Ending,
    Line,
    back_to_nurture,
    change_deal,
    hand_over,
    move,
    set_lines,
)
from halves.deals.errors import DealChangedMeanwhile, DealRefused, DealStands, StageInUse
from halves.deals.models import Deal, DealState, LostKind
from halves.deals.pipelines import Wanted, add_pipeline, default_pipeline, set_stages, stages_of
from halves.deals.signals import signals_of, usual_stays, with_next_task
from halves.keeping.erasing import erase_person, export_person
from halves.people.tasks import add_task
from halves.people.timeline import Span, timeline
from halves.posting import outbox
from halves.posting.book import book
from halves.posting.models import Posting
from tests.deals.company import LINES, a_deal, a_person, history, sent, stages
from tests.house import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def outcomes() -> list[dict]:
    outbox.flush()
    ledger = book()
    return ledger.query(ledger.table("outcomes")).to_pylist()


def test_the_first_deal_makes_the_pipeline_that_leads_arrive_in(ben):
    deal = a_deal(ben)

    assert deal.stage.name == "New"
    assert [one.name for one in stages_of(deal.pipeline)] == [
        *("New", "Problem understood", "Solution shown", "Quote sent", "Won", "Lost")
    ]


def test_a_deal_that_is_won_is_on_the_ledger_once_on_the_path_of_sales(ben):
    deal, there = a_deal(ben), stages()
    move(deal, there["Won"], by=ben, at=TUESDAY, ending=Ending(words="They know us"))
    stale = Deal.objects.get(pk=deal.pk)
    with pytest.raises(DealStands):
        move(stale, there["New"], by=ben, at=TUESDAY)

    rows = {one["kind"]: one for one in outcomes()}

    assert sorted(rows) == ["deal_closed", "door_opened"]
    closed = rows["deal_closed"]
    assert (closed["path"], closed["value"], closed["currency"]) == ("one", 1_000, "EUR")
    assert (closed["deal_id"], closed["at"]) == (deal.ledger_id, TUESDAY)


def test_a_loss_needs_a_reason_and_can_be_opened_again(ben):
    deal, there = a_deal(ben), stages()
    with pytest.raises(DealRefused, match="choose a reason") as refused:
        move(deal, there["Lost"], by=ben, at=TUESDAY)
    assert refused.value.field == "lost_kind"

    deal = move(deal, there["Lost"], by=ben, at=TUESDAY, ending=Ending("price", "Too dear by half"))
    assert (deal.state, deal.lost_kind, deal.closed_at) == (DealState.LOST, "price", TUESDAY)

    deal = move(deal, there["New"], by=ben, at=TUESDAY + timedelta(days=1))
    assert (deal.state, deal.lost_kind, deal.lost_because) == (DealState.OPEN, "", "")
    assert [one.stage.name for one in deal.changes.all()] == ["New", "Lost", "New"]
    assert deal.changes.filter(left_at=None).count() == 1
    assert {one["kind"] for one in outcomes()} == {"door_opened"}


def test_of_two_who_change_a_deal_at_once_the_second_is_told(ben, bea):
    deal = a_deal(ben)
    theirs = Deal.objects.get(pk=deal.pk)
    change_deal(deal, by=ben, at=TUESDAY, version=deal.version, problem="Queues at the machine")

    with pytest.raises(DealChangedMeanwhile):
        change_deal(theirs, by=bea, at=TUESDAY, version=theirs.version, problem="Bad coffee")
    with pytest.raises(DealChangedMeanwhile):
        move(theirs, stages()["Won"], by=bea, at=TUESDAY)

    assert Deal.objects.get(pk=deal.pk).problem == "Queues at the machine"
    assert not Posting.objects.filter(row__kind="deal_closed").exists()


def test_a_deal_is_worth_its_lines_until_somebody_types_a_value(ben):
    deal = set_lines(a_deal(ben), LINES, by=ben, at=TUESDAY, version=1)
    assert (deal.value, deal.is_value_typed) == (Decimal("799.40"), False)

    deal = change_deal(deal, by=ben, at=TUESDAY, version=2, value=Decimal(900))
    assert (deal.value, deal.is_value_typed) == (900, True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (Line("", Decimal(1), Decimal(1)), "says what is bought"),
        (Line("Coffee", Decimal(0), Decimal(1)), "above 0"),
        (Line("Coffee", Decimal(1), Decimal(-1)), "0 or more"),
    ],
)
def test_a_line_that_cannot_be_bought_is_refused(ben, line, words):
    with pytest.raises(DealRefused, match=words):
        set_lines(a_deal(ben), [line], by=ben, at=TUESDAY, version=1)


def test_stages_are_added_renamed_put_in_order_and_retired(ada, ben):
    deal, pipeline = a_deal(ben), default_pipeline(at=MONDAY)
    new, understood, *_ = stages_of(pipeline)
    wanted = [Wanted("Understood", understood.pk), Wanted("Fresh", new.pk), Wanted("Trial")]

    set_stages(pipeline, wanted, by=ada, at=TUESDAY, version=pipeline.version)

    names = [one.name for one in stages_of(pipeline)]
    assert names == ["Understood", "Fresh", "Trial", "Won", "Lost"]
    assert Deal.objects.get(pk=deal.pk).stage.name == "Fresh"
    with pytest.raises(StageInUse, match="1 open deals stand in Fresh"):
        set_stages(pipeline, wanted[:1], by=ada, at=TUESDAY, version=pipeline.version)
    with pytest.raises(DealChangedMeanwhile):
        set_stages(pipeline, wanted, by=ada, at=TUESDAY, version=1)


def test_two_stages_can_swap_their_names(ada):
    pipeline = add_pipeline("Renewals", by=ada, at=MONDAY)
    one, two, *_ = stages_of(pipeline)

    set_stages(
        pipeline,
        [Wanted(two.name, one.pk), Wanted(one.name, two.pk)],
        by=ada,
        at=MONDAY,
        version=1,
    )

    assert [one.name for one in stages_of(pipeline)][:2] == [two.name, one.name]


def test_a_door_that_marketing_opened_arrives_as_one_lead_with_what_opened_it(ben):
    pat = a_person(owner=ben)
    door = Door("sending:1", page="quiet-mornings", campaign="spring", words="Our queue is long")

    deal = hand_over(pat, door, at=MONDAY)
    again = hand_over(pat, door, at=TUESDAY)
    second = hand_over(pat, Door("sending:2", page="other"), at=TUESDAY)

    assert deal == again == second
    assert (deal.stage.name, deal.owner, deal.problem) == ("New", ben, "Our queue is long")
    assert (deal.handover.campaign, deal.handover.page) == ("spring", "quiet-mornings")
    assert outcomes() == []  # the page tells of the door


def test_a_seller_gives_somebody_back_to_marketing_with_the_concern(ben):
    deal = a_deal(ben)
    concern = Concern.objects.create(name="Is it for people like us?", made_at=MONDAY)
    with pytest.raises(DealRefused):
        back_to_nurture(deal, None, by=ben, at=TUESDAY, words=" ")

    deal = back_to_nurture(deal, concern, by=ben, at=TUESDAY, words="Asked twice")

    assert (deal.state, deal.lost_kind, deal.concern) == ("lost", LostKind.NURTURE, concern)
    assert [one.name for one in deal.person.tags.all()] == ["nurture"]


def test_a_deal_says_why_it_is_stuck(ben):
    history(ben, won=5, days=4)
    deal = a_deal(ben, expected_close=date(2026, 1, 10))
    usual, at = usual_stays(deal.pipeline_id), MONDAY + timedelta(days=9)

    def said():
        found = with_next_task(Deal.objects.all()).get(pk=deal.pk)
        return signals_of(found, usual, at=at, today=at.date())

    assert said() == [
        "expected to close 4 days ago",
        "9 days here; three of four deals that were won moved on within 4",
        "nothing to do next",
    ]
    add_task(title="Call", owner=ben, by=ben, at=at, person=deal.person)
    assert "nothing to do next" not in said()


def test_the_timeline_and_the_export_tell_of_stages_and_quotes_and_an_erasure_leaves_none(ada, ben):
    quote = sent(ben)
    person = quote.deal.person

    words = [one.words for one in timeline(person, user=ben, span=Span())]
    assert {"Quote sent", "Deal: New"} <= set(words)
    held = {row["table"] for row in export_person(person, by=ada, at=TUESDAY)["deals"]}
    assert held == {"stagechange", "dealline", "quote"}

    gone = erase_person(person, by=ada, at=TUESDAY)
    assert gone["left"] == 0
    assert not Deal.objects.exists()
