"""Hard factors stay constant in groups of runs, and the groups stand in columns."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from designs import DesignError, Factors, RunSheet, VesselLayout, expand
from tests.designs.making import letters, read_factors, read_spec

RANGE = {"low": "1 g/L", "high": "3 g/L"}
ARRAY = VesselLayout(6, 8)
COLUMNS = tuple(ARRAY.names[column::8] for column in range(8))


def make(factors: Factors, kind: str, layout: VesselLayout = ARRAY, **section: Any) -> RunSheet:
    return expand(factors, read_spec(kind, **section), layout)


def test_easy_factors_leave_no_trace() -> None:
    sheet = make(letters(3), "full-factorial")
    assert "whole_plot" not in sheet.table
    assert sheet.strata == ()


def test_a_hard_factor_is_varied_by_whole_plots(tmp_path: Path) -> None:
    factors = letters(2, t=RANGE | {"change": "hard"})
    sheet = make(factors, "full-factorial", replicates=3)
    assert list(sheet.table.columns[5:8]) == ["vessel", "whole_plot", "a"]
    plots = sheet.table.groupby("whole_plot")
    assert (plots.size() == 4).all()
    assert (plots["t"].nunique() == 1).all()
    assert (plots["replicate"].nunique() == 1).all()
    assert list(sheet.table["whole_plot"]) == sorted(sheet.table["whole_plot"])
    assert [(s.column, s.factors) for s in sheet.strata] == [("whole_plot", ("t",))]
    sheet.to_csv(tmp_path / "sheet.csv")
    again = RunSheet.from_csv(tmp_path / "sheet.csv", factors)
    pd.testing.assert_frame_equal(again.table, sheet.table)
    assert again.strata == sheet.strata


def test_very_hard_factors_hold_hard_ones() -> None:
    factors = letters(
        1, t=RANGE | {"change": "very-hard"}, m={"levels": ["x", "y", "z"], "change": "hard"}
    )

    sheet = make(factors, "full-factorial", replicates=2)
    assert [(s.column, s.factors) for s in sheet.strata] == [
        ("whole_plot", ("t",)),
        ("sub_plot", ("m",)),
    ]
    assert sheet.table["whole_plot"].nunique() == 4
    assert sheet.table["sub_plot"].nunique() == 12
    assert (sheet.table.groupby("sub_plot")["whole_plot"].nunique() == 1).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    replicates=st.integers(1, 2),
    centre_points=st.integers(0, 5),
    count=st.sampled_from([None, 2]),
    very=st.booleans(),
)
def test_groups_are_constant_and_stand_together(
    seed: int, replicates: int, centre_points: int, count: int | None, very: bool
) -> None:
    factors = letters(
        1, t=RANGE | {"change": "hard"}, u=RANGE | {"change": "very-hard" if very else "hard"}
    )
    sheet = make(
        factors,
        "full-factorial",
        replicates=replicates,
        centre_points=centre_points,
        blocks=count and {"count": count},
        seed=seed,
    )
    for stratum in sheet.strata:
        column = sheet.table[stratum.column]
        assert list(column) == sorted(column)
        groups = sheet.table.groupby(column)
        for name in (*stratum.factors, "block"):
            assert (groups[name].nunique() == 1).all()


def test_a_bank_of_vessels_is_a_whole_plot() -> None:
    layout = VesselLayout(6, 8, {"b": COLUMNS})
    sheet = make(letters(2), "full-factorial", layout, replicates=8)
    assert sheet.strata[0].factors == ("b",)
    assert (sheet.table["whole_plot"] == sheet.table["vessel"].str[1:].astype(int)).all()
    assert (sheet.table.groupby("whole_plot")["b"].nunique() == 1).all()


def test_a_design_that_needs_more_banks_is_refused() -> None:
    layout = VesselLayout(6, 8, {"b": COLUMNS})
    with pytest.raises(DesignError, match=r"needs 9 groups of runs with one b each.* 8 banks"):
        make(letters(1, b=RANGE), "full-factorial", layout, levels={"b": 9})
    with pytest.raises(DesignError, match="leave the blocks out"):
        make(letters(2), "full-factorial", layout, blocks={"by": "row"})
    rows = tuple(ARRAY.names[8 * row :][:8] for row in range(6))
    crossed = VesselLayout(6, 8, {"a": rows, "b": COLUMNS})
    with pytest.raises(DesignError, match="a and b are shared by different banks"):
        make(letters(2), "full-factorial", crossed)


def test_a_discrete_factor_takes_only_its_levels() -> None:
    factors = read_factors(
        t={"low": "30 degC", "high": "37 degC", "levels": ["37 degC", "30 degC"]}
    )
    assert factors.continuous["t"].levels == (30.0, 37.0)
    assert sorted(make(factors, "full-factorial").table["t"]) == [30.0, 37.0]
    with pytest.raises(DesignError, match=r"33.5 degC of t, which takes only 30 degC, 37 degC"):
        make(factors, "full-factorial", levels=3)
    with pytest.raises(ValidationError, match=r"level 38 degC does not lie between low"):
        read_factors(t={"low": "30 degC", "high": "37 degC", "levels": ["30 degC", "38 degC"]})
