"""Tables of results measured elsewhere: a CSV becomes factors, responses and rows to analyse."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import ModelError
from analysis.responses import ResponseSpec
from designs import CategoricalFactor, ContinuousFactor, Factors
from designs.factors import RESERVED_COLUMNS
from quantities import QuantityError, convert

if TYPE_CHECKING:
    from orchestrator.protocol import Protocol

SAMPLE_COLUMNS = ("vessel", "sample", "well", "time", "volume")
_DECIMAL_COMMA = r"[-+]?\d+(?:,\d+)?(?:[eE][-+]?\d+)?"
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
    except (ValueError, csv.Error, pd.errors.ParserError) as error:
        raise ModelError(f"{path} cannot be read as a table: {error}") from error
    units: dict[str, str] = {}
    columns: dict[str, pd.Series[Any]] = {}
    for header in raw.columns:
        match = _HEADER.match(str(header).strip())
        name = match["name"] if match else str(header)
        if name in columns:
            raise ModelError(f"{path}: column '{name}' stands there twice")
        columns[name] = _with_points(raw[header])
        if match and match["unit"]:
            units[name] = match["unit"]
    return pd.DataFrame(columns), units


def _with_points(column: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers written with decimal commas as numbers; a column with other texts keeps them."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    texts = column.astype("string").str.strip()
    numbers = texts.str.fullmatch(_DECIMAL_COMMA).fillna(False)
    texts = texts.where(~numbers, texts.str.replace(",", "."))
    return pd.to_numeric(texts).astype(float) if numbers[texts.notna()].all() else texts


def read_samples(path: Path, responses: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a campaign's samples, filled by a laboratory, perhaps by way of a spreadsheet.

    Args:
        path: As `write_samples` wrote it, with the responses' columns filled.
        responses: Columns that must hold numbers; what is none counts as missing.

    Returns:
        The table with times in ``t_s``, and a sentence for each column with such texts.

    Raises:
        ModelError: A column that belongs there is missing.
    """
    table, _ = read_measured(path)
    if missing := [name for name in (*SAMPLE_COLUMNS, *responses) if name not in table.columns]:
        raise ModelError(f"{path} has no column '{missing[0]}'; keep its first line as it was")
    told = []
    for name in responses:
        numbers = pd.to_numeric(table[name], errors="coerce")
        strange = table[name][numbers.isna() & table[name].notna()].astype(str).unique()
        if len(strange):
            told.append(
                f"{path.name}: {name} has texts that are no numbers ({', '.join(strange[:3])}); "
                "they count as missing."
            )
        table[name] = numbers
    return table.assign(t_s=table["time"] * 3600), tuple(told)


def write_samples(path: Path, table: pd.DataFrame) -> None:
    """Write samples as a laboratory reads them: times in hours, six digits.

    Args:
        path: CSV to write.
        table: As `orchestrator.results.samples` gives it.
    """
    lab = table.assign(time=(table["t_s"] / 3600).round(4)).drop(columns="t_s")
    order = [*SAMPLE_COLUMNS, *(name for name in lab.columns if name not in SAMPLE_COLUMNS)]
    headers = {"time": "time [h]", "volume": "volume [mL]"}
    lab[order].rename(columns=headers).to_csv(
        path, index=False, lineterminator="\n", float_format="%.6g"
    )


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
        if name in responses or name in RESERVED_COLUMNS:
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
