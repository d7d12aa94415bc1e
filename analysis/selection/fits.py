"""Least squares of many subsets of the columns of one model matrix."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.model_matrix import ModelMatrix, is_nuisance, unique

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.problem import Problem

Criterion = Literal["aicc", "bic"]

_DEPENDENT = 1e-10


class Fits:
    """Residual sums of squares of subsets of terms, each remembered.

    Intercept, blocks and covariates are in every one of them.
    """

    def __init__(self, problem: Problem, matrix: ModelMatrix) -> None:
        root = np.sqrt(problem.weights)
        always = matrix.only([t for t in unique(matrix.terms) if is_nuisance(t)])
        q, _ = np.linalg.qr(always.values * root[:, None])
        self.always = q.shape[1]
        self.runs = len(root)
        self.candidates = tuple(t for t in unique(matrix.terms) if not is_nuisance(t))
        self._places = {t: matrix.columns_of([t]) for t in self.candidates}
        x = matrix.values * root[:, None]
        self._x = x - q @ (q.T @ x)
        y = problem.y * root
        self._y = y - q @ (q.T @ y)
        self._known: dict[frozenset[str], tuple[float, int]] = {}

    def ordered(self, terms: Collection[str]) -> tuple[str, ...]:
        """The terms in the order of the candidates."""
        return tuple(term for term in self.candidates if term in terms)

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray, float]:
        return self._x.T @ self._x, self._x.T @ self._y, float(self._y @ self._y)

    def of(self, terms: Collection[str]) -> tuple[float, int]:
        """Residual sum of squares and number of columns; infinite where columns are aliased."""
        key = frozenset(terms)
        if key not in self._known:
            self._known[key] = self._solve(key)
        return self._known[key]

    def _solve(self, terms: frozenset[str]) -> tuple[float, int]:
        gram, moments, total = self._moments
        at = [i for term in self.candidates if term in terms for i in self._places[term]]
        count = self.always + len(at)
        if count >= self.runs:
            return np.inf, count
        if not at:
            return total, count
        part = gram[np.ix_(at, at)]
        scale = np.sqrt(np.diag(part))
        if (scale < _DEPENDENT).any():
            return np.inf, count
        correlation = part / np.outer(scale, scale)
        values, axes = np.linalg.eigh(correlation)
        if values[0] < _DEPENDENT:
            return np.inf, count
        along = axes.T @ (moments[at] / scale)
        return max(total - float(np.sum(along**2 / values)), 0.0), count

    def standardised(self) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Columns of unit length, the response, and the term each column belongs to.

        Columns and response are freed of what is in every model.
        """
        columns = [(t, self._x[:, i]) for t in self.candidates for i in self._places[t]]
        columns = [(t, c / np.linalg.norm(c)) for t, c in columns if np.linalg.norm(c) > _DEPENDENT]
        x = np.column_stack([c for _, c in columns])
        return x, self._y, tuple(t for t, _ in columns)

    def criterion(self, terms: Collection[str], which: Criterion) -> float:
        """AICc or BIC of a subset, sigma counted as a parameter; infinite where undefined."""
        rss, columns = self.of(terms)
        return self.penalised(rss, columns, which)

    def penalised(self, rss: float, columns: int, which: Criterion) -> float:
        """The criterion of a residual sum of squares on so many columns."""
        n, k = self.runs, columns + 1
        if not np.isfinite(rss):
            return np.inf
        floor = 1e-300
        fit = n * (np.log(2 * np.pi * max(rss, floor) / n) + 1)
        if which == "bic":
            return float(fit + k * np.log(n))
        return float(fit + 2 * k + 2 * k * (k + 1) / (n - k - 1)) if n - k - 1 > 0 else np.inf
