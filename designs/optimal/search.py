"""The search: coordinate exchange from many beginnings, then from the best with some runs anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designs.errors import DesignError
from designs.optimal._points import kept
from designs.optimal._types import Array, Rules, Whole
from designs.optimal.goals import Goal
from designs.optimal.model import Model
from designs.optimal.structure import Structure

_DRAWS = 20_000
_POOL = 2_000
_TRIES = 50
_NEAT = 100
"""Coded values are rounded to a hundredth where that breaks no rule."""


@dataclass(frozen=True)
class Effort:
    """How long is searched, counted in beginnings and not in seconds, so that a seed decides all.

    Attributes:
        starts: Random beginnings.
        kicks: Times that a few runs of the best design are drawn anew.
    """

    starts: int = 12
    kicks: int = 120


@dataclass(frozen=True)
class Task:
    """A design to be found.

    Attributes:
        model: The model.
        goal: The criterion.
        structure: Groups of the runs.
        stratum: By coordinate, 0 for one that varies between runs, then outwards.
        given: Coded values (n x k) that stand; NaN where they are sought.
        rules: What every sought run must keep.
        begin: A design to begin with, beside the random ones.
    """

    model: Model
    goal: Goal
    structure: Structure
    stratum: Whole
    given: Array
    rules: Rules
    begin: Array | None = None


def _neat(values: Array) -> Array:
    return np.asarray(np.round(values * _NEAT) / _NEAT + 0.0)


def best_design(task: Task, effort: Effort, seed: int) -> Array:
    """Search a design.

    Returns:
        Coded points (n x k), level numbers for categorical factors.

    Raises:
        DesignError: No point keeps the rules, or the model cannot be estimated by so many runs.
    """
    return _Search(task, np.random.default_rng(seed)).run(effort)


class _Search:
    def __init__(self, task: Task, random: np.random.Generator) -> None:
        self._task, self._random = task, random
        self._bounds = task.structure.bounds
        self._free = np.isnan(task.given)
        for j, level in enumerate(task.stratum):
            if level:  # one run that is fixed fixes its group
                for first, last in set(zip(*(b[level] for b in self._bounds), strict=True)):
                    self._free[first:last, j] = self._free[first:last, j].all()
        self._sought = np.flatnonzero(self._free.any(axis=1))
        self._problem = task.model.problem(task.stratum, self._free)
        self._arrays = task.structure.arrays
        self._pool = self._feasible()

    def run(self, effort: Effort) -> Array:
        best, value = self._first(effort.starts)
        for _ in range(effort.kicks):
            design = best.copy()
            self._kick(design)
            found = self._improve(design)
            if found > value:
                best, value = design, found
        self._improve(best, fine=True)
        return self._neat(best)

    def _first(self, starts: int) -> tuple[Array, float]:
        best, value = None, -np.inf
        for start in range(starts):
            design = self._task.given.copy()
            if start == 0 and self._task.begin is not None:
                design = self._task.begin.copy()
            else:
                self._draw(design, self._sought)
            found = self._improve(design)
            if found > value:
                best, value = design, found
        if best is None:
            raise DesignError(
                f"{len(self._task.given)} runs cannot estimate the "
                f"{len(self._task.model.columns)} coefficients of this model here; ask for more "
                "runs, more groups or fewer terms",
                ("runs",),
            )
        return best, value

    def _improve(self, design: Array, *, fine: bool = False) -> float:
        task = self._task
        return task.goal.improve(design, self._problem, self._arrays, task.rules, fine=fine)

    def _kick(self, design: Array) -> None:
        """Draw some runs anew, or a whole group."""
        random, (firsts, lasts) = self._random, self._bounds
        if len(firsts) > 1 and random.random() < 0.5:
            run = random.choice(self._sought)
            rows = np.arange(firsts[-1, run], lasts[-1, run])
            self._draw(design, rows, keep=0)
        else:
            count = min(len(self._sought), int(random.integers(2, 5)))
            self._draw(design, random.choice(self._sought, count, replace=False), keep=1)

    def _draw(self, design: Array, rows: Whole, keep: int = 0) -> None:
        """New values for runs; factors of stratum ``keep`` and outwards keep theirs if not 0."""
        stratum, free = self._task.stratum, self._free
        changed = free[rows] & ((stratum == 0) if keep else True)
        drawn = self._pool[self._random.integers(len(self._pool), size=len(rows))]
        design[rows] = np.where(changed, drawn, design[rows])
        for j in np.flatnonzero(stratum):
            first = self._bounds[0][stratum[j]]
            design[:, j] = np.where(free[:, j], design[first, j], design[:, j])
        for row in rows[~kept(design[rows], self._task.rules)]:
            self._mend(design, row)

    def _mend(self, design: Array, row: int) -> None:
        """Find values of a run that keep the rules beside those that its group gives."""
        movable = self._free[row] & (self._task.stratum == 0)
        drawn = self._pool[self._random.permutation(len(self._pool))]
        points = np.where(movable, drawn, design[row])
        good = np.flatnonzero(kept(points, self._task.rules))
        if len(good):
            design[row] = points[good[0]]

    def _feasible(self) -> Array:
        """Points that keep the rules, on the grid where there are enough of them."""
        coordinates, rules = self._task.model.coordinates, self._task.rules
        drawn = np.column_stack(
            [self._random.choice(np.array(c.values), _DRAWS) for c in coordinates]
        )
        for j, coordinate in enumerate(coordinates):
            if coordinate.smooth and len(rules[0]) > 1:
                drawn[::2, j] = _neat(self._random.uniform(-1, 1, _DRAWS // 2))
        pool = drawn[kept(drawn, rules)][:_POOL]
        if not len(pool):
            raise DesignError(
                "no combination of factor values was found that keeps all rules", ("constraints",)
            )
        return np.asarray(pool)

    def _neat(self, design: Array) -> Array:
        smooth = np.array([c.smooth for c in self._task.model.coordinates])
        neat = np.where(self._free & smooth, _neat(design), design)
        good = kept(neat, self._task.rules)
        for first, last in set(zip(*(b[-1] for b in self._bounds), strict=True)):
            good[first:last] = good[first:last].all()
        return np.asarray(np.where(good[:, None], neat, design))
