"""Published cases that R recomputed: each number of ours beside the source's."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.anova import AnovaRow
from analysis.canonical import canonical_analysis, steepest_ascent
from analysis.response_model import ResponseModel, fit
from designs import CategoricalFactor, ContinuousFactor, Factors


@dataclass(frozen=True)
class Check:
    """One number of ours beside one of a source."""

    case: str
    what: str
    ours: float
    theirs: float
    tolerance: float
    kind: str  # "printed", "reference" (R's, in full) or "path" (R's, rounded)

    @property
    def deviation(self) -> float:
        """Difference in units of the tolerance."""
        return abs(self.ours - self.theirs) / self.tolerance

    @property
    def agrees(self) -> bool:
        return self.deviation <= 1


def printed(case: str, what: str, ours: float | None, text: str) -> Check:
    """A check to the digits printed."""
    text = text.replace("−", "-")
    digits, _, exponent = text.lower().partition("e")
    decimals = len(digits.partition(".")[2])
    half = 0.5 * 10.0 ** (int(exponent or 0) - decimals)
    assert ours is not None, (case, what)
    return Check(case, what, ours, float(text), half * (1 + 1e-6) + 1e-12, "printed")


def reference(case: str, what: str, ours: float | None, theirs: str) -> Check:
    """A check to a relative 1e-6."""
    assert ours is not None, (case, what)
    value = float(theirs)
    return Check(case, what, ours, value, max(1e-6 * abs(value), 1e-12), "reference")


def load(folder: Path, case: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """A case, its numbers as the text printed, and its table."""
    path = next((folder / "doe").glob(f"{case}*.json"))
    content = json.loads(path.read_text(), parse_float=str, parse_int=str)
    return content, pd.read_csv(path.with_suffix(".csv"))


def coded_factors(names: list[str]) -> Factors:
    return Factors({name: ContinuousFactor(low="-1", high="1") for name in names})


def expand(formula: str, block: str | None = None) -> list[str]:
    """The terms of the right side of an R formula: sums, ``*``, ``( )^n`` and rsm's SO, FO."""
    terms: list[str] = []
    formula = re.sub(r"\s+", "", formula)
    power = re.fullmatch(r"(?:(\w+)\+)?\((.+)\)(?:\^|\*\*)(\d)(?:\+(\w+))?", formula)
    if power:
        names = power[2].split("+")
        orders = range(1, int(power[3]) + 1)
        return [":".join(c) for order in orders for c in combinations(names, order)]
    for part in re.findall(r"\w+\([^)]*\)|[^+]+", formula):
        call = re.fullmatch(r"(SO|FO|I)\((.*)\)", part)
        names = call[2].split(",") if call else part.split("*")
        if call and call[1] == "I":
            terms.append(power_term(call[2]))
        elif call:
            terms += names
            if call[1] == "SO":
                terms += [":".join(pair) for pair in combinations(names, 2)]
                terms += [f"{name}^2" for name in names]
        else:
            for order in range(1, len(names) + 1):
                terms += [":".join(c) for c in combinations(names, order)]
    return [term for term in terms if term != block]


def power_term(inside: str) -> str:
    squared = re.fullmatch(r"(\w+)\*\*2", inside)
    return f"{squared[1]}^2" if squared else ":".join(inside.split("*")[1:])


def response_of(table: pd.DataFrame, left: str) -> pd.Series:
    """The response an R formula has on its left; z is NIST's scaled Box-Cox transform."""
    if logged := re.fullmatch(r"log\((\w+)\)", left):
        return pd.Series(np.log(table[logged[1]]))
    if left == "z":
        y = table["strength"]
        scale = np.exp(np.log(y).mean())
        return pd.Series((y**0.2 - 1) / (0.2 * scale**-0.8))
    return table[left]


def fit_formula(case: dict[str, Any], table: pd.DataFrame, formula: str) -> ResponseModel:
    left, _, right = formula.partition("~")
    block = case.get("block")
    table = table.assign(response=response_of(table, left.strip()))
    factors = coded_factors(case["factors"])
    return fit(table, factors, "response", expand(right, block), block)


# Reference values of R.


def reference_checks(case: str, model: ResponseModel, expected: dict[str, Any]) -> list[Check]:
    """Every number R gives for one fit."""
    ours = {
        "n": model.runs,
        "df_resid": model.df_residual,
        "sigma": model.sigma,
        "r2": model.r2,
        "adj_r2": model.r2_adjusted,
        "r2_pred": model.r2_predicted,
        "press": model.press,
        "aicc": model.aicc,
        "loglik": model.log_likelihood,
    }
    checks = [reference(case, key, value, expected[key]) for key, value in ours.items()]
    whole = model.anova.model
    for key, value in (("value", whole.f), ("df1", whole.df), ("df2", model.df_residual)):
        checks.append(reference(case, f"F {key}", value, expected["f"][key]))
    by_name = {c.name.replace("block[B2]", "BlockB2"): c for c in model.coefficients}
    for name, numbers in expected["coef"].items():
        coefficient = by_name[name]
        for key, value in numbers.items():
            checks.append(reference(case, f"{name} {key}", getattr(coefficient, key), value))
    for key in ("anova_type1", "anova_rsm"):
        checks += anova_checks(case, model, expected.get(key, {}))
    checks += lof_checks(case, model, expected.get("lof"), reference)
    return checks + geometry_checks(case, model, expected)


