"""Stories on the pages: write, check, preview for a person, keep a version; attacks on each."""

import pytest

from halves.access.actions import change_house
from halves.concerns.models import Answer, Concern
from halves.people import actions as people
from halves.stories.models import Offer, Proof, Story
from tests.house import MONDAY, browser
from tests.stories.company import BODY, belonging, feared, offered, promised, solution


def typed(**said):
    usual = {
        "name": "Post once",
        "kind": "solution",
        "for_whom": "bookkeepers",
        "problem": "Every number is posted twice.",
        "fix": "It is posted once.",
        "subject": "Post it once",
        "headline": "Post it once",
        "body": BODY,
        "call_words": "Try it",
        "call_url": "https://ledgerly.example/start",
        "promises": "1",
        "promise-0-words": "You save five hours a week.",
        "promise-0-measure": "hours saved a week",
        "promise-0-amount": "5",
        "promise-0-unit": "hours",
        "promise-0-within_days": "30",
        "variants": "0",
    }
    return usual | said


def page(user, path) -> str:
    return browser(user).get(path).content.decode()


def send(user, path, **said):
    return browser(user).post(path, said, follow=True)


def test_a_story_is_written_checked_looked_at_and_kept(max_):
    proof = Proof.objects.create(
        claim="5 hours saved", source="Study, 2025", made_at=MONDAY, changed_at=MONDAY
    )
    grace = people.add_person(by=None, at=MONDAY, source="t", name="Grace Hopper")
    said = typed(proofs=proof.pk, **{"promise-0-keeper": max_.pk})

    send(max_, "/stories/add/", **said)
    story = Story.objects.get()
    shown = page(max_, f"/stories/{story.pk}/")
    looked = page(max_, f"/stories/{story.pk}/preview/frame/?person={grace.pk}")
    kept = send(max_, f"/stories/{story.pk}/freeze/").content.decode()

    assert "Nothing to mend" not in shown
    assert "draft, not told yet" in shown
    assert "Dear Grace," in looked
    assert "Version 1 is kept as it is" in kept
    assert "told as it stands" in page(max_, "/stories/")


def test_an_empty_list_teaches_with_one_button(max_):
    shown = page(max_, "/stories/")

    assert "Write down for whom it is" in shown
    assert shown.count("Write a story") == 1


def test_a_template_that_does_not_parse_is_kept_and_shown_with_line_and_column(max_):
    body = "Dear you,\n\n{% if person.company %}at {{ person.company }"
    told = send(max_, "/stories/check/", **typed(body=body)).content.decode()

    assert "The body, line 3, column 27: This tag is opened and not closed" in told
    assert 'id="found_body"' in told

    send(max_, "/stories/add/", **typed(body=body))
    story = Story.objects.get()
    assert story.body.replace("\r\n", "\n") == body
    refused = send(max_, f"/stories/{story.pk}/freeze/").content.decode()
    assert "line 3, column 27" in refused
    assert not story.versions.exists()


def test_a_promise_that_nobody_can_keep_is_said_where_it_is_mended(max_):
    told = send(max_, "/stories/check/", **typed()).content.decode()

    assert "“You save five hours a week.”: nobody can keep it." in told
    place = told.index('id="found_promise-0-keeper"')
    assert "nobody can keep it" in told[place : place + 200]
    assert "Add proof that the fix works" in told


def test_the_check_keeps_nothing(max_):
    send(max_, "/stories/check/", **typed())
    send(max_, "/stories/draft/", **typed())

    assert not Story.objects.exists()


def test_what_was_typed_stays_when_something_is_wrong(max_):
    answer = send(max_, "/stories/add/", **typed(**{"promise-0-amount": "many", "name": ""}))

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "You save five hours a week." in shown
    assert 'value="many"' in shown
    assert "posted twice every week" not in shown
    assert "you post the same numbers twice every week" in shown


def test_another_promise_is_one_more_row_and_nothing_is_lost(max_):
    shown = send(max_, "/stories/add/", **typed(more="promise")).content.decode()

    assert "Promise 2" in shown
    assert "You save five hours a week." in shown
    assert not Story.objects.exists()


