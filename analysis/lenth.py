"""Lenth's method: which effects of an unreplicated, saturated design stand out from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.fitted import CONFIDENCE
from analysis.model_matrix import is_nuisance
from analysis.wording import listing

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel

_FEWEST = 4  # contrasts below which a pseudo standard error means nothing


@dataclass(frozen=True)
class Lenth:
    """Effects judged against their own small ones, where no error could be estimated.

    Attributes:
        effects: One row per effect, largest first: ``effect`` (twice the coefficient), ``t`` (over
            the pseudo standard error), ``p``, ``half_normal`` (quantile to plot its size against),
            ``active`` (beyond the margin of error), ``certain`` (beyond the simultaneous margin).
            Index: the model's column names.
        s0: First robust estimate, 1.5 times the median size.
        pseudo_error: Lenth's PSE.
        margin: ME, the 95 % margin of one effect.
        simultaneous_margin: SME, the 95 % margin of all effects at once.
        sentence: What stands out, in words.
    """

    effects: pd.DataFrame
    s0: float
    pseudo_error: float
    margin: float
    simultaneous_margin: float
    sentence: str


def lenth(model: ResponseModel) -> Lenth | None:
    """Lenth's test of a model's effects; None with fewer than four of them.

    Meant for two-level designs, whose effects all have the same error; effects of unequal error
    are put on that of the first.

    Source: Lenth, Technometrics 31 (1989) 469-473.
    """
    at = [i for i, c in enumerate(model.coefficients) if not is_nuisance(c.term)]
    if len(at) < _FEWEST:
        return None
    names = [model.coefficients[i].name for i in at]
    return judge(pd.Series(_alike(model, at) * 2, names), model.response)


def _alike(model: ResponseModel, at: list[int]) -> np.ndarray:
    """The coefficients at these places, scaled to the error that the first of them has."""
    spread = np.sqrt(np.diag(np.linalg.inv(model.matrix.T @ model.matrix)))[at]
    return np.asarray(model.estimates[at] * spread[0] / spread)


def judge(effects: pd.Series, response: str) -> Lenth:
    """Lenth's test of independent effects of equal error."""
    size = effects.abs()
    s0 = 1.5 * float(size.median())
    trimmed = size[size < 2.5 * s0]
    pse = 1.5 * float(trimmed.median()) if len(trimmed) else 0.0
    m = len(effects)
    each = 0.5 + CONFIDENCE / 2
    all_at_once = (1 + CONFIDENCE ** (1 / m)) / 2
    margin, simultaneous = (float(stats.t.ppf(q, m / 3)) * pse for q in (each, all_at_once))
    ratio = effects / pse if pse else np.sign(effects) * np.inf
    table = pd.DataFrame(
        {
            "effect": effects,
            "t": ratio,
            "p": 2 * stats.t.sf(np.abs(ratio), m / 3),
            "half_normal": stats.norm.ppf(0.5 + 0.5 * (size.rank() - 0.5) / m),
            "active": size > margin,
            "certain": size > simultaneous,
        }
    )
    table = table.loc[size.sort_values(ascending=False, kind="stable").index]
    return Lenth(table, s0, pse, margin, simultaneous, _sentence(table, response))


def _sentence(table: pd.DataFrame, response: str) -> str:
    found = [str(name) for name in table.index[table["active"]]]
    if not found:
        return (
            f"No effect on {response} stands out from the others (Lenth's test of an unreplicated "
            "design)."
        )
    sure = int(table["certain"].sum())
    strength = "" if sure == len(found) else f"; {'none' if sure == 0 else sure} of them for sure"
    return (
        f"{listing(found)} stand{'s' if len(found) == 1 else ''} out from the other effects on "
        f"{response} (Lenth's test of an unreplicated design{strength})."
    )
