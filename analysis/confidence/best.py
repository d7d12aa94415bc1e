"""Where the best setting within the tested region may lie, given how uncertain the model is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.confidence.quadratic import UncertainQuadratic, uncertain_quadratic
from analysis.search import pulled_in, starting_points
from analysis.surface import Region
from analysis.wording import listing, quantity, share

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel

_STEPS = 300


@dataclass(frozen=True)
class BestSettingRegion:
    """A confidence region of the best setting within the region of the runs.

    Unlike the stationary point's region it is never unbounded, and it is about what one wants:
    the best setting, which may lie on the edge.

    Attributes:
        factors: Continuous factors of the model, the order of the columns of ``points``.
        points: Best settings of the retained draws of the model, coded (n x k).
        ranges: Smallest and largest setting of each factor among them, in its unit.
        undetermined: Factors whose range is all that was tested.
        confidence: Of the region.
        sentence: In words.
    """

    factors: tuple[str, ...]
    points: np.ndarray
    ranges: dict[str, tuple[float, float]]
    undetermined: tuple[str, ...]
    confidence: float
    sentence: str


def best_setting_region(
    model: ResponseModel,
    levels: Mapping[str, str] | None = None,
    *,
    minimise: bool = False,
    confidence: float = 0.95,
    draws: int = 500,
    seed: int = 0,
) -> BestSettingRegion:
    """The best settings of models as likely as the fitted one is.

    Coefficients are drawn from their distribution (a parametric bootstrap, Student t); of the
    draws the share ``confidence`` that lies nearest to the fit is retained, and each is maximised
    within the region of the runs.

    Args:
        model: A fitted model of at most second order.
        levels: Of the categorical factors; the first of each where not given.
        minimise: The best setting is the lowest.
        confidence: Share of the draws to retain.
        draws: How many.
        seed: Of the draws.

    Source: Peterson, Cahya & del Castillo, Biometrics 58 (2002) 422-431; as a cloud of optima of
        retained draws it is that of the R package OptimaRegion, with Mahalanobis's depth.

    Raises:
        ModelError: The model is above second order or leaves no error.
    """
    shape = uncertain_quadratic(model, levels)
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(shape.covariance)
    latent = rng.normal(size=(draws, len(values)))
    if np.isfinite(shape.df):
        latent *= np.sqrt(shape.df / rng.chisquare(shape.df, size=(draws, 1)))
    depth = np.einsum("nk,nk->n", latent[:, values > 0], latent[:, values > 0])
    kept = latent[np.argsort(depth)[: int(np.ceil(confidence * draws))]]
    weights = shape.weights + (kept * np.sqrt(np.maximum(values, 0))) @ vectors.T
    names = list(model.factors.continuous)
    at = [names.index(name) for name in shape.factors]
    whole = Region.of(model.coded, model.factors)
    region = Region(whole.low[at], whole.high[at], whole.radius)
    points = _best_of_each(shape, -weights if minimise else weights, region)
    ranges, wide = {}, []
    for i, name in enumerate(shape.factors):
        low, high = points[:, i].min(), points[:, i].max()
        ends = model.factors.continuous[name].to_actual(np.array([low, high]))
        ranges[name] = (float(ends[0]), float(ends[1]))
        if low <= region.low[i] + 1e-6 and high >= region.high[i] - 1e-6:
            wide.append(name)
    return BestSettingRegion(
        factors=shape.factors,
        points=points,
        ranges=ranges,
        undetermined=tuple(wide),
        confidence=confidence,
        sentence=_sentence(model, ranges, tuple(wide), confidence),
    )


def _best_of_each(shape: UncertainQuadratic, weights: np.ndarray, region: Region) -> np.ndarray:
    """The highest point of each polynomial (n x P): dense candidates, then gradients."""
    candidates = starting_points(region)
    monomials = np.prod(candidates[:, None, :] ** shape.exponents, axis=-1)
    x = candidates[np.argmax(weights @ monomials.T, axis=1)]
    k = x.shape[1]
    level = shape.slope_rows(np.zeros((1, k)))[0]
    slopes = weights @ level.T
    turns = np.einsum("ijp,np->nij", shape.slope_rows(np.eye(k)) - level, weights)
    # A step no longer than the inverse of the steepest change of slope never overshoots.
    step = 1 / np.maximum(np.linalg.norm(turns, axis=(1, 2)), 1e-12)[:, None]
    for _ in range(_STEPS):
        x = pulled_in(x + step * (slopes + np.einsum("nij,nj->ni", turns, x)), region)
    return np.asarray(x)


def _sentence(
    model: ResponseModel,
    ranges: dict[str, tuple[float, float]],
    wide: tuple[str, ...],
    confidence: float,
) -> str:
    spans = ", ".join(
        f"{name} {quantity(low)} to {quantity(high, model.factors[name].unit)}"
        for name, (low, high) in ranges.items()
        if name not in wide
    )
    if not spans:
        return (
            f"These runs do not tell where within the tested region {model.response} is best: "
            "every factor's best setting may lie anywhere in its range."
        )
    open_ = f"; that of {listing(wide)} may lie anywhere in its range" if wide else ""
    return (
        f"With {share(confidence)} confidence the best setting for {model.response} lies within "
        f"{spans}{open_}."
    )
