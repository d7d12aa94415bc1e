"""A station whose vessels have peristaltic pumps: given once, and the truth told."""

from copy import deepcopy

import pytest
from pydantic import ValidationError

from hardware.station_spec import StationSpec
from tests.hardware.bench import LINE, SMALL, SmallStation, on_small_station

ISMATEC = {
    "family": "ismatec",
    "port": "pumps",
    "channels": {
        1: {"vessel": "A1", "source": "base", "flow": "2 mL/min"},
        2: {"vessel": "A2", "source": "base", "flow": "2 mL/min"},
        4: {"vessel": "A1", "source": "feed", "flow": "6 mL/min", "direction": "counter-clockwise"},
    },
}
WATSON_MARLOW = {
    "family": "watson-marlow",
    "port": "pumps",
    "pumps": {
        1: {"vessel": "A1", "source": "base", "speed": "60 rpm", "revolution": "0.1 mL"},
        3: {
            "vessel": "B2",
            "source": "base",
            "speed": "100 rpm",
            "revolution": "0.1 mL",
            "direction": "counter-clockwise",
        },
    },
}
FAMILIES = {"ismatec": ISMATEC, "watson-marlow": WATSON_MARLOW}


def station_with(device):
    station = deepcopy(SMALL)
    station["ports"]["pumps"] = LINE | {"baud": 9600}
    station["devices"].append(deepcopy(device))
    return station


@pytest.fixture(params=FAMILIES)
def station(request):
    return station_with(FAMILIES[request.param])


def begins(data: bytes) -> bool:
    """A command that starts a dose."""
    return data.endswith(b"H\r") or b"DO" in data


def emulator(small: SmallStation):
    return small.lines["pumps"].emulators[0]


def starts(small: SmallStation) -> int:
    device = emulator(small)
    return device.started if hasattr(device, "started") else sum(p.doses for p in device.pumps)


def test_each_vessel_has_the_sources_of_its_own_pumps():
    async def scenario(small: SmallStation):
        assert small.station.pumps("A1") == ("acid", "base", "feed")
        assert small.station.pumps("A2") == ("acid", "base")
        await small.station.open()
        for vessel, source, volume_ml in (("A1", "base", 1.15), ("A1", "feed", 0.3)):
            outcome = await small.station.pump(vessel, source, volume_ml)
            assert (outcome.status, outcome.value) == ("done", pytest.approx(volume_ml))
        assert (await small.station.pump("A2", "feed", 0.1)).status == "not done"
        assert small.received("A1") == {"base": 1.15, "feed": 0.3}
        assert small.plant.lost == []

    on_small_station(scenario, station_with(ISMATEC))


def test_watson_marlow_sets_speed_and_direction_and_doses():
    async def scenario(small: SmallStation):
        await small.station.open()
        for vessel, volume_ml in (("A1", 0.25), ("B2", 0.5), ("B2", 0.003)):
            outcome = await small.station.pump(vessel, "base", volume_ml)
            assert (outcome.status, outcome.value) == ("done", pytest.approx(volume_ml, rel=0.01))
        assert small.received("B2")["base"] == pytest.approx(0.503, rel=1e-3)
        assert small.plant.lost == []

    on_small_station(scenario, station_with(WATSON_MARLOW))


def test_a_lost_answer_to_the_start_is_no_second_dose(station):
    async def scenario(small: SmallStation):
        await small.station.open()
        small.ports["pumps"].mute = begins
        outcome = await small.station.pump("A1", "base", 0.4)
        assert (outcome.status, outcome.value) == ("done", pytest.approx(0.4, rel=1e-3))
        assert starts(small) == 1
        assert small.received("A1") == {"base": pytest.approx(0.4, rel=1e-3)}

    on_small_station(scenario, station)


def test_a_start_that_nobody_heard_is_not_done_and_can_be_asked_again(station):
    async def scenario(small: SmallStation):
        await small.station.open()
        small.ports["pumps"].deaf = begins
        outcome = await small.station.pump("A1", "base", 0.4)
        assert (outcome.status, outcome.value) == ("not done", 0.0)
        small.ports["pumps"].deaf = lambda data: False
        assert (await small.station.pump("A1", "base", 0.4)).status == "done"
        assert small.received("A1") == {"base": pytest.approx(0.4, rel=1e-3)}

    on_small_station(scenario, station)


def test_a_short_dose_whose_start_got_no_answer():
    """The Reglo cannot tell whether it ran; the tacho of a Watson-Marlow can."""

    async def scenario(small: SmallStation):
        await small.station.open()
        small.ports["pumps"].mute = begins
        outcome = await small.station.pump("A1", "base", 0.02)
        kind = type(emulator(small)).__name__
        assert outcome.status == ("unknown" if kind == "RegloIcc" else "done")
        assert starts(small) == 1

    for family in FAMILIES.values():
        on_small_station(scenario, station_with(family))


def test_a_pump_that_goes_silent_leaves_the_dose_unknown(station):
    async def scenario(small: SmallStation):
        await small.station.open()
        seen = []

        def after_start(data: bytes) -> bool:
            seen.extend([data] if begins(data) else [])
            return bool(seen)

        small.ports["pumps"].mute = after_start
        outcome = await small.station.pump("A1", "base", 0.4)
        assert (outcome.status, outcome.value) == ("unknown", None)
        assert starts(small) == 1

    on_small_station(scenario, station)


def test_a_pump_that_loses_power_on_its_way_is_unknown(station):
    async def scenario(small: SmallStation):
        await small.station.open()
        inner = small.ports["pumps"]
        seen = []

        def cut(data: bytes) -> bool:
            if seen and len(seen) < 3:
                seen.append(data)
            elif len(seen) == 3:
                emulator(small).power_cycle(inner.now())
                seen.append(data)
            elif begins(data):
                seen.append(data)
            return False

        inner.deaf = cut
        outcome = await small.station.pump("A1", "base", 0.4)
        assert (outcome.status, outcome.value) == ("unknown", None)
        inner.deaf = lambda data: False
        assert (await small.station.pump("A1", "base", 0.4)).status == "done"

    on_small_station(scenario, station)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vessels": "A1"}, "vessel A2 is named in only one of 'vessels' and 'channels'"),
        (
            {"channels": {1: ISMATEC["channels"][1], 2: ISMATEC["channels"][1]}},
            "two of the channels bring base to vessel A1",
        ),
        ({"channels": {5: ISMATEC["channels"][1]}}, "less than or equal to 4"),
        ({"channels": {}}, "at least 1 item"),
        ({"channels": {1: ISMATEC["channels"][1] | {"vessel": "Z9"}}}, "'Z9' is not a vessel"),
        ({"channels": {1: {"source": "base", "flow": "1 mL/h"}}}, "vessel"),
    ],
)
def test_channels_that_cannot_be(change, says):
    with pytest.raises(ValidationError, match=says):
        StationSpec.model_validate(station_with(ISMATEC | change))


def test_two_pumps_may_not_bring_the_same():
    station = station_with(WATSON_MARLOW)
    station["ports"]["more"] = dict(LINE)
    station["devices"].append(ISMATEC | {"port": "more"})
    with pytest.raises(ValidationError, match="pumping base to vessel A1 is taken by device 6"):
        StationSpec.model_validate(station)
