"""Bad tables by the Python API: a sentence each, never a traceback, never a silent wrong model."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.errors import ModelError
from analysis.responses import ResponseSpec
from analysis.study import analyze
from designs import ContinuousFactor, Factors

GOAL = {"yield": ResponseSpec(goal="maximise")}


def bounded(low, high):
    return ContinuousFactor(low=str(low), high=str(high))


def test_a_missing_response_loses_its_run_and_is_counted(chemreact, time_and_temperature):
    chemreact.loc[[2, 9], "yield"] = np.nan
    study = analyze(chemreact, time_and_temperature, GOAL)
    assert study.responses["yield"].model.runs == 12
    assert "2 of 14 runs have no value of yield and were left out." in study.cautions


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("time", np.nan, "The factor 'time' is empty in run 4; every run needs its setting."),
        ("time", "85 min", "'time' holds '85 min' in run 4, which is no number."),
        ("yield", "< 2", "'yield' holds '< 2' in run 4, which is no number; leave the value of a"),
        ("yield", np.inf, "'yield' is infinite in run 4."),
        ("time", -np.inf, "'time' is infinite in run 4."),
    ],
)
def test_a_bad_cell_is_named(chemreact, time_and_temperature, column, value, sentence):
    table = chemreact.astype({column: object})
    table.loc[3, column] = value
    study = analyze(table, time_and_temperature, GOAL)
    assert study.unfitted["yield"].startswith(sentence)
    assert study.answer == ("No response could be modelled.",)


def test_copied_rows_are_suspected_and_repeats_are_not(chemreact, time_and_temperature):
    copied = pd.concat([chemreact, chemreact.iloc[[2, 5]]], ignore_index=True)
    study = analyze(copied, time_and_temperature, GOAL)
    assert study.cautions[0].startswith("Runs 3, 6, 15 and 16 agree with another run in every")
    assert not any("agree" in c for c in analyze(chemreact, time_and_temperature, GOAL).cautions)
    ratings = chemreact.assign(**{"yield": chemreact["yield"].round(-1)})
    assert not any("agree" in c for c in analyze(ratings, time_and_temperature, GOAL).cautions)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (lambda t: t.assign(run=[1, *range(1, 14)]), "Run 1 stands in the table 2 times. A table"),
        (lambda t: t.assign(run=[None, *range(1, 14)]), "The column 'run' is empty in some rows"),
        (lambda t: t.iloc[:0], "The table has no rows"),
        (lambda t: pd.concat([t, t["time"]], axis=1), "The table has the column 'time' more than"),
    ],
)
def test_a_table_that_is_none_is_refused(chemreact, time_and_temperature, broken, sentence):
    with pytest.raises(ModelError, match=sentence):
        analyze(broken(chemreact), time_and_temperature, GOAL)


def test_a_constant_factor_has_no_effect_to_estimate(chemreact, time_and_temperature):
    study = analyze(chemreact.assign(time=85.0), time_and_temperature, GOAL)
    assert study.unfitted["yield"] == (
        "The factor 'time' is 85.0 in every run, so its effect cannot be estimated."
    )


@pytest.mark.parametrize("response", [0.3, [0.3, 0.1 + 0.2] * 7])
def test_equal_responses_leave_nothing_to_explain(chemreact, time_and_temperature, response):
    study = analyze(chemreact.assign(**{"yield": response}), time_and_temperature, GOAL)
    assert study.unfitted["yield"] == "'yield' is 0.3 in every run; there is nothing to explain."


def test_a_saturated_model_claims_nothing(chemreact, time_and_temperature, second_order):
    saturated = chemreact.iloc[[0, 1, 2, 3, 10, 13]]
    study = analyze(saturated, time_and_temperature, GOAL, second_order)
    model = study.responses["yield"].model
    assert (model.sigma, model.df_residual, model.coefficients[1].p) == (None, 0, None)
    assert any("leaves no estimate of error" in caution for caution in study.cautions)
    assert "nothing shows that it is better than others" in study.answer[0]
    json.dumps(study.to_json(), allow_nan=False)


def test_more_terms_than_runs_are_left_out_by_name(chemreact, time_and_temperature, second_order):
    study = analyze(chemreact.iloc[:4], time_and_temperature, GOAL, second_order)
    assert any("temperature^2" in caution for caution in study.cautions)


def test_a_setting_in_another_unit_is_suspected(chemreact, time_and_temperature):
    chemreact.loc[0, "time"] *= 60
    study = analyze(chemreact, time_and_temperature, GOAL)
    assert study.cautions[0] == (
        "time is 4800 min in run 1, far outside 80 min to 90 min; is it in another unit?"
    )


def test_a_million_rows_are_fitted_as_ten_thousand_are():
    rng = np.random.default_rng(1)
    a, b = rng.uniform(-1, 1, (2, 1_000_000))
    y = 3 + a - 2 * b + a * b - b**2 + rng.normal(size=1_000_000)
    table = pd.DataFrame({"a": a, "b": b, "y": y})
    study = analyze(
        table, Factors({n: bounded(-1, 1) for n in "ab"}), {"y": ResponseSpec(goal="maximise")}
    )
    model = study.responses["y"].model
    found = {c.name: c.estimate for c in model.coefficients}
    expected = {"(Intercept)": 3, "a": 1, "b": -2, "a:b": 1, "a^2": 0, "b^2": -1}
    assert found == pytest.approx(expected, abs=0.02)
    assert model.runs == 1_000_000
