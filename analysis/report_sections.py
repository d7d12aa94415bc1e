"""What a report says, section by section, as plain tables and texts for the template."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from analysis import report_figures
from analysis.campaign_figures import run_order, vessel_map
from analysis.report_words import (
    clarity,
    label,
    number,
    percent,
    probability,
    span,
    term_label,
)
from analysis.wording import listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.anova import AnovaRow
    from analysis.scale_up import ScaleUpTable
    from analysis.study import ResponseStudy, Study
    from designs import DesignAudit


@dataclass(frozen=True)
class Table:
    """A table as text.

    Attributes:
        caption: What the table shows.
        header: Column headers.
        rows: Cells; the first of a row names it.
        text_columns: Positions of columns that hold words and are set flush left.
        marked: Rows that are set apart.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: frozenset[int] = frozenset({0})
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption.

    Attributes:
        svg: The drawing.
        caption: How to read it.
        wide: Scrolls on a phone, where it would become too small to read.
    """

    svg: Markup
    caption: str
    wide: bool = False


@dataclass(frozen=True)
class Tile:
    """One number that stands out.

    Attributes:
        name: What it is.
        value: The number.
        unit: Its unit.
        notes: Small print below it.
    """

    name: str
    value: str
    unit: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResponseSection:
    """Everything about one response."""

    name: str
    unit: str
    anchor: str
    sentences: tuple[str, ...]
    fit: tuple[Tile, ...]
    surfaces: tuple[Figure, ...]
    anova: Table
    coefficients: Table
    verdicts: tuple[str, ...]
    diagnostics: tuple[Figure, ...] = field(default=())


def figure(svg: str | None, caption: str, wide: bool = False) -> Figure | None:
    """A figure for the template; None stays None. The SVG is ours and already escaped."""
    return None if svg is None else Figure(Markup(svg), caption, wide)  # noqa: S704


def lead(study: Study) -> str:
    """The answer in one sentence."""
    best = study.optimum
    if best is None or not best.feasible or not best.supported:
        return study.answer[0]
    where = listing([f"{t.name} {t.value} {t.unit}".strip() for t in best_setting(study)])
    if len(best.goals) > 1:
        return f"As far as these runs tell, all goals together are met best at {where}."
    name, goal = next(iter(best.goals.items()))
    reached = {"maximise": "is highest", "minimise": "is lowest", "target": "meets its target"}
    return f"As far as these runs tell, {label(name)} {reached.get(goal, 'is best')} at {where}."


def known(study: Study) -> tuple[str, ...]:
    """What was found, beyond the lead, the best setting and the predictions there."""
    best = study.optimum
    told = set() if best is None else set(best.sentences[: 1 + len(best.predictions)])
    return tuple(s for s in study.answer if s not in told and s != lead(study))


def best_setting(study: Study) -> tuple[Tile, ...]:
    """One tile per factor of the best setting; empty without one, or where none is shown."""
    if study.optimum is None or study.optimum.supported is False:
        return ()
    return tuple(
        Tile(
            label(name),
            value if isinstance(value, str) else number(value, 3),
            study.factors[name].unit,
            ("at the edge of the tested range",) if name in study.optimum.at_edge else (),
        )
        for name, value in study.optimum.settings.items()
    )


def predictions(study: Study) -> tuple[Tile, ...]:
    """One tile per response of the joint optimum: the expected value with its intervals."""
    if study.optimum is None:
        return ()
    tiles = []
    for name, predicted in study.optimum.predictions.items():
        notes = []
        if predicted.ci_low is not None and predicted.ci_high is not None:
            notes.append(
                f"95 % confidence {number(predicted.ci_low, 3)} to {number(predicted.ci_high, 3)}"
            )
        if predicted.pi_low is not None and predicted.pi_high is not None:
            notes.append(
                f"one new run {number(predicted.pi_low, 3)} to {number(predicted.pi_high, 3)}"
            )
        unit = study.responses[name].spec.unit if name in study.responses else ""
        tiles.append(Tile(label(name), number(predicted.mean, 3), unit, tuple(notes)))
    return tuple(tiles)


def response_sections(study: Study) -> tuple[ResponseSection, ...]:
    """One section per modelled response."""
    return tuple(
        _response(study, response, f"response-{position}")
        for position, response in enumerate(study.responses.values(), start=1)
    )


def _response(study: Study, response: ResponseStudy, anchor: str) -> ResponseSection:
    held = report_figures.held(study, response)
    also = f" {held[0].upper()}{held[1:]}." if held else ""
    marks = "Dots are the runs (× how often), the diamond is the best setting." + also
    through = "Prediction along each factor, the others held; dashed: the setting, band: 95 %."
    sizes = "Filled bars stand out from chance; the sign says which way the response goes."
    drawn = (
        figure(report_figures.contour(study, response, f"{anchor}-contour"), marks),
        figure(report_figures.profiles(study, response, f"{anchor}-profile"), through),
        figure(report_figures.pareto(response, f"{anchor}-pareto"), sizes),
    )
    return ResponseSection(
        name=label(response.name),
        unit=response.spec.unit,
        anchor=anchor,
        sentences=response.sentences,
        fit=_fit(response),
        surfaces=tuple(f for f in drawn if f is not None),
        anova=_anova(response),
        coefficients=_coefficients(response),
        verdicts=response.diagnostics.verdicts,
        diagnostics=tuple(
            Figure(Markup(svg), caption)  # noqa: S704
            for caption, svg in report_figures.diagnostic_figures(study, response, anchor).items()
        ),
    )


def _fit(response: ResponseStudy) -> tuple[Tile, ...]:
    model = response.model
    lack = model.anova.lack_of_fit
    return (
        Tile("R²", percent(model.r2), "", ("of the variation is explained",)),
        Tile("adjusted R²", percent(model.r2_adjusted), "", ("after paying for every term",)),
        Tile("predicted R²", percent(model.r2_predicted), "", ("for runs not yet seen",)),
        Tile(
            "residual scatter",
            number(model.sigma, 3),
            response.spec.unit,
            (f"standard deviation, {model.df_residual} degrees of freedom",),
        ),
        Tile("lack of fit", f"p {_relation(lack)}", "", (_lack_of_fit(lack),)),
    )


def _relation(row: AnovaRow | None) -> str:
    if row is None or row.p is None:
        return "–"
    text = probability(row.p)
    return text if text.startswith("<") else f"= {text}"


def _lack_of_fit(row: AnovaRow | None) -> str:
    if row is None or row.p is None:
        return "cannot be tested without replicates"
    if row.p < 0.05:
        return "the model misses something that replicates agree on"
    return "no sign that the model is too simple"


def _anova(response: ResponseStudy) -> Table:
    anova = response.model.anova
    rows: list[tuple[str, AnovaRow]] = [("model", anova.model)]
    rows += [(term_label(row.source), row) for row in anova.terms_adjusted]
    rows.append(("residual", anova.residual))
    rows += [
        (f"of which {row.source}", row)
        for row in (anova.lack_of_fit, anova.pure_error)
        if row is not None
    ]
    rows.append(("total", anova.total))
    groups = {"model", "residual", "total"}
    return Table(
        "Analysis of variance. Each term is judged with all others in the model (type III).",
        ("source", "degrees of freedom", "sum of squares", "mean square", "F", "p", "effect"),
        tuple(
            (
                name,
                str(row.df),
                number(row.sum_sq),
                number(row.mean_sq),
                number(row.f, 3),
                probability(row.p),
                "" if row.p is None or name.startswith("of which") else clarity(row.p),
            )
            for name, row in rows
        ),
        frozenset({0, 6}),
        frozenset(i for i, (name, _) in enumerate(rows) if name in groups),
    )


def _coefficients(response: ResponseStudy) -> Table:
    terms_first = sorted(response.model.coefficients, key=lambda c: c.name.startswith("block["))
    rows = tuple(
        (
            term_label(c.name),
            number(c.estimate),
            f"{number(c.low)} to {number(c.high)}" if c.low is not None else "–",
            number(c.se, 3),
            number(c.t, 3),
            probability(c.p),
        )
        for c in terms_first
    )
    origin = " The centre is that of the first block." if response.model.blocks else ""
    unit = f" in {response.spec.unit}" if response.spec.unit else ""
    return Table(
        f"Coefficients{unit}, coded: a factor's own is half the change from low to high.{origin}",
        ("term", "coefficient", "95 % interval", "standard error", "t", "p"),
        rows,
    )


def factors_table(study: Study) -> Table:
    """The factors and their ranges."""
    rows = []
    for name, factor in study.factors.items():
        low, high, scale = span(factor)
        rows.append((label(name), low, high, factor.unit, scale))
    header = ("factor", "low or levels", "high", "unit", "scale")
    return Table("Factors", header, tuple(rows), frozenset({0, 3, 4}))


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
        values = report_figures.vessel_values(study, name)
        if values:
            svg = vessel_map(values, tuple(lost), text, unit, f"map-{position}")
            drawn.append(
                figure(
                    svg,
                    f"{text} by place: a pattern here would come from the array, not the factors.",
                )
            )
        ordered = report_figures.in_run_order(study, name)
        svg = run_order(ordered, text, unit, f"order-{position}")
        drawn.append(figure(svg, f"{text} in the order of the runs; the line is the mean."))
    return tuple(f for f in drawn if f is not None)


def scale_up_table(table: ScaleUpTable) -> tuple[Table, tuple[tuple[str, tuple[str, ...]], ...]]:
    """The scale-up table and, for each vessel with flags, its sentences."""
    matched = {"power-per-volume": 4, "tip-speed": 5, "oxygen-transfer": 6}[table.match]
    header = [
        "vessel",
        "volume (L)",
        "stirring (rpm)",
        "gas (vvm)",
        "power (W/m³)",
        "tip speed (m/s)",
        "kLa (1/h)",
        "highest oxygen transfer (mmol/L/h)",
        "mixing time (s)",
        "Reynolds number",
        "smallest eddies (µm)",
    ]
    header[matched] += ", kept equal"
    rows = tuple(
        (
            f"{row.vessel} *" if row.flags else row.vessel,
            number(row.volume_l, 3),
            number(row.stirring_rpm, 3),
            number(row.gas_vvm, 3),
            number(row.power_w_m3, 3),
            number(row.tip_speed_m_s, 3),
            number(row.kla_per_h, 3),
            number(row.otr_max_mm_h, 3),
            number(row.mixing_time_s, 3),
            number(row.reynolds, 3),
            number(row.kolmogorov_um, 3),
        )
        for row in table.rows
    )
    caption = (
        f"{table.match.replace('-', ' ').capitalize()} kept equal, from the mini-bioreactor (first "
        f"row, its kLa {table.small.kla_from}) to larger vessels. * has flags, below."
    )
    flags = tuple((row.vessel, row.flags) for row in table.rows if row.flags)
    return Table(caption, tuple(header), rows, marked=frozenset({0})), flags


def as_pairs(pairs: Mapping[str, object]) -> Sequence[tuple[str, str]]:
    """A mapping for a list of terms and values."""
    return [(label(str(key)), str(value)) for key, value in pairs.items()]
