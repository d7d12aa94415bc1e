import numpy as np
import pytest
from scipy import stats
from scipy.optimize import approx_fprime

from analysis.gaussian_process import (
    GaussianProcess,
    _negative_likelihood,
    expected_improvement,
    fit_process,
)

RANDOM = np.random.default_rng(3)
X = RANDOM.uniform(-1, 1, (20, 2))
Y = np.sin(2 * X[:, 0]) + 0.3 * X[:, 1] ** 2 + 0.05 * RANDOM.normal(size=20)


def test_the_likelihood_is_that_of_a_normal_vector() -> None:
    process = GaussianProcess(X, Y, 0.0, 1.0, np.array([0.7, 1.3]), 1.5, 0.1)
    gaps = (X[:, None, :] - X[None, :, :]) / process.lengths
    covariance = 1.5 * np.exp(-0.5 * (gaps**2).sum(axis=2)) + 0.1 * np.eye(20)
    expected = stats.multivariate_normal(np.zeros(20), covariance).logpdf(Y)
    assert process.log_likelihood() == pytest.approx(expected, abs=1e-5)


def test_the_gradient_is_that_of_differences() -> None:
    theta = np.log([0.7, 1.3, 1.5, 0.1])
    _, slope = _negative_likelihood(theta, X, Y)
    numeric = approx_fprime(theta, lambda t: _negative_likelihood(t, X, Y)[0], 1e-7)
    assert slope == pytest.approx(numeric, rel=1e-4, abs=1e-4)


def test_it_learns_a_smooth_function() -> None:
    process = fit_process(X, Y)
    new = np.random.default_rng(4).uniform(-0.8, 0.8, (200, 2))
    truth = np.sin(2 * new[:, 0]) + 0.3 * new[:, 1] ** 2
    mean, sd = process.predict(new)
    assert np.sqrt(np.mean((mean - truth) ** 2)) < 0.06
    assert 0.85 < np.mean(np.abs(mean - truth) < 2 * sd) <= 1


def test_scale_and_offset_change_nothing_but_the_units() -> None:
    one, other = fit_process(X, Y), fit_process(X, 40 + 1000 * Y)
    mean, sd = one.predict(X[:5])
    mean_scaled, sd_scaled = other.predict(X[:5])
    assert mean_scaled == pytest.approx(40 + 1000 * mean, rel=1e-4)
    assert sd_scaled == pytest.approx(1000 * sd, rel=1e-3)


def test_further_runs_make_it_surer() -> None:
    process = fit_process(X, Y)
    at = np.array([[0.0, 0.0]])
    mean, before = process.predict(at)
    again, after = process.given(at, mean).predict(at)
    assert after[0] < before[0]
    assert again[0] == pytest.approx(mean[0])


def test_expected_improvement_is_that_of_draws() -> None:
    mean, sd = np.array([1.0, 2.0, 0.0]), np.array([0.5, 0.1, 0.0])
    draws = np.random.default_rng(5).normal(size=(400_000, 1)) * sd + mean
    expected = np.maximum(draws - 1.2, 0).mean(axis=0)
    assert expected_improvement(mean, sd, 1.2) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("y", [[1.0], [2.0, 2.0, 2.0]])
def test_too_little_is_refused(y: list[float]) -> None:
    with pytest.raises(ValueError, match="two different responses"):
        fit_process(X[: len(y)], np.array(y))
