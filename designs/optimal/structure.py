"""The groups of runs that a design is made in, and the correlation that they bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designs.optimal._types import Array, Groups, Whole


@dataclass(frozen=True)
class Structure:
    """Runs in groups within groups; runs of a group stand together.

    Attributes:
        groups: Group number of each run by stratum, the outermost first (s x n); none for runs
            that are independent.
        variance_ratio: Variance between groups of a stratum over that between runs.
    """

    groups: tuple[Whole, ...]
    runs: int
    variance_ratio: float = 1.0

    @property
    def precision(self) -> Array:
        """V⁻¹ (n x n), with V = I + ratio * sum of ZZ' over strata."""
        covariance = np.eye(self.runs)
        for group in self.groups:
            covariance += self.variance_ratio * (group[:, None] == group[None, :])
        return np.asarray(np.linalg.inv(covariance), dtype=np.float64)

    @property
    def bounds(self) -> tuple[Whole, Whole]:
        """First and one past the last run of each run's group (s+1 x n), single runs first."""
        alone = np.arange(self.runs, dtype=np.int64)
        firsts, lasts = [alone], [alone + 1]
        for group in reversed(self.groups):
            begins = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
            ends = np.r_[begins[1:], self.runs]
            which = np.searchsorted(begins, alone, side="right") - 1
            firsts.append(begins[which])
            lasts.append(ends[which])
        return np.array(firsts, dtype=np.int64), np.array(lasts, dtype=np.int64)

    @property
    def arrays(self) -> Groups:
        """What `designs.optimal._exchange.exchange` takes."""
        return (*self.bounds, self.precision)
