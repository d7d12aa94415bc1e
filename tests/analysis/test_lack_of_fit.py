"""Lack of fit of mixed models, against the analysis of variance where that is exact."""

import os
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.mixed.inference import MixedInference
from analysis.response_model import fit
from designs import ContinuousFactor, Factors

FACTORS = Factors({name: ContinuousFactor(low="-1", high="1") for name in "ab"})
LEVELS = (-1.0, 0.0, 1.0)
SOAK = bool(os.environ.get("INOCULUM_SOAK"))


def runs(replicates=2, bend=0.0, seed=1, runs_each=1):
    """Whole plots at three settings of a, each holding three settings of b."""
    rng = np.random.default_rng(seed)
    plots = list(LEVELS) * replicates
    rows = [
        (plot + 1, a, b)
        for plot, a in enumerate(plots)
        for b, _ in product(LEVELS, range(runs_each))
    ]
    table = pd.DataFrame(rows, columns=["whole_plot", "a", "b"])
    scatter = rng.normal(size=len(plots))[table["whole_plot"] - 1]
    table["y"] = 5 + table["a"] + 2 * table["b"] + bend * table["b"] ** 2
    table["y"] += scatter + 0.3 * rng.normal(size=len(table))
    return table


def split_plot_anova(table):
    """F of what b and a:b leave over within plots, by sums of squares."""
    y = table["y"].to_numpy()

    def left(*columns):
        x = np.column_stack(columns)
        rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        return float(rest @ rest), len(y) - int(np.linalg.matrix_rank(x))

    plots = pd.get_dummies(table["whole_plot"]).to_numpy(float)
    cells = pd.get_dummies(table["a"].astype(str) + table["b"].astype(str)).to_numpy(float)
    modelled, df_modelled = left(plots, table["b"], table["a"] * table["b"])
    error, df_error = left(plots, cells)
    df = df_modelled - df_error
    return (modelled - error) / df / (error / df_error), df, df_error, error / df_error


@pytest.mark.parametrize(("replicates", "runs_each"), [(2, 1), (3, 1), (1, 2)])
def test_within_whole_plots_it_is_the_f_of_the_split_plot_anova(replicates, runs_each):
    """With plots set up alike; and with none, but runs repeated within a plot."""
    table = runs(replicates, bend=0.4, runs_each=runs_each)
    terms = ["a", "b", "a:b"] if replicates == 1 else ["a", "a^2", "b", "a:b"]
    model = fit(table, FACTORS, "y", terms, random=["whole_plot"])
    lack, pure = model.anova.lack_of_fit, model.anova.pure_error
    f, df, df_error, error = split_plot_anova(table)
    assert lack.f == pytest.approx(f, rel=1e-5)
    assert (lack.df, pure.df) == (df, df_error)
    assert lack.df_error == pytest.approx(df_error, rel=1e-5)
    assert pure.mean_sq == pytest.approx(error, rel=1e-5)
    assert lack.p == pytest.approx(stats.f.sf(f, df, df_error), rel=1e-4)
    said = "Lack of fit between whole plots cannot be tested"
    assert any(said in note for note in model.notes) == (replicates == 1)


def test_between_whole_plots_it_is_judged_by_whole_plots_set_up_alike():
    """Plots of which only the means can differ: F of three groups of plot means."""
    table = runs(replicates=3)
    table["y"] += 3 * table["a"] ** 2 - 2 * table["b"]
    table["b"] = 0.0
    model = fit(table, FACTORS, "y", ["a"], random=["whole_plot"])
    means = table.groupby(["whole_plot", "a"])["y"].mean().reset_index()
    groups = [means.loc[means["a"] == a, "y"].to_numpy() for a in LEVELS]
    error = sum(float(np.var(group) * len(group)) for group in groups) / 6
    bend = groups[0].mean() - 2 * groups[1].mean() + groups[2].mean()
    lack = model.anova.lack_of_fit
    assert (lack.df, model.anova.pure_error.df) == (1, 18)
    assert lack.f == pytest.approx(bend**2 / (6 / 3) / error, rel=1e-5)
    assert lack.df_error == pytest.approx(6, rel=1e-5)


def test_what_cannot_be_tested_is_said():
    alone = fit(runs(replicates=1), FACTORS, "y", ["a", "b"], random=["whole_plot"])
    assert alone.anova.lack_of_fit is None
    assert alone.anova.pure_error is None
    assert "No run was repeated, so lack of fit cannot be tested." in alone.notes
    whole = ["a", "a^2", "b", "b^2", "a:b", "a^2:b", "a:b^2", "a^2:b^2"]
    full = fit(runs(replicates=2), FACTORS, "y", whole, random=["whole_plot"])
    assert full.anova.lack_of_fit is None
    assert full.anova.pure_error.df == 6


def test_contrasts_that_are_no_f_by_kenward_and_roger_are_tested_all_the_same():
    """One of three has next to no degrees of freedom: their moments are those of no F."""
    eye, first = np.eye(3), np.diag([1.0, 0.0, 0.0])
    hardly_known = MixedInference(
        method="kenward-roger",
        estimates=np.ones(3),
        model_covariance=eye,
        covariance=eye,
        components=np.ones(2),
        components_covariance=np.diag([2 / 0.3, 2 / 30]),
        slopes=np.array([first, eye - first]),
    )
    test = hardly_known.joint(eye)
    assert test.df_error == 2  # the fewest that Satterthwaite's way gives several contrasts
    assert test.p == pytest.approx(stats.f.sf(1, 3, 2))


@pytest.mark.timeout(600)
def test_a_true_model_is_rejected_as_often_as_stated_and_a_wrong_one_mostly():
    experiments = 400 if SOAK else 12
    found = [
        fit(runs(3, bend, seed), FACTORS, "y", ["a", "b"], random=["whole_plot"])
        for bend in (0.0, 0.6)
        for seed in range(experiments)
    ]
    p = np.array([model.anova.lack_of_fit.p for model in found])
    true, wrong = p[:experiments], p[experiments:]
    assert np.mean(true < 0.05) <= stats.binom.isf(1e-4, experiments, 0.05) / experiments
    assert np.mean(wrong < 0.05) > 0.7
