"""Published cases beyond least squares: split plots, a mixture, Box and Cox's powers, Lenth."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.box_cox import box_cox
from analysis.lenth import lenth
from analysis.problem import pose
from analysis.response_model import ResponseModel, fit, read_terms
from designs import CategoricalFactor, Factors, MixtureFactor
from tests.analysis.published import (
    Check,
    coded_factors,
    expand,
    fit_formula,
    load,
    printed,
    reference,
)

CASES = ("c09", "c11", "c14", "c16", "c17", "c21_", "c21b", "c27")


def beyond_checks(folder: Path, case: str) -> list[Check]:
    """All checks of one case."""
    content, table = load(folder, case)
    if case in ("c14", "c16", "c27"):
        return split_plot_checks(case, content, table)
    if case == "c11":
        return mixture_checks(case, content, table)
    if case in ("c21_", "c21b"):
        return box_cox_checks(case, content, table)
    return lenth_checks(case, content, table)


def _plain(term: str) -> str:
    return re.sub(r"I\((\w+)\^2\)", r"\1^2", term)


def _split_plot(content: dict[str, Any], table: pd.DataFrame, **how: Any) -> ResponseModel:
    formula = content["reference"]["reml"]["formula"].partition("~")[2]
    fixed = re.sub(r"\+\s*\(1\s*\|\s*\w+\)", "", formula)
    terms = [_plain(term) for term in expand(re.sub(r"I\((\w+)\^2\)", r"\1^2", fixed))]
    factors = coded_factors(content["factors"])
    if content["id"].startswith("c14"):
        levels = {name: sorted(table[name].unique()) for name in content["factors"]}
        factors = Factors({n: CategoricalFactor(levels=found) for n, found in levels.items()})
    plot = content["whole_plot"]
    renamed = table.rename(columns={plot: "whole_plot"})
    return fit(renamed, factors, content["response"], terms, random=["whole_plot"], **how)


def split_plot_checks(case: str, content: dict[str, Any], table: pd.DataFrame) -> list[Check]:
    """Variances, coefficients, standard errors, df and F of lme4, lmerTest and pbkrtest."""
    told = content["reference"]["reml"]
    checks = []
    for method, short in (("kenward-roger", "kr"), ("satterthwaite", "satterthwaite")):
        model = _split_plot(content, table, degrees_of_freedom=method)
        for row in model.anova.terms_adjusted:
            theirs = _row(told[f"anova_type3_{short}"], row.source)
            for key, ours in (("F value", row.f), ("NumDF", row.df), ("DenDF", row.df_error)):
                checks.append(_close(case, f"{row.source} {short} {key}", ours, theirs[key]))
        if case == "c14":  # R's columns of a category are not ours; the tests above are of both
            continue
        for c in model.coefficients:
            theirs = _row(told["fixed"], c.name)
            se = theirs["se_kr" if short == "kr" else "se"]
            checks.append(_close(case, f"{c.name} estimate", c.estimate, theirs["estimate"]))
            checks.append(_close(case, f"{c.name} {short} se", c.se, se))
            checks.append(_close(case, f"{c.name} {short} df", c.df, theirs[f"df_{short}"]))
    for name, theirs in told["variance_components"].items():
        ours = {c.name: c.variance for c in model.variance_components}
        wanted = "residual" if name == "Residual" else "whole_plot"
        checks.append(_close(case, f"variance of {name}", ours[wanted], theirs))
    if case != "c14":  # whose criterion is of R's coding
        criterion = -2 * (model.log_likelihood or 0.0)
        checks.append(_close(case, "REML criterion", criterion, told["reml_criterion"]))
    if joint := told.get("kr_joint_test_quadratics"):
        model = _split_plot(content, table)
        at = [i for i, c in enumerate(model.coefficients) if "^2" in c.name]
        rows = pd.get_dummies(pd.Series(range(len(model.coefficients)))).to_numpy(float)[at]
        test = model.inference.joint(rows)
        for key, ours in (("F", test.f), ("ddf", test.df_error), ("p", test.p)):
            checks.append(_close(case, f"joint test of squares {key}", ours, joint[key]))
    return checks


def _row(rows: dict[str, Any], term: str) -> dict[str, str]:
    wanted = set(term.split(":"))
    return next(v for name, v in rows.items() if set(_plain(name).split(":")) == wanted)


def _close(case: str, what: str, ours: float | None, theirs: str) -> Check:
    """R's optimiser stops at a relative 1e-8 or so; what hangs on it is allowed 1e-6."""
    return reference(case, what, ours, theirs)


