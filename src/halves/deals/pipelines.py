"""Pipelines and their stages, as a company has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.deals.errors import DealChangedMeanwhile, DealRefused, StageInUse
from halves.deals.models import Deal
from halves.deals.stage_models import Pipeline, Stage, StageKind

MOST_STAGES = 12


@dataclass(frozen=True)
class Wanted:
    """A stage as it should be.

    Args:
        name: what it is called.
        key: of the stage that there is; None for a new one.
    """

    name: str
    key: int | None = None


def default_pipeline(*, at: datetime) -> Pipeline:
    """Where leads arrive; made when it is first asked for."""
    found = Pipeline.objects.filter(is_default=True).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            made = Pipeline.objects.create(name=_("Sales"), is_default=True, made_at=at)
            _first_stages(made)
    except IntegrityError:  # somebody made it a moment ago
        return Pipeline.objects.get(is_default=True)
    return made


def pipelines() -> "QuerySet[Pipeline]":
    """Pipelines that deals go through, the default first, with their stages."""
    stages = Prefetch("stages", Stage.objects.filter(retired_at=None))
    rows = Pipeline.objects.filter(retired_at=None).prefetch_related(stages)
    return rows.order_by("-is_default", "name")


def stages_of(pipeline: Pipeline) -> list[Stage]:
    """Its stages in their order: those on the way, then won, then lost."""
    return list(pipeline.stages.filter(retired_at=None))


def first_stage(pipeline: Pipeline) -> Stage:
    """Where a deal begins."""
    return pipeline.stages.filter(retired_at=None, kind=StageKind.OPEN).earliest("position", "id")


def ending(pipeline: Pipeline, kind: StageKind) -> Stage:
    """Where deals stand that are won, or lost."""
    return pipeline.stages.filter(retired_at=None, kind=kind).earliest("position", "id")


def add_pipeline(name: str, *, by: User, at: datetime) -> Pipeline:
    """Begin another pipeline, with stages to change.

    Raises:
        DealRefused: it has no name, or another has it.
    """
    said = _named(name)
    try:
        with transaction.atomic():
            made = Pipeline.objects.create(name=said, made_at=at)
            _first_stages(made)
            audit.record("pipeline.add", made, by=by, at=at, after={"name": said})
    except IntegrityError:
        raise DealRefused("name", _("Another pipeline is called so.")) from None
    return made


def rename_pipeline(
    pipeline: Pipeline, name: str, *, by: User, at: datetime, version: int
) -> Pipeline:
    """Call it something else.

    Raises:
        DealRefused, DealChangedMeanwhile.
    """
    said, before = _named(name), {"name": pipeline.name}
    try:
        with transaction.atomic():
            _claim(pipeline, version)
            Pipeline.objects.filter(pk=pipeline.pk).update(name=said)
            audit.record(
                "pipeline.change", pipeline, by=by, at=at, before=before, after={"name": said}
            )
    except IntegrityError:
        raise DealRefused("name", _("Another pipeline is called so.")) from None
    pipeline.name = said
    return pipeline


def retire_pipeline(pipeline: Pipeline, *, by: User, at: datetime) -> None:
    """Let no deal begin there any more.

    Raises:
        StageInUse: deals are on their way there, or leads arrive there.
    """
    if pipeline.is_default:
        raise StageInUse(_("Leads arrive in this pipeline: it stays."))
    with transaction.atomic():
        if Deal.objects.filter(pipeline=pipeline, state="open").exists():
            raise StageInUse(_("Deals are on their way here: move or close them first."))
        Pipeline.objects.filter(pk=pipeline.pk, retired_at=None).update(retired_at=at)
        audit.record("pipeline.retire", pipeline, by=by, at=at)


def set_stages(
    pipeline: Pipeline, wanted: Sequence[Wanted], *, by: User | None, at: datetime, version: int
) -> list[Stage]:
    """Make the stages on the way these, in this order; those that are left out are retired.

    Won and lost stay at the end, with their names.

    Raises:
        DealRefused: names the field.
        StageInUse: open deals stand in one that is left out.
        DealChangedMeanwhile: somebody else changed them since.
    """
    names = _checked(wanted)
    with transaction.atomic():
        _claim(pipeline, version)
        stages = {one.pk: one for one in stages_of(pipeline) if one.kind == StageKind.OPEN}
        ends = [one for one in stages_of(pipeline) if one.kind != StageKind.OPEN]
        if {one.name.casefold() for one in ends} & {one.casefold() for one in names}:
            raise DealRefused("stages", _("Another stage is called so: won and lost are there."))
        before = [one.name for one in stages.values()]
        kept = {one.key for one in wanted if one.key is not None}
        if not kept <= set(stages):
            raise DealRefused("stages", _("One of these stages is not of this pipeline."))
        _retire([one for key, one in stages.items() if key not in kept], at)
        _place(pipeline, wanted, names, ends)
        audit.record(
            "pipeline.change",
            pipeline,
            by=by,
            at=at,
            before={"stages": before},
            after={"stages": names},
        )
    return stages_of(pipeline)


def _place(
    pipeline: Pipeline, wanted: Sequence[Wanted], names: Sequence[str], ends: Sequence[Stage]
) -> None:
    # Two that swap their names would meet in between: all get one of their own first.
    for one in wanted:
        if one.key is not None:
            Stage.objects.filter(pk=one.key).update(name=token_hex(16))
    for place, (one, name) in enumerate(zip(wanted, names, strict=True)):
        if one.key is None:
            Stage.objects.create(pipeline=pipeline, name=name, position=place)
        else:
            Stage.objects.filter(pk=one.key).update(name=name, position=place)
    for place, end in enumerate(ends, start=len(names)):
        Stage.objects.filter(pk=end.pk).update(position=place)


def _retire(stages: Sequence[Stage], at: datetime) -> None:
    still = Stage.objects.filter(pk__in=[one.pk for one in stages]).annotate(
        open=Count("deals", filter=Q(deals__state="open"))
    )
    for one in still:
        if one.open:
            words = _("%(n)d open deals stand in %(stage)s: move them first.")
            raise StageInUse(words % {"n": one.open, "stage": one.name})
    still.update(retired_at=at)


def _checked(wanted: Sequence[Wanted]) -> list[str]:
    names = [" ".join(one.name.split()) for one in wanted]
    if not names:
        raise DealRefused("stages", _("A pipeline needs one stage on the way at least."))
    if len(names) > MOST_STAGES:
        raise DealRefused("stages", _("More than %(n)d stages help nobody.") % {"n": MOST_STAGES})
    if not all(0 < len(one) <= 80 for one in names):
        raise DealRefused("stages", _("Each stage needs a name of at most 80 letters."))
    if len({one.casefold() for one in names}) < len(names):
        raise DealRefused("stages", _("Two stages have the same name."))
    return names


def _claim(pipeline: Pipeline, version: int) -> None:
    # One conditional UPDATE, so that of two who save at once only one wins.
    mine = Pipeline.objects.filter(pk=pipeline.pk, version=version)
    if not mine.update(version=version + 1):
        raise DealChangedMeanwhile(
            _("Somebody else changed this pipeline meanwhile: look at it, and save again.")
        )
    pipeline.version = version + 1


def _named(name: str) -> str:
    said = " ".join(name.split())
    if not 0 < len(said) <= 80:
        raise DealRefused("name", _("Give it a name of at most 80 letters."))
    return said


def _first_stages(pipeline: Pipeline) -> None:
    on_the_way = (_("New"), _("Problem understood"), _("Solution shown"), _("Quote sent"))
    kinds = [*((name, StageKind.OPEN) for name in on_the_way)]
    kinds += [(_("Won"), StageKind.WON), (_("Lost"), StageKind.LOST)]
    Stage.objects.bulk_create(
        Stage(pipeline=pipeline, name=str(name), kind=kind, position=place)
        for place, (name, kind) in enumerate(kinds)
    )
