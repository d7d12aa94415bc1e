"""Lenth, Box-Cox, weights, covariates, generalised models, leaving runs out."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.analysis_spec import AnalysisSpec
from analysis.box_cox import box_cox
from analysis.diagnostics import diagnose
from analysis.dropping import cross_validate, drop_each
from analysis.errors import ModelError
from analysis.generalised import fit_generalised
from analysis.lenth import lenth
from analysis.problem import pose
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.scale import Scale
from analysis.study import analyze
from designs import CategoricalFactor, ContinuousFactor, Factors, MixtureFactor

ABCD = Factors({n: ContinuousFactor(low="-1", high="1") for n in "ABCD"})
FILTRATION = [45, 71, 48, 65, 68, 60, 80, 65, 43, 100, 45, 104, 75, 86, 70, 96]
WOOL = [
    674, 370, 292, 338, 266, 210, 170, 118, 90, 1414, 1198, 634, 1022, 620, 438, 442, 332, 220,
    3636, 3184, 2000, 1568, 1070, 566, 1140, 884, 360,
]  # fmt: skip
POISON = """I A .31 .45 .46 .43;I B .82 1.10 .88 .72;I C .43 .45 .63 .76;I D .45 .71 .66 .62
II A .36 .29 .40 .23;II B .92 .61 .49 1.24;II C .44 .35 .31 .40;II D .56 1.02 .71 .38
III A .22 .21 .18 .23;III B .30 .37 .38 .29;III C .23 .25 .24 .22;III D .30 .36 .31 .33"""


@pytest.fixture
def filtration():
    """Montgomery, Design and Analysis of Experiments, table 6.10: an unreplicated 2^4."""
    runs = [(a, b, c, d) for d in (-1, 1) for c in (-1, 1) for b in (-1, 1) for a in (-1, 1)]
    return pd.DataFrame(runs, columns=list("ABCD")).assign(rate=FILTRATION)


@pytest.fixture
def wool():
    """Box & Cox (1964), table 4: cycles to failure of worsted yarn, 3^3."""
    grid = [(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)]
    return pd.DataFrame(grid, columns=["x1", "x2", "x3"]).assign(y=[float(y) for y in WOOL])


X123 = Factors({n: ContinuousFactor(low="-1", high="1") for n in ("x1", "x2", "x3")})


def saturated(names):
    orders = range(1, len(names) + 1)
    return [":".join(c) for order in orders for c in combinations(names, order)]


def test_lenth_of_the_filtration_rates(filtration):
    found = lenth(fit(filtration, ABCD, "rate", saturated("ABCD")))
    assert found.pseudo_error == pytest.approx(2.625)
    assert found.margin == pytest.approx(6.748, abs=5e-4)
    assert found.simultaneous_margin == pytest.approx(13.699, abs=5e-4)
    assert list(found.effects.index[:5]) == ["A", "A:C", "A:D", "D", "C"]
    assert found.effects["effect"].iloc[0] == pytest.approx(21.625)
    assert found.sentence == (
        "A, A:C, A:D, D and C stand out from the other effects on rate (Lenth's test of an "
        "unreplicated design; 4 of them for sure)."
    )


def test_lenths_effects_are_twice_the_coefficients_in_blocks_too(filtration):
    blocked = filtration.assign(half=(filtration["A"] * filtration["B"]).map({1: "x", -1: "y"}))
    terms = [t for t in saturated("ABCD") if t != "A:B"]
    model = fit(blocked, ABCD, "rate", terms, "half")
    found = lenth(model)
    twice = {c.name: 2 * c.estimate for c in model.coefficients}
    assert found.effects["effect"].to_dict() == pytest.approx({n: twice[n] for n in terms})


def test_a_saturated_study_tells_what_stands_out(filtration):
    specs = {"rate": ResponseSpec()}
    study = analyze(filtration, ABCD, specs, saturated("ABCD"))
    response = study.responses["rate"]
    assert response.lenth is not None
    assert response.sentences[-1] == response.lenth.sentence
    assert response.dropping is None


@pytest.mark.parametrize(
    ("terms", "exponent", "low", "high", "top"),
    [
        (["x1", "x2", "x3"], -0.059, -0.182, 0.064, 3.6019676541479),
        (["x1", "x2", "x3", "x1:x2", "x1:x3", "x2:x3", "x1^2", "x2^2", "x3^2"],
         -0.219, -0.485, 0.115, 6.92541565434826),
    ],
)  # fmt: skip
def test_box_cox_of_the_wool(wool, terms, exponent, low, high, top):
    """Box & Cox print -0.06 (-0.18, 0.06) for main effects; R's MASS gives the rest."""
    problem, _ = pose(wool, X123, "y", terms, ["x1", "x2", "x3"], None)
    found = box_cox(problem)
    numbers = (found.exponent, found.low, found.high)
    assert numbers == pytest.approx((exponent, low, high), abs=1e-3)  # R went in steps of 0.001
    assert found.log_likelihood == pytest.approx(top, abs=2e-5)
    assert found.suggested == 0
    assert found.scale == Scale("log")


