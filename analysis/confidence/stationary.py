"""Where the stationary point may lie: the region of Box and Hunter, or that there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from analysis.confidence.quadratic import UncertainQuadratic, f_quantile, uncertain_quadratic
from analysis.plain import UNTOLD
from analysis.surface import Region
from analysis.wording import quantity, share

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel

_DIRECTIONS = 500
_RAYS = 360


@dataclass(frozen=True)
class StationaryRegion:
    """Settings whose slopes cannot be told from nought: any may be the stationary point.

    Attributes:
        factors: Order of the components.
        finite: Whether the region ends in every direction.
        ranges: Smallest and largest coded setting of each factor in the region; empty where it
            does not end.
        outline: For two factors and a finite region, its outline as coded points (n x 2), for
            drawing; None otherwise.
        share: Of the region of the runs, how much of it the confidence region fills.
        confidence: That the true stationary point lies in it.
        sentence: In words.
        shape: The model's slopes, for `contains`.
    """

    factors: tuple[str, ...]
    finite: bool
    ranges: dict[str, tuple[float, float]]
    outline: np.ndarray | None
    share: float
    confidence: float
    sentence: str
    shape: UncertainQuadratic = field(metadata=UNTOLD)

    def contains(self, x: np.ndarray) -> np.ndarray:
        """Whether coded points (n x k) lie in the region."""
        return np.asarray(_excess(self.shape, np.atleast_2d(x), self.confidence) <= 0)


def stationary_region(
    model: ResponseModel, levels: Mapping[str, str] | None = None, confidence: float = 0.95
) -> StationaryRegion | None:
    """The confidence region of the stationary point.

    It holds the points where the F test does not tell the slopes from nought. It need not be
    bounded: where some direction's curvature cannot be told from none, it runs on for ever.

    Args:
        model: A fitted model of second order.
        levels: Of the categorical factors; the first of each where not given.
        confidence: Of the region.

    Returns:
        None where the model has no curvature in one of its factors, so no stationary point.

    Source: Box & Hunter, Biometrika 41 (1954) 190-199.

    Raises:
        ModelError: The model is above second order or leaves no error.
    """
    shape = uncertain_quadratic(model, levels)
    k = len(shape.factors)
    unit = np.eye(k)
    slopes_at = shape.slope_rows(unit) - shape.slope_rows(np.zeros((1, k)))
    hessian = slopes_at @ shape.weights
    if np.linalg.matrix_rank(hessian, tol=1e-9 * max(np.abs(hessian).max(), 1e-300)) < k:
        return None
    finite = _curvature_excess(shape, confidence) > 0
    stationary = -np.linalg.solve(hessian.T, shape.slopes(np.zeros((1, k)))[0][0])
    ranges = _ranges(shape, stationary, confidence) if finite else {}
    filled = _filled(shape, model, confidence)
    return StationaryRegion(
        factors=shape.factors,
        finite=finite,
        ranges=ranges,
        outline=_outline(shape, stationary, confidence) if finite and k == 2 else None,
        share=filled,
        confidence=confidence,
        sentence=_sentence(model.response, finite, ranges, filled, confidence),
        shape=shape,
    )


def _excess(shape: UncertainQuadratic, x: np.ndarray, confidence: float) -> np.ndarray:
    """The F statistic of the slopes at points over its critical value, less one."""
    slopes, covariance = shape.slopes(x)
    k = x.shape[1]
    solved = np.linalg.solve(covariance, slopes[:, :, None])[:, :, 0]
    critical = k * f_quantile(confidence, k, shape.df)
    return np.asarray(np.einsum("nk,nk->n", slopes, solved) / critical - 1)


def _curvature_excess(shape: UncertainQuadratic, confidence: float) -> float:
    """The same of the slopes' change along the direction whose curvature is least certain."""
    k = len(shape.factors)
    flat = shape.slope_rows(np.zeros((1, k)))
    critical = k * f_quantile(confidence, k, shape.df)

    def statistic(u: np.ndarray) -> np.ndarray:
        u = np.atleast_2d(u)
        rows = shape.slope_rows(u / np.linalg.norm(u, axis=1, keepdims=True)) - flat
        change, covariance = rows @ shape.weights, rows @ shape.covariance @ rows.transpose(0, 2, 1)
        solved = np.einsum("nij,nj->ni", np.linalg.pinv(covariance, hermitian=True), change)
        return np.asarray(np.einsum("nk,nk->n", change, solved) / critical - 1)

    directions = np.random.default_rng(0).normal(size=(_DIRECTIONS, k))
    found = statistic(directions)
    start = directions[int(np.argmin(found))]
    refined = minimize(lambda u: float(statistic(u)[0]), start, method="Nelder-Mead").fun
    return float(min(found.min(), refined))


def _reach(
    shape: UncertainQuadratic, centre: np.ndarray, rays: np.ndarray, confidence: float
) -> np.ndarray:
    """How far the region goes from a point of it along unit vectors (n x k), by bisection."""
    far = np.ones(len(rays))
    for _ in range(60):
        inside = _excess(shape, centre + far[:, None] * rays, confidence) <= 0
        if not inside.any():
            break
        far = np.where(inside, 2 * far, far)
    near = np.zeros(len(rays))
    for _ in range(50):
        middle = (near + far) / 2
        inside = _excess(shape, centre + middle[:, None] * rays, confidence) <= 0
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return near


def _outline(shape: UncertainQuadratic, centre: np.ndarray, confidence: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, _RAYS, endpoint=False)
    rays = np.column_stack([np.cos(angles), np.sin(angles)])
    return np.asarray(centre + _reach(shape, centre, rays, confidence)[:, None] * rays)


def _ranges(
    shape: UncertainQuadratic, centre: np.ndarray, confidence: float
) -> dict[str, tuple[float, float]]:
    k = len(shape.factors)
    rays = np.random.default_rng(0).normal(size=(_DIRECTIONS, k))
    rays = np.vstack([np.eye(k), -np.eye(k), rays / np.linalg.norm(rays, axis=1, keepdims=True)])
    ends = centre + _reach(shape, centre, rays, confidence)[:, None] * rays
    return {
        name: (float(ends[:, i].min()), float(ends[:, i].max()))
        for i, name in enumerate(shape.factors)
    }


def _filled(shape: UncertainQuadratic, model: ResponseModel, confidence: float) -> float:
    region = Region.of(model.coded, model.factors)
    at = [list(model.factors.continuous).index(name) for name in shape.factors]
    low, high = region.low[at], region.high[at]
    x = np.random.default_rng(0).uniform(low, high, (_DIRECTIONS, len(at)))
    x = x[np.linalg.norm(x, axis=1) <= region.radius]
    return float(np.mean(_excess(shape, x, confidence) <= 0)) if len(x) else 0.0


def _sentence(
    response: str,
    finite: bool,
    ranges: dict[str, tuple[float, float]],
    filled: float,
    confidence: float,
) -> str:
    if not finite:
        return (
            f"These runs do not bound the stationary point of {response}: there is no finite "
            f"{share(confidence)} confidence region, because in some direction the curvature "
            "cannot be told from none."
        )
    spans = ", ".join(
        f"{name} {quantity(low)} to {quantity(high)}" for name, (low, high) in ranges.items()
    )
    return (
        f"With {share(confidence)} confidence the stationary point of {response} lies within "
        f"coded {spans}, a region that fills {share(filled)} of what was tested."
    )
