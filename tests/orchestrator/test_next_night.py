"""The next night is proposed from a campaign's folder, as a file that checks."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from designs import RunSheet
from orchestrator.campaign import Campaign
from orchestrator.designing.next_night import next_night
from orchestrator.designing.yaml_edit import with_values
from orchestrator.planning import expand_design, plan_night
from orchestrator.protocol import load_protocol, load_station
from orchestrator.records.store import Records
from tests.orchestrator.test_cli import inoculum

CORNERS = "{kind: fractional, generators: {feed_rate: temperature_shift*ph}, centre_points: 3}"
CUBE = "{kind: full-factorial, centre_points: 4, spares: 1}"
COMPOSITE = "{kind: central-composite, axial: faced, centre_points: 4, blocks: {by: column}}"


def campaign(folder: Path, repository: Path, design: str, lost: int = 0) -> RunSheet:
    """A campaign whose responses follow known surfaces, its last vessels lost."""
    station = repository / "protocols" / "stations" / "open-24.yaml"
    text = (repository / "protocols" / "cho-fed-batch-ccd.yaml").read_text()
    file = folder.parent / "first.yaml"
    file.write_text(re.sub(r"(?m)^design: .*$", f"design: {design}   # as asked", text))
    protocol, stood = load_protocol(file), load_station(station)
    sheet = expand_design(protocol, stood)
    made = Campaign.create(folder, file, station, sheet, {})
    records = Records(made.records, stood.vessels.names, ["temperature"], durable=False)
    gone = list(sheet.table["vessel"])[len(sheet.table) - lost :]
    for vessel in gone:
        records.append(9.0, "phase", vessel, entered="aborted", left="running", why="pH probe")
    records.close()
    x = sheet.coded.to_numpy(dtype=float)
    noise = 0.05 * np.random.default_rng(1).normal(size=len(x))
    best = 8 - ((x - [0.5, 0.2, -0.3]) ** 2).sum(axis=1) + noise
    table = sheet.table.assign(**dict.fromkeys(protocol.responses, best))
    table.loc[table["vessel"].isin(gone), list(protocol.responses)] = np.nan
    units = {n: f.unit for n, f in protocol.factors.items()}
    units |= {n: r.unit for n, r in protocol.responses.items()}
    headers = {name: f"{name} [{unit}]" for name, unit in units.items() if unit}
    table.rename(columns=headers).to_csv(made.results, index=False)
    return sheet


@pytest.mark.parametrize(
    ("design", "lost", "how", "runs"),
    [
        (CORNERS, 1, "repair", 1),
        (CORNERS, 0, "resolve-aliases", 4),
        (CUBE, 0, "axial", 9),
        (COMPOSITE, 0, "improve", 8),
    ],
)
def test_what_is_most_urgent_is_proposed_and_checks(
    design: str,
    lost: int,
    how: str,
    runs: int,
    tmp_path: Path,
    repository: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = tmp_path / "first", tmp_path / "second.yaml"
    campaign(first, repository, design, lost)
    assert inoculum("augment", first, "-o", second, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["how"], len(told["runs"])) == (how, runs)
    assert inoculum("check", second, "--station", first / "station.yaml") == 0
    night = plan_night(second, first / "station.yaml")
    assert len(night.sheet.table) == runs
    text = second.read_text()
    assert "   # as asked" in text  # the file's other words stay
    assert f"# Continues first ({how}): " in text


def test_climbing_widens_the_factors(tmp_path: Path, repository: Path) -> None:
    sheet = campaign(tmp_path / "first", repository, CUBE)
    proposed = next_night(tmp_path / "first", "steepest-ascent", 6)
    file = tmp_path / "second.yaml"
    file.write_text(proposed.text)
    assert inoculum("check", file, "--station", tmp_path / "first" / "station.yaml") == 0
    factors = load_protocol(file).design_factors()
    assert len(proposed.runs) == 3  # the fourth step would feed less than nothing
    assert proposed.runs["feed_rate"].min() < 0.02
    assert factors.continuous["feed_rate"].low == proposed.runs["feed_rate"].min()
    assert sheet.factors.continuous["feed_rate"].low == 0.02
    for name, factor in factors.continuous.items():
        assert factor.low <= proposed.runs[name].min()
        assert factor.high >= proposed.runs[name].max()


def test_improvement_looks_near_the_true_best(tmp_path: Path, repository: Path) -> None:
    sheet = campaign(tmp_path / "first", repository, COMPOSITE)
    proposed = next_night(tmp_path / "first", "improve", 4, confirm=2)
    coded = sheet.factors.to_coded(proposed.runs)[list(sheet.factors)]
    distance = np.linalg.norm(coded.to_numpy() - [0.5, 0.2, -0.3], axis=1)
    assert distance.min() < 0.35
    last = coded.iloc[-2:].to_numpy()
    assert np.allclose(last[0], last[1])
    assert distance[-1] < 0.2
    again = next_night(tmp_path / "first", "improve", 4, confirm=2)
    assert again.text == proposed.text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--how", "guess"], 2, "none of repair, resolve-aliases"),
        (["--how", "repair"], 1, "no vessel of this design was lost"),
        (["--how", "improve", "--runs", "30"], 1, "more than the station's 24 vessels"),
        (["--response", "beauty"], 1, "'beauty' is none of the responses"),
    ],
)
def test_what_cannot_be_proposed_is_told(
    arguments: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    repository: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    campaign(tmp_path / "first", repository, COMPOSITE)
    output = tmp_path / "second.yaml"
    assert inoculum("augment", tmp_path / "first", "-o", output, *arguments) == code
    told = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert said in told
    assert "Traceback" not in told
    assert not output.exists()


def test_a_campaign_without_results_is_told_what_is_missing(
    tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign(tmp_path / "first", repository, COMPOSITE)
    (tmp_path / "first" / "results.csv").unlink()
    assert inoculum("augment", tmp_path / "first", "-o", tmp_path / "x.yaml") == 1
    assert "has no results yet; first: inoculum analyze" in capsys.readouterr().err
    assert inoculum("augment", tmp_path / "nowhere", "-o", tmp_path / "x.yaml") == 1
    assert "is not a campaign" in capsys.readouterr().err


def test_values_change_and_all_else_stays() -> None:
    text = "a: 1   # one\n# above\nb:\n  c: {low: 1 g, high: 2 g}\n  d: x\n\n# below\ne: 3\n"
    changed = with_values(text, {("a",): "5", ("b", "c", "high"): "7 g"})
    assert changed == text.replace("a: 1", "a: 5").replace("2 g", "7 g")
    assert (
        with_values(text, {("b",): "none"})
        == "a: 1   # one\n# above\nb:\n  none\n\n# below\ne: 3\n"
    )
    with pytest.raises(KeyError):
        with_values(text, {("b", "z"): "1"})


def test_an_empty_table_is_not_learned_from(tmp_path: Path, repository: Path) -> None:
    campaign(tmp_path / "first", repository, COMPOSITE)
    path = tmp_path / "first" / "results.csv"
    table = pd.read_csv(path)
    table.iloc[:, -3:] = np.nan
    table.to_csv(path, index=False)
    assert inoculum("augment", tmp_path / "first", "-o", tmp_path / "x.yaml") == 1
