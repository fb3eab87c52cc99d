"""A concern that sellers heard call by call is answered to many: what that changed, and truth."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from halves.campaigns import actions as campaigns
from halves.concerns.models import Heard
from halves.conversations.at_scale import answer_at_scale, came_of
from halves.experiments import reading
from halves.experiments.models import Member
from halves.jobs.models import Job
from halves.jobs.models import State as JobState
from halves.jobs.running import run_job
from halves.people.models import Person
from halves.posting.book import book
from halves.posting.outbox import flush
from halves.simulate import Company, Effect, Mailing, after
from halves.stories.actions import change_story
from halves.stories.models import Proof
from tests.campaigns import company as harbour
from tests.campaigns.conftest import mailing, sink
from tests.campaigns.test_truth import (
    DAYS,
    MOVING,
    NOON,
    SENT,
    brought_in,
    lived_until_it_is_sent,
    number,
    subscribers_agreed,
    told,
)
from tests.concerns.company import DEAR, DOUBT, SPREAD, listen, talk

__all__ = ["mailing", "sink"]
DEARLY = (DEAR[2], DEAR[4], DEAR[5])  # one concern in three wordings
EDITED = {
    "for_whom": "shops that count every coin",
    "group": "shops like yours",
    "headline": "The price, month by month",
    "subject": "{{ person.first_name }}, about the price",
    "body": "You can spread the price over twelve months: [see how](https://navy.example/months).",
    "call_words": "See the months",
    "call_url": "https://navy.example/months",
}
STILL_SAY_IT = {True: 2, False: 10}  # of ten: who was told the answer, and who was not


def called(seller, people: list[Person]) -> None:
    """Two of three hold that it is dear; the others fear something else."""
    for place, one in enumerate(people):
        said = DOUBT[0] if place % 3 == 0 else DEARLY[place // 3 % 3]
        lines = (("us", "What do you think?"), ("them", said), ("us", SPREAD))
        talk(one, seller, *lines, at=NOON - timedelta(days=20))
    listen(at=NOON - timedelta(days=10))


def answered_at_scale(concern, by):
    """The drafts, edited as a marketer does, looked at and launched."""
    concern.answers.update(is_approved=True)
    made = answer_at_scale(concern, by=by, at=NOON)
    proof = Proof.objects.create(
        claim="Grace paid by the month.", source="Grace", made_at=NOON, changed_at=NOON
    )
    edited = EDITED | {"proofs": [proof]}
    story = change_story(made.story, by=by, at=NOON, version=made.story.version, **edited)
    campaigns.change(
        made.campaign, by=by, at=NOON, version=made.campaign.version, steps=[{"story": story}],
        holdout_share=0.4, of="value", days=DAYS,
    )  # fmt: skip
    made.campaign.refresh_from_db()
    harbour.looked_at(made.campaign, by)
    made.campaign.refresh_from_db()
    campaigns.launch(made.campaign, by=by, at=NOON)
    harbour.worked(NOON, rounds=1_000)
    for job in Job.objects.filter(state=JobState.WAITING).order_by("pk"):
        run_job.call(job.pk)
    flush(at=NOON)
    made.campaign.refresh_from_db()
    return made.campaign


def called_again(campaign, seller, until: datetime) -> None:
    """Everyone of both arms: the answer that was told is doubted by two of ten still."""
    had = set(told(campaign))
    members = Member.objects.filter(experiment=campaign.experiment).values("unit_id")
    for place, one in enumerate(Person.objects.filter(ledger_id__in=members).order_by("pk")):
        holds = place % 10 < STILL_SAY_IT[number(one) in had]
        talk(one, seller, ("them", DEARLY[place % 3] if holds else DOUBT[0]), at=until)
    listen(at=until)


def moved(place, marketer, seller, *, seed: int, effect: Effect, calls: int):
    """What is true of the campaign, the campaign with what the house says, and when it is over."""
    company = Company.small(people=3_000, seed=seed, until=SENT + timedelta(days=DAYS))
    # It sells often: with a handful of sales in an arm no interval could be relied on.
    often = replace(company.demand, opening=0.0015, closing=0.02)
    company = replace(company, demand=often)
    brought_in(lived_until_it_is_sent(company, seed), place, marketer)
    subscribers_agreed(company, seed)
    called(seller, list(Person.objects.filter(consents__is_given=True).order_by("pk")[:calls]))
    concern = Heard.objects.filter(words=DEARLY[0]).first().concern
    campaign = answered_at_scale(concern, marketer)
    found = after(company, Mailing(on=SENT, to=told(campaign), effect=effect), seed=seed)
    book().append("outcomes", found.outcomes, batch="what came of it")
    asked = Job.objects.create(
        kind="t", asked_at=NOON, arguments={"experiment": campaign.experiment_id}
    )
    reading.read_result(asked, lambda *_: None)
    campaign.experiment.refresh_from_db()
    ends = datetime.combine(SENT, time(12), NOON.tzinfo) + timedelta(days=DAYS - 1)
    return found.revenue, campaign, concern, ends


def test_it_is_heard_less_and_its_true_effect_is_held(mailing, max_, ben, sink):
    truth, campaign, concern, ends = moved(mailing, max_, ben, seed=1, effect=MOVING, calls=300)
    total = campaign.experiment.result["total"]
    called_again(campaign, ben, ends)
    [found] = came_of(concern, at=ends)

    assert len(set(sink.to)) == len(told(campaign)) == found.told > 100
    assert found.left_alone > 70
    assert found.heard.low < -0.8 < found.heard.high  # from ten of ten to two of ten
    assert truth > 1_000
    # Whom chance holds out differs each time: twice as wide hardly any interval misses. How often
    # the interval itself holds the truth is counted below, slowly.
    spare = (total["high"] - total["low"]) / 2
    assert total["low"] - spare < truth < total["high"] + spare


@pytest.mark.slow
@pytest.mark.parametrize("effect", [MOVING, Effect()], ids=["that moves", "that does nothing"])
@pytest.mark.parametrize("seed", range(2, 8))
def test_on_other_companies_too_nine_times_in_ten(mailing, max_, ben, seed, effect, hits):
    truth, campaign, _concern, _ends = moved(
        mailing, max_, ben, seed=seed, effect=effect, calls=1_500
    )

    total = campaign.experiment.result["total"]
    hits.append(total["low"] <= truth <= total["high"])
    # Of 12 intervals that each hold it 9 times in 10, more than 3 miss once in 40 such runs.
    assert hits.count(False) <= 3


@pytest.fixture(scope="module")
def hits() -> list[bool]:
    return []
