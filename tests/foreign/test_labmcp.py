"""Our drivers against the wire simulators of labmcp (Apache-2.0), written by somebody else."""

import json
import time
from contextlib import contextmanager

import pytest

from hardware.errors import DeviceRefused, NoReply
from tests.foreign.conftest import bus_on, device, finished, readings, server

pytestmark = pytest.mark.timeout(120)


@contextmanager
def simulator(name: str, rx_end: str, tx_end: str, **arguments: object):
    with server("labmcp", "line.py", name, rx_end, tx_end, json.dumps(arguments)) as (address,):
        yield address


def alicat(**arguments: object):
    return simulator("labmcp_alicat.simulator:AlicatSimulator", r"\r", r"\r", **arguments)


@pytest.mark.parametrize("dialect", ["canonical", "legacy"])
def test_alicat_is_identified_set_and_read(dialect):
    with alicat(layout_dialect=dialect) as address, bus_on(address, baud=19200) as bus:
        controller = device(
            bus, "A1", "A2", family="alicat", unit="A", gas="nitrogen", full_scale="500 mL/min"
        )
        controller.identify(bus)
        outcomes = controller.apply(bus, {("A1", "gas_flow"): 50.0, ("A2", "gas_flow"): 50.0})
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        time.sleep(1.0)
        flow = readings(controller, bus)["gas_flow"]
        assert flow == pytest.approx(50.0, abs=1.0)  # half of 100, the simulator's zero is 0.9 off


def test_alicat_with_another_gas_is_refused():
    with alicat(gas=8) as address, bus_on(address, baud=19200) as bus:
        controller = device(bus, "A1", family="alicat", unit="A", gas="air")
        with pytest.raises(DeviceRefused, match="it is set to N2"):
            controller.identify(bus)


def test_alicat_of_another_letter_is_not_there():
    with alicat() as address, bus_on(address, baud=19200) as bus:
        controller = device(bus, "A1", family="alicat", unit="B", gas="nitrogen")
        with pytest.raises(NoReply):
            controller.identify(bus)


def ika(**arguments: object):
    return simulator("labmcp_ika.simulator:IKASimulator", r"\r\n", r"\r\n", **arguments)


def test_ika_hotplate_is_identified_set_and_read():
    with ika() as address, bus_on(address, baud=9600, frame="7E1") as bus:
        plate = device(bus, "A1", family="namur", maker="ika")
        plate.identify(bus)
        outcomes = plate.apply(bus, {("A1", "temperature"): 37.0, ("A1", "stirring"): 500.0})
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        time.sleep(2.0)
        seen = readings(plate, bus)
        assert 15.0 < seen["temperature"] < 45.0
        assert 10.0 < seen["stirring"] < 550.0


def ezo(sensor: str):
    name = "labmcp_atlas_ezo.simulator:EZOSimulator"
    return simulator(name, r"\r", r"\r", sensor=sensor)


@pytest.mark.parametrize(
    ("circuit", "sensor", "channel", "low", "high"),
    [("ph", "pH", "ph", 0.0, 14.0), ("do", "DO", "do", 0.0, 120.0)],
)
def test_ezo_circuit_is_identified_and_read_through_its_continuous_mode(
    circuit, sensor, channel, low, high
):
    with ezo(sensor) as address, bus_on(address) as bus:
        probe = device(bus, "A1", family="atlas-ezo", circuit=circuit)
        probe.identify(bus)
        for _ in range(3):
            assert low < readings(probe, bus)[channel] < high


def test_ezo_circuit_of_another_kind_is_refused():
    with ezo("DO") as address, bus_on(address) as bus:
        probe = device(bus, "A1", family="atlas-ezo", circuit="ph")
        with pytest.raises(DeviceRefused):
            probe.identify(bus)


def test_cavro_pump_moves_and_says_where_it_stands():
    from hardware.devices import syringe_pump_driver
    from hardware.specs.liquid_handler import CavroSpec

    name = "labmcp_cavro.simulator:CavroSimulator"
    spec = CavroSpec.model_validate(
        {"family": "cavro", "protocol": "dt", "port": "x", "syringe": "1 mL", "steps": 6000}
    )
    with simulator(name, r"\r", r"\x03\r\n", speed=4.0) as address, bus_on(address) as bus:
        pump = syringe_pump_driver(spec)
        pump.identify(bus)
        assert finished(pump.initialise(bus), bus) == 0
        assert finished(pump.move(bus, 3000, "O", 3600.0), bus) == 3000
        assert finished(pump.move(bus, 500, "O", 3600.0), bus) == 500
        assert pump.position(bus) == 500
