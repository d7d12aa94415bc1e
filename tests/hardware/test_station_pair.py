"""A station of EZO circuits and a NAMUR hotplate, on virtual time and on pseudo-terminals."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import yaml

from hardware import Bus, DeviceFault, SerialPort, Station, ThreadRunner
from hardware.emulators import Plant, emulate, serve
from hardware.specs import AtlasEzoSpec, NamurSpec
from hardware.station_spec import StationSpec
from orchestrator.protocol import load_station
from tests.hardware.bench import SmallStation, on_small_station
from tests.hardware.standin import StandInCulture

FILE = Path(__file__).parent / "stations" / "pair.yaml"
PAIR = yaml.safe_load(FILE.read_text("utf-8"))


def test_the_file_is_a_station_and_says_what_it_can():
    spec = load_station(FILE)
    assert [sorted(device.measures) for device in spec.devices] == [
        ["ph"], ["ph"], ["do"], [], ["stirring", "temperature"],
    ]  # fmt: skip
    assert spec.devices[3].brings == ("base",)


def test_a_scan_a_setting_a_dose_and_the_watchdog():
    async def scenario(small: SmallStation):
        station = small.station
        small.cultures["A1"].values |= {"ph": 6.8, "stirring": 0.0}
        await station.open(watchdog_s=90.0)
        scan = await station.scan()
        assert scan.faults == ()
        assert station.channels == ("temperature", "ph", "do", "stirring")
        expected = [[37.0, 6.8, 80.0, 0.0], [37.0, 7.0, np.nan, 0.0]]
        assert scan.values == pytest.approx(np.array(expected), nan_ok=True)
        assert (await station.set("A1", "stirring", 600.0)).value == 600.0
        assert small.cultures["A2"].values["stirring"] == 600.0, "one plate, both vessels"
        outcome = await station.pump("A1", "base", 2.5)
        assert (outcome.status, outcome.value) == ("done", 2.5)
        assert small.received("A1") == {"base": 2.5}
        await asyncio.sleep(200.0)
        scan = await station.scan()
        assert scan.values[0, 3] == 200.0, "unfed, the plate went to the safe values by itself"
        assert "its watchdog fired" in scan.faults[0].message
        await station.close()

    on_small_station(scenario, PAIR)


def test_a_hotplate_of_another_name_is_named():
    async def scenario(small: SmallStation):
        small.lines["plate"].emulators[0]._name = "C-MAG HS7"
        with pytest.raises(DeviceFault, match=r"namur ika on port 'plate' .*'C-MAG HS7'"):
            await small.station.open()

    on_small_station(scenario, PAIR)


@pytest.mark.parametrize(
    ("model", "keys", "says"),
    [
        (AtlasEzoSpec, {"circuit": "pump"}, "names the source"),
        (AtlasEzoSpec, {"circuit": "ph", "source": "base"}, "only a pump"),
        (AtlasEzoSpec, {"circuit": "rtd", "broth": "37 degC"}, "only pH and DO are compensated"),
        (NamurSpec, {"maker": "julabo", "channels": ["stirring"]}, "does not do stirring"),
        (NamurSpec, {"maker": "ika", "channels": []}, "at least one"),
    ],
)
def test_what_a_line_of_the_file_cannot_be(model, keys, says):
    family = {AtlasEzoSpec: "atlas-ezo", NamurSpec: "namur"}[model]
    line = model(family=family, port="p", vessels="A1", **keys)
    (problem,) = line.problems(("A1",))
    assert says in problem[1]


def test_a_circuit_serves_one_vessel():
    model = AtlasEzoSpec(family="atlas-ezo", port="p", circuit="ph", vessels="A1..A2")
    assert [where for where, _ in model.problems(("A1", "A2"))] == [("vessels",)]


@pytest.mark.wall
def test_the_same_on_pseudo_terminals():
    spec = StationSpec.model_validate(PAIR)
    plant = Plant({name: StandInCulture(stirring=0.0) for name in ("A1", "A2")}, noise=False)

    async def look(addresses: dict[str, str]):
        runners = {
            name: ThreadRunner(Bus(SerialPort(addresses[name], port)), name)
            for name, port in spec.ports.items()
        }
        try:
            station = Station.build(spec, runners)
            await station.open(watchdog_s=60.0)
            outcome = await station.pump("A1", "base", 0.5)
            scan = await station.scan()
            await station.close()
        finally:
            for runner in runners.values():
                runner.close()
        return scan, outcome

    with serve(emulate(spec, plant).lines, pace=4.0) as addresses:
        scan, outcome = asyncio.run(look(addresses))
    assert scan.faults == ()
    assert scan.values[:, :2] == pytest.approx(np.array([[37.0, 7.0]] * 2), abs=0.01)
    assert (outcome.status, outcome.value) == ("done", 0.5)
