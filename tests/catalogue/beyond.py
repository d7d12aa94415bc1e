"""Numbers of the catalogue from mixed and generalised models and from Box and Cox's method."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.box_cox import box_cox
from analysis.errors import ModelError
from analysis.generalised import fit_generalised
from analysis.problem import pose
from analysis.response_model import ResponseModel, fit, read_terms
from tests.catalogue.entries import Check
from tests.catalogue.formulas import Fitted, OutOfScope, expand, formula_term, rhs_of
from tests.catalogue.runs import runs_of

_FITS: dict[str, Any] = {}


def _once(key: str, made: Callable[[], Any]) -> Any:
    if key not in _FITS:
        try:
            _FITS[key] = made()
        except ModelError as error:
            _FITS[key] = OutOfScope(str(error))
    if isinstance(_FITS[key], Exception):
        raise _FITS[key]
    return _FITS[key]


def _key(check: Check, *names: str) -> str:
    kept = {name: check.how.get(name) for name in ("runs", "response", "summary", *names)}
    return f"{check.kind} {check.entry['name']} {kept}"


# Split plots.


def split_plot(check: Check) -> float:
    """REML with whole plots, rows or columns at random; JMP's observed information."""
    how = check.how
    options = ("model", "whole_plot", "df_method", "information", "crossed")
    fitted, random = _once(_key(check, *options), lambda: _split_plot_fit(check))
    return _split_plot_number(fitted, random, how)


def _split_plot_fit(check: Check) -> tuple[Fitted, list[str]]:
    how, entry = check.how, check.entry
    settings, y = runs_of(entry, how)
    table = pd.DataFrame(entry["runs"]["rows"], columns=entry["runs"]["columns"])
    plots = [str(name) for name in how["whole_plot"]]
    joined = table[plots].astype(str)
    columns = (
        dict(joined.items()) if how.get("crossed") else {"whole": joined.agg(":".join, axis=1)}
    )
    rhs = rhs_of(how["model"], list(settings.columns))
    expanded = expand(rhs, settings, how["model"])
    data = expanded.columns(settings).assign(y=y.to_numpy())
    data = data.assign(**{f"plot {n}": c.to_numpy() for n, c in columns.items()})
    observed = how.get("information") == "observed" or "df_method" not in how
    method = "kenward-roger-observed" if observed else "kenward-roger"
    model = fit(
        data, expanded.factors, "y", expanded.all_terms,
        random=[f"plot {n}" for n in columns], degrees_of_freedom=method,
    )  # fmt: skip
    return Fitted(model, settings, y, rhs, expanded), list(columns)


def _split_plot_number(f: Fitted, random: list[str], how: dict[str, Any]) -> float:
    kind, _, term = how["key"].partition(".")
    variances = {c.name.removeprefix("plot "): c.variance for c in f.model.variance_components}
    variances["whole_plot"] = next(iter(variances.values()))
    if kind in variances:
        return variances[kind]
    if kind == "eta":
        return variances["whole_plot"] / variances["residual"]
    if kind == "blup":
        name, _, label = term.partition(".")
        effects = f.model.random_effects
        at = (effects["term"] == f"plot {name}") & (effects["group"] == label)
        return float(effects.loc[at, "effect"].iloc[0])
    if kind == "prediction":
        return float(f.at(how["point"]) @ f.model.estimates)
    if kind in ("f", "p", "df", "df_den"):
        return _term_test(f, term, kind)
    if kind not in ("coefficient", "std_error", "t_value", "p_value", "df_t"):
        raise OutOfScope(f"{kind} of a split plot")
    row = f.row(term)
    value, se = float(row @ f.model.estimates), float(np.sqrt(row @ f.model.covariance @ row))
    df = float(f.model.inference.degrees_of_freedom(row[None, :])[0])
    p = 2 * float(stats.t.sf(abs(value / se), df))
    found = {"coefficient": value, "std_error": se, "t_value": value / se, "p_value": p, "df_t": df}
    return found[kind]


