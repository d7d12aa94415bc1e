"""Our balance driver against two MT-SICS emulators by different authors."""

import json

import pytest

from hardware.errors import DeviceRefused
from tests.foreign.conftest import bus_on, null_modem, server

balance = pytest.importorskip("hardware.devices.mt_sics", reason="no balance driver yet")
pytestmark = pytest.mark.timeout(120)


def driver(**keys: object):
    from hardware.specs.liquid_handler import BalanceSpec

    place = {"x": "0 mm", "y": "0 mm"}
    return balance.Balance(
        BalanceSpec.model_validate({"family": "mt-sics", "port": "x", "place": place} | keys)
    )


def test_labmcp_balance_is_identified_and_read():
    name, arguments = "labmcp_mettler_toledo.simulator:MTSICSSimulator", {"load_g": 52.18734}
    with (
        server("labmcp", "line.py", name, r"\r\n", r"\r\n", json.dumps(arguments)) as (address,),
        bus_on(address) as bus,
    ):
        scale = driver()
        scale.identify(bus)
        shown = scale.weight_now(bus)
        assert shown.grams == pytest.approx(52.1873, abs=0.001)
        assert not shown.stable  # this simulator's SI is never at rest, so none of it counts
        with pytest.raises(DeviceRefused, match="then"):
            scale.weigh(bus)
        scale.tare(bus)
        assert scale.weight_now(bus).grams == pytest.approx(0.0, abs=0.001)


def test_mt_sics_emulator_is_identified_and_read():
    with (
        null_modem() as (far, near),
        server("mtsics", "mt_sics.py", far, "12.5") as (serial, unit),
        bus_on(near) as bus,
    ):
        scale = driver(serial=serial)
        scale.identify(bus)
        assert unit == "kg"
        assert scale.weigh(bus) == pytest.approx(12500, abs=10)
