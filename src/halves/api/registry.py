"""What the API gives to rooms below: its part of a person's erasure."""

from halves.api.models import Remembered
from halves.people.everything import Facts, Part, part
from halves.people.models import Person


def register() -> None:
    """Let an erased person go from the answers that are kept for repeats."""
    part("answers", Part(_none, _forget))


def _none(people: list[Person]) -> Facts:
    """Answers are copies of what the other parts give, for a day."""
    return []


def _forget(people: list[Person]) -> int:
    said = Remembered.objects.values_list("pk", "path", "answer")
    gone = [pk for pk, path, answer in said.iterator() if _is_about(people, path, answer)]
    return Remembered.objects.filter(pk__in=gone).delete()[0]


def _is_about(people: list[Person], path: str, answer: str) -> bool:
    for one in people:
        here = f"/people/{one.pk}"
        if path.endswith(here) or f"{here}/" in path or f'"person_id": {one.pk},' in answer:
            return True
        if any(word in answer for word in (one.ledger_id, one.email, one.phone, one.name) if word):
            return True
    return False
