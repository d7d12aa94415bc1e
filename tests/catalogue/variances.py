"""The analysis of variance of a fit, and of fits against each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from scipy import stats

from analysis.response_model import fit
from tests.catalogue.entries import Check
from tests.catalogue.fits import Fits, How, Number, given, mean_square
from tests.catalogue.formulas import Fitted, OutOfScope, formula_term


@cache
def _left(f: Fitted, terms: tuple[str, ...]) -> tuple[float, int]:
    table = f.expanded.columns(f.settings).assign(y=f.y.to_numpy())
    residual = fit(table, f.expanded.factors, "y", list(terms)).anova.residual
    return residual.sum_sq, residual.df


def left_by(f: Fitted, names: Sequence[str]) -> tuple[float, int]:
    """Residual sum of squares and df of the model of some of a formula's terms."""
    return _left(f, tuple(dict.fromkeys(term for name in names for term in f.expanded.terms[name])))


def anova_row(f: Fitted, term: str) -> dict[str, float]:
    """A term given all others but those that contain it (type II), as the catalogue tables it."""
    if term == "Residual":
        residual = f.model.anova.residual
        return {"sum_sq": residual.sum_sq, "df": residual.df, "mean_sq": mean_square(f)}
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
        found["f"] = sum_sq / df / mean_square(f)
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
    ratio = ss / df / mean_square(f) if key in "fp" else math.nan
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


def ratio_of(row: dict[str, float], key: str) -> float:
    if key not in row:
        raise OutOfScope("a saturated fit has no error")
    return row[key]


def total(f: Fitted) -> float:
    return f.model.anova.total.sum_sq


VARIANCES: dict[str, Number] = {
    "df_model": lambda f, _: f.model.anova.model.df,
    "residual_df": lambda f, _: f.model.df_residual,
    "ms_residual": lambda f, _: mean_square(f),
    "residual_std_error": lambda f, _: mean_square(f) ** 0.5,
    "ss_residual": lambda f, _: f.model.anova.residual.sum_sq,
    "ss_total": lambda f, _: total(f),
    "ss_regression": lambda f, _: total(f) - f.model.anova.residual.sum_sq,
    "ms_regression": lambda f, _: given(f.model.anova.model.mean_sq),
    "f_regression": lambda f, _: given(f.model.anova.model.f),
    "f_regression_p": lambda f, _: given(f.model.anova.model.p),
    "f_statistic": lambda f, _: given(f.model.anova.model.f),
    "f_p_value": lambda f, _: given(f.model.anova.model.p),
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
    **{
        f"{part}_{what}": (lambda f, _, part=part, what=what: lack(f, part, what))
        for part, whats in {
            "lack_of_fit": ("ss", "df", "ms", "f", "p"),
            "pure_error": ("ss", "df", "ms"),
        }.items()
        for what in whats
    },
}
"""Kinds that are read from the analysis of variance."""
