"""`inoculum stop` against an emulated station on pseudo-terminals."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hardware import SerialPort
from hardware.emulators import Plant, emulate, serve
from hardware.station_spec import PortSpec, StationSpec
from orchestrator.cli import main
from tests.hardware.bench import SMALL
from tests.hardware.standin import StandInCulture

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals"),
]


class Bench:
    """The small station on pseudo-terminals.

    Attributes:
        file: Its station file.
        cultures: What grows in it.
    """

    def __init__(self, file: Path, cultures: dict[str, StandInCulture]) -> None:
        self.file = file
        self.cultures = cultures

    def stop(self, *arguments: str) -> int:
        with pytest.raises(SystemExit) as end:
            main(["stop", *arguments, "--station", str(self.file)])
        return int(end.value.code or 0)

    def now(self, channel: str) -> list[float]:
        return [culture.values[channel] for culture in self.cultures.values()]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    station = json.loads(json.dumps(SMALL | {"devices": SMALL["devices"][2:]}))
    station["liquid_handler"] = None
    station["ports"] = {name: station["ports"][name] for name in ("vials", "gas")}
    spec = StationSpec.model_validate(station)
    cultures = {name: StandInCulture(gas_flow=20.0, stirring=900.0) for name in spec.vessels.names}
    with serve(emulate(spec, Plant(cultures, noise=False)).lines) as addresses:
        for name, port in station["ports"].items():
            del port["url"]
            port["path"] = addresses[name]
        file = tmp_path / "station.yaml"
        file.write_text(yaml.safe_dump(station), encoding="utf-8")
        yield Bench(file, cultures)


def test_all_vessels_are_brought_to_their_safe_values(bench, capsys):
    assert bench.stop("--all") == 0
    assert bench.now("gas_flow") == [0.0] * 4
    assert bench.now("stirring") == [480.0] * 4
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "stirring 480 rpm: reached, 4 vessels (A1, A2, B1, B2)"
    assert said[3] == "pumps at rest: reached, 4 vessels (A1, A2, B1, B2)"
    assert len(said) == 4


def test_some_vessels_leave_what_others_share(bench, capsys):
    assert bench.stop("A1", "B1..B2") == 0
    assert bench.now("gas_flow") == [20.0, 20.0, 0.0, 0.0]
    assert bench.now("stirring")[0] == 480.0
    assert bench.now("stirring")[1] != 480.0
    assert "gas flow 0 mL/min: left as it is, A1: 2 vessels share it, A1 to A2" in (
        capsys.readouterr().out
    )


def test_what_was_not_reached_is_told_and_ends_with_three(bench, capsys):
    station = yaml.safe_load(bench.file.read_text("utf-8"))
    station["ports"]["vials"]["path"] = "/dev/tty-not-there"
    bench.file.write_text(yaml.safe_dump(station), encoding="utf-8")
    assert bench.stop("--all") == 3
    assert bench.now("gas_flow") == [0.0] * 4, "the other lines were reached"
    said = capsys.readouterr().out
    assert "stirring 480 rpm: NOT REACHED, 4 vessels (A1, A2, B1, B2): evolver" in said
    assert "there is no /dev/tty-not-there" in said


def test_a_port_that_another_program_holds_is_told(bench, capsys):
    path = yaml.safe_load(bench.file.read_text("utf-8"))["ports"]["gas"]["path"]
    other = SerialPort(path, PortSpec(path=path))
    other.open()
    try:
        assert bench.stop("B1", "B2", "--json") == 3
    finally:
        other.close()
    results = json.loads(capsys.readouterr().out)
    why = {result["channel"]: result["why"] for result in results}
    assert "another program holds it" in why["gas_flow"]
    assert why["stirring"] == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name the vessels to stop, or say --all"),
        (["A1", "--all"], "name the vessels to stop, or say --all"),
        (["Z9"], "'Z9' is not a vessel of this array, which goes from A1 to B2"),
    ],
)
def test_a_mistake_in_the_command_sends_nothing(bench, capsys, arguments, says):
    assert bench.stop(*arguments) == 2
    assert says in " ".join(capsys.readouterr().err.split())
    assert bench.now("stirring") == [900.0] * 4


def test_without_safe_values_nothing_is_sent(bench, capsys):
    station = yaml.safe_load(bench.file.read_text("utf-8"))
    del station["safe"]
    bench.file.write_text(yaml.safe_dump(station), encoding="utf-8")
    assert bench.stop("--all") == 3
    assert "states no safe value" in capsys.readouterr().out
