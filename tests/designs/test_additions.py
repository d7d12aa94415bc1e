from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from designs import DesignError, RunSheet, VesselLayout, expand
from designs.additions import axial, repair, resolve_aliases
from designs.model_terms import estimable_terms, interactions
from tests.designs.making import letters, read_factors, read_spec

STATION = VesselLayout(6, 8)


def sheet_of(count: int, kind: str, **section: Any) -> RunSheet:
    return expand(letters(count), read_spec(kind, **section), STATION)


def both_nights(sheet: RunSheet, added: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[int]]:
    coded = pd.concat([sheet.coded, added[list(sheet.factors)]], ignore_index=True)
    night = pd.Series([1] * len(sheet.table) + [2] * len(added))
    return coded, night


def test_a_fold_frees_every_main_effect() -> None:
    sheet = sheet_of(7, "fractional", resolution=3)
    added = resolve_aliases(sheet)
    assert len(added) == 8
    coded, night = both_nights(sheet, added)
    kept = estimable_terms(coded, interactions("abcdefg"), sheet.factors, block=night)
    assert estimable_terms(coded, list("abcdefg"), sheet.factors, given=kept, block=night) == [
        *"abcdefg"
    ]


@pytest.mark.parametrize(("count", "kind"), [(4, "fractional"), (6, "fractional")])
def test_mixed_interactions_are_told_apart(count: int, kind: str) -> None:
    sheet = sheet_of(count, kind, resolution=4)
    added = resolve_aliases(sheet)
    coded, night = both_nights(sheet, added)
    wanted = [*sheet.factors, *interactions(sheet.factors)]
    assert estimable_terms(coded, wanted, sheet.factors, block=night) == wanted
    assert len(added) < 2 ** (count - 1)


def test_too_few_runs_still_tell_most() -> None:
    sheet = sheet_of(6, "fractional", resolution=4)
    wanted = [*sheet.factors, *interactions(sheet.factors)]
    known = estimable_terms(sheet.coded, wanted, sheet.factors)
    coded, night = both_nights(sheet, resolve_aliases(sheet, 3))
    assert len(estimable_terms(coded, wanted, sheet.factors, block=night)) > len(known)


def test_added_runs_keep_the_rules_of_the_design() -> None:
    sheet = sheet_of(4, "fractional", resolution=4)
    added = resolve_aliases(sheet, constraints=["a + b <= 5 g/L"], disallowed=[{"c": "3 g/L"}])
    actual = sheet.factors.to_actual(added[list(sheet.factors)])
    assert (actual["a"] + actual["b"] <= 5 + 1e-9).all()
    assert (actual["c"] < 3).all()
    coded, night = both_nights(sheet, added)
    wanted = [*sheet.factors, *interactions(sheet.factors)]
    assert estimable_terms(coded, wanted, sheet.factors, block=night) == wanted


def test_categories_are_folded_too() -> None:
    factors = letters(2, m={"levels": ["x", "y"]})
    sheet = expand(factors, read_spec("fractional", generators={"m": "a*b"}), STATION)
    added = resolve_aliases(sheet)
    coded, _ = both_nights(sheet, added)
    assert len(coded.drop_duplicates()) == 8


def test_blends_have_no_corners() -> None:
    thirds = {"total": "1 g/L"}
    factors = read_factors(a=thirds, b=thirds, c=thirds, t={"low": "1 degC", "high": "3 degC"})
    sheet = expand(factors, read_spec("mixture", points="simplex-lattice", degree=1), STATION)
    with pytest.raises(DesignError, match="no corners to add"):
        resolve_aliases(sheet)


def test_a_design_without_aliases_is_left_alone() -> None:
    with pytest.raises(DesignError, match="told apart already"):
        resolve_aliases(sheet_of(3, "full-factorial"))


def test_axial_points_show_the_curvature() -> None:
    sheet = sheet_of(3, "full-factorial", centre_points=2)
    added = axial(sheet)
    assert added["point"].value_counts().to_dict() == {"axial": 6, "centre": 3}
    coded, night = both_nights(sheet, added)
    squares = ["a^2", "b^2", "c^2"]
    assert estimable_terms(coded, squares, sheet.factors, given=["a"], block=night) == squares
    with pytest.raises(DesignError, match="estimated already"):
        axial(replace(sheet, table=expand(letters(3), read_spec("box-behnken"), STATION).table))
    words = expand(read_factors(m={"levels": ["x", "y"]}), read_spec("full-factorial"), STATION)
    with pytest.raises(DesignError, match="none"):
        axial(words)


def test_lost_runs_are_run_again() -> None:
    sheet = sheet_of(3, "box-behnken")
    again = repair(sheet, ["A2", "B1", "F8"])
    expected = sheet.coded[sheet.table["vessel"].isin(["A2", "B1"])]
    assert again[["a", "b", "c"]].to_numpy().tolist() == expected.to_numpy().tolist()
    with pytest.raises(DesignError, match="nothing to repair"):
        repair(sheet, ["F8"])
