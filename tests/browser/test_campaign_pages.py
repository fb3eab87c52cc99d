"""Campaigns in each of their states, and what who reads a mail sees: for everyone, at any width."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.test_access_to_pages import trouble

# What a campaign's pages show in each state; nothing listens where the mails would go.
SET_UP = """
import json
import django
django.setup()
from datetime import timedelta
from django.conf import settings
from halves.access.models import User
from halves.campaigns import actions
from halves.campaigns.links import Kind, token
from halves.campaigns.models import Message
from halves.mail.signing import make_keys
from tests.campaigns.ad_company import agreeing, made, planned
from tests.campaigns.company import drafted, launched, looked_at, now, settings_file, story
settings_file(settings.PLACE.settings_file, 9)
make_keys(settings.PLACE.home, selector="halves")
ada = User.objects.get(email="ada@example.org")
people = agreeing(30, named="reader")
told = story(ada, name="Berths by the sea")
second = story(ada, name="A second letter")
steps = [{"story": told}, {"story": second, "wait_hours": 72}]
draft = drafted(ada, people, title="Only a draft", steps=steps, holdout_share=0.2)
checked = drafted(ada, people, title="Looked at", told=told, opens=9, closes=17)
looked_at(checked, ada)
going = launched(ada, people, title="On its way", told=told, at=now() + timedelta(days=400),
                 send_from=now() + timedelta(days=400))
paused = launched(ada, people, title="Held up", told=told, at=now(),
                  send_from=now() + timedelta(days=400))
actions.pause(paused, by=ada, at=now(), why="Restored from a backup: look before you resume it.")
sent = launched(ada, people, title="Gone out", told=told, holdout_share=0.2,
                send_from=now() + timedelta(days=400))
step = sent.steps.get()
states = ["sent"] * 20 + ["failed"] * 4 + ["unknown"] * 3 + ["skipped"] * 3
whys = {"failed": "550 5.1.1 no such address", "skipped": "said_no"}
Message.objects.bulk_create([
    Message(campaign=sent, step=step, person=one, address=one.email, state=state, key=f"k{place}",
            why=whys.get(state, ""), due_at=now(), sending_at=now(), sent_at=now())
    for place, (one, state) in enumerate(zip(people, states))])
type(sent).objects.filter(pk=sent.pk).update(state="sent", drawn_at=now(), ended_at=now())
ads = planned(ada, people, title="Sailors")
made(ads, ada, at=now())
one = people[0]
links = {kind: f"/{kind}/" + token(kind, person=one.pk, ledger_id=one.ledger_id,
         campaign=sent.pk, place=0) for kind in (Kind.UNSUBSCRIBE, Kind.PREFERENCES)}
inside = [f"/campaigns/{c.pk}/" for c in (draft, checked, going, paused, sent)]
inside += ["/campaigns/", f"/campaigns/{draft.pk}/edit/", f"/campaigns/{sent.pk}/changed/",
           "/settings/mail/", f"/audiences/{ads.audience_id}/ads/", f"/ad-lists/{ads.pk}/"]
print(json.dumps({"inside": inside, "outside": [*links.values()]}))
"""


@pytest.fixture(scope="module")
def pages(served) -> dict[str, list[str]]:
    said = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    said |= {"HALVES_HOME": str(served.home), "DJANGO_SETTINGS_MODULE": "halves.settings"}
    said |= {"HALVES_SETTINGS": str(served.home / "halves.toml")}
    done = subprocess.run(
        [sys.executable, "-c", SET_UP],
        env=said,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        (1280, False),
        (390, True),
        pytest.param(1280, True, marks=pytest.mark.slow),
        pytest.param(390, False, marks=pytest.mark.slow),
    ],
)
def test_no_page_of_a_campaign_or_its_mail_keeps_anyone_out(signed_in, pages, width, dark):
    page, found = signed_in("ada", width=width, dark=dark), []
    for path in (*pages["inside"], *pages["outside"]):
        answer = page.goto(path)
        if not answer.ok:
            found.append(f"{path}: {answer.status}")
        found += trouble(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{path}: {wide} px wide on a screen of {width}")
        if folder := os.environ.get("HALVES_PICTURES"):
            name = path.strip("/").replace("/", "-")[:22]
            page.screenshot(path=f"{folder}/{name}-{width}-{dark}.png", full_page=True)

    assert found == []
