"""What a night loses when a vessel fails, or two, for every vessel and every pair at once.

Leaving a set S of runs out changes the information by an update of as many ranks as runs:
with the residual matrix P of the whole design, ``det M_S = det M det P_SS / det W_SS`` and
``C_S = C + B' P_SS^-1 B`` where ``B = W_S. X C`` and W is the inverse of the runs' covariance.
So no design is inverted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from designs.evaluation.information import Information, information_of
from designs.evaluation.power import (
    Assumptions,
    error_df_of,
    least_noncentrality,
    patterns,
    power_of_f,
    term_power,
)
from designs.factors import Factors
from designs.model_terms import INTERCEPT
from designs.run_sheet import RunSheet

_LOST = 1e-8
"""Share of a run's own information below which the model takes all of it."""


@dataclass(frozen=True)
class Loss:
    """The design without some vessels.

    Attributes:
        vessels: Those that failed.
        rank: Coefficients of the model, blocks counted, that can still be told apart.
        mixed: Terms that no longer have an estimate of their own.
        d_efficiency: ``|X' V^-1 X|^(1/p) / n`` of the model alone, in percent.
        weakest: The term with the least power; one of ``mixed`` where there are any.
        least_power: Its power; 0 when it cannot be estimated, None without error df.
    """

    vessels: tuple[str, ...]
    rank: int
    mixed: tuple[str, ...]
    d_efficiency: float
    weakest: str | None
    least_power: float | None


@dataclass(frozen=True)
class Losses:
    """What the loss of any one vessel, and of any two, would cost.

    Attributes:
        none: The design as it is.
        vessels: One for each vessel, worst first.
        pairs: One for each two vessels, worst first.
        critical: Vessels without which some term has no estimate.
        critical_pairs: Pairs of vessels, neither of them critical, of which that is true.
    """

    none: Loss
    vessels: tuple[Loss, ...]
    pairs: tuple[Loss, ...]
    critical: tuple[str, ...]
    critical_pairs: tuple[tuple[str, ...], ...]


def losses(
    sheet: RunSheet, assumed: Assumptions | None = None, terms: Sequence[str] | None = None
) -> Losses:
    """Cost of every vessel and of every pair of vessels.

    Args:
        sheet: The design.
        assumed: Noise and effect that power is told for.
        terms: The model; the design's default model when omitted.
    """
    assumed = assumed or Assumptions()
    whole = information_of(sheet, terms, assumed.variance_ratio)
    names = [str(name) for name in sheet.table["vessel"]]
    kinds = [
        _without(whole, sheet.factors, assumed, names, np.array(sets))
        for sets in (
            np.empty((1, 0), dtype=int),
            [[run] for run in range(len(names))],
            [*combinations(range(len(names)), 2)],
        )
        if len(sets)
    ]
    none, single, pairs = kinds[0][0], kinds[1], kinds[2] if len(kinds) > 2 else ()
    critical = tuple(loss.vessels[0] for loss in single if loss.mixed)
    return Losses(
        none,
        tuple(sorted(single, key=_badness)),
        tuple(sorted(pairs, key=_badness)),
        critical,
        tuple(p.vessels for p in pairs if p.mixed and not set(p.vessels) & set(critical)),
    )


def _badness(loss: Loss) -> tuple[int, float, float, tuple[str, ...]]:
    power = round(loss.least_power or 0.0, 9)
    return -len(loss.mixed), power, round(loss.d_efficiency, 9), loss.vessels


