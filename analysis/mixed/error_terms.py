"""Which random terms a table of runs has, and which of them it can estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.wording import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE_PLOT = "whole_plot"
SUB_PLOT = "sub_plot"
STRATA = (WHOLE_PLOT, SUB_PLOT)
"""Columns of a run sheet that say which runs shared a hard-to-change setting."""

_NESTED_IN = {WHOLE_PLOT: "block", SUB_PLOT: WHOLE_PLOT}
_SAME = 1e-9  # relative size below which what is left of a component is rounding


@dataclass(frozen=True)
class RandomTerm:
    """A source of variation that runs share: a whole plot, a row of vessels, an assay plate.

    Attributes:
        name: The column it stands in.
        labels: Group of each run, counted from zero.
        groups: Name of each group.
        root: Root of the weight of each run.
    """

    name: str
    labels: np.ndarray
    groups: tuple[str, ...]
    root: np.ndarray

    @property
    def indicator(self) -> np.ndarray:
        """One column per group: in its runs the root of their weight, 0 elsewhere."""
        return np.where(self.labels[:, None] == np.arange(len(self.groups)), self.root[:, None], 0)

    def of(self, rows: np.ndarray) -> RandomTerm:
        """The same for some of the runs (True in ``rows``)."""
        used, labels = np.unique(self.labels[rows], return_inverse=True)
        return RandomTerm(self.name, labels, tuple(self.groups[i] for i in used), self.root[rows])

    @property
    def words(self) -> str:
        """The name as a sentence says it: ``whole plot``."""
        return self.name.replace("_", " ")


def strata(table: pd.DataFrame) -> tuple[str, ...]:
    """The columns of whole plots and sub-plots that a table has, outermost first."""
    return tuple(name for name in STRATA if name in table.columns)


def random_terms(
    table: pd.DataFrame, columns: Sequence[str], weights: np.ndarray | None = None
) -> tuple[RandomTerm, ...]:
    """The random terms of ``columns``, outermost first.

    Whole plots are told apart within blocks and sub-plots within whole plots, however they are
    numbered. ``row`` and ``column`` are read from ``vessel`` ("B7") where the table has no
    column of that name.

    Args:
        table: One row per run.
        columns: Of the random terms.
        weights: Of each run; None for equal ones.

    Raises:
        ModelError: A column is absent or empty in a run.
    """
    root = np.ones(len(table)) if weights is None else np.sqrt(weights)
    return tuple(_term(table, name, root) for name in columns)


def _term(table: pd.DataFrame, name: str, root: np.ndarray) -> RandomTerm:
    labels = _column(table, name)
    outer = _NESTED_IN.get(name)
    while outer is not None:
        if outer in table.columns:
            labels = _column(table, outer) + "/" + labels
        outer = _NESTED_IN.get(outer)
    codes, groups = pd.factorize(labels, sort=True)
    return RandomTerm(name, np.asarray(codes), tuple(map(str, groups)), root)


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table.columns and name in ("row", "column") and "vessel" in table.columns:
        vessel = table["vessel"].astype(str)
        return vessel.str[:1] if name == "row" else vessel.str[1:]
    if name not in table.columns:
        raise ModelError(f"The table has no column '{name}' for a random term.")
    if table[name].isna().any():
        raise ModelError(f"The column '{name}' of a random term is empty in some runs.")
    return table[name].astype(str)


def error_space(x: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span all that the model matrix does not (n x (n - p))."""
    q, _ = np.linalg.qr(x, mode="complete")
    return np.asarray(q[:, x.shape[1] :])


@dataclass(frozen=True)
class Estimable:
    """The random terms that runs and model leave room for.

    Attributes:
        kept: Those whose variance can be estimated.
        hidden: Those that the model's terms take up wholly, so that nothing shows their size.
        notes: A sentence for each that was not kept.
    """

    kept: tuple[RandomTerm, ...]
    hidden: tuple[RandomTerm, ...]
    notes: tuple[str, ...]


def estimable_components(x: np.ndarray, terms: Sequence[RandomTerm]) -> Estimable:
    """Which variances the runs can tell from each other and from the residual."""
    if not terms:  # the error space of a long table would fill the memory
        return Estimable((), (), ())
    space = error_space(x)
    known = [np.eye(space.shape[1])]
    names: list[str] = []
    kept, hidden, notes = [], [], []
    for term in terms:
        contrast = space.T @ term.indicator
        share = contrast @ contrast.T
        if np.abs(share).max(initial=0.0) < _SAME * len(x):
            if len(term.groups) > 1:
                hidden.append(term)
                notes.append(_hidden_sentence(term))
        elif _dependent(known, share):
            notes.append(_mixed_up_sentence(term, names))
        else:
            known.append(share)
            names.append(term.words)
            kept.append(term)
    return Estimable(tuple(kept), tuple(hidden), tuple(notes))


def _dependent(known: Sequence[np.ndarray], share: np.ndarray) -> bool:
    basis = np.column_stack([matrix.ravel() for matrix in known])
    weights = np.linalg.lstsq(basis, share.ravel(), rcond=None)[0]
    rest = share.ravel() - basis @ weights
    return bool(np.linalg.norm(rest) < _SAME * np.linalg.norm(share))


def _hidden_sentence(term: RandomTerm) -> str:
    return (
        f"The model has as many terms that change between the {len(term.groups)} groups of "
        f"{term.words} as there are groups, so how much those scatter is not known, and the "
        "effects that hang on it get no standard error and no test."
    )


def _mixed_up_sentence(term: RandomTerm, others: Sequence[str]) -> str:
    return (
        f"These runs cannot tell the scatter of {term.words} from that of "
        f"{listing([*others, 'single runs'])}; it is counted with it."
    )