def test_box_cox_of_the_poisons():
    rows = [line.split() for line in POISON.replace("\n", ";").split(";")]
    table = pd.DataFrame(
        [(p, t, float(y)) for p, t, *values in rows for y in values],
        columns=["poison", "treat", "y"],
    )
    factors = Factors(
        {
            "poison": CategoricalFactor(levels=["I", "II", "III"]),
            "treat": CategoricalFactor(levels=["A", "B", "C", "D"]),
        }
    )
    problem, _ = pose(table, factors, "y", ["poison", "treat"], ["poison", "treat"], None)
    found = box_cox(problem)
    assert found.exponent == pytest.approx(-0.75, abs=5e-3)
    assert (found.low, found.high) == pytest.approx((-1.138, -0.357), abs=1e-3)
    assert found.suggested == -0.5


def test_a_transformed_response_is_predicted_in_its_own_unit(wool):
    model = fit(wool, X123, "y", ["x1", "x2", "x3"], scale=Scale("log"))
    at = model.predict(pd.DataFrame({"x1": [0.0], "x2": [0.0], "x3": [0.0]})).iloc[0]
    assert at["mean"] == pytest.approx(np.exp(6.33466432687377))
    assert at["pi_low"] < at["ci_low"] < at["mean"] < at["ci_high"] < at["pi_high"]
    assert model.notes[0] == "The logarithm of y was modelled; predictions are medians of y."
    specs = {"y": ResponseSpec(unit="cycles", goal="maximise", low=500)}
    study = analyze(wool, X123, specs, ["x1", "x2", "x3"], how=AnalysisSpec(transform="box-cox"))
    best = study.optimum
    assert best.settings == pytest.approx({"x1": 1.0, "x2": -1.0, "x3": -1.0})
    top = np.exp(6.33466432687377 + 0.832384162122351 + 0.630991566417925 + 0.392493953147903)
    assert best.predictions["y"].mean == pytest.approx(top)


def test_a_response_that_is_not_positive_has_no_logarithm(wool):
    table = wool.assign(y=wool["y"] - 200)
    with pytest.raises(ModelError, match="has no logarithm"):
        fit(table, X123, "y", ["x1"], scale=Scale("log"))
    problem, _ = pose(table, X123, "y", ["x1"], ["x1"], None)
    with pytest.raises(ModelError, match="no power of it can be sought"):
        box_cox(problem)


def test_weights_count_a_run_as_often_as_they_say(filtration):
    weights = np.resize([1, 2, 3], 16)
    repeated = filtration.loc[np.repeat(filtration.index, weights)]
    weighted = fit(filtration.assign(w=weights), ABCD, "rate", list("ABCD"), weights="w")
    whole = fit(repeated, ABCD, "rate", list("ABCD"))
    assert weighted.estimates == pytest.approx(whole.estimates)
    assert weighted.anova.residual.sum_sq == pytest.approx(whole.anova.residual.sum_sq)
    expected = sm.WLS(filtration["rate"], weighted.matrix, weights).fit()
    assert weighted.r2 == pytest.approx(expected.rsquared)
    assert [c.p for c in weighted.coefficients] == pytest.approx(list(expected.pvalues))
    with pytest.raises(ModelError, match="must be positive numbers"):
        fit(filtration.assign(w=0), ABCD, "rate", ["A"], weights="w")


