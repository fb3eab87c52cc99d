"""What broken promises cost, in words and as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.ledger.settings import LEARNED
from halves.measure.breaking import Breaking, Lost, Why
from halves.measure.broken import Price
from halves.measure.interval import Interval
from halves.measure.keeping_ledger import Kept
from halves.report import words
from halves.report.breaking import costs_chart
from halves.report.charts import Chart
from halves.web.promise_words import title


@dataclass(frozen=True)
class Costs:
    """What broken promises cost, as the page says it.

    Args:
        lead: the figure, or that it is unknown.
        lacks: what it needs to be known.
        basis: what it rests on.
        charged: what *which half* charges.
        picture: each part with its interval; None where it is unknown.
        parts: the same as a table, and each measure's.
        currency: of the amounts.
    """

    lead: str
    charged: str
    lacks: str = ""
    basis: Sequence[str] = ()
    picture: Chart | None = None
    parts: Sequence[tuple[str, Interval, Lost | None]] = ()
    currency: str | None = None


def costs(found: Breaking | None, *, refused: str, price: Price, measures: Sequence[Kept]) -> Costs:
    """Put what a broken promise costs in words.

    Args:
        found: what is known; None where it cannot be asked.
        refused: why it cannot.
        price: what *which half* charges.
        measures: how promises were kept, for the marks beside the money.
    """
    unknown = _("What a broken promise costs is unknown.")
    if found is None:
        return Costs(unknown, _charged(price, None, None), lacks=refused)
    if found.all is None:
        return Costs(unknown, _charged(price, None, found.currency), lacks=_lacks(found))
    whole, money = found.all, found.currency
    said = {"cost": words.spread(whole.cost, money), "days": found.days}
    lead = _("A broken promise costs %(cost)s, within %(days)s days of the delivery.") % said
    parts: list[tuple[str, Interval, Lost | None]] = [
        (_("Each broken promise"), whole.cost, whole),
        (_("Profit no longer earned"), whole.profit, None),
        (_("Money given back"), whole.refunds, None),
    ]
    if len(found.measures) > 1:
        parts += [(title(one.measure or ""), one.cost, one) for one in found.measures]
    drawn = [(name, one) for name, one, _of in parts]
    return Costs(
        lead=lead,
        charged=_charged(price, whole, money),
        basis=[*_basis(found, whole), *_marks(measures), _doubt()],
        picture=costs_chart(
            drawn, currency=money, title=_("What a broken promise costs"), finding=lead
        ),
        parts=parts,
        currency=money,
    )


def _charged(price: Price, whole: Lost | None, currency: str | None) -> str:
    """What *which half* does with it, and what could be said instead."""
    if price == LEARNED and whole is None:
        return _("Which half is to charge what is learned: until then it charges nothing.")
    if price == LEARNED:
        return _(
            "Which half charges this, with its doubt, to the campaign or the seller's channel "
            "that made the promise."
        )
    if price is not None:
        return _("Which half charges %(price)s for each, as halves.toml states.") % {
            "price": words.estimate(float(price), currency)
        }
    return _(
        'Which half charges nothing for it: say cost_of_under = "learned" under [promises] in '
        "halves.toml to charge what is learned, or a number of your own."
    )


def _basis(found: Breaking, whole: Lost) -> list[str]:
    said = {
        "broken": number_format(whole.broken, force_grouping=True),
        "kept": number_format(whole.kept, force_grouping=True),
        "plain": words.estimate(whole.plain, found.currency),
    }
    lines = [
        _(
            "From %(broken)s broken promises beside %(kept)s kept or outdone ones of the same "
            "measure, as close as there are in who promised, region, month and what the customer "
            "spent before. Without that comparison it would be %(plain)s."
        )
        % said
    ]
    if found.alone:
        lines.append(
            ngettext(
                "%(n)s broken promise had no kept one like it, and is left out.",
                "%(n)s broken promises had no kept ones like them, and are left out.",
                found.alone,
            )
            % {"n": number_format(found.alone, force_grouping=True)}
        )
    if not whole.cost.excludes(0.0):
        lines.append(_("It may also be that it costs nothing."))
    return lines


def _doubt() -> str:
    return _(
        "Seen as it fell out, not drawn by chance: customers whose promise was broken may differ "
        "in ways that nothing here tells. Intervals are 90%."
    )


def _marks(measures: Sequence[Kept]) -> list[str]:
    """What customers said, in points: nothing tells what a point is worth."""
    told = [
        _("%(measure)s: %(under).1f instead of %(kept).1f")
        % {"measure": title(one.measure), "under": one.mean_under, "kept": one.mean_kept}
        for one in measures
        if one.mean_under is not None and one.mean_kept is not None
    ]
    if not told:
        return []
    return [
        _("The marks they give are beside it, and not in the money. %(told)s.")
        % {"told": "; ".join(told)}
    ]


def _lacks(found: Breaking) -> str:
    many = {"n": number_format(found.missing, force_grouping=True), "days": found.days}
    return {
        Why.KNOWN: "",
        Why.NONE_BROKEN: _("No promise was broken."),
        Why.FEW_BROKEN: ngettext(
            "%(n)s more customer with a broken promise is needed whose %(days)s days after the "
            "delivery are over.",
            "%(n)s more customers with a broken promise are needed whose %(days)s days after the "
            "delivery are over.",
            found.missing,
        ),
        Why.FEW_KEPT: ngettext(
            "%(n)s more customer with kept promises only is needed whose %(days)s days after the "
            "delivery are over.",
            "%(n)s more customers with kept promises only are needed whose %(days)s days after "
            "the delivery are over.",
            found.missing,
        ),
        Why.FEW_ALIKE: ngettext(
            "%(n)s more customer with a broken promise is needed beside whom promises of the same "
            "measure were kept.",
            "%(n)s more customers with a broken promise are needed beside whom promises of the "
            "same measure were kept.",
            found.missing,
        ),
        Why.FEW_BOUGHT: ngettext(
            "%(n)s more of these customers must have bought, or got money back, within %(days)s "
            "days of the delivery.",
            "%(n)s more of these customers must have bought, or got money back, within %(days)s "
            "days of the delivery.",
            found.missing,
        ),
        Why.NOT_SEEN: _("What these customers buy is not on the ledger."),
    }[found.why] % many
