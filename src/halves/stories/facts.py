"""The only facts of a person that a template may see."""

from collections.abc import Iterable
from typing import Any

from halves.people.models import CustomField, Person

OWN = ("name", "first_name", "title", "company", "region", "language")
_BEFORE = frozenset(("dr", "prof", "mr", "mrs", "ms", "herr", "frau", "sir", "dame"))
_MOST = 2_000  # characters of one fact


def of_people(pks: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Facts of many, in one query."""
    known = set(CustomField.objects.filter(of="person").values_list("key", flat=True))
    rows = Person.objects.filter(pk__in=list(pks)).values_list(
        "pk", "name", "title", "account__name", "region", "language", "fields"
    )
    return {
        pk: {
            "name": name[:_MOST],
            "first_name": first_name(name),
            "title": title,
            "company": company or "",
            "region": region,
            "language": language,
            "fields": {key: _plain(value) for key, value in fields.items() if key in known},
        }
        for pk, name, title, company, region, language, fields in rows
    }


def names() -> list[str]:
    """All that a template may ask for, as it is written."""
    own = [f"person.{name}" for name in OWN]
    fields = CustomField.objects.filter(of="person").values_list("key", flat=True)
    return own + [f"person.fields.{key}" for key in fields]


def nobody() -> dict[str, Any]:
    """Facts of someone of whom nothing is known: what a template must cope with."""
    return dict.fromkeys(OWN, "") | {"fields": {}}


def first_name(name: str) -> str:
    """What to call someone by.

    >>> first_name("Grace Hopper"), first_name("Dr. Grace Hopper"), first_name("Hopper, Grace")
    ('Grace', 'Grace', 'Grace')
    """
    said = name.partition(",")[2] or name
    words = [word for word in said.split() if word.lower().rstrip(".") not in _BEFORE]
    return words[0] if words else ""


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float | None):
        return value
    return str(value)[:_MOST]
