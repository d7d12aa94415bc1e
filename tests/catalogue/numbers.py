"""Our value of a number of the catalogue, by the kind of check it has."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy import stats

from analysis.canonical import canonical_analysis, steepest_ascent
from analysis.diagnostics import diagnose
from analysis.errors import ModelError
from analysis.lenth import Lenth, lenth
from analysis.response_model import fit
from tests.catalogue.entries import Check, Printed
from tests.catalogue.formulas import Fitted, OutOfScope, fit_formula, formula_term
from tests.catalogue.runs import runs_of

How = dict[str, Any]


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


# Coefficients and what goes with them.


def estimate(f: Fitted, term: str) -> float:
    return float(f.row(term) @ f.model.estimates)


def std_error(f: Fitted, row: np.ndarray) -> float:
    return float(np.sqrt(row @ f.model.covariance @ row))


def t_value(f: Fitted, term: str) -> float:
    return estimate(f, term) / std_error(f, f.row(term))


def p_value(f: Fitted, term: str, alternative: str | None) -> float:
    t, df = t_value(f, term), _df(f, f.row(term))
    both = 2 * float(stats.t.sf(abs(t), df))
    if alternative is None:
        return both
    return both / 2 if (t > 0) == (alternative == "greater") else 1 - both / 2


def _df(f: Fitted, row: np.ndarray) -> float:
    return float(f.model.inference.degrees_of_freedom(row[None, :])[0])


def half_width(f: Fitted, row: np.ndarray) -> float:
    return float(stats.t.ppf(0.975, _df(f, row))) * std_error(f, row)


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
        "sum_sq": test.f * _ms(f),
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
        return float(row @ f.model.covariance @ row) / _ms(f)
    variance, df = f.model.inference.new_run(row[None, :])
    wide = float(stats.t.ppf(0.975, df[0]) * np.sqrt(variance[0]))
    half = wide if bound.startswith("pi") else half_width(f, row)
    sides = {"low": mean - half, "high": mean + half, "half_width": half}
    return sides[bound.partition("_")[2]]


# Analysis of variance.


def _ms(f: Fitted) -> float:
    found = f.model.anova.residual.mean_sq
    if found is None:
        raise OutOfScope("a saturated fit has no error")
    return found


@cache
def _left(f_id: int, terms: tuple[str, ...]) -> tuple[float, int]:
    f = _BY_ID[f_id]
    table = f.expanded.columns(f.settings).assign(y=f.y.to_numpy())
    residual = fit(table, f.expanded.factors, "y", list(terms)).anova.residual
    return residual.sum_sq, residual.df


_BY_ID: dict[int, Fitted] = {}


def left_by(f: Fitted, names: Sequence[str]) -> tuple[float, int]:
    """Residual sum of squares and df of the model of some of a formula's terms."""
    _BY_ID[id(f)] = f
    terms = dict.fromkeys(term for name in names for term in f.expanded.terms[name])
    return _left(id(f), tuple(terms))


def anova_row(f: Fitted, term: str) -> dict[str, float]:
    """A term given all others but those that contain it (type II), as the catalogue tables it."""
    if term == "Residual":
        residual = f.model.anova.residual
        return {"sum_sq": residual.sum_sq, "df": residual.df, "mean_sq": _ms(f)}
    names = list(f.expanded.terms)
    wanted = set(formula_term(term).split(":"))
    if "C(Block, Sum)" in names and "Block" in wanted:
        wanted = wanted - {"Block"} | {"C(Block, Sum)"}
    name = next((n for n in names if set(n.split(":")) == wanted), None)
    if name is None:
        raise OutOfScope(f"the analysis of variance has no line {term!r}")
    others = [n for n in names if not wanted <= set(n.split(":"))]
    if not f.expanded.terms or "(Intercept)" not in {c.name for c in f.model.coefficients}:
        raise OutOfScope("lines of a model without intercept, one by one")
    without, with_it = left_by(f, others), left_by(f, [*others, name])
    sum_sq, df = without[0] - with_it[0], without[1] - with_it[1]
    if df == 0:
        raise OutOfScope("the term is aliased with others of the model")
    found = {"sum_sq": sum_sq, "df": df, "mean_sq": sum_sq / df}
    if f.model.anova.residual.mean_sq:
        found["f"] = sum_sq / df / _ms(f)
        found["p"] = float(stats.f.sf(found["f"], df, f.model.df_residual))
    return found


