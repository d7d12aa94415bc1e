"""Mixtures: designs, coding and Scheffé models against published data and vertices."""

from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from designs import DesignError, Factors, RunSheet, VesselLayout, default_model, expand
from designs.evaluation import evaluate
from designs.factors import MixtureFactor
from designs.generators.polytope import region
from designs.generators.simplex import axial, simplex_centroid, simplex_lattice
from designs.linear import linear_constraints
from designs.model_terms import model_matrix
from tests.designs.making import read_factors, read_spec

STATION = VesselLayout(8, 12)
SUGARS = {"total": "20 g/L"}


def three(**further: dict[str, Any]) -> Factors:
    return read_factors(a=SUGARS, b=SUGARS, c=SUGARS, **further)


def make(factors: Factors, points: str, **section: Any) -> RunSheet:
    return expand(factors, read_spec("mixture", points=points, **section), STATION)


@pytest.mark.parametrize(("components", "degree"), [(3, 1), (3, 2), (3, 3), (4, 2), (5, 3)])
def test_lattices_have_scheffes_number_of_points(components: int, degree: int) -> None:
    points = simplex_lattice(components, degree)
    assert len(points) == len(np.unique(points, axis=0)) == comb(components + degree - 1, degree)
    assert points.sum(axis=1) == pytest.approx(1)
    np.testing.assert_array_equal(points * degree, np.round(points * degree))


def test_centroid_designs_have_every_subset() -> None:
    points = simplex_centroid(4)
    assert len(np.unique(points, axis=0)) == len(points) == 15
    assert points.sum(axis=1) == pytest.approx(1)
    np.testing.assert_allclose(axial(3)[0], [2 / 3, 1 / 6, 1 / 6])


# McLean & Anderson (1966), the flare: magnesium, sodium nitrate, strontium nitrate, binder.
FLARE = {
    "magnesium": {"total": "1", "low": 0.4, "high": 0.6},
    "sodium": {"total": "1", "low": 0.1, "high": 0.47},
    "strontium": {"total": "1", "low": 0.1, "high": 0.47},
    "binder": {"total": "1", "low": 0.03, "high": 0.08},
}
FLARE_VERTICES = [
    *[(0.4, 0.1, 0.47, 0.03), (0.4, 0.1, 0.42, 0.08), (0.6, 0.1, 0.27, 0.03)],
    *[(0.6, 0.1, 0.22, 0.08), (0.4, 0.47, 0.1, 0.03), (0.4, 0.42, 0.1, 0.08)],
    *[(0.6, 0.27, 0.1, 0.03), (0.6, 0.22, 0.1, 0.08)],
]
FLARE_FACES = [
    *[(0.5, 0.1, 0.345, 0.055), (0.5, 0.345, 0.1, 0.055), (0.4, 0.2725, 0.2725, 0.055)],
    *[(0.6, 0.1725, 0.1725, 0.055), (0.5, 0.235, 0.235, 0.03), (0.5, 0.21, 0.21, 0.08)],
]


def test_extreme_vertices_of_the_flare() -> None:
    factors = read_factors(**FLARE)
    sheet = make(factors, "extreme-vertices", centroids=["faces", "overall"])
    table = sheet.table
    assert len(table) == 15
    for point, published in (("vertex", FLARE_VERTICES), ("face", FLARE_FACES)):
        found = table[table["point"] == point][list(factors)].to_numpy()
        np.testing.assert_allclose(sorted(map(tuple, found)), sorted(published), atol=1e-12)
    overall = table[table["point"] == "blend"][list(factors)].to_numpy()
    np.testing.assert_allclose(overall, [(0.5, 0.2225, 0.2225, 0.055)], atol=1e-12)


def test_edges_of_a_region_follow_eulers_formula() -> None:
    factors = read_factors(**FLARE)
    empty = linear_constraints(factors.mixture, [])
    found = region(factors.mixture.coded_highs, *empty)
    edges, faces = len(found.face_centroids(1)), len(found.face_centroids(2))
    assert (len(found.vertices), edges, faces) == (8, 12, 6)


def test_a_constraint_cuts_the_region() -> None:
    factors = three()
    sheet = make(
        factors, "extreme-vertices", centroids=["edges"], constraints=["a + 2*b <= 25 g/L", "c>=b"]
    )
    assert ((sheet.table["a"] + 2 * sheet.table["b"]) <= 25 + 1e-9).all()
    assert (sheet.table["c"] >= sheet.table["b"] - 1e-9).all()
    vertices = sheet.table[sheet.table["point"] == "vertex"][["a", "b", "c"]].to_numpy()
    # Where c = b, a + 2 b is the total of 20, so that the first constraint never binds.
    expected = [(20, 0, 0), (0, 0, 20), (0, 10, 10)]
    np.testing.assert_allclose(sorted(map(tuple, vertices)), sorted(expected), atol=1e-9)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a + b", "it needs <= or >="),
        ("a / b <= 2", "write it such as 'a + 2*b <= 5 g/L'"),
        ("a + z <= 2 g/L", "'z' is none of the components a, b, c"),
        ("a <= 2 h", "'2 h' is no amount in g/L"),
        ("a + <= 2 g/L", "write it such as 'a + 2*b <= 5 g/L'"),
    ],
)
def test_constraints_that_cannot_be_read(text: str, reason: str) -> None:
    with pytest.raises(DesignError) as caught:
        make(three(), "extreme-vertices", constraints=[text])
    assert caught.value.message == f"'{text}' cannot be read as a constraint: {reason}"
    assert caught.value.loc == ("constraints", "0")


