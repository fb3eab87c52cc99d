"""Sending what is due: claim, look at everyone once more, write, hand over, record.

Two workers may do this at once, and one may die at any moment: see `claiming`. The last look at who
may be told is taken right before each few mails go on the line.
"""

import logging
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db.models import Q

from halves.audiences.errors import AudienceRefused
from halves.campaigns import claiming, drawing, recording
from halves.campaigns.composing import Composer, Recipient
from halves.campaigns.errors import MailNotSet
from halves.campaigns.gate import verdicts
from halves.campaigns.models import OPEN, Campaign, Message, State, Step
from halves.campaigns.sending_settings import insist_on
from halves.campaigns.ways import Short, consent_of
from halves.keeping.models import RestoreLock
from halves.mail.back_ends import BackEnd, back_end
from halves.mail.errors import HeaderRefused, MailRefused
from halves.mail.outcomes import Outcome, What
from halves.mail.pace import Pace
from halves.mail.settings import MailSettings
from halves.mail.signing import Key, keys
from halves.mail.writing import Mail
from halves.people.models import Person
from halves.people.reachable import EMAIL, addresses_of, who_may_be_told
from halves.stories import facts
from halves.stories.errors import StoryError

Clock = Callable[[], datetime]
_CLAIMED = 200  # at a time
_EVERYBODY = 5  # refused together, and none taken: the server refuses us, not them
_TURN = timedelta(seconds=20)  # for one campaign, then the next has one
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=2)
_log = logging.getLogger("halves.campaigns")


@dataclass(frozen=True)
class _Ready:
    """A message, written for its person."""

    message: Message
    to: Recipient
    mail: Mail
    body: Any


