"""Someone sends a form of a page: a door opens, an order is placed; nobody is taken at their word.

An address that nobody has is written down with a new person. One that somebody has may have been
typed by anyone: the form is kept with someone new, and what is known of its owner stays untouched,
until a link in a mail to that address is followed and confirmed; then the two are merged. Who came
by a link in a mail of ours, and typed the address that it went to, has shown that already.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from halves.audiences.referring import PARAMETER as BROUGHT
from halves.audiences.referring import bring_by_link
from halves.deals.actions import Basket, Door, agree_on_invoice, hand_over, place_order
from halves.deals.models import OrderState
from halves.pages.errors import FormRefused
from halves.pages.models import Asks, Page, Sending
from halves.pages.showing import count, hashed
from halves.people.actions import add_person
from halves.people.arrival import Key, people_known_by
from halves.people.consenting import consent
from halves.people.errors import FieldRefused
from halves.people.identity import normalised_email
from halves.people.letters import house_link, write
from halves.people.merging import merge
from halves.people.models import Person
from halves.people.reachable import may_be_asked
from halves.posting import outbox
from halves.tracking.channels import how
from halves.webhooks.events import happened

_ISSUED = "halves.pages.form"
QUICKEST, LONGEST = timedelta(seconds=2), timedelta(days=2)
_PACE, _MOST_IN_PACE = timedelta(minutes=10), 10
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id")
_CLICKS = ("gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid", "li_fat_id")
_MOST_QUANTITY = 10_000
_MOST_ASKED = 3  # mails to one address in a day


@dataclass(frozen=True)
class Form:
    """What was typed, and what came with it.

    Args:
        issued: what `issued` made for the form when it was shown.
        trap: a field that people do not see: whoever fills it is a program.
        where: a keyed hash of the address that the request came from.
    """

    name: str
    email: str
    issued: str
    where: str
    trap: str = ""
    company: str = ""
    words: str = ""
    quantity: int = 1
    provider: str = ""
    agrees: bool = False
    billing: Mapping[str, str] = field(default_factory=dict)


def came_with(query: Mapping[str, str], *, referrer: str = "") -> dict[str, str]:
    """What an address said of where its reader comes from: utm and click ids."""
    found = {name: query[name][:200] for name in (*_UTM, *_CLICKS) if query.get(name)}
    if query.get(BROUGHT):
        found["brought"] = query[BROUGHT][:24]
    return found | ({"referrer": referrer[:200]} if referrer else {})


def issued(
    page: Page, variant: str, *, at: datetime, came: Mapping[str, str], visitor: int | None = None
) -> str:
    """What a form carries: which page and variant it is of, since when, and whose mail led here."""
    said = {"page": page.pk, "variant": variant, "at": at.timestamp(), "once": token_urlsafe(12)}
    return signing.dumps(said | {"came": dict(came), "visitor": visitor}, salt=_ISSUED)


def send(page: Page, form: Form, *, at: datetime) -> Sending:
    """Take a form; sent twice, it is taken once.

    Raises:
        FormRefused: what to mend, by field.
    """
    said = _opened(page, form, at)
    known = Sending.objects.filter(once=said["once"]).first()
    if known is not None:
        return known
    email = _checked(page, form)
    _insist_on_pace(form, at)
    with transaction.atomic():
        person, is_theirs = _who(page, form, email, said, at)
        sending = _kept(page, form, person, email, said, at)
        if page.asks == Asks.ORDER:
            _order(sending, form, at)
        _bring(sending, at)
        _open_door(sending, at)
        if page.asks != Asks.ORDER:
            _hand_over(sending, at)
        count(page, said["variant"], at=at, column="sent")
        data = {"page": page.slug, "sending": sending.pk}
        happened("page.sent", data, at=at, person_id=person.ledger_id)
        if is_theirs:
            confirm(sending, at=at)
        else:
            _ask_to_confirm(sending, at)
    return sending


def sending_to_confirm(token: str) -> Sending | None:
    """The form that a link in a mail is about."""
    rows = Sending.objects.select_related("page", "person", "order")
    return rows.filter(confirm_digest=hashed(f"confirm:{token}")).first()


def confirm(sending: Sending, *, at: datetime) -> bool:
    """The address is theirs: they are who is known by it, what they agreed to holds, and an order
    on invoice is agreed. Saying it again changes nothing."""
    with transaction.atomic():
        # One conditional UPDATE, so that two clicks confirm once.
        mine = Sending.objects.filter(pk=sending.pk, confirmed_at=None)
        if not mine.update(confirmed_at=at):
            return False
        sending.refresh_from_db()
        _become_known(sending, at)
        sending.refresh_from_db()
        if sending.agrees and sending.page.topic:
            consent(
                sending.person,
                channel="email",
                topic=sending.page.topic,
                is_given=True,
                how=f"form on /p/{sending.page.slug}/, confirmed by mail",
                proof=sending.page.consent_words,
                by=None,
                at=at,
            )
        order = sending.order
        if order is not None and order.provider == "invoice" and order.state == OrderState.PLACED:
            agree_on_invoice(order, by=None, at=at)
    return True


def do_step(sending: Sending, step: int, *, at: datetime) -> None:
    """Note that somebody who signed up took a step."""
    if not 0 <= step < len(sending.page.steps):
        raise FormRefused("", _("There is no such step."))
    with transaction.atomic():
        held = Sending.objects.select_for_update().get(pk=sending.pk)
        if str(step) in held.steps_done:
            return
        held.steps_done = {**held.steps_done, str(step): at.isoformat()}
        held.save(update_fields=["steps_done"])
        is_last = len(held.steps_done) == len(sending.page.steps)
        data = {"page": sending.page.slug, "step": step, "is_last": is_last}
        happened("page.step", data, at=at, person_id=held.person.ledger_id)


def _opened(page: Page, form: Form, at: datetime) -> dict[str, Any]:
    try:
        said: dict[str, Any] = signing.loads(form.issued, salt=_ISSUED)
    except signing.BadSignature:
        raise FormRefused("", _("Something was lost on the way: please send it again.")) from None
    age = at - datetime.fromtimestamp(said["at"], tz=at.tzinfo)
    if said["page"] != page.pk or age > LONGEST:
        raise FormRefused("", _("This form was open for very long: please send it again."))
    if form.trap or age < QUICKEST:
        raise FormRefused("", _("That was very quick: please wait a moment and send it again."))
    return said


def _checked(page: Page, form: Form) -> str:
    if not form.name.strip():
        raise FormRefused("name", _("Please tell us your name."))
    try:
        email = normalised_email(form.email)
    except FieldRefused:
        words = _("Please give an address such as ada@example.org.")
        raise FormRefused("email", words) from None
    if page.asks == Asks.ORDER:
        if not 1 <= form.quantity <= _MOST_QUANTITY:
            words = _("Please choose between 1 and %(most)s.") % {"most": _MOST_QUANTITY}
            raise FormRefused("quantity", words)
        if form.provider not in page.providers:
            raise FormRefused("provider", _("Please choose how to pay."))
    return email


def _insist_on_pace(form: Form, at: datetime) -> None:
    lately = Sending.objects.filter(where=form.where, at__gt=at - _PACE).count()
    if lately >= _MOST_IN_PACE:
        words = _("Many forms came from where you are: please try again in ten minutes.")
        raise FormRefused("", words)


def _who(
    page: Page, form: Form, email: str, said: Mapping[str, Any], at: datetime
) -> tuple[Person, bool]:
    """Whom the form is kept with, and whether the address is surely theirs."""
    known = people_known_by([Key("email", email)])
    visitor = said["visitor"]
    if len(known) == 1 and visitor is not None and _is_same(known[0], visitor):
        return known[0], True
    fields = {"name": form.name.strip()[:200]}
    if not known:
        fields["email"] = email
    made = add_person(by=None, at=at, source=f"page /p/{page.slug}/", **fields)
    return made, False


def _is_same(person: Person, visitor: int) -> bool:
    found = Person.objects.filter(pk=visitor).first()
    while found is not None and found.merged_into is not None:
        found = found.merged_into
    return found is not None and found.pk == person.pk


def _kept(
    page: Page, form: Form, person: Person, email: str, said: Mapping[str, Any], at: datetime
) -> Sending:
    return Sending.objects.create(
        page=page,
        version_shown=page.version_shown,
        variant=said["variant"],
        person=person,
        email=email,
        words=f"{form.company}\n{form.words}".strip()[:5_000],
        agrees=form.agrees and bool(page.topic),
        once=said["once"],
        token=token_urlsafe(18),
        confirm_digest=hashed(f"confirm:{token_urlsafe(24)}"),  # until a mail has another
        where=form.where,
        came=said["came"],
        at=at,
    )


def _order(sending: Sending, form: Form, at: datetime) -> None:
    page = sending.page
    basket = Basket(
        words=page.sells,
        quantity=form.quantity,
        price=Decimal(page.price),
        currency=page.currency,
        version=sending.version_shown,
        page=page.slug,
        provider=form.provider,
        email=sending.email,
        billing={name: value[:300] for name, value in form.billing.items()},
    )
    sending.order = place_order(sending.person, basket, once=sending.once, at=at)
    sending.save(update_fields=["order"])


def _bring(sending: Sending, at: datetime) -> None:
    """Whoever passed the link on brought them."""
    token = sending.came.get("brought", "")
    how_they_came = _("the page %(name)s") % {"name": sending.page.slug}
    if token and bring_by_link(token, sending.person, how=how_they_came, at=at):
        whom = {"person_id": sending.person.ledger_id, "region": sending.person.region or None}
        touch = {"touch_id": f"brought:{sending.pk}", "at": at - timedelta(seconds=2)}
        said = {"path": "self", "channel": "referral", "source": "page"}
        outbox.put("touches", [whom | touch | said], at=at)


def _open_door(sending: Sending, at: datetime) -> None:
    """Tell the ledger: what led them here, that they saw the page, and that a door opened."""
    person = sending.person
    whom = {"person_id": person.ledger_id, "region": person.region or None, "source": "page"}
    touch = {
        "touch_id": f"page:{sending.pk}",
        "at": at - timedelta(seconds=1),
        "path": "self",
        "channel": "page",
        "story": sending.page.story.name,
    }
    door = {"outcome_id": f"door:{sending.pk}", "at": at, "kind": "door_opened", "path": "self"}
    outbox.put("touches", [whom | one for one in (*_led_by(sending, at), touch)], at=at)
    outbox.put("outcomes", [whom | door], at=at)


def _hand_over(sending: Sending, at: datetime) -> None:
    """Sales gets a lead, with the story that opened the door and what is known of the way here."""
    came, page = sending.came, sending.page
    led = " ".join(came[name] for name in ("utm_source", "referrer") if came.get(name))
    read = [{"at": at.isoformat(), "channel": "page", "words": f"{page.slug} {sending.variant}"}]
    if led:
        read.append({"at": at.isoformat(), "channel": came.get("utm_medium", "link"), "words": led})
    door = Door(
        key=f"sending:{sending.pk}",
        told=sending.version_shown,
        page=page.slug,
        campaign=came.get("utm_campaign", ""),
        words=sending.words,
        read=tuple(read),
    )
    hand_over(sending.person, door, at=at)


def _led_by(sending: Sending, at: datetime) -> list[dict[str, Any]]:
    """The ad or link that led to the page, if its address says so; our own mails are told of
    where they are sent."""
    if sending.came.get("utm_source") == "halves":
        return []
    address = f"https://page.invalid/?{urlencode(sending.came)}"
    came = how({"page": {"url": address, "referrer": sending.came.get("referrer", "")}})
    if came.path != "many":
        return []
    said = {"channel": came.channel, "path": came.path, "campaign": came.campaign}
    return [said | {"touch_id": f"led:{sending.pk}", "at": at - timedelta(seconds=2)}]


def _ask_to_confirm(sending: Sending, at: datetime) -> None:
    """Write to the address, unless they want no mail, or got enough of these today."""
    today = Sending.objects.filter(email=sending.email, at__gt=at - timedelta(days=1))
    if not may_be_asked(sending.email, at=at) or today.count() > _MOST_ASKED:
        return
    token = token_urlsafe(24)  # only ever in that mail: who sent the form does not see it
    sending.confirm_digest = hashed(f"confirm:{token}")
    sending.save(update_fields=["confirm_digest"])
    link = house_link(f"/confirm/{token}/")
    lines = [
        _("Somebody, we hope you, sent a form on our page and gave this address."),
        _("Please confirm that it was you:"),
        link,
        _("If it was not, do nothing: nobody will write to you because of it."),
    ]
    write(
        key=f"confirm:{sending.pk}",
        to=sending.email,
        subject=_("Please confirm your address"),
        text="\n\n".join(lines) + "\n",
        person=sending.person,
        at=at,
    )


def _become_known(sending: Sending, at: datetime) -> None:
    """Merge whom the form was kept with into who is known by the address."""
    known = people_known_by([Key("email", sending.email)])
    person = Person.objects.get(pk=sending.person_id)
    if len(known) == 1 and known[0].pk != person.pk and person.merged_into_id is None:
        why = f"confirmed {sending.email} by mail"
        merge(known[0], person, by=None, at=at, why=why)
