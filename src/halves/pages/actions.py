"""What colleagues do with pages: write, change, publish, take off."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.pages.errors import PageChangedMeanwhile, PageRefused
from halves.pages.models import Asks, Page, PageState
from halves.pages.payments import providers
from halves.stories.actions import freeze
from halves.stories.models import Story
from halves.stories.telling import OWN
from halves.webhooks.events import happened

FIELDS = (
    *("slug", "story", "asks", "button", "sells", "price", "currency", "providers"),
    *("trial_days", "steps", "topic", "consent_words", "variants", "may_embed", "is_listed"),
)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_PRICE, _MOST_STEPS = Decimal(10) ** 9, 10


def add_page(*, by: User, at: datetime, **said: Any) -> Page:
    """Make a page of a story; nobody sees it yet.

    Args:
        by: who does.
        at: now.
        said: of `FIELDS`.

    Raises:
        PageRefused: names the field.
    """
    page = Page(by=by, made_at=at, changed_at=at)
    return _kept(page, said, what="page.add", by=by, at=at)


def change_page(page: Page, *, by: User, at: datetime, version: int, **said: Any) -> Page:
    """Change a page: its form, price and address hold at once, its story's words once published.

    Raises:
        PageRefused: names the field.
        PageChangedMeanwhile: someone else changed it since it was opened.
    """
    with transaction.atomic():
        # One conditional UPDATE, so that two who write at once cannot undo each other.
        if not Page.objects.filter(pk=page.pk, version=version).update(version=version + 1):
            raise PageChangedMeanwhile(
                _("Someone else changed this page meanwhile: look at both, and save again.")
            )
        page = Page.objects.get(pk=page.pk)
        page.changed_at = at
        return _kept(page, said, what="page.change", by=by, at=at)


def publish(page: Page, *, by: User, at: datetime) -> Page:
    """Show the world the story as it is now.

    Raises:
        StoryUnfit: the story must not be told as it is.
        PageRefused: it asks for an order that nobody can pay.
    """
    with transaction.atomic():
        page = Page.objects.select_for_update().select_related("story").get(pk=page.pk)
        version = freeze(page.story, at=at, by=by)
        _check_variants(page, version.told["words"])
        before = {"state": page.state, "version_shown": page.version_shown_id}
        page.version_shown, page.state = version, PageState.PUBLISHED
        page.published_at = page.published_at or at
        page.save(update_fields=["version_shown", "state", "published_at"])
        after = {"state": page.state, "version_shown": version.pk}
        audit.record("page.publish", page, by=by, at=at, before=before, after=after)
        happened("page.published", {"page": page.slug, "story": page.story.name}, at=at)
    return page


def take_off(page: Page, *, by: User, at: datetime) -> Page:
    """Show it no more; who sent a form still reaches their own page."""
    with transaction.atomic():
        shown = Page.objects.filter(pk=page.pk, state=PageState.PUBLISHED)
        if shown.update(state=PageState.OFF):
            audit.record("page.take_off", page, by=by, at=at)
    page.refresh_from_db()
    return page


def _kept(page: Page, said: Mapping[str, Any], *, what: str, by: User, at: datetime) -> Page:
    before = audit.fields_of(page, FIELDS) if page.pk else {}
    for name in FIELDS:
        if name in said:
            setattr(page, name, said[name])
    _check(page)
    try:
        with transaction.atomic():
            page.save()
            after = audit.fields_of(page, FIELDS)
            audit.record(what, page, by=by, at=at, before=before, after=after)
    except IntegrityError:
        words = _("Another page has this address: give it another one.")
        raise PageRefused("slug", words) from None
    return page


def _check(page: Page) -> None:
    if not _SLUG.fullmatch(page.slug or ""):
        words = _("Use small letters, digits and hyphens, such as quiet-mornings.")
        raise PageRefused("slug", words)
    if not isinstance(page.story, Story):
        raise PageRefused("story", _("Choose a story to show."))
    if not page.button.strip():
        raise PageRefused("button", _("Say what the button says, such as: Send me a box."))
    if page.asks not in Asks.values:
        raise PageRefused("asks", _("Choose what the page asks for."))
    if page.asks == Asks.ORDER:
        _check_price(page)
    if page.topic and not page.consent_words:
        words = _("Say what they agree to, in the words beside the box that they tick.")
        raise PageRefused("consent_words", words)
    _check_steps(page)
    _check_variants(page, {OWN: {}} | {one.name: {} for one in page.story.variants.all()})


def _check_price(page: Page) -> None:
    if page.price is None or not 0 < page.price < _MOST_PRICE:
        raise PageRefused("price", _("An order needs a price above 0."))
    if not _CURRENCY.fullmatch(page.currency or ""):
        raise PageRefused("currency", _("Give a currency by its code, such as EUR."))
    if not page.sells.strip():
        raise PageRefused("sells", _("Say what is ordered."))
    if not page.providers:
        raise PageRefused("providers", _("Choose how an order may be paid."))
    for name in page.providers:
        if name not in providers():
            words = _("There is no provider of payment called %(name)s.") % {"name": name}
            raise PageRefused("providers", words)


def _check_steps(page: Page) -> None:
    if len(page.steps) > _MOST_STEPS:
        raise PageRefused("steps", _("More than ten steps lead nobody to a first value."))
    for step in page.steps:
        if not str(step.get("title", "")).strip():
            raise PageRefused("steps", _("Each step needs a title."))
        url = step.get("url", "")
        if url and urlsplit(url).scheme not in ("https", "http"):
            words = _("A step leads to an address that begins with https://, got %(url)s")
            raise PageRefused("steps", words % {"url": url})


def _check_variants(page: Page, known: Mapping[str, Any]) -> None:
    for name in page.variants:
        if name not in known:
            words = _("The story has no variant %(name)s; it has: %(names)s.")
            raise PageRefused("variants", words % {"name": name, "names": ", ".join(known)})
