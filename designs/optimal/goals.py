"""Criteria: what each asks of the information matrix."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from designs.optimal._points import model_rows
from designs.optimal._types import Array
from designs.optimal.model import Model
from designs.optimal.search import Goal

Sample = Callable[[], Array]
"""Gives coded points spread evenly over the region that the rules leave."""


def d_goal(model: Model) -> Goal:
    """The determinant of the information: the joint confidence region of all coefficients."""
    p = len(model.columns)
    return Goal(np.zeros((p, p)), np.eye(p), by_trace=False)


def a_goal(model: Model) -> Goal:
    """The mean variance of the coefficients."""
    p = len(model.columns)
    return Goal(np.zeros((p, p)), np.eye(p), by_trace=True)


def i_goal(model: Model, sample: Sample | None) -> Goal:
    """The mean variance of prediction over the region.

    Args:
        model: The model.
        sample: Points of a region that rules cut; the whole region is integrated exactly.
    """
    p = len(model.columns)
    if sample is None:
        return Goal(np.zeros((p, p)), model.moments(), by_trace=True)
    rows = model_rows(sample(), model.levels, model.parts)
    for c, column in enumerate(model.columns):
        if any(model.coordinates[j].nuisance for j, _ in column):
            rows[:, c] = 0.0
    return Goal(np.zeros((p, p)), rows.T @ rows / len(rows), by_trace=True)


def bayesian_d_goal(model: Model, primary: int, points: Array) -> Goal:
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
    return Goal(back.T @ weight @ back, np.eye(p), by_trace=False)
