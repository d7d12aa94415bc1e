import asyncio
from copy import deepcopy

import numpy as np
import pytest

from hardware import Bus, DeviceFault, SerialPort, Station, ThreadRunner
from hardware.emulators import Plant, emulate, serve
from hardware.station_spec import StationSpec
from orchestrator.engine.operation import Operation, moved_ml
from tests.hardware.bench import SMALL, SmallStation, on_small_station
from tests.hardware.standin import StandInCulture


def asks(unit: int):
    """Requests to one Modbus unit."""
    return lambda data: data[0] == unit


def test_a_station_knows_what_it_can_measure_and_set():
    async def scenario(small: SmallStation):
        station = small.station
        assert station.vessels == ("A1", "A2", "B1", "B2")
        assert (station.rows, station.columns) == (2, 2)
        assert station.channels == ("temperature", "ph", "do", "od", "gas_flow")
        assert station.controls("A1") == {"temperature", "stirring", "gas_flow"}
        assert station.shared_with("A1", "gas_flow") == ("A1", "A2")
        assert station.shared_with("A1", "stirring") == ("A1",)
        assert station.pumps("B2") == ("acid",)

    on_small_station(scenario)


def test_a_scan_reads_every_channel_of_every_vessel_on_all_lines_at_once():
    async def scenario(small: SmallStation):
        small.cultures["B1"].values |= {"ph": 6.5, "od": 12.0}
        await small.station.open()
        start_s = small.loop.time()
        scan = await small.station.scan()
        assert scan.faults == ()
        assert scan.values == pytest.approx(
            np.array([[37.0, 7.0, 80.0, 1.0, 20.0]] * 2 + [[37.0, 6.5, 80.0, 12.0, 20.0],
                     [37.0, 7.0, 80.0, 1.0, 20.0]]), abs=0.01
        )  # fmt: skip
        lines_s = small.loop.time() - start_s
        assert 0.2 < lines_s < 2.0, "as long as the slowest line: the eVOLVER's, asked twice"

    on_small_station(scenario)


def test_a_dead_device_neither_stops_nor_starves_the_others():
    async def scenario(small: SmallStation):
        await small.station.open()
        small.ports["ph"].deaf = asks(2)
        took_s, asked = [], []
        for _ in range(12):
            start_s = small.loop.time()
            before = small.runners["ph"].bus.health.silent
            scan = await small.station.scan()
            took_s.append(small.loop.time() - start_s)
            asked.append(small.runners["ph"].bus.health.silent > before)
            await asyncio.sleep(5.0)
            assert np.isnan(scan.values[1, 1])
            assert np.count_nonzero(np.isnan(scan.values)) == 1
            assert [(f.vessels, f.device) for f in scan.faults] == [(("A2",), "hamilton-arc 2")]
        assert sum(asked) == 4, "three time-outs, then once in ten scans"
        assert sorted(took_s)[6] < 1.0
        small.ports["ph"].deaf = lambda data: False
        for _ in range(10):
            scan = await small.station.scan()
        assert scan.faults == ()

    on_small_station(scenario)


def test_a_lost_line_is_opened_again_and_its_devices_identified():
    async def scenario(small: SmallStation):
        await small.station.open()
        small.ports["gas"].gone = True
        for _ in range(2):
            scan = await small.station.scan()
            assert np.isnan(scan.values[:, 4]).all()
            assert not np.isnan(scan.values[:, :4]).any()
            assert {fault.message for fault in scan.faults} == {"gas_flow: the line is gone"}
        small.ports["gas"].gone = False
        asked: list[bytes] = []
        small.ports["gas"].mute = lambda data: asked.append(data) or False
        scan = await small.station.scan()
        assert scan.faults == ()
        identity_and_two_readings = [b"A??D*\r"] * 2 + [b"A\r"] * 3
        assert asked == identity_and_two_readings + [
            data.replace(b"A", b"B") for data in identity_and_two_readings
        ]

    on_small_station(scenario)


def test_a_missing_device_is_named_with_its_port_and_vessel():
    async def scenario(small: SmallStation):
        small.ports["do"].deaf = asks(3)
        with pytest.raises(DeviceFault) as caught:
            await small.station.open()
        assert str(caught.value) == (
            "hamilton-arc 3 on port 'do' (vessels B1): no reply within 0.3 s"
        )

    on_small_station(scenario)


def test_settings_of_one_unit_go_out_in_one_command():
    async def scenario(small: SmallStation):
        await small.station.open()
        before = small.runners["vials"].bus.health.transactions
        settings = {
            (vessel, channel): value
            for vessel in small.station.vessels
            for channel, value in (("stirring", 800.0), ("temperature", 30.0))
        }
        outcomes = await small.station.set_many(settings)
        assert list(outcomes) == list(settings)
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        assert small.runners["vials"].bus.health.transactions - before == 2 + 4, (
            "and two for each to see it answer"
        )
        assert {c.values["stirring"] for c in small.cultures.values()} == {800.0}
        assert small.cultures["B2"].values["temperature"] == pytest.approx(30.0, abs=0.01)

    on_small_station(scenario)


