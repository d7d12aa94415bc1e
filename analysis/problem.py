"""What every kind of fit starts from: the runs, coded, and their model matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.model_matrix import (
    ModelMatrix,
    block_columns,
    covariate_term,
    estimable,
    is_nuisance,
    term_columns,
    unique,
)
from analysis.runs import Runs, numbers, read_runs
from analysis.scale import IDENTITY, Scale
from designs.model_terms import INTERCEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designs import Factors


@dataclass(frozen=True)
class Covariate:
    """A quantity that was measured of each run and is allowed for, but not set.

    Attributes:
        name: Column of the table.
        mean: Over the runs; predictions are for this value.
        spread: Standard deviation over the runs, the unit of its coefficient.
    """

    name: str
    mean: float
    spread: float


@dataclass(frozen=True)
class Problem:
    """What every kind of fit starts from.

    Attributes:
        response: Column that is modelled.
        factors: Factors of the design.
        coded: Coded settings of the runs used.
        observed: The response of each run, in its own unit.
        scale: Scale it is modelled on.
        weights: Of each run; all one where none were given.
        weighted: Whether weights were given.
        matrix: Model matrix of full column rank.
        block: Block column that is in the matrix, or None.
        levels: Levels of the block.
        replicates: Group number of runs that were set up alike.
        covariates: Measured quantities that are in the matrix, with their means.
        notes: What was said so far.
    """

    response: str
    factors: Factors
    coded: pd.DataFrame
    observed: np.ndarray
    scale: Scale
    weights: np.ndarray
    weighted: bool
    matrix: ModelMatrix
    block: str | None
    levels: tuple[str, ...]
    replicates: np.ndarray
    covariates: tuple[Covariate, ...]
    notes: tuple[str, ...]

    @property
    def y(self) -> np.ndarray:
        """The response on the scale it is modelled on."""
        return self.scale.forward(self.observed)

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms of the matrix, without intercept, blocks and covariates."""
        return tuple(t for t in unique(self.matrix.terms) if not is_nuisance(t))

    def of(self, rows: np.ndarray) -> Problem:
        """The same for some of the runs (True in ``rows``), less what those cannot estimate."""
        values = self.matrix.values[rows]
        matrix, lost = estimable(replace(self.matrix, values=values))
        return replace(
            self,
            coded=self.coded[rows],
            observed=self.observed[rows],
            weights=self.weights[rows],
            matrix=matrix,
            replicates=self.replicates[rows],
            notes=(*self.notes, *lost),
        )


def pose(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    terms: Sequence[str],
    used: Sequence[str],
    block: str | None,
    weights: str | None = None,
    scale: Scale = IDENTITY,
    covariates: Sequence[str] = (),
) -> tuple[Problem, pd.DataFrame]:
    """Read a table for one response and leave out the terms it cannot estimate.

    Args:
        table: One row per run.
        factors: How to code the factor columns.
        response: Column to model.
        terms: Model terms in testing order.
        used: Factors the terms use.
        block: Column of block labels, or None.
        weights: Column of weights, or None.
        scale: What to model the response on.
        covariates: Columns of measured quantities to allow for.

    Returns:
        The problem, and the rows of the table that have the response.

    Raises:
        ModelError: The table cannot be modelled; the text says why.
    """
    runs = read_runs(table, factors, response, used, block)
    kept = table.loc[runs.present]
    allowed, extra = _covariate_columns(kept, covariates)
    matrix, levels = _whole_matrix(runs, terms, factors, extra)
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
        covariates=allowed,
        notes=(*runs.notes, *aliased, *_on_transformation(response, scale)),
    )
    return problem, kept


def _whole_matrix(
    runs: Runs, terms: Sequence[str], factors: Factors, extra: ModelMatrix
) -> tuple[ModelMatrix, tuple[str, ...]]:
    columns = term_columns(runs.coded, terms, factors)
    constant, rest = columns.only([INTERCEPT]), columns.only(terms)
    if runs.block is None:
        return constant.beside(extra).beside(rest), ()
    blocks, levels = block_columns(runs.block)
    return constant.beside(blocks).beside(extra).beside(rest), levels


def _covariate_columns(
    table: pd.DataFrame, covariates: Sequence[str]
) -> tuple[tuple[Covariate, ...], ModelMatrix]:
    """Each covariate about its mean, in standard deviations."""
    found, columns = [], []
    for name in covariates:
        if name not in table.columns:
            raise ModelError(f"The table has no column '{name}' for a covariate.")
        values = numbers(table, name).to_numpy()
        if not np.isfinite(values).all():
            raise ModelError(f"The covariate '{name}' is empty in some runs.")
        if np.ptp(values) == 0:
            raise ModelError(f"The covariate '{name}' is {values[0]:g} in every run.")
        covariate = Covariate(name, float(values.mean()), float(values.std(ddof=1)))
        found.append(covariate)
        columns.append((values - covariate.mean) / covariate.spread)
    terms = tuple(covariate_term(name) for name in covariates)
    values = np.column_stack(columns) if columns else np.empty((len(table), 0))
    return tuple(found), ModelMatrix(values, terms, terms)


def _on_transformation(response: str, scale: Scale) -> tuple[str, ...]:
    if scale == IDENTITY:
        return ()
    return (
        f"The {scale.words} of {response} was modelled; predictions are medians of {response}.",
    )


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
