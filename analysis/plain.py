"""Results as plain JSON types: no NaN, no numpy, always in the same order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

from designs import CategoricalFactor, ContinuousFactor, MixtureFactor

UNTOLD = {"told": False}
"""Metadata of a dataclass field that is means to an end and stands in no file."""


def plain(value: Any) -> Any:
    """A result as JSON types: dataclasses and mappings as objects, tables as lists of rows.

    What is not a finite number becomes None.

    Raises:
        TypeError: Something that has no plain form.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, ContinuousFactor):
        ends = {key: getattr(value, key) for key in ("unit", "low", "high")}
        return ends | {"scale": value.scale}
    if isinstance(value, CategoricalFactor):
        return {"levels": list(value.levels)}
    if isinstance(value, MixtureFactor):
        ends = {key: getattr(value, key) for key in ("unit", "low", "high")}
        return ends | {"total": value.whole}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, pd.DataFrame):
        return _rows(value)
    if isinstance(value, pd.Series):
        return {str(key): plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name))
            for field in fields(value)
            if field.metadata.get("told", True)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [plain(item) for item in value]
    if value is pd.NA or value is pd.NaT:
        return None
    raise TypeError(f"{type(value).__name__} has no plain form")


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    label = str(table.index.name or "row")
    named = table if label in table.columns else table.rename_axis(label).reset_index()
    return [
        {str(key): plain(item) for key, item in zip(named.columns, row, strict=True)}
        for row in named.itertuples(index=False, name=None)
    ]
