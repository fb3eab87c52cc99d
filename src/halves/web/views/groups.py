"""Groups: the list, one group with its members, growth and who brought most."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may
from halves.audiences import groups as actions
from halves.audiences import likeness
from halves.audiences.errors import AudienceRefused
from halves.audiences.models import Group
from halves.jobs.models import LIVE, Job, State
from halves.people.queries import people_of
from halves.web.audience_forms import GroupForm
from halves.web.needs import needs

_SHOWN = 100


@require_GET
@needs(Verb.SEE, "group")
def groups(request: HttpRequest) -> HttpResponse:
    """All groups."""
    rows = [
        {"group": one, "size": actions.size_of(one)}
        for one in actions.groups_of(request.user).order_by("name")[:200]
    ]
    context = {"rows": rows, "may_add": may(request.user, Verb.ADD, "group")}
    return render(request, "groups/list.html", context)


@needs(Verb.ADD, "group")
def add(request: HttpRequest) -> HttpResponse:
    """Make a group."""
    return _edited(request, None)


@needs(Verb.CHANGE, "group")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a group."""
    return _edited(request, _met(request, key))


@require_GET
@needs(Verb.SEE, "group")
def group(request: HttpRequest, key: int) -> HttpResponse:
    """One group: what it stands for, who is in it, how it grew, what its best have in common."""
    found, now = _met(request, key), timezone.now()
    weeks = actions.growth(found, at=now)
    last = (
        Job.objects.filter(kind=likeness.LEARN, arguments__group=found.pk).order_by("-pk").first()
    )
    context = {
        "group": found,
        "size": actions.size_of(found),
        "waiting": found.joinings.filter(confirmed_at=None).count(),
        "members": actions.members_of(found, request.user)[:_SHOWN],
        "most": actions.brought_most(found, request.user),
        "weeks": weeks,
        "widest": max((one.members for one in weeks), default=0),
        "link": request.build_absolute_uri(reverse("join", args=[found.token])),
        "telling": _telling(found),
        "learning": last if last and last.state in LIVE else None,
        "failed": last if last and last.state == State.FAILED else None,
        "may_change": may(request.user, Verb.CHANGE, "group"),
    }
    return render(request, "groups/group.html", context)


@require_POST
@needs(Verb.CHANGE, "group")
def put_in(request: HttpRequest, key: int) -> HttpResponse:
    """Make somebody a member who asked a colleague to."""
    found = _met(request, key)
    said = request.POST.get("email", "").strip().lower()
    rows = people_of(request.user).filter(identifiers__kind="email", identifiers__value=said)
    person = rows.first() if said else None
    if person is None:
        words = _("Nobody whom you see has the address %(said)s: add the person first.")
        messages.error(request, words % {"said": said[:254] or "–"})
        return redirect("group", key)
    actions.put_in(found, person, by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s is in.") % {"name": person})
    return redirect("group", key)


@require_POST
@needs(Verb.CHANGE, "group")
def end(request: HttpRequest, key: int) -> HttpResponse:
    """End a membership."""
    said = request.POST.get("member", "")
    number = int(said) if said.isdecimal() and len(said) < 18 else 0
    member = actions.members_of(_met(request, key), request.user).filter(pk=number).first()
    if member is not None:
        actions.leave(member, by=request.user, at=timezone.now())
        messages.success(request, _("%(name)s is out.") % {"name": member.person})
    return redirect("group", key)


@require_POST
@needs(Verb.CHANGE, "group")
def learn(request: HttpRequest, key: int) -> HttpResponse:
    """Learn what the best members have in common."""
    likeness.learn_of(_met(request, key), by=request.user, at=timezone.now())
    messages.success(request, _("A worker looks at the best members; come back in a minute."))
    return redirect("group", key)


def _edited(request: HttpRequest, found: Group | None) -> HttpResponse:
    form = GroupForm(request.POST or None, initial=GroupForm.typed(found))
    if request.method == "POST" and form.is_valid():
        said: dict[str, Any] = {"by": request.user, "at": timezone.now()}
        try:
            if found is None:
                words = {name: form.cleaned_data[name] for name in ("name", "aspiration")}
                return redirect("group", actions.found_group(**words, **said).pk)
            actions.change_group(found, **form.cleaned_data, **said)
            return redirect("group", found.pk)
        except AudienceRefused as refused:
            form.add_error("name", str(refused))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "groups/edit.html", {"form": form, "group": found}, status=status)


def _telling(found: Group) -> list[dict[str, Any]]:
    return [
        {"what": likeness.WORDS[name], "value": value, "times": times}
        for name, value, times in likeness.most_telling(found.likeness)
    ]


def _met(request: HttpRequest, key: int) -> Group:
    return get_object_or_404(actions.groups_of(request.user), pk=key)
