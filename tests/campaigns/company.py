"""People who agreed to be written to, a story to tell them, and a campaign that tells it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from halves.access.models import User
from halves.audiences.actions import make_list
from halves.audiences.models import Audience
from halves.campaigns import actions, looking, sending
from halves.campaigns.models import Campaign, Message
from halves.people.models import Consent, Identifier, Person
from halves.stories.actions import write_story
from halves.stories.models import Kind, Story
from tests.house import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def settings_file(file: Path, port: int, *, more: str = "", url: str = "https://navy.example"):
    file.write_text(
        f'[house]\nurl = "{url}"\n[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
        'from = "Navy <news@navy.example>"\ncompany = "Navy Ltd, 1 Pier, Portsmouth"\n'
        f"most_a_week = 20\n{more}"
    )


def willing(count: int, *, start: int = 0, named: str = "p", topic: str = "") -> list[Person]:
    """People who agreed to mail; written to the tables at once, as an import writes them."""
    numbers = range(start, start + count)
    with transaction.atomic():
        people = Person.objects.bulk_create(
            [
                Person(
                    ledger_id=f"{named}{n}",
                    name=f"{named.title()} Number{n}",
                    email=f"{named}{n}@people.example",
                    created_at=MONDAY,
                    changed_at=MONDAY,
                )
                for n in numbers
            ],
            batch_size=500,
        )
        Identifier.objects.bulk_create(
            [
                Identifier(person=one, kind="email", value=one.email, source="t", at=MONDAY)
                for one in people
            ],
            batch_size=500,
        )
        Consent.objects.bulk_create(
            [
                Consent(
                    person=one,
                    channel="email",
                    topic=topic,
                    is_given=True,
                    at=MONDAY,
                    how="a form",
                    by="t",
                )
                for one in people
            ],
            batch_size=500,
        )
    return people


def story(by: User, **said) -> Story:
    usual = {
        "name": "Harbour",
        "kind": Kind.BELONGING,
        "for_whom": "people by the sea",
        "aspiration": "to sail",
        "group": "people who sail on Sundays",
        "vision": "a harbour of one's own",
        "headline": "A place for you, {{ person.first_name }}",
        "subject": "{{ person.first_name }}, there is a berth",
        "body": "Hello {{ person.first_name }}, come and [see](https://navy.example/berths).",
        "call_words": "See the berths",
        "call_url": "https://navy.example/berths?from=mail",
    }
    return write_story(by=by, at=MONDAY, **usual | said)


def audience_of(people: list[Person], name: str = "Everyone asked") -> Audience:
    return make_list(name=name, people=[one.pk for one in people], by=None, at=MONDAY)


def drafted(
    by: User,
    people: list[Person],
    *,
    title: str = "Spring letter",
    told: Story | None = None,
    **said,
) -> Campaign:
    steps = said.pop("steps", None) or [{"story": told or story(by)}]
    audience = said.pop("audience", None) or audience_of(people, f"For {title}")
    usual = {"holdout_share": 0.0, "topic": "news"}
    return actions.draft(
        by=by, at=MONDAY, title=title, audience=audience, steps=steps, **usual | said
    )


def launched(by: User, people: list[Person], *, at: datetime = TUESDAY, **said) -> Campaign:
    """Looked at and launched; jobs run where their transaction ends."""
    campaign = drafted(by, people, **said)
    looked_at(campaign, by)
    campaign.refresh_from_db()
    actions.launch(campaign, by=by, at=at)
    campaign.refresh_from_db()
    return campaign


def looked_at(campaign: Campaign, by: User) -> None:
    """What a worker does when asked to look."""
    job = looking.look(campaign, by=by, at=MONDAY)
    found = looking.find(job, lambda *_: None)
    assert found == {"words": ""}
    type(job).objects.filter(pk=job.pk).update(state="done")


def worked(at: datetime = TUESDAY, *, rounds: int = 10) -> int:
    """A worker's standing work, until nothing goes any more."""
    sending._senders.clear()  # another process, another sender
    gone = 0
    for _ in range(rounds):
        now = sending.look_after(at, clock=lambda: at)
        gone += now
        if not now:
            break
    return gone


def states(campaign: Campaign) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Message.objects.filter(campaign=campaign).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def now() -> datetime:
    return datetime.now(UTC)
