"""Drawing who is held out, and a first message for everyone else. Safe to say again, and at once.

Arms are a keyed hash, and there is one message for a person and step: a worker that takes this up
after a crash, or beside another, comes to the same.
"""

import hmac
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from halves.audiences.queries import members
from halves.campaigns.hours import next_open
from halves.campaigns.links import message_key
from halves.campaigns.models import Campaign, Message, State, Step
from halves.campaigns.ways import consent_of
from halves.experiments import withholding
from halves.experiments.models import ArmsBatch
from halves.experiments.queries import held_out_now
from halves.people.models import Person
from halves.people.reachable import addresses_of, who_may_be_told

_AT_ONCE = 250  # people in one transaction, so that nobody waits long for it
SAME_ADDRESS, HELD_OUT_ELSEWHERE = "same_address", "held_out"


def draw(campaign: Campaign, *, at: datetime) -> bool:
    """Draw everyone in the audience who may be told.

    Returns:
        Whether everyone is drawn; not if the campaign was paused meanwhile.
    """
    step = campaign.steps.get(place=0)
    left_out: Counter[str] = Counter()
    design = campaign.experiment
    batch = withholding.batch_of(design, at=at) if design else None
    for some in reached(campaign, at=at, left_out=left_out):
        if not _draw_some(campaign, step, batch, some, at=at, left_out=left_out):
            return False
    with transaction.atomic():
        done = Campaign.objects.filter(pk=campaign.pk, drawn_at=None, state=State.SENDING)
        if done.update(drawn_at=at, left_out=dict(left_out)) and batch is not None:
            withholding.close(batch, at=at)
    return True


def reached(campaign: Campaign, *, at: datetime, left_out: Counter[str]) -> Iterator[list[int]]:
    """Those of the audience who may be told now, some at a time; the others are counted."""
    consent = consent_of(campaign.channel)
    for chunk in members(campaign.audience, at=at):
        for start in range(0, len(chunk), _AT_ONCE):
            some = chunk[start : start + _AT_ONCE]
            asked = who_may_be_told(some, channel=consent, topic=campaign.topic, at=at)
            left_out.update(str(why) for why in asked.values() if why is not None)
            open_to = [pk for pk, why in asked.items() if why is None]
            kept = _not_held_out_elsewhere(campaign, open_to, at)
            left_out[HELD_OUT_ELSEWHERE] += len(open_to) - len(kept)
            yield kept


def _not_held_out_elsewhere(campaign: Campaign, pks: list[int], at: datetime) -> list[int]:
    ids = dict(Person.objects.filter(pk__in=pks).values_list("pk", "ledger_id"))
    held_out = held_out_now((campaign.channel,), list(ids.values()), at=at)
    return [pk for pk in pks if ids.get(pk) not in held_out]


def _draw_some(
    campaign: Campaign,
    step: Step,
    batch: ArmsBatch | None,
    pks: list[int],
    *,
    at: datetime,
    left_out: Counter[str],
) -> bool:
    people = list(Person.objects.filter(pk__in=pks).values_list("pk", "ledger_id", "time_zone"))
    addresses = addresses_of(pks, channel=consent_of(campaign.channel))
    usual = settings.PLACE.settings().time_zone or "UTC"
    with transaction.atomic():
        # Paused, cancelled, or drawn to the end by another worker meanwhile.
        if not Campaign.objects.filter(pk=campaign.pk, state=State.SENDING, drawn_at=None).exists():
            return False
        arms: dict[str, bool] = {}
        if batch is not None and campaign.experiment is not None:
            arms = withholding.draw(campaign.experiment, batch, [one[1] for one in people])
        made = [
            Message(
                campaign=campaign,
                step=step,
                person_id=pk,
                address=addresses.get(pk, ""),
                variant=variant_of(step, ledger_id),
                due_at=next_open(campaign, at, zone=zone, usual=usual),
                key=message_key(campaign.name, ledger_id, step.place),
            )
            for pk, ledger_id, zone in people
            if not arms.get(ledger_id, False)
        ]
        Message.objects.bulk_create(made, ignore_conflicts=True)
        had = Message.objects.filter(step=step, person__in=[one.person_id for one in made]).count()
    left_out[SAME_ADDRESS] += len(made) - had
    return True


def variant_of(step: Step, ledger_id: str) -> str:
    """Which of the story's variants a person gets: evenly split, and always the same."""
    names = variants(step)
    if len(names) == 1:
        return names[0]
    said = f"{step.campaign_id}\n{step.place}\n{ledger_id}".encode()
    drawn = hmac.digest(settings.SECRET_KEY.encode(), said, "sha256")
    return names[int.from_bytes(drawn[:8], "big") % len(names)]


def variants(step: Step) -> Sequence[str]:
    """The variants that a step is told in; what is told is fixed by then."""
    if step.told is None or not step.is_split:
        return ("A",)
    return tuple(step.told.told["words"])
