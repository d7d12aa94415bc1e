"""All that is known of how sure one response's shape is, for a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.confidence.ascent import AscentCone, ascent_cone
from analysis.confidence.best import BestSettingRegion, best_setting_region
from analysis.confidence.stationary import StationaryRegion, stationary_region
from analysis.errors import ModelError

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel


@dataclass(frozen=True)
class ShapeCertainty:
    """How sure the shape of a fitted surface is.

    Attributes:
        cone: Of the steepest direction; None for a single factor.
        stationary: Where the stationary point may lie; None without curvature in every factor.
        best: Where the best setting may lie; None where the goal is neither high nor low.
        sentences: Of those that there are.
    """

    cone: AscentCone | None
    stationary: StationaryRegion | None
    best: BestSettingRegion | None
    sentences: tuple[str, ...]


def shape_certainty(
    model: ResponseModel, levels: Mapping[str, str], goal: str
) -> ShapeCertainty | None:
    """How sure the shape is; None where nothing can be said: no error, a mixture, third order.

    Args:
        model: A fitted model.
        levels: Of the categorical factors.
        goal: "maximise", "minimise", "target" or "none".
    """
    try:
        cone = ascent_cone(model, levels, descend=goal == "minimise")
        stationary = stationary_region(model, levels)
        best = None
        if goal in {"maximise", "minimise"}:
            best = best_setting_region(model, levels, minimise=goal == "minimise")
    except ModelError:
        return None
    found = [part for part in (cone, stationary, best) if part is not None]
    return ShapeCertainty(cone, stationary, best, tuple(part.sentence for part in found))
