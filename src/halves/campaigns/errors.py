"""What campaigns refuse, by name."""


class CampaignRefused(Exception):
    """Something that a campaign cannot do as asked; the words say why and what to do."""


class FieldWrong(CampaignRefused):
    """Something typed that cannot be; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class NotADraft(CampaignRefused):
    """It is on its way: what it tells whom cannot change any more."""


class NotChecked(CampaignRefused):
    """Nobody has looked yet at whom it goes to, as it is now."""


class MailNotSet(CampaignRefused):
    """Nothing can be sent before the mail settings are there."""


class NotUnderWay(CampaignRefused):
    """It is not scheduled, sending or paused."""


class NotLaunched(CampaignRefused):
    """Nothing was sent of it yet."""


class TokenUnknown(CampaignRefused):
    """A link that this house never made, or that somebody changed."""
