"""A page and an order, for tests that need one of each."""

from decimal import Decimal

from halves.access.models import User
from halves.deals.actions import Basket, place_order
from halves.deals.models import Order
from halves.pages.models import Asks, Page
from halves.people.actions import add_person
from halves.stories.models import Kind, Story
from tests.house import MONDAY


def a_page(user: User) -> Page:
    story = Story.objects.create(
        name="Told on a page", kind=Kind.SOLUTION, made_at=MONDAY, changed_at=MONDAY, by=user
    )
    return Page.objects.create(
        slug="told", story=story, asks=Asks.CONTACT, button="Go", made_at=MONDAY, changed_at=MONDAY
    )


def an_order(user: User) -> Order:
    basket = Basket(
        words="Starter box",
        quantity=1,
        price=Decimal(10),
        currency="EUR",
        version=None,
        page="told",
        provider="invoice",
        email="pat@example.org",
        billing={},
    )
    person = add_person(by=None, at=MONDAY, source="t", name="Pat")
    return place_order(person, basket, once=f"once-{user.pk}", at=MONDAY)
