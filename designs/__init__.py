"""Designs: factors in, run sheet out; pure tables and numbers."""

from designs.design import default_model, expand
from designs.errors import DesignError
from designs.evaluation import DesignAudit
from designs.factors import (
    CategoricalFactor,
    ContinuousFactor,
    Factor,
    FactorName,
    Factors,
    MixtureFactor,
)
from designs.layout import VesselLayout
from designs.run_sheet import RunSheet
from designs.spec import DesignSpec

__all__ = [
    "CategoricalFactor",
    "ContinuousFactor",
    "DesignAudit",
    "DesignError",
    "DesignSpec",
    "Factor",
    "FactorName",
    "Factors",
    "MixtureFactor",
    "RunSheet",
    "VesselLayout",
    "default_model",
    "expand",
]
