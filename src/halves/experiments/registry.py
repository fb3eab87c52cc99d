"""What experiments give to rooms below: who may do what, their work, their part of a person."""

from typing import Any

from halves.access.rules import EVERYONE, LEADERS, MARKETERS, Verb, rule
from halves.experiments import actions, lifts, posting, reading, suggesting
from halves.experiments.baseline import baseline, drawn
from halves.experiments.baseline_posting import post_baselines
from halves.experiments.models import Member
from halves.jobs.running import job_kind
from halves.jobs.standing import standing
from halves.people.everything import Part, part
from halves.people.models import Person


def register() -> None:
    """Say who may see and run experiments, and what a worker does for them."""
    rule("experiment", {Verb.SEE: EVERYONE, Verb.ADD: MARKETERS, Verb.CHANGE: MARKETERS})
    rule("baseline", {Verb.SEE: EVERYONE, Verb.CHANGE: LEADERS})
    job_kind(actions.POWER, reading.compute_power)
    job_kind(actions.DESIGN, posting.post_design)
    job_kind(actions.CALL_OFF, posting.call_off)
    job_kind(actions.ARMS, posting.post_arms)
    job_kind(actions.LOOK, reading.take_look)
    job_kind(actions.READ, reading.read_result)
    job_kind(lifts.POST, lifts.post_lift)
    job_kind(suggesting.KIND, suggesting.find_next_test)
    standing("who is left alone", post_baselines, every_s=600)
    part("experiments", Part(_export, _erase))


def _export(people: list[Person]) -> list[dict[str, Any]]:
    rows = _members(people).select_related("experiment")
    found = baseline()
    alone = drawn(found, [one.ledger_id for one in people]) if found else set()
    facts = [{"table": "left alone by everything", "person": one} for one in sorted(alone)]
    return facts + [
        {
            "table": "experiment member",
            "experiment": one.experiment.name,
            "arm": "held_out" if one.is_held_out else "treated",
        }
        for one in rows
    ]


def _erase(people: list[Person]) -> int:
    return _members(people).delete()[0]


def _members(people: list[Person]) -> Any:
    # By person, never by account: a member may be either, and ids are of one kind each.
    ids = [one.ledger_id for one in people]
    return Member.objects.filter(unit_id__in=ids, experiment__unit_kind="person")
