from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from halves.pages.actions import add_page, publish
from halves.pages.models import Asks, Page
from halves.stories.actions import write_story
from halves.stories.models import Kind, Proof, Story

NOW = datetime.now(UTC)


@pytest.fixture
def story(ada) -> Story:
    proof = Proof.objects.create(
        claim="9 of 10 stay a year", source="our books, 2025", made_at=NOW, changed_at=NOW
    )
    return write_story(
        by=ada,
        at=NOW - timedelta(hours=1),
        name="Quiet mornings",
        kind=Kind.SOLUTION,
        for_whom="people who run a small shop",
        problem="Mornings go to sorting yesterday's orders.",
        fix="A box that sorts them over night.",
        headline="Have your mornings back",
        subject="Have your mornings back",
        body="Orders are sorted **over night**. You open the shop, and begin.",
        call_words="Send me a box",
        proofs=[proof],
        promises=[
            {
                "words": "The first box within five days",
                "measure": "days to the first box",
                "amount": Decimal(5),
                "unit": "days",
                "is_at_most": True,
                "within_days": 5,
                "keeper": ada,
            }
        ],
    )


@pytest.fixture
def page(ada, story, settings) -> Page:
    settings.HALVES_URL = "https://shop.example.org"
    made = add_page(
        by=ada,
        at=NOW,
        slug="quiet-mornings",
        story=story,
        asks=Asks.CONTACT,
        button="Tell me more",
        topic="news",
        consent_words="Write to me about it, at most once a month.",
    )
    return publish(made, by=ada, at=NOW)


@pytest.fixture
def shop(ada, story, settings) -> Page:
    settings.HALVES_URL = "https://shop.example.org"
    made = add_page(
        by=ada,
        at=NOW,
        slug="box",
        story=story,
        asks=Asks.ORDER,
        button="Order it",
        sells="Starter box",
        price=Decimal("49.95"),
        currency="EUR",
        providers=["invoice"],
    )
    return publish(made, by=ada, at=NOW)
