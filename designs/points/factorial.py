"""Points of two-level and full factorial designs, at the factors' levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import CategoricalFactor, Factors
from designs.generators import factorial, fractions, hadamard
from designs.generators.fold import folded
from designs.specs.factorial import Fractional, FullFactorial
from designs.specs.screening import PlackettBurman


def full_factorial(factors: Factors, spec: FullFactorial) -> pd.DataFrame:
    """Every combination of the factors' levels."""
    return level_grid(factors, spec.levels).assign(point="factorial")


def level_grid(factors: Factors, levels: int | Mapping[str, int]) -> pd.DataFrame:
    """Every combination of levels of the factors that are no components of a mixture.

    Args:
        factors: The factors.
        levels: How many each continuous factor has, or by name (2 where unnamed).

    Raises:
        DesignError: A name is no continuous factor's.
    """
    chosen = levels if isinstance(levels, Mapping) else {}
    for name in chosen:
        if name not in factors.continuous:
            raise DesignError(
                f"levels are counted for continuous factors only, and '{name}' is none of them",
                ("levels", name),
            )
    every = levels if isinstance(levels, int) else 2
    texts: dict[str, Sequence[Any]] = {
        name: factor.levels
        if isinstance(factor, CategoricalFactor)
        else np.linspace(-1, 1, chosen.get(name, every)).tolist()
        for name, factor in factors.items()
        if name not in factors.mixture
    }
    numbers = factorial.full_factorial([len(values) for values in texts.values()])
    return pd.DataFrame(
        {
            name: [values[number] for number in column]
            for (name, values), column in zip(texts.items(), numbers.T, strict=True)
        }
    )


def two_level_points(
    factors: Factors, kind: str, point: str, signs: NDArray[np.float64]
) -> pd.DataFrame:
    """Signs (runs x k) as levels of the factors; a categorical factor has two.

    Raises:
        DesignError: A categorical factor has more.
    """
    columns: dict[str, Any] = {}
    for (name, factor), column in zip(factors.items(), signs.T, strict=True):
        if isinstance(factor, CategoricalFactor):
            if len(factor.levels) > 2:
                raise DesignError(
                    f"a {kind} design has two levels of each factor, but {name} has "
                    f"{len(factor.levels)}",
                    ("kind",),
                )
            columns[name] = [factor.levels[int(sign > 0)] for sign in column]
        else:
            columns[name] = column
    return pd.DataFrame(columns).assign(point=point)


def fractional(factors: Factors, spec: Fractional) -> pd.DataFrame:
    """A regular fraction, by its generators or its resolution."""
    if spec.generators is not None:
        signs = _generated(list(factors), spec.generators)
    elif spec.runs is not None:
        signs = fractions.fraction_of_runs(len(factors), spec.runs)
    else:
        signs = fractions.fraction(len(factors), spec.resolution or 3)
    return _perhaps_folded(factors, spec, "factorial", signs)


def _perhaps_folded(
    factors: Factors, spec: Fractional | PlackettBurman, point: str, signs: NDArray[np.float64]
) -> pd.DataFrame:
    points = two_level_points(factors, spec.kind, point, signs)
    if spec.fold is None:
        return points
    on, half = (None, None) if spec.fold == "full" else (spec.fold.on, spec.fold.half)
    names = list(factors)
    for key, name in (("on", on), ("half", half)):
        if name is not None and name not in names:
            raise DesignError(f"'{name}' is none of the factors {', '.join(names)}", ("fold", key))
    again = folded(
        signs,
        None if on is None else names.index(on),
        None if half is None else names.index(half),
    )
    second = two_level_points(factors, spec.kind, point, again)
    return pd.concat([points.assign(block=0), second.assign(block=1)], ignore_index=True)


def _generated(names: Sequence[str], generators: Mapping[str, str]) -> NDArray[np.float64]:
    base = [name for name in names if name not in generators]
    products, signs = [], []
    for name, text in generators.items():
        loc = ("generators", name)
        if name not in names:
            raise DesignError(f"'{name}' is none of the factors {', '.join(names)}", loc)
        word = text.strip()
        signs.append(-1.0 if word.startswith("-") else 1.0)
        parts = [part.strip() for part in word.removeprefix("-").split("*")]
        if unknown := [part for part in parts if part not in base]:
            raise DesignError(
                f"'{text}' is no product of factors that have no generator themselves: "
                f"'{unknown[0]}' is none of {', '.join(base)}",
                loc,
            )
        if len(parts) < 2 or len(set(parts)) < len(parts):
            raise DesignError(f"'{text}' is no product of two different factors or more", loc)
        products.append(tuple(base.index(part) for part in parts))
    columns = fractions.fraction_by_generators(len(base), products)
    columns[:, len(base) :] *= signs
    made = [*base, *generators]
    return columns[:, [made.index(name) for name in names]]


def plackett_burman(factors: Factors, spec: PlackettBurman) -> pd.DataFrame:
    """A screening design for main effects."""
    signs = hadamard.plackett_burman(len(factors), spec.runs)
    return _perhaps_folded(factors, spec, "screening", signs)
