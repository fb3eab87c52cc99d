"""What a request refers to by its id: it must be there, and the user must see it."""

from typing import Any

from halves.access.models import Team, User
from halves.api.problems import Problem, Wrong
from halves.people.models import Account, Person
from halves.people.queries import accounts_of, people_of


def owner_said(key: int | None) -> User | None:
    """A colleague who works here."""
    return one_said(User.objects.filter(is_active=True).select_related("team"), "owner_id", key)


def team_said(key: int | None) -> Team | None:
    """A team."""
    return one_said(Team.objects.all(), "team_id", key)


def account_said(user: User, key: int | None) -> Account | None:
    """An account that the user sees."""
    return one_said(accounts_of(user), "account_id", key)


def person_said(user: User, key: int | None, *, name: str = "person_id") -> Person | None:
    """A person whom the user sees."""
    return one_said(people_of(user), name, key)


def one_said(rows: Any, name: str, key: int | None) -> Any:
    """The row of this id, of those that the user sees."""
    if key is None:
        return None
    found = rows.filter(pk=key).first()
    if found is None:
        words = f"there is none with the id {key}, or none that you may see"
        raise Problem(422, "field-refused", f"{name}: {words}", errors=[Wrong(name, words)])
    return found