def test_a_covariate_is_allowed_for_and_predicted_at_its_mean(filtration):
    drift = np.linspace(-1, 1, 16) ** 3
    table = filtration.assign(rate=filtration["rate"] + 30 * drift, drift=drift)
    model = fit(table, ABCD, "rate", ["A", "D"], covariates=["drift"])
    names = [c.name for c in model.coefficients]
    assert names == ["(Intercept)", "covariate drift", "A", "D"]
    assert model.terms == ("A", "D")
    assert model.predict(table.iloc[:1])["mean"].iloc[0] == pytest.approx(
        model.estimates @ [1, 0, -1, -1]
    )
    assert [row.source for row in model.anova.groups] == ["covariates", "linear"]
    study = analyze(table, ABCD, {"rate": ResponseSpec(goal="maximise")}, ["A", "D"],
                    how=AnalysisSpec(covariates=("drift",)))  # fmt: skip
    assert study.responses["rate"].model.covariates[0].name == "drift"


def test_measured_settings_take_the_place_of_those_that_were_set(filtration):
    actual = filtration["A"] + np.resize([0.1, -0.2, 0.05], 16)
    table = filtration.assign(actual=actual)
    how = AnalysisSpec(terms=("A", "D"), measured={"A": "actual"})
    model = analyze(table, ABCD, {"rate": ResponseSpec()}, how=how).responses["rate"].model
    expected = fit(filtration.assign(A=actual), ABCD, "rate", ["A", "D"])
    assert model.estimates == pytest.approx(expected.estimates)


@pytest.mark.parametrize("distribution", ["binomial", "poisson", "gamma"])
def test_generalised_models_are_those_of_statsmodels(filtration, distribution):
    rng = np.random.default_rng(3)
    eta = 0.3 * filtration["A"] - 0.4 * filtration["D"]
    made = {
        "binomial": rng.binomial(40, 1 / (1 + np.exp(-eta))),
        "poisson": rng.poisson(np.exp(2 + eta)),
        "gamma": rng.gamma(20, np.exp(eta) / 20),
    }
    table = filtration.assign(y=made[distribution])
    model = fit_generalised(table, ABCD, "y", ["A", "D"], distribution,
                            trials=40 if distribution == "binomial" else None)  # fmt: skip
    x = model.matrix
    theirs = {
        "binomial": lambda: sm.GLM(
            np.column_stack([table["y"], 40 - table["y"]]), x, sm.families.Binomial()
        ),
        "poisson": lambda: sm.GLM(table["y"], x, sm.families.Poisson()),
        "gamma": lambda: sm.GLM(table["y"], x, sm.families.Gamma(sm.families.links.Log())),
    }[distribution]().fit()
    assert model.estimates == pytest.approx(np.asarray(theirs.params), rel=1e-6)
    assert [c.se for c in model.coefficients] == pytest.approx(np.asarray(theirs.bse), rel=1e-6)
    assert model.anova.residual.sum_sq == pytest.approx(theirs.deviance, rel=1e-8)
    assert model.anova.total.sum_sq == pytest.approx(theirs.null_deviance, rel=1e-8)
    at = model.predict(table.iloc[:2])
    share = theirs.get_prediction(x[:2]).summary_frame(alpha=0.05)
    assert at["mean"].to_numpy() == pytest.approx(share["mean"].to_numpy(), rel=1e-6)
    assert at["pi_low"].isna().all()
    if distribution != "gamma":  # whose intervals here are Student's
        assert at["ci_low"].to_numpy() == pytest.approx(share["mean_ci_lower"].to_numpy(), rel=1e-6)
    assert diagnose(model).table["studentized"].notna().all()


def test_what_a_distribution_cannot_be_is_a_sentence(filtration):
    for kind, said in (
        ("binomial", "must be a share from 0 to 1"),
        ("poisson", "so it is no count"),
        ("gamma", "nought or negative"),
    ):
        table = filtration.assign(y=filtration["rate"] - 70.0)
        with pytest.raises(ModelError, match=said):
            fit_generalised(table, ABCD, "y", ["A"], kind)
    parted = filtration.assign(y=(filtration["A"] > 0).astype(float))
    with pytest.raises(ModelError, match="have no finite estimate"):
        fit_generalised(parted, ABCD, "y", ["A"], "binomial")