def anova_checks(case: str, model: ResponseModel, rows: dict[str, Any]) -> list[Check]:
    checks = []
    for source, numbers in rows.items():
        row = anova_row(model, source)
        pairs = zip(("df", "sum_sq", "mean_sq", "f", "p"), numbers.values(), strict=False)
        checks += [reference(case, f"{source} {k}", getattr(row, k), v) for k, v in pairs]
    return checks


def anova_row(model: ResponseModel, source: str) -> AnovaRow:
    """Our row for one of R's."""
    groups = {"Block": "blocks", "FO": "linear", "TWI": "interaction", "PQ": "quadratic"}
    anova = model.anova
    special = {
        "Residuals": anova.residual,
        "Lack of fit": anova.lack_of_fit,
        "Pure error": anova.pure_error,
    }
    group = groups.get(source.partition("(")[0])
    rows = anova.groups if group else anova.terms
    found = special.get(source) or next(r for r in rows if r.source == (group or source))
    assert found is not None
    return found


def lof_checks(
    case: str, model: ResponseModel, lof: dict[str, str] | None, how: Any
) -> list[Check]:
    if lof is None:
        return []
    lack, pure = model.anova.lack_of_fit, model.anova.pure_error
    assert lack is not None
    assert pure is not None
    ours = {
        "df_lof": lack.df,
        "df_pe": pure.df,
        "ss_lof": lack.sum_sq,
        "ss_pe": pure.sum_sq,
        "F": lack.f,
        "p": lack.p,
    }
    return [how(case, f"lack of fit {key}", ours[key], text) for key, text in lof.items()]


def geometry_checks(case: str, model: ResponseModel, expected: dict[str, Any]) -> list[Check]:
    checks = []
    if canonical := expected.get("canonical"):
        shape = canonical_analysis(model, {})
        assert shape is not None
        for name, value in canonical["stationary_point"].items():
            checks.append(
                reference(case, f"stationary {name}", shape.stationary_coded[name], value)
            )
        for ours, value in zip(shape.eigenvalues, canonical["eigenvalues"], strict=True):
            checks.append(reference(case, "eigenvalue", ours, value))
        theirs = np.array(canonical["eigenvectors_columns"], dtype=float)
        for ours_axis, axis in zip(shape.eigenvectors, theirs, strict=True):
            alike = abs(float(np.dot(ours_axis, axis)))
            checks.append(reference(case, "eigenvector", alike, "1"))
    return checks + path_checks(case, model, expected.get("path_steepest_ascent", []))


def path_checks(case: str, model: ResponseModel, path: list[dict[str, str]]) -> list[Check]:
    """rsm prints settings to three decimals, and the prediction at those, in the first block.

    rsm seeks the radius to three digits or so: rows off the sphere by more than rounding are
    passed over, the others count to one unit of the last digit.
    """
    checks = []
    steps = steepest_ascent(model, {}, distances=[float(row["dist"]) for row in path])
    for step, row in zip(steps, path, strict=bool(path)):
        radius = math.hypot(*(float(row[name]) for name in step.coded))
        if abs(radius - step.distance) > 0.0007:
            continue
        for name, value in step.coded.items():
            checks.append(Check(case, f"path {name}", value, float(row[name]), 1e-3, "path"))
        rounded = pd.DataFrame([{name: float(row[name]) for name in step.coded}])
        first_block = [c.estimate / 2 for c in model.coefficients if c.term == "block"]
        yhat = model.predict(rounded)["mean"].iloc[0] - sum(first_block)
        checks.append(Check(case, "path yhat", yhat, float(row["yhat"]), 6e-4, "path"))
    return checks


# Numbers printed in handbooks and textbooks.