class Sender:
    """One worker's way of sending: its lines, its pace, and how long the server is left alone."""

    def __init__(
        self,
        settings: MailSettings,
        signed_by: Sequence[Key],
        clock: Clock,
        *,
        channel: str = EMAIL,
    ) -> None:
        self.settings, self.signed_by, self._clock = settings, signed_by, clock
        self.worker, self.channel = uuid.uuid4().hex, channel
        is_mail = channel == EMAIL
        self._back_end: BackEnd = back_end(settings, signed_by) if is_mail else Short(channel)
        self._pace = Pace(settings.a_minute)
        self._down_until: datetime | None = None
        self._wait = _FIRST_WAIT
        self._refuses_all = False  # the server refused everybody of the last few

    def send(self, campaign: Campaign) -> int:
        """Send what is due of a campaign, for one turn; how many mails went."""
        over, gone = self._clock() + _TURN, 0
        while (at := self._clock()) < over:
            if self._down_until is not None and at < self._down_until:
                break
            claimed = claiming.claim(campaign, self.worker, size=_CLAIMED, at=at)
            if not claimed:
                break
            gone += self._send_claimed(campaign, claimed)
        return gone

    def close(self) -> None:
        """Hang up."""
        self._back_end.close()

    @property
    def _other_side(self) -> str:
        return "The mail server" if self.channel == EMAIL else f"The channel {self.channel}"

    @property
    def _thing(self) -> str:
        return "mail" if self.channel == EMAIL else "message"

    def _send_claimed(self, campaign: Campaign, claimed: list[int]) -> int:
        gone = 0
        try:
            rows = Message.objects.filter(pk__in=claimed).order_by("due_at", "pk")
            by_step: dict[int, list[Message]] = {}
            for row in rows:
                by_step.setdefault(row.step_id, []).append(row)
            for step in campaign.steps.filter(pk__in=by_step).select_related("told"):
                gone += self._send_step(campaign, step, by_step[step.pk])
        finally:
            claiming.put_back(claimed, self.worker)  # those that are claimed still
        return gone

    def _send_step(self, campaign: Campaign, step: Step, rows: list[Message]) -> int:
        composer, gone = Composer(campaign, step, self.settings), 0
        open_rows = self._left_in(campaign, step, rows)
        people = _recipients(open_rows, campaign.channel)
        groups = _groups(open_rows, self._back_end.at_once)
        ready = self._written(composer, next(groups, []), people)
        while ready:
            handed = self._handed_over(campaign, ready)
            ready = self._written(composer, next(groups, []), people)  # while those are on the line
            outcomes = {key: one.result() for key, one in handed.items()}
            gone += self._recorded(campaign, step, outcomes)
            if self._down_until is not None:
                break
        return gone

    def _left_in(self, campaign: Campaign, step: Step, rows: list[Message]) -> list[Message]:
        """Those who get it now; the others are left out, or wait."""
        at = self._clock()
        pks = [row.person_id for row in rows]
        found = verdicts(campaign, step, pks, most_a_week=self.settings.most_a_week, at=at)
        waits: dict[datetime, list[int]] = {}
        skips: dict[str, list[int]] = {}
        for row in rows:
            verdict = found.get(row.person_id)
            if verdict is not None and verdict.until is not None:
                waits.setdefault(verdict.until, []).append(row.pk)
            elif verdict is not None:
                skips.setdefault(verdict.why, []).append(row.pk)
        for why, some in skips.items():
            claiming.skip(some, self.worker, why=why)
        going = self._within_rates([row for row in rows if row.person_id not in found], waits, at)
        for until, some in waits.items():
            claiming.put_back(some, self.worker, due_at=until)
        return going

    def _within_rates(
        self, rows: list[Message], waits: dict[datetime, list[int]], at: datetime
    ) -> list[Message]:
        """Those whose domain takes them now; the others wait, each for a moment of its own."""
        going = []
        for row in rows:
            domain = self._domain(row.address)
            if self._pace.free_at(domain, at) > at:
                waits.setdefault(self._pace.slot(domain, at), []).append(row.pk)
            else:
                self._pace.took(domain, at)
                going.append(row)
        return going

    def _domain(self, address: str) -> str:
        """What has a pace of its own: the domain of an address, or the whole channel."""
        return address.rpartition("@")[2] if self.channel == EMAIL else self.channel

    def _written(
        self, composer: Composer, rows: list[Message], people: dict[int, Recipient]
    ) -> list[_Ready]:
        at, found = self._clock(), []
        for row in rows:
            to = people.get(row.person_id)
            if to is None:  # no address by now: the last look says why
                to = Recipient(row.person_id, "", "", facts.nobody())
                mail = Mail("", row.address, "", "", "", row.key, at)
                found.append(_Ready(row, to, mail, None))
                continue
            try:
                mail = composer.mail(row, to, at=at)
                found.append(_Ready(row, to, mail, self._back_end.ready(mail)))
            except (StoryError, HeaderRefused) as refused:
                recording.failed([row.pk], self.worker, words=str(refused))
        return found

    def _handed_over(self, campaign: Campaign, ready: list[_Ready]) -> "dict[int, Future[Outcome]]":
        """The last look, the mark, and off they go."""
        at = self._clock()
        pks = [one.message.person_id for one in ready]
        consent = consent_of(campaign.channel)
        refused = who_may_be_told(pks, channel=consent, topic=campaign.topic, at=at)
        going: list[_Ready] = []
        for one in ready:
            why = refused[one.message.person_id]
            free = self._pace.left_until(self._domain(one.mail.to), at)
            if why is not None:
                claiming.skip([one.message.pk], self.worker, why=str(why))
            elif free > at:
                claiming.put_back([one.message.pk], self.worker, due_at=free)
            elif one.body is not None:
                going.append(one)
        if not going:
            return {}
        addresses = {one.message.pk: one.to.address for one in going}
        marked = claiming.mark(campaign, self.worker, addresses, at=at)
        going = [one for one in going if one.message.pk in marked]
        futures = self._back_end.started([(one.mail, one.body) for one in going])
        self._domains = {one.message.pk: self._domain(one.mail.to) for one in going}
        return {one.message.pk: future for one, future in zip(going, futures, strict=True)}

    def _recorded(self, campaign: Campaign, step: Step, outcomes: dict[int, Outcome]) -> int:
        if not outcomes:
            return 0
        at = self._clock()
        blocked = _blocked(outcomes, least=1 if self._refuses_all else _EVERYBODY)
        self._refuses_all, outcomes = bool(blocked), blocked or outcomes
        recording.record(campaign, step, self.worker, outcomes, at=at)
        down = next((one for one in outcomes.values() if one.what == What.DOWN), None)
        sent = sum(one.what == What.SENT for one in outcomes.values())
        for key, one in outcomes.items():
            if one.what == What.LATER and not blocked:
                self._pace.slow_down(self._domains[key], at)
            elif one.what == What.SENT:
                self._pace.went_well(self._domains[key])
        if blocked:
            words = next(iter(blocked.values())).words
            _trouble(campaign, f"{self._other_side} refuses every {self._thing}: {words}", at)
        elif down is not None and not sent:
            self._down_until = at + self._wait
            self._wait = min(_LONGEST_WAIT, self._wait * 2)
            _trouble(campaign, f"{self._other_side} takes nothing: {down.words}", at)
        else:
            self._down_until, self._wait = None, _FIRST_WAIT
            _trouble(campaign, "", at)
        return sent


