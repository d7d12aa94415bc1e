"""From factors and model terms to an optimal design: the door of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from designs.errors import DesignError
from designs.factors import CategoricalFactor, Factors, MixtureFactor
from designs.model_terms import powers
from designs.optimal._points import kept, model_rows
from designs.optimal._types import Array, Rules, Whole
from designs.optimal.goals import a_goal, alias_goal, bayesian_d_goal, d_goal, i_goal
from designs.optimal.model import Column, Coordinate, Model, columns_of
from designs.optimal.rules import compiled
from designs.optimal.search import Effort, Task, best_design
from designs.optimal.structure import Structure

Criterion = Literal["D", "I", "A", "bayesian-D", "alias"]

_SAMPLE = 2**14
_FEWEST = 50


@dataclass(frozen=True)
class Asked:
    """What a design is wanted for.

    Attributes:
        factors: What is varied.
        terms: The model, such as ``("a", "a:b", "a^2")``.
        criterion: What is made best.
        given: One row a run, one column a factor: coded values and levels that stand, missing
            where they are sought. Runs of a group stand together.
        potential: Terms that may matter, for ``bayesian-D`` and ``alias``.
        efficiency: For ``alias``: the D-efficiency to be kept, relative to the D-optimal design's.
        block: The block of each run, from 0; all 0 without blocks.
        groups: Group of each run by stratum, the outermost first.
        hard: The factors that stay constant in the groups of each stratum.
        variance_ratio: Variance between groups over that between runs.
        constraints: What every run that is sought must keep.
        disallowed: Combinations that none of them may have.
        seed: Same seed, same design.
        effort: How long is searched.
    """

    factors: Factors
    terms: tuple[str, ...] | list[str]
    criterion: Criterion
    given: pd.DataFrame
    potential: tuple[str, ...] | list[str] = ()
    efficiency: float = 0.9
    block: Whole | None = None
    groups: tuple[Whole, ...] = ()
    hard: tuple[tuple[str, ...], ...] = ()
    variance_ratio: float = 1.0
    constraints: tuple[str, ...] = ()
    disallowed: tuple[Mapping[str, Any], ...] = ()
    seed: int = 0
    effort: Effort = field(default_factory=Effort)


def find(asked: Asked) -> pd.DataFrame:
    """The best design found.

    Returns:
        One row a run, one column a factor: coded values, level text for categorical factors.

    Raises:
        DesignError: The rules leave nothing, or the model needs more runs.
    """
    factors = asked.factors
    _refuse_mixture(factors)
    rules = compiled(factors, asked.constraints, asked.disallowed)
    model = _model(asked)
    given = _numbers(factors, asked.given)
    if asked.block is not None and asked.block.max(initial=0):
        given = np.column_stack([given, asked.block])
    primary = len(model.columns)
    if asked.criterion != "bayesian-D" and len(given) < primary:
        raise DesignError(
            f"the model has {primary} coefficients, but there are {len(given)} runs; ask for more "
            "runs or fewer terms",
            ("runs",),
        )
    task = Task(
        model,
        d_goal(model),
        Structure(asked.groups, len(given), asked.variance_ratio),
        _stratum(asked, len(model.coordinates)),
        given,
        rules,
    )
    return _table(factors, best_design(_aimed(asked, task), asked.effort, asked.seed))


def _aimed(asked: Asked, task: Task) -> Task:
    """The task of the criterion, made from that of the D criterion."""
    model, rules = task.model, task.rules
    primary = len(model.columns)
    whole = Model(model.coordinates, model.columns + _further(asked))
    match asked.criterion:
        case "D":
            return task
        case "A":
            return replace(task, goal=a_goal(model))
        case "I":
            constrained = len(rules[0]) > 1
            return replace(
                task, goal=i_goal(model, (lambda: _spread(model, rules)) if constrained else None)
            )
        case "bayesian-D":
            points = _spread(whole, rules, on_grid=True)
            return replace(task, model=whole, goal=bayesian_d_goal(whole, primary, points))
        case "alias":
            begin = best_design(task, asked.effort, asked.seed)
            rows = model_rows(begin, model.levels, model.parts)
            best = np.linalg.slogdet(rows.T @ task.structure.precision @ rows)[1]
            goal = alias_goal(whole, primary, float(best), asked.efficiency)
            return replace(task, model=whole, goal=goal, begin=begin)


def _refuse_mixture(factors: Factors) -> None:
    for name, factor in factors.items():
        if isinstance(factor, MixtureFactor):
            raise DesignError(
                f"{name} is part of a mixture, which is not searched here; see `kind: mixture`",
                ("kind",),
            )


def _model(asked: Asked) -> Model:
    highest = dict.fromkeys(asked.factors, 1)
    for term in (*asked.terms, *asked.potential):
        for name, power in powers(term).items():
            highest[name] = max(highest[name], power)
    coordinates = [Coordinate.of(factor, highest[n]) for n, factor in asked.factors.free.items()]
    columns = columns_of(asked.factors, asked.terms)
    if asked.block is not None and (last := int(asked.block.max(initial=0))):
        columns += tuple(((len(coordinates), block),) for block in range(1, last + 1))
        coordinates.append(Coordinate.blocks(last + 1))
    return Model(tuple(coordinates), columns)


def _further(asked: Asked) -> tuple[Column, ...]:
    return columns_of(asked.factors, asked.potential)[1:]


def _stratum(asked: Asked, count: int) -> Whole:
    """0 for what varies between runs; the outermost stratum has the largest number."""
    found = np.zeros(count, dtype=np.int64)
    for depth, names in enumerate(asked.hard):
        for j, name in enumerate(asked.factors):
            if name in names:
                found[j] = len(asked.hard) - depth
    return found


def _spread(model: Model, rules: Rules, *, on_grid: bool = False) -> Array:
    """Points spread evenly over the region that the rules leave, always the same."""
    random = np.random.default_rng(0)
    columns = [
        random.uniform(-1, 1, _SAMPLE)
        if coordinate.smooth and not on_grid
        else random.choice(np.array(coordinate.values), _SAMPLE)
        for coordinate in model.coordinates
    ]
    points = np.column_stack(columns)
    points = points[kept(points, rules)]
    if len(points) < _FEWEST:
        raise DesignError("the rules leave next to nothing of the region", ("constraints",))
    return np.asarray(points)


def _numbers(factors: Factors, given: pd.DataFrame) -> Array:
    columns = []
    for name, factor in factors.items():
        if isinstance(factor, CategoricalFactor):
            number = {level: float(i) for i, level in enumerate(factor.levels)}
            columns.append([number.get(level, np.nan) for level in given[name]])
        else:
            columns.append([float(value) for value in given[name]])
    return np.column_stack(columns).astype(np.float64)


def _table(factors: Factors, points: Array) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for (name, factor), values in zip(factors.items(), points.T, strict=False):
        if isinstance(factor, CategoricalFactor):
            columns[name] = [factor.levels[int(number)] for number in values]
        else:
            columns[name] = values
    return pd.DataFrame(columns)
