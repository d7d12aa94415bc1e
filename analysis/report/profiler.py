"""The prediction profiler: all that a script needs to predict every response anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from scipy import stats

from analysis.desirability import Desire
from analysis.model_matrix import BLOCKS
from analysis.optimum import desires_over
from analysis.report.figures import reference_point
from analysis.report.words import label
from analysis.surface import Region, level_choices, surface_of
from designs import CategoricalFactor
from designs.model_terms import INTERCEPT, powers

if TYPE_CHECKING:
    from analysis.response_model import ResponseModel
    from analysis.study import ResponseStudy, Study
    from designs import Factors

SCRIPT = (Path(__file__).parents[1] / "templates" / "profiler.js").read_text(encoding="utf-8")
SCRIPT_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
"""For the page's content security policy, which lets no other script run."""


def profiler_json(study: Study) -> Markup | None:
    """The data as JSON, safe inside a script element; None where no profiler can be."""
    data = profiler(study)
    if data is None:
        return None
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(safe)  # noqa: S704


def profiler(study: Study) -> dict[str, Any] | None:
    """Factors, and of each response all that its prediction needs, as plain JSON types.

    Returns:
        None without a model, and for mixtures, whose components cannot be moved one by one.
    """
    if not study.responses or study.factors.mixture:
        return None
    first = next(iter(study.responses.values()))
    at = reference_point(study, first)
    coded = pd.concat([r.model.coded for r in study.responses.values()])
    desires = _desires(study)
    best = study.optimum is not None and study.optimum.supported is not False
    return {
        "start": "Best setting" if best else "Start",
        "factors": [_factor(name, study.factors, coded, at[name]) for name in study.factors],
        "responses": [
            _response(response, desires.get(name), at) for name, response in study.responses.items()
        ],
    }


def _factor(name: str, factors: Factors, coded: pd.DataFrame, at: float | str) -> dict[str, Any]:
    factor = factors[name]
    if isinstance(factor, CategoricalFactor):
        return {"name": name, "label": label(name), "levels": list(factor.levels), "at": at}
    ends = factors.continuous[name].to_actual(np.array([-1.0, 1.0]))
    return {
        "name": name,
        "label": label(name),
        "unit": factor.unit,
        "low": float(ends[0]),
        "high": float(ends[1]),
        "log": factors.continuous[name].scale == "log",
        "from": float(coded[name].min()),
        "to": float(coded[name].max()),
        "at": float(at),
    }


def _response(
    response: ResponseStudy, wish: Desire | None, at: dict[str, float | str]
) -> dict[str, Any]:
    model = response.model
    row = model.contrasts(pd.DataFrame({n: [v] for n, v in at.items()}), coded=True)
    known = bool(np.isfinite(model.covariance).all()) and model.tested
    return {
        "name": response.name,
        "label": label(response.name),
        "unit": response.spec.unit,
        "scale": {"name": model.scale.name, "exponent": model.scale.exponent},
        "estimates": [float(e) for e in model.estimates],
        "covariance": model.covariance.tolist() if known else None,
        "columns": columns(model),
        **_spread(model, row, known),
        "desire": None if wish is None else _wish(wish),
    }


def _spread(model: ResponseModel, row: np.ndarray, known: bool) -> dict[str, float | None]:
    """Quantiles of t at the start, and the variance that a new run adds to the mean's."""
    if not known:
        return {"t": None, "tNew": None, "newVariance": None}
    variance, df_new = model.inference.new_run(row)
    of_mean = float((row @ model.covariance @ row.T)[0, 0])
    df = float(model.inference.degrees_of_freedom(row)[0])
    extra = float(np.asarray(variance).ravel()[0]) - of_mean
    quantiles = [float(stats.t.ppf(0.975, d)) for d in (df, float(np.ravel(df_new)[0]))]
    if not np.isfinite([*quantiles, extra]).all():
        return {"t": quantiles[0] if np.isfinite(quantiles[0]) else None,
                "tNew": None, "newVariance": None}  # fmt: skip
    return {"t": quantiles[0], "tNew": quantiles[1], "newVariance": extra}


def columns(model: ResponseModel) -> list[dict[str, Any]]:
    """Of each coefficient what multiplies it: a constant, powers of factors, level contrasts."""
    known: dict[str, dict[str, Any]] = {INTERCEPT: {"constant": 1.0}}
    for term in model.terms:
        known |= _of_term(term, model.factors)
    found = []
    for c in model.coefficients:
        if c.term == BLOCKS:
            found.append({"constant": 1 / len(model.blocks)})
        else:
            found.append(known.get(c.name, {"constant": 0.0}))  # a covariate, at its mean
    return found


def _of_term(term: str, factors: Factors) -> dict[str, dict[str, Any]]:
    choices: list[list[tuple[str, dict[str, Any]]]] = []
    for name, power in powers(term).items():
        factor = factors[name]
        if isinstance(factor, CategoricalFactor):
            base = factor.levels[0]
            choices.append(
                [
                    (f"{name}[{level}]", {"levels": {name: {level: 1.0, base: -1.0}}})
                    for level in factor.levels[1:]
                ]
            )
        else:
            text = name if power == 1 else f"{name}^{power}"
            choices.append([(text, {"powers": {name: power}})])
    found = {}
    for parts in product(*choices):
        column: dict[str, Any] = {"constant": 1.0, "powers": {}, "levels": {}}
        for _, part in parts:
            column["powers"] |= part.get("powers", {})
            column["levels"] |= part.get("levels", {})
        found[":".join(text for text, _ in parts)] = column
    return found


def _desires(study: Study) -> dict[str, Desire]:
    """What is wanted of each response, as the best setting was sought by."""
    wanted = {
        name: r
        for name, r in study.responses.items()
        if r.spec.goal != "none" or r.spec.low is not None or r.spec.high is not None
    }
    if not wanted or all(r.spec.goal == "none" for r in wanted.values()):
        return {}
    models = [r.model for r in wanted.values()]
    region = Region.of(pd.concat([model.coded for model in models]), study.factors)
    charts = [(lv, [surface_of(m, lv) for m in models]) for lv in level_choices(study.factors)]
    found, _ = desires_over([r.spec for r in wanted.values()], charts, region)
    return dict(zip(wanted, found, strict=True))


def _wish(wish: Desire) -> dict[str, Any]:
    return {
        "goal": wish.goal,
        "values": list(wish.values),
        "grades": list(wish.grades),
        "low": None if np.isinf(wish.low) else wish.low,
        "high": None if np.isinf(wish.high) else wish.high,
    }
