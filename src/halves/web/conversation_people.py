"""Whom a talk was with: by their key, or by what was typed of them."""

from django.utils.translation import gettext as _

from halves.access.models import User
from halves.people.models import Person
from halves.people.queries import Asked, people_asked, people_of
from halves.web.forms import Fields


def met(user: User, key: str) -> Person | None:
    """The person of this key, if the user may meet them."""
    if not key.isdecimal() or len(key) > 18:
        return None
    return people_of(user).select_related("account").filter(pk=int(key)).first()


def person_typed(user: User, form: Fields) -> Person | None:
    """The one person whom the words name; else the form says what to type."""
    typed = form.cleaned_data["who"].strip()
    exact = people_of(user).filter(email__iexact=typed).first()
    if exact is not None:
        return exact
    found = list(people_asked(user, Asked(search=typed)).order_by("name", "id")[:6])
    if len(found) == 1:
        return found[0]
    named = [one for one in found if one.name.casefold() == typed.casefold()]
    if len(named) == 1:
        return named[0]
    if found:
        shown = ", ".join(f"{one} ({one.email})" if one.email else str(one) for one in found[:5])
        form.refuse("who", _("Several are called so: %(shown)s. Type more.") % {"shown": shown})
    else:
        words = _("Nobody whom you see is called so: write them down first, under People.")
        form.refuse("who", words)
    return None
