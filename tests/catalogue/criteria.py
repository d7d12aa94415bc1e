"""Runs and effects of a fit one by one, and how good it is as a whole."""

from __future__ import annotations

import math

import numpy as np

from analysis.diagnostics import diagnose
from analysis.lenth import Lenth, lenth
from tests.catalogue.fits import How, Number, given
from tests.catalogue.formulas import Fitted, OutOfScope


def of_run(f: Fitted, how: How, column: str) -> float:
    return float(diagnose(f.model).table[column].iloc[int(how["run"]) - 1])


def left_out(f: Fitted, how: How) -> float:
    row = diagnose(f.model).table.iloc[int(how["run"]) - 1]
    return float(row["observed"] - row["residual"] / (1 - row["leverage"]))


def judged(f: Fitted) -> Lenth:
    found = lenth(f.model)
    if found is None:
        raise OutOfScope("fewer than four effects")
    return found


def lenth_number(f: Fitted, how: How, key: str) -> float:
    return float(getattr(judged(f), key)) / (2 if how.get("scale") == "coefficient" else 1)


def lenth_row(f: Fitted, how: How, key: str) -> float:
    effects = judged(f).effects
    row = f.row(how["term"])
    owner = f.model.coefficients[int(np.argmax(np.abs(row)))].name
    return float(effects.loc[owner, key]) * (
        np.sign(row[np.argmax(np.abs(row))]) if key == "t" else 1
    )


RUNS_AND_CRITERIA: dict[str, Number] = {
    "fitted": lambda f, h: of_run(f, h, "fitted"),
    "residual": lambda f, h: of_run(f, h, "residual"),
    "leverage": lambda f, h: of_run(f, h, "leverage"),
    "cooks_distance": lambda f, h: of_run(f, h, "cook"),
    "studentized_residual": lambda f, h: of_run(f, h, "studentized"),
    "externally_studentized_residual": lambda f, h: of_run(f, h, "deleted"),
    "left_out_prediction": left_out,
    "r_squared": lambda f, _: given(f.model.r2),
    "multiple_r": lambda f, _: given(f.model.r2) ** 0.5,
    "r_squared_adj": lambda f, _: given(f.model.r2_adjusted),
    "r_squared_pred": lambda f, _: given(f.model.r2_predicted),
    "press": lambda f, _: given(f.model.press),
    "aicc": lambda f, _: given(f.model.aicc),
    "bic": lambda f, _: given(f.model.bic) - math.log(f.model.runs),  # sigma not counted there
    "log_likelihood": lambda f, _: given(f.model.log_likelihood),
    "lenth_s0": lambda f, h: lenth_number(f, h, "s0"),
    "lenth_pse": lambda f, h: lenth_number(f, h, "pseudo_error"),
    "lenth_me": lambda f, h: lenth_number(f, h, "margin"),
    "lenth_sme": lambda f, h: lenth_number(f, h, "simultaneous_margin"),
    "lenth_t": lambda f, h: lenth_row(f, h, "t"),
    "lenth_p": lambda f, h: lenth_row(f, h, "p"),
}
"""Kinds that are read from the runs, from the criteria of the fit and from Lenth's method."""
