"""One joint posterior over all units: the same place in every array is one draw."""

from dataclasses import dataclass

from halves.measure.prior import Floats


@dataclass(frozen=True, eq=False)
class Joint:
    """What is believed of all units together, as draws; money in the reporting currency.

    A unit's response to spend, at x times today's, is Δ · x(1 + h)/(x + h): it passes through
    nothing at x = 0 and through Δ at x = 1, and saturates the sooner the smaller h is.

    Args:
        units: names.
        paths: each unit's path, `many` or `one`.
        spend: shape (unit,), money of the period, above 0.
        margin: profit for each 1 of revenue.
        incremental: shape (draw, unit), Δ: revenue of the period that would be lost without it.
        induced: shape (draw, unit), money spent on other units because of it; below 0 if it saved.
        opening: shape (draw, unit), the share of Δ that came through doors opened, 0 to 1; the
            rest came through closing.
        half: shape (draw, unit), h: the multiple of today's spend at which a response is half of
            the most it can be, above 0.

    Raises:
        ValueError: shapes that do not fit together, or a spend that is not above 0.

    >>> import numpy as np
    >>> one = np.ones((2, 1))
    >>> joint = Joint(("tv",), ("many",), np.array([100.0]), 0.5, one * 250, one * 10, one, one)
    >>> joint.profit.ravel(), joint.marginal_return.ravel()
    (array([15., 15.]), array([0.575, 0.575]))
    """

    units: tuple[str, ...]
    paths: tuple[str, ...]
    spend: Floats
    margin: float
    incremental: Floats
    induced: Floats
    opening: Floats
    half: Floats

    def __post_init__(self) -> None:
        wanted = (len(self.incremental), len(self.units))
        for name in ("incremental", "induced", "opening", "half"):
            if getattr(self, name).shape != wanted:
                raise ValueError(f"{name} must be {wanted}, got {getattr(self, name).shape}")
        if len(self.paths) != len(self.units) or self.spend.shape != (len(self.units),):
            raise ValueError(f"{len(self.units)} units need as many paths and spends")
        if not (self.spend > 0).all():
            raise ValueError(f"every unit's spend must be above 0, got {self.spend}")

    @property
    def draws(self) -> int:
        """How many."""
        return len(self.incremental)

    @property
    def earned(self) -> Floats:
        """Shape (draw, unit): m·Δ less what it made others spend; spend itself not yet paid."""
        return self.margin * self.incremental - self.induced

    @property
    def profit(self) -> Floats:
        """Shape (draw, unit): π, what the company would be poorer by without the unit."""
        return self.earned - self.spend

    @property
    def marginal_return(self) -> Floats:
        """Shape (draw, unit): earned for one more unit of money, laid on as today's is."""
        return self.earned / self.spend * self.half / (1 + self.half)

    def earned_at(self, multiples: Floats) -> Floats:
        """Shape (draw, unit): earned at these multiples of today's spend, shape (unit,)."""
        return self.earned * multiples * (1 + self.half) / (multiples + self.half)
