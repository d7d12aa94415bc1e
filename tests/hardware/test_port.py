"""The serial port over real pseudo-terminals and TCP, and finding ports by identity."""

import os
import socket
import threading
import tty
from types import SimpleNamespace

import pytest

from hardware import ports
from hardware.errors import PortLost, PortNotFound
from hardware.ports import list_ports, locate
from hardware.serial_port import SerialPort
from hardware.station_spec import PortSpec


@pytest.fixture
def terminal():
    """The device's end of a pseudo-terminal, and the name of the computer's end."""
    device, computer = os.openpty()
    tty.setraw(computer)
    name = os.ttyname(computer)
    os.close(computer)
    yield device, name
    os.close(device)


def port_at(name: str, frame: str = "8N1") -> SerialPort:
    return SerialPort(name, PortSpec(path=name, baud=19200, frame=frame))


@pytest.mark.parametrize("frame", ["8N1", "8N2", "7E1"])
def test_bytes_go_both_ways(terminal, frame):
    device, name = terminal
    port = port_at(name, frame)
    port.open()
    port.open()  # harmless
    port.write(b"A\r")
    assert os.read(device, 10) == b"A\r"
    os.write(device, b"A +1.0\r")
    assert port.read_some(port.now() + 1.0) == b"A +1.0\r"
    port.close()
    port.close()  # harmless


def test_reading_ends_at_the_deadline(terminal):
    _, name = terminal
    port = port_at(name)
    port.open()
    start = port.now()
    assert port.read_some(start + 0.02) == b""
    assert port.read_some(start) == b"", "a deadline in the past asks only for what is there"
    assert 0.02 <= port.now() - start < 2.0
    port.close()


@pytest.mark.parametrize("wait_s", [0.0, 1e-5, 4e-5, 6e-5, 1e-3])
def test_a_wait_too_short_to_sleep_is_as_long_as_any_other(terminal, wait_s):
    device, name = terminal
    port = port_at(name)
    port.open()
    for _ in range(20):
        until_s = port.now() + wait_s
        assert port.read_some(until_s) == b""
        assert port.now() >= until_s, "a silence is kept in full"
    os.write(device, b"late\r")
    heard = b""
    while len(heard) < 5:
        heard += port.read_some(port.now() + wait_s)
    assert heard == b"late\r"
    port.close()


def test_the_slow_way_of_systems_without_descriptors(terminal, monkeypatch):
    device, name = terminal
    monkeypatch.setattr(SerialPort, "_descriptor", lambda self: None)
    port = port_at(name)
    port.open()
    os.write(device, b"A +1.0\r")
    received = b""
    while len(received) < 7:
        received += port.read_some(port.now() + 1.0)
    assert received == b"A +1.0\r"
    assert port.read_some(port.now() + 0.01) == b""
    port.close()


def test_dropped_input_is_gone(terminal):
    device, name = terminal
    port = port_at(name)
    port.open()
    os.write(device, b"old")
    port.drop_input()
    assert port.read_some(port.now()) == b""
    port.close()


def test_a_port_is_held_by_one_program(terminal):
    _, name = terminal
    port = port_at(name)
    port.open()
    with pytest.raises(PortLost, match="cannot be opened"):
        port_at(name).open()
    port.close()


def test_a_hung_up_device_is_a_lost_port():
    device, computer = os.openpty()
    name = os.ttyname(computer)
    port = port_at(name)
    port.open()
    os.close(computer)
    os.close(device)
    for use in (
        lambda: port.read_some(port.now() + 0.5),
        lambda: port.write(b"A\r"),
        port.drop_input,
    ):
        with pytest.raises(PortLost, match="is gone"):
            use()
    port.close()
    with pytest.raises(PortLost, match="is not open"):
        port.write(b"A\r")


def test_a_missing_device_is_a_lost_port():
    with pytest.raises(PortLost, match="cannot be opened"):
        port_at("/dev/tty-that-is-not-there").open()


def test_a_tcp_line_works_the_same_and_is_lost_when_the_other_side_leaves():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(line.recv(10).upper())

        device = threading.Thread(target=serve)
        device.start()
        port = SerialPort(url, PortSpec(url=url))
        port.open()
        port.write(b"a\r")
        assert port.read_some(port.now() + 5.0) == b"A\r"
        device.join()
        with pytest.raises(PortLost):
            port.read_some(port.now() + 5.0)
        port.close()


def plugged(*rows):
    return lambda: [
        SimpleNamespace(device=device, vid=vid, pid=pid, serial_number=serial, description="n/a")
        for device, vid, pid, serial in rows
    ]


@pytest.fixture
def two_adapters(monkeypatch):
    rows = (
        ("/dev/ttyUSB1", 0x0403, 0x6001, "B2"),
        ("/dev/ttyUSB0", 0x0403, 0x6001, "A1"),
        ("/dev/ttyS0", None, None, None),
    )
    monkeypatch.setattr("serial.tools.list_ports.comports", plugged(*rows))
    monkeypatch.setattr(ports, "_by_id_links", lambda: {"/dev/ttyUSB1": "/dev/serial/by-id/b2"})


def test_ports_are_listed_with_what_identifies_them(two_adapters):
    assert [port.to_json() for port in list_ports()][1:] == [
        {
            "device": "/dev/ttyUSB0",
            "usb_id": "0403:6001",
            "serial_number": "A1",
            "by_id": "",
            "description": "",
        },
        {
            "device": "/dev/ttyUSB1",
            "usb_id": "0403:6001",
            "serial_number": "B2",
            "by_id": "/dev/serial/by-id/b2",
            "description": "",
        },
    ]


def test_a_port_is_found_by_identity(two_adapters):
    assert locate(PortSpec(usb="0403:6001 A1")) == "/dev/ttyUSB0"
    assert locate(PortSpec(usb="0403:6001 b2")) == "/dev/serial/by-id/b2"
    assert locate(PortSpec(url="socket://127.0.0.1:4001")) == "socket://127.0.0.1:4001"
    assert locate(PortSpec(path="/dev/null")) == "/dev/null"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"usb": "0403:6001"}, r"2 ports are '0403:6001' \(/dev/ttyUSB0, /dev/ttyUSB1\)"),
        ({"usb": "0403:6001 C3"}, "0403:6001 A1 is /dev/ttyUSB0"),
        ({"path": "/dev/none"}, "there is no /dev/none; is the device plugged in"),
    ],
)
def test_a_port_that_is_not_there_is_told_in_a_sentence(two_adapters, spec, says):
    with pytest.raises(PortNotFound, match=says):
        locate(PortSpec(**spec))


def test_a_socket_whose_other_side_hung_up_is_closed_too():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = SerialPort(f"socket://127.0.0.1:{server.getsockname()[1]}", PortSpec(url="a://b"))
        port.open()
        connection = port._line._socket
        server.accept()[0].close()
        connection.shutdown(socket.SHUT_RDWR)  # pyserial's own shutdown fails from now on
        port.close()
        assert connection.fileno() == -1
