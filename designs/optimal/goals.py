"""Criteria: what each asks of a design, and how one is bettered by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from designs.optimal._alias import exchange_for_alias
from designs.optimal._exchange import exchange
from designs.optimal._points import model_rows
from designs.optimal._types import Array, Groups, Problem, Rules
from designs.optimal.model import Model

_SWEEPS = 50
_ROUGH, _EXACT = 1e-3, 1e-5
"""Gains of a sweep that are worth another; values are rounded afterwards."""
_RIDGE = 1e-3


class Goal(Protocol):
    """What is sought."""

    def improve(
        self, design: Array, problem: Problem, groups: Groups, rules: Rules, *, fine: bool
    ) -> float:
        """Better a design in place by exchange of coordinates.

        Args:
            design: Coded points (n x k).
            problem: The model in arrays.
            groups: The groups of runs in arrays.
            rules: What every run must keep.
            fine: Whether values between those of the grid are taken too.

        Returns:
            The criterion, larger is better; -inf when the model cannot be estimated.
        """


@dataclass(frozen=True)
class Informative:
    """Large log det(P + X'V⁻¹X), or small tr(L (P + X'V⁻¹X)⁻¹).

    Attributes:
        prior: P (p x p).
        loss: L (p x p).
        by_trace: Whether the trace counts.
    """

    prior: Array
    loss: Array
    by_trace: bool

    def improve(
        self, design: Array, problem: Problem, groups: Groups, rules: Rules, *, fine: bool
    ) -> float:
        """See `Goal`."""
        least = _EXACT if fine else _ROUGH

        def improved(prior: Array) -> float:
            criterion = prior, self.loss, self.by_trace
            return exchange(design, problem, groups, rules, criterion, fine, _SWEEPS, least)

        if (value := improved(self.prior)) > -np.inf:
            return value
        # A singular beginning: some prior information leads out of it.
        improved(self.prior + _RIDGE * np.eye(len(self.prior)))
        return improved(self.prior)


@dataclass(frozen=True)
class LeastAliased:
    """Potential columns enter the estimates of primary ones least.

    Attributes:
        weight: What each primary column counts; these are the model's first.
        floor: Least log det of their information.
    """

    weight: Array
    floor: float

    def improve(
        self, design: Array, problem: Problem, groups: Groups, rules: Rules, *, fine: bool
    ) -> float:
        """See `Goal`; values stay on the grid, where aliases cancel out exactly."""
        del fine
        return exchange_for_alias(design, problem, groups, rules, self.weight, self.floor, _SWEEPS)


Sample = Callable[[], Array]
"""Gives coded points spread evenly over the region that the rules leave."""


def d_goal(model: Model) -> Informative:
    """The determinant of the information: the joint confidence region of all coefficients."""
    p = len(model.columns)
    return Informative(np.zeros((p, p)), np.eye(p), by_trace=False)


def a_goal(model: Model) -> Informative:
    """The mean variance of the coefficients."""
    p = len(model.columns)
    return Informative(np.zeros((p, p)), np.eye(p), by_trace=True)


def i_goal(model: Model, sample: Sample | None) -> Informative:
    """The mean variance of prediction over the region.

    Args:
        model: The model.
        sample: Points of a region that rules cut; the whole region is integrated exactly.
    """
    p = len(model.columns)
    if sample is None:
        return Informative(np.zeros((p, p)), model.moments(), by_trace=True)
    rows = model_rows(sample(), model.levels, model.parts)
    for c, column in enumerate(model.columns):
        if any(model.coordinates[j].nuisance for j, _ in column):
            rows[:, c] = 0.0
    return Informative(np.zeros((p, p)), rows.T @ rows / len(rows), by_trace=True)


def bayesian_d_goal(model: Model, primary: int, points: Array) -> Informative:
    """The determinant with prior information on the columns from ``primary`` on.

    A potential column counts by what the primary ones leave of it, scaled to a range of one, and
    its coefficient has a prior standard deviation of one run's: DuMouchel & Jones, Technometrics
    36 (1994) 37.

    Args:
        model: Primary columns first, then potential ones.
        primary: Number of primary columns.
        points: Coded points over the region.
    """
    p = len(model.columns)
    rows = model_rows(points, model.levels, model.parts)
    known, potential = rows[:, :primary], rows[:, primary:]
    explained = np.linalg.lstsq(known, potential, rcond=None)[0]
    spread = np.ptp(potential - known @ explained, axis=0)
    turned = np.eye(p)
    turned[:primary, primary:] = -explained / spread
    turned[primary:, primary:] = np.diag(1 / spread)
    back = np.linalg.inv(turned)
    weight = np.diag((np.arange(p) >= primary).astype(float))
    return Informative(back.T @ weight @ back, np.eye(p), by_trace=False)


def alias_goal(model: Model, primary: int, best: float, share: float) -> LeastAliased:
    """The squares of the alias matrix, at a D-efficiency that is bounded below.

    Block columns are no effects that anyone asks for and count nothing. Jones & Nachtsheim,
    Technometrics 53 (2011) 62.

    Args:
        model: Primary columns first, then potential ones.
        primary: Number of primary columns.
        best: Their log det in a D-optimal design.
        share: The D-efficiency to be kept, relative to that design's.
    """
    nuisance = [
        any(model.coordinates[j].nuisance for j, _ in column) for column in model.columns[:primary]
    ]
    slack = 1e-9 * primary  # the D-optimal design itself is no lower than a share of one
    return LeastAliased(1.0 - np.array(nuisance), best + primary * np.log(share) - slack)
