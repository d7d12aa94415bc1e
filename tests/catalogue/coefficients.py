"""Coefficients, contrasts and predictions of a fit."""

from __future__ import annotations

import numpy as np
from scipy import stats

from tests.catalogue.fits import How, Number, degrees_of_freedom, mean_square
from tests.catalogue.formulas import Fitted, OutOfScope


def estimate(f: Fitted, term: str) -> float:
    return float(f.row(term) @ f.model.estimates)


def std_error(f: Fitted, row: np.ndarray) -> float:
    return float(np.sqrt(row @ f.model.covariance @ row))


def t_value(f: Fitted, term: str) -> float:
    return estimate(f, term) / std_error(f, f.row(term))


def p_value(f: Fitted, term: str, alternative: str | None) -> float:
    t, df = t_value(f, term), degrees_of_freedom(f, f.row(term))
    both = 2 * float(stats.t.sf(abs(t), df))
    if alternative is None:
        return both
    return both / 2 if (t > 0) == (alternative == "greater") else 1 - both / 2


def half_width(f: Fitted, row: np.ndarray) -> float:
    return float(stats.t.ppf(0.975, degrees_of_freedom(f, row))) * std_error(f, row)


def interval(f: Fitted, how: How, side: int) -> float:
    row = f.row(how["term"])
    twice = 2 if how.get("scale") == "effect" else 1
    if side == 0:
        return twice * half_width(f, row)
    return twice * (float(row @ f.model.estimates) + side * half_width(f, row))


def contrast(f: Fitted, how: How) -> float:
    row = sum(np.asarray(w * f.row(term)) for term, w in how["weights"].items())
    value, key = float(row @ f.model.estimates), how.get("key", "value")
    if key == "value":
        return value
    test = f.model.inference.joint(row[None, :])
    half = half_width(f, row)
    return {
        "std_error": std_error(f, row),
        "t": value / std_error(f, row),
        "f": test.f,
        "sum_sq": test.f * mean_square(f),
        "p": test.p,
        "half_width": half,
        "ci_low": value - half,
        "ci_high": value + half,
    }[key]


def prediction(f: Fitted, how: How) -> float:
    row = f.at(how["point"])
    mean, bound = float(row @ f.model.estimates), how.get("bound", "predicted")
    if "error" in how:
        raise OutOfScope("a comparison of a prediction with another run")
    if bound == "predicted":
        return mean
    if bound == "std_error":
        return std_error(f, row)
    if bound == "leverage":
        return float(row @ f.model.covariance @ row) / mean_square(f)
    variance, df = f.model.inference.new_run(row[None, :])
    wide = float(stats.t.ppf(0.975, df[0]) * np.sqrt(variance[0]))
    half = wide if bound.startswith("pi") else half_width(f, row)
    sides = {"low": mean - half, "high": mean + half, "half_width": half}
    return sides[bound.partition("_")[2]]


COEFFICIENTS: dict[str, Number] = {
    "coefficient": lambda f, h: estimate(f, h["term"]),
    "effect": lambda f, h: 2 * estimate(f, h["term"]),
    "std_error": lambda f, h: std_error(f, f.row(h["term"])),
    "effect_std_error": lambda f, h: 2 * std_error(f, f.row(h["term"])),
    "t_value": lambda f, h: t_value(f, h["term"]),
    "p_value": lambda f, h: p_value(f, h["term"], h.get("alternative")),
    "ci_low": lambda f, h: interval(f, h, -1),
    "ci_high": lambda f, h: interval(f, h, 1),
    "ci_half_width": lambda f, h: interval(f, h, 0),
    "contrast": contrast,
    "prediction": prediction,
}
"""Kinds that are read from coefficients and their covariance."""
