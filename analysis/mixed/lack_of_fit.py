"""Lack of fit where runs share the scatter of their whole plots, rows or nights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.anova import AnovaRow, tested
from analysis.mixed.error_terms import estimable_components
from analysis.mixed.inference import Method, infer
from analysis.mixed.reml import estimate_variances
from analysis.wording import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.mixed.error_terms import RandomTerm
    from analysis.problem import Problem

_NEW = 1e-8  # relative size below which a column adds nothing to those before it
_EXACT = 1e-18  # share of the variation that is left: repeated runs agree to the last digit


@dataclass(frozen=True)
class LackOfFit:
    """What repeated settings say of a mixed model.

    Attributes:
        row: The test; None where there is none.
        pure_error: Scatter of repeated settings within the innermost groups; None without.
        note: What could not be tested, as a sentence; empty where all was.
    """

    row: AnovaRow | None
    pure_error: AnovaRow | None
    note: str


UNTESTED = LackOfFit(None, None, "")
"""Nothing was asked."""

_NOT_REPEATED = LackOfFit(None, None, "No run was repeated, so lack of fit cannot be tested.")


def lack_of_fit(problem: Problem, terms: Sequence[RandomTerm], method: Method) -> LackOfFit:
    """Test the model against one in which every setting has a mean of its own.

    The larger model has the same random terms, estimated beside it, so that what differs between
    whole plots is judged by whole plots that were set up alike, and what differs within them by
    runs within. Where no whole plots were set up alike, their own means are set aside, and only
    what differs within them is tested.

    Args:
        problem: What was fitted.
        terms: Its random terms.
        method: Of the degrees of freedom.

    Source: Goos & Gilmour, Technometrics 59 (2017) 320-336; in balanced designs the F tests of
        Vining, Kowalski & Montgomery, J. Quality Technology 37 (2005) 115-129.
    """
    root = np.sqrt(problem.weights)
    x, y = problem.matrix.values * root[:, None], problem.y * root
    _, settings = np.unique(problem.replicates, return_inverse=True)
    means = np.eye(settings.max() + 1)[settings] * root[:, None]
    if means.shape[1] == len(y):
        return _NOT_REPEATED
    kept = estimable_components(np.hstack([x, _beyond(x, means)]), terms).kept
    aside = [term for term in terms if term not in kept]
    base = x
    for term in aside:
        base = np.hstack([base, _beyond(base, term.indicator)])
    extra = _beyond(base, means)
    whole = np.hstack([base, extra])
    note = _on_what_is_set_aside(aside)
    if len(y) == whole.shape[1] or _left(whole, y) <= _EXACT * float(np.sum((y - y.mean()) ** 2)):
        return _NOT_REPEATED
    designs = [term.indicator for term in kept]
    if not designs:
        return _of_sums_of_squares(base, whole, y, note)
    variances = estimate_variances(whole, y, designs)
    variance = float(variances.components[-1])
    df = len(y) - int(np.linalg.matrix_rank(np.hstack([whole, *designs])))
    pure = AnovaRow("pure error", df, variance * df, variance)
    if extra.shape[1] == 0:
        return LackOfFit(None, pure, note)
    contrasts = np.eye(whole.shape[1])[base.shape[1] :]
    test = infer(whole, y, designs, variances, method).joint(contrasts)
    mean_sq = test.f * variance
    row = AnovaRow(
        "lack of fit", test.df, mean_sq * test.df, mean_sq, test.f, test.p, test.df_error
    )
    return LackOfFit(row, pure, note)


def _of_sums_of_squares(base: np.ndarray, whole: np.ndarray, y: np.ndarray, note: str) -> LackOfFit:
    """The F test where only the scatter of runs is left."""
    left, df = _left(whole, y), len(y) - whole.shape[1]
    pure = AnovaRow("pure error", df, left, left / df)
    if whole.shape[1] == base.shape[1]:
        return LackOfFit(None, pure, note)
    row = tested("lack of fit", whole.shape[1] - base.shape[1], _left(base, y) - left, pure)
    return LackOfFit(row, pure, note)


def _beyond(base: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Orthonormal columns for what ``columns`` span beyond ``base``."""
    q, _ = np.linalg.qr(base)
    rest = columns - q @ (q.T @ columns)
    u, sizes, _ = np.linalg.svd(rest, full_matrices=False)
    return np.asarray(u[:, sizes > _NEW * np.linalg.norm(columns)])


def _left(x: np.ndarray, y: np.ndarray) -> float:
    q, _ = np.linalg.qr(x)
    return float(np.sum((y - q @ (q.T @ y)) ** 2))


def _on_what_is_set_aside(aside: Sequence[RandomTerm]) -> str:
    if not aside:
        return ""
    names = listing([f"{term.words}s" for term in aside])
    return (
        f"Lack of fit between {names} cannot be tested, because too few of them were set up alike; "
        "only what differs within them was."
    )
