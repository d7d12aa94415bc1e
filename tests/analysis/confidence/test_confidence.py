"""Confidence of directions, stationary points and best settings."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis.canonical import canonical_analysis
from analysis.confidence import ascent_cone, best_setting_region, stationary_region
from analysis.errors import ModelError
from analysis.response_model import fit
from designs import ContinuousFactor, Factors

FACTORS = Factors({name: ContinuousFactor(low="-1", high="1") for name in "abc"})
TWO = Factors({name: FACTORS[name] for name in "ab"})
SECOND = ["a", "b", "a:b", "a^2", "b^2"]
GRID = np.array(list(product((-1.0, 0.0, 1.0), repeat=2)) * 2)
CUBE = np.array(list(product((-1.0, 1.0), repeat=3)) + [(0, 0, 0)] * 3, dtype=float)


def first_order(slopes, scatter, rng):
    table = pd.DataFrame(CUBE, columns=list("abc"))
    table["y"] = CUBE @ slopes + scatter * rng.normal(size=len(CUBE))
    return fit(table, FACTORS, "y", ["a", "b", "c"])


def second_order(scatter, rng, top=(0.3, -0.2), curvature=((-2.0, 0.4), (0.4, -1.5))):
    table = pd.DataFrame(GRID, columns=list("ab"))
    x = GRID - top
    table["y"] = 10 + np.einsum("ni,ij,nj->n", x, curvature, x)
    table["y"] += scatter * rng.normal(size=len(GRID))
    return fit(table, TWO, "y", SECOND)


def test_the_cone_holds_the_true_direction_as_often_as_it_says():
    rng = np.random.default_rng(3)
    slopes = np.array([1.0, 0.5, -0.7])
    cones = [ascent_cone(first_order(slopes, 0.8, rng)) for _ in range(50)]
    held = np.mean([cone.contains(slopes)[0] for cone in cones])
    assert held == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 50))


def test_the_cone_of_equal_variances_is_round():
    """Half angle: sine squared is (k-1) F s_b² over the squared length of the slopes."""
    cone = ascent_cone(first_order([3.0, 2.0, -1.0], 0.5, np.random.default_rng(1)))
    whole = cone.slopes @ cone.metric @ cone.slopes
    assert cone.determined
    assert np.sin(np.radians(cone.half_angle_deg)) ** 2 == pytest.approx(cone.limit / whole)
    cap = (1 - np.cos(np.radians(cone.half_angle_deg))) / 2
    assert cone.share == pytest.approx(cap, abs=0.01)
    assert cone.contains(cone.direction)[0]
    assert not cone.contains(-np.array(cone.direction))[0]
    down = ascent_cone(first_order([3.0, 2.0, -1.0], 0.5, np.random.default_rng(1)), descend=True)
    assert down.direction == pytest.approx([-d for d in cone.direction])
    assert "steepest ascent of y is known to within" in cone.sentence


def test_no_slope_no_direction():
    table = pd.DataFrame(CUBE, columns=list("abc")).assign(y=CUBE.prod(axis=1))
    cone = ascent_cone(fit(table, FACTORS, "y", ["a", "b", "c"]))
    assert not cone.determined
    assert cone.half_angle_deg is None
    assert cone.share == 1
    assert "is not determined" in cone.sentence


def test_the_stationary_point_is_held_as_often_as_promised():
    rng = np.random.default_rng(5)
    regions = [stationary_region(second_order(0.5, rng)) for _ in range(30)]
    held = np.mean([region.contains([[0.3, -0.2]])[0] for region in regions])
    assert held == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 30))


def test_a_sharp_maximum_has_a_small_region(chemreact, time_and_temperature):
    terms = ["time", "temperature", "time:temperature", "time^2", "temperature^2"]
    model = fit(chemreact, time_and_temperature, "yield", terms, "block")
    region = stationary_region(model)
    point = canonical_analysis(model, {}).stationary_coded
    assert region.finite
    assert region.contains([list(point.values())])[0]
    for name, (low, high) in region.ranges.items():
        assert low < point[name] < high
        assert high - low < 0.6
    rim = region.outline
    middle = np.array(list(point.values()))
    assert region.contains(middle + 0.99 * (rim - middle)).all()
    assert not region.contains(middle + 1.01 * (rim - middle)).any()
    assert "With 95 % confidence the stationary point of yield lies within" in region.sentence


def test_a_ridge_has_no_finite_region():
    """Box, Hunter & Hunter (2005) table 10.17: a rising ridge."""
    y = [61.9, 65.6, 80.9, 78.0, 89.7, 93.8, 72.1, 67.3, 80.1, 81.4, 77.8, 74.8, 66.4, 68.2]
    y += [68.9, 66.0, 60.2, 57.9]
    pairs = [(a, b) for b in (-1, 0, 1) for a in (-1, 0, 1) for _ in range(2)]
    model = fit(pd.DataFrame(pairs, columns=["a", "b"]).assign(y=y), TWO, "y", SECOND)
    region = stationary_region(model)
    assert not region.finite
    assert region.ranges == {}
    assert region.outline is None
    assert "there is no finite 95 % confidence region" in region.sentence


def test_no_curvature_no_stationary_point():
    rng = np.random.default_rng(1)
    assert stationary_region(first_order([1.0, 1.0, 1.0], 0.1, rng)) is None


def test_the_best_setting_is_held_as_often_as_promised():
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(25):
        found = best_setting_region(second_order(0.4, rng), draws=200)
        low, high = np.array(list(found.ranges.values())).T
        held += bool(np.all((low <= [0.3, -0.2]) & (high >= [0.3, -0.2])))
    assert held / 25 >= 0.9  # a box about the region holds at least what the region holds


def test_the_best_setting_of_a_plane_is_its_corner():
    model = first_order([2.0, -1.0, 0.0], 0.05, np.random.default_rng(4))
    found = best_setting_region(model)
    assert found.ranges["a"] == (1.0, 1.0)
    assert found.ranges["b"] == (-1.0, -1.0)
    assert found.undetermined == ("c",)
    assert found.sentence.endswith("that of c may lie anywhere in its range.")
    low = best_setting_region(model, minimise=True)
    assert low.ranges["a"] == (-1.0, -1.0)
    table = pd.DataFrame(CUBE, columns=list("abc")).assign(y=CUBE.prod(axis=1))
    noise = best_setting_region(fit(table, FACTORS, "y", ["a", "b", "c"]))
    assert "do not tell where" in noise.sentence
    again = best_setting_region(model)
    assert np.array_equal(again.points, found.points)


def test_what_has_no_error_has_no_confidence():
    table = pd.DataFrame(CUBE[[0, 1, 2, 4]], columns=list("abc")).assign(y=[1.0, 2, 3, 5])
    model = fit(table, FACTORS, "y", ["a", "b", "c"])
    for ask in (ascent_cone, stationary_region, best_setting_region):
        with pytest.raises(ModelError, match="no estimate of error"):
            ask(model)
