"""What strangers send: too much, too deep, of others, from elsewhere, with scripts in it."""

import base64
import gzip
import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from halves.api import track_pace, track_urls
from halves.people.actions import add_person
from halves.people.models import Identifier, Person
from halves.tracking import door, reading
from halves.tracking.flushing import flush
from halves.tracking.models import Event, Source, Stitch
from halves.tracking.sources import new_key
from tests.house import MONDAY, browser
from tests.tracking.test_tracking import SITE, made, on_the_ledger, page, server, site

__all__ = ["made", "server", "site"]
VIEW = {"anonymousId": "v1", "name": "Home"}


def test_every_public_address_says_why_it_is_public():
    reasons = [one.callback.open_to_all for one in track_urls.urlpatterns]

    assert all(reasons)
    assert {one.name for one in track_urls.urlpatterns} == {"track", "track_script"}
    assert get_resolver().resolve("/v1/batch").url_name == "track"


def test_a_key_that_is_none_is_401(site, made, ada):
    site.key = "hw_none"
    assert site("page", VIEW).status_code == 401
    site.key = "\x00"
    assert site("page", VIEW).status_code == 401
    assert site.raw("page", json.dumps(VIEW).encode()).status_code == 401
    assert site.raw("page", b"{}", Authorization="Basic !!!").status_code == 401

    old = made.source.write_key
    new_key(Source.objects.get(), "write", by=ada, at=MONDAY)
    site.key = old
    assert site("page", VIEW).status_code == 401
    assert set(Event.objects.values_list("verdict", "state")) <= {("key_unknown", "refused")}


def test_the_key_may_be_in_the_body_and_the_body_plain_text(site):
    said = json.dumps({**VIEW, "writeKey": site.key, "messageId": "beacon"}).encode()

    for media in ("text/plain;charset=UTF-8", "application/json", ""):
        assert site.raw("p", said, media).status_code == 200

    assert Event.objects.get().message_id == "beacon"
    assert site.key not in Event.objects.get().body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"a":NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"userId":"u","event":"e","properties":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"n":' + b"9" * 5_000 + b"}",
        b"x" * (reading.MOST_OF_BATCH + 1),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_event_is_400(site, body):
    basic = base64.b64encode(f"{site.key}:".encode()).decode()

    answer = site.raw("track", body, Authorization=f"Basic {basic}")

    assert answer.status_code == 400
    assert answer.json()["success"] is False


