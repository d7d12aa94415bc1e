import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.plain import plain
from designs import RunSheet, VesselLayout, expand
from designs.evaluation import compare, evaluate, evaluate_all
from designs.evaluation.aliasing import correlation_map
from designs.evaluation.information import information_of
from designs.evaluation.prediction import prediction, region_points, vertices
from tests.designs.making import letters, read_factors, read_spec
from tests.designs.strata import split_plot

STATION = VesselLayout(6, 8)


def test_a_two_level_factorial_is_perfect() -> None:
    """With k factors and interactions, orthogonal: the average variance is known in closed form."""
    sheet = expand(letters(3), read_spec("full-factorial"), STATION)
    told = evaluate(sheet)
    predicted = told.prediction
    assert told.d_efficiency == pytest.approx(100)
    assert (predicted.a_efficiency, predicted.g_efficiency) == pytest.approx((100, 100))
    assert predicted.average == pytest.approx((1 + 3 / 3 + 3 / 9) / 8)
    assert (predicted.at_centre, predicted.at_vertices) == pytest.approx((1 / 8, 7 / 8))
    assert told.condition_number == pytest.approx(1)
    assert list(told.variance_inflation.values()) == pytest.approx([1] * 6)


def test_a_rotatable_composite_predicts_alike_at_equal_distance() -> None:
    """Montgomery, Design and Analysis of Experiments: k = 2, alpha 1.414, five centre runs."""
    sheet = expand(letters(2), read_spec("central-composite", centre_points=5), STATION)
    predicted = prediction(information_of(sheet), sheet.factors)
    assert predicted.at_centre == pytest.approx(0.2)
    assert predicted.at_vertices == pytest.approx(0.625)
    assert predicted.worst == pytest.approx(0.625)


@pytest.mark.parametrize("kind", ["box-behnken", "central-composite"])
def test_the_average_is_that_of_many_points(kind: str) -> None:
    factors = letters(3, m={"levels": ["x", "y", "z"]})
    sheet = expand(factors, read_spec(kind, centre_points=6), VesselLayout(8, 12))
    information = information_of(sheet)
    predicted = prediction(information, factors)
    assert predicted.average == pytest.approx(np.mean(predicted.fds[1::2]), rel=0.02)
    assert predicted.fds[0] <= predicted.at_centre * 1.01
    assert predicted.fds[-1] <= predicted.worst


def test_what_a_screening_design_mixes_is_in_the_alias_matrix() -> None:
    """In 12 runs every interaction is mixed by a third with each of the other main effects."""
    sheet = expand(letters(11), read_spec("plackett-burman"), STATION)
    alias = evaluate(sheet).alias
    assert alias.outside[0] == "a:b"
    entering = dict(zip(alias.columns, np.abs(alias.values[:, 0]), strict=True))
    assert (entering["(Intercept)"], entering["a"], entering["b"]) == (0, 0, 0)
    assert all(entering[name] == pytest.approx(1 / 3) for name in "cdefghijk")


def test_a_regular_fraction_aliases_in_whole() -> None:
    sheet = expand(letters(4), read_spec("fractional", generators={"d": "a*b*c"}), STATION)
    found = correlation_map(sheet)
    at = {name: position for position, name in enumerate(found.columns)}
    assert found.values[at["a:b"], at["c:d"]] == pytest.approx(1)
    assert found.values[at["a"], at["b:c"]] == pytest.approx(0)


def test_leverages_add_up_to_the_columns() -> None:
    sheet = expand(
        letters(3), read_spec("central-composite", axial="faced", blocks={"count": 2}), STATION
    )
    told = evaluate(sheet)
    assert sum(told.leverage.values()) == pytest.approx(10 + 1)


def test_whole_plots_cost_precision_of_their_factor() -> None:
    told = {each.term: each for each in evaluate(split_plot()).power}
    assert told["a"].se > told["b"].se
    assert told["a"].se == pytest.approx(np.sqrt((1 + 4) / 32))


def test_a_stated_model_is_judged_as_far_as_it_goes() -> None:
    sheet = expand(letters(2), read_spec("full-factorial", replicates=2), STATION)
    told = evaluate(sheet, terms=["a", "b", "a^2"])
    assert (told.terms, told.left_out) == (("a", "b"), ("a^2",))


def test_designs_stand_side_by_side() -> None:
    factors = letters(3)
    sheets = {
        "composite": expand(
            factors, read_spec("central-composite", axial="faced", centre_points=3), STATION
        ),
        "behnken": expand(factors, read_spec("box-behnken"), STATION),
        "corners": expand(factors, read_spec("full-factorial", replicates=2), STATION),
    }
    found = evaluate_all(sheets)
    table = compare(found)
    assert list(table.columns) == list(sheets)
    assert table.loc["terms left out"].tolist() == [0, 0, 3]
    assert found["corners"].left_out == ("a^2", "b^2", "c^2")
    assert table.loc["runs"].tolist() == [17, 15, 16]
    json.dumps(plain(table), allow_nan=False)


@settings(max_examples=8)
@given(st.permutations([0, 1, 2]), st.floats(0.1, 50), st.floats(-3, 3))
def test_judgement_does_not_depend_on_order_scale_or_unit(
    order: list[int], scale: float, shift: float
) -> None:
    names = "abc"
    bounds = {name: {"low": shift, "high": shift + 2 * scale} for name in names}
    sheet = expand(letters(3), read_spec("box-behnken"), STATION)
    factors = read_factors(**{names[i]: bounds[names[i]] for i in order})
    table = sheet.table.assign(
        **{name: shift + scale * (sheet.table[name] - 1.0) for name in names}
    )
    told, other = evaluate(sheet), evaluate(RunSheet(table, factors))
    assert other.d_efficiency == pytest.approx(told.d_efficiency)
    assert other.prediction.average == pytest.approx(told.prediction.average)
    powers = {frozenset(each.term.split(":")): each.power for each in told.power}
    for each in other.power:
        assert each.power == pytest.approx(powers[frozenset(each.term.split(":"))])


def test_the_region_is_covered() -> None:
    factors = letters(2, m={"levels": ["x", "y"]})
    points = region_points(factors, 256)
    assert points["a"].between(-1, 1).all()
    assert set(points["m"]) == {"x", "y"}
    assert len(vertices(factors)) == 8
    assert len(vertices(letters(20))) == 4096
