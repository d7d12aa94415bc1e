"""Emulated lines on pseudo-terminals and TCP, opened by real clients."""

import socket
import sys
import time
from pathlib import Path

import pytest
import serial

from hardware.emulators import Bench, Plant, emulate, serve
from hardware.station_spec import ONLY_ARM, StationSpec
from tests.hardware.standin import StandInCulture

pytestmark = pytest.mark.wall
needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")

READ_PH = bytes.fromhex("01 03 08 29 00 0a 16 65")
PH_4_02503 = bytes.fromhex(
    "01 03 14 10 00 00 00 cd 0c 40 80 00 00 00 00 00 00 00 00 00 00 41 60 77 0d"
)
STATION = {
    "station": 1,
    "name": "small",
    "vessels": {
        "rows": 1,
        "columns": 2,
        "kind": "2mag-10mL",
        "volume": {"low": "6 mL", "high": "12 mL"},
    },
    "ports": {
        "ph": {"path": "x", "baud": 19200, "frame": "8N2"},
        "vials": {"path": "x", "baud": 9600},
        "gas": {"path": "x", "baud": 19200},
        "robot": {"path": "x", "baud": 115200},
        "syringe": {"path": "x", "baud": 38400},
        "spare": {"path": "x"},
    },
    "devices": [
        {
            "family": "hamilton-arc",
            "port": "ph",
            "reads": "ph",
            "addresses": "1..2",
            "vessels": "A1..A2",
        },
        {
            "family": "evolver",
            "port": "vials",
            "vessels": "A1..A2",
            "pumps": {"feed": {"pump": 1, "flow": "36 mL/h"}},
        },
        {"family": "alicat", "port": "gas", "unit": "A", "vessels": "A1..A2"},
    ],
    "liquid_handler": {
        "gantry": {"family": "gcode", "port": "robot", "travel_z": "60 mm"},
        "pump": {"family": "cavro", "port": "syringe", "address": 1, "syringe": "1 mL"},
        "deck": {
            "vessels": {"x": "10 mm", "y": "10 mm", "pitch_x": "20 mm", "pitch_y": "20 mm"},
            "sources": {"feed": {"x": "100 mm", "y": "10 mm", "volume": "50 mL"}},
            "waste": {"x": "150 mm", "y": "10 mm"},
            "wash": {"x": "200 mm", "y": "10 mm"},
        },
    },
}


@pytest.fixture
def bench() -> Bench:
    vessels = {name: StandInCulture(ph=4.02503, gas_flow=100.0) for name in ("A1", "A2")}
    return emulate(StationSpec.model_validate(STATION), Plant(vessels, noise=False))


def test_every_port_has_its_devices(bench):
    talk = {
        "ph": (READ_PH, PH_4_02503),
        "vials": (b"od_90r,1000,_!", b"od_90b,700,700," + b"65535," * 14 + b"end"),
        "gas": (b"A\r", b"A +014.70 +025.00 +0000200 +0000200 +0000200    Air\r"),
        "robot": (b"M400\n", b"ok\n"),
        "syringe": (bytes.fromhex("02 31 31 5a 52 03 09"), bytes.fromhex("02 30 40 03 71")),
        "spare": (b"hello\r", b""),
    }
    assert set(bench.lines) == set(talk)
    for port, (request, reply) in talk.items():
        arrivals = bench.lines[port].receive(request, 0.0)
        assert b"".join(arrival.data for arrival in arrivals) == reply


def test_pump_and_gantry_share_the_deck(bench):
    """The needle takes 100 µL from the bottle to A2, as the bytes say."""

    def send(port: str, data: bytes, now_s: float) -> None:
        bench.lines[port].receive(data, now_s)

    send("robot", b"G28\nG0 X100 Y10 F15000\nG0 Z20\n", 0.0)
    send("syringe", b"/1ZOA300R\r", 20.0)
    send("robot", b"G0 Z60\nG0 X30 Y10\nG0 Z20\n", 30.0)
    send("syringe", b"/1A0R\r", 40.0)
    bench.plant.settle(60.0)
    assert bench.plant.received == {"A1": {}, "A2": {"feed": pytest.approx(0.1)}}
    assert bench.decks[ONLY_ARM].sources["feed"] == pytest.approx(49.9)
    assert bench.plant.lost == []


@needs_pty
def test_a_client_may_close_and_open_a_terminal_again(bench, tmp_path):
    with serve(bench.lines, links=tmp_path) as ports:
        assert Path(ports["ph"]) == tmp_path / "ph"
        for _ in range(2):
            with serial.Serial(ports["ph"], 19200, stopbits=2, timeout=2, exclusive=True) as port:
                port.write(READ_PH)
                assert port.read(25) == PH_4_02503
    assert not (tmp_path / "ph").is_symlink()


