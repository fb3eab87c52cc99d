"""Stories as a company tells them."""

from decimal import Decimal

from halves.access.models import User
from halves.concerns.models import Answer, Concern
from halves.stories.models import Kind, Offer, Proof, Story, StoryPromise
from tests.house import MONDAY

BODY = """Dear {{ person.first_name | default: "friend" }},

you post the same numbers twice every week. **Ledgerly** does it once.

- [See how it works](https://ledgerly.example/how)
"""


def offered() -> Offer:
    return Offer.objects.create(
        name="Ledgerly",
        for_whom="bookkeepers in small firms",
        need="are tired of posting twice",
        what="a ledger that posts itself",
        alternative="a spreadsheet",
        why_us="it reads the bank's own files",
        made_at=MONDAY,
        changed_at=MONDAY,
    )


def solution(by: User, name: str = "Post once", **said: object) -> Story:
    """A solution story that passes the check; its maker keeps its promise."""
    fields = {
        "kind": Kind.SOLUTION,
        "problem": "Every number is posted twice.",
        "fix": "It is posted once, by the bank's own file.",
        "headline": "Post it once",
        "subject": "{{ person.first_name | default: 'Hello' }}, post it once",
        "preheader": "An hour a day back",
        "body": BODY,
        "call_words": "Try it for a week",
        "call_url": "https://ledgerly.example/start",
        **said,
    }
    story = Story.objects.create(
        name=name, offer=offered(), by=by, made_at=MONDAY, changed_at=MONDAY, **fields
    )
    proof = Proof.objects.create(
        claim="Bookkeepers saved 5 hours a week",
        source="Study of 40 firms, 2025",
        made_at=MONDAY,
        changed_at=MONDAY,
    )
    story.proofs.add(proof)
    promised(story, by)
    return story


def promised(story: Story, keeper: User | None, **said: object) -> StoryPromise:
    fields = {
        "words": "You save five hours a week.",
        "measure": "hours saved a week",
        "amount": Decimal(5),
        "unit": "hours",
        "within_days": 30,
        **said,
    }
    return StoryPromise.objects.create(story=story, keeper=keeper, **fields)


def belonging(by: User, name: str = "Calm closers", **said: object) -> Story:
    """A belonging story that passes the check."""
    fields = {
        "kind": Kind.BELONGING,
        "for_whom": "bookkeepers who love their craft",
        "aspiration": "go home at five",
        "group": "the calm closers",
        "vision": "The month closes itself, and you are the one they ask.",
        "headline": "Join the calm closers",
        "subject": "For people who love a clean book",
        "body": BODY,
        "call_words": "Come in",
        **said,
    }
    return Story.objects.create(name=name, by=by, made_at=MONDAY, changed_at=MONDAY, **fields)


def feared(words: str = "Is it safe?", answer: str = "", *, is_approved: bool = True) -> Concern:
    """A concern, with an answer if one is said."""
    concern = Concern.objects.create(name=words, kind="trust", made_at=MONDAY)
    if answer:
        Answer.objects.create(
            concern=concern,
            words=answer,
            is_approved=is_approved,
            made_at=MONDAY,
            changed_at=MONDAY,
        )
    return concern


def something_told(kind: str, by: User) -> int:
    """One of a kind, made if there is none: its key."""
    story = Story.objects.filter(kind=Kind.SOLUTION).first() or solution(by)
    concern = Concern.objects.exclude(answers=None).first() or feared(answer="It is.")
    found = {
        "story": story,
        "offer": story.offer,
        "proof": story.proofs.first(),
        "concern": concern,
        "settling": concern.answers.first(),
    }
    return found[kind.removesuffix("s")].pk
