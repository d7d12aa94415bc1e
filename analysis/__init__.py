"""From a table of runs to an answer: responses, response models, optimum, scale-up, report.

Everything here is pure: tables and numbers in, tables, numbers and sentences out. The names below
are loaded when they are first asked for, because the command line imports this room before it knows
whether it will fit anything.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.canonical import canonical_analysis, steepest_ascent
    from analysis.confidence import ascent_cone, best_setting_region, stationary_region
    from analysis.curves import Curve, functional_components
    from analysis.errors import ModelError
    from analysis.fitted import ResponseModel
    from analysis.intervals import tolerance_interval
    from analysis.optimum import find_optimum
    from analysis.response_model import fit
    from analysis.responses import ResponseSpec
    from analysis.space import acceptable_ranges, blend_map, design_space, robust_setpoint
    from analysis.study import Study, analyze
    from analysis.time_courses import reduce
    from analysis.tradeoff import pareto_front, robust_optimum

_HOME = {
    "Curve": "curves",
    "ModelError": "errors",
    "ResponseModel": "fitted",
    "ResponseSpec": "responses",
    "Study": "study",
    "acceptable_ranges": "space",
    "analyze": "study",
    "ascent_cone": "confidence",
    "best_setting_region": "confidence",
    "blend_map": "space",
    "canonical_analysis": "canonical",
    "design_space": "space",
    "find_optimum": "optimum",
    "fit": "response_model",
    "functional_components": "curves",
    "pareto_front": "tradeoff",
    "reduce": "time_courses",
    "robust_optimum": "tradeoff",
    "robust_setpoint": "space",
    "stationary_region": "confidence",
    "steepest_ascent": "canonical",
    "tolerance_interval": "intervals",
}

__all__ = [
    "Curve",
    "ModelError",
    "ResponseModel",
    "ResponseSpec",
    "Study",
    "acceptable_ranges",
    "analyze",
    "ascent_cone",
    "best_setting_region",
    "blend_map",
    "canonical_analysis",
    "design_space",
    "find_optimum",
    "fit",
    "functional_components",
    "pareto_front",
    "reduce",
    "robust_optimum",
    "robust_setpoint",
    "stationary_region",
    "steepest_ascent",
    "tolerance_interval",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'analysis' has no attribute '{name}'")
    return getattr(import_module(f"analysis.{_HOME[name]}"), name)
