"""The concerns page: who sees what, what a person shapes there, and what it says."""

from datetime import UTC, datetime, timedelta

import pytest

from halves.concerns.models import Answer, Concern, Heard
from tests.concerns.company import DEAR, DOUBT, DREAM, deal, listen, person, talk, voiced
from tests.house import browser

NOW = datetime.now(UTC)


@pytest.fixture
def heard(ben):
    """Twelve people voiced two concerns lately, one of them in a deal of 9,000."""
    talks = voiced(ben, DEAR + DOUBT, at=NOW - timedelta(days=2))
    deal(talks[6].person, "open", 9_000)
    listen(at=NOW)
    return talks


def page(user, path) -> str:
    return browser(user).get(path).content.decode()


def send(user, path, **said):
    return browser(user).post(path, said, follow=True).content.decode()


def of(words: str) -> Concern:
    return Heard.objects.get(words=words).concern


def test_concerns_stand_in_the_order_in_which_answering_them_pays(heard, ben):
    shown = page(ben, "/concerns/")

    assert shown.index(of(DOUBT[0]).name) < shown.index(of(DEAR[0]).name)
    assert "holds back 6 people at least" in shown
    assert "9,000" in shown
    assert "no winner yet" in shown
    assert "found by listening" in shown


def test_a_concern_shows_what_was_said_and_how_many_may_hold_it(heard, ben):
    shown = page(ben, f"/concerns/{of(DEAR[0]).pk}/")

    assert DEAR[0] in shown
    assert "6 people voiced it." in shown
    assert "Of 12 who were talked with, 6 to 12 may hold it" in shown
    assert "no winner yet" in shown


def test_answers_stand_by_what_is_known_of_them_and_what_people_wrote_stands_above(heard, ben):
    concern = of(DEAR[0])
    known = {"concern": concern, "made_at": NOW, "changed_at": NOW}
    Answer.objects.create(**known, words="Given and told", is_proposed=True, given_before=40,
                          effect=0.02, effect_low=-0.05, effect_high=0.09)  # fmt: skip
    Answer.objects.create(**known, words="Hardly ever given", is_proposed=True, given_before=2)
    Answer.objects.create(**known, words="It wins", verdict="wins", is_proposed=True)
    Answer.objects.create(**known, words="Written by hand")
    Answer.objects.create(**known, words="It loses", verdict="loses", is_approved=True)
    shown = page(ben, f"/concerns/{concern.pk}/")

    order = ["It wins", "Written by hand", "Given and told", "Hardly ever given", "It loses"]
    assert sorted(order, key=shown.index) == order


def test_words_of_a_private_talk_show_to_its_seller_alone(heard, ben, bea, ada):
    talk(person("Secret"), ben, ("them", "It is too expensive for Secret Ltd."), at=NOW,
         is_private=True)  # fmt: skip
    listen(at=NOW)
    where = f"/concerns/{of(DEAR[0]).pk}/"

    assert "Secret Ltd" in page(ben, where)
    for user in (bea, ada):
        assert "Secret" not in page(user, where)
        assert "Secret" not in page(user, "/concerns/")
        assert "Secret" not in page(user, "/concerns/pile/")


def test_a_concern_is_renamed_pinned_merged_and_split_on_its_page(heard, ben):
    dear, doubt = of(DEAR[0]), of(DOUBT[0])
    send(ben, f"/concerns/{dear.pk}/edit/", name="We cannot pay that", kind="price")
    own = Heard.objects.get(words=DEAR[2])
    split = send(ben, f"/concerns/{dear.pk}/split/", heard=[own.pk], name="Too dear for me")
    merged = send(ben, f"/concerns/{doubt.pk}/merge/", into=dear.pk)

    assert "“Too dear for me” is a concern of its own now." in split
    assert "is one with “We cannot pay that” now." in merged
    assert of(DOUBT[0]) == dear
    assert page(ben, f"/concerns/{doubt.pk}/") == ""  # leads to the one that it is now
    assert "Choose the concern" in send(ben, f"/concerns/{dear.pk}/merge/", into="")
    assert "at least one" in send(ben, f"/concerns/{dear.pk}/split/", name="Nothing")


