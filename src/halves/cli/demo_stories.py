"""What the demo's company tells: offer, proof, concerns, stories, a page, an audience, a plan."""

from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

_CONSENT = "Write to me about quieter mornings, at most once a month."


def tell(*, by: Any, leader: Any, url: str, at: datetime) -> None:
    """Everything once, by the actions that the pages call; in the caller's transaction."""
    stories = import_module("halves.stories.models")
    if stories.Story.objects.exists():
        return
    offering = import_module("halves.stories.offering")
    offer = offering.write_offer(
        by=by,
        at=at,
        name="Night desk",
        for_whom="people who run a small shop",
        need="mornings that begin with customers, not with yesterday's orders",
        what="a service that sorts orders over night",
        alternative="doing it by hand before opening",
        why_us="it was made in a shop, and its mistakes are paid for",
    )
    proof = offering.write_proof(
        by=by,
        at=at,
        claim="214 of 230 shops still use it after a year",
        source=_books(at),
        offer=offer,
    )
    concern = _answered(by, leader, at)
    solution = _solution(by, at, offer, proof, concern, f"{url}/p/mornings/")
    _belonging(by, at, offer, proof)
    _page(by, at, solution)
    _agreed(at)
    _plan(by, at, solution)


def told(*, by: Any, at: datetime) -> tuple[Any, Any]:
    """The two stories as they are told: what belongs, and what is bought."""
    stories = import_module("halves.stories.models").Story.objects
    freeze = import_module("halves.stories.actions").freeze
    belonging, solution = (stories.get(kind=kind) for kind in ("belonging", "solution"))
    return freeze(belonging, at=at, by=by), freeze(solution, at=at, by=by)


def _books(at: datetime) -> str:
    return f"our own books, {at:%B %Y}"


def _answered(by: Any, leader: Any, now: datetime) -> Any:
    concerns = import_module("halves.concerns.actions")
    concern = concerns.add_concern(
        by=by, at=now, name="What if it gets an order wrong?", kind="trust"
    )
    answer = concerns.add_answer(
        concern,
        by=by,
        at=now,
        words="Then we pay for sending it again. It happened with 3 orders in 1,000.",
        source=_books(now),
    )
    concerns.change_answer(answer, by=leader, at=now, is_approved=True)
    return concern


def _solution(by: Any, now: datetime, offer: Any, proof: Any, concern: Any, page: str) -> Any:
    write = import_module("halves.stories.actions").write_story
    return write(
        by=by,
        at=now,
        name="Have your mornings back",
        kind="solution",
        offer=offer,
        problem="Mornings go to sorting yesterday's orders.",
        fix="They are sorted when you come in.",
        headline="Have your mornings back",
        subject="{{ person.first_name | default: 'Good morning' }}, the orders are sorted",
        body="Orders that come in by night are sorted **before you open**. You unlock the door, "
        "and begin with whoever comes in.",
        call_words="See how it works",
        call_url=page,
        proofs=[proof],
        concerns=[concern],
        promises=[
            {
                "words": "The first night is sorted within five days",
                "measure": "days until the first night",
                "amount": Decimal(5),
                "unit": "days",
                "is_at_most": True,
                "within_days": 5,
                "keeper": by,
            }
        ],
    )


def _belonging(by: Any, now: datetime, offer: Any, proof: Any) -> None:
    write = import_module("halves.stories.actions").write_story
    write(
        by=by,
        at=now,
        name="People who open on time",
        kind="belonging",
        offer=offer,
        aspiration="to be the shop that people come by to talk",
        group="shopkeepers who open on time",
        vision="The door is open at eight, the coffee is on, and nobody is behind with anything.",
        headline="For those who open on time",
        subject="The door is open at eight",
        body="Some shops are open before the street is awake. This is for them.",
        call_words="Come in",
        proofs=[proof],
    )


def _page(by: Any, now: datetime, story: Any) -> None:
    actions = import_module("halves.pages.actions")
    page = actions.add_page(
        by=by,
        at=now,
        slug="mornings",
        story=story,
        asks="order",
        button="Order a month",
        sells="Night desk for a month",
        price=Decimal("49.00"),
        currency="USD",
        providers=["invoice"],
        topic="mornings",
        consent_words=_CONSENT,
    )
    actions.publish(page, by=by, at=now)


def _agreed(now: datetime) -> None:
    """Nine in ten signed up for the mails once: nobody is written to without."""
    models = import_module("halves.people.models")
    keys = models.Person.objects.order_by("pk").values_list("pk", flat=True)
    said = [
        models.Consent(
            person_id=key,
            channel="email",
            topic="mornings",
            is_given=True,
            at=now,
            how="a form on the site",
            by="halves",
            proof=_CONSENT,
        )
        for key in keys
        if key % 10
    ]
    models.Consent.objects.bulk_create(said, batch_size=1_000)


def _plan(by: Any, now: datetime, story: Any) -> None:
    audiences = import_module("halves.audiences.actions")
    definition = {"and": [{"field": "person.region", "op": "is_not", "value": "island"}]}
    audience = audiences.save_question(
        name="Everyone but the island", definition=definition, by=by, at=now
    )
    draft = import_module("halves.campaigns.actions").draft
    draft(
        by=by,
        at=now,
        title="Mornings",
        audience=audience,
        steps=[{"story": story}],
        topic="mornings",
        holdout_share=0.2,
    )
