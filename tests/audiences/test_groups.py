"""People join a group by its page, bring others, leave; what a stranger types proves nothing."""

import re
from datetime import timedelta
from math import log

import pytest
from django.utils import timezone

from halves.audiences import actions, groups, joining, likeness, queries
from halves.audiences.errors import DefinitionRefused, TooOften
from halves.audiences.models import Group, Joining, Membership
from halves.keeping.erasing import erase_person, export_person
from halves.people import actions as people
from halves.people.consenting import leave_alone
from halves.people.merging import merge, undo_merge
from halves.people.models import Consent, Letter, Person
from halves.people.reachable import who_may_be_told
from tests.house import MONDAY, browser


@pytest.fixture
def menders(max_) -> Group:
    said = "We repair what others throw away."
    return groups.found_group(name="Menders", aspiration=said, by=max_, at=MONDAY)


def asked(group: Group, email: str, name: str = "Grace", brings: str = "", **said):
    where = f"/join/{group.token}/" + (f"{brings}/" if brings else "")
    return browser().post(where, {"name": name, "email": email, **said})


def link_in_mail() -> str:
    return re.search(r"http://localhost(/joined/\S+)", Letter.objects.latest("pk").text)[1]


def joined(group: Group, email: str, name: str = "Grace", brings: str = "") -> Membership:
    asked(group, email, name, brings)
    browser().post(link_in_mail())
    return Membership.objects.get(group=group, person__identifiers__value=email.lower())


def test_who_confirms_by_mail_belongs_and_the_consent_has_its_proof(menders):
    member = joined(menders, "Grace@example.org", "Grace Hopper")

    assert (member.person.name, member.person.email) == ("Grace Hopper", "grace@example.org")
    assert member.person.identifiers.get().source == joining.BROWSER
    said = Consent.objects.get(person=member.person)
    assert (said.channel, said.topic, said.is_given) == ("email", "Menders", True)
    assert "I want to belong to Menders" in said.proof
    assert "link sent to grace@example.org" in said.proof
    now = timezone.now()
    told = who_may_be_told([member.person_id], channel="email", topic="Menders", at=now)
    assert told == {member.person_id: None}


def test_asking_alone_changes_nothing(menders):
    known = people.add_person(by=None, at=MONDAY, source="t", name="Ada", email="ada@b.example")

    answer = asked(menders, "ada@b.example", "<b>Evil</b>")
    stranger = asked(menders, "eve@b.example", "<b>Evil</b>")

    def plain(page):
        return re.sub(r"csrf\S+", "", page.content.decode())

    assert plain(answer) == plain(stranger)  # it says nothing about who is known
    assert Person.objects.count() == 1
    assert not Membership.objects.exists()
    assert not Consent.objects.exists()
    known.refresh_from_db()
    assert known.name == "Ada"


def test_opening_the_link_changes_nothing_and_saying_yes_twice_joins_once(menders):
    asked(menders, "grace@example.org")
    link = link_in_mail()

    assert browser().get(link).status_code == 200
    assert not Membership.objects.exists()
    assert browser().post(link).status_code == 302
    assert browser().post(link).status_code == 302
    assert Membership.objects.count() == 1
    assert Consent.objects.count() == 1
    assert browser().post("/joined/forged/").status_code == 404


def test_of_someone_known_nothing_is_overwritten(menders, ada):
    known = people.add_person(
        by=ada, at=MONDAY, source="t", name="Grace Hopper", email="g@b.example", title="Admiral"
    )
    member = joined(menders, "g@b.example", "Mallory")

    known.refresh_from_db()
    assert member.person == known
    assert (known.name, known.title) == ("Grace Hopper", "Admiral")


def test_a_link_grows_old(menders):
    asked(menders, "grace@example.org")
    Joining.objects.update(asked_at=timezone.now() - timedelta(days=8))

    assert browser().post(link_in_mail()).status_code == 404
    assert joining.forget_old(at=timezone.now()) == 1


def test_who_said_never_gets_no_mail_from_the_page(menders, ada):
    known = people.add_person(by=ada, at=MONDAY, source="t", name="Ada", email="a@b.example")
    leave_alone(known, is_wanted=True, by=ada, at=MONDAY)
    gone = people.add_person(by=ada, at=MONDAY, source="t", name="Eve", email="e@b.example")
    erase_person(gone, by=ada, at=MONDAY)

    for address in ("a@b.example", "e@b.example"):
        assert "Look into your mail" in asked(menders, address).content.decode()

    assert not Letter.objects.exists()


def test_a_program_that_fills_every_field_is_told_nothing_and_writes_nothing(menders):
    answer = asked(menders, "grace@example.org", website="http://spam.example")

    assert "Look into your mail" in answer.content.decode()
    assert not Joining.objects.exists()


def test_one_place_cannot_ask_without_end_nor_fill_a_mailbox(menders):
    for _ in range(3):
        asked(menders, "grace@example.org")
    assert asked(menders, "grace@example.org").status_code == 429
    for number in range(7):
        asked(menders, f"p{number}@example.org")
    assert asked(menders, "another@example.org").status_code == 429
    with pytest.raises(TooOften):
        joining.ask(
            menders,
            name="G",
            email="z@example.org",
            brings="",
            where="127.0.0.1",
            link="TOKEN",
            at=timezone.now(),
        )


