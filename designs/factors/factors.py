"""All factors of an experiment, and the coding of whole tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, TypeAlias

import numpy as np
import pandas as pd
from pydantic import Discriminator, Tag

from designs.errors import DesignError
from designs.factors.categorical import CategoricalFactor
from designs.factors.continuous import ContinuousFactor
from designs.factors.mixture import Mixture, MixtureFactor
from designs.factors.naming import name_problem
from quantities import QuantityError


def _which(raw: Any) -> str | None:
    if isinstance(raw, ContinuousFactor):
        return "continuous"
    if isinstance(raw, CategoricalFactor):
        return "categorical"
    if isinstance(raw, MixtureFactor) or (isinstance(raw, Mapping) and "total" in raw):
        return "mixture"
    if not isinstance(raw, Mapping):
        return None
    if "low" in raw or "high" in raw:  # levels beside bounds are the values possible between them
        return "continuous"
    return "categorical" if "levels" in raw else "continuous"


Factor: TypeAlias = Annotated[
    Annotated[ContinuousFactor, Tag("continuous")]
    | Annotated[CategoricalFactor, Tag("categorical")]
    | Annotated[MixtureFactor, Tag("mixture")],
    Discriminator(
        _which,
        custom_error_type="factor",
        custom_error_message=(
            "a factor is written as {low: 1 g/L, high: 5 g/L}, {levels: [LB, TB]} or, as a part "
            "of a mixture, {total: 20 g/L}"
        ),
    ),
]


AnyFactor: TypeAlias = ContinuousFactor | CategoricalFactor | MixtureFactor


class Factors(Mapping[str, AnyFactor]):
    """The factors of one experiment by name, in the order of the file.

    Raises:
        DesignError: There is no factor, a name that no column can have, or a mixture that none
            can make.
    """

    def __init__(self, factors: Mapping[str, AnyFactor]) -> None:
        if not factors:
            raise DesignError("a design needs at least one factor")
        for name in factors:
            if problem := name_problem(name):
                raise DesignError(problem)
        self._factors = dict(factors)
        self.mixture = Mixture(
            {name: f for name, f in factors.items() if isinstance(f, MixtureFactor)}
        )
        """The components of a mixture, in order; empty for most experiments."""

    def __getitem__(self, name: str) -> AnyFactor:
        return self._factors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._factors)

    def __len__(self) -> int:
        return len(self._factors)

    def __repr__(self) -> str:
        return f"Factors({', '.join(self)})"

    @cached_property
    def continuous(self) -> dict[str, ContinuousFactor]:
        """The continuous factors, in order."""
        return {n: f for n, f in self._factors.items() if isinstance(f, ContinuousFactor)}

    @cached_property
    def categorical(self) -> dict[str, CategoricalFactor]:
        """The categorical factors, in order."""
        return {n: f for n, f in self._factors.items() if isinstance(f, CategoricalFactor)}

    @cached_property
    def free(self) -> dict[str, ContinuousFactor | CategoricalFactor]:
        """The factors that vary freely, in order: all but the components of a mixture."""
        return {
            name: factor
            for name, factor in self._factors.items()
            if not isinstance(factor, MixtureFactor)
        }

    @cached_property
    def numeric(self) -> dict[str, ContinuousFactor | MixtureFactor]:
        """The factors whose values are numbers, in order."""
        return {
            name: factor
            for name, factor in self._factors.items()
            if not isinstance(factor, CategoricalFactor)
        }

    def to_coded(self, actual: pd.DataFrame) -> pd.DataFrame:
        """Code a table of actual values.

        Args:
            actual: One column per factor (others are left out), values in the factor's unit.

        Returns:
            One column per factor: floats for continuous factors and components of a mixture,
            level text for categorical ones.

        Raises:
            DesignError: A factor's column is missing or holds a value that is none.
        """
        if missing := [name for name in self if name not in actual.columns]:
            raise DesignError(f"the table has no column for {', '.join(missing)}")
        columns: dict[str, Any] = dict.fromkeys(self)
        for name in self.numeric:
            if not all(map(math.isfinite, actual[name])):
                raise DesignError(f"the column of {name} has a value missing")
        columns |= self.mixture.to_coded(actual) if self.mixture else {}
        for name, factor in self.items():
            if isinstance(factor, ContinuousFactor):
                columns[name] = factor.to_coded(actual[name])
            elif isinstance(factor, CategoricalFactor):
                columns[name] = [_known_level(name, factor, level) for level in actual[name]]
        return pd.DataFrame(columns, index=actual.index)

    def to_actual(self, coded: pd.DataFrame) -> pd.DataFrame:
        """The actual values of a coded table, the inverse of `to_coded`."""
        columns: dict[str, Any] = dict.fromkeys(self)
        columns |= self.mixture.to_actual(coded) if self.mixture else {}
        for name, factor in self.items():
            if isinstance(factor, ContinuousFactor):
                columns[name] = factor.to_actual(coded[name].to_numpy(dtype=np.float64))
            elif isinstance(factor, CategoricalFactor):
                columns[name] = [_known_level(name, factor, level) for level in coded[name]]
        return pd.DataFrame(columns, index=coded.index)


def _known_level(name: str, factor: CategoricalFactor, level: Any) -> str:
    try:
        return factor.read(level)
    except QuantityError as error:
        raise DesignError(f"{name}: {error}") from error
