"""The next step that is suggested before a call: the first rule that fits, and why."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.conversations.brief import Brief

QUIET = timedelta(days=14)  # a deal that nobody talked about for so long


@dataclass(frozen=True)
class Step:
    """What to do next, and why."""

    words: str
    why: str


def next_step(brief: Brief) -> Step:
    """Suggest one: what may not be done first, then what is owed, then what holds them back."""
    rules = (_not_at_all, _what_is_late, _what_they_fear, _the_vision, _the_deal, _to_know_them)
    for rule in rules:
        found = rule(brief)
        if found is not None:
            return found
    return Step(
        _("Keep in touch, and ask how it goes."), _("Nothing is late, and nothing was left open.")
    )


def _not_at_all(brief: Brief) -> Step | None:
    if brief.refused:
        return Step(
            _("Do not call."), _("They may not be called: %(why)s.") % {"why": brief.refused}
        )
    if brief.is_left_alone:
        return Step(
            _("Leave them alone, unless they call."),
            _("They were drawn to be left alone by everything, so that demand of itself is seen."),
        )
    if brief.left_alone_until is not None:
        day = date_format(brief.left_alone_until, "j F Y")
        return Step(
            _("Leave them alone until %(day)s, unless they call.") % {"day": day},
            _("The call queue's dice drew them to be left alone, so that calls can be measured."),
        )
    return None


def _what_is_late(brief: Brief) -> Step | None:
    if not brief.late:
        return None
    one = brief.late[0]
    said = {"promise": one.words, "day": date_format(one.due_on, "j F Y")}
    return Step(
        _("Begin with what is late: “%(promise)s”.") % said,
        _("It was promised by %(day)s, and nothing says that it was kept.") % said,
    )


def _what_they_fear(brief: Brief) -> Step | None:
    voiced = [one for one in brief.concerns if one.is_voiced]
    if not voiced:
        return None
    one = voiced[0]
    if one.answer:
        return Step(
            _("Settle what holds them back: “%(concern)s”") % {"concern": one.name},
            _("They said so, and there is an answer: “%(answer)s”") % {"answer": one.answer},
        )
    return Step(
        _("Ask more about what holds them back: “%(concern)s”") % {"concern": one.name},
        _("They said so, and no answer has won yet."),
    )


def _the_vision(brief: Brief) -> Step | None:
    vision = brief.vision
    if vision is None or any(one.kind == "solution" for one in brief.told):
        return None
    if brief.solutions:
        words = _("Show the solution that keeps the vision: “%(story)s”.")
        found = words % {"story": brief.solutions[0].name}
    else:
        found = _("Show how we make it true for them.")
    why = _("They were told a vision, “%(story)s”, and no solution yet.") % {"story": vision.name}
    return Step(found, why)


def _the_deal(brief: Brief) -> Step | None:
    if not brief.deals:
        return None
    deal, last = brief.deals[0], brief.last_talk
    if not brief.problems:
        return Step(
            _("Ask what they need fixed."),
            _("There is an open deal, “%(deal)s”, and no problem is written down.")
            % {"deal": deal.title},
        )
    if last is None or last.at < brief.at - QUIET:
        return Step(
            _("Ask for the next step of “%(deal)s”.") % {"deal": deal.title},
            _("It is open, and nobody talked with them for two weeks."),
        )
    return None


def _to_know_them(brief: Brief) -> Step | None:
    if brief.last_talk is not None:
        return None
    return Step(
        _("Introduce yourself, and ask what they want to become."),
        _("Nobody here has talked with them."),
    )
