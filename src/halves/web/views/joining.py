"""The public pages of a group: ask to join, confirm it, bring others, leave. No sign-in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from halves.audiences import groups, joining
from halves.audiences.errors import AudienceRefused, JoiningRefused, LinkUnknown, TooOften
from halves.audiences.models import Group
from halves.people.letters import house_url
from halves.web.audience_forms import JoinForm
from halves.web.needs import anyone

_BAIT = "website"  # no person sees this field; programs fill it


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@anyone
def join(request: HttpRequest, token: str, brings: str = "") -> HttpResponse:
    """What a group stands for, and the form by which one asks to belong."""
    found = get_object_or_404(Group, token=token)
    form, status = JoinForm(request.POST or None), 200
    context = {
        "group": found,
        "form": form,
        "size": groups.size_of(found),
        "agreement": joining.agreement(found),
    }
    if request.method == "POST" and found.is_open and form.is_valid():
        try:
            if not request.POST.get(_BAIT):
                _ask(request, found, form, brings)
        except JoiningRefused as refused:
            form.add_error(refused.field, str(refused))
        except TooOften as refused:
            context["refused"], status = str(refused), 429
        else:
            # The same whether the address is known or not, and whether a program asked.
            return render(request, "groups/asked.html", context)
    if form.is_bound and form.errors:
        status = 422
    return render(request, "groups/join.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@anyone
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Say once more that it was you; opening the page changes nothing."""
    now = timezone.now()
    try:
        if request.method == "POST":
            member = joining.confirm(token, at=now)
            return redirect("member", groups.own_link(member))
        asked = joining.asked_by(token, at=now)
    except LinkUnknown as refused:
        return render(request, "groups/lost.html", {"refused": str(refused)}, status=404)
    context = {"group": asked.group, "agreement": joining.agreement(asked.group)}
    return render(request, "groups/confirm.html", context)


@never_cache
@require_http_methods(["GET", "HEAD"])
@anyone
def member(request: HttpRequest, link: str) -> HttpResponse:
    """A member's own page: the link by which they bring others, and how to leave."""
    try:
        found = groups.membership_of(link)
    except LinkUnknown as refused:
        return render(request, "groups/lost.html", {"refused": str(refused)}, status=404)
    group = found.group
    context = {
        "group": group,
        "is_in": found.left_at is None,
        "link": link,
        "size": groups.size_of(group),
        "brought": group.memberships.filter(brought_by=found.person, left_at=None).count(),
        "bring": _absolute(request, reverse("join_by", args=[group.token, found.brings])),
    }
    return render(request, "groups/member.html", context)


@never_cache
@require_POST
@anyone
def leave(request: HttpRequest, link: str) -> HttpResponse:
    """Leave the group, and get no more mail about it."""
    try:
        joining.leave(groups.membership_of(link), at=timezone.now())
    except AudienceRefused as refused:
        return render(request, "groups/lost.html", {"refused": str(refused)}, status=404)
    return redirect("member", link)


def _ask(request: HttpRequest, found: Group, form: JoinForm, brings: str) -> None:
    joining.ask(
        found,
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"],
        brings=brings,
        where=request.META.get("REMOTE_ADDR", ""),
        link=_absolute(request, reverse("join_confirm", args=["TOKEN"])),
        at=timezone.now(),
    )


def _absolute(request: HttpRequest, path: str) -> str:
    """Where people reach the house, as it was set; else as this request did."""
    house = house_url()
    return f"{house}{path}" if house else request.build_absolute_uri(path)
