"""The data as they were measured: every run, by place, by order, beside its replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.campaign_figures import has_place, run_order, vessel_map
from analysis.plan_figures import replicates
from analysis.report import figures
from analysis.report.links import anchors, vessel_anchors
from analysis.report.parts import Figure, Table, figure
from analysis.report.words import label, number, probability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.exploration import Exploration
    from analysis.study import Study

_STRUCTURE = ("run", "vessel", "block", "whole_plot", "sub_plot", "point")


def runs_table(study: Study, lost: Mapping[str, str], trends: bool) -> Table:
    """Every run with its vessel, settings and responses; it leads to its trend or is the end."""
    table = study.table
    lead = [c for c in _STRUCTURE if c in table.columns]
    responses = [n for n in (*study.responses, *study.unfitted) if n in table.columns]
    units = {n: study.factors[n].unit for n in study.factors}
    units |= {n: s.spec.unit for n, s in study.responses.items()}
    columns = list(dict.fromkeys([*lead, *study.factors, *responses]))
    header = tuple(f"{label(c)} ({units[c]})" if units.get(c) else label(c) for c in columns)
    rows, marked = [], set()
    for position, values in enumerate(table[columns].itertuples(index=False)):
        row = [number(v.item() if hasattr(v, "item") else v) for v in values]
        if "vessel" in lead and row[lead.index("vessel")] in lost:
            row[lead.index("vessel")] += " (lost)"
            marked.add(position)
        rows.append(tuple(row))
    words = frozenset(
        i for i, c in enumerate(columns) if c in {"vessel", "point", *study.factors.categorical}
    )
    places = tuple(anchors(study).values())
    return Table(
        "All runs, in order of execution",
        header,
        tuple(rows),
        words,
        frozenset(marked),
        anchors=() if trends else places,
        links=places if trends else (),
    )


def data_plots(study: Study, lost: Mapping[str, str]) -> tuple[Figure, ...]:
    """Each response by place in the array, by run order and by setting."""
    drawn: list[Figure | None] = []
    links, by_vessel = anchors(study), vessel_anchors(study)
    settings = study.table.groupby(list(study.factors), sort=False).ngroup()
    repeated = settings.duplicated().any()
    for position, (name, response) in enumerate(study.responses.items(), start=1):
        text, unit = label(name), response.spec.unit
        values = figures.vessel_values(study, name)
        if values and len(values) == len(study.table) and all(map(has_place, values)):
            svg = vessel_map(values, tuple(lost), text, unit, f"map-{position}", by_vessel)
            caption = "by place: a pattern here would come from the array, not the factors."
            drawn.append(figure(svg, f"{text} {caption}"))
        ordered = figures.in_run_order(study, name)
        svg = run_order(ordered, text, unit, f"order-{position}", links)
        drawn.append(figure(svg, f"{text} in the order of the runs; the line is the mean."))
        if repeated:
            beside = pd.DataFrame({"setting": settings, "value": study.table[name]})
            beside["value"] = pd.to_numeric(beside["value"], errors="coerce")
            drawn.append(
                figure(
                    replicates(beside, text, unit, f"replicates-{position}", links),
                    f"{text} by setting, ordered by the mean: upright lines join replicates. What "
                    "rises along the line beyond their length is the factors' work.",
                )
            )
    return tuple(f for f in drawn if f is not None)


def position_table(study: Study, exploration: Exploration | None) -> Table | None:
    """Place and order of the runs as terms beside the model; None where they are not known."""
    found = {} if exploration is None else exploration.positions
    rows = [
        (label(name), label(str(which)), number(row["change"], 3), number(row["t"], 3),
         probability(row["p"]))
        for name, effects in found.items()
        for which, row in effects.table.iterrows()
    ]  # fmt: skip
    if not rows:
        return None
    return Table(
        "Does the place of a vessel matter? Each term by itself, beside the model: the change from "
        "one end of the array (or of the night) to the other.",
        ("response", "place", "change", "t", "p"),
        tuple(rows),
        frozenset({0, 1}),
    )
