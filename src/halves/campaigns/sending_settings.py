"""The settings that a campaign is sent with: without them nothing is launched."""

from django.conf import settings
from django.utils.translation import gettext as _

from halves.campaigns import ways
from halves.campaigns.errors import MailNotSet
from halves.mail.errors import MailSettingsRefused
from halves.mail.settings import MailSettings
from halves.people.reachable import EMAIL


def insist_on(channel: str) -> MailSettings:
    """The settings, if something can be sent over a channel with them.

    Raises:
        MailNotSet: says what to do.
    """
    if channel == EMAIL:
        return insist_on_mail()
    found = _read()
    wrong = ways.not_ready(channel) if channel in ways.names() else _("there is no such channel")
    if wrong or not found.url:
        raise MailNotSet(
            _("Nothing can be sent over %(channel)s yet: %(wrong)s.")
            % {"channel": channel, "wrong": wrong or _("halves.toml does not say house.url")}
        )
    return found


def insist_on_mail() -> MailSettings:
    """The mail settings, if something can be sent with them.

    Raises:
        MailNotSet: says what to do.
    """
    found = _read()
    if missing := found.missing():
        raise MailNotSet(
            _("Nothing can be sent yet: say %(names)s in halves.toml (Settings, Mail shows how).")
            % {"names": ", ".join(missing)}
        )
    return found


def _read() -> MailSettings:
    try:
        return MailSettings.read(settings.PLACE.settings_file)
    except MailSettingsRefused as refused:
        raise MailNotSet(str(refused)) from refused