def test_an_event_of_32_kb_is_taken_and_a_longer_one_is_400(site):
    said = {"anonymousId": "v", "event": "e", "properties": {"p": ""}}
    room = reading.MOST_OF_EVENT - len(json.dumps(said, separators=(",", ":")))

    said["properties"]["p"] = "x" * room
    assert site("track", said).status_code == 200
    said["properties"]["p"] = "é" * (room // 2)
    assert site("track", said).status_code == 200
    said["properties"]["p"] = "x" * (room + 1)
    assert site("track", said).status_code == 400
    assert site("batch", {"batch": [{"type": "track", **said}]}).status_code == 400


@pytest.mark.parametrize(
    "batch", [None, {}, "x", [1], [{"type": "sale"}], [{}], [{"type": ["page"]}]], ids=str
)
def test_a_batch_that_is_none_is_400(site, batch):
    assert site("batch", {"batch": batch}).status_code == 400


def test_gzip_is_read_and_a_bomb_is_400(site):
    basic = {"Authorization": "Basic " + base64.b64encode(f"{site.key}:".encode()).decode()}
    small = gzip.compress(json.dumps(VIEW).encode())
    bomb = gzip.compress(b" " * 200_000_000)
    assert len(bomb) < reading.MOST_OF_BATCH

    assert site.raw("page", small, Content_Encoding="gzip", **basic).status_code == 200
    assert site.raw("page", bomb, Content_Encoding="gzip", **basic).status_code == 400
    assert site.raw("page", b"{}", Content_Encoding="gzip", **basic).status_code == 400
    assert site.raw("page", small[:-9], Content_Encoding="gzip", **basic).status_code == 400


def test_nul_and_halves_of_characters_are_kept_out_of_every_field(site):
    body = (
        b'{"anonymousId":"v\\u0000","event":"Signed\\u0000 Up\\ud800","messageId":"\\u0000m",'
        b'"properties":{"a":"\\u0000\\udfff"},"context":{"page":{"url":"/?utm_campaign=a%00b"}}}'
    )
    basic = base64.b64encode(f"{site.key}:".encode()).decode()

    for kind in ("track", "page"):
        said = body.replace(b'"\\u0000m"', f'"\\u0000{kind}"'.encode())
        assert site.raw(kind, said, Authorization=f"Basic {basic}").status_code == 200
    flush(timezone.now())

    for row in on_the_ledger():
        assert not any("\x00" in str(value) for value in row.values())
    assert {one.state for one in Event.objects.all()} == {"taken"}


def test_an_event_of_a_batch_that_names_nobody_is_kept_as_refused_and_the_others_are_taken(site):
    batch = [{"type": "page"}, {"type": "page", **VIEW}, {"type": "track", "userId": {"a": 1}}]

    assert site("batch", {"batch": batch}).status_code == 200
    flush(timezone.now())

    states = [(one.state, one.verdict) for one in Event.objects.order_by("pk")]
    assert states == [("refused", "nobody"), ("taken", "touch"), ("refused", "id_wrong")]
    assert site("page", {"name": "Home"}).status_code == 400


def test_too_many_are_429_with_how_long_to_wait(site, server, settings):
    settings.EVENTS_A_MINUTE_FROM_ONE_ADDRESS = 10
    track_pace._left.clear()

    codes = [site("page", VIEW).status_code for _ in range(11)]
    last = site("page", VIEW)

    assert codes == [200] * 10 + [429]
    assert 1 <= int(last["Retry-After"]) <= 60
    assert server("page", VIEW).status_code == 200  # a server's key is not counted by address


def test_a_browser_sends_from_the_sites_that_the_source_names(site, server):
    taken = site("page", VIEW, Origin=SITE)
    assert (taken.status_code, taken["Access-Control-Allow-Origin"]) == (200, SITE)

    for origin in (
        "https://evil.example",
        f"{SITE}.evil.example",
        "null",
        "http://www.example.org",
    ):
        refused = site("page", VIEW, Origin=origin)
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused

    leaked = server("page", VIEW, Origin=SITE)
    assert leaked.status_code == 403
    assert "secret key" in leaked.json()["message"]


def test_a_preflight_lets_named_sites_send(made):
    asked = {"Access-Control-Request-Method": "POST"}
    client = Client(SERVER_NAME="localhost")

    named = client.options("/v1/batch", headers={"Origin": SITE, **asked})
    strange = client.options("/v1/batch", headers={"Origin": "https://evil.example", **asked})

    assert (named.status_code, named["Access-Control-Allow-Origin"]) == (204, SITE)
    assert "authorization" in named["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in named
    assert "Access-Control-Allow-Origin" not in strange
    assert client.get("/v1/batch").status_code == 405
    assert client.post("/v1/sale", "{}", content_type="text/plain").status_code == 404


def test_a_browser_cannot_change_what_is_known_of_anyone(ada, site):
    grace = add_person(
        by=ada, at=MONDAY, source="hand", name="Grace Hopper", email="grace@example.org"
    )
    Identifier.objects.create(person=grace, kind="user_id", value="u1", source="crm", at=MONDAY)
    before = Person.objects.filter(pk=grace.pk).values().get()
    traits = {"email": "grace@example.org", "name": "Mallory", "phone": "+4930901820"}

    site("identify", {"userId": "u1", "anonymousId": "v1", "traits": traits})
    site("alias", {"userId": "u1", "previousId": "v1"})
    site("group", {"userId": "u1", "groupId": "acme", "traits": {"name": "Acme"}})
    site("page", {"userId": "u1", "anonymousId": "v1"})
    site("track", {"userId": "u1", "event": "Signed Up"})
    flush(timezone.now())

    assert Person.objects.filter(pk=grace.pk).values().get() == before
    assert Person.objects.count() == 1
    assert {one.person_id for one in Stitch.objects.all()} == {None}
    whose = {row["person_id"] for row in on_the_ledger() + on_the_ledger("outcomes")}
    assert all(one.startswith("anon:") for one in whose)
    assert grace.ledger_id not in whose


def test_a_link_cannot_bring_in_a_channel_that_nobody_declared(site, stocked):
    site("page", page(f"{SITE}/?utm_medium=affiliate&utm_campaign=x"))
    site("page", page(f"{SITE}/?utm_medium=made-up-by-me"))
    before = {row["touch_id"] for row in on_the_ledger()}
    flush(timezone.now())

    rows = [row for row in on_the_ledger() if row["touch_id"] not in before]
    assert {(row["channel"], row["path"]) for row in rows} == {("page", "self")}


def test_scripts_in_events_are_shown_as_text(ada, site):
    script = "<script>alert(1)</script>"
    site(
        "track",
        {
            "anonymousId": f"{script}a",
            "event": script,
            "properties": {script: "</pre><img src=x onerror=alert(1)>"},
        },
    )
    site("identify", {"anonymousId": "v", "userId": f"{script}u", "traits": {"email": script}})
    site("page", page(f"{SITE}/?utm_medium=email&utm_campaign={script}"))
    source = Source.objects.get()

    for _ in range(2):
        for path in (f"/settings/sources/{source.pk}/", f"/settings/sources/{source.pk}/live/"):
            shown = browser(ada).get(path).content.decode()
            assert script not in shown
            assert "<img src=x" not in shown
            assert "&lt;script&gt;alert(1)" in shown
        flush(timezone.now())


def test_a_clock_that_is_wrong_is_corrected_and_absurd_moments_do_no_harm(site, server):
    now = timezone.now()
    ago = lambda minutes: (now - timedelta(minutes=minutes)).isoformat()  # noqa: E731
    wrong = timedelta(days=400)
    said = {
        "fast": ((now + wrong).isoformat(), (now + wrong + timedelta(hours=1)).isoformat()),
        "plain": (ago(90), None),
        "future": ("9999-12-31T23:59:59Z", None),
        "ancient": ("0001-01-01T00:00:00Z", None),
        "overflow": ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"),
        "none": ("yesterday", None),
        "old": (ago(60 * 24 * 40), None),
    }
    batch = [
        {"type": "page", **VIEW, "messageId": key, "timestamp": when, "sentAt": sent}
        for key, (when, sent) in said.items()
    ]

    assert site("batch", {"batch": batch}).status_code == 200
    server("page", {**VIEW, "messageId": "old server", "timestamp": ago(60 * 24 * 40)})
    flush(timezone.now())

    found = {row["touch_id"].rpartition(":")[2]: row["at"] for row in on_the_ledger()}
    second = timedelta(seconds=5)
    assert abs(found["fast"] - (now - timedelta(hours=1))) < second
    assert abs(found["plain"] - (now - timedelta(minutes=90))) < second
    assert all(abs(found[one] - now) < second for one in ("future", "none"))
    assert "old server" in found
    refused = dict(Event.objects.filter(state="refused").values_list("message_id", "verdict"))
    assert refused == {
        "ancient": "moment_wrong",
        "overflow": "moment_wrong",
        "old": "too_old",
    }


def test_events_lie_in_a_file_of_their_own_that_is_on_the_disk_before_the_answer(made):
    if "events" not in settings.DATABASES:
        pytest.skip("with PostgreSQL they lie where everything lies")

    assert "synchronous=FULL" in settings.DATABASES["events"]["OPTIONS"]["init_command"]
    assert Event.objects.db == "events"


def test_what_is_refused_at_the_door_is_shown_with_why_and_without_what_it_said(ada, site, server):
    door._noted.clear()
    server("page", {**VIEW, "name": "private"}, Origin="https://evil.example")
    site("page", {"name": "private"})

    shown = browser(ada).get(f"/settings/sources/{Source.objects.get().pk}/").content.decode()
    assert "https://evil.example" in shown
    assert "send userId or anonymousId" in shown
    kept = "".join(Event.objects.values_list("body", flat=True))
    assert "private" not in kept
    assert server.key not in kept
