"""Optimal designs, judged by criteria that are reckoned here anew."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs import DesignError, Factors, RunSheet, VesselLayout, default_model, expand
from designs.model_terms import model_matrix
from designs.optimal._points import kept, model_rows
from designs.optimal.find import Asked, find
from designs.optimal.model import Coordinate, Model, columns_of
from designs.optimal.rules import compiled
from designs.optimal.search import Effort
from tests.designs.making import letters, read_factors, read_spec

RANGE = {"low": "1 g/L", "high": "3 g/L"}
ARRAY = VesselLayout(6, 8)
QUICK = Effort(starts=4, kicks=10)


def make(factors: Factors, layout: VesselLayout = ARRAY, **section: Any) -> RunSheet:
    return expand(factors, read_spec("optimal", **section), layout)


def quadratic(names: str) -> list[str]:
    pairs = [f"{a}:{b}" for a, b in combinations(names, 2)]
    return [*names, *pairs, *(f"{a}^2" for a in names)]


def covariance(plots: Any, ratio: float = 1.0) -> Any:
    same = np.equal.outer(np.asarray(plots), np.asarray(plots))
    return np.eye(len(same)) + ratio * same


def d_percent(rows: Any, covariance: Any) -> float:
    information = rows.T @ np.linalg.solve(covariance, rows)
    return float(100 * np.linalg.det(information) ** (1 / rows.shape[1]) / len(rows))


def mean_variance(rows: Any, covariance: Any, region: Any) -> float:
    """Mean prediction variance over points of a region, one by one."""
    inverse = np.linalg.inv(rows.T @ np.linalg.solve(covariance, rows))
    return float(np.mean([row @ inverse @ row for row in region]))


def cube(factors: int) -> Any:
    """A 3-point Gauss rule: exact for the squares of a quadratic model's terms."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    grid = np.array(np.meshgrid(*[nodes] * factors)).reshape(factors, -1).T
    weight = np.array(np.meshgrid(*[weights / 2] * factors)).reshape(factors, -1).prod(axis=0)
    return grid, weight


def searched(names: str, runs: int, criterion: Any, **further: Any) -> pd.DataFrame:
    factors = letters(len(names))
    given = pd.DataFrame(index=range(runs), columns=list(names), dtype=object)
    asked = Asked(factors, tuple(quadratic(names)), criterion, given, **further)
    return find(asked)


def test_six_factors_in_forty_runs() -> None:
    coded = searched("abcdef", 40, "D")
    rows = model_matrix(coded, quadratic("abcdef"), letters(6)).to_numpy()
    assert d_percent(rows, np.eye(40)) >= 51.0
    coded = searched("abcdef", 40, "I")
    rows = model_matrix(coded, quadratic("abcdef"), letters(6)).to_numpy()
    nodes, weight = cube(6)
    region = model_matrix(
        pd.DataFrame(nodes, columns=list("abcdef")), quadratic("abcdef"), letters(6)
    )
    inverse = np.linalg.inv(rows.T @ rows)
    variance = float(((region.to_numpy() @ inverse) * region.to_numpy()).sum(axis=1) @ weight)
    assert variance <= 0.3195


def test_ten_whole_plots_of_four() -> None:
    plots = np.repeat(np.arange(10), 4)
    groups = {"groups": (plots,), "hard": (("a", "b"),)}
    coded = searched("abcdef", 40, "D", **groups)
    assert (coded.groupby(plots)[["a", "b"]].nunique() == 1).all(axis=None)
    rows = model_matrix(coded, quadratic("abcdef"), letters(6)).to_numpy()
    assert d_percent(rows, covariance(plots)) >= 33.3
    coded = searched("abcdef", 40, "I", **groups)
    rows = model_matrix(coded, quadratic("abcdef"), letters(6)).to_numpy()
    nodes, weight = cube(6)
    region = model_matrix(
        pd.DataFrame(nodes, columns=list("abcdef")), quadratic("abcdef"), letters(6)
    )
    inverse = np.linalg.inv(rows.T @ np.linalg.solve(covariance(plots), rows))
    variance = float(((region.to_numpy() @ inverse) * region.to_numpy()).sum(axis=1) @ weight)
    assert variance <= 0.724


def test_a_book_design_is_matched() -> None:
    # Montgomery, Design and Analysis of Experiments, Tables 11.13 and 11.14: four factors in 16
    # runs, D 43.07 %, mean variance 0.5963.
    rows = model_matrix(searched("abcd", 16, "D"), quadratic("abcd"), letters(4)).to_numpy()
    assert d_percent(rows, np.eye(16)) >= 43.07
    coded = searched("abcd", 16, "I")
    rows = model_matrix(coded, quadratic("abcd"), letters(4)).to_numpy()
    nodes, weight = cube(4)
    region = model_matrix(pd.DataFrame(nodes, columns=list("abcd")), quadratic("abcd"), letters(4))
    inverse = np.linalg.inv(rows.T @ rows)
    assert ((region.to_numpy() @ inverse) * region.to_numpy()).sum(axis=1) @ weight <= 0.5963


