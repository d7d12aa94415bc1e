"""Geometry of surfaces and the search for the best setting."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.canonical import canonical_analysis, steepest_ascent
from analysis.optimum import find_optimum
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.surface import Region, surface_of
from designs import CategoricalFactor, ContinuousFactor, Factors

SQUARE = ["x1", "x2", "x1:x2", "x1^2", "x2^2"]
CUBIC = ["x1", "x2", "x3", "x1^2", "x2^2", "x3^2", "x1:x2", "x1:x3", "x2:x3"]


def factors(*names):
    return Factors({name: ContinuousFactor(low="-1", high="1") for name in names})


def surface_through(points, coefficients, terms, names):
    """A model fitted to points of a known polynomial: its coefficients are the known ones."""
    table = pd.DataFrame(points, columns=list(names))
    columns = [np.ones(len(table))]
    for term in terms:
        column = np.ones(len(table))
        for part in term.split(":"):
            name, _, power = part.partition("^")
            column = column * table[name] ** int(power or 1)
        columns.append(column)
    return fit(table.assign(y=np.column_stack(columns) @ coefficients), factors(*names), "y", terms)


GRID = list(product((-1.0, 0.0, 1.0), repeat=2))


@pytest.mark.parametrize(
    ("reach", "shape", "desirability"), [(1.682, "cube", 0.942509), (1.682, "sphere", 0.858153)]
)
def test_desirability_of_conversion_and_activity(reach, shape, desirability):
    """Myers & Montgomery's reactor, as Kuhn's R package 'desirability' solves it."""
    conversion = [81.09, 1.0284, 4.043, 6.2037, -1.8366, 2.9382, -5.1915, 2.2150, 11.375, -3.875]
    activity = [59.85, 3.583, 0.2546, 2.2298, 0.83479, 0.07484, 0.05716, -0.3875, -0.375, 0.3125]
    corners = reach * np.array(list(product((-1.0, 0.0, 1.0), repeat=3)))
    if shape == "sphere":
        length = np.linalg.norm(corners, axis=1, keepdims=True)
        inner = corners * np.minimum(1, reach / np.maximum(length, 1e-9))
        corners = np.vstack([inner, inner / 2])
    models = {
        name: surface_through(corners, weights, CUBIC, ("x1", "x2", "x3"))
        for name, weights in (("conversion", conversion), ("activity", activity))
    }
    specs = {
        "conversion": ResponseSpec(goal="maximise", low=80, high=97),
        "activity": ResponseSpec(goal="target", target=57.5, low=55, high=60),
    }
    best = find_optimum(models, specs)
    assert best.region == shape
    assert best.desirability == pytest.approx(desirability, abs=2e-6)
    assert best.predictions["conversion"].ci_low is None
    assert find_optimum(models, specs) == best


def test_a_maximum_inside_is_the_stationary_point(chemreact, time_and_temperature, second_order):
    model = fit(chemreact, time_and_temperature, "yield", second_order, "block")
    best = find_optimum({"yield": model}, {"yield": ResponseSpec(goal="maximise", unit="%")})
    shape = canonical_analysis(model, {})
    assert best.coded == pytest.approx(shape.stationary_coded, abs=1e-5)
    assert best.settings["time"] == pytest.approx(86.8615, abs=1e-3)
    assert (best.at_edge, best.feasible, best.desirability) == ((), True, None)
    assert best.sentences[0] == (
        "The best setting found is time 86.86 min, temperature 176.7 degF."
    )
    assert best.sentences[1].startswith("There yield is predicted at 82.14 % (95 % confidence 81.9")


def test_a_rising_plane_ends_at_the_edge_and_says_so():
    model = surface_through(GRID, [1.0, 2.0, -1.0], ["x1", "x2"], ("x1", "x2"))
    best = find_optimum({"y": model}, {"y": ResponseSpec(goal="maximise")})
    assert best.coded == {"x1": 1.0, "x2": -1.0}
    assert best.at_edge == ("x1", "x2")
    assert best.sentences[-1] == (
        "It stands at the edge of what was tested in x1 and x2; the true best may lie beyond."
    )
    lowest = find_optimum({"y": model}, {"y": ResponseSpec(goal="minimise")})
    assert lowest.coded == {"x1": -1.0, "x2": 1.0}


def test_limits_that_cannot_be_met_are_said_to_be_so():
    model = surface_through(GRID, [1.0, 2.0, -1.0], ["x1", "x2"], ("x1", "x2"))
    best = find_optimum({"y": model}, {"y": ResponseSpec(goal="maximise", low=9)})
    assert not best.feasible
    assert best.desirability == 0
    assert best.coded == {"x1": 1.0, "x2": -1.0}
    assert best.sentences[0].startswith("No setting within the tested region keeps every limit")


def test_a_limit_on_another_response_holds_the_optimum_back():
    y = surface_through(GRID, [1.0, 2.0, 0.0], ["x1", "x2"], ("x1", "x2"))
    z = surface_through(GRID, [0.0, 1.0, 1.0], ["x1", "x2"], ("x1", "x2"))
    best = find_optimum(
        {"y": y, "z": z}, {"y": ResponseSpec(goal="maximise"), "z": ResponseSpec(high=-0.5)}
    )
    assert best.feasible
    assert best.predictions["y"].mean == pytest.approx(2.0, abs=1e-6)
    assert best.predictions["z"].mean <= -0.5 + 1e-6
    assert best.goals == {"y": "maximise", "z": "within"}


def test_no_goal_no_optimum():
    model = surface_through(GRID, [1.0, 2.0, -1.0], ["x1", "x2"], ("x1", "x2"))
    assert find_optimum({"y": model}, {"y": ResponseSpec(low=0)}) is None


def test_the_best_level_of_a_categorical_factor_is_chosen():
    mixed = Factors(
        {
            "medium": CategoricalFactor(levels=["LB", "TB", "2YT"]),
            "x": ContinuousFactor(low="-1", high="1"),
        }
    )
    rows = list(product(("LB", "TB", "2YT"), (-1.0, 0.0, 1.0)))
    table = pd.DataFrame(rows, columns=["medium", "x"])
    slope = table["medium"].map({"LB": 1.0, "TB": -3.0, "2YT": 0.5})
    table["y"] = 5 + slope * table["x"] - (table["x"] == 0) * 0.01
    model = fit(table, mixed, "y", ["medium", "x", "medium:x"])
    best = find_optimum({"y": model}, {"y": ResponseSpec(goal="maximise")})
    assert best.settings == {"medium": "TB", "x": -1.0}
    only = fit(table, Factors({"medium": mixed["medium"]}), "y", ["medium"])
    assert find_optimum({"y": only}, {"y": ResponseSpec(goal="maximise")}).at_edge == ()


def test_a_log_factor_comes_back_in_its_unit():
    logged = Factors({"iptg": ContinuousFactor(low="0.24 µmol/L", high="32 µmol/L", scale="log")})
    x = np.linspace(-1, 1, 9)
    table = logged.to_actual(pd.DataFrame({"iptg": x})).assign(y=5 - (x - 0.25) ** 2)
    model = fit(table, logged, "y", ["iptg", "iptg^2"])
    best = find_optimum({"y": model}, {"y": ResponseSpec(goal="maximise")})
    assert best.coded["iptg"] == pytest.approx(0.25, abs=1e-6)
    middle = np.sqrt(0.24 * 32)
    assert best.settings["iptg"] == pytest.approx(middle * (32 / middle) ** 0.25, rel=1e-5)


def test_the_region_of_a_box_behnken_design_has_no_corners():
    points = [p for p in product((-1.0, 0.0, 1.0), repeat=3) if np.abs(p).sum() in (0, 2)]
    region = Region.of(pd.DataFrame(points, columns=list("abc")), factors("a", "b", "c"))
    assert region.spherical
    assert list(region.contains([[1, 1, 0], [1, 1, 1]])) == [True, False]
    cube = Region.of(
        pd.DataFrame(list(product((-1.0, 1.0), repeat=3))).set_axis(list("abc"), axis=1),
        factors("a", "b", "c"),
    )
    assert not cube.spherical


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-5, 5).map(lambda v: round(v, 3)), min_size=6, max_size=6))
def test_no_grid_point_beats_the_optimum_or_the_path(coefficients):
    assume(np.ptp([*coefficients[1:], 0.0]) > 0.01)
    model = surface_through(GRID, coefficients, SQUARE, ("x1", "x2"))
    surface = surface_of(model, {})
    side = np.linspace(-1, 1, 41)
    grid = np.array(list(product(side, side)))
    best = find_optimum({"y": model}, {"y": ResponseSpec(goal="maximise")})
    assert best.predictions["y"].mean >= surface(grid).max() - 1e-7
    angle = np.linspace(0, 2 * np.pi, 721)
    for step in steepest_ascent(model, {}, distances=[0.5, 1.3]):
        circle = step.distance * np.column_stack([np.cos(angle), np.sin(angle)])
        assert np.hypot(*step.coded.values()) == pytest.approx(step.distance, rel=1e-6)
        assert step.predicted >= surface(circle).max() - 1e-6


def test_a_path_that_starts_level_turns_into_the_steepest_axis():
    model = surface_through(GRID, [1.0, 0, 0, 0, 1.0, -1.0], SQUARE, ("x1", "x2"))
    steps = steepest_ascent(model, {}, distances=[0, 1])
    assert steps[1].coded == pytest.approx({"x1": 1.0, "x2": 0.0}, abs=1e-9)
    down = steepest_ascent(model, {}, descend=True, distances=[1])
    assert down[0].coded == pytest.approx({"x1": 0.0, "x2": 1.0}, abs=1e-9)


@pytest.mark.parametrize(
    ("squares", "nature"),
    [((-1, -2), "maximum"), ((1, 2), "minimum"), ((1, -1), "saddle"), ((-1, 0.05), "ridge")],
)
def test_the_nature_of_a_stationary_point(squares, nature):
    model = surface_through(GRID, [1.0, 0.2, 0.1, 0, *squares], SQUARE, ("x1", "x2"))
    shape = canonical_analysis(model, {})
    assert shape.nature == nature
    assert (shape.ridge_coded is not None) == (nature == "ridge")
    assert list(shape.eigenvalues) == pytest.approx(sorted(squares, reverse=True))


def test_no_canonical_analysis_without_curvature_in_every_direction():
    plane = surface_through(GRID, [1.0, 2.0, -1.0], ["x1", "x2"], ("x1", "x2"))
    assert canonical_analysis(plane, {}) is None
    gutter = surface_through(GRID, [1.0, 2.0, -1.0, 1.0], ["x1", "x2", "x1^2"], ("x1", "x2"))
    assert canonical_analysis(gutter, {}) is None
