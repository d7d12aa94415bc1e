"""Hamilton Arc and Alicat against transcripts."""

import struct

import pytest

from hardware.bus import Bus
from hardware.devices.alicat import Alicat
from hardware.devices.hamilton_arc import HamiltonArc
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, NoReply
from hardware.framing import rtu_frame
from hardware.specs import AlicatSpec, ArcSpec
from tests.hardware.scripted import ScriptedPort

READ_PH = bytes.fromhex("01040829000aa3a5")


def arc(reads: str = "ph", word_order: str = "low-first") -> HamiltonArc:
    spec = ArcSpec(
        family="hamilton-arc",
        port="p",
        reads=reads,
        addresses=1,
        vessels="A1",
        word_order=word_order,
    )
    return HamiltonArc(spec, 1, "A1", 11 / 19200)


def alicat(unit: str = "A", vessels: int = 2, gas: str = "nitrogen") -> Alicat:
    spec = AlicatSpec(
        family="alicat", port="p", unit=unit, gas=gas, full_scale="500 mL/min", vessels="A1..A2"
    )
    return Alicat(spec, tuple(f"A{i + 1}" for i in range(vessels)), 10 / 19200)


def words(value: int | float) -> bytes:
    """A 32-bit value, low word first."""
    raw = struct.pack(">f" if isinstance(value, float) else ">I", value)
    return raw[2:] + raw[:2]


def answer(unit=0x1000, value=7.0, status=0, low=0.0, high=14.0, head=b"\x01\x04\x14") -> bytes:
    body = words(unit) + words(value) + words(status) + words(low) + words(high)
    return rtu_frame(head + body)


def arc_answered(reply: bytes, **options) -> float:
    steps = [(">", 0.0, READ_PH), ("<", 0.002, reply)]
    steps += [(">", 0.0, bytes.fromhex("01030829000a1665"))]  # the retry, unanswered
    return arc(**options).measure(Bus(ScriptedPort(steps)))


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_arc_reads_by_both_functions_in_turn(chunk):
    port = ScriptedPort.of("arc_ph", chunk)
    bus, sensor = Bus(port), arc()
    assert [sensor.measure(bus) for _ in range(2)] == pytest.approx([4.02503] * 2, abs=1e-5)
    assert port.finished
    assert bus.health.late_bytes == bus.health.foreign == 0


def test_arc_replies_that_are_always_late_never_become_a_value():
    bus, sensor = Bus(ScriptedPort.of("arc_late")), arc()
    for _ in range(2):
        with pytest.raises(NoReply):
            sensor.measure(bus)


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (answer(head=b"\x02\x04\x14"), NoReply, "no reply"),
        (answer(unit=0x20), DamagedReply, "unit 0x20 came where pH was expected"),
        (answer(status=0x10), DeviceRefused, "the sensor reports an error"),
        (answer(status=0x02), DeviceRefused, "outside the operating range"),
        (answer(value=21.0), DamagedReply, "word_order"),
        (answer(value=float("nan")), DamagedReply, "nan is outside"),
        (rtu_frame(b"\x01\x84\x02"), DeviceRefused, "illegal register"),
        (answer()[:-1] + b"\x00", NoReply, "no reply"),
        (answer()[:12], NoReply, "no reply"),
    ],
)
def test_arc_gives_an_error_and_never_a_wrong_value(reply, error, says):
    # Where the first reply was unusable, the retry (here unanswered) decides.
    if error is DamagedReply:
        with pytest.raises(NoReply):
            arc_answered(reply)
        steps = [(">", 0.0, READ_PH), ("<", 0.002, reply)]
        retry = bytes.fromhex("01030829000a1665")
        by_3 = rtu_frame(b"\x01\x03" + reply[2:-2])
        steps += [(">", 0.0, retry), ("<", 0.002, by_3)]
        with pytest.raises(DamagedReply, match=says):
            arc().measure(Bus(ScriptedPort(steps)))
        return
    with pytest.raises(error, match=says):
        arc_answered(reply)


