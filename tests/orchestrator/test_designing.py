"""Designs on the command line: evaluated, compared, recorded."""

import json
from pathlib import Path

import pytest

from tests.orchestrator.test_cli import inoculum


@pytest.fixture
def composite(repository: Path) -> Path:
    return repository / "protocols" / "cho-fed-batch-ccd.yaml"


def test_a_design_is_evaluated(composite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inoculum("design", composite, "--evaluate", "--noise", "0.5", "--effect", "2") == 0
    told = capsys.readouterr().out
    assert "Power to see a change of 2 from low to high at noise 0.5" in " ".join(told.split())
    assert "Variance of prediction over that of a run:" in told
    assert "The loss of any one vessel leaves every term estimable" in told


def test_designs_are_compared_in_a_table_a_page_and_json(
    composite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, page = tmp_path / "sheet.csv", tmp_path / "page.html"
    assert inoculum("design", composite, "-o", sheet) == 0
    others = ("-c", "box-behnken", "-c", "latin-hypercube", "-c", sheet, "-c", composite)
    capsys.readouterr()
    assert inoculum("design", composite, *others, "-o", page, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["designs"]) == [
        composite.name, "box-behnken", "latin-hypercube", str(sheet), str(composite)
    ]  # fmt: skip
    rows = {row["criterion"]: row for row in found["comparison"]}
    assert rows["D-efficiency [%]"][composite.name] == rows["D-efficiency [%]"][str(sheet)]
    assert rows["runs"]["latin-hypercube"] == rows["runs"][composite.name]
    text = page.read_text()
    assert text.count("<svg") == 6
    assert "http" not in text.replace("http://www.w3.org", "")
    assert inoculum("design", composite, "-c", "{kind: full-factorial, levels: 2}") == 0
    assert "full-factorial, levels: 2} cannot estimate" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("nonsense", "`nonsense` is not possible here; choose from"),
        ("nowhere.csv", "No such file"),
        ("{kind: box-behnken, runs: 3}", "`runs`"),
        ("ecoli-feed-iptg.yaml", "only designs in the same factors can be compared"),
    ],
)
def test_what_cannot_be_compared_is_told(
    other: str, said: str, composite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = str(composite.parent / other) if other.startswith("ecoli") else other
    assert inoculum("design", composite, "--compare", text) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err


def test_what_a_lost_vessel_means_is_told(
    composite: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station = repository / "protocols" / "stations" / "open-48.yaml"
    assert inoculum("design", composite, "-s", station, "--without", "A1") == 0
    told = capsys.readouterr().out
    assert told.startswith("A1 is lost: 23 of 24 runs remain.")
    assert "is free and could repeat it." in told
    assert inoculum("design", composite, "--without", "A1", "--without", "A2", "--json") == 0
    assert json.loads(capsys.readouterr().out)["vessels"] == ["A1", "A2"]
    assert inoculum("design", composite, "-s", station, "--without", "Z9") == 2
    assert "there is no vessel 'Z9'" in capsys.readouterr().err
