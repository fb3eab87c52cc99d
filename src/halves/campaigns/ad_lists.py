"""What can happen to a list at an ad platform: planned, looked at, brought up to date, removed.

The platform is told who is on it by files that people take there (`ad_files`). Some are held out
by an experiment of the list's own, registered before the first file. Who saw an ad nobody knows:
the ledger gets the arms, and no touches.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.access.rules import Verb, insist
from halves.audiences.errors import AudienceRefused
from halves.audiences.models import Audience
from halves.audiences.queries import members
from halves.campaigns.ad_models import AdFile, AdList, Platform
from halves.campaigns.errors import FieldWrong, NotADraft, NotChecked
from halves.connect.ads import PLATFORMS
from halves.experiments import withholding
from halves.experiments.models import Experiment, Measure, Member, Outcome
from halves.experiments.queries import held_out_now
from halves.jobs import running
from halves.jobs.errors import JobRefused
from halves.jobs.models import LIVE, Job
from halves.jobs.running import Telling
from halves.people.models import Person
from halves.people.reachable import ADS, who_may_be_told
from halves.posting.book import book

LOOK, MAKE = "ad_list_look", "ad_file"
FIELDS = (
    "title",
    "platform",
    "campaign",
    "channel",
    "topic",
    "holdout_share",
    "outcome",
    "of",
    "days",
)
AT_ONCE = 250  # people in one transaction, so that nobody waits long for it
HELD_OUT_ELSEWHERE = "held_out"


def plan(audience: Audience, *, by: User, at: datetime, **said: Any) -> AdList:
    """Write down a list for an audience, and have a worker look at whom it would take.

    Args:
        audience: who belongs on it.
        said: fields, of `FIELDS`.

    Raises:
        FieldWrong: something cannot be; names the field.
    """
    made = AdList(audience=audience, by=by, made_at=at)
    _set(made, said)
    made.name = _free_name(made.title)
    with transaction.atomic():
        made.save()
        audit.record("ad_list.add", made, by=by, at=at, after=audit.fields_of(made, FIELDS))
        look(made, by=by, at=at)
    return made


def change(ad_list: AdList, *, version: int, by: User, at: datetime, **said: Any) -> AdList:
    """Change one that no file was made of: the test that begins with the first is fixed.

    Raises:
        NotADraft: a file was made, or somebody changed it since it was read.
        FieldWrong: as in `plan`.
    """
    with transaction.atomic():
        mine = AdList.objects.filter(pk=ad_list.pk, version=version, files=None)
        # One conditional UPDATE, so that of two who change it at once the second is told.
        if not mine.update(version=F("version") + 1):
            raise NotADraft(
                _("A file was made of it, or somebody changed it: look at it again, or plan anew.")
            )
        now = AdList.objects.get(pk=ad_list.pk)
        before = audit.fields_of(now, FIELDS)
        _set(now, said)
        now.found = None
        now.save()
        after = audit.fields_of(now, FIELDS)
        audit.record("ad_list.change", now, by=by, at=at, before=before, after=after)
        look(now, by=by, at=at)
    return now


def remove(ad_list: AdList, *, by: User, at: datetime) -> None:
    """Throw a plan away.

    Raises:
        NotADraft: a file was made of it, which stays on record.
    """
    with transaction.atomic():
        now = AdList.objects.select_for_update().get(pk=ad_list.pk)
        if now.files.exists():
            raise NotADraft(
                _("Files were made of it: they stay, so that it is known who has them.")
            )
        before = audit.fields_of(now, FIELDS)
        audit.record("ad_list.remove", now, by=by, at=at, before=before)
        now.delete()


def look(ad_list: AdList, *, by: User, at: datetime) -> Job:
    """Ask whom it would take, who is left out and why, and what holding people out can detect."""
    live = jobs_of(ad_list, LOOK).filter(state__in=LIVE).first()
    return live or running.start(LOOK, by=by, at=at, arguments={"ad_list": ad_list.pk})


def find(job: Job, tell: Telling) -> dict[str, Any]:
    """What `look` asked for, done by a worker.

    Raises:
        JobRefused: the audience cannot be as it is.
    """
    ad_list = AdList.objects.filter(pk=job.arguments["ad_list"]).first()
    if ad_list is None:  # thrown away meanwhile
        return {"words": ""}
    at, left_out, count = job.asked_at, Counter[str](), 0
    try:
        for some in willing(ad_list, at=at, left_out=left_out):
            count += len(some)
            tell(_("looking at everyone in the audience"), count)
    except AudienceRefused as refused:
        raise JobRefused(str(refused)) from refused
    tell(_("computing what it can detect"), count)
    found = {
        "at": at.isoformat(),
        "reached": count,
        "left_out": {why: n for why, n in sorted(left_out.items()) if n},
        "power": _power(ad_list, count, at),
    }
    AdList.objects.filter(pk=ad_list.pk, version=ad_list.version).update(found=found)
    return {"words": ""}


def ask_file(ad_list: AdList, *, by: User, at: datetime) -> AdFile:
    """Have a worker bring the list up to date; the first time registers who is held out.

    Raises:
        MayNot: giving people away is not for the user's role.
        NotChecked: nobody has looked at whom it would take.
    """
    insist_on_export(by)
    with transaction.atomic():
        now = AdList.objects.select_for_update().get(pk=ad_list.pk)
        found = now.found or {}
        if not now.files.exists():
            if not found:
                raise NotChecked(_("See first whom it would take, then make the file."))
            if not found["reached"]:
                raise NotChecked(_("Nobody in its audience agreed to be known to an ad platform."))
            now.experiment = _registered(now, found.get("power"), by=by, at=at)
            now.save()
        number = now.files.count() + 1
        file, is_new = AdFile.objects.get_or_create(
            of=now, made_at=None, defaults={"number": number, "by": by, "asked_at": at}
        )
        if is_new:
            after = {"number": file.number}
            audit.record("ad_list.make", now, by=by, at=at, after=after)
        if not jobs_of(now, MAKE).filter(state__in=LIVE).exists():
            running.start(MAKE, by=by, at=at, arguments={"ad_list": now.pk, "file": file.pk})
    return file


def newest_file(ad_list: AdList) -> AdFile:
    """The file that can be taken, or is being made.

    Raises:
        NotChecked: none was asked for.
    """
    found = ad_list.files.order_by("-number").first()
    if found is None:
        raise NotChecked(_("Make a file first."))
    return found


def willing(ad_list: AdList, *, at: datetime, left_out: Counter[str]) -> Iterator[list[int]]:
    """Those of the audience who may be given to the platform; the others are counted."""
    for chunk in members(ad_list.audience, at=at):
        for start in range(0, len(chunk), AT_ONCE):
            yield still_willing(ad_list, chunk[start : start + AT_ONCE], at=at, left_out=left_out)


def still_willing(
    ad_list: AdList, pks: Sequence[int], *, at: datetime, left_out: Counter[str]
) -> list[int]:
    """Those of some people who may be given to the platform at this moment."""
    asked = who_may_be_told(pks, channel=ADS, topic=ad_list.topic, at=at)
    left_out.update(str(why) for why in asked.values() if why is not None)
    open_to = [pk for pk, why in asked.items() if why is None]
    ids = dict(Person.objects.filter(pk__in=open_to).values_list("pk", "ledger_id"))
    own = ad_list.experiment_id
    rows = held_out_now((ad_list.channel, ad_list.withheld), list(ids.values()), at=at)
    if own is not None:  # its own held out are drawn, and counted, by it
        mine = Member.objects.filter(experiment=own, unit_id__in=rows, is_held_out=True)
        rows -= set(mine.values_list("unit_id", flat=True))
    left_out[HELD_OUT_ELSEWHERE] += sum(ids[pk] in rows for pk in open_to if pk in ids)
    return [pk for pk in open_to if pk in ids and ids[pk] not in rows]


def is_testing(ad_list: AdList, at: datetime) -> bool:
    """Say whether people are held out of it: until its test is over."""
    design = ad_list.experiment
    return design is not None and design.closes > at


def jobs_of(ad_list: AdList, kind: str) -> Any:
    """All work of a kind ever asked for it, the newest first."""
    return Job.objects.filter(kind=kind, arguments__ad_list=ad_list.pk).order_by("-pk")


def insist_on_export(user: User) -> None:
    """Refuse whoever may not give people away.

    Raises:
        MayNot: names who may.
    """
    for kind in ("ad_list", "audience", "person"):
        insist(user, Verb.EXPORT, kind)


def _power(ad_list: AdList, count: int, at: datetime) -> dict[str, Any] | None:
    if not ad_list.holdout_share or not count:
        return None
    currency = settings.PLACE.settings().currency
    return withholding.power_of(
        design_of(ad_list, at), book(), units=count, currency=currency, at=at
    )


def _registered(
    ad_list: AdList, power: dict[str, Any] | None, *, by: User, at: datetime
) -> Experiment | None:
    if not ad_list.holdout_share:
        return None
    return withholding.register(design_of(ad_list, at), power=power, by=by, at=at)


def design_of(ad_list: AdList, at: datetime) -> Experiment:
    """The test that begins with the first file, not kept anywhere yet."""
    return withholding.design_of(
        name=ad_list.name,
        title=_("What ads to %s bring") % f"“{ad_list.title}”"[:100],
        campaign=ad_list.withheld,
        share=ad_list.holdout_share,
        outcome=ad_list.outcome,
        of=ad_list.of,
        days=ad_list.days,
        at=at,
    )


def _set(ad_list: AdList, said: dict[str, Any]) -> None:
    for name, value in said.items():
        if name not in FIELDS:
            raise FieldWrong(name, _("There is no such field."))
        setattr(ad_list, name, value.strip() if isinstance(value, str) else value)
    if not slugify(ad_list.title):
        raise FieldWrong("title", _("Give it a name, with letters or numbers."))
    if ad_list.platform not in Platform.values:
        raise FieldWrong("platform", _("Choose the ad platform."))
    if not 0 <= ad_list.holdout_share < 1:
        raise FieldWrong("holdout_share", _("The share held out must be from 0% to below 100%."))
    if ad_list.outcome not in Outcome.values:
        raise FieldWrong("outcome", _("Choose what is compared."))
    if ad_list.of not in Measure.values:
        raise FieldWrong("of", _("Compare money, or how many."))
    if not 1 <= ad_list.days <= 730:
        raise FieldWrong("days", _("Compare over 1 to 730 days."))
    ad_list.channel = ad_list.channel or PLATFORMS[ad_list.platform].channel


def _free_name(title: str) -> str:
    base = f"ads--{slugify(title)[:70]}"  # two hyphens: no campaign is called so
    taken = set(AdList.objects.filter(name__startswith=base).values_list("name", flat=True))
    names = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(one for one in names if one not in taken)
