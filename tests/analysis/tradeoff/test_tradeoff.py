"""Pareto fronts and robust optima of surfaces that are known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.errors import ModelError
from analysis.optimum import find_optimum
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.tradeoff import non_dominated, pareto_front, robust_optimum
from designs import CategoricalFactor, ContinuousFactor, Factors

TWO = Factors({name: ContinuousFactor(low="10 mL", high="30 mL") for name in "ab"})
GRID = np.array(list(product((-1.0, 0.0, 1.0), repeat=2)))
SECOND = ["a", "b", "a:b", "a^2", "b^2"]


def model(name, of, factors=TWO):
    """A fit through a known polynomial."""
    table = factors.to_actual(pd.DataFrame(GRID, columns=["a", "b"]))
    return fit(table.assign(**{name: of(*GRID.T)}), factors, name, SECOND)


@given(
    st.sampled_from([2, 3]).flatmap(
        lambda m: arrays(float, (30, m), elements=st.integers(0, 4).map(float))
    )
)
def test_the_front_is_what_no_row_beats(losses):
    beaten = [
        any(np.all(other <= row) and np.any(other < row) for other in losses) for row in losses
    ]
    assert list(non_dominated(losses)) == [not b for b in beaten]


def test_two_hills_are_traded_along_the_line_between_their_tops():
    models = {
        "left": model("left", lambda a, b: 5 - (a + 0.6) ** 2 - b**2),
        "right": model("right", lambda a, b: 5 - (a - 0.6) ** 2 - b**2),
    }
    specs = dict.fromkeys(models, ResponseSpec(goal="maximise"))
    front = pareto_front(models, specs)
    coded = TWO.to_coded(front.table)
    assert coded["b"].abs().max() < 0.03
    assert coded["a"].between(-0.63, 0.63).all()
    assert front.table["left"].iloc[0] == pytest.approx(5, abs=1e-3)
    assert front.table["right"].max() == pytest.approx(5, abs=1e-3)
    gaps = np.diff(np.sort(coded["a"]))
    assert 20 <= len(front.table) <= 60
    assert gaps.max() < 0.1
    assert front.sentence.startswith("Along the front left goes from 5 (best) to 3.5")
    assert pareto_front(models, specs).table.equals(front.table)


def test_limits_and_levels_hold_on_the_front():
    mixed = Factors({"medium": CategoricalFactor(levels=["LB", "TB"]), "a": TWO["a"]})
    rows = list(product(("LB", "TB"), (-1.0, 0.0, 1.0)))
    coded = pd.DataFrame(rows, columns=["medium", "a"])
    table = mixed.to_actual(coded)
    table["titre"] = 3 + coded["a"] + (coded["medium"] == "TB")
    table["cost"] = 2 + coded["a"] + 0.5 * (coded["medium"] == "TB")
    terms = ["medium", "a", "medium:a", "a^2"]
    models = {name: fit(table, mixed, name, terms) for name in ("titre", "cost")}
    specs = {
        "titre": ResponseSpec(goal="maximise", low=3.2),
        "cost": ResponseSpec(goal="minimise"),
    }
    front = pareto_front(models, specs).table
    assert set(front["medium"]) == {"TB"}
    assert front["titre"].min() >= 3.2
    hopeless = {**specs, "titre": ResponseSpec(goal="maximise", low=30)}
    with pytest.raises(ModelError, match="keeps every limit"):
        pareto_front(models, hopeless)
    with pytest.raises(ModelError, match="two responses with a goal"):
        pareto_front(models, {**specs, "cost": ResponseSpec()})


def test_inexact_setpoints_move_the_optimum_away_from_a_limit():
    models = {
        "titre": model("titre", lambda a, b: 10 + 2 * a - b**2),
        "acid": model("acid", lambda a, b: 2 + a + 0 * b),
    }
    specs = {"titre": ResponseSpec(goal="maximise"), "acid": ResponseSpec(high=2.5)}
    exact = find_optimum(models, specs)
    assert exact.coded["a"] == pytest.approx(0.5, abs=1e-3)
    same = robust_optimum(models, specs, {})
    assert same.coded["a"] == pytest.approx(0.5, abs=0.01)
    loose = robust_optimum(models, specs, {"a": 1.5})
    assert loose.coded["a"] < 0.5 - 0.15
    assert loose.expected < same.expected
    assert loose.kept > 0.9
    assert same.kept == 1
    assert loose.coded["b"] == pytest.approx(0, abs=0.05)
    assert robust_optimum(models, specs, {"a": 1.5}) == loose
    with pytest.raises(ModelError, match="no continuous factor"):
        robust_optimum(models, specs, {"z": 1})
    with pytest.raises(ModelError, match="needs a response with a goal"):
        robust_optimum(models, dict.fromkeys(models, ResponseSpec(low=1)), {})
