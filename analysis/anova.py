"""Analysis of variance of a fitted response model, in the groups of response surface practice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from analysis.model_matrix import BLOCKS, ModelMatrix, group_of, unique
from designs.model_terms import INTERCEPT

if TYPE_CHECKING:
    from collections.abc import Collection

LINEAR_MIXTURE = "linear mixture"
"""Source of the linear terms of a mixture model, which have no meaning one by one."""

_EXACT = 1e-18  # residual this small beside the total: the model goes through every run
_NO_PART = 1e-6  # weight below which a column has no part in the constant


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
        df_error: Degrees of freedom of the denominator of ``f``, which differ between the rows
            of a mixed model; None where ``f`` is None or chi-squared over its df.
    """

    source: str
    df: int
    sum_sq: float
    mean_sq: float | None = None
    f: float | None = None
    p: float | None = None
    df_error: float | None = None


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


def analyse_variance(
    matrix: ModelMatrix, observed: np.ndarray, replicates: np.ndarray, weights: np.ndarray
) -> Anova:
    """Split the variation about the mean into what the terms explain and what is left.

    Args:
        matrix: Model matrix of full column rank, terms in testing order; intercept first, or a
            mixture model without one, whose linear terms are then judged together.
        observed: The response, one value per run.
        replicates: A group number per run; runs of one group were set up alike.
        weights: Of each run, all one in ordinary least squares.

    Returns:
        The analysis; F and p are None where there is no error to test against.
    """
    matrix = about_the_mean(matrix)
    root = np.sqrt(weights)
    values = matrix.values * root[:, None]
    q, r = np.linalg.qr(values)
    y = observed * root
    steps = (q.T @ y) ** 2
    mean = float(np.average(observed, weights=weights))
    total = float(np.sum(weights * (observed - mean) ** 2))
    rest = float(np.sum((y - q @ (q.T @ y)) ** 2))
    residual = _residual(rest, total, matrix.values.shape)
    terms = [term for term in unique(matrix.terms) if term != INTERCEPT]
    groups = unique(group_of(term) for term in terms)

    def explained(source: str, members: Collection[str]) -> AnovaRow:
        columns = matrix.columns_of(members)
        return tested(source, len(columns), float(steps[columns].sum()), residual)

    inverse = np.linalg.inv(r)
    estimates, covariance = inverse @ (q.T @ y), inverse @ inverse.T

    def adjusted(term: str) -> AnovaRow:
        at = matrix.columns_of([term])
        block = covariance[np.ix_(at, at)]
        return tested(
            term, len(at), float(estimates[at] @ np.linalg.solve(block, estimates[at])), residual
        )

    lack, pure = _lack_of_fit(observed, replicates, weights, residual)
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
    p = float(stats.f.sf(f, df, error.df))
    return AnovaRow(source, df, sum_sq, mean_sq, f, p, error.df)


def about_the_mean(matrix: ModelMatrix) -> ModelMatrix:
    """A mixture model's matrix with an intercept in place of its last linear column.

    The proportions of a mixture sum to one, so the two span the same models; written this way
    its linear terms can be tested together against the mean, as `LINEAR_MIXTURE`.
    """
    if INTERCEPT in matrix.terms:
        return matrix
    linear = _components(matrix)
    ones = ModelMatrix(np.ones((len(matrix.values), 1)), (INTERCEPT,), (INTERCEPT,))
    blends = matrix.only(linear[:-1])
    blends = ModelMatrix(blends.values, blends.names, (LINEAR_MIXTURE,) * len(blends.names))
    others = [t for t in unique(matrix.terms) if t not in linear and t != BLOCKS]
    return ones.beside(matrix.only([BLOCKS])).beside(blends).beside(matrix.only(others))


def _components(matrix: ModelMatrix) -> list[str]:
    """The linear terms that add up to one, rather than those of factors beside the mixture."""
    first = matrix.only([t for t in unique(matrix.terms) if group_of(t) == "linear"])
    weights = np.linalg.lstsq(first.values, np.ones(len(first.values)), rcond=None)[0]
    found = np.abs(weights) > _NO_PART
    return list(unique(term for term, part in zip(first.terms, found, strict=True) if part))


def _residual(sum_sq: float, total: float, shape: tuple[int, ...]) -> AnovaRow:
    df = shape[0] - shape[1]
    exact = df == 0 or sum_sq <= _EXACT * total
    return AnovaRow("residual", df, 0.0 if exact else sum_sq, None if exact else sum_sq / df)


def _lack_of_fit(
    observed: np.ndarray, replicates: np.ndarray, weights: np.ndarray, residual: AnovaRow
) -> tuple[AnovaRow | None, AnovaRow | None]:
    _, group = np.unique(replicates, return_inverse=True)
    sizes = np.bincount(group)
    df_pure = int((sizes - 1).sum())
    if df_pure == 0:
        return None, None
    means = np.bincount(group, observed * weights) / np.bincount(group, weights)
    sum_sq = float(np.sum(weights * (observed - means[group]) ** 2))
    pure = AnovaRow("pure error", df_pure, sum_sq, sum_sq / df_pure)
    df_lack = residual.df - df_pure
    if df_lack <= 0:
        return None, pure
    return tested("lack of fit", df_lack, max(residual.sum_sq - sum_sq, 0.0), pure), pure
