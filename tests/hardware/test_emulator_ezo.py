"""The EZO emulators: factory settings, timing, physics through the plant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.atlas_ezo import SensorCircuit
from hardware.emulators.atlas_ezo_pump import PumpCircuit
from hardware.emulators.plant import Plant
from tests.hardware.standin import StandInCulture


@pytest.fixture
def plant() -> Plant:
    return Plant({"A1": StandInCulture(ph=7.0, do=80.0, temperature=37.0)}, noise=False)


def said(circuit, data: bytes, now_s: float = 0.01) -> bytes:
    return b"".join(emission.data for emission in circuit.feed(data, now_s))


def quiet(circuit):
    circuit.feed(b"C,0\r", 0.01)
    return circuit


def test_from_the_factory_readings_come_between(plant):
    circuit = SensorCircuit(plant, "A1", "ph")
    emissions = circuit.feed(b"R\r", 0.5)
    assert [(e.delay_s, e.data) for e in emissions] == [
        (pytest.approx(0.5), b"7.000\r"),
        (pytest.approx(0.9), b"7.000\r*OK\r"),
    ]
    assert said(circuit, b"c,0\r", 2.1) == b"*OK\r"
    assert said(circuit, b"R\r", 2.5) == b"7.000\r*OK\r"
    assert said(circuit, b"C,?\r", 3.5) == b"?C,0\r*OK\r"
    assert [e.data for e in circuit.restart(4.0)] == [b"*RS\r", b"*RE\r"]
    assert said(circuit, b"C,?\r", 5.1) == b"?C,1\r*OK\r"


@pytest.mark.parametrize(("kind", "takes_s"), [("ph", 0.9), ("do", 0.6), ("rtd", 0.6)])
def test_a_circuit_takes_its_time(plant, kind, takes_s):
    circuit = quiet(SensorCircuit(plant, "A1", kind))
    assert circuit.feed(b"R\r", 1.0)[0].delay_s == pytest.approx(takes_s)
    assert circuit.feed(b"Status\r", 2.0)[0].delay_s == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("kind", "request_", "reply"),
    [
        ("ph", b"i\r", b"?i,pH,2.16\r*OK\r"),
        ("do", b"I\r", b"?i,D.O.,1.98\r*OK\r"),
        ("ph", b"Status\r", b"?Status,P,5.038\r*OK\r"),
        ("ph", b"T,37.0\r", b"*OK\r"),
        ("ph", b"T,?\r", b"?T,25.0\r*OK\r"),
        ("rtd", b"R\r", b"37.000\r*OK\r"),
        ("rtd", b"T,37\r", b"*ER\r"),
        ("do", b"O,?\r", b"?,O,mg\r*OK\r"),
        ("do", b"R\r", b"5.36\r*OK\r"),
        ("ph", b"nonsense\r", b"*ER\r"),
        ("ph", b"C,100\r", b"*ER\r"),
        ("ph", b"*OK,?\r", b"?*OK,1\r*OK\r"),
        ("ph", b"\r", b""),
    ],
)
def test_commands_of_the_data_sheet(plant, kind, request_, reply):
    assert said(quiet(SensorCircuit(plant, "A1", kind)), request_) == reply


def test_do_sends_what_is_switched_on_in_its_own_order(plant):
    circuit = quiet(SensorCircuit(plant, "A1", "do"))
    assert said(circuit, b"O,%,1\r") == b"*OK\r"
    assert said(circuit, b"O,?\r") == b"?,O,%,mg\r*OK\r"
    assert said(circuit, b"R\r") == b"5.36,80.0\r*OK\r"
    said(circuit, b"O,%,0\rO,mg,0\r")
    assert said(circuit, b"R\r") == b"no output\r*OK\r"


def test_codes_can_be_off_and_the_first_character_only_wakes(plant):
    circuit = quiet(SensorCircuit(plant, "A1", "ph"))
    assert said(circuit, b"*OK,0\r") == b""
    assert said(circuit, b"R\r") == b"7.000\r"
    assert said(circuit, b"Sleep\r") == b"*OK\r*SL\r"
    assert said(circuit, b"R\r") == b"*WA\r"
    assert said(circuit, b"R\r") == b"7.000\r"


def test_the_pump_moves_liquid_over_time_and_forgets_without_power(plant):
    pump = quiet(PumpCircuit(plant, "A1", "base", ml_min=60.0))
    assert said(pump, b"D,5\r", 1.0) == b"*OK\r"
    assert said(pump, b"D,?\r", 2.0) == b"?D,5.00,1\r*OK\r"
    plant.settle(3.3)
    assert plant.received["A1"]["base"] == pytest.approx(2.0)
    assert said(pump, b"X\r", 3.0) == b"*DONE,2.00\r*OK\r"
    assert said(pump, b"ATV,?\r", 20.0) == b"?ATV,2.00\r*OK\r"
    assert said(pump, b"DC,?\r", 20.0) == b"?MAXRATE,60.0\r*OK\r"
    assert said(pump, b"D,0.2\r", 20.0) == said(pump, b"D,x\r", 20.0) == b"*ER\r"
    pump.restart(21.0)
    assert said(quiet(pump), b"ATV,?\r", 22.0) == b"?ATV,0.00\r*OK\r"


@given(st.lists(st.binary(max_size=20)), st.sampled_from(["ph", "do", "rtd", "pump"]))
def test_no_bytes_crash_it_and_splitting_changes_nothing(chunks, kind):
    def circuit():
        plant = Plant({"A1": StandInCulture()}, noise=False)
        return PumpCircuit(plant, "A1", "b") if kind == "pump" else SensorCircuit(plant, "A1", kind)

    heard = circuit()
    for chunk in chunks:
        heard.feed(chunk, 1.1)
    whole, split = quiet(circuit()), quiet(circuit())
    assert said(split, b"Sta") + said(split, b"tus\r") == said(whole, b"Status\r")