def pooled(f: Fitted, how: How) -> float:
    rows = [anova_row(f, term) for term in how["terms"]]
    sum_sq, df = sum(r["sum_sq"] for r in rows), sum(r["df"] for r in rows)
    return {"sum_sq": sum_sq, "df": df, "mean_sq": sum_sq / df}[how.get("key", "sum_sq")]


def extra(fits: Fits, check: Check, key: str) -> float:
    """What one model explains beyond another, against the error of the check's own."""
    f, how = fits.of(check), check.how

    def explained(model: str | None) -> tuple[float, int]:
        if not model:
            return 0.0, 0
        whole = fits.of(check, model).model.anova
        return whole.total.sum_sq - whole.residual.sum_sq, whole.model.df

    part, after = explained(how.get("part", how["model"])), explained(how.get("after"))
    ss, df = part[0] - after[0], part[1] - after[1]
    if key == "ss":
        return ss
    ratio = ss / df / _ms(f) if key in "fp" else math.nan
    p = float(stats.f.sf(ratio, df, f.model.df_residual))
    return {"ms": ss / df, "f": ratio, "p": p}[key]


def nested(fits: Fits, check: Check) -> float:
    how = check.how
    small, full = (fits.of(check, how[key]).model.anova.residual for key in ("model", "full"))
    error = fits.of(check, how["error"]).model.anova.residual if how.get("error") else full
    ss, df = small.sum_sq - full.sum_sq, small.df - full.df
    if how["key"] in ("ss", "df", "ms"):
        return {"ss": ss, "df": df, "ms": ss / df}[how["key"]]
    if not error.df:
        raise OutOfScope("a saturated fit has no error")
    ratio = ss / df / (error.sum_sq / error.df)
    return {"f": ratio, "p": float(stats.f.sf(ratio, df, error.df))}[how["key"]]


def mean_squares(f: Fitted, how: How) -> float:
    """Sums of mean squares: variance components by equating, and ratios of two such sums."""
    key = how.get("key", "value")
    if key not in ("value", "root", "df", "f", "p", "df_num", "df_den"):
        raise OutOfScope("limits of a variance component from mean squares")

    def combined(weights: dict[str, float]) -> tuple[float, float]:
        rows = [(anova_row(f, term), float(w)) for term, w in weights.items()]
        value = sum(w * r["mean_sq"] for r, w in rows)
        return value, value**2 / sum((w * r["mean_sq"]) ** 2 / r["df"] for r, w in rows)

    top, df = combined(how["terms"])
    if "denominator" not in how:
        value = top / float(how.get("divisor", 1))
        return {"value": value, "root": math.sqrt(max(value, 0)), "df": df}[key]
    below, df_below = combined(how["denominator"])
    ratio = top / below
    p = float(stats.f.sf(ratio, df, df_below))
    return {"f": ratio, "p": p, "df_num": df, "df_den": df_below}[key]


def lack(f: Fitted, part: str, what: str) -> float:
    row = f.model.anova.lack_of_fit if part == "lack_of_fit" else f.model.anova.pure_error
    value = None if row is None else {"ss": row.sum_sq, "df": row.df, "ms": row.mean_sq,
                                      "f": row.f, "p": row.p}[what]  # fmt: skip
    if value is None:
        raise OutOfScope("no run was repeated on the factors of the model")
    return float(value)


# Runs.


def of_run(f: Fitted, how: How, column: str) -> float:
    return float(diagnose(f.model).table[column].iloc[int(how["run"]) - 1])


def left_out(f: Fitted, how: How) -> float:
    row = diagnose(f.model).table.iloc[int(how["run"]) - 1]
    return float(row["observed"] - row["residual"] / (1 - row["leverage"]))


# Effects of unreplicated designs.


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


