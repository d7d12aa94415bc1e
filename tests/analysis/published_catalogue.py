"""Published cases of the catalogue: each row says how its printed number is computed."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.canonical import steepest_ascent
from analysis.diagnostics import diagnose
from analysis.response_model import ResponseModel, fit
from designs import CategoricalFactor, ContinuousFactor, Factors
from tests.analysis.published import Check, expand, load, power_term, printed


def catalogue_checks(folder: Path, case: str) -> list[Check]:
    """All checks of a catalogue case; rows on other matters than a fit are passed over."""
    content, table = load(folder, case)
    factors = catalogue_factors(content)
    checks = []
    for row in content["published"]:
        hows = row.get("how") or []
        for how in hows if isinstance(hows, list) else [hows]:
            wrong = how.get("disagreement") and how["kind"] != "library_value"
            if wrong:
                continue
            what = f"{row['what']} {row.get('term', '')}"
            if how["kind"] == "library_value":
                checks += ridge_checks(case, what, content, table, factors, row)
                continue
            ours = catalogue_number(content, table, factors, how)
            if ours is not None:
                checks.append(printed(case, what, ours, how.get("printed", row["printed"])))
    return checks


def catalogue_factors(content: dict[str, Any]) -> Factors:
    found: dict[str, ContinuousFactor | CategoricalFactor] = {}
    for factor in content["factors"]:
        if factor["type"] == "categorical":
            found[factor["name"]] = CategoricalFactor(levels=[str(x) for x in factor["levels"]])
        else:
            coded = content["id"].startswith(
                "c36"
            )  # its table holds -1 and 1, not turns and inches
            low, high = ("-1", "1") if coded else (factor["low"], factor["high"])
            found[factor["name"]] = ContinuousFactor(low=low, high=high)
    return Factors({name: f for name, f in found.items() if name not in {"Week", "Set"}})


@cache
def _memory() -> dict[str, Any]:
    return {}


def catalogue_model(
    content: dict[str, Any], table: pd.DataFrame, factors: Factors, how: dict[str, Any]
) -> ResponseModel:
    response = how.get("response") or content["responses"][0]["name"]
    formula = how["model"].replace("0 + ", "").replace("C(supplier)", "supplier")
    formula = formula.replace("supplier:speed", "supplier*speed")
    block = next((name for name in ("Week", "Set") if name in formula), None)
    key = f"{content['id']} {response} {formula}"
    if key not in _memory():
        _memory()[key] = fit(table, factors, response, expand(formula, block), block)
    found: ResponseModel = _memory()[key]
    return found


def catalogue_number(
    content: dict[str, Any],
    table: pd.DataFrame,
    factors: Factors,
    how: dict[str, Any],
) -> float | None:
    """Our value of one printed number; None for what is not a matter of fitting."""
    kind = how["kind"]
    if how.get("model") is None or kind == "mean":
        return None
    model = catalogue_model(content, table, factors, how)
    if "supplier" in factors:
        return by_supplier(model, how)
    term = how.get("term", "").replace("·", ":").replace("Intercept", "(Intercept)")
    halved = term.startswith("I(2")
    if term.startswith("I("):
        term = power_term(re.sub(r"\s", "", term)[2:-1])
    named = {c.name: c for c in model.coefficients}
    anova = model.anova
    if kind in {"coefficient", "effect"}:
        return named[term].estimate * {"effect": 2.0}.get(kind, 0.5 if halved else 1.0)
    if kind in {"std_error", "effect_std_error"}:
        se = named[term].se
        return None if se is None else se * (2.0 if kind.startswith("effect") else 1.0)
    if kind in {"t_value", "p_value"}:
        return getattr(named[term], kind[0])
    if kind in {"anova_mean_sq", "anova_sum_sq"}:
        source = "blocks" if term in {"Week", "Set"} else term
        rows = anova.groups if source == "blocks" else anova.terms
        return getattr(next(r for r in rows if r.source == source), kind.removeprefix("anova_"))
    if kind == "anova_pooled":
        terms = {term.replace("·", ":") for term in how["terms"]}
        rows = [r for r in anova.terms if r.source in terms]
        total = sum(r.sum_sq for r in rows)
        return total / len(rows) if how.get("key") == "mean_sq" else total
    if kind in {"residual", "fitted"}:
        at = diagnose(model).table.iloc[int(how["run"]) - 1]
        return float(at[kind])
    if kind == "prediction":
        point = pd.DataFrame([{n: float(v) for n, v in how["point"].items()}])
        return float(model.predict(point)["mean"].iloc[0])
    return {
        "residual_std_error": model.sigma,
        "residual_df": model.df_residual,
        "ms_residual": anova.residual.mean_sq,
        "ss_total": anova.total.sum_sq,
        "r_squared": model.r2,
        "r_squared_adj": model.r2_adjusted,
        "f_statistic": anova.model.f,
        "f_regression_p": anova.model.p,
        "df_model": anova.model.df,
    }[kind]


def by_supplier(model: ResponseModel, how: dict[str, Any]) -> float | None:
    """c40 prints a line per supplier in natural units; predictions at 0 and 1 give it."""

    def at(supplier: str, pressure: float, speed: float) -> float:
        row = {"temperature": 211.5, "pressure": pressure, "speed": speed, "supplier": supplier}
        return float(model.predict(pd.DataFrame([row]))["mean"].iloc[0])

    if how["kind"] == "prediction":
        point = how["point"]
        return at(point["supplier"], float(point["pressure"]), float(point["speed"]))
    if how["kind"] != "coefficient":
        return None
    if how["term"] == "pressure":
        return at("1", 1, 0) - at("1", 0, 0)
    supplier = how["term"][len("C(supplier)[")]
    if how["term"].endswith("speed"):
        return at(supplier, 0, 1) - at(supplier, 0, 0)
    return at(supplier, 0, 0)


def ridge_checks(
    case: str,
    what: str,
    content: dict[str, Any],
    table: pd.DataFrame,
    factors: Factors,
    row: dict[str, Any],
) -> list[Check]:
    """c32 prints ridge paths; ours at the printed radius, whose own rounding is allowed for."""
    told = re.fullmatch(r"(y\d), lambda = (\S+): (.+)", row["term"])
    assert told is not None
    response, multiplier, quantity = told.groups()
    if multiplier == "infinity" or quantity == "lambda":
        return []
    (text,) = (
        r["printed"]
        for r in content["published"]
        if r.get("term") == f"{response}, lambda = {multiplier}: R"
    )
    radius = float(text)
    model = catalogue_model(content, table, factors, {"model": SECOND_ORDER, "response": response})
    key = f"{content['id']} {response} {multiplier}"
    if key not in _memory():
        around = [radius - 5e-4, radius, radius + 5e-4]
        down = float(multiplier) < 0
        _memory()[key] = steepest_ascent(model, {}, descend=down, distances=around)
    steps = _memory()[key]
    low, ours, high = (s.predicted if quantity == "y-hat" else s.coded[quantity] for s in steps)
    check = printed(case, what, ours, row["printed"])
    slack = max(abs(low - ours), abs(high - ours))
    return [Check(case, what, ours, check.theirs, check.tolerance + slack, "printed")]


SECOND_ORDER = "x1 + x2 + x3 + x4 + " + " + ".join(
    [f"I(x{i} ** 2)" for i in range(1, 5)]
    + [f"I(2 * x{i} * x{j})" for i, j in combinations(range(1, 5), 2)]
)