def test_a_client_may_close_and_open_a_socket_again(bench):
    with serve(bench.lines, tcp=True) as ports:
        for _ in range(3):
            with serial.serial_for_url(ports["gas"], timeout=2) as port:
                port.write(b"A\r")
                assert port.read_until(b"\r").startswith(b"A +014.70")


@needs_pty
def test_a_terminal_can_be_unplugged_and_comes_back_behind_its_link(bench, tmp_path):
    with serve(bench.lines, links=tmp_path) as ports:
        with serial.Serial(ports["ph"], 19200, stopbits=2, timeout=2) as port:
            port.write(READ_PH)
            assert port.read(25) == PH_4_02503
            ports.unplug("ph")
            assert not Path(ports["ph"]).is_symlink()
            with pytest.raises(serial.SerialException):
                port.read(1)
        ports.replug("ph")
        with serial.Serial(ports["ph"], 19200, stopbits=2, timeout=2) as port:
            port.write(READ_PH)
            assert port.read(25) == PH_4_02503


def test_a_socket_can_be_unplugged_and_comes_back(bench):
    with serve(bench.lines, tcp=True) as ports:
        where = ("127.0.0.1", int(ports["gas"].rpartition(":")[2]))
        with socket.create_connection(where, timeout=2) as client:
            client.sendall(b"A\r")
            assert client.recv(1) == b"A"
            ports.unplug("gas")
            while client.recv(99):
                pass
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(where)
        ports.replug("gas")
        with serial.serial_for_url(ports["gas"], timeout=2) as port:
            port.write(b"A\r")
            assert port.read_until(b"\r").startswith(b"A +014.70")


@needs_pty
def test_a_wrong_baud_rate_or_stop_bit_gives_garbage(bench):
    with serve(bench.lines) as ports:
        for baud, stop_bits in ((9600, 2), (19200, 1)):
            with serial.Serial(ports["ph"], baud, stopbits=stop_bits, timeout=0.3) as port:
                port.write(READ_PH)
                reply = port.read(25)
                assert reply
                assert reply != PH_4_02503[: len(reply)]
        with serial.Serial(ports["ph"], 19200, stopbits=2, timeout=2) as port:
            time.sleep(0.05)
            port.write(READ_PH)
            assert port.read(25) == PH_4_02503


@needs_pty
def test_replies_take_their_wire_time_without_drift(bench):
    with (
        serve(bench.lines) as ports,
        serial.Serial(ports["ph"], 19200, stopbits=2, timeout=2) as port,
    ):
        started_s = time.perf_counter()
        for _ in range(20):
            port.write(READ_PH)
            assert len(port.read(25)) == 25
        taken_s = time.perf_counter() - started_s
    wire_s = 20 * (33 * 11 / 19200 + 0.015)
    assert wire_s <= taken_s < 2 * wire_s + 0.5


@needs_pty
def test_a_client_that_does_not_read_blocks_nobody(bench):
    bench.lines["robot"].byte_s = 0.0
    with serve(bench.lines) as ports, serial.Serial(ports["robot"], 115200) as deaf:
        for _ in range(40):
            deaf.write(b"M114\n" * 50)
        with serial.Serial(ports["gas"], 19200, timeout=5) as gas:
            gas.write(b"A\r")
            assert gas.read_until(b"\r").startswith(b"A +014.70")


@needs_pty
def test_idling_costs_nothing(bench):
    with serve(bench.lines):
        before_s = time.process_time()
        time.sleep(0.3)
        assert time.process_time() - before_s < 0.03


def test_cultures_wait_for_the_first_byte(bench):
    culture = bench.plant._cultures["A1"]
    with serve(bench.lines, tcp=True) as ports:
        time.sleep(0.3)
        with serial.serial_for_url(ports["ph"], timeout=2) as port:
            port.write(READ_PH)
            port.read(25)
    assert culture.now_s < 0.1


def test_a_failure_of_an_emulator_is_told(bench):
    class Broken:
        def feed(self, data: bytes, now_s: float) -> list:
            raise RuntimeError("the emulator broke")

    bench.lines["gas"].emulators = (Broken(),)

    def talk() -> None:
        with (
            serve(bench.lines, tcp=True) as ports,
            serial.serial_for_url(ports["gas"], timeout=0.1) as port,
        ):
            port.write(b"A\r")
            port.read(1)

    with pytest.raises(RuntimeError, match="the emulator broke"):
        talk()
