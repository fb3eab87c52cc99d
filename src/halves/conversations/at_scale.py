"""From one to many: a concern that sellers hear becomes a story, whom to tell, a campaign, a page.

All four are drafts that a person edits, checks and launches; nothing is sent from here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from django.db import transaction
from django.db.models import Model
from django.utils.text import slugify
from django.utils.translation import gettext as _

from halves.access.models import User
from halves.audiences.actions import save_question
from halves.audiences.models import Audience
from halves.campaigns import actions as campaigns
from halves.campaigns import results
from halves.campaigns.models import Campaign, Message
from halves.campaigns.topics import Reach, reach_of
from halves.concerns.models import Answer, AnswerVerdict, Concern, Given, Heard
from halves.conversations.errors import ConversationRefused
from halves.experiments.models import Member
from halves.measure.interval import Interval
from halves.pages.actions import add_page
from halves.pages.models import Asks, Page
from halves.stories.actions import write_story
from halves.stories.models import Kind, Story

CHANNEL = "email"
_HELD_OUT = 0.2  # so that what it changes can be told; the plan says what it can detect
_MOST_ANSWERS, _MOST_QUOTES, _LONGEST = 3, 3, 400
_Z = 1.6448536269514722


@dataclass(frozen=True)
class AtScale:
    """The four drafts, and how many each topic of the campaign would reach."""

    story: Story
    audience: Audience
    campaign: Campaign
    page: Page
    reach: Reach


@dataclass(frozen=True)
class CameOf:
    """What came of a campaign that answers a concern.

    Args:
        campaign: which.
        told, left_alone: people in each arm.
        heard: change in the share of people who voiced it afterwards, told less left alone, with
            its 90% interval; None before anybody was told.
        deals: the campaign's own result: deals gained, with its interval, as it was computed last.
    """

    campaign: Campaign
    told: int
    left_alone: int
    heard: Interval | None
    deals: Interval | None

    @property
    def heard_points(self) -> str:
        """The change in points."""
        return f"{100 * self.heard.mean:+.0f}" if self.heard else ""

    @property
    def heard_low(self) -> str:
        """Its lower end."""
        return f"{100 * self.heard.low:+.0f}" if self.heard else ""

    @property
    def heard_high(self) -> str:
        """Its upper end."""
        return f"{100 * self.heard.high:+.0f}" if self.heard else ""


def answer_at_scale(
    concern: Concern,
    *,
    by: User,
    at: datetime,
    topic: str | None = None,
    answers: Collection[int] | None = None,
) -> AtScale:
    """Draft a story that answers a concern, whom to tell it, the campaign that does, and a page.

    The story holds the best answers and what sellers said, as quotes to edit; words of private
    talks are not among them. Its audience voiced the concern or is likely to hold it. The page
    shows the story with the concern and its answers, to whoever reads it by themselves.

    Args:
        topic: what the campaign is about, as people agree to it; None: what reaches most of them.
        answers: keys of those to tell, also such as nobody approved; None: the best approved ones.

    Raises:
        ConversationRefused: it was let go, merged, or there is no answer that may be told.
    """
    if concern.retired_at is not None or concern.merged_into_id is not None:
        raise ConversationRefused("concern", _("This concern is not in the library any more."))
    told = _told(concern, answers)
    reach = reach_at_scale(concern, at=at)
    about = reach.best if topic is None else " ".join(topic.split())[:80]
    with transaction.atomic():
        story = _story(concern, told, by=by, at=at)
        audience = save_question(
            name=_free(Audience, _("May hold: %s") % concern.name),
            definition=_whom(concern), by=by, at=at,
        )  # fmt: skip
        campaign = campaigns.draft(
            by=by, at=at, steps=[{"story": story}], title=_free(Campaign, story.name, "title"),
            channel=CHANNEL, audience=audience, topic=about, holdout_share=_HELD_OUT,
            outcome="deal_closed",
        )  # fmt: skip
        page = add_page(
            by=by, at=at, slug=_free(Page, _slug(concern), "slug", between="-"), story=story,
            asks=Asks.CONTACT, button=_("Ask us"),
        )  # fmt: skip
    return AtScale(story, audience, campaign, page, reach)


def best_answers(concern: Concern) -> Sequence[Answer]:
    """Those that win, then those that may be told, then what sellers reply most; losers never."""
    rows = [one for one in concern.answers.all() if one.verdict != AnswerVerdict.LOSES]
    rows.sort(
        key=lambda one: (
            one.verdict != AnswerVerdict.WINS,
            not one.is_approved,
            -one.given_before,
            -one.pk,
        )
    )
    return rows


def told_unasked(concern: Concern) -> Sequence[Answer]:
    """The answers that a draft holds where nobody chose others: the best that are approved."""
    return [one for one in best_answers(concern) if one.is_approved][:_MOST_ANSWERS]


def reach_at_scale(concern: Concern, *, at: datetime) -> Reach:
    """How many of those who voiced it, or may hold it, each topic reaches by mail."""
    whom = Audience(definition=_whom(concern))  # saved only with the drafts
    return reach_of(whom, channel=CHANNEL, at=at)


def came_of(concern: Concern, *, at: datetime) -> list[CameOf]:
    """Campaigns whose story answers it, the newest first: is it heard less, do deals rise?"""
    rows = Campaign.objects.filter(steps__story__concerns=concern, launched_at__isnull=False)
    rows = rows.select_related("experiment").distinct().order_by("-launched_at")
    return [_came_of(concern, one, at=at) for one in rows[:10]]


def _told(concern: Concern, chosen: Collection[int] | None) -> Sequence[Answer]:
    known = best_answers(concern)
    wanted = [one.pk for one in told_unasked(concern)] if chosen is None else chosen
    told = [one for one in known if one.pk in wanted]
    if not told and not concern.is_aspiration:
        if not known:
            words = _("Write down first what settles it: there is no answer to tell.")
        else:
            words = _("Approve an answer first, or choose which the draft is to hold.")
        raise ConversationRefused("answers", words)
    return told


def _story(concern: Concern, answers: Sequence[Answer], *, by: User, at: datetime) -> Story:
    name = _free(Story, _("Answer: %s") % concern.name)
    said: dict[str, object] = {"name": name, "concerns": [concern], "body": _body(concern, answers)}
    if concern.is_aspiration or concern.kind == "belonging":
        said |= {"kind": Kind.BELONGING, "aspiration": concern.name[:500]}
    else:
        said |= {"kind": Kind.SOLUTION, "problem": concern.name}
        said["fix"] = answers[0].words[:_LONGEST] if answers else ""
    return write_story(by=by, at=at, **said)


def _body(concern: Concern, answers: Sequence[Answer]) -> str:
    """Answers and sellers' own words, marked as what somebody has to edit."""
    lines = [_("[Edit this: what sellers say, in their own words.]"), "", plain(concern.name), ""]
    for one in answers:
        unsure = "" if one.is_approved else _("[Nobody approved this yet] ")
        lines += [f"- {unsure}{plain(one.words)}"]
        given = Given.objects.filter(answer=one, conversation__is_private=False)
        for words in given.order_by("-at").values_list("words", flat=True)[:_MOST_QUOTES]:
            if words.strip() != one.words.strip():
                lines += [f"    - “{plain(words)}”"]
    return "\n".join(lines)


