"""Model terms as text (``feed_rate``, ``feed_rate:iptg``, ``feed_rate^2``) and their columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import CategoricalFactor, Factors

INTERCEPT = "(Intercept)"
DEPENDENT = 1e-8
"""A column this close, relative to its length, to the span of others is aliased with them."""


def powers(term: str) -> dict[str, int]:
    """The power of each factor in a term: ``"a:b^2"`` is ``{"a": 1, "b": 2}``.

    Raises:
        DesignError: The text is no term.
    """
    found: dict[str, int] = {}
    for part in term.split(":"):
        name, caret, exponent = part.partition("^")
        if not name or (caret and not (exponent.isdecimal() and int(exponent) > 0)):
            raise DesignError(f"'{term}' is no model term; terms are 'a', 'a:b' or 'a^2'")
        found[name] = found.get(name, 0) + int(exponent or 1)
    return found


def main_effects(factors: Iterable[str]) -> list[str]:
    """The terms of first order."""
    return list(factors)


def interactions(factors: Iterable[str]) -> list[str]:
    """The two-factor interactions."""
    return [f"{first}:{second}" for first, second in combinations(factors, 2)]


def squares(factors: Iterable[str]) -> list[str]:
    """The pure quadratic terms."""
    return [f"{name}^2" for name in factors]


def model_matrix(coded: pd.DataFrame, terms: Sequence[str], factors: Factors) -> pd.DataFrame:
    """The columns of a linear model.

    Categorical factors are coded by effects (sum to zero): one column for each level but the
    first, which is -1 in all of them; two levels therefore read -1 and +1 as a continuous
    factor's bounds do.

    Args:
        coded: Coded levels, one column per factor (n rows).
        terms: Such as ``["a", "a:b", "a^2"]``.
        factors: The factors the terms speak of.

    Returns:
        Floats (n x p), the intercept first; a categorical column is called ``medium[TB]``. With
        the components of a mixture there is no intercept, since they add up to one (Scheffé).

    Raises:
        DesignError: A term names no factor or squares a categorical one.
    """
    columns = effect_columns(coded, terms, factors)
    if not factors.mixture:
        columns.insert(0, INTERCEPT, 1.0)
    return columns


def effect_columns(coded: pd.DataFrame, terms: Sequence[str], factors: Factors) -> pd.DataFrame:
    """The columns of a linear model without its intercept; see `model_matrix`."""
    columns: dict[str, NDArray[np.float64]] = {}
    for term in terms:
        columns |= _term_columns(coded, term, factors)
    return pd.DataFrame(columns, index=coded.index, dtype=np.float64)


def _term_columns(
    coded: pd.DataFrame, term: str, factors: Factors
) -> dict[str, NDArray[np.float64]]:
    columns: dict[str, NDArray[np.float64]] = {"": np.ones(len(coded))}
    for name, power in powers(term).items():
        columns = {
            f"{left}:{right}" if left else right: product * column
            for left, product in columns.items()
            for right, column in _factor_columns(coded, name, power, factors).items()
        }
    return columns


def _factor_columns(
    coded: pd.DataFrame, name: str, power: int, factors: Factors
) -> dict[str, NDArray[np.float64]]:
    if name not in factors:
        raise DesignError(f"a model term names '{name}', which is none of {', '.join(factors)}")
    factor = factors[name]
    if not isinstance(factor, CategoricalFactor):
        values = coded[name].to_numpy(dtype=np.float64) ** power
        return {name if power == 1 else f"{name}^{power}": values}
    if power > 1:
        raise DesignError(f"'{name}^{power}' squares a factor that is no number")
    levels = coded[name].to_numpy()
    first = (levels == factor.levels[0]).astype(float)
    return {f"{name}[{level}]": (levels == level) - first for level in factor.levels[1:]}


def estimable_terms(
    coded: pd.DataFrame,
    terms: Sequence[str],
    factors: Factors,
    given: Sequence[str] = (),
    block: pd.Series[int] | None = None,
) -> list[str]:
    """Those of ``terms`` that the runs can tell from ``given`` and from those before them.

    A categorical term goes as a whole when one of its columns is aliased. Where ``block`` is
    given, the terms must be told from block differences as well.
    """
    matrix = model_matrix(coded, given, factors).to_numpy()
    if block is not None:
        matrix = np.column_stack([matrix, block_indicators(block)[:, 1:]])
    basis = orthonormal(matrix)
    kept: list[str] = []
    for term in terms:
        grown = _extended(basis, list(_term_columns(coded, term, factors).values()))
        if grown is not None:
            basis, kept = grown, [*kept, term]
    return kept


def default_terms(coded: pd.DataFrame, point: pd.Series[str], factors: Factors) -> list[str]:
    """The model that a design was made for.

    Main effects; then two-factor interactions; then squares of factors with three levels or
    more. Of each class those that the runs can estimate, and the class as a whole only if at
    least one run is left to tell the error. A screening design is for main effects alone; a
    definitive one for squares before interactions, and for all of a class or none.

    Args:
        coded: Coded levels, one column per factor.
        point: Kind of each point, as in a run sheet.
        factors: The factors.
    """
    terms = estimable_terms(coded, main_effects(factors), factors)
    definitive = bool((point == "definitive").any())
    for further in higher_terms(coded, point, factors):
        found = estimable_terms(coded, further, factors, given=terms)
        if definitive and len(found) < len(further):
            break  # those that happen to come first are no model
        grown = terms + found
        if model_matrix(coded, grown, factors).shape[1] < len(coded):
            terms = grown
    return terms


def higher_terms(
    coded: pd.DataFrame, point: pd.Series[str], factors: Factors
) -> tuple[list[str], ...]:
    """The classes of terms beyond the main effects that a design may be asked about."""
    if factors.mixture:
        return _blends(coded[point != "centre"], factors)
    if (point == "screening").any():
        return ()
    away = coded[point != "centre"]
    curved = [name for name in factors.continuous if away[name].nunique() > 2]
    if (point == "definitive").any():  # made to show curvature, and few interactions at a time
        return squares(curved), interactions(factors)
    return interactions(factors), squares(curved)


def _blends(away: pd.DataFrame, factors: Factors) -> tuple[list[str], ...]:
    """Scheffé's classes, and those of factors beside the mixture.

    A factor's interactions with all components add up to its main effect, so the last component
    has none: the main effect speaks for it. Special cubic terms come where runs blend three.
    """
    components = list(factors.mixture)
    beside = [name for name in factors if name not in factors.mixture]
    crossed = [f"{name}:{other}" for name in components[:-1] for other in beside]
    curved = [name for name in beside if name in factors.continuous and away[name].nunique() > 2]
    three = [":".join(names) for names in combinations(components, 3)]
    if not ((away[components] > 0).sum(axis=1) > 2).any():
        three = []
    classes = (interactions(components), crossed, interactions(beside), squares(curved), three)
    return tuple(terms for terms in classes if terms)


def alias_of(
    coded: pd.DataFrame, term: str, terms: Sequence[str], factors: Factors
) -> tuple[str, ...]:
    """The terms among ``terms`` whose sum a term cannot be told from; empty when it can.

    Only for a term of one column; the sign is left out.
    """
    matrix = model_matrix(coded, terms, factors)
    found: list[str] = []
    for column in _term_columns(coded, term, factors).values():
        weights = np.linalg.lstsq(matrix.to_numpy(), column, rcond=None)[0]
        if _length(column - matrix.to_numpy() @ weights) > DEPENDENT * max(_length(column), 1.0):
            return ()
        found += [
            str(name)
            for name, weight in zip(matrix.columns, weights, strict=True)
            if abs(weight) > DEPENDENT
        ]
    return tuple(dict.fromkeys(found))


def orthonormal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """An orthonormal basis of the columns, earlier columns first; dependent ones add nothing."""
    basis = np.empty((len(matrix), 0))
    for column in matrix.T:
        grown = _extended(basis, [column])
        basis = basis if grown is None else grown
    return basis


def _extended(
    basis: NDArray[np.float64], columns: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    for column in columns:
        # Projected twice: once leaves rounding of the size that is looked for.
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        if _length(rest) <= DEPENDENT * max(_length(column), 1.0):
            return None
        basis = np.column_stack([basis, rest / _length(rest)])
    return basis


def block_indicators(block: pd.Series[int]) -> NDArray[np.float64]:
    """One column per block, 1 in its runs and 0 elsewhere."""
    return np.asarray(block.to_numpy()[:, None] == np.unique(block)[None, :], dtype=np.float64)


def _length(column: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(column))
