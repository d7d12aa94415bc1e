"""Fit a response model to designed runs, coded factors, by the method the runs call for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.fitted import CONFIDENCE, Coefficient, ResponseModel, VarianceComponent
from analysis.least_squares import Problem, least_squares
from analysis.mixed.error_terms import random_terms
from analysis.mixed.fit import fit_mixed
from analysis.model_matrix import (
    ModelMatrix,
    arranged,
    block_columns,
    estimable,
    term_columns,
    unique,
)
from analysis.runs import Runs, read_runs
from analysis.scale import IDENTITY, Scale
from designs import DesignError
from designs.model_terms import INTERCEPT, powers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designs import Factors

__all__ = ["CONFIDENCE", "Coefficient", "ResponseModel", "VarianceComponent", "fit"]


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
) -> ResponseModel:
    """Fit a response model on coded factors.

    Without random terms by (weighted) least squares; with them by REML, tests and intervals by
    Kenward and Roger. Terms the runs cannot estimate are left out and named, with their alias,
    in ``notes``. Blocks are fixed effects, contrasts with the first block, unless ``random``
    names their column.

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

    Raises:
        ModelError: The table cannot be modelled; the text says why.
    """
    wanted, used = _checked(terms, factors)
    block = None if block in random else block
    runs = read_runs(table, factors, response, used, block)
    kept = table.loc[runs.present]
    matrix, levels = _whole_matrix(runs, wanted, factors)
    matrix, aliased = estimable(matrix)
    problem = Problem(
        response=response,
        factors=factors,
        coded=runs.coded,
        observed=_on_scale(runs.observed, scale),
        scale=scale,
        weights=read_weights(kept, weights),
        weighted=weights is not None,
        matrix=matrix,
        block=block if levels else None,
        levels=levels,
        replicates=_replicates(runs),
        notes=(*runs.notes, *aliased),
    )
    if random:
        return fit_mixed(problem, random_terms(kept, random, problem.weights))
    return least_squares(problem)


def _checked(terms: Sequence[str], factors: Factors) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms in testing order, and the factors they use."""
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


def _whole_matrix(
    runs: Runs, terms: Sequence[str], factors: Factors
) -> tuple[ModelMatrix, tuple[str, ...]]:
    columns = term_columns(runs.coded, terms, factors)
    if runs.block is None:
        return columns, ()
    blocks, levels = block_columns(runs.block)
    return columns.only([INTERCEPT]).beside(blocks).beside(columns.only(terms)), levels


def _replicates(runs: Runs) -> np.ndarray:
    settings = runs.coded.copy()
    numeric = settings.select_dtypes("number").columns
    settings[numeric] = settings[numeric].round(9) + 0.0  # one zero: -0.0 groups with 0.0
    if runs.block is not None:
        settings["(block)"] = runs.block
    return settings.groupby(list(settings.columns), sort=False).ngroup().to_numpy()


def _on_scale(observed: pd.Series, scale: Scale) -> np.ndarray:
    if scale != IDENTITY and not (observed > 0).all():
        raise ModelError(
            f"'{observed.name}' is nought or negative in some runs, so it has no {scale.words}."
        )
    return observed.to_numpy(float)


def read_weights(table: pd.DataFrame, column: str | None) -> np.ndarray:
    """Positive weights of the runs; ones without a column.

    Raises:
        ModelError: The column is absent or holds what is no positive number.
    """
    if column is None:
        return np.ones(len(table))
    if column not in table.columns:
        raise ModelError(f"The table has no column '{column}' for the weights.")
    weights = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
    if not (np.isfinite(weights) & (weights > 0)).all():
        raise ModelError(f"The weights in '{column}' must be positive numbers in every run.")
    return weights
