"""The ridge paths that Box and Draper print of the yield of Candida utilis (c32).

All other numbers of that case, and of the other entries of books, are read by `tests.catalogue`;
paths are printed by their Lagrange multiplier and rounded radius, as no other number is.
"""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

from analysis.canonical import AscentStep, steepest_ascent
from analysis.response_model import ResponseModel, fit
from designs import ContinuousFactor, Factors
from tests.analysis.published import Check, load, printed

CASE = "c32"
_NAMES = ["x1", "x2", "x3", "x4"]
_SECOND_ORDER = [
    *_NAMES,
    *(f"{name}^2" for name in _NAMES),
    *(":".join(pair) for pair in combinations(_NAMES, 2)),
]


def ridge_checks(folder: Path) -> list[Check]:
    """Every printed point of the paths of its responses."""
    content, table = load(folder, CASE)
    factors = Factors({name: ContinuousFactor(low="-1", high="1") for name in _NAMES})
    models: dict[str, ResponseModel] = {}
    paths: dict[tuple[str, str], list[AscentStep]] = {}
    checks = []
    for row, (response, multiplier, quantity) in _points(content["published"]):
        if response not in models:
            models[response] = fit(table, factors, response, _SECOND_ORDER)
        if (response, multiplier) not in paths:
            radius = _radius(content["published"], response, multiplier)
            paths[response, multiplier] = _steps(models[response], radius, float(multiplier) < 0)
        steps = paths[response, multiplier]
        checks.append(_check(f"{row['what']} {row['term']}", steps, quantity, row["printed"]))
    return checks


def _points(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], tuple[str, str, str]]]:
    """Rows of paths, with response, multiplier and what is printed of the point."""
    found = []
    for row in rows:
        told = re.fullmatch(r"(y\d), lambda = (\S+): (.+)", row.get("term") or "")
        if told is None or told[2] == "infinity" or told[3] in ("lambda", "R"):
            continue
        found.append((row, (told[1], told[2], told[3])))
    return found


def _radius(rows: list[dict[str, Any]], response: str, multiplier: str) -> float:
    wanted = f"{response}, lambda = {multiplier}: R"
    (text,) = (row["printed"] for row in rows if row.get("term") == wanted)
    return float(text)


def _steps(model: ResponseModel, radius: float, descend: bool) -> list[AscentStep]:
    """At the printed radius and at both ends of what was rounded to it."""
    around = [radius - 5e-4, radius, radius + 5e-4]
    return list(steepest_ascent(model, {}, descend=descend, distances=around))


def _check(what: str, steps: list[AscentStep], quantity: str, text: str) -> Check:
    low, ours, high = (s.predicted if quantity == "y-hat" else s.coded[quantity] for s in steps)
    check = printed(CASE, what, ours, text)
    slack = max(abs(low - ours), abs(high - ours))
    return Check(CASE, what, ours, check.theirs, check.tolerance + slack, "printed")
