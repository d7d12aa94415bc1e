"""Definitive screening designs analysed by their folds: main effects first, then the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from analysis.errors import ModelError
from analysis.model_matrix import arranged, term_columns
from analysis.problem import pose
from analysis.response_model import fit, read_terms
from analysis.wording import listing
from designs.model_terms import interactions, main_effects, squares

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.fitted import ResponseModel
    from designs import Factors

_LEVEL = 0.05  # of the tests of main effects
_ENOUGH = 0.2  # second-order terms are enough when what is left is no larger than the error at this


@dataclass(frozen=True)
class DefinitiveScreening:
    """What the two stages found.

    Attributes:
        model: The chosen terms, fitted to all runs.
        main: p of each main effect in the first stage.
        error: Standard deviation of a run from the first stage.
        error_df: Its degrees of freedom.
        active: Main effects found active.
        second_order: Interactions and squares found among the active factors.
        sentence: All of it in words.
    """

    model: ResponseModel
    main: dict[str, float]
    error: float
    error_df: int
    active: tuple[str, ...]
    second_order: tuple[str, ...]
    sentence: str


def analyse_definitive_screening(
    table: pd.DataFrame, factors: Factors, response: str
) -> DefinitiveScreening:
    """Analyse a folded three-level design in two stages.

    Half the differences within mirror-image pairs of runs hold the main effects alone, free of
    second order; fake factors' columns and pairs beyond the factors leave their error, repeated
    centre runs add theirs. What the pairs' averages hold is searched, over all subsets of the
    active factors' interactions and squares by rising size, until it is down to that error.

    Raises:
        ModelError: The runs are no such pairs, or leave no error to judge by.

    Source: Jones & Nachtsheim, Technometrics 59 (2017) 319-329.
    """
    names = main_effects(factors)
    if list(factors.continuous) != names:
        raise ModelError("The analysis by folds is for continuous factors alone.")
    problem, _ = pose(table, factors, response, *read_terms(names, factors), None)
    x, y = problem.coded[names].to_numpy(float), problem.observed
    pairs, centres = _folds(x)
    halves = np.array([(y[i] - y[j]) / 2 for i, j in pairs])
    columns = np.array([x[i] for i, _ in pairs])
    spare, ss = _spare(columns, halves, y[centres])
    if spare == 0:
        raise ModelError(
            "The mirror-image pairs are as many as the factors and the centre was not repeated, so "
            "nothing is left to judge the main effects by; choose terms by AICc instead."
        )
    main = _tests(columns, halves, names, ss / spare, spare)
    active = tuple(name for name in names if main[name] < _LEVEL)
    error, df = _pooled(columns, halves, names, active, ss, spare)
    ones = [i for i, _ in pairs] + centres[:1]
    averages = np.array([(y[i] + y[j]) / 2 for i, j in pairs])
    weights = np.full(len(pairs), 2.0)
    if centres:
        averages = np.append(averages, y[centres].mean())
        weights = np.append(weights, len(centres))
    coded = problem.coded.iloc[ones]
    second = _second_order(coded, factors, averages, weights, active, error, df)
    model = fit(table, factors, response, arranged([*active, *second]))
    sentence = _sentence(response, active, second)
    model = replace(model, notes=(*model.notes, sentence))
    return DefinitiveScreening(model, main, error**0.5, df, active, second, sentence)


def _folds(x: np.ndarray) -> tuple[list[tuple[int, int]], list[int]]:
    """Positions of mirror-image pairs of runs, and of centre runs."""
    centres = [i for i, row in enumerate(x) if not np.abs(row).max() > 1e-9]
    left = [i for i in range(len(x)) if i not in centres]
    pairs = []
    while left:
        first = left.pop(0)
        mirror = next((j for j in left if np.allclose(x[j], -x[first], atol=1e-9)), None)
        if mirror is None:
            raise ModelError(
                "The runs are not all mirror-image pairs and centre runs (was one lost?); choose "
                "terms by AICc instead."
            )
        left.remove(mirror)
        pairs.append((first, mirror))
    return pairs, centres


def _spare(columns: np.ndarray, halves: np.ndarray, centre: np.ndarray) -> tuple[int, float]:
    """Degrees of freedom and sum of squares (of single runs) that hold nothing but error."""
    if np.linalg.matrix_rank(columns) < columns.shape[1]:
        raise ModelError("The runs cannot tell the main effects apart.")
    fitted = columns @ np.linalg.lstsq(columns, halves, rcond=None)[0]
    df, ss = len(halves) - columns.shape[1], 2 * float(np.sum((halves - fitted) ** 2))
    if len(centre) > 1:
        df, ss = df + len(centre) - 1, ss + float(np.sum((centre - centre.mean()) ** 2))
    return df, ss


def _tests(
    columns: np.ndarray, halves: np.ndarray, names: Sequence[str], variance: float, df: int
) -> dict[str, float]:
    inverse = np.linalg.inv(columns.T @ columns)
    estimates = inverse @ columns.T @ halves
    t = estimates / np.sqrt(variance / 2 * np.diag(inverse))
    return {
        name: float(2 * stats.t.sf(abs(value), df)) for name, value in zip(names, t, strict=True)
    }


def _pooled(
    columns: np.ndarray,
    halves: np.ndarray,
    names: Sequence[str],
    active: Sequence[str],
    ss: float,
    df: int,
) -> tuple[float, int]:
    """The error's variance with that of the idle main effects, and its degrees of freedom."""
    at = [i for i, name in enumerate(names) if name in active]
    whole, kept = columns, columns[:, at]

    def rest(part: np.ndarray) -> float:
        fitted = part @ np.linalg.lstsq(part, halves, rcond=None)[0]
        return 2 * float(np.sum((halves - fitted) ** 2))

    idle = len(names) - len(at)
    return (ss + rest(kept) - rest(whole)) / (df + idle), df + idle


def _second_order(
    coded: pd.DataFrame,
    factors: Factors,
    averages: np.ndarray,
    weights: np.ndarray,
    active: Sequence[str],
    error: float,
    df: int,
) -> tuple[str, ...]:
    """The smallest set of the active factors' second-order terms that leaves no more than error.

    Args:
        coded: Settings of one run of each pair, and of the centre.
        factors: The factors.
        averages: Response averaged over each pair, and over the centre runs.
        weights: Runs in each average.
        active: Factors whose terms are looked at.
        error: Variance of a run.
        df: Its degrees of freedom.
    """
    candidates = [*interactions(active), *squares(active)]
    if not candidates:
        return ()
    root = np.sqrt(weights)
    columns = term_columns(coded, candidates, factors).values * root[:, None]
    room = len(averages) - 1
    best: tuple[int, ...] = ()
    for size in range(min(len(candidates), room // 2) + 1):
        found = [
            (_left(averages * root, columns[:, [0, *(i + 1 for i in chosen)]]), chosen)
            for chosen in combinations(range(len(candidates)), size)
        ]
        left, best = min(found)
        rest = room - size
        if stats.f.sf(left / rest / error, rest, df) > _ENOUGH:
            break
    return tuple(candidates[i] for i in best)


def _left(y: np.ndarray, x: np.ndarray) -> float:
    return float(np.sum((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2))


def _sentence(response: str, active: Sequence[str], second: Sequence[str]) -> str:
    if not active:
        return f"No factor's main effect on {response} stands out from the error."
    beyond = f", and through {listing(second)}" if second else "; nothing of second order was seen"
    return f"{response} changes with {listing(active)}{beyond} (analysis by mirror-image pairs)."