def test_what_cannot_be_set_is_not_done_and_says_why():
    async def scenario(small: SmallStation):
        await small.station.open()
        outcome = await small.station.set("A1", "oxygen", 40.0)
        assert (outcome.status, outcome.detail) == ("not done", "nothing here sets oxygen of A1")
        small.ports["vials"].deaf = lambda data: True
        assert (await small.station.set("A1", "stirring", 400.0)).status == "not done"
        small.ports["gas"].mute = lambda data: True
        outcome = await small.station.set("A1", "gas_flow", 10.0)
        assert outcome.status == "unknown"
        assert outcome.detail == "alicat A on port 'gas': no reply within 0.3 s"

    on_small_station(scenario)


def test_a_vessels_own_pump():
    async def scenario(small: SmallStation):
        await small.station.open()
        outcome = await small.station.pump("B2", "acid", 0.25)
        assert (outcome.status, outcome.value) == ("done", 0.25)
        assert small.received("B2") == {"acid": 0.25}
        assert (await small.station.pump("B2", "base", 0.1)).status == "not done"

    on_small_station(scenario)


def test_safe_leaves_a_shared_gas_line_to_the_vessels_that_still_run():
    async def scenario(small: SmallStation):
        await small.station.open()
        await small.station.safe(["A1"])
        assert small.cultures["A1"].values["stirring"] == 480.0
        assert small.cultures["A1"].values["gas_flow"] == 20.0
        assert "stirring" not in small.cultures["A2"].values or (
            small.cultures["A2"].values["stirring"] == 0.0
        )
        await small.station.safe(small.station.vessels)
        assert {c.values["gas_flow"] for c in small.cultures.values()} == {0.0}
        await small.station.close()

    on_small_station(scenario)


def test_every_port_needs_a_runner():
    with pytest.raises(ValueError, match="no runner for port do, gas, ph"):
        Station.build(StationSpec.model_validate(SMALL), {})


@pytest.mark.wall
def test_the_same_station_on_wall_time_over_pseudo_terminals():
    spec = StationSpec.model_validate({**SMALL, "liquid_handler": None})
    plant = Plant({name: StandInCulture(gas_flow=20.0) for name in spec.vessels.names}, noise=False)

    async def look(addresses: dict[str, str]):
        runners = {
            name: ThreadRunner(Bus(SerialPort(addresses[name], port)), name)
            for name, port in spec.ports.items()
        }
        try:
            station = Station.build(spec, runners)
            await station.open()
            scan = await station.scan()
            outcome = await station.set("A1", "gas_flow", 15.0)
            await station.close()
        finally:
            for runner in runners.values():
                runner.close()
        return scan, outcome

    with serve(emulate(spec, plant).lines, pace=4.0) as addresses:
        scan, outcome = asyncio.run(look(addresses))
    assert scan.faults == ()
    assert scan.values == pytest.approx(np.array([[37.0, 7.0, 80.0, 1.0, 20.0]] * 4), abs=0.01)
    assert (outcome.status, outcome.value) == ("done", 15.0)


@pytest.mark.parametrize(("asked_ml", "at_most_ml"), [(0.0076, 0.01), (0.007, 0.005), (0.2, 0.2)])
def test_an_unknown_dose_is_what_the_pump_makes_of_it_at_the_most(asked_ml, at_most_ml):
    """An eVOLVER's pump runs for hundredths of a second: steps of 5 µL at 0.5 mL/s."""
    raw = deepcopy(SMALL)
    evolver = next(device for device in raw["devices"] if device["family"] == "evolver")
    evolver["pumps"] = {"base": {"pump": 2, "flow": "0.5 mL/s"}}

    async def scenario(small: SmallStation):
        await small.station.open()
        heard = []

        def after_start(data: bytes) -> bool:
            heard.extend([data] if data.startswith(b"pumpa") else [])
            return bool(heard)

        small.ports["vials"].mute = after_start
        outcome = await small.station.pump("A1", "base", asked_ml)
        assert (outcome.status, outcome.value) == ("unknown", None)
        assert outcome.at_most_ml == pytest.approx(at_most_ml)
        assert small.received("A1") == {"base": pytest.approx(at_most_ml)}
        dose = Operation("A1", "ph", 0.0, 60.0, asked_ml, source="base")
        assert moved_ml(dose, outcome) == outcome.at_most_ml
        again = await small.station.recall("A1", "base", asked_ml, {})
        assert again.at_most_ml == outcome.at_most_ml

    on_small_station(scenario, raw)
