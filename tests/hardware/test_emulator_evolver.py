"""The eVOLVER emulator: nothing happens before the acknowledgement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.evolver import EvolverUnit, Tubing
from hardware.emulators.plant import Plant
from hardware.specs.base import Linear
from tests.hardware.standin import StandInCulture

VESSELS = ("A1", "A2")
STIR = b"stirr," + b"8," * 16 + b"_!"
STIR_ECHO = b"stire," + b"8," * 16 + b"end"
STIR_ACK = b"stira," + b"," * 16 + b"_!"
HEAT = b"tempi," + b"1880," * 16 + b"_!"
HEAT_ACK = b"tempa," + b"," * 16 + b"_!"
PUMP_ACK = b"pumpa," + b"--," * 48 + b"_!"


def pump(first: str, kind: str = "i") -> bytes:
    return f"pump{kind},{first},".encode() + b"--," * 47 + b"_!"


@pytest.fixture
def plant() -> Plant:
    return Plant({name: StandInCulture() for name in VESSELS}, noise=False)


@pytest.fixture
def unit(plant: Plant) -> EvolverUnit:
    return make_unit(plant)


def make_unit(plant: Plant) -> EvolverUnit:
    return EvolverUnit(
        plant,
        VESSELS,
        temperature=Linear(slope=-0.0167, offset=68.4),
        od=Linear(slope=0.002, offset=-0.4),
        stirring=Linear(slope=40.0),
        tubing={1: Tubing("feed", 0.5)},
    )


def answer(unit: EvolverUnit, data: bytes, now_s: float = 0.0) -> bytes:
    return b"".join(emission.data for emission in unit.feed(data, now_s))


def value(plant: Plant, vessel: str, channel: str) -> float:
    return plant.read(vessel, channel, 0.0)


def test_stirring_is_echoed_and_set_only_when_acknowledged(plant, unit):
    plant.set("A1", "stirring", 100.0, 0.0)
    assert answer(unit, STIR) == STIR_ECHO
    assert value(plant, "A1", "stirring") == 100.0
    assert answer(unit, STIR_ACK) == b""
    assert value(plant, "A1", "stirring") == 320.0


def test_an_acknowledgement_counts_once_and_for_its_board_only(plant, unit):
    answer(unit, STIR)
    answer(unit, HEAT_ACK)
    plant.set("A1", "stirring", 100.0, 0.0)
    answer(unit, STIR_ACK)
    plant.set("A1", "stirring", 200.0, 0.0)
    answer(unit, STIR_ACK)
    assert value(plant, "A1", "stirring") == 200.0


def test_a_new_command_replaces_the_unacknowledged_one(plant, unit):
    answer(unit, STIR)
    answer(unit, STIR.replace(b"8", b"9"))
    answer(unit, STIR_ACK)
    assert value(plant, "A2", "stirring") == 360.0


def test_temperatures_come_raw_and_set_points_go_raw(plant, unit):
    assert answer(unit, HEAT) == b"tempb,1880,1880," + b"4095," * 14 + b"end"
    plant.set("A1", "temperature", 20.0, 0.0)
    answer(unit, HEAT_ACK)
    assert value(plant, "A1", "temperature") == pytest.approx(37.004)


def test_a_sleeve_that_is_off_takes_the_temperature_of_the_room(plant, unit):
    answer(unit, HEAT.replace(b"1880", b"4095"))
    answer(unit, HEAT_ACK)
    assert value(plant, "A1", "temperature") == 20.0


def test_densities_come_raw(unit):
    assert answer(unit, b"od_90r,1000,_!") == b"od_90b,700,700," + b"65535," * 14 + b"end"


@pytest.mark.parametrize(
    "damaged",
    [
        STIR.replace(b"8,", b"", 1),
        STIR.replace(b"stir", b"stxr"),
        STIR.replace(b"_!", b"!"),
        STIR.replace(b"r,8", b"x,8", 1),
        b"od_90r,_!",
    ],
)
def test_ignores_damaged_commands(unit, damaged):
    assert answer(unit, damaged) == b""
    assert answer(unit, STIR) == STIR_ECHO


def test_junk_before_a_command_does_not_hide_it(unit):
    assert answer(unit, b"\xff\x00stirr,8" + STIR) == STIR_ECHO


def test_a_command_split_anywhere_gets_the_same_answer(plant):
    for cut in range(1, len(STIR)):
        unit = make_unit(plant)
        assert answer(unit, STIR[:cut]) + answer(unit, STIR[cut:]) == STIR_ECHO


def test_pumps_move_their_volume_over_time(plant, unit):
    assert answer(unit, pump("4.0"), 10.0) == pump("4.0").replace(b"pumpi", b"pumpe").replace(
        b"_!", b"end"
    )
    unit.settle(20.0)
    assert plant.received["A1"] == {}
    answer(unit, PUMP_ACK, 20.0)
    plant.settle(21.0)
    assert plant.received["A1"] == {"feed": pytest.approx(0.5)}
    plant.settle(60.0)
    assert plant.received["A1"] == {"feed": pytest.approx(2.0)}
    assert plant.received["A2"] == {}


def test_a_new_pump_command_cuts_the_one_that_runs(plant, unit):
    for start_s in (0.0, 1.0):
        answer(unit, pump("4.0"), start_s)
        answer(unit, PUMP_ACK, start_s)
    plant.settle(60.0)
    assert plant.received["A1"] == {"feed": pytest.approx(0.5 + 2.0)}


def test_a_recurring_pump_runs_in_each_interval_until_switched_off(plant, unit):
    for start_s in (0.0, 7.0):  # the same again does not start it anew
        answer(unit, pump("2.0|10", "r"), start_s)
        answer(unit, PUMP_ACK, start_s)
    for now_s in (5.0, 21.0, 35.0):
        plant.settle(now_s)
    assert plant.received["A1"] == {"feed": pytest.approx(0.5 * 2.0 * 4)}
    answer(unit, pump("0"), 35.0)
    answer(unit, PUMP_ACK, 35.0)
    plant.settle(100.0)
    assert plant.received["A1"] == {"feed": pytest.approx(4.0)}


def test_boards_do_not_answer_while_another_holds_the_line(unit):
    first, second = unit.feed(STIR + HEAT, 5.0)
    assert first.delay_s == pytest.approx(0.1)
    assert second.delay_s == pytest.approx(0.1 + len(first.data) * 10 / 9600 + 0.3)


@given(st.lists(st.binary(max_size=60) | st.sampled_from([STIR, STIR_ACK, PUMP_ACK, pump("-3|9")])))
def test_no_bytes_crash_it(chunks):
    unit = make_unit(Plant({name: StandInCulture() for name in VESSELS}, noise=False))
    for chunk in chunks:
        unit.feed(chunk, 1.0)
    unit.feed(b"!", 1.0)
    assert answer(unit, STIR, 2.0) == STIR_ECHO
