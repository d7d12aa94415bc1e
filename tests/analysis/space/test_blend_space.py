"""The design space of a mixture: blends cannot vary one component at a time."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import ModelError
from analysis.exploration import explore
from analysis.report import ReportContext, render
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.space import acceptable_ranges, blend_map, design_space, robust_setpoint
from analysis.study import analyze
from analysis.tradeoff import robust_optimum
from designs import Factors, VesselLayout, expand
from tests.analysis.sugars import sugar_factors
from tests.designs.making import read_factors, read_spec

COMPONENTS = ["glucose", "lactose", "glycerol"]
TERMS = [*COMPONENTS, "glucose:lactose", "glucose:glycerol", "lactose:glycerol", "temperature"]
SURE = 4.5  # standard errors that chance hardly ever passes


def feeds() -> tuple[Factors, pd.DataFrame]:
    """Three sugars within bounds and a temperature beside them; titre best in the middle."""
    factors = sugar_factors()
    section = {"points": "extreme-vertices", "centroids": ["edges", "overall"], "levels": 2}
    table = expand(factors, read_spec("mixture", **section), VesselLayout(6, 8)).table
    scatter = np.random.default_rng(3).normal(scale=0.3, size=(2, len(table)))
    lactose, glycerol = table["lactose"], table["glycerol"]
    table["titre"] = 3 + lactose * (10 - lactose) / 4 + 0.1 * table["temperature"] + scatter[0]
    table["acid"] = 1 + 0.4 * table["glucose"] + 0.2 * glycerol + scatter[1]
    return factors, table


SPECS = {
    "titre": ResponseSpec.model_validate(
        {"from": "p", "measured": "at-line", "goal": "maximise", "low": 11.0}
    ),
    "acid": ResponseSpec.model_validate(
        {"from": "p", "measured": "at-line", "goal": "minimise", "high": 3.5}
    ),
}


@pytest.fixture(scope="module")
def models():
    factors, table = feeds()
    return {name: fit(table, factors, name, TERMS) for name in SPECS}


def test_one_limit_is_student_t_of_the_prediction_interval(models):
    model, limit, draws = models["titre"], 11.0, 160_000
    space = design_space({"titre": model}, {"titre": ResponseSpec(low=limit)})
    blend = pd.DataFrame(
        {"glucose": [4.0], "lactose": [3.0], "glycerol": [3.0], "temperature": [30.0]}
    )
    row = model.predict(blend).iloc[0]
    t = stats.t.ppf(0.975, model.df_residual)
    exact = stats.t.sf(limit, model.df_residual, row["mean"], (row["pi_high"] - row["mean"]) / t)
    found = space.probability_of(blend, draws).iloc[0]
    assert 0.05 < exact < 0.95
    assert found == pytest.approx(exact, abs=SURE * np.sqrt(exact * (1 - exact) / draws))


def test_no_blend_of_the_map_is_surer_than_the_most_robust_one(models):
    space = design_space(models, SPECS, {"temperature": 0.5})
    robust = robust_setpoint(space)
    assert sum(robust.settings[name] for name in COMPONENTS) == pytest.approx(10)
    shown = blend_map(space, robust.coded)
    assert shown.fixed == {"temperature": robust.settings["temperature"]}
    frame = shown.frame()
    assert frame[COMPONENTS].sum(axis=1).to_numpy() == pytest.approx(10)
    assert frame["lactose"].between(1 - 1e-9, 6 + 1e-9).all()
    assert frame["probability"].max() <= robust.probability + 3 * shown.standard_error
    at = frame.assign(temperature=shown.fixed["temperature"]).iloc[::100]
    again = space.probability_of(at.drop(columns="probability"))
    assert again.to_numpy() == pytest.approx(at["probability"].to_numpy(), abs=2e-3)


def test_a_component_varies_in_place_of_the_others(models):
    space = design_space(models, SPECS, {"temperature": 0.5})
    robust = robust_setpoint(space)
    found = acceptable_ranges(space, robust.coded, 0.8)
    assert (found.jointly, found.lowest) == ((), None)
    assert "in its proportions" in found.sentences[0]
    assert len(found.sentences) == 1
    spreads = []
    for one in found.alone:
        assert one.low <= robust.settings[one.factor] + 1e-6
        assert one.high >= robust.settings[one.factor] - 1e-6
        if one.factor in COMPONENTS:
            ends = pd.DataFrame(
                [proportioned(robust.settings, one.factor, end) for end in (one.low, one.high)]
            )
            chances = space.probability_of(ends)
            assert (chances > 0.8 - 2e-3).all()
            spreads.append(one.high - one.low)
            if not one.at_edge:
                assert chances.to_numpy() == pytest.approx(0.8, abs=2e-3)
    assert max(spreads) > 0.5


def proportioned(settings, component, amount):
    """The set-point with another amount of a component, the others in their proportions."""
    others = [name for name in COMPONENTS if name != component]
    share = (10 - amount) / sum(settings[name] for name in others)
    return settings | {component: amount} | {name: share * settings[name] for name in others}


def test_what_is_asked_of_a_mixture_and_cannot_be_is_said(models):
    with pytest.raises(ModelError, match="glucose, part of a mixture: more of it is less"):
        design_space(models, SPECS, {"glucose": 0.1})
    space = design_space(models, SPECS)
    with pytest.raises(ModelError, match="'glucose' is no continuous factor"):
        space.map("glucose", "temperature")
    factors = read_factors(a={"total": "1"}, b={"total": "1"})
    share = np.array([0, 0.25, 0.5, 0.75, 1] * 2)
    table = pd.DataFrame({"a": share, "b": 1 - share})
    table["y"] = 3 * share + np.random.default_rng(1).normal(scale=0.1, size=10)
    line = design_space({"y": fit(table, factors, "y", ["a", "b"])}, {"y": ResponseSpec(low=2)})
    robust = robust_setpoint(line)
    assert robust.settings["a"] == pytest.approx(1, abs=1e-3)
    with pytest.raises(ModelError, match="needs three components"):
        blend_map(line, robust.coded)


def test_the_best_blend_under_an_error_beside_it(models):
    loose = robust_optimum(models, SPECS, {"temperature": 3.0})
    exact = robust_optimum(models, SPECS, {})
    assert sum(loose.settings[name] for name in COMPONENTS) == pytest.approx(10)
    assert loose.expected < exact.expected
    with pytest.raises(ModelError, match="part of a mixture"):
        robust_optimum(models, SPECS, {"lactose": 0.1})


def test_the_report_draws_the_design_space_of_blends():
    factors, table = feeds()
    study = analyze(table, factors, SPECS)
    found = explore(study, {"temperature": 0.5})
    assert found.reasons == ()
    assert found.space is not None
    assert found.space.blends is not None
    page = render(study, ReportContext("Feeds", exploration=found))
    assert "Design space of blends" in page
    assert "over the blends of glucose, lactose, glycerol" in page
    assert "alone, others in their proportions" in page
    assert "Pareto front" in page
