"""Hamilton Arc: our driver against pymodbus' server, and other masters against our sensor."""

import shutil
import subprocess

import pytest

from hardware.emulators import EmulatedLine, Plant, serve
from hardware.emulators.hamilton_arc import HamiltonArc
from hardware.emulators.modbus_rtu import RtuSegment
from hardware.errors import HardwareError
from tests.foreign.conftest import bus_on, client, device, null_modem, readings, server
from tests.hardware.standin import StandInCulture

pytestmark = pytest.mark.timeout(120)
PYMODBUS = """
import sys
from pymodbus.client import ModbusSerialClient
client = ModbusSerialClient(sys.argv[1], baudrate=19200, stopbits=2, timeout=2)
client.connect()
for read in (client.read_holding_registers, client.read_input_registers):
    print(*read(2089, count=10, device_id=1).registers)
print(client.read_holding_registers(2091, count=2, device_id=1).exception_code)
client.close()
"""
MINIMALMODBUS = """
import sys, minimalmodbus
sensor = minimalmodbus.Instrument(sys.argv[1], 1)
sensor.serial.baudrate, sensor.serial.stopbits, sensor.serial.timeout = 19200, 2, 2
for code in (3, 4):
    print(*sensor.read_registers(2089, 10, functioncode=code))
"""
PH_4_02503 = "4096 0 52492 16512 0 0 0 0 0 16736"


def test_our_driver_reads_a_pymodbus_server():
    with (
        null_modem() as (far, near),
        server("modbus", "arc.py", far, "4"),
        bus_on(near, baud=19200, frame="8N2") as bus,
    ):
        for address in (1, 4):
            probe = device(bus, "A1", family="hamilton-arc", reads="ph", addresses=address)
            probe.identify(bus)
            for _ in range(4):
                expected = pytest.approx(7.0 + address / 100, abs=1e-5)
                assert readings(probe, bus) == {"ph": expected}
        absent = device(bus, "A1", family="hamilton-arc", reads="ph", addresses=5)
        with pytest.raises(HardwareError):  # this server answers for units it does not have
            absent.identify(bus)
        assert bus.health.damaged == 0


@pytest.fixture
def sensor():
    plant = Plant({"A1": StandInCulture(ph=4.02503)}, noise=False)
    segment = RtuSegment({1: HamiltonArc(plant, "A1", "ph", 1)})
    with serve({"ph": EmulatedLine([segment], 19200, "8N2")}) as ports:
        yield ports["ph"]


def test_pymodbus_reads_our_sensor(sensor):
    assert client("modbus", PYMODBUS, sensor).splitlines() == [PH_4_02503, PH_4_02503, "2"]


def test_minimalmodbus_reads_our_sensor(sensor):
    assert client("modbus", MINIMALMODBUS, sensor).splitlines() == [PH_4_02503, PH_4_02503]


def test_mbpoll_reads_our_sensor(sensor):
    program = shutil.which("mbpoll")
    if program is None:
        pytest.skip("mbpoll (a Debian package) is not installed")
    line = ["-m", "rtu", "-b", "19200", "-P", "none", "-s", "2"]
    block = ["-a", "1", "-r", "2090", "-c", "10", "-t", "4:hex", "-1"]
    done = subprocess.run(
        [program, *line, *block, sensor], capture_output=True, text=True, check=True, timeout=20
    )
    words = [text.split()[-1] for text in done.stdout.splitlines() if text.startswith("[")]
    assert [int(word, 16) for word in words] == [int(word) for word in PH_4_02503.split()]
