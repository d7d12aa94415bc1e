"""Lines that are lost and come back: when they are opened, and what is asked before anything."""

import asyncio

import pytest

from hardware.bus import Bus, Exchange
from hardware.errors import DeviceRefused, NoReply, PortLost, PortNotFound
from hardware.framing import Delimited
from hardware.marks import Marked
from tests.hardware.bench import CutPort, SmallStation, on_small_station
from tests.hardware.scripted import ScriptedPort


class FlakyPort(ScriptedPort):
    """Cannot be opened for a while; counts how often that is tried."""

    def __init__(self, steps=()) -> None:
        super().__init__(steps)
        self.gone = True
        self.tried_s: list[float] = []

    def open(self) -> None:
        self.tried_s.append(self.now())
        if self.gone:
            raise PortNotFound("there is no /dev/x; is the device plugged in and switched on?")


class Someone:
    """A device that counts how often it had to prove who it is."""

    def __init__(self) -> None:
        self.asked = 0
        self.wrong = False

    def identify(self, bus: Bus) -> None:
        self.asked += 1
        if self.wrong:
            raise DeviceRefused("it is another one")


def tick(bus: Bus, seconds: float) -> None:
    bus.port.begin(bus.now() + seconds)


def test_a_line_that_stays_away_is_tried_ever_more_seldom():
    bus, device = Bus(FlakyPort()), Someone()
    for _ in range(1200):
        with pytest.raises(PortLost, match="there is no /dev/x"):
            bus.trust(device)
        tick(bus, 0.1)
    assert bus.health.losses == len(bus.port.tried_s)
    waits = [b - a for a, b in zip(bus.port.tried_s, bus.port.tried_s[1:], strict=False)]
    assert waits == pytest.approx([0.25, 0.5, 1, 2, 4, 8, 16, 30, 30], abs=0.11)
    bus.port.gone = False
    tick(bus, 30.0)
    bus.trust(device)
    assert device.asked == 1


def test_a_device_proves_who_it_is_once_for_each_opening():
    port = FlakyPort()
    port.gone = False
    bus, device = Bus(port), Someone()
    for _ in range(3):
        bus.trust(device)
    assert device.asked == 1
    bus.close()
    bus.trust(device)
    assert device.asked == 2


def test_a_wrong_device_is_asked_again_and_trusted_only_when_it_is_right():
    port = FlakyPort()
    port.gone = False
    bus, device = Bus(port), Someone()
    device.wrong = True
    for _ in range(2):
        with pytest.raises(DeviceRefused):
            bus.trust(device)
    device.wrong = False
    bus.trust(device)
    assert device.asked == 3


def test_after_a_loss_nothing_is_sent_until_the_line_was_opened_again():
    class Dying(ScriptedPort):
        def write(self, data: bytes) -> None:
            super().write(data)
            raise PortLost("the line is gone")

    bus = Bus(Dying([(">", 0, b"A\r")]))
    question = Exchange((b"A\r",), Delimited(b"\r"), lambda request, frame: 1.0, 0.3)
    bus.open()
    for _ in range(3):
        with pytest.raises(PortLost, match="the line is gone"):
            bus.transact(question)
        with pytest.raises(PortLost, match="the line is gone"):
            bus.tell(b"A\r")
        with pytest.raises(PortLost, match="the line is gone"):
            bus.wait(1.0)
    assert bus.port.sent == [b"A\r"], "the port would take more"
    assert bus.health.losses == 1


def pulled_while(port: CutPort, said) -> list[bytes]:
    """Pull the plug, once, as soon as a request has gone out; gives all requests from now on."""
    heard: list[bytes] = []
    pulled: list[bytes] = []

    def mute(data: bytes) -> bool:
        heard.append(data)
        if pulled or not said(data):
            return False
        pulled.append(data)
        port.gone = True
        return True

    port.mute = mute
    return heard


def test_a_setting_on_a_line_that_is_gone_is_not_done_and_made_good_later():
    async def scenario(small: SmallStation):
        station = small.station
        await station.open()
        await station.set("A1", "gas_flow", 15.0)
        small.ports["gas"].gone = True
        outcome = await station.set("A1", "gas_flow", 10.0)
        assert outcome.status == "unknown", "it was lost while this was said"
        outcome = await station.set("A1", "gas_flow", 5.0)
        assert (outcome.status, outcome.detail) == (
            "not done",
            "alicat A on port 'gas': the line is gone",
        )
        assert small.cultures["A1"].values["gas_flow"] == 15.0
        small.ports["gas"].gone = False
        heard = pulled_while(small.ports["gas"], lambda data: False)
        await asyncio.sleep(5.0)
        scan = await station.scan()
        assert scan.faults == ()
        who = [b"A??D*\r", b"A??D*\r", b"A\r"]
        assert heard[:4] == [*who, b"AS 10.000\r"], "who it is, then what it was told"
        assert small.cultures["A1"].values["gas_flow"] == 5.0

    on_small_station(scenario)


