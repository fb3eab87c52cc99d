"""Conversations: the list, logging one in seconds, one with what was said in it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.models import User
from halves.access.rules import Verb, may
from halves.connect.transcripts import TranscriptRefused, read
from halves.conversations import actions, queries
from halves.conversations.errors import ChangedMeanwhile, ConversationRefused
from halves.conversations.models import Conversation, Kind, State
from halves.conversations.posting import standing_cost
from halves.conversations.queries import Wanted
from halves.conversations.talk import NextStep, Talk
from halves.conversations.transcripts import as_turns, put_transcript, who_is_who
from halves.conversations.voicing import voiced
from halves.people.models import Person
from halves.people.queries import Asked, page_of
from halves.stories.actions import freeze
from halves.stories.errors import StoryError
from halves.web.conversation_forms import ChangeForm, LogForm, TranscriptForm
from halves.web.conversation_people import met, person_typed
from halves.web.needs import needs
from halves.web.views.asking import as_query

_FILTERS = ("search", "kind", "seller", "state", "person", "account", "private")
_TURNS = 200


@require_GET
@needs(Verb.SEE, "conversation")
def conversations(request: HttpRequest) -> HttpResponse:
    """All conversations that the user may see."""
    wanted = Wanted(**{name: request.GET.get(name, "").strip()[:200] for name in _FILTERS})
    rows = queries.wanted_of(request.user, wanted, at=timezone.now())
    asked = Asked(order="newest", after=request.GET.get("after", ""))
    listed = page_of(rows, asked, queries.ORDERS)
    context = {
        "wanted": wanted,
        "listed": listed,
        "is_filtered": any(getattr(wanted, name) for name in _FILTERS),
        "next": as_query(request.GET, after="") + f"&after={listed.after}",
        "kinds": Kind.choices,
        "states": State.choices,
        "sellers": User.objects.filter(is_active=True).order_by("name")[:200],
        "to_confirm": queries.to_confirm(request.user, at=timezone.now()),
        "may_add": may(request.user, Verb.ADD, "conversation"),
    }
    return render(request, "conversations/list.html", context)


@needs(Verb.ADD, "conversation")
def add(request: HttpRequest) -> HttpResponse:
    """Log a talk; what was typed is kept when something is wrong with it."""
    person = met(request.user, request.POST.get("person") or request.GET.get("person", ""))
    typed = request.POST or None
    if typed is not None and ("snippet" in typed or "more" in typed):
        return _so_far(request, person)
    form = LogForm(typed, user=request.user, person=person, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        logged = _logged(request, form, person)
        if logged is not None:
            messages.success(request, _("Logged with %(name)s.") % {"name": logged.person})
            if request.POST.get("then") == "calls":
                return redirect("calls")
            return redirect("person", logged.person_id)
    return _log_page(request, form, person)


@require_GET
@needs(Verb.SEE, "conversation")
def conversation(request: HttpRequest, key: int) -> HttpResponse:
    """One talk, with what was said in it."""
    return _page(request, _met(request, key), TranscriptForm())


@needs(Verb.CHANGE, "conversation")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Correct what was written down."""
    one = _met(request, key)
    names = ("subject", "minutes", "summary", "direction", "deal", "version")
    initial = {name: getattr(one, name) for name in names}
    known = {"user": request.user, "person": one.person, "now": one.deal_id}
    form = ChangeForm(request.POST or None, initial=initial, **known)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        version = said.pop("version") or one.version
        try:
            who = {"by": request.user, "at": timezone.now()}
            actions.change(one, version=version, **who, **said)
        except ChangedMeanwhile as refused:
            form = _typed_again(request, key, known)
            form.refuse("", str(refused))
        except ConversationRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("conversation", key)
    context = {"form": form, "conversation": one}
    return render(request, "conversations/edit.html", context, status=_status(form))


@require_POST
@needs(Verb.CHANGE, "conversation")
def transcript(request: HttpRequest, key: int) -> HttpResponse:
    """Put what was said to it, from a file or pasted."""
    one, form = _met(request, key), TranscriptForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            data = file.read() if file else form.cleaned_data["words"].encode()
            lines = read(data, name=file.name if file else "")
            turns = as_turns(lines, one)
            count = put_transcript(one, turns, by=request.user, at=timezone.now())
        except TranscriptRefused as refused:
            form.refuse("file" if file else "words", str(refused))
        except ConversationRefused as refused:
            form.refuse("", str(refused))
        else:
            messages.success(request, _("%(count)s turns are in.") % {"count": count})
            return redirect("conversation", key)
    return _page(request, one, form)


@require_POST
@needs(Verb.CHANGE, "conversation")
def who(request: HttpRequest, key: int) -> HttpResponse:
    """Say which of the names in a transcript is us."""
    one = _met(request, key)
    names = one.turns.values_list("name", flat=True).order_by("name").distinct()
    said = {
        name: request.POST[f"who_{place}"]
        for place, name in enumerate(names[:50])
        if f"who_{place}" in request.POST
    }
    try:
        who_is_who(one, said, by=request.user, at=timezone.now())
    except ConversationRefused as refused:
        messages.error(request, str(refused))
    return redirect("conversation", key)


