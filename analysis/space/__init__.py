"""The design space: settings, and how likely a run at them keeps every limit."""

from analysis.space.carried import carry_scale_up
from analysis.space.probability import DesignSpace, ProbabilityMap, design_space
from analysis.space.setpoint import (
    AcceptableRange,
    AcceptableRanges,
    RobustSetpoint,
    acceptable_ranges,
    robust_setpoint,
)

__all__ = [
    "AcceptableRange",
    "AcceptableRanges",
    "DesignSpace",
    "ProbabilityMap",
    "RobustSetpoint",
    "acceptable_ranges",
    "carry_scale_up",
    "design_space",
    "robust_setpoint",
]
