"""Several responses at once: what has to be traded, and what survives inexact set-points."""

from analysis.tradeoff.pareto import ParetoFront, non_dominated, pareto_front
from analysis.tradeoff.robust import RobustOptimum, robust_optimum

__all__ = ["ParetoFront", "RobustOptimum", "non_dominated", "pareto_front", "robust_optimum"]
