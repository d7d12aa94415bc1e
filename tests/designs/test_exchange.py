"""The compiled steps of the exchange against plain numpy."""

from typing import Any

import numpy as np
import pytest

from designs.optimal._exchange import exchange
from designs.optimal._points import kept, model_rows
from designs.optimal.goals import d_goal, i_goal
from designs.optimal.model import Coordinate, Model, columns_of
from designs.optimal.rules import compiled
from designs.optimal.structure import Structure
from tests.designs.making import letters

TERMS = ["a", "b", "m", "a:b", "b:m", "a^2", "b^2"]
RULE = "a + b <= 5 g/L"


def model() -> Model:
    factors = letters(2, m={"levels": ["x", "y", "z"]})
    coordinates = tuple(Coordinate.of(factor, 2) for factor in factors.values())
    return Model(coordinates, columns_of(factors, TERMS))


def structure(groups: bool) -> Structure:
    return Structure((np.repeat(np.arange(6), 3),) if groups else (), 18, 1.5)


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("criterion", ["D", "I"])
def test_no_value_of_any_coordinate_is_better_afterwards(groups: bool, criterion: str) -> None:
    """What the kernels say by updates holds when every neighbour is reckoned anew."""
    made, grouped = model(), structure(groups)
    goal = d_goal(made) if criterion == "D" else i_goal(made, None)
    stratum = np.array([1 if groups else 0, 0, 0])
    rules = compiled(letters(2, m={"levels": ["x", "y", "z"]}), [RULE], [])
    random = np.random.default_rng(5)
    x = np.column_stack([random.choice([-1.0, 0.0, 0.5], (18, 2)), random.integers(3, size=18)])
    x = x.astype(float)
    if groups:
        x[:, 0] = np.repeat(x[::3, 0], 3)
    problem = made.problem(stratum, np.ones(x.shape, dtype=bool))
    criteria = goal.prior, goal.loss, goal.by_trace
    further = grouped.arrays, rules, criteria
    assert exchange(np.zeros_like(x), problem, *further, False, 50, 1e-9) == -np.inf  # singular
    value = exchange(x, problem, *further, False, 50, 1e-9)

    def judged(points: Any) -> float:
        rows = model_rows(points, made.levels, made.parts)
        found = rows.T @ grouped.precision @ rows
        if criterion == "D":
            return float(np.linalg.slogdet(found)[1])
        if np.linalg.matrix_rank(found) < len(found):
            return -np.inf
        return float(-np.trace(goal.loss @ np.linalg.inv(found)))

    assert np.isfinite(value)
    assert value == pytest.approx(judged(x), rel=1e-9)
    assert kept(x, rules).all()
    for i in range(0, 18, 3 if groups else 1):
        for j, coordinate in enumerate(made.coordinates):
            for new in coordinate.values:
                other = x.copy()
                other[i : i + 3 if groups and j == 0 else i + 1, j] = new
                if kept(other, rules).all():
                    assert judged(other) <= value + 1e-6 * abs(value)
