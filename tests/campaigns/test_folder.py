"""A house that writes its mails into a folder: a campaign is seen end to end, nobody gets one."""

import re
from email import message_from_bytes, policy

import pytest

from halves.mail.errors import MailSettingsRefused
from halves.mail.folder import folder_of
from halves.mail.settings import MailSettings
from halves.mail.signing import make_keys
from halves.people.everything import parts
from tests.campaigns.company import TUESDAY, launched, states, willing, worked
from tests.house import browser


def set_up(house) -> None:
    house.settings_file.write_text(
        '[house]\nurl = "https://navy.example"\n[mail]\nbackend = "folder"\n'
        'from = "Navy <news@navy.example>"\ncompany = "Navy Ltd, 1 Pier, Portsmouth"\n'
    )


def files(house):
    return sorted(folder_of(house.home).glob("*"))


def test_each_mail_is_one_file_under_its_own_id(house, ada):
    set_up(house)
    make_keys(house.home, selector="halves", kinds=["ed25519"])
    campaign = launched(ada, willing(3))

    assert worked() == 3

    assert states(campaign) == {"sent": 3}
    mails = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in files(house)]
    assert {one["To"] for one in mails} == {f"p{n}@people.example" for n in range(3)}
    for file, mail in zip(files(house), mails, strict=True):
        assert mail["Message-ID"] == f"<{file.stem}>"
        assert mail["DKIM-Signature"]
        assert mail["List-Unsubscribe-Post"]


def test_the_same_mail_again_is_the_same_file(house, ada):
    set_up(house)
    campaign = launched(ada, willing(2))
    worked()
    campaign.messages.update(state="queued", claim="", sending_at=None)
    type(campaign).objects.update(state="sending", ended_at=None)

    worked()

    assert len(files(house)) == 2


def test_a_folder_that_takes_nothing_costs_nobody_their_mail(house, ada):
    set_up(house)
    campaign = launched(ada, willing(2))
    folder_of(house.home).write_text("in the way")

    worked(rounds=1)

    campaign.refresh_from_db()
    assert states(campaign) == {"queued": 2}
    assert "takes no file" in campaign.trouble


def test_what_people_would_get_is_read_on_a_page_and_its_links_work(house, ada, vic):
    set_up(house)
    launched(ada, willing(1))
    worked(TUESDAY)

    listed = browser(ada).get("/settings/mail/sent/").content.decode()
    address = re.search(r'href="(/settings/mail/sent/[^"/]+/)"', listed)[1]
    shown = browser(ada).get(address).content.decode()
    whole = browser(ada).get(f"{address}file/")
    left = re.search(r"https://navy\.example(/u/[\w-]+)", shown)[1]

    assert "P, there is a berth" in listed
    assert "p0@people.example" in shown
    assert whole["Content-Type"] == "message/rfc822"
    assert browser().get(left).status_code == 200
    assert browser(vic).get("/settings/mail/sent/").status_code == 403


def test_a_name_that_is_none_of_a_mail_leads_back(house, ada):
    set_up(house)
    (house.home / "secret.eml").write_text("To: a@b\n\nsecret")
    for name in ("nobody", "..", "..%2Fsecret", ".hidden", "%00", "a" * 300):
        answer = browser(ada).get(f"/settings/mail/sent/{name}/")
        assert answer.status_code in (302, 404), name


def test_an_erased_person_s_mails_go_too(house, ada):
    set_up(house)
    people = willing(2)
    launched(ada, people)
    worked()
    part = parts()["mails in the folder"]

    assert "p0@people.example" in part.export([people[0]])[0]["mail"]
    assert part.erase([people[0]]) == 1

    assert len(files(house)) == 1
    assert part.erase([people[0]]) == 0


def test_another_backend_is_refused_by_name():
    with pytest.raises(MailSettingsRefused, match="must be one of smtp, folder, got 'pigeon'"):
        MailSettings.of({"backend": "pigeon"}, url="")
