"""A dozen printed numbers that need no folder of cases beside the checkout."""

import pandas as pd
import pytest

from analysis.canonical import canonical_analysis, steepest_ascent
from analysis.response_model import fit
from designs import ContinuousFactor, Factors


@pytest.fixture
def model(chemreact, time_and_temperature, second_order):
    return fit(chemreact, time_and_temperature, "yield", second_order, "block")


@pytest.mark.parametrize(
    ("name", "estimate", "se"),
    [
        ("(Intercept)", 84.09543, 0.079631),
        ("block[2]", -4.45753, 0.087226),
        ("time", 0.932541, 0.057699),
        ("temperature", 0.577712, 0.057699),
        ("time:temperature", 0.125, 0.081592),
        ("time^2", -1.308555, 0.060064),
        ("temperature^2", -0.933442, 0.060064),
    ],
)
def test_coefficients_of_a_blocked_second_order_fit(model, name, estimate, se):
    """Lenth, J. Statistical Software 32(7) (2009): summary of CR.rs2."""
    found = {c.name: c for c in model.coefficients}[name]
    assert found.estimate == pytest.approx(estimate, abs=5e-6)
    assert found.se == pytest.approx(se, abs=5e-7)


def test_analysis_of_variance_of_the_same_fit(model):
    assert model.r2 == pytest.approx(0.9981, abs=5e-5)
    assert model.r2_adjusted == pytest.approx(0.9964, abs=5e-5)
    assert model.anova.model.f == pytest.approx(607.2, abs=0.05)
    assert [row.source for row in model.anova.groups] == [
        "blocks",
        "linear",
        "interaction",
        "quadratic",
    ]
    assert model.anova.lack_of_fit.f == pytest.approx(0.5307, abs=5e-5)
    assert model.anova.lack_of_fit.p == pytest.approx(0.6851, abs=5e-5)
    assert (model.anova.lack_of_fit.df, model.anova.pure_error.df) == (3, 4)


def test_canonical_analysis_of_the_same_fit(model):
    shape = canonical_analysis(model, {})
    assert shape.stationary_coded["time"] == pytest.approx(0.3722954, abs=5e-8)
    assert shape.stationary["time"] == pytest.approx(86.86148, abs=5e-6)
    assert shape.stationary["temperature"] == pytest.approx(176.6719, abs=5e-5)
    assert shape.eigenvalues == pytest.approx((-0.9233027, -1.3186949), abs=5e-8)
    assert (shape.nature, shape.inside) == ("maximum", True)


def test_a_first_order_fit_that_lacks_fit(chemreact, time_and_temperature):
    """The same article: block 1 alone, and its direction of steepest ascent."""
    first = chemreact[chemreact["block"] == 1]
    model = fit(first, time_and_temperature, "yield", ["time", "temperature"])
    assert model.anova.lack_of_fit.f == pytest.approx(95.7335, abs=5e-5)
    assert model.anova.lack_of_fit.p == pytest.approx(0.01034, abs=5e-6)
    (step,) = steepest_ascent(model, {}, distances=[1.0])
    assert step.coded["time"] == pytest.approx(0.8137335, abs=5e-8)
    assert step.coded["temperature"] == pytest.approx(0.5812382, abs=5e-8)


def test_a_rising_ridge():
    """Box, Hunter & Hunter (2005) table 10.17, analysed in the same article."""
    y = [61.9, 65.6, 80.9, 78.0, 89.7, 93.8, 72.1, 67.3, 80.1, 81.4, 77.8, 74.8, 66.4, 68.2]
    y += [68.9, 66.0, 60.2, 57.9]
    pairs = [(x1, x2) for x2 in (-1, 0, 1) for x1 in (-1, 0, 1) for _ in range(2)]
    table = pd.DataFrame(pairs, columns=["x1", "x2"]).assign(y=y)
    factors = Factors({n: ContinuousFactor(low="-1", high="1") for n in ("x1", "x2")})
    shape = canonical_analysis(fit(table, factors, "y", ["x1", "x2", "x1:x2", "x1^2", "x2^2"]), {})
    assert shape.eigenvalues == pytest.approx((0.1868328, -8.8868328), abs=5e-8)
    assert shape.stationary_coded["x1"] == pytest.approx(-14.81387, abs=5e-6)
    assert shape.nature == "ridge"
    assert shape.ridge_coded["x2"] == pytest.approx(-0.05997463, abs=5e-9)