def plain(words: str) -> str:
    """Words of a talk as words of a draft: no template, no mark-up, one line."""
    taken = {ord(one): None for one in "{}<>[]*_`"}
    return " ".join(words.translate(taken).split())[:_LONGEST]


def _whom(concern: Concern) -> dict[str, object]:
    where = [{"field": "concern", "op": "is", "value": str(concern.pk)}]
    return {
        "or": [
            {"records": "concerns_voiced", "op": "any", "where": where},
            {"records": "concerns_likely", "op": "any", "where": where},
        ]
    }


def _free(model: type[Model], name: str, of: str = "name", *, between: str = " ") -> str:
    """A name that nothing of the kind has."""
    wanted, number = name[:100], 1
    while model._default_manager.filter(**{of: wanted}).exists():
        number += 1
        wanted = f"{name[:100]}{between}{number if between == '-' else f'({number})'}"
    return wanted


def _slug(concern: Concern) -> str:
    """A short address, of the concern's first words."""
    return "-".join(slugify(concern.name).replace("_", "-").split("-")[:6])[:60] or "answer"


def _came_of(concern: Concern, campaign: Campaign, *, at: datetime) -> CameOf:
    since = campaign.launched_at
    voiced = Heard.objects.filter(concern=concern, at__gt=since, at__lte=at)
    ids = set(voiced.values_list("person__ledger_id", flat=True))
    counts = {True: [0, 0], False: [0, 0]}  # held out → people, who voiced it
    if campaign.experiment is not None:
        members = Member.objects.filter(experiment=campaign.experiment)
        for unit, is_held_out in members.values_list("unit_id", "is_held_out").iterator():
            counts[is_held_out][0] += 1
            counts[is_held_out][1] += unit in ids
    told = counts[False][0] or Message.objects.filter(campaign=campaign).count()
    newest = results.newest(campaign)
    return CameOf(
        campaign, told, counts[True][0], _difference(counts[False], counts[True]),
        _deals(newest.found if newest else {}),
    )  # fmt: skip


def _difference(told: Sequence[int], left_alone: Sequence[int]) -> Interval | None:
    """Of two shares as counted; its 90% interval adds one yes and one no (Agresti, Caffo 2000)."""
    if not told[0] or not left_alone[0]:
        return None
    shares = [(hits + 1) / (of + 2) for of, hits in (told, left_alone)]
    spread = sum(
        share * (1 - share) / (of + 2)
        for share, (of, _hits) in zip(shares, (told, left_alone), strict=True)
    )
    middle, reach = shares[0] - shares[1], _Z * sqrt(spread)
    low, high = middle - reach, middle + reach
    counted = told[1] / told[0] - left_alone[1] / left_alone[0]
    return Interval(mean=min(max(counted, low), high), low=low, high=high)


def _deals(found: dict[str, object]) -> Interval | None:
    """Deals gained in all, as the campaign's own result has it."""
    compared = found.get("compared") or []
    for one in compared if isinstance(compared, list) else []:
        if one["outcome"] == "deal_closed" and one["of"] == "outcomes" and one["total"]:
            total = one["total"]
            return Interval(mean=total["mean"], low=total["low"], high=total["high"])
    return None
