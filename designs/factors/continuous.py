"""Continuous factors: any value between two bounds."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from designs.errors import DesignError
from designs.factors.numeric import Bound, Change, NumericFactor, in_unit
from quantities import Quantity, convert, same_dimension

_ROUNDING = 1e-9


class ContinuousFactor(NumericFactor):
    """A factor that takes any value between two bounds: ``{low: 1 g/L/h, high: 4.8 g/L/h}``.

    Attributes:
        scale: ``linear``, or ``log`` when ratios matter; a log factor's centre is the
            geometric mean of its bounds.
        change: How freely it varies between runs.
    """

    low_bound: Bound = Field(
        alias="low", description="Lower bound with its unit; coded -1. Its unit is the factor's."
    )
    high_bound: Bound = Field(alias="high", description="Upper bound with its unit; coded +1.")
    scale: Literal["linear", "log"] = Field(
        "linear", description="'log' codes the factor on its logarithm."
    )
    possible: tuple[Bound, ...] | None = Field(
        None, alias="levels", min_length=2, description="The only values that it can take."
    )
    change: Change = Field("easy", description="'hard' keeps it constant in groups of runs.")

    @field_validator("high_bound")
    @classmethod
    def _above_low(cls, high: Quantity, info: ValidationInfo) -> Quantity:
        low = info.data.get("low_bound")
        if low is None:
            return high
        if not same_dimension(low.written_unit, high.written_unit):
            raise PydanticCustomError(
                "wrong_unit",
                "high is '{high}' but low is '{low}': their units measure different things",
                {"high": high.text, "low": low.text},
            )
        if convert(high.written_value, high.written_unit, low.written_unit) <= low.written_value:
            raise PydanticCustomError(
                "low_not_below_high",
                "high ({high}) must be above low ({low})",
                {"high": high.text, "low": low.text},
            )
        return high

    @field_validator("scale")
    @classmethod
    def _log_needs_positive(cls, scale: str, info: ValidationInfo) -> str:
        low = info.data.get("low_bound")
        if scale == "log" and low is not None and low.written_value <= 0:
            raise PydanticCustomError(
                "log_needs_positive",
                "a log scale needs low above zero, but low is {low}",
                {"low": low.text},
            )
        return scale

    @field_validator("possible")
    @classmethod
    def _within_bounds(
        cls, levels: tuple[Quantity, ...] | None, info: ValidationInfo
    ) -> tuple[Quantity, ...] | None:
        low, high = info.data.get("low_bound"), info.data.get("high_bound")
        if low is None or high is None:
            return levels
        for level in levels or ():
            if not same_dimension(level.written_unit, low.written_unit) or not (
                in_unit(low, low) <= in_unit(level, low) <= in_unit(high, low)
            ):
                raise PydanticCustomError(
                    "level_outside",
                    "level {level} does not lie between low ({low}) and high ({high})",
                    {"level": level.text, "low": low.text, "high": high.text},
                )
        return levels

    @cached_property
    def unit(self) -> str:
        """The unit of every value of this factor: as written in ``low``; empty for none."""
        return self.low_bound.written_unit

    @cached_property
    def low(self) -> float:
        """The value coded -1, in `unit`."""
        return self.low_bound.written_value

    @cached_property
    def high(self) -> float:
        """The value coded +1, in `unit`."""
        return in_unit(self.high_bound, self.low_bound)

    @cached_property
    def levels(self) -> tuple[float, ...] | None:
        """The only values that the factor can take, ascending in `unit`; None for any."""
        if self.possible is None:
            return None
        return tuple(sorted({in_unit(level, self.low_bound) for level in self.possible}))

    def to_coded(self, actual: Any) -> NDArray[np.float64]:
        """Code values given in `unit` (n of them).

        Whole levels, such as -1, 0 and 1, come out exactly.

        Raises:
            DesignError: A value that a log scale cannot take.
        """
        values = np.asarray(actual, dtype=np.float64)
        if self.scale == "log" and np.any(values <= 0):
            raise DesignError(f"a log scale has no place for {values.min():g} {self.unit}".strip())
        low, high = self._scaled(np.array([self.low, self.high]))
        coded = (2 * self._scaled(values) - (high + low)) / (high - low)
        whole = np.round(coded) + 0.0
        return np.asarray(np.where(np.abs(coded - whole) < _ROUNDING, whole, coded))

    def to_actual(self, coded: Any) -> NDArray[np.float64]:
        """Values in `unit` of n coded levels, rounded to twelve significant digits."""
        levels = np.asarray(coded, dtype=np.float64)
        low, high = self._scaled(np.array([self.low, self.high]))
        scaled = (high + low + levels * (high - low)) / 2
        actual = 10.0**scaled if self.scale == "log" else scaled
        actual = np.array([float(f"{value:.12g}") for value in actual])
        # The bounds come back as written: 10**log10(32) is not 32.
        return np.where(levels == -1, self.low, np.where(levels == 1, self.high, actual))

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log10(values) if self.scale == "log" else values
