"""One response: what matters, how well the model tells it, whether it can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.report import figures
from analysis.report.effects import effect_plots
from analysis.report.parts import Figure, Table, Tile, figure
from analysis.report.residuals import diagnostic_plots
from analysis.report.variance import variance_tables
from analysis.report.words import (
    label,
    number,
    percent,
    probability,
    term_label,
)
from analysis.scale import IDENTITY

if TYPE_CHECKING:
    from analysis.anova import AnovaRow
    from analysis.response_model import ResponseModel
    from analysis.study import ResponseStudy, Study


@dataclass(frozen=True)
class ResponseSection:
    """Everything about one response."""

    name: str
    unit: str
    anchor: str
    sentences: tuple[str, ...]
    fit: tuple[Tile, ...]
    verdict: str
    surfaces: tuple[Figure, ...]
    effects: tuple[Figure, ...]
    variance: tuple[Table, ...]
    coefficients: Table
    verdicts: tuple[str, ...]
    diagnostics: tuple[Figure, ...]


def response_sections(study: Study) -> tuple[ResponseSection, ...]:
    """One section per modelled response."""
    return tuple(
        _response(study, response, f"response-{position}")
        for position, response in enumerate(study.responses.values(), start=1)
    )


_DOTS = (
    "Dots are the runs (× how often), each leads to its vessel; the diamond is the best setting."
)
_BLENDS = (
    "The blends between those that were run; each corner is one component with the least of the "
    f"others. {_DOTS}"
)

_TRACES = (
    "Along each line one component takes the place of all others, which keep their proportions of "
    "the blend in the middle of those that were run (Cox's direction), as far as blends were run"
)


def _response(study: Study, response: ResponseStudy, anchor: str) -> ResponseSection:
    held = figures.held(study, response)
    also = f" {held[0].upper()}{held[1:]}." if held else ""
    marks = f"{_DOTS}{also}"
    band = ", band: 95 %" if response.model.tested else ""
    through = f"Prediction along each factor, the others held; dashed: the setting{band}."
    drawn = (
        figure(figures.contour(study, response, f"{anchor}-contour"), marks),
        figure(figures.blends(study, response, f"{anchor}-blends"), _BLENDS),
        figure(figures.traces(response, f"{anchor}-traces"), f"{_TRACES}{band}."),
        figure(figures.profiles(study, response, f"{anchor}-profile"), through),
    )
    return ResponseSection(
        name=label(response.name),
        unit=response.spec.unit,
        anchor=anchor,
        sentences=response.sentences,
        fit=_fit(response),
        verdict=response.verdict.sentence,
        surfaces=tuple(f for f in drawn if f is not None),
        effects=effect_plots(study, response, anchor),
        variance=variance_tables(study, response),
        coefficients=_coefficients(response),
        verdicts=(
            *response.diagnostics.verdicts,
            *(response.dropping.verdicts if response.dropping is not None else ()),
        ),
        diagnostics=diagnostic_plots(study, response, anchor),
    )


def _fit(response: ResponseStudy) -> tuple[Tile, ...]:
    model = response.model
    lack = model.anova.lack_of_fit
    press = () if model.press is None else (f"PRESS {number(model.press, 3)}",)
    repeats = response.verdict.reproducibility
    tiles = [
        Tile("R²", percent(model.r2), "", ("of the variation is explained",)),
        Tile("adjusted R²", percent(model.r2_adjusted), "", ("after paying for every term",)),
        Tile("predicted R²", percent(model.r2_predicted), "", ("for runs not yet seen", *press)),
        Tile(
            "residual scatter",
            number(model.sigma, 3),
            model.scale.unit(response.spec.unit),
            (f"{_deviation(model)}, {model.df_residual} degrees of freedom",),
        ),
        Tile("lack of fit", f"p {_relation(lack)}", "", (_lack_of_fit(lack),)),
    ]
    if repeats is not None:
        tiles.append(Tile("reproducibility", percent(repeats), "", ("agreement of replicates",)))
    return tuple(tiles)


def _deviation(model: ResponseModel) -> str:
    on = "" if model.scale == IDENTITY else f" of the {model.scale.words}"
    return f"standard deviation{on}"


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
    scale = response.model.scale
    unit = f" in {response.spec.unit}" if response.spec.unit else ""
    what = unit if scale == IDENTITY else f" of the {scale.of(label(response.name))}"
    return Table(
        f"Coefficients{what}, coded: a factor's own is half the change from low to high.{origin}",
        ("term", "coefficient", "95 % interval", "standard error", "t", "p"),
        rows,
    )
