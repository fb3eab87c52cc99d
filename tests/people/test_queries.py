"""Lists of people: search, filters, order, pages, and who sees whom."""

import pytest

from halves.access.actions import change_house
from halves.people import actions, queries
from halves.people.errors import ViewUnknown
from halves.people.queries import PEOPLE_ORDERS, Asked, page_of, people_asked
from tests.house import MONDAY


def known(by, *names, **said):
    return [
        actions.add_person(by=by, at=MONDAY, source="typed", name=name, **said) for name in names
    ]


def names(user, **asked):
    return sorted(person.name for person in people_asked(user, Asked(**asked)))


@pytest.mark.parametrize("few", [1, 5_000])
def test_search_finds_beginnings_of_words_whatever_their_accents(ada, monkeypatch, few):
    monkeypatch.setattr(queries, "FEW", few)
    known(ada, "Zoë Müller", "Zora Maier", "Max Zorn")

    assert names(ada, search="zo mul") == ["Zoë Müller"]
    assert names(ada, search="ZO") == ["Max Zorn", "Zora Maier", "Zoë Müller"]
    assert names(ada, search="oe") == []


@pytest.mark.parametrize("said", ['"', "a* OR b", "NEAR(", "' OR 1=1 --", "a & !b", "\\", "🦆"])
def test_search_takes_whatever_is_typed(ada, said):
    known(ada, "Ada")

    assert names(ada, search=said) in ([], ["Ada"])


def test_a_changed_name_is_found_and_the_old_one_is_not(ada):
    [person] = known(ada, "Grace Murray")
    actions.change_person(person, by=ada, at=MONDAY, version=1, source="typed", name="Grace Hopper")

    assert names(ada, search="hopper") == ["Grace Hopper"]
    assert names(ada, search="murray") == []


def test_pages_hold_everyone_once_also_those_of_one_name(ada):
    known(ada, *["Same Name"] * 7, "Another", "Zoe")
    rows, asked, seen = people_asked(ada, Asked()), Asked(), []
    while True:
        listed = page_of(rows, asked, PEOPLE_ORDERS, size=2)
        seen += [person.pk for person in listed.rows]
        if not listed.after:
            break
        asked = Asked(after=listed.after)

    assert len(seen) == len(set(seen)) == 9


def test_sellers_see_their_team_s_people_and_nobody_s_where_the_house_says_so(ada, ben, bea, cyd):
    known(ada, "Of Ben", owner=ben)
    known(ada, "Of Cyd", owner=cyd)
    known(ada, "Of Nobody")
    assert names(bea) == ["Of Ben", "Of Cyd", "Of Nobody"]

    change_house(by=ada, at=MONDAY, name="", is_by_team=True)

    assert names(bea) == ["Of Ben", "Of Nobody"]
    assert names(cyd) == ["Of Cyd", "Of Nobody"]
    assert names(ada) == ["Of Ben", "Of Cyd", "Of Nobody"]
    assert names(cyd, search="ben") == []


@pytest.mark.parametrize("asked", [{"owner": "1; DROP"}, {"reach": "pigeon"}, {"account": "x"}])
def test_a_filter_that_means_nothing_is_named(ada, asked):
    with pytest.raises(ViewUnknown, match=next(iter(asked.values()))):
        people_asked(ada, Asked(**asked))


def test_an_order_or_a_cursor_that_is_none_is_named(ada):
    rows = people_asked(ada, Asked())
    for asked in (Asked(order="-password"), Asked(after="%%%")):
        with pytest.raises(ViewUnknown):
            page_of(rows, asked, PEOPLE_ORDERS)
