"""The report on promises, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from halves.access.models import User
from halves.measure.breaking import Lost
from halves.measure.interval import Interval
from halves.measure.keeping import Kano, Response
from halves.measure.keeping_ledger import By, Kept, Promiser
from halves.people.models import Account
from halves.report import words
from halves.report.keeping import marks_by_gap


@dataclass(frozen=True)
class Measured:
    """One measure as the page says it."""

    kept: Kept
    title: str
    lead: str
    response: str
    band: str
    kano: str
    pull: str
    picture: Markup


def measured(one: Kept) -> Measured:
    """Put a measure in words."""
    said = {"n": number_format(one.count, force_grouping=True), "late": _share(one.late)}
    lead = ngettext(
        "Of %(n)s promise that came, %(late)s was broken",
        "Of %(n)s promises that came, %(late)s were broken",
        one.count,
    )
    lead %= said
    return Measured(
        kept=one,
        title=title(one.measure),
        lead=lead,
        response=_response(one.response, one.said),
        band=_band(one),
        kano=_kano(one.response),
        pull=_pull(one.pull),
        picture=marks_by_gap(one.gaps, title=_("What customers say, by what came"), finding=lead),
    )


def title(measure: str) -> str:
    """What is counted, as the ledger names it: `measure (unit)`; a quote names the unit alone."""
    unit = measure.removeprefix(" (").removesuffix(")") if measure.startswith(" (") else ""
    return unit or measure or _("Without a measure")


def named(
    by: By, rows: Sequence[Promiser], lost: Lost | None
) -> list[tuple[str, Promiser, Interval | None]]:
    """Promisers by the names that colleagues know, the first of them; what their broken ones cost.

    The cost is None where it is unknown, and where none was broken.
    """
    ids = [one.name for one in rows]
    known: dict[str, str] = {}
    if by == "account_id":
        found = Account.objects.filter(ledger_id__in=ids)
        known = {one.ledger_id: str(one) for one in found}
    elif by == "seller":
        known = dict(User.objects.filter(email__in=ids).values_list("email", "name"))
    return [
        (
            known.get(one.name) or one.name,
            one,
            lost.of(one.under) if lost and one.under else None,
        )
        for one in rows[:20]
    ]


def _share(interval: Interval | None) -> str:
    if interval is None:
        return "—"
    low, high = words.percent(interval.low), words.percent(interval.high)
    return _("%(mean)s (%(low)s to %(high)s)") % {
        "mean": f"{100 * interval.mean:.1f}%",
        "low": low,
        "high": high,
    }


def _points(interval: Interval) -> str:
    return _("%(mean).3f points (%(low).3f to %(high).3f)") % {
        "mean": interval.mean,
        "low": interval.low,
        "high": interval.high,
    }


def _response(found: Response | None, said: int) -> str:
    if found is None:
        return _(
            "What that does to customers is unknown: too few of them said something (%(n)d)."
        ) % {"n": said}
    return _(
        "Each unit short takes %(loss)s off what customers say; each unit beyond adds %(gain)s. "
        "From %(n)s who said something, gaps of up to four weeks or 28 units."
    ) % {
        "loss": _points(found.loss),
        "gain": _points(found.gain),
        "n": number_format(found.count, force_grouping=True),
    }


def _band(one: Kept) -> str:
    if one.band is None:
        return _("No band is learned yet: the promised, exactly, counts as kept.")
    return _("Customers do not tell %(low)g to %(high)+g from a promise kept.") % {
        "low": one.band.low,
        "high": one.band.high,
    }


def _kano(found: Response | None) -> str:
    if found is None:
        return ""
    return {
        Kano.MUST_BE: _("A must: broken it hurts far more than outdoing it pleases."),
        Kano.ONE_DIMENSIONAL: _("The more the better: outdoing it pleases as breaking it hurts."),
        Kano.ATTRACTIVE: _("A delight: outdoing it pleases far more than breaking it hurts."),
        Kano.INDIFFERENT: _("It hardly matters to customers either way."),
        Kano.UNKNOWN: _("What it is to customers is not known yet."),
    }[found.kano]


def _pull(found: Interval | None) -> str:
    if found is None:
        return ""
    return _(
        "For one and the same delivery, promising one unit more of time softens %(share)s of what "
        "one unit more of waiting costs (%(low)s to %(high)s)."
    ) % {
        "share": words.percent(found.mean),
        "low": words.percent(found.low),
        "high": words.percent(found.high),
    }