_senders: dict[str, Sender] = {}


def look_after(at: datetime, *, clock: Clock = lambda: datetime.now(UTC)) -> int:
    """Start what is due, send, and end what is through: what a worker does all the time.

    Returns:
        How many mails went.
    """
    claiming.release_lost(at=at)
    start_due(at=at)
    sending = list(Campaign.objects.filter(state=State.SENDING).order_by("launched_at", "pk"))
    if not sending:
        return 0
    gone = 0
    for campaign in sending:
        try:
            if campaign.drawn_at is None and not drawing.draw(campaign, at=clock()):
                continue
            sender = _sender(campaign.channel, clock)
            if isinstance(sender, str):
                _trouble(campaign, sender, clock())
                continue
            gone += sender.send(campaign)
            end_if_through(campaign, at=clock())
        except AudienceRefused as refused:
            _trouble(campaign, str(refused), clock())
        except StoryError as refused:
            _trouble(campaign, str(refused), clock())
    return gone


def start_due(*, at: datetime) -> int:
    """Begin campaigns whose time has come; none while a restore's lock holds."""
    if RestoreLock.objects.filter(lifted_at=None).exists():
        return 0
    due = Q(send_from=None) | Q(send_from__lte=at)
    return Campaign.objects.filter(due, state=State.SCHEDULED).update(state=State.SENDING)


def end_if_through(campaign: Campaign, *, at: datetime) -> bool:
    """Say that a campaign is sent, once nothing of it waits."""
    if Message.objects.filter(campaign=campaign, state__in=OPEN).exists():
        return False
    through = Campaign.objects.filter(pk=campaign.pk, state=State.SENDING, drawn_at__isnull=False)
    return bool(through.update(state=State.SENT, ended_at=at, trouble="", trouble_at=None))


def _sender(channel: str, clock: Clock) -> Sender | str:
    """This process's sender, made anew when the settings change; or what is wrong with them."""
    place = django_settings.PLACE
    try:
        settings = (
            insist_on(channel) if channel != EMAIL else MailSettings.read(place.settings_file)
        )
        signed_by = keys(place.home)
        known = _senders.get(channel)
        if known is None or (known.settings, known.signed_by) != (settings, signed_by):
            if known is not None:
                known.close()
            known = _senders[channel] = Sender(settings, signed_by, clock, channel=channel)
        known._clock = clock
        return known
    except (MailRefused, MailNotSet) as refused:
        return str(refused)
    except Exception:
        _log.error("no way to send\n%s", traceback.format_exc())
        raise


def _trouble(campaign: Campaign, words: str, at: datetime) -> None:
    """Say on the campaign's page what keeps mails from going, or that nothing does any more."""
    told = Campaign.objects.filter(pk=campaign.pk, state=State.SENDING)
    told = told.exclude(trouble=words[:300])
    told.update(trouble=words[:300], trouble_at=at if words else None)


def _blocked(outcomes: dict[int, Outcome], *, least: int) -> dict[int, Outcome]:
    """The outcomes as put off, where a server says no to everybody, whoever they are.

    It is us whom it does not like: somebody can mend that, and then nobody has missed the mail.
    """
    is_all = all(one.what == What.REFUSED and not one.is_bad_address for one in outcomes.values())
    if len(outcomes) < least or not is_all:
        return {}
    return {key: Outcome(What.LATER, one.words) for key, one in outcomes.items()}


def _groups(rows: list[Message], size: int) -> Iterator[list[Message]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _recipients(rows: list[Message], channel: str) -> dict[int, Recipient]:
    pks = [row.person_id for row in rows]
    known, addresses = facts.of_people(pks), addresses_of(pks, channel=consent_of(channel))
    ids = Person.objects.filter(pk__in=pks).values_list("pk", "ledger_id")
    return {
        pk: Recipient(pk, ledger_id, addresses[pk], known[pk])
        for pk, ledger_id in ids
        if pk in addresses and pk in known
    }
