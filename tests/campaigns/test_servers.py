"""Mail servers that are slow, refuse, hang up or lie: nothing is lost, nothing is sent twice."""

from datetime import timedelta

import pytest

from halves.campaigns.models import Message, State
from halves.mail.outcomes import What
from halves.mail.settings import MailSettings
from halves.mail.smtp import Line
from halves.people.models import Bounce
from tests.campaigns.company import TUESDAY, launched, settings_file, states, willing, worked
from tests.campaigns.moody import HANGS_UP, USUAL, Moody

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def told(house, ada, server, people=6):
    settings_file(house.settings_file, server.port)
    campaign = launched(ada, willing(people))
    worked(rounds=2)
    campaign.refresh_from_db()
    return campaign


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"hello": b"554 5.3.2 not today"}, "554 5.3.2 not today"),
        ({"hello": b"HTTP/1.1 400 Bad Request"}, "400 Bad Request"),
        ({"hello": HANGS_UP}, "Connection unexpectedly closed"),
        ({"mail": b"530 5.7.0 sign in first"}, "530 5.7.0 sign in first"),
        ({"mail": b"550 5.7.1 you may not write as navy.example"}, "you may not write as"),
        ({"mail": b"451 4.3.0 disk full"}, "451 4.3.0 disk full"),
        ({"rcpt": b"421 4.3.2 closing down"}, "421 4.3.2 closing down"),
        ({"rcpt": b"535 5.7.8 wrong password"}, "535 5.7.8 wrong password"),
        ({"data": HANGS_UP}, "Connection unexpectedly closed"),
        ({"data": b"421 4.3.2 closing down"}, "421 4.3.2 closing down"),
    ],
)
def test_a_server_that_takes_nothing_costs_nobody_their_mail(house, ada, answers, words):
    with Moody(**answers) as server:
        campaign = told(house, ada, server)

        assert states(campaign) == {"queued": 6}
        assert campaign.state == State.SENDING
        assert campaign.trouble.startswith("The mail server takes nothing: ")
        assert words in campaign.trouble
        assert not Bounce.objects.exists()

        server.answers = USUAL
        assert worked(TUESDAY + timedelta(minutes=5)) == 6
    campaign.refresh_from_db()
    assert (campaign.state, campaign.trouble) == (State.SENT, "")
    assert len(server.taken) == 6


@pytest.mark.parametrize("where", ["rcpt", "dot"])
def test_a_server_that_refuses_everybody_means_us_and_they_get_it_later(house, ada, where):
    with Moody(**{where: b"554 5.7.1 your address is on a list"}) as server:
        campaign = told(house, ada, server)

        assert states(campaign) == {"queued": 6}
        assert "refuses every mail: 554 5.7.1 your address is on a list" in campaign.trouble

        server.answers = USUAL
        assert worked(TUESDAY + timedelta(minutes=5)) == 6


def test_a_server_that_refuses_everybody_for_hours_is_believed_in_the_end(house, ada):
    with Moody(rcpt=b"554 5.7.1 your address is on a list") as server:
        campaign = told(house, ada, server)
        for hours in range(1, 15):
            worked(TUESDAY + timedelta(hours=hours * 7), rounds=1)

    campaign.refresh_from_db()
    assert states(campaign) == {"failed": 6}
    assert campaign.state == State.SENT


@pytest.mark.parametrize(
    "answers",
    [
        {"dot": HANGS_UP},
        {"dot": b"what a nice mail"},
        {"dot": b"354 go on"},
        {"dot": b"999 no such code"},
    ],
)
def test_what_nobody_can_know_is_unknown_and_not_sent_again(house, ada, answers):
    with Moody(**answers) as server:
        campaign = told(house, ada, server)
        worked(TUESDAY + timedelta(days=1))

        assert states(campaign) == {"unknown": 6}
        assert len(server.taken) == 6


@pytest.mark.parametrize("code", [b"250 taken", b"251 will forward", b"252 shall try"])
def test_any_yes_to_the_data_is_a_yes(house, ada, code):
    with Moody(dot=code) as server:
        campaign = told(house, ada, server)
        worked(TUESDAY + timedelta(days=1))

    assert states(campaign) == {"sent": 6}
    assert len(server.taken) == 6


@pytest.mark.parametrize("answer", [b"451 4.3.0 later, please", b"421 4.3.2 closing down"])
def test_put_off_after_the_data_goes_later_once(house, ada, answer):
    with Moody(dot=answer) as server:
        campaign = told(house, ada, server, people=2)
        assert states(campaign) == {"queued": 2}

        server.answers = USUAL
        assert worked(TUESDAY + timedelta(hours=1)) == 2
        assert len(server.taken) == 4  # twice each, of which it said no to the first

    assert states(campaign) == {"sent": 2}


def test_a_no_before_the_server_hangs_up_is_a_no(house, ada):
    with Moody(rcpt=b"550 5.1.1 no such address", hangs_up_after="rcpt") as server:
        campaign = told(house, ada, server)

    assert states(campaign) == {"failed": 6}
    assert Bounce.objects.count() == 6


def test_a_slow_server_is_waited_for(house, ada):
    with Moody(waits_s=1.5) as server:
        campaign = told(house, ada, server, people=2)

    assert states(campaign) == {"sent": 2}


def test_a_server_that_never_answers_leaves_the_mail_unknown(tmp_path):
    with Moody(waits_s=3) as server:
        settings_file(tmp_path / "halves.toml", server.port)
        line = Line(MailSettings.read(tmp_path / "halves.toml"), timeout_s=2, answer_s=0.2)
        outcome = line.send("p@people.example", b"Subject: x\r\n\r\nx\r\n")

    assert outcome.what is What.UNKNOWN


def test_a_cut_line_between_two_mails_is_dialled_anew(house, ada):
    with Moody(hangs_up_after="dot") as server:
        campaign = told(house, ada, server, people=40)  # more than there are lines

    assert states(campaign) == {"sent": 40}
    assert len(server.taken) == 40
    assert Message.objects.filter(tries__gt=0).count() == 0