def test_a_distribution_in_the_protocol_reaches_the_study(filtration):
    table = filtration.assign(cells=filtration["rate"])
    how = AnalysisSpec(terms=("A", "C", "D"), distribution={"cells": "poisson"})
    study = analyze(table, ABCD, {"cells": ResponseSpec(goal="maximise")}, how=how)
    response = study.responses["cells"]
    assert response.model.method == "poisson"
    assert study.optimum.settings["D"] == pytest.approx(1)
    assert study.optimum.predictions["cells"].pi_low is None


def test_leaving_out_a_run_changes_what_fitting_the_others_does(filtration):
    terms = ["A", "C", "D", "A:C", "A:D"]
    model = fit(filtration, ABCD, "rate", terms)
    found = drop_each(model)
    rest = fit(filtration.drop(index=5), ABCD, "rate", terms)
    se = np.array([c.se for c in model.coefficients])
    shift = (model.estimates - rest.estimates) / se
    assert found.changes.loc[5].to_numpy() == pytest.approx(shift)
    assert found.largest.loc[5] == pytest.approx(np.abs(shift).max())


def test_a_run_that_a_verdict_hangs_on_is_named():
    x = np.array([-1, -1, -1, 0, 0, 0, 1, 1, 1.0])
    y = np.array([1, 1.1, 0.9, 1, 1.05, 0.95, 1.02, 1.0, 2.4])
    table = pd.DataFrame({"x1": x, "y": y}, index=pd.RangeIndex(1, 10, name="run"))
    factors = Factors({"x1": ContinuousFactor(low="-1", high="1")})
    verdicts = drop_each(fit(table, factors, "y", ["x1"])).verdicts
    assert all(v.startswith("Without run ") for v in verdicts)


def test_cross_validation_by_single_runs_is_press(chemreact, time_and_temperature, second_order):
    model = fit(chemreact, time_and_temperature, "yield", second_order)
    found = cross_validate(model, folds=len(chemreact))
    assert found.rmse**2 * len(chemreact) == pytest.approx(model.press)
    again = [cross_validate(model, folds=7, seed=4).rmse for _ in range(2)]
    assert again[0] == again[1]
    with pytest.raises(ModelError, match="two groups"):
        cross_validate(model, groups=[1] * len(chemreact))


YARN = [(1, 0, 0, 11.0), (1, 0, 0, 12.4), (0.5, 0.5, 0, 15.0), (0.5, 0.5, 0, 14.8),
        (0.5, 0.5, 0, 16.1), (0, 1, 0, 8.8), (0, 1, 0, 10.0), (0, 0.5, 0.5, 10.0),
        (0, 0.5, 0.5, 9.7), (0, 0.5, 0.5, 11.8), (0, 0, 1, 16.8), (0, 0, 1, 16.0),
        (0.5, 0, 0.5, 17.7), (0.5, 0, 0.5, 16.4), (0.5, 0, 0.5, 16.6)]  # fmt: skip


@pytest.fixture
def yarn():
    """Cornell, Experiments with Mixtures (2002): elongation of yarn, a {3, 2} lattice."""
    return pd.DataFrame(YARN, columns=["x1", "x2", "x3", "elongation"])


BLEND = Factors({n: MixtureFactor(total="1") for n in ("x1", "x2", "x3")})


def test_scheffes_model_of_the_yarn(yarn):
    model = fit(yarn, BLEND, "elongation", ["x1", "x2", "x3", "x1:x2", "x1:x3", "x2:x3"])
    assert model.coefficients[0].name == "x1"
    assert model.estimates == pytest.approx([11.7, 9.4, 16.4, 19.0, 11.4, -9.6])
    assert [c.se for c in model.coefficients] == pytest.approx([0.603692] * 3 + [2.608249] * 3)
    assert model.r2 == pytest.approx(0.951355519962033)  # about the mean, not about nought
    assert model.anova.model.df == 5
    assert model.anova.model.f == pytest.approx(35.2032, abs=5e-5)
    assert [(r.source, r.df) for r in model.anova.terms] == [
        ("linear mixture", 2),
        ("x1:x2", 1),
        ("x1:x3", 1),
        ("x2:x3", 1),
    ]
    assert model.press == pytest.approx(18.295)
    at = model.predict(pd.DataFrame({"x1": [0.5], "x2": [0.5], "x3": [0.0]}))
    assert at["mean"].iloc[0] == pytest.approx(15.3)
