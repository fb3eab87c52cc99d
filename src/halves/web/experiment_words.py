"""An experiment in words and pictures: what it can detect, what it shows, what it found."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.experiments import detecting
from halves.experiments.models import Experiment, Measure
from halves.measure.interval import Interval
from halves.report import words
from halves.report.charts import Chart
from halves.report.detecting import Seen, effect_bar, looks_over_time, power_curve

Found = Mapping[str, Any]
_NOUNS = {
    "deal_closed": gettext_lazy("deals"),
    "door_opened": gettext_lazy("doors opened"),
    "renewed": gettext_lazy("renewals"),
    "referred": gettext_lazy("referrals"),
}


def detects(experiment: Experiment) -> str:
    """The smallest effect that it finds 8 times in 10, in one sentence."""
    power = experiment.power or {}
    if "why" in power:
        return _("Nobody can tell what it would detect: %(why)s") % {"why": power["why"]}
    if experiment.is_by_region:
        chosen = _chosen(experiment)
        if chosen is None:
            return ""
        return _("It finds a change of %(lift)s in these regions 8 times in 10") % {
            "lift": _percent(chosen["detectable_lift"])
        }
    said = {
        "least": _amount(experiment)(power["one_look"]),
        "often": _amount(experiment)(power["many_looks"]),
        "what": _noun(experiment),
    }
    if power["base"] > 0:
        said["share"] = _percent(power["one_look"] / power["base"])
        return (
            _(
                "It finds an effect of %(least)s %(what)s or more 8 times in 10, that is "
                "%(share)s of what those not held out bring in the time"
            )
            % said
        )
    return _("It finds an effect of %(least)s %(what)s or more 8 times in 10") % said


def power_chart(experiment: Experiment) -> Chart | None:
    """The chance to see an effect, by its size."""
    power = experiment.power or {}
    if experiment.is_by_region:
        chosen = _chosen(experiment)
        if chosen is None:
            return None
        found, said = chosen["detectable_lift"], _percent
        axis = _("change in the regions held out")
    elif "se" in power:
        found, said = power["one_look"], _on_axis(experiment)
        axis = _("effect over the test, %(what)s in all") % {"what": _noun(experiment)}
    else:
        return None
    error = found / detecting.FOUND
    return power_curve(
        lambda effect: detecting.chance(effect, error),
        found=found,
        most=2 * found,
        said=said,
        title=_("The chance that an effect is seen, by its size"),
        finding=detects(experiment),
        axis=axis,
        label=_("%(size)s: 8 times in 10") % {"size": said(found)},
    )


def headline(experiment: Experiment, found: Found) -> str:
    """What was found, in one sentence, with its interval."""
    total, said = _interval(found["total"]), _amount_of(found)
    parts = {
        "what": words.listed(experiment.withheld),
        "noun": _NOUNS[found["outcome"]],
        "spread": spread(found),
        "low": said(total.low),
        "high": said(total.high),
    }
    is_counted = found["of"] == Measure.OUTCOMES
    if total.low > 0:
        if is_counted:
            return _("%(what)s brought %(noun)s: %(spread)s more than without it") % parts
        return _("%(what)s brought money from %(noun)s: %(spread)s more than without it") % parts
    if total.high < 0:
        parts["spread"] = _spread(Interval(-total.mean, -total.high, -total.low), found)
        if is_counted:
            return _("%(what)s cost us %(noun)s: %(spread)s fewer than without it") % parts
        return _("%(what)s cost us money from %(noun)s: %(spread)s less than without it") % parts
    return (
        _("Nobody can tell yet whether %(what)s brings anything: anything from %(low)s to %(high)s")
        % parts
    )


def spread(found: Found) -> str:
    """The effect with its interval."""
    return _spread(_interval(found["total"]), found)


def effect_chart(experiment: Experiment, found: Found) -> Chart:
    """The effect beside none."""
    return effect_bar(
        _interval(found["total"]),
        said=_axis_of(found),
        title=_("What was found"),
        finding=headline(experiment, found),
    )


def looks_chart(experiment: Experiment, looks: list[Any]) -> Chart | None:
    """All looks so far."""
    if not looks:
        return None
    last = looks[-1].found
    seen = [
        Seen(datetime.fromisoformat(one.found["until"]), _interval(one.found["total"]))
        for one in looks
    ]
    return looks_over_time(
        seen,
        starts=experiment.starts,
        ends=experiment.ends,
        said=_axis_of(last),
        day=lambda at: date_format(at, "j M"),
        title=_("What each look showed"),
        finding=headline(experiment, last),
    )


def versions(found: Found) -> str:
    """The ledger that it was computed from."""
    names = ("experiments", "assignments", "outcomes")
    held = found["ledger_versions"]
    return ", ".join(f"{name} {held[name]}" for name in names if name in held)


def _chosen(experiment: Experiment) -> Mapping[str, Any] | None:
    for one in (experiment.power or {}).get("designs", []):
        if experiment.held_out_regions and one["treated"] == experiment.held_out_regions:
            return one
    return None


def _noun(experiment: Experiment) -> str:
    noun = str(experiment.get_outcome_display())
    return noun if experiment.of == Measure.OUTCOMES else _("from %(noun)s") % {"noun": noun}


def _amount(experiment: Experiment) -> Callable[[float], str]:
    currency = (experiment.power or {}).get("currency")
    return lambda amount: words.estimate(amount, currency)


def _on_axis(experiment: Experiment) -> Callable[[float], str]:
    currency = (experiment.power or {}).get("currency")
    return lambda amount: words.on_axis(float(f"{amount:.2g}"), currency)


def _amount_of(found: Found) -> Callable[[float], str]:
    return lambda amount: words.estimate(amount, found["currency"])


def _axis_of(found: Found) -> Callable[[float], str]:
    return lambda amount: words.on_axis(amount, found["currency"])


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%" if share < 1 else f"{100 * share:.0f}%"


def _spread(effect: Interval, found: Found) -> str:
    return words.spread(effect, found["currency"] if found["of"] == Measure.VALUE else None)


def _interval(said: Mapping[str, float]) -> Interval:
    return Interval(said["mean"], said["low"], said["high"])
