"""Links of a mail: one click leaves for good; forged, foreign and mere looks change nothing."""

import re
from datetime import timedelta

import pytest

from halves.campaigns import links
from halves.campaigns.links import Kind
from halves.campaigns.models import Message, Signal
from halves.people.merging import merge
from halves.people.models import Consent
from halves.people.reachable import Refusal, who_may_be_told
from tests.campaigns.company import TUESDAY, launched, now, willing, worked
from tests.house import browser

PERSON = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


@pytest.fixture
def sent(mailing, ada, sink):
    people = willing(2)
    launched(ada, people)
    worked()
    return people


def path_in(sink, to: str, kind: str) -> str:
    mail = next(one for one in sink.mails if one["To"] == to)
    html = mail.get_body(("html",)).get_content()
    return re.search(rf"https://navy\.example(/{kind}/[\w-]+)", html + mail["List-Unsubscribe"])[1]


def refused(person, topic="news"):
    asked = who_may_be_told([person.pk], channel="email", topic=topic, at=now())
    return asked[person.pk]


def test_a_mail_program_s_one_click_is_obeyed_at_once_and_for_ever(sent, sink):
    path = path_in(sink, "p0@people.example", "u")

    answer = browser().post(path, {"List-Unsubscribe": "One-Click"})
    again = browser().post(path, {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, again.status_code) == (200, 200)
    assert refused(sent[0]) is Refusal.SAID_NO
    assert refused(sent[1]) is None
    assert refused(sent[0], "another") is None
    assert Consent.objects.filter(person=sent[0], is_given=False).count() == 1


def test_looking_at_the_page_changes_nothing(sent, sink):
    before = Consent.objects.count()
    for kind in ("u", "t", "m"):
        path = path_in(sink, "p0@people.example", kind)
        assert browser().get(path).status_code == 200
        assert browser().head(path).status_code == 200

    assert Consent.objects.count() == before
    assert refused(sent[0]) is None


def test_forged_cut_and_foreign_tokens_are_refused(sent, sink):
    whole = path_in(sink, "p0@people.example", "u").removeprefix("/u/")
    other = path_in(sink, "p1@people.example", "u").removeprefix("/u/")
    click = path_in(sink, "p0@people.example", "c").removeprefix("/c/")
    forged = [
        whole[:-1] + ("A" if whole[-1] != "A" else "B"),
        whole[:-4],
        whole + "AAAA",
        other[:2] + whole[2:],  # another's key with this one's hash
        click,  # of another kind of link
        "A" * 30,
        "%00",
        "é" * 20,
        "x" * 5_000,
    ]
    for token in forged:
        assert browser().post(f"/u/{token}").status_code == 404, token
    assert browser().get(f"/c/{whole}").status_code == 404
    assert not Consent.objects.filter(is_given=False).exists()


def test_a_click_leads_only_where_the_mail_led(sent, sink):
    path = path_in(sink, "p0@people.example", "c")

    answer = browser().get(f"{path}?to=https://evil.example", headers={"user-agent": PERSON})

    assert answer.status_code == 302
    assert answer["Location"].startswith("https://navy.example/berths")


def test_machines_clicks_are_marked(sent, sink):
    path = path_in(sink, "p0@people.example", "c")
    browser().get(path, headers={"user-agent": PERSON})
    browser().head(path, headers={"user-agent": PERSON})
    browser().get(path, headers={"user-agent": "Mimecast-Scan/1.0"})
    Message.objects.update(sending_at=now())
    browser().get(path, headers={"user-agent": PERSON})
    browser().get(path_in(sink, "p0@people.example", "i"), headers={"user-agent": PERSON})

    marks = list(Signal.objects.order_by("pk").values_list("kind", "machine"))
    assert [kind for kind, _ in marks] == ["click"] * 4 + ["open"]
    assert [bool(machine) for _, machine in marks] == [False, True, True, True, True]


def test_choices_by_topic(sent, sink):
    path = path_in(sink, "p0@people.example", "t")
    assert "news" in browser().get(path).content.decode()

    browser().post(path, {})
    assert refused(sent[0]) is Refusal.SAID_NO
    browser().post(path, {"topic": ["news"]})
    assert refused(sent[0]) is None
    browser().post(path, {"all": "no"})
    assert refused(sent[0]) is Refusal.SAID_NO
    assert refused(sent[0], "another") is Refusal.SAID_NO
    browser().post(path, {"topic": ["news"]})
    assert refused(sent[0]) is None


def test_a_link_of_someone_merged_since_speaks_for_whom_they_became(sent, sink):
    merge(sent[1], sent[0], by=None, at=TUESDAY, why="t")

    browser().post(path_in(sink, "p0@people.example", "u"))

    assert refused(sent[1]) is Refusal.SAID_NO


def test_a_mail_can_be_read_in_the_browser_and_nothing_in_it_runs(sent, sink):
    answer = browser().get(path_in(sink, "p0@people.example", "m"))

    assert "come and" in answer.content.decode()
    assert "<title>P, there is a berth</title>" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "allow-same-origin" not in answer["Content-Security-Policy"]
    assert "sandbox" in answer["Content-Security-Policy"]


def test_tokens_are_short_and_differ_for_each_purpose(sent):
    said = {"person": 10**6, "ledger_id": "x", "campaign": 10**3, "place": 3}
    tokens = {links.token(kind, **said, number=7) for kind in Kind}

    assert len(tokens) == len(Kind)
    assert max(map(len, tokens)) <= 28


def test_between_a_no_and_the_next_mail_lies_less_than_a_second(mailing, ada, sink):
    """The last look is right before the line: whoever says no while others are sent gets none."""
    people = willing(3)
    campaign = launched(ada, people)
    worked()
    browser().post(path_in(sink, "p0@people.example", "u"))

    told = campaign.steps.get().story
    launched(ada, people, at=now(), title="The next", told=told)
    worked(now() + timedelta(seconds=1))

    assert sink.to.count("p0@people.example") == 1
    assert sink.to.count("p1@people.example") == 2
