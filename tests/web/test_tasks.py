"""Tasks that colleagues give each other, and saved views, on the pages."""

import re

import pytest

from halves.access.actions import change_house
from halves.deals.actions import Ending, move, open_deal
from halves.deals.pipelines import default_pipeline, stages_of
from halves.people import actions
from halves.people.models import SavedView, Task
from tests.house import MONDAY, browser


@pytest.fixture
def grace(ada, ben):
    return actions.add_person(by=ada, at=MONDAY, source="t", name="Grace", owner=ben)


def test_a_task_written_for_a_colleague_is_on_their_list(ada, ben, grace):
    page = browser(ada)
    assert b"Who does it" in page.get(f"/people/{grace.pk}/").content

    page.post(f"/people/{grace.pk}/tasks/", {"title": "Call her", "owner": ben.pk})

    assert Task.objects.get().owner == ben
    assert b"Call her" in browser(ben).get("/tasks/").content
    assert b"Call her" not in page.get("/tasks/").content
    assert "· Ben" in page.get(f"/people/{grace.pk}/").content.decode()


def test_a_task_left_without_a_name_is_one_s_own(ada, grace):
    browser(ada).post(f"/people/{grace.pk}/tasks/", {"title": "Call her", "owner": ""})

    assert Task.objects.get().owner == ada


def test_a_task_is_given_to_who_may_see_whom_it_is_about(ada, ben, cyd, grace):
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    page = browser(ada)
    page.post(f"/people/{grace.pk}/tasks/", {"title": "Call her"})
    path = f"/tasks/{Task.objects.get().pk}/give/"

    refused = page.post(path, {"to": cyd.pk}, follow=True).content.decode()
    assert "Cyd does not see the person" in refused
    assert "Choose a colleague first" in page.post(path, {}, follow=True).content.decode()
    assert Task.objects.get().owner == ada

    assert "On the list of Ben" in page.post(path, {"to": ben.pk}, follow=True).content.decode()
    assert page.post(path, {"to": cyd.pk}).status_code == 404


def test_a_task_is_ticked_off_where_it_is_shown(ada, ben, grace):
    deal = open_deal(grace, by=ben, at=MONDAY, owner=ben)
    page = browser(ben)
    page.post(f"/people/{grace.pk}/tasks/", {"title": "Call her", "due_on": "2026-01-09"})
    path = f"/tasks/{Task.objects.get().pk}/done/"
    for where in (f"/deals/{deal.pk}/", f"/people/{grace.pk}/"):
        assert f'hx-post="{path}"' in page.get(where).content.decode()
        assert path not in browser(ada).get(where).content.decode()  # it is Ben's to do

    ticked = page.post(path, {"then": f"/deals/{deal.pk}/"}, headers={"HX-Request": "true"})
    assert "<s>Call her</s>" in ticked.content.decode()
    assert Task.objects.get().done_at is not None
    assert "Call her" not in page.get(f"/deals/{deal.pk}/").content.decode()

    back = page.post(path, {"back": "1", "then": "//evil.example"}, headers={"HX-Request": "true"})
    assert "Done: Call her" in back.content.decode()
    assert Task.objects.get().done_at is None
    assert page.post(path, {"then": f"/people/{grace.pk}/"})["Location"] == f"/people/{grace.pk}/"
    assert page.post(path, {"then": "//evil.example"})["Location"] == "/tasks/"
    assert browser(ada).post(path).status_code == 404


def test_a_saved_view_can_be_thrown_away_by_its_owner(ada, ben):
    browser(ada).post("/people/views/", {"name": "Mine", "query": "owner=me", "is_shared": "on"})
    view = SavedView.objects.get()
    path = f"/people/views/{view.pk}/remove/"
    assert path not in browser(ben).get("/people/").content.decode()
    assert browser(ben).post(path).status_code == 404
    assert path in browser(ada).get("/people/").content.decode()

    gone = browser(ada).post(path, follow=True).content.decode()

    assert "The view Mine is gone." in gone
    assert not SavedView.objects.exists()


def test_days_of_tasks_are_written_as_everywhere(ada, grace):
    page = browser(ada)
    page.post(f"/people/{grace.pk}/tasks/", {"title": "Call her", "due_on": "2026-01-09"})

    for path in ("/tasks/", f"/people/{grace.pk}/"):
        assert "9 Jan 2026" in page.get(path).content.decode()


def test_a_deal_that_is_over_waits_for_nothing(ada, ben, grace):
    deal = open_deal(grace, by=ben, at=MONDAY, owner=ben)
    path, words = f"/deals/{deal.pk}/", "A deal without a next step is a deal that waits."
    assert words in browser(ben).get(path).content.decode()

    lost = stages_of(default_pipeline(at=MONDAY))[-1]
    move(deal, lost, by=ben, at=MONDAY, ending=Ending("silence"))

    assert words not in browser(ben).get(path).content.decode()


def test_a_task_is_ticked_off_where_a_form_beside_it_was_refused(ben, grace):
    deal = open_deal(grace, by=ben, at=MONDAY, owner=ben)
    browser(ben).post(f"/deals/{deal.pk}/task/", {"title": "Call her"})

    refused = browser(ben).post(f"/deals/{deal.pk}/task/", {"title": ""})

    assert refused.status_code == 422
    [then] = re.findall(r'name="then" value="([^"]*)"', refused.content.decode())
    ticked = browser(ben).post(f"/tasks/{Task.objects.get().pk}/done/", {"then": then}, follow=True)
    assert (ticked.status_code, ticked.redirect_chain) == (200, [(f"/deals/{deal.pk}/", 302)])