def _term_test(f: Fitted, term: str, key: str) -> float:
    owners = f.expanded.terms.get(formula_term(term)) or f.expanded.terms.get(term) or ("",)
    owner = owners[-1]
    row = next((r for r in f.model.anova.terms_adjusted if r.source == owner), None)
    if row is None or row.f is None or row.p is None or row.df_error is None:
        raise OutOfScope(f"no test of {term!r}")
    return {"f": row.f, "p": row.p, "df": float(row.df), "df_den": row.df_error}[key]


# Variance components.


def variance_component(check: Check) -> float:
    how = check.how
    if how.get("bounded") is False:
        raise OutOfScope("variance components that may be negative")
    model, names = _once(_key(check, "groups", "fixed"), lambda: _components_fit(check))
    variances = dict(zip([*how["groups"], "residual"], names, strict=True))
    parts = {c.name: c for c in model.variance_components}
    kind, _, name = how["key"].partition(".")
    if how["key"] in variances:
        return parts[variances[how["key"]]].variance
    whole = sum(c.variance for c in parts.values())
    z = float(how.get("z", stats.norm.ppf(0.975)))

    def of(part: str) -> tuple[float, float]:
        at = list(parts).index(variances[part])
        covariance = model.inference.components_covariance
        return parts[variances[part]].variance, float(np.sqrt(covariance[at, at]))

    if kind == "mean_df":
        return float(model.inference.degrees_of_freedom(np.eye(len(model.estimates))[:1])[0])
    found: dict[str, Callable[[], float]] = {
        "total": lambda: whole,
        "ratio": lambda: of(name)[0] / parts["residual"].variance,
        "percent": lambda: 100 * of(name)[0] / whole,
        "rmse": lambda: parts["residual"].variance ** 0.5,
        "reml_criterion": lambda: -2 * (model.log_likelihood or math.nan),
        "mean": lambda: float(model.estimates[0]),
        "mean_std_error": lambda: float(np.sqrt(model.covariance[0, 0])),
        "mean_t": lambda: float(model.estimates[0] / np.sqrt(model.covariance[0, 0])),
        "std_error": lambda: of(name)[1],
        "wald_low": lambda: of(name)[0] - z * of(name)[1],
        "wald_high": lambda: of(name)[0] + z * of(name)[1],
    }
    if kind in ("f", "f_df", "f_p"):
        row = next(r for r in model.anova.terms_adjusted if r.source == name.replace("-", "_"))
        return {"f": row.f, "f_df": row.df_error, "f_p": row.p}[kind] or math.nan
    if kind not in found:
        raise OutOfScope(f"{kind} of a variance component")
    return found[kind]()


def _components_fit(check: Check) -> tuple[ResponseModel, list[str]]:
    from designs import CategoricalFactor, ContinuousFactor, Factors

    how, runs = check.how, check.entry["runs"]
    table = pd.DataFrame(runs["rows"], columns=runs["columns"])
    response = how.get("response") or check.entry["responses"][0]["name"]
    fixed = how.get("fixed", [])
    factors: dict[str, Any] = {}
    data = pd.DataFrame({"y": table[response].astype(float)})
    for name in sorted({n for term in fixed for n in term.split(":")}):
        data[name] = table[name].map(lambda level: f"level {level}")
        factors[name] = CategoricalFactor(levels=sorted(data[name].unique()))
    if not factors:
        data["nothing"], factors["nothing"] = 0.0, ContinuousFactor(low="-1", high="1")
    names = []
    for i, group in enumerate(how["groups"]):
        names.append(f"group{i}")
        data[names[-1]] = table[group.split(":")].astype(str).agg(":".join, axis=1)
    model = fit(
        data, Factors(factors), "y", fixed, random=names, degrees_of_freedom="satterthwaite"
    )
    kept = {c.name for c in model.variance_components}
    if kept != {*names, "residual"}:
        raise OutOfScope("a variance that these runs cannot tell from the others")
    return model, [*names, "residual"]


# Generalised models.


