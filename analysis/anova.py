"""Analysis of variance of a fitted response model, in the groups of response surface practice."""

from __future__ import annotations

from dataclasses import dataclass


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
