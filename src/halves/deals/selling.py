"""What happens to a deal: it is opened, described, moved, won, lost, given back to marketing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.deals.errors import DealChangedMeanwhile, DealRefused, DealStands
from halves.deals.models import Deal, DealState, LostKind
from halves.deals.pipelines import default_pipeline, ending, first_stage
from halves.deals.quote_models import DealLine, Quote, QuoteState
from halves.deals.stage_models import Stage, StageChange, StageKind
from halves.people.actions import tag
from halves.people.models import Person
from halves.posting import outbox
from halves.webhooks.events import happened

FIELDS = (
    *("title", "problem", "solution", "owner", "account", "offer", "told"),
    *("expected_close", "value", "currency"),
)
_LOGGED = ("title", "owner", "offer", "expected_close", "value", "currency", "stage", "state")
MOST_VALUE, MOST_LINES, MOST_WORDS = Decimal(10) ** 11, 200, 20_000
NURTURE = "nurture"  # the tag of people whom marketing is to tell a story


@dataclass(frozen=True)
class Line:
    """One thing that is bought; `price` is of one, in the deal's currency."""

    words: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True)
class Ending:
    """How a deal ended, in a kind and in words."""

    kind: str = ""
    words: str = ""
    concern: models.Model | None = None


def open_deal(
    person: Person,
    *,
    by: User | None,
    at: datetime,
    stage: Stage | None = None,
    source: str = "hand",
    is_door: bool = True,
    **said: Any,
) -> Deal:
    """Begin a deal with somebody.

    Args:
        person: who may buy.
        by: who does; None for halves itself.
        stage: where it begins; the first of the default pipeline if unsaid.
        source: where it comes from.
        is_door: a door opened by it; False where the ledger knows of that already.
        said: of `FIELDS`.

    Raises:
        DealRefused: names the field.
    """
    with transaction.atomic():
        begins = stage or first_stage(default_pipeline(at=at))
        if begins.kind != StageKind.OPEN or begins.retired_at is not None:
            raise DealRefused("stage", _("A deal begins in a stage on the way."))
        deal = Deal(person=person, account=person.account, path="one", value=Decimal(0))
        deal.currency, deal.source = _usual_currency(), source
        deal.opened_at = deal.changed_at = deal.stage_since = at
        deal.stage, deal.pipeline_id = begins, begins.pipeline_id
        _set(deal, said)
        deal.save()
        StageChange.objects.create(deal=deal, stage=begins, at=at, by=by)
        audit.record("deal.add", deal, by=by, at=at, after=audit.fields_of(deal, _LOGGED))
        if is_door:
            _tell_of_door(deal, at)
        happened("deal.opened", _data(deal), at=at, person_id=person.ledger_id)
    return deal


def change_deal(deal: Deal, *, by: User, at: datetime, version: int, **said: Any) -> Deal:
    """Change what we wrote down of a deal.

    Raises:
        DealRefused: names the field.
        DealChangedMeanwhile: somebody else was first.
    """
    with transaction.atomic():
        now = claim(deal, version, at=at)
        before = audit.fields_of(now, _LOGGED)
        if now.state != DealState.OPEN and {"value", "currency"} & set(said):
            raise DealRefused("value", _("It is closed: its value stands."))
        if "value" in said and Decimal(said["value"] or 0) != now.value:
            now.is_value_typed = True
        _set(now, said)
        now.save()
        after = audit.fields_of(now, _LOGGED)
        audit.record("deal.change", now, by=by, at=at, before=before, after=after)
    return now


def set_lines(deal: Deal, lines: Sequence[Line], *, by: User, at: datetime, version: int) -> Deal:
    """Say what is bought; the deal is worth the sum of it, unless there is nothing left.

    Raises:
        DealRefused: names the field.
        DealChangedMeanwhile: somebody else was first.
    """
    _check_lines(lines)
    with transaction.atomic():
        now = claim(deal, version, at=at)
        if now.state != DealState.OPEN:
            raise DealRefused("lines", _("It is closed: what was bought stands."))
        now.lines.all().delete()
        made = [
            DealLine(
                deal=now,
                position=place,
                words=one.words.strip(),
                quantity=one.quantity,
                price=one.price,
            )
            for place, one in enumerate(lines)
        ]
        DealLine.objects.bulk_create(made)
        if made:
            now.value, now.is_value_typed = sum((one.total for one in made), Decimal(0)), False
            if now.value > MOST_VALUE:
                raise DealRefused("lines", _("That is more than a deal can be worth."))
        else:
            now.is_value_typed = True
        now.save()
        after = {"lines": len(made), "value": now.value}
        audit.record("deal.lines", now, by=by, at=at, after=after)
    return now