@require_POST
@needs(Verb.CHANGE, "conversation")
def share(request: HttpRequest, key: int) -> HttpResponse:
    """Show a private one to colleagues, or hide it again; for its seller alone."""
    mine = queries.conversations_of(request.user).filter(seller=request.user)
    one = get_object_or_404(mine, pk=key)
    wanted = request.POST.get("is_private") == "yes"
    who = {"by": request.user, "at": timezone.now(), "version": one.version}
    actions.change(one, is_private=wanted, **who)
    return redirect("conversation", key)


@require_POST
@needs(Verb.CHANGE, "conversation")
def held(request: HttpRequest, key: int) -> HttpResponse:
    """Say whether a planned meeting took place."""
    one = _met(request, key)
    who = {"by": request.user, "at": timezone.now()}
    try:
        if request.POST.get("was_held") == "no":
            actions.call_off(one, **who)
        elif actions.hold(one, minutes=one.minutes, **who):
            messages.success(request, _("It is a touch on the ledger now."))
    except ConversationRefused as refused:
        messages.error(request, str(refused))
    return redirect("conversation", key)


def _logged(request: HttpRequest, form: LogForm, person: Person | None) -> Conversation | None:
    """The talk, logged; None where something is refused, which the form then says."""
    said, now = form.cleaned_data, timezone.now()
    person = person or person_typed(request.user, form)
    if person is None:
        return None
    try:
        lines = read(said["transcript"].encode()) if said["transcript"].strip() else []
        told = freeze(said["story"], by=request.user, at=now) if said["story"] else None
        talk = Talk(
            kind=said["kind"],
            at=said["at"] or now,
            seller=request.user,
            minutes=said["minutes"],
            direction=said["direction"] or "out",
            subject=said["subject"],
            summary=said["summary"],
            deal=said["deal"],
            told=told,
            next_step=NextStep(said["next_step"], said["due_on"]) if said["next_step"] else None,
            is_private=said["is_private"],
            source_key=said["once"],
        )
        one = actions.log(person, talk, by=request.user, at=now)
    except TranscriptRefused as refused:
        form.refuse("transcript", str(refused))
    except StoryError as refused:
        form.refuse("story", str(refused))
    except ConversationRefused as refused:
        form.refuse(refused.field, str(refused))
    else:
        if lines and not one.turns.exists():
            put_transcript(one, as_turns(lines, one), by=request.user, at=now)
        if said["concern"]:
            voiced(one, said["concern"], by=request.user, at=now)
        return one
    return None


def _log_page(request: HttpRequest, form: LogForm, person: Person | None) -> HttpResponse:
    chosen = form.data.get("kind") or form.initial.get("kind", "")
    context = {
        "form": form,
        "person": person,
        "is_from_calls": request.POST.get("then") == "calls",
        "snippets": queries.snippets_of(request.user, kind=chosen)[:12],
    }
    return render(request, "conversations/add.html", context, status=_status(form))


def _so_far(request: HttpRequest, person: Person | None) -> HttpResponse:
    """The form as it was typed, here or on a call's card, with saved words in its notes."""
    typed = request.POST.copy()
    key = typed.get("snippet", "")
    mine = queries.snippets_of(request.user)
    snippet = mine.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None
    if snippet is not None:
        before = typed.get("summary", "").rstrip()
        typed["summary"] = f"{before}\n{snippet.words}".strip()
    form = LogForm(user=request.user, person=person, initial=typed.dict())
    form.fields["summary"].widget.attrs["autofocus"] = True
    return _log_page(request, form, person)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the address says beforehand."""
    said = {name: request.GET.get(name, "") for name in ("kind", "deal", "subject")}
    known = said["kind"] in Kind.values
    return {k: v for k, v in said.items() if v and (k != "kind" or known)}


def _page(request: HttpRequest, one: Conversation, form: TranscriptForm) -> HttpResponse:
    turns = one.turns.order_by("position")
    names = turns.values_list("name", "speaker").order_by("name").distinct()
    context = {
        "conversation": one,
        "turns": turns[:_TURNS],
        "more": max(0, turns.count() - _TURNS),
        "names": list(enumerate(dict(names[:100]).items()))[:50],
        "form": form,
        "ledger": standing_cost(one),
        "is_to_come": actions.is_to_come(one, at=timezone.now()),
        "may_change": may(request.user, Verb.CHANGE, "conversation"),
        "is_mine": one.seller_id == request.user.pk,
    }
    return render(request, "conversations/conversation.html", context, status=_status(form))


def _typed_again(request: HttpRequest, key: int, known: dict[str, Any]) -> ChangeForm:
    typed = request.POST.copy()
    typed["version"] = str(Conversation.objects.get(pk=key).version)
    form = ChangeForm(typed, **known)
    form.is_valid()
    return form


def _met(request: HttpRequest, key: int) -> Conversation:
    return get_object_or_404(queries.conversations_of(request.user), pk=key)


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