@pytest.mark.parametrize(
    ("name", "email", "words"),
    [
        ("", "grace@example.org", "needed"),
        ("Grace", "grace", "valid email"),
        (
            "Grace\nBcc: eve@example.org https://spam.example",
            "g@example.org",
            "what you are called",
        ),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(menders, name, email, words):
    answer = asked(menders, email, name)

    assert answer.status_code == 422
    assert words in answer.content.decode() or "required" in answer.content.decode()


def test_who_brought_whom_is_seen(menders, max_):
    grace = joined(menders, "grace@example.org", "Grace Hopper")
    alan = joined(menders, "alan@example.org", "Alan Turing", brings=grace.brings)
    asked(menders, "eve@example.org", "Eve", brings="nobody")

    assert alan.brought_by == grace.person
    page = browser(max_).get(f"/groups/{menders.pk}/").content.decode()
    assert "<strong>2</strong> members" in page
    assert "1 asked to join" in page
    assert re.search(r"Who brought most.*Grace Hopper</a>: 1", page, re.S)
    assert (
        "You brought 1 of them"
        in browser().get(f"/member/{groups.own_link(grace)}/").content.decode()
    )


def test_who_leaves_gets_no_more_mail_and_may_come_back(menders):
    member = joined(menders, "grace@example.org")
    own = f"/member/{groups.own_link(member)}/"

    assert browser().get(f"{own}leave/").status_code == 405
    browser().post(f"{own}leave/")
    assert "You left Menders" in browser().get(own).content.decode()
    told = who_may_be_told([member.person_id], channel="email", topic="Menders", at=timezone.now())
    assert told[member.person_id] == "said_no"
    assert browser().get("/member/forged/").status_code == 404

    back = joined(menders, "grace@example.org")
    assert (back.pk, back.left_at) == (member.pk, None)


def test_membership_goes_with_a_merge_and_comes_back(menders, ada):
    both = [
        people.add_person(by=ada, at=MONDAY, source="t", name=n, email=f"{n}@b.example")
        for n in ("a", "b")
    ]
    for one in both:
        groups.put_in(menders, one, by=ada, at=MONDAY)
    done = merge(both[0], both[1], by=ada, at=MONDAY, why="t")
    assert groups.size_of(menders) == 1

    undo_merge(done, by=ada, at=MONDAY)
    assert groups.size_of(menders) == 2


def test_an_erasure_leaves_nothing_of_a_member(menders, ada, settings):
    member = joined(menders, "grace@example.org", "Grace Hopper")
    other = joined(menders, "alan@example.org", "Alan", brings=member.brings)
    asked(menders, "grace@example.org", "Grace Hopper")
    said = {"field": "person.name", "op": "contains", "value": "grace"}
    assert queries.count(said, at=MONDAY) == 1
    told = export_person(member.person, by=ada, at=MONDAY)
    tables = {one["table"] for one in told["audiences"]}
    assert tables == {"brought into a group", "brought", "asked to join"}

    erase_person(member.person, by=ada, at=MONDAY)

    other.refresh_from_db()
    assert other.brought_by is None
    assert not Joining.objects.filter(email="grace@example.org").exists()
    assert queries.count(said, at=MONDAY) == 0
    files = list((settings.PLACE.home / "snapshot").glob("*.parquet"))
    assert files
    assert not any(b"grace@example" in one.read_bytes() for one in files)


def test_people_like_the_best_members_are_found(menders, ada):
    def add(number, region, industry):
        account = people.add_account(
            by=ada, at=MONDAY, name=f"{industry}{number}", industry=industry
        )
        return people.add_person(
            by=ada,
            at=MONDAY,
            source="t",
            name=f"{region} {industry}",
            region=region,
            account=account,
        )

    for number in range(12):
        groups.put_in(menders, add(number, "Berlin", "Repair"), by=ada, at=MONDAY)
    for number in range(28):
        add(number, "Berlin" if number < 8 else "Paris", "Repair" if number % 4 == 0 else "Bank")
    alike = {"resembles": menders.pk, "at_least": 1.5}
    with pytest.raises(DefinitionRefused, match="nothing was learnt"):
        queries.count(alike, at=MONDAY)

    found = likeness.learnt(menders, at=MONDAY)
    Group.objects.filter(pk=menders.pk).update(likeness=found)

    assert (found["best"], found["everyone"], found["is_all"]) == (12, 40, True)
    # By hand: 20 of 40 are in Berlin and all 12 of the best; m = 20 imagined members.
    berlin = dict(
        zip(
            found["weights"]["region"]["values"], found["weights"]["region"]["weights"], strict=True
        )
    )
    assert berlin["Berlin"] == pytest.approx(log((12 + 20 * 0.5) / (12 + 20) / 0.5))
    assert found["weights"]["region"]["other"] == pytest.approx(log(20 / 32))
    # Repair: 12 + 7 of 40. In Berlin and in repair: (22/16) * ((12 + 9.5) / 32 / 0.475) = 1.945
    of_both = queries.count(alike, at=MONDAY)
    assert of_both == 12 + 2
    saved = actions.save_question(
        name="like them",
        definition={"and": [alike, {"not": {"records": "memberships"}}]},
        by=ada,
        at=MONDAY,
    )
    keys = [key for chunk in queries.members(saved, at=MONDAY) for key in chunk]
    assert len(keys) == 2
    assert queries.still_in(saved, keys, at=MONDAY) == set(keys)
    told = queries.why(alike, Person.objects.get(pk=keys[0]), at=MONDAY)
    assert told.holds
    assert "1.9" in told.found
