"""The mail that asks a customer: who asks, from where, and how to be asked no more."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from halves.people import letters
from halves.people.consenting import consent
from halves.people.models import Consent, Letter, LetterState
from halves.people.reachable import who_may_be_told
from halves.promises.models import SurveyAsked
from halves.promises.surveys import TOPIC, ask
from tests.campaigns.company import now
from tests.house import MONDAY, browser
from tests.promises.company import a_survey, told

pytestmark = pytest.mark.house


@pytest.fixture
def sent(house):
    """The mails of a house that writes them into its folder, once those due are sent."""
    house.settings_file.write_text(
        '[house]\nurl = "https://navy.example"\n[mail]\nbackend = "folder"\n'
        'from = "Navy <news@navy.example>"\ncompany = "Navy Ltd, 1 Pier, Portsmouth"\n'
    )

    def send():
        letters.send_due(MONDAY)
        files = sorted((house.home / "mail").rglob("*.eml"))
        return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in files]

    return send


@pytest.fixture
def grace(lea):
    person = told(lea).person
    consent(person, channel="email", topic="", is_given=True, how="t", by=lea, at=MONDAY)
    return person


def asked_of(lea, person, *, at=MONDAY):
    return ask(a_survey(lea, kind="recommend", at=at), [person], at=at)


def test_the_mail_says_who_asks_where_they_live_and_how_to_be_asked_no_more(sent, lea, grace):
    asked_of(lea, grace)

    [mail] = sent()

    leave = f"https://navy.example/a/{SurveyAsked.objects.get().token}/no/"
    words = mail.get_content()
    assert words.rstrip().endswith("Navy Ltd, 1 Pier, Portsmouth")
    assert f"Ask me no more: {leave}" in words
    assert mail["List-Unsubscribe"].startswith(f"<{leave}>, <mailto:news@navy.example")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    row = Letter.objects.get()
    assert (row.text, row.leave) == ("", "")  # what opens a page is kept no longer than needed


def test_a_receipt_has_neither_since_it_is_owed(sent, lea, grace):
    letters.write(key="receipt:1", to=grace.email, subject="Yours", text="Thank you", at=MONDAY)

    [mail] = sent()

    assert mail["List-Unsubscribe"] is None
    assert mail.get_content().strip() == "Thank you"


@pytest.mark.parametrize("said", [{}, {"List-Unsubscribe": "One-Click"}])
def test_who_asks_not_to_be_asked_again_is_not_and_still_gets_the_rest(sent, lea, grace, said):
    asked_of(lea, grace)
    page = f"/a/{SurveyAsked.objects.get().token}/no/"

    assert "Do not ask me again" in browser().get(page).content.decode()
    assert browser().head(page).status_code == 200
    assert not Consent.objects.filter(is_given=False).exists()  # programs follow links
    for _time in range(2):
        assert browser().post(page, said).status_code == 200

    [no] = Consent.objects.filter(is_given=False)
    assert (no.person, no.channel, no.topic, no.by) == (grace, "email", TOPIC, "halves")
    later = now() + timedelta(days=200)
    assert asked_of(lea, grace, at=later) == (0, {"said no": 1})
    news = who_may_be_told([grace.pk], channel="email", topic="news", at=later)
    assert news[grace.pk] is None


def test_whoever_changed_their_mind_may_be_asked_again_and_say_no_again(lea, grace, settings):
    settings.HALVES_URL = "https://halves.example"
    asked_of(lea, grace)
    page = f"/a/{SurveyAsked.objects.get().token}/no/"
    browser().post(page)
    later = now() + timedelta(days=200)
    consent(grace, channel="email", topic=TOPIC, is_given=True, how="t", by=lea, at=later)

    assert asked_of(lea, grace, at=later)[0] == 1


def test_a_question_that_still_waits_is_not_sent_to_who_said_no_meanwhile(sent, lea, grace):
    asked_of(lea, grace)
    consent(grace, channel="email", topic="", is_given=False, how="t", by=lea, at=MONDAY)

    assert sent() == []

    row = Letter.objects.get()
    assert (row.state, row.said, row.text) == (LetterState.FAILED, "said no", "")


def test_the_page_of_the_question_leads_there_and_a_forged_link_nowhere(sent, lea, grace):
    asked_of(lea, grace)
    token = SurveyAsked.objects.get().token

    page = browser().get(f"/a/{token}/").content.decode()

    assert f'href="/a/{token}/no/"' in page
    assert "Navy Ltd, 1 Pier, Portsmouth" in page
    assert browser().get("/a/forged/no/").status_code == 404
    assert browser().post("/a/forged/no/").status_code == 404
