"""Which figures a report shows, and the tables they are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import campaign_figures, figures
from analysis.figures import ContourPlane, FactorAxis
from analysis.mixture.ternary import ternary
from analysis.mixture.trace_figure import trace_figure
from analysis.report.links import anchors
from analysis.report.words import label, number
from analysis.surface import Region
from designs.model_terms import INTERCEPT, powers

if TYPE_CHECKING:
    from analysis.response_model import ResponseModel
    from analysis.study import ResponseStudy, Study

_MOST_GROUPS = 5
_MOST_PROFILES = 9


def factor_axis(study: Study, name: str, model: ResponseModel) -> FactorAxis:
    """A continuous factor over the range that was run."""
    factor = study.factors.continuous[name]
    low, high = factor.to_actual(
        np.array([model.coded[name].min(), model.coded[name].max()], dtype=np.float64)
    )
    return FactorAxis(label(name), factor.unit, factor.scale, float(low), float(high))


def by_importance(model: ResponseModel) -> list[str]:
    """Continuous factors of the model, the one with the strongest term first."""
    strength = dict.fromkeys(model.factors.continuous, 0.0)
    for coefficient in model.coefficients:
        if coefficient.term == INTERCEPT or coefficient.name.startswith("block["):
            continue
        size = abs(coefficient.estimate if coefficient.t is None else coefficient.t)
        for name in powers(coefficient.term):
            if name in strength:
                strength[name] = max(strength[name], size)
    return sorted((n for n in strength if strength[n] > 0), key=lambda n: -strength[n])


def reference_point(study: Study, response: ResponseStudy) -> dict[str, float | str]:
    """Where the factors not shown are held: the best setting, else the centre."""
    best = study.optimum or response.optimum
    if best is not None:
        return dict(best.coded)
    region = Region.of(response.model.coded, study.factors)
    centre: dict[str, float | str] = dict(
        zip(study.factors.numeric, map(float, region.centre), strict=True)
    )
    return centre | {n: f.levels[0] for n, f in study.factors.categorical.items()}


def contour(study: Study, response: ResponseStudy, name: str) -> str | None:
    """The response over its two most important factors; None with fewer than two."""
    ranked = [n for n in study.factors if n in by_importance(response.model)[:2]]
    if len(ranked) < 2:
        return None
    x, y = (factor_axis(study, n, response.model) for n in ranked)
    at = reference_point(study, response)
    grid_x, grid_y = np.meshgrid(x.values(), y.values())
    points = pd.DataFrame({ranked[0]: grid_x.ravel(), ranked[1]: grid_y.ravel()})
    coded = pd.DataFrame({n: [at[n]] * len(points) for n in study.factors})
    for n in ranked:
        coded[n] = study.factors.continuous[n].to_coded(points[n])
    predicted = response.model.predict(coded, coded=True)["mean"].to_numpy().reshape(grid_x.shape)
    runs = study.factors.to_actual(response.model.coded)
    best = study.optimum or response.optimum
    plane = ContourPlane(
        x=x,
        y=y,
        response=predicted,
        label=label(response.name),
        unit=response.spec.unit,
        points=pd.DataFrame({"x": runs[ranked[0]], "y": runs[ranked[1]]}),
        best=None if best is None else _place(best.settings, ranked),
        held=_held(study, at, ranked),
    )
    return figures.contour(plane, name, anchors(study))


def blends(study: Study, response: ResponseStudy, name: str) -> str | None:
    """The response over the blends of three components; None without these."""
    best = study.optimum or response.optimum
    at = reference_point(study, response)
    return ternary(
        response.model,
        at,
        name,
        unit=response.spec.unit,
        best=best is not None,
        links=anchors(study),
    )


def traces(response: ResponseStudy, name: str) -> str | None:
    """The response along each component of a mixture; None without one."""
    return trace_figure(response.model, response.traces, name, unit=response.spec.unit)


def _place(settings: Mapping[str, float | str], names: list[str]) -> tuple[float, float]:
    return float(settings[names[0]]), float(settings[names[1]])


def held(study: Study, response: ResponseStudy) -> str:
    """What the factors not on the contour plot are held at, as a phrase."""
    shown = by_importance(response.model)[:2]
    return _held(study, reference_point(study, response), shown)


def _held(study: Study, at: Mapping[str, float | str], shown: list[str]) -> str:
    parts = []
    actual = study.factors.to_actual(pd.DataFrame({n: [at[n]] for n in study.factors})).iloc[0]
    for name, factor in study.factors.items():
        if name in shown:
            continue
        if name in study.factors.categorical:
            parts.append(f"{label(name)} {at[name]}")
        else:
            parts.append(f"{label(name)} at {number(float(actual[name]))} {factor.unit}".strip())
    return ", ".join(parts)


def profiles(study: Study, response: ResponseStudy, name: str) -> str | None:
    """Prediction along the factors that matter most, the others held; None without any."""
    most = by_importance(response.model)[:_MOST_PROFILES]
    ranked = [n for n in study.factors if n in most]
    if not ranked:
        return None
    at = reference_point(study, response)
    drawn = []
    for factor_name in ranked:
        axis = factor_axis(study, factor_name, response.model)
        factor = study.factors.continuous[factor_name]
        values = axis.values()
        coded = pd.DataFrame({n: [at[n]] * len(values) for n in study.factors})
        coded[factor_name] = factor.to_coded(values)
        table = response.model.predict(coded, coded=True).assign(
            value=values, best=float(factor.to_actual(np.array([float(at[factor_name])]))[0])
        )
        drawn.append((axis, table))
    return figures.main_effects(drawn, label(response.name), response.spec.unit, name)


def run_numbers(study: Study) -> pd.Series:
    """Place of each run in the order of execution, by the label of its row."""
    labels = pd.Series(study.table.index, index=study.table.index)
    numbers = pd.to_numeric(labels, errors="coerce")
    return numbers if numbers.notna().all() else pd.Series(range(1, len(labels) + 1), labels.index)


def in_run_order(study: Study, response: str) -> pd.DataFrame:
    """Columns ``run``, ``value`` and, where the runs are blocked, ``block``."""
    columns = {"run": run_numbers(study), "value": pd.to_numeric(study.table[response])}
    if "block" in study.table.columns:
        columns["block"] = study.table["block"]
    table = pd.DataFrame(columns, index=study.table.index).dropna(subset=["value"])
    return table.rename_axis(index=None)


def vessel_values(study: Study, response: str) -> dict[str, float]:
    """Measured response by vessel; empty when the table names no vessels."""
    if "vessel" not in study.table.columns:
        return {}
    values = pd.to_numeric(study.table[response], errors="coerce")
    return {
        str(vessel): float(value)
        for vessel, value in zip(study.table["vessel"], values, strict=True)
    }


def time_courses(study: Study, courses: pd.DataFrame, name: str) -> str | None:
    """All vessels' time courses, coloured by the factor that matters most."""
    channels = [c for c in courses.columns if c not in {"t_h", "vessel"}]
    if courses.empty or courses[channels].isna().all(axis=None):
        return None
    groups, legend = vessel_groups(study)
    return campaign_figures.time_courses(courses, groups, legend, name)


