from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs import DesignError, RunSheet, VesselLayout, expand
from tests.designs.making import letters, read_factors, read_spec

FACTORS = read_factors(
    feed_rate={"low": "1.0 g/L/h", "high": "4.8 g/L/h"},
    iptg={"low": "0.24 µmol/L", "high": "32 µmol/L", "scale": "log"},
    ph={"low": 6.8, "high": 7.2},
    medium={"levels": ["NA", 'a "rich", one', "7.0"]},
)


def sheet(seed: int = 0) -> RunSheet:
    spec = read_spec("latin-hypercube", runs=20, seed=seed, blocks={"count": 2})
    return expand(FACTORS, spec, VesselLayout(6, 8))


def test_headers_carry_units_and_structure_stands_in_columns(tmp_path: Path) -> None:
    sheet().to_csv(tmp_path / "run_sheet.csv")
    header, first = (tmp_path / "run_sheet.csv").read_text().splitlines()[:2]
    assert header == (
        "run,standard_order,point,replicate,block,vessel,feed_rate [g/L/h],iptg [µmol/L],ph,medium"
    )
    assert first.startswith("1,")


def test_a_sheet_sorted_by_hand_keeps_its_meaning(tmp_path: Path) -> None:
    original = sheet()
    original.to_csv(tmp_path / "a.csv")
    shuffled = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)
    shuffled.sort_values("vessel").assign(note="ok").to_csv(tmp_path / "b.csv", index=False)
    again = RunSheet.from_csv(tmp_path / "b.csv", FACTORS)
    pd.testing.assert_frame_equal(again.table.sort_values("run", ignore_index=True), original.table)
    assert again.diagnostics().d_efficiency == pytest.approx(original.diagnostics().d_efficiency)


def test_each_vessel_gets_its_levels() -> None:
    made = sheet()
    levels = made.levels()
    assert set(levels) == set(made.table["vessel"])
    row = made.table.iloc[3]
    assert levels[row["vessel"]] == {name: row[name] for name in FACTORS}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("feed_rate [g/L/h]", "feed_rate [g/L]", "no column 'feed_rate \\[g/L/h\\]'; it has run, "),
        ("NA", "TB", "medium: 'TB' is none of the levels NA"),
        ("1,", "one,", "column 'run' of the run sheet: .*'one'"),
        ("A2", "A1", "gives a run or a vessel twice"),
    ],
)
def test_what_does_not_belong_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "run_sheet.csv"
    sheet().to_csv(path)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DesignError, match=message):
        RunSheet.from_csv(path, FACTORS)


@settings(max_examples=20, deadline=None)
@given(
    low=st.floats(1e-6, 1e3),
    ratio=st.floats(1.001, 1e5),
    scale=st.sampled_from(["linear", "log"]),
    levels=st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1)
        .map(str.strip)
        .filter(lambda text: text and text.isprintable()),
        min_size=2,
        max_size=4,
        unique=True,
    ),
    seed=st.integers(0, 2**31),
)
def test_a_run_sheet_comes_back_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    low: float,
    ratio: float,
    scale: str,
    levels: list[str],
    seed: int,
) -> None:
    factors = read_factors(
        a={"low": f"{low!r} g/L", "high": f"{low * ratio!r} g/L", "scale": scale},
        m={"levels": levels},
    )
    spec = read_spec("latin-hypercube", runs=9, criterion="random", centre_points=2, seed=seed)
    original = expand(factors, spec, VesselLayout(3, 4))
    path = tmp_path_factory.mktemp("sheets") / "run_sheet.csv"
    original.to_csv(path)
    again = RunSheet.from_csv(path, factors)
    pd.testing.assert_frame_equal(again.table, original.table, check_exact=True)
    pd.testing.assert_frame_equal(again.coded, original.coded, check_exact=True)
    again.to_csv(path.with_suffix(".again"))
    assert path.with_suffix(".again").read_bytes() == path.read_bytes()


def test_a_sheet_written_twice_is_the_same_file(tmp_path: Path) -> None:
    spec = read_spec("central-composite", axial="inscribed", blocks={"by": "row"}, seed=7)
    for name in ("a.csv", "b.csv"):
        expand(letters(3), spec, VesselLayout(6, 4)).to_csv(tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_table_of_the_factors_alone_will_do_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("b [g/L],a [g/L],note\n1,3,x\n2,2,\n")
    with pytest.raises(DesignError, match="no column 'run'"):
        RunSheet.from_csv(path, letters(2))
    read = RunSheet.from_csv(path, letters(2), plain=True)
    assert list(read.table["vessel"]) == ["row 1", "row 2"]
    assert list(read.table["block"]) == [1, 1]
    assert read.coded.to_numpy().tolist() == [[1, -1], [0, 0]]
    path.write_text("b,a [g/L]\n1,3\n")
    with pytest.raises(DesignError, match=r"no column 'b \[g/L\]'"):
        RunSheet.from_csv(path, letters(2), plain=True)
