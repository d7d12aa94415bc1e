"""The design: its factors, and what it can and cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.design_figures import correlations, fraction_of_design_space
from analysis.mixed.error_terms import STRATA
from analysis.plan_figures import plan_map
from analysis.report.links import vessel_anchors
from analysis.report.parts import Figure, Table, Tile, figure
from analysis.report.words import label, number, percent, span, term_label
from analysis.wording import listing

if TYPE_CHECKING:
    from analysis.report.context import ReportContext
    from analysis.study import Study
    from designs import DesignAudit
    from designs.evaluation import Evaluation

_MOST_ALIASES = 40
_NOTICED = 0.005
_MOST_PAIRS = 6
_PLACE = r"[A-Z][1-9]\d*"


@dataclass(frozen=True)
class DesignSection:
    """Everything about the design."""

    factors: Table
    audit: tuple[Tile, ...]
    warnings: tuple[str, ...]
    structure: tuple[str, ...]
    losses: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]


def design_section(study: Study, context: ReportContext) -> DesignSection:
    """The factors, the plan, and the judgement of it where there is one."""
    judged = context.evaluation
    audit = judged.audit if judged is not None else context.audit
    tiles = () if audit is None else audit_tiles(audit)
    tables: list[Table | None] = []
    drawn: list[Figure | None] = [_plan(study, judged)]
    if judged is not None:
        tiles += _efficiencies(judged)
        tables += [_power(judged), _aliases(judged)]
        drawn += _promises(judged)
    return DesignSection(
        factors=factors_table(study),
        audit=tiles,
        warnings=() if audit is None else audit.warnings,
        structure=_structure(study),
        losses=() if judged is None else _losses(judged),
        tables=tuple(t for t in tables if t is not None),
        figures=tuple(f for f in drawn if f is not None),
    )


def factors_table(study: Study) -> Table:
    """The factors and their ranges."""
    rows = []
    for name, factor in study.factors.items():
        low, high, scale = span(factor)
        change = "" if factor.change == "easy" else f"{factor.change} to change"
        rows.append((label(name), low, high, factor.unit, scale, change))
    header = ("factor", "low or levels", "high", "unit", "scale", "change")
    if not any(row[-1] for row in rows):
        rows, header = [row[:-1] for row in rows], header[:-1]  # type: ignore[misc,assignment]
    return Table("Factors", header, tuple(rows), frozenset({0, 3, 4, 5}))


def audit_tiles(audit: DesignAudit) -> tuple[Tile, ...]:
    """The numbers a design is judged by."""
    resolution = "full" if audit.resolution is None else str(audit.resolution)
    return (
        Tile("runs", str(audit.runs), "", (f"{audit.distinct_points} different settings",)),
        Tile("blocks", str(audit.blocks)),
        Tile("terms", str(audit.parameters), "", ("that the runs can estimate",)),
        Tile(
            "pure error",
            str(audit.pure_error_df),
            "",
            (f"of {audit.residual_df} residual degrees of freedom",),
        ),
        Tile("resolution", resolution, "", ("of the two-level part",)),
        Tile("D-efficiency", number(audit.d_efficiency, 3), "%"),
    )


def _efficiencies(judged: Evaluation) -> tuple[Tile, ...]:
    inflation = max(judged.variance_inflation.values(), default=1.0)
    leverage = max(judged.leverage.values(), default=0.0)
    return (
        Tile("A-efficiency", number(judged.prediction.a_efficiency, 3), "%"),
        Tile("G-efficiency", number(judged.prediction.g_efficiency, 3), "%"),
        Tile(
            "variance of prediction",
            number(judged.prediction.average, 3),
            "",
            (
                f"mean over the region; centre {number(judged.prediction.at_centre, 3)}, worst "
                f"{number(judged.prediction.worst, 3)}",
            ),
        ),
        Tile("variance inflation", number(inflation, 3), "", ("of the worst coefficient",)),
        Tile("leverage", number(leverage, 3), "", ("of the weightiest run",)),
    )


def _structure(study: Study) -> tuple[str, ...]:
    """Blocks and whole plots in words."""
    said = []
    table = study.table
    if "block" in table.columns and table["block"].nunique() > 1:
        sizes = table["block"].value_counts()
        runs = number(int(sizes.iloc[0])) if sizes.nunique() == 1 else "unequal numbers of"
        said.append(f"The runs stand in {len(sizes)} blocks of {runs} runs.")
    for column in STRATA:
        if column in table.columns:
            groups = table.groupby(column)[list(study.factors)].nunique().max()
            held = [label(n) for n in study.factors if groups[n] == 1]
            words = column.replace("_", " ")
            said.append(
                f"{listing(held) or 'No factor'} stay{'s' if len(held) == 1 else ''} the same "
                f"within each of {table[column].nunique()} {words}s, which are therefore an error "
                "term of their own."
            )
    return tuple(said)


def _losses(judged: Evaluation) -> tuple[str, ...]:
    lost = judged.losses
    if lost.critical:
        said = [
            f"Critical vessels: without {listing(lost.critical)} some term could not be estimated."
        ]
    else:
        said = ["Any one vessel may fail, and every term can still be estimated."]
        if lost.critical_pairs:
            shown = [" with ".join(pair) for pair in lost.critical_pairs[:_MOST_PAIRS]]
            more = len(lost.critical_pairs) - len(shown)
            rest = f", and {more} more pairs" if more > 0 else ""
            said.append(f"Pairs that must not both fail: {'; '.join(shown)}{rest}.")
    if lost.vessels and lost.none.least_power is not None:
        worst = lost.vessels[0]
        said.append(
            f"The worst single loss is {worst.vessels[0]}: D-efficiency from "
            f"{number(lost.none.d_efficiency, 3)} to {number(worst.d_efficiency, 3)} %, least "
            f"power from {percent(lost.none.least_power)} to {percent(worst.least_power)}."
        )
    return tuple(said)


def _power(judged: Evaluation) -> Table | None:
    if not judged.power:
        return None
    assumed = judged.assumed
    return Table(
        f"Power: how likely a change of {number(assumed.effect, 3)} from low to high is seen at a "
        f"scatter of {number(assumed.noise, 3)} between runs, and the change that is seen in four "
        "of five cases.",
        ("term", "error degrees of freedom", "standard error", "power", "seen in 80 %"),
        tuple(
            (
                term_label(p.term),
                number(p.error_df, 3),
                number(p.se, 3),
                percent(p.power),
                number(p.detectable, 3),
            )
            for p in judged.power
        ),
    )


def _aliases(judged: Evaluation) -> Table | None:
    alias = judged.alias
    rows = []
    for name, weights in zip(alias.columns, alias.values, strict=True):
        at = np.argsort(-np.abs(weights), kind="stable")
        parts = [
            f"{number(float(weights[i]), 2)} {term_label(alias.outside[i])}"
            for i in at
            if abs(weights[i]) > _NOTICED
        ]
        if parts:
            more = f" and {len(parts) - 6} more" if len(parts) > 6 else ""
            rows.append((term_label(name), ", ".join(parts[:6]) + more))
    if not rows:
        return None
    return Table(
        "Aliasing: what each coefficient would also show, were effects outside the model real.",
        ("coefficient", "with this share of"),
        tuple(rows[:_MOST_ALIASES]),
        frozenset({0, 1}),
    )


def _promises(judged: Evaluation) -> list[Figure | None]:
    prediction = judged.prediction
    fds = fraction_of_design_space({"this design": (prediction.fractions, prediction.fds)}, "fds")
    found = judged.correlations
    columns = [term_label(name) for name in found.columns]
    return [
        figure(
            fds, "Share of the region that is predicted with less than a variance; flat is good."
        ),
        figure(
            correlations(found.values, columns, "correlation-map"),
            "Correlations between effects: pale is none, dark is one.",
        ),
    ]


def _plan(study: Study, judged: Evaluation | None) -> Figure | None:
    links = vessel_anchors(study)
    table = study.table
    if (
        not links
        or len(links) != len(table)
        or not table["vessel"].astype(str).str.fullmatch(_PLACE).all()
    ):
        return None
    vessels = table["vessel"].astype(str)
    runs = dict(zip(vessels, map(str, table.index), strict=True))
    column = next(
        (c for c in (*STRATA[:1], "block") if c in table and table[c].nunique() > 1), None
    )
    groups = (
        {} if column is None else dict(zip(vessels, map(int, _codes(table[column])), strict=True))
    )
    words = "" if column is None else column.replace("_", " ")
    critical = frozenset(judged.losses.critical) if judged is not None else frozenset[str]()
    svg = plan_map(runs, groups, words, "plan", critical, links)
    second = f"; below it and by colour the {words}" if words else ""
    ring = "; a thick ring marks a critical vessel" if critical else ""
    return figure(svg, f"Where each run stood: the number of the run{second}{ring}.")


def _codes(labels: object) -> np.ndarray:
    import pandas as pd

    numbers = pd.to_numeric(labels, errors="coerce")  # type: ignore[call-overload]
    if numbers.notna().all():
        return np.asarray(numbers)
    return np.asarray(pd.factorize(labels, sort=True)[0] + 1)  # type: ignore[call-overload]
