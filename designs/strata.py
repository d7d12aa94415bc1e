"""Strata: which factors are hard to change, and the groups of runs in which they stay constant.

A factor is hard to change because its section says so, or because a bank of vessels shares it by
physics: eight vessels on one heat exchanger have one temperature. Runs are then randomised in
groups, and the groups stand in columns of the run sheet: ``whole_plot``, and ``sub_plot`` within
where some factors are harder to change than others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import STRATA_COLUMNS, Factors
from designs.layout import Banks, VesselLayout, shares

_SMALLEST_PARTED = 4
"""Runs of a group that may be dealt to two banks: two runs in each tell the error within."""


@dataclass(frozen=True)
class Stratum:
    """A level of grouping.

    Attributes:
        column: Of the run sheet: ``whole_plot`` or ``sub_plot``. Its numbers are unique over the
            whole sheet.
        factors: The factors that vary between its groups, and not within.
        banks: The vessels of each group where physics ties them; empty where any will do.
    """

    column: str
    factors: tuple[str, ...]
    banks: Banks = ()


def planned_strata(factors: Factors, layout: VesselLayout) -> tuple[Stratum, ...]:
    """The strata that factors and vessels ask for, the outermost first; none when all are easy.

    Raises:
        DesignError: Two factors are shared by different banks of vessels.
    """
    shared = {name: banks for name, banks in layout.shared.items() if name in factors}
    if len(set(shared.values())) > 1:
        raise DesignError(
            f"{' and '.join(shared)} are shared by different banks of vessels, so that neither "
            "can be grouped within the other; vary one of them only"
        )
    very = [name for name in factors if factors[name].change == "very-hard"]
    hard = [name for name in factors if name not in very and (factors[name].change == "hard")] + [
        name for name in shared if factors[name].change == "easy"
    ]
    groups = [tuple(n for n in factors if n in group) for group in (very, hard) if group]
    return tuple(
        Stratum(column, group, next((shared[n] for n in group if n in shared), ()))
        for column, group in zip(STRATA_COLUMNS, groups, strict=False)
    )


def strata_of(table: pd.DataFrame, factors: Factors) -> tuple[Stratum, ...]:
    """The strata that a run sheet's columns and values show, the outermost first."""
    found: list[Stratum] = []
    taken: set[str] = set()
    for column in STRATA_COLUMNS:
        if column not in table.columns:
            continue
        constant = table.groupby(column)[list(factors)].nunique().max() == 1
        kept = tuple(name for name in factors if constant[name] and name not in taken)
        taken |= set(kept)
        found.append(Stratum(column, kept))
    return tuple(found)


def grouped(
    runs: pd.DataFrame,
    strata: tuple[Stratum, ...],
    block: NDArray[np.int64],
    random: np.random.Generator,
) -> pd.DataFrame:
    """Give runs their groups: one for each setting of the hard factors, block and replicate.

    Where banks of vessels make the groups, the runs of a setting are dealt to as many banks as
    there are.

    Args:
        runs: Columns ``replicate``, ``point`` and the factors.
        strata: The outermost first.
        block: The block of each run, from 0.
        random: Deals the runs of a setting to its banks.

    Returns:
        A column of group numbers for each stratum.
    """
    if all(stratum.column in runs for stratum in strata):  # the design brings its groups
        return runs[[stratum.column for stratum in strata]]
    copies = runs.loc[runs["point"] != "centre", "replicate"].max()
    # A centre point's replicate counts on: centre points take turns in the copies of the design.
    copy = (runs["replicate"].to_numpy() - 1) % (1 if pd.isna(copies) else copies)
    number: NDArray[np.int64] = block
    columns: dict[str, NDArray[np.int64]] = {}
    for stratum in strata:
        keys: dict[str, Any] = {"outer": number, "copy": 0 if stratum.banks else copy}
        keys |= {name: runs[name].to_numpy() for name in stratum.factors}
        found = pd.DataFrame(keys).groupby(list(keys)).ngroup()
        number = np.asarray(found, dtype=np.int64)
        if stratum.banks:
            number = _parted(number, stratum.banks, random)
        columns[stratum.column] = number
    return pd.DataFrame(columns, index=runs.index)


def _parted(
    number: NDArray[np.int64], banks: Banks, random: np.random.Generator
) -> NDArray[np.int64]:
    """Split groups to fit banks: no more runs than vessels, and no bank idle that could be used."""
    runs = np.bincount(number)
    parts = -(-runs // min(map(len, banks)))
    while parts.sum() < len(banks) and (runs / parts).max() >= _SMALLEST_PARTED:
        parts[np.argmax(runs / parts)] += 1
    parted = np.empty_like(number)
    for group, count in enumerate(parts):
        members = random.permutation(np.flatnonzero(number == group))
        sizes = shares(len(members), count)
        parted[members] = parts[:group].sum() + np.repeat(np.arange(count), sizes)
    return parted


def restricted_order(
    groups: pd.DataFrame, block: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """A random order that keeps whole plots and sub-plots together, blocks in their own order."""
    plots = [groups[column].to_numpy() for column in groups]

    def shuffled(runs: NDArray[np.int64], depth: int) -> NDArray[np.int64]:
        if depth == len(plots):
            return random.permutation(runs)
        plot = plots[depth][runs]
        parts = [runs[plot == number] for number in random.permutation(np.unique(plot))]
        return np.concatenate([shuffled(part, depth + 1) for part in parts])

    return np.concatenate([shuffled(np.flatnonzero(block == b), 0) for b in np.unique(block)])


def bank_places(plot: pd.Series[int], stratum: Stratum) -> list[str]:
    """The vessel of each run: the vessels of one bank for each group in turn.

    Args:
        plot: Group of each run in execution order.
        stratum: The stratum that has the banks.

    Raises:
        DesignError: There are more groups than banks, or larger ones than a bank has vessels.
    """
    groups = list(dict.fromkeys(plot))
    if len(groups) > len(stratum.banks):
        named = " and ".join(stratum.factors)
        raise DesignError(
            f"the design needs {len(groups)} groups of runs with one {named} each, but the "
            f"station has {len(stratum.banks)} banks of vessels that share it; `kind: optimal` "
            "fits a design to the banks",
            ("kind",),
        )
    vessels = {group: iter(bank) for group, bank in zip(groups, stratum.banks, strict=False)}
    try:
        return [next(vessels[group]) for group in plot]
    except StopIteration as error:
        raise DesignError("a group of runs is larger than the vessels that share a bank") from error
