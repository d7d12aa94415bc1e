"""What the conclusions would be without one vessel, and how well runs left out are foretold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.model_matrix import is_nuisance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.fitted import ResponseModel

_MOST_RUNS = 400  # beyond this no single run matters, and fitting without each takes long
_MOST_MIXED = 100  # runs of a model with random terms, whose every fit is a search


@dataclass(frozen=True)
class Dropping:
    """The model without each run in turn.

    Attributes:
        changes: One row per run, index as in the table, one column per coefficient: its change
            when the run is left out, in standard errors (DFBETAS with the whole fit's error);
            NaN where the coefficient can then not be estimated.
        largest: Size of the largest change of each run.
        verdicts: Change of verdict at the 5 % level: a sentence per run without which a term
            would be found that is not, or be missed that is.
    """

    changes: pd.DataFrame
    largest: pd.Series
    verdicts: tuple[str, ...]


def drop_each(model: ResponseModel) -> Dropping | None:
    """Fit a model again without each run; None without an error estimate or with too many runs."""
    n = len(model.table)
    most = _MOST_MIXED if model.variance_components[:-1] else _MOST_RUNS
    if model.sigma is None or n > most:
        return None
    se = pd.Series({c.name: c.se for c in model.coefficients}, dtype=float)
    whole = pd.Series({c.name: c.estimate for c in model.coefficients})
    seen = _seen(model)
    rows, verdicts = [], []
    for position, label in enumerate(model.table.index):
        rest = _without(model, position)
        if rest is None:
            rows.append(whole * np.nan)
            continue
        left = pd.Series({c.name: c.estimate for c in rest.coefficients})
        rows.append((whole - left.reindex(whole.index)) / se)
        verdicts.extend(_verdict(label, model, seen, rest))
    changes = pd.DataFrame(rows, index=model.table.index)
    return Dropping(changes, changes.abs().max(axis=1), tuple(verdicts))


def _without(model: ResponseModel, position: int) -> ResponseModel | None:
    rows = np.arange(len(model.table)) != position
    try:
        return model.refit(rows)
    except ModelError:
        return None


def _seen(model: ResponseModel) -> set[str]:
    rows = model.anova.terms_adjusted
    return {r.source for r in rows if r.p is not None and r.p < 0.05 and not is_nuisance(r.source)}


def _verdict(label: object, model: ResponseModel, seen: set[str], rest: ResponseModel) -> list[str]:
    if rest.sigma is None:
        return []
    without = _seen(rest)
    said = [
        f"Without run {label} no effect of {term} would be seen."
        for term in model.terms
        if term in seen - without and term in rest.terms
    ]
    said += [
        f"Without run {label} an effect of {term} would be seen."
        for term in model.terms
        if term in without - seen
    ]
    return said


@dataclass(frozen=True)
class CrossValidation:
    """How well a model foretells runs it was fitted without.

    Attributes:
        folds: Number of parts the runs were dealt to.
        rmse: Root mean squared error of the runs left out, response unit (modelled scale).
        r2: ``1 - sum of squared errors / total``.
        predicted: Prediction of each run by the model fitted without its fold.
    """

    folds: int
    rmse: float
    r2: float
    predicted: pd.Series


def cross_validate(
    model: ResponseModel, folds: int = 10, seed: int = 0, groups: Sequence[object] | None = None
) -> CrossValidation:
    """K-fold cross-validation with the model's own terms.

    Args:
        model: A fitted model.
        folds: Parts to deal the runs to; at most one per run or group.
        seed: Of the dealing.
        groups: Label of each run; runs of one group, such as a whole plot, stay together.

    Raises:
        ModelError: The runs that are left cannot carry the model in some fold.
    """
    _, labels = np.unique(
        np.arange(len(model.table)) if groups is None else np.asarray(groups), return_inverse=True
    )
    count = int(labels.max()) + 1
    folds = min(folds, count)
    if folds < 2:
        raise ModelError("Cross-validation needs two groups of runs at least.")
    order = np.random.default_rng(seed).permutation(count)
    part = np.empty(count, dtype=int)
    part[order] = np.arange(count) % folds
    y = model.scale.forward(model.table["observed"].to_numpy(float))
    predicted = np.full(len(y), np.nan)
    names = [c.name for c in model.coefficients]
    for fold in range(folds):
        out = part[labels] == fold
        rest = model.refit(~out)
        place = [names.index(c.name) for c in rest.coefficients]
        if len(place) < len(names):
            raise ModelError(
                f"Without fold {fold + 1} of {folds} the runs cannot carry the model; "
                "use more folds."
            )
        predicted[out] = model.matrix[np.ix_(out, place)] @ rest.estimates
    errors = y - predicted
    total = float(np.sum((y - y.mean()) ** 2))
    return CrossValidation(
        folds,
        float(np.sqrt(np.mean(errors**2))),
        1 - float(errors @ errors) / total,
        pd.Series(model.scale.inverse(predicted), model.table.index),
    )
