"""Mail out of a file that a colleague gives: it is theirs, and private, as from their mailbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.utils.translation import gettext as _

from halves.access.models import User
from halves.connect.mailboxes import MailRefused, mails_in, read_mail
from halves.conversations.errors import ConversationRefused
from halves.conversations.mailing import colleagues, take_mail

MOST_MAILS = 2_000  # in one file: more are for a mailbox
_SHOWN = 20


@dataclass
class MailsTaken:
    """What became of the mails of a file."""

    mails: int = 0
    turns: int = 0
    passed_over: int = 0
    unknown: tuple[str, ...] = ()


def take_mails(file: BinaryIO, *, by: User, at: datetime) -> MailsTaken:
    """Let each mail of a file be a turn of a thread; what came before is found, not added.

    Raises:
        ConversationRefused: there is no mail in it, or there are too many.
    """
    found, unknown, ours = MailsTaken(), {}, colleagues()
    for data in mails_in(file):
        found.mails += 1
        if found.mails > MOST_MAILS:
            words = _("There are more than %(most)s mails in it: cut it, or connect the mailbox.")
            raise ConversationRefused("file", words % {"most": MOST_MAILS})
        try:
            taken = take_mail(read_mail(data), owner=by, ours=ours, via="file", at=at)
        except MailRefused:
            found.passed_over += 1
            continue
        found.turns += taken.turns
        found.passed_over += not taken.turns
        unknown |= dict.fromkeys(taken.unknown)
    if not found.mails:
        raise ConversationRefused("file", _("There is no mail in this file."))
    found.unknown = tuple(unknown)[:_SHOWN]
    return found
