"""Space-filling designs against optima that are known, and within rules."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from designs import DesignError, Factors, RunSheet, VesselLayout, expand
from designs.generators.maximin import far_apart, maximin_hypercube
from tests.designs.making import letters, read_factors, read_spec

STATION = VesselLayout(8, 12)


def make(factors: Factors, **section: Any) -> RunSheet:
    return expand(factors, read_spec("space-filling", **section), STATION)


def smallest(points: np.ndarray) -> float:
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    return float(squared[np.triu_indices(len(points), 1)].min())


# van Dam, Husslage, den Hertog & Melissen (2007) and spacefillingdesigns.nl: largest smallest
# squared distance, in cells, of Latin hypercubes.
@pytest.mark.parametrize(
    ("factors", "runs", "optimum", "share"),
    [(2, 5, 5, 1), (2, 7, 8, 1), (2, 10, 10, 1), (3, 5, 11, 1), (3, 8, 21, 0.9), (4, 8, 42, 0.9)],
)
def test_hypercubes_reach_known_optima(
    factors: int, runs: int, optimum: float, share: float
) -> None:
    cube = maximin_hypercube(factors, runs, np.random.default_rng(1))
    found = smallest((cube + 1) / 2 * runs)
    assert share * optimum <= round(found, 6) <= optimum


@settings(max_examples=6, deadline=None)
@given(factors=st.integers(1, 5), runs=st.integers(2, 20), seed=st.integers(0, 2**32))
def test_maximin_designs_are_hypercubes(factors: int, runs: int, seed: int) -> None:
    cube = maximin_hypercube(factors, runs, np.random.default_rng(seed))
    cells = (cube + 1) / 2 * runs - 0.5
    expected = np.tile(np.arange(runs), (factors, 1)).T
    np.testing.assert_allclose(np.sort(cells, axis=0), expected, atol=1e-9)
    again = maximin_hypercube(factors, runs, np.random.default_rng(seed))
    np.testing.assert_array_equal(cube, again)


def test_a_maximin_design_keeps_further_apart_than_many_random_ones() -> None:
    ours = smallest(make(letters(4), runs=24).coded.to_numpy())
    random = np.random.default_rng(0)
    others = [smallest(2 * qmc.LatinHypercube(4, rng=random).random(24) - 1) for _ in range(200)]
    assert ours > 1.5 * max(others)


def test_sobol_points_are_even() -> None:
    coded = make(letters(3), runs=32, method="sobol", seed=4).coded.to_numpy()
    # A (t, m, s)-net: every half and every quarter of each factor holds its share.
    for column in coded.T:
        np.testing.assert_array_equal(np.histogram(column, bins=4, range=(-1, 1))[0], 8)
    assert qmc.discrepancy((coded + 1) / 2) < 0.02


def test_chosen_candidates_keep_apart() -> None:
    grid = np.array([(x, y) for x in range(5) for y in range(5)], dtype=float)
    corners = {tuple(grid[i]) for i in far_apart(grid, 4)}
    assert corners == {(0, 0), (0, 4), (4, 0), (4, 4)}


@pytest.mark.parametrize("method", ["maximin", "sobol"])
def test_runs_keep_rules(method: str) -> None:
    factors = read_factors(
        a={"low": "0 g/L", "high": "4 g/L"},
        b={"low": "0.1 mmol/L", "high": "10 mmol/L", "scale": "log"},
        ph={"low": 6.8, "high": 7.4},
        medium={"levels": ["LB", "TB", "M9"]},
    )
    asked: dict[str, Any] = {
        "runs": 30,
        "method": method,
        "constraints": ["a <= 3 g/L or ph >= 7.2"],
        "disallowed": [{"medium": "LB", "b": "> 1 mmol/L"}],
        "seed": 2,
    }
    sheet = make(factors, **asked)
    table = sheet.table
    assert len(table) == sheet.diagnostics().distinct_points == 30
    assert ((table["a"] <= 3) | (table["ph"] >= 7.2)).all()
    assert not ((table["medium"] == "LB") & (table["b"] > 1)).any()
    assert set(table["medium"]) == {"LB", "TB", "M9"}
    # They reach into the whole of what is left.
    assert table["a"].max() > 3.2
    assert table["b"].min() < 0.2
    pd.testing.assert_frame_equal(make(factors, **asked).table, table)


def test_levels_share_the_runs_evenly() -> None:
    factors = letters(
        2,
        t={"low": "30 degC", "high": "37 degC", "levels": ["30 degC", "33 degC", "37 degC"]},
        m={"levels": ["x", "y"]},
    )
    table = make(factors, runs=12).table
    assert set(table["t"]) == {30, 33, 37}
    assert (table.groupby("t").size() == 4).all()
    assert (table.groupby("m").size() == 6).all()


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"constraints": ["a >= 9 g/L"]}, "the rules leave next to nothing of the region"),
        (
            {"constraints": ["a + b"]},
            "'a + b' cannot be read as a rule: it compares nothing; write such as 'a + b <= 3 g/L'",
        ),
    ],
)
def test_rules_that_cannot_be_kept(section: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError) as caught:
        make(letters(2), runs=8, **section)
    assert caught.value.message == message
