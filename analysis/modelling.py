"""One response modelled as the ``analysis`` section says, with what was found on the way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from analysis.box_cox import BoxCox, box_cox
from analysis.errors import ModelError
from analysis.generalised import fit_generalised
from analysis.mixed.error_terms import estimable_components, random_terms, strata
from analysis.model_matrix import term_columns, unique
from analysis.problem import pose
from analysis.response_model import ResponseModel, fit, read_terms
from analysis.runs import code_settings
from analysis.scale import IDENTITY, Scale
from analysis.selection import Selection, eliminate, select
from designs.model_terms import (
    estimable_terms,
    higher_terms,
    interactions,
    main_effects,
    model_matrix,
    squares,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.analysis_spec import AnalysisSpec
    from designs import Factors


@dataclass(frozen=True)
class Modelled:
    """A fitted response and how it came about.

    Attributes:
        model: The model.
        box_cox: Powers of the response, where one was sought.
        selection: Choice of terms, where one was made.
    """

    model: ResponseModel
    box_cox: BoxCox | None
    selection: Selection | None


def model_response(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    how: AnalysisSpec,
    terms: Sequence[str] | None = None,
    block: str | None = None,
) -> Modelled:
    """Fit one response.

    Args:
        table: A row per run; columns ``whole_plot`` and ``sub_plot`` become error terms.
        factors: The factors of the design.
        response: Column to model.
        how: The ``analysis`` section.
        terms: Model terms, before those of ``how``; None for these, or the default.
        block: Column of block labels, or None.

    Raises:
        ModelError: The response cannot be modelled; the text says why.
    """
    table = with_measured(table, factors, how.measured)
    random = error_terms(table, how, block)
    block = None if how.blocks == "random" else block
    wanted = list(terms or how.terms) or default_terms(table, factors, response, random)
    if response in how.distribution:
        return _generalised(table, factors, response, how, wanted, block, random)
    covariates = [c for c in how.covariates if c != response]
    scale, powers = _scale(table, factors, response, how, wanted, block, covariates)

    def fitted(chosen: Sequence[str]) -> ResponseModel:
        return fit(
            table, factors, response, chosen, block, random=random, weights=how.weights,
            scale=scale, covariates=covariates,
        )  # fmt: skip

    if how.select == "none":
        return Modelled(fitted(wanted), powers, None)
    if random:
        selection = eliminate(fitted, wanted, how.heredity)
    else:
        selection = select(
            table, factors, response, wanted, block, way=how.select, criterion=how.criterion,
            heredity=how.heredity, weights=how.weights, scale=scale, covariates=covariates,
        )  # fmt: skip
    return Modelled(selection.model, powers, selection)


def error_terms(table: pd.DataFrame, how: AnalysisSpec, block: str | None) -> tuple[str, ...]:
    """The columns of the random terms: random blocks, plots, and what was asked for."""
    blocks = [block] if block and how.blocks == "random" else []
    return unique([*blocks, *strata(table), *how.random])


def with_measured(table: pd.DataFrame, factors: Factors, measured: dict[str, str]) -> pd.DataFrame:
    """The table with measured values in place of the settings of some factors.

    Raises:
        ModelError: A factor or a column is none, or a value is missing.
    """
    for factor, column in measured.items():
        if factor not in factors.continuous:
            raise ModelError(f"'{factor}' is no continuous factor, so it cannot be measured.")
        if column not in table.columns:
            raise ModelError(f"The table has no column '{column}' with the measured {factor}.")
        table = table.assign(**{factor: table[column]})
    return table


def default_terms(
    table: pd.DataFrame, factors: Factors, response: str, random: Sequence[str] = ()
) -> list[str]:
    """The largest standard model that leaves these runs an estimate of error, in every stratum.

    Full quadratic (squares of factors with three levels at least), else two-factor
    interactions, else main effects. Of a mixture Scheffé's special cubic, quadratic or linear
    model, with the terms of the factors beside it.
    """
    table = table[table[response].notna()] if response in table.columns else table
    coded = code_settings(table, factors)
    groups = random_terms(table, random)
    *larger, main = _standard_models(table, coded, factors)
    for terms in larger:
        kept = estimable_terms(coded, terms, factors)
        if model_matrix(coded, kept, factors).shape[1] >= len(coded):
            continue
        if not estimable_components(term_columns(coded, kept, factors).values, groups).hidden:
            return terms
    return main


def _standard_models(table: pd.DataFrame, coded: pd.DataFrame, factors: Factors) -> list[list[str]]:
    """Largest first, main effects last."""
    classes = [interactions(factors), squares(_curved(coded, factors))]
    if factors.mixture:
        point = table["point"] if "point" in table.columns else coded.index.to_series()
        classes = list(higher_terms(coded, point, factors))
    models = accumulate(classes, list.__add__, initial=main_effects(factors))
    return list(models)[::-1]


def _curved(coded: pd.DataFrame, factors: Factors) -> list[str]:
    return [name for name in factors.continuous if coded[name].nunique() > 2]


def _generalised(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    how: AnalysisSpec,
    terms: Sequence[str],
    block: str | None,
    random: Sequence[str],
) -> Modelled:
    if random:
        raise ModelError(
            f"'{response}' is {how.distribution[response]} and its runs share {random[0]}; "
            "generalised models with random terms are not offered. Model its logarithm instead."
        )

    def fitted(chosen: Sequence[str]) -> ResponseModel:
        kind = how.distribution[response]
        return fit_generalised(table, factors, response, chosen, kind, block)

    if how.select == "none":
        return Modelled(fitted(terms), None, None)
    selection = eliminate(fitted, terms, how.heredity)
    return Modelled(selection.model, None, selection)


def _scale(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    how: AnalysisSpec,
    terms: Sequence[str],
    block: str | None,
    covariates: Sequence[str],
) -> tuple[Scale, BoxCox | None]:
    if how.transform == "none":
        return IDENTITY, None
    if how.transform == "log":
        return Scale("log"), None
    arranged, used = read_terms(terms, factors)
    problem, _ = pose(
        table, factors, response, arranged, used, block, how.weights, covariates=covariates
    )
    found = box_cox(problem)
    return found.scale, found