def test_arc_takes_a_reply_to_the_other_function_for_foreign():
    reply = rtu_frame(b"\x01\x03" + answer()[2:-2])
    steps = [(">", 0.0, READ_PH), ("<", 0.002, reply)]
    port = ScriptedPort([*steps, (">", 0.0, bytes.fromhex("01030829000a1665"))])
    bus = Bus(port)
    with pytest.raises(NoReply):
        arc().measure(bus)
    assert bus.health.foreign == 1


def test_arc_value_with_calibration_or_warning_status_stands():
    assert arc_answered(answer(status=0x0C)) == pytest.approx(7.0)


def test_arc_oxygen_near_zero_may_wobble_below_it():
    value = arc_answered(answer(unit=0x20, value=-1.5, high=300.0), reads="do")
    assert value == pytest.approx(-1.5)


def test_arc_high_word_first_is_an_option():
    body = struct.pack(">IfIff", 0x1000, 6.5, 0, 0.0, 14.0)
    reply = rtu_frame(b"\x01\x04\x14" + body)
    assert arc_answered(reply, word_order="high-first") == pytest.approx(6.5)


@pytest.mark.parametrize("chunk", [0, 1, 5])
def test_alicat_asks_its_columns_polls_and_sets(chunk):
    port = ScriptedPort.of("alicat", chunk)
    bus, controller = Bus(port), alicat()
    controller.identify(bus)
    assert controller.measure(bus) == pytest.approx(39.5)
    settings = {("A1", "gas_flow"): 20.0, ("A2", "gas_flow"): 20.0}
    done = controller.apply(bus, settings)
    assert {(o.status, o.value) for o in done.values()} == {("done", 20.0)}
    refused = controller.apply(bus, {("A1", "gas_flow"): 20.0})["A1", "gas_flow"]
    assert refused.status == "not done"
    assert "answered set-point 39 mL/min to 40" in refused.detail
    with pytest.raises(DeviceRefused, match="MOV"):
        controller.measure(bus)
    with pytest.raises(DeviceRefused, match="does not know"):
        controller.measure(bus)
    assert port.finished


def test_alicat_legacy_table_in_litres():
    bus, controller = Bus(ScriptedPort.of("alicat_legacy")), alicat("B", gas="air")
    controller.identify(bus)
    assert controller.measure(bus) == pytest.approx(100.0)


def test_alicat_with_another_gas_is_refused():
    with pytest.raises(DeviceRefused, match="set to N2, the station file says O2"):
        alicat(gas="oxygen").identify(Bus(ScriptedPort.of("alicat")))


def test_alicat_out_of_range_or_different_flows_send_nothing():
    bus, controller = Bus(ScriptedPort.of("alicat")), alicat()
    controller.identify(bus)
    sent = len(bus.port.sent)
    over = controller.apply(bus, {("A1", "gas_flow"): 400.0})["A1", "gas_flow"]
    assert over.status == "not done"
    assert "800 is outside 0 to 500 mL/min" in over.detail
    mixed = controller.apply(bus, {("A1", "gas_flow"): 1.0, ("A2", "gas_flow"): 2.0})
    assert "the same gas flow" in mixed["A1", "gas_flow"].detail
    assert len(bus.port.sent) == sent


def test_alicat_echo_and_another_unit_are_foreign():
    frame = b"A +014.62 +021.89 +000.00 +060.00 +078.95     N2\r"
    bus, controller = Bus(ScriptedPort.of("alicat")), alicat()
    controller.identify(bus)
    bus.port = ScriptedPort([(">", 0.0, b"A\r"), ("<", 0.002, b"A\r" + frame)])
    assert controller.measure(bus) == pytest.approx(30.0)
    steps = [(">", 0.0, b"A\r"), ("<", 0.002, frame.replace(b"A", b"C"))]
    bus.port = ScriptedPort(steps * 2)
    with pytest.raises(ForeignReply, match="'C' answered, unit A was asked"):
        controller.measure(bus)


def test_alicat_cut_frame_is_damaged():
    bus, controller = Bus(ScriptedPort.of("alicat")), alicat()
    controller.identify(bus)
    for frame in (b"A +014.62 +021.89 +000.00\r", b"A +014.62 +021.89 +0x0.00 +0_0.00 +1     N2\r"):
        bus.port = ScriptedPort([(">", 0.0, b"A\r"), ("<", 0.002, frame)] * 2)
        with pytest.raises(DamagedReply):
            controller.measure(bus)
