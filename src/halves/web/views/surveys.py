"""One question to customers: written, asked, answered on a page of its own."""

from django.contrib import messages
from django.db.models import Avg, Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from halves.access.models import House, User
from halves.access.rules import Verb, insist, may
from halves.audiences import queries as audiences
from halves.audiences.errors import DefinitionRefused
from halves.people.letters import mail_settings
from halves.people.queries import about_people_met, people_of
from halves.promises.errors import SurveyRefused
from halves.promises.models import Survey, SurveyAsked, SurveyKind
from halves.promises.surveys import MOST, answer, ask, ask_no_more, close_survey, make_survey
from halves.web.needs import anyone, needs
from halves.web.promise_forms import SurveyForm

_MOST_LISTED, _MOST_ANSWERS = 100, 20


@needs(Verb.SEE, "survey")
def surveys(request: HttpRequest) -> HttpResponse:
    """All questions, and a new one."""
    form = SurveyForm(request.POST or None, initial={"kind": SurveyKind.KEEPING})
    if request.method == "POST":
        insist(request.user, Verb.ADD, "survey")
        if form.is_valid():
            said = form.cleaned_data | {"by": request.user, "at": timezone.now()}
            try:
                make_survey(**said)
            except SurveyRefused as refused:
                form.refuse("question", str(refused))
            else:
                return redirect("surveys")
    rows = Survey.objects.order_by("closed_at", "-pk").annotate(
        people=Count("asked"),
        answers=Count("asked", filter=Q(asked__answered_at__isnull=False)),
        mean=Avg("asked__score"),
    )
    context = {
        "rows": rows[:_MOST_LISTED],
        "form": form,
        "audiences": audiences.audiences_of(request.user).order_by("name")[:_MOST_LISTED],
        "words": _answers(request.user),
        "may_change": may(request.user, Verb.ADD, "survey"),
        "may_ask": may(request.user, Verb.CHANGE, "promise"),
    }
    return render(request, "promises/surveys.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Verb.CHANGE, "survey")
def survey_ask(request: HttpRequest, key: int) -> HttpResponse:
    """Ask an audience."""
    survey = get_object_or_404(Survey, pk=key, closed_at=None)
    said, now = request.POST.get("audience", ""), timezone.now()
    found = audiences.audiences_of(request.user)
    is_number = said.isdecimal() and len(said) < 18
    whom = found.filter(pk=int(said) if is_number else 0).first()
    if whom is None:
        messages.error(request, _("Choose an audience to ask."))
        return redirect("surveys")
    asked, left_out = 0, dict[str, int]()
    try:
        for some in audiences.members(whom, at=now):
            mine = people_of(request.user).filter(pk__in=some)
            new, out = ask(survey, mine, at=now)
            asked += new
            left_out = {why: left_out.get(why, 0) + out.get(why, 0) for why in {*left_out, *out}}
    except SurveyRefused as refused:
        messages.error(request, _("Not asked: %(why)s.") % {"why": refused})
        return redirect("surveys")
    except DefinitionRefused as refused:
        messages.error(request, str(refused))
        return redirect("surveys")
    words = ngettext("%(n)d person is asked.", "%(n)d people are asked.", asked) % {"n": asked}
    messages.success(request, words)
    for why, count in sorted(left_out.items()):
        messages.info(request, _("%(n)d left out: %(why)s.") % {"n": count, "why": why})
    return redirect("surveys")


@require_POST
@needs(Verb.CHANGE, "survey")
def survey_close(request: HttpRequest, key: int) -> HttpResponse:
    """Take no more answers."""
    close_survey(get_object_or_404(Survey, pk=key), by=request.user, at=timezone.now())
    return redirect("surveys")


@anyone
@csrf_exempt  # whoever has the link may answer; there is no session to misuse
@require_http_methods(["GET", "HEAD", "POST"])
def survey_answer(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's own page: to look at it changes nothing; a number and a button answer it."""
    found = _asked(token)
    score, words, wrong = found.score, found.words, ""
    if request.method == "POST":
        said, words = request.POST.get("score", ""), request.POST.get("words", "")[:2_000]
        score = int(said) if said.isdecimal() and len(said) < 3 else -1
        may_quote = request.POST.get("may_quote") == "yes"
        try:
            answer(found, score=score, words=words, may_quote=may_quote, at=timezone.now())
        except SurveyRefused as refused:
            wrong = str(refused)
        else:
            return redirect("survey_answer", token)
    context = {"asked": found, "house": House.get(), "scores": range(MOST + 1)}
    context |= {"score": score, "words": words, "wrong": wrong, "company": _company()}
    return _theirs(render(request, "public/survey.html", context, status=422 if wrong else 200))


@anyone
@csrf_exempt  # a mail program posts it by itself, as RFC 8058 has it
@require_http_methods(["GET", "HEAD", "POST"])
def survey_no_more(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to be asked no more; a POST, of a mail program or the button, is obeyed."""
    found, is_done = _asked(token), request.method == "POST"
    if is_done:
        is_program = request.POST.get("List-Unsubscribe") == "One-Click"
        how = "one click in their mail program" if is_program else "page of a question"
        ask_no_more(found, how=how, at=timezone.now())
        if is_program:
            return _theirs(HttpResponse("done", content_type="text/plain"))
    context = {"asked": found, "is_done": is_done, "company": _company()}
    return _theirs(render(request, "public/no_questions.html", context))


def _answers(user: User) -> "QuerySet[SurveyAsked]":
    """The newest answers of people whom the user sees."""
    rows = about_people_met(user, SurveyAsked.objects.exclude(answered_at=None))
    rows = rows.select_related("survey", "person").order_by("-answered_at", "-pk")
    return rows[:_MOST_ANSWERS]


def _asked(token: str) -> SurveyAsked:
    rows = SurveyAsked.objects.select_related("survey", "promise", "person")
    found = rows.filter(token=token).first()
    if found is None:
        raise Http404
    return found


def _company() -> str:
    said = mail_settings()
    return said.company if said else ""


def _theirs(response: HttpResponse) -> HttpResponse:
    """A page of one customer: kept nowhere, found by nobody."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
