"""What people got of what they were promised: told once, compared, and on its way to the ledger."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.posting import outbox
from halves.promises.errors import DeliveryRefused
from halves.promises.models import Delivery, Promise, Via
from halves.promises.verdicts import Verdict, bands, verdict
from halves.webhooks.events import happened

SOURCE = "promises"
_MOST = Decimal(10) ** 12


def deliver(
    promise: Promise,
    *,
    at: datetime,
    source: str,
    source_key: str,
    now: datetime,
    amount: Decimal | None = None,
    words: str = "",
    by: User | None = None,
) -> Delivery:
    """Write down what came of a promise; told again by the same source, it is the same delivery.

    The newest delivery decides the verdict: what came first and was mended afterwards counts as it
    is now, and the history stays.

    Args:
        promise: which.
        at: when it came.
        source, source_key: who told, and its own name for it.
        now: the moment.
        amount: of the promise's unit; None where only the day counts.
        words: more of it.
        by: the colleague who told.

    Raises:
        DeliveryRefused: before it was promised, in the future, or not an amount of this promise.
    """
    _check(promise, amount, at, now)
    try:
        with transaction.atomic():
            made = Delivery.objects.create(
                promise=promise,
                person_id=promise.person_id,
                at=at,
                amount=amount,
                words=words.strip()[:300],
                source=source,
                source_key=source_key,
                by=by,
                told_at=now,
            )
            _settle(promise, by, now)
    except IntegrityError:
        return Delivery.objects.get(source=source, source_key=source_key)
    return made


def post(promise: Promise, found: Verdict, *, said: int | None, at: datetime) -> None:
    """Tell the ledger what came of a promise, in the caller's transaction; the last word counts."""
    outbox.put("deliveries", [_row(promise, found, said)], at=at)


def verdict_of(promise: Promise) -> Verdict | None:
    """How its newest delivery compares; None while it is open."""
    newest = promise.deliveries.first()
    if newest is None:
        return None
    return verdict(promise, amount=newest.amount, at=newest.at, learned=bands())


def _settle(promise: Promise, by: User | None, now: datetime) -> None:
    newest = promise.deliveries.order_by("-at", "-pk").first()
    assert newest is not None
    found = verdict(promise, amount=newest.amount, at=newest.at, learned=bands())
    before = {"keeping": promise.keeping}
    promise.delivered_at, promise.delivered = newest.at, newest.amount
    promise.keeping = found.keeping
    promise.save(update_fields=["delivered_at", "delivered", "keeping"])
    after = {"keeping": found.keeping, "delivered": str(newest.amount or newest.at.date())}
    audit.record("promise.deliver", promise, by=by, at=now, before=before, after=after)
    post(promise, found, said=marks_of(promise), at=now)
    data = {"promise": promise.pk, "words": promise.words, "keeping": str(found.keeping)}
    happened("promise.delivered", data, at=now, person_id=promise.person.ledger_id)


def marks_of(promise: Promise) -> int | None:
    """What the customer said of it, 0 to 10."""
    asked = promise.surveys.exclude(score=None).order_by("-answered_at")
    return asked.values_list("score", flat=True).first()


def _row(promise: Promise, found: Verdict, said: int | None) -> dict[str, Any]:
    """As the ledger has it."""
    told: dict[str, Any] = promise.version.told if promise.version else {}
    is_campaign = promise.via == Via.CAMPAIGN
    account = promise.person.account
    return {
        "promise_id": f"promise:{promise.pk}",
        "person_id": promise.person.ledger_id,
        "account_id": account.ledger_id if account else None,
        "at": promise.delivered_at,
        "expected": float(found.expected),
        "delivered": float(found.delivered),
        "keeping": str(found.keeping),
        "measure": f"{promise.measure} ({promise.unit})" if promise.unit else promise.measure,
        "better": "less" if found.is_less else "more",
        "said": None if said is None else float(said),
        "story": told.get("name") or None,
        "campaign": promise.via_key if is_campaign else None,
        "seller": promise.keeper.email if promise.keeper and not is_campaign else None,
        "source": SOURCE,
    }


def _check(promise: Promise, amount: Decimal | None, at: datetime, now: datetime) -> None:
    if at < promise.made_at:
        raise DeliveryRefused("at", _("that is before it was promised"))
    if at > now:
        raise DeliveryRefused("at", _("that is still to come: write it down when it is there"))
    if amount is None and promise.amount is not None:
        said = _("say how many %(unit)s it were") % {"unit": promise.unit or promise.measure}
        raise DeliveryRefused("amount", said)
    if amount is not None and not (amount.is_finite() and 0 <= amount < _MOST):
        raise DeliveryRefused("amount", _("must be from 0 to a million million"))