def test_a_two_level_model_finds_the_orthogonal_array() -> None:
    coded = make(letters(7), runs=8, model="linear").coded
    matrix = model_matrix(coded, list("abcdefg"), letters(7)).to_numpy()
    np.testing.assert_array_equal(matrix.T @ matrix, 8 * np.eye(8))


@settings(max_examples=10, deadline=None)
@given(
    levels=st.integers(2, 4),
    terms=st.lists(
        st.sampled_from(["a", "b", "m", "a:b", "a:m", "m:b", "a:b:m", "a^2", "a^2:m", "b^3"]),
        unique=True,
        min_size=1,
    ),
    seed=st.integers(0, 100),
)
def test_the_kernels_rows_are_those_of_the_model(levels: int, terms: list[str], seed: int) -> None:
    factors = letters(2, m={"levels": list("wxyz"[:levels])})
    random = np.random.default_rng(seed)
    points = np.column_stack([random.uniform(-1, 1, (9, 2)), random.integers(levels, size=9)])
    coded = pd.DataFrame(points, columns=["a", "b", "m"])
    coded["m"] = ["wxyz"[int(number)] for number in coded["m"]]
    model = Model(
        tuple(Coordinate.of(factor, 3) for factor in factors.values()), columns_of(factors, terms)
    )
    expected = model_matrix(coded, terms, factors).to_numpy()
    np.testing.assert_allclose(model_rows(points, model.levels, model.parts), expected, atol=1e-14)


def test_moments_are_means_over_the_region() -> None:
    factors = letters(2, m={"levels": ["x", "y", "z"]}, t=RANGE | {"levels": ["1 g/L", "3 g/L"]})
    terms = ["a", "b", "m", "t", "a:b", "a:m", "a^2"]
    model = Model(
        tuple(Coordinate.of(factor, 2) for factor in factors.values()), columns_of(factors, terms)
    )
    random = np.random.default_rng(1)
    coded = pd.DataFrame(random.uniform(-1, 1, (200_000, 2)), columns=["a", "b"])
    coded["m"], coded["t"] = random.choice(list("xyz"), 200_000), random.choice([-1, 1], 200_000)
    rows = model_matrix(coded, terms, factors).to_numpy()
    np.testing.assert_allclose(model.moments(), rows.T @ rows / len(rows), atol=0.01)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 50), criterion=st.sampled_from(["D", "I", "A", "bayesian-D"]))
def test_the_same_seed_gives_the_same_design(seed: int, criterion: str) -> None:
    factors = letters(2, m={"levels": ["x", "y"]})
    given = pd.DataFrame(index=range(9), columns=["a", "b", "m"], dtype=object)
    asked: dict[str, Any] = {"criterion": criterion, "seed": seed, "effort": QUICK}
    terms = ["a", "b", "m", "a:b"]
    first, second = (
        find(Asked(factors, terms, given=given, potential=["a^2"], **asked)) for _ in "12"
    )
    pd.testing.assert_frame_equal(first, second)


def test_order_scale_and_units_of_factors_do_not_matter() -> None:
    def value(**sections: Any) -> float:
        sheet = make(read_factors(**sections), runs=14, criterion="I")
        renamed = sheet.coded.rename(columns={"d": "a"})[["a", "b", "c"]]
        rows = model_matrix(renamed, quadratic("abc"), letters(3)).to_numpy()
        return float(np.trace(np.linalg.inv(rows.T @ rows)))

    litres = {"low": "1 mL", "high": "3 mL"}
    usual = value(a=RANGE, b=litres, c=litres)
    close = pytest.approx(usual, rel=1e-9)  # twelve digits of a logarithm
    assert value(a={"low": "1000 mg/L", "high": "3000 mg/L"}, b=litres, c=litres) == usual
    assert value(a={"low": "1 g/L", "high": "99 g/L", "scale": "log"}, b=litres, c=litres) == close
    assert value(d=RANGE, b=litres, c=litres) == usual
    turned = value(c=litres, a=RANGE, b=litres)  # another path of the search, hence not exactly
    assert turned == pytest.approx(usual, rel=0.02)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 30),
    most=st.floats(3.5, 5.5),
    criterion=st.sampled_from(["D", "I"]),
    hard=st.booleans(),
)
def test_every_run_keeps_the_rules(seed: int, most: float, criterion: str, hard: bool) -> None:
    factors = letters(
        2,
        m={"levels": ["x", "y"]},
        t=RANGE | ({"change": "hard"} if hard else {}),
        u=RANGE | {"levels": ["1 g/L", "2 g/L", "3 g/L"]},
    )
    sheet = make(
        factors,
        runs=18,
        model="linear",
        criterion=criterion,
        constraints=[f"a + t <= {most} g/L", "a * b >= 1.5 g/L * 1 g/L or u == 2 g/L"],
        disallowed=[{"m": "y", "t": "> 2.5 g/L"}],
        seed=seed,
        **({"whole_plots": 6} if hard else {}),
    )
    a, b, t, u = (sheet.table[name] for name in "abtu")
    assert (a + t <= most + 1e-6).all()
    assert ((a * b >= 1.5 - 1e-6) | (u == 2)).all()
    assert not ((sheet.table["m"] == "y") & (t > 2.5 + 1e-6)).any()
    assert u.isin([1, 2, 3]).all()
    for name, column in sheet.coded[["a", "b", "t"]].items():
        assert column.abs().max() <= 1, name
    if hard:
        assert (sheet.table.groupby("whole_plot")["t"].nunique() == 1).all()


