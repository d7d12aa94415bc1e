"""Fit a mixed model and give it the face of any other response model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.fitted import Quality, ResponseModel, VarianceComponent, components_of, model_of
from analysis.least_squares import least_squares
from analysis.mixed.anova import analyse
from analysis.mixed.error_terms import RandomTerm, estimable_components
from analysis.mixed.hidden import without_known_error
from analysis.mixed.inference import Method, MixedInference, infer
from analysis.mixed.lack_of_fit import UNTESTED, lack_of_fit
from analysis.mixed.reml import estimate_variances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.problem import Problem

_MOST_RUNS = 1000  # the work grows with the cube of the runs
_EXACT = 1e-18


def fit_mixed(
    problem: Problem,
    terms: Sequence[RandomTerm],
    method: Method = "kenward-roger",
    *,
    fit_tested: bool = True,
) -> ResponseModel:
    """Fit by REML with the random terms the runs can estimate; least squares where there are none.

    Args:
        problem: What to fit.
        terms: The random terms, outermost first.
        method: Of the degrees of freedom.
        fit_tested: Whether lack of fit is tested, which takes a second fit.

    Raises:
        ModelError: There are too many runs.
    """
    if len(problem.observed) > _MOST_RUNS:
        raise ModelError(
            f"{len(problem.observed)} runs are too many for random terms; {_MOST_RUNS} is the most."
        )
    root = np.sqrt(problem.weights)
    x = problem.matrix.values * root[:, None]
    found = estimable_components(x, terms)
    problem = replace(problem, notes=(*problem.notes, *found.notes))
    if found.kept and _has_error(x, problem.y * root):
        model = _fitted(problem, found.kept, method, fit_tested)
    else:
        model = least_squares(problem)
    if not found.hidden:
        return model
    shared = np.hstack([term.indicator for term in found.hidden])
    return without_known_error(model, problem.matrix, shared)


def _has_error(x: np.ndarray, y: np.ndarray) -> bool:
    if x.shape[0] == x.shape[1]:
        return False
    q, _ = np.linalg.qr(x)
    return float(np.sum((y - q @ (q.T @ y)) ** 2)) > _EXACT * float(np.sum((y - y.mean()) ** 2))


@dataclass(frozen=True)
class _Solved:
    """A mixed fit in matrices; rows are weighted by the root of their weight."""

    x: np.ndarray
    y: np.ndarray
    terms: tuple[RandomTerm, ...]
    inference: MixedInference
    precision: np.ndarray

    @property
    def projection(self) -> np.ndarray:
        """``P = V^-1 - V^-1 X (X'V^-1 X)^-1 X'V^-1``."""
        return np.asarray(self.precision - self.explained)

    @property
    def explained(self) -> np.ndarray:
        """``V^-1 X (X'V^-1 X)^-1 X'V^-1``."""
        pulled = self.precision @ self.x
        return np.asarray(pulled @ self.inference.model_covariance @ pulled.T)


def _fitted(
    problem: Problem, terms: tuple[RandomTerm, ...], method: Method, fit_tested: bool
) -> ResponseModel:
    root = np.sqrt(problem.weights)
    x, y = problem.matrix.values * root[:, None], problem.y * root
    designs = [term.indicator for term in terms]
    variances = estimate_variances(x, y, designs)
    inference = infer(x, y, designs, variances, method)
    parts = [*(z @ z.T for z in designs), np.eye(len(y))]
    whole = sum(v * g for v, g in zip(variances.components, parts, strict=True))
    solved = _Solved(x, y, terms, inference, np.linalg.inv(whole))
    sigma = float(np.sqrt(variances.components[-1]))
    df = len(y) - int(np.linalg.matrix_rank(np.hstack([x, *designs])))
    lack = lack_of_fit(problem, terms, method) if fit_tested else UNTESTED
    anova = analyse(problem, inference, sigma**2, df, lack)
    press = _press(solved)
    marginal = float(np.sum((y - x @ inference.estimates) ** 2))
    total = anova.total.sum_sq
    spread = marginal / (len(y) - x.shape[1]) / (total / (len(y) - 1))
    quality = Quality(
        sigma=sigma,
        r2=1 - marginal / total,
        r2_adjusted=1 - spread,
        r2_predicted=None if press is None else 1 - press / total,
        press=press,
        log_likelihood=variances.log_likelihood,
    )
    return model_of(
        problem,
        "REML",
        inference,
        quality,
        anova,
        _run_table(problem, solved, sigma),
        lambda rows: fit_mixed(
            problem.of(rows), [t.of(rows) for t in terms], method, fit_tested=False
        ),
        notes=(*_notes(terms, variances.components), *([lack.note] if lack.note else [])),
        variance_components=_components(inference, terms, len(y)),
        random_effects=_random_effects(solved),
    )


def _components(
    inference: MixedInference, terms: tuple[RandomTerm, ...], runs: int
) -> tuple[VarianceComponent, ...]:
    sources = [*((term.name, len(term.groups)) for term in terms), ("residual", runs)]
    errors = np.sqrt(np.diag(inference.components_covariance))
    return components_of(sources, list(inference.components), list(errors))


def _run_table(problem: Problem, solved: _Solved, sigma: float) -> pd.DataFrame:
    """Runs beside their conditional fit; all measures are those of OLS where V is diagonal."""
    root = np.sqrt(problem.weights)
    projection = solved.projection
    rest, left = projection @ solved.y, np.diag(projection)
    residual = sigma**2 * rest / root
    judged = np.where(left * sigma**2 < 1e-9, np.nan, left)
    cook = rest**2 / judged**2 * np.diag(solved.explained) / solved.x.shape[1]
    return pd.DataFrame(
        {
            "observed": problem.observed,
            "fitted": problem.scale.inverse(problem.y - residual),
            "residual": residual,
            "leverage": 1 - sigma**2 * left,
            "studentized": rest / np.sqrt(judged),
            "cook": cook,
        },
        problem.coded.index,
    )


def _random_effects(solved: _Solved) -> pd.DataFrame:
    """Best linear unbiased predictions of every group's effect."""
    rest = solved.projection @ solved.y
    tables = [
        pd.DataFrame(
            {
                "term": term.name,
                "group": list(term.groups),
                "effect": variance * (term.indicator.T @ rest),
            }
        )
        for term, variance in zip(solved.terms, solved.inference.components, strict=False)
    ]
    return pd.concat(tables, ignore_index=True)


def _press(solved: _Solved) -> float | None:
    """Squared errors of predicting each group of the first random term from all others."""
    total = 0.0
    labels = solved.terms[0].labels
    whole = np.linalg.inv(solved.precision)
    for group in range(len(solved.terms[0].groups)):
        out = labels == group
        inverse = np.linalg.inv(whole[np.ix_(~out, ~out)])
        x, y = solved.x[~out], solved.y[~out]
        if np.linalg.matrix_rank(x) < x.shape[1]:
            return None
        estimates = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y)
        total += float(np.sum((solved.y[out] - solved.x[out] @ estimates) ** 2))
    return total


def _notes(terms: tuple[RandomTerm, ...], components: np.ndarray) -> tuple[str, ...]:
    return tuple(
        f"No scatter of {term.words} beyond that of single runs was seen; it stays in the model, "
        "because the runs shared it."
        for term, variance in zip(terms, components, strict=False)
        if variance == 0
    )
