"""Design, night, augment, second night, both analysed together."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.orchestrator.test_cli import inoculum
from tests.orchestrator.two_feeds import TWO_FEEDS

PROTOCOL = (
    """
protocol: 1
name: Two feeds
organism: e-coli
factors:
  rich: {low: 20 µL, high: 60 µL}
  lean: {low: 20 µL, high: 60 µL}
design: {kind: full-factorial, centre_points: 3, seed: 1}
"""
    + TWO_FEEDS
)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the campaigns ``first`` and ``second``, the second as augment proposes it."""
    folder = tmp_path_factory.mktemp("nights")
    station = Path(__file__).parents[2] / "protocols" / "stations" / "open-48.yaml"
    protocol, again = folder / "first.yaml", folder / "second.yaml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    for file, seed in ((protocol, 7), (again, 8)):
        ran = inoculum("rehearse", file, "-s", station, "--seed", seed, "-o", file.with_suffix(""))
        assert ran == 0
        if file is protocol:
            assert inoculum("augment", folder / "first", "--how", "axial", "-o", again) == 0
    return folder


def test_both_nights_make_one_report(nights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = nights / "first", nights / "second"
    assert inoculum("analyze", first, "--with", second, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["report"] == str(first / "together" / "report.html")
    found = json.loads((first / "together" / "results.json").read_text(encoding="utf-8"))
    assert [(n["label"], n["runs"]) for n in found["nights"]] == [("first", 7), ("second", 7)]
    model = found["responses"]["glucose"]["model"]
    assert model["blocks"] == ["first", "second"]
    assert "block[second]" in {c["name"] for c in model["coefficients"]}
    assert {"rich^2", "lean^2"} <= set(model["terms"])  # what the second night was for
    assert {row["vessel"].split()[0] for row in found["table"]} == {"first", "second"}
    page = (first / "together" / "report.html").read_text(encoding="utf-8")
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "2 nights analysed together: first (7 runs, began" in text
    assert page.count('id="run-') == 14  # every run of either night has its trend
    alone = json.loads((first / "results.json").read_text(encoding="utf-8"))
    assert alone["nights"] == []


DIFFERENCES = {
    ("after: 20 s", "after: 25 s"): "second had another procedure than first",
    ("iptg: 0.1 mmol/L", "iptg: 0.2 mmol/L"): "second had other reagents than first",
    ("goal: maximise", "goal: minimise"): "What is wanted of glucose is what first says",
}


def test_what_differs_is_told(
    nights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(nights / "second", tmp_path / "second")
    protocol = tmp_path / "second" / "protocol.yaml"
    for was, now in DIFFERENCES:
        text = protocol.read_text(encoding="utf-8").replace(was, now)
        protocol.write_text(text, encoding="utf-8")
    done = inoculum("analyze", nights / "first", "--with", tmp_path / "second", "-o", tmp_path)
    assert done == 0
    told = " ".join(capsys.readouterr().out.split())
    for said in DIFFERENCES.values():
        assert said in told
    assert (tmp_path / "report.html").exists()


def test_a_night_is_not_analysed_with_itself(
    nights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inoculum("analyze", nights / "first", "--with", nights / "first") == 1
    assert "together with itself" in capsys.readouterr().err
    assert inoculum("analyze", nights / "first", "--with", tmp_path) == 1
    assert "is not a campaign" in capsys.readouterr().err
