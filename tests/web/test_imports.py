"""Files come in through the page, and go out again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from halves.imports.models import ImportRun, RunState
from halves.imports.uploads import sweep
from halves.people.models import Account, Person
from halves.posting.book import book
from tests.connect.known_exports import (
    hubspot_companies,
    hubspot_contacts,
    hubspot_deals,
    meta_ads,
)
from tests.house import browser


def upload(path, name=None):
    return SimpleUploadedFile(name or path.name, path.read_bytes())


@pytest.fixture
def page(max_, django_capture_on_commit_callbacks):
    """Max's browser; work that a page asks for is done before it answers."""
    client = browser(max_)

    def ask(path, said=None):
        if said is None:
            return client.get(path)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(path, said)
        return client.get(answer.url) if answer.status_code == 302 else answer

    return ask


def the_run(name=None) -> ImportRun:
    runs = ImportRun.objects.select_related("job")
    return runs.get(name=name) if name else runs.latest("pk")


def answers(run, **said):
    """What is typed into the questions of a run, by how the question begins."""
    questions = [one["name"] for one in run.understood["questions"]]
    return {f"question_{questions.index(name.replace('__', '.'))}": v for name, v in said.items()}


def test_an_empty_list_says_what_to_do(page):
    assert "Nothing was brought in yet" in page("/imports/").content.decode()


def test_contacts_companies_deals_and_ad_spend_come_in_through_the_page(page, tmp_path):
    files = [
        hubspot_contacts(tmp_path / "contacts.csv"),
        hubspot_companies(tmp_path / "companies.csv"),
        hubspot_deals(tmp_path / "deals.csv"),
        tmp_path / "meta.csv",
    ]
    meta_ads(files[-1])
    listed = page("/imports/", {"files": [upload(path) for path in files]})
    assert "HubSpot contacts" in listed.content.decode()

    for path in files:
        run = the_run(path.name)
        asked = {
            "time_zone": "Europe/Berlin",
            "parameter__currency": "EUR",
            "parameter__channel": "social",
        }
        there = {one["name"] for one in run.understood["questions"]}
        said = {name: v for name, v in asked.items() if name.replace("__", ".") in there}
        page(f"/imports/{run.pk}/answer/", answers(run, **said))
        page(f"/imports/{run.pk}/check/", {})
        run.refresh_from_db()
        assert run.state == RunState.CHECKED, (path.name, run.words, run.job and run.job.words)
        done = page(f"/imports/{run.pk}/start/", {})
        assert "It is in." in done.content.decode()

    assert Person.objects.count() == 40
    assert Account.objects.get(ledger_id="9001").domain == "acme.test"
    assert book().read("outcomes").num_rows > 0
    assert book().read("spend").num_rows > 0


def test_any_csv_comes_in_once_its_columns_are_named(page, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "who,mail,since\nAda,ada@example.org,2026-01-05\nBen,ben@example.org,2026-01-06\n"
    )
    page("/imports/", {"files": [upload(path)]})
    run = the_run()

    page(
        f"/imports/{run.pk}/columns/",
        {"table": "people", "role_person": "mail", "role_name": "who", "role_at": "since"},
    )
    run = the_run()
    assert run.understood["columns"]["name"] == "who"
    page(f"/imports/{run.pk}/answer/", answers(run, time_zone="UTC"))
    page(f"/imports/{run.pk}/start/", {})

    assert set(Person.objects.values_list("name", flat=True)) == {"Ada", "Ben"}


def test_a_file_whose_columns_say_nothing_is_brought_in_once_someone_names_them(page, tmp_path):
    path = tmp_path / "messe.csv"
    path.write_text("wer,post,seit\nHedy Lamarr,hedy@messe.example,2026-01-05\n")
    shown = page("/imports/", {"files": [upload(path)]}).content.decode()
    run = the_run()
    assert run.state == RunState.ASKING
    assert "no column of it could be" in shown
    assert "Which column is what" in shown
    started = page(f"/imports/{run.pk}/start/", {}).content.decode()
    assert "no column of it could be" in started

    named = {"role_person": "post", "role_at": "seit", "role_name": "wer"}
    named["role_email"] = "post"
    page(f"/imports/{run.pk}/columns/", {"table": "people"} | named)
    run = the_run()
    page(f"/imports/{run.pk}/answer/", answers(run, time_zone="UTC"))
    page(f"/imports/{run.pk}/start/", {})

    hedy = Person.objects.get()
    assert (hedy.name, hedy.email) == ("Hedy Lamarr", "hedy@messe.example")


