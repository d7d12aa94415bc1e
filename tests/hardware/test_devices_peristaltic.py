"""Reglo ICC and Watson-Marlow against transcripts, their number codec, and their troubles."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bus import Bus
from hardware.devices.device import OutOfRange
from hardware.devices.ismatec import IsmatecChannel, decode, encode
from hardware.devices.watson_marlow import WatsonMarlow
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply
from hardware.framing import StatusOrLine
from hardware.runner import run_through
from hardware.specs.ismatec import PumpChannel
from hardware.specs.watson_marlow import WatsonMarlowPump
from tests.hardware.scripted import ScriptedPort, read_transcript


def channel(number=2, direction="clockwise"):
    spec = PumpChannel(vessel="A1", source="base", flow="2 mL/min", direction=direction)
    return IsmatecChannel(number, spec)


def watson(number=1):
    spec = WatsonMarlowPump(vessel="A1", source="base", speed="60 rpm", revolution="0.5 mL")
    return WatsonMarlow(number, spec, 10_982, 11 / 9600)


def outcome(device, bus, volume_ml):
    return run_through(device.pump(bus, "A1", "base", volume_ml), bus)


# -- the number codec of the Reglo ICC ----------------------------------------------------


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (1.15, "1150+0"),  # floored to 1.14 by ismatec 1.5.2
        (0.012, "1200-2"),  # the manual's example
        (2.35, "2350+0"),
        (0.29, "2900-1"),
        (99.995, "1000+2"),
        (1234.0, "1234+3"),
        (0.0, "0000+0"),
    ],
)
def test_numbers_are_sent_to_the_nearest_of_four_digits(value, sent):
    assert encode(value) == sent


@given(st.integers(1000, 9999), st.integers(-9, 9))
def test_every_number_of_four_digits_comes_back_as_it_was(mantissa, exponent):
    value = float(f"{mantissa}e{exponent - 3}")
    sent = encode(value)
    assert sent == f"{mantissa}{exponent:+d}"
    assert decode(f"{sent[:4]}E{sent[4:]}") == value


@given(st.floats(1e-6, 9.999e8))
def test_no_number_is_off_by_more_than_half_its_last_digit(value):
    sent = encode(value)
    off = abs(Decimal(decode(f"{sent[:4]}E{sent[4:]}")) - Decimal(repr(value)))
    assert off <= Decimal(5) * Decimal(10) ** (int(sent[4:]) - 4) * Decimal("1.0000001")


@pytest.mark.parametrize("value", [-1.0, 1e10, 1e-10])
def test_numbers_that_cannot_be_sent(value):
    with pytest.raises(OutOfRange):
        encode(value)


@given(st.text(max_size=8))
def test_other_text_is_no_number(text):
    try:
        decode(text)
    except DamagedReply:
        return
    assert len(text) == 7
    assert text[4] == "E"


@given(st.lists(st.sampled_from([b"*", b"-", b"+", b"#", b"1150E+0\r\n", b"O\r\n"])), st.data())
def test_answers_split_anywhere_are_the_same(answers, data):
    stream, framing, frames = b"".join(answers), StatusOrLine(b"*#+-"), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        frames += framing.feed(stream[:size])
        stream = stream[size:]
    assert frames == [answer.strip() for answer in answers]
    assert framing.leftover == b""


# -- Reglo ICC ----------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_reglo_doses_though_the_answer_to_its_start_was_lost(chunk):
    port = ScriptedPort.of("ismatec", chunk)
    bus = Bus(port)
    done = outcome(channel(), bus, 1.15)
    assert (done.status, done.value) == ("done", 1.15)
    assert port.finished
    assert bus.now() == pytest.approx(1.15 / 2 * 60, rel=0.1)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"2v\r", b"1150E+0\r\n", "its volume is 1550E+0, not 1150+0 mL"),
        (b"2f\r", b"2000E+0\r\n", "its flow is 3000E+0, not 2000+0 mL/min"),
        (b"2xM\r", b"O\r\n", "its mode is M, not O"),
    ],
)
def test_reglo_is_not_started_with_a_setting_that_does_not_come_back(old, new, says):
    wrong = {b"1150E+0\r\n": b"1550E+0\r\n", b"2000E+0\r\n": b"3000E+0\r\n", b"O\r\n": b"M\r\n"}
    steps = read_transcript("ismatec")
    asked = next(i for i, step in enumerate(steps) if step[2] == old)
    answer = ("<", 0.002, wrong[new])
    port = ScriptedPort([*steps[: asked + 1], answer])
    done = outcome(channel(), Bus(port), 1.15)
    assert (done.status, done.value) == ("not done", 0.0)
    assert says in done.detail
    assert not any(b"H" in sent for sent in port.sent)


def after_start(*exchanges):
    """The transcript until the start, then other questions and answers."""
    steps = read_transcript("ismatec")
    start = next(i for i, step in enumerate(steps) if step[2] == b"2H\r")
    steps = steps[: start + 1]
    for asked, answered in exchanges:
        steps += [(">", 0.0, asked)] if asked else []
        steps += [("<", 0.002, answered)] if answered else []
    steps += [(">", 0.0, b"2v0000+0\r"), ("<", 0.002, b"0000E+0\r\n")]
    return ScriptedPort(steps)


AS_SET = ((b"2xM\r", b"O\r\n"), (b"2v\r", b"1150E+0\r\n"))


@pytest.mark.parametrize(
    ("exchanges", "status", "says"),
    [
        (((None, None), (b"2E\r", b"-"), *AS_SET), "not done", "did not hear the start"),
        (
            ((None, b"-"), (b"2E\r", b"-"), (b"2xe\r", b"R|1500E+0\r\n")),
            "not done",
            "refused: the flow is 0 or too high (1500E+0)",
        ),
        (((None, b"*"), (b"2E\r", b"-"), *AS_SET), "unknown", "whether it ran is not known"),
        (((None, None), (b"2E\r", b"-"), (b"2xM\r", b"L\r\n")), "unknown", "was it switched off?"),
        (
            ((None, b"*"), (b"2E\r", b"+"), *AS_SET, (b"2E\r", b"-")),
            "unknown",
            "stopped before its time",
        ),
        (
            ((None, b"*"), (b"2E\r", b"+"), (b"2xM\r", b"M\r\n"), (b"2I\r", b"*")),
            "unknown",
            "ran with other settings and was stopped",
        ),
    ],
)
def test_reglo_what_became_of_a_start(exchanges, status, says):
    port = after_start(*exchanges)
    done = outcome(channel(), Bus(port), 1.15)
    assert done.status == status
    assert says in done.detail
    assert done.value == (0.0 if status == "not done" else None)
    assert sum(sent == b"2H\r" for sent in port.sent) == 1


def test_reglo_that_cannot_be_asked_after_its_start_is_unknown():
    port = after_start((None, None), *[(b"2E\r", None)] * 3)
    with pytest.raises(Exception, match="no reply"):
        outcome(channel(), Bus(port), 1.15)


def test_reglo_events_and_foreign_answers_are_no_answers():
    port = ScriptedPort([(">", 0.0, b"2E\r"), ("<", 0.002, b"^X2|A\r\n"), ("<", 0.01, b"+")])
    assert channel()._get(Bus(port), "running") == "+"
    port = ScriptedPort([(">", 0.0, b"2E\r"), ("<", 0.002, b"^X2|A\r\n")] * 3)
    with pytest.raises(ForeignReply, match="an event came unasked"):
        channel()._get(Bus(port), "running")
    port = ScriptedPort([(">", 0.0, b"2v\r"), ("<", 0.002, b"+")] * 2)
    with pytest.raises(DamagedReply, match=r"'\+' does not answer '2v'"):
        channel()._get(Bus(port), "volume")


def test_reglo_identifies_itself():
    talk = [
        (b"2~1\r", b"*"), (b"2~\r", b"1\r\n"), (b"2xE0\r", b"*"), (b"2xE\r", b"0\r\n"),
        (b"2#\r", b"REGLO ICC 0208 306\r\n"),
    ]  # fmt: skip

    def port(channels):
        pairs = [*talk, (b"2xA\r", channels)]
        return ScriptedPort([s for q, a in pairs for s in ((">", 0.0, q), ("<", 0.002, a))])

    channel().identify(Bus(port(b"4\r\n")))
    with pytest.raises(DeviceRefused, match="the pump has no channel 2"):
        channel().identify(Bus(port(b"1\r\n")))


@pytest.mark.parametrize("volume_ml", [0.0, 1e-6, 1e5])
def test_reglo_volumes_out_of_range(volume_ml):
    port = ScriptedPort([])
    done = outcome(channel(), Bus(port), volume_ml)
    assert (done.status, done.value) == ("not done", 0.0)
    assert port.sent == []


# -- Watson-Marlow ------------------------------------------------------------------------


def status(tacho, running=0, speed=60.0, number=1, way="CW"):
    return f"520Du 15.84 520R 9.6MM {speed} {way} P/N {number} {tacho} {running} !".encode()


def watson_talk(*answers, at=2):
    """A dose of one revolution: answers to RS, the dose told after the first ``at``."""
    steps = []
    for i, answer in enumerate(answers):
        steps += [(">", 0.0, b"1DO10982\r")] if i == at else []
        steps += [(">", 0.0, b"1RS\r"), ("<", 0.002, answer)]
    return ScriptedPort(steps)


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_watson_marlow_doses_by_its_tacho(chunk):
    port = ScriptedPort.of("watson_marlow", chunk)
    done = outcome(watson(), Bus(port), 0.5)
    assert (done.status, done.value) == ("done", pytest.approx(0.5))
    assert port.finished


def test_watson_marlow_tells_what_it_gave_when_it_gave_less():
    port = watson_talk(*[status(100)] * 2, status(900, 1), *[status(5591)] * 2)
    done = outcome(watson(), Bus(port), 0.5)
    assert (done.status, done.value) == ("not done", pytest.approx(0.25))
    assert done.detail == "watson-marlow 1 turned 5491 of 10982 pulses"


def test_watson_marlow_dose_that_was_not_heard_is_not_sent_again():
    port = watson_talk(*[status(100)] * 4)
    done = outcome(watson(), Bus(port), 0.5)
    assert (done.status, done.value) == ("not done", 0.0)
    assert sum(b"DO" in sent for sent in port.sent) == 1


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (status(0, 0, 100.0), "does not count as it should"),
        (status(500, 1, 100.0), "has another speed"),
    ],
)
def test_watson_marlow_that_changed_on_the_way_is_stopped_and_unknown(seen, says):
    port = watson_talk(*[status(100)] * 2, status(150, 1), seen, seen)
    port._steps.append((">", 0.0, b"1ST\r"))
    done = outcome(watson(), Bus(port), 0.5)
    assert done.status == "unknown"
    assert says in done.detail
    assert port.finished


def test_watson_marlow_that_goes_beyond_its_dose_is_stopped_and_told():
    """As when a flipped bit made a greater dose of the one that was sent."""
    port = watson_talk(*[status(100)] * 2, status(150, 1), *[status(12_000, 1)] * 2)
    port._steps.append((">", 0.0, b"1ST\r"))
    port._steps += [(">", 0.0, b"1RS\r"), ("<", 0.002, status(12_100))] * 2
    done = outcome(watson(), Bus(port), 0.5)
    assert done.detail == "watson-marlow 1 turned 12000 of 10982 pulses"
    assert (done.status, done.value) == ("not done", pytest.approx(12_000 / 10_982 * 0.5))
    assert port.finished


def test_watson_marlow_one_flipped_bit_is_no_status():
    port = watson_talk(status(100), status(900), status(100), status(100), at=99)
    assert watson()._certain(Bus(port)).tacho == 100


def test_watson_marlow_that_keeps_its_speed_gets_no_dose():
    wrong = status(100, 0, 10.0, way="CCW")
    told = [(">", 0.0, b"1SP60.0\r"), (">", 0.0, b"1RR\r")]
    asked = [(">", 0.0, b"1RS\r"), ("<", 0.002, wrong)] * 2
    port = ScriptedPort((asked + told) * 3)
    done = outcome(watson(), Bus(port), 0.5)
    assert (done.status, done.value) == ("not done", 0.0)
    assert "it stays at 10 rpm counter-clockwise" in done.detail


def test_watson_marlow_of_another_number_is_foreign_and_two_are_damage():
    steps = [(">", 0.0, b"1RS\r"), ("<", 0.002, status(1, number=2))]
    with pytest.raises(ForeignReply, match="pump 2 answered, 1 was asked"):
        watson().identify(Bus(ScriptedPort(steps * 3)))
    steps = [(">", 0.0, b"1RS\r"), ("<", 0.002, status(1) * 2)]
    with pytest.raises(DamagedReply, match="do two devices share an address"):
        watson().identify(Bus(ScriptedPort(steps * 3)))
