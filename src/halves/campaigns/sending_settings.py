"""The mail settings of a campaign: without them nothing is launched."""

from django.conf import settings
from django.utils.translation import gettext as _

from halves.campaigns.errors import MailNotSet
from halves.mail.errors import MailSettingsRefused
from halves.mail.settings import MailSettings


def insist_on_mail() -> MailSettings:
    """The mail settings, if something can be sent with them.

    Raises:
        MailNotSet: says what to do.
    """
    try:
        found = MailSettings.read(settings.PLACE.settings_file)
    except MailSettingsRefused as refused:
        raise MailNotSet(str(refused)) from refused
    if missing := found.missing():
        raise MailNotSet(
            _("Nothing can be sent yet: say %(names)s in halves.toml (Settings, Mail shows how).")
            % {"names": ", ".join(missing)}
        )
    return found