def vessel_groups(study: Study) -> tuple[dict[str, str], str]:
    """Group of each vessel by the most important factor, in order of its levels, and a legend."""
    if "vessel" not in study.table.columns:
        return {}, ""
    first = next(iter(study.responses.values()), None)
    ranked = by_importance(first.model) if first is not None else []
    name = ranked[0] if ranked else next(iter(study.factors))
    factor = study.factors[name]
    ordered = study.table.sort_values(name, kind="stable")
    texts = [number(v) if not isinstance(v, str) else v for v in ordered[name]]
    if len(dict.fromkeys(texts)) > _MOST_GROUPS:
        texts = _thirds(ordered[name], texts)
    legend = f"{label(name)} ({factor.unit})" if factor.unit else label(name)
    return dict(zip(map(str, ordered["vessel"]), texts, strict=True)), legend


def _thirds(values: pd.Series, texts: list[str]) -> list[str]:
    """Names of the lower, middle and upper third of many levels, for sorted ``values``."""
    ranks = (values.rank(method="dense") - 1) / values.rank(method="dense").max()
    third = np.minimum((ranks * 3).astype(int), 2)
    ends = {
        int(part): f"{texts[rows[0]]} to {texts[rows[-1]]}"
        for part in sorted(set(third))
        for rows in [np.flatnonzero(third == part)]
    }
    return [ends[int(part)] for part in third]
