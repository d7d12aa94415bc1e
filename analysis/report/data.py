"""The data as they were measured: every run, by place, by order, beside its replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.campaign_figures import run_order, vessel_map
from analysis.report import figures
from analysis.report.parts import Figure, Table, figure
from analysis.report.words import label, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.study import Study


def runs_table(study: Study, lost: Mapping[str, str]) -> Table:
    """Every run with its vessel, settings and responses."""
    table = study.table
    lead = [c for c in ("run", "vessel", "block", "point") if c in table.columns]
    responses = [n for n in (*study.responses, *study.unfitted) if n in table.columns]
    units = {n: study.factors[n].unit for n in study.factors}
    units |= {n: s.spec.unit for n, s in study.responses.items()}
    columns = [*lead, *study.factors, *responses]
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
    return Table("All runs, in order of execution", header, tuple(rows), words, frozenset(marked))


def places(study: Study, lost: Mapping[str, str]) -> tuple[Figure, ...]:
    """Each response by place in the array and by run order."""
    drawn = []
    for position, (name, response) in enumerate(study.responses.items(), start=1):
        text, unit = label(name), response.spec.unit
        values = figures.vessel_values(study, name)
        if values:
            svg = vessel_map(values, tuple(lost), text, unit, f"map-{position}")
            drawn.append(
                figure(
                    svg,
                    f"{text} by place: a pattern here would come from the array, not the factors.",
                )
            )
        ordered = figures.in_run_order(study, name)
        svg = run_order(ordered, text, unit, f"order-{position}")
        drawn.append(figure(svg, f"{text} in the order of the runs; the line is the mean."))
    return tuple(f for f in drawn if f is not None)
