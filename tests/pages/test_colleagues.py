from datetime import timedelta
from decimal import Decimal

from halves.deals.models import Order, OrderState
from halves.pages.models import Page, PageDay, PageState
from halves.pages.queries import best_of, came_of
from tests.house import MONDAY, browser
from tests.pages.company import an_order


def typed(story, **more) -> dict:
    return {
        "story": story.pk,
        "slug": "starter",
        "asks": "order",
        "button": "Order it",
        "sells": "Starter box",
        "price": "49.95",
        "currency": "eur",
        "providers": ["invoice"],
        "steps": "",
        "variants": "A",
    } | more


def test_a_marketer_makes_a_page_publishes_it_and_the_world_sees_it(max_, story):
    client = browser(max_)
    made = client.post("/pages/add/", typed(story), follow=True)
    page = Page.objects.get()
    assert "Nobody sees it yet" in made.content.decode()
    assert (page.price, page.currency) == (Decimal("49.95"), "EUR")

    client.post(f"/pages/{page.pk}/publish/")

    html = browser().get("/p/starter/").content.decode()
    assert "49.95 EUR" in html
    assert "Order it" in html


def test_what_is_wrong_with_a_page_stands_next_to_its_field_and_what_was_typed_stays(max_, story):
    answer = browser(max_).post("/pages/add/", typed(story, price="", sells="Garden box"))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "An order needs a price above 0" in html
    assert "Garden box" in html


def test_a_page_that_someone_else_changed_meanwhile_is_not_overwritten(max_, page):
    form = typed(page.story, slug="quiet-mornings", asks="contact", button="Mine", version="1")
    first = browser(max_).post(f"/pages/{page.pk}/edit/", form)
    second = browser(max_).post(f"/pages/{page.pk}/edit/", form | {"button": "Yours"})

    assert (first.status_code, second.status_code) == (302, 422)
    assert "Someone else changed this page" in second.content.decode()


def test_a_variant_is_called_better_only_when_it_surely_is(page):
    def told(day=MONDAY, **sent):
        for name, count in sent.items():
            PageDay.objects.update_or_create(
                page=page, variant=name, day=day.date(), defaults={"shown": 1_000, "sent": count}
            )
        return best_of(page)

    assert told(A=81) is None
    [only] = came_of(page)
    assert only.share.low < 0.081 < only.share.high
    assert told(A=50, B=60) is None
    assert told(A=50, B=120) == "B"
    assert told(A=50, B=120, C=115) is None  # better than A, and nobody can tell from C


def test_variants_are_compared_on_days_when_both_were_shown(page):
    """The old words were shown all year, the new ones at Christmas, when all words do better."""
    for day, variant, sent in ((0, "A", 10), (1, "A", 200), (1, "B", 205)):
        at = (MONDAY + timedelta(days=day)).date()
        PageDay.objects.create(page=page, variant=variant, day=at, shown=1_000, sent=sent)

    assert best_of(page) is None


def test_a_colleague_writes_down_that_an_invoice_was_paid(ada, house):
    order = an_order(ada)
    client = browser(ada)
    client.post(f"/orders/{order.pk}/", {"what": "agree"})
    client.post(f"/orders/{order.pk}/", {"what": "paid"})
    again = client.post(f"/orders/{order.pk}/", {"what": "paid"}, follow=True)

    assert Order.objects.get().state == OrderState.PAID
    assert "cannot happen to this order any more" in again.content.decode()
    assert "paid" in client.get("/orders/").content.decode()


def test_a_page_that_is_taken_off_is_gone_for_the_world(max_, page):
    browser(max_).post(f"/pages/{page.pk}/take-off/")

    page.refresh_from_db()
    assert page.state == PageState.OFF
    assert browser().get("/p/quiet-mornings/").status_code == 404
