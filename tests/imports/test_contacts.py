"""Files of contacts become people: found again by exact keys, filled, and taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from halves.imports import actions
from halves.imports.contacts import CHUNK
from halves.imports.models import ImportPart, ImportRun, RunState
from halves.jobs.errors import JobLost
from halves.jobs.models import Job, State
from halves.jobs.running import run_job
from halves.people.actions import add_person, note
from halves.people.models import Account, Identifier, Person
from halves.people.queries import Asked, people_asked
from halves.people.timeline import Span, timeline
from halves.posting.book import book
from tests.connect.known_exports import hubspot_companies, hubspot_contacts, hubspot_deals
from tests.house import MONDAY

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = {"time_zone": "Europe/Berlin"}


def handed_over(path, by, **said) -> ImportRun:
    run = actions.receive(path.name, [path.read_bytes()], by=by, at=AT)
    return actions.answer(run, ZONE | said, by=by, at=AT)


def brought_in(path, by, **said) -> ImportRun:
    run = worked(actions.bring_in, handed_over(path, by, **said), by)
    assert run.state == RunState.DONE, run.job.words
    return run


def worked(ask, run, by, *, at=AT) -> ImportRun:
    """Ask for work, and have the worker do it."""
    run_job.call(ask(run, by=by, at=at).pk)
    return ImportRun.objects.select_related("job").get(pk=run.pk)


def csv(path, text):
    path.write_text(text)
    return path


def test_hubspot_contacts_become_people_with_their_address_and_company(max_, tmp_path):
    run = brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_)

    person = Person.objects.get(email="ana7@example.org")
    assert (person.ledger_id, person.name, person.title) == ("1007", "Ana Müller, 7", "Buyer")
    assert person.account.ledger_id == "9003"
    assert person.account.name == "Acme; Söhne"
    assert {(one.kind, one.value) for one in person.identifiers.all()} == {
        ("email", "ana7@example.org"),
        ("hubspot", "1007"),
    }
    assert run.rows == {"people": 40, "contacts": 40}
    assert people_asked(max_, Asked(search="muller ana7")).get() == person
    assert book().read("people").num_rows == 40


def test_companies_fill_the_accounts_that_contacts_named(max_, tmp_path):
    brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_)
    brought_in(hubspot_companies(tmp_path / "companies.csv"), max_)

    acme = Account.objects.get(ledger_id="9001")
    assert (acme.domain, acme.website, acme.industry) == (
        "acme.test",
        "https://acme.test",
        "RETAIL",
    )
    assert Account.objects.count() == 3
    assert Person.objects.count() == 40  # a company that stands in for a buyer is nobody


def test_the_same_file_again_changes_nothing(max_, tmp_path):
    path = hubspot_contacts(tmp_path / "contacts.csv")
    brought_in(path, max_)
    before = list(Person.objects.order_by("pk").values())

    again = brought_in(path, max_)

    assert list(Person.objects.order_by("pk").values()) == before
    assert again.made == {"again": True}
    assert Identifier.objects.count() == 80


def test_a_newer_file_of_the_same_contacts_makes_nobody_twice(max_, tmp_path):
    brought_in(hubspot_contacts(tmp_path / "contacts.csv", many=5), max_)
    brought_in(hubspot_contacts(tmp_path / "contacts.csv", many=8), max_)

    assert Person.objects.count() == 8


def test_someone_known_is_filled_and_never_overwritten(max_, tmp_path):
    ana = add_person(by=max_, at=MONDAY, source="typed", name="Anastasia", email="ana0@example.org")

    brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_)

    ana.refresh_from_db()
    assert (ana.name, ana.title, ana.region) == ("Anastasia", "Buyer", "Germany")
    assert Person.objects.count() == 40


def test_a_file_that_is_newer_replaces_what_we_knew(max_, tmp_path):
    ana = add_person(by=max_, at=MONDAY, source="typed", name="Anastasia", email="ana0@example.org")

    brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_, is_newer=True)

    ana.refresh_from_db()
    assert ana.name == "Ana Müller, 0"


def test_touches_of_someone_known_show_under_the_id_they_had(max_, tmp_path):
    ana = add_person(by=max_, at=MONDAY, source="typed", name="Ana", email="ana0@example.org")

    brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_)

    assert book().known_as(ana.ledger_id) == sorted(["1000", ana.ledger_id])


def test_an_owner_is_found_by_name_or_address(max_, ben, tmp_path):
    text = (
        "Record ID,First Name,Last Name,Email,Contact owner,Lifecycle Stage,Lead Status,"
        "Create Date,Associated Company\n"
        "1,A,B,a@example.org,Ben,lead,NEW,2026-01-01 09:00,\n"
        "2,C,D,c@example.org,MAX@example.org,lead,NEW,2026-01-01 09:00,\n"
        "3,E,F,e@example.org,Nobody Known,lead,NEW,2026-01-01 09:00,\n"
    )
    brought_in(csv(tmp_path / "contacts.csv", text), max_)

    owners = dict(Person.objects.values_list("ledger_id", "owner__name"))
    assert owners == {"1": "Ben", "2": "Max", "3": None}
    assert Person.objects.get(ledger_id="1").team == ben.team


def test_undo_takes_out_whom_it_made_and_gives_back_what_it_filled(max_, tmp_path):
    ana = add_person(by=max_, at=MONDAY, source="typed", name="Anastasia", email="ana0@example.org")
    run = brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_, is_newer=True)

    run = worked(actions.take_back, run, max_)

    ana.refresh_from_db()
    assert run.state == RunState.UNDONE
    assert list(Person.objects.all()) == [ana]
    assert (ana.name, ana.title, ana.account) == ("Anastasia", "", None)
    assert ana.words == "anastasia ana0 example org"
    assert list(ana.identifiers.values_list("kind", flat=True)) == ["email"]
    assert Account.objects.count() == 0
    assert ImportPart.objects.count() == 0
    assert book().read("people").num_rows == 0
    assert book().known_as(ana.ledger_id) == [ana.ledger_id]


def test_undo_leaves_whom_a_colleague_wrote_on(max_, tmp_path):
    run = brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_)
    met = Person.objects.get(email="ana3@example.org")
    note(met, "Called back", by=max_, at=AT)

    run = worked(actions.take_back, run, max_)

    assert list(Person.objects.all()) == [met]
    assert run.job.result["gone"]["stay"] == 2  # and the account they belong to


def test_after_undo_the_file_may_come_in_again(max_, tmp_path):
    path = hubspot_contacts(tmp_path / "contacts.csv")
    run = brought_in(path, max_)
    run = worked(actions.take_back, run, max_)

    run = worked(actions.bring_in, run, max_, at=AT + timedelta(hours=1))

    assert run.state == RunState.DONE
    assert Person.objects.count() == 40


def test_a_number_that_is_none_is_left_out_and_told_with_its_row(max_, tmp_path):
    text = (
        "email,name,phone,created\n"
        "ada@example.org,Ada,+49 30 901820,2026-01-01\n"
        "not an address,Ben,call me,2026-01-02\n"
    )
    run = brought_in(csv(tmp_path / "leads.csv", text), max_)

    assert Person.objects.get(email="ada@example.org").phone == "+4930901820"
    assert Person.objects.get(name="Ben").phone == ""
    (contacts,) = (one for one in run.counts if one["table"] == "contacts")
    told = {one["field"]: one["refused"] for one in contacts["fields"]}
    assert (told["email"], told["phone"]) == (1, 1)
    refused = actions.refused_file(run, run.refused_files[0]).read_text()
    assert "call me" in refused
    assert "leads" not in run.file


def test_a_shared_switchboard_does_not_make_two_colleagues_one(max_, tmp_path):
    text = (
        "email,name,phone,created\n"
        "ada@example.org,Ada,+49 30 901820,2026-01-01\n"
        "ben@example.org,Ben,+49 30 901820,2026-01-02\n"
    )
    run = brought_in(csv(tmp_path / "leads.csv", text), max_)

    assert Person.objects.count() == 2
    assert run.made["conflicts"] == 1


@pytest.mark.parametrize("stays", [True, False], ids=["killed", "failed"])
def test_an_import_cut_short_is_completed_by_running_it_again(max_, tmp_path, stays):
    run = handed_over(hubspot_contacts(tmp_path / "contacts.csv", many=900), max_)
    job = Job(kind=actions.RUN, arguments={"run": run.pk}, by=max_, asked_at=AT)

    def tell(doing, done=0, of=0):
        if doing == "contacts" and 0 < done < 900:
            raise JobLost if stays else KeyboardInterrupt

    with pytest.raises((JobLost, KeyboardInterrupt)):
        actions.do_run(job, tell)
    assert Person.objects.count() == (CHUNK if stays else 0)

    run = worked(actions.bring_in, run, max_)

    assert run.state == RunState.DONE
    assert Person.objects.count() == 900
    assert Identifier.objects.count() == 1800
    assert book().read("people").num_rows == 900
    worked(actions.take_back, run, max_)
    assert Person.objects.count() == Account.objects.count() == 0


def test_deals_reach_the_timeline_of_the_people_they_are_with(max_, tmp_path):
    brought_in(hubspot_contacts(tmp_path / "contacts.csv"), max_)
    run = handed_over(hubspot_deals(tmp_path / "deals.csv"), max_)
    assert run.state == RunState.ASKING  # the currency

    run = actions.answer(run, {"parameters": {"currency": "EUR"}}, by=max_, at=AT)
    worked(actions.bring_in, run, max_)

    ana = Person.objects.get(ledger_id="1000")
    lines = timeline(ana, user=max_, span=Span())
    assert {"Deal closed", "Door opened"} & {line.words for line in lines}


def test_an_import_that_is_cancelled_while_it_runs_leaves_nothing(max_, tmp_path):
    run = handed_over(hubspot_contacts(tmp_path / "contacts.csv", many=900), max_)
    job = actions.bring_in(run, by=max_, at=AT)
    Job.objects.filter(pk=job.pk).update(is_cancel_wanted=True)  # as a click while it runs does

    run_job.call(job.pk)

    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert Person.objects.count() == Account.objects.count() == ImportPart.objects.count() == 0
    assert book().read("people").num_rows == 0
