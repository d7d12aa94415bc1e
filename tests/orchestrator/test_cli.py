"""The command line as its users meet it: outputs, exit codes, no tracebacks."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli import main
from orchestrator.records.store import RecordsReader

COMMANDS = [
    "init",
    "check",
    "design",
    "augment",
    "rehearse",
    "run",
    "emulate",
    "analyze",
    "ports",
    "schema",
]
FILES = {
    "protocol.yaml",
    "station.yaml",
    "run_sheet.csv",
    "design.json",
    "records.sqlite",
    "samples.csv",
    "results.csv",
    "results.json",
    "report.html",
}


def inoculum(*arguments: object) -> int:
    """Run a command in this process; gives its exit code."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def short(repository: Path) -> tuple[Path, Path]:
    protocols = repository / "protocols"
    return protocols / "short-run.yaml", protocols / "stations" / "open-48.yaml"


@pytest.fixture(scope="module")
def rehearsed(
    tmp_path_factory: pytest.TempPathFactory, repository: Path
) -> tuple[Path, dict[str, Any]]:
    """A rehearsed campaign with seed 7, for tests to read or copy, and what was told of it."""
    protocols, folder = repository / "protocols", tmp_path_factory.mktemp("cli") / "campaign"
    arguments = ("-s", protocols / "stations" / "open-48.yaml", "--seed", 7, "-o", folder)
    with redirect_stdout(StringIO()) as told:
        assert inoculum("rehearse", protocols / "short-run.yaml", *arguments, "--json") == 0
    return folder, json.loads(told.getvalue())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inoculum(command, "--help") == 0
    assert f"Example: inoculum {command}" in " ".join(capsys.readouterr().out.split())


def test_help_answers_without_the_heavy_libraries() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'pint', 'pydantic', 'numba', 'statsmodels', 'matplotlib'}"
    code = f"import sys, orchestrator.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_new_workspace_checks_and_its_schemas_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "study"
    assert inoculum("init", folder) == 0
    for name in ("protocol", "station"):
        first = (folder / f"{name}.yaml").read_text().splitlines()[0]
        assert (folder / first.partition("$schema=")[2]).is_file()
    json.loads((folder / ".vscode" / "settings.json").read_text())
    capsys.readouterr()
    assert inoculum("check", folder / "protocol.yaml", "-s", folder / "station.yaml") == 0
    assert "sound for this station" in capsys.readouterr().out
    assert inoculum("init", folder) == 1
    assert "is not empty" in capsys.readouterr().err


