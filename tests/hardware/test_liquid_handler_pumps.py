"""The arm with each syringe pump: doses given once, whatever the line loses."""

from copy import deepcopy

import pytest

from tests.hardware.bench import SMALL, SmallStation, on_small_station

PUMPS = {
    "oem": {"family": "cavro"},
    "dt": {"family": "cavro", "protocol": "dt"},
    "psd4": {"family": "hamilton-psd4"},
    "psd4-fine": {"family": "hamilton-psd4", "steps": 24000, "address": 2},
    "ml600": {"family": "hamilton-ml600"},
    "ml600-second": {"family": "hamilton-ml600", "address": 2},
}


@pytest.fixture(params=PUMPS)
def station(request):
    station = deepcopy(SMALL)
    handler = station["liquid_handler"]
    handler["pump"] = PUMPS[request.param] | {"port": "syringe", "syringe": "1 mL"}
    station["ports"]["syringe"] |= {
        "baud": 9600,
        "frame": "7O1" if "ml" in request.param else "8N1",
    }
    return station


def move(data: bytes) -> bool:
    """A command that moves the plunger."""
    return any(letter in data for letter in (b"A", b"M")) and b"?" not in data


def test_doses_and_samples(station):
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        for vessel, volume_ml in (("A1", 0.2), ("B2", 0.05), ("A1", 0.1), ("B1", 1.4)):
            outcome = await handler.dose("glucose", vessel, volume_ml)
            assert (outcome.status, outcome.value) == ("done", pytest.approx(volume_ml))
        outcome = await handler.sample("B1", 0.15, "plate1/C7")
        assert (outcome.status, outcome.value) == ("done", pytest.approx(0.15))
        assert small.received("A1") == {"glucose": pytest.approx(0.3)}
        assert small.received("B1") == {"glucose": pytest.approx(1.4)}
        assert small.plant.withdrawn["B1"] == pytest.approx(0.15)
        assert small.plant.lost == []

    on_small_station(scenario, station)


def test_a_lost_acknowledgement_is_no_second_dose(station):
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        await handler.dose("glucose", "A1", 0.1)
        port = small.ports["syringe"]
        port.mute = move
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("done", pytest.approx(0.1))
        assert small.received("A1") == {"glucose": pytest.approx(0.2)}

    on_small_station(scenario, station)


def test_a_command_that_nobody_heard_is_not_done_and_can_be_asked_again(station):
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        await handler.dose("glucose", "A1", 0.1)
        small.ports["syringe"].deaf = move
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("not done", 0.0)
        small.ports["syringe"].deaf = lambda data: False
        assert (await handler.dose("glucose", "A1", 0.1)).status == "done"
        assert small.received("A1") == {"glucose": pytest.approx(0.2)}

    on_small_station(scenario, station)


def test_a_pump_that_was_switched_off_gives_no_wrong_volume_and_is_initialised(station):
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        await handler.dose("glucose", "A1", 0.1)
        for device in small.lines["syringe"].emulators:
            device.power_cycle(small.loop.time())
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("unknown", None)
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("done", pytest.approx(0.1))
        assert small.received("A1") == {"glucose": pytest.approx(0.2)}
        assert small.plant.lost == []

    on_small_station(scenario, station)
