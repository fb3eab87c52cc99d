"""Building an audience on its page, without scripts and with; who sees whom there."""

import re

import pytest

from halves.access.actions import change_house
from halves.audiences import actions
from halves.audiences.models import Audience
from halves.people import actions as people
from halves.people.models import CustomField
from tests.house import MONDAY, browser

BERLIN = {"field": "person.region", "op": "is", "value": "Berlin"}


def typed(page: str) -> dict[str, str]:
    """What the form holds, as a browser without scripts would send it."""
    form = page[page.index('id="builder"') : page.index("</form>", page.index('id="builder"'))]
    said = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            said[name[1]] = value[1] if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        options = re.findall(r'<option value="([^"]*)"( selected)?>', inner)
        said[name] = next((v for v, chosen in options if chosen), options[0][0] if options else "")
    return said


class Form:
    """The builder in one browser."""

    def __init__(self, client, where="/audiences/add/"):
        self.client, self.where = client, where
        self.page = client.get(where).content.decode()

    def press(self, does: str, **said):
        answer = self.client.post(self.where, typed(self.page) | said | {"do": does})
        if answer.status_code != 302:
            self.page = answer.content.decode()
        return answer


def test_an_audience_is_built_without_scripts(max_):
    people.add_person(by=None, at=MONDAY, source="t", name="Grace Hopper", region="Berlin")
    people.add_person(by=None, at=MONDAY, source="t", name="Alan Turing", region="Paris")
    form = Form(browser(max_))

    form.press("add:0", **{"0.0.value": "Berlin"})
    form.press("refresh", **{"0.1.about": "records:touches"})
    form.press("refresh", **{"0.1.op": "at_most"})
    form.press("where:0.1", **{"0.1.count": "2", "0.1.days": "30"})
    form.press("nest:0", **{"0.1.w0.field": "channel", "0.1.w0.value": "email"})
    form.press("count", **{"0.2.how": "not", "0.2.0.value": "Rome"})
    assert "<strong>1</strong> person belongs" in form.page
    assert "Grace Hopper" in form.page
    assert "Alan Turing" not in form.page

    saved = form.press("save", name="Berliners")

    found = Audience.objects.get()
    assert saved["Location"] == f"/audiences/{found.pk}/"
    assert found.definition == {
        "and": [
            BERLIN,
            {
                "records": "touches",
                "op": "at_most",
                "count": 2,
                "within_days": 30,
                "where": [{"field": "channel", "op": "is", "value": "email"}],
            },
            {"not": {"or": [BERLIN | {"value": "Rome"}]}},
        ]
    }
    again = Form(browser(max_), f"/audiences/{found.pk}/edit/")
    again.press("save")
    changed = Audience.objects.get()
    assert (changed.definition, changed.version) == (found.definition, 2)


def test_what_they_paid_is_asked_for_in_the_house_s_currency(house, max_):
    house.settings_file.write_text('currency = "EUR"\n')
    form = Form(browser(max_))

    form.press("refresh", **{"0.0.about": "records:touches"})
    assert "sum_at_least" not in form.page
    form.press("refresh", **{"0.0.about": "records:outcomes"})
    form.press("refresh", **{"0.0.op": "sum_at_least"})
    assert 'name="0.0.currency" value="EUR"' in form.page
    form.press("count", **{"0.0.count": "0"})
    assert "must be above 0" in form.page
    form.press("save", name="Good customers", **{"0.0.count": "499.5", "0.0.days": "90"})

    asked = {"records": "outcomes", "op": "sum_at_least", "amount": 499.5, "currency": "EUR"}
    assert Audience.objects.get().definition == {"and": [asked | {"within_days": 90}]}
    shown = browser(max_).get(f"/audiences/{Audience.objects.get().pk}/").content.decode()
    assert "Outcomes: add up to at least 499.50 EUR in the last 90 days" in shown
    other = form.press("refresh", **{"0.0.about": "records:touches"})
    assert "sum_at_least" not in other.content.decode()


def test_a_condition_is_taken_away(max_):
    form = Form(browser(max_))
    form.press("add:0", **{"0.0.value": "Berlin"})
    form.press("remove:0.0", **{"0.1.value": "Paris"})

    assert typed(form.page)["0.0.value"] == "Paris"
    assert "0.1.value" not in typed(form.page)


def test_what_is_wrong_stands_beside_it_and_what_was_typed_is_kept(max_):
    form = Form(browser(max_))
    form.press("refresh", **{"0.0.about": "field:person.since", "0.0.op": "within_days"})

    answer = form.press("save", name="Newest", **{"0.0.value": "soon"})

    assert answer.status_code == 422
    assert "must be a whole number" in form.page
    assert 'aria-describedby="0.0.error"' in form.page
    assert typed(form.page)["0.0.value"] == "soon"
    assert typed(form.page)["name"] == "Newest"


