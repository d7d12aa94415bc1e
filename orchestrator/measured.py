"""Tables of results measured elsewhere: a CSV becomes factors, responses and rows to analyse."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import ModelError
from quantities import QuantityError, convert

if TYPE_CHECKING:
    from orchestrator.protocol import Protocol

SAMPLE_COLUMNS = ("vessel", "sample", "well", "time", "volume")
LONGEST = 10_000
"""Lines of a table that a report is still written for: every run stands in it."""

_DECIMAL_COMMA = r"[-+]?\d+(?:,\d+)?(?:[eE][-+]?\d+)?"
_HEADER = re.compile(r"^(?P<name>.*?)\s*(?:\[(?P<unit>.*)\])?$")


def read_measured(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read a CSV whose headers may carry units, such as ``feed_rate [g/L/h]``.

    Returns:
        The table with bare column names, and the unit of each column that has one.

    Raises:
        ModelError: It is no table, or a column stands there twice.
    """
    _refuse_very_long(path)
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


def _refuse_very_long(path: Path) -> None:
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    if lines > LONGEST:
        raise ModelError(
            f"{path} has {lines:,} lines; a table of runs has one row a run, and a report can "
            f"show {LONGEST:,}. Reduce time courses to a value a run first (a protocol's "
            "`responses:` do that), or fit the table in Python with analysis.study.analyze."
        )


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