def test_another_device_at_a_place_is_told_nothing():
    async def scenario(small: SmallStation):
        station = small.station
        await station.open()
        small.ports["gas"].gone = True
        await station.scan()
        small.ports["gas"].gone = False
        small.lines["gas"].receive(b"AG 1\r", small.loop.time())
        heard = pulled_while(small.ports["gas"], lambda data: False)
        await asyncio.sleep(5.0)
        outcome = await station.set("A1", "gas_flow", 10.0)
        assert outcome.status == "not done"
        assert "it is set to Ar, the station file says Air" in outcome.detail
        assert not any(b"S" in data for data in heard)

    on_small_station(scenario)


def test_a_pump_whose_line_is_lost_in_the_act_is_unknown_and_not_told_again():
    async def scenario(small: SmallStation):
        station = small.station
        await station.open()
        heard = pulled_while(small.ports["vials"], lambda data: data.startswith(b"pumpa"))
        outcome = await station.pump("B2", "acid", 0.25)
        assert outcome.status == "unknown"
        assert outcome.value is None
        small.ports["vials"].gone = False
        await asyncio.sleep(5.0)
        assert (await station.scan()).faults == ()
        assert sum(data.startswith(b"pumpi") for data in heard) == 1
        assert small.received("B2") == {"acid": 0.25}

    on_small_station(scenario)


def test_a_pump_whose_line_was_lost_just_before_has_given_nothing():
    async def scenario(small: SmallStation):
        await small.station.open()
        bus = small.runners["vials"].bus

        def mark(marked: Marked) -> None:
            small.ports["vials"].gone = True
            with pytest.raises(PortLost):
                bus.tell(b"")

        outcome = await small.station.pump("B2", "acid", 0.25, mark)
        assert (outcome.status, outcome.value) == ("not done", 0.0)
        assert small.received("B2") == {}

    on_small_station(scenario)


def test_a_gantry_that_was_unplugged_is_homed_and_the_dose_given_once():
    async def scenario(small: SmallStation):
        await small.station.open()
        await small.arm.dose("glucose", "A1", 0.05)
        heard = pulled_while(small.ports["robot"], lambda data: b" G0 X" in data)
        small.loop.call_later(8.0, setattr, small.ports["robot"], "gone", False)
        outcome = await small.arm.dose("glucose", "B2", 0.05)
        assert (outcome.status, outcome.value) == ("done", pytest.approx(0.05, abs=1e-3))
        lost = next(i for i, data in enumerate(heard) if b" G0 X" in data)
        assert heard[lost + 1 : lost + 4] == [
            b"N0 M110 N0*125\n",
            b"N1 G28 Z*104\n",
            b"N2 G28*17\n",
        ]
        assert small.received("B2") == {"glucose": pytest.approx(0.05, abs=1e-3)}

    on_small_station(scenario)


def test_a_line_that_stays_away_leaves_the_dose_not_done():
    async def scenario(small: SmallStation):
        await small.station.open()
        small.ports["robot"].gone = True
        began_s = small.loop.time()
        outcome = await small.arm.dose("glucose", "A1", 0.05)
        assert (outcome.status, outcome.value) == ("not done", 0.0)
        assert 50.0 < small.loop.time() - began_s < 150.0
        assert small.received("A1") == {}

    on_small_station(scenario)


def test_a_syringe_lost_in_the_act_is_unknown_then_asked_and_washed():
    async def scenario(small: SmallStation):
        handler = small.arm
        await small.station.open()
        await handler.dose("glucose", "A1", 0.05)
        pulled_while(small.ports["syringe"], lambda data: b"A" in data[3:-2])
        outcome = await handler.dose("glucose", "A1", 0.05)
        assert outcome.status == "unknown"
        small.ports["syringe"].gone = False
        small.ports["syringe"].mute = lambda data: False
        outcome = await handler.dose("glucose", "A2", 0.05)
        assert outcome.status == "done"
        assert small.received("A1")["glucose"] <= 0.1001
        assert small.received("A2") == {"glucose": pytest.approx(0.05, abs=1e-3)}

    on_small_station(scenario)


def test_a_silent_port_is_no_lost_port():
    bus = Bus(ScriptedPort([(">", 0, b"A\r")]))
    with pytest.raises(NoReply):
        bus.transact(Exchange((b"A\r",), Delimited(b"\r"), lambda request, frame: 1.0, 0.3))
    assert bus.health.losses == 0


def test_the_arm_waits_a_minute_for_a_line_that_is_gone_and_no_longer():
    async def scenario(small: SmallStation):
        await small.station.open()
        assert (await small.arm.dose("glucose", "A1", 0.1)).status == "done"
        small.ports["robot"].gone = True
        began_s = small.loop.time()
        outcome = await small.arm.dose("iptg", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("not done", 0.0)
        assert "the line is gone" in outcome.detail
        assert 60.0 <= small.loop.time() - began_s < 120.0
        assert small.received("A1") == {"glucose": 0.1}
        small.ports["robot"].gone = False
        await asyncio.sleep(30.0)
        assert (await small.arm.dose("iptg", "A1", 0.1)).status == "done"
        assert small.received("A1") == {"glucose": 0.1, "iptg": 0.1}

    on_small_station(scenario)
