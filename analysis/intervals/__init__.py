"""Intervals of a fitted model beyond those of `ResponseModel.predict`."""

from analysis.intervals.tolerance import tolerance_factor, tolerance_interval

__all__ = ["tolerance_factor", "tolerance_interval"]
