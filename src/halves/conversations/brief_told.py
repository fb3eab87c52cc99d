"""Stories that a person was told, by campaign, page or in a talk, as the ledger has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from halves.people.models import Person
from halves.posting.book import book
from halves.stories.models import Kind, Story

_MOST = 20


@dataclass(frozen=True)
class Told:
    """One story as it reached a person.

    Args:
        name: of the story, as the ledger has it.
        at: when they were told last.
        path: `many`, `one` or `self`.
        times: how often.
        kind: `belonging` or `solution`; empty for a story that is not kept any more.
        vision, aspiration: of a story of belonging.
        problem: of a story of a solution.
        story, offer: their keys, if they are kept.
    """

    name: str
    at: datetime
    path: str
    times: int
    kind: str = ""
    vision: str = ""
    aspiration: str = ""
    problem: str = ""
    story: int | None = None
    offer: int | None = None

    @property
    def is_vision(self) -> bool:
        """Say whether it sold a vision, which a solution must keep."""
        return self.kind == Kind.BELONGING


def stories_told(person: Person) -> list[Told]:
    """The newest first."""
    ledger = book()
    rows = ledger.table("touches")
    rows = rows.filter(rows.person_id == person.ledger_id, rows.story.notnull())
    by_story = rows.group_by("story").aggregate(
        last=rows["at"].max(), path=rows.path.argmax(rows["at"]), times=rows.count()
    )
    found = ledger.query(by_story.order_by(by_story["last"].desc(), "story").limit(_MOST))
    told = found.to_pylist()
    kept = {one.name: one for one in Story.objects.filter(name__in=[row["story"] for row in told])}
    return [_told(row, kept.get(row["story"])) for row in told]


def vision_of(told: Sequence[Told]) -> Told | None:
    """The vision that was told last."""
    return next((one for one in told if one.is_vision), None)


def _told(row: dict[str, object], story: Story | None) -> Told:
    plain = Told(row["story"], row["last"], row["path"], row["times"])  # type: ignore[arg-type]
    if story is None:
        return plain
    return Told(
        name=plain.name,
        at=plain.at,
        path=plain.path,
        times=plain.times,
        kind=story.kind,
        vision=story.vision,
        aspiration=story.aspiration,
        problem=story.problem,
        story=story.pk,
        offer=story.offer_id,
    )
