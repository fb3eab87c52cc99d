"""What concerns give to rooms below: who may see and write them, what can be asked, jobs."""

from django.db.models import Q, QuerySet

from halves.access.models import User
from halves.access.rules import EVERYONE, MARKETERS, WORKERS, Verb, rule
from halves.concerns import asked, listening
from halves.concerns.models import Answer, Asked, Given, Heard, Likely
from halves.jobs.running import job_kind
from halves.people.everything import Part, part
from halves.people.models import Person
from halves.people.queries import about_people_met


def register() -> None:
    """Say who may do what. Sellers hear concerns and answer them; what is told is approved."""
    rule("concern", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS})
    rule("concern_answer", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: MARKETERS})
    rule("heard", {Verb.SEE: EVERYONE, Verb.CHANGE: WORKERS}, narrow=_of_talks_seen)
    asked.register()
    job_kind(listening.LISTEN, listening.listen)
    job_kind(listening.AGAIN, listening.listen_again)
    part("heard", Part(export=lambda people: [], erase=_erase))


def _of_talks_seen(user: User, rows: "QuerySet[Heard]") -> "QuerySet[Heard]":
    """What was said in talks that the user may see: a private one is its seller's alone."""
    # As the rule for talks has it, by a join: a list of all talks would be gathered each time.
    seen = rows.filter(Q(conversation__is_private=False) | Q(conversation__seller=user))
    return about_people_met(user, seen, path="conversation__person")


def _erase(people: list[Person]) -> int:
    """Take out what they said and what was answered; an export has it among their operations."""
    # What listening took for an answer is in the words of one talk; it may name them.
    words = Given.objects.filter(person__in=people).values("words")
    gone = Answer.objects.filter(is_proposed=True, words__in=words).delete()[0]
    for model in (Heard, Given, Asked, Likely):
        gone += model.objects.filter(person__in=people).delete()[0]
    return gone
