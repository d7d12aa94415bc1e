"""Designs of least aliasing, judged by criteria that are reckoned here anew."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs import DesignError, Factors, VesselLayout, expand
from designs.evaluation import compare, evaluate_all
from designs.model_terms import interactions, model_matrix
from designs.optimal import Asked, Effort, find
from tests.designs.making import letters, read_spec

ARRAY = VesselLayout(6, 8)
QUICK = Effort(starts=3, kicks=12)


def judged(coded: pd.DataFrame, factors: Factors, plots: Any = None) -> tuple[float, float]:
    """Sum of squares of the alias matrix, and D-efficiency in percent."""
    n = len(coded)
    covariance = np.eye(n) if plots is None else np.eye(n) + np.equal.outer(plots, plots)
    stated = model_matrix(coded, list(factors), factors).to_numpy()
    others = model_matrix(coded, interactions(factors), factors).to_numpy()[:, 1:]
    left = stated.T @ np.linalg.inv(covariance)
    alias = np.linalg.solve(left @ stated, left @ others)
    d = 100 * np.linalg.det(left @ stated) ** (1 / stated.shape[1]) / n
    return float((alias**2).sum()), float(d)


def searched(factors: Factors, runs: int, criterion: Any, **further: Any) -> pd.DataFrame:
    given = pd.DataFrame(index=range(runs), columns=list(factors), dtype=object)
    potential = interactions(factors) if criterion == "alias" else ()
    return find(Asked(factors, list(factors), criterion, given, potential=potential, **further))


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 50),
    count=st.integers(2, 4),
    levels=st.sampled_from([0, 2, 3]),
    share=st.floats(0.6, 1.0),
    hard=st.booleans(),
    ruled=st.booleans(),
)
def test_aliasing_is_no_more_than_the_d_optimal_designs_and_efficiency_is_kept(
    seed: int, count: int, levels: int, share: float, hard: bool, ruled: bool
) -> None:
    factors = letters(count, **({"m": {"levels": list("xyz"[:levels])}} if levels else {}))
    plots = np.repeat(np.arange(6), 2) if hard else None
    further: dict[str, Any] = {"seed": seed, "effort": QUICK}
    if hard:
        further |= {"groups": (plots,), "hard": (("a",),)}
    if ruled:
        further["constraints"] = ("a + 2 * b <= 8 g/L",)
    best = searched(factors, 12, "D", **further)
    found = searched(factors, 12, "alias", efficiency=share, **further)
    usual, efficient = judged(best, factors, plots)
    aliased, kept = judged(found, factors, plots)
    assert aliased <= usual + 1e-9
    assert kept >= share * efficient - 1e-6
    if hard:
        assert (found.groupby(plots)["a"].nunique() == 1).all()
    if ruled:
        actual = factors.to_actual(found)
        assert (actual["a"] + 2 * actual["b"] <= 8 + 1e-6).all()


def test_where_a_design_of_resolution_four_exists_it_is_found() -> None:
    # 2^(4-1) with d = abc: main effects clear of interactions at full efficiency.
    aliased, efficiency = judged(searched(letters(4), 8, "alias", efficiency=1.0), letters(4))
    assert aliased == pytest.approx(0, abs=1e-12)
    assert efficiency == pytest.approx(100)


def test_six_factors_in_twelve_runs_are_cleared() -> None:
    # Six runs and their mirror images clear main effects of all interactions.
    aliased, efficiency = judged(searched(letters(6), 12, "alias", efficiency=0.8), letters(6))
    assert aliased == pytest.approx(0, abs=1e-12)
    assert efficiency >= 80


def test_a_protocol_asks_for_it_and_the_comparison_tells_it() -> None:
    section: dict[str, Any] = {"runs": 12, "model": "linear", "seed": 2}
    sheets = {
        name: expand(letters(5), read_spec("optimal", criterion=name, **section), ARRAY)
        for name in ("D", "alias")
    }
    row = compare(evaluate_all(sheets)).loc["aliasing with interactions left out"]
    for name, sheet in sheets.items():
        assert row[name] == pytest.approx(judged(sheet.coded, sheet.factors)[0], abs=1e-6)
    assert row["alias"] < row["D"] / 2


def test_a_model_that_has_all_interactions_needs_terms_to_look_at() -> None:
    with pytest.raises(DesignError, match="state as `potential`") as caught:
        expand(letters(3), read_spec("optimal", criterion="alias", runs=12), ARRAY)
    assert caught.value.loc == ("potential",)
    more = read_spec("optimal", criterion="alias", runs=12, model="interactions", potential=["a^2"])
    assert len(expand(letters(3), more, ARRAY).table) == 12
