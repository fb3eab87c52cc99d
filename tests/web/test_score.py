"""The scoreboard and the answer as colleagues see them."""

import re
from datetime import date

import pyarrow as pa
import pytest
from django.urls import reverse
from django.utils import timezone

from halves.access.models import AuditEntry
from halves.imports.models import ImportRun, RunState
from halves.jobs.models import Job, State
from halves.ledger.settings import Settings
from halves.measure.plan import plan
from halves.people.models import Task
from halves.report import words
from halves.scoreboard import actions
from halves.scoreboard.models import AnswerRun, Target
from tests.house import MONDAY, browser


def text(response):
    """What a page says, without its marks."""
    html = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("&#x27;", "'")


def test_without_a_ledger_the_first_page_teaches_in_one_sentence(lea):
    page = browser(lea).get("/")

    assert "When halves knows what was spent" in text(page)
    assert page.content.count(b'class="button"') == 1


def test_the_first_page_tells_what_the_ledger_counts(stocked, lea):
    rows = stocked.book().read("outcomes").to_pylist()
    firsts = {}
    for row in sorted(rows, key=lambda row: row["at"]):
        if row["kind"] == "deal_closed":
            firsts.setdefault(row["person_id"], row["at"].date())
    new = sum(date(2025, 4, 1) <= day < date(2025, 7, 1) for day in firsts.values())
    revenue = sum(
        float(row["value"])
        for row in rows
        if row["kind"] == "deal_closed" and date(2025, 4, 1) <= row["at"].date() < date(2025, 7, 1)
    )

    said = text(browser(lea).get("/?period=2025-Q2"))

    assert f"{new} new customers and ${revenue:,.0f} in quarter 2 of 2025." in said
    assert "Brand not measured yet" in said
    assert "it says who was there, not what opened it" in said


def test_without_a_period_the_last_quarter_of_the_ledger_is_shown(stocked, lea):
    assert "in quarter 2 of 2025" in text(browser(lea).get("/"))


def test_weeks_in_which_nothing_happened_foretell_nothing(stocked, lea):
    row = {"outcome_id": "x", "person_id": "p", "at": timezone.now(), "kind": "door_opened",
           "source": "t"}  # fmt: skip
    stocked.book().append("outcomes", pa.Table.from_pylist([row]), batch="now")

    said = text(browser(lea).get("/"))

    assert "so far in quarter" in said
    assert "At the pace of the last weeks" not in said


def test_an_address_that_names_no_period_is_not_understood(stocked, lea):
    page = browser(lea).get("/?period=soon")

    assert page.status_code == 400
    assert "such as 2026, 2026-Q1 or 2026-03" in text(page)


def test_a_leader_sets_a_target_and_everyone_sees_how_far_it_is(stocked, lea, ben):
    typed = {"measure": "customers", "amount": "1000", "period": "2025-Q2"}
    browser(lea).post(reverse("target_set"), typed)

    assert Target.objects.get().by == lea
    assert "of the target of 1,000" in text(browser(ben).get("/?period=2025-Q2"))
    assert browser(ben).post(reverse("target_set"), typed).status_code == 403


def test_a_target_of_nothing_is_refused_beside_its_field(stocked, lea):
    typed = {"measure": "customers", "amount": "0", "period": "2025-Q2"}
    page = browser(lea).post(reverse("target_set"), typed)

    assert page.status_code == 422
    assert "must be above 0" in text(page)


def test_the_answer_tells_each_unit_as_the_library_does(answered, simulated, ben):
    said = text(browser(ben).get("/which-half/"))

    assert words.wasted_share(simulated.answer) in said
    for unit in simulated.answer.units:
        assert words.incremental(unit, "USD") in said
        assert words.exact(unit.spend, "USD") in said
        assert unit.evidence in said


def test_a_unit_s_page_tells_evidence_prior_and_what_would_change_it(answered, simulated, ben):
    unit = next(one for one in simulated.answer.units if one.is_tested)
    page = browser(ben).get(f"/which-half/{unit.unit}/")
    said = text(page)

    assert words.sentence(unit.evidence) in said
    # 0.2 at nothing, 0.1 below, and 0.7 × Φ(-ln 6 / 1.25) that earn less than they cost.
    assert f"with a chance of 35%; now with {words.chance(unit.p_wasted)}" in said
    assert "What would change it" in said
    assert page.content.count(b"<svg") >= 4


