"""Points of a design of one's own, read from its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from designs.errors import DesignError
from designs.factors import ContinuousFactor, Factors
from designs.specs.table import Table
from quantities import QuantityError


def table(factors: Factors, spec: Table) -> pd.DataFrame:
    """The rows as given; those in the middle of all factors are centre points."""
    actual = pd.DataFrame(
        [read_row(factors, row, ("rows", str(number))) for number, row in enumerate(spec.rows)]
    )
    coded = factors.to_coded(actual)
    centre = (coded[list(factors.continuous)] == 0).all(axis=1) & bool(factors.continuous)
    return coded.assign(point=np.where(centre, "centre", "given"))


def read_row(
    factors: Factors, row: Mapping[str, Any], loc: tuple[str, ...]
) -> dict[str, float | str]:
    """The actual values of a run as a file states them.

    Args:
        factors: The factors, all of which must have a value.
        row: Value by factor, as written.
        loc: Where the row stands in the design section.

    Raises:
        DesignError: A value is missing, cannot be read or lies outside its factor's range.
    """
    if unknown := [name for name in row if name not in factors]:
        raise DesignError(
            f"'{unknown[0]}' is none of the factors {', '.join(factors)}", (*loc, unknown[0])
        )
    values: dict[str, float | str] = {}
    for name, factor in factors.items():
        if name not in row:
            raise DesignError(f"this row has no value for {name}", loc)
        try:
            value = factor.read(row[name])
        except QuantityError as error:
            raise DesignError(f"{name}: {error}", (*loc, name)) from error
        if isinstance(factor, ContinuousFactor) and not factor.low <= float(value) <= factor.high:
            raise DesignError(
                f"{factor.text(value)} lies outside the range of {name}, "
                f"{factor.text(factor.low)} to {factor.text(factor.high)}",
                (*loc, name),
            )
        values[name] = value
    return values
