"""Tables of results measured elsewhere: a CSV becomes factors, responses and rows to analyse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.errors import ModelError
from analysis.responses import ResponseSpec
from designs import CategoricalFactor, ContinuousFactor, Factors
from designs.factors import RUN_COLUMNS
from quantities import QuantityError, convert

if TYPE_CHECKING:
    from orchestrator.protocol import Protocol

_HEADER = re.compile(r"^(?P<name>.*?)\s*(?:\[(?P<unit>.*)\])?$")


def read_measured(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read a CSV whose headers may carry units, such as ``feed_rate [g/L/h]``.

    Returns:
        The table with bare column names, and the unit of each column that has one.

    Raises:
        ModelError: It is no table, or a column stands there twice.
    """
    try:
        raw = pd.read_csv(path, encoding="utf-8-sig", sep=None, engine="python")
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise ModelError(f"{path} cannot be read as a table: {error}") from error
    units: dict[str, str] = {}
    names = []
    for header in raw.columns:
        match = _HEADER.match(str(header).strip())
        name = match["name"] if match else str(header)
        if name in names:
            raise ModelError(f"{path}: column '{name}' stands there twice")
        names.append(name)
        if match and match["unit"]:
            units[name] = match["unit"]
    return raw.set_axis(names, axis="columns"), units


def in_units_of(protocol: Protocol, table: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """The table in the units of a protocol's factors and responses.

    Raises:
        ModelError: A factor or a response has no column, or another kind of unit.
    """
    wanted = {name: factor.unit for name, factor in protocol.factors.items()}
    wanted |= {name: spec.unit for name, spec in protocol.responses.items()}
    if missing := [name for name in wanted if name not in table.columns]:
        raise ModelError(
            f"the table has no column '{missing[0]}'; it has {', '.join(map(str, table.columns))}"
        )
    converted = table.copy()
    for name, unit in wanted.items():
        if name in units and units[name] != unit:
            try:
                factor = convert(1.0, units[name], unit)
                if convert(0.0, units[name], unit) != 0.0:
                    raise QuantityError(f"write column '{name}' in {unit}")
            except QuantityError as error:
                raise ModelError(f"column '{name}': {error}") from error
            converted[name] = converted[name] * factor
    return converted


def guess_factors(
    table: pd.DataFrame, units: Mapping[str, str], responses: Sequence[str]
) -> Factors:
    """Every column that is neither a response nor part of a run sheet is a factor.

    Raises:
        ModelError: A response has no column, or nothing is left to be a factor.
    """
    if not responses:
        raise ModelError("say which columns are responses: --response NAME, or --protocol FILE")
    if missing := [name for name in responses if name not in table.columns]:
        raise ModelError(
            f"the table has no column '{missing[0]}'; it has {', '.join(map(str, table.columns))}"
        )
    factors: dict[str, ContinuousFactor | CategoricalFactor] = {}
    for name in table.columns:
        if name in responses or name in RUN_COLUMNS:
            continue
        column = table[name].dropna()
        if column.nunique() < 2:
            raise ModelError(f"column '{name}' is the same in every row, so it can be no factor")
        if pd.api.types.is_numeric_dtype(column):
            unit = units.get(name, "")
            factors[name] = ContinuousFactor.model_validate(
                {
                    "low": f"{float(column.min())!r} {unit}",
                    "high": f"{float(column.max())!r} {unit}",
                }
            )
        else:
            levels = [str(level) for level in column.unique()]
            factors[name] = CategoricalFactor.model_validate({"levels": levels})
    return Factors(factors)


def plain_responses(names: Sequence[str], units: Mapping[str, str]) -> dict[str, ResponseSpec]:
    """Responses of which nothing is known but their names and units."""
    return {name: ResponseSpec(unit=units.get(name, "")) for name in names}
