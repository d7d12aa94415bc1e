"""What to do: the trade between responses, the design space, the ranges that may be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis import space_figures
from analysis.report.figures import factor_axis
from analysis.report.parts import Figure, Table, figure
from analysis.report.words import label, number, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.exploration import Exploration, Space
    from analysis.study import Study

_MOST_SETTINGS = 12


@dataclass(frozen=True)
class DecisionSection:
    """Best settings, trade-offs and design space."""

    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    assumptions: tuple[str, ...]


def decision_section(study: Study, exploration: Exploration | None) -> DecisionSection | None:
    """The section; None where the models show nothing to decide."""
    best = study.optimum
    if best is None or best.supported is False:
        return None
    tables: list[Table | None] = [_desirability(study)]
    drawn: list[Figure | None] = []
    said: list[str] = []
    assumed: list[str] = []
    if exploration is not None:
        if exploration.tolerant is not None:
            said.append(exploration.tolerant.sentence)
        if exploration.front is not None:
            said.append(exploration.front.sentence)
            tables.append(_front_table(study, exploration))
            drawn.append(_front(study, exploration))
        if exploration.space is not None:
            said += [exploration.space.robust.sentence, *exploration.space.ranges.sentences]
            tables.append(_ranges(study, exploration.space))
            drawn += [_map(study, exploration.space), _blends(study, exploration.space)]
            assumed = _assumptions(study, exploration.space)
    if not said and not any(tables):
        return None
    return DecisionSection(
        tuple(said),
        tuple(t for t in tables if t is not None),
        tuple(f for f in drawn if f is not None),
        tuple(assumed),
    )


def _desirability(study: Study) -> Table | None:
    best = study.optimum
    if best is None or best.desirability is None:
        return None
    rows = []
    for name, predicted in best.predictions.items():
        spec = study.responses[name].spec
        rows.append(
            (
                label(name),
                best.goals[name],
                number(spec.low),
                number(spec.target),
                number(spec.high),
                number(predicted.mean),
                spec.unit,
                number(best.desirabilities.get(name), 3),
            )
        )
    rows.append(("overall", "", "", "", "", "", "", number(best.desirability, 3)))
    return Table(
        "Desirability at the best setting: 0 is not acceptable, 1 is all one wants; overall the "
        "geometric mean.",
        ("response", "goal", "low", "target", "high", "predicted", "unit", "desirability"),
        tuple(rows),
        frozenset({0, 1, 6}),
        frozenset({len(rows) - 1}),
    )


def _front_table(study: Study, exploration: Exploration) -> Table | None:
    front = exploration.front
    if front is None or len(front.table) < 2:
        return None
    at = np.unique(np.linspace(0, len(front.table) - 1, _MOST_SETTINGS).round().astype(int))
    units = {n: f.unit for n, f in study.factors.items()}
    units |= {n: r.spec.unit for n, r in study.responses.items()}
    columns = [*study.factors, *front.goals]
    return Table(
        f"Settings along the Pareto front ({len(at)} of {len(front.table)}): none is beaten in "
        "every response by another.",
        tuple(f"{label(c)} ({units[c]})" if units.get(c) else label(c) for c in columns),
        tuple(
            tuple(number(v, 3) for v in row)
            for row in front.table.iloc[at][columns].itertuples(index=False)
        ),
        frozenset(i for i, c in enumerate(columns) if c in study.factors.categorical),
    )


def _front(study: Study, exploration: Exploration) -> Figure | None:
    front, best = exploration.front, study.optimum
    if front is None or best is None or len(front.table) < 2:
        return None
    x, y = list(front.goals)[:2]
    table = front.table.rename(columns={x: "x", y: "y"}) if {x, y}.isdisjoint({"x", "y"}) else (
        front.table[[x, y]].set_axis(["x", "y"], axis=1)
    )  # fmt: skip
    labels = tuple(
        f"{label(n)} ({study.responses[n].spec.unit})" if study.responses[n].spec.unit else label(n)
        for n in (x, y)
    )
    at = (best.predictions[x].mean, best.predictions[y].mean)
    svg = space_figures.front(table[["x", "y"]], at, (labels[0], labels[1]), "front")
    return figure(svg, "What has to be traded; the diamond is the best setting.")


def _ranges(study: Study, space: Space) -> Table | None:
    if not space.ranges.alone:
        return None
    together = {r.factor: r for r in space.ranges.jointly}
    others = "in their proportions" if study.factors.mixture else "at the set-point"
    rows = []
    for alone in space.ranges.alone:
        both = together.get(alone.factor)
        rows.append(
            (
                label(alone.factor),
                study.factors[alone.factor].unit,
                number(space.robust.settings[alone.factor]),
                f"{number(alone.low)} to {number(alone.high)}",
                "–" if both is None else f"{number(both.low)} to {number(both.high)}",
                "an end is where testing ended" if alone.at_edge else "",
            )
        )
    return Table(
        f"Proven acceptable ranges: one new run keeps every limit with at least "
        f"{percent(space.ranges.level)} probability.",
        ("factor", "unit", "set-point", f"alone, others {others}", "all at once", "note"),
        tuple(rows),
        frozenset({0, 1, 5}),
    )


def _map(study: Study, space: Space) -> Figure | None:
    chart = space.chart
    if chart is None:
        return None
    model = next(iter(study.responses.values())).model
    axes = [factor_axis(study, name, model) for name in (chart.across, chart.up)]
    together = {r.factor: (r.low, r.high) for r in space.ranges.jointly}
    box = (together[chart.across], together[chart.up]) if together else None
    at = (float(space.robust.settings[chart.across]), float(space.robust.settings[chart.up]))
    svg = space_figures.probability_map(chart, axes[0], axes[1], at, box, "design-space")
    frame = " The dashed frame is the range for all factors at once." if box else ""
    return figure(
        svg,
        f"Design space: probability that one new run keeps every limit. {chart.draws:,} draws a "
        f"point, standard error at most {number(100 * chart.standard_error, 2)} %. The diamond is "
        f"the most robust set-point.{frame}{_held(study, chart.fixed)}",
    )


def _blends(study: Study, space: Space) -> Figure | None:
    chart = space.blends
    if chart is None:
        return None
    best = np.array([space.robust.coded[name] for name in study.factors.mixture])
    svg = space_figures.blend_probability(chart, study.factors, best, "design-space-of-blends")
    return figure(
        svg,
        "Design space of blends: probability that one new run keeps every limit. "
        f"{chart.draws:,} draws a blend, standard error at most "
        f"{number(100 * chart.standard_error, 2)} %. The diamond is the most robust blend."
        f"{_held(study, chart.fixed)}",
    )


def _held(study: Study, fixed: Mapping[str, float | str]) -> str:
    told = ", ".join(
        f"{label(n)} {v if isinstance(v, str) else number(v, 3)} {study.factors[n].unit}".strip()
        for n, v in fixed.items()
    )
    return f" Held: {told}." if told else ""


def _assumptions(study: Study, space: Space) -> list[str]:
    errors = ", ".join(f"{n} ±{number(v)}" for n, v in space.setpoint_error.items() if v)
    return [
        "In the probabilities are the uncertainty of every coefficient (Student t), the scatter of "
        "one new run with its correlation between responses, and "
        + (
            f"the set-point errors {errors} (one standard deviation)."
            if errors
            else "no error of the set-points (setpoint_error in the analysis section names it)."
        ),
        "They hold if the models do: the true surface has their shape, errors are normal, and "
        "nothing changes from this experiment to the next run.",
    ]
