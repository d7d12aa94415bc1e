"""Stationary points and paths of a fitted surface."""

from __future__ import annotations

import math
import re
from typing import Any

from analysis.canonical import canonical_analysis, steepest_ascent
from tests.catalogue.fits import How
from tests.catalogue.formulas import Fitted, OutOfScope


def optimum(f: Fitted, how: How) -> float:
    if any(not re.fullmatch(r"\w+", code) for code in f.expanded.codes.values()):
        raise OutOfScope("a surface in other than its factors")
    try:
        shape = canonical_analysis(f.model, {})
    except (KeyError, ValueError) as error:
        raise OutOfScope(str(error)) from error
    if shape is None:
        raise OutOfScope("no stationary point anywhere near the runs")
    named = {f.expanded.codes[name]: name for name in shape.factors}
    by_size = sorted(range(len(named)), key=lambda i: -abs(shape.eigenvalues[i]))

    def read(key: str) -> float:
        parts = key.split(".")
        if parts[-2] in ("stationary_point_coded",):
            return shape.stationary_coded[named[parts[-1]]]
        if parts[-1] == "predicted_response":
            return shape.value
        if parts[-2] == "eigenvalues":
            return shape.eigenvalues[by_size[int(parts[-1])]]
        if parts[-3] == "eigenvectors":  # of an axis, then of a factor
            return shape.eigenvectors[by_size[int(parts[-2])]][int(parts[-1])]
        raise OutOfScope(f"{parts[1]} of a surface")

    value = read(how["key"])
    if how.get("sign_of"):
        value *= math.copysign(1.0, read(how["sign_of"]))
    return abs(value) if how.get("abs") else value


def steepest(f: Fitted, how: How, entry: dict[str, Any]) -> float:
    """Settings along the straight path of a first-order model."""
    if any("^" in term or ":" in term for term in f.model.terms):
        raise OutOfScope("the straight path of a model that is not of first order")
    (step,) = steepest_ascent(f.model, {}, distances=[1.0])
    way = {f.expanded.codes[name]: x for name, x in step.coded.items()}
    spans = {x["name"]: x for x in entry["factors"]}

    def half(name: str) -> float:
        return (spans[name]["high"] - spans[name]["low"]) / 2

    key, steps = how["key"], how.get("steps", 1)
    if key not in way:
        raise OutOfScope("a factor that the model does not hold")
    if "radius" in how:
        coded = way[key] * float(how["radius"]) * steps
    else:
        per = how["per"]
        coded = way[key] / way[per] * how["change"] / half(per) * steps
    if how.get("units") == "coded":
        return coded
    centre = (spans[key]["high"] + spans[key]["low"]) / 2
    return coded * half(key) + (0 if how.get("from_centre") else centre)
