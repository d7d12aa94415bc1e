"""Fits: what is refused, what is said, and that the arithmetic is that of the textbooks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ModelError
from analysis.response_model import fit
from designs import CategoricalFactor, ContinuousFactor, Factors

FACTORS = Factors({n: ContinuousFactor(low="-1", high="1") for n in ("a", "b", "c")})
CUBE = pd.DataFrame(
    [(a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)], columns=["a", "b", "c"]
)
MAIN = ["a", "b", "c"]


def cube(**columns):
    """A full 2^3, one run each, with columns replaced or added."""
    return CUBE.assign(**{"y": [1.0, 2.0, 4.0, 3.0, 6.0, 8.0, 7.0, 9.5], **columns})


@pytest.mark.parametrize("name", ["yield", "class", "lambda", "feed [g/L]", "y:z"])
def test_a_response_may_have_any_name(name):
    model = fit(cube().rename(columns={"y": name}), FACTORS, name, MAIN)
    assert model.response == name
    assert model.coefficients[0].estimate == pytest.approx(5.0625)


@pytest.mark.parametrize(
    ("table", "terms", "message"),
    [
        (cube().drop(columns="y"), MAIN, "The table has no column 'y'; it has a, b, c."),
        (cube().drop(columns="b"), MAIN, "The table has no column 'b'; it has a, c, y."),
        (
            cube(y=[1, 2, "n.d.", 3, 4, 5, 6, 7]),
            MAIN,
            "'y' holds 'n.d.' in run 2, which is no number; leave the value of a lost run empty.",
        ),
        (
            cube(run=range(101, 109), a=[1, "hot", 1, 1, -1, -1, -1, -1]),
            MAIN,
            "'a' holds 'hot' in run 102, which is no number.",
        ),
        (cube(y=[1, 2, np.inf, 3, 4, 5, 6, 7]), MAIN, "'y' is infinite in run 2."),
        (cube(y=3.5), MAIN, "'y' is 3.5 in every run; there is nothing to explain."),
        (
            cube(b=1),
            MAIN,
            "The factor 'b' is 1 in every run, so its effect cannot be estimated.",
        ),
        (
            cube(c=[1, None, 1, 1, None, -1, -1, -1]),
            MAIN,
            "The factor 'c' is empty in runs 1, 4; every run needs its setting.",
        ),
        (
            cube().iloc[:1],
            MAIN,
            "1 run(s) with a value of 'y' are too few to fit anything.",
        ),
        (
            pd.concat([cube(), cube()["y"]], axis=1),
            MAIN,
            "The table has the column 'y' more than once.",
        ),
        (cube(), ["a", "d"], "The model names 'd', which is none of the factors."),
        (cube(), ["a^b"], "'a^b' is no model term; terms are 'a', 'a:b' or 'a^2'."),
    ],
)
def test_a_bad_table_is_a_plain_sentence(table, terms, message):
    with pytest.raises(ModelError) as refused:
        fit(table, FACTORS, "y", terms)
    assert str(refused.value) == message


def test_a_level_that_is_none_is_a_plain_sentence():
    factors = Factors({"medium": CategoricalFactor(levels=["LB", "TB"])})
    table = pd.DataFrame({"medium": ["LB", "TB", "XB"], "y": [1.0, 2.0, 3.0]})
    with pytest.raises(ModelError, match="medium: 'XB' is none of the levels LB, TB"):
        fit(table, factors, "y", ["medium"])
    with pytest.raises(ModelError, match="squares a factor that is no number"):
        fit(table.iloc[:2], factors, "y", ["medium^2"])


def test_lost_runs_are_left_out_and_counted():
    table = cube()
    table.loc[3, "y"] = np.nan
    model = fit(table, FACTORS, "y", MAIN)
    assert model.runs == 7
    assert model.notes[0] == "1 of 8 runs has no value of y and was left out."
    assert list(model.table.index) == [0, 1, 2, 4, 5, 6, 7]


def test_an_aliased_term_is_left_out_by_name_and_its_twin_keeps_its_size():
    half = CUBE[CUBE.prod(axis=1) == 1]
    half = pd.concat([half, half])
    table = half.assign(y=3 + 2 * half["a"] + np.tile([0.1, -0.1], 4))
    model = fit(table, FACTORS, "y", [*MAIN, "b:c"])
    assert model.terms == ("a", "b", "c")
    assert {c.name: c.estimate for c in model.coefficients}["a"] == pytest.approx(2, abs=0.11)
    assert model.notes[0] == (
        "These runs cannot tell b:c from a: b:c was left out, and what is shown as a may be the "
        "work of either or both."
    )


def test_a_square_without_a_third_level_is_left_out():
    model = fit(cube(), FACTORS, "y", ["a", "a^2"])
    assert "a^2 is the same in every run, so it cannot be estimated; it was left out." in (
        model.notes
    )


def test_a_term_that_is_the_block_is_left_out():
    table = cube(block=CUBE.prod(axis=1).map({-1: "x", 1: "y"}))
    model = fit(table, FACTORS, "y", [*MAIN, "a:b:c"], "block")
    assert "These runs cannot tell a:b:c from the blocks: a:b:c was left out." in model.notes


def test_a_saturated_model_says_it_has_no_error_and_shows_no_infinity():
    terms = [*MAIN, "a:b", "a:c", "b:c", "a:b:c"]
    model = fit(cube(), FACTORS, "y", terms)
    assert model.df_residual == 0
    assert {model.sigma, model.r2, model.r2_predicted, model.aicc} == {None}
    assert all(c.se is c.t is c.p is c.low is None for c in model.coefficients)
    assert all(row.f is None for row in model.anova.terms)
    assert "no estimate of error" in model.notes[-1]
    predicted = model.predict(CUBE)
    assert predicted["mean"].to_numpy() == pytest.approx(cube()["y"].to_numpy())
    assert predicted["ci_low"].isna().all()


def test_more_terms_than_runs_is_not_a_crash():
    squares = [f"{n}^2" for n in MAIN]
    model = fit(cube(), FACTORS, "y", [*MAIN, "a:b", "a:c", "b:c", *squares, "a:b:c"])
    assert model.df_residual == 0
    assert len(model.notes) == 4


def test_an_exact_relation_gives_no_infinite_tests():
    model = fit(cube(y=CUBE["a"] * 2 + 5), FACTORS, "y", MAIN)
    assert model.sigma is None
    assert "goes through every run exactly" in model.notes[-1]


def test_replicates_are_recognised_on_settings_and_block():
    twice = pd.concat([cube(), cube()], ignore_index=True)
    twice["y"] += np.linspace(0, 1, 16) ** 2
    twice["block"] = [1] * 8 + [2] * 8
    alone = fit(twice, FACTORS, "y", MAIN)
    assert alone.anova.pure_error.df == 8
    blocked = fit(twice, FACTORS, "y", MAIN, "block")
    assert blocked.anova.pure_error is None
    assert blocked.notes == ("No run was repeated, so lack of fit cannot be tested.",)
    table = twice.assign(a=twice["a"] + np.tile([0, 1e-12], 8))
    assert fit(table, FACTORS, "y", MAIN).anova.pure_error.df == 8


def test_a_replicate_is_of_all_factors_not_only_those_in_the_model():
    assert fit(cube(), FACTORS, "y", ["a"]).anova.pure_error is None


def test_press_is_the_leave_one_out_error(chemreact, time_and_temperature, second_order):
    model = fit(chemreact, time_and_temperature, "yield", second_order)
    errors = []
    for label in chemreact.index:
        rest = fit(chemreact.drop(index=label), time_and_temperature, "yield", second_order)
        point = chemreact.loc[[label]]
        errors.append(point["yield"].iloc[0] - rest.predict(point)["mean"].iloc[0])
    assert model.press == pytest.approx(np.sum(np.square(errors)), rel=1e-9)


def test_a_run_that_alone_decides_a_coefficient_leaves_no_predicted_r2():
    table = cube(y=[1.0, 2, 4, 3, 6, 8, 7, 9])
    table = pd.concat([table, pd.DataFrame({"a": [0], "b": [0], "c": [0], "y": [20.0]})])
    model = fit(table, FACTORS, "y", [*MAIN, "a^2"])
    assert model.press is None
    assert model.r2_predicted is None


def test_predictions_average_over_the_blocks(chemreact, time_and_temperature, second_order):
    model = fit(chemreact, time_and_temperature, "yield", second_order, "block")
    at = pd.DataFrame({"time": [85.0], "temperature": [175.0]})
    first, contrast = (model.coefficients[i].estimate for i in (0, 1))
    row = model.predict(at).iloc[0]
    assert row["mean"] == pytest.approx(first + contrast / 2)
    assert row["pi_low"] < row["ci_low"] < row["mean"] < row["ci_high"] < row["pi_high"]
    coded = pd.DataFrame({"time": [0.0], "temperature": [0.0]})
    pd.testing.assert_frame_equal(model.predict(coded, coded=True), model.predict(at))


def test_the_first_block_is_the_first_by_number_not_by_text():
    table = pd.concat([cube(block=10), cube(block=9)], ignore_index=True)
    table["y"] += np.linspace(0, 1, 16)
    model = fit(table, FACTORS, "y", MAIN, "block")
    assert model.blocks == ("9", "10")
    assert model.coefficients[1].name == "block[10]"


def test_one_block_is_no_block():
    model = fit(cube(block=1), FACTORS, "y", MAIN, "block")
    assert [c.name for c in model.coefficients] == ["(Intercept)", "a", "b", "c"]


def test_a_categorical_factor_is_tested_as_a_whole_and_sums_to_zero():
    factors = Factors(
        {
            "medium": CategoricalFactor(levels=["LB", "TB", "2YT"]),
            "a": ContinuousFactor(low="-1", high="1"),
        }
    )
    rows = [(m, a) for m in ("LB", "TB", "2YT") for a in (-1, 1) for _ in range(2)]
    table = pd.DataFrame(rows, columns=["medium", "a"])
    effect = table["medium"].map({"LB": 0.0, "TB": 3.0, "2YT": 6.0})
    table["y"] = 10 + effect + 2 * table["a"] + np.tile([0.2, -0.2], 6)
    model = fit(table, factors, "y", ["medium", "a", "medium:a"])
    named = {c.name: c.estimate for c in model.coefficients}
    assert named["(Intercept)"] == pytest.approx(13)
    assert named["medium[2YT]"] == pytest.approx(3)
    assert [(r.source, r.df) for r in model.anova.terms_adjusted] == [
        ("medium", 2),
        ("a", 1),
        ("medium:a", 2),
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-100, 100), min_size=12, max_size=12).filter(lambda y: np.ptp(y) > 1e-3),
    st.floats(0.1, 1e4),
    st.floats(-1e3, 1e3),
)
def test_units_and_run_order_change_no_conclusion(y, scale, shift):
    points = [(-1, -1), (-1, 1), (1, -1), (1, 1), (0, 0), (0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)]
    points += [(0, 0), (1, 1)]
    table = pd.DataFrame(points, columns=["a", "b"]).assign(c=[1, -1] * 6, y=y)
    terms = ["a", "b", "a:b", "a^2", "b^2"]
    model = fit(table, FACTORS, "y", terms)
    other = fit(
        table.assign(y=table["y"] * scale + shift).sample(frac=1, random_state=1),
        FACTORS,
        "y",
        terms,
    )
    if model.sigma is None or model.sigma < 1e-6 * np.ptp(y):
        return
    for ours, theirs in zip(model.anova.terms_adjusted, other.anova.terms_adjusted, strict=True):
        assert theirs.p == pytest.approx(ours.p, rel=1e-4, abs=1e-9)
    assert other.r2 == pytest.approx(model.r2, abs=1e-6)
    assert sum(r.sum_sq for r in model.anova.terms) == pytest.approx(
        model.anova.total.sum_sq - model.anova.residual.sum_sq, rel=1e-9, abs=1e-9
    )
