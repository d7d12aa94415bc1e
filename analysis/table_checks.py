"""What is suspicious about a whole table of runs, before any response of it is modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.wording import listing, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designs import Factors

_FAR = 4.0  # coded; the axial runs of an eight-factor composite design lie at 4
_SHOWN = 5


def labelled(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its runs' numbers as index: the column ``run``, or counted from one.

    Raises:
        ModelError: The table has no rows, or a run stands in it more than once.
    """
    if table.empty:
        raise ModelError("The table has no rows; a table of runs has one row a run.")
    doubled = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
    if doubled:
        raise ModelError(f"The table has the column '{doubled[0]}' more than once.")
    if "run" not in table.columns:
        return table.set_axis(pd.RangeIndex(1, len(table) + 1, name="run"))
    if table["run"].isna().any():
        raise ModelError("The column 'run' is empty in some rows; number all runs, or none.")
    again = table["run"].duplicated(keep=False)
    if again.any():
        name = table.loc[again, "run"].iloc[0]
        raise ModelError(
            f"Run {name} stands in the table {(table['run'] == name).sum()} times. A table has one "
            "row a run: average what was measured repeatedly in one run, and give a run that was "
            "done again its own number."
        )
    return table.set_index("run", drop=False)


def suspicions(table: pd.DataFrame, factors: Factors, responses: Sequence[str]) -> tuple[str, ...]:
    """Sentences on rows that look copied and on settings far outside the factors' bounds.

    Args:
        table: As `labelled` returns it.
        factors: The factors of the design.
        responses: Columns to be modelled.
    """
    return (*_copied(table, factors, responses), *_far_out(table, factors))


def _copied(table: pd.DataFrame, factors: Factors, responses: Sequence[str]) -> list[str]:
    """Rows alike in all settings and in the last digit of every response.

    Repeated runs scatter; where only few values can occur (counts, ratings) they may agree, so
    a response with hardly any values is no evidence.
    """
    settings = [name for name in factors if name in table.columns]
    measured = [
        name
        for name in responses
        if name in table.columns and table[name].nunique() > max(_SHOWN, len(table) ** 0.5)
    ]
    if not settings or not measured:
        return []
    known = table.dropna(subset=measured)
    again = known.duplicated([*settings, *measured], keep=False)
    if not again.any():
        return []
    labels = [str(label) for label in known.index[again]]
    shown = listing(labels[:_SHOWN]) if len(labels) <= _SHOWN else f"{', '.join(labels[:_SHOWN])}…"
    return [
        f"Runs {shown} agree with another run in every setting and every digit of every response; "
        "if rows were copied, the scatter between runs is taken for smaller than it is."
    ]


def _far_out(table: pd.DataFrame, factors: Factors) -> list[str]:
    said = []
    for name, factor in factors.continuous.items():
        if name not in table.columns:
            continue
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
        usable = np.isfinite(values) & ((values > 0) | (factor.scale == "linear"))
        coded = np.zeros(len(values))
        coded[usable] = factor.to_coded(values[usable])
        worst = int(np.argmax(np.abs(coded)))
        if abs(coded[worst]) > _FAR:
            said.append(
                f"{name} is {quantity(values[worst], factor.unit)} in run {table.index[worst]}, "
                f"far outside {factor.text(factor.low)} to {factor.text(factor.high)}; "
                "is it in another unit?"
            )
    return said
