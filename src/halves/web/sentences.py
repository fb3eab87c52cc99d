"""Answers in sentences, in the reader's language."""

from django.utils.translation import gettext as _

from halves.measure.answer import Answer
from halves.report import words


def headline(answer: Answer) -> str:
    """The one sentence: which part worked, which was wasted, which nobody can tell of."""
    if not answer.spend:
        return _("No spend is recorded, so nobody can tell which half was wasted")
    part = words.shares(answer)
    if part["unknown"] == 100:
        return _("Nobody can tell yet which half of the spend was wasted")
    said = [
        (part["working"], _("%(n)d%% of the spend worked"), _("%(n)d%% worked")),
        (part["wasted"], _("%(n)d%% of the spend was wasted"), _("%(n)d%% was wasted")),
        (
            part["unknown"],
            _("nobody can tell yet of %(n)d%% of the spend"),
            _("%(n)d%% nobody can tell yet"),
        ),
    ]
    told = [one for one in said if one[0]]
    return ", ".join(
        (whole if place == 0 else rest) % {"n": n} for place, (n, whole, rest) in enumerate(told)
    )


def wasted(answer: Answer) -> str:
    """How much was wasted in all, what nobody can tell included."""
    share = answer.wasted_share
    if share is None:
        return ""
    return _(
        "Counting what we are unsure of by its chances, %(mean)s of all spend was wasted; anything "
        "from %(low)s to %(high)s is likely"
    ) % {
        "mean": words.percent(share.mean),
        "low": words.percent(share.low),
        "high": words.percent(share.high),
    }