def published_checks(case: str, model: ResponseModel, told: dict[str, Any]) -> list[Check]:
    """Every number a source prints for one fit."""
    ours = {
        "sigma": model.sigma,
        "rmse": model.sigma,
        "df_resid": model.df_residual,
        "r2": model.r2,
        "adj_r2": model.r2_adjusted,
        "F": model.anova.model.f,
        "p": model.anova.model.p,
        "mean": model.coefficients[0].estimate,
    }
    checks = [printed(case, key, ours[key], told[key]) for key in ours if key in told]
    named = {c.name.replace("block[B2]", "Block2"): c for c in model.coefficients}
    for name, text in told.get("coef", {}).items():
        checks.append(printed(case, f"{name} coefficient", named[name].estimate, text))
    for name, text in told.get("se", {}).items():
        checks.append(printed(case, f"{name} se", named[name].se, text))
    for name, text in told.get("effects", {}).items():
        checks.append(printed(case, f"{name} effect", 2 * named[name].estimate, text))
    for name, text in told.get("sum_sq", {}).items():
        checks.append(printed(case, f"{name} sum of squares", anova_row(model, name).sum_sq, text))
    checks += lof_checks(case, model, told.get("lof"), printed)
    shape = canonical_analysis(model, {})
    for key in ("stationary", "stationary_threshold0"):
        for name, text in told.get(key, {}).items():
            assert shape is not None
            checks.append(printed(case, f"stationary {name}", shape.stationary_coded[name], text))
    for name, text in told.get("ridge_point", {}).items():
        assert shape is not None
        assert shape.ridge_coded is not None
        checks.append(printed(case, f"ridge {name}", shape.ridge_coded[name], text))
    for key in ("eigenvalues", "eigenvalues_threshold0"):
        for position, text in enumerate(told.get(key, [])):
            assert shape is not None
            checks.append(
                printed(case, f"eigenvalue {position}", shape.eigenvalues[position], text)
            )
    if "yhat_stationary" in told:
        assert shape is not None
        checks.append(printed(case, "yhat stationary", shape.value, told["yhat_stationary"]))
    if "steepest_direction" in told:
        (step,) = steepest_ascent(model, {}, distances=[1.0])
        for name, text in told["steepest_direction"].items():
            checks.append(printed(case, f"direction {name}", step.coded[name], text))
    return checks


def case_checks(folder: Path, case: str) -> list[Check]:
    """All checks of one of the recomputed cases."""
    content, table = load(folder, case)
    expected, told = content["reference"], content.get("published", {})
    if "formula" in expected:
        model = fit_formula(content, table, expected["formula"])
        return [
            *reference_checks(case, model, expected),
            *published_checks(case, model, told),
            *natural_checks(case, table, told),
        ]
    checks = []
    renamed = {"model11_scaled_boxcox_0.2": "model11_boxcox0.2"}
    for key, block in expected.items():
        if isinstance(block, dict) and "formula" in block:
            model = fit_formula(content, table, block["formula"])
            found = reference_checks(case, model, block)
            found += published_checks(case, model, told.get(renamed.get(key, key), {}))
            checks += [_named(check, key) for check in found]
    return checks + special_checks(case, content, table)


def _named(check: Check, key: str) -> Check:
    return Check(**{**vars(check), "what": f"{key} {check.what}"})


def natural_checks(case: str, table: pd.DataFrame, told: dict[str, Any]) -> list[Check]:
    """c05 prints its stationary point in minutes and degrees: fit it on those."""
    if "stationary_natural" not in told:
        return []
    factors = Factors(
        {
            "Time": ContinuousFactor(low="80 min", high="90 min"),
            "Temp": ContinuousFactor(low="170 degF", high="180 degF"),
        }
    )
    shape = canonical_analysis(fit(table, factors, "Yield", expand("SO(Time,Temp)"), "Block"), {})
    assert shape is not None
    natural = told["stationary_natural"]
    # The table's axial runs are rounded (77.93 for 77.929 minutes), hence two digits fewer.
    return [
        printed(case, f"natural {name}", shape.stationary[name], f"{float(text):.1f}")
        for name, text in natural.items()
    ]


def special_checks(case: str, content: dict[str, Any], table: pd.DataFrame) -> list[Check]:
    """Numbers that stand in a case's own way."""
    expected, told = content["reference"], content.get("published", {})
    if case == "c09":
        model = fit_formula(content, table, "rate ~ A*B*C*D")
        effects = {c.name: 2 * c.estimate for c in model.coefficients}
        checks = [
            reference(case, f"{name} effect", effects[name], text)
            for name, text in expected["effects_all"].items()
        ]
        return checks + published_checks(case, model, told)
    if case == "c10":
        model = fit_formula(content, table, "Yield ~ FO(x1, x2)")
        return anova_checks(case, model, expected["yield_first_order_lof"])
    if case == "c17":
        names = list(expected["saturated_effects"])
        model = fit_formula(content, table, "y1 ~ " + "+".join(names))
        assert model.sigma is None
        effects = {c.name: 2 * c.estimate for c in model.coefficients}
        return [
            reference(case, f"{name} effect", effects[name], text)
            for name, text in expected["saturated_effects"].items()
        ]
    if case == "c20":
        formulas = {"F_only": "y ~ F", "F_FG": "y ~ F + F:G", "F_D": "y ~ F + D"}
        return [
            printed(case, f"{key} r2", fit_formula(content, table, formula).r2, told[f"r2_{key}"])
            for key, formula in formulas.items()
        ]
    if case == "c21b":
        factors = Factors(
            {
                "poison": CategoricalFactor(levels=["I", "II", "III"]),
                "treat": CategoricalFactor(levels=["A", "B", "C", "D"]),
            }
        )
        terms = ["poison", "treat", "poison:treat"]
        model = fit(table.assign(rate=1 / table["y"]), factors, "rate", terms)
        return anova_checks(case, model, expected["anova_reciprocal"])
    return []
