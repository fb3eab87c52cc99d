"""When a person may be written to: within the hours of their own day."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from halves.campaigns.models import Campaign

_DAY = timedelta(days=1)


def next_open(campaign: Campaign, at: datetime, *, zone: str, usual: str) -> datetime:
    """The first moment from `at` on that lies in the campaign's hours where the person is.

    Args:
        campaign: with its hours; without any, all are open.
        at: from when.
        zone: of the person; empty or unknown: the house's.
        usual: the house's.
    """
    if campaign.opens is None or campaign.closes is None:
        return at
    there = at.astimezone(_zone(zone) or _zone(usual) or ZoneInfo("UTC"))
    opening = there.replace(hour=campaign.opens, minute=0, second=0, microsecond=0)
    if there < opening:
        return opening.astimezone(at.tzinfo)
    if campaign.closes == 24 or there.hour < campaign.closes:
        return at
    return (opening + _DAY).astimezone(at.tzinfo)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
