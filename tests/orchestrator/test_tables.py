"""`inoculum analyze TABLE.csv` with goals, and with tables that are none: a sentence each."""

import json
from pathlib import Path

import pytest

from orchestrator.cli import main

RUNS = [
    (x, z, 80 + 2 * x - 0.4 * x * x + e, 3 + 0.5 * x - e)
    for x in range(5)
    for z, e in ((1, 0.1), (2, 0.31), (1, -0.2), (2, 0.15))
]
HEADER = "feed [g/L/h],strain,titre [mg/L],acid [g/L]"


def inoculum(*words: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return int(left.value.code or 0)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return written(tmp_path, HEADER, RUNS)


def written(folder: Path, header: str, rows: list[tuple[object, ...]]) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def test_goals_and_limits_of_a_table_without_a_protocol(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--maximise", "titre", "--at-most", "acid=3900 mg/L", "-o", table.parent / "out")
    assert inoculum("analyze", table, *given) == 0
    said = capsys.readouterr().out
    assert said.startswith("The best setting found is feed 2.26 g/L/h, strain 2.")
    found = json.loads((table.parent / "out" / "results.json").read_text())
    assert found["responses"]["acid"]["spec"]["high"] == pytest.approx(3.9)
    assert found["optimum"]["predictions"]["acid"]["mean"] <= 3.9 + 1e-6


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing the page is not what these tests are about, and takes most of their time."""
    monkeypatch.setattr("orchestrator.reporting.render", lambda *_: "")


@pytest.mark.usefixtures("no_page")
def test_a_target(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = table.parent / "out"
    assert inoculum("analyze", table, "--target", "acid=4", "-r", "titre", "-o", out) == 0
    assert "There acid is predicted at 4 g/L" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "--maximise NAME"),
        (("--maximise", "titer"), "the table has no column 'titer'; it has feed, strain, titre"),
        (("--maximise", "acid", "--minimise", "acid"), "'acid' was given two goals"),
        (("--target", "acid"), "--target is written NAME=VALUE"),
        (("--target", "acid=4 rpm"), "response 'acid'"),
        (("--at-least", "acid=5", "--at-most", "acid=4"), "high (4) must be above low (5)"),
    ],
)
def test_wishes_that_are_none(
    table: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert inoculum("analyze", table, *words) == 1
    assert sentence in capsys.readouterr().err


def with_cell(row: int, column: int, value: object) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = list(RUNS)
    rows[row] = (*rows[row][:column], value, *rows[row][column + 1 :])
    return rows


@pytest.mark.parametrize(
    ("header", "rows", "sentence"),
    [
        (HEADER, [], "the same in every row"),
        (HEADER, with_cell(3, 0, "2o"), "column 'feed' holds numbers, but '2o' in row 4"),
        (HEADER, [(2.0, *row[1:]) for row in RUNS], "column 'feed' is the same in every row"),
        (HEADER, [(*row[:1], f"r{i}", *row[2:]) for i, row in enumerate(RUNS)], "too many"),
        (HEADER.replace("feed", "feed rate"), RUNS, "'feed rate' cannot name a factor"),
        (HEADER.replace("g/L/h", "blub"), RUNS, "column 'feed'"),
        (HEADER.replace("strain", "feed"), RUNS, "column 'feed' stands there twice"),
        (f"run,{HEADER}", [(i // 2, *row) for i, row in enumerate(RUNS)], "Run 0 stands in the"),
        (HEADER, RUNS * 600, "12,001 lines; a table of runs has one row a run"),
        ("", [], "cannot be read as a table"),
    ],
)
def test_a_table_that_cannot_be_analysed_is_refused_in_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    header: str,
    rows: list[tuple[object, ...]],
    sentence: str,
) -> None:
    path = written(tmp_path, header, rows)
    assert inoculum("analyze", path, "--maximise", "titre", "-r", "acid") == 1
    told = capsys.readouterr().err
    assert sentence in told
    assert "Traceback" not in told


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (with_cell(3, 2, ""), "1 of 20 runs has no value of titre and was left out"),
        (with_cell(3, 2, "n.d."), "'titre' holds 'n.d.' in run 4, which is no number"),
        (with_cell(3, 0, ""), "The factor 'feed' is empty in run 4"),
        ([(*row[:2], 80, row[3]) for row in RUNS], "'titre' is 80 in every run"),
        ([*RUNS, RUNS[7]], "Runs 8 and 21 agree with another run in every setting"),
        (RUNS[::5], "No setting was shown to be better than another"),
    ],
)
def test_a_table_with_a_flaw_is_analysed_as_far_as_it_goes(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rows: list[tuple[object, ...]],
    sentence: str,
) -> None:
    path = written(tmp_path, HEADER, rows)
    assert inoculum("analyze", path, "--maximise", "titre", "-r", "acid") == 0
    assert sentence in capsys.readouterr().out


def test_bytes_that_are_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(bytes(range(256)) * 10)
    assert inoculum("analyze", path, "--maximise", "y") == 1
    assert "cannot be read as a table" in capsys.readouterr().err
