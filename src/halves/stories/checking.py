"""The story check: what must be mended before a story is told, and what to look at again.

It reads plain data, so that it can be asked while the story is being written.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import Role, User
from halves.stories import channels, facts, writing
from halves.stories.errors import StoryUnfit, TemplateRefused, TemplateTooMuch
from halves.stories.models import Kind, Story
from halves.stories.reading import claims_in, ease_of
from halves.stories.rendering import NO_LINKS, Channel, prepared_of
from halves.stories.telling import OWN, as_told
from halves.stories.templates import parsed

Told = Mapping[str, Any]
_TEMPLATES = ("subject", "preheader", "headline", "body", "short", "call_words")
_HARD, _MOST_SUBJECT = 12, 60  # years of school; characters that a mail list shows
_LABELS = {
    "subject": gettext_lazy("the subject"),
    "preheader": gettext_lazy("the line after the subject"),
    "headline": gettext_lazy("the headline"),
    "body": gettext_lazy("the body"),
    "short": gettext_lazy("the short text"),
    "call_words": gettext_lazy("the call to action"),
}


class Weight(StrEnum):
    """How much a finding matters."""

    STOP = "stop"  # it is not told before this is mended
    LOOK = "look"  # it may be told; look again
    GOOD = "good"


@dataclass(frozen=True)
class Finding:
    """Something that the check says.

    Args:
        weight: how much it matters.
        field: where it is mended; `promise-0-amount` of the first promise, `B-body` of a variant.
        words: what, and what to do.
        line, column: in the field, counted from one; 0 where it is not of one place.
    """

    weight: Weight
    field: str
    words: str
    line: int = 0
    column: int = 0


def check(story: Story) -> list[Finding]:
    """What there is to say of a story as it is kept."""
    return check_told(as_told(story))


def check_told(told: Told) -> list[Finding]:
    """What there is to say of a telling; what must be mended comes first."""
    found = [one for asked in _CHECKS for one in asked(told)]
    order = list(Weight)
    return sorted(found, key=lambda one: order.index(one.weight))


def insist_on_fit(told: Told) -> None:
    """Refuse what must be mended first.

    Raises:
        StoryUnfit: has what is to be mended.
    """
    stops = [one for one in check_told(told) if one.weight == Weight.STOP]
    if stops:
        raise StoryUnfit(stops)


def _what_it_says(told: Told) -> Iterator[Finding]:
    if told["kind"] == Kind.BELONGING:
        wanted = [
            ("group", _("Name the group that people would belong to.")),
            ("vision", _("Say what life becomes in the group.")),
        ]
    else:
        wanted = [
            ("problem", _("Name the problem that this solves.")),
            ("fix", _("Say what the fix is.")),
        ]
    for name, words in wanted:
        if not told[name].strip():
            yield Finding(Weight.STOP, name, words)
    if told["kind"] == Kind.BELONGING and not told["aspiration"].strip():
        yield Finding(Weight.LOOK, "aspiration", _("Say what these people want to become."))
    if told["kind"] == Kind.SOLUTION and not told["proofs"]:
        words = _("Add proof that the fix works, with its source.")
        yield Finding(Weight.STOP, "proofs", words)
    if not told["for_whom"].strip():
        yield Finding(Weight.STOP, "for_whom", _("Say for whom this is, here or in the offer."))
    if not told["words"][OWN]["body"].strip():
        yield Finding(Weight.STOP, "body", _("Write the body: it is what people read."))
    if not told["words"][OWN]["call_words"].strip():
        words = _("Say what to do next, in a few words, such as “See how it works”.")
        yield Finding(Weight.LOOK, "call_words", words)


def _positioning(told: Told) -> Iterator[Finding]:
    offer = told["offer"]
    if offer is None:
        words = _("Choose an offer, and the story inherits where it stands.")
        yield Finding(Weight.LOOK, "offer", words)
        return
    missing = [
        words
        for name, words in (
            ("alternative", _("what people would do without it")),
            ("why_us", _("why us")),
        )
        if not offer[name].strip()
    ]
    if missing:
        words = _("The offer does not say yet: %s.") % ", ".join(missing)
        yield Finding(Weight.LOOK, "offer", words)


def _promises(told: Told) -> Iterator[Finding]:
    keepers = set(
        User.objects.filter(is_active=True).exclude(role=Role.VIEWER).values_list("pk", flat=True)
    )
    for place, one in enumerate(told["promises"]):
        where = f"promise-{place}"
        if not one["measure"].strip():
            words = _("“%s”: say what is counted, such as hours saved a week.") % one["words"]
            yield Finding(Weight.STOP, f"{where}-measure", words)
        if one["amount"] is None:
            words = _("“%s”: say how much, so that it can be kept or not.") % one["words"]
            yield Finding(Weight.STOP, f"{where}-amount", words)
        if one["within_days"] is None and one["due_on"] is None:
            words = _("“%s”: say by when, in days or as a date.") % one["words"]
            yield Finding(Weight.STOP, f"{where}-within_days", words)
        if one["keeper"] not in keepers:
            words = _("“%s”: nobody can keep it. Choose a colleague who works here.")
            yield Finding(Weight.STOP, f"{where}-keeper", words % one["words"])
    if not told["promises"]:
        words = _("It promises nothing that could be kept or outdone. Say what to expect.")
        yield Finding(Weight.LOOK, "promises", words)


def _templates(told: Told) -> Iterator[Finding]:
    known = set(facts.names()) | {f"links.{name}" for name in NO_LINKS.shown()}
    stopped = False
    for variant, words in told["words"].items():
        for name in _TEMPLATES:
            for one in _template(words[name], _field(told, variant, name), _LABELS[name], known):
                stopped = stopped or one.weight == Weight.STOP
                yield one
    if told["call_url"] and not writing.is_address(told["call_url"]):
        stopped = True
        words = _("Write the whole address, such as https://example.org/start.")
        yield Finding(Weight.STOP, "call_url", words)
    if not stopped:
        yield from _written_out(told)


def _field(told: Told, variant: str, name: str) -> str:
    """Where it is mended: in the variant only if it has words of its own."""
    is_own = variant == OWN or told["words"][variant][name] == told["words"][OWN][name]
    return name if is_own else f"{variant}-{name}"


def _template(source: str, field: str, label: Any, known: set[str]) -> Iterator[Finding]:
    try:
        template = parsed(source)
        for address in writing.clean(source).refused:
            words = _("A link cannot lead to “%s”: write the whole address, with its host.")
            yield Finding(Weight.STOP, field, words % (address[:80] or "…"))
    except TemplateRefused as failed:
        words = _("%(where)s, line %(line)d, column %(column)d: %(words)s") % {
            "where": str(label).capitalize(),
            "line": failed.line,
            "column": failed.column,
            "words": failed.words,
        }
        yield Finding(Weight.STOP, field, words, failed.line, failed.column)
        return
    for asked in template.asked():
        if asked.path in known or asked.path in ("person", "person.fields"):
            continue
        words = _("There is no “%(path)s”. There are: %(known)s.") % {
            "path": asked.path,
            "known": ", ".join(sorted(name for name in known if name.startswith("person."))),
        }
        yield Finding(Weight.STOP, field, words, asked.line, asked.column)


def _written_out(told: Told) -> Iterator[Finding]:
    """Try every channel for someone of whom nothing is known."""
    for variant in told["words"]:
        for channel in Channel:
            try:
                prepared_of(told, variant=variant, channel=channel).for_person(facts.nobody())
            except (TemplateRefused, TemplateTooMuch) as failed:
                where = "body" if variant == OWN else f"{variant}-body"
                words = _("As %(channel)s: %(words)s") % {"channel": channel, "words": failed}
                yield Finding(Weight.STOP, where, words)
                break


def _words(told: Told) -> Iterator[Finding]:
    own = told["words"][OWN]
    if len(own["subject"]) > _MOST_SUBJECT:
        words = _("The subject is long: mail programs show about %d characters.") % _MOST_SUBJECT
        yield Finding(Weight.LOOK, "subject", words)
    if len(own["short"]) > channels.AD_TEXT:
        words = _("Ads show about %d characters of the short text.") % channels.AD_TEXT
        yield Finding(Weight.LOOK, "short", words)
    ease = ease_of(own["body"])
    if ease is None:
        return
    said = _("Reading level: about %d years of school.") % round(ease)
    if ease > _HARD:
        advice = _("Shorter sentences and plainer words reach more people.")
        yield Finding(Weight.LOOK, "body", f"{said} {advice}")
    else:
        yield Finding(Weight.GOOD, "body", said)


def _claims(told: Told) -> Iterator[Finding]:
    proved = [f"{one['claim']} {one['source']}" for one in told["proofs"]]
    promised = [
        " ".join(str(one[name]) for name in ("words", "amount")) for one in told["promises"]
    ]
    for claim in claims_in(told["words"][OWN]["body"], proved + promised):
        words = _("A claim without proof: “%s”. Add proof to the story, or take it out.")
        yield Finding(Weight.LOOK, "body", words % claim.words, claim.line, 1)


_CHECKS: tuple[Callable[[Told], Iterator[Finding]], ...] = (
    _what_it_says,
    _promises,
    _templates,
    _claims,
    _positioning,
    _words,
)
