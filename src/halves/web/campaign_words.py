"""What a campaign changed, in words and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from halves.campaigns import queries
from halves.campaigns.models import Campaign
from halves.campaigns.result_models import Result
from halves.measure.interval import Interval
from halves.report import words
from halves.report.charts import Chart
from halves.report.detecting import effect_bar

Found = Mapping[str, Any]
_NAMES = {
    ("door_opened", "outcomes"): gettext_lazy("doors opened"),
    ("deal_closed", "outcomes"): gettext_lazy("deals"),
    ("deal_closed", "value"): gettext_lazy("money from deals"),
    ("door_opened", "value"): gettext_lazy("money from doors opened"),
    ("renewed", "outcomes"): gettext_lazy("renewals"),
    ("renewed", "value"): gettext_lazy("money from renewals"),
    ("referred", "outcomes"): gettext_lazy("referrals"),
    ("referred", "value"): gettext_lazy("money from referrals"),
}

_DOES = (  # a kind, and what is said of a variant: surely more, surely less, nobody can tell
    (
        "door_opened",
        gettext_lazy("%(one)s opens doors more often than %(first)s: %(times)s times as often."),
        gettext_lazy("%(one)s opens doors less often than %(first)s: %(times)s times as often."),
        gettext_lazy(
            "Nobody can tell yet whether %(one)s opens doors more often than %(first)s: "
            "%(times)s times as often."
        ),
    ),
    (
        "deal_closed",
        gettext_lazy("%(one)s closes deals more often than %(first)s: %(times)s times as often."),
        gettext_lazy("%(one)s closes deals less often than %(first)s: %(times)s times as often."),
        gettext_lazy(
            "Nobody can tell yet whether %(one)s closes deals more often than %(first)s: "
            "%(times)s times as often."
        ),
    ),
)


@dataclass(frozen=True)
class Row:
    """One outcome, of those told and of those left alone."""

    name: str
    told: str  # a person
    alone: str
    change: str  # of all who were told, with its interval
    means: str


@dataclass(frozen=True)
class Changed:
    """What a campaign changed, as its page shows it."""

    headline: str
    it_takes: str
    chart: Chart | None
    rows: list[Row]
    cost: str
    a_deal: str
    variants: list[dict[str, Any]]
    notes: list[str]
    told: int
    alone: int
    is_told: bool  # of anything at all: what is not can be no more than what it waits for
    goes_from: datetime | None  # where its messages go out later
    at: datetime
    until: datetime
    ends: datetime
    versions: str


def changed(campaign: Campaign, result: Result) -> Changed:
    """A result as the page shows it."""
    found = result.found
    first = found["compared"][0] if found["compared"] else None
    has_total = first is not None and first["total"] is not None
    said = next((one for one in found["compared"] if one["total"] is not None), None)
    told, alone = _people(campaign, found)
    until = datetime.fromisoformat(found["until"])
    later = campaign.send_from
    held = found["ledger_versions"]
    names = ("assignments", "outcomes", "touches")
    return Changed(
        headline=headline(campaign, found),
        it_takes=it_takes(first) if has_total else "",
        chart=_chart(campaign, found) if has_total else None,
        rows=[_row(one) for one in found["compared"]],
        cost=_cost(found["cost"]),
        a_deal=_a_deal(found),
        variants=[_variants(one) for one in found["variants"]],
        notes=list(first["notes"]) if has_total else [],
        told=said["treated"]["units"] if said else told,
        alone=said["held_out"]["units"] if said else alone,
        is_told=said is not None,
        goes_from=later if later is not None and later > until else None,
        at=result.at,
        until=until,
        ends=datetime.fromisoformat(found["ends"]),
        versions=", ".join(f"{name} {held[name]}" for name in names if name in held),
    )


def headline(campaign: Campaign, found: Found) -> str:
    """The one sentence that answers whether it worked."""
    title = f"“{campaign.title}”"
    if campaign.experiment is not None and not _people(campaign, found)[0]:
        return _("Nothing can be said of %(what)s yet: nobody was told it so far") % {"what": title}
    if found["why"]:
        said = {"what": title, "why": found["why"]}
        return _("Nobody can tell whether %(what)s changed anything: %(why)s") % said
    first = found["compared"][0]
    if first["total"] is None:
        said = {"what": title, "why": first["why"]}
        return _("Nobody can tell yet whether %(what)s changed anything: %(why)s") % said
    total = _interval(first["total"])
    parts = {"what": title, "noun": _name(first), "spread": _spread(total, first)}
    if total.low > 0:
        return _("%(what)s worked: %(noun)s, %(spread)s more than without it") % parts
    if total.high < 0:
        parts["spread"] = _spread(Interval(-total.mean, -total.high, -total.low), first)
        return _("%(what)s did harm: %(noun)s, %(spread)s less than without it") % parts
    parts["low"] = words.estimate(total.low, first["currency"])
    parts["high"] = words.estimate(total.high, first["currency"])
    return (
        _(
            "Nobody can tell yet whether %(what)s changed anything: "
            "%(noun)s, anything from %(low)s to %(high)s"
        )
        % parts
    )


def _people(campaign: Campaign, found: Found) -> tuple[int, int]:
    """How many were told when it was measured, and how many were left alone."""
    if "told" in found:
        return found["told"], found["alone"]
    now = queries.progress(campaign)  # results of before have neither
    return queries.people_told(campaign), now.held_out


def it_takes(compared: Found) -> str:
    """How much longer, or how many more people, until one can tell."""
    need = compared["it_takes"]
    if need is None:
        return ""
    if need["people"] is None:
        return _("It is so close to no change that nobody can say how many people it would take.")
    if need["days"] is not None:
        return ngettext(
            "If it goes on as it is, one can tell in some %(n)s day at the earliest.",
            "If it goes on as it is, one can tell in some %(n)s days at the earliest.",
            need["days"],
        ) % {"n": f"{need['days']:,}"}
    units = compared["treated"]["units"] + compared["held_out"]["units"]
    return _(
        "If the difference is what it seems, it takes %(people)s people at least to tell; "
        "%(units)s are in it."
    ) % {"people": words.estimate(need["people"], None), "units": f"{units:,}"}


def _chart(campaign: Campaign, found: Found) -> Chart:
    first = found["compared"][0]
    name = _name(first)
    return effect_bar(
        _interval(first["total"]),
        said=lambda amount: words.on_axis(amount, first["currency"]),
        title=_("Change in %(noun)s; the line at 0 is no change") % {"noun": name},
        finding=headline(campaign, found),
    )


def _row(one: Found) -> Row:
    name = _name(one)
    if one["total"] is None:
        return Row(name, "", "", "", _("nobody can tell yet: %s") % one["why"])
    total = _interval(one["total"])
    means = _("nobody can tell yet")
    if total.low > 0:
        means = _("more")
    elif total.high < 0:
        means = _("less")
    return Row(
        name,
        words.spread(_interval(one["treated"]["mean"]), one["currency"]),
        words.spread(_interval(one["held_out"]["mean"]), one["currency"]),
        _spread(total, one),
        means,
    )


def _cost(cost: Found | None) -> str:
    if cost is None:
        return ""
    # Known to the cent: no estimate.
    amount = f"{cost['currency'] or ''} {Decimal(cost['amount']):,.2f}".strip()
    said = {"amount": amount, "n": f"{cost['mails']:,}"}
    return ngettext("%(amount)s for %(n)s mail", "%(amount)s for %(n)s mails", cost["mails"]) % said


def _a_deal(found: Found) -> str:
    each = found["a_deal"]
    if each is None:
        return ""
    low = words.estimate(each["low"], each["currency"])
    if each["high"] is None:
        return _("%(low)s at least, if it brought any") % {"low": low}
    return _("%(low)s to %(high)s") % {
        "low": low,
        "high": words.estimate(each["high"], each["currency"]),
    }


def _variants(step: Found) -> dict[str, Any]:
    rows = [
        {
            "variant": one["variant"],
            "people": one["people"],
            "clicks": one["clicks"],
            "doors": _rate(one["door_opened"]),
            "deals": _rate(one["deal_closed"]),
        }
        for one in step["rows"]
    ]
    said = [_better(one, step["rows"][0], *kind) for one in step["rows"][1:] for kind in _DOES]
    return {"story": step["story"], "rows": rows, "said": [one for one in said if one]}


def _better(one: Found, first: Found, kind: str, more: Any, less: Any, unclear: Any) -> str:
    """What can be said of a variant beside the first; nothing where nobody did so."""
    times = one[kind].get("times")  # results of before have none
    if times is None:
        return ""
    low, high = times["low"], times["high"]
    parts = {"one": one["variant"], "first": first["variant"]}
    if high is None:
        parts["times"] = _("at least %(low)s") % {"low": f"{low:.2g}"}
    else:
        parts["times"] = _("%(low)s to %(high)s") % {"low": f"{low:.2g}", "high": f"{high:.2g}"}
    if low > 1:
        return str(more) % parts
    return str(less if high is not None and high < 1 else unclear) % parts


def _rate(one: Found) -> str:
    if one["rate"] is None:
        return "—"
    low, mean, high = (f"{100 * one['rate'][end]:.2g}" for end in ("low", "mean", "high"))
    return _("%(n)s: %(mean)s%%, %(low)s to %(high)s") % {
        "n": f"{one['n']:,}",
        "mean": mean,
        "low": low,
        "high": high,
    }


def _name(one: Found) -> str:
    return str(_NAMES[one["outcome"], one["of"]])


def _spread(total: Interval, one: Found) -> str:
    return words.spread(total, one["currency"])


def _interval(said: Mapping[str, float]) -> Interval:
    return Interval(said["mean"], said["low"], said["high"])
