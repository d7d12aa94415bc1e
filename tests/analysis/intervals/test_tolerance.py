"""Tolerance factors against printed tables."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import ModelError
from analysis.intervals import tolerance_factor, tolerance_interval
from analysis.intervals.several_variances import MeanSquares, half_widths
from analysis.mixed.inference import MixedInference
from analysis.response_model import fit


@pytest.mark.parametrize(
    ("n", "content", "confidence", "side", "printed"),
    [
        (10, 0.95, 0.95, "both", 3.393),  # ISO 16269-6:2014, table of exact two-sided factors
        (10, 0.95, 0.95, "low", 2.911),  # the same, one-sided
        (43, 0.90, 0.99, "low", 1.8740),  # NIST/SEMATECH handbook 7.2.6.3, exact
        (43, 0.90, 0.99, "both", 2.2228),  # Howe's approximation there is 2.217
    ],
)
def test_factors_of_a_plain_sample(n, content, confidence, side, printed):
    found = tolerance_factor(content, confidence, n - 1, 1 / n, side)
    assert found == pytest.approx(printed, abs=6e-4)


def test_a_known_standard_deviation_leaves_the_normal_quantile():
    assert tolerance_factor(0.95, 0.95, 1e7, 1e-9) == pytest.approx(1.96, abs=0.002)
    assert tolerance_factor(0.95, 0.95, 1e7, 1e-9, "high") == pytest.approx(1.645, abs=0.002)


def test_an_interval_of_a_fit(chemreact, time_and_temperature, second_order):
    model = fit(chemreact, time_and_temperature, "yield", second_order, "block")
    points = pd.DataFrame(
        {"time": [85.0, 92.0], "temperature": [175.0, 182.0]}, index=["in", "far"]
    )
    both = tolerance_interval(model, points)
    predicted = model.predict(points)
    assert list(both.index) == ["in", "far"]
    assert (both["mean"] == predicted["mean"]).all()
    assert (both["ti_low"] < predicted["pi_low"]).all()
    width = both["ti_high"] - both["ti_low"]
    assert width["far"] > width["in"]
    low = tolerance_interval(model, points, side="low")
    assert np.isinf(low["ti_high"]).all()
    assert (low["ti_low"] > both["ti_low"]).all()
    high = tolerance_interval(model, points, side="high", content=0.99)
    assert np.isinf(high["ti_low"]).all()
    with pytest.raises(ModelError, match="lies between 0 and 1"):
        tolerance_interval(model, points, content=95)


def test_a_saturated_fit_has_no_interval(chemreact, time_and_temperature):
    model = fit(chemreact.iloc[:3], time_and_temperature, "yield", ["time", "temperature"])
    found = tolerance_interval(model, chemreact.iloc[:2])
    assert found[["ti_low", "ti_high"]].isna().all().all()


def test_the_mean_squares_of_balanced_plots_are_those_of_the_anova():
    """Ten plots of four: 9 and 30 degrees of freedom, whatever the variances."""
    plot, run, plots, size = 2.0, 0.5, 10, 4
    outer, inner = run + size * plot, run
    var_outer, var_inner = 2 * outer**2 / (plots - 1), 2 * inner**2 / (plots * (size - 1))
    covariance = np.array(
        [[(var_outer + var_inner) / size**2, -var_inner / size], [-var_inner / size, var_inner]]
    )
    found = MeanSquares.of(np.array([plot, run]), covariance)
    assert found.df == pytest.approx([30, 9])
    assert found.values == pytest.approx([inner, outer / size])
    drawn = found.draw(np.random.default_rng(1), 50_000)
    assert np.median(drawn, axis=0) == pytest.approx([plot, run], rel=0.1)


def test_one_source_of_scatter_needs_what_the_exact_factor_says():
    """Both ways of several variances against the exact factors."""
    n = 12
    sample = MixedInference(
        method="kenward-roger",
        estimates=np.zeros(1),
        model_covariance=np.eye(1) / n,
        covariance=np.eye(1) / n,
        components=np.ones(1),
        components_covariance=np.eye(1) * 2 / (n - 1),
        slopes=np.ones((1, 1, 1)) / n,
    )
    for two_sided, side in ((True, "both"), (False, "low")):
        found = half_widths(sample, np.ones((1, 1)), 0.9, 0.95, two_sided=two_sided)[0]
        assert found == pytest.approx(tolerance_factor(0.9, 0.95, n - 1, 1 / n, side), rel=0.02)
