"""What each channel makes of a story: a mail, a page, a brief for a call, an ad, plain words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.stories import layout, writing
from halves.stories.models import Kind
from halves.stories.templates import Template, finished, parsed

Told = Mapping[str, Any]
AD_HEADLINE, AD_TEXT = 30, 90  # characters that the big ad platforms show


@dataclass(frozen=True)
class Made:
    """Three templates; `html` is none where there are only words."""

    subject: Template
    html: Template | None
    text: Template


def email(told: Told, variant: str) -> Made:
    """A mail, with its plain-text part."""
    words = told["words"][variant]
    body, address = writing.clean(words["body"]), _address(told)
    headline = words["headline"]
    parsed(headline)
    slots = {
        "preheader": _sound(words["preheader"]),
        "headline": _sound(headline),
        "body": body.html(),
        "call": _button(words["call_words"], address),
        "extra": _extra(told),
        "foot": layout.foot(),
    }
    text = [headline, body.text(), _call_in_text(words["call_words"], address)]
    text += [_extra_in_text(told), "-- \n" + layout.foot_in_text()]
    return Made(
        parsed(words["subject"] or headline or told["name"]),
        finished(layout.mail(told["kind"], slots), is_html=True),
        finished("\n\n".join(part for part in text if part), is_html=False),
    )


def page(told: Told, variant: str) -> Made:
    """A page's inside: what the page around it adds is a form or a checkout."""
    words = told["words"][variant]
    body = writing.clean(words["body"])
    html = f"<h1>{_sound(words['headline'] or told['name'])}</h1>{body.html()}" + _extra(told)
    html += "".join(
        f"<details><summary>{_fixed(one['name'])}</summary><p>{_fixed(one['answer'])}</p></details>"
        for one in told["concerns"]
    )
    return Made(
        parsed(words["headline"] or told["name"]),
        finished(html, is_html=True),
        finished(f"{body.text()}\n\n{_extra_in_text(told)}", is_html=False),
    )


def call(told: Told, variant: str) -> Made:
    """What a seller has before a call: to whom, what to say, what to answer, what to promise."""
    lines = [f"{title}: {said}" for title, said in _points(told) if said]
    lines += [_("Proof: %s") % f"{one['claim']} ({one['source']})" for one in told["proofs"]]
    lines += [
        _("If they ask “%(concern)s”: %(answer)s")
        % {"concern": one["name"], "answer": one["answer"]}
        for one in told["concerns"]
    ]
    lines += [_("You may promise: %s") % in_words(one) for one in told["promises"]]
    ask = told["words"][variant]["call_words"]
    lines += [_("Ask for: %s") % ask] if ask else []
    plain = [_closed(line) for line in lines]
    who = "{{ person.name }}{% if person.company != '' %}, {{ person.company }}{% endif %}"
    html = "".join(f"<li>{escape(line)}</li>" for line in plain)
    return Made(
        parsed(f"{_closed(told['name'])}: {who}"),
        finished(f"<p>{who}</p><ul>{html}</ul>", is_html=True),
        finished(who + "\n\n" + "\n".join(f"- {line}" for line in plain), is_html=False),
    )


def ad(told: Told, variant: str) -> Made:
    """The short words of an ad."""
    words = told["words"][variant]
    parsed(words["headline"])
    short = words["short"] or _heart(told)
    return Made(
        parsed(words["headline"] or told["name"]),
        None,
        parsed(short if words["short"] else _closed(short)),
    )


def text(told: Told, variant: str) -> Made:
    """Words only, for a message that shows nothing else."""
    words = told["words"][variant]
    body, address = writing.clean(words["body"]), _address(told)
    parts = [body.text(), _call_in_text(words["call_words"], address)]
    return Made(
        parsed(words["subject"] or words["headline"] or told["name"]),
        None,
        finished("\n\n".join(part for part in parts if part), is_html=False),
    )


MAKERS: Mapping[str, Callable[[Told, str], Made]] = {
    "email": email,
    "page": page,
    "call": call,
    "ad": ad,
    "text": text,
}


def in_words(promise: Mapping[str, Any]) -> str:
    """A promise, with how much and by when."""
    said = promise["words"].rstrip(".")
    when = due_in_words(promise)
    return f"{said} ({when})" if when else said


def due_in_words(promise: Mapping[str, Any]) -> str:
    """By when it is kept."""
    days = promise["within_days"]
    if days is not None:
        return ngettext("within %d day", "within %d days", days) % days
    return _("by %s") % _day(promise["due_on"]) if promise["due_on"] else ""


def _day(iso: str) -> str:
    # Spelled out here: a fixed day, whatever the reader's zone.
    return str(date_format(date.fromisoformat(iso), "j F Y"))


def _points(told: Told) -> list[tuple[str, str]]:
    offer = told["offer"] or {}
    if told["kind"] == Kind.BELONGING:
        own = [
            (_("They want to"), told["aspiration"]),
            (_("The group"), told["group"]),
            (_("What life becomes"), told["vision"]),
        ]
    else:
        own = [(_("Their problem"), told["problem"]), (_("The fix"), told["fix"])]
    return [
        (_("For"), told["for_whom"]),
        *own,
        (_("Instead of"), offer.get("alternative", "")),
        (_("Why us"), offer.get("why_us", "")),
    ]


def _heart(told: Told) -> str:
    if told["kind"] == Kind.BELONGING:
        return str(told["vision"] or told["aspiration"])
    return str(told["fix"] or told["problem"])


def _address(told: Told) -> str:
    return writing.address_of(told["call_url"]) if told["call_url"] else ""


def _button(words: str, address: str) -> str:
    if not words:
        return ""
    said = _sound(words)
    if address:
        return layout.button(said, escape(address, quote=False))
    page = layout.button(said, writing.address_of("{{ links.page }}"))
    return f'{{% if links.page != "" %}}{page}{{% endif %}}'


def _call_in_text(words: str, address: str) -> str:
    if not words:
        return ""
    if address:
        return f"{words}: {address}"
    page = writing.address_of("{{ links.page }}")
    return f'{{% if links.page != "" %}}{words}: {page}{{% endif %}}'


def _extra(told: Told) -> str:
    """Proof with where it is from, and what is promised, plainly."""
    proofs = "".join(
        f"<li>{_fixed(one['claim'])} ({_fixed(one['source'])})</li>" for one in told["proofs"]
    )
    promises = "".join(f"<li>{_fixed(in_words(one))}</li>" for one in told["promises"])
    said = f"<p>{escape(_('How we know'))}</p><ul>{proofs}</ul>" if proofs else ""
    return said + (f"<p>{escape(_('We promise'))}</p><ul>{promises}</ul>" if promises else "")


def _extra_in_text(told: Told) -> str:
    said = [_closed(f"{one['claim']} ({one['source']})") for one in told["proofs"]]
    promised = [_closed(in_words(one)) for one in told["promises"]]
    parts = [(_("How we know"), said), (_("We promise"), promised)]
    shown = [
        "\n".join([f"{title}:", *(f"- {one}" for one in ones)]) for title, ones in parts if ones
    ]
    return "\n\n".join(shown)


def _sound(words: str) -> str:
    """A line with tags in it, for HTML: its own words escaped, its tags as they are."""
    parsed(words)
    return "".join(one.words if one.is_tag else escape(one.words) for one in writing.pieces(words))


def _fixed(words: str) -> str:
    return _closed(escape(words))


def _closed(words: str) -> str:
    """Words that are no template, whatever braces are in them."""
    return words.replace("{{", "{\u200b{").replace("{%", "{\u200b%")
