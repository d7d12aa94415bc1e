"""The shape of a fitted second-order surface, and the way uphill from the centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from analysis.surface import Region, surface_of
from designs.model_terms import powers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.response_model import ResponseModel
    from designs import Factors

_RIDGE = 0.1  # a curvature below this share of the largest makes a ridge (rsm's threshold)
_NOWHERE = 50.0  # coded units: a stationary point this far out says nothing about the runs
_FLAT = 1e-9  # below this share it is no curvature at all


@dataclass(frozen=True)
class CanonicalAnalysis:
    """Where the fitted surface is level, and what it is there.

    Attributes:
        factors: Continuous factors with curvature in the model, the order of all tuples.
        fixed: Level of each categorical factor the analysis was made at.
        stationary_coded: Stationary point, coded.
        stationary: The same in the factors' units.
        value: Predicted response there.
        eigenvalues: Curvatures along the canonical axes, largest first.
        eigenvectors: One unit vector (over ``factors``) per eigenvalue.
        nature: "maximum", "minimum", "saddle" or "ridge" (a curvature below a tenth of the
            largest, as in R's rsm).
        inside: Whether the stationary point lies in the region of the runs.
        ridge_coded: On a ridge, its point nearest the coded centre (the flat curvatures taken
            as none, as rsm does); None otherwise.
        sentence: All of it in words.
    """

    factors: tuple[str, ...]
    fixed: dict[str, str]
    stationary_coded: dict[str, float]
    stationary: dict[str, float]
    value: float
    eigenvalues: tuple[float, ...]
    eigenvectors: tuple[tuple[float, ...], ...]
    nature: str
    inside: bool
    ridge_coded: dict[str, float] | None
    sentence: str


@dataclass(frozen=True)
class AscentStep:
    """A point of the path of steepest ascent (descent for a response to minimise).

    Attributes:
        distance: From the centre, in coded units.
        coded: Coded settings.
        settings: The same in the factors' units.
        predicted: Predicted response.
        inside: Whether the point lies in the region of the runs.
    """

    distance: float
    coded: dict[str, float]
    settings: dict[str, float]
    predicted: float
    inside: bool


def canonical_analysis(model: ResponseModel, levels: Mapping[str, str]) -> CanonicalAnalysis | None:
    """Canonical analysis of a second-order model at ``levels`` of the categorical factors.

    Returns:
        None when the model has no curvature in the continuous factors, or one beyond second
        order, or when its curvature determines no stationary point anywhere near.

    Source: Myers, Montgomery & Anderson-Cook, Response Surface Methodology, chapter 6.
    """
    whole = surface_of(model, levels)
    names = _modelled(model)
    if whole.degree != 2 or not names:
        return None
    at = [whole.factors.index(name) for name in names]
    constant, linear, quadratic = whole.second_order()
    b, B = linear[at], quadratic[np.ix_(at, at)]
    curvatures, axes = np.linalg.eigh(B)
    if np.min(np.abs(curvatures)) <= _FLAT * np.max(np.abs(curvatures)):
        return None
    point = np.zeros(len(whole.factors))
    point[at] = -np.linalg.solve(B, b) / 2
    if np.max(np.abs(point)) > _NOWHERE:
        return None
    inside = bool(Region.of(model.coded, model.factors).contains(point))
    nature = _nature(curvatures)
    coded = dict(zip(names, map(float, point[at]), strict=True))
    settings = actual_settings(model.factors, whole.factors, point, levels)
    value = float(whole.scale.inverse(np.asarray(constant + point[at] @ b / 2)))
    return CanonicalAnalysis(
        factors=names,
        fixed=dict(levels),
        stationary_coded=coded,
        stationary={name: float(settings[name]) for name in names},
        value=value,
        eigenvalues=tuple(map(float, curvatures[::-1])),
        eigenvectors=tuple(tuple(map(float, upward(axis))) for axis in axes.T[::-1]),
        nature=nature,
        inside=inside,
        ridge_coded=_ridge(names, b, curvatures, axes) if nature == "ridge" else None,
        sentence=_sentence(nature, inside, model.response, value),
    )


def _modelled(model: ResponseModel) -> tuple[str, ...]:
    used = {name for term in model.terms for name in powers(term)}
    return tuple(name for name in model.factors.continuous if name in used)


def upward(axis: np.ndarray) -> np.ndarray:
    """The axis or its opposite, whichever has its largest component positive."""
    return axis * (np.sign(axis[np.argmax(np.abs(axis))]) or 1.0)


def _nature(curvatures: np.ndarray) -> str:
    if np.min(np.abs(curvatures)) < _RIDGE * np.max(np.abs(curvatures)):
        return "ridge"
    if np.all(curvatures < 0):
        return "maximum"
    return "minimum" if np.all(curvatures > 0) else "saddle"


def _ridge(
    names: tuple[str, ...], b: np.ndarray, curvatures: np.ndarray, axes: np.ndarray
) -> dict[str, float]:
    steep = np.abs(curvatures) >= _RIDGE * np.max(np.abs(curvatures))
    point = -axes[:, steep] @ ((axes[:, steep].T @ b) / curvatures[steep]) / 2
    return dict(zip(names, map(float, point), strict=True))


def _sentence(nature: str, inside: bool, response: str, value: float) -> str:
    shape = {
        "maximum": "has a maximum",
        "minimum": "has a minimum",
        "saddle": "is a saddle, up one way and down another",
        "ridge": "is a ridge, nearly level along one direction",
    }[nature]
    where = "within" if inside else "outside"
    return (
        f"The fitted surface of {response} {shape}; its stationary point lies {where} "
        f"the region of the runs ({value:.4g} there)."
    )


def steepest_ascent(
    model: ResponseModel,
    levels: Mapping[str, str],
    *,
    descend: bool = False,
    distances: Sequence[float] = (0.0, 0.5, 1.0, 1.5, 2.0),
) -> tuple[AscentStep, ...]:
    """The highest (lowest) fitted point at each distance from the coded centre.

    For a first-order model this is the straight path along the gradient, for a second-order
    model the ridge path of Hoerl and Draper.

    Returns:
        One step per distance; empty when the surface is flat or above second order.
    """
    surface = surface_of(model, levels)
    _, b, B = surface.second_order()
    if surface.degree > 2 or not (b.any() or B.any()):
        return ()
    sign = -1.0 if descend else 1.0
    region = Region.of(model.coded, model.factors)
    steps = []
    for distance in distances:
        x = _highest_at(sign * b, sign * B, distance)
        settings = actual_settings(model.factors, surface.factors, x, levels)
        steps.append(
            AscentStep(
                distance=float(distance),
                coded=dict(zip(surface.factors, map(float, x), strict=True)),
                settings={name: float(settings[name]) for name in surface.factors},
                predicted=float(surface(x)),
                inside=bool(region.contains(x)),
            )
        )
    return tuple(steps)


def _highest_at(b: np.ndarray, B: np.ndarray, distance: float) -> np.ndarray:
    """Maximise ``x'b + x'Bx`` on the sphere of radius ``distance`` about the centre.

    The maximum solves ``(B - m I) x = -b / 2`` with ``m`` above the largest curvature; the
    distance of its solution falls as ``m`` grows, so ``m`` is found by bisection.
    """
    if distance == 0:
        return np.zeros(len(b))
    curvatures, axes = np.linalg.eigh(B)
    along = axes.T @ b / 2
    scale = float(np.linalg.norm(b) / 2 + np.abs(curvatures).max())
    lowest = curvatures[-1] + 1e-12 * scale

    def at(m: float) -> np.ndarray:
        return np.asarray(along / (m - curvatures))

    short = np.linalg.norm(at(lowest)) < distance
    if short or not along.any():
        # No slope along the steepest axis: the path turns into that axis, either way alike.
        x = np.where(curvatures < curvatures[-1] - 1e-9 * scale, at(lowest), 0.0)
        x[-1] = np.sqrt(max(distance**2 - float(x @ x), 0.0))
        x[-1] *= np.sign(upward(axes[:, -1]) @ axes[:, -1])
        return np.asarray(axes @ x)
    highest = curvatures[-1] + float(np.linalg.norm(along)) / distance + 1e-12 * scale
    m = brentq(lambda m: float(np.linalg.norm(at(m))) - distance, lowest, highest, xtol=1e-14)
    return np.asarray(axes @ at(m))


def actual_settings(
    factors: Factors, names: Sequence[str], coded: np.ndarray, levels: Mapping[str, str]
) -> dict[str, float | str]:
    """Settings of all factors in their units, at one coded point and given levels."""
    row = {**dict(zip(names, map(float, coded), strict=True)), **levels}
    actual = factors.to_actual(pd.DataFrame({name: [row[name]] for name in factors}))
    return {n: levels[n] if n in levels else float(actual[n].iloc[0]) for n in factors}