def test_errors_are_told_with_their_place_and_exit_1(
    tmp_path: Path, short: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(short[0].read_text().replace("organism:", "organsim:"))
    assert inoculum("check", broken) == 1
    told = capsys.readouterr()
    line = next(
        n for n, text in enumerate(broken.read_text().splitlines(), 1) if "organsim" in text
    )
    assert f"{broken}:{line}:1: " in told.out + told.err
    assert "did you mean `organism`" in told.out + told.err
    assert inoculum("check", broken, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert {entry["line"] for entry in found} >= {line}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "no-such-file.yaml"], 1),
        (["rehearse", "no-such-file.yaml", "--station", "neither.yaml"], 1),
        (["analyze", "no-such-file.csv", "--response", "y"], 1),
        (["check"], 2),
        (["no-such-command"], 2),
        (["rehearse", "x.yaml"], 2),
        (["schema", "cookbook"], 2),
    ],
)
def test_mistakes_end_in_a_sentence(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inoculum(*arguments) == code
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert (told.out + told.err).strip()


def test_a_design_is_printed_written_and_given_to_programs(
    tmp_path: Path, short: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "run_sheet.csv"
    assert inoculum("design", short[0], "-o", sheet) == 0
    assert "4 runs at 4 different settings" in capsys.readouterr().out
    assert len(sheet.read_text().splitlines()) == 5
    assert inoculum("design", short[0], "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 4


def test_schemas_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert inoculum("schema") == 0
    assert set(json.loads(capsys.readouterr().out)) == {"protocol", "station"}
    assert inoculum("schema", "station") == 0
    assert "properties" in json.loads(capsys.readouterr().out)


def test_ports_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert inoculum("ports", "--json") == 0
    assert isinstance(json.loads(capsys.readouterr().out), list)


@pytest.mark.timeout(300)  # two rehearsals, one of which others share
def test_a_rehearsal_leaves_a_whole_campaign_and_the_same_seed_leaves_the_same_bytes(
    tmp_path: Path,
    short: tuple[Path, Path],
    rehearsed: tuple[Path, dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    protocol, station = short
    first = shutil.copytree(rehearsed[0], tmp_path / "first")
    second, other = tmp_path / "second", tmp_path / "other"
    for folder, seed in ((second, 7), (other, 8)):
        assert inoculum("rehearse", protocol, "-s", station, "--seed", seed, "-o", folder) == 0
    assert f"Report: {second / 'report.html'}" in capsys.readouterr().out
    assert {path.name for path in first.iterdir()} == FILES
    for name in sorted(FILES):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    assert (first / "results.csv").read_bytes() != (other / "results.csv").read_bytes()
    reader = RecordsReader(first / "records.sqlite")
    reader.verify()
    reader.close()

    assert inoculum("rehearse", protocol, "-s", station, "-o", first) == 1
    assert "--force" in capsys.readouterr().err
    page = (first / "report.html").read_bytes()
    assert inoculum("analyze", first) == 0
    assert (first / "report.html").read_bytes() == page


def test_a_table_measured_elsewhere_is_analysed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "measured.csv"
    rows = ["time [min],yield [%]"]
    rows += [f"{x},{80 + 2 * x - 0.1 * x * x + e}" for x in range(0, 21, 2) for e in (-0.2, 0.3)]
    table.write_text("\n".join(rows) + "\n")
    assert inoculum("analyze", table, "-r", "yield", "-o", tmp_path / "out", "--json") == 0
    assert json.loads(capsys.readouterr().out)["answer"]
    study = json.loads((tmp_path / "out" / "results.json").read_text())
    assert study["responses"]["yield"]["model"]["r2"] > 0.9
    assert inoculum("analyze", table) == 1
    assert "--response" in capsys.readouterr().err


def test_swapped_files_are_told_in_one_sentence(
    short: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    protocol, station = short
    assert inoculum("check", station) == 1
    assert "this is a station file" in capsys.readouterr().out
    assert inoculum("check", protocol, "--station", protocol) == 1
    assert "this is a protocol" in capsys.readouterr().out


def test_samples_filled_in_a_spreadsheet_are_read(
    tmp_path: Path, rehearsed: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Semicolons, decimal commas, and a text where a value could not be measured."""
    folder = shutil.copytree(rehearsed[0], tmp_path / "campaign")
    lines = (folder / "samples.csv").read_text().splitlines()
    assert lines[0] == "vessel,sample,well,time [h],volume [mL],product"
    filled = [lines[0].replace(",", ";")]
    for number, line in enumerate(lines[1:]):
        value = "n.d." if number == 1 else f"0,{number + 1}"
        cells = [cell.replace(".", ",") for cell in line.split(",")[:-1]]
        filled.append(";".join([*cells, value]))
    (folder / "samples.csv").write_text("\n".join(filled) + "\n", encoding="utf-8-sig")
    capsys.readouterr()
    assert inoculum("analyze", folder) == 0
    assert "no numbers (n.d.)" in capsys.readouterr().out
    results = (folder / "results.csv").read_text().splitlines()
    assert sorted(line.rsplit(",", 1)[1] for line in results[1:]) == ["", "0.1", "0.3", "0.4"]
    (folder / "samples.csv").unlink()
    assert inoculum("analyze", folder) == 0
    (folder / "samples.csv").write_text("")
    assert inoculum("analyze", folder) == 1
    assert "cannot be read as a table" in capsys.readouterr().err


def test_a_campaign_can_be_copied_and_a_strange_folder_is_none(
    tmp_path: Path,
    short: tuple[Path, Path],
    rehearsed: tuple[Path, dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, summary = rehearsed
    assert summary["lost"] == {}
    copy = shutil.copytree(folder, tmp_path / "elsewhere")
    assert inoculum("analyze", copy) == 0
    assert inoculum("analyze", tmp_path) == 1
    assert "is not a campaign" in capsys.readouterr().err
    assert inoculum("rehearse", short[0], "-s", short[1], "-o", tmp_path) == 1
    assert "is no campaign" in capsys.readouterr().err


def test_vessels_that_could_not_be_fed_are_lost_and_the_others_are_not(
    tmp_path: Path, short: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """One bottle holds all first doses (0.16 mL) and some of the second ones."""
    protocol, station = short
    almost_empty = tmp_path / "station.yaml"
    content = station.read_text()
    bottle = next(line for line in content.splitlines() if "glucose-400:" in line)
    poor = re.sub(r"volume: [\d.]+ mL", "volume: 0.25 mL", bottle)
    almost_empty.write_text(content.replace(bottle, poor))
    folder = tmp_path / "night"
    assert inoculum("rehearse", protocol, "-s", almost_empty, "-o", folder, "--json") == 4
    lost = json.loads(capsys.readouterr().out)["lost"]
    assert 0 < len(lost) < 4
    assert all("is empty" in why for why in lost.values())
    reader = RecordsReader(folder / "records.sqlite")
    ended = {entry.vessel: entry.body["entered"] for entry in reader.journal("phase")}
    reader.close()
    assert {vessel for vessel, state in ended.items() if state == "aborted"} == set(lost)
    assert sum(state == "complete" for state in ended.values()) == 4 - len(lost)
    page = (folder / "report.html").read_text()
    assert all(vessel in page for vessel in lost)


def test_a_port_that_is_not_there_is_a_failed_device(
    tmp_path: Path, short: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert inoculum("run", short[0], "-s", short[1], "-o", tmp_path / "run") == 3
    assert "no port is" in capsys.readouterr().err
