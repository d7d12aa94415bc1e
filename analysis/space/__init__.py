"""The design space: settings, and how likely a run at them keeps every limit."""

from analysis.space.carried import carry_scale_up
from analysis.space.over_blends import BlendMap, blend_map
from analysis.space.probability import DesignSpace, ProbabilityMap, design_space
from analysis.space.ranges import AcceptableRange, AcceptableRanges, acceptable_ranges
from analysis.space.setpoint import RobustSetpoint, robust_setpoint

__all__ = [
    "AcceptableRange",
    "AcceptableRanges",
    "BlendMap",
    "DesignSpace",
    "ProbabilityMap",
    "RobustSetpoint",
    "acceptable_ranges",
    "blend_map",
    "carry_scale_up",
    "design_space",
    "robust_setpoint",
]
