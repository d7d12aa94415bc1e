"""Time courses as responses: one number a curve, or what whole curves differ in."""

from analysis.curves.features import FEATURES, Curve, NoFeature, yield_on
from analysis.curves.functional import FunctionalComponents, functional_components

__all__ = [
    "FEATURES",
    "Curve",
    "FunctionalComponents",
    "NoFeature",
    "functional_components",
    "yield_on",
]