def test_two_who_change_one_story_the_second_is_told(max_, lea):
    story = belonging(max_)
    base = {"kind": "belonging", "promises": "0", "variants": "0", "version": 1}
    send(max_, f"/stories/{story.pk}/edit/", name="Max was here", **base)

    late = send(lea, f"/stories/{story.pk}/edit/", name="Lea was here", **base)

    assert late.status_code == 422
    assert "Someone else changed this story meanwhile" in late.content.decode()
    assert "Lea was here" in late.content.decode()
    story.refresh_from_db()
    assert story.name == "Max was here"


def test_a_frame_runs_nothing_and_is_framed_by_the_house_alone(max_):
    story = solution(max_, body="<script>alert(1)</script>{{ person.name }}")
    eve = people.add_person(by=None, at=MONDAY, source="t", name="<script>alert(2)</script>")

    answer = browser(max_).get(f"/stories/{story.pk}/preview/frame/?person={eve.pk}")
    around = page(max_, f"/stories/{story.pk}/preview/?person={eve.pk}")

    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script" not in answer.content.decode()
    assert 'sandbox=""' in around
    assert "alert(2)</script>" not in around


def test_a_person_of_another_team_is_not_shown_in_a_preview(ada, ben, cyd):
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    whom = people.add_person(by=ben, at=MONDAY, source="t", name="Grace Hopper", owner=ben)
    story = belonging(ada)

    assert "Grace" in page(ben, f"/stories/{story.pk}/preview/frame/?person={whom.pk}")
    assert "Grace" not in page(cyd, f"/stories/{story.pk}/preview/frame/?person={whom.pk}")
    assert "Grace" not in page(cyd, f"/stories/{story.pk}/preview/?search=grace&person={whom.pk}")


def test_an_offer_is_said_once_and_its_stories_inherit_it(max_):
    offer = offered()
    story = belonging(max_, offer=offer, for_whom="")
    assert "Unlike a spreadsheet, it reads the bank" in page(max_, "/stories/offers/")

    send(
        max_,
        f"/stories/offers/{offer.pk}/",
        name="Ledgerly",
        for_whom="all who count",
        version=1,
    )

    assert Offer.objects.get().for_whom == "all who count"
    assert "all who count" in page(max_, f"/stories/{story.pk}/")


def test_proof_without_a_source_is_refused_next_to_the_field(max_):
    answer = send(max_, "/stories/proof/add/", claim="Saves 5 hours", source="")

    assert answer.status_code == 422
    assert not Proof.objects.exists()


def test_proof_that_holds_no_more_is_told_no_more(max_):
    story = solution(max_)
    proof = story.proofs.get()

    send(max_, f"/stories/proof/{proof.pk}/retire/", is_wanted="yes")

    assert "Add proof that the fix works" in page(max_, f"/stories/{story.pk}/")
    assert proof.claim in page(max_, f"/stories/{story.pk}/edit/")


def test_a_concern_is_answered_approved_and_then_told(max_, ben):
    send(ben, "/concerns/add/", name="Is it safe?", kind="trust")
    concern = Concern.objects.get()
    send(ben, f"/concerns/{concern.pk}/answers/", words="Each bank's key stays with you.")
    answer = Answer.objects.get()
    story = solution(max_)
    story.concerns.add(concern)
    brief = f"/stories/{story.pk}/preview/frame/?channel=call"

    assert "Each bank" not in page(ben, brief)
    assert browser(ben).post(f"/answers/{answer.pk}/approve/").status_code == 403
    send(max_, f"/answers/{answer.pk}/approve/", is_wanted="yes")

    assert "If they ask “Is it safe?”: Each bank" in page(ben, brief)
    assert "Every concern has an answer" in page(max_, "/concerns/")


@pytest.mark.parametrize("channel", ["email", "page", "call", "ad", "text", "nonsense", ""])
def test_every_channel_is_looked_at(max_, channel):
    story = solution(max_)
    promised(story, max_, words="A second one.")
    story.concerns.add(feared(answer="<b>Yes</b>"))

    shown = page(max_, f"/stories/{story.pk}/preview/frame/?channel={channel}&variant=Z&person=x")

    assert "ledgerly" in shown.lower() or "posted" in shown.lower()
    assert "<b>Yes" not in shown
