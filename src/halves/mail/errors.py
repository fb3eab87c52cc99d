"""What mail refuses, by name."""


class MailRefused(Exception):
    """Something that cannot be mailed as it is; the words say why and what to do."""


class MailSettingsRefused(MailRefused):
    """A setting of `[mail]` that cannot be what it says; names it and shows the value."""


class HeaderRefused(MailRefused):
    """A header that would be more than one line, or is no address."""
