"""Which column of a model matrix belongs to which term, and which terms the runs can estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.wording import listing
from designs.model_terms import DEPENDENT, INTERCEPT, effect_columns, powers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd

    from designs import Factors

BLOCKS = "block"
"""Term that the columns of the block contrasts belong to."""


_COVARIATE = "covariate "


def covariate_term(name: str) -> str:
    """The term a measured quantity belongs to."""
    return f"{_COVARIATE}{name}"


def is_nuisance(term: str) -> bool:
    """Whether a term is none of the factors': the intercept, the blocks or a covariate."""
    return term in {INTERCEPT, BLOCKS} or term.startswith(_COVARIATE)


@dataclass(frozen=True)
class ModelMatrix:
    """A model matrix with names.

    Attributes:
        values: Floats, one row per run, one column per coefficient.
        names: Of each column.
        terms: The term each column belongs to: `INTERCEPT`, `BLOCKS` or a model term.
    """

    values: np.ndarray
    names: tuple[str, ...]
    terms: tuple[str, ...]

    def columns_of(self, terms: Collection[str]) -> np.ndarray:
        """Positions of the columns of ``terms``."""
        return np.array([i for i, term in enumerate(self.terms) if term in terms], dtype=int)

    def only(self, terms: Collection[str]) -> ModelMatrix:
        """The columns of ``terms`` alone."""
        kept = self.columns_of(terms)
        return ModelMatrix(
            self.values[:, kept],
            tuple(self.names[i] for i in kept),
            tuple(self.terms[i] for i in kept),
        )

    def beside(self, other: ModelMatrix) -> ModelMatrix:
        """The columns of this matrix and, to their right, those of another."""
        return ModelMatrix(
            np.hstack([self.values, other.values]),
            self.names + other.names,
            self.terms + other.terms,
        )


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """The items once each, in order of first appearance."""
    return tuple(dict.fromkeys(items))


def group_of(term: str) -> str:
    """The group a term is tested in: blocks, covariates, linear, interaction, quadratic, higher."""
    if term == BLOCKS:
        return "blocks"
    if is_nuisance(term):
        return "covariates"
    exponents = powers(term)
    if sum(exponents.values()) > 2:
        return "higher order"
    if max(exponents.values()) == 2:
        return "quadratic"
    return "linear" if len(exponents) == 1 else "interaction"


def arranged(terms: Iterable[str]) -> tuple[str, ...]:
    """Terms in the order of sequential tests: linear, interaction, quadratic, higher order."""
    order = ("linear", "interaction", "quadratic", "higher order")
    return tuple(
        sorted(unique(terms), key=lambda t: (order.index(group_of(t)), sum(powers(t).values())))
    )


def term_columns(
    coded: pd.DataFrame, terms: Sequence[str], factors: Factors, *, intercept: bool = True
) -> ModelMatrix:
    """The columns of the intercept and of ``terms``; models of mixtures have no intercept."""
    matrix = ModelMatrix(np.ones((len(coded), 1)), (INTERCEPT,), (INTERCEPT,))
    if factors.mixture or not intercept:
        matrix = matrix.only([])
    for term in terms:
        columns = effect_columns(coded, [term], factors)
        matrix = matrix.beside(
            ModelMatrix(columns.to_numpy(float), tuple(columns.columns), (term,) * columns.shape[1])
        )
    return matrix


def block_columns(block: pd.Series) -> tuple[ModelMatrix, tuple[str, ...]]:
    """Contrasts of each further block with the first (as rsm and the textbooks print them).

    Returns:
        The columns, and the block levels in the order of their names; the first level is the
        reference that the intercept belongs to. A single block gives no columns.
    """
    levels = tuple(sorted(block.unique(), key=_natural))
    values = np.column_stack([block == level for level in levels])[:, 1:].astype(float)
    names = tuple(f"{BLOCKS}[{level}]" for level in levels[1:])
    return ModelMatrix(values, names, (BLOCKS,) * len(names)), levels


def _natural(label: str) -> tuple[int, float, str]:
    return (0, float(label), label) if label.isdecimal() else (1, 0.0, label)


def estimable(matrix: ModelMatrix) -> tuple[ModelMatrix, tuple[str, ...]]:
    """Leave out the terms the runs cannot tell from those before them, and say so.

    A term of several columns goes as a whole when one of them is not estimable.

    Returns:
        The matrix of full column rank, and a sentence per term left out, naming its alias.
    """
    kept, sentences = matrix.only([INTERCEPT]), []
    for term in unique(matrix.terms):
        if term == INTERCEPT:
            continue
        columns = matrix.only([term])
        dependent = _dependent_column(kept, columns)
        if dependent is None:
            kept = kept.beside(columns)
        else:
            sentences.append(_alias_sentence(term, kept, columns.values[:, dependent]))
    return kept, tuple(sentences)


def _dependent_column(kept: ModelMatrix, columns: ModelMatrix) -> int | None:
    basis = kept.values
    for position, column in enumerate(columns.values.T):
        if _outside(basis, column) < DEPENDENT * max(float(np.linalg.norm(column)), 1e-300):
            return position
        basis = np.column_stack([basis, column])
    return None


def _outside(basis: np.ndarray, column: np.ndarray) -> float:
    weights = np.linalg.lstsq(basis, column, rcond=None)[0]
    return float(np.linalg.norm(column - basis @ weights))


def _alias_sentence(term: str, kept: ModelMatrix, column: np.ndarray) -> str:
    weights = np.linalg.lstsq(kept.values, column, rcond=None)[0]
    aliases = unique(kept.terms[i] for i in np.flatnonzero(np.abs(weights) > DEPENDENT))
    others = [alias for alias in aliases if alias != INTERCEPT]
    if not others:
        return f"{term} is the same in every run, so it cannot be estimated; it was left out."
    names = listing(["the blocks" if name == BLOCKS else name for name in others])
    if len(others) == 1 and others[0] != BLOCKS:
        return (
            f"These runs cannot tell {term} from {names}: {term} was left out, and what is "
            f"shown as {names} may be the work of either or both."
        )
    return f"These runs cannot tell {term} from {names}: {term} was left out."
