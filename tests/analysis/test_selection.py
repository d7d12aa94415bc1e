"""Choice of terms: the paper on definitive screening, heredity, and what is said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ModelError
from analysis.response_model import fit
from analysis.selection import (
    analyse_definitive_screening,
    eliminate,
    kept_by_heredity,
    select,
)
from analysis.selection.heredity import parents
from designs import ContinuousFactor, Factors
from designs.model_terms import interactions, squares

SIX = Factors({f"x{i}": ContinuousFactor(low="-1", high="1") for i in range(1, 7)})
FULL = [*SIX, *interactions(SIX), *squares(SIX)]
SCREENED = [
    (0, 1, -1, -1, -1, -1, 21.04), (0, -1, 1, 1, 1, 1, 10.48), (1, 0, -1, 1, 1, -1, 17.89),
    (-1, 0, 1, -1, -1, 1, 10.07), (-1, -1, 0, 1, -1, -1, 7.74), (1, 1, 0, -1, 1, 1, 21.01),
    (-1, 1, 1, 0, 1, -1, 16.53), (1, -1, -1, 0, -1, 1, 20.38), (1, -1, 1, -1, 0, -1, 8.62),
    (-1, 1, -1, 1, 0, 1, 7.80), (1, 1, 1, 1, -1, 0, 23.56), (-1, -1, -1, -1, 1, 0, 15.24),
    (0, 0, 0, 0, 0, 0, 19.91),
]  # fmt: skip


@pytest.fixture
def screened():
    """Jones & Nachtsheim, J. Quality Technology 43 (2011) 1-15: six factors in 13 runs."""
    return pd.DataFrame(SCREENED, columns=[*SIX, "y"])


def test_all_subsets_find_the_model_of_the_paper(screened):
    found = select(screened, SIX, "y", FULL, way="best-subset")
    assert found.model.terms == ("x1", "x2", "x3", "x2:x3", "x1^2")
    assert found.model.aicc == pytest.approx(70.63, abs=0.005)
    assert found.rivals[0].terms == found.model.terms
    assert [round(rival.value, 2) for rival in found.rivals] == [70.63, 71.25]


def test_forward_selection_goes_through_the_models_of_the_paper(screened):
    found = select(screened, SIX, "y", FULL, way="forward")
    values = [round(step.value, 2) for step in found.steps]
    assert values[4:7] == [70.63, 71.25, 83.72]
    assert found.steps[6].terms == ("x1", "x2", "x3", "x4", "x2:x3", "x1^2", "x4^2")
    assert found.model.notes[-1] == (
        "x1, x2, x3, x2:x3 and x1^2 were chosen from 27 terms by forward selection with AICc; the "
        "p values and intervals take no account of that choice."
    )


@pytest.mark.parametrize("way", ["forward", "backward", "lasso", "dantzig"])
@pytest.mark.parametrize("heredity", ["strong", "weak"])
def test_every_step_keeps_heredity(screened, way, heredity):
    table = screened.assign(y=3 * screened["x1"] - 4 * screened["x2"] * screened["x1"])
    table["y"] += np.linspace(0, 0.5, 13) ** 2
    found = select(table, SIX, "y", FULL, way=way, heredity=heredity)
    if way != "backward":  # which starts from as many terms as it can
        assert all(kept_by_heredity(step.terms, heredity) for step in found.steps)
    assert kept_by_heredity(found.model.terms, heredity)


@pytest.mark.parametrize("way", ["lasso", "dantzig"])
def test_shrinkage_finds_few_large_effects_among_more_terms_than_runs(way):
    rng = np.random.default_rng(8)
    names = [f"z{i}" for i in range(20)]
    factors = Factors({n: ContinuousFactor(low="-1", high="1") for n in names})
    table = pd.DataFrame(rng.choice([-1.0, 1.0], (14, 20)), columns=names)
    table["y"] = 10 + 8 * table["z3"] - 6 * table["z11"] + rng.normal(size=14)
    found = select(table, factors, "y", names, way=way)
    assert {"z3", "z11"} <= set(found.model.terms)
    assert len(found.model.terms) <= 5


def test_backward_by_bic_drops_what_does_nothing(chemreact, time_and_temperature, second_order):
    found = select(
        chemreact, time_and_temperature, "yield", second_order, "block",
        way="backward", criterion="bic",
    )  # fmt: skip
    assert set(second_order) - set(found.model.terms) <= {"time:temperature"}
    assert found.model.block == "block"


def test_the_criterion_of_a_step_is_that_of_the_fit(screened):
    for step in select(screened, SIX, "y", FULL, way="forward").steps[1:6]:
        assert step.value == pytest.approx(fit(screened, SIX, "y", step.terms).aicc, rel=1e-9)


def test_too_many_subsets_are_refused_in_a_sentence(screened):
    with pytest.raises(ModelError, match="select forward, or name fewer terms"):
        select(screened, SIX, "y", FULL, way="best-subset", heredity="none")


def test_noise_alone_gives_no_model():
    table = pd.DataFrame({"x1": [-1, 1] * 4, "y": [1.0, 1, 2, 2, 1, 1, 2, 2]})
    factors = Factors({"x1": ContinuousFactor(low="-1", high="1")})
    with pytest.raises(ModelError, match="is worth its place for 'y'"):
        select(table, factors, "y", ["x1"])


def test_elimination_by_tests_spares_parents(chemreact, time_and_temperature):
    noise = np.resize([0.3, -0.2, 0.1, -0.4, 0.2], len(chemreact))
    coded = time_and_temperature.to_coded(chemreact)
    y = 5 + 4 * coded["time"] * coded["temperature"] + 0.3 * noise
    table = chemreact.assign(y=y)
    terms = ["time", "temperature", "time:temperature", "time^2"]
    found = eliminate(lambda t: fit(table, time_and_temperature, "y", t), terms)
    assert found.model.terms == ("time", "temperature", "time:temperature")
    assert found.criterion == "p"


def test_parents_are_one_power_lower():
    assert parents("a:b^2") == ("b^2", "a:b")
    assert parents("a") == ()


def folded(factors, fakes, seed, noise=1.0):
    """A definitive screening design of `factors + fakes` columns, the last ones unnamed."""
    first = np.array(SCREENED)[:12:2, :6]
    x = np.vstack([first, -first, np.zeros(6)])[:, : factors + fakes]
    rng = np.random.default_rng(seed)
    y = 20 + 4 * x[:, 0] + 3 * x[:, 1] + 5 * x[:, 0] * x[:, 1] + noise * rng.normal(size=13)
    names = list(SIX)[:factors]
    return pd.DataFrame(x[:, :factors], columns=names).assign(y=y)


def test_mirror_image_pairs_free_main_effects_of_second_order():
    four = Factors({name: SIX[name] for name in list(SIX)[:4]})
    found = analyse_definitive_screening(folded(4, 2, 3, noise=0.5), four, "y")
    assert found.active == ("x1", "x2")
    assert found.second_order == ("x1:x2",)
    assert found.error_df == 4
    assert 0.1 < found.error < 1.2
    assert found.sentence == (
        "y changes with x1 and x2, and through x1:x2 (analysis by mirror-image pairs)."
    )


def test_a_design_without_spare_pairs_is_referred_to_aicc(screened):
    with pytest.raises(ModelError, match="choose terms by AICc instead"):
        analyse_definitive_screening(screened, SIX, "y")
    with pytest.raises(ModelError, match="was one lost"):
        analyse_definitive_screening(screened.iloc[1:], SIX, "y")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_names_and_order_of_factors_change_no_choice(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(SCREENED, columns=[*SIX, "y"])
    table["y"] = 3 * table["x2"] + 2 * table["x5"] + rng.normal(size=13)
    turned = Factors({name: SIX[name] for name in reversed(list(SIX))})
    terms = [*SIX, *squares(SIX)]
    one = select(table, SIX, "y", terms).model
    other = select(table, turned, "y", list(reversed(terms))).model
    assert set(one.terms) == set(other.terms)