def test_a_dry_run_writes_nothing_and_shows_what_would_be_refused(page, tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("email,name,created\nada@example.org,Ada,2026-01-05\nnonsense,B,2026-01-06\n")
    page("/imports/", {"files": [upload(path)]})
    run = the_run()
    page(f"/imports/{run.pk}/answer/", answers(run, time_zone="UTC"))

    shown = page(f"/imports/{run.pk}/check/", {}).content.decode()

    assert "What would come in" in shown
    assert "nonsense" in shown
    assert Person.objects.count() == 0


def test_refused_rows_are_downloaded_and_an_import_is_undone(page, tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("email,name,created\nada@example.org,Ada,2026-01-05\nnonsense,B,2026-01-06\n")
    page("/imports/", {"files": [upload(path)]})
    run = the_run()
    page(f"/imports/{run.pk}/answer/", answers(run, time_zone="UTC"))
    page(f"/imports/{run.pk}/start/", {})

    rows = b"".join(page(f"/imports/{run.pk}/refused/").streaming_content).decode()
    page(f"/imports/{run.pk}/undo/", {})

    assert "nonsense" in rows
    assert Person.objects.count() == 0
    assert the_run().state == RunState.UNDONE


def test_an_import_that_waits_is_cancelled(max_, tmp_path):
    client = browser(max_)  # nobody works, as in a house whose worker is down
    path = hubspot_contacts(tmp_path / "contacts.csv")
    client.post("/imports/", {"files": [upload(path)]})
    run = the_run()
    client.post(f"/imports/{run.pk}/answer/", answers(run, time_zone="UTC"))
    waiting = client.post(f"/imports/{run.pk}/start/", follow=True).content.decode()
    assert "waiting for a worker" in waiting

    shown = client.post(f"/imports/{run.pk}/stop/", follow=True).content.decode()

    assert "It was cancelled; nothing of it came in." in shown
    assert Person.objects.count() == 0


def test_a_picture_called_csv_is_refused_in_words_and_not_kept(page, settings):
    png = SimpleUploadedFile("people.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)

    shown = page("/imports/", {"files": [png]})

    assert shown.status_code == 422
    assert "people.csv is not what its name says: it is PNG" in shown.content.decode()
    assert ImportRun.objects.count() == 0
    assert list((settings.PLACE.home / "uploads").glob("*")) == []


@pytest.mark.parametrize(
    "name",
    ["../../../etc/cron.d/x.csv", "..\\..\\x.csv", "<script>alert(1)</script>.csv", "a\0.csv"],
)
def test_a_hostile_name_is_only_shown_and_never_a_path(page, settings, tmp_path, name):
    body = b"email,name,created\nada@example.org,Ada,2026-01-05\n"

    shown = page("/imports/", {"files": [SimpleUploadedFile(name, body)]}).content.decode()

    assert "<script>alert" not in shown
    files = [path for path in settings.PLACE.home.rglob("*") if path.is_file()]
    uploads = [path for path in files if "uploads" in path.parts]
    assert [path.name for path in uploads] == ["upload.csv"]
    assert not (tmp_path / "etc").exists()


def test_a_seller_and_a_viewer_find_no_imports(ben, vic):
    for user in (ben, vic):
        assert browser(user).get("/imports/").status_code == 403
        assert "Import" not in browser(user).get("/people/").content.decode()


def test_a_page_that_polls_is_sent_away_when_the_work_is_over(page, max_, tmp_path):
    page("/imports/", {"files": [upload(hubspot_contacts(tmp_path / "contacts.csv"))]})
    run = the_run()

    told = browser(max_).get(f"/imports/{run.pk}/", headers={"hx-request": "true"})

    assert told["HX-Refresh"] == "true"


def test_what_a_crash_left_of_uploads_goes_after_a_day_and_imports_stay(page, settings, tmp_path):
    page("/imports/", {"files": [upload(hubspot_contacts(tmp_path / "contacts.csv"))]})
    home = settings.PLACE.home
    for lost in ("arriving/draft-x", "uploads/4711"):
        (home / lost).mkdir()
        (home / lost / "upload.csv").write_text("ada@example.org")
    (home / "arriving" / "half.upload").write_text("ada@")

    sweep(datetime.now(UTC))
    assert (home / "uploads/4711").exists()
    sweep(datetime.now(UTC) + timedelta(days=1, seconds=1))

    assert list((home / "arriving").iterdir()) == []
    assert [one.name for one in (home / "uploads").iterdir()] == [str(the_run().pk)]
    assert (home / "uploads" / str(the_run().pk) / "upload.csv").exists()


def test_all_files_that_leave_nothing_open_are_looked_through_and_started_at_once(page, tmp_path):
    files = [hubspot_contacts(tmp_path / "contacts.csv"), hubspot_deals(tmp_path / "deals.csv")]
    files += [hubspot_companies(tmp_path / "companies.csv"), tmp_path / "leads.csv"]
    files[-1].write_text("who,mail\nAda,ada@example.org\n")
    page("/imports/", {"files": [upload(path) for path in files]})
    for name in ("contacts.csv", "companies.csv"):
        run = the_run(name)
        page(f"/imports/{run.pk}/answer/", answers(run, time_zone="UTC"))
    assert "Start all" not in page("/imports/").content.decode()  # nothing was looked through yet

    looked = page("/imports/check/", {}).content.decode()
    assert "2 files are being looked through." in looked
    assert "Start all 2 files that were looked through" in looked
    assert Person.objects.count() == 0
    started = page("/imports/start/", {}).content.decode()

    assert "2 files are being brought in." in started
    states = dict(ImportRun.objects.values_list("name", "state"))
    assert states["contacts.csv"] == states["companies.csv"] == RunState.DONE
    assert states["deals.csv"] == RunState.ASKING  # its currency is open
    assert Person.objects.count() == 40
    again = page("/imports/start/", {}).content.decode()
    assert "No file waits for this" in again
