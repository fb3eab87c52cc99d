"""Who was erased and comes back, by whatever way, is not contacted there."""

from datetime import timedelta

import pytest

from halves.imports import actions as imports
from halves.imports.models import RunState
from halves.jobs.running import run_job
from halves.keeping.erasing import erase_person
from halves.people.actions import add_person, change_person
from halves.people.arrival import Key, Trust, identify
from halves.people.consenting import consent
from halves.people.models import Consent, Person
from halves.people.reachable import who_may_be_told
from halves.people.timeline import Span, timeline
from tests.house import MONDAY, browser

LATER = MONDAY + timedelta(days=30)
WORDS = "on the suppression list since 5 January 2026"
FILE = (
    "email,name,phone,created\n"
    "grace@example.org,Grace,,2026-01-05\n"
    "Ben@Example.org,Ben,,2026-01-05\n"
    "alan@example.org,Alan,+49 30 901820,2026-01-05\n"
    "joan@example.org,Joan,,2026-01-05\n"
)


@pytest.fixture
def erased(ada):
    """Grace was known by an address, Alan by a number; both asked to be erased."""
    for said in ({"email": "grace@example.org"}, {"phone": "+49 30 901820"}):
        one = add_person(by=ada, at=MONDAY, source="t", name="Someone", **said)
        erase_person(one, by=ada, at=MONDAY)


@pytest.fixture
def joan(ada):
    one = add_person(by=ada, at=MONDAY, source="t", name="Joan", email="joan@example.org")
    said = {"channel": "email", "topic": "", "is_given": False, "how": "a link"}
    consent(one, by=None, at=MONDAY, **said)
    return one


def handed_over(max_, tmp_path):
    run = imports.receive("leads.csv", [FILE.encode()], by=max_, at=LATER)
    return imports.answer(run, {"time_zone": "UTC"}, by=max_, at=LATER)


def done(ask, run, by):
    run_job.call(ask(run, by=by, at=LATER).pk)
    run.refresh_from_db()
    return run


def noes() -> set[tuple[str, str, str]]:
    rows = Consent.objects.filter(is_given=False).exclude(how="a link")
    return set(rows.values_list("person__name", "channel", "how"))


def test_by_hand_an_erased_address_comes_back_with_a_no_and_since_when(ada, erased):
    grace = add_person(by=ada, at=LATER, source="t", name="Grace", email="Grace@example.org")

    assert noes() == {("Grace", "email", WORDS)}
    assert who_may_be_told([grace.pk], channel="email", topic="", at=LATER)[grace.pk] is not None
    assert WORDS in browser(ada).get(f"/people/{grace.pk}/").content.decode()
    assert any(WORDS in f"{one}" for one in timeline(grace, user=ada, span=Span()))


def test_whoever_is_given_such_an_address_later_is_not_written_to_either(ada, erased):
    one = add_person(by=ada, at=LATER, source="t", name="Grace", email="new@example.org")
    said = {"channel": "email", "topic": "", "is_given": True, "how": "a form"}
    consent(one, by=None, at=LATER, **said)

    change = {"by": ada, "at": LATER, "source": "t"}
    change_person(one, version=1, email="grace@example.org", **change)
    change_person(one, version=2, title="Captain", **change)

    assert noes() == {("Grace", "email", WORDS)}
    assert Consent.objects.filter(how=WORDS).count() == 1


def test_a_program_that_knows_them_by_their_address_gets_the_same(ada, erased):
    keys = [Key("email", "grace@example.org"), Key("crm", "7")]
    identify(keys, trust=Trust.SECRET_KEY, source="crm", by=None, at=LATER)

    assert {(channel, how) for _name, channel, how in noes()} == {("email", WORDS)}


def test_a_dry_run_says_how_many_rows_are_on_the_list_or_of_those_who_said_no(
    max_, erased, joan, tmp_path
):
    run = done(imports.check, handed_over(max_, tmp_path), max_)

    assert (run.made["suppressed"], run.made["said_no"]) == (2, 1)
    page = browser(max_).get(f"/imports/{run.pk}/").content.decode()
    assert "2 rows have an address or a number that is on the suppression list" in page
    assert "1 row is of someone who said no." in page
    assert Person.objects.count() == 1


def test_a_file_brings_them_back_with_a_no_on_that_channel_alone(max_, erased, joan, tmp_path):
    run = done(imports.bring_in, handed_over(max_, tmp_path), max_)

    assert run.state == RunState.DONE
    assert noes() == {("Grace", "email", WORDS), ("Alan", "phone", WORDS)}
    assert joan.consents.count() == 1
    assert "2 rows have an address" in browser(max_).get(f"/imports/{run.pk}/").content.decode()


def test_taking_the_file_back_takes_out_those_who_came_with_a_no(max_, erased, joan, tmp_path):
    run = done(imports.bring_in, handed_over(max_, tmp_path), max_)

    run = done(imports.take_back, run, max_)

    assert list(Person.objects.all()) == [joan]
    assert joan.consents.count() == 1


def test_a_number_filled_by_a_file_goes_with_its_no_when_the_file_is_taken_back(
    max_, erased, tmp_path
):
    alan = add_person(by=max_, at=LATER, source="t", name="Alan", email="alan@example.org")
    run = done(imports.bring_in, handed_over(max_, tmp_path), max_)
    assert ("Alan", "phone", WORDS) in noes()

    done(imports.take_back, run, max_)

    alan.refresh_from_db()
    assert (alan.phone, alan.consents.count()) == ("", 0)


def test_a_no_stays_with_whom_a_colleague_has_written_on(max_, erased, tmp_path):
    run = done(imports.bring_in, handed_over(max_, tmp_path), max_)
    grace = Person.objects.get(name="Grace")
    change_person(grace, by=max_, at=LATER, version=grace.version, source="t", title="Captain")

    done(imports.take_back, run, max_)

    assert list(Person.objects.all()) == [grace]
    assert noes() == {("Grace", "email", WORDS)}


def test_without_anyone_on_the_list_nothing_is_said_of_it(max_, tmp_path):
    run = done(imports.bring_in, handed_over(max_, tmp_path), max_)

    assert run.made["suppressed"] == 0
    assert "suppression list" not in browser(max_).get(f"/imports/{run.pk}/").content.decode()
    assert Consent.objects.count() == 0
