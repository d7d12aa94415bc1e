"""Whole curves as responses: functional principal components.

Each curve is smoothed by a penalised spline on a common grid of hours; the components are what the
curves differ in most, and each vessel's score on a component is a response like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline

from analysis.curves.features import WIDEST_GAP, Curve
from analysis.errors import ModelError
from analysis.wording import share

GRID = 101
_KNOTS = 16
_PENALTIES = 10.0 ** np.arange(-6, 5)
_FEWEST_READINGS = 8
_FEWEST_CURVES = 4


@dataclass(frozen=True)
class FunctionalComponents:
    """What a set of curves differs in.

    Attributes:
        hours: The common grid (T).
        mean: Mean curve (T).
        components: Eigenfunctions, one row each (m x T), the largest value of each positive; the
            integral of a squared one is 1 hour.
        scores: A row per curve (index: its name), columns "component-1" ...; curve = mean plus
            scores times components.
        explained: Share of the variation between curves that each component carries (m).
        smoothed: The smoothed curves (index: name, columns: hours).
        penalty: Weight of roughness that cross-validation chose.
        left_out: Curves that were not used, with the reason as a sentence.
        sentences: What each component means.
    """

    hours: np.ndarray
    mean: np.ndarray
    components: np.ndarray
    scores: pd.DataFrame
    explained: tuple[float, ...]
    smoothed: pd.DataFrame
    penalty: float
    left_out: dict[str, str]
    sentences: tuple[str, ...]


def functional_components(curves: Mapping[str, Curve], components: int = 3) -> FunctionalComponents:
    """Functional principal components of curves, over the hours that all of them share.

    Args:
        curves: By name, such as the vessel.
        components: How many at most.

    Raises:
        ModelError: Fewer than four curves can be used, or they share no time.
    """
    usable, left_out = _usable(curves)
    start = max(curve.hours[0] for curve in usable.values())
    end = min(curve.hours[-1] for curve in usable.values())
    if end <= start:
        raise ModelError("The curves share no time over which they could be compared.")
    hours = np.linspace(start, end, GRID)
    smoothed, penalty = _smoothed(list(usable.values()), hours)
    mean = smoothed.mean(axis=0)
    weights = np.full(GRID, hours[1] - hours[0])  # trapezoids
    weights[[0, -1]] /= 2
    left, sizes, right = np.linalg.svd((smoothed - mean) * np.sqrt(weights), full_matrices=False)
    kept = min(components, int(np.sum(sizes > 1e-9 * max(sizes[0], 1e-300))))
    functions = right[:kept] / np.sqrt(weights)
    signs = np.sign(functions[np.arange(kept), np.abs(functions).argmax(axis=1)])
    functions = functions * signs[:, None]
    scores = left[:, :kept] * sizes[:kept] * signs
    names = [f"component-{i + 1}" for i in range(kept)]
    explained = tuple(float(v) for v in sizes[:kept] ** 2 / max(np.sum(sizes**2), 1e-300))
    return FunctionalComponents(
        hours=hours,
        mean=mean,
        components=functions,
        scores=pd.DataFrame(scores, index=list(usable), columns=names),
        explained=explained,
        smoothed=pd.DataFrame(smoothed, index=list(usable), columns=hours),
        penalty=penalty,
        left_out=left_out,
        sentences=tuple(_sentence(i, functions[i], hours, explained[i]) for i in range(kept)),
    )


def _usable(curves: Mapping[str, Curve]) -> tuple[dict[str, Curve], dict[str, str]]:
    usable, left_out = {}, {}
    ends = np.median([curve.hours[-1] for curve in curves.values()]) if curves else 0.0
    starts = np.median([curve.hours[0] for curve in curves.values()]) if curves else 0.0
    for name, curve in curves.items():
        gaps = np.diff(np.concatenate([[starts], curve.hours, [ends]])).max()
        if len(curve.hours) < _FEWEST_READINGS:
            left_out[name] = f"{name} has {len(curve.hours)} readings, too few for a curve."
        elif gaps > WIDEST_GAP * (ends - starts):
            left_out[name] = (
                f"{name} has no reading for {gaps:.3g} h of the {ends - starts:.3g} h that the "
                "curves are compared over."
            )
        else:
            usable[name] = curve
    if len(usable) < _FEWEST_CURVES:
        raise ModelError(
            f"{len(usable)} curve(s) can be used; what curves differ in needs four at least."
        )
    return usable, left_out


def _smoothed(curves: list[Curve], hours: np.ndarray) -> tuple[np.ndarray, float]:
    """Penalised cubic splines with one penalty for all, by generalised cross-validation.

    Source: Eilers & Marx, Statistical Science 11 (1996) 89-121.
    """
    degree = 3
    inner = np.linspace(hours[0], hours[-1], _KNOTS)
    knots = np.concatenate([[inner[0]] * degree, inner, [inner[-1]] * degree])
    size = len(knots) - degree - 1
    rough = np.diff(np.eye(size), 2, axis=0)
    rough = rough.T @ rough

    def basis(at: np.ndarray) -> np.ndarray:
        return np.asarray(
            BSpline.design_matrix(np.clip(at, hours[0], hours[-1]), knots, 3).toarray()
        )

    fits = []
    for curve in curves:
        within = (curve.hours >= hours[0]) & (curve.hours <= hours[-1])
        b, y = basis(curve.hours[within]), curve.values[within]
        fits.append((b.T @ b / len(y), b.T @ y / len(y), b, y))

    def score(penalty: float) -> float:
        total = 0.0
        for gram, moment, b, y in fits:
            solved = np.linalg.solve(gram + penalty * rough, np.column_stack([moment, gram]))
            df = np.trace(solved[:, 1:])
            total += np.mean((y - b @ solved[:, 0]) ** 2) / max(1 - df / len(y), 1e-3) ** 2
        return float(total)

    # A trace of the penalty at least, so that stretches without readings are bridged.
    penalty = float(min(_PENALTIES, key=score))
    at = basis(hours)
    return np.array(
        [at @ np.linalg.solve(gram + penalty * rough, moment) for gram, moment, _, _ in fits]
    ), penalty


def _sentence(i: int, function: np.ndarray, hours: np.ndarray, explained: float) -> str:
    """What a high score means: higher throughout, or higher here and lower there."""
    top = hours[int(np.argmax(function))]
    said = f"component-{i + 1} carries {share(explained)} of what the curves differ in: "
    if function.min() > -0.2 * function.max():
        return f"{said}a high score is a curve higher throughout, most at {top:.3g} h."
    bottom = hours[int(np.argmin(function))]
    return f"{said}a high score is a curve higher about {top:.3g} h and lower about {bottom:.3g} h."
