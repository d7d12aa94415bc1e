"""The design space: settings, and how likely a run at them keeps every limit."""

from analysis.space.design_space import DesignSpace, ProbabilityMap, design_space
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
    "design_space",
    "robust_setpoint",
]
