"""What a faulty line does to bytes, and what emulated devices forget without power."""

import sys
import time

import pytest
import serial

from hardware.emulators import serve
from hardware.emulators.faults import (
    KINDS,
    Dialect,
    FaultPlan,
    FaultyLine,
    FaultyPort,
    faultless,
    repeated,
)
from hardware.emulators.line import Emission, EmulatedLine
from hardware.errors import PortLost

ASK, ANSWER = b"ask\r", b"answer\r"


class Device:
    """Answers every request after 10 ms and counts what happens to it."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.cycles: list[float] = []

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        self.heard.append(data)
        return [Emission(0.01, ANSWER)]

    def power_cycle(self, now_s: float) -> None:
        self.cycles.append(now_s)


def asked(plan: FaultPlan, times: int = 1) -> tuple[Device, list[tuple[float, bytes]]]:
    """The device, and when what arrived for requests one second apart."""
    device = Device()
    line = FaultyLine(EmulatedLine([device], 9600), plan)
    arrivals = [
        (round(arrival.end_s - n, 4), arrival.data)
        for n in range(times)
        for arrival in line.receive(ASK, float(n))
    ]
    return device, arrivals


WHOLE = (round(0.01 + 11 * 10 / 9600, 4), ANSWER)


def test_a_faultless_line_is_as_the_line():
    device = Device()
    line = faultless(EmulatedLine([device], 9600))
    assert line.receive(ASK, 0.0) == EmulatedLine([Device()], 9600).receive(ASK, 0.0)
    assert (line.writes, line.strikes) == (1, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_says_all(kind):
    plan = FaultPlan(kind, seed=7, after=1, count=None, probability=0.5)
    assert asked(plan, 20)[1] == asked(plan, 20)[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_strikes_after_some_writes_and_as_often_as_it_says(kind):
    device = Device()
    line = FaultyLine(EmulatedLine([device], 9600), FaultPlan(kind, after=2, count=3))
    for n in range(10):
        line.receive(ASK, 10.0 * n)
    assert (line.writes, line.strikes) == (10, 3)


def test_a_fault_comes_by_chance():
    plan = repeated(FaultPlan("drop", seed=3), 0.25)
    line = FaultyLine(EmulatedLine([Device()], 9600), plan)
    for n in range(400):
        line.receive(ASK, float(n))
    assert 70 < line.strikes < 130


def test_late():
    _, arrivals = asked(FaultPlan("late once", delay_s=0.45), 2)
    assert arrivals == [(pytest.approx(WHOLE[0] + 0.45), ANSWER), WHOLE]


def test_always_late():
    _, arrivals = asked(FaultPlan("always late", count=None, delay_s=0.45), 2)
    assert arrivals == [(pytest.approx(WHOLE[0] + 0.45), ANSWER)] * 2


def test_dropped_requests_are_not_heard_and_dropped_answers_not_told():
    seen = {
        (len(device.heard), len(arrivals))
        for seed in range(20)
        for device, arrivals in [asked(FaultPlan("drop", seed=seed))]
    }
    assert seen == {(0, 0), (1, 0)}


def test_truncated_bytes_lack_their_end():
    for seed in range(30):
        device, arrivals = asked(FaultPlan("truncate", seed=seed))
        (heard,), told = device.heard, b"".join(data for _, data in arrivals)
        assert (heard == ASK) != (told == ANSWER)
        assert ASK.startswith(heard)
        assert ANSWER.startswith(told)


def test_split_bytes_come_whole_with_a_gap():
    for seed in range(30):
        device, arrivals = asked(FaultPlan("split with gap", seed=seed, delay_s=0.2))
        assert b"".join(device.heard) == ASK
        if len(device.heard) == 1:
            (first_s, first), (second_s, second) = arrivals
            assert first + second == ANSWER
            assert second_s - first_s == pytest.approx(0.2 + len(second) * 10 / 9600, abs=1e-3)


def test_one_bit_is_flipped_in_one_direction():
    for seed in range(50):
        device, arrivals = asked(FaultPlan("flipped bit", seed=seed))
        pairs = [(ASK, device.heard[0]), (ANSWER, arrivals[0][1])]
        flipped = sum((a ^ b).bit_count() for x, y in pairs for a, b in zip(x, y, strict=True))
        assert flipped == 1


def test_what_only_the_protocol_knows():
    dialect = Dialect(misaddressed=bytes.upper, unsolicited=b"wake\r", busy=lambda reply: b"busy\r")
    assert asked(FaultPlan("wrong address", dialect=dialect))[1][0][1] == b"ANSWER\r"
    assert asked(FaultPlan("never ready", dialect=dialect))[1][0][1] == b"busy\r"
    told = {
        b"".join(data for _, data in asked(FaultPlan("unsolicited line", seed, dialect=dialect))[1])
        for seed in range(9)
    }
    assert told == {b"wake\r" + ANSWER, ANSWER + b"wake\r"}
    assert asked(FaultPlan("never ready"))[1] == []


def test_an_echo_comes_first_and_a_duplicate_last():
    assert [data for _, data in asked(FaultPlan("echo"))[1]] == [ASK, ANSWER]
    (first_s, first), (second_s, second) = asked(FaultPlan("duplicate", delay_s=0.02))[1]
    assert first == second == ANSWER
    assert second_s - first_s == pytest.approx(0.02 + 7 * 10 / 9600, abs=1e-3)


def test_a_wrong_baud_rate_makes_noise_of_both_sides():
    device, arrivals = asked(FaultPlan("wrong baud", seed=5))
    assert device.heard != [ASK]
    assert ANSWER not in [data for _, data in arrivals]
    assert arrivals


def test_a_device_without_power_is_silent_until_it_has_booted():
    for seed in range(20):
        plan = FaultPlan("power cycle", seed=seed, delay_s=3.0, dialect=Dialect(greeting=b"hi\r"))
        device = Device()
        line = FaultyLine(EmulatedLine([device], 9600), plan)
        told = [line.receive(ASK, float(n)) for n in range(20)]
        assert len(device.cycles) == 1
        assert [a.data for arrivals in told for a in arrivals].count(b"hi\r") == 1
        silent = [n for n, arrivals in enumerate(told) if not arrivals]
        assert 2 <= len(silent) <= 4
        assert [a.data for a in told[-1]] == [ANSWER]


def test_a_lost_port_comes_back():
    line = FaultyLine(EmulatedLine([Device()], 9600), FaultPlan("hang-up", delay_s=2.0))
    port = FaultyPort(line)
    port.open()
    port.write(ASK)
    for use in (port.open, port.drop_input, lambda: port.write(ASK), lambda: port.read_some(9.0)):
        with pytest.raises(PortLost):
            use()
    port.begin(2.1)
    port.open()
    port.drop_input()
    port.write(ASK)
    assert port.read_some(3.0) == ANSWER


@pytest.mark.wall
@pytest.mark.parametrize("tcp", [False, True])
def test_a_faulty_line_is_served_like_any(tcp):
    if sys.platform == "win32" and not tcp:
        pytest.skip("Windows has no pseudo-terminals")
    plan = FaultPlan("late once", after=1, delay_s=0.3)
    line = FaultyLine(EmulatedLine([Device()], 9600), plan)
    with serve({"line": line}, tcp=tcp) as ports:
        client = serial.serial_for_url(ports["line"], baudrate=9600, timeout=2.0)
        with client:
            took_s = []
            for _ in range(3):
                began_s = time.monotonic()
                client.write(ASK)
                assert client.read(len(ANSWER)) == ANSWER
                took_s.append(time.monotonic() - began_s)
    assert took_s[1] > 0.3
    assert max(took_s[0], took_s[2]) < took_s[1]
