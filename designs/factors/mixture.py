"""Mixture components: amounts that add up to a total, such as the sugars of a feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from designs.errors import DesignError
from designs.factors.numeric import Bound, Change, NumericFactor, in_unit
from quantities import same_dimension

_ROUNDING = 1e-6
"""By how much of the total a run's amounts may miss it: run sheets are edited by hand."""


class MixtureFactor(NumericFactor):
    """A component of a mixture: ``{total: 20 g/L, low: 2 g/L, high: 15 g/L}``.

    All components of an experiment state the same total. In models they are coded as
    pseudo-components: 0 at the component's low, 1 where it takes all that the others' lows leave.
    """

    total: Bound = Field(
        description="What the components add up to, with its unit, such as '20 g/L' or '100 %'."
    )
    low_bound: Bound | None = Field(
        None, alias="low", description="The least amount; none when omitted."
    )
    high_bound: Bound | None = Field(
        None, alias="high", description="The greatest amount; all of the total when omitted."
    )
    change: Change = Field("easy", description="'hard' keeps it constant in groups of runs.")

    @field_validator("low_bound", "high_bound")
    @classmethod
    def _of_the_same_dimension(cls, bound: Bound | None, info: ValidationInfo) -> Bound | None:
        total = info.data.get("total")
        if bound is None or total is None:
            return bound
        if not same_dimension(bound.written_unit, total.written_unit):
            raise PydanticCustomError(
                "wrong_unit",
                "'{bound}' and the total '{total}' measure different things",
                {"bound": bound.text, "total": total.text},
            )
        return bound

    @model_validator(mode="after")
    def _in_order(self) -> MixtureFactor:
        if not 0 <= self.low < self.high <= self.whole:
            raise PydanticCustomError(
                "bounds",
                "a component's amount goes from 0 or more to the total {total} or less, low below "
                "high",
                {"total": self.total.text},
            )
        return self

    @cached_property
    def unit(self) -> str:
        """The unit of every value of this factor: as written in ``total``."""
        return self.total.written_unit

    @cached_property
    def whole(self) -> float:
        """The total, in `unit`."""
        return self.total.written_value

    @cached_property
    def low(self) -> float:
        """The least amount, in `unit`."""
        return 0.0 if self.low_bound is None else in_unit(self.low_bound, self.total)

    @cached_property
    def high(self) -> float:
        """The greatest amount, in `unit`."""
        return self.whole if self.high_bound is None else in_unit(self.high_bound, self.total)


class Mixture(Mapping[str, MixtureFactor]):
    """The components of a mixture by name, and their coding.

    Raises:
        DesignError: They do not make a mixture.
    """

    def __init__(self, components: Mapping[str, MixtureFactor]) -> None:
        self._components = dict(components)
        if not components:
            return
        first = next(iter(components.values()))
        names = " and ".join(components)
        if len(components) < 2:
            raise DesignError(f"a mixture needs two components or more, but there is only {names}")
        for name, component in components.items():
            if component.unit != first.unit or component.whole != first.whole:
                raise DesignError(
                    f"all components of a mixture state the same total, but {name} states "
                    f"{component.total.text} and another {first.total.text}"
                )
        if not self.lows.sum() < first.whole < self.highs.sum():
            raise DesignError(f"the bounds of {names} leave no way to make {first.total.text}")

    def __getitem__(self, name: str) -> MixtureFactor:
        return self._components[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._components)

    def __len__(self) -> int:
        return len(self._components)

    @cached_property
    def whole(self) -> float:
        """The total, in the components' unit."""
        return next(iter(self.values())).whole

    @cached_property
    def lows(self) -> NDArray[np.float64]:
        """The least amount of each component."""
        return np.array([component.low for component in self.values()])

    @cached_property
    def highs(self) -> NDArray[np.float64]:
        """The greatest amount of each component."""
        return np.array([component.high for component in self.values()])

    @property
    def coded_highs(self) -> NDArray[np.float64]:
        """The greatest coded amount of each component; the least is 0."""
        return np.asarray((self.highs - self.lows) / (self.whole - self.lows.sum()))

    @property
    def coded_pure(self) -> NDArray[np.float64]:
        """The coded blend that each component alone would be, a row each; most cannot be made."""
        pure = self.whole * np.eye(len(self)) - self.lows
        return np.asarray(pure / (self.whole - self.lows.sum()))

    def to_coded(self, actual: pd.DataFrame) -> pd.DataFrame:
        """Amounts as pseudo-components, which add up to 1.

        Raises:
            DesignError: A run's amounts do not add up to the total.
        """
        amounts = actual[list(self)].to_numpy(dtype=np.float64)
        missed = np.abs(amounts.sum(axis=1) - self.whole) > _ROUNDING * self.whole
        if missed.any():
            unit = next(iter(self.values())).unit
            raise DesignError(
                f"{' + '.join(self)} make {amounts[missed][0].sum():g} {unit}".rstrip()
                + f" in a run, not {self.whole:g} {unit}".rstrip()
            )
        coded = (amounts - self.lows) / (self.whole - self.lows.sum())
        coded = coded / coded.sum(axis=1, keepdims=True)  # rounded amounts still make one
        whole = np.round(coded) + 0.0
        coded = np.where(np.abs(coded - whole) < 1e-9, whole, coded)
        return pd.DataFrame(coded, columns=list(self), index=actual.index)

    def to_actual(self, coded: pd.DataFrame) -> pd.DataFrame:
        """Amounts of pseudo-components, rounded to twelve significant digits."""
        shares = coded[list(self)].to_numpy(dtype=np.float64)
        amounts = self.lows + shares * (self.whole - self.lows.sum())
        rounded = [[float(f"{amount:.12g}") for amount in run] for run in amounts]
        return pd.DataFrame(rounded, columns=list(self), index=coded.index, dtype=np.float64)
