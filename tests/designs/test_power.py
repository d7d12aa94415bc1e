import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import FTestPower

from designs import RunSheet, VesselLayout, expand
from designs.evaluation.information import information_of
from designs.evaluation.power import Assumptions, patterns, power_of_f, term_power
from tests.designs.making import letters, read_factors, read_spec
from tests.designs.strata import split_plot

STATION = VesselLayout(6, 8)
SIMULATIONS = 10_000
NOISE_OF_SHARE = 3.5 * 0.5 / np.sqrt(SIMULATIONS)


def test_the_formula_is_that_of_statsmodels() -> None:
    ours = power_of_f(np.array([4.0, 9.0]), 2, 12, 0.05)
    for nc, power in zip([4.0, 9.0], ours, strict=True):
        theirs = FTestPower().power(np.sqrt(nc / 15), 12, 2, 0.05, ncc=1)
        assert power == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        ("full-factorial", {"centre_points": 3}),
        ("central-composite", {"axial": "faced", "centre_points": 4, "blocks": {"count": 2}}),
        ("latin-hypercube", {"runs": 14, "seed": 5}),
    ],
)
def test_power_by_formula_is_power_by_simulation(kind: str, section: dict[str, object]) -> None:
    factors = letters(2, m={"levels": ["x", "y", "z"]})
    sheet = expand(factors, read_spec(kind, **section), VesselLayout(8, 8))
    assumed = Assumptions(noise=0.8, effect=1.5)
    information = information_of(sheet)
    promised = {each.term: each for each in term_power(information, factors, assumed)}
    random = np.random.default_rng(1)
    X, C, P = information.X, information.covariance, information.residual
    for term in ("a", "m", "a:b"):
        at = information.positions(term)
        block = np.linalg.inv(C[np.ix_(at, at)])
        betas = patterns(term, factors) * assumed.effect
        beta = min(betas, key=lambda b: float(b @ block @ b))
        y = X[:, at] @ beta + assumed.noise * random.normal(size=(SIMULATIONS, len(X)))
        estimates = (y @ X @ C)[:, at]
        df = len(X) - X.shape[1]
        sigma2 = np.einsum("ij,jk,ik->i", y, P, y) / df
        f = np.einsum("ij,jk,ik->i", estimates, block, estimates) / len(at) / sigma2
        found = float((f > stats.f.ppf(0.95, len(at), df)).mean())
        assert promised[term].error_df == df
        assert found == pytest.approx(promised[term].power, abs=NOISE_OF_SHARE)


def test_power_in_a_split_plot_is_power_by_simulation() -> None:
    sheet, assumed = split_plot(), Assumptions(variance_ratio=1.5)
    information = information_of(sheet, variance_ratio=1.5)
    promised = {each.term: each for each in term_power(information, sheet.factors, assumed)}
    # a by the 8 whole plots, less mean and a; b, c and the interactions by the runs within.
    assert promised["a"].error_df == pytest.approx(6)
    assert promised["b"].error_df == pytest.approx(32 - 8 - 5)
    plots = sheet.table["whole_plot"].to_numpy() - 1
    a, b = (sheet.coded[name].to_numpy() for name in "ab")
    random = np.random.default_rng(2)
    y = a + b + random.normal(size=(SIMULATIONS, 32))
    y += np.sqrt(1.5) * random.normal(size=(SIMULATIONS, 8))[:, plots]
    means = y.reshape(SIMULATIONS, 8, 4).mean(axis=2)  # the classical analysis: strata apart
    high = a.reshape(8, 4)[:, 0] > 0
    whole = stats.ttest_ind(means[:, high], means[:, ~high], axis=1).pvalue
    assert float((whole < 0.05).mean()) == pytest.approx(promised["a"].power, abs=NOISE_OF_SHARE)
    inner = y - means[:, plots]
    within = information.X[
        :, [information.positions(t)[0] for t in ("b", "c", "a:b", "a:c", "b:c")]
    ]
    estimates = inner @ within / 32
    rest = ((inner - estimates @ within.T) ** 2).sum(axis=1) / (32 - 8 - 5)
    t = np.abs(estimates[:, 0]) / np.sqrt(rest / 32)
    found = float((t > stats.t.ppf(0.975, 19)).mean())
    assert found == pytest.approx(promised["b"].power, abs=NOISE_OF_SHARE)


def test_degrees_of_freedom_are_those_of_kenward_and_roger(shared_cases: Path) -> None:
    """Unbalanced ceramic pipe data, R pbkrtest."""
    case = shared_cases / "doe" / "c27_unbalanced_splitplot_kr"
    reml = json.loads(case.with_suffix(".json").read_text())["reference"]["reml"]
    data = pd.read_csv(case.with_suffix(".csv")).rename(columns={"WP": "whole_plot"})
    factors = read_factors(**{name: {"low": -1, "high": 1} for name in "ABPQ"})
    sheet = RunSheet(data.assign(point="given", block=1), factors)
    spread = reml["variance_components"]
    information = information_of(
        sheet, ["A", "B", "P", "Q", "A:P", "A^2", "P^2"], spread["WP"] / spread["Residual"]
    )
    for position, name in enumerate(information.columns):
        r = reml["fixed"][f"I({name})" if "^" in name else name]
        contrast = np.eye(len(information.columns))[position]
        assert information.residual_df(contrast) == pytest.approx(r["df_kr"], rel=1e-4)
        variance = information.covariance[position, position] * spread["Residual"]
        assert np.sqrt(variance) == pytest.approx(r["se"], rel=1e-5)


def test_what_is_detectable_is_detected_with_eighty_percent() -> None:
    sheet = expand(letters(3), read_spec("full-factorial", replicates=2), STATION)
    information = information_of(sheet)
    for each in term_power(information, sheet.factors, Assumptions(noise=3)):
        again = Assumptions(noise=3, effect=each.detectable or 0)
        powers = {one.term: one.power for one in term_power(information, sheet.factors, again)}
        assert powers[each.term] == pytest.approx(0.8, abs=1e-5)  # scipy's inverse


def test_without_error_there_is_no_power() -> None:
    sheet = expand(letters(11), read_spec("plackett-burman"), STATION)
    told = term_power(information_of(sheet), sheet.factors, Assumptions())
    assert all(each.power is None and each.detectable is None for each in told)


def test_whole_plots_without_repeats_judge_nothing() -> None:
    sheet = split_plot(plots=2)
    told = {t.term: t for t in term_power(information_of(sheet), sheet.factors, Assumptions())}
    assert told["a"].power is None
    assert told["b"].power is not None