def _without(
    whole: Information,
    factors: Factors,
    assumed: Assumptions,
    names: list[str],
    sets: NDArray[np.int64],
) -> list[Loss]:
    """The design without each of the sets of runs (k x m)."""
    rows, columns = sets[:, :, None], sets[:, None, :]
    own, left = whole.weight[rows, columns], whole.residual[rows, columns]
    share = np.linalg.det(left) / np.linalg.det(own)
    whole_again = share > _LOST
    shrunk = np.linalg.det(whole.model.residual[rows, columns]) / np.linalg.det(own)
    each = whole.d_efficiency * whole.runs / (whole.runs - sets.shape[1])
    efficiency = each * np.where(whole_again, shrunk, 0.0).clip(0) ** (1 / whole.parameters)
    powers = np.zeros((len(sets), len(whole.model_terms)))
    powers[whole_again] = _powers(whole, factors, assumed, sets[whole_again], left[whole_again])
    ranks = np.full(len(sets), whole.X.shape[1])
    mixed: list[tuple[str, ...]] = [()] * len(sets)
    for number in np.flatnonzero(~whole_again):
        ranks[number], mixed[number] = _mixed(whole, sets[number])
        if not mixed[number]:  # only a block went
            efficiency[number] = each * shrunk[number].clip(0) ** (1 / whole.parameters)
            powers[number] = _afresh(whole, factors, assumed, sets[number])
    return [
        _loss(whole, tuple(names[run] for run in runs), int(rank), lost, float(d), power)
        for runs, rank, lost, d, power in zip(sets, ranks, mixed, efficiency, powers, strict=True)
    ]


def _loss(
    whole: Information,
    vessels: tuple[str, ...],
    rank: int,
    mixed: tuple[str, ...],
    efficiency: float,
    powers: NDArray[np.float64],
) -> Loss:
    if mixed or not len(powers):
        return Loss(vessels, rank, mixed, efficiency, mixed[0] if mixed else None, 0.0)
    worst = int(np.argmin(powers))  # one without error df (NaN) before all others
    least = None if np.isnan(powers[worst]) else float(powers[worst])
    return Loss(vessels, rank, (), efficiency, whole.model_terms[worst], least)


def _powers(
    whole: Information,
    factors: Factors,
    assumed: Assumptions,
    sets: NDArray[np.int64],
    left: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Power of each term (k x t) without each set of runs; NaN without error df."""
    pull = (whole.weighted @ whole.covariance)[sets]  # k x m x p
    solved = np.linalg.solve(left, pull)
    size = (assumed.effect / assumed.noise) ** 2
    found = np.full((len(sets), len(whole.model_terms)), np.nan)
    for position, error_df in enumerate(_error_dfs(whole, sets).T):
        term = whole.model_terms[position]
        at = whole.positions(term)
        grown = whole.covariance[np.ix_(at, at)] + np.einsum(
            "kmi,kmj->kij", pull[:, :, at], solved[:, :, at]
        )
        nc = size * least_noncentrality(grown, patterns(term, factors))
        judged = error_df > _LOST
        found[judged, position] = power_of_f(nc[judged], len(at), error_df[judged], assumed.alpha)
    return found


def _error_dfs(whole: Information, sets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Error df of each term (k x t) without each set of runs."""
    shape = (len(sets), len(whole.model_terms))
    if not whole.groups:
        return np.full(shape, float(whole.runs - sets.shape[1] - whole.X.shape[1]))
    left = (whole.without(runs) for runs in sets)
    return np.array([[error_df_of(each, t) for t in whole.model_terms] for each in left])


def _afresh(
    whole: Information, factors: Factors, assumed: Assumptions, runs: NDArray[np.int64]
) -> list[float]:
    """Power of each term without some runs, when a block went with them."""
    left = whole.without(runs)
    kept = [
        column
        for column, term in enumerate(left.terms)
        if term != "block" or np.linalg.matrix_rank(left.X[:, : column + 1]) > column
    ]
    told = term_power(left.only(kept), factors, assumed)
    return [np.nan if each.power is None else each.power for each in told]


def _mixed(whole: Information, runs: NDArray[np.int64]) -> tuple[int, tuple[str, ...]]:
    """The rank without some runs, and the terms that then have no estimate of their own."""
    left = np.delete(whole.X, runs, axis=0)
    _, values, vectors = np.linalg.svd(left)
    rank = int((values > _LOST * values[0]).sum())
    free = np.abs(vectors[rank:]).max(axis=0, initial=0.0) > _LOST
    owners = dict.fromkeys(t for t, moved in zip(whole.terms, free, strict=True) if moved)
    return rank, tuple(t for t in owners if t not in (INTERCEPT, "block"))
