"""Whether the place of a vessel, or the order of the work, shows in what the model leaves over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.diagnostics import LEVEL
from analysis.wording import listing
from designs.position import nuisances

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel

_WORDS = {"row": "row", "column": "column", "edge": "rim of the array", "order": "order of runs"}
_SAME = 1e-9  # share of a column that the model leaves over, below which nothing can be told


@dataclass(frozen=True)
class PositionEffects:
    """The place of a vessel as one more term of the model, each way by itself.

    Attributes:
        table: Index "row", "column", "edge", "order"; columns ``change`` (of the response, on its
            modelled scale, from one end to the other; on the rim against inside), ``t``, ``p``.
        sentence: In words; each is judged at the 5 % level over their number (Bonferroni).
    """

    table: pd.DataFrame
    sentence: str


def position_effects(model: ResponseModel, vessels: pd.Series) -> PositionEffects | None:
    """Test row, column, rim and order after the terms of a least-squares model.

    Args:
        model: The model; one with random terms has its own components for places.
        vessels: Name of each run's vessel (``B3``) in order of execution, index as the table's. Of
            nights that were joined it leads with the night (``second B3``), and the order is that
            within the night.

    Returns:
        None without an error estimate, for mixed models, and where vessels have no places.
    """
    named = vessels.astype(str).str.extract(r"^(?P<night>.* )?(?P<place>[A-Z][1-9]\d*)$")
    if model.method != "least squares" or model.sigma is None or named["place"].isna().any():
        return None
    names = named["place"]
    rows, columns = names.str[0].map(ord) - 64, names.str[1:].astype(int)
    place = pd.concat(
        nuisances(list(night), int(rows.max()), int(columns.max())).set_index(night.index)
        for _, night in names.groupby(named["night"].fillna(""), sort=False)
    ).loc[model.table.index]
    found = {name: _tested(model, place[name].to_numpy()) for name in place}
    told = {name: row for name, row in found.items() if row is not None}
    if not told:
        return None
    table = pd.DataFrame(told, index=["change", "t", "p"]).T
    return PositionEffects(table, _sentence(table, model.response))


def _tested(model: ResponseModel, place: np.ndarray) -> tuple[float, float, float] | None:
    """The coefficient of one column beside the model's own (Frisch, Waugh and Lovell)."""
    q, _ = np.linalg.qr(model.matrix)
    column = place - q @ (q.T @ place)
    residual = model.table["residual"].to_numpy()
    df = model.df_residual - 1
    size = float(column @ column)
    if df < 1 or size < _SAME * float(place @ place):
        return None
    slope = float(column @ residual) / size
    rest = residual - slope * column
    error = float(np.sqrt(rest @ rest / df / size))
    if error == 0:
        return None
    t = slope / error
    return slope * float(np.ptp(place)), t, float(2 * stats.t.sf(abs(t), df))


def _sentence(table: pd.DataFrame, response: str) -> str:
    clear = table.index[table["p"] < LEVEL / len(table)]
    if len(clear):
        worst = table.loc[clear, "p"].min()
        return (
            f"What the model leaves over of {response} goes with the "
            f"{listing([_WORDS[str(name)] for name in clear])} (p = {worst:.2g}): the place or the "
            "order of the work has an effect of its own."
        )
    smallest = table["p"].min()
    return (
        f"No effect of the vessels' places or of the order of runs on {response} was seen beyond "
        f"the model (smallest of {len(table)} p values {smallest:.2g})."
    )
