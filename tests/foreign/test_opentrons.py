"""Our gantry and modules against the emulators that Opentrons tests its own robot with."""

import pytest

from hardware.devices.gcode import Gantry
from hardware.errors import DeviceRefused, HardwareError
from hardware.specs.liquid_handler import GantrySpec
from tests.foreign.conftest import bus_on, device, readings, server

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def emulators():
    with server("opentrons", "opentrons_modules.py") as ports:
        names = ("heater-shaker", "temperature", "smoothie")
        addresses = (f"socket://127.0.0.1:{port}" for port in ports)
        yield dict(zip(names, addresses, strict=True))


def test_smoothie_dialect_of_the_ot2_is_no_position_and_is_refused(emulators):
    """It answers M114.2 only; a plain M114 gets an empty ok, which must not pass as a place."""
    with bus_on(emulators["smoothie"], baud=115200) as bus:
        gantry = Gantry(GantrySpec(family="gcode", port="x"))
        with pytest.raises(HardwareError):
            gantry.where(bus)


def test_heater_shaker_is_identified_set_and_read(emulators):
    with bus_on(emulators["heater-shaker"], baud=115200) as bus:
        module = device(bus, "A1", family="opentrons-heater-shaker")
        with pytest.raises(DeviceRefused, match="latch"):
            module.identify(bus)
        bus.tell(b"M243\n")  # a person closes it; its acknowledgement is nobody's answer
        bus.wait(0.5)
        module.identify(bus)
        outcomes = module.apply(bus, {("A1", "temperature"): 45.0, ("A1", "stirring"): 500.0})
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        for _ in range(3):
            seen = readings(module, bus)
        assert 20.0 < seen["temperature"] <= 45.0
        assert 0.0 < seen["stirring"] <= 500.0


def test_temperature_module_is_identified_set_and_read(emulators):
    with bus_on(emulators["temperature"], baud=115200) as bus:
        module = device(bus, "A1", family="opentrons-temperature")
        module.identify(bus)
        outcomes = module.apply(bus, {("A1", "temperature"): 45.0})
        assert outcomes["A1", "temperature"].status == "done"
        warm = [readings(module, bus)["temperature"] for _ in range(3)]
        assert warm == sorted(set(warm))  # it warms a little each time it is asked
        assert 0.0 <= warm[0] < warm[-1] <= 45.0
