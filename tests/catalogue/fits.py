"""The fits that checks are about, and what their numbers have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.errors import ModelError
from tests.catalogue.entries import Check
from tests.catalogue.formulas import Fitted, OutOfScope, fit_formula
from tests.catalogue.runs import runs_of

How = dict[str, Any]
Number = Callable[[Fitted, How], float]


class Fits:
    """Each model of each set of runs, fitted once."""

    def __init__(self) -> None:
        self._known: dict[str, Fitted | Exception] = {}

    def of(self, check: Check, model: str | None = None) -> Fitted:
        """The fit a check is about, or of another model on its runs."""
        how = check.how
        model = model or how.get("model")
        if not model:
            raise OutOfScope("no model: a statistic of the readings")
        keys = ("runs", "response", "summary", "transform", "settings")
        key = json.dumps([check.entry["name"], model, *(how.get(k) for k in keys)])
        if key not in self._known:
            try:
                self._known[key] = fit_formula(*runs_of(check.entry, how), model)
            except (ModelError, OutOfScope) as error:
                self._known[key] = OutOfScope(str(error))
        found = self._known[key]
        if isinstance(found, Exception):
            raise found
        return found


def degrees_of_freedom(f: Fitted, row: np.ndarray) -> float:
    return float(f.model.inference.degrees_of_freedom(row[None, :])[0])


def mean_square(f: Fitted) -> float:
    """Of the residual."""
    found = f.model.anova.residual.mean_sq
    if found is None:
        raise OutOfScope("a saturated fit has no error")
    return found


def given(value: float | None) -> float:
    if value is None:
        raise OutOfScope("a saturated fit has no error")
    return value