def test_given_runs_stay_and_are_worth_something() -> None:
    include = [{"a": "2.5 g/L", "b": "1.5 g/L"}, {"a": "1.1 g/L", "b": "2.9 g/L"}]
    table = make(letters(2), runs=9, include=include, centre_points=2).table
    given = table[table["point"] == "given"].sort_values("standard_order")
    assert list(given["a"]) == [2.5, 1.1]
    assert (table.loc[table["point"] == "centre", ["a", "b"]] == 2.0).all(axis=None)
    assert len(table) == 9


def test_lost_vessels_are_made_good() -> None:
    whole = make(letters(2), runs=12, seed=3)
    kept = whole.table.iloc[[0, 1, 2, 3, 5, 6, 8, 11]]
    done = [{"a": f"{row.a} g/L", "b": f"{row.b} g/L"} for row in kept.itertuples()]
    repaired = make(letters(2), runs=4, done=done)
    assert len(repaired.table) == 4
    together = pd.concat([whole.coded.loc[kept.index], repaired.coded])
    rows = model_matrix(together, quadratic("ab"), letters(2)).to_numpy()
    full = model_matrix(whole.coded, quadratic("ab"), letters(2)).to_numpy()
    assert d_percent(rows, np.eye(12)) > 0.97 * d_percent(full, np.eye(12))


def test_covariates_are_taken_as_they_are() -> None:
    factors = letters(2, m={"levels": ["x", "y"]})
    values = ["x", "x", "x", "y", "y", "y", "y", "y"]
    table = make(factors, runs=8, model="linear", covariates={"m": values}).table
    assert list(table.sort_values("standard_order")["m"]) == values
    assert abs(table.loc[table["m"] == "y", "a"].mean() - 2) < 0.5


def test_blocks_disturb_least() -> None:
    sheet = make(letters(3), runs=16, model="interactions", blocks={"count": 2})
    assert list(sheet.table.groupby("block").size()) == [8, 8]
    assert sheet.diagnostics().block_losses == {}
    by_row = make(letters(3), runs=16, model="linear", blocks={"by": "row"})
    assert (by_row.table["block"] == [1] * 8 + [2] * 8).all()


def test_banks_of_vessels_are_whole_plots() -> None:
    columns = tuple(ARRAY.names[column::8] for column in range(8))
    sheet = make(letters(3), VesselLayout(6, 8, {"c": columns}), runs=24, criterion="I")
    assert sheet.table["whole_plot"].nunique() == 8
    assert (sheet.table["whole_plot"] == sheet.table["vessel"].str[1:].astype(int)).all()
    assert (sheet.table.groupby("whole_plot")["c"].nunique() == 1).all()
    assert sheet.strata[0].factors == ("c",)


def test_sub_plots_nest_in_whole_plots() -> None:
    factors = letters(2, t=RANGE | {"change": "hard"}, u=RANGE | {"change": "very-hard"})
    sheet = make(factors, runs=24, whole_plots=4, sub_plots=10, model="interactions")
    assert [s.factors for s in sheet.strata] == [("u",), ("t",)]
    assert sheet.table["sub_plot"].nunique() == 10
    assert (sheet.table.groupby("sub_plot")[["t", "u", "whole_plot"]].nunique() == 1).all(axis=None)
    rows = model_matrix(sheet.coded, default_model(factors, _spec()), factors).to_numpy()
    v = covariance(sheet.table["whole_plot"]) + covariance(sheet.table["sub_plot"]) - np.eye(24)
    assert np.linalg.matrix_rank(rows.T @ np.linalg.solve(v, rows)) == rows.shape[1]


