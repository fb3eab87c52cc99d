"""A design as it is frozen, its digest, and the one sentence that says it."""

import hashlib
import json
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.experiments.errors import DesignChanged
from halves.experiments.models import Experiment
from halves.measure.trial_words import span
from halves.report.words import listed, percent

FIELDS = (
    "title",
    "withheld",
    "unit_kind",
    "share",
    "region",
    "tag",
    "held_out_regions",
    "outcome",
    "of",
    "starts",
    "ends",
    "notes",
)
_FROZEN = ("name", *(field for field in FIELDS if field not in ("title", "notes")))


def as_data(experiment: Experiment) -> dict[str, Any]:
    """All that may not change once it is registered."""
    said = {field: getattr(experiment, field) for field in _FROZEN}
    for field in ("starts", "ends"):
        said[field] = said[field].isoformat()
    # The secret itself is not told, but it cannot be exchanged either.
    said["salt"] = hashlib.sha256(experiment.salt.encode()).hexdigest()
    return said


def digest_of(experiment: Experiment) -> str:
    """SHA-256 of the design, the same wherever it is computed."""
    said = json.dumps(as_data(experiment), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def check(experiment: Experiment) -> None:
    """Refuse a design that is not the registered one.

    Raises:
        DesignChanged: its digest is another.
    """
    if digest_of(experiment) != experiment.digest:
        raise DesignChanged(
            _(
                "The design of %(name)s is not the one that was registered: somebody changed the "
                "database by hand. Restore it from a backup."
            )
            % {"name": experiment.title}
        )


def sentence(experiment: Experiment) -> str:
    """The design in one sentence."""
    said = {
        "what": listed(experiment.withheld),
        "whom": _whom(experiment),
        "outcome": experiment.get_outcome_display(),
        "of": experiment.get_of_display(),
        "length": span(experiment.ends - experiment.starts),
        "since": date_format(experiment.starts, "j F Y"),
    }
    return (
        _(
            "Withhold %(what)s from %(whom)s for %(length)s from %(since)s, and compare "
            "%(outcome)s (%(of)s)"
        )
        % said
    )


def _whom(experiment: Experiment) -> str:
    share = percent(experiment.share)
    if experiment.is_by_region:
        if experiment.held_out_regions:
            return listed(experiment.held_out_regions)
        return _("regions that are still to be chosen")
    units = experiment.get_unit_kind_display()
    where = _(" in %(region)s") % {"region": experiment.region} if experiment.region else ""
    tagged = _(" tagged %(tag)s") % {"tag": experiment.tag} if experiment.tag else ""
    return _("%(share)s of all %(units)s%(where)s%(tagged)s") % {
        "share": share,
        "units": units,
        "where": where,
        "tagged": tagged,
    }
