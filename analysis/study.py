"""The whole analysis of one campaign: a model per response, the best setting, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import findings
from analysis.analysis_spec import DEFAULT, AnalysisSpec
from analysis.box_cox import BoxCox, usual_powers
from analysis.canonical import AscentStep, CanonicalAnalysis, canonical_analysis, steepest_ascent
from analysis.confidence import ShapeCertainty, shape_certainty
from analysis.diagnostics import Diagnostics, diagnose
from analysis.dropping import Dropping, drop_each
from analysis.errors import ModelError
from analysis.evidence import TLimits, t_limits
from analysis.hidden_extrapolation import on_extrapolation
from analysis.lenth import Lenth, lenth
from analysis.mixture import Trace, on_mixture, response_traces
from analysis.modelling import Modelled, model_response
from analysis.optimum import Optimum, find_optimum
from analysis.plain import plain
from analysis.surface import level_choices
from analysis.table_checks import labelled, suspicions
from analysis.verdict import Verdict, judge_fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.fitted import ResponseModel
    from analysis.responses import ResponseSpec
    from analysis.selection import Selection
    from designs import Factors


@dataclass(frozen=True)
class ResponseStudy:
    """One response: its model, whether to believe it, and where it is best.

    Attributes:
        name: Response name (the column of the table).
        spec: As the protocol describes it (unit, goal, limits).
        model: Fitted model.
        diagnostics: Residuals and verdicts.
        canonical: Shape of the surface; None for a model without curvature in every
            continuous factor of it, and for a mixture.
        ascent: Path of steepest ascent (descent when the goal is to minimise); empty when
            nothing can be climbed, and for a mixture.
        optimum: Best setting for this response alone; None when its goal is "none".
        sentences: What matters for this response, in words.
        selection: How its terms were chosen; None where they were given.
        box_cox: Powers of the response, sought or as a check; None where none can be told.
        verdict: How good the fit is.
        lenth: Effects judged by each other; None where the fit has an error estimate.
        dropping: The model without each run; None without an error estimate or with 400 runs.
        certainty: How sure the steepest direction, the stationary point and the best setting are;
            None where nothing can be said of it.
        t_limits: What the t of its coefficients are held against; None without standard errors.
        traces: What more of each component of a mixture does; empty without a mixture.
    """

    name: str
    spec: ResponseSpec
    model: ResponseModel
    diagnostics: Diagnostics
    canonical: CanonicalAnalysis | None
    ascent: tuple[AscentStep, ...]
    optimum: Optimum | None
    sentences: tuple[str, ...]
    selection: Selection | None
    box_cox: BoxCox | None
    verdict: Verdict
    lenth: Lenth | None
    dropping: Dropping | None
    certainty: ShapeCertainty | None
    t_limits: TLimits | None
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True)
class Study:
    """All that was found in a campaign.

    Attributes:
        factors: Factors of the design.
        table: The table that was analysed (a row per run).
        responses: Modelled responses, in the protocol's order.
        unfitted: Responses that could not be modelled, with the reason as a sentence.
        optimum: Joint best setting over all goals and limits; None when no response has a goal.
        answer: The answer in plain words, most important first.
        cautions: What is not known or not to be trusted, in plain words.
    """

    factors: Factors
    table: pd.DataFrame
    responses: dict[str, ResponseStudy]
    unfitted: dict[str, str]
    optimum: Optimum | None
    answer: tuple[str, ...]
    cautions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Every number the report shows, as plain JSON types without NaN, ordered."""
        return {"study": 1, **plain(self)}


def analyze(
    table: pd.DataFrame,
    factors: Factors,
    responses: Mapping[str, ResponseSpec],
    terms: Sequence[str] | None = None,
    block: str | None = None,
    how: AnalysisSpec = DEFAULT,
) -> Study:
    """Model every response, find the best setting, and say what was found.

    Args:
        table: A row per run: factor columns in the factors' units, a column per response
            (empty where a run was lost); a column ``run`` names the runs, else they are
            numbered from one.
        factors: The factors of the design.
        responses: The responses to model, with their goals and limits.
        terms: Model terms; None for those of ``how``, else the largest of full quadratic,
            interactions and main effects that these runs can carry.
        block: Column of block labels, or None.
        how: Choice of terms, transformation, random terms and so on. The columns ``whole_plot``
            and ``sub_plot``, which a run sheet has where factors are hard to change, become
            error terms without being asked for.

    Raises:
        ModelError: The table as a whole is none. A response alone that cannot be modelled is
            named in ``Study.unfitted``.
    """
    table = labelled(table)
    fits: dict[str, Modelled] = {}
    unfitted: dict[str, str] = {}
    for name in responses:
        try:
            fits[name] = model_response(table, factors, name, how, terms, block)
        except ModelError as reason:
            unfitted[name] = str(reason)
    models = {name: found.model for name, found in fits.items()}
    joint = find_optimum(models, responses) if models else None
    studies = {name: _response_study(fits[name], responses[name], joint) for name in fits}
    return Study(
        factors=factors,
        table=table,
        responses=studies,
        unfitted=unfitted,
        optimum=joint,
        answer=findings.answer(studies, joint),
        cautions=(
            *suspicions(table, factors, list(responses)),
            *(() if joint is None else on_extrapolation(_wished(models, joint), joint.coded)),
            *findings.cautions(studies, unfitted),
        ),
    )


def _response_study(found: Modelled, spec: ResponseSpec, joint: Optimum | None) -> ResponseStudy:
    model = found.model
    name = model.response
    best = joint
    if joint is None or list(joint.goals) != [name]:
        best = find_optimum({name: model}, {name: spec})
    levels = _levels(model.factors, best or joint)
    # The components of a mixture cannot vary one by one, as a canonical analysis would have them.
    free = not model.factors.mixture
    traces = response_traces(model, _held(model.factors, best or joint))
    shape = canonical_analysis(model, levels) if free else None
    diagnostics = diagnose(model)
    judged = None if model.tested else lenth(model)
    return ResponseStudy(
        name=name,
        spec=spec,
        model=model,
        diagnostics=diagnostics,
        canonical=shape,
        ascent=steepest_ascent(model, levels, descend=spec.goal == "minimise") if free else (),
        optimum=best,
        sentences=(
            *findings.about(model, spec, shape),
            *on_mixture(model, traces, spec.unit),
            *_more(found, judged),
        ),
        selection=found.selection,
        box_cox=found.box_cox or usual_powers(model),
        verdict=judge_fit(model),
        lenth=judged,
        dropping=drop_each(model),
        certainty=shape_certainty(model, levels, spec.goal),
        t_limits=t_limits(model),
        traces=traces,
    )


def _more(found: Modelled, judged: Lenth | None) -> tuple[str, ...]:
    """Sentences on the choice of scale and on effects without an error estimate."""
    parts = (found.box_cox, judged)
    return tuple(part.sentence for part in parts if part is not None)


def _wished(models: Mapping[str, ResponseModel], best: Optimum) -> dict[str, ResponseModel]:
    return {name: models[name] for name in best.predictions}


def _held(factors: Factors, best: Optimum | None) -> dict[str, float | str]:
    """Coded settings of the factors beside a mixture: the best, else the centre."""
    if best is not None:
        return {name: best.coded[name] for name in factors.free}
    return dict.fromkeys(factors.continuous, 0.0) | level_choices(factors)[0]


def _levels(factors: Factors, best: Optimum | None) -> dict[str, str]:
    if best is None:
        return level_choices(factors)[0]
    return {name: str(best.settings[name]) for name in factors.categorical}
