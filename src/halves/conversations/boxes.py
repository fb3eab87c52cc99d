"""Looking into mailboxes now and then: each mail once, whatever breaks in between."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.connect.mailboxes import Mail, MailRefused, Server, read_mail
from halves.connect.mailboxes.imap import Fetched, LoginRefused, MailboxUnreachable, Seen, opened
from halves.conversations.box_models import Mailbox
from halves.conversations.errors import ConversationRefused
from halves.conversations.mailing import colleagues, take_mail
from halves.conversations.sealing import sealed, unsealed
from halves.conversations.servers import servers

EVERY_S = 60.0
_NEXT = timedelta(minutes=5)
_AFTER_FAILURE = timedelta(minutes=30)
_AFTER_REFUSAL = timedelta(hours=6)
_CLAIM = timedelta(minutes=10)
_PASS = re.compile(r"\b(dmarc|dkim)=pass\b(?:[^;]*?\bheader\.(?:from|d|i)=@?([\w.-]+))?", re.I)


def connect_mailbox(
    *, user: User, server: str, address: str, login: str, password: str, since: date, at: datetime
) -> Mailbox:
    """Look into a colleague's own mailbox from now on; what is found there is private to them.

    Raises:
        ConversationRefused: a server that nobody wrote down, or no password yet.
    """
    if server not in servers(settings.PLACE.settings_file):
        raise ConversationRefused("server", _("There is no server of this name."))
    known = Mailbox.objects.filter(user=user).first()
    if not password and (known is None or known.server != server):
        raise ConversationRefused("password", _("Give the password of the mailbox."))
    said = {
        "server": server,
        "address": address.strip().casefold(),
        "login": login.strip() or address.strip(),
        "since": since,
        "is_on": True,
        "said": "",
        "next_at": at,
    }
    if password:
        said["sealed"] = sealed(password, home=settings.PLACE.home)
    if known is not None and (known.server, known.login) != (server, said["login"]):
        said["folders"] = {}
    with transaction.atomic():
        box, _new = Mailbox.objects.update_or_create(user=user, defaults=said)
        after = {"server": server, "login": box.login, "since": since}
        audit.record("mailbox.connect", box, by=user, at=at, after=after)
    return box


def disconnect_mailbox(box: Mailbox, *, by: User, at: datetime) -> None:
    """Look into it no more, and forget its password; what came from it stays."""
    with transaction.atomic():
        audit.record("mailbox.disconnect", box, by=by, at=at, before={"server": box.server})
        box.delete()


def look_into_all(at: datetime) -> int:
    """Look into every mailbox whose time has come; how many mails became turns."""
    known = servers(settings.PLACE.settings_file)
    _mailboxes_for_copies(known, at)
    due = Mailbox.objects.filter(is_on=True, next_at__lte=at).select_related("user")
    return sum(_look_into(box, known.get(box.server), at) for box in due.order_by("next_at"))


def _mailboxes_for_copies(known: Mapping[str, Server], at: datetime) -> None:
    """One row for each mailbox that copies go to, so that it is known how far it was read."""
    for server in known.values():
        if server.copies_to:
            said = {"server": server.name, "login": server.login or server.copies_to}
            defaults = said | {"since": at.date(), "next_at": at}
            address = server.copies_to.casefold()
            Mailbox.objects.get_or_create(user=None, address=address, defaults=defaults)


def _look_into(box: Mailbox, server: Server | None, at: datetime) -> int:
    free = Q(claimed_until=None) | Q(claimed_until__lt=at)
    mine = Mailbox.objects.filter(free, pk=box.pk, is_on=True, next_at__lte=at)
    # One conditional UPDATE, so that of two workers one looks.
    if not mine.update(claimed_until=at + _CLAIM):
        return 0
    said, is_on, wait, before = "", True, _NEXT, box.logged
    try:
        said = _read(box, server, at)
        is_on = not said
    except LoginRefused as failed:
        # Not tried again by itself: servers lock mailboxes that are knocked at in vain.
        said, is_on, wait = str(failed), False, _AFTER_REFUSAL
    except MailboxUnreachable as failed:
        said, wait = str(failed), _AFTER_FAILURE
    is_on = is_on or box.user is None  # the settings alone say whether copies are looked for
    state = {"is_on": is_on, "said": said[:300], "looked_at": at, "next_at": at + wait}
    Mailbox.objects.filter(pk=box.pk).update(claimed_until=None, **state)
    box.refresh_from_db()
    return box.logged - before


def _read(box: Mailbox, server: Server | None, at: datetime) -> str:
    """Take what is new; in words what keeps us from it."""
    if server is None or (box.user is None and server.copies_to.casefold() != box.address):
        return _("This server is not in halves.toml any more.")
    if box.user is not None and not box.user.is_active:
        return _("Whose mailbox it was works here no more.")
    password = server.password
    if box.user is not None:
        password = unsealed(box.sealed, home=settings.PLACE.home) or ""
    if not password:
        return _("The password cannot be read: give it again.")
    seen = {folder: Seen(*told) for folder, told in box.folders.items()}
    ours = colleagues() | {box.address}
    with opened(server, box.login, password) as mailbox:
        for mail in mailbox.new(seen, since=box.since):
            _take(box, server, mail, ours, at)
    return ""


def _take(
    box: Mailbox, server: Server, fetched: Fetched, ours: frozenset[str], at: datetime
) -> None:
    """One mail and how far the folder was read, in one transaction."""
    with transaction.atomic():
        turns = 0
        try:
            mail = read_mail(fetched.data) if fetched.data else None
            owner, via = _owner(box, server, mail)
            if mail is not None and owner is not None:
                turns = take_mail(mail, owner=owner, ours=ours, via=via, at=at).turns
        except MailRefused:
            turns = 0
        box.folders[fetched.folder] = [fetched.seen.validity, fetched.seen.last]
        Mailbox.objects.filter(pk=box.pk).update(
            folders=box.folders,
            logged=F("logged") + turns,
            passed_over=F("passed_over") + int(not turns),
        )


def _owner(box: Mailbox, server: Server, mail: Mail | None) -> tuple[User | None, str]:
    """Whose mail it is, and how it came; nobody's if it may be forged."""
    if box.user is not None or mail is None:
        return box.user, "box"
    colleague = User.objects.filter(email__iexact=mail.sender, is_active=True).first()
    if colleague is None:
        return None, "copy"
    if not server.trusted:
        return colleague, "unchecked-copy"
    return (colleague, "copy") if is_vouched_for(mail, server.trusted) else (None, "copy")


def is_vouched_for(mail: Mail, trusted: str) -> bool:
    """Say whether our own server found a mail to be from the domain that it says it is from.

    Only the topmost header of our server's name counts: those below may have come with the mail.
    """
    own = [one for one in mail.results if one.split(";")[0].split()[:1] == [trusted]]
    domain = mail.sender.rpartition("@")[2]
    for method, of in _PASS.findall(own[0]) if own else ():
        is_its = not of or of.casefold() == domain or domain.endswith(f".{of.casefold()}")
        if (method.casefold() == "dmarc" and is_its) or (
            method.casefold() == "dkim" and of and is_its
        ):
            return True
    return False
