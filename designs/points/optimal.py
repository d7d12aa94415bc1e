"""Points of an optimal design: the section as a task for the search, and its answer as runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import cycle, islice, product
from typing import Any

import numpy as np
import pandas as pd

from designs.errors import DesignError
from designs.factors import CategoricalFactor, ContinuousFactor, Factors
from designs.layout import shares
from designs.model_terms import interactions, main_effects, powers, squares
from designs.optimal.find import Asked, find
from designs.points.table import read_row
from designs.specs.optimal import Optimal
from designs.strata import Stratum
from quantities import QuantityError


@dataclass(frozen=True)
class _Request:
    """What a search depends on; equal requests have equal answers."""

    key: str
    factors: Factors = field(compare=False)
    spec: Optimal = field(compare=False)
    strata: tuple[Stratum, ...]
    sizes: tuple[int, ...]


def optimal_runs(
    factors: Factors, spec: Optimal, strata: tuple[Stratum, ...], sizes: Sequence[int]
) -> pd.DataFrame:
    """The runs of an optimal design.

    Args:
        factors: What is varied.
        spec: The design section.
        strata: Groups in which hard factors stay constant, the outermost first.
        sizes: Runs of each block.

    Returns:
        As of `planned_runs`, with ``block`` (from 0) and a column of group numbers for each
        stratum.

    Raises:
        DesignError: The design cannot be made.
    """
    written = {name: factor.model_dump_json() for name, factor in factors.items()}
    key = f"{written} {spec.model_dump_json()}"
    return _searched(_Request(key, factors, spec, strata, tuple(sizes))).copy()


@lru_cache(maxsize=16)
def _searched(request: _Request) -> pd.DataFrame:
    factors, spec, strata = request.factors, request.spec, request.strata
    if strata and (spec.include or spec.centre_points):
        named = " and ".join(name for stratum in strata for name in stratum.factors)
        raise DesignError(
            f"runs cannot be given where {named} is hard to change; state them as `done`",
            ("include",) if spec.include else ("centre_points",),
        )
    if strata and len(request.sizes) > 1:
        raise DesignError(
            "groups of a hard factor are blocks already; leave the blocks out", ("blocks",)
        )
    given = _given(factors, spec)
    done, done_groups = _done(factors, spec, strata)
    groups = _groups(spec, strata)
    terms = stated_terms(factors, spec)
    points = find(
        Asked(
            factors=factors,
            terms=terms,
            potential=_potential(factors, spec, terms),
            criterion=spec.criterion,
            efficiency=spec.efficiency,
            given=pd.concat([done, given], ignore_index=True),
            block=np.r_[np.zeros(len(done), int), _blocks(request.sizes) + (len(done) > 0)],
            groups=tuple(
                np.r_[before, after + (before.max(initial=-1) + 1)]
                for before, after in zip(done_groups, groups, strict=True)
            ),
            hard=tuple(stratum.factors for stratum in strata),
            variance_ratio=spec.variance_ratio,
            constraints=tuple(spec.constraints),
            disallowed=tuple(spec.disallowed),
            seed=spec.seed,
        )
    ).iloc[len(done) :]
    number = np.arange(1, spec.runs + 1)
    runs = points.assign(
        standard_order=number,
        point=[*["given"] * len(spec.include), *["centre"] * spec.centre_points]
        + ["optimal"] * (spec.runs - len(spec.include) - spec.centre_points),
        replicate=1,
        block=_blocks(request.sizes),
        **{stratum.column: group for stratum, group in zip(strata, groups, strict=True)},
    )
    own = ["block", *(stratum.column for stratum in strata)]
    return runs[["standard_order", "point", "replicate", *own, *factors]].reset_index(drop=True)


def _blocks(sizes: Sequence[int]) -> Any:
    return np.repeat(np.arange(len(sizes)), sizes)


def stated_terms(factors: Factors, spec: Optimal) -> list[str]:
    """The terms of the model that an optimal design is made for.

    Raises:
        DesignError: A term that these factors do not have.
    """
    if isinstance(spec.model, list):
        return [_known(factors, term, ("model", str(i))) for i, term in enumerate(spec.model)]
    classes = (main_effects(factors), interactions(factors), squares(_curved(factors)))
    count = {"linear": 1, "interactions": 2, "quadratic": 3}[spec.model]
    return [term for terms in classes[:count] for term in terms]


def _curved(factors: Factors) -> list[str]:
    return [n for n, f in factors.continuous.items() if f.levels is None or len(f.levels) > 2]


def _potential(factors: Factors, spec: Optimal, terms: Sequence[str]) -> list[str]:
    if spec.criterion not in ("bayesian-D", "alias"):
        return []
    if spec.potential:
        return [_known(factors, t, ("potential", str(i))) for i, t in enumerate(spec.potential)]
    second = list(interactions(factors))
    if spec.criterion == "bayesian-D":
        second += squares(_curved(factors))
    stated = [powers(term) for term in terms]
    left = [term for term in second if powers(term) not in stated]
    if spec.criterion == "alias" and not left:
        raise DesignError(
            "the model has every interaction already; state as `potential` what may matter beside "
            "it, such as ['a:b:c', a^2]",
            ("potential",),
        )
    return left


def _known(factors: Factors, term: str, loc: tuple[str, ...]) -> str:
    try:
        found = powers(term)
    except DesignError as error:
        raise DesignError(error.message, loc) from error
    for name, power in found.items():
        if name not in factors:
            raise DesignError(f"'{name}' is none of the factors {', '.join(factors)}", loc)
        if power > 1 and isinstance(factors[name], CategoricalFactor):
            raise DesignError(f"'{term}' squares a factor that is no number", loc)
    return term


def _given(factors: Factors, spec: Optimal) -> pd.DataFrame:
    """The coded values of the runs that stand, missing where they are sought."""
    rows = [read_row(factors, r, ("include", str(i))) for i, r in enumerate(spec.include)]
    given = pd.DataFrame(index=range(spec.runs), columns=list(factors), dtype=object)
    if rows:
        given.iloc[: len(rows)] = factors.to_coded(pd.DataFrame(rows)).astype(object)
    turns = product(*(f.levels for f in factors.categorical.values()))
    for number, turn in enumerate(islice(cycle(turns), spec.centre_points), start=len(rows)):
        given.loc[number, list(factors.continuous)] = 0.0
        given.loc[number, list(factors.categorical)] = turn
    for name, values in spec.covariates.items():
        given[name] = _covariate(factors, spec, name, values)
    return given


def _covariate(factors: Factors, spec: Optimal, name: str, values: Sequence[Any]) -> Any:
    loc = ("covariates", name)
    if name not in factors.free:
        raise DesignError(f"'{name}' is none of the factors {', '.join(factors)}", loc)
    if len(values) != spec.runs:
        raise DesignError(f"{name} has {len(values)} values for {spec.runs} runs", loc)
    factor = factors.free[name]
    try:
        read = [factor.read(value) for value in values]
    except QuantityError as error:
        raise DesignError(f"{name}: {error}", loc) from error
    return factor.to_coded(read) if isinstance(factor, ContinuousFactor) else read


def _done(
    factors: Factors, spec: Optimal, strata: Sequence[Stratum]
) -> tuple[pd.DataFrame, list[Any]]:
    """The coded runs of an earlier night and their groups; runs of one group stand together."""
    columns = [stratum.column for stratum in strata]
    rows, groups = [], []
    for i, row in enumerate(spec.done):
        loc = ("done", str(i))
        rows.append(read_row(factors, {k: v for k, v in row.items() if k not in columns}, loc))
        groups.append(_group_of(row, columns, len(spec.done) + i, loc))
    if not rows:
        return pd.DataFrame(columns=list(factors), dtype=object), [np.zeros(0, int)] * len(columns)
    order = sorted(range(len(rows)), key=lambda i: groups[i])
    coded = factors.to_coded(pd.DataFrame(rows)).iloc[order].astype(object)
    numbers = [
        pd.factorize(pd.Series([groups[i][: depth + 1] for i in order]))[0]
        for depth in range(len(columns))
    ]
    return coded.reset_index(drop=True), numbers


def _group_of(
    row: Mapping[str, Any], columns: Sequence[str], alone: int, loc: tuple[str, ...]
) -> tuple[int, ...]:
    """Numbers of a run's groups; one that names none stands alone."""
    found = tuple(row.get(column, alone) for column in columns)
    if not all(type(number) is int for number in found):
        raise DesignError("a group has a whole number", loc)
    return found


