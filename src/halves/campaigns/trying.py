"""A mail to try: to a colleague, before anyone else gets it."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from halves.campaigns.composing import short_words
from halves.campaigns.errors import CampaignRefused
from halves.campaigns.models import Campaign
from halves.campaigns.sending_settings import insist_on, insist_on_mail
from halves.campaigns.ways import Short
from halves.mail.back_ends import back_end
from halves.mail.errors import MailRefused
from halves.mail.outcomes import What
from halves.mail.signing import keys
from halves.mail.writing import Mail
from halves.people.reachable import EMAIL
from halves.stories import facts
from halves.stories.errors import StoryError
from halves.stories.rendering import Channel, Links, prepared_of
from halves.stories.telling import as_told


def try_mail(to: str, *, at: datetime, key: str) -> None:
    """Send a plain line, to see whether the settings work.

    Raises:
        CampaignRefused: it did not go; has the server's words.
    """
    said = insist_on_mail()
    words = _("If you read this, halves can send mail from %s.") % said.sender
    _send(to, _("A mail to try"), words + "\n", "", at=at, key=key)


def try_campaign(campaign: Campaign, to: str, *, at: datetime, key: str) -> None:
    """Send each of its mails as somebody of whom nothing is known would get it.

    Raises:
        CampaignRefused: it did not go, or a story cannot be told as it is.
    """
    said = insist_on(campaign.channel)
    home, is_mail = said.url, campaign.channel == EMAIL
    shown = Links(unsubscribe=home, preferences=home, view_in_browser=home, footer=said.company)
    told_as = Channel.EMAIL if is_mail else Channel.TEXT
    for step in campaign.steps.select_related("story", "told"):
        told = step.told.told if step.told else as_told(step.story)
        try:
            mail = prepared_of(told, channel=told_as).for_person(facts.nobody(), shown)
        except StoryError as refused:
            raise CampaignRefused(str(refused)) from refused
        if not is_mail:
            words = short_words(mail, home)
            _send_short(campaign.channel, to, words, at=at, key=f"try-{key}-{step.place}")
            continue
        subject = _("To try: %s") % mail.subject
        _send(to, subject, mail.text, mail.html, at=at, key=f"{key}-{step.place}")


def _send_short(channel: str, to: str, words: str, *, at: datetime, key: str) -> None:
    mail, sender = Mail("", to, "", words, "", key, at), Short(channel)
    try:
        [outcome] = [one.result() for one in sender.started([(mail, sender.ready(mail))])]
    finally:
        sender.close()
    if outcome.what != What.SENT:
        raise CampaignRefused(_("The message did not go: %s") % outcome.words)


def _send(to: str, subject: str, text: str, html: str, *, at: datetime, key: str) -> None:
    said = insist_on_mail()
    mail = Mail(
        sender=said.sender,
        to=to,
        subject=subject,
        text=text,
        html=html,
        message_id=f"try-{key}@{said.domain}",
        at=at,
        reply_to=said.reply_to,
    )
    try:
        sender = back_end(said, keys(settings.PLACE.home))
    except MailRefused as refused:
        raise CampaignRefused(str(refused)) from refused
    try:
        [outcome] = [one.result() for one in sender.started([(mail, sender.ready(mail))])]
    except MailRefused as refused:
        raise CampaignRefused(str(refused)) from refused
    finally:
        sender.close()
    if outcome.what != What.SENT:
        raise CampaignRefused(_("The mail did not go: %s") % outcome.words)
