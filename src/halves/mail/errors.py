"""What mail refuses, by name."""


class MailRefused(Exception):
    """Something that cannot be mailed as it is; the words say why and what to do."""


class MailSettingsRefused(MailRefused):
    """A setting of `[mail]` that cannot be what it says; names it and shows the value."""


class HeaderRefused(MailRefused):
    """A header that would be more than one line, or is no address."""


class NotListening(MailRefused):
    """A provider that this house does not listen to, or has no key to check."""


class NotSigned(MailRefused):
    """What was told in a provider's name is not known to be the provider's."""


class ToldBadly(MailRefused):
    """What a provider told cannot be read."""
