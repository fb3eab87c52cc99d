"""What came of pages: who was shown which words, and who sent the form."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from halves.deals.models import OrderState
from halves.measure.interval import Interval
from halves.measure.rate import rate
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


def best_of(told: list[Told]) -> Told | None:
    """The variant that surely does better than each of the others; None while nobody can tell."""
    for one in told:
        rest = [other for other in told if other is not one]
        if rest and one.share and all(o.share and one.share.low > o.share.high for o in rest):
            return one
    return None


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