def test_a_unit_that_is_not_there_is_not_found(answered, ben):
    assert browser(ben).get("/which-half/radio/").status_code == 404


def test_no_page_of_the_answer_holds_a_style_or_a_script_of_its_own(answered, ada):
    unit = AnswerRun.objects.get().answer["units"][0]["unit"]
    pages = ["/", "/which-half/", f"/which-half/{unit}/", "/which-half/what-if/?do=best"]
    pages += ["/which-half/ask/", "/settings/measuring/"]
    for path in pages:
        html = browser(ada).get(path).content.decode()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)", html), path


def test_a_seller_sees_the_answer_and_is_not_asked_to_ask(answered, ben, max_):
    assert "Ask anew" not in text(browser(ben).get("/which-half/"))
    assert "Ask anew" in text(browser(max_).get("/which-half/"))
    assert "Set a target" not in text(browser(max_).get("/"))
    assert browser(ben).post("/which-half/ask/").status_code == 403


def test_a_stale_answer_says_how_many_rows_came_since(answered, stocked, max_, ben):
    row = {"outcome_id": "x", "person_id": "p", "at": MONDAY, "kind": "deal_closed", "source": "t"}
    stocked.book().append("outcomes", pa.Table.from_pylist([row]), batch="late")

    said = text(browser(max_).get("/which-half/"))
    assert "computed from an older ledger: 1 row came since. Ask anew" in said
    assert "computed from an older ledger: 1 row came since" in text(browser(ben).get("/"))


def test_what_is_missing_is_named_before_anyone_may_ask(stocked, max_, ada):
    stocked.settings_file.unlink()

    said = text(browser(max_).post("/which-half/ask/"))

    assert "currency: in which currency to report" in said
    assert "margin: which part of a sale is profit" in said
    assert "channels: what these are: brand_search, checkin_call" in said
    assert "An owner says it" in said
    assert "Say it" in text(browser(ada).get("/which-half/ask/"))
    assert not Job.objects.exists()


def test_an_owner_says_what_is_missing_and_it_is_written_down(stocked, simulated, ada, max_):
    stocked.settings_file.unlink()
    names = sorted(channel.name for channel in simulated.company.channels)
    typed = {"currency": "USD", "margin": "0.5"}
    for place, _name in enumerate(names):
        typed |= {f"path_{place}": "many", f"meets_{place}": "targeted", f"picks_{place}": "hot"}

    assert browser(max_).post("/settings/measuring/", typed).status_code == 403
    page = browser(ada).post("/settings/measuring/", typed)

    assert page.url == "/which-half/ask/"
    said = stocked.settings()
    assert (said.currency, said.margin) == ("USD", 0.5)
    assert [(one.name, one.meets) for one in said.channels] == [(n, "targeted") for n in names]
    assert AuditEntry.objects.get(what="house.settings").before["margin"] is None


def test_how_a_channel_meets_people_is_not_guessed(stocked, ada):
    stocked.settings_file.unlink()

    page = browser(ada).post("/settings/measuring/", {"currency": "usd", "margin": "0.5"})

    assert page.status_code == 422
    assert "three capital letters" in text(page)
    assert stocked.settings() == Settings()


def test_asking_leads_to_a_page_that_tells_how_far_it_is_and_can_stop_it(stocked, max_, ben):
    typed = {"unit": "channel", "since": "2025-01-01", "last": "2025-06-30"}
    there = browser(max_).post("/which-half/ask/", typed).url
    run = AnswerRun.objects.get()
    assert (run.since, run.until) == (date(2025, 1, 1), date(2025, 7, 1))
    Job.objects.update(state=State.RUNNING, doing="reading tests", done=3, of=12)

    html = browser(max_).get(there, HTTP_HX_REQUEST="true").content.decode()
    assert "Reading tests" in html
    assert 'value="25"' in html
    assert 'hx-trigger="every 1s"' in html
    assert "Cancel" not in text(browser(ben).get(there))

    Job.objects.update(state=State.WAITING)
    browser(max_).post(f"{there}stop/")
    assert "Stopped. Nothing was changed" in text(browser(max_).get(there))