# Surfaces.


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


def ratio_of(row: dict[str, float], key: str) -> float:
    if key not in row:
        raise OutOfScope("a saturated fit has no error")
    return row[key]


def total(f: Fitted) -> float:
    return f.model.anova.total.sum_sq


def of_model(value: float | None) -> float:
    if value is None:
        raise OutOfScope("a saturated fit has no error")
    return value


Number = Callable[[Fitted, How], float]
SIMPLE: dict[str, Number] = {
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
    "fitted": lambda f, h: of_run(f, h, "fitted"),
    "residual": lambda f, h: of_run(f, h, "residual"),
    "leverage": lambda f, h: of_run(f, h, "leverage"),
    "cooks_distance": lambda f, h: of_run(f, h, "cook"),
    "studentized_residual": lambda f, h: of_run(f, h, "studentized"),
    "externally_studentized_residual": lambda f, h: of_run(f, h, "deleted"),
    "left_out_prediction": left_out,
    "r_squared": lambda f, _: of_model(f.model.r2),
    "multiple_r": lambda f, _: of_model(f.model.r2) ** 0.5,
    "r_squared_adj": lambda f, _: of_model(f.model.r2_adjusted),
    "r_squared_pred": lambda f, _: of_model(f.model.r2_predicted),
    "press": lambda f, _: of_model(f.model.press),
    "aicc": lambda f, _: of_model(f.model.aicc),
    "bic": lambda f, _: of_model(f.model.bic) - math.log(f.model.runs),  # sigma not counted there
    "log_likelihood": lambda f, _: of_model(f.model.log_likelihood),
    "residual_df": lambda f, _: f.model.df_residual,
    "df_model": lambda f, _: f.model.anova.model.df,
    "ms_residual": lambda f, _: _ms(f),
    "residual_std_error": lambda f, _: _ms(f) ** 0.5,
    "ss_residual": lambda f, _: f.model.anova.residual.sum_sq,
    "ss_total": lambda f, _: total(f),
    "ss_regression": lambda f, _: total(f) - f.model.anova.residual.sum_sq,
    "ms_regression": lambda f, _: of_model(f.model.anova.model.mean_sq),
    "f_regression": lambda f, _: of_model(f.model.anova.model.f),
    "f_regression_p": lambda f, _: of_model(f.model.anova.model.p),
    "f_statistic": lambda f, _: of_model(f.model.anova.model.f),
    "f_p_value": lambda f, _: of_model(f.model.anova.model.p),
    "lenth_s0": lambda f, h: lenth_number(f, h, "s0"),
    "lenth_pse": lambda f, h: lenth_number(f, h, "pseudo_error"),
    "lenth_me": lambda f, h: lenth_number(f, h, "margin"),
    "lenth_sme": lambda f, h: lenth_number(f, h, "simultaneous_margin"),
    "lenth_t": lambda f, h: lenth_row(f, h, "t"),
    "lenth_p": lambda f, h: lenth_row(f, h, "p"),
    "anova_sum_sq": lambda f, h: anova_row(f, h["term"])["sum_sq"],
    "anova_mean_sq": lambda f, h: anova_row(f, h["term"])["mean_sq"],
    "anova_f": lambda f, h: ratio_of(anova_row(f, h["term"]), "f"),
    "anova_p": lambda f, h: ratio_of(anova_row(f, h["term"]), "p"),
    "anova_df": lambda f, h: (
        f.model.runs - 1 if h["term"] == "Total" else anova_row(f, h["term"])["df"]
    ),
    "anova_pooled": pooled,
    "percent_of_total": lambda f, h: 100 * anova_row(f, h["term"])["sum_sq"] / total(f),
    "mean_squares": mean_squares,
    "optimum": optimum,
    **{
        f"{part}_{what}": (lambda f, _, part=part, what=what: lack(f, part, what))
        for part, whats in {
            "lack_of_fit": ("ss", "df", "ms", "f", "p"),
            "pure_error": ("ss", "df", "ms"),
        }.items()
        for what in whats
    },
}
"""Kinds that one fit answers."""


