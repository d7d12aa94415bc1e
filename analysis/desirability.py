"""What the experiment wants of each response, and how well a setting serves all of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.responses import ResponseSpec


@dataclass(frozen=True)
class Desire:
    """One response's desirability: straight lines from 0 (unacceptable) to 1 (all one wants).

    The simple form of Derringer and Suich, J. Quality Technology 12 (1980) 214. To maximise:
    0 at ``low``, 1 at ``high`` and above; to minimise: the mirror image; for a target: 1 there,
    0 at ``low`` and ``high``. A response with limits only ("within") is not graded.

    Attributes:
        goal: "maximise", "minimise", "target" or "within".
        values: Response values at the corners of the line, ascending.
        grades: Desirability at each.
        low: Smallest acceptable value; minus infinity for none.
        high: Largest acceptable value; infinity for none.
        span: Range of the response in the region, the yardstick of a violation.
    """

    goal: str
    values: tuple[float, ...]
    grades: tuple[float, ...]
    low: float
    high: float
    span: float

    @property
    def graded(self) -> bool:
        """Whether the response counts in the overall desirability."""
        return self.goal != "within"

    def grade(self, y: np.ndarray) -> np.ndarray:
        """Desirability of responses ``y``; beyond the corners it stays as it is there."""
        return np.asarray(np.interp(y, self.values, self.grades))

    def slope(self, y: float) -> float:
        """Change of the grade with the response."""
        part = int(np.searchsorted(self.values, y, side="right")) - 1
        if not 0 <= part < len(self.values) - 1:
            return 0.0
        rise = self.grades[part + 1] - self.grades[part]
        return rise / (self.values[part + 1] - self.values[part])

    def violation(self, y: np.ndarray) -> np.ndarray:
        """How far ``y`` is from acceptable, as a share of the response's range."""
        return (np.maximum(self.low - y, 0) + np.maximum(y - self.high, 0)) / self.span


def desire(spec: ResponseSpec, lowest: float, highest: float) -> Desire:
    """The desire a response's goal and limits express.

    Where a limit is missing, the lowest or highest value predicted in the region stands in for
    the corner of the line, and nothing is unacceptable on that side.

    Args:
        spec: The response.
        lowest: Smallest value predicted in the region of the runs.
        highest: Largest value predicted there.
    """
    span = max(highest - lowest, 1e-12 * max(abs(lowest), abs(highest), 1e-300))
    low = -np.inf if spec.low is None else spec.low
    high = np.inf if spec.high is None else spec.high
    bottom = lowest if spec.low is None else spec.low
    top = highest if spec.high is None else spec.high
    if spec.goal == "target" and spec.target is not None:
        reach = max(abs(highest - spec.target), abs(lowest - spec.target), span)
        bottom = spec.target - reach if spec.low is None else spec.low
        top = spec.target + reach if spec.high is None else spec.high
        values = (bottom, spec.target, top)
        return Desire("target", values, (0.0, 1.0, 0.0), low, high, span)
    top = max(top, bottom + 1e-9 * span)  # a limit beyond all predictions: a step, never met
    if spec.goal == "maximise":
        return Desire("maximise", (bottom, top), (0.0, 1.0), low, np.inf, span)
    if spec.goal == "minimise":
        return Desire("minimise", (bottom, top), (1.0, 0.0), -np.inf, high, span)
    return Desire("within", (), (), low, high, span)


def overall(desires: list[Desire], predictions: list[np.ndarray]) -> np.ndarray:
    """Geometric mean of the graded responses, less every violation of a limit.

    Positive where all limits hold, negative by the violation where one does not.
    """
    grades = [d.grade(y) for d, y in zip(desires, predictions, strict=True) if d.graded]
    broken = sum(d.violation(y) for d, y in zip(desires, predictions, strict=True))
    mean = np.prod(grades, axis=0) ** (1 / len(grades))
    return np.where(np.asarray(broken) > 1e-9, -np.asarray(broken), mean)
