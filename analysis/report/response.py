"""One response: what matters, how well the model tells it, whether it can be believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from analysis.report import figures
from analysis.report.parts import Figure, Table, Tile, figure
from analysis.report.words import (
    clarity,
    label,
    number,
    percent,
    probability,
    term_label,
)

if TYPE_CHECKING:
    from analysis.anova import AnovaRow
    from analysis.study import ResponseStudy, Study


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


def response_sections(study: Study) -> tuple[ResponseSection, ...]:
    """One section per modelled response."""
    return tuple(
        _response(study, response, f"response-{position}")
        for position, response in enumerate(study.responses.values(), start=1)
    )


def _response(study: Study, response: ResponseStudy, anchor: str) -> ResponseSection:
    held = figures.held(study, response)
    also = f" {held[0].upper()}{held[1:]}." if held else ""
    marks = "Dots are the runs (× how often), the diamond is the best setting." + also
    through = "Prediction along each factor, the others held; dashed: the setting, band: 95 %."
    sizes = "Filled bars stand out from chance; the sign says which way the response goes."
    drawn = (
        figure(figures.contour(study, response, f"{anchor}-contour"), marks),
        figure(figures.profiles(study, response, f"{anchor}-profile"), through),
        figure(figures.pareto(response, f"{anchor}-pareto"), sizes),
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
            for caption, svg in figures.diagnostic_figures(study, response, anchor).items()
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
