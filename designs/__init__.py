"""Designs: factors in, run sheet out; pure tables and numbers."""

from designs.errors import DesignError
from designs.factors import CategoricalFactor, ContinuousFactor, Factor, FactorName, Factors
from designs.run_sheet import RunSheet
from designs.spec import DesignSpec

__all__ = [
    "CategoricalFactor",
    "ContinuousFactor",
    "DesignError",
    "DesignSpec",
    "Factor",
    "FactorName",
    "Factors",
    "RunSheet",
]
