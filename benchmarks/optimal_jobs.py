"""Jobs of optimal design, the same for us and the peers, and their criteria in plain numpy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Job:
    """A quadratic model in factors from -1 to 1.

    Attributes:
        criterion: ``D`` or ``I``.
        factors: Number of factors.
        runs: Number of runs.
        plots: Whole plots of equal size in which the first two factors are constant; 0 without.
        constraints: What every run must keep.
        effort: Our beginnings and kicks, where they are fewer than usual.
        seeds: How many designs of ours are searched, of which the median counts: a brief search
            hangs more on its seed.
    """

    criterion: str
    factors: int
    runs: int
    plots: int = 0
    constraints: tuple[str, ...] = ()
    effort: tuple[int, int] | None = None
    seeds: int = 1

    @property
    def names(self) -> str:
        """The factors' names, a letter each."""
        return "abcdefghij"[: self.factors]

    @property
    def terms(self) -> list[str]:
        """The model's terms but the intercept."""
        pairs = [f"{first}:{second}" for first, second in combinations(self.names, 2)]
        return [*self.names, *pairs, *(f"{name}^2" for name in self.names)]

    def value(self, points: Any) -> float:
        """D in percent, ``100 |X'V^-1 X|^(1/p) / n``, or the mean prediction variance.

        Raises:
            ValueError: The design is not what was asked for.
        """
        x = np.asarray(points, dtype=np.float64)
        if x.shape != (self.runs, self.factors) or np.abs(x).max() > 1 + 1e-9:
            raise ValueError("the design has another size or leaves the region")
        if not all(self._kept(x)):
            raise ValueError("the design breaks a constraint")
        rows = _rows(x)
        variance = np.eye(self.runs)
        if self.plots:
            each = self.runs // self.plots
            if np.ptp(x.reshape(self.plots, each, -1)[:, :, :2], axis=1).max() > 0:
                raise ValueError("a hard factor varies within a whole plot")
            variance += np.kron(np.eye(self.plots), np.ones((each, each)))
        information = rows.T @ np.linalg.inv(variance) @ rows
        if self.criterion == "D":
            return float(100 * np.linalg.det(information) ** (1 / rows.shape[1]) / self.runs)
        return float(np.trace(np.linalg.inv(information) @ _moments(self.factors)))

    def _kept(self, x: Any) -> list[bool]:
        """Constraints are sums of letters against a number: ``a + b - c <= 1``."""
        found = []
        for text in self.constraints:
            left, limit = text.split("<=")
            signs = left.replace("- ", "-").replace("+ ", "").split()
            total = sum(
                (-1 if sign[0] == "-" else 1) * x[:, self.names.index(sign[-1])] for sign in signs
            )
            found.append(bool((total <= float(limit) + 1e-6).all()))
        return found


def _rows(x: Any) -> Any:
    pairs = [x[:, i] * x[:, j] for i, j in combinations(range(x.shape[1]), 2)]
    return np.column_stack([np.ones(len(x)), x, *pairs, x**2])


def _moments(factors: int) -> Any:
    """Means over the cube: 1/3 for x², 1/9 for x²y², 1/5 for x⁴."""
    size = 1 + 2 * factors + factors * (factors - 1) // 2
    found = np.zeros((size, size))
    squares = np.arange(size - factors, size)
    found[0, 0] = 1
    middle = np.arange(1, size - factors)
    found[middle, middle] = np.where(middle <= factors, 1 / 3, 1 / 9)
    found[0, squares] = found[squares, 0] = 1 / 3
    found[np.ix_(squares, squares)] = 1 / 9
    found[squares, squares] = 1 / 5
    return found


_RULES = ("a + b + c <= 1", "d - e <= 0.5", "- f - g - h <= 1.5")

JOBS = {
    "d.6x40": Job("D", 6, 40),
    "i.6x40": Job("I", 6, 40),
    "splitplot.d": Job("D", 6, 40, plots=10),
    "splitplot.i": Job("I", 6, 40, plots=10),
    "d.10x80": Job("D", 10, 80),
    "d.10x80.brief": Job("D", 10, 80, effort=(1, 12), seeds=9),
    "d.8x60.constrained": Job("D", 8, 60, constraints=_RULES),
    "d.8x60.constrained.brief": Job("D", 8, 60, constraints=_RULES, effort=(2, 20), seeds=9),
}
