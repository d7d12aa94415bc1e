"""Factors: what the experiment varies, and how their values are coded for designs and models.

A continuous factor runs from -1 (low) to +1 (high), on its own or on a logarithmic scale. A
categorical factor keeps its level's text; `designs.model_terms` gives it effects coding.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from designs.errors import DesignError
from quantities import Quantity, QuantityError, convert, parse_quantity, same_dimension

RUN_COLUMNS = ("run", "standard_order", "point", "replicate", "block", "vessel")
"""Columns of a run sheet that say how a run stands in the design; no factor may be called so."""

STRATA_COLUMNS = ("whole_plot", "sub_plot")
"""Further columns of a run sheet whose design has factors that are hard to change."""

RESERVED_COLUMNS = RUN_COLUMNS + STRATA_COLUMNS

Change: TypeAlias = Literal["easy", "hard", "very-hard"]
"""How freely a factor varies between runs: hard ones stay within whole plots; where both hard and
very hard ones are, very hard ones stay within whole plots and hard ones within sub-plots."""

_ROUNDING = 1e-9

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _name_problem(name: str) -> str | None:
    if not _NAME.fullmatch(name):
        return (
            f"'{name}' cannot name a factor; use a letter, then letters, digits and underscores, "
            "such as 'feed_rate'"
        )
    if name in RESERVED_COLUMNS:
        return f"'{name}' cannot name a factor, because a column of the run sheet is called so"
    return None


def _factor_name(name: str) -> str:
    if problem := _name_problem(name):
        raise PydanticCustomError("factor_name", "{problem}", {"problem": problem})
    return name


FactorName: TypeAlias = Annotated[str, AfterValidator(_factor_name)]


def _bound(raw: Any) -> Quantity:
    if isinstance(raw, Quantity):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise PydanticCustomError("quantity", "expected a quantity such as '1.5 g/L/h'")
    try:
        return parse_quantity(str(raw))
    except QuantityError as error:
        raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from error


_Bound: TypeAlias = Annotated[
    Quantity,
    BeforeValidator(_bound),
    WithJsonSchema({"type": ["string", "number"], "examples": ["1.5 g/L/h", 6.9]}),
]


class ContinuousFactor(BaseModel):
    """A factor that takes any value between two bounds: ``{low: 1 g/L/h, high: 4.8 g/L/h}``.

    Attributes:
        scale: ``linear``, or ``log`` when ratios matter; a log factor's centre is the
            geometric mean of its bounds.
        change: How freely it varies between runs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    low_bound: _Bound = Field(
        alias="low", description="Lower bound with its unit; coded -1. Its unit is the factor's."
    )
    high_bound: _Bound = Field(alias="high", description="Upper bound with its unit; coded +1.")
    scale: Literal["linear", "log"] = Field(
        "linear", description="'log' codes the factor on its logarithm."
    )
    possible: tuple[_Bound, ...] | None = Field(
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
                _in_unit(low, low) <= _in_unit(level, low) <= _in_unit(high, low)
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
        return _in_unit(self.high_bound, self.low_bound)

    @cached_property
    def levels(self) -> tuple[float, ...] | None:
        """The only values that the factor can take, ascending in `unit`; None for any."""
        if self.possible is None:
            return None
        return tuple(sorted({_in_unit(level, self.low_bound) for level in self.possible}))

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

    def read(self, raw: Any) -> float:
        """A value in `unit` from a file: text with a unit, or a number where the unit is none.

        Raises:
            QuantityError: No such quantity, or of another dimension.
        """
        quantity = parse_quantity(str(raw))
        if not same_dimension(quantity.written_unit, self.unit):
            raise QuantityError(
                f"'{raw}' is no value here; expected one such as '{self.text(self.low)}'"
            )
        return convert(quantity.written_value, quantity.written_unit, self.unit)

    def text(self, value: float | str) -> str:
        """A value as it would be written in a file, such as ``2.9 g/L/h``."""
        return f"{np.format_float_positional(float(value), trim='-')} {self.unit}".strip()

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log10(values) if self.scale == "log" else values


def _in_unit(quantity: Quantity, of: Quantity) -> float:
    return convert(quantity.written_value, quantity.written_unit, of.written_unit)


def _levels(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple):
        raise PydanticCustomError("levels", "expected a list of levels, such as [LB, TB]")
    levels = []
    for level in raw:
        if isinstance(level, bool) or not isinstance(level, str | int | float):
            raise PydanticCustomError(
                "levels", "a level is a text or a quantity; put it in quotes if it is a word"
            )
        text = str(level).strip()
        if not text or not text.isprintable():
            raise PydanticCustomError("levels", "a level needs a name of printable characters")
        levels.append(text)
    if len(levels) < 2:
        raise PydanticCustomError("levels", "a factor needs at least two levels")
    if doubled := next((level for level in levels if levels.count(level) > 1), None):
        raise PydanticCustomError("levels", "level '{level}' is given twice", {"level": doubled})
    return tuple(levels)


class CategoricalFactor(BaseModel):
    """A factor that takes one of several named levels: ``{levels: [LB, TB]}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levels: Annotated[
        tuple[str, ...],
        BeforeValidator(_levels),
        WithJsonSchema({"type": "array", "items": {"type": ["string", "number"]}, "minItems": 2}),
    ] = Field(description="The levels, each a text or a quantity.")
    change: Change = Field("easy", description="'hard' keeps it constant in groups of runs.")

    @property
    def unit(self) -> str:
        """Always empty; levels carry their own units."""
        return ""

    def read(self, raw: Any) -> str:
        """The level that a file names.

        Raises:
            QuantityError: No such level.
        """
        level = str(raw).strip()
        if level not in self.levels:
            raise QuantityError(f"'{raw}' is none of the levels {', '.join(self.levels)}")
        return level

    def text(self, value: float | str) -> str:
        """The level as it stands in a file."""
        return str(value)


def _which(raw: Any) -> str | None:
    if isinstance(raw, ContinuousFactor):
        return "continuous"
    if isinstance(raw, CategoricalFactor):
        return "categorical"
    if not isinstance(raw, Mapping):
        return None
    if "low" in raw or "high" in raw:  # levels beside bounds are the values possible between them
        return "continuous"
    return "categorical" if "levels" in raw else "continuous"


Factor: TypeAlias = Annotated[
    Annotated[ContinuousFactor, Tag("continuous")]
    | Annotated[CategoricalFactor, Tag("categorical")],
    Discriminator(
        _which,
        custom_error_type="factor",
        custom_error_message=(
            "a factor is written as {low: 1 g/L, high: 5 g/L} or {levels: [LB, TB]}"
        ),
    ),
]


class Factors(Mapping[str, ContinuousFactor | CategoricalFactor]):
    """The factors of one experiment by name, in the order of the file.

    Raises:
        DesignError: There is no factor, or a name that no column can have.
    """

    def __init__(self, factors: Mapping[str, ContinuousFactor | CategoricalFactor]) -> None:
        if not factors:
            raise DesignError("a design needs at least one factor")
        for name in factors:
            if problem := _name_problem(name):
                raise DesignError(problem)
        self._factors = dict(factors)

    def __getitem__(self, name: str) -> ContinuousFactor | CategoricalFactor:
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

    def to_coded(self, actual: pd.DataFrame) -> pd.DataFrame:
        """Code a table of actual values.

        Args:
            actual: One column per factor (others are left out), values in the factor's unit.

        Returns:
            One column per factor: floats for continuous factors, level text for categorical ones.

        Raises:
            DesignError: A factor's column is missing or holds a value that is none.
        """
        if missing := [name for name in self if name not in actual.columns]:
            raise DesignError(f"the table has no column for {', '.join(missing)}")
        columns: dict[str, Any] = {}
        for name, factor in self.items():
            if isinstance(factor, ContinuousFactor):
                columns[name] = factor.to_coded(actual[name])
                if not all(map(math.isfinite, columns[name])):
                    raise DesignError(f"the column of {name} has a value missing")
            else:
                columns[name] = [_known_level(name, factor, level) for level in actual[name]]
        return pd.DataFrame(columns, index=actual.index)

    def to_actual(self, coded: pd.DataFrame) -> pd.DataFrame:
        """The actual values of a coded table, the inverse of `to_coded`."""
        columns: dict[str, Any] = {}
        for name, factor in self.items():
            if isinstance(factor, ContinuousFactor):
                columns[name] = factor.to_actual(coded[name].to_numpy(dtype=np.float64))
            else:
                columns[name] = [_known_level(name, factor, level) for level in coded[name]]
        return pd.DataFrame(columns, index=coded.index)


def _known_level(name: str, factor: CategoricalFactor, level: Any) -> str:
    try:
        return factor.read(level)
    except QuantityError as error:
        raise DesignError(f"{name}: {error}") from error
