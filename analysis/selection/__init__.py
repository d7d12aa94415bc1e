"""Choosing the terms of a model: by steps, among all subsets, by shrinkage, by a design's folds."""

from analysis.selection.by_tests import eliminate
from analysis.selection.definitive import analyse_definitive_screening
from analysis.selection.heredity import Heredity, kept_by_heredity
from analysis.selection.select import Criterion, Selection, Step, Way, select

__all__ = [
    "Criterion",
    "Heredity",
    "Selection",
    "Step",
    "Way",
    "analyse_definitive_screening",
    "eliminate",
    "kept_by_heredity",
    "select",
]