def _groups(spec: Optimal, strata: Sequence[Stratum]) -> list[Any]:
    """The group of each run by stratum, as evenly many runs in each as go."""
    counts = [
        _count(asked, stratum, spec)
        for asked, stratum in zip((spec.whole_plots, spec.sub_plots), strata, strict=False)
    ]
    unused = (("whole_plots", spec.whole_plots), ("sub_plots", spec.sub_plots))[len(strata) :]
    for name, asked in unused:
        if asked is not None:
            raise DesignError(
                f"{name} needs factors that are hard to change (`change: hard`), and there are "
                f"{'none' if name == 'whole_plots' else 'none beside very hard ones'}",
                (name,),
            )
    if not counts:
        return []
    if counts != sorted(counts) or counts[-1] > spec.runs:
        raise DesignError(
            f"{spec.runs} runs cannot be grouped so: there must be fewer whole plots than "
            "sub-plots and fewer of these than runs",
            ("whole_plots",),
        )
    inner = np.repeat(np.arange(counts[-1]), shares(spec.runs, counts[-1]))
    if len(counts) == 1:
        return [inner]
    outer = np.repeat(np.arange(counts[0]), shares(counts[1], counts[0]))
    return [outer[inner], inner]


def _count(asked: int | None, stratum: Stratum, spec: Optimal) -> int:
    column = f"{stratum.column}s"
    if asked is None and not stratum.banks:
        raise DesignError(
            f"{' and '.join(stratum.factors)} is hard to change: say in how many groups of runs, "
            f"such as `{column}: 8`",
            ("kind",),
        )
    if stratum.banks and asked is not None and asked > len(stratum.banks):
        raise DesignError(
            f"there are {len(stratum.banks)} banks of vessels that share a factor, not {asked}",
            (column,),
        )
    return asked if asked is not None else min(len(stratum.banks), spec.runs)
