"""Points of the generators, against published catalogues and pyDOE2's known defects."""

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs import DesignError
from designs.evaluation import shortest_words
from designs.generators.box_behnken import box_behnken
from designs.generators.composite import central_composite, centre_split, orthogonal_split
from designs.generators.factorial import full_factorial, two_level
from designs.generators.fractions import fraction, fraction_by_generators
from designs.generators.hadamard import plackett_burman
from designs.generators.hypercube import latin_hypercube


def resolution(signs: np.ndarray) -> int | None:
    names = [f"x{i}" for i in range(signs.shape[1])]
    return shortest_words(signs, names, pd.Series(["factorial"] * len(signs)))[0]


@pytest.fixture(scope="module")
def catalogue(shared_cases: Path) -> dict[str, Any]:
    text = (shared_cases / "doe" / "c26_design_catalogue.json").read_text()
    reference: dict[str, Any] = json.loads(text)["reference"]
    return reference


def test_pydoe2_is_imported_without_its_missing_module_and_without_a_trace() -> None:
    program = (
        "import sys; from designs._pydoe import pydoe; assert pydoe().ff2n(2).shape == (4, 2); "
        "assert 'imp' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


# What pyDOE2 1.3.0 answers is in the comment.
@pytest.mark.parametrize(
    ("make", "runs", "least_resolution"),
    [
        (lambda: fraction(7, 3), 8, 3),  # fracfact_by_res: 16 runs
        (lambda: fraction(5, 5), 16, 5),  # fracfact_by_res: "design not possible"
        (lambda: fraction(7, 5), 64, 5),  # fracfact_by_res: 32 runs of resolution IV
        (lambda: fraction(8, 5), 64, 5),  # the same
        (lambda: fraction(9, 5), 128, 5),  # the same
        (lambda: fraction(10, 5), 128, 5),  # the same
        (lambda: fraction(16, 4), 32, 4),  # fracfact_by_res: 32 runs of resolution III
        (lambda: fraction(17, 4), 64, 4),  # the same
        (lambda: fraction(20, 4), 64, 4),  # the same
        (lambda: fraction(31, 3), 32, 3),
        (lambda: fraction_by_generators(3, [(0, 1)]), 8, 3),  # fracfact("c a b ab"): wrong product
    ],
)
def test_fractions_that_pydoe2_gets_wrong(
    make: Callable[[], np.ndarray], runs: int, least_resolution: int
) -> None:
    signs = make()
    assert len(np.unique(signs, axis=0)) == len(signs) == runs
    assert resolution(signs) is not None
    assert (resolution(signs) or 0) >= least_resolution


def test_generators_multiply_the_columns_they_name() -> None:
    signs = fraction_by_generators(3, [(0, 2), (0, 1, 2)])
    np.testing.assert_array_equal(signs[:, 3], signs[:, 0] * signs[:, 2])
    np.testing.assert_array_equal(signs[:, 4], signs[:, :3].prod(axis=1))


def test_fractions_of_the_catalogue(catalogue: dict[str, Any]) -> None:
    for entry in catalogue["fractional_resolution"]:
        signs = fraction(entry["k"], entry["res"])
        assert len(signs) == entry["runs"], entry
        assert resolution(signs) == entry["res"], entry


# Chen, Sun & Wu (1993): words of length 3, 4, 5 of the minimum aberration designs.
@pytest.mark.parametrize(
    ("factors", "least", "runs", "words"),
    [
        (6, 4, 16, (0, 3, 0)),
        (7, 4, 16, (0, 7, 0)),
        (9, 3, 16, (4, 14, 8)),
        (9, 4, 32, (0, 6, 8)),
        (10, 4, 32, (0, 10, 16)),
        (11, 4, 32, (0, 25, 0)),
        (8, 5, 64, (0, 0, 2)),
        (11, 5, 128, (0, 0, 6)),
    ],
)
def test_fractions_have_the_fewest_short_words(
    factors: int, least: int, runs: int, words: tuple[int, ...]
) -> None:
    signs = fraction(factors, least)
    counts = tuple(
        sum(
            abs(signs[:, subset].prod(axis=1).mean()) == 1
            for subset in combinations(range(factors), length)
        )
        for length in (3, 4, 5)
    )
    assert (len(signs), counts) == (runs, words)


def test_a_resolution_no_fraction_has_gives_the_full_factorial() -> None:
    np.testing.assert_array_equal(fraction(3, 5), two_level(3))


def test_fractions_beyond_the_search_are_refused() -> None:
    with pytest.raises(DesignError, match="no fraction of resolution 5 is made for 24 factors"):
        fraction(24, 5)


# pyDOE2 gives 60 and 84 runs for six and seven factors.
@pytest.mark.parametrize(
    ("factors", "runs"),
    [(3, 12), (4, 24), (5, 40), (6, 48), (7, 56), (9, 120), (10, 160), (11, 176), (12, 192)],
)
def test_box_behnken_as_published(factors: int, runs: int) -> None:
    points = box_behnken(factors)
    assert len(points) == runs
    # The 24 points of three groups are run twice among nine factors.
    assert len(np.unique(points, axis=0)) == (96 if factors == 9 else runs)
    assert set(np.unique(points)) == {-1, 0, 1}
    np.testing.assert_array_equal(points.sum(axis=0), 0)
    np.testing.assert_array_equal(points.T @ points, np.diag(np.diag(points.T @ points)))
    meetings = (points**2).T @ points**2
    assert meetings.min() > 0  # every pair varies together somewhere


def test_box_behnken_of_the_catalogue(catalogue: dict[str, Any]) -> None:
    for factors, runs in catalogue["bbd_runs_without_centre"].items():
        assert len(box_behnken(int(factors))) == runs


@pytest.mark.parametrize("factors", [2, 8])
def test_box_behnken_is_refused_where_there_is_none(factors: int) -> None:
    with pytest.raises(DesignError, match="three to seven or nine to twelve continuous factors"):
        box_behnken(factors)


# pyDOE2 fails for 24-27, 32-35, 40-43, 48-59 factors and more.
@pytest.mark.parametrize(
    ("factors", "runs"), [(2, 4), (24, 28), *((runs - 1, runs) for runs in range(4, 101, 4))]
)
def test_plackett_burman_designs_are_orthogonal(factors: int, runs: int) -> None:
    signs = plackett_burman(factors)
    assert signs.shape == (runs, factors)
    np.testing.assert_array_equal(signs.T @ signs, runs * np.eye(factors))
    np.testing.assert_array_equal(signs.sum(axis=0), 0)


# Montgomery, ch. 8: a third of every interaction without the factor in 12 runs; Lin & Draper (1992)
# for 20; pyDOE2 has ones among 24 runs.
@pytest.mark.parametrize(("runs", "shares"), [(12, {1 / 3}), (20, {0.2, 0.6}), (24, {0, 1 / 3})])
def test_main_effects_are_mixed_in_part_with_interactions(runs: int, shares: set[float]) -> None:
    signs = plackett_burman(runs - 1)
    found = {
        round(abs((signs[:, i] * signs[:, j] * signs[:, k]).mean()), 9)
        for i, j, k in combinations(range(runs - 1), 3)
    }
    assert found == {round(share, 9) for share in shares}


def test_plackett_burman_takes_more_runs_when_told() -> None:
    assert plackett_burman(5, 12).shape == (12, 5)
    with pytest.raises(DesignError, match="8 runs cannot screen 9 factors; give at least 10"):
        plackett_burman(9, 8)
    with pytest.raises(DesignError, match="no Plackett-Burman design of 116 runs"):
        plackett_burman(9, 116)


def test_composites_of_the_catalogue(catalogue: dict[str, Any]) -> None:
    for pick in catalogue["ccd_pick_5f"]:
        cube_runs, centre = pick["n.c"] * pick["blks.c"], pick["n0.c"] * pick["blks.c"]
        total = centre + pick["n0.s"]
        split = orthogonal_split(5, cube_runs, pick["n.s"], pick["alpha.orth"], total)
        assert split == (centre, pick["n0.s"]), pick
        if cube_runs == 16 and pick["n.s"] == 10:
            made = central_composite(5, "circumscribed", "orthogonal", split)
            assert made.alpha == pytest.approx(pick["alpha.orth"], abs=1e-12)
            rotatable = central_composite(5, "circumscribed", "rotatable")
            assert rotatable.alpha == pick["alpha.rot"]


def test_composite_cubes_are_fractions_from_five_factors_on() -> None:
    # ccdesign(10) has 1024 cube points.
    runs = [len(central_composite(k, "faced", "rotatable").cube) for k in range(2, 9)]
    assert runs == [4, 8, 16, 16, 32, 64, 64]
    assert len(central_composite(10, "faced", "rotatable").cube) == 128


def test_axial_points_stand_where_asked() -> None:
    outside = central_composite(2, "circumscribed", "rotatable")
    assert outside.alpha == pytest.approx(2**0.5)
    assert outside.axial.max() == outside.alpha
    within = central_composite(2, "inscribed", 2.0)
    assert (within.axial.max(), within.cube.max()) == (1.0, 0.5)
    assert central_composite(3, "faced", "rotatable").axial.max() == 1
    with pytest.raises(DesignError, match="at least two continuous factors"):
        central_composite(1, "faced", "rotatable")


def test_orthogonal_alpha_is_the_one_of_pydoe2() -> None:
    # ccdesign(3)'s default: four centre points in each block.
    made = central_composite(3, "circumscribed", "orthogonal", (4, 4))
    assert made.alpha == pytest.approx(1.82574186, abs=1e-8)


def test_centre_points_are_shared_out() -> None:
    assert centre_split(6, 3) == (4, 2)
    assert centre_split(5, 2) == (2, 3)
    assert orthogonal_split(3, 8, 6, 1.0, 5) is None


def test_full_factorials_run_the_first_factor_fastest() -> None:
    numbers = full_factorial([2, 3])
    np.testing.assert_array_equal(numbers[:3], [[0, 0], [1, 0], [0, 1]])
    assert len(np.unique(numbers, axis=0)) == 6


@settings(max_examples=15, deadline=None)
@given(
    factors=st.integers(1, 5),
    runs=st.integers(2, 24),
    criterion=st.sampled_from(["random", "centred", "maximin", "correlation"]),
    seed=st.integers(0, 2**32),
)
def test_hypercubes_have_one_run_in_every_cell(
    factors: int, runs: int, criterion: Any, seed: int
) -> None:
    cube = latin_hypercube(factors, runs, criterion, np.random.default_rng(seed))
    cells = np.floor((cube + 1) / 2 * runs)
    np.testing.assert_array_equal(np.sort(cells, axis=0), np.tile(range(runs), (factors, 1)).T)
    again = latin_hypercube(factors, runs, criterion, np.random.default_rng(seed))
    np.testing.assert_array_equal(cube, again)


def test_the_best_hypercube_of_many_is_kept() -> None:
    # lhs(criterion="corr") stops improving when a diagonal element is 0.99...
    def worst(criterion: Any, seed: int) -> float:
        cube = latin_hypercube(3, 12, criterion, np.random.default_rng(seed))
        return float(np.abs(np.corrcoef(cube.T) - np.eye(3)).max())

    assert all(worst("correlation", seed) < 0.2 for seed in range(20))
    assert max(worst("random", seed) for seed in range(20)) > 0.4
