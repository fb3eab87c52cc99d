"""Whatever happens in whatever order, nobody who said no gets a mail.

The model knows only what each person said last, in words a child would use; the house is asked to
send at any moment. Mails go to a back end that keeps them, in place of the line.
"""

from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from django.conf import settings as django_settings
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from halves.access.models import Role
from halves.audiences.actions import make_list, put_on
from halves.campaigns import actions, hearing, links, sending
from halves.campaigns.links import Kind
from halves.campaigns.models import Campaign, Message
from halves.keeping.actions import lift_lock
from halves.keeping.erasing import erase_person
from halves.keeping.models import RestoreLock
from halves.keeping.refusals import replay
from halves.keeping.restoring import settle
from halves.mail.outcomes import Outcome, What
from halves.mail.settings import MailSettings
from halves.people.actions import add_person
from halves.people.consenting import consent
from halves.people.errors import PeopleError
from halves.people.merging import merge
from halves.people.models import Consent, Person
from halves.place import Place
from halves.posting.journal import Journal
from tests.campaigns.company import settings_file, story
from tests.house import MONDAY, colleague

NAMES = ("ann", "bob", "cyd", "dee")
_WHO = st.sampled_from(NAMES)


class _Kept:
    """Takes whatever comes, or says that there is no such address."""

    at_once = 2

    def __init__(self) -> None:
        self.to: list[str] = []
        self.bad: set[str] = set()

    def ready(self, mail):
        return mail

    def started(self, mails):
        found = []
        for mail, _ in mails:
            one: Future = Future()
            if mail.to in self.bad:
                one.set_result(Outcome(What.REFUSED, "550 5.1.1", is_bad_address=True))
            else:
                self.to.append(mail.to)
                one.set_result(Outcome(What.SENT))
            found.append(one)
        return found

    def close(self):
        pass


