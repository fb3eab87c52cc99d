"""What a page shows to whoever comes: the story as it was published, and which variant of it.

Nobody is followed: which variant is shown is drawn from a keyed hash of the day and of where the
request came from, so that whoever reloads sees the same, and tomorrow nobody knows them.
"""

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import F

from halves.pages.models import Page, PageDay, PageState
from halves.stories import facts
from halves.stories.models import Version
from halves.stories.rendering import Channel, Rendered, prepared
from halves.stories.telling import OWN

# What programs that look at every link call themselves: they are shown the page, and not counted.
_PROGRAMS = ("bot", "crawl", "spider", "preview", "slurp", "curl", "wget", "python-", "headless")


@dataclass(frozen=True)
class Shown:
    """A page as one reader sees it."""

    page: Page
    version: Version
    variant: str
    rendered: Rendered


def published() -> Any:
    """All pages that the world sees."""
    return Page.objects.filter(state=PageState.PUBLISHED).select_related("version_shown", "story")


def shown_to(page: Page, *, where: str, on: date) -> Shown:
    """The page as whoever comes from `where` sees it on that day."""
    version = page.version_shown
    variant = variant_for(page, where=where, on=on)
    return Shown(page, version, variant, _rendered(version.pk, variant))


def variant_for(page: Page, *, where: str, on: date) -> str:
    """Which variant of the story is shown: the same all day for the same reader."""
    names = [name for name in (page.variants or [OWN]) if name in page.version_shown.told["words"]]
    if len(names) < 2:
        return names[0] if names else OWN
    drawn = hashed(f"variant:{page.pk}:{on.isoformat()}:{where}")
    return names[int(drawn[:12], 16) % len(names)]


def count(page: Page, variant: str, *, at: datetime, column: str) -> None:
    """Count one more that was shown, or sent, on this day."""
    day = at.date()
    row, _ = PageDay.objects.get_or_create(page=page, variant=variant, day=day)
    PageDay.objects.filter(pk=row.pk).update(**{column: F(column) + 1})


def is_program(agent: str) -> bool:
    """Say whether a user agent says of itself that nobody reads what it fetches."""
    said = agent.lower()
    return not said or any(word in said for word in _PROGRAMS)


def hashed(said: str) -> str:
    """A keyed hash: nobody without the house's key can tell what it was made of."""
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), sha256).hexdigest()


@lru_cache(maxsize=256)
def _rendered(version: int, variant: str) -> Rendered:
    """A public page says the same to everyone: what is known of a person stays with us."""
    told = prepared(Version.objects.get(pk=version), variant=variant, channel=Channel.PAGE)
    return told.for_person(facts.nobody())
