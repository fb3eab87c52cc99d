"""Quotes: drafted from a deal's lines, sent, accepted by the buyer once, or withdrawn."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.deals.errors import DealChangedMeanwhile, DealRefused, QuoteNotOpen, QuoteStands
from halves.deals.models import Deal, DealState
from halves.deals.pipelines import default_pipeline, ending
from halves.deals.quote_models import Quote, QuoteState
from halves.deals.selling import MOST_VALUE, Ending, claim, move
from halves.deals.stage_models import StageKind
from halves.people.errors import FieldRefused
from halves.people.identity import normalised_email
from halves.people.letters import NOWHERE, house_link, house_url, write
from halves.promises.actions import open_promises
from halves.promises.models import Promise, Via
from halves.webhooks.events import happened

FIELDS = ("words", "terms", "valid_until", "promises", "told")
MOST_PROMISES, MOST_WORDS = 20, 10_000
_NAME = re.compile(r"\w", re.UNICODE)


def draft_quote(deal: Deal, *, by: User, at: datetime, **said: Any) -> Quote:
    """Begin a quote of what the deal is made of.

    Args:
        said: of `FIELDS`; `promises` as `promise_said` makes them, `told` the story it comes with.

    Raises:
        DealRefused: names the field; or the deal has no lines.
    """
    with transaction.atomic():
        held = Deal.objects.select_for_update().get(pk=deal.pk)
        if held.state != DealState.OPEN:
            raise DealRefused("", _("The deal is closed: nothing is offered any more."))
        number = (held.quotes.aggregate(last=Max("number"))["last"] or 0) + 1
        quote = Quote(deal=held, number=number, by=by, made_at=at)
        _set(quote, said)
        _take_lines(quote, held)
        quote.save()
        audit.record("quote.add", quote, by=by, at=at, after={"total": quote.total})
    return quote


def change_quote(quote: Quote, *, by: User, at: datetime, version: int, **said: Any) -> Quote:
    """Change a draft; its lines are those that the deal has now.

    Raises:
        QuoteStands: it was sent.
        DealRefused: names the field.
        DealChangedMeanwhile: somebody else was first.
    """
    with transaction.atomic():
        now = _claimed(quote, version)
        _set(now, said)
        _take_lines(now, now.deal)
        now.save()
        audit.record("quote.change", now, by=by, at=at, after={"total": now.total})
    return now


def send_quote(quote: Quote, *, by: User, at: datetime, to: str | None, version: int) -> Quote:
    """Send the buyer the link; from now on it stays as it is, and those sent before are replaced.

    Args:
        to: the address; None where no mail goes, and the seller gives them the link.

    Raises:
        DealRefused: no address; a last day that has passed; or the link would lead nowhere.
        QuoteStands: it was sent before.
        DealChangedMeanwhile: somebody else was first.
    """
    address = "" if to is None else _reached_at(to)
    with transaction.atomic():
        now = _claimed(quote, version)
        if now.deal.state != DealState.OPEN:
            raise DealRefused("", _("The deal is closed: nothing is offered any more."))
        if now.valid_until is not None and now.valid_until < timezone.localdate(at):
            raise DealRefused("valid_until", _("Its last day has passed: give it a later one."))
        if not now.lines:
            raise DealRefused("lines", _("Say first what is bought: the deal has no lines."))
        others = Quote.objects.filter(deal=now.deal, state=QuoteState.SENT)
        others.update(state=QuoteState.REPLACED, ended_at=at)
        now.state, now.sent_at, now.to = QuoteState.SENT, at, address
        now.save()
        if address:
            _write_letter(now, at)
        audit.record("quote.send", now, by=by, at=at, after={"total": now.total})
        happened("quote.sent", _data(now), at=at, person_id=now.deal.person.ledger_id)
    return now


def withdraw_quote(quote: Quote, *, by: User, at: datetime) -> Quote:
    """Take a quote back: it can be accepted no more.

    Raises:
        QuoteStands: it was accepted.
    """
    with transaction.atomic():
        open_one = Quote.objects.filter(pk=quote.pk, state__in=(QuoteState.DRAFT, QuoteState.SENT))
        # One conditional UPDATE, so that it is either accepted or withdrawn.
        if not open_one.update(state=QuoteState.WITHDRAWN, ended_at=at):
            raise QuoteStands(_("It was accepted, or taken back before: it stays so."))
        audit.record("quote.withdraw", quote, by=by, at=at)
    quote.refresh_from_db()
    return quote


def accept_quote(quote: Quote, *, name: str, at: datetime) -> Quote:
    """The buyer accepts: the deal is won, and what the quote promises is open. Once.

    Args:
        name: who accepts, as they typed it.

    Raises:
        DealRefused: no name.
        QuoteNotOpen: it is not to be accepted, or was before.
    """
    said = " ".join(name.split())[:200]
    if not _NAME.search(said):
        raise DealRefused("name", _("Please type your name: it stands for your signature."))
    try:
        with transaction.atomic():
            today = timezone.localdate(at)
            mine = Quote.objects.filter(pk=quote.pk, state=QuoteState.SENT)
            mine = mine.exclude(valid_until__lt=today)
            # One conditional UPDATE, so that two clicks accept once.
            if not mine.update(state=QuoteState.ACCEPTED, accepted_at=at, accepted_by=said):
                raise QuoteNotOpen(_("This quote cannot be accepted any more."))
            now = _whole(quote.pk)
            _win(now, at)
            _open(now, at)
            if now.to:
                _confirm(now, at)
            audit.record("quote.accept", now, by=None, at=at, after={"total": now.total})
            happened("quote.accepted", _data(now), at=at, person_id=now.deal.person.ledger_id)
    except IntegrityError:  # another quote of this deal was accepted meanwhile
        raise QuoteNotOpen(_("Another quote was accepted already.")) from None
    return now


def quote_of(token: str) -> Quote | None:
    """The quote that a link is of; drafts have no page."""
    rows = Quote.objects.select_related("deal__person", "deal__account", "by")
    return rows.filter(token=token).exclude(state=QuoteState.DRAFT).first()


def promise_said(
    words: str,
    *,
    measure: str = "",
    amount: Decimal | None = None,
    unit: str = "",
    is_at_most: bool = False,
    within_days: int | None = None,
    due_on: date | None = None,
    keeper: int | None = None,
) -> dict[str, Any]:
    """A promise that a seller writes into a quote, as stories keep theirs.

    Raises:
        DealRefused: it has no words, is too long, or is due in two ways.
    """
    said = words.strip()
    if not 0 < len(said) <= 300:
        raise DealRefused("promises", _("Say what is promised, in up to 300 letters."))
    if within_days is not None and due_on is not None:
        raise DealRefused("promises", _("Due within days, or on a day: choose one."))
    if len(measure) > 120 or len(unit) > 40:
        raise DealRefused("promises", _("A measure has at most 120 letters, a unit 40."))
    if amount is not None and abs(amount) >= Decimal(10) ** 12:
        raise DealRefused("promises", _("That amount is too large."))
    return {
        "words": said,
        "measure": measure.strip(),
        "amount": None if amount is None else str(amount),
        "unit": unit.strip(),
        "is_at_most": is_at_most,
        "within_days": within_days,
        "due_on": due_on.isoformat() if due_on else None,
        "keeper": keeper,
    }


def promises_of(quote: Quote) -> list[dict[str, Any]]:
    """All that a quote promises: its own promises, and those of the story it comes with."""
    told = quote.told.told["promises"] if quote.told is not None else []
    return [*quote.promises, *told]


def _reached_at(said: str) -> str:
    try:
        address = normalised_email(said)
    except FieldRefused:
        raise DealRefused("to", _("Give an address such as ada@example.org.")) from None
    if not house_url():
        raise DealRefused("to", str(NOWHERE))
    return address


def _claimed(quote: Quote, version: int) -> Quote:
    mine = Quote.objects.filter(pk=quote.pk, version=version, state=QuoteState.DRAFT)
    # One conditional UPDATE, so that of two who change it at once only one wins.
    if not mine.update(version=version + 1):
        if Quote.objects.filter(pk=quote.pk).exclude(state=QuoteState.DRAFT).exists():
            raise QuoteStands(_("It was sent, and stays as it was: make another one instead."))
        raise DealChangedMeanwhile(
            _("Somebody else changed this quote meanwhile: look at it, and do it again.")
        )
    return _whole(quote.pk)


def _whole(key: int) -> Quote:
    rows = Quote.objects.select_related("deal__person", "deal__account", "deal__pipeline", "told")
    return rows.get(pk=key)


def _set(quote: Quote, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        if name not in FIELDS:
            raise DealRefused(name, _("There is no such field."))
        setattr(quote, name, value.strip() if isinstance(value, str) else value)
    if max(len(quote.words), len(quote.terms)) > MOST_WORDS:
        raise DealRefused("words", _("That is too long: at most 10,000 letters."))
    if len(quote.promises) > MOST_PROMISES:
        raise DealRefused("promises", _("More than 20 promises are seldom kept."))


def _take_lines(quote: Quote, deal: Deal) -> None:
    lines = list(deal.lines.all())
    quote.lines = [
        {"words": one.words, "quantity": str(one.quantity), "price": str(one.price)}
        for one in lines
    ]
    quote.total = sum((one.total for one in lines), Decimal(0))
    quote.currency = deal.currency
    if quote.total > MOST_VALUE:
        raise DealRefused("lines", _("That is more than a deal can be worth."))


def _win(quote: Quote, at: datetime) -> None:
    deal = claim(quote.deal, Deal.objects.get(pk=quote.deal_id).version, at=at)
    if deal.state == DealState.WON:
        return  # a seller said so before; its value stands
    deal.value, deal.currency, deal.is_value_typed = quote.total, quote.currency, False
    deal.save(update_fields=["value", "currency", "is_value_typed"])
    pipeline = deal.pipeline or default_pipeline(at=at)
    won = ending(pipeline, StageKind.WON)
    words = _("The quote %(number)s was accepted.") % {"number": quote.number}
    move(deal, won, by=None, at=at, ending=Ending(words=words))


def _open(quote: Quote, at: datetime) -> None:
    key, person = f"quote:{quote.pk}", quote.deal.person
    if quote.told is not None:
        open_promises(person, quote.told, via=Via.QUOTE, via_key=key, at=at)
    for place, told in enumerate(quote.promises):
        due_on = told["due_on"]
        if told["within_days"] is not None:
            due_on = timezone.localdate(at) + timedelta(days=told["within_days"])
        Promise.objects.create(
            person=person,
            place=place,
            via=Via.QUOTE,
            via_key=key,
            made_at=at,
            words=told["words"],
            measure=told["measure"],
            amount=Decimal(told["amount"]) if told["amount"] is not None else None,
            unit=told["unit"],
            is_at_most=told["is_at_most"],
            due_on=due_on,
            keeper_id=told["keeper"] or quote.deal.owner_id,
        )


def _write_letter(quote: Quote, at: datetime) -> None:
    lines = [
        _("Here is what we talked about, and what it costs:"),
        house_link(f"/q/{quote.token}/"),
        _("On that page you can read it, print it, and accept it."),
    ]
    if quote.valid_until is not None:
        day = date_format(quote.valid_until, "j F Y")
        lines.append(_("It holds until %(day)s.") % {"day": day})
    subject = _("Our quote for you: %(title)s") % {"title": quote.deal.title}
    _write(f"quote:{quote.pk}", quote, subject, lines, at)


def _confirm(quote: Quote, at: datetime) -> None:
    total = f"{quote.total:.2f} {quote.currency}"
    promises = [f"- {one['words']}" for one in promises_of(quote)]
    lines = [
        _("Thank you: you accepted our quote of %(total)s.") % {"total": total},
        house_link(f"/q/{quote.token}/"),
        _("What we promised you:") if promises else "",
        *promises,
    ]
    subject = _("Accepted: %(title)s") % {"title": quote.deal.title}
    _write(f"accepted:{quote.pk}", quote, subject, lines, at)


def _write(key: str, quote: Quote, subject: str, lines: Sequence[str], at: datetime) -> None:
    text = "\n\n".join(line for line in lines if line) + "\n"
    write(key=key, to=quote.to, subject=subject, text=text, person=quote.deal.person, at=at)


def _data(quote: Quote) -> dict[str, Any]:
    return {
        "quote": quote.pk,
        "deal": quote.deal.ledger_id,
        "total": str(quote.total),
        "currency": quote.currency,
    }
