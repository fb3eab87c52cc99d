"""A campaign over a real mail server: who gets it, once, and what is said when it goes wrong."""

from datetime import timedelta

from halves.campaigns import actions, recording
from halves.campaigns.models import Message, State
from halves.people.consenting import consent
from halves.people.models import Bounce
from halves.posting.outbox import flush
from tests.campaigns.company import TUESDAY, launched, states, willing, worked


def test_everyone_in_the_audience_gets_one_personal_mail(mailing, ada, sink):
    campaign = launched(ada, willing(30))

    assert worked() == 30

    campaign.refresh_from_db()
    assert campaign.state == State.SENT
    assert sorted(sink.to) == sorted(f"p{n}@people.example" for n in range(30))
    mail = next(one for one in sink.mails if one["To"] == "p7@people.example")
    assert mail["Subject"] == "P, there is a berth"
    assert "Navy Ltd, 1 Pier, Portsmouth" in mail.get_body(("plain",)).get_content()
    assert "https://navy.example/c/" in mail.get_body(("html",)).get_content()


def test_headers_let_people_leave_with_one_click(mailing, ada, sink):
    campaign = launched(ada, willing(1))
    worked()

    [mail] = sink.mails
    assert mail["List-Unsubscribe"].startswith("<https://navy.example/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == f"<{campaign.name}.campaigns.navy.example>"
    [row] = Message.objects.all()
    assert mail["Message-ID"] == f"<{row.key}@navy.example>"


def test_whoever_says_no_while_it_is_sent_gets_nothing(mailing, ada, sink):
    people = willing(3)
    campaign = launched(ada, people)
    for channel, topic, person in (("email", "news", people[0]), ("*", "", people[1])):
        consent(
            person,
            channel=channel,
            topic=topic,
            is_given=False,
            how="said so",
            by=None,
            at=TUESDAY,
        )

    worked(TUESDAY + timedelta(minutes=1))

    assert sink.to == ["p2@people.example"]
    assert campaign.messages.count() == 1  # the others were not even drawn


def test_an_address_that_does_not_exist_is_not_written_to_again(mailing, ada, sink):
    gone, never, later = (willing(1, named=name)[0] for name in ("gone", "never", "later"))
    campaign = launched(ada, [gone, never, later, *willing(1)])

    worked()

    assert states(campaign) == {"failed": 2, "queued": 1, "sent": 1}
    assert list(Bounce.objects.values_list("address", flat=True)) == ["gone0@people.example"]
    row = Message.objects.get(person=later)
    assert row.due_at > TUESDAY
    assert "4.7.1" in row.why


def test_a_line_cut_after_the_data_is_unknown_and_never_sent_again(mailing, ada, sink):
    [cut] = willing(1, named="cut")
    campaign = launched(ada, [cut, *willing(2)])

    worked()
    worked(TUESDAY + timedelta(days=1))

    assert states(campaign) == {"sent": 2, "unknown": 1}
    assert sink.to.count("cut0@people.example") == 1
    recording.settle(campaign, were_sent=True, by=ada, at=TUESDAY)
    assert states(campaign) == {"sent": 3}


def test_a_server_that_is_down_loses_nothing_and_the_page_says_so(mailing, ada, sink):
    campaign = launched(ada, willing(5))
    sink.kill()

    assert worked() == 0

    campaign.refresh_from_db()
    assert "The mail server takes nothing" in campaign.trouble
    assert states(campaign) == {"queued": 5}
    sink.start()
    assert worked(TUESDAY + timedelta(minutes=5)) == 5
    campaign.refresh_from_db()
    assert (campaign.state, campaign.trouble) == (State.SENT, "")


def test_mails_are_touches_on_the_ledger_with_their_propensity(mailing, ada, sink):
    campaign = launched(ada, willing(40), holdout_share=0.25)
    worked()
    flush()

    rows = mailing.book().read("touches").to_pylist()
    held_out = campaign.experiment.members.filter(is_held_out=True).count()
    assert len(rows) == len(sink.to) == 40 - held_out
    assert 0 < held_out < 40
    assert {(one["channel"], one["campaign"], one["propensity"]) for one in rows} == {
        ("email", campaign.name, 0.75)
    }


def test_a_pause_holds_and_a_resume_goes_on(mailing, ada, sink):
    campaign = launched(ada, willing(5))
    actions.pause(campaign, by=ada, at=TUESDAY)
    assert worked() == 0

    actions.resume(campaign, by=ada, at=TUESDAY)
    assert worked() == 5

    campaign = launched(
        ada, willing(5, start=10), title="Summer letter", told=campaign.steps.get().story
    )
    actions.cancel(campaign, by=ada, at=TUESDAY)
    assert worked() == 0
