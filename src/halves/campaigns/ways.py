"""Ways that a campaign goes: mail, and the channels of `connect/channels`, which take short words.

A channel that is copied there is a way at once: what it needs of a person, it says itself.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import lru_cache

from halves.connect.channels import CHANNELS, Channel, Needs, Text
from halves.connect.channels import What as ChannelWhat
from halves.mail.outcomes import Outcome, What
from halves.mail.writing import Mail
from halves.people.reachable import EMAIL, way

_CAME: Mapping[ChannelWhat, What] = {
    ChannelWhat.SENT: What.SENT,
    ChannelWhat.LATER: What.LATER,
    ChannelWhat.FAILED: What.REFUSED,
    ChannelWhat.UNKNOWN: What.UNKNOWN,
    ChannelWhat.DOWN: What.DOWN,
}


def names() -> Sequence[str]:
    """All ways: as the ledger calls the channels."""
    return (EMAIL, *CHANNELS)


def consent_of(channel: str) -> str:
    """The channel that people must have said yes to."""
    return _needs(channel).consent if channel in CHANNELS else EMAIL


def address_of(channel: str) -> str:
    """The kind of address that it goes to: `email` or `phone`."""
    return str(_needs(channel).address) if channel in CHANNELS else EMAIL


def register() -> None:
    """Say which address each channel writes to, and that it needs a yes."""
    for name in CHANNELS:
        way(consent_of(name), kind=address_of(name))


def not_ready(channel: str) -> str:
    """What a channel has not been told yet, in words; empty: it can send."""
    one = CHANNELS[channel]()
    try:
        return one.is_ready()
    finally:
        one.close()


@lru_cache(maxsize=64)
def _needs(channel: str) -> Needs:
    one = CHANNELS[channel]()
    one.close()
    return one.needs


class Short:
    """A channel, as the sending engine hands messages over."""

    def __init__(self, channel: str) -> None:
        self._channel: Channel = CHANNELS[channel]()
        self.at_once = self._channel.at_once

    def ready(self, mail: Mail) -> Text:
        """The words, with the key that the other side knows repeats by."""
        key = mail.message_id.partition("@")[0]
        return Text(key=key, to=mail.to, text=mail.text, facts=dict(mail.headers))

    def started(self, mails: Sequence[tuple[Mail, Text]]) -> "list[Future[Outcome]]":
        """Each once; the outcomes are known when this returns."""
        found: list[Future[Outcome]] = []
        for one in self._channel.send([text for _mail, text in mails]):
            done: Future[Outcome] = Future()
            done.set_result(
                Outcome(
                    _CAME[one.what],
                    one.words,
                    is_bad_address=one.is_bad_address,
                    server_id=one.id[:200],
                )
            )
            found.append(done)
        return found

    def close(self) -> None:
        """Hang up."""
        self._channel.close()