def number(check: Check, fits: Fits) -> float:
    """Our value of a printed number.

    Raises:
        OutOfScope: It is no matter of analysing designed runs, or of a kind not offered.
    """
    kind, how = check.kind, check.how
    if kind in SIMPLE:
        value = SIMPLE[kind](fits.of(check), how)
    elif kind.startswith("extra_"):
        value = extra(fits, check, kind.removeprefix("extra_"))
    elif kind == "nested_test":
        value = nested(fits, check)
    elif kind == "steepest_path":
        value = steepest(fits.of(check), how, check.entry)
    elif kind in ("split_plot", "variance_component", "glm", "box_cox"):
        from tests.catalogue.beyond import BEYOND

        value = BEYOND[kind](check)
    else:
        raise OutOfScope(_REASONS.get(kind, "kind not read here"))
    if "eigenvectors" in str(how.get("key")) and not how.get("sign_of"):
        value = math.copysign(value, Printed(str(check.printed)).value)  # either way is its way
    return _read_as_printed(float(value), how)


def _read_as_printed(value: float, how: How) -> float:
    value = value**2 if how.get("squared") and how["kind"] != "glm" else value
    value = 1 - value if how.get("complement") else value
    value = math.exp(value) if how.get("exp") else value
    value = 10.0**value if how.get("exp10") else value
    value = value / math.log(10) if how.get("log10") else value
    if how.get("back_transform") == "freeman_tukey_sqrt":
        value = (value - 1 / (4 * value)) ** 2
    return value


_STATISTIC = "a statistic of readings, no model"
_DESIGN = "a property of a design, not of an analysis"
_OTHER = "another method: multiple comparisons, classical tests, dispersion, profiling"
_REASONS = {
    **dict.fromkeys(
        ("mean", "sum", "median", "minimum", "maximum", "range", "std_dev", "variance",
         "observation", "n_runs", "difference_of_means", "cross_products", "column_correlation",
         "dot_product", "capability", "residual_std_dev", "residual_log_variance_ratio",
         "residual_quantile", "marginal_means"),
        _STATISTIC,
    ),
    **dict.fromkeys(
        ("design_metric", "aliases", "design_property", "resolution", "normal_equations",
         "run_count", "fraction_runs", "defining_relation", "design_structure", "run_order_trends",
         "unit_std_error", "same_runs", "average_power", "expected_mean_squares", "generator",
         "minimum_aberration", "projections", "product_column", "block_confounding",
         "distinct_runs", "generator_holds", "clear", "generalized_interactions", "component_ss",
         "estimate_correlations", "component_product", "term_correlations", "interaction_columns",
         "mod3_sum", "run_radius", "estimable_projections", "standard_order", "component_blocks",
         "relative_efficiency", "design_measure", "fold_over_pairs", "blocks_orthogonal",
         "contrast_values", "component_values", "component_fraction", "component_relation",
         "multistratum", "library_text", "array", "levels", "limit_through", "projection",
         "same_projections", "block_effects"),
        _DESIGN,
    ),
    **dict.fromkeys(
        ("t_test", "classical_test", "tukey", "least_squares_means", "connecting_letters",
         "nonadditivity", "transmitted_variance", "adequate_precision", "percent_contribution",
         "standardised_coefficient", "desirability", "desirability_optimum", "best_corner",
         "target_setting", "active_effects", "normal_plot", "curvature", "curvature_difference",
         "durbin_watson", "max_r_squared", "aic", "aic_step"),
        _OTHER,
    ),
    "library_value": "a call of that package's own functions",
    "ss_total_uncorrected": "sums of squares about zero",
    "ss_mean": "sums of squares about zero",
    "ss_regression_uncorrected": "sums of squares about zero",
    "df_model_uncorrected": "sums of squares about zero",
    "ms_regression_uncorrected": "sums of squares about zero",
    "f_uncorrected": "sums of squares about zero",
    "f_uncorrected_p": "sums of squares about zero",
    "": "the catalogue names no way to compute it",
}  # fmt: skip
"""Why numbers of a kind are not checked here."""
