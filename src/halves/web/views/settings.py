"""What holds for everyone: colleagues, teams, own fields, keys for programs, the log."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access import actions
from halves.access.errors import LastOwner, UserExists
from halves.access.models import ApiToken, AuditEntry, House, Team, User
from halves.access.rules import Verb, insist, may, visible
from halves.people.actions import keep_field
from halves.people.errors import FieldRefused
from halves.people.models import CustomField
from halves.web.forms import (
    CustomFieldForm,
    HouseForm,
    NewUserForm,
    TeamForm,
    TokenForm,
    UserForm,
)
from halves.web.needs import needs

_LOG_PAGE = 100


@needs(Verb.SEE, "house")
def house(request: HttpRequest) -> HttpResponse:
    """The rules of the house."""
    form = HouseForm(request.POST) if request.method == "POST" else HouseForm.of(House.get())
    if request.method == "POST":
        insist(request.user, Verb.CHANGE, "house")
        if form.is_valid():
            actions.change_house(by=request.user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("settings")
    context = {"form": form, "may_change": may(request.user, Verb.CHANGE, "house")}
    return render(request, "settings/house.html", context)


@needs(Verb.SEE, "user")
def users(request: HttpRequest) -> HttpResponse:
    """Colleagues; an owner lets new ones in."""
    form = NewUserForm(request.POST or None)
    if request.method == "POST":
        insist(request.user, Verb.ADD, "user")
        if form.is_valid() and _let_in(request, form):
            return redirect("users")
    context = {
        "form": form,
        "users": User.objects.select_related("team").order_by("-is_active", "name"),
        "may_add": may(request.user, Verb.ADD, "user"),
    }
    return render(request, "settings/users.html", context, status=422 if form.errors else 200)


@needs(Verb.CHANGE, "user")
def user(request: HttpRequest, key: int) -> HttpResponse:
    """Change what a colleague may do."""
    whom = get_object_or_404(User, pk=key)
    names = ("name", "role", "team", "time_zone", "is_active")
    form = UserForm(request.POST or None, initial={name: getattr(whom, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_user(whom, by=request.user, at=timezone.now(), **form.cleaned_data)
        except LastOwner as refused:
            form.refuse("role", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("users")
    context = {"form": form, "whom": whom}
    return render(request, "settings/user.html", context, status=422 if form.errors else 200)


@needs(Verb.SEE, "team")
def teams(request: HttpRequest) -> HttpResponse:
    """Teams, and who is in them."""
    form = TeamForm(request.POST or None)
    if request.method == "POST":
        insist(request.user, Verb.ADD, "team")
        if form.is_valid():
            actions.add_team(form.cleaned_data["name"], by=request.user, at=timezone.now())
            return redirect("teams")
    context = {
        "form": form,
        "teams": Team.objects.prefetch_related("user_set").order_by("name"),
        "may_add": may(request.user, Verb.ADD, "team"),
    }
    return render(request, "settings/teams.html", context)


@needs(Verb.SEE, "custom_field")
def fields(request: HttpRequest) -> HttpResponse:
    """The fields that this company keeps of people and accounts."""
    form = CustomFieldForm(request.POST or None)
    if request.method == "POST":
        insist(request.user, Verb.ADD, "custom_field")
        if form.is_valid():
            said = form.cleaned_data | {"choices": form.cleaned_data["choices"].split(",")}
            try:
                keep_field(by=request.user, at=timezone.now(), **said)
            except FieldRefused as refused:
                form.refuse(refused.field, refused.words)
            else:
                return redirect("custom_fields")
    context = {
        "form": form,
        "fields": CustomField.objects.all(),
        "may_add": may(request.user, Verb.ADD, "custom_field"),
    }
    return render(request, "settings/fields.html", context, status=422 if form.errors else 200)


@needs(Verb.SEE, "token")
def tokens(request: HttpRequest) -> HttpResponse:
    """My keys for programs."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        secret = actions.make_token(
            request.user, name=said["name"], scopes=said["scopes"], at=timezone.now()
        )
        form = TokenForm()
    mine = visible(request.user, "token", ApiToken.objects.order_by("-made_at"))
    return render(request, "settings/tokens.html", {"form": form, "secret": secret, "tokens": mine})


@require_POST
@needs(Verb.REMOVE, "token")
def remove_token(request: HttpRequest, key: int) -> HttpResponse:
    """Make a key useless."""
    mine = visible(request.user, "token", ApiToken.objects.all())
    actions.remove_token(get_object_or_404(mine, pk=key), by=request.user, at=timezone.now())
    messages.success(request, _("The key is useless now."))
    return redirect("tokens")


@require_GET
@needs(Verb.SEE, "audit")
def log(request: HttpRequest) -> HttpResponse:
    """Every change: who, what, before, after."""
    entries = AuditEntry.objects.select_related("by").order_by("-id")
    before = request.GET.get("before", "")
    if before.isdecimal():
        entries = entries.filter(id__lt=int(before))
    shown = list(entries[:_LOG_PAGE])
    older = shown[-1].pk if len(shown) == _LOG_PAGE else None
    return render(request, "settings/log.html", {"entries": shown, "older": older})


def _let_in(request: HttpRequest, form: NewUserForm) -> bool:
    said = {name: form.cleaned_data[name] for name in ("email", "name", "role", "password")}
    said |= {"team": form.cleaned_data["team"], "time_zone": form.cleaned_data["time_zone"]}
    try:
        actions.add_user(by=request.user, at=timezone.now(), **said)
    except UserExists as refused:
        form.refuse("email", str(refused))
    except ValidationError as refused:
        form.refuse("password", " ".join(refused.messages))
    else:
        messages.success(request, _("%(name)s may sign in now.") % {"name": said["name"]})
        return True
    return False
