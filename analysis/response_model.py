"""Fit a response model to designed runs, coded factors, by the method the runs call for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import ModelError
from analysis.fitted import CONFIDENCE, Coefficient, ResponseModel, VarianceComponent
from analysis.least_squares import least_squares
from analysis.mixed.error_terms import random_terms
from analysis.mixed.fit import fit_mixed
from analysis.model_matrix import arranged, unique
from analysis.problem import pose
from analysis.scale import IDENTITY, Scale
from designs import DesignError
from designs.model_terms import powers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.mixed.inference import Method
    from designs import Factors

__all__ = ["CONFIDENCE", "Coefficient", "ResponseModel", "VarianceComponent", "fit", "read_terms"]


def fit(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    terms: Sequence[str],
    block: str | None = None,
    *,
    random: Sequence[str] = (),
    weights: str | None = None,
    scale: Scale = IDENTITY,
    covariates: Sequence[str] = (),
    degrees_of_freedom: Method = "kenward-roger",
) -> ResponseModel:
    """Fit a response model on coded factors.

    Without random terms by (weighted) least squares; with them by REML, tests and intervals by
    Kenward and Roger unless asked otherwise. Terms the runs cannot estimate are left out and
    named, with their alias, in ``notes``. Blocks are fixed effects, contrasts with the first
    block, unless ``random`` names their column.

    Args:
        table: One row per run: factor columns in the factors' units, response columns.
        factors: The factors of the design.
        response: Column to model; any name. Empty where a run was lost.
        terms: "feed_rate", "feed_rate:iptg", "feed_rate^2"; the intercept is implied.
        block: Column of block labels; None for none.
        random: Columns whose groups of runs share a random effect, outermost first, such as
            "whole_plot"; "row" and "column" are read from ``vessel``.
        weights: Column of positive weights, inverse to the variance of a run; None for none.
        scale: What to model the response on, such as its logarithm.
        covariates: Columns of quantities that were measured, not set, and are allowed for;
            predictions are for their means.
        degrees_of_freedom: Of a mixed model: "kenward-roger", "kenward-roger-observed" (JMP's) or
            "satterthwaite".

    Raises:
        ModelError: The table cannot be modelled; the text says why.
    """
    wanted, used = read_terms(terms, factors)
    block = None if block in random else block
    problem, kept = pose(table, factors, response, wanted, used, block, weights, scale, covariates)
    if random:
        return fit_mixed(problem, random_terms(kept, random, problem.weights), degrees_of_freedom)
    return least_squares(problem)


def read_terms(terms: Sequence[str], factors: Factors) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms in testing order, and the factors they use.

    Raises:
        ModelError: A term is none, or speaks of what is no factor.
    """
    try:
        wanted = arranged(terms)
        used = unique(name for term in wanted for name in powers(term))
        for name in used:
            if name not in factors:
                raise ModelError(f"The model names '{name}', which is none of the factors.")
            if name in factors.categorical and any(powers(t).get(name, 0) > 1 for t in wanted):
                raise ModelError(f"'{name}^2' squares a factor that is no number.")
    except DesignError as error:
        raise ModelError(f"{error}.") from error
    return wanted, used
