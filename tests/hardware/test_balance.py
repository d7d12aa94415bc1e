"""The balance: driver against transcripts, emulator against its manual, both weighing doses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware import Bus, DeviceFault, HardwareError
from hardware.devices.mt_sics import Balance, Weight
from hardware.emulators.mt_sics import Load, MtSics
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, NoReply
from hardware.specs.liquid_handler import BalanceSpec
from hardware.station_spec import StationSpec
from tests.hardware.bench import LINE, SMALL, SmallStation, on_small_station
from tests.hardware.scripted import ScriptedPort

PLACE = {"x": "100 mm", "y": "180 mm"}
WEIGHING = SMALL | {
    "ports": SMALL["ports"] | {"scale": LINE},
    "liquid_handler": SMALL["liquid_handler"]
    | {"balance": {"family": "mt-sics", "port": "scale", "place": PLACE, "serial": "B7"}},
}
RESET = [(">", 0.0, b"@\r\n"), ("<", 0.01, b'I4 A "B7"\r\n')]
STEP_ML = 1 / 3000


def balance(serial: str | None = None) -> Balance:
    return Balance(BalanceSpec(family="mt-sics", port="p", place=PLACE, serial=serial))


def answered(reply: bytes):
    """What one reading comes to."""
    steps = [*RESET, (">", 0.0, b"SI\r\n"), ("<", 0.01, reply)]
    return balance().weight_now(Bus(ScriptedPort(steps)))


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_a_weight_counts_when_a_second_one_confirms_it(chunk):
    port = ScriptedPort.of("mt_sics", chunk)
    bus, scale = Bus(port), balance("B021002593")
    scale.identify(bus)
    assert scale.weigh(bus) == 100.0141
    scale.tare(bus)
    with pytest.raises(DeviceRefused, match="above its range"):
        scale.zero(bus)
    assert scale.weight_now(bus) == Weight(-0.0021, 1e-4, False)
    assert port.finished


@pytest.mark.parametrize("chunk", [0, 1, 5])
def test_a_stream_and_a_late_weight_never_become_a_weight(chunk):
    port = ScriptedPort.of("mt_sics_stream", chunk)
    bus, scale = Bus(port), balance()
    scale.identify(bus)
    assert scale.weigh(bus) == 12.34
    assert port.finished


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (b"S I\r\n", DeviceRefused, "did not come to rest"),
        (b"S +\r\n", DeviceRefused, "above its range"),
        (b"S -\r\n", DeviceRefused, "is the pan in place"),
        (b"S S Error 10b\r\n", DeviceRefused, "it reports Error 10b"),
        (b"ES\r\n", DeviceRefused, r"does not take 'SI' \(ES\)"),
        (b"EL\r\n", DeviceRefused, "EL"),
        (b"ET\r\n", DamagedReply, "damaged on its way"),
        (b"S S 1.0000 lb\r\n", DeviceRefused, "it shows 'lb'; set it to g"),
        (b"S S 1.0x00 g\r\n", DamagedReply, "no weight"),
        (b"S S 1.0000\r\n", DamagedReply, "no weight"),
        (b"S X 1.0000 g\r\n", DamagedReply, "no weight"),
        (b"T S 1.0000 g\r\n", ForeignReply, "'SI' was asked"),
        (b"SI\r\n", ForeignReply, "'SI' was asked"),
        (b"S S 1.00", DamagedReply, "no whole reply"),
        (b"\r\n", NoReply, "no reply"),
    ],
)
def test_no_trouble_becomes_a_weight(reply, error, says):
    with pytest.raises(error, match=says):
        answered(reply)


def test_units_become_grams():
    assert answered(b"S S 1250.1 mg\r\n") == pytest.approx((1.2501, 1e-4, True))
    assert answered(b"S D 0.25 kg\r\n") == pytest.approx((250.0, 10.0, False))


def test_a_digit_flipped_on_its_way_is_not_confirmed():
    pair = [(">", 0.0, b"S\r\n"), ("<", 0.01, b"S S 13.0000 g\r\n")]
    pair += [(">", 0.0, b"SI\r\n"), ("<", 0.01, b"S S 12.0000 g\r\n")]
    with pytest.raises(DeviceRefused, match="13 g, then 12 g"):
        balance().weigh(Bus(ScriptedPort(RESET + pair * 3)))


def test_another_balance_is_refused():
    with pytest.raises(DeviceRefused, match="its number is B7, the station file says B8"):
        balance("B8").identify(Bus(ScriptedPort(RESET)))


def emulated(grams: float = 12.3456789) -> MtSics:
    return MtSics(lambda now_s: Load(grams, 0.0), "B7")


def answer(scale: MtSics, data: bytes, now_s: float = 60.0) -> list[tuple[float, bytes]]:
    return [(round(delay_s, 3), reply) for delay_s, reply in scale.feed(data, now_s)]


def test_emulator_answers_as_the_manual_says():
    scale = emulated()
    assert answer(scale, b"@\r\n") == [(0.03, b'I4 A "B7"\r\n')]
    assert answer(scale, b"S\r\n") == [(0.03, b"S S    12.3457 g\r\n")]
    assert answer(scale, b"T\r\nS\r\n")[1] == (0.03, b"S S     0.0000 g\r\n")
    assert answer(scale, b"@\r\nSI\r\n")[1] == (0.03, b"S S    12.3457 g\r\n")
    assert answer(scale, b"Z\r\n") == [(0.03, b"Z +\r\n")]
    assert answer(scale, b"s\r\n") == [(0.03, b"ES\r\n")]
    assert answer(emulated(2.0), b"Z\r\nSI\r\n")[1][1] == b"S S     0.0000 g\r\n"


def test_emulator_waits_for_rest_when_asked_to():
    assert answer(emulated(), b"SI\r\n", 0.2) == [(0.03, b"S D    12.3457 g\r\n")]
    assert answer(emulated(), b"S\r\n", 0.2) == [(1.03, b"S S    12.3457 g\r\n")]


def test_emulator_starts_from_what_is_on_it():
    scale = emulated()
    scale.power_cycle(0.0)
    assert answer(scale, b"SI\r\n") == [(0.03, b"S S     0.0000 g\r\n")]


def test_emulator_is_overloaded():
    assert answer(emulated(221.0), b"SI\r\nT\r\n") == [
        (0.03, b"S +\r\n"),
        (0.03, b"T +\r\n"),
    ]


@given(st.lists(st.binary(max_size=30)))
def test_no_bytes_crash_the_emulator(chunks):
    scale = emulated()
    for chunk in [*chunks, b"\r\n"]:
        scale.feed(chunk, 0.0)


def on_weighing_station(scenario):
    on_small_station(scenario, WEIGHING)


def test_weighed_doses_agree_with_what_was_asked():
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        found = await handler.calibrate_dose("glucose", 0.05, 5)
        assert len(found.volumes_ml) == 5
        assert found.volumes_ml == pytest.approx([0.05] * 5, abs=2e-4)  # digits of 0.1 mg
        assert abs(found.error_percent) < 0.3
        assert found.cv_percent < 0.4
        assert (found.source, found.asked_ml, found.density_g_ml) == ("glucose", 0.05, 0.9982)
        assert small.deck.weighed.grams == pytest.approx(0.25 * 0.9982)

    on_weighing_station(scenario)


def test_the_density_is_the_callers():
    async def scenario(small: SmallStation):
        await small.arm.open()
        found = await small.arm.calibrate_dose("glucose", 0.1, 1, 2 * 0.9982)
        assert found.mean_ml == pytest.approx(0.05, abs=2e-4)
        assert found.cv_percent == 0.0

    on_weighing_station(scenario)


@pytest.mark.parametrize(
    ("heard", "status", "volume_ml"), [(True, "done", 0.1), (False, "not done", 0.0)]
)
def test_the_weight_decides_about_an_uncertain_dose(heard, status, volume_ml):
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        await handler.weigh_dose("glucose", 0.1)
        port = small.ports["syringe"]
        port.mute = lambda data: True
        if not heard:
            port.deaf = lambda data: True
        outcome = await handler.weigh_dose("glucose", 0.1)
        assert outcome.status == status
        assert outcome.detail.startswith("by its weight; whether it was given is not known")
        assert outcome.value == pytest.approx(volume_ml, abs=2e-4)

    on_weighing_station(scenario)


def test_a_dose_that_cannot_be_weighed_is_not_given():
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        small.ports["scale"].deaf = lambda data: True
        with pytest.raises(NoReply):
            await handler.weigh_dose("glucose", 0.1)
        assert small.deck.weighed.grams == 0.0

    on_weighing_station(scenario)


def test_a_balance_reset_meanwhile_decides_nothing():
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        weigh = small.arm._gravimetry.balance
        asked = []

        def mute(data: bytes) -> bool:  # the weight after the dose is lost once
            asked.append(data)
            return data == b"S\r\n" and asked.count(b"S\r\n") == 2

        small.ports["scale"].mute = mute
        outcome = await handler.weigh_dose("glucose", 0.1)
        assert (outcome.status, weigh.resets) == ("unknown", 2)
        assert outcome.detail == "the balance started anew meanwhile."

    on_weighing_station(scenario)


def test_a_calibration_ends_with_the_dose_that_was_not_done():
    async def scenario(small: SmallStation):
        handler = small.arm
        await handler.open()
        with pytest.raises(HardwareError, match="not done: source 'iptg' is empty"):
            await handler.calibrate_dose("iptg", 0.6, 2)
        with pytest.raises(ValueError, match="at least one"):
            await handler.calibrate_dose("iptg", 0.1, 0)

    on_weighing_station(scenario)


def test_a_station_without_a_balance_says_so():
    async def scenario(small: SmallStation):
        await small.arm.open()
        with pytest.raises(HardwareError, match="has no balance"):
            await small.arm.calibrate_dose("glucose", 0.1, 1)

    on_small_station(scenario)


def test_a_silent_balance_is_a_fault_of_its_port():
    async def scenario(small: SmallStation):
        small.ports["scale"].deaf = lambda data: True
        with pytest.raises(DeviceFault, match="mt-sics balance on port 'scale'"):
            await small.arm.open()

    on_weighing_station(scenario)


def test_the_balance_needs_a_port_of_its_own():
    arm = WEIGHING["liquid_handler"]
    shared = arm | {"balance": arm["balance"] | {"port": "robot"}}
    with pytest.raises(ValueError, match="port 'robot' carries gcode; mt-sics needs a port of"):
        StationSpec.model_validate(WEIGHING | {"liquid_handler": shared})
