"""Factors: what the experiment varies, and how their values are coded for designs and models.

A continuous factor runs from -1 (low) to +1 (high), on its own or on a logarithmic scale. A
categorical factor keeps its level's text; `designs.model_terms` gives it effects coding. The
components of a mixture add up to a total and are coded as shares of it (pseudo-components).
"""

from designs.factors.categorical import CategoricalFactor
from designs.factors.continuous import ContinuousFactor
from designs.factors.factors import Factor, Factors
from designs.factors.mixture import Mixture, MixtureFactor
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
    "Mixture",
    "MixtureFactor",
]
