"""From a story to a mail: frozen once, written out for each person, and kept as it was."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from halves.people import actions as people
from halves.people.models import CustomField
from halves.stories import facts
from halves.stories.actions import freeze
from halves.stories.errors import StoryUnfit, VariantUnknown, VersionBroken, VersionStands
from halves.stories.models import Variant, Version
from halves.stories.rendering import Channel, Links, prepared
from tests.house import MONDAY
from tests.stories.company import belonging, promised, solution

pytestmark = pytest.mark.usefixtures("house")


def grace(**said):
    fields = {"name": "Dr. Grace Hopper", "email": "grace@example.org", **said}
    return people.add_person(by=None, at=MONDAY, source="t", **fields)


def mail(story, person, links=None, variant="A", channel=Channel.EMAIL):
    ready = prepared(freeze(story, at=MONDAY), variant=variant, channel=channel)
    known = facts.of_people([person.pk])[person.pk]
    return ready.for_person(known, links or Links())


def test_a_mail_speaks_to_one_person(ada):
    got = mail(solution(ada), grace(), Links(unsubscribe="https://h.example/u/1"))

    assert got.subject == "Grace, post it once"
    assert "Dear Grace," in got.html
    assert "Dear Grace," in got.text
    assert 'href="https://h.example/u/1"' in got.html
    assert "Unsubscribe: https://h.example/u/1" in got.text
    assert "Bookkeepers saved 5 hours a week (Study of 40 firms, 2025)" in got.text
    assert "You save five hours a week (within 30 days)" in got.html


def test_every_link_is_led_through_whoever_counts_it(ada):
    seen = []

    def count(address):
        seen.append(address)
        return f"https://h.example/c/{len(seen)}"

    got = mail(solution(ada), grace(), Links(track=count))

    assert set(seen) == {"https://ledgerly.example/how", "https://ledgerly.example/start"}
    assert "ledgerly.example" not in got.html
    assert "ledgerly.example" not in got.text


def test_what_was_told_stays_when_the_story_changes(ada):
    story, person = solution(ada), grace()
    first = freeze(story, at=MONDAY)

    story.headline = "Another"
    story.save()
    second = freeze(story, at=MONDAY)
    again = freeze(story, at=MONDAY)

    assert (first.number, second.number, again) == (1, 2, second)
    known = facts.of_people([person.pk])[person.pk]
    old = prepared(Version.objects.get(pk=first.pk), channel=Channel.EMAIL).for_person(known)
    assert "Post it once" in old.html
    assert "Another" not in old.html


def test_a_version_cannot_be_written_anew_and_a_change_by_hand_is_noticed(ada):
    version = freeze(solution(ada), at=MONDAY)

    with pytest.raises(VersionStands):
        version.save()
    told = version.told | {"fix": "something else"}
    Version.objects.filter(pk=version.pk).update(told=told)
    version.refresh_from_db()
    with pytest.raises(VersionBroken):
        prepared(version, channel=Channel.EMAIL)


def test_a_promise_that_nobody_can_keep_is_not_told(ada, vic):
    story = belonging(ada)
    promised(story, vic, words="We answer at once.")

    with pytest.raises(StoryUnfit) as unfit:
        freeze(story, at=MONDAY)

    assert [one.field for one in unfit.value.findings] == ["promise-0-keeper"]
    assert "We answer at once." in str(unfit.value)


def test_a_variant_changes_its_own_words_and_nothing_else(ada):
    story = solution(ada)
    Variant.objects.create(story=story, name="B", subject="Twice is once too often")
    person = grace()

    got = mail(story, person, variant="B")

    assert got.subject == "Twice is once too often"
    assert "Dear Grace" in got.html
    with pytest.raises(VariantUnknown, match="A, B"):
        mail(story, person, variant="C")


def test_own_fields_are_facts_and_others_of_a_record_are_not(ada):
    CustomField.objects.create(of="person", key="size", label="Size")
    person = grace(phone="+4930901820", fields={"size": "40"})
    story = belonging(ada, body="{{ person.fields.size }} desks")

    assert "40 desks" in mail(story, person).text
    assert set(facts.of_people([person.pk])[person.pk]) == {
        "name", "first_name", "title", "company", "region", "language", "fields",
    }  # fmt: skip


def test_one_story_is_told_over_every_channel(ada):
    story, person = solution(ada), grace()

    call = mail(story, person, channel=Channel.CALL).text
    page = mail(story, person, channel=Channel.PAGE).html
    ad = mail(story, person, channel=Channel.AD)
    words = mail(story, person, channel=Channel.TEXT)

    assert "Their problem: Every number is posted twice." in call
    assert "Instead of: a spreadsheet" in call
    assert "You may promise: You save five hours a week (within 30 days)" in call
    assert page.startswith("<h1>Post it once</h1>")
    assert (ad.subject, ad.text) == ("Post it once", "It is posted once, by the bank's own file.\n")
    assert words.html == ""
    assert "Try it for a week: https://ledgerly.example/start" in words.text


class Elements(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html):
        super().__init__()
        self.names, self.attributes, self.links = set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]


def test_a_mail_loads_nothing_from_elsewhere(ada):
    got = mail(solution(ada), grace())

    read = Elements(got.html)
    assert read.names.isdisjoint({"link", "script", "img", "iframe"})
    assert "@import" not in got.html


NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ links.page }}{% for a in b %}",
    "Grace\r\nBcc: all@example.org",
    "Grace\u2028Bcc: all@example.org",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_and_never_run(ada, name):
    body = (
        "{{ person.name }} [a](https://h.example/?n={{ person.name }}) "
        '<a href="https://h.example/{{ person.name }}" title="{{ person.name }}">b</a>'
        '{% capture x %}" onclick="x{% endcapture %}'
        '<a href="https://h.example/{{ x }}">d</a>'
    )
    story = belonging(ada, body=body, subject="{{ person.name }}")
    person = grace()
    type(person).objects.filter(pk=person.pk).update(name=name)

    got = mail(story, person)

    read = Elements(got.html)
    assert read.names.isdisjoint({"script", "img"})
    assert not [name for name in read.attributes if name.startswith("on") or name == "title"]
    assert all(link.startswith("https://") for link in read.links)
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = got.subject
    message.set_content(got.text)
    read = message_from_bytes(bytes(message), policy=policy.default)
    assert read["Bcc"] is None
    assert len(read.keys()) == 4
