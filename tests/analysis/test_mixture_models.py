"""Models of mixtures are Scheffé's; the best blend is found among the blends that were tested."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.mixture import Blends, response_traces
from analysis.mixture.ternary import ternary
from analysis.optimum import find_optimum
from analysis.report import ReportContext, render
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.search import pulled_in, starting_points
from analysis.study import analyze
from analysis.surface import Region
from analysis.tradeoff import pareto_front
from designs import Factors, VesselLayout, expand
from tests.analysis.sugars import sugar_factors
from tests.designs.making import read_factors, read_spec

QUADRATIC = ["x1", "x2", "x3", "x1:x2", "x1:x3", "x2:x3"]


def wish(goal: str = "maximise", **limits: object) -> ResponseSpec:
    return ResponseSpec.model_validate({"from": "p", "measured": "at-line", "goal": goal, **limits})


def thirds() -> Factors:
    return read_factors(**{name: {"total": "1"} for name in ("x1", "x2", "x3")})


def runs_of(factors: Factors, **section: object) -> pd.DataFrame:
    layout = VesselLayout(6, 8)
    return expand(factors, read_spec("mixture", **section), layout).table


def sugars() -> tuple[Factors, pd.DataFrame]:
    """Three components within bounds and a constraint, and a temperature beside them."""
    factors = sugar_factors()
    constraint = ["lactose <= 2*glycerol"]
    return factors, runs_of(factors, points="extreme-vertices", constraints=constraint)


@pytest.fixture
def yarn(shared_cases: Path) -> pd.DataFrame:
    return pd.read_csv(shared_cases / "doe" / "c11_yarn_mixture_simplex.csv")


def test_yarn_elongation(yarn: pd.DataFrame) -> None:
    # Cornell (2002), ch. 2; NIST/SEMATECH e-Handbook 5.5.4.2.
    model = fit(yarn, thirds(), "elongation", QUADRATIC)
    found = {c.name: (c.estimate, c.se) for c in model.coefficients}
    assert found == {
        "x1": pytest.approx((11.7, 0.603692), abs=1e-6),
        "x2": pytest.approx((9.4, 0.603692), abs=1e-6),
        "x3": pytest.approx((16.4, 0.603692), abs=1e-6),
        "x1:x2": pytest.approx((19.0, 2.608249), abs=1e-6),
        "x1:x3": pytest.approx((11.4, 2.608249), abs=1e-6),
        "x2:x3": pytest.approx((-9.6, 2.608249), abs=1e-6),
    }


def test_the_study_of_the_yarn_reproduces_what_nist_prints(shared_cases: Path) -> None:
    table = pd.read_csv(shared_cases / "doe" / "c44_nist_5_5_4_2_yarn_elongation.csv")
    factors = read_factors(**{name: {"total": "1"} for name in ("X1", "X2", "X3")})
    study = analyze(table, factors, {"y": wish()})
    response = study.responses["y"]
    model = response.model
    assert [c.name for c in model.coefficients] == [t.replace("x", "X") for t in QUADRATIC]
    assert round(model.r2 or 0, 6) == 0.951356
    assert round(model.r2_adjusted or 0, 6) == 0.924331
    assert round(model.sigma or 0, 5) == 0.85375
    assert (model.df_residual, round(model.anova.residual.sum_sq, 2)) == (9, 6.56)
    assert [round(c.t or 0, 2) for c in model.coefficients] == [
        19.38, 15.57, 27.17, 7.28, 4.37, -3.68,
    ]  # fmt: skip
    # The surface without X2 is 16.4 - 4.7 a + 11.4 a (1 - a), highest at a = 6.7 / 22.8. NIST
    # reads 20-25 % of X1 and 75-80 % of X3 off a contour plot, which is as good to 0.1.
    assert study.optimum is not None
    assert study.optimum.settings == pytest.approx(
        {"X1": 6.7 / 22.8, "X2": 0, "X3": 16.1 / 22.8}, abs=1e-5
    )
    assert study.optimum.at_edge == ()  # less than nothing of X2 cannot be added
    read_off = model.predict(pd.DataFrame({"X1": [0.25], "X2": [0.0], "X3": [0.75]}))["mean"]
    assert study.optimum.predictions["y"].mean - read_off[0] < 0.1
    assert (response.canonical, response.ascent, response.certainty) == (None, (), None)
    assert "cannot vary one by one" in response.sentences[-1]
    json.dumps(study.to_json(), allow_nan=False)


def test_traces_follow_the_known_surface(yarn: pd.DataFrame) -> None:
    model = fit(yarn, thirds(), "elongation", QUADRATIC)
    first, *_ = response_traces(model, {})
    a = np.array(first.amounts)
    b = (1 - a) / 2  # of each other component
    expected = 11.7 * a + (9.4 + 16.4) * b + (19 + 11.4) * a * b - 9.6 * b * b
    assert (first.component, first.reference, a[0], a[-1]) == ("x1", pytest.approx(1 / 3), 0, 1)
    assert first.predicted == pytest.approx(expected)
    assert [trace.predicted for trace in response_traces(model, {}, "piepel")] == [
        pytest.approx(trace.predicted) for trace in response_traces(model, {})
    ]  # without lower bounds the two directions are one


def test_coxs_direction_keeps_amounts_and_piepels_pseudo_components_in_proportion() -> None:
    factors, table = sugars()
    table["y"] = table["glucose"] + 3 * table["lactose"] + table["glucose"] * table["glycerol"]
    main = ["glucose", "lactose", "glycerol", "glucose:glycerol", "temperature"]
    model = fit(table, factors, "y", main)
    middle = Region.of(model.coded, factors).centre[:3]
    centre = factors.mixture.to_actual(pd.DataFrame([middle], columns=list(factors.mixture)))
    lactose, glycerol = centre.loc[0, ["lactose", "glycerol"]]
    (cox, *_), (piepel, *_) = (
        response_traces(model, {"temperature": 0.0}, way) for way in ("cox", "piepel")
    )
    for trace, low in ((cox, 0.0), (piepel, 1.0)):
        for amount, value in zip(trace.amounts, trace.predicted, strict=True):
            rest = (10 - 2 * low - amount) / (lactose + glycerol - 2 * low)
            others = low + (np.array([lactose, glycerol]) - low) * rest
            assert value == pytest.approx(amount + 3 * others[0] + amount * others[1])


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6), st.booleans())
def test_the_best_blend_keeps_total_bounds_and_constraints(w: list[float], two: bool) -> None:
    factors, table = sugars()
    glucose, lactose, glycerol, warmth, both, mixed = w
    t = (table["temperature"] - 32.5) / 4.5
    table["y"] = (
        glucose * table["glucose"]
        + lactose * table["lactose"]
        + glycerol * (table["glycerol"])
        + mixed * table["glucose"] * table["glycerol"] / 10
        + (warmth + both * table["glucose"]) * t
    )
    table["y"] += 0.01 * np.cos(np.arange(len(table)))  # never the same in every run
    table["z"] = table["lactose"] - warmth * t
    terms = [*factors, "glucose:glycerol", "glucose:temperature"]
    names = ("y", "z") if two else ("y",)
    models = {name: fit(table, factors, name, terms) for name in names}
    specs = {"y": wish(), "z": wish("minimise", high=3.0)}
    best = find_optimum(models, specs)
    assert best is not None
    x = {name: float(value) for name, value in best.settings.items()}
    assert x["glucose"] + x["lactose"] + x["glycerol"] == pytest.approx(10, abs=1e-9)
    for name in factors.numeric:
        assert factors.numeric[name].low - 1e-9 <= x[name] <= factors.numeric[name].high + 1e-9
    assert x["lactose"] <= 2 * x["glycerol"] + 1e-6
    if not two:  # nothing on a fine grid of the region is better
        amounts = np.linspace(1, 8, 29)
        grid = pd.DataFrame(
            [(a, b, 10 - a - b, c) for a, b, c in product(amounts, amounts, (28.0, 37.0))],
            columns=list(factors),
        ).query("lactose <= 6 and glycerol >= 1 and lactose <= 2*glycerol")
        scale = float(np.ptp(table["y"])) or 1.0
        highest = float(models["y"].predict(grid)["mean"].max())
        assert best.predictions["y"].mean >= highest - 1e-6 * scale


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(2, 12))
def test_whatever_is_pulled_in_lies_within_the_blends(seed: int, q: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    factors = read_factors(**{f"x{i}": {"total": "1"} for i in range(q)})
    coded = pd.DataFrame(rng.dirichlet(np.ones(q), size=n), columns=list(factors))
    region = Region.of(coded, factors)
    assert region.contains(coded.to_numpy()).all()
    points = np.vstack([pulled_in(rng.normal(size=(50, q)) * 3, region), starting_points(region)])
    assert region.contains(points, tolerance=1e-8).all()
    assert np.abs(points.sum(axis=1) - 1).max() < 1e-9
    inside = Blends.of(coded.to_numpy(), factors).mixed(
        rng.random((5, len(region.blends.vertices)))
    )  # type: ignore[union-attr]
    assert pulled_in(inside, region) == pytest.approx(inside)


def test_a_mixture_beside_a_process_factor_is_analysed_and_reported() -> None:
    factors, table = sugars()
    scatter = np.random.default_rng(3).normal(scale=0.3, size=(2, len(table)))
    table["titre"] = 3 + table["lactose"] * (12 - table["temperature"] / 4) + scatter[0]
    table["acid"] = 2 * table["lactose"] + table["glucose"] + scatter[1]
    specs = {"titre": wish(unit="g/L"), "acid": wish("minimise", high=12.0)}
    study = analyze(table, factors, specs)
    assert study.optimum is not None
    assert (study.optimum.feasible, study.optimum.settings["temperature"]) == (True, 28)
    assert "temperature" in study.optimum.at_edge
    sources = [row.source for row in study.responses["titre"].model.anova.terms_adjusted]
    assert sources[:2] == ["linear mixture", "temperature"]
    page = render(study, ReportContext("Sugars"))
    assert "over the blends of glucose, lactose, glycerol" in page
    assert "Traces of titre along glucose, lactose, glycerol" in page
    models = {name: response.model for name, response in study.responses.items()}
    front = pareto_front(models, specs, size=10).table
    assert front[list(factors.mixture)].sum(axis=1).to_numpy() == pytest.approx(10)


def test_blends_of_two_components_and_in_blocks() -> None:
    factors = read_factors(a={"total": "1"}, b={"total": "1"})
    share = np.array([0, 0.25, 0.5, 0.75, 1] * 2)
    table = pd.DataFrame({"a": share, "b": 1 - share, "block": [1] * 5 + [2] * 5})
    table["y"] = 3 * share + 2 * (1 - share) + 8 * share * (1 - share) + 0.5 * table["block"]
    table["y"] += np.random.default_rng(1).normal(scale=1e-6, size=10)
    study = analyze(table, factors, {"y": wish()}, block="block")
    assert study.optimum is not None
    assert study.optimum.settings["a"] == pytest.approx(9 / 16, abs=1e-3)
    assert ternary(study.responses["y"].model, study.optimum.coded, "t", best=True) is None
    assert "block" not in " ".join(study.responses["y"].sentences[2:])


def test_only_blends_between_those_of_the_runs_are_offered() -> None:
    factors = thirds()
    table = pd.DataFrame(
        {"x1": [0.2, 0.6, 0.2, 0.4, 0.2, 0.4], "x2": [0.2, 0.2, 0.6, 0.4, 0.4, 0.2]}
    )
    table["x3"] = 1 - table["x1"] - table["x2"]
    table["y"] = 5 * table["x1"] + table["x2"] + [0.01, -0.01, 0.01, 0, 0, 0.01]
    best = find_optimum({"y": fit(table, factors, "y", ["x1", "x2", "x3"])}, {"y": wish()})
    assert best.region == "mixture"
    assert best is not None
    assert best.settings == pytest.approx({"x1": 0.6, "x2": 0.2, "x3": 0.2})
    assert set(best.at_edge) == {"x2", "x3"}
