"""How sure the direction of steepest ascent is: the cone of Box and Draper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.confidence.quadratic import f_quantile, uncertain_quadratic
from analysis.plain import UNTOLD
from analysis.wording import chance, share

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel

_SAMPLED = 5_000


@dataclass(frozen=True)
class AscentCone:
    """The directions that could be the steepest, at the coded centre.

    Attributes:
        factors: Order of the components.
        direction: Unit vector of steepest ascent (descent), coded.
        determined: Whether the cone leaves out any direction; if not, the slopes all together
            cannot be told from none.
        half_angle_deg: Largest angle between the direction found and one in the cone; None where
            nothing is determined.
        share: Of all directions, how many lie in the cone: the smaller, the better the direction
            is known.
        confidence: That the true direction lies in the cone.
        sentence: In words.
        metric: Inverse covariance of the slopes (k x k), for `contains`.
        slopes: The slopes found, of ascent or descent (k), for `contains`.
        limit: Largest acceptable distance from a line, for `contains`.
    """

    factors: tuple[str, ...]
    direction: tuple[float, ...]
    determined: bool
    half_angle_deg: float | None
    share: float
    confidence: float
    sentence: str
    metric: np.ndarray = field(metadata=UNTOLD)
    slopes: np.ndarray = field(metadata=UNTOLD)
    limit: float = field(metadata=UNTOLD)

    def contains(self, directions: np.ndarray) -> np.ndarray:
        """Whether directions (n x k, of any length) could be the steepest."""
        d = np.atleast_2d(directions)
        along = d @ self.metric @ self.slopes
        length = np.einsum("ni,ij,nj->n", d, self.metric, d)
        whole = float(self.slopes @ self.metric @ self.slopes)
        off = whole - np.sign(along) * along**2 / length
        return np.asarray(np.where(along > 0, off, whole) <= self.limit)


def ascent_cone(
    model: ResponseModel,
    levels: Mapping[str, str] | None = None,
    *,
    descend: bool = False,
    confidence: float = 0.95,
) -> AscentCone | None:
    """The confidence cone of the direction of steepest ascent at the coded centre.

    A direction is in the cone where the slopes, less their best multiple of it, could be nought
    (F test on one degree of freedom less than there are slopes).

    Args:
        model: A fitted model of at most second order.
        levels: Of the categorical factors; the first of each where not given.
        descend: Of descent, for a response to minimise.
        confidence: Of the cone.

    Returns:
        None for a single factor: there is no direction to choose but up or down.

    Source: Box & Draper, Empirical Model-Building and Response Surfaces (1987), section 6.5.

    Raises:
        ModelError: The model is above second order or leaves no error.
    """
    shape = uncertain_quadratic(model, levels)
    k = len(shape.factors)
    slopes, covariance = (part[0] for part in shape.slopes(np.zeros((1, k))))
    if k < 2 or not np.all(np.diag(covariance) > 0):
        return None
    slopes = -slopes if descend else slopes
    limit = (k - 1) * f_quantile(confidence, k - 1, shape.df)
    metric = np.linalg.inv(covariance)
    determined = float(slopes @ metric @ slopes) > limit
    angle = _half_angle(slopes, covariance, metric, limit) if determined else None
    cone = AscentCone(
        factors=shape.factors,
        direction=tuple(map(float, slopes / np.linalg.norm(slopes))),
        determined=determined,
        half_angle_deg=angle,
        share=1.0,
        confidence=confidence,
        sentence="",
        metric=metric,
        slopes=slopes,
        limit=limit,
    )
    return _told(cone, model.response, descend)


def _half_angle(
    slopes: np.ndarray, covariance: np.ndarray, metric: np.ndarray, limit: float
) -> float:
    """Largest angle from the slopes to the rim; the cone is round where slopes are uncorrelated."""
    root = np.linalg.cholesky(covariance)  # whitened: slopes' length squared is the statistic
    axis = np.linalg.solve(root, slopes)
    whole = float(axis @ axis)
    rim = np.random.default_rng(0).normal(size=(_SAMPLED, len(slopes)))
    rim -= np.outer(rim @ axis, axis) / whole
    rim /= np.linalg.norm(rim, axis=1, keepdims=True)
    sine = np.sqrt(limit / whole)
    edge = (np.sqrt(1 - sine**2) * axis / np.sqrt(whole) + sine * rim) @ root.T
    cosine = edge @ slopes / np.linalg.norm(edge, axis=1) / np.linalg.norm(slopes)
    return float(np.degrees(np.arccos(np.clip(cosine.min(), -1, 1))))


def _told(cone: AscentCone, response: str, descend: bool) -> AscentCone:
    way = "descent" if descend else "ascent"
    if not cone.determined:
        sentence = (
            f"The direction of steepest {way} of {response} is not determined: every direction "
            f"could be it ({share(cone.confidence)} confidence)."
        )
        return replace(cone, sentence=sentence)
    everywhere = np.random.default_rng(1).normal(size=(_SAMPLED, len(cone.factors)))
    part = float(np.mean(cone.contains(everywhere)))
    sentence = (
        f"The direction of steepest {way} of {response} is known to within "
        f"{cone.half_angle_deg:.0f} degrees ({share(cone.confidence)} confidence); "
        f"{chance(part)} of all directions could be it."
    )
    return replace(cone, share=part, sentence=sentence)
