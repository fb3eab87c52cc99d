"""What is on the line: no header can be slipped in, and other programs believe the signatures."""

from email.utils import parseaddr

import dkim
import pytest

from halves.campaigns.errors import MailNotSet
from halves.campaigns.models import Message
from halves.campaigns.sending_settings import insist_on_mail
from halves.mail.errors import HeaderRefused
from halves.mail.signing import keys, make_keys
from halves.mail.writing import Mail, written
from halves.people.models import Person
from tests.campaigns.company import TUESDAY, launched, settings_file, states, willing, worked

EVIL = [
    "Eve\r\nBcc: victim@people.example",
    "Eve\nBcc: victim@people.example\n\nA body of my own",
    "Eve\rBcc: victim@people.example",
    "Eve\u2028Bcc: victim@people.example",
    "Eve\x0bBcc: victim@people.example",
    "=?utf-8?q?Eve=0d=0aBcc:_victim=40people.example?=",
    "Eve\x01",
]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_slips_no_header_into_the_mail(mailing, ada, sink, name):
    [eve, ann] = willing(2)
    Person.objects.filter(pk=eve.pk).update(name=name)
    campaign = launched(ada, [eve, ann])

    worked()

    assert states(campaign) == {"sent": 2}
    for mail in sink.mails:
        assert "bcc" not in {header.lower() for header in mail}
        assert len(mail.get_all("Subject")) == 1
        assert "there is a berth" in mail["Subject"]
    assert sorted(sink.to) == ["p0@people.example", "p1@people.example"]


@pytest.mark.parametrize("name", EVIL[:5])
def test_a_sender_s_name_of_two_lines_is_no_setting(house, name):
    settings_file(house.settings_file, 25)
    text = house.settings_file.read_text()
    quoted = name.encode("unicode_escape").decode().replace("\\x", "\\u00")
    house.settings_file.write_text(text.replace("Navy <", f"{quoted} <"))

    with pytest.raises(MailNotSet):
        insist_on_mail()


@pytest.mark.parametrize("name", EVIL[:5])
@pytest.mark.parametrize("field", ["sender", "subject", "reply_to", "to"])
def test_a_header_of_two_lines_is_not_written(name, field):
    said = {"sender": "Navy <news@navy.example>", "to": "p@people.example", "subject": "x"}
    said |= {field: name if field == "subject" else f"{name} <p@people.example>"}
    mail = Mail(text="x", html="", message_id="x@navy.example", at=TUESDAY, **said)

    with pytest.raises(HeaderRefused):
        written(mail)


def test_a_sender_s_name_of_other_letters_arrives(house, ada, sink):
    settings_file(house.settings_file, sink.port)
    text = house.settings_file.read_text()
    house.settings_file.write_text(text.replace("Navy <", r"\"Flotte, Käthe\" <"))
    launched(ada, willing(1))

    worked()

    [mail] = sink.mails
    assert mail["From"].addresses[0].display_name == "Flotte, Käthe"
    assert mail["From"].addresses[0].addr_spec == "news@navy.example"


def test_both_signatures_of_the_bytes_that_arrived_are_believed(mailing, ada, sink):
    made = make_keys(mailing.home, selector="halves")
    people = willing(3)
    Person.objects.filter(pk=people[0].pk).update(name="Zoë Ångström-Łukasiewicz " + "é" * 90)
    Person.objects.filter(pk=people[1].pk).update(name="Ann    Of  the  spaces")
    launched(ada, people)
    worked()

    records = {
        f"{where}.".encode(): record.encode()
        for where, record in (one.record("navy.example") for one in made)
    }
    assert [one.kind for one in keys(mailing.home)] == ["ed25519", "rsa"]
    for line in sink.lines:
        raw = line["mail"].encode("utf-8", "surrogateescape")
        checked = dkim.DKIM(raw)
        for index in (0, 1):
            assert checked.verify(idx=index, dnsfunc=lambda name, **_: records.get(name))
        changed = dkim.DKIM(raw.replace(b"List-Unsubscribe: <https", b"List-Unsubscribe: <http"))
        assert not changed.verify(idx=0, dnsfunc=lambda name, **_: records.get(name))
    assert len(sink.lines) == 3


def test_what_a_signature_covers_cannot_be_put_in_again(mailing, ada, sink):
    make_keys(mailing.home, selector="halves", kinds=["ed25519"])
    launched(ada, willing(1))
    worked()

    [mail] = sink.mails
    signed = "".join(mail["DKIM-Signature"].split())
    names = signed.partition("h=")[2].partition(";")[0].split(":")
    assert {"from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post"} <= set(
        names
    )
    assert parseaddr(mail["From"])[1].endswith("@navy.example")
    assert "d=navy.example" in signed
    assert Message.objects.get().state == "sent"
