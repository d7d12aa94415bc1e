"""Optimal designs: a search by coordinate exchange for any model, region and grouping of runs."""

from designs.optimal.find import Asked, find
from designs.optimal.search import Effort

__all__ = ["Asked", "Effort", "find"]