def test_what_was_shaped_is_counted_at_once(heard, ben):
    dear, doubt = of(DEAR[0]), of(DOUBT[0])
    own = Heard.objects.get(words=DOUBT[0])  # of whom the deal of 9,000 is
    deal(own.person, "won", 700, at=NOW)
    send(ben, f"/concerns/{doubt.pk}/split/", heard=[own.pk], name="Is it a scam at all?")
    apart = of(DOUBT[0])
    shown, left = page(ben, f"/concerns/{apart.pk}/"), page(ben, f"/concerns/{doubt.pk}/")

    assert "One person voiced it." in shown
    assert "9,000" in shown
    assert "1 of 1 decided deals" in shown
    assert "5 people voiced it." in left
    send(ben, f"/concerns/{apart.pk}/merge/", into=dear.pk)
    assert "7 people voiced it." in page(ben, f"/concerns/{dear.pk}/")
    send(ben, f"/concerns/heard/{own.pk}/", into=doubt.pk)
    assert "6 people voiced it." in page(ben, f"/concerns/{doubt.pk}/")


def test_what_was_ticked_and_typed_to_split_off_is_there_after_a_refusal(heard, ben):
    dear, own = of(DEAR[0]), Heard.objects.get(words=DEAR[2])

    nameless = send(ben, f"/concerns/{dear.pk}/split/", heard=[own.pk], name=" ")
    unticked = send(ben, f"/concerns/{dear.pk}/split/", name="Too dear for me")

    assert nameless.count(" checked>") == 1
    assert f'value="{own.pk}" checked>' in nameless
    assert 'value="Too dear for me"' in unticked


def test_aspirations_that_nobody_voiced_are_not_said_to_be_spoken_of(ben):
    Concern.objects.create(name="To sleep at night", kind="belonging", is_aspiration=True,
                           made_at=NOW)  # fmt: skip

    shown = page(ben, "/concerns/?tab=aspirations")

    assert "0 people" not in shown
    assert "Nobody has spoken of these yet" in shown


def test_what_is_let_go_leaves_the_list_and_comes_back(heard, ben):
    dear = of(DEAR[0])
    assert "Let go" in send(ben, f"/concerns/{dear.pk}/retire/")
    assert f"/concerns/{dear.pk}/" not in page(ben, "/concerns/")
    send(ben, f"/concerns/{dear.pk}/retire/", is_wanted="no")
    assert f"/concerns/{dear.pk}/" in page(ben, "/concerns/")


def test_what_is_like_nothing_waits_in_the_pile_and_is_put_where_it_belongs(heard, ben):
    talk(person("Odd"), ben, ("them", "Our lawyers need to approve it first."), at=NOW)
    listen(at=NOW)
    one = Heard.objects.get(words__startswith="Our lawyers")
    dear = of(DEAR[0])

    assert "Our lawyers need to approve it first." in page(ben, "/concerns/pile/")
    send(ben, f"/concerns/heard/{one.pk}/", into=dear.pk)
    one.refresh_from_db()
    assert (one.concern, one.placed_by) == (dear, ben)


def test_aspirations_have_a_page_of_their_own(ben):
    voiced(ben, DREAM, at=NOW)
    listen(at=NOW)

    assert "spoke of" in page(ben, "/concerns/?tab=aspirations")
    assert of(DREAM[0]).name not in page(ben, "/concerns/")


def test_an_empty_library_teaches(ben, vic):
    assert "Let halves listen" in page(ben, "/concerns/")
    assert "<button>Listen to the talks" not in page(vic, "/concerns/")


def test_listening_is_asked_for_on_the_page(ben, django_capture_on_commit_callbacks):
    voiced(ben, DEAR, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        send(ben, "/concerns/listen/")

    assert Concern.objects.filter(is_proposed=True).count() == 1


def test_what_shows_how_far_listening_is_opens_the_page_anew_once_it_is_over(
    ben, django_capture_on_commit_callbacks
):
    voiced(ben, DEAR, at=NOW)
    asks = {"headers": {"HX-Request": "true", "HX-Target": "progress"}}
    with django_capture_on_commit_callbacks() as waiting:
        send(ben, "/concerns/listen/")
    assert "Waiting for a worker" in browser(ben).get("/concerns/", **asks).content.decode()

    for work in waiting:
        work()
    over = browser(ben).get("/concerns/", **asks)

    assert over["HX-Refresh"] == "true"
    assert over.content == b""


def test_words_from_talks_are_shown_as_words(ben):
    lines = [f"It is too expensive <script>x{one}()</script> for us." for one in range(6)]
    voiced(ben, lines, answer="<img src=x onerror=y()> over a year", at=NOW)
    listen(at=NOW)
    shown = page(ben, f"/concerns/{of(lines[0]).pk}/")

    assert "<script>x" not in shown
    assert "&lt;script&gt;x" in shown
    assert "<img src=x" not in shown
    assert Answer.objects.get().words.startswith("<img")
