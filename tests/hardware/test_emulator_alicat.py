"""The Alicat emulator: frames in the form of captured ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.alicat import Alicat
from hardware.emulators.plant import Plant
from tests.hardware.standin import StandInCulture

FRAME = b"A +014.70 +025.00 +0020.00 +0020.00 +0020.00    Air\r"


@pytest.fixture
def plant() -> Plant:
    return Plant({name: StandInCulture(gas_flow=10.0) for name in ("A1", "A2")}, noise=False)


@pytest.fixture
def controller(plant: Plant) -> Alicat:
    return Alicat(plant, ("A1", "A2"), "A", full_scale_ml_min=500.0)


def answer(controller: Alicat, data: bytes) -> bytes:
    return b"".join(emission.data for emission in controller.feed(data, 0.0))


def test_a_poll_gives_a_frame(controller):
    assert answer(controller, b"A\r") == FRAME
    assert answer(controller, b"a\r") == FRAME


def test_a_set_point_is_split_over_the_vessels(plant, controller):
    reply = answer(controller, b"AS 300\r")
    assert reply == FRAME.replace(b"0020.00", b"0300.00")
    assert plant.read("A2", "gas_flow", 0.0) == 150.0


def test_a_bare_integer_is_an_old_style_set_point(plant, controller):
    answer(controller, b"A32000\r")
    assert plant.read("A1", "gas_flow", 0.0) == 125.0


def test_a_gas_changes_the_oxygen(plant, controller):
    assert answer(controller, b"AG 8\r") == FRAME.replace(b"Air", b" N2")
    assert plant.read("A1", "oxygen", 0.0) == 0.0
    answer(controller, b"AG11\r")
    assert plant.read("A1", "oxygen", 0.0) == 100.0


@pytest.mark.parametrize(
    "refused", [b"AS 501\r", b"AS -1\r", b"AS x\r", b"AG 99\r", b"AXYZ\r", b"A??Q\r"]
)
def test_refuses_with_a_question_mark(plant, controller, refused):
    assert answer(controller, refused) == b"?\r"
    assert plant.read("A1", "gas_flow", 0.0) == 10.0


def test_tells_its_columns(controller):
    lines = answer(controller, b"A??D*\r").split(b"\r")
    assert lines[1] == b"A D01 700 Unit ID                    string          1"
    assert lines[5] == b"A D05 005 Mass Flow                  s decimal     8/2 012 02 SCCM"


def test_status_codes_follow_the_gas(controller):
    controller.codes = ("MOV", "HLD")
    assert answer(controller, b"A\r") == FRAME.replace(b"Air\r", b"Air MOV HLD\r")


def test_other_letters_are_not_its_business_and_it_can_be_renamed(controller):
    assert answer(controller, b"B\r") == b""
    assert answer(controller, b"A@ B\r") == FRAME.replace(b"A +", b"B +")
    assert answer(controller, b"A\r") == b""
    assert answer(controller, b"B\r").startswith(b"B +")


def test_a_command_split_anywhere_gets_the_same_answer(controller):
    whole = answer(controller, b"AS 300.5\r")
    for cut in range(1, 8):
        assert answer(controller, b"AS 300.5\r"[:cut]) == b""
        assert answer(controller, b"AS 300.5\r"[cut:]) == whole


@given(st.lists(st.binary(max_size=30) | st.builds(lambda b: b"A" + b + b"\r", st.binary())))
def test_no_bytes_crash_it(chunks):
    controller = Alicat(Plant({"A1": StandInCulture(gas_flow=1.0)}), ("A1",), "A")
    for chunk in chunks:
        controller.feed(chunk, 0.0)
    controller.feed(b"\r", 0.0)