class Consents(RuleBasedStateMachine):
    """People join, leave, complain, bounce, are imported, merged, erased, restored, and sent to."""

    @initialize()
    def begin(self):
        self.folder = TemporaryDirectory()
        home = Path(self.folder.name) / "home"
        home.mkdir()
        self.was = django_settings.PLACE
        django_settings.PLACE = Place(home, home / "halves.toml")
        links._key.cache_clear()
        settings_file(django_settings.PLACE.settings_file, 1, more="")
        self.at = MONDAY
        self.by = colleague("Ada", Role.OWNER)
        self.told = story(self.by)
        self.audience = make_list(name="all", by=None, at=MONDAY)
        self.kept = _Kept()
        self.no: set[str] = set()  # addresses whose person's last word is no
        self.yes: set[str] = set()
        self.together: dict[str, str] = {}
        self.numbers = 0

    def teardown(self):
        if hasattr(self, "folder"):
            django_settings.PLACE = self.was
            self.folder.cleanup()

    @rule(who=_WHO)
    def joins(self, who):
        if self._address(who) in self.erased_addresses():
            return
        person = self._person(who) or self._added(who)
        self._says(person, True, topic="news")
        self._now(who, "yes")

    @rule(who=_WHO)
    def is_imported(self, who):
        """An import brings a record, also of someone known: it gives no consent."""
        if self._person(who) is None:
            self._added(who)

    @rule(who=_WHO, topic=st.sampled_from(["news", ""]))
    def says_no(self, who, topic):
        if person := self._person(who):
            self._says(person, False, topic=topic)
            self._now(who, "no")

    @rule(who=_WHO)
    def says_no_to_everything_then_yes_to_news_only(self, who):
        if person := self._person(who):
            self._says(person, False, channel="*")
            self._says(person, True, topic="news")
            self._says(person, False, topic="news")
            self._now(who, "no")

    @rule()
    def one_complains(self):
        if row := Message.objects.filter(state="sent").order_by("-pk").first():
            hearing.complained(row, how="complaint", at=self._tick())
            self._now_person(row.person, "no")

    @rule()
    def one_leaves_by_the_link_of_an_old_mail(self):
        row = Message.objects.filter(state="sent").order_by("pk").first()
        if row is None:
            return
        said = {"person": row.person_id, "ledger_id": row.person.ledger_id}
        token = links.token(Kind.UNSUBSCRIBE, **said, campaign=row.campaign_id, place=0)
        hearing.unsubscribe(links.read(Kind.UNSUBSCRIBE, token), how="link", at=self._tick())
        self._now_person(row.person, "no")

    @rule(who=_WHO)
    def an_address_goes_dead(self, who):
        self.kept.bad.add(self._address(who))

    @rule(kept=_WHO, gone=_WHO)
    def two_are_merged(self, kept, gone):
        one, other = self._person(kept), self._person(gone)
        if one is None or other is None or one.pk == other.pk:
            return
        was_no = {self._state(one), self._state(other)}
        try:
            merge(one, other, by=None, at=self._tick(), why="t")
        except PeopleError:
            return
        one.refresh_from_db()
        self._now_person(one, "no" if "no" in was_no else "yes" if "yes" in was_no else "")

    @rule(who=_WHO)
    def is_erased(self, who):
        if person := self._person(who):
            erase_person(person, by=None, at=self._tick())
            self.no.add(self._address(who))

    @rule()
    def a_backup_from_before_everyone_s_no_is_restored(self):
        """The newest refusals are gone from the tables; the journal has them."""
        Consent.objects.filter(is_given=False, at__gt=MONDAY).delete()
        replay(Journal.of(django_settings.PLACE.home), since=MONDAY, at=self._tick())
        settle(at=self.at)

    @rule()
    def a_restore_without_its_journal_locks(self):
        lock = RestoreLock.objects.create(why="t", at=self._tick())
        before = len(self.kept.to)
        self._send()
        assert len(self.kept.to) == before
        lift_lock(lock, by=self.by, at=self._tick())

    @precondition(lambda self: Person.objects.filter(merged_into=None).exists())
    @rule()
    def a_campaign_is_sent(self):
        people = list(Person.objects.values_list("pk", flat=True))
        put_on(self.audience, people, by=self.by, at=self._tick())
        before = len(self.kept.to)
        self._launch()
        self._send()
        for address in self.kept.to[before:]:
            assert address not in self.no, f"{address} said no"
            assert address in self.yes, f"{address} never said yes"
        assert len(set(self.kept.to[before:])) == len(self.kept.to[before:])

    def erased_addresses(self):
        return {self._address(who) for who in NAMES if self._person(who) is None} & self.no

    def _launch(self):
        self.numbers += 1
        one = actions.draft(
            by=self.by,
            at=self.at,
            title=f"Letter {self.numbers}",
            audience=self.audience,
            topic="news",
            holdout_share=0.0,
            steps=[{"story": self.told}],
        )
        Campaign.objects.filter(pk=one.pk).update(
            state="checked", check_found={"version": one.version, "reached": 1}
        )
        actions.launch(one, by=self.by, at=self._tick())

    def _send(self):
        said = MailSettings.read(django_settings.PLACE.settings_file)
        sender = sending.Sender(said, (), lambda: self.at)
        sender._back_end.close()
        sender._back_end = self.kept
        sending._senders["one"] = sender
        self._tick()
        for _ in range(3):
            sending.look_after(self.at, clock=lambda: self.at)
        sending._senders.clear()

    def _tick(self):
        self.at += timedelta(minutes=1)
        return self.at

    def _address(self, who):
        return f"{who}@people.example"

    def _person(self, who) -> Person | None:
        found = Person.objects.filter(identifiers__value=self._address(who)).first()
        while found is not None and found.merged_into is not None:
            found = found.merged_into
        return found

    def _added(self, who) -> Person:
        email = self._address(who)
        with transaction.atomic():
            return add_person(by=None, at=self._tick(), source="t", name=who, email=email)

    def _says(self, person, is_given, *, channel="email", topic=""):
        consent(
            person,
            channel=channel,
            topic=topic,
            is_given=is_given,
            how="t",
            by=None,
            at=self._tick(),
        )

    def _now(self, who, said):
        if person := self._person(who):
            self._now_person(person, said)

    def _state(self, person):
        address = person.email
        return "no" if address in self.no else "yes" if address in self.yes else ""

    def _now_person(self, person, said):
        """What holds for a person holds at every address that they are known by."""
        while person.merged_into is not None:
            person = person.merged_into
        every = {one.value for one in person.identifiers.filter(kind="email")} | {person.email}
        if said == "yes":
            if self._is_refused_for_good(person):
                return
            self.no -= every
            self.yes |= every
        elif said == "no":
            self.no |= every

    def _is_refused_for_good(self, person):
        """A no to everything stands until a yes to everything, which nobody here says."""
        return any(not one.is_given for one in Consent.objects.filter(person=person, channel="*"))


@pytest.mark.parametrize("examples", [12, pytest.param(150, marks=pytest.mark.slow)])
def test_nobody_who_said_no_gets_a_mail(house, examples):
    class Alone(Consents):
        def teardown(self):
            super().teardown()
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

        @initialize()
        def begin(self):
            self.around = transaction.atomic()
            self.around.__enter__()
            super().begin()

    run_state_machine_as_test(
        Alone,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
