"""Factors of a table that has no protocol, guessed from its columns or refused in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from analysis.errors import ModelError
from designs import CategoricalFactor, ContinuousFactor, DesignError, Factors
from designs.factors import RESERVED_COLUMNS

if TYPE_CHECKING:
    Column = pd.Series[Any]


def guess_factors(
    table: pd.DataFrame, units: Mapping[str, str], responses: Sequence[str]
) -> Factors:
    """Every column that is neither a response nor part of a run sheet is a factor.

    Args:
        table: One row per run, bare column names.
        units: Unit of each column that has one.
        responses: Columns that are responses.

    Raises:
        ModelError: A response has no column, a column can be no factor, or none is left.
    """
    if not responses:
        raise ModelError(
            "say which columns are responses and what is wanted: --maximise NAME, --minimise "
            "NAME, --target NAME=VALUE or only --response NAME; or give --protocol FILE"
        )
    if missing := [name for name in responses if name not in table.columns]:
        raise ModelError(
            f"the table has no column '{missing[0]}'; it has {', '.join(map(str, table.columns))}"
        )
    columns = [name for name in table.columns if name not in (*responses, *RESERVED_COLUMNS)]
    try:
        return Factors({name: _factor(name, table[name], units.get(name, "")) for name in columns})
    except DesignError as error:
        raise ModelError(str(error)) from error


def _factor(name: str, column: Column, unit: str) -> ContinuousFactor | CategoricalFactor:
    values = column.dropna()
    if values.nunique() < 2:
        raise ModelError(
            f"column '{name}' is the same in every row, so it can be no factor; leave it out"
        )
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return _categorical(name, values.astype(str))
    given = {"low": f"{float(values.min())!r} {unit}", "high": f"{float(values.max())!r} {unit}"}
    try:
        return ContinuousFactor.model_validate(given)
    except ValidationError as error:
        raise ModelError(f"column '{name}': {error.errors()[0]['msg']}") from error


def _categorical(name: str, texts: Column) -> CategoricalFactor:
    """A factor of levels, unless the column is numbers with a slip, or a remark on each run."""
    numeric = pd.to_numeric(texts, errors="coerce").notna()
    if 2 * numeric.sum() >= len(texts):
        strange = texts[~numeric].iloc[0]
        raise ModelError(
            f"column '{name}' holds numbers, but '{strange}' in row {_line(texts, ~numeric)}; "
            "a column of settings is all numbers or all names"
        )
    levels = list(texts.unique())
    if len(levels) > max(2, len(texts) // 2):
        raise ModelError(
            f"column '{name}' has {len(levels)} different texts in {len(texts)} rows, too many "
            "for the levels of a factor; leave it out if it is a remark"
        )
    try:
        return CategoricalFactor.model_validate({"levels": levels})
    except ValidationError as error:
        raise ModelError(f"column '{name}': {error.errors()[0]['msg']}") from error


def _line(texts: Column, marked: Column) -> int:
    return int(texts.index[marked.to_numpy()][0]) + 1
