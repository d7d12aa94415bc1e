"""Which effects disturb each other: the alias matrix, correlations and variance inflation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from designs.evaluation.information import Information
from designs.model_terms import INTERCEPT, higher_terms, main_effects, model_matrix
from designs.run_sheet import RunSheet

_NOTHING = 1e-9


@dataclass(frozen=True)
class AliasMatrix:
    """How much of each effect outside the model enters each coefficient.

    Attributes:
        columns: The model's columns, one row of ``values`` each.
        outside: Columns of effects that the model leaves out.
        values: ``(X1' V^-1 X1)^-1 X1' V^-1 X2``.
    """

    columns: tuple[str, ...]
    outside: tuple[str, ...]
    values: NDArray[np.float64]

    @property
    def with_interactions(self) -> float:
        """The sum of squares over interactions, tr(A'A): what `criterion: alias` makes small."""
        return float((self.values[:, [":" in name for name in self.outside]] ** 2).sum())


@dataclass(frozen=True)
class CorrelationMap:
    """Absolute correlations between all columns of first and second order.

    Attributes:
        columns: Names, main effects first.
        values: Square, 0 to 1; a column that never varies correlates with nothing.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]


def alias_matrix(sheet: RunSheet, information: Information) -> AliasMatrix:
    """The alias matrix of a model against the effects it leaves out.

    These are the two-factor interactions and squares that the model lacks; where it has them
    all, the three-factor interactions.
    """
    factors, coded = sheet.factors, sheet.coded
    second = _second_order(sheet)
    others = [term for term in second if term not in information.model_terms]
    if not others:
        others = [":".join(three) for three in combinations(factors, 3)]
    outside = model_matrix(coded, others, factors).drop(columns=INTERCEPT, errors="ignore")
    p = information.parameters
    weights = information.covariance @ information.weighted.T @ outside.to_numpy()
    weights[np.abs(weights) < _NOTHING] = 0.0
    return AliasMatrix(information.columns[:p], tuple(outside.columns), weights[:p])


def correlation_map(sheet: RunSheet) -> CorrelationMap:
    """Correlations between main effects, two-factor interactions and squares."""
    terms = [*main_effects(sheet.factors), *_second_order(sheet)]
    columns = model_matrix(sheet.coded, terms, sheet.factors)
    columns = columns.drop(columns=INTERCEPT, errors="ignore")
    centred = columns.to_numpy() - columns.to_numpy().mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > _NOTHING, length, np.inf)
    return CorrelationMap(tuple(columns.columns), np.abs(unit.T @ unit).clip(0, 1))


def variance_inflation(information: Information) -> dict[str, float]:
    """Variance of each coefficient over what it were if its column stood alone."""
    found = {}
    for at, (name, term) in enumerate(zip(information.columns, information.terms, strict=True)):
        column = information.X[:, at]
        alone = column @ information.weight @ (column - _weighted_mean(information, column))
        if term not in (INTERCEPT, "block") and alone > _NOTHING:
            found[name] = float(information.covariance[at, at] * alone)
    return found


def _weighted_mean(information: Information, column: NDArray[np.float64]) -> float:
    totals = information.weight.sum(axis=0)
    return float(totals @ column / totals.sum())


def _second_order(sheet: RunSheet) -> list[str]:
    """Interactions and squares of the factors, of a screening design the interactions too."""
    point = sheet.table["point"].where(sheet.table["point"] != "screening", "factorial")
    return [term for terms in higher_terms(sheet.coded, point, sheet.factors) for term in terms]
