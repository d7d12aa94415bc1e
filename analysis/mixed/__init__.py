"""Mixed models: blocks, split plots, positions and assays as random terms, by REML."""

from analysis.mixed.error_terms import RandomTerm, random_terms
from analysis.mixed.inference import MixedInference, infer
from analysis.mixed.reml import Variances, estimate_variances

__all__ = [
    "MixedInference",
    "RandomTerm",
    "Variances",
    "estimate_variances",
    "infer",
    "random_terms",
]