def test_constraints_may_have_two_sides_and_other_units() -> None:
    A, b = linear_constraints(three().mixture, ["2 g/L <= a + b <= 8000 mg/L"])
    np.testing.assert_allclose(A, [[-20, -20, 0], [20, 20, 0]])
    np.testing.assert_allclose(b, [-2, 8])


def test_scheffe_model_of_yarn_elongation(shared_cases: Path) -> None:
    # Cornell; NIST 5.5.4.2: 11.7 a + 9.4 b + 16.4 c + 19.0 ab + 11.4 ac - 9.6 bc.
    table = pd.read_csv(shared_cases / "doe" / "c11_yarn_mixture_simplex.csv")
    shares = table[["x1", "x2", "x3"]].to_numpy(dtype=float)
    factors = read_factors(**{name: {"total": "1"} for name in "abc"})
    coded = factors.to_coded(pd.DataFrame(shares, columns=list("abc")))
    matrix = model_matrix(coded, ["a", "b", "c", "a:b", "a:c", "b:c"], factors)
    assert list(matrix.columns) == ["a", "b", "c", "a:b", "a:c", "b:c"]
    found = np.linalg.lstsq(matrix.to_numpy(), table["elongation"].to_numpy())[0]
    np.testing.assert_allclose(found, [11.7, 9.4, 16.4, 19.0, 11.4, -9.6], atol=1e-9)


@pytest.mark.parametrize(
    ("points", "section", "runs", "terms"),
    [
        ("simplex-lattice", {}, 6, "a b c"),
        ("simplex-lattice", {"replicates": 2}, 12, "a b c a:b a:c b:c"),
        ("simplex-lattice", {"degree": 3}, 10, "a b c a:b a:c b:c a:b:c"),
        ("simplex-centroid", {"axial": True}, 10, "a b c a:b a:c b:c a:b:c"),
        ("simplex-lattice", {"axial": True, "centre_points": 3}, 12, "a b c a:b a:c b:c a:b:c"),
        ("extreme-vertices", {}, 7, "a b c a:b a:c b:c"),
    ],
)
def test_runs_and_model_of_each_kind(
    points: str, section: dict[str, Any], runs: int, terms: str
) -> None:
    sheet = make(three(), points, **section)
    assert len(sheet.table) == runs
    spec = read_spec("mixture", points=points, **section)
    assert default_model(three(), spec) == terms.split()
    audit = sheet.diagnostics()
    assert audit.terms == tuple(terms.split())
    assert audit.rank == audit.parameters
    assert sheet.table[["a", "b", "c"]].sum(axis=1).to_numpy() == pytest.approx(20)


def test_other_factors_are_crossed_with_the_blends() -> None:
    factors = three(t={"low": "30 degC", "high": "37 degC"}, strain={"levels": ["wild", "mutant"]})
    sheet = make(factors, "simplex-lattice", centre_points=2)
    assert len(sheet.table) == 6 * 4 + 2
    audit = sheet.diagnostics()
    terms = "a b c t strain a:b a:c b:c a:t a:strain b:t b:strain t:strain"
    assert list(audit.terms) == terms.split()
    assert audit.aliased == {}
    assert audit.largest_correlation < 0.1


def test_blocks_take_no_blend_away() -> None:
    sheet = make(three(), "simplex-lattice", replicates=2, blocks={"count": 2}, seed=1)
    audit = sheet.diagnostics()
    assert audit.blocks == 2
    assert list(audit.terms) == ["a", "b", "c", "a:b", "a:c", "b:c"]


def test_pseudo_components_start_at_the_lows() -> None:
    factors = read_factors(
        a={"total": "100 %", "low": "20 %"},
        b={"total": "100 %", "low": "10 %"},
        c={"total": "100 %"},
    )
    amounts = {"a": [90.0, 20, 55], "b": [10.0, 80, 10], "c": [0, 0, 35.0]}
    coded = factors.to_coded(pd.DataFrame(amounts))
    np.testing.assert_allclose(coded, [[1, 0, 0], [0, 1, 0], [0.5, 0, 0.5]])
    sheet = make(factors, "simplex-centroid")
    assert sheet.table["a"].min() == 20
    assert sheet.table["a"].max() == 90


