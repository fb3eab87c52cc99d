"""The call queue: who to talk to next and why, what the dice cost and what they teach."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from halves.access.models import User
from halves.access.rules import Verb, may, visible
from halves.conversations import actions, queue, queue_queries
from halves.conversations.errors import ConversationRefused
from halves.conversations.models import Direction, Kind
from halves.conversations.queue_errors import QueueRefused
from halves.conversations.queue_models import Caller, CallQueue, QueueDecision
from halves.conversations.talk import NextStep, Talk
from halves.web import queue_words as said
from halves.web.needs import needs
from halves.web.queue_forms import REASONS, CalledForm, QueueForm, SkipForm


@require_GET
@needs(Verb.SEE, "call_queue")
def calls(request: HttpRequest) -> HttpResponse:
    """Who to call next, the most promising first."""
    return _page(request)


@require_POST
@needs(Verb.ADD, "call_queue")
def draw(request: HttpRequest) -> HttpResponse:
    """Draw my day now; drawn already, it stays as it is."""
    now = timezone.now()
    today = now.astimezone(queue.zone()).date()
    try:
        drawn = queue.draw(request.user, today, at=now, by=request.user)
    except QueueRefused as refused:
        messages.error(request, str(refused))
    else:
        words = ngettext("%(n)s person to call.", "%(n)s people to call.", drawn.treated)
        messages.success(request, words % {"n": drawn.treated})
    return redirect("calls")


@require_POST
@needs(Verb.CHANGE, "queue_decision")
def skip(request: HttpRequest, key: int) -> HttpResponse:
    """Leave somebody uncalled, and say why."""
    one, form = _met(request, key), SkipForm(request.POST)
    if not form.is_valid():
        return _page(request, open_=(key, "skip_form", form), status=422)
    try:
        queue.skip(one, because=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    except QueueRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Skipped: %(name)s.") % {"name": one.person})
    return redirect("calls")


@require_POST
@needs(Verb.CHANGE, "queue_decision")
def done(request: HttpRequest, key: int) -> HttpResponse:
    """Write a call down that was made just now."""
    one, form = _met(request, key), CalledForm(request.POST)
    if not form.is_valid():
        return _page(request, open_=(key, "called_form", form), status=422)
    now = timezone.now()
    talk = Talk(
        kind=Kind.CALL,
        at=now,
        seller=request.user,
        minutes=form.cleaned_data["minutes"],
        direction=Direction.OUT,
        summary=form.cleaned_data["summary"],
        deal=one.deal,
        next_step=NextStep(form.cleaned_data["next_step"]),
        source="call queue",
        source_key=one.key,  # sent twice, it is logged once
    )
    try:
        actions.log(one.person, talk, by=request.user, at=now)
    except ConversationRefused as refused:
        form.refuse(refused.field, str(refused))
        return _page(request, open_=(key, "called_form", form), status=422)
    messages.success(request, _("Logged: a call with %(name)s.") % {"name": one.person})
    return redirect("calls")


@needs(Verb.CHANGE, "call_queue")
def settings(request: HttpRequest) -> HttpResponse:
    """How the queue is drawn, and for whom."""
    found = CallQueue.get()
    form = QueueForm(request.POST or None, initial=QueueForm.typed(found))
    if request.method == "POST" and form.is_valid():
        try:
            _set(form, by=request.user)
        except QueueRefused as refused:
            form.refuse("is_on", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("calls")
    status = 422 if form.is_bound else 200
    return render(request, "calls/settings.html", {"form": form}, status=status)


def _set(form: QueueForm, *, by: User) -> None:
    at = timezone.now()
    with transaction.atomic():
        queue.set_queue(by=by, at=at, **form.said)
        wanted = {one.pk: one for one in form.cleaned_data["callers"]}
        now = {one.seller_id: one for one in Caller.objects.select_related("seller")}
        for pk in wanted.keys() - now.keys():
            queue.set_caller(wanted[pk], calls_a_day=None, is_caller=True, by=by, at=at)
        for pk in now.keys() - wanted.keys():
            queue.set_caller(now[pk].seller, calls_a_day=None, is_caller=False, by=by, at=at)


def _page(
    request: HttpRequest, *, open_: tuple[int, str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The queue; `open_` is a form with something wrong in it: whose, which, and the form."""
    now, found = timezone.now(), CallQueue.get()
    seller = _seller_shown(request)
    rows = list(queue_queries.to_call(request.user, seller=seller)[: queue_queries.MOST_SHOWN])
    since = now - queue_queries.LOOKED_BACK
    cost = queue_queries.cost_of_dice(since=since)
    context = {
        "queue": found,
        "seller": seller,
        "rows": [_row(one, cost.currency, open_) for one in rows],
        "first": rows[0] if rows else None,
        "reasons": REASONS,
        "callers": queue_queries.callers(),
        "is_caller": queue_queries.is_caller(request.user),
        "tally": queue_queries.tally(since=since),
        "cost": cost,
        "learned": said.learned(found),
        "kinds": said.kinds(found),
        "share": queue.held_out_share(found),
        "may_change": may(request.user, Verb.CHANGE, "call_queue"),
        "may_call": may(request.user, Verb.CHANGE, "queue_decision"),
    }
    return render(request, "calls/queue.html", context, status=status)


def _row(one: QueueDecision, currency: str, open_: tuple[int, str, Any] | None) -> dict[str, Any]:
    forms = {"called_form": CalledForm(auto_id=f"call_{one.pk}_%s"), "skip_form": SkipForm()}
    forms["skip_form"].auto_id = f"skip_{one.pk}_%s"
    row = {
        "one": one,
        "why": said.why(one, currency),
        "expected": said.expected(one, currency),
        "doubt": said.doubt(one, currency),
        "open": "",
        **forms,
    }
    if open_ is not None and open_[0] == one.pk:
        open_[2].auto_id = f"wrong_{one.pk}_%s"
        row |= {open_[1]: open_[2], "open": open_[1]}
    return row


def _seller_shown(request: HttpRequest) -> User | None:
    """Whose queue: mine if I have one; leaders may ask for a colleague's, or see all."""
    asked = request.GET.get("seller", "")
    if asked == "all":
        return None
    if asked.isdecimal() and len(asked) < 12:
        return User.objects.filter(pk=int(asked)).first()
    return request.user if queue_queries.is_caller(request.user) else None


def _met(request: HttpRequest, key: int) -> QueueDecision:
    rows = visible(request.user, "queue_decision", QueueDecision.objects.all())
    return get_object_or_404(rows.select_related("person", "deal"), pk=key)
