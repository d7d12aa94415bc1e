"""The shape of a fitted second-order surface, and the way uphill from the centre."""

from __future__ import annotations

from dataclasses import dataclass


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
    sentence: str


@dataclass(frozen=True)
class AscentStep:
    """A point of the path of steepest ascent (descent for a response to minimise).

    Attributes:
        distance: From the centre, in coded units.
        coded: Coded settings.
        settings: The same in the factors' units.
        predicted: Predicted response.
    """

    distance: float
    coded: dict[str, float]
    settings: dict[str, float]
    predicted: float
