"""Which effects stand out: half-normal plot, Pareto chart, coefficients, interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis import effect_figures, figures
from analysis.model_matrix import is_nuisance
from analysis.report.figures import factor_axis, reference_point
from analysis.report.parts import Figure, figure
from analysis.report.words import label, number, term_label
from designs.model_terms import powers

if TYPE_CHECKING:
    from analysis.response_model import Coefficient
    from analysis.study import ResponseStudy, Study

_FEWEST = 4  # effects below which a half-normal plot shows nothing
_EFFECT = "size of the effect, from low to high"
_MOST_DRAWN = 3  # interactions
_POINTS = 31


def effect_plots(study: Study, response: ResponseStudy, anchor: str) -> tuple[Figure, ...]:
    """All drawings of effects that there is something to show in."""
    shown = [c for c in response.model.coefficients if not is_nuisance(c.term)]
    scale = response.model.scale
    name, unit = scale.of(label(response.name)), scale.unit(response.spec.unit)
    drawn: list[Figure | None] = []
    if shown:
        svg, caption = _pareto(response, shown, f"{anchor}-pareto")
        drawn.append(figure(svg, caption))
    if len(shown) >= _FEWEST:
        drawn.append(_half_normal(response, shown, f"{anchor}-half-normal"))
    if shown and response.model.tested:
        rows = pd.DataFrame(
            [(term_label(c.name), c.estimate, c.low, c.high) for c in shown],
            columns=["term", "estimate", "low", "high"],
        ).astype({"low": float, "high": float})
        svg = effect_figures.coefficients(rows, name, unit, f"{anchor}-coefficients")
        drawn.append(figure(svg, "Coefficients with 95 % intervals; filled: clear of nought."))
    drawn += _interactions(study, response, anchor)
    return tuple(f for f in drawn if f is not None)


def _pareto(response: ResponseStudy, shown: list[Coefficient], name: str) -> tuple[str, str]:
    model, judged = response.model, response.lenth
    if not model.tested and judged is not None:
        rows = [(term_label(str(n)), e) for n, e in judged.effects["effect"].items()]
        table = pd.DataFrame(rows, columns=["term", "size"])
        svg = figures.pareto(table, judged.margin, label(model.response), name, _EFFECT)
        return svg, (
            f"Effects by size. Without an error estimate they are judged by Lenth's method: margin "
            f"of one effect {number(judged.margin, 3)} (dashed), of all at once "
            f"{number(judged.simultaneous_margin, 3)}."
        )
    rows = [(term_label(c.name), c.estimate if c.t is None else c.t) for c in shown]
    table = pd.DataFrame(rows, columns=["term", "size"])
    limits = response.t_limits
    if limits is None:
        svg = figures.pareto(table, None, label(model.response), name)
        return svg, "Effects by size; no test is possible."
    svg = figures.pareto(table, limits.one, label(model.response), name)
    several = ""
    if len(shown) > 1:
        several = f" For all {len(shown)} at once {number(limits.all_at_once, 3)} (Bonferroni)."
    return svg, (
        f"Filled bars stand out from chance: |t| above {number(limits.one, 3)} (dashed). The sign "
        f"says which way the response goes.{several}"
    )


def _half_normal(response: ResponseStudy, shown: list[Coefficient], name: str) -> Figure | None:
    judged = response.lenth
    if judged is not None:
        table = judged.effects.assign(
            term=[term_label(str(n)) for n in judged.effects.index],
            size=judged.effects["effect"].abs(),
        )
        limit = judged.margin
        how = "Beyond the dashed margin of Lenth's method: more than chance."
    else:
        sizes = pd.Series([abs(c.t if c.t is not None else c.estimate) for c in shown])
        table = pd.DataFrame(
            {
                "term": [term_label(c.name) for c in shown],
                "size": sizes,
                "half_normal": stats.norm.ppf(0.5 + 0.5 * (sizes.rank() - 0.5) / len(sizes)),
                "active": [c.p is not None and c.p < 0.05 for c in shown],
            }
        )
        limit = None
        how = "Sizes are |t|; filled in colour: p < 0.05."
    svg = effect_figures.half_normal(table, limit, label(response.name), name)
    return figure(svg, f"Half-normal plot: effects of chance alone lie along the line. {how}")


def _interactions(study: Study, response: ResponseStudy, anchor: str) -> list[Figure | None]:
    """The strongest interactions, each as lines over one factor at settings of the other."""
    found: dict[str, float] = {}
    for c in response.model.coefficients:
        exponents = {} if is_nuisance(c.term) else powers(c.term)
        if not set(exponents) <= set(study.factors.free):
            continue  # the components of a mixture cannot be moved one by one
        numeric = [n for n in exponents if n in study.factors.continuous]
        if len(exponents) == 2 and set(exponents.values()) == {1} and numeric:
            size = abs(c.estimate if c.t is None else c.t)
            found[c.term] = max(found.get(c.term, 0.0), size)
    strongest = sorted(found, key=lambda term: -found[term])[:_MOST_DRAWN]
    return [
        _interaction(study, response, term, f"{anchor}-interaction-{i}")
        for i, term in enumerate(strongest, start=1)
    ]


def _interaction(study: Study, response: ResponseStudy, term: str, name: str) -> Figure | None:
    first, second = powers(term)
    if first not in study.factors.continuous:
        first, second = second, first
    axis = factor_axis(study, first, response.model)
    values = axis.values(_POINTS)
    at = reference_point(study, response)
    lines = []
    for text, setting in _settings(study, response, second):
        coded = pd.DataFrame({n: [at[n]] * len(values) for n in study.factors})
        coded[first] = study.factors.continuous[first].to_coded(values)
        coded[second] = setting
        lines.append((text, response.model.predict(coded, coded=True).assign(value=values)))
    unit = study.factors[second].unit
    legend = f"{label(second)} ({unit})" if unit else label(second)
    svg = effect_figures.interaction(
        axis, lines, legend, label(response.name), response.spec.unit, name
    )
    bands = "bands are 95 % confidence of the mean, " if response.model.tested else ""
    return figure(
        svg,
        f"{term_label(term)}: parallel lines mean no interaction; {bands}other factors as at the "
        "best setting or centre.",
    )


def _settings(study: Study, response: ResponseStudy, name: str) -> list[tuple[str, float | str]]:
    if name in study.factors.categorical:
        return [(level, level) for level in study.factors.categorical[name].levels[:6]]
    coded = response.model.coded[name]
    ends = np.array([coded.min(), coded.max()], dtype=float)
    actual = study.factors.continuous[name].to_actual(ends)
    return [(number(float(a), 3), float(c)) for a, c in zip(actual, ends, strict=True)]