def move(
    deal: Deal,
    stage: Stage,
    *,
    by: User | None,
    at: datetime,
    version: int | None = None,
    ending: Ending | None = None,
) -> Deal:
    """Move a deal to a stage; one that ends deals closes it.

    Args:
        version: the one that was read; whatever it is now if unsaid.
        ending: how it ended, where it does; a loss needs a kind.

    Raises:
        DealRefused: a stage of another pipeline that is retired, or a loss without a reason.
        DealStands: it was won, and stays so.
        DealChangedMeanwhile: somebody else was first.
    """
    with transaction.atomic():
        now = claim(deal, version, at=at)
        if now.state == DealState.WON:
            raise DealStands(_("It was won, and the ledger knows: it stays so."))
        if now.stage_id == stage.pk:
            return now
        if stage.retired_at is not None:
            raise DealRefused("stage", _("No deal comes to this stage any more."))
        said = ending or Ending()
        if stage.kind == StageKind.LOST and said.kind not in LostKind.values:
            raise DealRefused("lost_kind", _("Say why it was lost: choose a reason."))
        before = audit.fields_of(now, ("stage", "state"))
        _enter(now, stage, by=by, at=at)
        _close(now, stage, said, at)
        now.save()
        after = audit.fields_of(now, ("stage", "state"))
        audit.record("deal.move", now, by=by, at=at, before=before, after=after)
        _tell_of_move(now, at)
    return now


def back_to_nurture(
    deal: Deal,
    concern: models.Model | None,
    *,
    by: User,
    at: datetime,
    words: str = "",
    version: int | None = None,
) -> Deal:
    """Give a person back to marketing, with what holds them back, so that a story can answer it.

    The deal is lost to that; the person carries the tag `nurture`, and audiences can ask for the
    concern.

    Args:
        concern: what holds them back, of the library; None where only words say it.
        words: what the seller heard.

    Raises:
        DealRefused: neither a concern nor words.
        DealStands, DealChangedMeanwhile: as in `move`.
    """
    if concern is None and not words.strip():
        raise DealRefused("concern", _("Say what holds them back: marketing can answer that."))
    if deal.pipeline is None:
        raise DealRefused("stage", _("This deal is an order of a page: it is called off there."))
    with transaction.atomic():
        lost = ending(deal.pipeline, StageKind.LOST)
        said = Ending(LostKind.NURTURE, words, concern)
        found = move(deal, lost, by=by, at=at, version=version, ending=said)
        tag(found.person, NURTURE, by=by, at=at)
        data = _data(found) | {"concern": found.concern_id}
        happened("deal.to_nurture", data, at=at, person_id=found.person.ledger_id)
    return found


def claim(deal: Deal, version: int | None, *, at: datetime) -> Deal:
    """The deal as it is now, held by whoever asks, in their transaction.

    Raises:
        DealChangedMeanwhile: it is not the version that was read.
    """
    said = deal.version if version is None else version
    # One conditional UPDATE, so that of two who change it at once only one wins.
    if not Deal.objects.filter(pk=deal.pk, version=said).update(version=said + 1, changed_at=at):
        raise DealChangedMeanwhile(
            _("Somebody else changed this deal meanwhile: look at it, and do it again.")
        )
    rows = Deal.objects.select_related("person", "account", "pipeline", "stage")
    return rows.get(pk=deal.pk)


def _enter(deal: Deal, stage: Stage, *, by: User | None, at: datetime) -> None:
    current = deal.changes.filter(left_at=None).first()
    entered = max(at, current.at) if current else at
    deal.changes.filter(left_at=None).update(left_at=entered)
    StageChange.objects.create(deal=deal, stage=stage, at=entered, by=by)
    deal.stage, deal.pipeline_id, deal.stage_since = stage, stage.pipeline_id, entered


