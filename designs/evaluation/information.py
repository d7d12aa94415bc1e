"""What runs tell about a model: its information matrix, under the noise that the design implies.

Runs of one whole plot (a bank of vessels set together) share a deviation, so their responses
are correlated: ``V = I + ratio ZZ'`` in units of the variance between runs. Without whole plots
V is the identity and everything here is ordinary least squares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.factors import STRATA_COLUMNS, Factors
from designs.model_terms import (
    INTERCEPT,
    block_indicators,
    default_terms,
    estimable_terms,
    model_matrix,
)
from designs.run_sheet import RunSheet

_SINGULAR = 1e-9


@dataclass(frozen=True, eq=False)
class Information:
    """A model on runs.

    Attributes:
        columns: Names of the model's columns, then of the block contrasts.
        terms: The term that each column belongs to; `INTERCEPT` or ``block`` for no term.
        parameters: How many columns belong to the model, the rest to the blocks.
        X: The columns (n x p), block contrasts of mean zero.
        V: Covariance of the runs (n x n) in units of the variance between runs.
        groups: Indicators of each stratum's groups (n x g); none without whole plots.
    """

    columns: tuple[str, ...]
    terms: tuple[str, ...]
    parameters: int
    X: NDArray[np.float64]
    V: NDArray[np.float64]
    groups: tuple[NDArray[np.float64], ...]

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.X)

    @cached_property
    def model_terms(self) -> tuple[str, ...]:
        """The model's terms, the intercept left out."""
        named = dict.fromkeys(self.terms[: self.parameters])
        return tuple(term for term in named if term != INTERCEPT)

    def positions(self, term: str) -> list[int]:
        """The columns of a term."""
        return [at for at, name in enumerate(self.terms) if name == term]

    def without(self, runs: NDArray[np.int64]) -> Information:
        """The same model on the other runs; singular where they cannot estimate it."""
        kept = np.delete(np.arange(self.runs), runs)
        return replace(
            self,
            X=self.X[kept],
            V=self.V[np.ix_(kept, kept)],
            groups=tuple(group[kept] for group in self.groups),
        )

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """The inverse of V."""
        return np.asarray(np.linalg.inv(self.V)) if self.groups else self.V

    @cached_property
    def weighted(self) -> NDArray[np.float64]:
        """``V^-1 X``."""
        return self.weight @ self.X

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """The information matrix ``X' V^-1 X``."""
        return np.asarray(self.X.T @ self.weighted)

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """The coefficients' covariance in units of the variance between runs."""
        return np.asarray(np.linalg.inv(self.matrix))

    @cached_property
    def residual(self) -> NDArray[np.float64]:
        """``P = V^-1 - V^-1 X (X' V^-1 X)^-1 X' V^-1``: what the model leaves of each run."""
        return np.asarray(self.weight - self.weighted @ self.covariance @ self.weighted.T)

    @cached_property
    def model(self) -> Information:
        """The model alone, as if block differences were known."""
        return self.only(range(self.parameters))

    def only(self, kept: Iterable[int]) -> Information:
        """The model with some of its columns, among them all before the blocks'."""
        at = list(kept)
        return replace(
            self,
            columns=tuple(self.columns[c] for c in at),
            terms=tuple(self.terms[c] for c in at),
            X=self.X[:, at],
        )

    @cached_property
    def d_efficiency(self) -> float:
        """``|X' V^-1 X|^(1/p) / n`` of the model alone, in percent."""
        sign, logarithm = np.linalg.slogdet(self.model.matrix)
        return 0.0 if sign <= 0 else float(100 * np.exp(logarithm / self.parameters) / self.runs)

    def residual_df(self, contrast: NDArray[np.float64]) -> float:
        """Degrees of freedom of the error that a contrast of coefficients (p) is judged by.

        Without whole plots runs less columns. With them those of Kenward and Roger (Biometrics
        53:983, 1997), which for a single contrast are Satterthwaite's with the expected
        information of the variances. Zero when the design leaves nothing to judge by.
        """
        if not self.groups:
            return float(self.runs - self.X.shape[1])
        pulled = self.weighted @ (self.covariance @ contrast)
        slopes = np.array([*(((g.T @ pulled) ** 2).sum() for g in self.groups), pulled @ pulled])
        values, vectors = self._variance_information
        along = vectors.T @ slopes
        known = values > _SINGULAR * max(values.max(), 1.0)
        if np.any(np.abs(along[~known]) > _SINGULAR * np.abs(slopes).max()):
            return 0.0
        variance = float(contrast @ self.covariance @ contrast)
        return float(2 * variance**2 / (along[known] ** 2 / values[known]).sum())

    @cached_property
    def _variance_information(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Eigenvalues and vectors of the variances' expected information (REML)."""
        products = [self.residual @ g @ g.T for g in self.groups] + [self.residual]
        traces = [[0.5 * (left * right.T).sum() for right in products] for left in products]
        values, vectors = np.linalg.eigh(np.array(traces))
        return values, vectors


def information_of(
    sheet: RunSheet, terms: Sequence[str] | None = None, variance_ratio: float = 1.0
) -> Information:
    """What a run sheet tells about a model.

    Args:
        sheet: The design; whole plots from the columns in `STRATA_COLUMNS`, where it has them.
        terms: The model; the default model when omitted. Terms that the runs cannot tell from
            those before them or from the blocks are left out.
        variance_ratio: Variance between whole plots (and between sub-plots) over that between
            runs.
    """
    coded, block, factors = sheet.coded, sheet.table["block"], sheet.factors
    if terms is None:
        terms = default_terms(coded, sheet.table["point"], factors)
    terms = estimable_terms(coded, terms, factors, block=block)
    matrix = model_matrix(coded, terms, factors)
    contrasts = block_indicators(block)[:, 1:]
    groups = tuple(block_indicators(sheet.table[s]) for s in STRATA_COLUMNS if s in sheet.table)
    V = np.eye(len(coded)) + variance_ratio * sum(g @ g.T for g in groups)
    return Information(
        columns=(*matrix.columns, *(f"block[{n}]" for n in np.unique(block)[1:])),
        terms=(*_owners(matrix, coded, terms, factors), *["block"] * contrasts.shape[1]),
        parameters=matrix.shape[1],
        X=np.column_stack([matrix.to_numpy(), contrasts - contrasts.mean(axis=0)]),
        V=V,
        groups=groups,
    )


def _owners(
    matrix: pd.DataFrame, coded: pd.DataFrame, terms: Sequence[str], factors: Factors
) -> list[str]:
    """The term of each column of a model matrix."""
    owner = {
        column: term
        for term in terms
        for column in model_matrix(coded[:1], [term], factors).columns
    }
    return [owner[name] if name != INTERCEPT else INTERCEPT for name in matrix.columns]
