"""Other people's drivers against our emulators: each must see what our plant really has."""

import json

import pytest

from hardware.emulators import EmulatedLine, Plant, emulate, serve
from hardware.emulators.mt_sics import Load, MtSics
from hardware.station_spec import StationSpec
from tests.foreign.conftest import client
from tests.hardware.standin import StandInCulture

pytestmark = pytest.mark.timeout(120)
LINE = {"url": "socket://127.0.0.1:1"}
STATION = {
    "station": 1,
    "name": "for clients",
    "vessels": {
        "rows": 1,
        "columns": 2,
        "kind": "2mag-10mL",
        "volume": {"low": "6 mL", "high": "14 mL"},
    },
    "ports": {
        "plate": LINE | {"frame": "7E1"},
        "gas": LINE | {"baud": 19200},
    },
    "devices": [
        {"family": "namur", "maker": "ika", "port": "plate", "vessels": "A1"},
        {"family": "alicat", "port": "gas", "unit": "A", "gas": "air", "vessels": "A1..A2"},
    ],
}
IKA = """
import json, sys
from ika.magnetic_stirrer import MagneticStirrer
plate = MagneticStirrer(sys.argv[1])
seen = {"before": plate.probe_temperature()}
plate.set_target_temperature(45.0); plate.set_target_stir_rate(600)
seen["wanted"] = [plate.target_temperature(), plate.target_stir_rate()]
plate.start_heating(); plate.start_stirring()
seen["after"] = [plate.probe_temperature(), plate.stir_rate()]
plate.watchdog_mode_1(30)
print(json.dumps(seen))
"""
ALICAT = """
import asyncio, json, sys
from alicat import FlowController, FlowMeter
async def main():
    seen = []
    async with FlowMeter(sys.argv[1], unit="A") as meter:
        seen += [await meter.get(), await meter.get_firmware()]
    async with FlowController(sys.argv[1], unit="A") as controller:
        await controller.set_flow_rate(30.0)
        seen.append(await controller.get())
    print(json.dumps(seen))
asyncio.run(main())
"""
PLR_BALANCE = """
import asyncio, json, sys
from pylabrobot.scales.mettler_toledo_backend import MettlerToledoWXS205SDUBackend
async def main():
    balance = MettlerToledoWXS205SDUBackend(port=sys.argv[1])
    await balance.io.setup()  # its own set-up needs M21, which not every balance has
    seen = [await balance.request_serial_number(), await balance.read_weight()]
    await balance.tare()
    seen.append(await balance.read_weight())
    print(json.dumps(seen))
asyncio.run(main())
"""


@pytest.fixture
def plant():
    return Plant(
        {v: StandInCulture(temperature=25.0, gas_flow=10.0) for v in ("A1", "A2")}, noise=False
    )


@pytest.fixture
def ports(plant):
    with serve(emulate(StationSpec.model_validate(STATION), plant).lines) as served:
        yield served


def test_ika_drives_our_hotplate(ports, plant):
    seen = json.loads(client("clients", IKA, ports["plate"]))
    assert seen["before"] == 25.0
    assert seen["wanted"] == [45.0, 600.0]
    assert seen["after"] == [45.0, 600.0]
    culture = plant._cultures["A1"]
    assert (culture.values["temperature"], culture.values["stirring"]) == (45.0, 600.0)


def test_alicat_reads_and_sets_our_controller(ports, plant):
    seen, firmware, driven = json.loads(client("clients", ALICAT, ports["gas"]))
    assert (seen["mass_flow"], seen["gas"]) == (20.0, "Air")
    assert "10v20" in firmware
    assert (driven["setpoint"], driven["control_point"]) == (30.0, "mass flow")
    assert plant._cultures["A1"].values["gas_flow"] == 15.0


def test_pylabrobot_reads_our_balance():
    line = EmulatedLine([MtSics(lambda now_s: Load(12.3456, 0.0))], 9600)
    with serve({"balance": line}) as ports:
        serial, weight, tared = json.loads(client("clients", PLR_BALANCE, ports["balance"]))
    assert serial == "B123456789"
    assert weight == pytest.approx(12.3456, abs=0.001)
    assert tared == pytest.approx(0.0, abs=0.001)
