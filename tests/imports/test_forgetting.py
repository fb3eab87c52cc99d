"""Erasing a person reaches what imports keep of them."""

from halves.imports import actions
from halves.imports.models import ImportPart, ImportRun
from halves.imports.uploads import folder_of
from halves.jobs.running import run_job
from halves.keeping.erasing import erase_person
from halves.people.models import Person
from tests.house import MONDAY

ROWS = """Record ID,First Name,Last Name,Email,Lifecycle Stage,Contact owner,Create Date
1,Grace,Hopper,grace@example.org,lead,,2025-01-01 09:00
2,Joan,Clarke,joan@example.org,lead,,2025-01-01 09:00
3,Torn,Row,grace@example.org,lead,,no date
"""


def test_an_erased_person_is_in_no_upload_no_refused_row_and_nothing_that_undo_gives_back(
    ada, settings
):
    settings.PLACE.settings_file.write_text('currency = "EUR"\ntime_zone = "UTC"\n')
    run = actions.receive("contacts.csv", [ROWS.encode()], by=ada, at=MONDAY)
    run_job.call(actions.bring_in(run, by=ada, at=MONDAY).pk)
    grace = Person.objects.get(email="grace@example.org")
    key = grace.pk

    gone = erase_person(grace, by=ada, at=MONDAY)

    assert gone["imports"] > 0
    assert not folder_of(run.pk).exists()
    assert all(key not in {*one.people, *one.met} for one in ImportPart.objects.all())
    told = str(list(ImportRun.objects.values())) + str(list(ImportPart.objects.values()))
    assert "grace" not in told.lower()
    for file in settings.PLACE.home.rglob("*.csv"):
        assert "grace@" not in file.read_text(), file
    assert Person.objects.filter(email="joan@example.org").exists()
