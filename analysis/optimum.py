"""The best setting within the region of the runs, for one response or several at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """What a model predicts at one setting.

    Attributes:
        mean: Expected response.
        se: Its standard error; None, as all below, when the fit leaves no error estimate.
        ci_low: 95 % confidence interval of the mean, lower end.
        ci_high: Upper end.
        pi_low: 95 % prediction interval of one new run, lower end.
        pi_high: Upper end.
    """

    mean: float
    se: float | None
    ci_low: float | None
    ci_high: float | None
    pi_low: float | None
    pi_high: float | None


@dataclass(frozen=True)
class Optimum:
    """The best setting found and what is predicted there.

    Attributes:
        goals: Response to "maximise", "minimise", "target", or "within" its limits.
        settings: Factor values in the factors' units; levels for categorical factors.
        coded: The same, coded.
        predictions: One per response with a goal or a limit.
        desirability: Derringer and Suich's overall desirability, 0 to 1; None for one response
            without limits.
        desirabilities: Of each response; empty when ``desirability`` is None.
        at_edge: Factors that stand on the edge of the region of the runs.
        region: "cube" or "sphere" (runs outside the cube: their largest radius bounds it).
        radius: Bound of the coded distance from the centre; None for the cube.
        feasible: Whether every limit can be met at once within the region.
        sentences: The setting, the prediction, the edge, the limits, in words.
    """

    goals: dict[str, str]
    settings: dict[str, float | str]
    coded: dict[str, float | str]
    predictions: dict[str, Prediction]
    desirability: float | None
    desirabilities: dict[str, float]
    at_edge: tuple[str, ...]
    region: str
    radius: float | None
    feasible: bool
    sentences: tuple[str, ...]
