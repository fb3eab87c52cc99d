"""What came of pages: who was shown which words, and who sent the form."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum

from halves.deals.models import OrderState
from halves.measure.interval import Interval
from halves.measure.rate import rate
from halves.measure.times_as_often import times_as_often
from halves.pages.models import Page, PageDay, Sending


@dataclass(frozen=True)
class Told:
    """What came of one variant of a page.

    Args:
        shown: how often a reader was shown it.
        sent: how many forms came back.
        confirmed: of those, addresses that are surely theirs.
        bought: of those, deals closed.
        share: `sent` of `shown`, with its interval; None before anybody came.
    """

    variant: str
    shown: int
    sent: int
    confirmed: int
    bought: int
    share: Interval | None


def came_of(page: Page) -> list[Told]:
    """What came of each variant of a page, in two queries."""
    days = PageDay.objects.filter(page=page).values("variant")
    counts = {one["variant"]: one for one in days.annotate(shown=Sum("shown"), sent=Sum("sent"))}
    closed = Q(order__state__in=(OrderState.INVOICED, OrderState.PAID))
    rows = Sending.objects.filter(page=page).values("variant")
    ends = {
        one["variant"]: one
        for one in rows.annotate(
            confirmed=Count("pk", filter=Q(confirmed_at__isnull=False)),
            bought=Count("pk", filter=closed),
        )
    }
    return [_told(name, counts[name], ends.get(name, {})) for name in sorted(counts)]


def best_of(page: Page) -> str | None:
    """The variant that surely does better than each of the others; None while nobody can tell.

    However often one looks, it is wrong in one of ten pages at most. Two variants are compared on
    the days on which both were shown: at Christmas all words work better.
    """
    days: dict[str, dict[date, tuple[int, int]]] = defaultdict(dict)
    rows = PageDay.objects.filter(page=page, shown__gt=0)
    for variant, day, shown, sent in rows.values_list("variant", "day", "shown", "sent"):
        days[variant][day] = (sent, shown)
    pairs = len(days) * (len(days) - 1) // 2
    for one in sorted(days):
        rest = [other for other in days if other != one]
        if rest and all(_is_better(days[one], days[other], 1 - 0.1 / pairs) for other in rest):
            return one
    return None


def _is_better(
    one: Mapping[date, tuple[int, int]], other: Mapping[date, tuple[int, int]], sureness: float
) -> bool:
    both = one.keys() & other.keys()
    if not both:
        return False
    sent, shown = (
        (sum(one[day][place] for day in both), sum(other[day][place] for day in both))
        for place in (0, 1)
    )
    found = times_as_often(sent, shown, sureness=sureness)
    return found is not None and found.low > 1


def _told(name: str, counted: dict[str, int], ended: dict[str, int]) -> Told:
    shown, sent = counted["shown"], counted["sent"]
    return Told(
        variant=name,
        shown=shown,
        sent=sent,
        confirmed=ended.get("confirmed", 0),
        bought=ended.get("bought", 0),
        share=rate(min(sent, shown), shown),
    )
