"""The mail that one person gets of one step: rendered, with links of its own and its headers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from halves.campaigns import links
from halves.campaigns.links import Kind
from halves.campaigns.models import Campaign, Link, Message, Step
from halves.mail.settings import MailSettings
from halves.mail.writing import Mail, leaving
from halves.people.reachable import EMAIL
from halves.stories.rendering import Channel, Prepared, Rendered, prepared
from halves.stories.rendering import Links as StoryLinks

_MOST_LINKS = 500  # of one step: addresses that hold a person's own facts are not followed
_LONGEST = 2000


@dataclass(frozen=True)
class Recipient:
    """A person as a mail is written to them."""

    pk: int
    ledger_id: str
    address: str
    facts: Mapping[str, Any]


class Composer:
    """Writes a step's mails; what is the same in all of them is made once."""

    def __init__(self, campaign: Campaign, step: Step, settings: MailSettings) -> None:
        self.campaign, self.step, self.settings = campaign, step, settings
        self._prepared: dict[str, Prepared] = {}
        self._last: tuple[Recipient | None, dict[tuple[Kind, int], str]] = (None, {})
        self._numbers = dict(step.links.values_list("url", "number"))
        self.channel = Channel.EMAIL if campaign.channel == EMAIL else Channel.TEXT
        self._list_id = f"<{campaign.name}.campaigns.{settings.domain}>"

    def mail(self, message: Message, to: Recipient, *, at: datetime) -> Mail:
        """One person's mail.

        Raises:
            StoryError: the version is broken, or its template is too much.
        """
        said = self.rendered(message.variant, to)
        leave = self.address(Kind.UNSUBSCRIBE, to)
        if self.channel is Channel.TEXT:
            return self._short(message, to, said, leave, at=at)
        return Mail(
            sender=self.settings.sender,
            to=to.address,
            subject=said.subject,
            text=said.text,
            html=self._with_pixel(said.html, to),
            message_id=f"{message.key}@{self.settings.domain}",
            at=at,
            reply_to=self.settings.reply_to,
            headers={
                **leaving(leave, self.settings),
                "List-Id": self._list_id,
                "Feedback-ID": f"{self.campaign.pk}:campaign:halves",
                "Auto-Submitted": "auto-generated",
            },
        )

    def _short(
        self, message: Message, to: Recipient, said: Rendered, leave: str, *, at: datetime
    ) -> Mail:
        """The words alone, and how to have no more of them; what a program may want goes along."""
        return Mail(
            sender="",
            to=to.address,
            subject=said.subject,
            text=short_words(said, leave),
            html="",
            message_id=message.key,
            at=at,
            headers={
                "campaign": self.campaign.name,
                "topic": self.campaign.topic,
                "subject": said.subject,
                "unsubscribe": leave,
            },
        )

    def rendered(self, variant: str, to: Recipient) -> Rendered:
        """The story as this person reads it."""
        ready = self._prepared.get(variant)
        if ready is None:
            if self.step.told is None:
                raise ValueError(f"step {self.step.pk} is told nothing yet")
            ready = prepared(self.step.told, variant=variant, channel=self.channel)
            self._prepared[variant] = ready
        return ready.for_person(to.facts, self.links(to))

    def links(self, to: Recipient) -> StoryLinks:
        """Where this person's links lead."""
        return StoryLinks(
            unsubscribe=self.address(Kind.UNSUBSCRIBE, to),
            preferences=self.address(Kind.PREFERENCES, to),
            view_in_browser=self.address(Kind.VIEW, to),
            track=self._tracked(to),
            footer=self.settings.company,
        )

    def address(self, kind: Kind, to: Recipient, number: int = 0) -> str:
        """The whole address of a link of one kind."""
        if self._last[0] is not to:  # a mail has most of its links twice, as text and as a page
            self._last = (to, {})
        known = self._last[1]
        if (kind, number) not in known:
            said = links.token(
                kind,
                person=to.pk,
                ledger_id=to.ledger_id,
                campaign=self.campaign.pk,
                place=self.step.place,
                number=number,
            )
            known[kind, number] = f"{self.settings.url}/{kind}/{said}"
        return known[kind, number]

    def _tracked(self, to: Recipient) -> Callable[[str], str]:
        def track(url: str) -> str:
            number = self._number(url)
            return self.address(Kind.CLICK, to, number) if number else url

        return track

    def _with_pixel(self, html: str, to: Recipient) -> str:
        pixel = f'<img src="{self.address(Kind.OPEN, to)}" width="1" height="1" alt="">'
        before, end, after = html.rpartition("</body>")
        return f"{before}{pixel}{end}{after}" if end else html

    def _number(self, url: str) -> int:
        """The link's number, given when it is first met; 0 for what is not followed."""
        found = self._numbers.get(url)
        if found is None:
            is_web = url.startswith(("https://", "http://")) and len(url) <= _LONGEST
            full = len(self._numbers) >= _MOST_LINKS
            found = self._numbers[url] = self._numbered(url) if is_web and not full else 0
        return found

    def _numbered(self, url: str) -> int:
        while True:
            known = Link.objects.filter(step=self.step, url=url).first()
            if known is not None:
                return known.number
            last = Link.objects.filter(step=self.step).aggregate(last=Max("number"))["last"] or 0
            try:
                with transaction.atomic():
                    return Link.objects.create(step=self.step, number=last + 1, url=url).number
            except IntegrityError:  # another worker met a link at this moment
                continue


def short_words(said: Rendered, leave: str) -> str:
    """The words of a short message, with the address that ends them."""
    return said.text.strip() + "\n" + _("No more: %s") % leave