def mixture_checks(case: str, content: dict[str, Any], table: pd.DataFrame) -> list[Check]:
    """Scheffé's coefficients with R's errors, and the R² about the mean that R does not print."""
    told = content["reference"]["scheffe_quadratic"]
    factors = Factors({name: MixtureFactor(total="1") for name in content["factors"]})
    model = fit(table, factors, content["response"], list(told["coef"]))
    checks = []
    for c in model.coefficients:
        for key, value in told["coef"][c.name].items():
            checks.append(reference(case, f"{c.name} {key}", getattr(c, key), value))
    for name, text in content["published"]["scheffe_coef"].items():
        ours = next(c.estimate for c in model.coefficients if c.name == name)
        checks.append(printed(case, f"{name} coefficient", ours, text))
    centred = content["reference"]["r2_centred"]
    checks.append(reference(case, "r2 about the mean", model.r2, centred))
    checks.append(reference(case, "sigma", model.sigma, told["sigma"]))
    checks.append(reference(case, "press", model.press, told["press"]))
    return checks


def box_cox_checks(case: str, content: dict[str, Any], table: pd.DataFrame) -> list[Check]:
    """Powers and their intervals; R's MASS went in steps of 0.001."""
    formulas = {
        "boxcox_main": "x1 + x2 + x3",
        "boxcox_second_order": "SO(x1, x2, x3)",
        "boxcox_additive": "poison + treat",
        "boxcox_full": "poison*treat",
    }
    factors = coded_factors(content["factors"])
    if case == "c21b":
        levels = {name: sorted(table[name].unique()) for name in content["factors"]}
        factors = Factors({n: CategoricalFactor(levels=found) for n, found in levels.items()})
    checks = []
    for key, told in content["reference"].items():
        if key not in formulas:
            continue
        terms, used = read_terms(expand(formulas[key]), factors)
        found = box_cox(pose(table, factors, content["response"], terms, used, None)[0])
        theirs = [told["lambda"], *told["ci95"]]
        for what, ours, text in zip(
            ("lambda", "low", "high"), (found.exponent, found.low, found.high), theirs, strict=True
        ):
            assert ours is not None
            checks.append(Check(case, f"{key} {what}", ours, float(text), 1.001e-3, "path"))
    printed_power = content["published"].get("lambda_main_effects")
    if printed_power:
        terms, used = read_terms(["x1", "x2", "x3"], factors)
        found = box_cox(pose(table, factors, content["response"], terms, used, None)[0])
        checks.append(printed(case, "lambda", found.exponent, printed_power))
        for ours, text in zip(
            (found.low, found.high), content["published"]["lambda_ci"], strict=True
        ):
            checks.append(printed(case, "lambda interval", ours, text))
    return checks


def lenth_checks(case: str, content: dict[str, Any], table: pd.DataFrame) -> list[Check]:
    """Lenth's pseudo standard error and margins of the saturated fits."""
    told = content["reference"]
    formula = "rate ~ A*B*C*D"
    if case == "c17":
        formula = "y1 ~ " + "+".join(told["saturated_effects"])
    found = lenth(fit_formula(content, table, formula))
    assert found is not None
    if case == "c17":
        return [reference(case, "PSE", found.pseudo_error, told["lenth_pse"])]
    ours = {"pse": found.pseudo_error, "me": found.margin, "sme": found.simultaneous_margin}
    return [reference(case, key, ours[key], told["lenth"][key]) for key in ours]
