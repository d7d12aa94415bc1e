"""The whole study: its answer in words, its cautions, its JSON."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.evidence import shows_an_effect
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.study import analyze
from designs import CategoricalFactor, ContinuousFactor, Factors

GOAL = {"yield": ResponseSpec(unit="%", goal="maximise")}


@pytest.fixture
def study(chemreact, time_and_temperature, second_order):
    return analyze(chemreact, time_and_temperature, GOAL, second_order, "block")


def test_the_answer_starts_with_the_best_setting(study):
    assert study.answer == (
        "The best setting found is time 86.86 min, temperature 176.7 degF.",
        "There yield is predicted at 82.14 % (95 % confidence 81.98 to 82.29; one new run "
        "between 81.72 and 82.55).",
        "yield depends on time (time^2, time; p < 0.001) and temperature (temperature^2, "
        "temperature; p < 0.001).",
    )
    assert study.cautions == (
        "The blocks differ (p < 0.001): predictions are for the average of these blocks, and a "
        "new run in a new block will scatter more than its interval says.",
    )
    assert study.responses["yield"].sentences[1] == (
        "The model explains 99.8 % of the variation between runs and foretells 99.2 % of that "
        "between runs it has not seen; what is left scatters with a standard deviation of 0.1632 %."
    )


def test_json_is_plain_complete_and_the_same_every_time(
    study, chemreact, time_and_temperature, second_order
):
    text = json.dumps(study.to_json(), allow_nan=False)
    again = analyze(chemreact, time_and_temperature, GOAL, second_order, "block")
    assert json.dumps(again.to_json(), allow_nan=False) == text
    told = json.loads(text)
    assert told["study"] == 1
    assert told["factors"]["time"] == {"unit": "min", "low": 80, "high": 90, "scale": "linear"}
    model = told["responses"]["yield"]["model"]
    assert model["coefficients"][1]["name"] == "block[2]"
    assert model["anova"]["lack_of_fit"]["df"] == 3
    assert told["responses"]["yield"]["spec"]["goal"] == "maximise"
    assert told["responses"]["yield"]["diagnostics"]["table"][0]["run"] == 1
    assert told["optimum"]["settings"]["time"] == pytest.approx(86.8615, abs=1e-3)


def test_terms_are_chosen_by_what_the_runs_can_carry(chemreact, time_and_temperature, second_order):
    chosen = analyze(chemreact, time_and_temperature, GOAL).responses["yield"].model
    assert set(chosen.terms) == set(second_order)
    corners = chemreact.iloc[:4]
    few = analyze(corners, time_and_temperature, GOAL).responses["yield"].model
    assert few.terms == ("time", "temperature")
    assert few.df_residual == 1


def test_one_broken_response_does_not_stop_the_others(chemreact, time_and_temperature):
    table = chemreact.assign(purity="not yet", colour=1.0)
    specs = {**GOAL, "purity": ResponseSpec(), "colour": ResponseSpec(), "odour": ResponseSpec()}
    study = analyze(table, time_and_temperature, specs)
    assert list(study.responses) == ["yield"]
    assert list(study.unfitted) == ["purity", "colour", "odour"]
    assert study.cautions[1] == (
        "colour was not modelled: 'colour' is 1 in every run; there is nothing to explain."
    )


def test_nothing_to_model_is_an_answer_too(chemreact, time_and_temperature):
    study = analyze(chemreact, time_and_temperature, {"odour": ResponseSpec(goal="minimise")})
    assert study.answer == ("No response could be modelled.",)
    assert study.optimum is None
    json.dumps(study.to_json(), allow_nan=False)


def test_pure_noise_is_not_sold_as_an_optimum(chemreact, time_and_temperature, second_order):
    noise = np.random.default_rng(11).normal(size=len(chemreact))
    study = analyze(
        chemreact.assign(noise=noise),
        time_and_temperature,
        {"noise": ResponseSpec(goal="maximise")},
        second_order,
    )
    assert study.answer[0].startswith(
        "No setting was shown to be better than another: no effect of any factor on noise stands"
    )
    assert study.optimum.supported is False
    assert not any("best setting" in sentence for sentence in study.answer)


def test_noise_is_seldom_taken_for_an_effect(chemreact, time_and_temperature, second_order):
    """Five terms at 5 % each would find one in every fourth noise; the promise is at most 10 %."""
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(60):
        table = chemreact.assign(noise=rng.normal(size=len(chemreact)))
        found += shows_an_effect(fit(table, time_and_temperature, "noise", second_order, "block"))
    assert found <= 8


def test_a_response_without_a_goal_has_no_optimum(chemreact, time_and_temperature, second_order):
    specs = {"yield": ResponseSpec()}
    study = analyze(chemreact, time_and_temperature, specs, second_order, "block")
    assert study.optimum is None
    assert study.answer[0] == "No response has a goal, so no setting is called the best."
    assert study.responses["yield"].canonical is not None


def test_runs_are_called_by_their_number(chemreact, time_and_temperature, second_order):
    table = chemreact.assign(run=range(201, 215))
    table.loc[5, "yield"] += 30
    study = analyze(table, time_and_temperature, GOAL, second_order, "block")
    assert any("Run 206 lies far" in caution for caution in study.cautions)


def test_a_saturated_screen_is_told_without_tests():
    factors = Factors({n: ContinuousFactor(low="-1", high="1") for n in "abc"})
    table = pd.DataFrame(
        {"a": [-1, 1, -1, 1], "b": [-1, -1, 1, 1], "c": [1, -1, -1, 1], "y": [3.0, 9, 4, 8.5]}
    )
    study = analyze(table, factors, {"y": ResponseSpec(goal="maximise")})
    assert study.optimum.coded == {"a": 1.0, "b": 1.0, "c": -1.0}
    assert study.answer[1] == (
        "There y is predicted at 9.25; the fit leaves no estimate of error for an interval."
    )
    assert study.answer[0].startswith("The best fitted setting is a 1, b 1, c -1; without an")
    assert study.answer[-1] == "y changes most with a, c and b (no test is possible)."
    assert any("no estimate of error" in caution for caution in study.cautions)
    json.dumps(study.to_json(), allow_nan=False)


def test_a_study_with_a_categorical_factor_and_two_responses():
    factors = Factors(
        {
            "medium": CategoricalFactor(levels=["LB", "TB"]),
            "feed": ContinuousFactor(low="1 g/L/h", high="5 g/L/h"),
        }
    )
    rows = [(m, f) for m in ("LB", "TB") for f in (1.0, 3.0, 5.0) for _ in range(3)]
    table = pd.DataFrame(rows, columns=["medium", "feed"])
    noise = np.random.default_rng(4).normal(scale=0.05, size=(2, len(table)))
    x = (table["feed"] - 3) / 2
    table["titre"] = 4 + (table["medium"] == "TB") + x - x**2 + noise[0]
    table["acid"] = 2 + x + noise[1]
    specs = {
        "titre": ResponseSpec(unit="g/L", goal="maximise"),
        "acid": ResponseSpec(unit="g/L", goal="minimise", high="2.2 g/L"),
    }
    study = analyze(table, factors, specs)
    assert study.optimum.settings["medium"] == "TB"
    assert study.optimum.predictions["acid"].mean <= 2.2 + 1e-6
    assert 0 < study.optimum.desirability < 1
    assert study.responses["titre"].optimum.desirability is None
    assert study.responses["acid"].ascent[0].distance == 0
    assert study.responses["titre"].canonical.fixed == {"medium": "TB"}