def test_a_last_day_before_the_first_is_refused_beside_it(stocked, max_):
    typed = {"unit": "channel", "since": "2025-06-01", "last": "2025-05-01"}
    page = browser(max_).post("/which-half/ask/", typed)

    assert page.status_code == 422
    assert "This lies before the first day." in text(page)


def test_the_page_of_an_answer_that_is_there_leads_to_it(answered, ben):
    there = reverse("answer_run", args=[answered.pk])

    assert browser(ben).get(there).url == "/which-half/?by=channel"
    led = browser(ben).get(there, HTTP_HX_REQUEST="true")
    assert led.headers["HX-Redirect"] == "/which-half/?by=channel"


def test_a_job_that_failed_says_why_in_its_own_words(stocked, max_):
    run = actions.ask(by=max_, at=MONDAY)
    Job.objects.update(state=State.FAILED, words="no rate from EUR to USD on 2025-03-01")

    said = text(browser(max_).get(reverse("answer_run", args=[run.pk])))

    assert "no rate from EUR to USD on 2025-03-01" in said


def test_the_best_layout_is_told_with_its_chance_and_regret(answered, simulated, ben):
    said = text(browser(ben).get("/which-half/what-if/?do=best&move_all=on"))

    told = words_of_plan(simulated)
    assert all(one in said for one in told.values()), told


def words_of_plan(simulated):
    found = plan(simulated.answer.joint)
    return {
        "advised": f"Spend {words.exact(found.advised, 'USD')} instead of",
        "change": words.spread(found.change, "USD"),
        "regret": words.estimate(found.regret, "USD"),
    }


def test_a_locked_unit_stays_and_bounds_hold(answered, simulated, ben):
    typed = "do=best&move_all=on&lock_0=on&most_1=1.2&least_1=1.1"
    page = browser(ben).get(f"/which-half/what-if/?{typed}")
    joint = simulated.answer.joint

    lines = {line["unit"]: line for line in page.context["lines"]}
    assert lines[joint.units[0]]["advised"] == pytest.approx(joint.spend[0])
    assert 1.1 <= lines[joint.units[1]]["advised"] / joint.spend[1] <= 1.2 + 1e-9


def test_a_budget_too_small_for_what_is_kept_is_refused(answered, ben):
    page = browser(ben).get("/which-half/what-if/?do=best&budget=1")

    assert page.status_code == 422
    assert "The budget is too small for what is kept as it is" in text(page)


def test_late_tasks_are_called_for_by_their_owner_alone(stocked, ben, bea):
    Task.objects.create(title="Call", owner=ben, made_at=MONDAY, due_on=date(2025, 1, 1))

    assert "Late since 1 January: Call" in text(browser(ben).get("/"))
    assert "Nothing is late." in text(browser(bea).get("/"))


def test_refused_rows_are_called_for_where_someone_may_see_the_import(stocked, max_, ben):
    now = timezone.now()
    ImportRun.objects.create(name="crm.csv", at=now, state=RunState.DONE, refused=3, by=max_)
    ImportRun.objects.create(name="ads.pdf", at=now, state=RunState.REFUSED, by=max_)
    ImportRun.objects.create(name="fine.csv", at=now, state=RunState.DONE, by=max_)

    said = text(browser(max_).get("/"))

    assert "3 rows of crm.csv were refused." in said
    assert "The file ads.pdf cannot be read." in said
    assert "fine.csv" not in said
    assert "crm.csv" not in text(browser(ben).get("/"))


def test_the_navigation_begins_with_the_score(stocked, ben):
    said = text(browser(ben).get("/people/"))

    assert "Score Which half Brand People" in said


def test_a_settings_file_that_cannot_be_read_is_named_and_no_page_of_its_own_is_lost(stocked, lea):
    stocked.settings_file.write_text('[house]\nurl = "https://a.example"\n[house]\n')

    page = browser(lea).get("/")

    assert page.status_code == 503
    assert "halves.toml: Cannot declare" in text(page)
    assert "Mend that line" in text(page)
