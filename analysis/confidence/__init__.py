"""How sure the shape of a fitted surface is: directions, stationary points, best settings."""

from analysis.confidence.ascent import AscentCone, ascent_cone
from analysis.confidence.best import BestSettingRegion, best_setting_region
from analysis.confidence.certainty import ShapeCertainty, shape_certainty
from analysis.confidence.stationary import StationaryRegion, stationary_region

__all__ = [
    "AscentCone",
    "BestSettingRegion",
    "ShapeCertainty",
    "StationaryRegion",
    "ascent_cone",
    "best_setting_region",
    "shape_certainty",
    "stationary_region",
]