def test_a_design_of_mixtures_is_evaluated_over_their_region(tmp_path: Path) -> None:
    sheet = make(read_factors(**FLARE), "extreme-vertices", centre_points=2)
    found = evaluate(sheet)
    assert 0 < found.prediction.average < found.prediction.worst < 3
    assert not {power.term for power in found.power} & set(FLARE)
    sheet.to_csv(tmp_path / "runs.csv")
    assert RunSheet.from_csv(tmp_path / "runs.csv", sheet.factors).table.equals(sheet.table)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"low": "2 h"}, "'2 h' and the total '20 g/L' measure different things"),
        (
            {"low": "5 g/L", "high": "4 g/L"},
            "a component's amount goes from 0 or more to the total 20 g/L or less, low below high",
        ),
        (
            {"high": "30 g/L"},
            "a component's amount goes from 0 or more to the total 20 g/L or less, low below high",
        ),
    ],
)
def test_components_that_cannot_be(section: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MixtureFactor.model_validate({**SUGARS, **section})
    assert [error["msg"] for error in caught.value.errors()] == [message]


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"a": SUGARS}, "a mixture needs two components or more, but there is only a"),
        (
            {"a": SUGARS, "b": {"total": "10 g/L"}},
            "all components of a mixture state the same total, but b states 10 g/L and another "
            "20 g/L",
        ),
        (
            {"a": {**SUGARS, "high": "5 g/L"}, "b": {**SUGARS, "high": "5 g/L"}},
            "the bounds of a and b leave no way to make 20 g/L",
        ),
    ],
)
def test_mixtures_that_cannot_be(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError) as caught:
        read_factors(**sections)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("factors", "kind", "section", "message"),
    [
        (
            three(),
            "full-factorial",
            {},
            "a and b and c add up to a total, so that they cannot vary freely; a mixture needs "
            "kind: mixture, or a table of its own",
        ),
        (
            read_factors(a={"low": "1 g/L", "high": "2 g/L"}),
            "mixture",
            {"points": "simplex-centroid"},
            "a mixture design needs components: factors with a total, such as {total: 20 g/L}",
        ),
        (
            read_factors(a={**SUGARS, "high": "5 g/L"}, b=SUGARS),
            "mixture",
            {"points": "simplex-centroid"},
            "the upper bound of a cuts corners off the simplex; use points: extreme-vertices",
        ),
        (
            three(),
            "mixture",
            {"points": "extreme-vertices", "constraints": ["a >= 21 g/L"]},
            "the constraints leave no room for different mixtures",
        ),
        (
            three(),
            "table",
            {"rows": [{"a": "1 g/L", "b": "2 g/L", "c": "3 g/L"}]},
            "a + b + c make 6 g/L in a run, not 20 g/L",
        ),
    ],
)
def test_designs_that_cannot_be(
    factors: Factors, kind: str, section: dict[str, Any], message: str
) -> None:
    with pytest.raises(DesignError) as caught:
        expand(factors, read_spec(kind, **section), STATION)
    assert caught.value.message == message


@settings(max_examples=40, deadline=None)
@given(
    lows=st.lists(st.floats(0, 0.2), min_size=3, max_size=5),
    spans=st.lists(st.floats(0.1, 1), min_size=5, max_size=5),
    total=st.floats(0.1, 500),
)
def test_regions_hold_their_vertices_and_coding_comes_back(
    lows: list[float], spans: list[float], total: float
) -> None:
    components = {
        f"x{i}": {
            "total": f"{total:.6f} g/L",
            "low": f"{low * total:.6f} g/L",
            "high": f"{min(1.0, low + span) * total * 0.999:.6f} g/L",
        }
        for i, (low, span) in enumerate(zip(lows, spans, strict=False))
    }
    try:
        factors = read_factors(**components)
    except DesignError:
        return  # no blend within such bounds
    mixture = factors.mixture
    vertices = region(mixture.coded_highs, np.empty((0, len(mixture))), np.empty(0)).vertices
    coded = pd.DataFrame(vertices, columns=list(mixture))
    actual = mixture.to_actual(coded)
    assert (actual >= mixture.lows - 1e-6 * total).all(axis=None)
    assert (actual <= mixture.highs + 1e-6 * total).all(axis=None)
    at_bound = np.isclose(actual, mixture.lows, atol=1e-6 * total) | np.isclose(
        actual, mixture.highs, atol=1e-6 * total
    )
    assert (at_bound.sum(axis=1) >= len(mixture) - 1).all()
    np.testing.assert_allclose(mixture.to_coded(actual), coded, atol=1e-7)


def test_a_bound_that_says_nothing_is_none() -> None:
    factor = MixtureFactor.model_validate({"total": "100 %", "low": None, "high": None})
    assert (factor.low, factor.high) == (0, 100)
