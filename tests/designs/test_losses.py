from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from designs import RunSheet, VesselLayout, expand
from designs.evaluation import Assumptions, effect_of_losing, losses
from designs.evaluation.information import information_of
from designs.evaluation.power import term_power
from tests.designs.making import letters, read_spec
from tests.designs.strata import split_plot

STATION = VesselLayout(4, 6)


def sheet_of(count: int, kind: str, **section: Any) -> RunSheet:
    return expand(letters(count), read_spec(kind, **section), STATION)


@pytest.mark.parametrize(
    "sheet",
    [
        sheet_of(3, "central-composite", axial="faced", centre_points=3),
        sheet_of(4, "fractional", generators={"d": "a*b*c"}),
        sheet_of(3, "full-factorial", replicates=2, blocks={"count": 2}),
        sheet_of(5, "plackett-burman", runs=8),
        split_plot(plots=4),
    ],
    ids=["composite", "fraction", "blocks", "screening", "split plot"],
)
def test_updates_give_what_a_fresh_design_gives(sheet: RunSheet) -> None:
    told, whole = losses(sheet), information_of(sheet)
    found = {frozenset(loss.vessels): loss for loss in (*told.vessels, *told.pairs)}
    names = list(sheet.table["vessel"])
    for gone in [*combinations(names, 1), *combinations(names, 2)][:: max(len(names) // 4, 1)]:
        loss = found[frozenset(gone)]
        kept = ~sheet.table["vessel"].isin(gone)
        left = whole.without(np.flatnonzero(~kept))
        assert loss.rank == np.linalg.matrix_rank(left.X)
        if loss.mixed:
            assert loss.least_power == 0
            continue
        assert loss.d_efficiency == pytest.approx(left.d_efficiency)
        fresh = information_of(replace(sheet, table=sheet.table[kept]), whole.model_terms)
        powers = [t.power for t in term_power(fresh, sheet.factors, Assumptions())]
        least = None if None in powers else min(p for p in powers if p is not None)
        assert loss.least_power == pytest.approx(least, abs=1e-9)


def test_a_critical_vessel_is_named() -> None:
    rows = [
        {"a": "1 g/L", "b": "1 g/L"},
        {"a": "3 g/L", "b": "1 g/L"},
        {"a": "3 g/L", "b": "1 g/L"},
        {"a": "1 g/L", "b": "1 g/L"},
        {"a": "1 g/L", "b": "3 g/L"},
    ]
    sheet = sheet_of(2, "table", rows=rows)
    told = losses(sheet)
    only_b = str(sheet.table.loc[sheet.table["b"] == 3, "vessel"].item())
    assert told.critical == (only_b,)
    assert told.vessels[0].mixed == ("b",)
    of_a = [set(sheet.table.query(f"a == {a} and b == 1")["vessel"]) for a in (1, 3)]
    assert sorted(map(sorted, told.critical_pairs)) == sorted(map(sorted, of_a))


def test_a_block_may_go_with_its_vessel() -> None:
    rows = [{"a": f"{a} g/L"} for a in (1, 1, 3, 3, 1)]
    sheet = sheet_of(1, "table", rows=rows)
    table = sheet.table.assign(block=[1, 1, 1, 1, 2])
    sheet = replace(sheet, table=table.assign(a=[1.0, 1.0, 3.0, 3.0, 1.0]))
    lost = {loss.vessels: loss for loss in losses(sheet).vessels}["A5",]
    assert (lost.rank, lost.mixed, lost.d_efficiency) == (2, (), pytest.approx(100))
    (power,) = effect_of_losing(sheet, ["A5"]).power.values()
    assert lost.least_power == pytest.approx(power)


def test_what_a_loss_means_is_told() -> None:
    sheet = sheet_of(2, "central-composite", axial="faced", centre_points=3)
    corner = str(sheet.table.query("a == 3 and b == 3")["vessel"].item())
    report = effect_of_losing(sheet, [corner], spares=["D6", corner])
    assert report.sentences[0] == f"{corner} is lost: 10 of 11 runs remain."
    assert report.sentences[1] == "Every term of the model can still be estimated."
    falls = {term: report.power_before[term] - power for term, power in report.power.items()}
    assert falls["a"] == pytest.approx(max(falls.values()))
    assert report.sentences[2] == (
        "The power to see a change of 2 times the noise falls most for a, from 51 % to 29 %."
    )
    assert report.sentences[3] == (
        f"No other vessel has the setting of {corner} (a 3 g/L, b 3 g/L); D6 is free and could "
        "repeat it."
    )
    assert report.d_efficiency < report.d_efficiency_before


def test_what_is_lost_is_named_with_its_aliases() -> None:
    sheet = sheet_of(4, "fractional", generators={"d": "a*b*c"}, replicates=2)
    lost = list(sheet.table.query("a == 3 and b == 3")["vessel"])
    report = effect_of_losing(sheet, lost)
    assert report.inestimable["a:b"] == ("a", "b")
    assert "a:b can no longer be told from a and b." in report.sentences


def test_replicates_are_pointed_out() -> None:
    sheet = sheet_of(1, "full-factorial", replicates=3)
    first, *others = sheet.table.query("a == 3")["vessel"]
    report = effect_of_losing(sheet, [first])
    assert set(report.repeats[first]) == set(others)
    assert " have the setting of " in report.sentences[-1]


def test_spares_are_offered_once_and_the_nearest_first() -> None:
    sheet = sheet_of(2, "full-factorial")
    report = effect_of_losing(sheet, ["A1", "A2"], spares=["D1", "D2", "A6"])
    assert report.spares["A2"] == ("D2", "A6", "D1")
    assert report.sentences[-2].endswith("; D1 is free and could repeat it.")
    assert report.sentences[-1].endswith("; D2 is free and could repeat it.")


def test_vessels_without_a_run_cost_nothing() -> None:
    sheet = sheet_of(2, "full-factorial")
    assert effect_of_losing(sheet, ["D6"]).sentences == ("No vessel of the design is lost.",)


def test_all_lost_is_told_too() -> None:
    sheet = sheet_of(2, "full-factorial")
    report = effect_of_losing(sheet, list(sheet.table["vessel"]))
    assert report.runs_left == 0
    assert report.sentences[0].endswith(" are lost: 0 of 4 runs remain.")
    assert report.sentences[1:] == ("No term of the model can be estimated.",)
