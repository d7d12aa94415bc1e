"""Factors: what the experiment varies, and how their values are coded for designs and models.

A continuous factor runs from -1 (low) to +1 (high), on its own or on a logarithmic scale. A
categorical factor keeps its level's text; `designs.model_terms` gives it effects coding.
"""

from designs.factors.categorical import CategoricalFactor
from designs.factors.continuous import ContinuousFactor
from designs.factors.factors import Factor, Factors
from designs.factors.naming import RESERVED_COLUMNS, RUN_COLUMNS, STRATA_COLUMNS, FactorName

__all__ = [
    "RESERVED_COLUMNS",
    "RUN_COLUMNS",
    "STRATA_COLUMNS",
    "CategoricalFactor",
    "ContinuousFactor",
    "Factor",
    "FactorName",
    "Factors",
]
