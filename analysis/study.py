"""The whole analysis of one campaign: a model per response, the best setting, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import findings
from analysis.canonical import AscentStep, CanonicalAnalysis, canonical_analysis, steepest_ascent
from analysis.diagnostics import Diagnostics, diagnose
from analysis.errors import ModelError
from analysis.mixed.error_terms import strata
from analysis.model_matrix import unique
from analysis.optimum import Optimum, find_optimum
from analysis.plain import plain
from analysis.response_model import ResponseModel, fit
from analysis.runs import code_settings
from analysis.surface import level_choices
from analysis.table_checks import labelled, suspicions
from designs.model_terms import (
    estimable_terms,
    interactions,
    main_effects,
    model_matrix,
    squares,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.responses import ResponseSpec
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
            continuous factor of it.
        ascent: Path of steepest ascent (descent when the goal is to minimise); empty when
            nothing can be climbed.
        optimum: Best setting for this response alone; None when its goal is "none".
        sentences: What matters for this response, in words.
    """

    name: str
    spec: ResponseSpec
    model: ResponseModel
    diagnostics: Diagnostics
    canonical: CanonicalAnalysis | None
    ascent: tuple[AscentStep, ...]
    optimum: Optimum | None
    sentences: tuple[str, ...]


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
    random: Sequence[str] = (),
) -> Study:
    """Model every response, find the best setting, and say what was found.

    Args:
        table: A row per run: factor columns in the factors' units, a column per response
            (empty where a run was lost); a column ``run`` names the runs, else they are
            numbered from one.
        factors: The factors of the design.
        responses: The responses to model, with their goals and limits.
        terms: Model terms; None for the largest of full quadratic, interactions and main effects
            that these runs can carry.
        block: Column of block labels, or None.
        random: Columns of further random terms, such as "row" and "column" of the vessels or an
            assay's plate. The columns ``whole_plot`` and ``sub_plot``, which a run sheet has
            where factors are hard to change, are taken up without being asked for.

    Raises:
        ModelError: The table as a whole is none. A response alone that cannot be modelled is
            named in ``Study.unfitted``.
    """
    table = labelled(table)
    errors = unique([*strata(table), *random])
    models: dict[str, ResponseModel] = {}
    unfitted: dict[str, str] = {}
    for name in responses:
        try:
            chosen = default_terms(table, factors, name) if terms is None else terms
            models[name] = fit(table, factors, name, chosen, block, random=errors)
        except ModelError as reason:
            unfitted[name] = str(reason)
    joint = find_optimum(models, responses) if models else None
    studies = {
        name: _response_study(model, responses[name], joint) for name, model in models.items()
    }
    return Study(
        factors=factors,
        table=table,
        responses=studies,
        unfitted=unfitted,
        optimum=joint,
        answer=findings.answer(studies, joint),
        cautions=(
            *suspicions(table, factors, list(responses)),
            *findings.cautions(studies, unfitted),
        ),
    )


def default_terms(table: pd.DataFrame, factors: Factors, response: str) -> list[str]:
    """The largest standard model that leaves these runs an estimate of error.

    Full quadratic (squares of factors with three levels at least), else two-factor
    interactions, else main effects.
    """
    table = table[table[response].notna()] if response in table.columns else table
    coded = code_settings(table, factors)
    curved = [name for name in factors.continuous if coded[name].nunique() > 2]
    main = main_effects(factors)
    for terms in (main + interactions(factors) + squares(curved), main + interactions(factors)):
        estimable = estimable_terms(coded, terms, factors)
        if model_matrix(coded, estimable, factors).shape[1] < len(coded):
            return terms
    return main


def _response_study(
    model: ResponseModel, spec: ResponseSpec, joint: Optimum | None
) -> ResponseStudy:
    name = model.response
    best = joint
    if joint is None or list(joint.goals) != [name]:
        best = find_optimum({name: model}, {name: spec})
    levels = _levels(model.factors, best or joint)
    shape = canonical_analysis(model, levels)
    diagnostics = diagnose(model)
    return ResponseStudy(
        name=name,
        spec=spec,
        model=model,
        diagnostics=diagnostics,
        canonical=shape,
        ascent=steepest_ascent(model, levels, descend=spec.goal == "minimise"),
        optimum=best,
        sentences=findings.about(model, spec, shape),
    )


def _levels(factors: Factors, best: Optimum | None) -> dict[str, str]:
    if best is None:
        return level_choices(factors)[0]
    return {name: str(best.settings[name]) for name in factors.categorical}
