"""Residual diagnostics against statsmodels' influence measures, and their sentences."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

from analysis.diagnostics import diagnose
from analysis.response_model import fit
from designs import ContinuousFactor, Factors

FACTORS = Factors({"x": ContinuousFactor(low="-1", high="1")})


def model_of(y, terms=("x",), runs=None):
    x = np.linspace(-1, 1, len(y))
    index = pd.Index(runs if runs is not None else range(1, len(y) + 1), name="run")
    return fit(pd.DataFrame({"x": x, "y": y}, index=index), FACTORS, "y", list(terms))


def test_influence_measures(chemreact, time_and_temperature, second_order):
    model = fit(chemreact, time_and_temperature, "yield", second_order, "block")
    influence = OLS(model.table["observed"].to_numpy(), model.matrix).fit().get_influence()
    table = diagnose(model).table
    for column, values in {
        "residual": influence.resid,
        "leverage": influence.hat_matrix_diag,
        "studentized": influence.resid_studentized_internal,
        "deleted": influence.resid_studentized_external,
        "cook": influence.cooks_distance[0],
    }.items():
        assert table[column].to_numpy() == pytest.approx(values, rel=1e-9)


def test_normal_scores_rise_with_the_residuals_and_are_symmetric(
    chemreact, time_and_temperature, second_order
):
    table = diagnose(fit(chemreact, time_and_temperature, "yield", second_order, "block")).table
    ordered = table.sort_values("studentized")["normal_score"].to_numpy()
    assert (np.diff(ordered) >= 0).all()
    assert ordered == pytest.approx(-ordered[::-1])


def test_nothing_wrong_is_said_in_one_sentence():
    noise = np.random.default_rng(4).normal(size=20)
    found = diagnose(model_of(10 * np.linspace(-1, 1, 20) + noise))
    assert found.concerns == ()
    assert found.verdicts == ("The residuals give no reason to doubt the model.",)


def test_an_outlier_is_named_by_its_run():
    y = 10 * np.linspace(-1, 1, 20) + np.random.default_rng(3).normal(size=20)
    y[7] += 9
    concerns = diagnose(model_of(y, runs=range(101, 121))).concerns
    assert any(s.startswith("Run 108 lies far from what the others predict") for s in concerns)


def test_residuals_that_are_not_normal_are_noticed():
    y = np.linspace(-1, 1, 60) + np.random.default_rng(2).exponential(size=60) ** 2
    assert any("not normally distributed" in s for s in diagnose(model_of(y)).concerns)


def test_lack_of_fit_comes_first():
    x = np.repeat(np.linspace(-1, 1, 5), 4)
    y = x**2 + 0.01 * np.random.default_rng(1).normal(size=20)
    model = fit(pd.DataFrame({"x": x, "y": y}), FACTORS, "y", ["x"])
    assert (
        diagnose(model)
        .concerns[0]
        .startswith("The model misses more than repeated runs scatter (lack of fit p = ")
    )


def test_poor_prediction_is_said_once():
    noise = np.random.default_rng(5).normal(size=20)
    said = [s for s in diagnose(model_of(noise)).concerns if "predicted R²" in s]
    assert len(said) == 1


def test_a_run_of_leverage_one_has_no_studentized_residual():
    table = pd.DataFrame({"x": [-1, -1, 1, 1, 0], "y": [1.0, 1.2, 3.0, 3.1, 2.5]})
    found = diagnose(fit(table, FACTORS, "y", ["x", "x^2"]))
    assert found.table["leverage"].iloc[4] == pytest.approx(1)
    assert found.table[["studentized", "deleted", "cook"]].iloc[4].isna().all()
    assert found.table["studentized"].iloc[:4].notna().all()
    assert any("alone decides a coefficient" in s for s in found.concerns)


def test_without_error_nothing_is_judged():
    found = diagnose(model_of(np.array([1.0, 2.0])))
    assert found.normality_p is None
    assert found.concerns == (
        "The fit leaves no error, so nothing can be said about its residuals.",
    )
