"""Several nights as one table: what is joined, what is told, what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.analysis_spec import AnalysisSpec
from analysis.errors import ModelError
from analysis.modelling import model_response
from analysis.nights import Night, join_nights
from analysis.position_effects import position_effects
from analysis.responses import ResponseSpec
from designs import CategoricalFactor, ContinuousFactor, Factors, MixtureFactor

PER_NIGHT = 12


def feed(low="1 g/L/h", high="5 g/L/h", **more):
    return ContinuousFactor(low=low, high=high, **more)


def night(label="first", factors=None, responses=None, **columns):
    """Runs over one continuous factor, those of the second night better by three."""
    factors = factors or {"feed": feed(), "medium": CategoricalFactor(levels=["LB", "TB"])}
    rng = np.random.default_rng(len(label))
    x = np.tile([1.0, 3.0, 5.0], PER_NIGHT // 3)
    table = pd.DataFrame(
        {
            "run": range(1, PER_NIGHT + 1),
            "vessel": [f"{row}{column}" for row in "AB" for column in range(1, 7)],
            "block": 1,
            "feed": x,
            "medium": ["LB", "TB"] * (PER_NIGHT // 2),
        }
    )
    better = 3.0 * (label != "first")
    table["titre"] = 5 + 0.5 * x + better + 0.1 * rng.normal(size=PER_NIGHT)
    responses = responses or {"titre": ResponseSpec(unit="g/L", goal="maximise")}
    return Night(label, table.assign(**columns), Factors(factors), responses)


def test_the_difference_between_nights_is_taken_out():
    joined = join_nights([night(), night("second")])
    assert joined.differences == ()
    assert list(joined.table["run"]) == list(range(1, 25))
    assert joined.table["vessel"].iloc[12] == "second A1"
    how = AnalysisSpec(terms=("feed", "medium"))
    model = model_response(joined.table, joined.factors, "titre", how, block="block").model
    found = {c.name: c.estimate for c in model.coefficients}
    assert found["block[second]"] == pytest.approx(3, abs=0.2)
    assert found["feed"] == pytest.approx(1, abs=0.1)
    assert model.sigma == pytest.approx(0.1, rel=0.5)
    at_centre = model.predict(pd.DataFrame({"feed": [3.0], "medium": ["LB"]}))
    assert at_centre["mean"].iloc[0] == pytest.approx(5 + 1.5 + 1.5, abs=0.2)


def test_a_place_that_disturbs_both_nights_shows_when_they_are_joined():
    nights = [night(), night("second one")]
    lower = night().table["vessel"].str.startswith("B")
    joined = join_nights(
        [replace(one, table=one.table.assign(titre=one.table["titre"] + lower)) for one in nights]
    )
    how = AnalysisSpec(terms=("feed", "medium"))
    model = model_response(joined.table, joined.factors, "titre", how, block="block").model
    effects = position_effects(model, joined.table["vessel"])
    assert effects is not None
    assert effects.table.loc["row", "p"] < 1e-6
    assert "row" in effects.sentence
    assert position_effects(model, "no place " + joined.table["vessel"] + "x") is None


def test_random_nights_make_predictions_of_a_new_night_wider():
    joined = join_nights([night(), night("second"), night("third one")])
    how = AnalysisSpec(blocks="random", terms=("feed",))
    how = joined.modelled(how)
    model = model_response(joined.table, joined.factors, "titre", how, block="block").model
    assert [c.name for c in model.variance_components] == ["block", "residual"]
    at = model.predict(pd.DataFrame({"feed": [3.0], "medium": ["LB"]})).iloc[0]
    assert at["pi_high"] - at["pi_low"] > 4


def test_blocks_within_nights_stay_apart():
    halves = np.repeat([1, 2], PER_NIGHT // 2)
    joined = join_nights([night(block=halves), night("second")])
    assert list(joined.table["block"].unique()) == [
        "first, block 1", "first, block 2", "second, block 1"
    ]  # fmt: skip
    assert joined.modelled(AnalysisSpec(blocks="random", random=("row",))).random == (
        "night",
        "row",
    )
    assert joined.modelled(AnalysisSpec()).random == ()
    assert list(joined.table["row"].unique()) == ["A", "B"]


def test_ranges_and_levels_widen():
    second = {
        "feed": feed("2 g/L/h", "7 g/L/h", levels=["2 g/L/h", "7 g/L/h"], change="hard"),
        "medium": CategoricalFactor(levels=["TB", "M9"]),
    }
    factors = join_nights([night(), night("second", second)]).factors
    assert (factors["feed"].low, factors["feed"].high) == (1, 7)
    assert factors["feed"].change == "hard"
    assert factors["medium"].levels == ("LB", "TB", "M9")
    parts = {n: MixtureFactor(total="20 g/L", low="2 g/L") for n in ("feed", "medium")}
    less = {n: MixtureFactor(total="20 g/L", low="1 g/L") for n in parts}
    joined = join_nights([night(factors=parts), night("second", less)])
    assert [(f.low, f.whole) for f in joined.factors.values()] == [(1, 20), (1, 20)]


@pytest.mark.parametrize(
    ("factors", "responses", "said"),
    [
        ({"feed": feed()}, None, "medium is among the factors of first only"),
        ({"feed": feed("1 mL/h", "5 mL/h")}, None, "feed is in 'mL/h', not 'g/L/h', in second"),
        ({"feed": feed(scale="log")}, None, "feed is on another scale in second"),
        ({"feed": CategoricalFactor(levels=["1", "5"])}, None, "feed is a factor of another kind"),
        (None, {"acid": ResponseSpec()}, "titre is among the responses of first only"),
        (None, {"titre": ResponseSpec(unit="mg/L")}, "'g/L' in the one, 'mg/L' in the other"),
    ],
)
def test_nights_of_other_experiments_are_refused(factors, responses, said):
    if factors and said.startswith("feed"):
        factors["medium"] = CategoricalFactor(levels=["LB", "TB"])
    with pytest.raises(ModelError, match="cannot be analysed together") as refused:
        join_nights([night(), night("second", factors, responses)])
    assert said in str(refused.value)


def test_what_differs_is_told():
    wishes = {"titre": ResponseSpec(unit="g/L", goal="minimise", take="max", **{"from": "od"})}
    told = join_nights([night(), night("second", responses=wishes)]).differences
    assert told == (
        "titre was taken otherwise in second (source and take): a difference between the nights "
        "may come of that.",
        "What is wanted of titre is what first says.",
    )
    curves = {"titre": ResponseSpec(unit="g/L"), "shape": ResponseSpec(take="component-1")}
    nights = [night(name, responses=curves) for name in ("first", "second")]
    joined = join_nights(nights)
    assert list(joined.responses) == ["titre"]
    assert "shape is left out" in joined.differences[0]
    with pytest.raises(ModelError, match="names two nights"):
        join_nights([night(), night()])