def _spec() -> Any:
    return read_spec("optimal", runs=24, whole_plots=4, sub_plots=10, model="interactions")


def test_potential_terms_are_looked_at() -> None:
    # Six runs cannot estimate four factors and their interactions, but twelve can keep main
    # effects nearly clear of them.
    def bias(**section: Any) -> float:
        coded = make(letters(4), runs=12, model="linear", **section).coded
        rows = model_matrix(coded, list("abcd"), letters(4)).to_numpy()
        pairs = [f"{a}:{b}" for a, b in combinations("abcd", 2)]
        further = model_matrix(coded, pairs, letters(4)).to_numpy()[:, 1:]
        return float((np.linalg.lstsq(rows, further, rcond=None)[0] ** 2).sum())

    assert bias(criterion="bayesian-D") < bias(criterion="D")


@pytest.mark.parametrize(
    ("factors", "section", "message", "loc"),
    [
        (letters(3), {"runs": 9}, "the model has 10 coefficients, but there are 9 runs", ("runs",)),
        (letters(2), {"runs": 8, "model": ["a", "z"]}, "'z' is none of", ("model", "1")),
        (
            letters(1, t=RANGE | {"change": "hard"}),
            {"runs": 8},
            "t is hard to change: say in how many groups of runs, such as `whole_plots: 8`",
            ("kind",),
        ),
        (letters(3), {"runs": 50}, "the design has 50 runs, but the station has 48 vessels", ()),
    ],
)
def test_what_cannot_be_made_is_told(
    factors: Factors, section: dict[str, Any], message: str, loc: tuple[str, ...]
) -> None:
    with pytest.raises(DesignError) as caught:
        make(factors, **section)
    assert message in caught.value.message
    assert caught.value.loc == loc


@pytest.mark.parametrize(
    ("section", "message", "loc"),
    [
        ({"whole_plots": 3}, "whole_plots needs factors that are hard", "whole_plots"),
        ({"constraints": ["a <= 9"]}, "9 needs a unit, such as g/L", "constraints 0"),
        ({"constraints": ["a < 0 g/L"]}, "no combination of factor values", "constraints"),
        ({"constraints": ["import os"]}, "nothing can follow at 'os'", "constraints 0"),
        ({"constraints": ["__x > 1"]}, "'_' means nothing here", "constraints 0"),
        ({"constraints": ["a + c < 1 g/L"]}, "'c' is none of a, b", "constraints 0"),
        ({"constraints": ["a < 5 mL"]}, "it sets g/L beside mL", "constraints 0"),
        ({"constraints": ["a + b"]}, "it compares nothing", "constraints 0"),
        ({"constraints": ["(a < b"]}, "a ')' is missing", "constraints 0"),
        ({"disallowed": [{"z": "x"}]}, "'z' is none of", "disallowed 0"),
        ({"covariates": {"a": ["1 g/L"]}}, "a has 1 values for 8 runs", "covariates a"),
        ({"done": [{"a": "1 g/L"}]}, "this row has no value for b", "done 0"),
    ],
)
def test_sections_that_cannot_be_are_told(section: dict[str, Any], message: str, loc: str) -> None:
    with pytest.raises(DesignError) as caught:
        make(letters(2), runs=8, **section)
    assert message in caught.value.message
    assert " ".join(caught.value.loc) == loc


@settings(max_examples=40, deadline=None)
@given(a=st.floats(1, 3), b=st.floats(1, 3), level=st.sampled_from(["x", "y y"]))
def test_rules_say_what_they_say(a: float, b: float, level: str) -> None:
    factors = letters(2, m={"levels": ["x", "y y"]})
    coded = factors.to_coded(pd.DataFrame({"a": [a], "b": [b], "m": [level]}))
    point = np.array([[coded["a"][0], coded["b"][0], float(level != "x")]])
    cases = {
        "a + 2 * b <= 6000 mg/L": a + 2 * b <= 6,
        "1.5 g/L < a <= 2.5 g/L": 1.5 < a <= 2.5,
        "not (m == 'y y' and a > 2 g/L)": not (level == "y y" and a > 2),
        "m != x or b / a >= 0.5 ^ 0.5": level != "x" or b / a >= 0.5**0.5,
        "max(a, b) - min(a, b) <= 1 g/L": abs(a - b) <= 1,
        "log10(a / b) > -0.1 and -a < -1.2 g/L": np.log10(a / b) > -0.1 and a > 1.2,
    }
    for text, expected in cases.items():
        assert bool(kept(point, compiled(factors, [text], []))[0]) == expected, text
