"""Choose the terms of a response model, with heredity, and say what was chosen from what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from analysis.errors import ModelError
from analysis.model_matrix import term_columns, unique
from analysis.plain import UNTOLD
from analysis.problem import pose
from analysis.response_model import fit, read_terms
from analysis.scale import IDENTITY, Scale
from analysis.selection.fits import Criterion, Fits
from analysis.selection.shrinkage import dantzig_path, lasso_path
from analysis.selection.ways import Path, backward, best_subset, forward, shrunken
from analysis.wording import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.fitted import ResponseModel
    from analysis.selection.heredity import Heredity
    from designs import Factors

__all__ = ["Criterion", "Selection", "Step", "Way", "select"]

Way = Literal["forward", "backward", "best-subset", "lasso", "dantzig"]


@dataclass(frozen=True)
class Step:
    """One model on the way.

    Attributes:
        change: What was done: "start", "+ a:b", "- c", "size 3", "penalty 0.12".
        terms: Terms after it.
        value: Its AICc or BIC; None where it leaves too few runs to have one.
    """

    change: str
    terms: tuple[str, ...]
    value: float | None


@dataclass(frozen=True)
class Selection:
    """The terms that were chosen, and the way to them.

    Attributes:
        model: The chosen model, fitted.
        way: How it was sought.
        criterion: By what it was judged; "p" for elimination by tests.
        heredity: What every model on the way kept to.
        candidates: The terms it was chosen from.
        steps: The way, in order.
        rivals: Models within 2 units of the chosen one's criterion, best first, as steps (best
            subsets only).
        sentence: All of it in words.
    """

    model: ResponseModel = field(metadata=UNTOLD)
    way: Way
    criterion: Criterion | Literal["p"]
    heredity: Heredity
    candidates: tuple[str, ...]
    steps: tuple[Step, ...]
    rivals: tuple[Step, ...]
    sentence: str


def select(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    terms: Sequence[str],
    block: str | None = None,
    *,
    way: Way = "forward",
    criterion: Criterion = "aicc",
    heredity: Heredity = "strong",
    weights: str | None = None,
    scale: Scale = IDENTITY,
    covariates: Sequence[str] = (),
) -> Selection:
    """Choose among ``terms``, of which there may be more than runs, and fit what was chosen.

    Standard errors and p of the chosen model take no account of the choice; its sentence says so.

    Args:
        table: One row per run.
        factors: The factors of the design.
        response: Column to model.
        terms: Candidates.
        block: Column of block labels, in every model; None for none.
        way: "forward" and "backward" move a term at a time while the criterion falls,
            "best-subset" looks at all models of up to half as many terms as runs, "lasso" and
            "dantzig" shrink and fit what is left anew (for supersaturated designs).
        criterion: "aicc" or "bic".
        heredity: "strong", "weak" or "none".
        weights: Column of weights, or None.
        scale: What to model the response on.
        covariates: Columns of measured quantities, in every model.

    Raises:
        ModelError: The table cannot be modelled, or there are too many subsets to look at all.
    """
    wanted, used = read_terms(terms, factors)
    fits = _fits(table, factors, response, wanted, used, block, weights, scale, covariates)
    path = _sought(fits, way, criterion, heredity)
    chosen = fits.ordered(path.best)
    model = fit(
        table, factors, response, chosen, block, weights=weights, scale=scale,
        covariates=covariates,
    )  # fmt: skip
    sentence = _sentence(response, chosen, len(fits.candidates), way, criterion)
    model = replace(model, notes=(*model.notes, sentence))
    steps, rivals = (_steps(fits, found) for found in (path.steps, path.rivals))
    return Selection(model, way, criterion, heredity, fits.candidates, steps, rivals, sentence)


def _fits(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    terms: Sequence[str],
    used: Sequence[str],
    block: str | None,
    weights: str | None,
    scale: Scale,
    covariates: Sequence[str],
) -> Fits:
    problem, _ = pose(table, factors, response, [], used, block, weights, scale, covariates)
    columns = term_columns(problem.coded, terms, factors).only(unique(terms))
    return Fits(problem, problem.matrix.beside(columns))


def _sought(fits: Fits, way: Way, criterion: Criterion, heredity: Heredity) -> Path:
    if way == "forward":
        return forward(fits, criterion, heredity)
    if way == "backward":
        return backward(fits, criterion, heredity)
    if way == "best-subset":
        return best_subset(fits, criterion, heredity)
    actives = lasso_path(fits) if way == "lasso" else dantzig_path(fits)
    return shrunken(fits, actives, criterion, heredity)


def _steps(fits: Fits, found: Sequence[tuple[str, frozenset[str], float]]) -> tuple[Step, ...]:
    return tuple(
        Step(change, fits.ordered(terms), value if value < float("inf") else None)
        for change, terms, value in found
    )


def _sentence(
    response: str, chosen: Sequence[str], candidates: int, way: Way, criterion: Criterion
) -> str:
    if not chosen:
        raise ModelError(
            f"None of the {candidates} candidate terms is worth its place for '{response}': the "
            f"{criterion.upper().replace('AICC', 'AICc')} is lowest without any."
        )
    name = {"aicc": "AICc", "bic": "BIC"}[criterion]
    how = {
        "forward": "forward selection",
        "backward": "backward elimination",
        "best-subset": "a search of all subsets",
        "lasso": "the lasso",
        "dantzig": "the Dantzig selector",
    }[way]
    return (
        f"{listing(chosen)} {'was' if len(chosen) == 1 else 'were'} chosen from {candidates} terms "
        f"by {how} with {name}; the p values and intervals take no account of that choice."
    )
