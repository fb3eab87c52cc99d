"""What a simulated company's truth is, for showing it beside the answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from halves.measure.answer import Answer, UnitAnswer
from halves.report import words


@dataclass(frozen=True)
class KnownUnit:
    """The truth of one unit."""

    incremental: float  # revenue
    is_wasted: bool

    @property
    def word(self) -> str:
        """The verdict that all-knowing would give."""
        return "wasted" if self.is_wasted else "working"


@dataclass(frozen=True)
class Known:
    """The truth of a company that was simulated."""

    units: Mapping[str, KnownUnit]
    wasted_share: float  # of all spend

    def beside(self, answer: Answer) -> list[str]:
        """How right the answer is, and how wrong last touch's claims are, in sentences."""
        given = [unit for unit in answer.units if unit.verdict != "unknown"]
        right = [unit for unit in given if words.rightness(unit, self._wasted(unit)) == "right"]
        share = answer.wasted_share
        sentences = [
            "This company is simulated, so that the truth is known: each unit was switched off, "
            "with everyone's luck kept the same.",
            f"Of {len(given)} verdicts given, {len(right)} {'is' if len(right) == 1 else 'are'} "
            f"true. In truth "
            f"{words.percent(self.wasted_share)} of the spend was wasted"
            + (
                f"; the answer says {words.percent(share.low)} to {words.percent(share.high)}."
                if share
                else "."
            ),
        ]
        fooled = self._most_overclaimed(answer)
        if fooled:
            sentences.append(
                f"Last touch credits {fooled.unit} with "
                f"{words.claim(fooled, 'last_touch', answer)}; it brought in "
                f"{words.estimate(self.units[fooled.unit].incremental, answer.currency)}."
            )
        return sentences

    def _wasted(self, unit: UnitAnswer) -> bool:
        return self.units[unit.unit].is_wasted

    def _most_overclaimed(self, answer: Answer) -> UnitAnswer | None:
        claiming = [unit for unit in answer.units if "last_touch" in unit.claims]
        return max(
            claiming,
            key=lambda unit: unit.claims["last_touch"] - self.units[unit.unit].incremental,
            default=None,
        )
