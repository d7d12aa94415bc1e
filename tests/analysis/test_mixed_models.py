"""Mixed models against R on unbalanced tables, and what they say where something is missing."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.diagnostics import diagnose
from analysis.errors import ModelError
from analysis.mixed import estimate_variances, infer, random_terms
from analysis.model_matrix import term_columns
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.study import analyze
from designs import CategoricalFactor, ContinuousFactor, Factors

CASES = {
    case["name"]: case
    for case in json.loads((Path(__file__).parent / "mixed" / "reference.json").read_text())
}


def terms_of(case):
    return [term.replace("I(", "").replace(")", "") for term in case["terms"]]


def factors_of(case):
    names = [name for name in "abcd" if name in case["data"]]
    return Factors({name: ContinuousFactor(low="-1", high="1") for name in names})


def random_of(case):
    return (
        {"strata": "sub_plot"}.get(case["random"], case["random"])
        if isinstance(case["random"], str)
        else ["sub_plot" if name == "strata" else name for name in case["random"]]
    )


def solve(case, method):
    """The case by the functions of `analysis.mixed`, in R's order of terms."""
    table = pd.DataFrame(case["data"])
    weights = table.get("w")
    root = np.ones(len(table)) if weights is None else np.sqrt(weights.to_numpy(float))
    columns = term_columns(table, terms_of(case), factors_of(case))
    x, y = columns.values * root[:, None], table["y"].to_numpy(float) * root
    names = np.atleast_1d(random_of(case)).tolist()
    terms = random_terms(table, names, None if weights is None else weights.to_numpy(float))
    designs = [term.indicator for term in terms]
    variances = estimate_variances(x, y, designs)
    return names, variances, infer(x, y, designs, variances, method)


