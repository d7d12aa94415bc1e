"""Read a table of runs for one response: what can be fitted, what is refused, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from designs import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designs import Factors


@dataclass(frozen=True)
class Runs:
    """The runs of one response, ready to fit.

    Attributes:
        coded: Coded settings, one row per run used.
        observed: The response, floats.
        block: Block label of each run as text; None without blocks.
        notes: Sentences on runs left out.
        present: Of each row of the table given: whether it has the response.
    """

    coded: pd.DataFrame
    observed: pd.Series
    block: pd.Series | None
    notes: tuple[str, ...]
    present: np.ndarray


def read_runs(
    table: pd.DataFrame, factors: Factors, response: str, used: Sequence[str], block: str | None
) -> Runs:
    """Check a table and code its factors; runs without the response are left out and counted.

    Args:
        table: One row per run.
        factors: How to code the factor columns.
        response: Column to model.
        used: Factors that the model uses; each must vary.
        block: Column of block labels, or None.

    Raises:
        ModelError: A column is missing, doubled or constant, or holds text where a number is due.
    """
    _require_columns(table, [*factors, response, *([block] if block else [])])
    observed = numbers(table, response, lost_allowed=True)
    present = observed.notna()
    notes = _lost(int((~present).sum()), len(table), response)
    table, observed = table[present], observed[present]
    coded = code_settings(table, factors)
    _require_variation(table, observed, response, used)
    labels = None
    if block:
        if table[block].isna().any():
            raise ModelError(f"The block column '{block}' is empty in some runs.")
        labels = table[block].astype(str)
    return Runs(coded, observed, labels, notes, present.to_numpy())


def code_settings(table: pd.DataFrame, factors: Factors) -> pd.DataFrame:
    """The coded settings of the runs in a table.

    Raises:
        ModelError: A factor's column is missing or holds what is no setting.
    """
    _require_columns(table, list(factors))
    table = table.assign(**{name: _settings(table, name, factors) for name in factors})
    try:
        return factors.to_coded(table)
    except DesignError as error:
        raise ModelError(f"A setting in the table is wrong: {error}.") from error


def _settings(table: pd.DataFrame, name: str, factors: Factors) -> pd.Series:
    empty = table[name].isna()
    if empty.any():
        raise ModelError(
            f"The factor '{name}' is empty in {_rows(table, empty)}; every run needs its setting."
        )
    return numbers(table, name) if name in factors.continuous else table[name]


def _require_columns(table: pd.DataFrame, names: list[str]) -> None:
    doubled = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
    if doubled:
        raise ModelError(f"The table has the column '{doubled[0]}' more than once.")
    for name in names:
        if name not in table.columns:
            raise ModelError(
                f"The table has no column '{name}'; it has {', '.join(map(str, table.columns))}."
            )


def numbers(table: pd.DataFrame, column: str, lost_allowed: bool = False) -> pd.Series:
    """A column as floats.

    Raises:
        ModelError: It holds text or an infinity.
    """
    found = pd.to_numeric(table[column], errors="coerce").astype(float)
    text = found.isna() & table[column].notna()
    if text.any():
        example = table.loc[text, column].iloc[0]
        raise ModelError(
            f"'{column}' holds '{example}' in {_rows(table, text)}, which is no number"
            + ("; leave the value of a lost run empty." if lost_allowed else ".")
        )
    infinite = found.abs() == np.inf
    if infinite.any():
        raise ModelError(f"'{column}' is infinite in {_rows(table, infinite)}.")
    return found


def _rows(table: pd.DataFrame, marked: pd.Series) -> str:
    column = "run" if "run" in table.columns else None
    labels = table.loc[marked, column] if column else table.index[marked]
    shown = ", ".join(str(label) for label in list(labels)[:5])
    return f"run {shown}" if len(labels) == 1 else f"runs {shown}" + ("…" * (len(labels) > 5))


def _lost(lost: int, total: int, response: str) -> tuple[str, ...]:
    if lost == 0:
        return ()
    tense = ("has", "was") if lost == 1 else ("have", "were")
    return (f"{lost} of {total} runs {tense[0]} no value of {response} and {tense[1]} left out.",)


def _require_variation(
    table: pd.DataFrame, observed: pd.Series, response: str, used: Sequence[str]
) -> None:
    if len(observed) < 2:
        raise ModelError(
            f"{len(observed)} run(s) with a value of '{response}' are too few to fit anything."
        )
    # Rounding of a computed column is no variation.
    if np.ptp(observed) <= 1e-12 * observed.abs().max():
        raise ModelError(
            f"'{response}' is {observed.iloc[0]:g} in every run; there is nothing to explain."
        )
    for name in used:
        if table[name].nunique() == 1:
            raise ModelError(
                f"The factor '{name}' is {table[name].iloc[0]} in every run, "
                "so its effect cannot be estimated."
            )
