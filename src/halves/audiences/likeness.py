"""People like you: how much somebody resembles the best members of a group.

For each attribute (region, language, industry…) and value, how much more common is the value among
the best members than among everyone? With `b` best members of whom `k` have the value, and `q` the
share of everyone who has it,

    weight = log( (k + m·q) / (b + m) / q )        m = 20

Who resembles them in several ways multiplies: a person's weights are added, and `exp` of the sum is
shown as "so many times as likely as anyone". That takes attributes for independent (naive Bayes),
so that it is a rank more than a probability. The `m` imagined members, spread as everyone is, keep
a value that few have from weighing much: with no best members all weights are 0.

The best are members who bought, renewed or referred someone, or who brought a member in; where
fewer than 10 of the members did, all members count.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import exp, log
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import User
from halves.audiences.asking import Sources, asked
from halves.audiences.compiling import ATTRIBUTES, people_from
from halves.audiences.models import Group
from halves.jobs.models import Job
from halves.jobs.running import Telling, start

WORDS = {
    "region": gettext_lazy("region"),
    "language": gettext_lazy("language"),
    "industry": gettext_lazy("industry of the account"),
    "account region": gettext_lazy("region of the account"),
    "domain": gettext_lazy("domain of the address"),
    "title": gettext_lazy("title"),
}
LEARN = "group_likeness"
IMAGINED = 20  # members of a group, spread as everyone is
_FEWEST_BEST, _MOST_VALUES = 10, 500
_FEWEST_ALIKE = 3  # what only one or two have would tell who they are
_GOOD = ("deal_closed", "renewed", "referred")


def learn_of(group: Group, *, by: User, at: datetime) -> Job:
    """Ask to learn what a group's best members have in common; a worker does."""
    return start(LEARN, by=by, at=at, arguments={"group": group.pk, "at": at.isoformat()})


def learn(job: Job, tell: Telling) -> dict[str, Any]:
    """Learn it, and keep it with the group."""
    group = Group.objects.filter(pk=job.arguments["group"]).first()
    if group is None:
        return {"words": ""}
    tell(_("looking at the best members"))
    found = learnt(group, at=datetime.fromisoformat(job.arguments["at"]))
    Group.objects.filter(pk=group.pk).update(likeness=found)
    return {"words": ""}


def learnt(group: Group, *, at: datetime) -> dict[str, Any]:
    """What a group's best members have in common, in one pass over everyone.

    Returns:
        `at`, `best` (how many), `everyone`, `is_all` (all members count as best) and `weights`: by
        attribute its `values`, their `weights`, and `other` for values that no best member has.
        Empty for a group of nobody.
    """
    is_all = False
    rows = _counted(group, by_deeds=True)
    if _best(rows) < _FEWEST_BEST:
        is_all, rows = True, _counted(group, by_deeds=False)
    best = _best(rows)
    if not best:
        return {}
    everyone = next(one["everyone"] for one in rows if one["attribute"] == _TOTAL)
    weights = {name: found for name in ATTRIBUTES if (found := _weights(name, rows, best))}
    return {
        "at": at.isoformat(),
        "best": best,
        "everyone": everyone,
        "is_all": is_all,
        "weights": weights,
    }


def most_telling(likeness: Mapping[str, Any], *, most: int = 5) -> list[tuple[str, str, float]]:
    """What tells the best members most: attribute, value, how many times as common."""
    found = [
        (name, value, exp(weight))
        for name, one in likeness.get("weights", {}).items()
        for value, weight in zip(one["values"], one["weights"], strict=True)
        if weight > log(1.1)
    ]
    return sorted(found, key=lambda one: -one[2])[:most]


_TOTAL = "-"


def _best(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(one["best"] for one in rows if one["attribute"] == _TOTAL)


def _weights(name: str, rows: Sequence[Mapping[str, Any]], best: int) -> dict[str, Any] | None:
    """By value; shares are of those of whom the attribute is known."""
    known = [one for one in rows if one["attribute"] == name]
    everyone = sum(one["everyone"] for one in known if not one["value"])
    seen = sorted((one for one in known if one["value"]), key=lambda one: -one["best"])
    ours = sum(one["best"] for one in known if not one["value"])
    if not ours or not seen:
        return None
    seen = seen[:_MOST_VALUES]
    shares = [one["everyone"] / everyone for one in seen]
    weights = [
        log((one["best"] + IMAGINED * share) / (ours + IMAGINED) / share)
        for one, share in zip(seen, shares, strict=True)
    ]
    return {
        "values": [one["value"] for one in seen],
        "weights": weights,
        "other": log(IMAGINED / (ours + IMAGINED)),
    }


def _counted(group: Group, *, by_deeds: bool) -> list[dict[str, Any]]:
    """How many of everyone, and of the best, have each value of each attribute that a best has."""

    def query(source: Sources) -> tuple[str, Sequence[Any]]:
        members = f'SELECT m.person_id FROM {source("memberships")} m WHERE m."group" = ?'
        values: list[Any] = [str(group.pk)]
        deeds = ""
        if by_deeds:
            brought = f'SELECT b.person_id FROM {source("brought")} b WHERE b."group" = ?'
            good = f"SELECT o.person_id FROM {source('outcomes')} o WHERE list_contains(?, o.kind)"
            deeds = f" AND (p.id IN ({brought}) OR p.ledger_id IN ({good}))"
            values += [str(group.pk), list(_GOOD)]
        columns = ", ".join(f"{column} AS a{n}" for n, column in enumerate(ATTRIBUTES.values()))
        told = f"SELECT p.id IN ({members}){deeds} AS is_best, {columns} FROM {people_from(source)}"
        parts = " UNION ALL ".join(
            f"SELECT '{name}' AS attribute, a{n} AS value, count(*) AS everyone, "
            f"count(*) FILTER (WHERE is_best) AS best FROM told WHERE coalesce(a{n}, '') <> '' "
            f"GROUP BY a{n} HAVING best > 0 AND everyone >= {_FEWEST_ALIKE}"
            for n, name in enumerate(ATTRIBUTES)
        )
        rest = " UNION ALL ".join(
            f"SELECT '{name}', '', count(*) FILTER (WHERE a{n} <> ''), "
            f"count(*) FILTER (WHERE is_best AND a{n} <> '') FROM told"
            for n, name in enumerate(ATTRIBUTES)
        )
        total = f"SELECT '{_TOTAL}', '', count(*), count(*) FILTER (WHERE is_best) FROM told"
        sql = f"WITH told AS MATERIALIZED ({told}) {parts} UNION ALL {rest} UNION ALL {total}"
        return sql, values

    return asked(query).to_pylist()