def _close(deal: Deal, stage: Stage, said: Ending, at: datetime) -> None:
    """What the stage makes of the deal: open, won or lost."""
    was_open = deal.state == DealState.OPEN
    deal.state = DealState(stage.kind)
    deal.closed_at = None if stage.kind == StageKind.OPEN else at
    is_lost = stage.kind == StageKind.LOST
    deal.lost_kind = said.kind if is_lost else ""
    deal.lost_because = said.words.strip()[:MOST_WORDS] if is_lost else ""
    deal.concern_id = said.concern.pk if is_lost and said.concern is not None else None
    if stage.kind == StageKind.WON:
        deal.won_because = said.words.strip()[:MOST_WORDS]
        _tell_of_closing(deal, at)
    if is_lost and was_open:
        # Nobody can accept what we do not offer any more.
        open_ones = Quote.objects.filter(deal=deal, state=QuoteState.SENT)
        open_ones.update(state=QuoteState.WITHDRAWN, ended_at=at)


def _tell_of_closing(deal: Deal, at: datetime) -> None:
    """Post the outcome, once however often it is said."""
    if not Deal.objects.filter(pk=deal.pk, posted_at=None).update(posted_at=at):
        return
    deal.posted_at = at
    outcome = {"outcome_id": f"deal:{deal.ledger_id}", "kind": "deal_closed"}
    worth = {"value": deal.value, "currency": deal.currency, "deal_id": deal.ledger_id}
    outbox.put("outcomes", [_outcome(deal, at) | outcome | worth], at=at)


def _tell_of_door(deal: Deal, at: datetime) -> None:
    door = {"outcome_id": f"door:{deal.ledger_id}", "kind": "door_opened"}
    outbox.put("outcomes", [_outcome(deal, at) | door | {"deal_id": deal.ledger_id}], at=at)


def _outcome(deal: Deal, at: datetime) -> dict[str, Any]:
    return {
        "person_id": deal.person.ledger_id,
        "account_id": deal.account.ledger_id if deal.account else None,
        "at": at,
        "path": deal.path,
        "region": deal.person.region or None,
        "source": "deal",
    }


def _tell_of_move(deal: Deal, at: datetime) -> None:
    kinds = {DealState.WON: "deal.closed", DealState.LOST: "deal.lost"}
    kind = kinds.get(DealState(deal.state), "deal.moved")
    happened(kind, _data(deal), at=at, person_id=deal.person.ledger_id)


def _data(deal: Deal) -> dict[str, Any]:
    return {
        "deal": deal.ledger_id,
        "stage": deal.stage.name if deal.stage else None,
        "value": str(deal.value),
        "currency": deal.currency,
        "lost_kind": deal.lost_kind,
    }


def _usual_currency() -> str:
    return settings.PLACE.settings().currency or "EUR"


def _set(deal: Deal, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        if name not in FIELDS:
            raise DealRefused(name, _("There is no such field."))
        setattr(deal, name, value.strip() if isinstance(value, str) else value)
    deal.title = deal.title or _("Deal with %(person)s") % {"person": deal.person}
    if len(deal.title) > 200:
        raise DealRefused("title", _("A title has at most 200 letters."))
    for name in ("problem", "solution"):
        if len(getattr(deal, name)) > MOST_WORDS:
            raise DealRefused(name, _("That is too long: at most 20,000 letters."))
    if deal.value is None or not 0 <= deal.value <= MOST_VALUE:
        raise DealRefused("value", _("A value is 0 or more, such as 1200."))
    currency = deal.currency
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise DealRefused("currency", _("Give a currency by its code, such as EUR."))
    deal.currency = currency.upper()


def _check_lines(lines: Sequence[Line]) -> None:
    if len(lines) > MOST_LINES:
        raise DealRefused("lines", _("At most %(n)d lines.") % {"n": MOST_LINES})
    for one in lines:
        if not 0 < len(one.words.strip()) <= 300:
            raise DealRefused("lines", _("Each line says what is bought, in up to 300 letters."))
        if not 0 < one.quantity < Decimal(10) ** 9:
            raise DealRefused("lines", _("How many must be above 0."))
        if not 0 <= one.price <= MOST_VALUE:
            raise DealRefused("lines", _("A price must be 0 or more."))
