from statistics import fmean

import numpy as np
import pandas as pd
import pytest

from designs import DesignError, VesselLayout, expand
from designs.model_terms import model_matrix
from designs.position import (
    balanced_order,
    nuisances,
    position_correlations,
    spare_vessels,
)
from tests.designs.making import letters, read_spec

ARRAY = VesselLayout(6, 8)


def test_places_are_read_from_names() -> None:
    found = nuisances(["A1", "B3", "F8"], 6, 8)
    assert found.to_numpy().tolist() == [[1, 1, 1, 1], [2, 3, 0, 2], [6, 8, 1, 3]]


def test_a_factor_that_follows_the_columns_is_found() -> None:
    factors = letters(1)
    vessels = [f"{row}{column}" for column in (1, 2) for row in "AB"]
    coded = pd.DataFrame({"a": [-1.0, -1.0, 1.0, 1.0]})
    found = position_correlations(coded, vessels, factors, 2, 2)
    assert found.loc["a", "column"] == pytest.approx(1)
    assert found.loc["a", "row"] == pytest.approx(0)
    assert found.loc["a", "edge"] == 0


def test_factors_go_less_along_with_places_than_by_chance() -> None:
    chosen, chance, layouts = [], [], set()
    for seed in range(10):
        spec = read_spec("central-composite", axial="faced", centre_points=6, seed=seed)
        sheet = expand(letters(4), spec, ARRAY)
        vessels, coded = list(sheet.table["vessel"]), sheet.coded
        layouts.add(tuple(sheet.table["standard_order"]))
        found = position_correlations(coded, vessels, sheet.factors, 6, 8)
        chosen.append(float(found.to_numpy().max()))
        shuffled = coded.sample(frac=1, random_state=seed)
        found = position_correlations(shuffled, vessels, sheet.factors, 6, 8)
        chance.append(float(found.to_numpy().max()))
    assert fmean(chosen) < 0.6 * fmean(chance)
    assert len(layouts) == 10  # every seed its own


def test_the_best_of_the_layouts_drawn_is_taken() -> None:
    coded = pd.DataFrame({"a": [-1.0, -1.0, 1.0, 1.0]})
    mains = model_matrix(coded, ["a"], letters(1)).to_numpy()
    random = np.random.default_rng(0)
    order, vessels = balanced_order(
        mains, lambda: (random.permutation(4), ["A1", "A2", "B1", "B2"]), 2, 2
    )
    # Neither by row nor by column: one diagonal high, the other low.
    values = coded["a"].to_numpy()[order]
    assert values[0] == values[3] != values[1]
    assert list(vessels) == ["A1", "A2", "B1", "B2"]


def test_spares_are_spread_and_must_be_free() -> None:
    names = ARRAY.names
    assert spare_vessels(names, names[:40], 2) == ("F3", "F7")
    assert spare_vessels(names, names, 0) == ()
    with pytest.raises(DesignError, match="47 runs and 2 spare vessels, but the station has 48"):
        spare_vessels(names, names[:47], 2)


def test_a_design_that_leaves_no_spares_is_refused() -> None:
    spec = read_spec("full-factorial", replicates=2, spares=1)
    with pytest.raises(DesignError, match="spare") as refused:
        expand(letters(2), spec, VesselLayout(2, 4))
    assert refused.value.loc == ("spares",)
    assert len(expand(letters(2), spec, VesselLayout(3, 4)).table) == 8