def test_a_field_that_is_gone_is_shown_where_it_was(ada):
    field = people.keep_field(of="person", label="Size", kind="number", by=ada, at=MONDAY)
    said = {"and": [{"field": "person.field.size", "op": "at_least", "value": 5}]}
    found = actions.save_question(name="large", definition=said, by=ada, at=MONDAY)
    CustomField.objects.filter(pk=field.pk).delete()

    shown = browser(ada).get(f"/audiences/{found.pk}/").content.decode()
    assert "there is no &#x27;person.field.size&#x27;" in shown
    form = Form(browser(ada), f"/audiences/{found.pk}/edit/")
    assert "(gone)" in form.page
    assert form.press("save").status_code == 422


def test_the_live_count_answers_with_a_fragment(max_):
    people.add_person(by=None, at=MONDAY, source="t", name="Grace Hopper", region="Berlin")
    said = {"0.how": "and", "0.size": "1", "0.0.about": "field:person.region", "0.0.op": "is"}
    answer = browser(max_).post(
        "/audiences/count/", said | {"0.0.value": "Berlin"}, headers={"HX-Request": "true"}
    )

    assert "<strong>1</strong>" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    empty = browser(max_).post("/audiences/count/", said | {"0.0.value": ""})
    assert "cannot be counted yet" in empty.content.decode()


def test_a_form_that_nobody_was_shown_does_no_harm(max_):
    said = {"0.how": "and", "0.size": "999999"} | {
        f"0.{n}.about": "field:nothing" for n in range(9)
    }
    assert browser(max_).post("/audiences/add/", said | {"do": "refresh"}).status_code == 200
    assert browser(max_).post("/audiences/add/", {"0.about": "nest:"}).status_code == 422
    deep = {
        f"0{'.0' * n}.{what}": "or" if what == "how" else "9"
        for n in range(40)
        for what in ("how", "size")
    }
    assert browser(max_).post("/audiences/count/", deep).status_code == 200


@pytest.fixture
def apart(ada, ben):
    """Grace is the north's, Alan is nobody's, in a house that keeps teams apart."""
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    grace = people.add_person(
        by=ben, at=MONDAY, source="t", name="Grace Hopper", region="Berlin", owner=ben
    )
    people.add_person(by=None, at=MONDAY, source="t", name="Alan Turing", region="Berlin")
    found = actions.save_question(name="berlin", definition=BERLIN, by=ada, at=MONDAY)
    return grace, found


def test_a_seller_sees_only_people_of_the_team(apart, ben, cyd):
    grace, found = apart
    where = f"/audiences/{found.pk}/"

    assert "Grace Hopper" in browser(ben).get(where).content.decode()
    shown = browser(cyd).get(where).content.decode()
    assert "<strong>2</strong> people" in shown
    assert "Alan Turing" in shown
    assert "Grace Hopper" not in shown
    assert browser(cyd).get(f"{where}why/?person={grace.pk}").status_code == 404
    assert browser(cyd).get(f"{where}export/").status_code == 403
    assert "Why Grace Hopper is in berlin" in (
        browser(ben).get(f"{where}why/?person={grace.pk}").content.decode()
    )


def test_why_says_what_is_so_of_them(apart, ada):
    grace, _ = apart
    said = {"and": [BERLIN, {"records": "touches", "op": "at_least", "count": 2}]}
    found = actions.save_question(name="touched", definition=said, by=ada, at=MONDAY)

    shown = browser(ada).get(f"/audiences/{found.pk}/why/?person={grace.pk}").content.decode()

    assert "Why Grace Hopper is not in touched" in shown
    assert "Region is Berlin" in shown
    assert "theirs: Berlin" in shown
    assert "they have 0" in shown


def test_an_audience_is_taken_away_as_a_file(apart, max_):
    _, found = apart
    answer = browser(max_).get(f"/audiences/{found.pk}/export/")
    told = b"".join(answer.streaming_content).decode()

    assert answer["Content-Disposition"] == 'attachment; filename="berlin.csv"'
    assert "Grace Hopper" in told
    assert "Alan Turing" in told


def test_a_list_is_made_of_an_audience_and_changed_by_hand(apart, max_):
    _, found = apart
    eve = people.add_person(by=None, at=MONDAY, source="t", name="Eve", email="eve@example.org")
    client = browser(max_)
    client.post(f"/audiences/{found.pk}/freeze/", {"name": "as it was"})
    made = Audience.objects.get(name="as it was")
    assert made.listed.count() == 2

    client.post(f"/audiences/{made.pk}/put-on/", {"people": "Eve@example.org\nx@example.org"})
    assert made.listed.count() == 3
    assert "x@example.org" in client.get(f"/audiences/{made.pk}/").content.decode()

    client.post(f"/audiences/{made.pk}/take-off/", {"person": eve.pk})
    assert made.listed.count() == 2
    client.post(f"/audiences/{made.pk}/remove/")
    assert not Audience.objects.filter(pk=made.pk).exists()