@pytest.mark.parametrize("name", CASES)
def test_variances_and_coefficients_are_those_of_lme4(name):
    case = CASES[name]
    names, variances, inference = solve(case, "satterthwaite")
    theirs = {"sub_plot" if k == "strata" else k: v for k, v in case["components"].items()}
    expected = [theirs[n] for n in [*names, "Residual"]]
    assert variances.components == pytest.approx(expected, rel=1e-5, abs=1e-8)
    if "w" not in case["data"]:
        assert -2 * variances.log_likelihood == pytest.approx(case["criterion"], rel=1e-10)
    assert inference.estimates == pytest.approx(case["estimate"], rel=1e-6)
    assert np.sqrt(np.diag(inference.covariance)) == pytest.approx(case["se"], rel=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_satterthwaite_is_that_of_lmertest(name):
    case = CASES[name]
    *_, inference = solve(case, "satterthwaite")
    rows = np.eye(len(inference.estimates))
    assert inference.degrees_of_freedom(rows) == pytest.approx(case["df_satterthwaite"], rel=1e-4)
    test = inference.joint(rows[np.array(case["joint"]) - 1])
    assert test.f == pytest.approx(case["joint_satterthwaite"]["F"], rel=1e-6)
    assert test.df_error == pytest.approx(case["joint_satterthwaite"]["ddf"], rel=1e-4)


@pytest.mark.parametrize("name", [name for name in CASES if name != "weighted"])
def test_kenward_roger_is_that_of_pbkrtest(name):
    case = CASES[name]
    *_, inference = solve(case, "kenward-roger")
    rows = np.eye(len(inference.estimates))
    assert np.sqrt(np.diag(inference.covariance)) == pytest.approx(case["se_kr"], rel=1e-6)
    assert inference.degrees_of_freedom(rows) == pytest.approx(case["df_kr"], rel=1e-6)
    test = inference.joint(rows[np.array(case["joint"]) - 1])
    theirs = case["joint_kr"]
    assert (test.f, test.df, test.df_error) == pytest.approx(
        (theirs["F"], theirs["ndf"], theirs["ddf"]), rel=1e-6
    )
    assert test.p == pytest.approx(theirs["p"], rel=1e-5)


def fitted(name, **how):
    case = CASES[name]
    table = pd.DataFrame(case["data"])
    random = np.atleast_1d(random_of(case)).tolist()
    return fit(table, factors_of(case), "y", terms_of(case), random=random, **how)


def test_a_mixed_fit_is_a_response_model_to_its_users():
    model, case = fitted("split plot"), CASES["split plot"]
    named = {c.name: c for c in model.coefficients}
    for place, name in enumerate(["(Intercept)", *terms_of(case)]):
        assert named[name].df == pytest.approx(case["df_kr"][place], rel=1e-6)
        assert named[name].se == pytest.approx(case["se_kr"][place], rel=1e-6)
    assert model.method == "REML"
    assert [c.name for c in model.variance_components] == ["whole_plot", "residual"]
    whole_plot = next(row for row in model.anova.terms_adjusted if row.source == "a")
    easy = next(row for row in model.anova.terms_adjusted if row.source == "c")
    assert whole_plot.df_error < 6 < 30 < easy.df_error
    at = model.predict(pd.DataFrame({"a": [0.0], "b": [0.0], "c": [0.0], "d": [0.0]})).iloc[0]
    assert at["pi_high"] - at["pi_low"] > 2 * 1.96 * model.run_sigma
    assert at["ci_high"] - at["ci_low"] == pytest.approx(
        named["(Intercept)"].high - named["(Intercept)"].low
    )


def test_predicted_effects_of_rows_and_columns_are_those_of_lme4():
    effects = fitted("rows and columns").random_effects
    for term, theirs in CASES["rows and columns"]["effects"].items():
        ours = effects[effects["term"] == term].set_index("group")["effect"]
        for group, value in theirs.items():
            assert ours[group] == pytest.approx(value, rel=1e-5)


def test_rows_and_columns_are_read_from_the_vessel():
    table = pd.DataFrame(CASES["rows and columns"]["data"])
    vessels = table.assign(vessel=table["row"] + table["column"].astype(str))
    case = CASES["rows and columns"]
    named = [
        fit(t, factors_of(case), "y", terms_of(case), random=["row", "column"])
        for t in (table, vessels.drop(columns=["row", "column"]))
    ]
    assert named[0].coefficients == named[1].coefficients


def test_plots_may_be_numbered_anew_in_each_block():
    case = CASES["split plot"]
    table = pd.DataFrame(case["data"])
    blocked = table.assign(block=(table["whole_plot"] > 5).astype(int))
    again = blocked.assign(whole_plot=(table["whole_plot"] - 1) % 5)
    models = [
        fit(t, factors_of(case), "y", ["a", "c"], "block", random=["whole_plot"])
        for t in (blocked, again)
    ]
    for ours, theirs in zip(*(model.coefficients for model in models), strict=True):
        assert (ours.se, ours.df) == pytest.approx((theirs.se, theirs.df), rel=1e-9)


def test_without_whole_plot_scatter_the_whole_plots_stay_and_it_is_said():
    model = fitted("no whole-plot scatter")
    assert model.variance_components[0].variance == 0
    assert model.coefficients[1].df < 10
    assert any(note.startswith("No scatter of whole plot beyond") for note in model.notes)


def test_terms_that_use_up_the_whole_plots_get_no_test():
    rows = [(plot, a, c) for plot, a in ((1, -1), (2, 1)) for c in (-1, 0, 1, -1, 1)]
    table = pd.DataFrame(rows, columns=["whole_plot", "a", "c"])
    table["y"] = 3 * table["a"] + table["c"] + np.tile([0.1, -0.2, 0.15, 0.2, -0.1], 2) ** 2
    factors = Factors({n: ContinuousFactor(low="-1", high="1") for n in "ac"})
    model = fit(table, factors, "y", ["a", "c"], random=["whole_plot"])
    named = {c.name: c for c in model.coefficients}
    assert named["a"].se is None
    assert named["c"].p is not None
    assert {row.source: row.p for row in model.anova.terms_adjusted}["a"] is None
    assert any("how much those scatter is not known" in note for note in model.notes)
    assert model.predict(table)["ci_low"].isna().all()


def test_a_whole_plot_of_one_run_each_is_said_to_be_the_run():
    table = pd.DataFrame({"a": [-1, 1, -1, 1, 0, 0], "y": [1.0, 3, 1.5, 2.6, 2, 2.3]})
    factors = Factors({"a": ContinuousFactor(low="-1", high="1")})
    plain = fit(table, factors, "y", ["a"])
    model = fit(table.assign(whole_plot=range(6)), factors, "y", ["a"], random=["whole_plot"])
    assert model.coefficients == plain.coefficients
    assert "cannot tell the scatter of whole plot from that of single runs" in model.notes[0]


def test_influence_of_a_run_is_that_of_leaving_it_out_at_known_variances():
    model = fitted("split plot")
    case = CASES["split plot"]
    table = pd.DataFrame(case["data"])
    designs = [t.indicator for t in random_terms(table, ["whole_plot"])]
    components = np.array([c.variance for c in model.variance_components])
    whole = components[0] * designs[0] @ designs[0].T + components[1] * np.eye(len(table))
    x, y = model.matrix, table["y"].to_numpy(float)

    def solved(rows):
        inverse = np.linalg.inv(whole[np.ix_(rows, rows)])
        return np.linalg.solve(x[rows].T @ inverse @ x[rows], x[rows].T @ inverse @ y[rows])

    shift = solved(np.arange(len(y))) - solved(np.delete(np.arange(len(y)), 7))
    known = model.inference.model_covariance
    expected = shift @ np.linalg.solve(known, shift) / len(shift)
    assert diagnose(model).table["cook"].iloc[7] == pytest.approx(expected, rel=1e-8)


def test_a_random_term_without_a_column_is_a_sentence():
    case = CASES["split plot"]
    with pytest.raises(ModelError, match="no column 'plate' for a random term"):
        fit(pd.DataFrame(case["data"]), factors_of(case), "y", ["a"], random=["plate"])


def test_units_of_the_response_change_no_conclusion():
    case = CASES["split-split plot"]
    table = pd.DataFrame(case["data"])
    here = fit(table, factors_of(case), "y", terms_of(case), random=["whole_plot", "sub_plot"])
    other = fit(
        table.assign(y=1e6 * table["y"] - 3), factors_of(case), "y", terms_of(case),
        random=["whole_plot", "sub_plot"],
    )  # fmt: skip
    for ours, theirs in zip(here.coefficients[1:], other.coefficients[1:], strict=True):
        assert (theirs.t, theirs.df) == pytest.approx((ours.t, ours.df), rel=1e-6)
    assert replace(other.anova.model, sum_sq=0, mean_sq=0).p == pytest.approx(here.anova.model.p)


CORROSION = """r1 T360 67 73 83 89;r2 T370 65 91 87 86;r3 T380 155 127 147 212
r4 T380 108 100 90 153;r5 T370 140 142 121 150;r6 T360 33 8 46 54"""


def corrosion():
    """Box & Jones, Split-plot designs (1992): six heats of a furnace, four coatings in each."""
    rows = [line.split() for line in CORROSION.replace("\n", ";").split(";")]
    return pd.DataFrame(
        [
            {
                "whole_plot": heat,
                "heats": temperature,
                "coating": f"C{i + 1}",
                "resistance": float(y),
            }
            for heat, temperature, *values in rows
            for i, y in enumerate(values)
        ]
    )


def test_a_study_picks_its_error_terms_from_the_run_sheets_columns():
    factors = Factors(
        {
            "heats": CategoricalFactor(levels=["T360", "T370", "T380"]),
            "coating": CategoricalFactor(levels=["C1", "C2", "C3", "C4"]),
        }
    )
    terms = ["heats", "coating", "heats:coating"]
    study = analyze(corrosion(), factors, {"resistance": ResponseSpec()}, terms)
    model = study.responses["resistance"].model
    assert [c.variance for c in model.variance_components] == pytest.approx([1172.167, 124.5417])
    tests = {row.source: row for row in model.anova.terms_adjusted}
    for source, f, df, df_error, p in (
        ("heats", 2.75484, 2, 3, 0.20932),
        ("coating", 11.4798, 3, 9, 0.00197692),
        ("heats:coating", 4.37571, 6, 9, 0.0240664),
    ):
        row = tests[source]
        assert (row.f, row.df, row.df_error, row.p) == pytest.approx((f, df, df_error, p), rel=1e-5)
    assert model.anova.residual.sum_sq == pytest.approx(1120.875)
    assert (
        "11.16 from run to run, from one whole plot to the next by 34.24."
        in (study.responses["resistance"].sentences[1])
    )
    json.dumps(study.to_json(), allow_nan=False)
