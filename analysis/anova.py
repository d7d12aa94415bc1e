"""Analysis of variance of a fitted response model, in the groups of response surface practice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from analysis.model_matrix import ModelMatrix, group_of, unique
from designs.model_terms import INTERCEPT

if TYPE_CHECKING:
    from collections.abc import Collection

_EXACT = 1e-18  # residual this small beside the total: the model goes through every run


@dataclass(frozen=True)
class AnovaRow:
    """One line of an analysis of variance.

    Attributes:
        source: Term, group of terms, block name, or "residual", "lack of fit", "pure error",
            "model", "total".
        df: Degrees of freedom.
        sum_sq: Sum of squares, response unit squared.
        mean_sq: ``sum_sq / df``; None without degrees of freedom.
        f: F ratio against the row's error term; None where there is no error estimate.
        p: Probability of a larger F by chance; None where ``f`` is None.
    """

    source: str
    df: int
    sum_sq: float
    mean_sq: float | None = None
    f: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Anova:
    """The analysis of variance, told in the three ways textbooks print it.

    Attributes:
        groups: Sequential sums of squares of blocks, linear, interaction, quadratic and higher
            terms, in that order; only groups the model has.
        terms: Sequential sums of squares (type I), term by term in model order.
        terms_adjusted: Each term given all others (type III).
        model: All terms and blocks against the mean.
        residual: What the model leaves over.
        lack_of_fit: Residual that replicates do not explain; None without replicates or when
            nothing is left to test.
        pure_error: Scatter between replicates; None without replicates.
        total: About the mean.
    """

    groups: tuple[AnovaRow, ...]
    terms: tuple[AnovaRow, ...]
    terms_adjusted: tuple[AnovaRow, ...]
    model: AnovaRow
    residual: AnovaRow
    lack_of_fit: AnovaRow | None
    pure_error: AnovaRow | None
    total: AnovaRow


def analyse_variance(matrix: ModelMatrix, observed: np.ndarray, replicates: np.ndarray) -> Anova:
    """Split the variation about the mean into what the terms explain and what is left.

    Args:
        matrix: Model matrix of full column rank, intercept first, terms in testing order.
        observed: The response, one value per run.
        replicates: A group number per run; runs of one group were set up alike.

    Returns:
        The analysis; F and p are None where there is no error to test against.
    """
    q, r = np.linalg.qr(matrix.values)
    steps = (q.T @ observed) ** 2
    fitted = q @ (q.T @ observed)
    total = float(np.sum((observed - observed.mean()) ** 2))
    residual = _residual(float(np.sum((observed - fitted) ** 2)), total, matrix.values.shape)
    terms = [term for term in unique(matrix.terms) if term != INTERCEPT]
    groups = unique(group_of(term) for term in terms)

    def explained(source: str, members: Collection[str]) -> AnovaRow:
        columns = matrix.columns_of(members)
        return tested(source, len(columns), float(steps[columns].sum()), residual)

    inverse = np.linalg.inv(r)
    estimates, covariance = inverse @ (q.T @ observed), inverse @ inverse.T

    def adjusted(term: str) -> AnovaRow:
        at = matrix.columns_of([term])
        block = covariance[np.ix_(at, at)]
        return tested(
            term, len(at), float(estimates[at] @ np.linalg.solve(block, estimates[at])), residual
        )

    lack, pure = _lack_of_fit(observed, replicates, residual)
    return Anova(
        groups=tuple(explained(g, [t for t in terms if group_of(t) == g]) for g in groups),
        terms=tuple(explained(term, [term]) for term in terms),
        terms_adjusted=tuple(adjusted(term) for term in terms),
        model=explained("model", terms),
        residual=residual,
        lack_of_fit=lack,
        pure_error=pure,
        total=AnovaRow("total", len(observed) - 1, total),
    )


def tested(source: str, df: int, sum_sq: float, error: AnovaRow) -> AnovaRow:
    """A row whose mean square is tested against an error row, where that has one."""
    mean_sq = sum_sq / df if df else None
    if mean_sq is None or not error.mean_sq:
        return AnovaRow(source, df, sum_sq, mean_sq)
    f = mean_sq / error.mean_sq
    return AnovaRow(source, df, sum_sq, mean_sq, f, float(stats.f.sf(f, df, error.df)))


def _residual(sum_sq: float, total: float, shape: tuple[int, ...]) -> AnovaRow:
    df = shape[0] - shape[1]
    exact = df == 0 or sum_sq <= _EXACT * total
    return AnovaRow("residual", df, 0.0 if exact else sum_sq, None if exact else sum_sq / df)


def _lack_of_fit(
    observed: np.ndarray, replicates: np.ndarray, residual: AnovaRow
) -> tuple[AnovaRow | None, AnovaRow | None]:
    _, group = np.unique(replicates, return_inverse=True)
    sizes = np.bincount(group)
    df_pure = int((sizes - 1).sum())
    if df_pure == 0:
        return None, None
    means = np.bincount(group, observed) / sizes
    sum_sq = float(np.sum((observed - means[group]) ** 2))
    pure = AnovaRow("pure error", df_pure, sum_sq, sum_sq / df_pure)
    df_lack = residual.df - df_pure
    if df_lack <= 0:
        return None, pure
    return tested("lack of fit", df_lack, max(residual.sum_sq - sum_sq, 0.0), pure), pure