def glm(check: Check) -> float:
    how = check.how
    if how.get("link") or how.get("dispersion") or how.get("information"):
        raise OutOfScope("another link, dispersion or information than is offered")
    settings, y = runs_of(check.entry, {k: how[k] for k in ("runs", "response") if k in how})
    rhs = rhs_of(how["model"], list(settings.columns))
    expanded = expand(rhs, settings, how["model"])

    def made() -> ResponseModel:
        data = expanded.columns(settings).assign(y=y.to_numpy())
        terms = expanded.all_terms
        return fit_generalised(
            data, expanded.factors, "y", terms, how["family"], trials=how.get("trials")
        )

    model = _once(_key(check, "model", "family", "trials"), made)
    f = Fitted(model, settings, y, rhs, expanded)
    key = str(how["key"])
    if how.get("term"):
        value = _glm_coefficient(f, how["term"], key)
    elif key.startswith("fitted."):
        _, run, what = key.split(".")
        value = _glm_mean(f, int(run), what)
    else:
        raise OutOfScope(f"{key} of a generalised model")
    return value**2 if how.get("squared") else value


def _glm_coefficient(f: Fitted, term: str, key: str) -> float:
    row = f.row(term)
    b, se = float(row @ f.model.estimates), float(np.sqrt(row @ f.model.covariance @ row))
    half = float(stats.norm.ppf(0.975)) * se
    found = {
        "coefficient": b,
        "std_error": se,
        "z_value": b / se,
        "p_value": 2 * float(stats.norm.sf(abs(b / se))),
        "exp_coefficient": math.exp(b),
        "exp_ci_low": math.exp(b - half),
        "exp_ci_high": math.exp(b + half),
    }
    if key not in found:
        raise OutOfScope(f"{key} of a generalised model")
    return found[key]


def _glm_mean(f: Fitted, run: int, what: str) -> float:
    row = f.model.matrix[run]
    eta, back = float(row @ f.model.estimates), f.model.scale.inverse
    df = f.model.inference.degrees_of_freedom(row[None, :])[0]
    half = float(stats.t.ppf(0.975, df) * np.sqrt(row @ f.model.covariance @ row))
    low, mean, high = (float(back(np.asarray(eta + d))) for d in (-half, 0.0, half))
    found = {"predicted": mean, "ci_low": low, "ci_high": high, "ci_length": high - low}
    if what not in found:
        raise OutOfScope(f"{what} of a generalised model")
    return found[what]


# Powers of the response.


@cache
def _grid(text: str) -> float:
    return round(float(text), 10)


def box_cox_number(check: Check) -> float:
    how = check.how

    def made() -> Any:
        settings, y = runs_of(check.entry, how)
        rhs = rhs_of(how["model"], list(settings.columns))
        expanded = expand(rhs, settings, how["model"])
        data = expanded.columns(settings).assign(y=y.to_numpy())
        terms, used = read_terms(expanded.all_terms, expanded.factors)
        problem, _ = pose(data, expanded.factors, "y", terms, used, None)
        return box_cox(problem), float(np.exp(np.log(y).mean())), len(y)

    found, mean, n = _once(_key(check, "model"), made)
    kind, _, power = how["key"].partition(".")
    if kind == "lambda":
        return float(found.exponent)
    if kind == "lambda_ci":
        end = (found.low, found.high)[int(power)]
        if end is None:
            raise OutOfScope("an open interval")
        return float(end)
    profile = found.profile.set_index("exponent")["log_likelihood"]
    if not power:
        top = found.log_likelihood
    elif _grid(power) in profile.index:
        top = float(profile.loc[_grid(power)])
    else:
        raise OutOfScope("a power between the drawn points of the profile")
    sse = mean**2 * math.exp(-2 / n * top)
    return math.log(sse) if kind == "ln_sse" else sse


BEYOND: dict[str, Callable[[Check], float]] = {
    "split_plot": split_plot,
    "variance_component": variance_component,
    "glm": glm,
    "box_cox": box_cox_number,
}
"""Kinds that are not answered by least squares."""
