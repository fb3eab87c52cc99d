"""Reads of the scoreboard: the newest answer, how stale it is, what is missing, the targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from halves.experiments import suggesting
from halves.jobs.models import LIVE
from halves.ledger import Channel, Ledger
from halves.ledger.errors import LedgerNotFound
from halves.ledger.settings import Settings
from halves.measure.answer import Answer
from halves.measure.joint import Joint
from halves.report.draws import read_draws
from halves.report.reading import answer_of
from halves.scoreboard.errors import LedgerEmpty, SettingsMissing
from halves.scoreboard.models import AnswerRun, Measure, Target, Unit


def has_ledger() -> bool:
    """Say whether there is a ledger with anything on it."""
    try:
        ledger = settings.PLACE.book()
    except LedgerNotFound:
        return False
    return any(ledger.rows_written()[name] for name in ("touches", "spend", "outcomes"))


def answered(unit: str = Unit.CHANNEL) -> AnswerRun | None:
    """The newest answer by channel, or by campaign."""
    found = AnswerRun.objects.exclude(answered_at=None).filter(unit=unit)
    return found.select_related("by", "job").order_by("-answered_at").first()


def tests_weighed() -> tuple[datetime | None, dict[str, Any] | None]:
    """The newest weighing of tests and when it was, asked for by itself or with an answer."""
    here, there = suggesting.newest(), answered()
    found = [(job.ended_at, job.result.get("tests")) for job in [here] if job and job.ended_at]
    found += [(run.answered_at, run.tests) for run in [there] if run and run.answered_at]
    told = [one for one in found if one[1]]
    return max(told, key=lambda one: one[0]) if told else (None, None)


def under_way() -> "QuerySet[AnswerRun]":
    """Answers that are being computed, or wait for a worker."""
    return AnswerRun.objects.filter(job__state__in=LIVE).select_related("job").order_by("-id")


def usual_stages() -> int:
    """How many stages the last answer told of; 0 before the first."""
    last = AnswerRun.objects.exclude(answered_at=None).order_by("-answered_at").first()
    return last.stages if last else 0


def usual_length(unit: str) -> timedelta | None:
    """How long the last answer by this unit took; None before the first."""
    last = answered(unit)
    if last is None or last.job.started_at is None or last.job.ended_at is None:
        return None
    length: timedelta = last.job.ended_at - last.job.started_at
    return length


def draws_file(run: AnswerRun) -> Path:
    """Where the draws of an answer lie."""
    place: Path = settings.PLACE.home / "answers" / f"{run.pk}.parquet"
    return place


def answer(run: AnswerRun) -> Answer:
    """The answer with its draws, where they are still there."""
    assert run.answer is not None
    return answer_of(run.answer, _joint(draws_file(run), run.answered_at))


@lru_cache(maxsize=4)
def _joint(where: Path, answered_at: datetime) -> Joint | None:  # when: a file once written stays
    return read_draws(where)


@dataclass(frozen=True)
class Stale:
    """How the ledger has changed since an answer was computed."""

    came: int  # rows
    went: int


def stale(run: AnswerRun, ledger: Ledger) -> Stale | None:
    """What came to the ledger since the answer, or went; None if it is as it was."""
    now = ledger.rows_written()
    # Deliveries matter to an answer only where a broken promise has a price.
    unread = set() if settings.PLACE.settings().cost_of_under else {"deliveries"}
    more = [rows - run.ledger_rows.get(name, 0) for name, rows in now.items() if name not in unread]
    came, went = sum(max(0, one) for one in more), sum(max(0, -one) for one in more)
    return Stale(came, went) if came or went else None


@dataclass(frozen=True)
class Missing:
    """What measuring needs and nobody has said."""

    currency: bool
    margin: bool
    channels: Sequence[str]

    def __bool__(self) -> bool:
        return self.margin or self.currency or bool(self.channels)


def missing(ledger: Ledger, said: Settings) -> Missing:
    """The settings without which no answer can be computed, by name."""
    declared = {channel.name for channel in said.channels}
    found = [one.name for one in channels_met(ledger)]
    return Missing(
        currency=said.currency is None,
        margin=said.margin is None,
        channels=[name for name in found if name not in declared],
    )


def insist_on_ledger() -> None:
    """Go on if there is anything to count.

    Raises:
        LedgerEmpty: there is not.
    """
    if not has_ledger():
        raise LedgerEmpty(
            _("The ledger holds no touches, spend or outcomes yet: import some first.")
        )


def insist_on_settings(ledger: Ledger, said: Settings) -> None:
    """Go on if all is said that measuring needs to know.

    Raises:
        SettingsMissing: it is not; names what.
    """
    lacking = missing(ledger, said)
    if lacking:
        parts = [name for name in ("currency", "margin") if getattr(lacking, name)]
        parts += [f"channels: {', '.join(lacking.channels)}"] if lacking.channels else []
        raise SettingsMissing(
            _("Say first, under Settings, what measuring needs to know: %(what)s.")
            % {"what": "; ".join(parts)}
        )


def channels_met(ledger: Ledger) -> list[Channel]:
    """Every channel of the ledger's touches and spend, with the path that most rows name."""
    parts = [
        ledger.table(name, aliased=False).select("channel", "path") for name in ("touches", "spend")
    ]
    rows = ibis.union(*parts)
    rows = rows.filter(rows.path != "self")
    counts = rows.group_by("channel", "path").aggregate(n=rows.count())
    found: dict[str, str] = {}
    for row in sorted(ledger.query(counts).to_pylist(), key=lambda row: row["n"]):
        found[row["channel"]] = row["path"]
    return [Channel(name, path="one" if found[name] == "one" else "many") for name in sorted(found)]


def target(measure: Measure, *, starts: date, ends: date) -> Decimal | None:
    """What is aimed at in exactly this period; None where nobody said."""
    found = Target.objects.filter(measure=measure, starts=starts, ends=ends).first()
    return found.amount if found else None


@dataclass(frozen=True)
class Over:
    """An experiment on the ledger whose time is over."""

    experiment: str
    withheld: Sequence[str]
    ends: datetime


def experiments_over(ledger: Ledger, *, since: date, now: datetime) -> list[Over]:
    """Experiments that ended before now and after what the last answer covers."""
    rows = ledger.read("experiments").to_pylist()
    return [
        Over(row["experiment"], row["withheld"], row["ends"])
        for row in sorted(rows, key=lambda row: row["ends"], reverse=True)
        if row["ends"] <= now and row["ends"].date() > since
    ]
