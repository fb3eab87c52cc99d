"""What promises hold about a person: what came to them, what they were asked and said."""

from halves.people.everything import Facts, Part, part, plain, told_by_its_room
from halves.people.models import Person
from halves.promises.models import Delivery, Promise, SurveyAsked


def register() -> None:
    """Give this room's part of a person's export and erasure."""
    told_by_its_room(SurveyAsked)  # without what opens its page
    part("promises", Part(_export, _erase))


def _export(people: list[Person]) -> Facts:
    facts = [plain(one) for one in Delivery.objects.filter(person__in=people)]
    for one in SurveyAsked.objects.filter(person__in=people).select_related("survey"):
        row = plain(one)
        del row["token"]  # it opens a page, and is no fact about anybody
        facts.append(row | {"question": one.survey.question})
    return facts


def _erase(people: list[Person]) -> int:
    """Their promises, with what came of them, and what they were asked."""
    asked = SurveyAsked.objects.filter(person__in=people).delete()[0]
    came = Delivery.objects.filter(person__in=people).delete()[0]
    return asked + came + Promise.objects.filter(person__in=people).delete()[0]
